/*
 * Canary strings, which authors put into the files of a benchmark so that a corpus that holds the files gives itself
 * away. They are told by the word "canary": the name of a member or column, or a few words before a GUID, as in
 * BIG-bench's "canary GUID 26b5c67b-...".
 */
#include <ctype.h>
#include <string.h>

#include "common/benchmark/parts.h"

enum {
    GUID_BYTES = 36,
    NEAR_BYTES = 64,  /* from the word to the end of its GUID */
    LEAST_BYTES = 16, /* of a canary without a GUID: a shorter one may stand anywhere, */
    LEAST_ASCII = 8,  /* and what has no letter or digit cannot be searched for folded */
    MOST_BYTES = 4096
};

static const char WORD[] = "canary";
enum { WORD_BYTES = sizeof WORD - 1 };

/* Where the word stands in bytes, whatever its case; NULL: nowhere. */
static const uint8_t *find_word(const uint8_t *bytes, size_t length) {
    const uint8_t *end = bytes + length;
    /* Few bytes are a y, of either case. */
    for (const uint8_t *at = bytes; at < end;) {
        const uint8_t *lower = memchr(at, 'y', (size_t)(end - at));
        const uint8_t *upper = memchr(at, 'Y', (size_t)((lower ? lower : end) - at));
        const uint8_t *last = upper ? upper : lower;
        if (!last) return NULL;
        at = last + 1;
        if (at - bytes < WORD_BYTES) continue;
        const uint8_t *begin = at - WORD_BYTES;
        size_t same = 0;
        while (same < WORD_BYTES && (begin[same] | 0x20) == WORD[same]) same++;
        if (same == WORD_BYTES) return begin;
    }
    return NULL;
}

static bool is_guid(const uint8_t *bytes) {
    for (size_t i = 0; i < GUID_BYTES; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? bytes[i] != '-' : !isxdigit(bytes[i])) return false;
    }
    return true;
}

/* Where the first GUID stands; NULL: nowhere. */
static const uint8_t *find_guid(const uint8_t *bytes, size_t length) {
    for (size_t at = 0; at + GUID_BYTES <= length; at++) {
        if (bytes[at + 8] == '-' && is_guid(bytes + at)) return bytes + at;
    }
    return NULL;
}

/* Adds a canary, unless it is known or there are too many. */
static int add(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        struct ng_bytes known = ng_benchmark_canary(benchmark, i);
        if (known.length_bytes == length && memcmp(known.data, bytes, length) == 0) return NG_OK;
    }
    if (benchmark->canary_count == NG_BENCHMARK_CANARIES) {
        if (benchmark->canaries_cut) return NG_OK;
        benchmark->canaries_cut = true;
        return ng_benchmark_add_note(benchmark, err, "over %d canary strings: only the first ones are searched",
                                     NG_BENCHMARK_CANARIES);
    }
    int status = ng_buf_append(&benchmark->canary_text, bytes, length, err);
    if (!status) benchmark->canary_ends[benchmark->canary_count++] = benchmark->canary_text.length;
    return status;
}

/* Takes the value of a member named like a canary: its GUID, or the whole value. */
static int take_value(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length, struct ng_err *err) {
    const uint8_t *guid = find_guid(bytes, length);
    if (guid) return add(benchmark, guid, GUID_BYTES, err);
    while (length > 0 && isspace(bytes[0])) bytes++, length--;
    while (length > 0 && isspace(bytes[length - 1])) length--;
    size_t ascii = 0;
    for (size_t i = 0; i < length; i++) ascii += isalnum(bytes[i]) ? 1 : 0;
    /* A phrase to search for cannot hold the terminator, which is in no UTF-8. */
    if (length < LEAST_BYTES || length > MOST_BYTES || ascii < LEAST_ASCII || memchr(bytes, 0xFF, length)) return NG_OK;
    return add(benchmark, bytes, length, err);
}

