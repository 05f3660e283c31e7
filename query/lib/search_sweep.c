#include "query/lib/search_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/symbols.h"
#include "common/container/ahead.h"
#include "common/container/frames.h"

/* A phrase, and the number of the range it has come to. */
struct item {
    uint32_t phrase;
    uint32_t range;
};

/* Items and ranges in the order of rows, and room for those after the next step. */
struct sweep {
    const struct ng_shard *shard;
    const struct ng_bytes *phrases;
    struct ng_interval *intervals;
    struct item *items, *sorted; /* owned by the caller */
    struct ng_rank_range *ranges, *next_ranges;
    size_t used;             /* items */
    uint64_t depth_bytes;    /* of each phrase that have been searched for, */
    uint64_t shortest_bytes; /* and the length of the shortest phrase */
};

/* The byte by which a phrase takes its next step. */
static uint8_t next_symbol(const struct sweep *s, struct item item) {
    struct ng_bytes phrase = s->phrases[item.phrase];
    return phrase.data[phrase.length_bytes - 1 - s->depth_bytes];
}

static void take_sorted(struct sweep *s) {
    struct item *items = s->items;
    s->items = s->sorted;
    s->sorted = items;
    s->depth_bytes++;
}

/* Puts the phrases in the order of their last bytes, which is that of their rows. */
static void sort_ends(struct sweep *s, uint64_t length_bytes) {
    while (s->depth_bytes < length_bytes) {
        size_t starts[256] = {0};
        for (size_t i = 0; i < s->used; i++) starts[next_symbol(s, s->items[i])]++;
        ng_symbols_starts(starts);
        for (size_t i = 0; i < s->used; i++) s->sorted[starts[next_symbol(s, s->items[i])]++] = s->items[i];
        take_sorted(s);
    }
}

/* Whether a phrase's search ends with a range, as it does not occur or has no more bytes. */
static bool ends(const struct sweep *s, struct item item, const struct ng_rank_range *range) {
    if (range->begin < range->end &&
        (s->depth_bytes < s->shortest_bytes || s->depth_bytes < s->phrases[item.phrase].length_bytes)) return false;
    s->intervals[item.phrase] = (struct ng_interval){.begin = range->begin, .end = range->end};
    return true;
}

/* Looks up the rows of the phrases' last bytes, which sort_ends has put in order. */
static void start_ranges(struct sweep *s) {
    const struct ng_shard *shard = s->shard;
    const uint64_t known = shard->jump.length_bytes;
    const uint8_t *before = NULL;
    size_t count = 0;
    size_t kept = 0;
    if (ng_ahead_asks()) ng_ahead_ask_small(&shard->jump.view);
    for (size_t i = 0; i < s->used; i++) {
        struct item item = s->items[i];
        struct ng_bytes phrase = s->phrases[item.phrase];
        if (count == 0 || (known > 0 && memcmp(before, phrase.data + (phrase.length_bytes - known), known) != 0)) {
            struct ng_rank_range *range = &s->ranges[count++];
            *range = (struct ng_rank_range){.begin = 0, .end = shard->rows};
            if (known > 0) {
                before = phrase.data + (phrase.length_bytes - known);
                ng_jump_find(&shard->jump, &shard->rank, before, range);
            }
        }
        item.range = (uint32_t)(count - 1);
        if (!ends(s, item, &s->ranges[item.range])) s->items[kept++] = item;
    }
    s->used = kept;
}

/* Makes the next step's ranges: one for all items that have the same range and the same next byte. Returns how many. */
static size_t make_ranges(struct sweep *s) {
    size_t group_of[256] = {0}; /* the last group of items with the same range in which a byte came, from 1 on, */
    uint32_t range_of[256];     /* and its range in the next step */
    size_t group = 0;
    size_t count = 0;
    uint32_t before = UINT32_MAX;
    for (size_t i = 0; i < s->used; i++) {
        struct item *item = &s->items[i];
        uint8_t symbol = next_symbol(s, *item);
        group += item->range != before;
        before = item->range;
        if (group_of[symbol] != group) {
            group_of[symbol] = group;
            range_of[symbol] = (uint32_t)count;
            s->next_ranges[count] = s->ranges[before];
            s->next_ranges[count++].symbol = symbol;
        }
        item->range = range_of[symbol];
    }
    return count;
}

