#include "common/rank/super.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/le.h"
#include "common/base/symbols.h"
#include "common/rank/cell.h"
#include "common/rank/split.h"

/* A leaf's wavelet matrix. */
struct matrix {
    uint16_t sizes[NG_SHAPE_MAX_BITS]; /* rows of each level */
    uint16_t headers[NG_LEAF_MAX_CELLS];
    uint8_t cells[NG_LEAF_MAX_CELLS * 64 + NG_CELL_OUT_BYTES];
    size_t cell_count;
    size_t cell_bytes;
};

/* What encoding a leaf works in. */
struct scratch {
    ng_rank_split *split;
    uint16_t path[2][NG_LEAF_ROWS + NG_SPLIT_SLACK]; /* the code words left of the leaf's rows, level by level */
    uint16_t ones[NG_LEAF_ROWS + NG_SPLIT_SLACK];
    uint64_t bits[NG_LEAF_ROWS / 64 + NG_CELL_WORDS];
    struct matrix matrix;
};

/* A leaf's code: a shape, and the symbols of its first words. */
struct code {
    struct ng_rank_order order;
    const struct ng_rank_shape *shape;
    uint8_t number; /* of the shape */
};

/* Makes the matrix of the words in work->path[0], which are used up. */
static void make_matrix(struct scratch *work, unsigned levels, size_t row_count, struct matrix *matrix) {
    size_t count = row_count;
    for (unsigned depth = 0; depth < levels; depth++) {
        matrix->sizes[depth] = (uint16_t)count;
        size_t words = (count + NG_CELL_BITS - 1) / NG_CELL_BITS * NG_CELL_WORDS;
        memset(work->bits, 0, words * sizeof *work->bits);
        size_t next_count = work->split(work->path[depth & 1], count, work->bits, work->path[~depth & 1], work->ones);
        for (size_t at = 0; at < count; at += NG_CELL_BITS) {
            unsigned bits = count - at < NG_CELL_BITS ? (unsigned)(count - at) : (unsigned)NG_CELL_BITS;
            uint16_t header = ng_rank_cell_encode(work->bits + at / 64, bits, matrix->cells + matrix->cell_bytes);
            matrix->headers[matrix->cell_count++] = header;
            matrix->cell_bytes += ng_cell_length_bytes(header);
        }
        count = next_count;
    }
}

/* How many rows of the leaf precede each symbol's own in the order at the depth where its word ends. */
static void leaf_starts(const struct code *code, const uint32_t in_leaf[256], uint32_t start[256]) {
    const uint8_t *symbol = code->order.symbol;
    unsigned symbols = code->order.symbols;
    uint32_t deeper = 0;
    for (unsigned i = 0; i < symbols; i++) deeper += in_leaf[symbol[i]];
    for (unsigned i = 0; i < symbols;) {
        unsigned length = code->shape->length[i];
        unsigned end = i;
        for (; end < symbols && code->shape->length[end] == length; end++) deeper -= in_leaf[symbol[end]];
        uint32_t at = deeper;
        for (; i < end; i++) {
            start[symbol[i]] = at;
            at += in_leaf[symbol[i]];
        }
    }
}

/* What a leaf holds of each symbol of the superblock: its number before the leaf, less where its rows start. */
static void pack_counts(const struct ng_rank_super *super, const uint32_t before[256], const uint32_t start[256],
                        uint8_t *counts) {
    for (unsigned i = 0; i < super->order.symbols; i++) {
        unsigned symbol = super->order.symbol[i];
        unsigned width = (unsigned)(super->offsets[i + 1] - super->offsets[i]);
        uint32_t value = (before[symbol] - start[symbol]) & ((UINT32_C(1) << width) - 1);
        ng_packed_put(counts, super->offsets[i], width, value);
    }
}

/* What a leaf begins with: its code. */
static int append_code(struct ng_rank_super *super, const struct code *code, size_t cells, struct ng_err *err) {
    uint8_t head[NG_LEAF_ORDER_AT + 256];
    uint8_t place_of[256] = {0};
    for (unsigned i = 0; i < super->order.symbols; i++) place_of[super->order.symbol[i]] = (uint8_t)i;
    head[NG_LEAF_SYMBOLS_AT] = (uint8_t)(code->order.symbols - 1);
    head[NG_LEAF_SHAPE_AT] = code->number;
    head[NG_LEAF_CELLS_AT] = (uint8_t)cells;
    for (unsigned i = 0; i < code->order.symbols; i++) head[NG_LEAF_ORDER_AT + i] = place_of[code->order.symbol[i]];
    return ng_buf_append(&super->data, head, NG_LEAF_ORDER_AT + code->order.symbols, err);
}

