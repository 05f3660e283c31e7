/* The files of samples that lm-evaluation-harness saves with --log_samples: samples_TASK_DATE.jsonl, in a folder for each
 * model. */
#ifndef NG_QUERY_ARGS_SAMPLES_H
#define NG_QUERY_ARGS_SAMPLES_H

#include <stddef.h>

#include "common/base/err.h"
#include "common/base/text.h"

struct ng_cmd_samples {
    char **paths; /* owned; a file for each task, in the order of their names */
    size_t count;
};

/* The task that a file has samples of, by its name; length 0: it is not named like one. date, if not NULL, is set to the rest
 * of the name, which orders the files of a task. */
struct ng_text ng_cmd_samples_task(const char *path, struct ng_text *date);

/* Finds the newest file of every task in a folder and those in it, compressed or not, and says on standard error which others
 * are left out. Errors: NG_ERR_NOTFOUND, NG_ERR_INPUT (there is none), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_cmd_samples_find(struct ng_cmd_samples *samples, const char *folder, struct ng_err *err);

/* Idempotent. */
void ng_cmd_samples_free(struct ng_cmd_samples *samples);

#endif
