#include "indexer/plan/measure_merge.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/os/parallel.h"
#include "common/rank/super.h"
#include "common/shard/shard_format.h"
#include "indexer/bwt/dense.h"
#include "indexer/merge/interleave.h"
#include "indexer/pages/pages.h"
#include "indexer/sort/sort.h"

/* What the SA sample of a position takes: MARK, SAMP, SINV. */
static const double SAMPLE_BYTES = 5;

/* A half of the text. */
struct half {
    const uint8_t *text;
    uint64_t rows;
    uint64_t documents;
    uint8_t *bwt; /* owned */
};

/* A merge under way; all that is not a half is zero before, and owned. */
struct merging {
    struct half halves[2]; /* the second is walked over the first */
    unsigned threads;
    uint64_t memory_bytes;
    uint64_t sa_sample;
    uint64_t *samples;
    uint64_t *starts;
    uint64_t *ends;
    uint8_t *merged;
};

static uint64_t count_documents(const uint8_t *text, uint64_t rows) {
    uint64_t documents = 0;
    for (uint64_t i = 0; i < rows; i++) documents += text[i] == NG_TERMINATOR;
    return documents;
}

static int sort_half(void *context, uint64_t turn, struct ng_err *err) {
    struct merging *m = context;
    struct half *half = &m->halves[turn];
    struct ng_sort_notes notes;
    const struct ng_sort_options options = {.documents = half->documents, .sa_sample = m->sa_sample};
    half->bwt = malloc((size_t)half->rows);
    if (!half->bwt) return ng_err_nomem(err, half->rows, "a sample of the corpus");
    memcpy(half->bwt, half->text, (size_t)half->rows);
    int status = ng_sort(half->bwt, half->rows, &options, &notes, err);
    if (!status) ng_sort_notes_free(&notes);
    return status;
}

static int find_ends(struct merging *m, struct ng_err *err) {
    const struct half *half = &m->halves[1];
    m->samples = calloc((size_t)(half->rows / m->sa_sample) + 1, sizeof *m->samples);
    m->starts = calloc((size_t)half->documents, sizeof *m->starts);
    m->ends = malloc((size_t)half->documents * sizeof *m->ends);
    if (!m->samples || !m->starts || !m->ends) return ng_err_nomem(err, half->rows, "a sample of the corpus");
    uint64_t *end = m->ends;
    for (uint64_t i = 0; i < half->rows; i++) {
        if (half->text[i] == NG_TERMINATOR) *end++ = i;
    }
    return NG_OK;
}

static int merge(struct merging *m, struct ng_speed *speed, struct ng_err *err) {
    const struct half *walker = &m->halves[1];
    const struct ng_run base = {.rows = m->halves[0].rows, .bytes = m->halves[0].bwt, .file = {.fd = -1}};
    const struct ng_run other = {.rows = walker->rows, .bytes = walker->bwt, .file = {.fd = -1}};
    const struct ng_chain_text text = {.text = walker->text, .length = walker->rows, .sa_sample = m->sa_sample,
                                       .samples = m->samples, .ends = m->ends, .starts = m->starts,
                                       .documents = walker->documents};
    struct ng_dense dense;
    double times[4] = {ng_clock_process_seconds()};
    int status = ng_dense_open(&dense, &base, m->memory_bytes, m->threads, err);
    if (status) return status;
    times[1] = ng_clock_process_seconds();
    status = ng_dense_walk(&dense, &text, base.rows, m->threads, err);
    times[2] = ng_clock_process_seconds();
    if (!status) status = ng_gaps_sum(&dense.gaps, m->threads, err);
    if (!status) status = ng_run_allocate(&m->merged, base.rows + other.rows, err);
    const struct ng_interleave_out out = {.bytes = m->merged, .fd = -1};
    if (!status) status = ng_interleave(&base, &dense.gaps, &other, &out, m->threads, err);
    times[3] = ng_clock_process_seconds();
    ng_dense_free(&dense);
    if (status) return status;
    speed->fill_ns = (times[1] - times[0]) * 1e9 / (double)base.rows;
    speed->walk_ns = (times[2] - times[1]) * 1e9 / (double)other.rows;
    speed->move_ns = (times[3] - times[2]) * 1e9 / (double)(base.rows + other.rows);
    speed->base_rows = base.rows;
    return NG_OK;
}

