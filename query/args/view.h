/* The index, and the view of it, that a command was given: -i INDEX --view VIEW. */
#ifndef NG_QUERY_ARGS_VIEW_H
#define NG_QUERY_ARGS_VIEW_H

#include "query/include/ngidx.h"

/* Says on standard error where an index holds folded text alone. */
void ng_cmd_tell_folded(const struct ng_index *index);

/* Chooses a view of an index (NULL: the default one). What the user may not expect, a message on standard error says.
 * Errors: those of ng_index_choose_view. */
int ng_cmd_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view, struct ng_err *err);

/* The same for an index that is opened first (path NULL: the default one). Whatever it returns: ng_index_close. Errors:
 * those of ng_index_open, too. */
int ng_cmd_open_view(struct ng_index **index, const struct ng_index **view, const char *path, const char *name,
                     struct ng_err *err);

#endif
