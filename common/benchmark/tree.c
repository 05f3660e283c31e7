#include "common/benchmark/tree.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/limits.h"
#include "common/base/text.h"

static struct ng_tree_node *own_node(struct ng_tree *tree, uint32_t node) {
    return (struct ng_tree_node *)(void *)tree->nodes.data + node;
}

static uint32_t count_nodes(const struct ng_tree *tree) {
    return (uint32_t)(tree->nodes.length / sizeof(struct ng_tree_node));
}

/* Where the token that ends at end begins: behind the one before it and what separates them. */
static size_t token_begin(const struct ng_tree *tree, size_t end) {
    size_t begin = tree->token_end;
    while (begin < end && memchr(" \t\r\n:,", tree->text[begin], 6)) begin++;
    return begin;
}

static int add_node(struct ng_tree *tree, enum ng_json_event kind, size_t end) {
    uint32_t count = count_nodes(tree);
    if (count == NG_MAX_ENTRY_NODES) {
        (void)snprintf(tree->in.reason, sizeof tree->in.reason, "over %u values in one object (NG_MAX_ENTRY_NODES)",
                       NG_MAX_ENTRY_NODES);
        return NG_ERR_LIMIT;
    }
    const struct ng_tree_node node = {.begin = (uint32_t)token_begin(tree, end),
                                      .end = (uint32_t)end,
                                      .key = tree->key,
                                      .key_length = tree->key_length,
                                      .next = count + 1,
                                      .parent = tree->open,
                                      .kind = kind};
    if (kind == NG_JSON_OBJECT || kind == NG_JSON_ARRAY) tree->open = count;
    return ng_buf_append(&tree->nodes, &node, sizeof node, tree->err);
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct ng_tree *tree = context;
    size_t end = ng_json_in_offset(&tree->in);
    int status = NG_OK;
    if (event == NG_JSON_KEY) {
        tree->key = (uint32_t)tree->keys.length;
        tree->key_length = (uint32_t)length;
        status = ng_buf_append(&tree->keys, bytes, length, tree->err);
    } else if (event == NG_JSON_END) {
        struct ng_tree_node *node = own_node(tree, tree->open);
        node->end = (uint32_t)end;
        node->next = count_nodes(tree);
        tree->open = node->parent;
    } else {
        status = add_node(tree, event, end);
    }
    tree->token_end = end;
    return status;
}

int ng_tree_read(struct ng_tree *tree, const uint8_t *bytes, size_t length, struct ng_err *err) {
    tree->text = bytes;
    tree->nodes.length = 0;
    tree->keys.length = 0;
    tree->open = NG_TREE_NONE;
    tree->token_end = 0;
    tree->err = err;
    tree->in.take = take;
    tree->in.context = tree;
    tree->in.any_bytes = true; /* ill-formed text is repaired */
    int status = ng_buf_reserve(&tree->keys, 1, err); /* an empty name has a place, too */
    return status ? status : ng_json_read(&tree->in, bytes, length, err);
}

void ng_tree_free(struct ng_tree *tree) {
    ng_buf_free(&tree->nodes);
    ng_buf_free(&tree->keys);
}

/* ---- Strings ---- */

struct decoding {
    struct ng_buf *out;
    struct ng_err *err;
};

static int take_string(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    const struct decoding *decoding = context;
    (void)event;
    return ng_buf_append(decoding->out, bytes, length, decoding->err);
}

int ng_tree_scalar(const struct ng_tree *tree, uint32_t node, struct ng_buf *out, struct ng_err *err) {
    const struct ng_tree_node *value = ng_tree_node(tree, node);
    const uint8_t *bytes = tree->text + value->begin;
    size_t length = value->end - value->begin;
    if (value->kind == NG_JSON_NULL) return NG_OK;
    if (value->kind != NG_JSON_STRING) return ng_buf_append(out, bytes, length, err);
    if (!memchr(bytes, '\\', length)) return ng_buf_append(out, bytes + 1, length - 2, err);
    struct decoding decoding = {.out = out, .err = err};
    struct ng_json_in in = {.take = take_string, .context = &decoding, .any_bytes = true};
    return ng_json_read(&in, bytes, length, err);
}

/* ---- Paths ---- */

