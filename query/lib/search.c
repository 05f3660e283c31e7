#include "query/lib/search.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/container/ahead.h"
#include "common/shard/shard_format.h"
#include "query/lib/search_sweep.h"

int ng_search_check(struct ng_bytes phrase, struct ng_err *err) {
    if (phrase.length_bytes > NG_MAX_PHRASE_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "phrase of %llu bytes; the limit is %llu (NG_MAX_PHRASE_BYTES)",
                          (unsigned long long)phrase.length_bytes, (unsigned long long)NG_MAX_PHRASE_BYTES);
    }
    if (phrase.length_bytes > 0 && memchr(phrase.data, (int)NG_TERMINATOR, phrase.length_bytes)) {
        (void)ng_err_set(err, NG_ERR_USAGE, "the phrase holds byte 0xFF, which no UTF-8 text can hold");
        return ng_err_hint(err, "convert the phrase to UTF-8");
    }
    return NG_OK;
}

enum { LANES = NG_RANK_BATCH };

/* A search that is under way, and the phrase it belongs to. */
struct lane {
    size_t phrase;
    uint64_t left; /* its bytes that are still to be searched for */
};

/* The rows of a phrase's last bytes, as far as they are known without a search; *left is set to the bytes before. */
static struct ng_rank_range start_range(const struct ng_shard *shard, struct ng_bytes phrase, uint64_t *left) {
    struct ng_rank_range range = {.begin = 0, .end = shard->rows};
    uint64_t known = shard->jump.length_bytes;
    *left = phrase.length_bytes;
    if (known == 0 || known > phrase.length_bytes) return range;
    *left -= known;
    ng_jump_find(&shard->jump, &shard->rank, phrase.data + *left, &range);
    return range;
}

/* Fills free lanes with the next phrases; one that needs no search is done at once. */
static size_t fill_lanes(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count, size_t *next,
                         struct lane *lanes, struct ng_rank_range *ranges, size_t used,
                         struct ng_interval *intervals) {
    for (; used < LANES && *next < count; (*next)++) {
        uint64_t left;
        struct ng_rank_range range = start_range(shard, phrases[*next], &left);
        if (left == 0 || range.begin == range.end) {
            intervals[*next] = (struct ng_interval){.begin = range.begin, .end = range.end};
            continue;
        }
        lanes[used] = (struct lane){.phrase = *next, .left = left};
        ranges[used++] = range;
    }
    return used;
}

/* Side by side: a lane that has found a phrase takes the next. */
static void search_lanes(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                         struct ng_interval *intervals, struct ng_watch *watch) {
    struct lane lanes[LANES];
    struct ng_rank_range ranges[LANES];
    size_t next = 0;
    bool jump_asked = false;
    size_t used = fill_lanes(shard, phrases, count, &next, lanes, ranges, 0, intervals);
    while (used > 0 && !ng_watch_stops(watch, used)) {
        for (size_t i = 0; i < used; i++) ranges[i].symbol = phrases[lanes[i].phrase].data[--lanes[i].left];
        if (used == 1) ng_rank_extend(&shard->rank, &ranges[0]);
        else ng_rank_extend_batch(&shard->rank, ranges, used);
        for (size_t i = 0; i < used;) {
            if (lanes[i].left > 0 && ranges[i].begin < ranges[i].end) {
                i++;
                continue;
            }
            intervals[lanes[i].phrase] = (struct ng_interval){.begin = ranges[i].begin, .end = ranges[i].end};
            used--;
            lanes[i] = lanes[used];
            ranges[i] = ranges[used];
        }
        if (!jump_asked && next < count && ng_ahead_asks()) {
            ng_ahead_ask_small(&shard->jump.view);
            jump_asked = true;
        }
        used = fill_lanes(shard, phrases, count, &next, lanes, ranges, used, intervals);
    }
}

void ng_search_batch(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                     struct ng_interval *intervals, struct ng_watch *watch) {
    if (count < NG_SEARCH_SWEEP_LEAST || !ng_search_sweep(shard, phrases, count, intervals, watch))
        search_lanes(shard, phrases, count, intervals, watch);
    if (!shard->removed.container || watch->stopped) return;
    enum { AHEAD = 8 };
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count) ng_shard_prefetch_ranks(shard, intervals[i + AHEAD].begin);
        ng_shard_to_ranks(shard, &intervals[i].begin, &intervals[i].end);
    }
}
