#include "query/compare/passages.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/include/ngidx_contam.h"

enum { FIRST_REACH_BYTES = 1024, REACH_FACTOR = 4 };

/* Text of a document around a window, whole characters. */
struct around {
    uint64_t begin; /* in the document */
    uint64_t end;
    uint8_t *text; /* owned */
};

/* The longest piece around the window that occurs in the other index; NULL if what was looked at is too little to hold it. */
static const struct ng_trace_span *longest_span(const struct ng_trace *trace, uint64_t begin, uint64_t end) {
    const struct ng_trace_span *best = NULL;
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct ng_trace_span *span = &trace->spans[i];
        if (span->span.begin > begin || span->span.end < end || span->evidence_count == 0) continue;
        if (!best || span->span.end - span->span.begin > best->span.end - best->span.begin) best = span;
    }
    return best;
}

static int extract_around(const struct ng_side *side, const struct ng_window *window, uint64_t reach, struct around *around,
                          struct ng_err *err) {
    uint64_t length = side->documents[window->doc].length_bytes;
    uint64_t end = window->offset + window->length_bytes;
    around->begin = window->offset > reach ? window->offset - reach : 0;
    around->end = length - end > reach ? end + reach : length;
    size_t room = (size_t)(around->end - around->begin);
    free(around->text);
    around->text = malloc(room);
    if (!around->text) return ng_err_nomem(err, room, "the text around a window");
    int status = ng_index_extract(side->view, window->doc, around->begin, room, around->text, err);
    if (status) return status;
    size_t skipped = 0;
    while (around->begin > 0 && skipped < room && !ng_side_is_start(around->text[skipped])) skipped++;
    if (around->end < length) {
        do room--;
        while (room > skipped && !ng_side_is_start(around->text[room]));
    }
    around->end = around->begin + room;
    around->begin += skipped;
    memmove(around->text, around->text + skipped, room - skipped);
    return NG_OK;
}

static int keep_passage(struct ng_comparison *comparison, const struct around *around, const struct ng_window *window,
                        const struct ng_trace_span *span, bool cut, struct ng_err *err) {
    size_t side = comparison->passage_side;
    size_t length = (size_t)(span->span.end - span->span.begin);
    struct ng_compare_passage passage = {.length_bytes = length,
                                         .characters = span->span.end_char - span->span.begin_char,
                                         .cut = cut,
                                         .text = malloc(length)};
    if (!passage.text) return ng_err_nomem(err, length, "a passage");
    memcpy(passage.text, around->text + span->span.begin, length);
    passage.docs[side] = window->doc;
    passage.offsets[side] = around->begin + span->span.begin;
    passage.docs[!side] = span->evidence[0].doc;
    passage.offsets[!side] = span->evidence[0].offset;
    comparison->passages[comparison->passage_count++] = passage;
    return NG_OK;
}

/* Looks further and further, until the passage ends before the text that was looked at does. */
static int try_window(struct ng_comparison *comparison, const struct ng_side sides[2], const struct ng_window *window,
                      uint64_t chars, struct ng_err *err) {
    size_t side = comparison->passage_side;
    struct around around = {0};
    struct ng_trace_options options;
    int status = NG_OK;
    bool done = false;
    ng_trace_options_init(&options);
    options.min_chars = chars;
    options.evidence_limit = 1;
    options.context_bytes = 0;
    for (uint64_t reach = FIRST_REACH_BYTES; !done && !status; reach *= REACH_FACTOR) {
        struct ng_trace trace = {0};
        status = extract_around(&sides[side], window, reach, &around, err);
        if (status) break;
        const struct ng_bytes text = {around.text, around.end - around.begin};
        status = ng_trace_view(&trace, &sides[!side].view, 1, text, &options, err);
        if (status) break;
        uint64_t begin = window->offset - around.begin;
        const struct ng_trace_span *span = longest_span(&trace, begin, begin + window->length_bytes);
        bool cut = span && ((span->span.begin == 0 && around.begin > 0) ||
                            (span->span.end == text.length_bytes &&
                             around.end < sides[side].documents[window->doc].length_bytes));
        done = !cut || reach >= NG_MAX_COMPARE_REACH_BYTES;
        if (done && span) status = keep_passage(comparison, &around, window, span, cut, err);
        ng_trace_free(&trace);
    }
    free(around.text);
    return status;
}

static int longer_first(const void *a, const void *b) {
    const struct ng_compare_passage *x = a;
    const struct ng_compare_passage *y = b;
    if (x->characters != y->characters) return x->characters < y->characters ? 1 : -1;
    if (x->length_bytes != y->length_bytes) return x->length_bytes < y->length_bytes ? 1 : -1;
    int order = x->length_bytes ? memcmp(x->text, y->text, x->length_bytes) : 0;
    if (order != 0) return order;
    if (x->docs[0] != y->docs[0]) return x->docs[0] < y->docs[0] ? -1 : 1;
    return x->offsets[0] < y->offsets[0] ? -1 : x->offsets[0] > y->offsets[0];
}

static bool same_text(const struct ng_compare_passage *a, const struct ng_compare_passage *b) {
    return a->length_bytes == b->length_bytes && memcmp(a->text, b->text, a->length_bytes) == 0;
}

/* Sorts, and keeps the longest, each text once. */
static void choose_longest(struct ng_comparison *comparison, uint64_t most) {
    struct ng_compare_passage *passages = comparison->passages;
    size_t kept = 0;
    qsort(passages, comparison->passage_count, sizeof *passages, longer_first);
    for (size_t i = 0; i < comparison->passage_count; i++) {
        if (kept == most || (kept > 0 && same_text(&passages[i], &passages[kept - 1]))) free(passages[i].text);
        else passages[kept++] = passages[i];
    }
    comparison->passage_count = kept;
}

/* Whether the window is in the passage that was found last. */
static bool is_known(const struct ng_comparison *comparison, const struct ng_window *window) {
    if (comparison->passage_count == 0) return false;
    const struct ng_compare_passage *last = &comparison->passages[comparison->passage_count - 1];
    size_t side = comparison->passage_side;
    return last->docs[side] == window->doc && window->offset >= last->offsets[side] &&
           window->offset + window->length_bytes <= last->offsets[side] + last->length_bytes;
}

int ng_passages_find(struct ng_comparison *comparison, const struct ng_side sides[2],
                     const struct ng_compare_options *options, struct ng_err *err) {
    const struct ng_side *side = &sides[comparison->passage_side];
    const struct ng_side *other = &sides[!comparison->passage_side];
    int status = NG_OK;
    size_t fit = 0;
    if (options->passages == 0) return NG_OK;
    for (size_t i = 0; i < side->window_count; i++) {
        const struct ng_window *window = &side->windows[i];
        fit += window->found && !ng_side_has(other, &side->documents[window->doc]);
    }
    size_t stride = fit / NG_MAX_COMPARE_TRIES + 1;
    comparison->passages = calloc(NG_MAX_COMPARE_TRIES, sizeof *comparison->passages);
    if (!comparison->passages) return ng_err_nomem(err, NG_MAX_COMPARE_TRIES * sizeof *comparison->passages, "passages");
    size_t seen = 0;
    for (size_t i = 0; i < side->window_count && !status; i++) {
        const struct ng_window *window = &side->windows[i];
        if (!window->found || ng_side_has(other, &side->documents[window->doc]) || seen++ % stride != 0) continue;
        comparison->tried++;
        if (!is_known(comparison, window)) status = try_window(comparison, sides, window, options->chars, err);
    }
    choose_longest(comparison, options->passages);
    return status;
}