/* A BWT being encoded. */
struct encoding {
    const uint8_t *bwt;
    _Atomic uint64_t bytes;
};

static int encode_some(void *context, uint64_t turn, struct ng_err *err) {
    struct encoding *e = context;
    struct ng_rank_super *super = calloc(1, sizeof *super);
    if (!super) return ng_err_nomem(err, sizeof *super, "superblocks");
    int status = ng_rank_super_encode(super, e->bwt + turn * NG_SUPER_ROWS, NG_SUPER_ROWS, err);
    e->bytes += super->data.length + ng_super_bytes(super->order.symbols, NG_PLACE_BYTES);
    ng_buf_free(&super->data);
    free(super);
    return status;
}

/* Encodes whole superblocks; gives the size of the result as a share of theirs. */
static int encode(const uint8_t *bwt, uint64_t rows, unsigned threads, double *share, struct ng_err *err) {
    struct encoding e = {.bwt = bwt};
    uint64_t supers = rows / NG_SUPER_ROWS;
    int status = ng_parallel_run(threads, supers, encode_some, &e, err);
    *share = (double)e.bytes / (double)(supers * NG_SUPER_ROWS);
    return status;
}

/* What encoding the merged text takes and gives; and the halves alone, which tell what a doubling gains. */
static int encode_both(const struct merging *m, uint64_t rows, struct ng_speed *speed, struct ng_err *err) {
    double apart = 0;
    if (m->halves[0].rows < NG_SUPER_ROWS || m->halves[1].rows < NG_SUPER_ROWS) return NG_OK;
    double begun = ng_clock_process_seconds();
    int status = encode(m->merged, rows, m->threads, &speed->rank_share, err);
    speed->encode_ns = (ng_clock_process_seconds() - begun) * 1e9 / (double)rows;
    for (unsigned i = 0; i < 2 && !status; i++) {
        double share;
        status = encode(m->halves[i].bwt, m->halves[i].rows, m->threads, &share, err);
        apart += share * (double)m->halves[i].rows / (double)rows;
    }
    if (status) return status;
    speed->rank_gain = apart > speed->rank_share ? apart - speed->rank_share : 0;
    speed->rank_rows = rows;
    speed->sample_share = SAMPLE_BYTES / (double)m->sa_sample;
    return NG_OK;
}

int ng_measure_merge(const uint8_t *text, uint64_t rows, const struct ng_plan *plan, uint64_t sa_sample,
                     struct ng_speed *speed, struct ng_err *err) {
    const uint8_t *end = memchr(text + rows / 2, NG_TERMINATOR, (size_t)(rows - rows / 2));
    const uint64_t cut = end ? (uint64_t)(end - text) + 1 : rows;
    if (cut == rows) return NG_OK;
    struct merging m = {.halves = {{.text = text, .rows = cut, .documents = count_documents(text, cut)},
                                   {.text = text + cut, .rows = rows - cut,
                                    .documents = count_documents(text + cut, rows - cut)}},
                        .threads = plan->threads, .memory_bytes = plan->merge_memory_bytes, .sa_sample = sa_sample};
    int status = ng_parallel_run(plan->sorters, 2, sort_half, &m, err);
    if (!status) status = find_ends(&m, err);
    if (!status) status = merge(&m, speed, err);
    if (!status) status = encode_both(&m, rows, speed, err);
    for (unsigned i = 0; i < 2; i++) free(m.halves[i].bwt);
    free(m.samples);
    free(m.starts);
    free(m.ends);
    ng_pages_give(m.merged, (size_t)rows);
    return status;
}
