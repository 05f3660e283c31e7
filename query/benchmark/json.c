#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/benchmark/parts.h"

/* ---- Values of one object ---- */

/* A place on the way from the object to a value. */
struct level {
    bool is_array;
    size_t key;    /* in keys: the member's name; its end is the next level's, or the end of keys */
    uint64_t item; /* of an array: its number */
};

/* One reading of one object. */
struct parse {
    struct ng_benchmark *benchmark;
    struct ng_err *err;
    unsigned depth;
    struct level levels[NG_MAX_JSON_DEPTH];
    struct ng_buf keys; /* the names on the way, one behind the other */
};

static size_t key_length(const struct parse *parse, unsigned depth) {
    size_t end = depth + 1 < parse->depth ? parse->levels[depth + 1].key : parse->keys.length;
    return end - parse->levels[depth].key;
}

/* Whether name leads to the current value through levels [depth, end). */
static bool leads_here(const struct parse *parse, const char *name, unsigned depth, unsigned end) {
    for (; depth < end; depth++) {
        const struct level *level = &parse->levels[depth];
        char digits[24];
        const char *key = digits;
        size_t length;
        if (level->is_array) {
            length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)level->item);
        } else {
            key = (const char *)parse->keys.data + level->key;
            length = key_length(parse, depth);
        }
        if (length > 0 && strncmp(name, key, length) != 0) return false;
        name += length;
        bool last = depth + 1 == end;
        if (*name != (last ? '\0' : '.')) return false;
        if (!last) name++;
    }
    return true;
}

/* Whether the current value is what slot asks for, or one of an array that it asks for. */
static bool is_wanted(const struct parse *parse, const struct ng_benchmark_slot *slot) {
    if (slot->dropped || parse->depth == 0) return false;
    if (leads_here(parse, slot->name, 0, parse->depth)) return true;
    return slot->kind == NG_BENCHMARK_TEXT && parse->depth > 1 && parse->levels[parse->depth - 1].is_array &&
           leads_here(parse, slot->name, 0, parse->depth - 1);
}

static int not_a_string(const struct parse *parse, const struct ng_benchmark_slot *slot, enum ng_json_event kind) {
    (void)ng_err_set(parse->err, NG_ERR_INPUT, NG_BENCHMARK_AT "field \"%s\" is %s, not a string",
                     NG_BENCHMARK_AT_ARGS(parse->benchmark, parse->benchmark->entry_line), slot->name,
                     ng_json_kinds[kind]);
    return ng_err_hint(parse->err, "dots lead into objects and arrays: --field doc.title, --field choices.0");
}

/* Takes a scalar. Numbers and the like may be ids and answers, null is an empty text. */
static int take_scalar(struct parse *parse, enum ng_json_event kind, const uint8_t *bytes, size_t length) {
    struct ng_benchmark *benchmark = parse->benchmark;
    bool may_be_text = kind == NG_JSON_STRING || kind == NG_JSON_NULL || benchmark->scalars;
    for (size_t i = 0; i < benchmark->slot_count; i++) {
        const struct ng_benchmark_slot *slot = &benchmark->slots[i];
        if (!is_wanted(parse, slot)) continue;
        if (slot->kind == NG_BENCHMARK_TEXT && !may_be_text) {
            if (!slot->wanted_always) continue; /* perhaps another one is meant */
            return not_a_string(parse, slot, kind);
        }
        int status = ng_benchmark_take(benchmark, i, bytes, length, parse->err);
        if (status) return status;
    }
    return NG_OK;
}

