#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/packed.h"
#include "common/rank.h"
#include "common/rank_cell.h"
#include "common/rank_code.h"
#include "common/rank_format.h"

struct ng_rank_builder {
    struct ng_container_writer *container;
    uint8_t *rows;          /* of the superblock that is being filled */
    size_t filled;
    uint64_t pushed;
    uint64_t data_bytes;
    uint64_t total[256];
    uint64_t before[256];   /* total at the start of the current hyperblock */
    uint16_t present[256];  /* superblocks of the current hyperblock that have the symbol, a bit each */
    unsigned hyper_supers;  /* of the current hyperblock so far */
    struct ng_buf offsets;  /* of the superblocks */
    struct ng_buf hypers;   /* of all 256 symbols; those that never occur are left out at the end */
    struct ng_buf supers;
    struct ng_buf data;     /* of one superblock */
    struct ng_rank_code code;
    uint16_t *path[2];      /* the code words left of a leaf's rows, level by level */
    uint16_t *ones;
};

int ng_rank_builder_open(struct ng_rank_builder **builder, struct ng_container_writer *container,
                         struct ng_err *err) {
    struct ng_rank_builder *b = calloc(1, sizeof *b);
    if (!b) return ng_err_nomem(err, sizeof *b, "a rank builder");
    b->container = container;
    b->rows = malloc(NG_SUPER_ROWS);
    b->path[0] = malloc(NG_LEAF_ROWS * sizeof(uint16_t));
    b->path[1] = malloc(NG_LEAF_ROWS * sizeof(uint16_t));
    b->ones = malloc(NG_LEAF_ROWS * sizeof(uint16_t));
    int status = NG_OK;
    if (!b->rows || !b->path[0] || !b->path[1] || !b->ones) status = ng_err_nomem(err, NG_SUPER_ROWS, "a superblock");
    if (!status) status = ng_container_begin(container, NG_RANK_DATA_SECTION, err);
    if (status) {
        ng_rank_builder_close(b);
        return status;
    }
    *builder = b;
    return NG_OK;
}

void ng_rank_builder_close(struct ng_rank_builder *b) {
    if (!b) return;
    free(b->rows);
    free(b->path[0]);
    free(b->path[1]);
    free(b->ones);
    ng_buf_free(&b->hypers);
    ng_buf_free(&b->offsets);
    ng_buf_free(&b->supers);
    ng_buf_free(&b->data);
    free(b);
}

/* One level: takes the next bit of each row's word, in order; rows whose word goes on come out partitioned. */
struct level {
    uint64_t bits[NG_LEAF_ROWS / 64 + NG_CELL_WORDS];
    size_t next_count;
};

static void split_level(struct level *level, const uint16_t *words, size_t count, uint16_t *next, uint16_t *ones) {
    size_t zero_at = 0;
    size_t one_at = 0;
    memset(level->bits, 0, sizeof level->bits);
    for (size_t at = 0; at < count; at += 64) {
        size_t end = count - at < 64 ? count : at + 64;
        uint64_t bits = 0;
        for (size_t i = at; i < end; i++) {
            unsigned word = words[i];
            uint64_t bit = word & 1;
            unsigned rest = word >> 1;
            bits |= bit << (i - at);
            next[zero_at] = (uint16_t)rest;
            ones[one_at] = (uint16_t)rest;
            size_t goes_on = rest > 1;
            zero_at += goes_on & (bit ^ 1);
            one_at += goes_on & bit;
        }
        level->bits[at / 64] = bits;
    }
    memcpy(next + zero_at, ones, one_at * sizeof *ones);
    level->next_count = zero_at + one_at;
}

/* A leaf's wavelet matrix. */
struct matrix {
    uint16_t sizes[NG_MAX_CODE_BITS]; /* rows of each level */
    uint16_t headers[NG_LEAF_MAX_CELLS];
    uint8_t cells[NG_LEAF_MAX_CELLS * 64 + NG_CELL_OUT_BYTES];
    size_t cell_count;
    size_t cell_bytes;
};

