/*
 * How many documents hold a phrase.
 *
 * The estimate rests on one thought: each of the documents has exactly one first occurrence, so the chance that an
 * occurrence drawn at random is the first of its document is documents / occurrences. Whether it is, LF steps to the
 * left tell: they come to another row of the phrase's interval, or to the start of the document. The interval for that
 * chance is Wilson's (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927).
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/random.h"
#include "common/os/parallel.h"
#include "query/explore/follow.h"
#include "query/lib/index.h"

/* What the sample may cost: LF steps, and draws within these bounds. */
enum { SAMPLE_STEPS = 1 << 24, LEAST_DRAWS = 1 << 13, MOST_DRAWS = 1 << 17, TURN_DRAWS = 1024 };

static uint64_t count_by_sorting(uint64_t *documents, uint64_t count) {
    size_t distinct = ng_order_distinct(documents, (size_t)count);
    return distinct > 0 && documents[distinct - 1] == UINT64_MAX ? distinct - 1 : distinct;
}

/* seen has a bit for each document of the shard. */
static uint64_t count_by_marking(const uint64_t *documents, uint64_t count, uint64_t *seen) {
    uint64_t distinct = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (documents[i] == UINT64_MAX) continue;
        uint64_t bit = UINT64_C(1) << documents[i] % 64;
        distinct += (seen[documents[i] / 64] & bit) == 0 ? 1 : 0;
        seen[documents[i] / 64] |= bit;
    }
    return distinct;
}

/* How many documents of a shard are among those of some rows; sorts them. */
static uint64_t count_distinct(const struct ng_shard *shard, uint64_t *documents, uint64_t count) {
    uint64_t words = shard->documents / 64 + 1;
    uint64_t *seen = words <= count ? calloc((size_t)words, sizeof *seen) : NULL; /* no larger than documents */
    uint64_t distinct = seen ? count_by_marking(documents, count, seen) : count_by_sorting(documents, count);
    free(seen);
    return distinct;
}

static int count_exactly(const struct ng_index *index, const struct ng_interval *intervals, uint64_t hits,
                         unsigned threads, struct ng_docs_count *count, struct ng_err *err) {
    const size_t shards = (size_t)index->shard_count;
    assert(shards > 0);
    uint64_t *documents = malloc((size_t)hits * sizeof *documents + 1);
    struct ng_rows *runs = calloc(shards, sizeof *runs);
    int status = documents && runs ? NG_OK : ng_err_nomem(err, hits * sizeof *documents, "documents to count");
    size_t used = 0;
    uint64_t at = 0;
    for (size_t s = 0; s < shards && !status; s++) {
        uint64_t rows = intervals[s].end - intervals[s].begin;
        if (rows == 0) continue;
        runs[used++] = (struct ng_rows){
            .shard = &index->shards[s].shard, .all = intervals[s], .some = intervals[s], .at = at};
        at += rows;
    }
    if (!status) status = ng_index_expect_steps(index, hits / shards * (index->manifest.sa_sample / 2), threads, err);
    if (!status) status = ng_rows_run(index, runs, used, ng_rows_documents, documents, threads, err);
    for (size_t i = 0; i < used && !status; i++) {
        uint64_t rows = runs[i].some.end - runs[i].some.begin;
        count->documents += count_distinct(runs[i].shard, documents + runs[i].at, rows);
        status = ng_shard_status(runs[i].shard, err);
    }
    free(runs);
    free(documents);
    count->exact = true;
    count->low = count->high = count->documents;
    return status;
}

/* A sample of the occurrences, in turns. */
struct sampling {
    const struct ng_index *index;
    const struct ng_interval *intervals;
    const uint64_t *numbers; /* drawn, in order */
    size_t count;
    uint8_t *is_first;
    uint64_t turn_steps;
};

static int follow_turn(void *context, uint64_t turn, struct ng_err *err) {
    const struct sampling *s = context;
    struct ng_watch watch = ng_watch_make(&s->index->cancel);
    size_t at = (size_t)turn * TURN_DRAWS;
    size_t end = s->count - at < TURN_DRAWS ? s->count : at + TURN_DRAWS;
    uint64_t passed = 0;
    uint64_t rows[TURN_DRAWS];
    int status = NG_OK;
    for (uint64_t shard = 0; shard < s->index->shard_count && at < end && !status; shard++) {
        struct ng_interval all = s->intervals[shard];
        size_t some = 0;
        for (; at + some < end && s->numbers[at + some] - passed < all.end - all.begin; some++) {
            rows[some] = all.begin + s->numbers[at + some] - passed;
        }
        passed += all.end - all.begin;
        if (some == 0) continue;
        ng_rows_first(&s->index->shards[shard].shard, all, rows, some, s->turn_steps, s->is_first + at, &watch);
        status = ng_shard_outcome(&s->index->shards[shard].shard, &watch, err);
        at += some;
    }
    return status;
}

