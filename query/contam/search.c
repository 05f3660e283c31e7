#include <assert.h>
#include <stdlib.h>

#include "query/contam/work.h"
#include "query/match/probe.h"

/* A lane works on one entry at a time, on one of its texts after the other. */
struct lane {
    struct ng_contam_work *work; /* NULL: on none */
    size_t text;
    struct ng_plan plan;
    struct ng_plan_windows lengths[NG_MAX_CONTAM_LENGTHS];
};

/* Entries, and what is remembered of them. */
struct block {
    struct ng_contam_work **works; /* longest first: so the lanes end at about the same time */
    size_t count;
    size_t next; /* the first that no lane has taken */
    struct ng_memo memo;
};

/* Blocks in one shard of one index. Each has its own lanes, which follow each other. */
struct search {
    const struct ng_contam *contam;
    struct ng_contam_work **works; /* of all blocks; owned */
    size_t work_count;
    struct block blocks[NG_CONTAM_MAX_BLOCKS];
    size_t block_count;
    size_t index;
    const struct ng_shard *shard;
    struct lane lanes[NG_PROBE_MAX_LANES];
    struct ng_watch *watch;
    struct ng_err *err;
    int status;
};

static void start_text(struct search *search, struct block *block, struct lane *lane) {
    struct ng_contam_text *text = &lane->work->texts[lane->text];
    const struct ng_contam *contam = search->contam;
    for (size_t l = 0; l < contam->length_count; l++) {
        uint8_t *verdicts = l == 0 ? ng_contam_verdicts(text, search->index) : text->verdicts[l];
        lane->lengths[l] = (struct ng_plan_windows){.windows = &text->windows[l], .verdicts = verdicts};
    }
    lane->plan.text = text->bytes;
    lane->plan.text_number = lane->text;
    lane->plan.shard = search->shard;
    lane->plan.memo = &block->memo;
    lane->plan.watch = search->watch;
    lane->plan.lengths = lane->lengths;
    lane->plan.length_count = contam->length_count;
    lane->plan.longest = contam->makes_shares ? &lane->work->longest_here : &lane->work->longest;
    ng_plan_start(&lane->plan);
}

/* Moves a lane to the next text that is not blank; false where there is none. */
static bool next_text(struct search *search, struct block *block, struct lane *lane) {
    for (;;) {
        if (lane->work) lane->text++;
        while (!lane->work || lane->text == lane->work->entry->text_count) {
            if (block->next == block->count) return false;
            lane->work = block->works[block->next++];
            lane->text = lane->work->skipped || lane->work->known ? lane->work->entry->text_count : 0;
        }
        if (lane->work->texts[lane->text].begin_count == 0) continue;
        start_text(search, block, lane);
        return true;
    }
}

static bool next_probe(void *context, size_t number, struct ng_probe *probe) {
    struct search *search = context;
    struct lane *lane = &search->lanes[number];
    struct block *block = &search->blocks[number / NG_CONTAM_BLOCK_LANES];
    bool more = false;
    if (search->status) return false;
    if (lane->work) {
        search->status = ng_plan_next(&lane->plan, probe, &more, search->err);
    }
    while (!search->status && !more) {
        if (!next_text(search, block, lane)) return false;
        search->status = ng_plan_next(&lane->plan, probe, &more, search->err);
    }
    return !search->status;
}

static int search_shard(struct search *search, const struct ng_shard *shard, struct ng_contam_cost *cost) {
    search->shard = shard;
    for (size_t b = 0; b < search->block_count; b++) {
        struct block *block = &search->blocks[b];
        block->next = 0;
        /* Entries that are searched side by side do not wait for each other's results. */
        if (block->count > NG_CONTAM_BLOCK_LANES) ng_memo_start(&block->memo);
    }
    size_t lane_count = search->block_count * NG_CONTAM_BLOCK_LANES;
    for (size_t i = 0; i < lane_count; i++) search->lanes[i].work = NULL;
    search->watch = &cost->watch;
    ng_probe_run(shard, lane_count, next_probe, search, &cost->stats.lf_steps, search->watch);
    return search->status ? search->status : ng_shard_outcome(shard, search->watch, search->err);
}

