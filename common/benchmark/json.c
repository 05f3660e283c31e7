#include <stdio.h>
#include <string.h>

#include "common/json/nonfinite.h"
#include "common/json/scan.h"
#include "common/benchmark/parts.h"

/* ---- Values of an entry ---- */

struct taking {
    struct ng_benchmark *benchmark;
    size_t slot;
    struct ng_buf *decoded;
    struct ng_err *err;
};

/* The error for a value of the wrong kind, which names what an object holds. */
static int not_a_string(const struct taking *taking, uint32_t node) {
    struct ng_benchmark *benchmark = taking->benchmark;
    const char *name = benchmark->slots[taking->slot].name;
    char prefix[NG_MAX_FIELD_NAME_BYTES + 2];
    (void)snprintf(prefix, sizeof prefix, "%s.", name);
    ng_benchmark_list_members(benchmark, prefix, node);
    (void)ng_err_set(taking->err, NG_ERR_INPUT, NG_BENCHMARK_AT "field \"%s\" is %s, not a string%s%.*s",
                     NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), name,
                     ng_json_kinds[ng_tree_node(&benchmark->tree, node)->kind],
                     benchmark->listed.length ? "; it holds " : "", (int)benchmark->listed.length,
                     benchmark->listed.length ? (const char *)benchmark->listed.data : "");
    return ng_err_hint(taking->err, "dots lead into objects and arrays: --field doc.title, --field choices.0");
}

/* Whether a number is written as NaN or Infinity. */
static bool is_nonfinite(const struct ng_benchmark *benchmark, uint32_t node) {
    if (!benchmark->repaired_object) return false;
    const uint8_t *written = benchmark->buffer.data + benchmark->begin + ng_tree_node(&benchmark->tree, node)->begin;
    return *written == 'N' || *written == 'I' || (*written == '-' && written[1] == 'I');
}

/* Numbers and the like may be ids and answers, null and NaN are an empty text. */
static int take_scalar(const struct taking *taking, uint32_t node) {
    struct ng_benchmark *benchmark = taking->benchmark;
    uint32_t kind = ng_tree_node(&benchmark->tree, node)->kind;
    if (kind == NG_JSON_NUMBER && is_nonfinite(benchmark, node)) kind = NG_JSON_NULL;
    bool is_text = benchmark->slots[taking->slot].kind == NG_BENCHMARK_TEXT;
    if (is_text && kind != NG_JSON_STRING && kind != NG_JSON_NULL && !benchmark->options.scalars) {
        return not_a_string(taking, node);
    }
    taking->decoded->length = 0;
    int status = kind == NG_JSON_NULL ? NG_OK : ng_tree_scalar(&benchmark->tree, node, taking->decoded, taking->err);
    return status ? status : ng_benchmark_take(benchmark, taking->slot, taking->decoded->data, taking->decoded->length,
                                               taking->err);
}

static int take_node(void *context, uint32_t node) {
    const struct taking *taking = context;
    const struct ng_tree *tree = &taking->benchmark->tree;
    struct ng_benchmark_slot *slot = &taking->benchmark->slots[taking->slot];
    uint32_t kind = ng_tree_node(tree, node)->kind;
    bool one = slot->kind == NG_BENCHMARK_ID || slot->kind == NG_BENCHMARK_ANSWER;
    int status = NG_OK;
    if (one && slot->seen) return status; /* the first answer of several */
    if (kind == NG_JSON_OBJECT) return not_a_string(taking, node);
    if (kind != NG_JSON_ARRAY) return take_scalar(taking, node);
    slot->seen = true; /* an array, even an empty one, is there */
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c) && !status; c = ng_tree_next(tree, c)) {
        uint32_t item = ng_tree_node(tree, c)->kind;
        status = item == NG_JSON_OBJECT || item == NG_JSON_ARRAY ? not_a_string(taking, c) : take_scalar(taking, c);
        if (one) break;
    }
    return status;
}

/* What an entry lacks may stand in the objects around it, as the context of SQuAD's questions does. */
static int take_around(struct taking *taking, const struct ng_tree_entry *entry) {
    struct ng_benchmark *benchmark = taking->benchmark;
    const struct ng_benchmark_slot *slot = &benchmark->slots[taking->slot];
    uint32_t member = ng_tree_text_around(&benchmark->tree, entry, slot->name, slot->fold);
    if (member != NG_TREE_NONE) return take_node(taking, member);
    return ng_benchmark_missing(benchmark, entry, slot->name, taking->err);
}

/* Whether the entries are the members of a dict, by their ids. */
static bool by_name(const struct ng_benchmark *benchmark) {
    const char *path = benchmark->entries_path;
    size_t length = path ? strlen(path) : 0;
    return length > 0 && path[length - 1] == '*' && (length == 1 || path[length - 2] == '.');
}

