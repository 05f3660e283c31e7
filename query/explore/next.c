/* What follows or precedes a phrase: the part of ngidx.h that finds the most frequent continuations. */
#include "query/explore/next.h"

#include <stdlib.h>
#include <string.h>

#include "common/os/parallel.h"
#include "query/lib/index.h"

/* Items that are looked at together. */
enum { ROUND = 128 };

struct each_shard {
    struct ng_next_search *search;
    ng_next_work *work;
    void *context;
};

static int run_shard(void *context, uint64_t turn, struct ng_err *err) {
    const struct each_shard *each = context;
    return each->work(each->search, (size_t)turn, each->context, err);
}

int ng_next_each_shard(struct ng_next_search *search, ng_next_work *work, void *context, struct ng_err *err) {
    struct each_shard each = {.search = search, .work = work, .context = context};
    if (search->shard_count == 1) return work(search, 0, context, err);
    return ng_parallel_run(search->threads, search->shard_count, run_shard, &each, err);
}

/* Adds the shards of a view here that hold the phrase, and its rows. */
static int add_shards(struct ng_next_search *search, const struct ng_index *view, uint64_t *hits, struct ng_err *err) {
    struct ng_interval *found = malloc(((size_t)view->shard_count + 1) * sizeof *found);
    if (!found) return ng_err_nomem(err, view->shard_count * sizeof *found, "intervals");
    int status = ng_index_find(view, search->phrase, found, err);
    for (uint64_t s = 0; s < view->shard_count && !status; s++) {
        const struct ng_shard *shard = &view->shards[s].shard;
        if (found[s].begin == found[s].end) continue;
        *hits += found[s].end - found[s].begin;
        ng_shard_to_rows(shard, &found[s].begin, &found[s].end);
        search->shards[search->shard_count] = shard;
        search->cancels[search->shard_count++] = &view->cancel;
        search->rows[search->row_count++] = found[s];
        for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) search->weights[byte + 1] += shard->rank.total[byte];
    }
    free(found);
    return status;
}

static int add_far(struct ng_next_search *search, const struct ng_index *view, uint64_t *hits, struct ng_err *err) {
    uint64_t counts[1 + NG_BYTE_VALUES];
    int status = view->calls->next(view, NG_CALL_BEGIN, search->phrase, NULL, 0, counts, err);
    if (status || counts[0] == 0) return status;
    *hits += counts[0];
    search->far[search->far_count++] = view;
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) search->weights[byte + 1] += counts[1 + byte];
    return NG_OK;
}

int ng_next_find_shards(struct ng_next_search *search, const struct ng_index *const *views, size_t view_count,
                        uint64_t *hits, struct ng_err *err) {
    size_t most = 0;
    int status = NG_OK;
    *hits = 0;
    for (size_t v = 0; v < view_count; v++) most += (size_t)views[v]->shard_count;
    search->shards = calloc(most + 1, sizeof(void *));
    search->cancels = calloc(most + 1, sizeof(void *));
    search->far = calloc(view_count + 1, sizeof(void *));
    search->rows = malloc((most + 1) * sizeof *search->rows);
    if (!search->shards || !search->cancels || !search->far || !search->rows) return ng_err_nomem(err, most * 32, "shards");
    search->row_capacity = most + 1;
    for (size_t v = 0; v < view_count && !status; v++) {
        status = views[v]->calls ? add_far(search, views[v], hits, err) : add_shards(search, views[v], hits, err);
    }
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) search->weights[byte + 1] += search->weights[byte];
    return status;
}

/* The root: the empty string. */
static int begin(struct ng_next_search *search, uint64_t hits, struct ng_err *err) {
    struct ng_item root = {.kind = search->reading.before ? NG_ITEM_NODE : NG_ITEM_RANGE, .count = hits,
                           .end = NG_BYTE_VALUES, .owner = NG_NO_ITEM, .next_owned = NG_NO_ITEM};
    uint32_t number;
    if (hits == 0) return NG_OK;
    int status = ng_buf_reserve(&search->texts, 1, err);
    if (!status) status = ng_next_add(search, &root, &number, err);
    return status ? status : ng_next_enter(search, hits, number, err);
}

struct round {
    uint32_t items[ROUND]; /* to expand */
    size_t count;
    uint32_t classes[ROUND]; /* to be entered again */
    size_t class_count;
};

/* Plans what decides a class: all that it owns, or as much as there is room for. */
static void plan_class(struct ng_next_search *search, uint32_t number, struct round *round) {
    uint32_t *link = &search->items[number].next_owned;
    while (*link != NG_NO_ITEM) {
        struct ng_item *owned = &search->items[*link];
        if (!owned->is_done && round->count == ROUND) break;
        if (!owned->is_done) {
            owned->is_done = true;
            round->items[round->count++] = *link;
        }
        *link = owned->next_owned; /* what was looked at leaves the list */
    }
    round->classes[round->class_count++] = number;
}

static int plan(struct ng_next_search *search, struct round *round, struct ng_err *err) {
    int status = NG_OK;
    round->count = round->class_count = 0;
    while (search->queue_count > 0 && !status && round->count < ROUND && round->class_count < ROUND) {
        if (search->queue[0].key <= ng_next_threshold(search)) break;
        struct ng_queued taken = ng_next_take(search);
        struct ng_item *item = &search->items[taken.item];
        if (item->is_done) continue;
        if (item->kind != NG_ITEM_CLASS) {
            item->is_done = true;
            round->items[round->count++] = taken.item;
        } else if (item->count + item->pending < taken.key) {
            status = ng_next_enter(search, item->count + item->pending, taken.item, err);
        } else {
            plan_class(search, taken.item, round);
        }
    }
    return status;
}

