/* Entries within an object: the list of a SQuAD or BIG-bench file, a dict of entries by their ids, a dict of columns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/benchmark/parts.h"

enum { MOST_CANDIDATES = 16, MOST_DEPTH = 12, MOST_MEMBERS = 64, PATH_BYTES = NG_MAX_FIELD_NAME_BYTES };

/* A place where entries may be. */
struct candidate {
    char path[PATH_BYTES];
    bool columns;
    unsigned rank;
    unsigned depth;
    uint64_t entries;
};

struct search {
    const struct ng_benchmark *benchmark;
    bool only;
    char path[PATH_BYTES];
    struct candidate *candidates;
    size_t count;
};

static bool is_container(const struct ng_tree *tree, uint32_t node) {
    uint32_t kind = ng_tree_node(tree, node)->kind;
    return kind == NG_JSON_OBJECT || kind == NG_JSON_ARRAY;
}

static uint64_t count_children(const struct ng_tree *tree, uint32_t node) {
    uint64_t count = 0;
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c); c = ng_tree_next(tree, c)) count++;
    return count;
}

/* Rows of an object whose members are all lists, or objects, of the same length; 0: it holds no columns. */
static uint64_t count_rows(const struct ng_tree *tree, uint32_t node) {
    uint64_t rows = 0;
    if (ng_tree_node(tree, node)->kind != NG_JSON_OBJECT) return 0;
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c); c = ng_tree_next(tree, c)) {
        uint64_t count = is_container(tree, c) ? count_children(tree, c) : 0;
        if (count == 0 || (rows > 0 && count != rows)) return 0;
        rows = count;
    }
    return rows;
}

/* Puts the cells of the first row into cells. */
static int first_row(const struct ng_tree *tree, uint32_t node, struct ng_buf *cells, struct ng_err *err) {
    int status = NG_OK;
    cells->length = 0;
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c) && !status; c = ng_tree_next(tree, c)) {
        uint32_t cell = c + 1;
        status = ng_buf_append(cells, &cell, sizeof cell, err);
    }
    return status;
}

static const uint32_t *cells_of(const struct ng_buf *buf) {
    return (const uint32_t *)(const void *)buf->data; /* from malloc: aligned for any type */
}

/* ---- Where they are ---- */

static void add_candidate(struct search *search, bool columns, unsigned rank, unsigned depth) {
    if (search->count == MOST_CANDIDATES) return;
    struct candidate *candidate = &search->candidates[search->count++];
    memcpy(candidate->path, search->path, sizeof candidate->path);
    candidate->columns = columns;
    candidate->rank = rank;
    candidate->depth = depth;
}

/* Appends a part to the path; false where there is no room. Returns to *length what the path had. */
static bool push(struct search *search, const uint8_t *name, size_t bytes, size_t *length) {
    *length = strlen(search->path);
    size_t dot = *length > 0 ? 1 : 0;
    if (*length + dot + bytes >= PATH_BYTES || memchr(name, '\0', bytes)) return false;
    if (dot) search->path[*length] = '.';
    memcpy(search->path + *length + dot, name, bytes);
    search->path[*length + dot + bytes] = '\0';
    return true;
}

static int look_into(struct search *search, uint32_t node, unsigned depth, struct ng_err *err);

static int look_into_members(struct search *search, uint32_t node, unsigned depth, struct ng_err *err) {
    const struct ng_tree *tree = &search->benchmark->tree;
    size_t length;
    size_t before = search->count;
    uint64_t members = 0;
    bool objects = true;
    int status = NG_OK;
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c); c = ng_tree_next(tree, c), members++) {
        objects = objects && ng_tree_node(tree, c)->kind == NG_JSON_OBJECT;
    }
    if (objects && members > 1) {
        if (push(search, (const uint8_t *)"*", 1, &length)) status = look_into(search, node + 1, depth + 1, err);
        search->path[length] = '\0';
        if (search->count > before) return status; /* its members are alike */
    }
    members = 0;
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c) && !status && members < MOST_MEMBERS; c = ng_tree_next(tree, c)) {
        const struct ng_tree_node *member = ng_tree_node(tree, c);
        if (!is_container(tree, c)) continue;
        /* A text that is an object is no place of entries: reading it names what it holds. */
        if (member->kind == NG_JSON_OBJECT && ng_benchmark_usual(tree->keys.data + member->key, member->key_length)) continue;
        members++;
        if (push(search, tree->keys.data + member->key, member->key_length, &length)) {
            status = look_into(search, c, depth + 1, err);
        }
        search->path[length] = '\0';
    }
    return status;
}

