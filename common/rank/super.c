#include "common/rank/super.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/le.h"
#include "common/base/symbols.h"
#include "common/rank/cell.h"
#include "common/rank/split.h"

/* What encoding a leaf works in. */
struct scratch {
    ng_rank_split *split;
    uint16_t path[2][NG_LEAF_ROWS + NG_SPLIT_SLACK]; /* the code words left of the leaf's rows, level by level */
    uint16_t ones[NG_LEAF_ROWS + NG_SPLIT_SLACK];
    uint64_t bits[NG_LEAF_ROWS / 64 + NG_CELL_WORDS];
};

/* A leaf's wavelet matrix. */
struct matrix {
    uint16_t sizes[NG_MAX_CODE_BITS]; /* rows of each level */
    uint16_t headers[NG_LEAF_MAX_CELLS];
    uint8_t cells[NG_LEAF_MAX_CELLS * 64 + NG_CELL_OUT_BYTES];
    size_t cell_count;
    size_t cell_bytes;
};

/* Makes the matrix of the words in work->path[0], which are used up. */
static void make_matrix(struct scratch *work, const struct ng_rank_code *code, size_t row_count, struct matrix *matrix) {
    size_t count = row_count;
    memset(matrix->sizes, 0, sizeof matrix->sizes);
    memset(matrix->headers, 0, sizeof matrix->headers);
    matrix->cell_count = 0;
    matrix->cell_bytes = 0;
    for (unsigned depth = 0; depth < code->depth; depth++) {
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
static void leaf_starts(const struct ng_rank_code *code, const uint32_t in_leaf[256], uint32_t start[256]) {
    uint32_t deeper = 0;
    for (unsigned i = 0; i < code->symbols; i++) deeper += in_leaf[code->symbol[i]];
    for (unsigned i = 0; i < code->symbols;) {
        unsigned length = code->length[i];
        unsigned end = i;
        for (; end < code->symbols && code->length[end] == length; end++) deeper -= in_leaf[code->symbol[end]];
        uint32_t at = deeper;
        for (; i < end; i++) {
            start[i] = at;
            at += in_leaf[code->symbol[i]];
        }
    }
}

/* What a leaf holds of each symbol: its number between superblock and leaf, less where its rows start. */
static void pack_counts(const struct ng_rank_code *code, const uint16_t offsets[257], const uint32_t before[256],
                        const uint32_t start[256], uint8_t *counts) {
    for (unsigned i = 0; i < code->symbols; i++) {
        unsigned width = (unsigned)(offsets[i + 1] - offsets[i]);
        uint32_t value = (before[code->symbol[i]] - start[i]) & ((UINT32_C(1) << width) - 1);
        ng_packed_put(counts, offsets[i], width, value);
    }
}

static int append_matrix_leaf(struct ng_rank_super *super, const struct matrix *matrix, const uint8_t *counts,
                              size_t counts_bytes, struct ng_err *err) {
    uint8_t cell_count = (uint8_t)matrix->cell_count;
    int status = ng_buf_append(&super->data, &cell_count, 1, err);
    for (unsigned depth = 1; depth < super->code.depth && !status; depth++) {
        status = ng_buf_append_u16(&super->data, matrix->sizes[depth], err);
    }
    for (size_t i = 0; i < matrix->cell_count && !status; i++) {
        status = ng_buf_append_u16(&super->data, matrix->headers[i], err);
    }
    if (!status) status = ng_buf_append(&super->data, counts, counts_bytes, err);
    if (!status) status = ng_buf_append(&super->data, matrix->cells, matrix->cell_bytes, err);
    return status;
}

/* Appends one leaf; before counts the symbols of the superblock that precede it, and is moved past it. */
static int append_leaf(struct ng_rank_super *super, struct scratch *work, const uint8_t *rows, size_t row_count,
                       const uint32_t in_leaf[256], uint32_t before[256], struct ng_err *err) {
    const struct ng_rank_code *code = &super->code;
    const uint16_t *offsets = super->offsets;
    uint8_t counts[256 * (NG_SUPER_LOG2 + 1) / 8 + sizeof(uint64_t)] = {0}; /* ng_packed_put touches eight bytes */
    size_t counts_bytes = (size_t)(offsets[code->symbols] + 7) / 8;
    uint32_t start[256] = {0};
    bool uniform = in_leaf[rows[0]] == row_count;
    if (!uniform) leaf_starts(code, in_leaf, start);
    pack_counts(code, offsets, before, start, counts);
    uint16_t word_of[256] = {0};
    uint8_t head[2] = {0}; /* of a leaf with one symbol: no cells, the symbol's place */
    for (unsigned i = 0; i < code->symbols; i++) {
        word_of[code->symbol[i]] = code->word[i];
        if (code->symbol[i] == rows[0]) head[1] = (uint8_t)i;
    }
    int status;
    if (uniform) {
        status = ng_buf_append(&super->data, head, sizeof head, err);
        if (!status) status = ng_buf_append(&super->data, counts, counts_bytes, err);
    } else {
        struct matrix matrix;
        for (size_t i = 0; i < row_count; i++) work->path[0][i] = word_of[rows[i]];
        make_matrix(work, code, row_count, &matrix);
        status = append_matrix_leaf(super, &matrix, counts, counts_bytes, err);
    }
    for (unsigned s = 0; s < 256; s++) before[s] += in_leaf[s];
    if (!status && super->data.length % 2) status = ng_buf_append(&super->data, &(uint8_t){0}, 1, err);
    return status;
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
        assert(super->data.length / 2 <= UINT16_MAX); /* 16 leaves of the largest kind have 110 KB */
        ng_le_store16(super->head + NG_SUPER_ENDS_AT + 2 * leaf, (uint16_t)(super->data.length / 2));
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
    ng_rank_code_make(&super->code, super->counts);
    super->offsets[0] = 0;
    for (unsigned i = 0; i < super->code.symbols; i++) {
        unsigned width = ng_packed_width(super->counts[super->code.symbol[i]]);
        super->offsets[i + 1] = (uint16_t)(super->offsets[i] + width);
    }
    return append_leaves(super, rows, count, in_leaf, err);
}
