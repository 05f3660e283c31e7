/*
 * How a corpus has changed since its tasks listed it: the tasks build what is in the list and nothing else.
 */
#ifndef NG_INDEXER_TASK_DRIFT_H
#define NG_INDEXER_TASK_DRIFT_H

#include <stdbool.h>

#include "indexer/task/task_list.h"

enum ng_drift_kind { NG_DRIFT_GAINED, NG_DRIFT_LOST, NG_DRIFT_CHANGED, NG_DRIFT_KINDS };

enum { NG_DRIFT_NAMED = 5 }; /* the most files of a kind that are named */

struct ng_drift {
    bool unknown; /* the corpus cannot be listed from here, */
    char why[NG_ERR_TEXT_BYTES]; /* for this reason */
    uint64_t counts[NG_DRIFT_KINDS]; /* files */
    char *named[NG_DRIFT_KINDS][NG_DRIFT_NAMED]; /* the first of them, by path; owned */
};

/* Lists the corpus again by the options of the list, leaving out output, and compares names, sizes and times of change.
 * No file is read. A corpus that cannot be listed is unknown. The caller frees *drift, also after an error. Errors:
 * NG_ERR_NOMEM. */
int ng_drift_find(struct ng_drift *drift, const struct ng_task_list *list, const char *output, struct ng_err *err);

/* Idempotent; all zeros is fine. */
void ng_drift_free(struct ng_drift *drift);

#endif
