/* The indexes that a command was given, each with a name: -i NAME=INDEX, or -i INDEX, any number of times. */
#ifndef NG_QUERY_ARGS_INDEXES_H
#define NG_QUERY_ARGS_INDEXES_H

#include "common/base/err.h"
#include "common/base/limits.h"
#include "query/include/ngidx.h"
#include "query/report/report.h"

struct ng_cmd_indexes {
    struct ng_report_index named[NG_MAX_CONTAM_INDEXES]; /* names are owned, paths borrowed */
    const struct ng_index *indexes[NG_MAX_CONTAM_INDEXES];
    const struct ng_index *views[NG_MAX_CONTAM_INDEXES]; /* once they were chosen */
    size_t count;
};

/* For a command's table of options. */
#define NG_CMD_OPTION_INDEXES(indexes) \
    {.name = "index", .letter = 'i', .take = ng_cmd_indexes_take, .to = (indexes), .free = ng_cmd_indexes_close}

/* Adds the argument of an option -i to the struct ng_cmd_indexes at indexes; for a table of options.
 * Errors: NG_ERR_USAGE (a name twice, too many), NG_ERR_NOMEM. */
int ng_cmd_indexes_take(const char *argument, void *indexes, struct ng_err *err);

/* Adds the default index where none was given. Errors: NG_ERR_NOMEM. */
int ng_cmd_indexes_settle(struct ng_cmd_indexes *indexes, struct ng_err *err);

/* The same, and opens all of them. Errors: those of ng_index_open. */
int ng_cmd_indexes_open(struct ng_cmd_indexes *indexes, struct ng_err *err);

/* Chooses the view of a name in each; with name NULL the exact one where all have it, else the folded one, which a
 * message tells. Errors: those of ng_index_choose_view. */
int ng_cmd_indexes_choose(struct ng_cmd_indexes *indexes, const char *name, struct ng_err *err);

/* The index of a name; NULL where there is none. */
const struct ng_report_index *ng_cmd_indexes_find(const struct ng_cmd_indexes *indexes, const char *name, size_t length);

/* Closes the struct ng_cmd_indexes at indexes. Idempotent. */
void ng_cmd_indexes_close(void *indexes);

#endif
