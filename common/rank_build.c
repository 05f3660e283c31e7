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

/* What is known of a superblock before its hyperblock is complete. */
struct pending_super {
    uint64_t data_at;
    size_t record_at;      /* of its record without the counts, in pending */
    size_t record_bytes;
    uint32_t counts[256];  /* in the hyperblock, before it */
};

struct ng_rank_builder {
    struct ng_container_writer *container;
    uint8_t *rows;         /* of the superblock that is being filled */
    size_t filled;
    uint64_t pushed;
    uint64_t data_bytes;
    uint64_t total[256];
    uint32_t in_hyper[256]; /* counts of the current hyperblock so far */
    struct pending_super supers[NG_HYPER_SUPERS];
    unsigned super_count;   /* of them in use */
    struct ng_buf pending;  /* records of the current hyperblock's superblocks */
    struct ng_buf hypers;   /* 256 absolute counts and 256 counts within, a hyperblock; dense form comes last */
    struct ng_buf entries;  /* a pair of numbers a superblock */
    struct ng_buf records;  /* finished */
    struct ng_buf data;     /* of one superblock */
    struct ng_rank_code code;
    uint16_t *path[2];      /* the code words left of a leaf's rows, level by level */
    uint16_t *ones;
};

/* One hyperblock as kept until all symbols are known. */
struct hyper_counts {
    uint64_t before[256];
    uint32_t within[256];
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
    ng_buf_free(&b->pending);
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
    for (size_t i = 0; i < count; i++) {
        unsigned word = words[i];
        uint64_t bit = word & 1;
        unsigned rest = word >> 1;
        level->bits[i / 64] |= bit << (i % 64);
        next[zero_at] = (uint16_t)rest;
        ones[one_at] = (uint16_t)rest;
        size_t goes_on = rest > 1;
        zero_at += goes_on & (bit ^ 1);
        one_at += goes_on & bit;
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

/* The superblock's directory record behind its counts. */
static int append_record(struct ng_rank_builder *b, const uint32_t *leaf_at, size_t leaf_count,
                         const uint16_t offsets[257], struct ng_err *err) {
    const struct ng_rank_code *code = &b->code;
    uint8_t head[2] = {(uint8_t)(code->symbols - 1), (uint8_t)code->depth};
    uint8_t bitmap[NG_SUPER_BITMAP_BYTES] = {0};
    uint8_t entry_of[256];
    uint8_t place[256] = {0};
    for (unsigned i = 0; i < code->symbols; i++) {
        bitmap[code->symbol[i] / 8] = (uint8_t)(bitmap[code->symbol[i] / 8] | 1u << code->symbol[i] % 8);
        place[code->symbol[i]] = (uint8_t)i;
    }
    unsigned present = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (bitmap[s / 8] >> (s % 8) & 1) entry_of[present++] = place[s];
    }
    int status = ng_buf_append(&b->pending, head, sizeof head, err);
    for (unsigned d = 0; d < code->depth && !status; d++) {
        uint8_t inner = (uint8_t)code->inner[d];
        status = ng_buf_append(&b->pending, &inner, 1, err);
    }
    for (size_t i = 0; i <= leaf_count && !status; i++) status = ng_buf_append_u32(&b->pending, leaf_at[i], err);
    if (!status) status = ng_buf_append(&b->pending, bitmap, sizeof bitmap, err);
    if (!status) status = ng_buf_append(&b->pending, entry_of, code->symbols, err);
    if (!status) status = ng_buf_append(&b->pending, code->symbol, code->symbols, err);
    for (unsigned i = 0; i < code->symbols && !status; i++) status = ng_buf_append_u16(&b->pending, code->word[i], err);
    for (unsigned i = 0; i <= code->symbols && !status; i++) status = ng_buf_append_u16(&b->pending, offsets[i], err);
    return status;
}

/* Closes the hyperblock: only now are the widths of its counts known, so only now its records can be written. */
static int end_hyper(struct ng_rank_builder *b, struct ng_err *err) {
    if (b->super_count == 0) return NG_OK;
    struct hyper_counts hyper;
    unsigned width[256];
    size_t bits = 0;
    for (unsigned s = 0; s < 256; s++) {
        hyper.before[s] = b->total[s] - b->in_hyper[s];
        hyper.within[s] = b->in_hyper[s];
        width[s] = ng_packed_width(b->in_hyper[s]);
        bits += width[s];
    }
    int status = ng_buf_append(&b->hypers, &hyper, sizeof hyper, err);
    for (unsigned i = 0; i < b->super_count && !status; i++) {
        const struct pending_super *super = &b->supers[i];
        status = ng_buf_append_u64(&b->entries, super->data_at, err);
        if (!status) status = ng_buf_append_u64(&b->entries, b->records.length, err);
        if (!status) status = ng_buf_reserve(&b->records, bits / 8 + 16, err);
        if (status) return status;
        uint8_t *counts = b->records.data + b->records.length;
        memset(counts, 0, bits / 8 + 16);
        size_t at = 0;
        for (unsigned s = 0; s < 256; s++) {
            ng_packed_put(counts, at, width[s], super->counts[s]);
            at += width[s];
        }
        b->records.length += (bits + 7) / 8;
        status = ng_buf_append(&b->records, b->pending.data + super->record_at, super->record_bytes, err);
    }
    b->pending.length = 0;
    b->super_count = 0;
    memset(b->in_hyper, 0, sizeof b->in_hyper);
    return status;
}

static int end_super(struct ng_rank_builder *b, struct ng_err *err) {
    uint32_t counts[256] = {0};
    for (size_t i = 0; i < b->filled; i++) counts[b->rows[i]]++;
    ng_rank_code_make(&b->code, counts);
    uint16_t offsets[257] = {0};
    for (unsigned i = 0; i < b->code.symbols; i++) {
        offsets[i + 1] = (uint16_t)(offsets[i] + ng_packed_width(counts[b->code.symbol[i]]));
    }
    uint32_t leaf_at[NG_SUPER_LEAVES + 1];
    uint32_t before[256] = {0};
    size_t leaf_count = 0;
    b->data.length = 0;
    int status = NG_OK;
    for (size_t at = 0; at < b->filled; at += NG_LEAF_ROWS) {
        size_t rows = b->filled - at < NG_LEAF_ROWS ? b->filled - at : NG_LEAF_ROWS;
        leaf_at[leaf_count++] = (uint32_t)b->data.length;
        status = append_leaf(b, b->rows + at, rows, offsets, before, err);
        if (status) return status;
    }
    leaf_at[leaf_count] = (uint32_t)b->data.length;

    struct pending_super *super = &b->supers[b->super_count];
    super->data_at = b->data_bytes;
    super->record_at = b->pending.length;
    memcpy(super->counts, b->in_hyper, sizeof super->counts);
    status = append_record(b, leaf_at, leaf_count, offsets, err);
    super->record_bytes = b->pending.length - super->record_at;
    if (!status) status = ng_container_write(b->container, b->data.data, b->data.length, err);
    b->data_bytes += b->data.length;
    for (unsigned s = 0; s < 256; s++) {
        b->in_hyper[s] += counts[s];
        b->total[s] += counts[s];
    }
    b->filled = 0;
    if (++b->super_count == NG_HYPER_SUPERS && !status) status = end_hyper(b, err);
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

/* A hyperblock's counts for the symbols that occur at all, in symbol order. */
static int append_hyper(const struct ng_rank_builder *b, const struct hyper_counts *hyper, struct ng_buf *out,
                        struct ng_err *err) {
    int status = NG_OK;
    for (unsigned s = 0; s < 256 && !status; s++) {
        if (b->total[s] > 0) status = ng_buf_append_u64(out, hyper->before[s], err);
    }
    uint16_t offset = 0;
    for (unsigned s = 0; s < 256 && !status; s++) {
        if (b->total[s] == 0) continue;
        status = ng_buf_append_u16(out, offset, err);
        offset = (uint16_t)(offset + ng_packed_width(hyper->within[s]));
    }
    if (!status) status = ng_buf_append_u16(out, offset, err);
    return status;
}

static int write_directory(struct ng_rank_builder *b, struct ng_err *err) {
    struct ng_buf head = {0};
    uint8_t bitmap[NG_SUPER_BITMAP_BYTES] = {0};
    uint64_t symbols = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (b->total[s] == 0) continue;
        bitmap[s / 8] = (uint8_t)(bitmap[s / 8] | 1u << s % 8);
        symbols++;
    }
    int status = ng_buf_append_u64(&head, b->pushed, err);
    if (!status) status = ng_buf_append_u64(&head, symbols, err);
    if (!status) status = ng_buf_append(&head, bitmap, sizeof bitmap, err);
    for (unsigned s = 0; s < 256 && !status; s++) {
        if (b->total[s] > 0) status = ng_buf_append_u64(&head, b->total[s], err);
    }
    for (size_t at = 0; at < b->hypers.length && !status; at += sizeof(struct hyper_counts)) {
        struct hyper_counts hyper;
        memcpy(&hyper, b->hypers.data + at, sizeof hyper);
        status = append_hyper(b, &hyper, &head, err);
    }
    /* One entry more, so that the end of the last record is known. */
    if (!status) status = ng_buf_append_u64(&b->entries, b->data_bytes, err);
    if (!status) status = ng_buf_append_u64(&b->entries, b->records.length, err);
    if (!status) status = ng_container_write_section(b->container, NG_RANK_DIRECTORY_SECTION, head.data, head.length, err);
    if (!status) status = ng_container_write(b->container, b->entries.data, b->entries.length, err);
    if (!status) status = ng_container_write(b->container, b->records.data, b->records.length, err);
    ng_buf_free(&head);
    return status;
}

int ng_rank_builder_finish(struct ng_rank_builder *b, struct ng_err *err) {
    assert(b->pushed > 0);
    int status = b->filled > 0 ? end_super(b, err) : NG_OK;
    if (!status) status = end_hyper(b, err);
    if (!status) status = write_directory(b, err);
    return status;
}