/* Draws that nobody followed to their end widen the interval: they may be first ones, or not. */
static void conclude(const struct sampling *s, uint64_t most, struct ng_docs_count *count) {
    uint64_t by_kind[3] = {0};
    for (size_t i = 0; i < s->count; i++) by_kind[s->is_first[i]]++;
    double hits = (double)count->hits;
    double draws = (double)s->count;
    double first = (double)by_kind[1];
    double unknown = (double)by_kind[2];
    double low = floor(hits * ng_wilson_interval(by_kind[1], s->count).low);
    double high = ceil(hits * ng_wilson_interval(by_kind[1] + by_kind[2], s->count).high);
    count->low = low < 1 ? 1 : (uint64_t)low;
    count->high = high > (double)most ? most : (uint64_t)high;
    if (count->low > count->high) count->low = count->high;
    count->documents = (uint64_t)(hits * (first + unknown / 2) / draws + 0.5);
    if (count->documents < count->low) count->documents = count->low;
    if (count->documents > count->high) count->documents = count->high;
    count->sampled = s->count;
}

/* How many to draw: as many as can be followed at that cost. All walks together take no more steps than there is text
 * between occurrences. */
static size_t choose_draws(const struct ng_index *index, uint64_t hits) {
    uint64_t rows = index->text_bytes + index->documents;
    uint64_t draws = SAMPLE_STEPS / (rows / hits + 1);
    return draws < LEAST_DRAWS ? LEAST_DRAWS : draws < MOST_DRAWS ? (size_t)draws : MOST_DRAWS;
}

static int estimate(const struct ng_index *index, const struct ng_interval *intervals,
                    const struct ng_docs_options *options, struct ng_docs_count *count, struct ng_err *err) {
    size_t draws = choose_draws(index, count->hits);
    if (options->most_draws && options->most_draws < draws) draws = (size_t)options->most_draws;
    uint64_t turns = (draws + TURN_DRAWS - 1) / TURN_DRAWS;
    uint64_t *numbers = malloc(draws * sizeof *numbers);
    uint8_t *is_first = malloc(draws);
    uint64_t state = options->seed;
    struct sampling s = {.index = index, .intervals = intervals, .numbers = numbers, .count = draws,
                         .is_first = is_first, .turn_steps = 4 * SAMPLE_STEPS / turns};
    int status = numbers && is_first ? NG_OK : ng_err_nomem(err, draws * sizeof *numbers, "a sample of hits");
    if (!status) {
        for (size_t i = 0; i < draws; i++) numbers[i] = ng_random_below(&state, count->hits);
        qsort(numbers, draws, sizeof *numbers, ng_order_u64);
        status = ng_parallel_run(ng_parallel_threads(options->threads), turns, follow_turn, &s, err);
    }
    if (!status) conclude(&s, index->documents < count->hits ? index->documents : count->hits, count);
    free(is_first);
    free(numbers);
    return status;
}

int ng_index_count_docs(const struct ng_index *index, struct ng_bytes phrase, const struct ng_docs_options *options,
                        struct ng_docs_count *count, struct ng_err *err) {
    const struct ng_docs_options defaults = {0};
    if (!options) options = &defaults;
    uint64_t most_hits = options->most_hits ? options->most_hits : NG_DEFAULT_MOST_HITS;
    *count = (struct ng_docs_count){0};
    int status = ng_index_refuse_remote(index, "count the documents that hold a phrase", err);
    if (status) return status;
    struct ng_interval *intervals = calloc((size_t)index->shard_count + 1, sizeof *intervals);
    if (!intervals) return ng_err_nomem(err, index->shard_count * sizeof *intervals, "intervals");
    status = ng_index_find(index, phrase, intervals, err);
    for (uint64_t s = 0; s < index->shard_count && !status; s++) count->hits += intervals[s].end - intervals[s].begin;
    if (status) goto out;
    if (phrase.length_bytes == 0 || count->hits == 0) { /* the empty phrase is in every document */
        count->documents = count->hits ? index->documents : 0;
        count->exact = true;
        count->low = count->high = count->documents;
    } else if (count->hits <= most_hits) {
        status = count_exactly(index, intervals, count->hits, options->threads, count, err);
    } else {
        status = estimate(index, intervals, options, count, err);
    }
out:
    free(intervals);
    return status;
}