/* Makes the matrix of the words in b->path[0], which are used up. */
static void make_matrix(struct ng_rank_builder *b, size_t row_count, struct matrix *matrix) {
    size_t count = row_count;
    memset(matrix->sizes, 0, sizeof matrix->sizes);
    memset(matrix->headers, 0, sizeof matrix->headers);
    matrix->cell_count = 0;
    matrix->cell_bytes = 0;
    for (unsigned depth = 0; depth < b->code.depth; depth++) {
        struct level level;
        matrix->sizes[depth] = (uint16_t)count;
        split_level(&level, b->path[depth & 1], count, b->path[~depth & 1], b->ones);
        for (size_t at = 0; at < count; at += NG_CELL_BITS) {
            unsigned bits = count - at < NG_CELL_BITS ? (unsigned)(count - at) : (unsigned)NG_CELL_BITS;
            uint16_t header = ng_rank_cell_encode(level.bits + at / 64, bits, matrix->cells + matrix->cell_bytes);
            matrix->headers[matrix->cell_count++] = header;
            matrix->cell_bytes += ng_cell_length_bytes(header);
        }
        count = level.next_count;
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

static int append_matrix_leaf(struct ng_rank_builder *b, const struct matrix *matrix, const uint8_t *counts,
                              size_t counts_bytes, struct ng_err *err) {
    uint8_t cell_count = (uint8_t)matrix->cell_count;
    int status = ng_buf_append(&b->data, &cell_count, 1, err);
    for (unsigned depth = 1; depth < b->code.depth && !status; depth++) {
        status = ng_buf_append_u16(&b->data, matrix->sizes[depth], err);
    }
    for (size_t i = 0; i < matrix->cell_count && !status; i++) {
        status = ng_buf_append_u16(&b->data, matrix->headers[i], err);
    }
    if (!status) status = ng_buf_append(&b->data, counts, counts_bytes, err);
    if (!status) status = ng_buf_append(&b->data, matrix->cells, matrix->cell_bytes, err);
    return status;
}

/* Appends one leaf; before counts the symbols of the superblock that precede it, and is moved past it. */
static int append_leaf(struct ng_rank_builder *b, const uint8_t *rows, size_t row_count, const uint16_t offsets[257],
                       uint32_t before[256], struct ng_err *err) {
    const struct ng_rank_code *code = &b->code;
    uint8_t counts[256 * (NG_SUPER_LOG2 + 1) / 8 + sizeof(uint64_t)] = {0}; /* ng_packed_put touches eight bytes */
    size_t counts_bytes = (size_t)(offsets[code->symbols] + 7) / 8;
    uint32_t in_leaf[256] = {0};
    uint32_t start[256] = {0};
    for (size_t i = 0; i < row_count; i++) in_leaf[rows[i]]++;
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
        status = ng_buf_append(&b->data, head, sizeof head, err);
        if (!status) status = ng_buf_append(&b->data, counts, counts_bytes, err);
    } else {
        struct matrix matrix;
        for (size_t i = 0; i < row_count; i++) b->path[0][i] = word_of[rows[i]];
        make_matrix(b, row_count, &matrix);
        status = append_matrix_leaf(b, &matrix, counts, counts_bytes, err);
    }
    for (unsigned s = 0; s < 256; s++) before[s] += in_leaf[s];
    if (!status && b->data.length % 2) status = ng_buf_append(&b->data, &(uint8_t){0}, 1, err);
    return status;
}

/* Stores the low 48 bits. */
static void store48(uint8_t *bytes, uint64_t value) {
    ng_le_store32(bytes, (uint32_t)value);
    ng_le_store16(bytes + 4, (uint16_t)(value >> 32));
}

static int append_zeros(struct ng_buf *buf, size_t count, struct ng_err *err) {
    static const uint8_t zeros[NG_RDIR_ALIGN];
    return ng_buf_append(buf, zeros, count, err);
}

/* The superblock's part of the directory: its code, and where each symbol's counts stand. head has the ends of the
 * leaves already. */
static int append_super(struct ng_rank_builder *b, const uint16_t offsets[257], uint8_t head[NG_SUPER_PLACES_AT],
                        struct ng_err *err) {
    const struct ng_rank_code *code = &b->code;
    uint8_t places[256 * NG_PLACE_BYTES];
    uint8_t place_of[256] = {0};
    uint8_t order[256];
    store48(head + NG_SUPER_DATA_AT, b->data_bytes);
    ng_le_store16(head + NG_SUPER_COUNT_BYTES_AT, (uint16_t)((offsets[code->symbols] + 7) / 8));
    head[NG_SUPER_SYMBOLS_AT] = (uint8_t)(code->symbols - 1);
    head[NG_SUPER_DEPTH_AT] = (uint8_t)code->depth;
    for (unsigned d = 0; d < code->depth; d++) head[NG_SUPER_INNER_AT + d] = (uint8_t)code->inner[d];
    for (unsigned i = 0; i < code->symbols; i++) {
        unsigned symbol = code->symbol[i];
        uint8_t *place = places + (size_t)i * NG_PLACE_BYTES;
        store48(place + NG_PLACE_BEFORE_AT, b->total[symbol]);
        ng_le_store16(place + NG_PLACE_WORD_AT, code->word[i]);
        ng_le_store16(place + NG_PLACE_OFFSET_AT, offsets[i]);
        place[NG_PLACE_WIDTH_AT] = (uint8_t)(offsets[i + 1] - offsets[i]);
        place[NG_PLACE_SYMBOL_AT] = (uint8_t)symbol;
        uint8_t *bits = &head[NG_SUPER_BITMAP_AT + symbol / 8];
        *bits = (uint8_t)(*bits | 1u << symbol % 8);
        place_of[symbol] = (uint8_t)i;
    }
    unsigned present = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (head[NG_SUPER_BITMAP_AT + s / 8] >> (s % 8) & 1) order[present++] = place_of[s];
    }
    uint64_t end = b->supers.length + ng_super_bytes(code->symbols);
    int status = ng_buf_append(&b->supers, head, NG_SUPER_PLACES_AT, err);
    if (!status) status = ng_buf_append(&b->supers, order, code->symbols, err);
    if (!status) status = ng_buf_append(&b->supers, places, (size_t)code->symbols * NG_PLACE_BYTES, err);
    if (!status) status = append_zeros(&b->supers, (size_t)(end - b->supers.length), err);
    return status;
}