static uint64_t text_bytes(const struct ng_contam_work *work) {
    uint64_t bytes = 0;
    for (size_t t = 0; t < work->entry->text_count; t++) bytes += work->entry->texts[t].length_bytes;
    return bytes;
}

static int by_length(const void *a, const void *b) {
    const struct ng_contam_work *first = *(struct ng_contam_work *const *)a;
    const struct ng_contam_work *second = *(struct ng_contam_work *const *)b;
    uint64_t first_bytes = text_bytes(first);
    uint64_t second_bytes = text_bytes(second);
    if (first_bytes != second_bytes) return first_bytes < second_bytes ? 1 : -1;
    return (first > second) - (first < second);
}

/* The shortest piece that may have to be counted: a window, in NG_PRESET_FOLDED a short one. Units have at least a byte
 * each. */
static uint64_t shortest_phrase(const struct ng_contam *contam, const struct ng_contam_work *work) {
    uint64_t shortest = contam->guard && !work->is_short ? contam->small_units : UINT64_MAX;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_windows *windows = &work->texts[t].windows[0];
        for (uint64_t i = 0; i < windows->count; i++) {
            uint64_t length = ng_windows_end(windows, i) - windows->begins[i];
            if (length < shortest) shortest = length;
        }
    }
    return shortest;
}

static int search_open(struct search **out, const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       size_t block_works, struct ng_err *err) {
    struct search *search = calloc(1, sizeof *search);
    *out = search;
    if (!search) return ng_err_nomem(err, sizeof *search, "a search of many entries");
    search->contam = contam;
    search->err = err;
    search->works = calloc(count + 1, sizeof(struct ng_contam_work *));
    if (!search->works) return ng_err_nomem(err, count * sizeof(struct ng_contam_work *), "a search of many entries");
    search->work_count = count;
    for (size_t i = 0; i < count; i++) {
        search->works[i] = &works[i];
        if (contam->makes_shares) works[i].shortest_phrase = shortest_phrase(contam, &works[i]);
    }
    for (size_t at = 0; at < count; at += block_works) {
        assert(search->block_count < NG_CONTAM_MAX_BLOCKS);
        struct block *block = &search->blocks[search->block_count++];
        block->works = search->works + at;
        block->count = count - at < block_works ? count - at : block_works;
        qsort(block->works, block->count, sizeof(struct ng_contam_work *), by_length);
    }
    return NG_OK;
}

static void search_close(struct search *search) {
    if (!search) return;
    for (size_t i = 0; i < NG_PROBE_MAX_LANES; i++) ng_plan_free(&search->lanes[i].plan);
    for (size_t b = 0; b < search->block_count; b++) ng_memo_free(&search->blocks[b].memo);
    free(search->works);
    free(search);
}

/* Sets the shortest match that matters in the next shard: one as long as the longest so far, or as a piece that may
 * have to be counted. The plan may leave the length of shorter matches open, which saves most of the search. */
static void start_reach(const struct search *search) {
    for (size_t w = 0; w < search->work_count; w++) {
        struct ng_contam_work *work = search->works[w];
        if (work->skipped) continue;
        uint64_t least = work->longest.length_bytes;
        if (least > work->shortest_phrase) least = work->shortest_phrase;
        work->longest_here = (struct ng_plan_match){.length_bytes = least > 0 ? least - 1 : 0};
    }
}

/* Notes the greatest length of a match in a shard; the number counts the shards of the shares. */
static void keep_reach(const struct search *search, uint64_t number) {
    for (size_t w = 0; w < search->work_count; w++) {
        struct ng_contam_work *work = search->works[w];
        if (work->skipped) continue;
        work->reach[number] = (uint32_t)work->longest_here.length_bytes;
        if (ng_plan_match_before(&work->longest_here, &work->longest)) work->longest = work->longest_here;
    }
}

