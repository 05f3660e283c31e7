/*
 * A folder of files that appears whole or not at all: files named as those of a corpus are. Internal to the command-line
 * program.
 */
#ifndef NG_QUERY_REPORT_TREE_H
#define NG_QUERY_REPORT_TREE_H

#include <stdint.h>

#include "common/base/err.h"

struct ng_report_tree;

/* Starts a folder, which must be new or empty; option names it in errors. Until it is published, its files are in a
 * folder of another name. Errors: NG_ERR_USAGE (the folder holds something), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_report_tree_open(struct ng_report_tree **tree, const char *path, const char *option, struct ng_err *err);

/* Makes the path of a new file, and the folders around it. within is a folder to put it in, or NULL. name is a relative
 * path: a ".." in it becomes "__", so that nothing is written outside the folder. The ending of a compressed file is
 * left out, and ending is added. The caller owns *path. Errors: NG_ERR_INPUT (the file exists), NG_ERR_IO,
 * NG_ERR_NOMEM. */
int ng_report_tree_name(struct ng_report_tree *tree, const char *within, const char *name, const char *ending, char **path,
                        struct ng_err *err);

/* Gives the folder its name. Errors: NG_ERR_IO. */
int ng_report_tree_publish(struct ng_report_tree *tree, struct ng_err *err);

/* Removes what was not published. NULL is fine. */
void ng_report_tree_close(struct ng_report_tree *tree);

#endif