/* Where the next superblock will start, or the last one ends. */
static int append_offset(struct ng_rank_builder *b, struct ng_err *err) {
    uint8_t offset[NG_RDIR_OFFSET_BYTES];
    store48(offset, b->supers.length);
    return ng_buf_append(&b->offsets, offset, sizeof offset, err);
}

static int end_hyper(struct ng_rank_builder *b, struct ng_err *err) {
    int status = NG_OK;
    if (b->hyper_supers == 0) return NG_OK;
    for (unsigned s = 0; s < 256 && !status; s++) {
        status = ng_buf_append_u64(&b->hypers, b->before[s], err);
        if (!status) status = ng_buf_append_u16(&b->hypers, b->present[s], err);
    }
    memcpy(b->before, b->total, sizeof b->before);
    memset(b->present, 0, sizeof b->present);
    b->hyper_supers = 0;
    return status;
}

/* Appends the leaves to b->data and notes their ends in the superblock's head. */
static int append_leaves(struct ng_rank_builder *b, const uint16_t offsets[257], uint8_t *head, struct ng_err *err) {
    uint32_t before[256] = {0};
    b->data.length = 0;
    for (size_t leaf = 0; leaf < NG_SUPER_LEAVES; leaf++) {
        size_t at = leaf * NG_LEAF_ROWS;
        if (at < b->filled) {
            size_t rows = b->filled - at < NG_LEAF_ROWS ? b->filled - at : NG_LEAF_ROWS;
            int status = append_leaf(b, b->rows + at, rows, offsets, before, err);
            if (status) return status;
        }
        assert(b->data.length / 2 <= UINT16_MAX); /* 16 leaves of the largest kind have 110 KB */
        ng_le_store16(head + NG_SUPER_ENDS_AT + 2 * leaf, (uint16_t)(b->data.length / 2));
    }
    return NG_OK;
}

