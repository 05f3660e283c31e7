#include <stdlib.h>

#include "query/contam.h"
#include "query/probe.h"

/* A lane works on one entry at a time, on one of its texts after the other. */
struct lane {
    struct ng_contam_work *work; /* NULL: on none */
    size_t text;
    struct ng_plan plan;
    struct ng_plan_windows lengths[NG_MAX_CONTAM_LENGTHS];
};

/* The entries of a block, in one shard of one index. */
struct search {
    const struct ng_contam *contam;
    struct ng_contam_work *works;
    size_t count;
    size_t next; /* the first that no lane has taken */
    size_t index;
    const struct ng_shard *shard;
    struct lane lanes[NG_PROBE_LANES];
    struct ng_memo memo;
    struct ng_err *err;
    int status;
};

static void start_text(struct search *search, struct lane *lane) {
    struct ng_contam_text *text = &lane->work->texts[lane->text];
    const struct ng_contam *contam = search->contam;
    for (size_t l = 0; l < contam->length_count; l++) {
        uint8_t *verdicts = l == 0 ? ng_contam_verdicts(text, search->index) : text->verdicts[l];
        lane->lengths[l] = (struct ng_plan_windows){.windows = &text->windows[l], .verdicts = verdicts};
    }
    lane->plan.text = text->bytes;
    lane->plan.text_number = lane->text;
    lane->plan.shard = search->shard;
    lane->plan.memo = &search->memo;
    lane->plan.lengths = lane->lengths;
    lane->plan.length_count = contam->length_count;
    lane->plan.longest = &lane->work->longest;
    ng_plan_start(&lane->plan);
}

/* Moves a lane to the next text that is not blank; false where there is none. */
static bool next_text(struct search *search, struct lane *lane) {
    for (;;) {
        if (lane->work) lane->text++;
        while (!lane->work || lane->text == lane->work->entry->text_count) {
            if (search->next == search->count) return false;
            lane->work = &search->works[search->next++];
            lane->text = lane->work->skipped ? lane->work->entry->text_count : 0;
        }
        if (lane->work->texts[lane->text].begin_count == 0) continue;
        start_text(search, lane);
        return true;
    }
}

static bool next_probe(void *context, size_t number, struct ng_probe *probe) {
    struct search *search = context;
    struct lane *lane = &search->lanes[number];
    bool more = false;
    if (search->status) return false;
    if (lane->work) {
        search->status = ng_plan_next(&lane->plan, probe, &more, search->err);
    }
    while (!search->status && !more) {
        if (!next_text(search, lane)) return false;
        search->status = ng_plan_next(&lane->plan, probe, &more, search->err);
    }
    return !search->status;
}

static int search_shard(struct search *search, const struct ng_shard *shard, struct ng_contam_cost *cost) {
    search->next = 0;
    search->shard = shard;
    ng_memo_start(&search->memo);
    for (size_t i = 0; i < NG_PROBE_LANES; i++) search->lanes[i].work = NULL;
    ng_probe_run(shard, next_probe, search, &cost->stats.lf_steps);
    return search->status ? search->status : ng_shard_status(shard, search->err);
}

int ng_contam_search(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                     struct ng_contam_cost *cost, struct ng_err *err) {
    struct search *search = calloc(1, sizeof *search);
    if (!search) return ng_err_nomem(err, sizeof *search, "a search of many entries");
    *search = (struct search){.contam = contam, .works = works, .count = count, .err = err};
    /* Entries that are searched side by side do not wait for each other's outcomes. */
    int status = count > NG_PROBE_LANES ? ng_memo_init(&search->memo, err) : NG_OK;
    for (; search->index < contam->index_count && !status; search->index++) {
        const struct ng_index *index = contam->indexes[search->index];
        for (uint64_t s = 0; s < index->shard_count && !status; s++) {
            status = search_shard(search, &index->shards[s].shard, cost);
        }
    }
    for (size_t i = 0; i < NG_PROBE_LANES; i++) {
        cost->failed_bytes += search->lanes[i].plan.failed_bytes;
        cost->failed_probes += search->lanes[i].plan.failed_probes;
        ng_plan_free(&search->lanes[i].plan);
    }
    cost->stats.searches_recalled += search->memo.recalled;
    ng_memo_free(&search->memo);
    free(search);
    return status;
}