/* A text to match in shards that are elsewhere, and the entry it belongs to. */
struct asked {
    struct ng_contam_work *work;
    size_t text;
};

static size_t count_texts(const struct ng_contam_work *works, size_t count) {
    size_t texts = 0;
    for (size_t i = 0; i < count; i++) texts += works[i].skipped ? 0 : works[i].entry->text_count;
    return texts;
}

static struct ng_call_windows windows_of(const struct ng_contam_text *text, size_t index, size_t length) {
    const struct ng_windows *windows = &text->windows[length];
    return (struct ng_call_windows){.begins = windows->begins,
                                    .ends = windows->ends,
                                    .length_bytes = windows->length_bytes,
                                    .count = windows->count,
                                    .verdicts = length == 0 ? ng_contam_verdicts(text, index) : text->verdicts[length]};
}

int ng_contam_search_remote(const struct ng_contam *contam, size_t index, struct ng_contam_work *works, size_t count,
                            struct ng_err *err) {
    _Static_assert(NG_VERDICT_FOUND == 1, "what ng_call_windows gives");
    const struct ng_index *view = contam->indexes[index];
    size_t most = count_texts(works, count);
    size_t lengths = contam->length_count;
    size_t used = 0;
    struct asked *asked = calloc(most + 1, sizeof *asked);
    struct ng_call_text *texts = calloc(most + 1, sizeof *texts);
    struct ng_call_windows *windows = calloc(most * lengths + 1, sizeof *windows);
    int status = asked && texts && windows ? NG_OK : ng_err_nomem(err, most * lengths * sizeof *windows, "texts to match");
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t t = 0; !works[i].skipped && t < works[i].entry->text_count; t++) {
            const struct ng_contam_text *text = &works[i].texts[t];
            if (text->begin_count == 0) continue;
            for (size_t l = 0; l < lengths; l++) windows[used * lengths + l] = windows_of(text, index, l);
            texts[used] = (struct ng_call_text){.text = text->bytes, .lengths = windows + used * lengths};
            asked[used++] = (struct asked){.work = &works[i], .text = t};
        }
    }
    if (!status && used > 0) status = view->calls->match(view, texts, used, lengths, err);
    for (size_t i = 0; i < used && !status; i++) {
        struct ng_plan_match match = {
            .text = asked[i].text, .begin = texts[i].longest_begin, .length_bytes = texts[i].longest_bytes};
        if (ng_plan_match_before(&match, &asked[i].work->longest)) asked[i].work->longest = match;
    }
    free(asked);
    free(texts);
    free(windows);
    return status;
}

/* Searches as many blocks as go side by side, in all shards of the call. */
static int search_blocks(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                         size_t block_works, struct ng_contam_cost *cost, struct ng_err *err) {
    struct search *search;
    int status = search_open(&search, contam, works, count, block_works, err);
    uint64_t number = 0;
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        const struct ng_index *index = contam->indexes[k];
        search->index = k;
        if (index->calls) {
            status = ng_contam_search_remote(contam, k, works, count, err);
            number += index->shard_count;
            continue;
        }
        for (uint64_t s = 0; s < index->shard_count && !status; s++, number++) {
            if (number < contam->first_shard || number >= contam->end_shard) continue;
            if (contam->makes_shares) start_reach(search);
            status = search_shard(search, &index->shards[s].shard, cost);
            if (!status && contam->makes_shares) keep_reach(search, number - contam->first_shard);
        }
    }
    for (size_t b = 0; !status && b < search->block_count; b++) {
        cost->stats.searches_recalled += search->blocks[b].memo.recalled;
    }
    search_close(search);
    return status;
}

int ng_contam_search(const struct ng_contam *contam, struct ng_contam_work *works, size_t count, size_t block_works,
                     struct ng_contam_cost *cost, struct ng_err *err) {
    int status = NG_OK;
    size_t some = NG_CONTAM_MAX_BLOCKS * block_works;
    for (size_t at = 0; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = search_blocks(contam, works + at, some, block_works, cost, err);
    }
    return status;
}
