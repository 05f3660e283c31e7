/* ngidx export --to: the corpus back as files under their own names. */
#ifndef NG_QUERY_CLI_EXPORT_FILES_H
#define NG_QUERY_CLI_EXPORT_FILES_H

#include <stdio.h>

#include "query/args/indexes.h"

struct ng_export_files;

/* Starts the folder, which is new or empty. Errors: those of ng_report_tree_open and ng_cite_paths_open. */
int ng_export_files_open(struct ng_export_files **files, const char *path, const struct ng_cmd_indexes *indexes,
                         struct ng_err *err);

/* Gives the stream for the record of a document, which is whole when the next is asked for: the file of its source, after
 * empty lines up to the line that it had. Errors: those of writing, NG_ERR_INPUT (two files have one name). */
int ng_export_files_next(struct ng_export_files *files, size_t index, const struct ng_doc_source *source, FILE **stream,
                         struct ng_err *err);

/* Ends the last file and gives the folder its name. *count files; *moved records are not on the line that they had.
 * Errors: those of writing. */
int ng_export_files_finish(struct ng_export_files *files, uint64_t *count, uint64_t *moved, struct ng_err *err);

/* Removes what was not finished. NULL is fine. */
void ng_export_files_close(struct ng_export_files *files);

#endif