/* Takes the ranges that the step has extended. */
static void take_ranges(struct sweep *s) {
    size_t starts[256] = {0};
    size_t kept = 0;
    struct ng_rank_range *ranges = s->next_ranges;
    s->next_ranges = s->ranges;
    s->ranges = ranges;
    for (size_t i = 0; i < s->used; i++) starts[ranges[s->items[i].range].symbol]++;
    ng_symbols_starts(starts);
    for (size_t i = 0; i < s->used; i++) s->sorted[starts[ranges[s->items[i].range].symbol]++] = s->items[i];
    take_sorted(s);
    for (size_t i = 0; i < s->used; i++) {
        struct item item = s->items[i];
        if (!ends(s, item, &ranges[item.range])) s->items[kept++] = item;
    }
    s->used = kept;
}

/* A phrase that is too short to look up its rows. */
static struct ng_interval search_short(const struct ng_shard *shard, struct ng_bytes phrase) {
    struct ng_rank_range range = {.begin = 0, .end = shard->rows};
    for (uint64_t left = phrase.length_bytes; left > 0 && range.begin < range.end; left--) {
        range.symbol = phrase.data[left - 1];
        ng_rank_extend(&shard->rank, &range);
    }
    return (struct ng_interval){.begin = range.begin, .end = range.end};
}

/* Asks for the pages that ranges read, while others are extended. */
static void ask(const struct ng_rank *rank, const struct ng_rank_range *ranges, size_t count) {
    for (enum ng_rank_asked what = NG_RANK_ASK_SUPER; what <= NG_RANK_ASK_LEAF; what++) {
        for (size_t i = 0; i < count; i++) ng_rank_ask_range(rank, &ranges[i], what);
    }
    ng_frames_submit();
}

/* Takes a step of all phrases. */
static void extend(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count, struct ng_watch *watch) {
    enum { BATCH = 2 * NG_RANK_BATCH };
    for (size_t at = 0, some; at < count; at += some) {
        some = count - at < BATCH ? count - at : BATCH;
        if (ng_watch_stops(watch, some)) return;
        if (ng_ahead_asks()) ask(rank, ranges + at + some, count - at - some < BATCH ? count - at - some : BATCH);
        ng_rank_extend_batch(rank, ranges + at, some);
    }
}

static void run(struct sweep *s, size_t count, struct ng_watch *watch) {
    const struct ng_shard *shard = s->shard;
    for (size_t i = 0; i < count; i++) {
        if (s->phrases[i].length_bytes < shard->jump.length_bytes) {
            if (ng_watch_stops(watch, 1)) return;
            s->intervals[i] = search_short(shard, s->phrases[i]);
            continue;
        }
        s->items[s->used++].phrase = (uint32_t)i;
        if (s->phrases[i].length_bytes < s->shortest_bytes) s->shortest_bytes = s->phrases[i].length_bytes;
    }
    sort_ends(s, shard->jump.length_bytes);
    start_ranges(s);
    while (s->used > 0 && !watch->stopped) {
        size_t steps = make_ranges(s);
        extend(&shard->rank, s->next_ranges, steps, watch);
        if (!watch->stopped) take_ranges(s);
    }
    ng_frames_finish();
}

bool ng_search_sweep(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                     struct ng_interval *intervals, struct ng_watch *watch) {
    struct item *items = calloc(2 * count, sizeof *items);
    struct ng_rank_range *ranges = calloc(2 * count, sizeof *ranges);
    bool has_room = items && ranges;
    if (has_room) {
        struct sweep s = {.shard = shard, .phrases = phrases, .intervals = intervals, .items = items,
                          .sorted = items + count, .ranges = ranges, .next_ranges = ranges + count,
                          .shortest_bytes = UINT64_MAX};
        run(&s, count, watch);
    }
    free(items);
    free(ranges);
    return has_room;
}
