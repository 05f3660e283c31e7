#include "indexer/merge/unsort.h"

#include <stdlib.h>
#include <string.h>

#include "common/os/parallel.h"
#include "common/rank/table.h"
#include "common/shard/docs_format.h"
#include "common/shard/shard_format.h"
#include "indexer/bwt/run.h"

enum { LANES = 64, TURN_DOCUMENTS = 256 };

/* What the turns share. */
struct spelling {
    const struct ng_shard *shard;
    struct ng_block *block;
    struct ng_rank_table table; /* without its array where that does not fit memory */
    uint8_t *text;
    uint64_t first_sample;
};

/* One document being spelled. */
struct lane {
    uint64_t document;
    uint64_t begin; /* positions within the shard */
    uint64_t at;
};

/* Puts the lane at the end of a document, where text holds its terminator. */
static bool start_lane(const struct spelling *s, uint64_t document, struct lane *lane, struct ng_rank_step *step) {
    const struct ng_shard *shard = s->shard;
    lane->document = document;
    lane->begin = ng_docs_start(&shard->docs, document);
    lane->at = ng_docs_end(&shard->docs, document);
    if (lane->begin > lane->at || lane->at >= shard->rows) return false;
    s->text[lane->at] = NG_TERMINATOR;
    step->row = shard->first_terminator_row + document;
    return true;
}

/* Takes in what a step from row has found. *ended: the document is whole. False where the shard is damaged. */
static bool take_step(const struct spelling *s, struct lane *lane, uint64_t row, uint8_t symbol, bool *ended) {
    uint64_t position = s->block->first_position + lane->at;
    if (position % s->block->sa_sample == 0) {
        s->block->notes.samples[position / s->block->sa_sample - s->first_sample] = row;
    }
    *ended = symbol == NG_TERMINATOR;
    if (*ended) {
        s->block->notes.starts[lane->document] = row;
        return lane->at == lane->begin;
    }
    if (lane->at == lane->begin) return false;
    s->text[--lane->at] = symbol;
    return true;
}

static int spell_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct spelling *s = context;
    uint64_t next = turn * TURN_DOCUMENTS;
    uint64_t end = s->shard->documents - next < TURN_DOCUMENTS ? s->shard->documents : next + TURN_DOCUMENTS;
    struct lane lanes[LANES];
    struct ng_rank_step steps[LANES];
    uint64_t rows[LANES];
    size_t active = 0;
    for (;;) {
        while (active < LANES && next < end) {
            if (!start_lane(s, next++, &lanes[active], &steps[active])) {
                return ng_container_fail(s->shard->container, NG_DOCS_SECTION, "a document has no place", err);
            }
            active++;
        }
        if (active == 0) return NG_OK;
        for (size_t i = 0; i < active; i++) rows[i] = steps[i].row;
        if (s->table.next) ng_rank_table_step(&s->table, steps, active);
        else ng_rank_lf_batch(&s->shard->rank, steps, active);
        for (size_t i = active; i-- > 0;) {
            bool ended;
            if (!take_step(s, &lanes[i], rows[i], steps[i].symbol, &ended)) {
                return ng_container_fail(s->shard->container, NG_DOCS_SECTION, "a document has another length", err);
            }
            if (!ended) continue;
            active--;
            lanes[i] = lanes[active];
            steps[i] = steps[active];
        }
    }
}

/* Text and notes. */
static int spell(struct spelling *s, const struct ng_unsort_options *options, struct ng_err *err) {
    uint64_t turns = (s->shard->documents + TURN_DOCUMENTS - 1) / TURN_DOCUMENTS;
    int status = NG_OK;
    if (options->memory_bytes > s->block->rows &&
        ng_rank_table_memory(s->block->rows) <= options->memory_bytes - s->block->rows) {
        status = ng_rank_table_open(&s->table, &s->shard->rank, options->threads, NULL, err);
    }
    if (!status) status = ng_parallel_run(options->threads, turns, spell_some, s, err);
    ng_rank_table_free(&s->table);
    return status;
}

int ng_unsort_block(const struct ng_shard *shard, struct ng_block *block, const struct ng_unsort_options *options,
                    struct ng_err *err) {
    struct spelling s = {.shard = shard, .block = block};
    uint8_t *bwt = NULL;
    block->rows = shard->rows;
    block->documents = shard->documents;
    s.first_sample = ng_sort_sample_count(0, block->first_position, block->sa_sample);
    int status = ng_sort_notes_init(&block->notes, block->first_position, block->rows, block->documents,
                                    block->sa_sample, err);
    if (!status) status = ng_run_allocate(&s.text, block->rows, err);
    if (!status) status = spell(&s, options, err);
    if (!status) status = ng_run_allocate(&bwt, block->rows, err);
    if (!status) status = ng_rank_table_decode(&shard->rank, bwt, options->threads, err);
    if (!status) status = ng_grams_of_bwt(&block->notes.grams, bwt, block->rows, err);
    if (!status) status = ng_container_status(shard->container, err);
    if (!status) status = ng_block_write(block, s.text, bwt, err);
    free(s.text);
    free(bwt);
    return status;
}