/* An object or an array starts. */
static int open_level(struct parse *parse, enum ng_json_event kind) {
    for (size_t i = 0; i < parse->benchmark->slot_count; i++) {
        struct ng_benchmark_slot *slot = &parse->benchmark->slots[i];
        if (kind == NG_JSON_OBJECT && slot->wanted_always && is_wanted(parse, slot)) {
            return not_a_string(parse, slot, kind);
        }
        /* An array, even an empty one, is there. */
        if (kind == NG_JSON_ARRAY && slot->kind == NG_BENCHMARK_TEXT && is_wanted(parse, slot)) slot->seen = true;
    }
    parse->levels[parse->depth] = (struct level){.is_array = kind == NG_JSON_ARRAY, .key = parse->keys.length};
    return NG_OK;
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    struct level *level; /* the innermost */
    int status = NG_OK;
    parse->depth = parse->benchmark->in.depth;
    if (parse->depth == 0 && event != NG_JSON_OBJECT && event != NG_JSON_END) {
        return ng_err_set(parse->err, NG_ERR_INPUT, NG_BENCHMARK_AT "the entry is not a JSON object",
                          NG_BENCHMARK_AT_ARGS(parse->benchmark, parse->benchmark->entry_line));
    }
    switch (event) {
    case NG_JSON_KEY:
        parse->keys.length = parse->levels[parse->depth - 1].key;
        if (parse->depth == 1) ng_benchmark_list(parse->benchmark, bytes, length);
        return ng_buf_append(&parse->keys, bytes, length, parse->err);
    case NG_JSON_OBJECT:
    case NG_JSON_ARRAY: return open_level(parse, event);
    case NG_JSON_END: parse->keys.length = parse->levels[parse->depth].key; break;
    default: status = take_scalar(parse, event, bytes, length);
    }
    /* A value is over: the next one of an array has the next number. */
    level = parse->depth > 0 ? &parse->levels[parse->depth - 1] : NULL;
    if (level && level->is_array) level->item++;
    return status;
}

static uint64_t newlines(const uint8_t *bytes, size_t length) {
    uint64_t count = 0;
    for (size_t i = 0; i < length; i++) count += bytes[i] == '\n' ? 1 : 0;
    return count;
}

static int not_json(const struct ng_benchmark *benchmark, uint64_t line, const char *reason, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "not JSON: %s", NG_BENCHMARK_AT_ARGS(benchmark, line), reason);
    if (benchmark->lines) return ng_err_hint(err, "*.jsonl holds one object a line; jq -c . FILE makes it so");
    return ng_err_hint(err, "a benchmark is JSON lines, a JSON array, or *.csv or *.tsv with a header");
}

static int parse_object(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    struct parse parse = {.benchmark = benchmark, .err = err};
    struct ng_json_in *in = &benchmark->in;
    in->take = take;
    in->context = &parse;
    in->any_bytes = true; /* ill-formed text is repaired */
    benchmark->values.length = 0;
    benchmark->found.length = 0;
    benchmark->listed_count = 0;
    benchmark->listed_bytes = 0;
    int status = ng_buf_reserve(&parse.keys, 1, err); /* an empty name has a place, too */
    if (!status) status = ng_json_read(in, bytes, length, err);
    ng_buf_free(&parse.keys);
    if (!status || !in->reason[0]) return status;
    if (status == NG_ERR_LIMIT) {
        return ng_err_set(err, status, NG_BENCHMARK_AT "%s", NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line),
                          in->reason);
    }
    return not_json(benchmark, benchmark->entry_line + newlines(bytes, in->refused_at),
                    in->cut_short ? "the object does not end" : in->reason, err);
}

/* Parses an object, and once more where it holds half a surrogate pair: yajl has made something else of that. */
static int parse_entry(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    int status = parse_object(benchmark, bytes, length, err);
    if (status || ng_json_find_lone_surrogate(bytes, length) == NG_JSON_NO_OFFSET) return status;
    benchmark->repaired.length = 0;
    status = ng_buf_append(&benchmark->repaired, bytes, length, err);
    if (status) return status;
    (void)ng_json_repair_surrogates(benchmark->repaired.data, length);
    return parse_object(benchmark, benchmark->repaired.data, length, err);
}

/* ---- Objects of a file ---- */

/* Moves to the next byte that is neither white space nor passed over; *byte is 0 at the end. */
static int next_byte(struct ng_benchmark *benchmark, uint8_t *byte, struct ng_err *err) {
    for (;;) {
        while (benchmark->begin < benchmark->buffer.length) {
            *byte = benchmark->buffer.data[benchmark->begin];
            if (*byte != ' ' && *byte != '\t' && *byte != '\r' && *byte != '\n') return NG_OK;
            if (*byte == '\n') benchmark->line++;
            benchmark->begin++;
        }
        *byte = 0;
        if (benchmark->at_end) return NG_OK;
        int status = ng_benchmark_read_more(benchmark, err);
        if (status) return status;
    }
}