/* Sizes of levels and headers of cells. */
static int append_levels(struct ng_rank_super *super, unsigned levels, const struct matrix *matrix, struct ng_err *err) {
    int status = NG_OK;
    for (unsigned depth = 1; depth < levels && !status; depth++) {
        status = ng_buf_append_u16(&super->data, matrix->sizes[depth], err);
    }
    for (size_t i = 0; i < matrix->cell_count && !status; i++) {
        status = ng_buf_append_u16(&super->data, matrix->headers[i], err);
    }
    return status;
}

/* Appends one leaf; before counts the symbols of the superblock that precede it, and is moved past it. */
static int append_leaf(struct ng_rank_super *super, struct scratch *work, const uint8_t *rows, size_t row_count,
                       const uint32_t in_leaf[256], uint32_t before[256], struct ng_err *err) {
    static const uint8_t fill[NG_LEAF_UNIT];
    uint8_t counts[256 * NG_COUNT_MAX_BITS / 8 + sizeof(uint64_t)] = {0}; /* ng_packed_put touches eight bytes */
    size_t counts_bytes = (size_t)(super->offsets[super->order.symbols] + 7) / 8;
    uint32_t start[256] = {0};
    uint16_t word_of[256] = {0};
    struct code code;
    struct matrix *matrix = &work->matrix;
    ng_rank_order_make(&code.order, in_leaf);
    code.number = (uint8_t)ng_rank_shape_fit(&code.order, in_leaf);
    code.shape = &ng_rank_shapes()[code.number];
    matrix->cell_count = matrix->cell_bytes = 0;
    if (code.shape->depth > 0) {
        leaf_starts(&code, in_leaf, start);
        for (unsigned i = 0; i < code.order.symbols; i++) word_of[code.order.symbol[i]] = code.shape->word[i];
        for (size_t i = 0; i < row_count; i++) work->path[0][i] = word_of[rows[i]];
        make_matrix(work, code.shape->depth, row_count, matrix);
    }
    pack_counts(super, before, start, counts);
    int status = append_code(super, &code, matrix->cell_count, err);
    if (!status) status = append_levels(super, code.shape->depth, matrix, err);
    if (!status) status = ng_buf_append(&super->data, counts, counts_bytes, err);
    if (!status) status = ng_buf_append(&super->data, matrix->cells, matrix->cell_bytes, err);
    for (unsigned s = 0; s < 256; s++) before[s] += in_leaf[s];
    size_t over = super->data.length % NG_LEAF_UNIT;
    return status || over == 0 ? status : ng_buf_append(&super->data, fill, NG_LEAF_UNIT - over, err);
}

/* Appends the leaves to super->data and notes their ends in the superblock's head. */
static int append_leaves(struct ng_rank_super *super, const uint8_t *rows, size_t count,
                         uint32_t in_leaf[NG_SUPER_LEAVES][256], struct ng_err *err) {
    struct scratch work = {.split = ng_rank_choose_split()};
    uint32_t before[256] = {0};
    super->data.length = 0;
    for (size_t leaf = 0; leaf < NG_SUPER_LEAVES; leaf++) {
        size_t at = leaf * NG_LEAF_ROWS;
        if (at < count) {
            size_t part = count - at < NG_LEAF_ROWS ? count - at : NG_LEAF_ROWS;
            int status = append_leaf(super, &work, rows + at, part, in_leaf[leaf], before, err);
            if (status) return status;
        }
        assert(super->data.length / NG_LEAF_UNIT <= UINT16_MAX); /* 16 leaves of the largest kind have 190 KB */
        ng_le_store16(super->head + NG_SUPER_ENDS_AT + 2 * leaf, (uint16_t)(super->data.length / NG_LEAF_UNIT));
    }
    return NG_OK;
}

int ng_rank_super_encode(struct ng_rank_super *super, const uint8_t *rows, size_t count, struct ng_err *err) {
    assert(count > 0 && count <= NG_SUPER_ROWS);
    uint32_t in_leaf[NG_SUPER_LEAVES][256];
    memset(super->counts, 0, sizeof super->counts);
    memset(super->head, 0, sizeof super->head);
    for (size_t leaf = 0; leaf * NG_LEAF_ROWS < count; leaf++) {
        size_t left = count - leaf * NG_LEAF_ROWS;
        ng_symbols_count(rows + leaf * NG_LEAF_ROWS, left < NG_LEAF_ROWS ? left : NG_LEAF_ROWS, in_leaf[leaf]);
        for (unsigned s = 0; s < 256; s++) super->counts[s] += in_leaf[leaf][s];
    }
    ng_rank_order_make(&super->order, super->counts);
    super->offsets[0] = 0;
    for (unsigned i = 0; i < super->order.symbols; i++) {
        unsigned width = ng_packed_width(super->counts[super->order.symbol[i]]);
        super->offsets[i + 1] = (uint16_t)(super->offsets[i] + width);
    }
    return append_leaves(super, rows, count, in_leaf, err);
}
