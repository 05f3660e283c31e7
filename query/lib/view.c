/* Views: the part of ngidx.h that chooses one, and folds phrases as its texts were. */
#include <stdlib.h>
#include <string.h>

#include "common/text/fold.h"
#include "query/lib/index.h"
#include "query/lib/search.h"

static bool is_of_this_version(const struct ng_index *folded) {
    return folded->manifest.fold_version == NG_FOLD_VERSION;
}

static const struct ng_index *find_view(const struct ng_index *index, enum ng_text_view view) {
    bool wanted = view == NG_VIEW_FOLDED;
    return index->is_folded == wanted ? index : wanted ? index->folded : NULL;
}

const struct ng_index *ng_index_view(const struct ng_index *index, enum ng_text_view view) {
    const struct ng_index *found = find_view(index, view);
    return found && found->is_folded && !is_of_this_version(found) ? NULL : found;
}

enum ng_text_view ng_index_text_view(const struct ng_index *view) {
    return view->is_folded ? NG_VIEW_FOLDED : NG_VIEW_EXACT;
}

int ng_index_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view,
                         struct ng_err *err) {
    *view = NULL;
    bool folded = name ? strcmp(name, "folded") == 0 : index->is_folded;
    if (name && !folded && strcmp(name, "exact") != 0) {
        return ng_err_set(err, NG_ERR_USAGE, "a view is exact or folded, not '%.40s'", name);
    }
    const struct ng_index *found = find_view(index, folded ? NG_VIEW_FOLDED : NG_VIEW_EXACT);
    if (!found) {
        (void)ng_err_set(err, NG_ERR_USAGE, "the index has no %s view", folded ? "folded" : "exact");
        return ng_err_hint(err, "build it again with --view exact,folded");
    }
    if (folded && !is_of_this_version(found)) {
        (void)ng_err_set(err, NG_ERR_VERSION, "the index was folded by version %llu of folding, this program folds by %u",
                         (unsigned long long)found->manifest.fold_version, NG_FOLD_VERSION);
        return ng_err_hint(err, "use the version of ngidx that built it, or build the index again");
    }
    *view = found;
    return NG_OK;
}

static int fold_all(const struct ng_bytes *given, size_t count, struct ng_bytes *phrases, struct ng_buf *out,
                    struct ng_err *err) {
    struct ng_fold *fold = NULL;
    int status = ng_fold_open(&fold, err);
    for (size_t i = 0; i < count && !status; i++) {
        size_t begin = out->length;
        status = ng_search_check(given[i], err);
        if (!status) status = ng_fold_text(fold, given[i].data, (size_t)given[i].length_bytes, out, err);
        phrases[i].length_bytes = out->length - begin;
        if (status || given[i].length_bytes == 0 || phrases[i].length_bytes > 0) continue;
        int shown = given[i].length_bytes < 40 ? (int)given[i].length_bytes : 40;
        (void)ng_err_set(err, NG_ERR_USAGE, "phrase '%.*s' has no letter, mark or number, and folds to nothing", shown,
                         (const char *)given[i].data);
        status = ng_err_hint(err, "search the exact view");
    }
    ng_fold_close(fold);
    return status;
}

int ng_index_phrases(const struct ng_index *view, const struct ng_bytes *given, size_t count,
                     struct ng_bytes **phrases, struct ng_err *err) {
    struct ng_buf folded = {0};
    struct ng_bytes *made = calloc(count + 1, sizeof *made);
    int status = NG_OK;
    *phrases = NULL;
    if (!made) return ng_err_nomem(err, count * sizeof *made, "phrases");
    if (count > 0) memcpy(made, given, count * sizeof *made);
    if (view->is_folded) status = fold_all(given, count, made, &folded, err);
    if (!status && view->is_folded) {
        struct ng_bytes *room = realloc(made, (count + 1) * sizeof *made + folded.length);
        if (room) made = room;
        else status = ng_err_nomem(err, folded.length, "phrases");
        uint8_t *at = (uint8_t *)(made + count + 1);
        if (!status && folded.length > 0) memcpy(at, folded.data, folded.length);
        for (size_t i = 0; i < count; at += made[i++].length_bytes) made[i].data = at;
    }
    ng_buf_free(&folded);
    if (!status) *phrases = made;
    else free(made);
    return status;
}

void ng_phrases_free(struct ng_bytes *phrases) {
    free(phrases);
}
