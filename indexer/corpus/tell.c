#include "indexer/corpus/tell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/utf8.h"
#include "common/convert/parquet.h"
#include "common/json/in.h"
#include "common/json/nonfinite.h"

/* What the first value of a file shows. */
struct probe {
    struct ng_json_in in;
    const char *fields;
    bool nested_fields; /* one of them has steps */
    bool has_field;     /* in the first object: the root, or the first of an array */
    enum ng_json_event field_value;
    bool at_field; /* its value comes next, or is cut */
    bool all_hold_more; /* the root's members are arrays or objects */
    bool first_has_field; /* the root's first member is an object with the field */
    uint64_t members;
    bool ended; /* the value did */
    enum ng_json_event root;
};

/* Whether a name is the first step of a path, or a whole path. */
static bool is_field(const char *fields, const uint8_t *name, size_t length) {
    for (const char *at = fields;; at++) {
        size_t path = strcspn(at, ",");
        bool same = path >= length && memcmp(at, name, length) == 0 && length > 0;
        if (same && (at[length] == '\0' || at[length] == ',' || at[length] == '.')) return true;
        at += path;
        if (*at == '\0') return false;
    }
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct probe *p = context;
    const unsigned depth = p->in.depth;
    bool holds_more = event == NG_JSON_OBJECT || event == NG_JSON_ARRAY;
    if (event == NG_JSON_KEY) {
        bool field = is_field(p->fields, bytes, length);
        unsigned of_record = p->root == NG_JSON_ARRAY ? 2 : 1;
        p->at_field = depth == of_record && field && !p->has_field;
        if (depth == 2 && p->members == 1) p->first_has_field |= field;
        return NG_OK;
    }
    if (event == NG_JSON_END) p->ended |= depth == 0;
    if (event == NG_JSON_END) return NG_OK;
    if (depth == 0) p->root = event;
    if (depth == 1) {
        p->members++;
        p->all_hold_more &= holds_more;
    }
    if (p->at_field) {
        p->has_field = true;
        p->field_value = event;
        p->at_field = false;
    }
    return NG_OK;
}

static bool is_hint_end(const char *at) {
    return !isalnum((unsigned char)*at) && *at != '_';
}

/* Whether a name says JSON lines: ".jsonl" and the like, whatever comes behind ("x.jsonl?download=true", ".jsonl.1"). */
static bool is_named(const char *path, const char *const *names) {
    const char *slash = strrchr(path, '/');
    for (const char *dot = strchr(slash ? slash : path, '.'); dot; dot = strchr(dot + 1, '.')) {
        for (size_t i = 0; names[i]; i++) {
            if (strncasecmp(dot + 1, names[i], strlen(names[i])) == 0 && is_hint_end(dot + 1 + strlen(names[i]))) return true;
        }
    }
    return false;
}

static bool is_named_lines(const char *path) {
    static const char *const names[] = {"jsonl", "jsonlines", "ndjson", "jl", NULL};
    return strcmp(path, "-") == 0 || is_named(path, names);
}

static bool is_tar(const uint8_t *head, size_t length) {
    enum { BLOCK_BYTES = 512, MAGIC_AT = 257, SUM_AT = 148, SUM_BYTES = 8 };
    if (length < BLOCK_BYTES) return false;
    if (memcmp(head + MAGIC_AT, "ustar", 5) == 0) return true;
    /* Older ones have no magic, but a checksum. */
    unsigned sum = 0;
    for (unsigned i = 0; i < BLOCK_BYTES; i++) sum += i - SUM_AT < SUM_BYTES ? ' ' : head[i];
    char digits[SUM_BYTES + 1] = "";
    memcpy(digits, head + SUM_AT, SUM_BYTES);
    return head[0] != 0 && sum > 0 && digits[0] != '\0' && strtoul(digits, NULL, 8) == sum;
}

