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

static int count_here(const struct ng_index *index, const struct ng_interval *intervals, uint64_t hits, unsigned threads,
                      uint64_t *distinct, struct ng_err *err) {
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
        *distinct += count_distinct(runs[i].shard, documents + runs[i].at, rows);
        status = ng_shard_status(runs[i].shard, err);
    }
    free(runs);
    free(documents);
    return status;
}

static int count_exactly(const struct ng_index *index, struct ng_bytes phrase, const struct ng_interval *intervals,
                         unsigned threads, struct ng_docs_count *count, struct ng_err *err) {
    int status = index->calls ? index->calls->docs(index, phrase, &count->documents, err)
                              : count_here(index, intervals, count->hits, threads, &count->documents, err);
    count->exact = true;
    count->low = count->high = count->documents;
    return status;
}

/* Hits that are followed, in turns. */
struct following {
    const struct ng_index *index;
    const struct ng_interval *intervals; /* of the phrase, by shard */
    const struct ng_hit *hits;
    size_t count;
    uint8_t *is_first;
    uint64_t turn_steps;
};

static int follow_turn(void *context, uint64_t turn, struct ng_err *err) {
    const struct following *f = context;
    struct ng_watch watch = ng_watch_make(&f->index->cancel);
    size_t at = (size_t)turn * TURN_DRAWS;
    size_t end = f->count - at < TURN_DRAWS ? f->count : at + TURN_DRAWS;
    uint64_t rows[TURN_DRAWS];
    int status = NG_OK;
    while (at < end && !status) {
        uint64_t number = f->hits[at].shard;
        const struct ng_shard *shard = &f->index->shards[number].shard;
        size_t some = 0;
        for (; at + some < end && f->hits[at + some].shard == number; some++) rows[some] = f->hits[at + some].rank;
        ng_rows_first(shard, f->intervals[number], rows, some, f->turn_steps, f->is_first + at, &watch);
        status = ng_shard_outcome(shard, &watch, err);
        at += some;
    }
    return status;
}

int ng_docs_first(const struct ng_index *index, struct ng_bytes phrase, const struct ng_hit *hits, size_t count,
                  uint64_t turn_steps, unsigned threads, uint8_t *is_first, struct ng_err *err) {
    if (index->calls) return index->calls->first(index, phrase, hits, count, turn_steps, is_first, err);
    struct ng_interval *intervals = calloc((size_t)index->shard_count + 1, sizeof *intervals);
    if (!intervals) return ng_err_nomem(err, index->shard_count * sizeof *intervals, "intervals");
    int status = ng_index_find(index, phrase, intervals, err);
    for (size_t i = 0; i < count && !status; i++) {
        bool fits = hits[i].shard < index->shard_count && hits[i].rank >= intervals[hits[i].shard].begin &&
                    hits[i].rank < intervals[hits[i].shard].end;
        if (!fits) status = ng_err_set(err, NG_ERR_USAGE, "the hit is not one of this phrase");
    }
    struct following following = {.index = index, .intervals = intervals, .hits = hits, .count = count,
                                  .is_first = is_first, .turn_steps = turn_steps};
    uint64_t turns = (count + TURN_DRAWS - 1) / TURN_DRAWS;
    if (!status) status = ng_parallel_run(ng_parallel_threads(threads), turns, follow_turn, &following, err);
    free(intervals);
    return status;
}

/* Draws that nobody followed to their end widen the interval: they may be first ones, or not. */
static void conclude(const uint8_t *is_first, size_t drawn, uint64_t most, struct ng_docs_count *count) {
    uint64_t by_kind[3] = {0};
    for (size_t i = 0; i < drawn; i++) by_kind[is_first[i]]++;
    double hits = (double)count->hits;
    double draws = (double)drawn;
    double first = (double)by_kind[1];
    double unknown = (double)by_kind[2];
    double low = floor(hits * ng_wilson_interval(by_kind[1], drawn).low);
    double high = ceil(hits * ng_wilson_interval(by_kind[1] + by_kind[2], drawn).high);
    count->low = low < 1 ? 1 : (uint64_t)low;
    count->high = high > (double)most ? most : (uint64_t)high;
    if (count->low > count->high) count->low = count->high;
    count->documents = (uint64_t)(hits * (first + unknown / 2) / draws + 0.5);
    if (count->documents < count->low) count->documents = count->low;
    if (count->documents > count->high) count->documents = count->high;
    count->sampled = drawn;
}

