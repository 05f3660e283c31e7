/* The index, and the view of it, that a command was given: -i INDEX --view VIEW. */
#ifndef NG_QUERY_ARGS_VIEW_H
#define NG_QUERY_ARGS_VIEW_H

#include "query/include/ngidx.h"

/* Opens an index (NULL: the default one), and chooses a view of it (NULL: the default one). What the user may not
 * expect, a message says. Errors: those of ng_index_open and ng_index_choose_view. On success: ng_index_close. */
int ng_cmd_open_view(struct ng_index **index, const struct ng_index **view, const char *path, const char *name,
                     struct ng_err *err);

#endif