static const char *binary_name(const uint8_t *head, size_t length) {
    static const struct {
        const char *magic;
        size_t length;
        const char *name;
    } known[] = {{"PK\3\4", 4, "a zip archive: unpack it"},
                 {"7z\xBC\xAF\x27\x1C", 6, "a 7z archive: unpack it"},
                 {"Rar!", 4, "a RAR archive: unpack it"},
                 {"%PDF-", 5, "a PDF document: extract its text"},
                 {"ARROW1", 6, "an Arrow file: make Parquet or JSON lines of it"},
                 {"ORC", 3, "an ORC file: make Parquet or JSON lines of it"},
                 {"SQLite format 3", 15, "a SQLite database"},
                 {"\x7F" "ELF", 4, "a program or library"},
                 {"\x89PNG", 4, "a picture"},
                 {"GIF8", 4, "a picture"},
                 {"\xFF\xD8\xFF", 3, "a picture"},
                 {"\x1F\x9D", 2, "compressed by compress: unpack it"},
                 {"\xFF\xFF\xFF\xFF\x10\0\0\0", 8, "an Arrow stream: make Parquet or JSON lines of it"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (length >= known[i].length && memcmp(head, known[i].magic, known[i].length) == 0) return known[i].name;
    }
    return NULL;
}

/* No text: a NUL, or many other control characters. */
static bool is_binary(const uint8_t *head, size_t length) {
    enum { ONE_IN = 10 };
    size_t controls = 0;
    for (size_t i = 0; i < length; i++) {
        if (head[i] == 0) return true;
        controls += head[i] < ' ' && !memchr("\t\n\r\f\b\x1B", head[i], 6);
    }
    return controls > length / ONE_IN;
}

const char *ng_tell_binary(const uint8_t *head, size_t length) {
    const char *utf16 = ng_utf8_find_utf16(head, length);
    if (!utf16) return "no text: binary bytes";
    return strcmp(utf16, "UTF-16LE") == 0
               ? "looks like UTF-16 without a byte order mark: iconv -f UTF-16LE -t UTF-8 makes it UTF-8"
               : "looks like UTF-16 without a byte order mark: iconv -f UTF-16BE -t UTF-8 makes it UTF-8";
}

static struct ng_told tell_text(const uint8_t *head, size_t length) {
    const char *what = binary_name(head, length);
    bool is_pdf = what && head[0] == '%';
    if (is_binary(head, length) || is_pdf) return (struct ng_told){NG_KIND_BINARY, what ? what : ng_tell_binary(head, length)};
    return (struct ng_told){.kind = NG_KIND_TEXT};
}

/* What a file is whose first value, an object or array, was looked at; it ends at end, and more may follow, or it goes
 * on behind the head: cut. */
static enum ng_kind tell_value(const struct probe *p, const uint8_t *head, size_t length, size_t end, bool cut,
                               bool named, enum ng_json_as json_as) {
    const uint8_t *newline = memchr(head, '\n', length);
    size_t first_line = newline ? (size_t)(newline - head) : length;
    bool on_one_line = cut ? !newline : end <= first_line;
    size_t next = end;
    while (!cut && next < length && isspace(head[next])) next++;
    bool alone = !cut && next == length;
    bool more = !cut && next < length && head[next] == '{';
    bool at_text = cut && p->at_field; /* which goes on behind the head */
    if (p->root == NG_JSON_ARRAY) {
        return p->has_field || at_text || json_as == NG_JSON_AS_RECORDS ? NG_KIND_VALUES : NG_KIND_NO_RECORD;
    }
    if (p->has_field) {
        bool columns = (p->field_value == NG_JSON_ARRAY || p->field_value == NG_JSON_OBJECT) && p->all_hold_more &&
                       !p->nested_fields && !named && (alone || cut);
        if (columns) return NG_KIND_COLUMNS;
        bool cr = on_one_line && more && !newline && memchr(head + end, '\r', next - end);
        if (cr) return NG_KIND_CR_LINES;
        return on_one_line ? NG_KIND_LINES : NG_KIND_VALUES;
    }
    if (p->first_has_field && p->all_hold_more && !named) return NG_KIND_ROWS;
    if (cut && named) return NG_KIND_LINES; /* the field may come later */
    if (cut) return at_text ? NG_KIND_VALUES : NG_KIND_NO_RECORD;
    if (on_one_line && (more || named || json_as == NG_JSON_AS_RECORDS)) return NG_KIND_NO_FIELD;
    return named ? NG_KIND_LINES : NG_KIND_NO_RECORD;
}

static int tell_json(struct ng_told *told, const char *path, const uint8_t *head, size_t length, const char *fields,
                     enum ng_json_as json_as, struct ng_err *err) {
    bool named = is_named_lines(path) || json_as == NG_JSON_AS_RECORDS;
    bool named_json = is_named(path, (const char *const[]){"json", NULL});
    struct probe p = {.fields = fields, .all_hold_more = true, .nested_fields = strpbrk(fields, ".,") != NULL};
    p.in = (struct ng_json_in){.take = take, .context = &p, .deepest = 2, .any_bytes = true};
    struct ng_buf plain = {0};
    int status = ng_buf_append(&plain, head, length, err);
    if (!status) (void)ng_nonfinite_replace(plain.data, plain.length);
    if (!status) status = ng_json_read(&p.in, plain.data, plain.length, err);
    ng_buf_free(&plain);
    if (status == NG_ERR_NOMEM) return status;
    /* The value ended and something follows, or it goes on behind the head: all is well so far. */
    bool sound = status == NG_OK || p.ended || p.in.cut_short;
    if (sound) told->kind = tell_value(&p, head, length, p.in.end, !p.ended, named, json_as);
    else if (named) told->kind = NG_KIND_LINES;
    if (sound && (told->kind != NG_KIND_NO_RECORD || named_json || status == NG_OK)) return NG_OK;
    if (named) return NG_OK;
    if (named_json) told->kind = NG_KIND_NO_RECORD;
    else *told = tell_text(head, length);
    return NG_OK;
}

int ng_tell(struct ng_told *told, const char *path, const uint8_t *head, size_t length, const char *fields,
            enum ng_json_as json_as, struct ng_err *err) {
    *told = (struct ng_told){.kind = NG_KIND_TEXT};
    if (ng_parquet_is(head, length)) told->kind = NG_KIND_PARQUET;
    else if (length >= 4 && (memcmp(head, "\xFF\xFE\0\0", 4) == 0 || memcmp(head, "\0\0\xFE\xFF", 4) == 0)) told->kind = NG_KIND_UTF32;
    else if (length >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0)) told->kind = NG_KIND_UTF16;
    else if (length >= 7 && memcmp(head, "WARC/1.", 7) == 0) told->kind = NG_KIND_WARC;
    else if (is_tar(head, length)) told->kind = NG_KIND_TAR;
    if (told->kind != NG_KIND_TEXT) return NG_OK;
    size_t begin = ng_utf8_mark_bytes(head, length);
    while (begin < length && isspace(head[begin])) begin++;
    bool json = begin < length && (head[begin] == '{' || head[begin] == '[');
    if (json && json_as != NG_JSON_AS_TEXT) {
        return tell_json(told, path, head + begin, length - begin, fields, json_as, err);
    }
    bool named = json_as != NG_JSON_AS_TEXT && (is_named_lines(path) || json_as == NG_JSON_AS_RECORDS);
    if (named) told->kind = NG_KIND_LINES;
    else *told = tell_text(head, length);
    return NG_OK;
}

bool ng_tell_names_field(const uint8_t *bytes, size_t length, const char *fields) {
    for (const char *at = fields;; at++) {
        size_t path = strcspn(at, ",");
        size_t step = strcspn(at, ".,");
        const uint8_t *from = bytes;
        while ((from = memmem(from, length - (size_t)(from - bytes), at, step)) != NULL) {
            if (from > bytes && from[-1] == '"' && from + step < bytes + length && from[step] == '"') return true;
            from++;
        }
        at += path;
        if (*at == '\0') return false;
    }
}
