#include "query/lib/search.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/container/ahead.h"
#include "common/container/frames.h"
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

bool ng_search_asks(const struct ng_shard *const *shards, size_t count) {
    const uint8_t *bytes[NG_AHEAD_LOOKS];
    if (ng_ahead_thread.looked) return ng_ahead_asks();
    for (size_t i = 0; i < NG_AHEAD_LOOKS; i++) {
        const struct ng_view *data = &shards[i % count]->rank.data;
        bytes[i] = data->data + data->length_bytes / (NG_AHEAD_LOOKS + 1) * (i + 1);
    }
    return ng_ahead_look(bytes, NG_AHEAD_LOOKS);
}

/* The searches that go on, each in a shard of its own. */
struct across {
    const struct ng_shard *shards[NG_SEARCH_ACROSS];
    struct ng_rank_range ranges[NG_SEARCH_ACROSS];
    size_t numbers[NG_SEARCH_ACROSS]; /* of the shards, among those given */
    size_t used;
};

static void ask_across(const struct across *a) {
    for (enum ng_rank_asked what = NG_RANK_ASK_OFFSET; what <= NG_RANK_ASK_LEAF; what++) {
        for (size_t i = 0; i < a->used; i++) ng_rank_ask_range(&a->shards[i]->rank, &a->ranges[i], what);
    }
    ng_frames_submit();
}

static void start_across(struct across *a, const struct ng_shard *const *shards, size_t count, struct ng_bytes phrase,
                         uint64_t left[NG_SEARCH_ACROSS]) {
    for (unsigned stage = 0; stage < NG_JUMP_STAGES; stage++) {
        for (size_t i = 0; i < count; i++) {
            const struct ng_jump *jump = &shards[i]->jump;
            if (jump->length_bytes == 0 || jump->length_bytes > phrase.length_bytes) continue;
            ng_jump_ask(jump, &shards[i]->rank, phrase.data + (phrase.length_bytes - jump->length_bytes), stage);
        }
    }
    for (size_t i = 0; i < count; i++) {
        a->shards[i] = shards[i];
        a->numbers[i] = i;
        a->ranges[i] = start_range(shards[i], phrase, &left[i]);
    }
    a->used = count;
}

void ng_search_across(const struct ng_shard *const *shards, size_t count, struct ng_bytes phrase,
                      struct ng_interval *intervals, struct ng_watch *watch) {
    struct across a;
    uint64_t left[NG_SEARCH_ACROSS];
    start_across(&a, shards, count, phrase, left);
    while (a.used > 0 && !ng_watch_stops(watch, a.used)) {
        size_t kept = 0;
        for (size_t i = 0; i < a.used; i++) {
            const size_t number = a.numbers[i];
            if (left[number] == 0 || a.ranges[i].begin == a.ranges[i].end) {
                intervals[number] = (struct ng_interval){.begin = a.ranges[i].begin, .end = a.ranges[i].end};
                continue;
            }
            a.shards[kept] = a.shards[i];
            a.ranges[kept] = a.ranges[i];
            a.numbers[kept++] = number;
        }
        a.used = kept;
        ask_across(&a);
        for (size_t i = 0; i < a.used; i++) {
            a.ranges[i].symbol = phrase.data[--left[a.numbers[i]]];
            ng_rank_extend_batch(&a.shards[i]->rank, &a.ranges[i], 1);
        }
    }
    ng_frames_finish();
    for (size_t i = 0; i < count && !watch->stopped; i++) {
        ng_shard_to_ranks(shards[i], &intervals[i].begin, &intervals[i].end);
    }
}
