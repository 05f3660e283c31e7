/* The options of a build by tasks as the lines of its list: all tasks have the same. */
#ifndef NG_INDEXER_TASK_OPTIONS_H
#define NG_INDEXER_TASK_OPTIONS_H

#include "indexer/build/build.h"

/* Appends all options that change a part, one a line, NUL-terminated. Memory and threads do not. Errors: NG_ERR_NOMEM. */
int ng_task_options_describe(const struct ng_build_options *options, struct ng_buf *out, struct ng_err *err);

/* Checks that mine, the options of this task, are the same as first, those of the list in a folder. Errors:
 * NG_ERR_USAGE. */
int ng_task_options_compare(const char *folder, const char *first, const char *mine, struct ng_err *err);

#endif
