/* The view of an index that a command was given: --view VIEW. */
#ifndef NG_QUERY_ARGS_VIEW_H
#define NG_QUERY_ARGS_VIEW_H

#include "query/include/ngidx.h"

/* Says on standard error where an index holds folded text alone. */
void ng_cmd_tell_folded(const struct ng_index *index);

/* Chooses a view of an index (NULL: the default one). What the user may not expect, a message on standard error says.
 * Errors: those of ng_index_choose_view. */
int ng_cmd_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view, struct ng_err *err);

#endif
