/* A random sample of hits. */
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/random.h"
#include "query/lib/index.h"
#include "query/lib/locate.h"

/* Draws what is missing, and drops what was drawn twice, until nothing is missing. */
static void draw(uint64_t total, size_t count, uint64_t seed, uint64_t *numbers) {
    size_t have = 0;
    while (have < count) {
        for (size_t i = have; i < count; i++) numbers[i] = ng_random_below(&seed, total);
        have = ng_order_distinct(numbers, count);
    }
}

size_t ng_sample_numbers(uint64_t total, size_t count, uint64_t seed, uint64_t *numbers) {
    if (count >= total) {
        for (size_t i = 0; i < total; i++) numbers[i] = i;
        return (size_t)total;
    }
    if (count <= total / 2) {
        draw(total, count, seed, numbers);
        return count;
    }
    /* Most are wanted: it is quicker to go through all and take each with the right chance (Knuth, The Art of Computer
     * Programming, 3.4.2, algorithm S). */
    size_t taken = 0;
    for (uint64_t i = 0; taken < count; i++) {
        if (ng_random_below(&seed, total - i) < count - taken) numbers[taken++] = i;
    }
    return count;
}

static int check_numbers(const uint64_t *numbers, size_t count, uint64_t total, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < total && (i == 0 || numbers[i - 1] < numbers[i])) continue;
        return ng_err_set(err, NG_ERR_USAGE, "no hit %llu among %llu, or hits out of order",
                          (unsigned long long)numbers[i], (unsigned long long)total);
    }
    return NG_OK;
}

static int locate_some(const struct ng_index *index, uint64_t shard, const uint64_t *numbers, size_t count,
                       uint64_t first_row, struct ng_hit *hits, struct ng_watch *watch, struct ng_err *err) {
    enum { PIECE = 512 };
    uint64_t rows[PIECE];
    uint64_t positions[PIECE];
    int status = NG_OK;
    for (size_t at = 0; at < count && !status; at += PIECE) {
        size_t some = count - at < PIECE ? count - at : PIECE;
        for (size_t i = 0; i < some; i++) rows[i] = first_row + numbers[at + i];
        ng_locate_batch(&index->shards[shard].shard, rows, some, positions, watch);
        status = ng_shard_outcome(&index->shards[shard].shard, watch, err);
        if (!status) ng_index_fill_hits(index, shard, rows, positions, some, hits + at);
    }
    return status ? status : ng_shard_status(&index->shards[shard].shard, err);
}

/* Hits to be located elsewhere. */
static void choose_rows(uint64_t shard, const uint64_t *numbers, size_t count, uint64_t first_row, struct ng_hit *hits) {
    for (size_t i = 0; i < count; i++) hits[i] = (struct ng_hit){.shard = shard, .rank = first_row + numbers[i]};
}

int ng_index_locate_numbers(const struct ng_index *index, struct ng_bytes phrase, const uint64_t *numbers, size_t count,
                            struct ng_hit *hits, struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    struct ng_interval *intervals = calloc((size_t)index->shard_count + 1, sizeof *intervals);
    if (!intervals) return ng_err_nomem(err, index->shard_count * sizeof *intervals, "intervals");
    uint64_t total = 0;
    uint64_t passed = 0;
    size_t at = 0;
    int status = ng_index_find(index, phrase, intervals, err);
    for (uint64_t s = 0; s < index->shard_count && !status; s++) total += intervals[s].end - intervals[s].begin;
    if (!status) status = check_numbers(numbers, count, total, err);
    for (uint64_t s = 0; s < index->shard_count && at < count && !status; s++) {
        size_t some = 0;
        uint64_t rows = intervals[s].end - intervals[s].begin;
        while (at + some < count && numbers[at + some] - passed < rows) some++;
        /* Numbers count from the first shard: the sum may wrap around, and comes out right. */
        if (index->calls) choose_rows(s, numbers + at, some, intervals[s].begin - passed, hits + at);
        else status = locate_some(index, s, numbers + at, some, intervals[s].begin - passed, hits + at, &watch, err);
        passed += rows;
        at += some;
    }
    free(intervals);
    return status || !index->calls ? status : index->calls->rows(index, hits, count, err);
}