static int search_tree(struct ng_next_search *search, uint64_t most_steps, bool *complete, struct ng_err *err) {
    struct round round;
    uint64_t steps = 0;
    int status = NG_OK;
    *complete = true;
    while (!status) {
        status = plan(search, &round, err);
        if (status || (round.count == 0 && round.class_count == 0)) break;
        if (steps >= most_steps) {
            *complete = false;
            break;
        }
        steps += round.count + round.class_count;
        if (round.count > 0) {
            status = search->reading.before ? ng_next_expand_before(search, round.items, round.count, err)
                                            : ng_next_expand_after(search, round.items, round.count, err);
        }
        for (size_t i = 0; i < round.class_count && !status; i++) {
            const struct ng_item *class = &search->items[round.classes[i]];
            if (!class->is_done) status = ng_next_enter(search, class->count + class->pending, round.classes[i], err);
        }
    }
    return status;
}

static int compare(const void *a, const void *b) {
    const struct ng_continuation *x = a;
    const struct ng_continuation *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    uint64_t shorter = x->length_bytes < y->length_bytes ? x->length_bytes : y->length_bytes;
    int order = shorter > 0 ? memcmp(x->text, y->text, (size_t)shorter) : 0;
    if (order != 0) return order;
    if (x->length_bytes != y->length_bytes) return x->length_bytes < y->length_bytes ? -1 : 1;
    return (int)x->at_end - (int)y->at_end;
}

/* One allocation: the result, the continuations, their texts. */
static int give(const struct ng_next_search *search, struct ng_next **out, struct ng_err *err) {
    size_t texts = 0;
    for (size_t i = 0; i < search->best_count; i++) texts += search->items[search->best[i].item].length_bytes;
    size_t bytes = sizeof **out + search->best_count * sizeof *(*out)->continuations + texts;
    struct ng_next *next = calloc(1, bytes);
    if (!next) return ng_err_nomem(err, bytes, "continuations");
    next->continuations = (struct ng_continuation *)(next + 1);
    uint8_t *text = (uint8_t *)(next->continuations + search->best_count);
    for (size_t i = 0; i < search->best_count; i++) {
        const struct ng_item *item = &search->items[search->best[i].item];
        const uint8_t *read = search->texts.data + item->text_at;
        for (size_t b = 0; b < item->length_bytes; b++) {
            text[b] = read[search->reading.before ? item->length_bytes - 1u - b : b];
        }
        next->continuations[next->count++] = (struct ng_continuation){
            .text = text, .length_bytes = item->length_bytes, .count = item->count, .at_end = item->at_end,
            .shortened = item->shortened};
        next->shown += item->count;
        text += item->length_bytes;
    }
    qsort(next->continuations, next->count, sizeof *next->continuations, compare);
    *out = next;
    return NG_OK;
}

static int check(const struct ng_index *const *views, size_t view_count, const struct ng_next_options *options,
                 struct ng_err *err) {
    if (view_count == 0) return ng_err_set(err, NG_ERR_USAGE, "no index to search");
    if (options->length == 0) return ng_err_set(err, NG_ERR_USAGE, "a continuation has at least one unit");
    if (options->most > NG_MAX_NEXT) {
        return ng_err_set(err, NG_ERR_LIMIT, "%zu continuations; the limit is %llu (NG_MAX_NEXT)", options->most,
                          (unsigned long long)NG_MAX_NEXT);
    }
    for (size_t v = 0; v < view_count; v++) {
        if (views[v]->is_folded != views[0]->is_folded) {
            return ng_err_set(err, NG_ERR_USAGE, "an exact and a folded view have different continuations");
        }
    }
    if (!views[0]->is_folded || options->unit != NG_NEXT_WORDS) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "a folded text has no spaces, and so no words");
    return ng_err_hint(err, "ask for characters");
}

void ng_next_search_free(struct ng_next_search *search) {
    free(search->far);
    free(search->shards);
    free(search->cancels);
    free(search->items);
    free(search->rows);
    free(search->queue);
    free(search->best);
    ng_buf_free(&search->texts);
}

int ng_index_next(const struct ng_index *const *views, size_t view_count, struct ng_bytes phrase,
                  const struct ng_next_options *options, struct ng_next **next, struct ng_err *err) {
    struct ng_next_search search = {
        .phrase = phrase,
        .reading = {.unit = options->unit, .length = options->length, .before = options->before},
        .threads = ng_parallel_threads(options->threads),
        .most = options->most};
    uint64_t hits = 0;
    bool complete = true;
    *next = NULL;
    int status = check(views, view_count, options, err);
    if (status) return status;
    search.best = malloc((options->most + 1) * sizeof *search.best);
    if (!search.best) return ng_err_nomem(err, options->most * sizeof *search.best, "continuations");
    status = ng_next_find_shards(&search, views, view_count, &hits, err);
    if (!status) status = begin(&search, hits, err);
    uint64_t most_steps = options->most_steps ? options->most_steps : NG_DEFAULT_NEXT_STEPS;
    if (!status && options->most > 0) status = search_tree(&search, most_steps, &complete, err);
    if (!status) status = give(&search, next, err);
    if (!status) {
        (*next)->hits = hits;
        (*next)->complete = complete;
    }
    ng_next_search_free(&search);
    return status;
}

void ng_next_free(struct ng_next *next) {
    free(next);
}
