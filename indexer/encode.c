#include "indexer/encode.h"

#include <assert.h>
#include <stdlib.h>

#include "common/ef.h"
#include "common/packed.h"
#include "common/rank.h"
#include "common/shard_format.h"

/* Packed numbers that are set in any order. */
struct packed {
    uint8_t *bytes;
    size_t length;
    unsigned width;
};

struct ng_encoder {
    struct ng_container_writer *container;
    struct ng_encoder_options options;
    struct ng_rank_builder *rank;
    struct ng_ef_builder marks;
    struct packed samples;
    struct packed doc_order;
    uint64_t row;
    uint64_t sampled;
    uint64_t started; /* documents whose first suffix was met */
};

/* How many of the positions [0, rows) are sampled. */
static uint64_t sample_count(uint64_t rows, uint64_t distance) {
    return (rows - 1) / distance + 1;
}

static int packed_init(struct packed *packed, uint64_t count, uint64_t largest, const char *what, struct ng_err *err) {
    packed->width = ng_packed_width(largest);
    packed->length = (size_t)((count * packed->width + 7) / 8);
    packed->bytes = calloc(packed->length + sizeof(uint64_t), 1); /* ng_packed_put touches eight bytes */
    return packed->bytes ? NG_OK : ng_err_nomem(err, packed->length, what);
}

static void packed_set(struct packed *packed, uint64_t index, uint64_t value) {
    ng_packed_put(packed->bytes, index * packed->width, packed->width, value);
}

int ng_encoder_open(struct ng_encoder **encoder, struct ng_container_writer *container,
                    const struct ng_encoder_options *options, struct ng_err *err) {
    assert(options->rows >= options->documents && options->documents > 0);
    struct ng_encoder *e = calloc(1, sizeof *e);
    if (!e) return ng_err_nomem(err, sizeof *e, "an encoder");
    e->container = container;
    e->options = *options;
    uint64_t last = options->rows - 1;
    uint64_t samples = sample_count(options->rows, options->sa_sample);
    int status = ng_ef_builder_init(&e->marks, samples, options->rows, err);
    if (!status) status = packed_init(&e->samples, samples, last / options->sa_sample, "SA samples", err);
    if (!status) {
        status = packed_init(&e->doc_order, options->documents, options->documents - 1, "the documents' order", err);
    }
    if (!status) status = ng_rank_builder_open(&e->rank, container, err);
    if (status) {
        ng_encoder_close(e);
        return status;
    }
    *encoder = e;
    return NG_OK;
}

int ng_encoder_push(struct ng_encoder *e, const struct ng_sort_row *rows, size_t count, struct ng_err *err) {
    enum { PIECE = 4096 };
    uint8_t symbols[PIECE];
    const uint64_t sa_sample = e->options.sa_sample;
    for (size_t at = 0; at < count; at += PIECE) {
        size_t piece = count - at < PIECE ? count - at : PIECE;
        for (size_t i = 0; i < piece; i++) {
            const struct ng_sort_row *row = &rows[at + i];
            symbols[i] = row->symbol;
            if (row->symbol == NG_TERMINATOR) packed_set(&e->doc_order, e->started++, row->document);
            if (row->position % sa_sample == 0) {
                ng_ef_builder_push(&e->marks, e->row + i);
                packed_set(&e->samples, e->sampled++, row->position / sa_sample);
            }
        }
        e->row += piece;
        int status = ng_rank_builder_push(e->rank, symbols, piece, err);
        if (status) return status;
    }
    return NG_OK;
}

static int write_head(struct ng_encoder *e, struct ng_err *err) {
    uint8_t head[NG_HEAD_BYTES];
    ng_le_store64(head + NG_HEAD_ROWS_AT, e->options.rows);
    ng_le_store64(head + NG_HEAD_DOCUMENTS_AT, e->options.documents);
    ng_le_store64(head + NG_HEAD_SA_SAMPLE_AT, e->options.sa_sample);
    return ng_container_write_section(e->container, NG_HEAD_SECTION, head, sizeof head, err);
}

static int write_packed(struct ng_encoder *e, const char *name, const struct packed *packed, struct ng_err *err) {
    return ng_container_write_section(e->container, name, packed->bytes, packed->length, err);
}

/* Short cuts: on each cycle of the permutation that SAMP is, one element in NG_SHORT_CUT_STEPS points back to the
 * one so many steps before it. J. I. Munro et al., "Succinct representations of permutations and functions", 2012. */
static int find_short_cuts(struct ng_encoder *e, struct packed *target, uint8_t *has, uint64_t *count,
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
static int append_short_cuts(const struct ng_encoder *e, const struct packed *target, const uint8_t *has,
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

static int write_inverse(struct ng_encoder *e, struct ng_err *err) {
    struct packed target = {0};
    struct ng_buf section = {0};
    uint64_t count = 0;
    uint8_t *has = calloc((size_t)(e->sampled / 8 + 1), 1);
    if (!has) return ng_err_nomem(err, e->sampled / 8, "short cuts");
    int status = packed_init(&target, e->sampled, e->sampled - 1, "short cuts", err);
    if (!status) status = find_short_cuts(e, &target, has, &count, err);
    if (!status) status = append_short_cuts(e, &target, has, count, &section, err);
    if (!status) status = ng_container_write_section(e->container, NG_INVERSE_SECTION, section.data, section.length, err);
    free(has);
    free(target.bytes);
    ng_buf_free(&section);
    return status;
}

int ng_encoder_finish(struct ng_encoder *e, struct ng_err *err) {
    assert(e->row == e->options.rows && e->started == e->options.documents);
    struct ng_buf marks = {0};
    int status = ng_rank_builder_finish(e->rank, err);
    if (!status) status = ng_ef_builder_finish(&e->marks, &marks, err);
    if (!status) status = ng_container_write_section(e->container, NG_MARK_SECTION, marks.data, marks.length, err);
    if (!status) status = write_packed(e, NG_SAMPLE_SECTION, &e->samples, err);
    if (!status) status = write_inverse(e, err);
    if (!status) status = write_packed(e, NG_DOC_ORDER_SECTION, &e->doc_order, err);
    if (!status) status = write_head(e, err);
    ng_buf_free(&marks);
    return status;
}

void ng_encoder_close(struct ng_encoder *e) {
    if (!e) return;
    ng_rank_builder_close(e->rank);
    ng_ef_builder_free(&e->marks);
    free(e->samples.bytes);
    free(e->doc_order.bytes);
    free(e);
}
