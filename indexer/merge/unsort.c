#include "indexer/merge/unsort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/os/parallel.h"
#include "common/rank/table.h"
#include "common/shard/docs_format.h"
#include "common/shard/shard_format.h"
#include "indexer/bwt/run.h"
#include "indexer/pages/pages.h"

enum { LANES = 64, TURN_DOCUMENTS = 256 };

/* What the turns share. */
struct spelling {
    const struct ng_shard *shard;
    struct ng_block *block;
    struct ng_rank_table table; /* without its array where that does not fit memory */
    uint8_t *text;
    uint64_t first_sample;
    uint64_t *removed_rows; /* of the first removed documents, 0, 1, ... of them; owned. NULL: none is removed */
};

/* One document being spelled. */
struct lane {
    uint64_t document; /* of the block */
    uint64_t begin;    /* positions within the shard */
    uint64_t at;
    uint64_t shift;    /* from a position in the block to one in the shard */
    bool removed;
};

/* Puts the lane at the end of a document, where text holds its terminator. */
static bool start_lane(const struct spelling *s, uint64_t document, struct lane *lane, struct ng_rank_step *step) {
    const struct ng_shard *shard = s->shard;
    *lane = (struct lane){.document = document, .begin = ng_docs_start(&shard->docs, document),
                          .at = ng_docs_end(&shard->docs, document)};
    if (lane->begin > lane->at || lane->at >= shard->rows) return false;
    step->row = shard->first_terminator_row + document;
    if (s->removed_rows) {
        uint64_t before = ng_ef_rank(&shard->removed.documents, document, &lane->removed);
        lane->document -= before;
        lane->shift = s->removed_rows[before];
    }
    if (lane->removed) return true;
    if (lane->shift > lane->begin || lane->at - lane->shift >= s->block->rows) return false;
    s->text[lane->at - lane->shift] = NG_TERMINATOR;
    return true;
}

/* Whether a row of a removed document is among the rows that are left out. */
static bool is_left_out(const struct spelling *s, uint64_t row) {
    bool has;
    (void)ng_ef_rank(&s->shard->removed.rows, row, &has);
    return has;
}

/* The row of the block that a row of the shard becomes. */
static uint64_t row_of(const struct spelling *s, uint64_t row) {
    return s->removed_rows ? row - ng_ef_rank(&s->shard->removed.rows, row, NULL) : row;
}

/* Takes in what a step from row has found. *ended: the document is whole. False where the shard is damaged. */
static bool take_step(const struct spelling *s, struct lane *lane, uint64_t row, uint8_t symbol, bool *ended) {
    uint64_t position = s->block->first_position + lane->at - lane->shift;
    if (lane->removed) {
        if (!is_left_out(s, row)) return false;
    } else if (position % s->block->sa_sample == 0) {
        s->block->notes.samples[position / s->block->sa_sample - s->first_sample] = row_of(s, row);
    }
    *ended = symbol == NG_TERMINATOR;
    if (*ended) {
        if (!lane->removed) s->block->notes.starts[lane->document] = row_of(s, row);
        return lane->at == lane->begin;
    }
    if (lane->at == lane->begin) return false;
    lane->at--;
    if (!lane->removed) s->text[lane->at - lane->shift] = symbol;
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
    if (options->memory_bytes > s->shard->rows &&
        ng_rank_table_memory(s->shard->rows) <= options->memory_bytes - s->shard->rows) {
        ng_pages_drop(); /* that memory does not count them */
        status = ng_rank_table_open(&s->table, &s->shard->rank, options->threads, NULL, err);
    }
    if (!status) status = ng_parallel_run(options->threads, turns, spell_some, s, err);
    ng_rank_table_free(&s->table);
    return status;
}

/* Adds up what is left out. Distinct suffixes have distinct rows: as each row of a removed document is among those left
 * out, and there are as many, they are the same. */
static int sum_removed(struct spelling *s, struct ng_err *err) {
    const struct ng_removed *removed = &s->shard->removed;
    uint64_t count = removed->documents.count;
    if (!removed->container) return NG_OK;
    s->removed_rows = malloc((size_t)(count + 1) * sizeof *s->removed_rows);
    if (!s->removed_rows) return ng_err_nomem(err, (count + 1) * sizeof *s->removed_rows, "the removed documents");
    s->removed_rows[0] = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t document = ng_ef_get(&removed->documents, i);
        uint64_t start = document < s->shard->documents ? ng_docs_start(&s->shard->docs, document) : 1;
        uint64_t end = document < s->shard->documents ? ng_docs_end(&s->shard->docs, document) : 0;
        if (end < start) return ng_container_fail(removed->container, NG_REMOVED_DOCUMENTS_SECTION, "a document has no place", err);
        s->removed_rows[i + 1] = s->removed_rows[i] + end - start + 1;
    }
    if (s->removed_rows[count] != removed->rows.count || !ng_ef_check(&removed->documents, true) ||
        !ng_ef_check(&removed->rows, true)) {
        return ng_container_fail(removed->container, NG_REMOVED_ROWS_SECTION, "not the rows of its documents", err);
    }
    return NG_OK;
}

/* Takes the removed rows out of the BWT. */
static void leave_out(const struct spelling *s, uint8_t *bwt) {
    const struct ng_ef *rows = &s->shard->removed.rows;
    uint64_t kept = 0;
    uint64_t at = 0;
    for (uint64_t i = 0; i <= rows->count; i++) {
        uint64_t end = i < rows->count ? ng_ef_get(rows, i) : s->shard->rows;
        if (end < at || end > s->shard->rows) return; /* damage, which is recorded */
        memmove(bwt + kept, bwt + at, (size_t)(end - at));
        kept += end - at;
        at = end + 1;
    }
}

int ng_unsort_block(const struct ng_shard *shard, struct ng_block *block, const struct ng_unsort_options *options,
                    struct ng_err *err) {
    struct spelling s = {.shard = shard, .block = block};
    uint8_t *bwt = NULL;
    block->rows = shard->rows - shard->removed.rows.count;
    block->documents = shard->documents - shard->removed.documents.count;
    s.first_sample = ng_sort_sample_count(0, block->first_position, block->sa_sample);
    int status = sum_removed(&s, err);
    if (!status) {
        status = ng_sort_notes_init(&block->notes, block->first_position, block->rows, block->documents,
                                    block->sa_sample, err);
    }
    if (!status) status = ng_run_allocate(&s.text, block->rows, err);
    if (!status) status = spell(&s, options, err);
    if (!status) status = ng_run_allocate(&bwt, shard->rows, err);
    if (!status) status = ng_rank_table_decode(&shard->rank, bwt, options->threads, err);
    if (!status && s.removed_rows) leave_out(&s, bwt);
    if (!status) status = ng_grams_of_bwt(&block->notes.grams, bwt, block->rows, err);
    if (!status) status = ng_shard_status(shard, err);
    if (!status) status = ng_block_write(block, s.text, bwt, err);
    free(s.removed_rows);
    ng_pages_give(s.text, (size_t)block->rows);
    ng_pages_give(bwt, (size_t)shard->rows);
    return status;
}
