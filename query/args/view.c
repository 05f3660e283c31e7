#include "query/args/view.h"

#include <stdio.h>

void ng_cmd_tell_folded(const struct ng_index *index) {
    if (ng_index_text_view(index) == NG_VIEW_EXACT) return;
    (void)fputs("the index holds folded text alone: case, spacing and punctuation are not in it\n", stderr);
}

int ng_cmd_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view, struct ng_err *err) {
    struct ng_index_info info;
    int status = ng_index_choose_view(index, name, view, err);
    if (status || ng_index_text_view(*view) == NG_VIEW_EXACT) return status;
    ng_index_get_info(index, &info);
    ng_cmd_tell_folded(index);
    if (info.fold_unicode_differs) {
        (void)fprintf(stderr,
                      "warning: the index was folded by Unicode %s, the phrase by another version: new characters may "
                      "not be found\n",
                      info.fold_unicode);
    }
    return NG_OK;
}