/* How far the scan for the end of an object has come. */
struct scan {
    size_t at; /* from the object's begin */
    uint64_t depth;
    bool in_string;
    bool escaped;
};

/* How many of the next bytes of a string come before one that a scan looks at. Most of a file is in strings. */
static size_t plain_bytes(const uint8_t *bytes, size_t length, bool lines) {
    enum { FURTHEST = 256 }; /* for a string of nothing but escapes */
    if (length > FURTHEST) length = FURTHEST;
    const uint8_t *quote = memchr(bytes, '"', length);
    if (quote) length = (size_t)(quote - bytes);
    const uint8_t *escape = memchr(bytes, '\\', length);
    if (escape) length = (size_t)(escape - bytes);
    const uint8_t *end = lines ? memchr(bytes, '\n', length) : NULL;
    return end ? (size_t)(end - bytes) : length;
}

/* Goes on with a scan as far as bytes reach; true where the object, or in a file of lines its line, ends. */
static bool scan_object(struct scan *scan, const uint8_t *bytes, size_t length, bool lines) {
    for (; scan->at < length; scan->at++) {
        uint8_t byte = bytes[scan->at];
        if (lines && byte == '\n') return true;
        if (scan->escaped) {
            scan->escaped = false;
        } else if (scan->in_string) {
            if (byte == '\\') scan->escaped = true;
            else if (byte == '"') scan->in_string = false;
            else scan->at += plain_bytes(bytes + scan->at, length - scan->at, lines) - 1;
        } else if (byte == '"') {
            scan->in_string = true;
        } else if (byte == '{' || byte == '[') {
            scan->depth++;
        } else if ((byte == '}' || byte == ']') && --scan->depth == 0) {
            scan->at++;
            return true;
        }
    }
    return false;
}

static int read_object(struct ng_benchmark *benchmark, struct ng_err *err) {
    struct scan scan = {0};
    benchmark->entry_line = benchmark->line;
    while (!scan_object(&scan, benchmark->buffer.data + benchmark->begin, benchmark->buffer.length - benchmark->begin,
                        benchmark->lines) && !benchmark->at_end) {
        int status = ng_benchmark_read_more(benchmark, err);
        if (status) return status;
    }
    const uint8_t *bytes = benchmark->buffer.data + benchmark->begin;
    int status = parse_entry(benchmark, bytes, scan.at, err);
    benchmark->line += newlines(bytes, scan.at);
    benchmark->begin += scan.at;
    return status;
}

static int unexpected(const struct ng_benchmark *benchmark, uint8_t byte, struct ng_err *err) {
    char reason[64];
    if (byte == 0) (void)snprintf(reason, sizeof reason, "the array does not end");
    else if (byte >= 0x20 && byte < 0x7F) (void)snprintf(reason, sizeof reason, "'%c' where an object should start", byte);
    else (void)snprintf(reason, sizeof reason, "byte 0x%02x where an object should start", byte);
    return not_json(benchmark, benchmark->line, reason, err);
}

int ng_benchmark_next_json(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    uint8_t byte;
    *found = false;
    int status = next_byte(benchmark, &byte, err);
    if (status) return status;
    if (byte == '[' && !benchmark->any && !benchmark->in_array && !benchmark->lines) {
        benchmark->in_array = true;
        benchmark->begin++;
        status = next_byte(benchmark, &byte, err);
    } else if (byte == ',' && benchmark->in_array && benchmark->any && !benchmark->closed) {
        benchmark->begin++;
        status = next_byte(benchmark, &byte, err);
        if (!status && byte != '{') return unexpected(benchmark, byte, err);
    } else if (byte == '{' && benchmark->in_array && benchmark->any) {
        return not_json(benchmark, benchmark->line, "a comma is missing between two objects", err);
    }
    if (status) return status;
    if (byte == ']' && benchmark->in_array && !benchmark->closed) {
        benchmark->closed = true;
        benchmark->begin++;
        status = next_byte(benchmark, &byte, err);
        if (status) return status;
    }
    if (byte == 0 && benchmark->at_end && benchmark->begin == benchmark->buffer.length &&
        (!benchmark->in_array || benchmark->closed)) return NG_OK;
    if (byte != '{' || benchmark->closed) return unexpected(benchmark, byte, err);
    benchmark->any = true;
    *found = true;
    return read_object(benchmark, err);
}