static int take_values(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, struct ng_err *err) {
    struct ng_buf decoded = {0};
    struct taking taking = {.benchmark = benchmark, .decoded = &decoded, .err = err};
    int status = benchmark->settled ? NG_OK : ng_benchmark_settle(benchmark, entry, err);
    if (!status) status = ng_buf_reserve(&decoded, 1, err);
    for (; taking.slot < benchmark->slot_count && !status; taking.slot++) {
        const struct ng_benchmark_slot *slot = &benchmark->slots[taking.slot];
        status = ng_tree_find(&benchmark->tree, entry, slot->name, slot->fold, take_node, &taking);
        if (!status && !slot->seen) status = take_around(&taking, entry);
    }
    ng_buf_free(&decoded);
    benchmark->name_id = (struct ng_bytes){0};
    const struct ng_tree_node *node = ng_tree_node(&benchmark->tree, entry->node);
    if (!status && by_name(benchmark) && ng_tree_node(&benchmark->tree, node->parent)->kind == NG_JSON_OBJECT) {
        benchmark->name_id = (struct ng_bytes){benchmark->tree.keys.data + node->key, node->key_length};
    }
    return status;
}

/* ---- One object ---- */

static uint64_t newlines(const uint8_t *bytes, size_t length) {
    uint64_t count = 0;
    for (size_t i = 0; i < length; i++) count += bytes[i] == '\n' ? 1 : 0;
    return count;
}

static int not_json(const struct ng_benchmark *benchmark, uint64_t line, const char *reason, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "not JSON: %s", NG_BENCHMARK_AT_ARGS(benchmark, line), reason);
    if (benchmark->lines) return ng_err_hint(err, "*.jsonl holds one object a line; jq -c . FILE makes it so");
    return ng_err_hint(err, "a benchmark is JSON lines, JSON, Parquet, or *.csv or *.tsv");
}

static int parse_object(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    const struct ng_json_in *in = &benchmark->tree.in;
    int status = ng_tree_read(&benchmark->tree, bytes, length, err);
    if (!status || !in->reason[0]) return status;
    if (status == NG_ERR_LIMIT) {
        return ng_err_set(err, status, NG_BENCHMARK_AT "%s", NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line),
                          in->reason);
    }
    return not_json(benchmark, benchmark->entry_line + newlines(bytes, in->refused_at),
                    in->cut_short ? "the object does not end" : in->reason, err);
}

/* Parses an object, and once more where it holds half a surrogate pair, which yajl makes something else of, or NaN or
 * Infinity, which it refuses and Python's json module writes. */
static int parse(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    benchmark->repaired_object = false;
    int status = parse_object(benchmark, bytes, length, err);
    bool refused = status == NG_ERR_INPUT && benchmark->tree.in.reason[0];
    if (!refused && (status || ng_json_find_lone_surrogate(bytes, length) == NG_JSON_NO_OFFSET)) return status;
    benchmark->repaired.length = 0;
    int copied = ng_buf_append(&benchmark->repaired, bytes, length, err);
    if (copied) return copied;
    bool nonfinite = ng_nonfinite_replace(benchmark->repaired.data, length);
    if (refused && !nonfinite) return status;
    if (ng_json_find_lone_surrogate(bytes, length) != NG_JSON_NO_OFFSET) {
        (void)ng_json_repair_surrogates(benchmark->repaired.data, length);
        if (benchmark->surrogate_line == 0) benchmark->surrogate_line = benchmark->entry_line;
    }
    benchmark->repaired_object = true;
    return parse_object(benchmark, benchmark->repaired.data, length, err);
}

/* ---- Objects of a file ---- */

/* Moves to the next byte that is not white space; *byte is 0 at the end. */
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
    struct ng_json_scan value;
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
        if (scan->value.in_string && !scan->value.escaped && byte != '\\' && byte != '"') {
            scan->at += plain_bytes(bytes + scan->at, length - scan->at, lines) - 1;
        } else if (ng_json_scan_closes(&scan->value, byte)) {
            scan->at++;
            return true;
        }
    }
    return false;
}

/* Reads the object at begin, which stays in the buffer until it is passed. */
static int read_object(struct ng_benchmark *benchmark, struct ng_err *err) {
    struct scan scan = {0};
    benchmark->entry_line = benchmark->line;
    while (!scan_object(&scan, benchmark->buffer.data + benchmark->begin, benchmark->buffer.length - benchmark->begin,
                        benchmark->lines) && !benchmark->at_end) {
        int status = ng_benchmark_read_more(benchmark, err);
        if (status) return status;
    }
    benchmark->object_bytes = scan.at;
    return parse(benchmark, benchmark->buffer.data + benchmark->begin, scan.at, err);
}

static void pass_object(struct ng_benchmark *benchmark) {
    benchmark->line += newlines(benchmark->buffer.data + benchmark->begin, benchmark->object_bytes);
    benchmark->begin += benchmark->object_bytes;
    benchmark->object_bytes = 0;
}