struct search {
    const struct ng_tree *tree;
    bool fold;
    ng_tree_visit *visit;
    void *context;
};

static bool same(const uint8_t *key, const char *name, size_t length, bool fold) {
    if (!fold) return memcmp(key, name, length) == 0;
    return strncasecmp((const char *)key, name, length) == 0 && !memchr(key, '\0', length);
}

/* Where the path goes on inside a member: "" at its end; NULL where it does not lead there. */
static const char *enter(const struct search *search, uint32_t member, const char *path) {
    const struct ng_tree_node *node = ng_tree_node(search->tree, member);
    size_t length = node->key_length;
    size_t left = strlen(path);
    if (path[0] == '*' && (left == 1 || path[1] == '.')) length = 1;
    else if (left < length || !same(search->tree->keys.data + node->key, path, length, search->fold)) return NULL;
    if (path[length] == '\0') return path + length;
    return path[length] == '.' ? path + length + 1 : NULL;
}

static int descend(const struct search *search, uint32_t node, const char *path);

static int descend_array(const struct search *search, uint32_t array, const char *path) {
    size_t digits = strcspn(path, ".");
    uint64_t wanted;
    bool numbered = ng_text_decimal(path, digits, &wanted);
    const char *rest = !numbered ? path : path[digits] ? path + digits + 1 : path + digits;
    uint64_t item = 0;
    int status = NG_OK;
    if (!numbered && !ng_tree_has(search->tree, array, array + 1)) return search->visit(search->context, array);
    for (uint32_t c = array + 1; ng_tree_has(search->tree, array, c) && !status; c = ng_tree_next(search->tree, c)) {
        if (!numbered || item++ == wanted) status = descend(search, c, rest);
    }
    return status;
}

/* path is "" where node is what was looked for. Depth is bounded by that of the text. */
static int descend(const struct search *search, uint32_t node, const char *path) {
    uint32_t kind = ng_tree_node(search->tree, node)->kind;
    if (*path == '\0') return search->visit(search->context, node);
    if (kind == NG_JSON_ARRAY) return descend_array(search, node, path);
    int status = NG_OK;
    if (kind != NG_JSON_OBJECT) return status;
    for (uint32_t c = node + 1; ng_tree_has(search->tree, node, c) && !status; c = ng_tree_next(search->tree, c)) {
        const char *rest = enter(search, c, path);
        if (rest) status = descend(search, c, rest);
    }
    return status;
}

int ng_tree_find(const struct ng_tree *tree, const struct ng_tree_entry *entry, const char *path, bool fold,
                 ng_tree_visit *visit, void *context) {
    const struct search search = {.tree = tree, .fold = fold, .visit = visit, .context = context};
    if (!entry->cells) return descend(&search, entry->node, path);
    int status = NG_OK;
    size_t column = 0;
    for (uint32_t c = entry->node + 1; ng_tree_has(tree, entry->node, c) && !status; c = ng_tree_next(tree, c), column++) {
        const char *rest = enter(&search, c, path);
        if (rest) status = descend(&search, entry->cells[column], rest);
    }
    return status;
}

uint32_t ng_tree_member(const struct ng_tree *tree, uint32_t object, const char *name, bool fold) {
    size_t length = strlen(name);
    if (ng_tree_node(tree, object)->kind != NG_JSON_OBJECT) return NG_TREE_NONE;
    for (uint32_t c = object + 1; ng_tree_has(tree, object, c); c = ng_tree_next(tree, c)) {
        const struct ng_tree_node *node = ng_tree_node(tree, c);
        if (node->key_length == length && same(tree->keys.data + node->key, name, length, fold)) return c;
    }
    return NG_TREE_NONE;
}

uint32_t ng_tree_text_around(const struct ng_tree *tree, const struct ng_tree_entry *entry, const char *name, bool fold) {
    uint32_t up = entry->cells ? NG_TREE_NONE : ng_tree_node(tree, entry->node)->parent;
    for (; up != NG_TREE_NONE; up = ng_tree_node(tree, up)->parent) {
        uint32_t member = ng_tree_member(tree, up, name, fold);
        if (member != NG_TREE_NONE && ng_tree_node(tree, member)->kind == NG_JSON_STRING) return member;
    }
    return NG_TREE_NONE;
}
