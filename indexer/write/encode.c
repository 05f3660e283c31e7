#include "indexer/write/encode.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/base/le.h"
#include "common/rank/ef.h"
#include "common/rank/rank.h"
#include "common/shard/shard_format.h"

/* Packed numbers that are set in any order. */
struct packed {
    uint8_t *bytes;
    size_t length;
    unsigned width;
};

/* A set of rows that tells the number of each among them. */
struct row_set {
    uint64_t *bits;
    uint64_t *before; /* rows of the set before each word of bits */
    uint64_t words;
};

struct encoder {
    struct ng_container_writer *container;
    const struct ng_encode_input *input;
    uint64_t rows;
    uint64_t documents;
    uint64_t sampled;       /* positions */
    struct packed samples;  /* their numbers, in row order */

    /* Sections that are made while the rank structure is. */
    struct ng_buf marks;
    struct ng_buf inverse;
    struct packed order;
    int made_status;
    struct ng_err made_err;
};

static int packed_init(struct packed *packed, uint64_t count, uint64_t largest, const char *what, struct ng_err *err) {
    packed->width = ng_packed_width(largest);
    packed->length = (size_t)((count * packed->width + 7) / 8);
    packed->bytes = calloc(packed->length + sizeof(uint64_t), 1); /* ng_packed_put touches eight bytes */
    return packed->bytes ? NG_OK : ng_err_nomem(err, packed->length, what);
}

static void packed_set(struct packed *packed, uint64_t index, uint64_t value) {
    ng_packed_put(packed->bytes, index * packed->width, packed->width, value);
}

/* The set of count rows, all below bound and none twice. */
static int row_set_init(struct row_set *set, const uint64_t *rows, uint64_t count, uint64_t bound, struct ng_err *err) {
    set->words = bound / 64 + 1;
    set->bits = calloc((size_t)set->words, sizeof *set->bits);
    set->before = malloc((size_t)set->words * sizeof *set->before);
    if (!set->bits || !set->before) return ng_err_nomem(err, 2 * set->words * sizeof *set->bits, "a set of rows");
    for (uint64_t i = 0; i < count; i++) set->bits[rows[i] / 64] |= UINT64_C(1) << rows[i] % 64;
    uint64_t before = 0;
    for (uint64_t w = 0; w < set->words; w++) {
        set->before[w] = before;
        before += (uint64_t)__builtin_popcountll(set->bits[w]);
    }
    assert(before == count);
    return NG_OK;
}

static uint64_t row_set_number(const struct row_set *set, uint64_t row) {
    uint64_t below = set->bits[row / 64] & ((UINT64_C(1) << row % 64) - 1);
    return set->before[row / 64] + (uint64_t)__builtin_popcountll(below);
}

static void row_set_free(struct row_set *set) {
    free(set->bits);
    free(set->before);
}

static int write_rank(struct encoder *e, struct ng_err *err) {
    enum { PIECE = 1 << 16 };
    const struct ng_run *bwt = e->input->bwt;
    struct ng_rank_builder *rank = NULL;
    uint8_t symbols[PIECE];
    int status = ng_rank_builder_open(&rank, e->container, e->input->threads, err);
    for (uint64_t row = 0; row < e->rows && !status;) {
        size_t part = e->rows - row < PIECE ? (size_t)(e->rows - row) : PIECE;
        const uint8_t *rows = bwt->bytes ? bwt->bytes + row : symbols;
        if (!bwt->bytes) status = ng_run_read(bwt, row, symbols, part, err);
        if (!status) status = ng_rank_builder_push(rank, rows, part, err);
        row += part;
        if (e->input->progress) e->input->progress(e->input->progress_context, row, e->rows);
    }
    if (!status) status = ng_rank_builder_finish(rank, err);
    ng_rank_builder_close(rank);
    return status;
}

static int write_head(struct encoder *e, struct ng_err *err) {
    uint8_t head[NG_HEAD_BYTES];
    ng_le_store64(head + NG_HEAD_ROWS_AT, e->rows);
    ng_le_store64(head + NG_HEAD_DOCUMENTS_AT, e->documents);
    ng_le_store64(head + NG_HEAD_SA_SAMPLE_AT, e->input->sa_sample);
    return ng_container_write_section(e->container, NG_HEAD_SECTION, head, sizeof head, err);
}

static int write_packed(struct encoder *e, const char *name, const struct packed *packed, struct ng_err *err) {
    return ng_container_write_section(e->container, name, packed->bytes, packed->length, err);
}

static int make_marks(struct encoder *e, const struct row_set *set, struct ng_err *err) {
    struct ng_ef_builder marks;
    int status = ng_ef_builder_init(&marks, e->sampled, e->rows, err);
    if (status) return status;
    for (uint64_t w = 0; w < set->words; w++) {
        for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1) {
            ng_ef_builder_push(&marks, w * 64 + (uint64_t)__builtin_ctzll(bits));
        }
    }
    status = ng_ef_builder_finish(&marks, &e->marks, err);
    ng_ef_builder_free(&marks);
    return status;
}

/* MARK and SAMP. */
static int make_samples(struct encoder *e, struct ng_err *err) {
    struct row_set set = {0};
    int status = row_set_init(&set, e->input->samples, e->sampled, e->rows, err);
    if (!status) status = packed_init(&e->samples, e->sampled, e->sampled - 1, "SA samples", err);
    for (uint64_t i = 0; i < e->sampled && !status; i++) {
        packed_set(&e->samples, row_set_number(&set, e->input->samples[i]), i);
    }
    if (!status) status = make_marks(e, &set, err);
    row_set_free(&set);
    return status;
}