/* Adds the candidates at and below a node; the first item of a list stands for all. */
static int look_into(struct search *search, uint32_t node, unsigned depth, struct ng_err *err) {
    const struct ng_tree *tree = &search->benchmark->tree;
    if (depth > MOST_DEPTH || !is_container(tree, node)) return NG_OK;
    if (ng_tree_node(tree, node)->kind == NG_JSON_ARRAY) {
        return ng_tree_has(tree, node, node + 1) ? look_into(search, node + 1, depth + 1, err) : NG_OK;
    }
    if (search->only && count_rows(tree, node) > 0) {
        struct ng_buf cells = {0};
        int status = first_row(tree, node, &cells, err);
        struct ng_tree_entry row = {.node = node, .cells = cells_of(&cells)};
        unsigned rank = status ? 0 : ng_benchmark_rank(search->benchmark, &row);
        ng_buf_free(&cells);
        if (rank > 0) add_candidate(search, true, rank, depth);
        if (status || rank > 0) return status;
    }
    unsigned rank = ng_benchmark_rank(search->benchmark, &(struct ng_tree_entry){.node = node});
    if (rank > 0) add_candidate(search, false, rank, depth);
    return rank == 2 ? NG_OK : look_into_members(search, node, depth, err);
}

/* ---- All of them ---- */

struct gathering {
    struct ng_benchmark *benchmark;
    const char *path;
    struct ng_buf *rows;
    struct ng_err *err;
};

static int gather_node(void *context, uint32_t node) {
    const struct gathering *gathering = context;
    const struct ng_tree *tree = &gathering->benchmark->tree;
    uint32_t kind = ng_tree_node(tree, node)->kind;
    int status = NG_OK;
    if (kind == NG_JSON_OBJECT) return ng_buf_append(gathering->rows, &node, sizeof node, gathering->err);
    if (kind != NG_JSON_ARRAY) {
        return ng_err_set(gathering->err, NG_ERR_INPUT, NG_BENCHMARK_AT "at \"%s\" is %s where entries should be objects",
                          NG_BENCHMARK_AT_ARGS(gathering->benchmark, gathering->benchmark->entry_line),
                          gathering->path, ng_json_kinds[kind]);
    }
    for (uint32_t c = node + 1; ng_tree_has(tree, node, c) && !status; c = ng_tree_next(tree, c)) {
        status = gather_node(context, c);
    }
    return status;
}

int ng_benchmark_gather(struct ng_benchmark *benchmark, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    struct gathering gathering = {
        .benchmark = benchmark, .path = benchmark->entries_path, .rows = &benchmark->rows, .err = err};
    benchmark->rows.length = 0;
    benchmark->row = 0;
    benchmark->counted = 0;
    benchmark->counted_line = benchmark->line;
    int status = ng_tree_find(tree, &(struct ng_tree_entry){0}, benchmark->entries_path, false, gather_node, &gathering);
    benchmark->row_count = benchmark->rows.length / sizeof(uint32_t);
    if (!status && benchmark->columns && benchmark->row_count == 1) {
        uint32_t node = cells_of(&benchmark->rows)[0];
        benchmark->row_count = (size_t)count_rows(tree, node);
        status = first_row(tree, node, &benchmark->rows, err);
    }
    if (!status) benchmark->nested_entries += benchmark->row_count;
    return status;
}

bool ng_benchmark_next_nested(struct ng_benchmark *benchmark, struct ng_tree_entry *entry) {
    const struct ng_tree *tree = &benchmark->tree;
    if (benchmark->row == benchmark->row_count) return false;
    uint32_t *rows = (uint32_t *)(void *)benchmark->rows.data;
    if (!benchmark->columns) {
        *entry = (struct ng_tree_entry){.node = rows[benchmark->row++]};
        return true;
    }
    size_t columns = benchmark->rows.length / sizeof *rows;
    for (size_t c = 0; c < columns && benchmark->row > 0; c++) rows[c] = ng_tree_next(tree, rows[c]);
    benchmark->row++;
    *entry = (struct ng_tree_entry){.node = ng_tree_node(tree, ng_tree_node(tree, rows[0])->parent)->parent, .cells = rows};
    return true;
}

