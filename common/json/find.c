#include "common/json/find.h"

#include <string.h>

#include "common/base/text.h"

/* The bytes from at to end. */
struct range {
    const uint8_t *at;
    const uint8_t *end;
};

static bool is_blank(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void skip_blanks(struct range *in) {
    while (in->at < in->end && is_blank(*in->at)) in->at++;
}

/* Skips blanks and one byte; false where another comes. */
static bool take(struct range *in, uint8_t byte) {
    skip_blanks(in);
    if (in->at == in->end || *in->at != byte) return false;
    in->at++;
    return true;
}

/* Skips a string that starts here. */
static void skip_string(struct range *in) {
    for (in->at++; in->at < in->end; in->at++) {
        if (*in->at == '\\' && in->end - in->at > 1) {
            in->at++;
        } else if (*in->at == '"') {
            in->at++;
            return;
        }
    }
}

/* Skips an object or array that starts here. */
static void skip_nested(struct range *in) {
    size_t depth = 0;
    while (in->at < in->end) {
        uint8_t byte = *in->at;
        if (byte == '"') {
            skip_string(in);
            continue;
        }
        in->at++;
        if (byte == '{' || byte == '[') depth++;
        if ((byte == '}' || byte == ']') && --depth == 0) return;
    }
}

static bool ends_word(uint8_t byte) {
    return is_blank(byte) || byte == ',' || byte == '}' || byte == ']' || byte == ':';
}

/* Takes the value that comes next. Its token is empty where there is none. */
static struct ng_json_token take_value(struct range *in) {
    skip_blanks(in);
    const uint8_t *begin = in->at;
    if (begin == in->end) return (struct ng_json_token){begin, 0};
    if (*begin == '"') skip_string(in);
    else if (*begin == '{' || *begin == '[') skip_nested(in);
    else while (in->at < in->end && !ends_word(*in->at)) in->at++;
    return (struct ng_json_token){begin, (size_t)(in->at - begin)};
}

/* The value of a member, or of the element of that number. */
static struct ng_json_token find_step(struct ng_json_token value, const char *name, size_t name_length) {
    struct range in = {value.data, value.data + value.length};
    uint64_t wanted = 0;
    bool is_object = take(&in, '{');
    if (!is_object && (!take(&in, '[') || !ng_text_decimal(name, name_length, &wanted))) return (struct ng_json_token){0};
    for (uint64_t number = 0;; number++) {
        struct ng_json_token key = {0};
        if (is_object) {
            key = take_value(&in);
            if (!take(&in, ':')) break;
        }
        struct ng_json_token found = take_value(&in);
        if (found.length == 0) break;
        if (is_object ? ng_json_token_equals(key, (const uint8_t *)name, name_length) : number == wanted) return found;
        if (!take(&in, ',')) break;
    }
    return (struct ng_json_token){0};
}

struct ng_json_token ng_json_find(const uint8_t *bytes, size_t length, const char *path) {
    const struct ng_json_token whole = {bytes, length};
    struct ng_json_token found = find_step(whole, path, strlen(path));
    if (found.data || !strchr(path, '.')) return found;
    found = whole;
    for (const char *step = path; found.data;) {
        size_t step_length = strcspn(step, ".");
        found = find_step(found, step, step_length);
        if (!step[step_length]) break;
        step += step_length + 1;
    }
    return found;
}

bool ng_json_token_is_string(struct ng_json_token token) {
    return token.length >= 2 && token.data[0] == '"' && token.data[token.length - 1] == '"';
}

bool ng_json_token_is_number(struct ng_json_token token) {
    if (token.length == 0) return false;
    uint8_t last = token.data[token.length - 1]; /* no digit in -Infinity */
    return (token.data[0] == '-' || (token.data[0] >= '0' && token.data[0] <= '9')) && last >= '0' && last <= '9';
}

static uint32_t take_hex(struct range *in) {
    uint32_t value = 0;
    for (int i = 0; i < 4 && in->at < in->end; i++) {
        int digit = ng_text_hex_digit((char)*in->at++);
        value = value << 4 | (uint32_t)(digit < 0 ? 0 : digit);
    }
    return value;
}

static size_t put_utf8(uint8_t out[4], uint32_t c) {
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(lead[length] | c);
    return length;
}

/* A surrogate without its partner is U+FFFD. */
static uint32_t take_escaped(struct range *in) {
    uint32_t c = take_hex(in);
    if ((c & 0xF800) != 0xD800) return c;
    if (c >= 0xDC00 || in->end - in->at < 6 || in->at[0] != '\\' || in->at[1] != 'u') return 0xFFFD;
    struct range after = {in->at + 2, in->end};
    uint32_t low = take_hex(&after);
    if ((low & 0xFC00) != 0xDC00) return 0xFFFD;
    in->at = after.at;
    return 0x10000 + ((c & 0x3FF) << 10) + (low & 0x3FF);
}

/* Takes a byte of a string, or an escape, and gives the 1 to 4 bytes that it stands for. */
static size_t take_piece(struct range *in, uint8_t out[4]) {
    static const char letters[] = "bfnrt";
    static const uint8_t meant[] = "\b\f\n\r\t";
    uint8_t byte = *in->at++;
    out[0] = byte;
    if (byte != '\\' || in->at == in->end) return 1;
    byte = *in->at++;
    if (byte == 'u') return put_utf8(out, take_escaped(in));
    const char *letter = byte ? strchr(letters, byte) : NULL;
    out[0] = letter ? meant[letter - letters] : byte;
    return 1;
}

/* What is within the quotes of a string; a number as it is. */
static struct range content(struct ng_json_token token) {
    size_t quotes = ng_json_token_is_string(token) ? 1 : 0;
    return (struct range){token.data + quotes, token.data + token.length - quotes};
}

static bool has_escapes(struct range in) {
    return in.at < in.end && memchr(in.at, '\\', (size_t)(in.end - in.at));
}

bool ng_json_token_equals(struct ng_json_token token, const uint8_t *bytes, size_t length) {
    struct range in = content(token);
    if (!has_escapes(in)) {
        return (size_t)(in.end - in.at) == length && (length == 0 || memcmp(in.at, bytes, length) == 0);
    }
    size_t done = 0;
    while (in.at < in.end) {
        uint8_t piece[4];
        size_t piece_length = take_piece(&in, piece);
        if (piece_length > length - done || memcmp(piece, bytes + done, piece_length) != 0) return false;
        done += piece_length;
    }
    return done == length;
}

int ng_json_token_bytes(struct ng_json_token token, struct ng_buf *room, const uint8_t **bytes, size_t *length,
                        struct ng_err *err) {
    struct range in = content(token);
    *bytes = in.at;
    *length = (size_t)(in.end - in.at);
    if (!has_escapes(in)) return NG_OK;
    int status = NG_OK;
    room->length = 0;
    while (in.at < in.end && !status) {
        uint8_t piece[4];
        size_t piece_length = take_piece(&in, piece);
        status = ng_buf_append(room, piece, piece_length, err);
    }
    *bytes = room->data;
    *length = room->length;
    return status;
}
