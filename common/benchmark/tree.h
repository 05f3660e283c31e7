/*
 * A JSON value as an array of its parts in the order of the text, so that a part, or all that a path leads to, is found
 * without reading the text anew. (The idea of the tape is that of simdjson: Langdale and Lemire, "Parsing gigabytes of
 * JSON per second", arXiv 1902.08318.) Internal to this folder and query/schema.
 */
#ifndef NG_COMMON_BENCHMARK_TREE_H
#define NG_COMMON_BENCHMARK_TREE_H

#include "common/base/buf.h"
#include "common/json/in.h"

#define NG_TREE_NONE UINT32_MAX

struct ng_tree_node {
    uint32_t begin; /* of the value in the text */
    uint32_t end;
    uint32_t key; /* of a member: its name in keys */
    uint32_t key_length;
    uint32_t next;   /* the node after the value and everything in it */
    uint32_t parent; /* NG_TREE_NONE: the value itself, node 0 */
    uint32_t kind;   /* enum ng_json_event: a scalar, an object or an array */
};

struct ng_tree {
    const uint8_t *text; /* borrowed; may be moved with its bytes */
    struct ng_buf nodes;
    struct ng_buf keys;
    struct ng_json_in in; /* reason and the like, after a failure */

    /* While it is read. */
    uint32_t open;     /* the innermost object or array */
    uint32_t key;      /* of the member whose value comes next */
    uint32_t key_length;
    size_t token_end;
    struct ng_err *err;
};

/* An entry: an object, or a row of an object that holds columns. */
struct ng_tree_entry {
    uint32_t node;
    const uint32_t *cells; /* of a row: the node in each column; else NULL */
};

/* Reads bytes, fewer than 4 GiB, which stay borrowed. Errors: those of ng_json_read; NG_ERR_LIMIT (NG_MAX_ENTRY_NODES). */
int ng_tree_read(struct ng_tree *tree, const uint8_t *bytes, size_t length, struct ng_err *err);
void ng_tree_free(struct ng_tree *tree);

static inline const struct ng_tree_node *ng_tree_node(const struct ng_tree *tree, uint32_t node) {
    return (const struct ng_tree_node *)(const void *)tree->nodes.data + node; /* from malloc: aligned for any type */
}

/* Goes over the members or items of a node: for (c = node + 1; ng_tree_has(tree, node, c); c = ng_tree_next(tree, c)). */
static inline bool ng_tree_has(const struct ng_tree *tree, uint32_t node, uint32_t child) {
    return child < ng_tree_node(tree, node)->next;
}
static inline uint32_t ng_tree_next(const struct ng_tree *tree, uint32_t child) {
    return ng_tree_node(tree, child)->next;
}

/* Appends a scalar to out: a string decoded, null as nothing, any other as it is written. Errors: NG_ERR_NOMEM. */
int ng_tree_scalar(const struct ng_tree *tree, uint32_t node, struct ng_buf *out, struct ng_err *err);

/* Takes a node that a path leads to. Anything but NG_OK ends the search, and is returned by it. */
typedef int ng_tree_visit(void *context, uint32_t node);

/* Calls visit with every value that a path leads to from an entry. Dots lead into objects, whose names may hold dots.
 * "*" means every member. A number means an item of an array; any other name is looked for in all of its items. An
 * empty array is passed itself. fold: ASCII case does not matter. */
int ng_tree_find(const struct ng_tree *tree, const struct ng_tree_entry *entry, const char *path, bool fold,
                 ng_tree_visit *visit, void *context);

/* The member of an object with exactly this name; NG_TREE_NONE if there is none, or the node is no object. */
uint32_t ng_tree_member(const struct ng_tree *tree, uint32_t object, const char *name, bool fold);

/* The string with exactly this name in the nearest object around an entry that has one; NG_TREE_NONE if none has. */
uint32_t ng_tree_text_around(const struct ng_tree *tree, const struct ng_tree_entry *entry, const char *name, bool fold);

#endif
