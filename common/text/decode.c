#include "common/text/decode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "common/text/entities.h"

enum {
    MAX_BACKSLASHES = 16,   /* that vanish before one character */
    MAX_REFERENCE_CHARS = 11, /* behind &: "#x" and 8 digits, a semicolon */
    MAX_LEVELS = 9,         /* of &amp;amp; */
    MAX_TAG_CHARS = 256,
    MAX_TAG_BYTES = 4096,
    MAX_NAME_BYTES = 16,    /* of a tag, an attribute or a command */
    MAX_VALUE_SPACES = 5,
    REPLACEMENT = 0xFFFD
};

struct text {
    const uint8_t *bytes;
    size_t length;
};

static bool is_letter(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int32_t c) {
    return c >= '0' && c <= '9';
}

static bool is_space(int32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static int compare_names(const void *name, const void *other) {
    return strcmp(name, *(const char *const *)other);
}

static bool is_listed(const char *name, const char *const *names, size_t count) {
    return bsearch(name, names, count, sizeof *names, compare_names) != NULL;
}

/* Commands of LaTeX that begin as an escape does. Left out are \ne, \ni, \nu, \tan, \to and \top, since "e", "i", "u",
 * "an", "o" and "op" are words that begin a line: these lose their first letter, on both sides of a comparison. */
static bool is_command(const uint8_t *bytes, size_t length) {
    static const char *const commands[] = {
        "nabla",    "natural",    "nearrow",   "neg",          "neq",    "newcommand", "newline",   "newpage",
        "nexists",  "ngeq",       "nleq",      "nmid",         "noindent", "nolimits", "nonumber",  "normalsize",
        "not",      "notag",      "notin",     "nsubseteq",    "tanh",   "tau",        "text",      "textbf",
        "textit",   "textrm",     "textsc",    "textsf",       "textstyle", "texttt",  "tfrac",     "therefore",
        "theta",    "thinspace",  "tilde",     "times",        "title",  "triangle"};
    char name[MAX_NAME_BYTES];
    size_t letters = 0;
    while (letters < length && letters < MAX_NAME_BYTES && is_letter(bytes[letters])) letters++;
    if (letters == MAX_NAME_BYTES) return false;
    memcpy(name, bytes, letters);
    name[letters] = '\0';
    return is_listed(name, commands, sizeof commands / sizeof *commands);
}

static int digit_value(int32_t c) {
    return is_digit(c) ? c - '0' : is_letter(c) && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The value of \uXXXX at at, or -1. */
static int32_t code_unit(const struct text *text, size_t at) {
    if (text->length - at < 6 || text->bytes[at] != '\\' || text->bytes[at + 1] != 'u') return -1;
    int32_t value = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = digit_value(text->bytes[at + i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX, or a surrogate pair of them, between which further backslashes may stand. Returns the length, or 0. */
static size_t unicode_escape(const struct text *text, size_t at, int32_t *character) {
    *character = code_unit(text, at);
    if (*character < 0) return 0;
    if (*character < 0xD800 || *character > 0xDFFF) return 6;
    size_t low_at = at + 6;
    while (low_at - at < MAX_BACKSLASHES && text->length - low_at >= 2 && text->bytes[low_at] == '\\' &&
           text->bytes[low_at + 1] == '\\') {
        low_at++;
    }
    int32_t low = *character < 0xDC00 ? code_unit(text, low_at) : -1;
    if (low < 0xDC00 || low > 0xDFFF) {
        *character = REPLACEMENT;
        return 6;
    }
    *character = 0x10000 + ((*character - 0xD800) << 10) + (low - 0xDC00);
    return low_at + 6 - at;
}

/* The escape whose backslash stands at at. Returns its length, or 0 where there is none. */
static size_t escape(const struct text *text, size_t at, int32_t *character) {
    const uint8_t *behind = text->bytes + at + 1;
    size_t left = text->length - at - 1;
    if (left == 0) return 0;
    switch (*behind) {
    case 'n':
    case 't':
        if (is_command(behind, left)) return 0;
        *character = *behind == 'n' ? '\n' : '\t';
        return 2;
    case 'r':
        if (left > 1 && is_letter(behind[1])) return 0;
        *character = '\r';
        return 2;
    case 'u': return unicode_escape(text, at, character);
    default: return 0;
    }
}

/* The character at at once escapes are decoded. Returns the offset of the next. */
static size_t next_unescaped(const struct text *text, size_t at, int32_t *character) {
    for (size_t limit = MAX_BACKSLASHES; text->bytes[at] == '\\'; limit--) {
        size_t length = escape(text, at, character);
        if (length > 0) return at + length;
        if (++at == text->length || limit == 1) {
            *character = '\\';
            return at;
        }
    }
    if (text->bytes[at] < 0x80) {
        *character = text->bytes[at];
        return at + 1;
    }
    size_t left = text->length - at;
    utf8proc_ssize_t length = utf8proc_iterate(text->bytes + at, (utf8proc_ssize_t)(left < 4 ? left : 4), character);
    if (length > 0) return at + (size_t)length;
    *character = REPLACEMENT;
    return at + 1;
}

static int32_t number(const char *digits, int base) {
    int32_t value = 0;
    size_t count = 0;
    for (; digits[count] != '\0'; count++) {
        int digit = digit_value((uint8_t)digits[count]);
        if (digit < 0 || digit >= base || count == 8) return -1;
        if (value < 0x110000) value = value * base + digit;
    }
    if (count == 0) return -1;
    return value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF) ? REPLACEMENT : value;
}

/* The character of the reference whose name, with its semicolon, begins at *at, or -1. *at moves behind it. */
static int32_t reference(const struct text *text, size_t *at) {
    char name[MAX_REFERENCE_CHARS + 1];
    size_t length = 0;
    int32_t character = 0;
    size_t next = *at;
    for (; next < text->length; name[length++] = (char)character) {
        next = next_unescaped(text, next, &character);
        if (character == ';') break;
        bool fits = is_letter(character) || is_digit(character) || (character == '#' && length == 0);
        if (!fits || length == MAX_REFERENCE_CHARS) return -1;
    }
    if (character != ';') return -1;
    name[length] = '\0';
    *at = next;
    if (name[0] != '#') return ng_entity_find(name);
    return (name[1] | 0x20) == 'x' ? number(name + 2, 16) : number(name + 1, 10);
}

/* The character at at once escapes and references are decoded. */
static size_t next_of_text(const struct text *text, size_t at, int32_t *character) {
    size_t end = next_unescaped(text, at, character);
    if (*character != '&') return end;
    size_t next = end;
    for (int level = 0; level < MAX_LEVELS; level++) {
        int32_t found = reference(text, &next);
        if (found < 0) return end;
        end = next;
        if (found != '&') {
            *character = found;
            return end;
        }
    }
    return end;
}

/* Reads a tag. character is the one that is looked at, next the offset behind it. */
struct tag {
    const struct text *text;
    size_t begin;
    size_t next;
    size_t chars;
    int32_t character; /* 0 where the tag ends too late, or the text does */
};

static void advance(struct tag *tag) {
    tag->character = 0;
    if (tag->next == tag->text->length || tag->next - tag->begin > MAX_TAG_BYTES || tag->chars == MAX_TAG_CHARS) return;
    tag->next = next_of_text(tag->text, tag->next, &tag->character);
    tag->chars++;
}

static size_t skip_spaces(struct tag *tag) {
    size_t count = 0;
    for (; is_space(tag->character); count++) advance(tag);
    return count;
}

/* Reads a name in small letters; more tells which signs it may hold beside letters and digits. One that does not fit
 * name is cut. */
static void read_name(struct tag *tag, const char *more, char name[MAX_NAME_BYTES]) {
    size_t length = 0;
    while (is_letter(tag->character) || is_digit(tag->character) ||
           (tag->character > 0 && tag->character < 0x80 && strchr(more, tag->character))) {
        if (length < MAX_NAME_BYTES - 1) {
            name[length++] = (char)(is_letter(tag->character) ? tag->character | 0x20 : tag->character);
        }
        advance(tag);
    }
    name[length] = '\0';
}

static bool is_element(const char *name) {
    static const char *const elements[] = {
        "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "base", "big", "blockquote",
        "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
        "details", "dfn", "dialog", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure",
        "font", "footer", "form", "frame", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html",
        "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link", "main", "map", "mark",
        "meta", "nav", "nobr", "noscript", "object", "ol", "optgroup", "option", "p", "param", "picture", "pre",
        "q", "rp", "rt", "ruby", "s", "samp", "script", "section", "select", "small", "source", "span",
        "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template",
        "textarea", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul", "var", "video", "wbr"};
    return is_listed(name, elements, sizeof elements / sizeof *elements);
}

/* Reads a value with or without quotes. False where there is none, or where it is a sentence. */
static bool read_value(struct tag *tag, bool may_have_spaces) {
    int32_t quote = tag->character;
    size_t spaces = 0;
    if (quote != '"' && quote != '\'') {
        size_t chars = tag->chars;
        while (tag->character != 0 && !is_space(tag->character) &&
               (tag->character >= 0x80 || !strchr("\"'<>=`", tag->character))) {
            advance(tag);
        }
        return tag->chars > chars;
    }
    for (advance(tag); tag->character != quote; advance(tag)) {
        if (tag->character == 0 || tag->character == '<' || tag->character == '>') return false;
        if (is_space(tag->character)) spaces++;
    }
    advance(tag);
    return may_have_spaces || spaces <= MAX_VALUE_SPACES;
}

static bool read_attribute(struct tag *tag) {
    char name[MAX_NAME_BYTES];
    bool begins = is_letter(tag->character) || tag->character == '_' || tag->character == ':' || tag->character == '@';
    if (!begins) return false;
    read_name(tag, "-_:.@", name);
    (void)skip_spaces(tag);
    if (tag->character != '=') return false;
    advance(tag);
    (void)skip_spaces(tag);
    return read_value(tag, strcmp(name, "class") == 0 || strcmp(name, "style") == 0);
}

/* The offset behind the tag whose < ends at at, or 0. */
static size_t tag_end(const struct text *text, size_t at) {
    struct tag tag = {.text = text, .begin = at, .next = at, .chars = 1};
    char name[MAX_NAME_BYTES];
    advance(&tag);
    if (tag.character == '/') advance(&tag);
    read_name(&tag, "", name);
    if (!is_element(name)) return 0;
    while (skip_spaces(&tag) > 0 && tag.character != '/' && tag.character != '>') {
        if (!read_attribute(&tag)) return 0;
    }
    if (tag.character == '/') advance(&tag);
    return tag.character == '>' ? tag.next : 0;
}

size_t ng_decode_next(const uint8_t *bytes, size_t length, size_t at, int32_t *character) {
    struct text text = {.bytes = bytes, .length = length};
    size_t end = next_of_text(&text, at, character);
    if (*character != '<') return end;
    size_t behind = tag_end(&text, end);
    if (behind == 0) return end;
    *character = ' ';
    return behind;
}
