/* What follows or precedes a phrase elsewhere: the questions to an index in parts, and what a part answers. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/os/parallel.h"
#include "common/shard/shard_format.h"
#include "query/explore/next.h"
#include "query/lib/index.h"

static size_t counts_each(enum ng_call_next kind) {
    return kind == NG_CALL_BEFORE ? NG_BYTE_VALUES : 1;
}

/* What extends a string never occurs more often than it: the search relies on that, and parts may lie. */
static int check_sums(const struct ng_next_search *search, const struct ng_next_question *questions, size_t count,
                      size_t each, const uint64_t *counts, struct ng_err *err) {
    uint64_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || questions[i].item != questions[i - 1].item) left = search->items[questions[i].item].count;
        for (size_t c = 0; c < each; c++) {
            if (counts[i * each + c] > left) {
                return ng_err_set(err, NG_ERR_REMOTE, "the parts of an index gave counts that do not add up");
            }
            left -= counts[i * each + c];
        }
    }
    return NG_OK;
}

int ng_next_add_far(const struct ng_next_search *search, enum ng_call_next kind, const struct ng_next_question *questions,
                    size_t count, uint64_t *counts, struct ng_err *err) {
    const size_t all = count * counts_each(kind);
    if (search->far_count == 0) return NG_OK;
    struct ng_call_string *strings = calloc(count + 1, sizeof *strings);
    uint64_t *here = calloc(all + 1, sizeof *here);
    int status = strings && here ? NG_OK : ng_err_nomem(err, all * sizeof *here, "questions to the parts of an index");
    for (size_t i = 0; i < count && !status; i++) {
        const struct ng_item *item = &search->items[questions[i].item];
        strings[i] = (struct ng_call_string){.text = {search->texts.data + item->text_at, item->length_bytes},
                                             .first = questions[i].first, .end = questions[i].end};
    }
    for (size_t v = 0; v < search->far_count && !status; v++) {
        const struct ng_index *view = search->far[v];
        status = view->calls->next(view, kind, search->phrase, strings, count, here, err);
        for (size_t i = 0; i < all && !status; i++) counts[i] += here[i];
    }
    if (!status) status = check_sums(search, questions, count, counts_each(kind), counts, err);
    free(strings);
    free(here);
    return status;
}

/* ---- Answers ---- */

/* Makes an item of each string. */
static int add_strings(struct ng_next_search *search, const struct ng_call_string *strings, size_t count,
                       struct ng_err *err) {
    int status = ng_buf_reserve(&search->texts, 1, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_item item = {.owner = NG_NO_ITEM, .next_owned = NG_NO_ITEM, .text_at = search->texts.length,
                               .length_bytes = (uint16_t)strings[i].text.length_bytes};
        bool ends = strings[i].text.length_bytes > 0 &&
                    memchr(strings[i].text.data, NG_TERMINATOR, (size_t)strings[i].text.length_bytes);
        if (ends || strings[i].text.length_bytes > NG_MAX_NEXT_BYTES + 8u || strings[i].first > strings[i].end ||
            strings[i].end > NG_BYTE_VALUES) {
            return ng_err_set(err, NG_ERR_USAGE, "no such string, or bytes, to count behind a phrase");
        }
        item.count = UINT64_MAX;
        status = ng_buf_append(&search->texts, strings[i].text.data, item.length_bytes, err);
        if (!status) status = ng_next_add(search, &item, NULL, err);
    }
    return status;
}

static int count_after(struct ng_next_search *search, const struct ng_call_string *strings, size_t count, uint64_t *counts,
                       struct ng_err *err) {
    struct ng_next_question *questions = calloc(count + 1, sizeof *questions);
    if (!questions) return ng_err_nomem(err, count * sizeof *questions, "searches");
    for (size_t i = 0; i < count; i++) {
        questions[i] = (struct ng_next_question){(uint32_t)i, strings[i].first, strings[i].end};
    }
    int status = ng_next_count_after(search, questions, count, counts, err);
    free(questions);
    return status;
}

/* The rows of the phrase with a string before it, which comes last byte first. */
static int find_rows(struct ng_next_search *search, uint32_t number, struct ng_err *err) {
    struct ng_item *item = &search->items[number];
    item->rows_at = search->row_count;
    for (size_t s = 0; s < search->shard_count; s++) {
        struct ng_interval *grown = ng_array_grow(search->rows, sizeof *grown, search->row_count, &search->row_capacity,
                                                  "intervals", err);
        if (!grown) return NG_ERR_NOMEM;
        search->rows = grown;
        struct ng_rank_range range = {.begin = grown[s].begin, .end = grown[s].end};
        for (size_t i = 0; i < item->length_bytes && range.begin < range.end; i++) {
            range.symbol = search->texts.data[item->text_at + i];
            if (search->shards[s]->rank.dense[range.symbol] == NG_RANK_ABSENT) range.end = range.begin;
            else ng_rank_extend(&search->shards[s]->rank, &range);
        }
        grown[search->row_count++] = (struct ng_interval){range.begin, range.end};
    }
    return NG_OK;
}

static int count_before(struct ng_next_search *search, size_t count, uint64_t *counts, struct ng_err *err) {
    const size_t each = NG_BYTE_VALUES * search->shard_count;
    size_t most = ng_next_nodes_before(search);
    struct ng_interval *rows = malloc((most * each + 1) * sizeof *rows);
    uint32_t *items = malloc((count + 1) * sizeof *items);
    int status = rows && items ? NG_OK : ng_err_nomem(err, most * each * sizeof *rows, "intervals");
    for (uint32_t i = 0; i < count && !status; i++) {
        items[i] = i;
        status = find_rows(search, i, err);
    }
    for (size_t at = 0; at < count && !status; at += most) {
        if (most > count - at) most = count - at;
        status = ng_next_step_before(search, items + at, most, rows, err);
        for (size_t i = 0; i < most && !status; i++) {
            ng_next_sum_before(search, rows + i * each, counts + (at + i) * NG_BYTE_VALUES);
        }
    }
    free(rows);
    free(items);
    return status;
}

int ng_next_count(const struct ng_index *view, enum ng_call_next kind, struct ng_bytes phrase,
                  const struct ng_call_string *strings, size_t count, uint64_t *counts, struct ng_err *err) {
    struct ng_next_search search = {.phrase = phrase, .threads = ng_parallel_threads(0)};
    uint64_t hits;
    if (view->calls) return view->calls->next(view, kind, phrase, strings, count, counts, err);
    int status = ng_next_find_shards(&search, &view, 1, &hits, err);
    if (!status) status = add_strings(&search, strings, count, err);
    if (!status && kind == NG_CALL_AFTER) status = count_after(&search, strings, count, counts, err);
    if (!status && kind == NG_CALL_BEFORE) status = count_before(&search, count, counts, err);
    if (!status && kind == NG_CALL_BEGIN) {
        counts[0] = hits;
        for (size_t i = 0; i < NG_BYTE_VALUES; i++) counts[1 + i] = search.weights[i + 1] - search.weights[i];
    }
    ng_next_search_free(&search);
    return status;
}