/* ---- Which to take ---- */

static int count_entries(struct ng_benchmark *benchmark, struct candidate *candidate, struct ng_err *err) {
    const struct ng_tree_entry root = {0};
    struct ng_buf nodes = {0};
    struct gathering gathering = {.benchmark = benchmark, .path = candidate->path, .rows = &nodes, .err = err};
    int status = ng_tree_find(&benchmark->tree, &root, candidate->path, false, gather_node, &gathering);
    candidate->entries = nodes.length / sizeof(uint32_t);
    if (!status && candidate->columns && candidate->entries == 1) {
        candidate->entries = count_rows(&benchmark->tree, cells_of(&nodes)[0]);
    }
    ng_buf_free(&nodes);
    return status == NG_ERR_INPUT ? NG_OK : status; /* reading the entry reports it */
}

static bool is_better(const struct candidate *a, const struct candidate *b) {
    if (a->rank != b->rank) return a->rank > b->rank;
    if (a->depth != b->depth) return a->depth < b->depth;
    return a->entries > b->entries;
}

static int take_path(struct ng_benchmark *benchmark, const char *path, bool columns, struct ng_err *err) {
    benchmark->columns = columns;
    benchmark->entries_path = strdup(path);
    return benchmark->entries_path ? NG_OK : ng_err_nomem(err, strlen(path), "a path");
}

static int choose(struct ng_benchmark *benchmark, struct search *search, struct ng_err *err) {
    struct candidate *best = NULL;
    int status = NG_OK;
    for (size_t i = 0; i < search->count && !status; i++) {
        struct candidate *candidate = &search->candidates[i];
        status = count_entries(benchmark, candidate, err);
        if (!best || is_better(candidate, best)) best = candidate;
    }
    /* Without a better place, the object itself is the entry; the error then says which fields it lacks. */
    if (status || !best || (best->path[0] == '\0' && !best->columns)) return status;
    for (size_t i = 0; i < search->count && !status; i++) {
        const struct candidate *other = &search->candidates[i];
        if (other == best || other->rank < best->rank) continue;
        status = ng_benchmark_add_note(benchmark, err, "left out: entries at \"%s\": %llu (--entries)",
                                       other->path, (unsigned long long)other->entries);
    }
    return status ? status : take_path(benchmark, best->path, best->columns, err);
}

static int take_any(void *context, uint32_t node) {
    *(uint32_t *)context = node;
    return 1; /* enough */
}

/* The path that was asked for. */
static int take_asked(struct ng_benchmark *benchmark, bool only, struct ng_err *err) {
    const char *path = benchmark->options.entries;
    uint32_t node = NG_TREE_NONE;
    if (strcmp(path, ".") == 0) return NG_OK;
    (void)ng_tree_find(&benchmark->tree, &(struct ng_tree_entry){0}, path, false, take_any, &node);
    if (node == NG_TREE_NONE) return ng_benchmark_missing(benchmark, &(struct ng_tree_entry){0}, path, err);
    bool entry = ng_benchmark_rank(benchmark, &(struct ng_tree_entry){.node = node}) > 0;
    return take_path(benchmark, path, only && !entry && count_rows(&benchmark->tree, node) > 0, err);
}

int ng_benchmark_find_entries(struct ng_benchmark *benchmark, bool only, struct ng_err *err) {
    if (benchmark->options.entries) return take_asked(benchmark, only, err);
    benchmark->samples = ng_benchmark_is_samples(benchmark);
    if (benchmark->samples) return NG_OK;
    struct search search = {.benchmark = benchmark, .only = only};
    search.candidates = calloc(MOST_CANDIDATES, sizeof *search.candidates);
    if (!search.candidates) return ng_err_nomem(err, MOST_CANDIDATES * sizeof *search.candidates, "places of entries");
    int status = look_into(&search, 0, 0, err);
    if (!status) status = choose(benchmark, &search, err);
    free(search.candidates);
    return status;
}
