/*
 * The results of all reports in order: by benchmark, corpus, method, date. A cell is a benchmark and a corpus; its line
 * is what one method gave over time.
 */
#ifndef NG_QUERY_BULLETIN_GRID_H
#define NG_QUERY_BULLETIN_GRID_H

#include "query/bulletin/bulletin.h"

/* Names without repetition, in order, each with a name for links: letters, digits, hyphens, unlike all others. */
struct ng_names {
    const char **names; /* owned, what they point to borrowed */
    const char **anchors;
    size_t count;
};

struct ng_grid {
    const struct ng_bulletin *bulletin;     /* borrowed */
    const struct ng_bulletin_result **rows; /* in order; owned */
    size_t count;
    struct ng_names benchmarks;
    struct ng_names corpora;
    struct ng_names methods;
    struct ng_arena arena;
};

/* Rows [first, first + count). */
struct ng_line {
    const struct ng_bulletin_result *const *rows;
    size_t count;
};

/* Sorts the reports of the bulletin by date, too. Errors: NG_ERR_NOMEM. Either way ng_grid_free. */
int ng_grid_make(struct ng_grid *grid, struct ng_bulletin *bulletin, struct ng_err *err);
void ng_grid_free(struct ng_grid *grid);

/* The rows of a cell, or of one method in it; their count may be 0. */
struct ng_line ng_grid_cell(const struct ng_grid *grid, size_t benchmark, size_t corpus);
struct ng_line ng_grid_line(const struct ng_grid *grid, size_t benchmark, size_t corpus, size_t method);

/* The last row: the newest. NULL if there is none. */
static inline const struct ng_bulletin_result *ng_line_newest(const struct ng_line *line) {
    return line->count > 0 ? line->rows[line->count - 1] : NULL;
}

#endif
