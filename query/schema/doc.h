/*
 * A JSON file in memory, and its values by name. Texts are copied into an arena, which is freed at once.
 */
#ifndef NG_QUERY_SCHEMA_DOC_H
#define NG_QUERY_SCHEMA_DOC_H

#include "common/base/buf.h"
#include "common/benchmark/tree.h"

/* Strings that live until the arena is freed. Zero-initialised memory is an empty arena. */
struct ng_arena {
    char **strings; /* owned, as each of them is */
    size_t count;
    size_t capacity;
};

/* Copies length bytes and a NUL. Errors: NG_ERR_NOMEM. */
int ng_arena_copy(struct ng_arena *arena, const void *bytes, size_t length, const char **copy, struct ng_err *err);

/* The same, printf-formatted. */
int ng_arena_format(struct ng_arena *arena, const char **copy, struct ng_err *err, const char *format, ...)
    NG_PRINTF_LIKE(4, 5);

void ng_arena_free(struct ng_arena *arena);

struct ng_doc {
    struct ng_buf bytes;
    int64_t changed; /* when the file was, in seconds since 1970 */
    struct ng_tree tree;
};

/* Reads a regular file of at most NG_MAX_REPORT_BYTES that holds one JSON value. Node 0 of the tree is that value.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM; NG_ERR_LIMIT and NG_ERR_INPUT, which name the line. Either way
 * ng_doc_free. */
int ng_doc_open(struct ng_doc *doc, const char *path, struct ng_err *err);

/* The same for bytes in memory, which are copied; name is for errors. */
int ng_doc_parse(struct ng_doc *doc, const void *bytes, size_t length, const char *name, struct ng_err *err);

/* Idempotent. Zero-initialised memory is freed already. */
void ng_doc_free(struct ng_doc *doc);

static inline enum ng_json_event ng_doc_kind(const struct ng_doc *doc, uint32_t node) {
    return (enum ng_json_event)ng_tree_node(&doc->tree, node)->kind;
}

/* The member of an object; NG_TREE_NONE if there is none, if it is null, or if node is NG_TREE_NONE or no object. */
uint32_t ng_doc_member(const struct ng_doc *doc, uint32_t node, const char *name);

/* The first and the next item of an array, or member of an object; NG_TREE_NONE at the end, and for any other node. */
uint32_t ng_doc_first(const struct ng_doc *doc, uint32_t node);
uint32_t ng_doc_next(const struct ng_doc *doc, uint32_t parent, uint32_t child);

/* Values. They return false, and leave *value alone, if the node is NG_TREE_NONE or of another kind. */
bool ng_doc_u64(const struct ng_doc *doc, uint32_t node, uint64_t *value);
bool ng_doc_decimal(const struct ng_doc *doc, uint32_t node, double *value);

/* A string; *text is left alone if the node is none. NUL becomes U+FFFD, as does what is not UTF-8.
 * Errors: NG_ERR_NOMEM. */
int ng_doc_text(const struct ng_doc *doc, uint32_t node, struct ng_arena *arena, const char **text, struct ng_err *err);

#endif
