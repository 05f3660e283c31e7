/*
 * What a report cites: when and by which command it was made, and paths. Internal to the command-line program.
 *
 *   command.c  date and command line
 *   paths.c    paths as they may be shown
 *   facts.c    what files say of corpora and benchmarks (facts.h)
 */
#ifndef NG_QUERY_CITE_CITE_H
#define NG_QUERY_CITE_CITE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/cli/options.h"
#include "query/include/ngidx.h"

enum { NG_CITE_DATE_CHARS = 32 };

/* The time of a report in UTC: that of SOURCE_DATE_EPOCH if it is set, else now. Errors: NG_ERR_USAGE (it is no number
 * of seconds). */
int ng_cite_date(char date[NG_CITE_DATE_CHARS], struct ng_err *err);

/* The folder that the corpus files of each index have in common, and the working folder. */
struct ng_cite_paths;

/* Reads a few sources of each index. On success, free *paths with ng_cite_paths_free.
 * Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_cite_paths_open(struct ng_cite_paths **paths, const struct ng_index *const *indexes, size_t index_count,
                       struct ng_err *err);
void ng_cite_paths_free(struct ng_cite_paths *paths);

/* A path as a report shows it, which is the end of path: below the working folder, what follows that; a relative path,
 * or the URL of an index, as it is; of any other the name alone. paths may be NULL: the path as it is. */
const char *ng_cite_path(const struct ng_cite_paths *paths, const char *path);

/* The same for a file of an index's corpus: outside the working folder, what follows the folder that all files of the
 * corpus have in common. */
const char *ng_cite_path_source(const struct ng_cite_paths *paths, size_t index, const char *path);

/* What follows that folder in any case, also in a relative path: the name of the file within its corpus. */
const char *ng_cite_path_in_corpus(const struct ng_cite_paths *paths, size_t index, const char *path);

/* The command line as a report shows it: program and command, then the arguments as they were given, but paths as
 * above, or as "[path]" if redact is set. Paths are the arguments without an option, and the values of options in
 * path_options, a list of long names that ends with NULL. The option "task" is left out. *command has *count strings, which the caller frees with
 * ng_cite_command_free. Errors: NG_ERR_NOMEM. */
int ng_cite_command_make(char ***command, size_t *count, int argc, char *const *argv,
                           const struct ng_cli_option *table, const char *const *path_options,
                           const struct ng_cite_paths *paths, bool redact, struct ng_err *err);
void ng_cite_command_free(char **command, size_t count);

#endif
