#include "query/lib/extract.h"

#include <string.h>

#include "common/container/ahead.h"
#include "common/container/frames.h"
#include "common/shard/shard_format.h"

/* Chains under way, side by side. */
struct lanes {
    struct ng_extract_chain chains[NG_EXTRACT_CHAINS];
    struct ng_rank_step steps[NG_EXTRACT_CHAINS];
    size_t count;
};

/* Adds chains, as many as there is room for; the rows of samples are found side by side. Returns how many. */
static size_t add_chains(const struct ng_shard *shard, struct lanes *lanes, const struct ng_extract_chain *chains,
                         size_t count) {
    uint64_t samples[NG_EXTRACT_CHAINS];
    uint64_t rows[NG_EXTRACT_CHAINS];
    size_t added = 0;
    size_t sampled = 0;
    size_t first = lanes->count;
    for (; added < count && lanes->count < NG_EXTRACT_CHAINS; added++) {
        const struct ng_extract_chain *chain = &chains[added];
        if (chain->position <= chain->begin) continue;
        if (chain->sample > 0) samples[sampled++] = chain->sample;
        lanes->chains[lanes->count++] = *chain;
    }
    ng_shard_sampled_rows(shard, samples, sampled, rows);
    size_t next = 0;
    for (size_t i = first; i < lanes->count; i++) {
        const struct ng_extract_chain *chain = &lanes->chains[i];
        lanes->steps[i] = (struct ng_rank_step){.row = chain->sample > 0 ? rows[next++] : chain->row};
    }
    return added;
}

/* The work of a step of all chains. One in an expanded shard takes a fraction of the time. */
static uint64_t steps_of(const struct ng_shard *shard, const struct lanes *lanes) {
    return shard->table.next ? (uint64_t)lanes->count / 16 : (uint64_t)lanes->count;
}

/* One LF step for every chain. A chain that has reached its beginning drops out. */
static void advance(const struct ng_shard *shard, struct lanes *lanes) {
    if (shard->table.next) ng_rank_table_step(&shard->table, lanes->steps, lanes->count);
    else ng_rank_lf_batch(&shard->rank, lanes->steps, lanes->count);
    for (size_t i = 0; i < lanes->count;) {
        struct ng_extract_chain *chain = &lanes->chains[i];
        chain->position--;
        if (chain->position < chain->end) chain->out[chain->position - chain->begin] = lanes->steps[i].symbol;
        if (lanes->steps[i].symbol == NG_TERMINATOR) ng_container_mark_damaged(shard->container);
        if (chain->position > chain->begin) {
            i++;
            continue;
        }
        lanes->count--;
        *chain = lanes->chains[lanes->count];
        lanes->steps[i] = lanes->steps[lanes->count];
    }
}

static void ask_supers(const struct ng_shard *shard, const struct lanes *lanes) {
    for (size_t i = 0; i < lanes->count; i++) ng_rank_ask_super(&shard->rank, lanes->steps[i].row);
}

static void ask_leaves(const struct ng_shard *shard, const struct lanes *lanes) {
    for (size_t i = 0; i < lanes->count; i++) ng_rank_ask_leaf(&shard->rank, lanes->steps[i].row);
    ng_frames_submit();
}

/* Where pages are not in memory, groups of chains take turns: the pages of one are on their way while others are worked
 * on. Superblocks are asked for a round ahead, leaves one turn. Finding the rows of samples takes as many waits for one
 * chain as for many, so a group gets new chains when half of it has ended. */
static size_t take_turn(const struct ng_shard *shard, struct lanes *group, const struct lanes *following,
                        const struct ng_extract_chain *chains, size_t count) {
    size_t added = 0;
    ask_leaves(shard, following);
    if (group->count > 0) advance(shard, group);
    if (group->count <= NG_EXTRACT_CHAINS / 2) added = add_chains(shard, group, chains, count);
    ask_supers(shard, group);
    return added;
}

