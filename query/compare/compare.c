#include "query/include/ngidx_compare.h"

#include <stdlib.h>

#include "common/base/limits.h"
#include "common/base/random.h"
#include "query/compare/passages.h"
#include "query/compare/side.h"

enum { DEFAULT_WINDOWS = 2000, DEFAULT_CHARS = 50, DEFAULT_PASSAGES = 10, DEFAULT_MEMORY_LOG = 28 };

void ng_compare_options_init(struct ng_compare_options *options) {
    *options = (struct ng_compare_options){.windows = DEFAULT_WINDOWS,
                                           .chars = DEFAULT_CHARS,
                                           .passages = DEFAULT_PASSAGES,
                                           .seed = 1,
                                           .memory_bytes = UINT64_C(1) << DEFAULT_MEMORY_LOG};
}

static int check(const struct ng_index *const views[2], const struct ng_compare_options *options, struct ng_err *err) {
    if (ng_index_text_view(views[0]) != ng_index_text_view(views[1])) {
        return ng_err_set(err, NG_ERR_USAGE, "one index is searched in its exact text, the other one in its folded text");
    }
    if (options->windows == 0 || options->windows > NG_MAX_COMPARE_WINDOWS || options->chars == 0 ||
        options->chars > NG_MAX_COMPARE_CHARS || options->passages > NG_MAX_COMPARE_PASSAGES) {
        return ng_err_set(err, NG_ERR_USAGE, "options of a comparison are out of range");
    }
    return NG_OK;
}

/* Searches the windows of a side in the other one. */
static int find_windows(struct ng_side *side, const struct ng_index *other, struct ng_compare_share *drawn,
                        struct ng_err *err) {
    size_t count = side->window_count;
    struct ng_bytes *phrases = calloc(count + 1, sizeof *phrases);
    uint64_t *counts = calloc(count + 1, sizeof *counts);
    int status = phrases && counts ? NG_OK : ng_err_nomem(err, count * sizeof *phrases, "windows");
    for (size_t i = 0; i < count && !status; i++) {
        phrases[i] = (struct ng_bytes){side->texts.data + side->windows[i].at, side->windows[i].length_bytes};
    }
    if (!status) status = ng_index_count_batch(other, phrases, count, counts, err);
    for (size_t i = 0; i < count && !status; i++) {
        side->windows[i].found = counts[i] > 0;
        drawn->found += counts[i] > 0;
    }
    const struct ng_wilson interval = ng_wilson_interval(drawn->found, count);
    drawn->windows = count;
    drawn->share = count > 0 ? (double)drawn->found / (double)count : 0;
    drawn->low = interval.low;
    drawn->high = interval.high;
    free(phrases);
    free(counts);
    return status;
}

static void count_shared(const struct ng_side *side, const struct ng_side *other, struct ng_compare_side *shown) {
    shown->documents = side->count;
    for (uint64_t i = 0; i < side->document_end; i++) {
        if (side->documents[i].length_bytes == NG_SIDE_REMOVED) continue;
        bool shared = ng_side_has(other, &side->documents[i]);
        shown->text_bytes += side->documents[i].length_bytes;
        shown->shared_documents += shared;
        shown->shared_bytes += shared ? side->documents[i].length_bytes : 0;
    }
}

static uint64_t text_bytes(const struct ng_index *view) {
    struct ng_index_info info;
    ng_index_get_info(view, &info);
    return ng_index_text_view(view) == NG_VIEW_FOLDED && info.exact ? info.folded_text_bytes : info.text_bytes;
}

int ng_index_compare(const struct ng_index *const views[2], const struct ng_compare_options *options,
                     struct ng_comparison *comparison, struct ng_err *err) {
    struct ng_side sides[2] = {{.view = views[0]}, {.view = views[1]}};
    uint64_t first_bytes = text_bytes(views[0]);
    uint64_t total_bytes = first_bytes + text_bytes(views[1]);
    *comparison = (struct ng_comparison){.passage_side = first_bytes > total_bytes - first_bytes};
    int status = check(views, options, err);
    if (!status) status = ng_side_read(&sides[0], options, 0, total_bytes, err);
    if (!status) status = ng_side_read(&sides[1], options, first_bytes, total_bytes, err);
    for (size_t i = 0; i < 2 && !status; i++) {
        count_shared(&sides[i], &sides[!i], &comparison->sides[i]);
        status = find_windows(&sides[i], views[!i], &comparison->sides[i].drawn, err);
    }
    if (!status) status = ng_passages_find(comparison, sides, options, err);
    if (status) ng_comparison_free(comparison);
    ng_side_free(&sides[0]);
    ng_side_free(&sides[1]);
    return status;
}

int ng_index_compare_shares(const struct ng_index *const views[2], const struct ng_compare_options *options,
                            struct ng_compare_share shares[2], struct ng_err *err) {
    int status = check(views, options, err);
    for (size_t i = 0; i < 2 && !status; i++) {
        struct ng_side side = {.view = views[i]};
        shares[i] = (struct ng_compare_share){0};
        status = ng_side_draw(&side, options, err);
        if (!status) status = find_windows(&side, views[!i], &shares[i], err);
        ng_side_free(&side);
    }
    return status;
}

void ng_comparison_free(struct ng_comparison *comparison) {
    if (!comparison) return;
    for (size_t i = 0; i < comparison->passage_count; i++) free(comparison->passages[i].text);
    free(comparison->passages);
    comparison->passages = NULL;
    comparison->passage_count = 0;
}