static int make_doc_order(struct encoder *e, struct ng_err *err) {
    struct row_set set = {0};
    int status = row_set_init(&set, e->input->starts, e->documents, e->rows, err);
    if (!status) status = packed_init(&e->order, e->documents, e->documents - 1, "the documents' order", err);
    for (uint64_t d = 0; d < e->documents && !status; d++) {
        packed_set(&e->order, row_set_number(&set, e->input->starts[d]), d);
    }
    row_set_free(&set);
    return status;
}

/* Short cuts: on each cycle of the permutation that SAMP is, one element in NG_SHORT_CUT_STEPS points back to the
 * one so many steps before it. J. I. Munro et al., "Succinct representations of permutations and functions", 2012. */
static int find_short_cuts(struct encoder *e, struct packed *target, uint8_t *has, uint64_t *count,
                           struct ng_err *err) {
    uint64_t *seen = calloc((size_t)(e->sampled / 64 + 1), sizeof *seen);
    if (!seen) return ng_err_nomem(err, e->sampled / 8, "the cycles of the samples");
    for (uint64_t first = 0; first < e->sampled; first++) {
        if (seen[first / 64] >> (first % 64) & 1) continue;
        uint64_t anchor = first; /* the element that the next short cut leads back to */
        uint64_t steps = 0;
        uint64_t at = first;
        do {
            seen[at / 64] |= UINT64_C(1) << (at % 64);
            at = ng_packed_get(e->samples.bytes, at * e->samples.width, e->samples.width);
            bool due = ++steps % NG_SHORT_CUT_STEPS == 0 || at == first;
            if (due && steps > (at == first ? NG_SHORT_CUT_STEPS : 0)) {
                packed_set(target, at, anchor);
                has[at / 8] = (uint8_t)(has[at / 8] | 1u << at % 8);
                anchor = at;
                ++*count;
            }
        } while (at != first);
    }
    free(seen);
    return NG_OK;
}

/* The short cuts of those elements that have one, in element order. */
static int append_short_cuts(const struct encoder *e, const struct packed *target, const uint8_t *has,
                             uint64_t count, struct ng_buf *out, struct ng_err *err) {
    struct ng_ef_builder elements;
    struct packed dense = {0};
    int status = ng_ef_builder_init(&elements, count, e->sampled, err);
    if (!status) status = packed_init(&dense, count, e->sampled - 1, "short cuts", err);
    uint64_t next = 0;
    for (uint64_t i = 0; i < e->sampled && !status; i++) {
        if (!(has[i / 8] >> (i % 8) & 1)) continue;
        ng_ef_builder_push(&elements, i);
        packed_set(&dense, next++, ng_packed_get(target->bytes, i * target->width, target->width));
    }
    if (!status) status = ng_ef_builder_finish(&elements, out, err);
    if (!status) status = ng_buf_append(out, dense.bytes, dense.length, err);
    ng_ef_builder_free(&elements);
    free(dense.bytes);
    return status;
}

static int make_inverse(struct encoder *e, struct ng_err *err) {
    struct packed target = {0};
    uint64_t count = 0;
    uint8_t *has = calloc((size_t)(e->sampled / 8 + 1), 1);
    if (!has) return ng_err_nomem(err, e->sampled / 8, "short cuts");
    int status = packed_init(&target, e->sampled, e->sampled - 1, "short cuts", err);
    if (!status) status = find_short_cuts(e, &target, has, &count, err);
    if (!status) status = append_short_cuts(e, &target, has, count, &e->inverse, err);
    free(has);
    free(target.bytes);
    return status;
}

/* What depends on samples and starts alone: made by a thread of its own, which is done long before the others. */
static void *make_sections(void *context) {
    struct encoder *e = context;
    int status = make_samples(e, &e->made_err);
    if (!status) status = make_inverse(e, &e->made_err);
    if (!status) status = make_doc_order(e, &e->made_err);
    e->made_status = status;
    return NULL;
}

static int write_sections(struct encoder *e, struct ng_err *err) {
    int status = ng_container_write_section(e->container, NG_MARK_SECTION, e->marks.data, e->marks.length, err);
    if (!status) status = write_packed(e, NG_SAMPLE_SECTION, &e->samples, err);
    if (!status) {
        status = ng_container_write_section(e->container, NG_INVERSE_SECTION, e->inverse.data, e->inverse.length, err);
    }
    if (!status) status = write_packed(e, NG_DOC_ORDER_SECTION, &e->order, err);
    return status ? status : write_head(e, err);
}

int ng_encode_write(struct ng_container_writer *container, const struct ng_encode_input *input, struct ng_err *err) {
    struct encoder e = {.container = container, .input = input, .rows = input->bwt->rows,
                        .documents = input->bwt->documents};
    pthread_t maker;
    e.sampled = (e.rows - 1) / input->sa_sample + 1;
    bool beside = input->threads > 1 && pthread_create(&maker, NULL, make_sections, &e) == 0;
    int status = write_rank(&e, err);
    if (beside) (void)pthread_join(maker, NULL);
    else if (!status) (void)make_sections(&e);
    if (!status && e.made_status) {
        status = e.made_status;
        if (err) *err = e.made_err;
    }
    if (!status) status = write_sections(&e, err);
    free(e.samples.bytes);
    free(e.order.bytes);
    ng_buf_free(&e.marks);
    ng_buf_free(&e.inverse);
    return status;
}

uint64_t ng_encode_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample) {
    /* A set of rows; samples packed, their marks, short cuts and those once more dense; the rank structure's directory. */
    return rows / 4 + rows / sa_sample * 24 + documents * 8 + rows / 64;
}