void ng_extract_run(const struct ng_shard *shard, const struct ng_extract_chain *chains, size_t count,
                    struct ng_watch *watch) {
    enum { GROUPS = 4 };
    struct lanes groups[GROUPS];
    size_t next = 0;
    size_t used = 0;
    uint64_t work = 0;
    for (size_t g = 0; g < GROUPS; g++) groups[g].count = 0;
    while ((next < count || used > 0) && !ng_watch_stops(watch, work)) {
        used = 0;
        work = 0;
        for (size_t g = 0; g < GROUPS; g++) {
            struct lanes *group = &groups[g];
            if (ng_ahead_asks() && !shard->table.next) {
                next += take_turn(shard, group, &groups[(g + 1) % GROUPS], chains + next, count - next);
            } else if (g == 0 || group->count > 0) {
                next += add_chains(shard, group, chains + next, count - next);
                if (group->count > 0) advance(shard, group);
            }
            used += group->count;
            work += steps_of(shard, group);
        }
    }
    ng_frames_finish();
}

struct ng_extract_chain ng_extract_chain_to(const struct ng_shard *shard, uint64_t document, uint64_t begin,
                                            uint64_t end, uint8_t *out) {
    uint64_t document_end = ng_docs_end(&shard->docs, document);
    uint64_t sample = (end + shard->sa_sample - 1) / shard->sa_sample;
    uint64_t position = sample * shard->sa_sample;
    uint64_t row = 0;
    if (position >= document_end) {
        position = document_end;
        row = shard->first_terminator_row + document;
        sample = 0;
    }
    if (position < end || position - end >= shard->sa_sample) { /* no sound shard */
        ng_container_mark_damaged(shard->container);
        position = begin;
    }
    return (struct ng_extract_chain){
        .row = row, .sample = sample, .position = position, .begin = begin, .end = end, .out = out};
}

/* Finding a chain's start costs as much as a few LF steps, so chains are long where there is text enough; and all of
 * the same length, so that no lane is idle while others still run. */
enum { PIECE_BYTES = 4096 };

static uint64_t piece_bytes(const struct ng_shard *shard, uint64_t total) {
    uint64_t piece = total / NG_EXTRACT_CHAINS;
    if (piece > PIECE_BYTES) piece = PIECE_BYTES;
    return (piece / shard->sa_sample + 1) * shard->sa_sample;
}

/* The chains of texts, given out one after the other. */
struct source {
    const struct ng_extract_text *texts;
    size_t count;
    size_t next;
    uint64_t done; /* bytes of the next text */
    uint64_t piece;
};

/* Fills chains, as many as there are and fit. */
static size_t next_chains(const struct ng_shard *shard, struct source *source, struct ng_extract_chain *chains,
                          size_t most) {
    size_t count = 0;
    while (count < most && source->next < source->count) {
        const struct ng_extract_text *text = &source->texts[source->next];
        uint64_t begin = text->begin + source->done;
        if (begin >= text->end) {
            source->next++;
            source->done = 0;
            continue;
        }
        uint64_t cut = begin - begin % shard->sa_sample + source->piece;
        if (cut > text->end) cut = text->end;
        chains[count++] = ng_extract_chain_to(shard, text->document, begin, cut, text->out + source->done);
        source->done += cut - begin;
    }
    return count;
}

void ng_extract_texts(const struct ng_shard *shard, const struct ng_extract_text *texts, size_t count,
                      struct ng_watch *watch) {
    struct source source = {.texts = texts, .count = count};
    struct lanes lanes;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) total += texts[i].end - texts[i].begin;
    source.piece = piece_bytes(shard, total);
    lanes.count = 0;
    while ((source.next < count || lanes.count > 0) && !ng_watch_stops(watch, steps_of(shard, &lanes))) {
        struct ng_extract_chain chains[NG_EXTRACT_CHAINS];
        size_t some = next_chains(shard, &source, chains, NG_EXTRACT_CHAINS - lanes.count);
        (void)add_chains(shard, &lanes, chains, some);
        if (lanes.count > 0) advance(shard, &lanes);
    }
}

void ng_extract_range(const struct ng_shard *shard, uint64_t document, uint64_t begin, uint64_t end, uint8_t *out,
                      struct ng_watch *watch) {
    struct ng_extract_text text = {.document = document, .begin = begin, .end = end, .out = out};
    ng_extract_texts(shard, &text, 1, watch);
}
