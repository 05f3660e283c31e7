#include "query/bulletin/grid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/order.h"

/* Whatever the case; then by case, so that no two names are equal but the same. */
static int compare_names(const char *a, const char *b) {
    int order = strcasecmp(a, b);
    return order ? order : strcmp(a, b);
}

static int compare_keys(const struct ng_bulletin_result *x, const char *benchmark, const char *corpus, const char *method) {
    int order = compare_names(x->benchmark, benchmark);
    if (!order) order = compare_names(x->corpus->name, corpus);
    return order || !method ? order : compare_names(x->report->method, method);
}

static int compare_rows(const void *a, const void *b) {
    const struct ng_bulletin_result *x = *(const struct ng_bulletin_result *const *)a;
    const struct ng_bulletin_result *y = *(const struct ng_bulletin_result *const *)b;
    int order = compare_keys(x, y->benchmark, y->corpus->name, y->report->method);
    if (!order) order = strcmp(x->report->date, y->report->date);
    return order ? order : strcmp(x->report->key, y->report->key);
}

static int compare_reports(const void *a, const void *b) {
    const struct ng_bulletin_report *x = *(struct ng_bulletin_report *const *)a;
    const struct ng_bulletin_report *y = *(struct ng_bulletin_report *const *)b;
    int order = strcmp(x->date, y->date);
    return order ? order : strcmp(x->key, y->key);
}

/* ---- Names ---- */

static int compare_pointers(const void *a, const void *b) {
    return compare_names(*(const char *const *)a, *(const char *const *)b);
}

/* Letters and digits in lower case, with a hyphen for every run of others. */
static void make_slug(char *slug, size_t room, const char *name) {
    size_t used = 0;
    for (; *name && used + 1 < room; name++) {
        char c = *name;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain) slug[used++] = c;
        else if (used > 0 && slug[used - 1] != '-') slug[used++] = '-';
    }
    while (used > 0 && slug[used - 1] == '-') used--;
    slug[used] = '\0';
}

static bool is_taken(const struct ng_names *names, size_t count, const char *anchor) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names->anchors[i], anchor) == 0) return true;
    }
    return false;
}

static int make_anchor(struct ng_names *names, size_t number, struct ng_arena *arena, struct ng_err *err) {
    enum { SLUG_BYTES = 64 };
    char slug[SLUG_BYTES];
    make_slug(slug, sizeof slug, names->names[number]);
    int status = ng_arena_copy(arena, slug[0] ? slug : "x", slug[0] ? strlen(slug) : 1, &names->anchors[number], err);
    for (unsigned i = 2; !status && is_taken(names, number, names->anchors[number]); i++) {
        status = ng_arena_format(arena, &names->anchors[number], err, "%s-%u", slug[0] ? slug : "x", i);
    }
    return status;
}

/* Sorts names[0, count), which becomes the list's, and drops repetitions. */
static int settle(struct ng_names *list, const char **names, size_t count, struct ng_arena *arena, struct ng_err *err) {
    list->names = names;
    list->anchors = calloc(count + 1, sizeof *list->anchors);
    if (!list->anchors) return ng_err_nomem(err, count * sizeof *list->anchors, "anchors");
    qsort(names, count, sizeof *names, compare_pointers);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(names[i], names[list->count - 1]) != 0) names[list->count++] = names[i];
    }
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) status = make_anchor(list, i, arena, err);
    return status;
}

static int list_names(struct ng_grid *grid, struct ng_err *err) {
    size_t bytes = (grid->count + 1) * sizeof(const char *);
    const char **benchmarks = malloc(bytes);
    const char **corpora = malloc(bytes);
    const char **methods = malloc(bytes);
    if (!benchmarks || !corpora || !methods) {
        free(benchmarks);
        free(corpora);
        free(methods);
        return ng_err_nomem(err, bytes, "names");
    }
    for (size_t i = 0; i < grid->count; i++) {
        benchmarks[i] = grid->rows[i]->benchmark;
        corpora[i] = grid->rows[i]->corpus->name;
        methods[i] = grid->rows[i]->report->method;
    }
    grid->benchmarks.names = benchmarks;
    grid->corpora.names = corpora;
    grid->methods.names = methods;
    int status = settle(&grid->benchmarks, benchmarks, grid->count, &grid->arena, err);
    if (!status) status = settle(&grid->corpora, corpora, grid->count, &grid->arena, err);
    if (!status) status = settle(&grid->methods, methods, grid->count, &grid->arena, err);
    return status;
}

/* ---- The grid ---- */

int ng_grid_make(struct ng_grid *grid, struct ng_bulletin *bulletin, struct ng_err *err) {
    *grid = (struct ng_grid){.bulletin = bulletin};
    grid->rows = malloc(((size_t)bulletin->results + 1) * sizeof(void *));
    if (!grid->rows) return ng_err_nomem(err, bulletin->results * sizeof(void *), "results");
    qsort(bulletin->reports, bulletin->count, sizeof(void *), compare_reports);
    for (size_t i = 0; i < bulletin->count; i++) {
        const struct ng_bulletin_report *report = bulletin->reports[i];
        for (size_t k = 0; k < report->result_count; k++) grid->rows[grid->count++] = &report->results[k];
    }
    qsort(grid->rows, grid->count, sizeof(void *), compare_rows);
    return list_names(grid, err);
}

static void free_names(struct ng_names *names) {
    free(names->names);
    free(names->anchors);
}

void ng_grid_free(struct ng_grid *grid) {
    free(grid->rows);
    free_names(&grid->benchmarks);
    free_names(&grid->corpora);
    free_names(&grid->methods);
    ng_arena_free(&grid->arena);
    *grid = (struct ng_grid){0};
}

/* The first row that is not before the keys, or, with after, the first one behind them. */
static size_t bound(const struct ng_grid *grid, const char *benchmark, const char *corpus, const char *method, bool after) {
    size_t low = 0;
    NG_ORDER_SEEK(low, grid->count, middle, compare_keys(grid->rows[middle], benchmark, corpus, method) < (after ? 1 : 0));
    return low;
}

static struct ng_line find(const struct ng_grid *grid, size_t benchmark, size_t corpus, const char *method) {
    const char *b = grid->benchmarks.names[benchmark];
    const char *c = grid->corpora.names[corpus];
    size_t first = bound(grid, b, c, method, false);
    return (struct ng_line){.rows = grid->rows + first, .count = bound(grid, b, c, method, true) - first};
}

struct ng_line ng_grid_cell(const struct ng_grid *grid, size_t benchmark, size_t corpus) {
    return find(grid, benchmark, corpus, NULL);
}

struct ng_line ng_grid_line(const struct ng_grid *grid, size_t benchmark, size_t corpus, size_t method) {
    return find(grid, benchmark, corpus, grid->methods.names[method]);
}
