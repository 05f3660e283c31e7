/*
 * A folder of files that appears whole or not at all: files named as those of a corpus are. Internal to the command-line
 * program.
 */
#ifndef NG_QUERY_REPORT_TREE_H
#define NG_QUERY_REPORT_TREE_H

#include <stdint.h>

#include "common/base/err.h"

struct ng_report_tree;

/* Starts a folder, which is new or empty; option names it in errors. Its files are under another name until it is
 * published. Errors: NG_ERR_USAGE (there is something), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_report_tree_open(struct ng_report_tree **tree, const char *path, const char *option, struct ng_err *err);

/* Names a file, which is not there yet, and makes the folders it is in. within: a folder to put it in; NULL: none. name
 * is a relative path; what would lead out of the folder ("..") becomes "__", an ending of compressed files is left out,
 * and ending is added. The caller owns *path. Errors: NG_ERR_INPUT (there is such a file), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_report_tree_name(struct ng_report_tree *tree, const char *within, const char *name, const char *ending, char **path,
                        struct ng_err *err);

/* Gives the folder its name. Errors: NG_ERR_IO. */
int ng_report_tree_publish(struct ng_report_tree *tree, struct ng_err *err);

/* Removes what was not published. NULL is fine. */
void ng_report_tree_close(struct ng_report_tree *tree);

#endif