/* Whether nothing follows the current object. */
static int is_only(struct ng_benchmark *benchmark, bool *only, struct ng_err *err) {
    size_t at = benchmark->object_bytes;
    *only = !benchmark->in_array && !benchmark->lines;
    while (*only) {
        const uint8_t *bytes = benchmark->buffer.data + benchmark->begin;
        size_t length = benchmark->buffer.length - benchmark->begin;
        while (at < length && memchr(" \t\r\n", bytes[at], 4)) at++;
        if (at < length) *only = false;
        if (at < length || benchmark->at_end) break;
        int status = ng_benchmark_read_more(benchmark, err); /* which moves the object */
        if (status) return status;
        if (!benchmark->repaired_object) benchmark->tree.text = benchmark->buffer.data + benchmark->begin;
    }
    return NG_OK;
}

static int unexpected(const struct ng_benchmark *benchmark, uint8_t byte, struct ng_err *err) {
    char reason[64];
    if (byte == 0) (void)snprintf(reason, sizeof reason, "the array does not end");
    else if (byte >= 0x20 && byte < 0x7F) (void)snprintf(reason, sizeof reason, "'%c' where an object should start", byte);
    else (void)snprintf(reason, sizeof reason, "byte 0x%02x where an object should start", byte);
    return not_json(benchmark, benchmark->line, reason, err);
}

/* Passes over a line that is no object but holds a canary, as a comment. *byte is then the next one. */
static int pass_canary_line(struct ng_benchmark *benchmark, uint8_t *byte, struct ng_err *err) {
    enum ng_benchmark_canaries found = NG_BENCHMARK_CANARY_GUID;
    while (benchmark->lines && *byte != 0 && *byte != '{' && found == NG_BENCHMARK_CANARY_GUID) {
        const uint8_t *end;
        int status = NG_OK;
        while (!(end = memchr(benchmark->buffer.data + benchmark->begin, '\n', benchmark->buffer.length - benchmark->begin)) &&
               !benchmark->at_end && !status) {
            status = ng_benchmark_read_more(benchmark, err);
        }
        if (status) return status;
        const uint8_t *begin = benchmark->buffer.data + benchmark->begin;
        size_t length = end ? (size_t)(end - begin) : benchmark->buffer.length - benchmark->begin;
        status = ng_benchmark_find_canaries(benchmark, begin, length, &found, err);
        if (!status && found == NG_BENCHMARK_CANARY_GUID) {
            benchmark->begin += length;
            status = next_byte(benchmark, byte, err);
        }
        if (status) return status;
    }
    return NG_OK;
}

/* Comes to the next object, and reads it; *found is false at the end. */
static int next_object(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    uint8_t byte;
    *found = false;
    int status = next_byte(benchmark, &byte, err);
    if (!status) status = pass_canary_line(benchmark, &byte, err);
    if (status) return status;
    if (byte == '[' && !benchmark->any && !benchmark->in_array) {
        benchmark->in_array = true;
        benchmark->lines = false;
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
    *found = true;
    return read_object(benchmark, err);
}

/* Whether the current object is no entry and holds none, but a canary for the whole file. */
static int is_canary_alone(struct ng_benchmark *benchmark, bool *alone, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    int status = ng_benchmark_object_canaries(benchmark, alone, err);
    if (status || !*alone) return status;
    for (uint32_t c = 1; ng_tree_has(tree, 0, c); c = ng_tree_next(tree, c)) {
        uint32_t kind = ng_tree_node(tree, c)->kind;
        if (kind == NG_JSON_OBJECT || kind == NG_JSON_ARRAY) *alone = false;
    }
    if (*alone) *alone = ng_benchmark_rank(benchmark, &(struct ng_tree_entry){0}) == 0;
    return NG_OK;
}

/* Comes to the next object that holds entries. */
static int next_entries(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    bool only;
    bool canary = false;
    int status;
    do {
        if (canary) pass_object(benchmark);
        status = next_object(benchmark, found, err);
        if (!status && *found) status = is_canary_alone(benchmark, &canary, err);
        if (status || !*found) return status;
        benchmark->any = true;
    } while (canary);
    if (!benchmark->placed) {
        benchmark->placed = true;
        status = is_only(benchmark, &only, err);
        if (!status) status = ng_benchmark_find_entries(benchmark, only, err);
    }
    if (!status && benchmark->entries_path) status = ng_benchmark_gather(benchmark, err);
    return status;
}

int ng_benchmark_next_json(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    struct ng_tree_entry entry = {0};
    bool nested = benchmark->object_bytes > 0 && ng_benchmark_next_nested(benchmark, &entry);
    *found = nested;
    while (!nested) {
        bool repeated = false;
        if (benchmark->object_bytes > 0) pass_object(benchmark);
        int status = next_entries(benchmark, found, err);
        if (status || !*found) return status;
        status = ng_benchmark_is_repeated(benchmark, &repeated, err);
        if (status) return status;
        if (repeated) continue;
        if (!benchmark->entries_path) break;
        nested = ng_benchmark_next_nested(benchmark, &entry);
    }
    if (nested && !entry.cells) {
        size_t begin = ng_tree_node(&benchmark->tree, entry.node)->begin;
        benchmark->counted_line += newlines(benchmark->tree.text + benchmark->counted, begin - benchmark->counted);
        benchmark->counted = begin;
        benchmark->entry_line = benchmark->counted_line;
    }
    return take_values(benchmark, &entry, err);
}