/* How many to draw: as many as can be followed at that cost. All walks together take no more steps than there is text
 * between occurrences. */
static size_t choose_draws(const struct ng_index *index, uint64_t hits) {
    uint64_t rows = index->text_bytes + index->documents;
    uint64_t draws = SAMPLE_STEPS / (rows / hits + 1);
    return draws < LEAST_DRAWS ? LEAST_DRAWS : draws < MOST_DRAWS ? (size_t)draws : MOST_DRAWS;
}

/* Draws occurrences, in their order. */
static int draw(const struct ng_index *index, const struct ng_interval *intervals, uint64_t hit_count, uint64_t seed,
                struct ng_hit *hits, size_t draws, struct ng_err *err) {
    uint64_t *numbers = malloc(draws * sizeof *numbers);
    if (!numbers) return ng_err_nomem(err, draws * sizeof *numbers, "a sample of hits");
    for (size_t i = 0; i < draws; i++) numbers[i] = ng_random_below(&seed, hit_count);
    qsort(numbers, draws, sizeof *numbers, ng_order_u64);
    uint64_t passed = 0;
    size_t at = 0;
    for (uint64_t s = 0; s < index->shard_count; s++) {
        uint64_t rows = intervals[s].end - intervals[s].begin;
        for (; at < draws && numbers[at] - passed < rows; at++) {
            hits[at] = (struct ng_hit){.shard = s, .rank = intervals[s].begin + numbers[at] - passed};
        }
        passed += rows;
    }
    free(numbers);
    return NG_OK;
}

static int estimate(const struct ng_index *index, struct ng_bytes phrase, const struct ng_interval *intervals,
                    const struct ng_docs_options *options, struct ng_docs_count *count, struct ng_err *err) {
    size_t draws = choose_draws(index, count->hits);
    if (options->most_draws && options->most_draws < draws) draws = (size_t)options->most_draws;
    uint64_t turns = (draws + TURN_DRAWS - 1) / TURN_DRAWS;
    struct ng_hit *hits = calloc(draws, sizeof *hits);
    uint8_t *is_first = malloc(draws);
    int status = hits && is_first ? draw(index, intervals, count->hits, options->seed, hits, draws, err)
                                  : ng_err_nomem(err, draws * sizeof *hits, "a sample of hits");
    if (!status) {
        status = ng_docs_first(index, phrase, hits, draws, 4 * SAMPLE_STEPS / turns, options->threads, is_first, err);
    }
    if (!status) conclude(is_first, draws, index->documents < count->hits ? index->documents : count->hits, count);
    free(is_first);
    free(hits);
    return status;
}

int ng_index_count_docs(const struct ng_index *index, struct ng_bytes phrase, const struct ng_docs_options *options,
                        struct ng_docs_count *count, struct ng_err *err) {
    const struct ng_docs_options defaults = {0};
    if (!options) options = &defaults;
    uint64_t most_hits = options->most_hits ? options->most_hits : NG_DEFAULT_MOST_HITS;
    *count = (struct ng_docs_count){0};
    struct ng_interval *intervals = calloc((size_t)index->shard_count + 1, sizeof *intervals);
    if (!intervals) return ng_err_nomem(err, index->shard_count * sizeof *intervals, "intervals");
    int status = ng_index_find(index, phrase, intervals, err);
    for (uint64_t s = 0; s < index->shard_count && !status; s++) count->hits += intervals[s].end - intervals[s].begin;
    if (status) goto out;
    if (phrase.length_bytes == 0 || count->hits == 0) { /* the empty phrase is in every document */
        count->documents = count->hits ? index->documents : 0;
        count->exact = true;
        count->low = count->high = count->documents;
    } else if (count->hits <= most_hits) {
        status = count_exactly(index, phrase, intervals, options->threads, count, err);
    } else {
        status = estimate(index, phrase, intervals, options, count, err);
    }
out:
    free(intervals);
    return status;
}