static int end_super(struct ng_rank_builder *b, struct ng_err *err) {
    uint32_t counts[256] = {0};
    uint8_t head[NG_SUPER_PLACES_AT] = {0};
    uint16_t offsets[257] = {0};
    for (size_t i = 0; i < b->filled; i++) counts[b->rows[i]]++;
    ng_rank_code_make(&b->code, counts);
    for (unsigned i = 0; i < b->code.symbols; i++) {
        offsets[i + 1] = (uint16_t)(offsets[i] + ng_packed_width(counts[b->code.symbol[i]]));
    }
    int status = append_leaves(b, offsets, head, err);
    if (!status) status = append_offset(b, err);
    if (!status) status = append_super(b, offsets, head, err);
    if (!status) status = ng_container_write(b->container, b->data.data, b->data.length, err);
    if (status) return status;
    b->data_bytes += b->data.length;
    for (unsigned s = 0; s < 256; s++) {
        if (counts[s] > 0) b->present[s] = (uint16_t)(b->present[s] | 1u << b->hyper_supers);
        b->total[s] += counts[s];
    }
    b->filled = 0;
    if (++b->hyper_supers == NG_HYPER_SUPERS) status = end_hyper(b, err);
    return status;
}

int ng_rank_builder_push(struct ng_rank_builder *b, const uint8_t *symbols, size_t count, struct ng_err *err) {
    while (count > 0) {
        size_t room = NG_SUPER_ROWS - b->filled;
        size_t part = count < room ? count : room;
        memcpy(b->rows + b->filled, symbols, part);
        b->filled += part;
        b->pushed += part;
        symbols += part;
        count -= part;
        if (b->filled < NG_SUPER_ROWS) continue;
        int status = end_super(b, err);
        if (status) return status;
    }
    return NG_OK;
}

/* The hyperblocks without the symbols that never occur; one more at the end holds the totals. */
static int append_hypers(const struct ng_rank_builder *b, struct ng_buf *out, struct ng_err *err) {
    int status = NG_OK;
    for (size_t at = 0; at < b->hypers.length && !status; at += NG_HYPER_SYMBOL_BYTES) {
        unsigned symbol = (unsigned)(at / NG_HYPER_SYMBOL_BYTES % 256);
        if (b->total[symbol] > 0) status = ng_buf_append(out, b->hypers.data + at, NG_HYPER_SYMBOL_BYTES, err);
    }
    return status;
}

static int pad_to_line(struct ng_buf *buf, struct ng_err *err) {
    return append_zeros(buf, (size_t)(ng_rdir_align(buf->length) - buf->length), err);
}

static int write_directory(struct ng_rank_builder *b, struct ng_err *err) {
    uint8_t head[NG_RDIR_OFFSETS_AT] = {0};
    struct ng_buf hypers = {0};
    uint64_t symbols = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (b->total[s] == 0) continue;
        head[NG_RDIR_BITMAP_AT + s / 8] = (uint8_t)(head[NG_RDIR_BITMAP_AT + s / 8] | 1u << s % 8);
        symbols++;
    }
    ng_le_store64(head + NG_RDIR_ROWS_AT, b->pushed);
    ng_le_store64(head + NG_RDIR_SYMBOLS_AT, symbols);
    int status = append_hypers(b, &hypers, err);
    if (!status) status = append_offset(b, err);
    if (!status) status = pad_to_line(&b->offsets, err);
    if (!status) status = pad_to_line(&hypers, err);
    if (!status) status = ng_container_write_section(b->container, NG_RANK_DIRECTORY_SECTION, head, sizeof head, err);
    if (!status) status = ng_container_write(b->container, b->offsets.data, b->offsets.length, err);
    if (!status) status = ng_container_write(b->container, hypers.data, hypers.length, err);
    if (!status) status = ng_container_write(b->container, b->supers.data, b->supers.length, err);
    ng_buf_free(&hypers);
    return status;
}

int ng_rank_builder_finish(struct ng_rank_builder *b, struct ng_err *err) {
    assert(b->pushed > 0);
    int status = b->filled > 0 ? end_super(b, err) : NG_OK;
    if (!status) status = end_hyper(b, err);
    /* One hyperblock more, empty, whose counts are the totals. */
    b->hyper_supers = 1;
    if (!status) status = end_hyper(b, err);
    if (!status) status = write_directory(b, err);
    return status;
}