int ng_benchmark_find_canaries(struct ng_benchmark *benchmark, const uint8_t *bytes, size_t length,
                               enum ng_benchmark_canaries *found, struct ng_err *err) {
    *found = NG_BENCHMARK_NO_CANARY;
    const uint8_t *end = bytes + length;
    int status = NG_OK;
    for (const uint8_t *at = bytes; at < end && !status;) {
        const uint8_t *word = find_word(at, (size_t)(end - at));
        if (!word) break;
        if (*found == NG_BENCHMARK_NO_CANARY) *found = NG_BENCHMARK_CANARY_WORD;
        size_t near = (size_t)(end - word) < NEAR_BYTES ? (size_t)(end - word) : NEAR_BYTES;
        const uint8_t *guid = find_guid(word, near);
        if (guid) *found = NG_BENCHMARK_CANARY_GUID;
        if (guid) status = add(benchmark, guid, GUID_BYTES, err);
        at = guid ? guid + GUID_BYTES : word + WORD_BYTES;
    }
    return status;
}

/* Whether a member or column is named as a canary: "canary", "Canary String", "gpqa_canary", but not "canary_islands". */
static bool is_name(const uint8_t *name, size_t length) {
    static const char *const rests[] = {"", "string", "strings", "text", "guid", "uuid", "id", "value"};
    const uint8_t *word = find_word(name, length);
    if (!word) return false;
    char rest[8] = "";
    size_t used = 0;
    for (const uint8_t *at = word + WORD_BYTES; at < name + length; at++) {
        if (!isalpha(*at)) continue;
        if (used + 1 == sizeof rest) return false;
        rest[used++] = (char)(*at | 0x20);
    }
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        if (strcmp(rest, rests[i]) == 0) return true;
    }
    return false;
}

/* Whether a value of the tree is a member named as a canary, or an item of one. */
static bool is_named(const struct ng_tree *tree, const struct ng_tree_node *node) {
    while (node->parent != NG_TREE_NONE) {
        const struct ng_tree_node *parent = ng_tree_node(tree, node->parent);
        if (parent->kind == NG_JSON_OBJECT) return is_name(tree->keys.data + node->key, node->key_length);
        node = parent;
    }
    return false;
}

int ng_benchmark_object_canaries(struct ng_benchmark *benchmark, bool *any, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    const struct ng_tree_node *root = ng_tree_node(tree, 0);
    enum ng_benchmark_canaries found;
    int status = ng_benchmark_find_canaries(benchmark, tree->text, root->end, &found, err);
    struct ng_buf decoded = {0};
    *any = found != NG_BENCHMARK_NO_CANARY;
    for (uint32_t i = 1; *any && i < root->next && !status; i++) {
        const struct ng_tree_node *node = ng_tree_node(tree, i);
        if (node->kind != NG_JSON_STRING || !is_named(tree, node)) continue;
        decoded.length = 0;
        status = ng_tree_scalar(tree, i, &decoded, err);
        if (!status && decoded.length > 0) status = take_value(benchmark, decoded.data, decoded.length, err);
    }
    ng_buf_free(&decoded);
    return status;
}

int ng_benchmark_cell_canary(struct ng_benchmark *benchmark, struct ng_bytes column, struct ng_bytes value,
                             struct ng_err *err) {
    if (value.length_bytes == 0 || !is_name(column.data, (size_t)column.length_bytes)) return NG_OK;
    return take_value(benchmark, value.data, (size_t)value.length_bytes, err);
}

struct ng_bytes ng_benchmark_canary(const struct ng_benchmark *benchmark, size_t i) {
    size_t begin = i > 0 ? benchmark->canary_ends[i - 1] : 0;
    return (struct ng_bytes){benchmark->canary_text.data + begin, benchmark->canary_ends[i] - begin};
}

size_t ng_benchmark_canary_count(const struct ng_benchmark *benchmark) {
    return benchmark->canary_count;
}
