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
    struct ng_buf entries;
    struct ng_buf hypers;   /* of all 256 symbols; those that never occur are left out at the end */
    struct ng_buf records;
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
    ng_buf_free(&b->entries);
    ng_buf_free(&b->records);
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

/* The wavelet matrix of a leaf: sizes of levels 1 and deeper, cell headers, cells. */
static int append_matrix(struct ng_rank_builder *b, size_t row_count, struct ng_err *err) {
    uint8_t cells[NG_LEAF_MAX_CELLS * 64 + NG_CELL_OUT_BYTES];
    uint16_t headers[NG_LEAF_MAX_CELLS];
    size_t cell_count = 0;
    size_t cell_bytes = 0;
    int status = NG_OK;
    uint8_t *count_at = b->data.data + b->data.length - 1; /* patched below; room was reserved */
    size_t count = row_count;
    for (unsigned depth = 0; depth < b->code.depth; depth++) {
        if (depth > 0) {
            status = ng_buf_append_u16(&b->data, (uint16_t)count, err);
            if (status) return status;
        }
        struct level level;
        split_level(&level, b->path[depth & 1], count, b->path[~depth & 1], b->ones);
        for (size_t at = 0; at < count; at += NG_CELL_BITS) {
            unsigned bits = count - at < NG_CELL_BITS ? (unsigned)(count - at) : (unsigned)NG_CELL_BITS;
            uint16_t header = ng_rank_cell_encode(level.bits + at / 64, bits, cells + cell_bytes);
            headers[cell_count++] = header;
            cell_bytes += ng_cell_length_bytes(header);
        }
        count = level.next_count;
    }
    *count_at = (uint8_t)cell_count;
    for (size_t i = 0; i < cell_count && !status; i++) status = ng_buf_append_u16(&b->data, headers[i], err);
    if (!status) status = ng_buf_append(&b->data, cells, cell_bytes, err);
    return status;
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

/* Appends one leaf; before counts the symbols of the superblock that precede it, and is moved past it. */
static int append_leaf(struct ng_rank_builder *b, const uint8_t *rows, size_t row_count, const uint16_t offsets[257],
                       uint32_t before[256], struct ng_err *err) {
    const struct ng_rank_code *code = &b->code;
    uint32_t in_leaf[256] = {0};
    for (size_t i = 0; i < row_count; i++) in_leaf[rows[i]]++;
    bool uniform = in_leaf[rows[0]] == row_count;
    uint32_t start[256] = {0};
    if (!uniform) leaf_starts(code, in_leaf, start);

    size_t counts_bytes = (size_t)(offsets[code->symbols] + 7) / 8;
    /* Room for the matrix too, so that its cell count can be patched in place. */
    int status = ng_buf_reserve(&b->data, counts_bytes + 16 + NG_LEAF_MAX_CELLS * 66 + NG_MAX_CODE_BITS * 2, err);
    if (status) return status;
    uint8_t *counts = b->data.data + b->data.length;
    memset(counts, 0, counts_bytes + 8);
    uint16_t word_of[256] = {0};
    unsigned entry = 0;
    for (unsigned i = 0; i < code->symbols; i++) {
        unsigned width = (unsigned)(offsets[i + 1] - offsets[i]);
        uint32_t value = (before[code->symbol[i]] - start[i]) & ((UINT32_C(1) << width) - 1);
        ng_packed_put(counts, offsets[i], width, value);
        word_of[code->symbol[i]] = code->word[i];
        if (code->symbol[i] == rows[0]) entry = i;
    }
    for (unsigned s = 0; s < 256; s++) before[s] += in_leaf[s];
    b->data.length += counts_bytes;
    b->data.data[b->data.length++] = 0;
    if (uniform) {
        b->data.data[b->data.length++] = (uint8_t)entry;
        return NG_OK;
    }
    for (size_t i = 0; i < row_count; i++) b->path[0][i] = word_of[rows[i]];
    return append_matrix(b, row_count, err);
}

/* Stores the low 48 bits. */
static void store48(uint8_t *bytes, uint64_t value) {
    ng_le_store32(bytes, (uint32_t)value);
    ng_le_store16(bytes + 4, (uint16_t)(value >> 32));
}

/* The superblock's record: its code, and where each symbol's counts stand. */
static int append_record(struct ng_rank_builder *b, const uint16_t offsets[257], struct ng_err *err) {
    const struct ng_rank_code *code = &b->code;
    uint8_t head[NG_RECORD_PLACES_AT] = {0};
    uint8_t places[256 * NG_PLACE_BYTES];
    uint8_t place_of[256] = {0};
    uint8_t order[256];
    head[NG_RECORD_SYMBOLS_AT] = (uint8_t)(code->symbols - 1);
    head[NG_RECORD_DEPTH_AT] = (uint8_t)code->depth;
    ng_le_store16(head + NG_RECORD_COUNT_BYTES_AT, (uint16_t)((offsets[code->symbols] + 7) / 8));
    for (unsigned d = 0; d < code->depth; d++) head[NG_RECORD_INNER_AT + d] = (uint8_t)code->inner[d];
    for (unsigned i = 0; i < code->symbols; i++) {
        unsigned symbol = code->symbol[i];
        uint8_t *place = places + (size_t)i * NG_PLACE_BYTES;
        store48(place + NG_PLACE_BEFORE_AT, b->total[symbol]);
        ng_le_store16(place + NG_PLACE_WORD_AT, code->word[i]);
        ng_le_store16(place + NG_PLACE_OFFSET_AT, offsets[i]);
        place[NG_PLACE_WIDTH_AT] = (uint8_t)(offsets[i + 1] - offsets[i]);
        place[NG_PLACE_SYMBOL_AT] = (uint8_t)symbol;
        uint8_t *bits = &head[NG_RECORD_BITMAP_AT + symbol / 8];
        *bits = (uint8_t)(*bits | 1u << symbol % 8);
        place_of[symbol] = (uint8_t)i;
    }
    unsigned present = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (head[NG_RECORD_BITMAP_AT + s / 8] >> (s % 8) & 1) order[present++] = place_of[s];
    }
    int status = ng_buf_append(&b->records, head, sizeof head, err);
    if (!status) status = ng_buf_append(&b->records, order, code->symbols, err);
    if (!status) status = ng_buf_append(&b->records, places, (size_t)code->symbols * NG_PLACE_BYTES, err);
    return status;
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

/* Appends the leaves to b->data and notes their ends in the superblock's entry. */
static int append_leaves(struct ng_rank_builder *b, const uint16_t offsets[257], uint8_t *entry, struct ng_err *err) {
    uint32_t before[256] = {0};
    b->data.length = 0;
    for (size_t leaf = 0; leaf < NG_SUPER_LEAVES; leaf++) {
        size_t at = leaf * NG_LEAF_ROWS;
        if (at < b->filled) {
            size_t rows = b->filled - at < NG_LEAF_ROWS ? b->filled - at : NG_LEAF_ROWS;
            int status = append_leaf(b, b->rows + at, rows, offsets, before, err);
            if (status) return status;
        }
        uint8_t *end = entry + NG_SUPER_ENDS_AT + 3 * leaf;
        ng_le_store16(end, (uint16_t)b->data.length);
        end[2] = (uint8_t)(b->data.length >> 16);
    }
    return NG_OK;
}

static int end_super(struct ng_rank_builder *b, struct ng_err *err) {
    uint32_t counts[256] = {0};
    uint8_t entry[NG_SUPER_ENTRY_BYTES] = {0};
    uint16_t offsets[257] = {0};
    for (size_t i = 0; i < b->filled; i++) counts[b->rows[i]]++;
    ng_rank_code_make(&b->code, counts);
    for (unsigned i = 0; i < b->code.symbols; i++) {
        offsets[i + 1] = (uint16_t)(offsets[i] + ng_packed_width(counts[b->code.symbol[i]]));
    }
    store48(entry + NG_SUPER_DATA_AT, b->data_bytes);
    store48(entry + NG_SUPER_RECORD_AT, b->records.length);
    size_t record_at = b->records.length;
    int status = append_leaves(b, offsets, entry, err);
    if (!status) status = append_record(b, offsets, err);
    if (status) return status;
    ng_le_store16(entry + NG_SUPER_RECORD_BYTES_AT, (uint16_t)(b->records.length - record_at));
    status = ng_buf_append(&b->entries, entry, sizeof entry, err);
    if (!status) status = ng_container_write(b->container, b->data.data, b->data.length, err);
    b->data_bytes += b->data.length;
    for (unsigned s = 0; s < 256; s++) {
        if (counts[s] > 0) b->present[s] = (uint16_t)(b->present[s] | 1u << b->hyper_supers);
        b->total[s] += counts[s];
    }
    b->filled = 0;
    if (++b->hyper_supers == NG_HYPER_SUPERS && !status) status = end_hyper(b, err);
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

static int write_directory(struct ng_rank_builder *b, struct ng_err *err) {
    uint8_t head[NG_RDIR_ENTRIES_AT] = {0};
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
    if (!status) status = ng_container_write_section(b->container, NG_RANK_DIRECTORY_SECTION, head, sizeof head, err);
    if (!status) status = ng_container_write(b->container, b->entries.data, b->entries.length, err);
    if (!status) status = ng_container_write(b->container, hypers.data, hypers.length, err);
    if (!status) status = ng_container_write(b->container, b->records.data, b->records.length, err);
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
