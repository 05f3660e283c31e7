#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/os/parallel.h"
#include "common/rank/format.h"
#include "common/rank/rank.h"
#include "common/rank/super.h"

/* Superblocks of a batch: enough that threads seldom wait for each other, few enough for 64 MB with their leaves. */
enum { THREAD_SUPERS = 8, MOST_BATCH_SUPERS = 128 };

struct ng_rank_builder {
    struct ng_container_writer *container;
    unsigned threads;
    size_t batch_supers;    /* encoded side by side, then written in order */
    struct ng_rank_super *batch;
    uint8_t *rows;          /* of the batch that is being filled */
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
};

int ng_rank_builder_open(struct ng_rank_builder **builder, struct ng_container_writer *container, unsigned threads,
                         struct ng_err *err) {
    struct ng_rank_builder *b = calloc(1, sizeof *b);
    if (!b) return ng_err_nomem(err, sizeof *b, "a rank builder");
    b->container = container;
    b->threads = threads;
    b->batch_supers = threads < 2 ? 1 : (size_t)threads * THREAD_SUPERS;
    if (b->batch_supers > MOST_BATCH_SUPERS) b->batch_supers = MOST_BATCH_SUPERS;
    b->batch = calloc(b->batch_supers, sizeof *b->batch);
    b->rows = malloc(b->batch_supers * NG_SUPER_ROWS);
    int status = NG_OK;
    if (!b->batch || !b->rows) status = ng_err_nomem(err, b->batch_supers * NG_SUPER_ROWS, "superblocks");
    ng_container_need_version(container, NG_RANK_VERSION);
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
    for (size_t i = 0; b->batch && i < b->batch_supers; i++) ng_buf_free(&b->batch[i].data);
    free(b->batch);
    free(b->rows);
    ng_buf_free(&b->hypers);
    ng_buf_free(&b->offsets);
    ng_buf_free(&b->supers);
    free(b);
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

/* The superblock's part of the directory: its symbols, and where the counts of each stand. */
static int append_super(struct ng_rank_builder *b, struct ng_rank_super *super, struct ng_err *err) {
    const struct ng_rank_order *order = &super->order;
    const uint16_t *offsets = super->offsets;
    uint8_t *head = super->head;
    uint8_t places[256 * NG_PLACE_BYTES];
    uint8_t place_of[256] = {0};
    uint8_t places_of[256];
    store48(head + NG_SUPER_DATA_AT, b->data_bytes);
    ng_le_store16(head + NG_SUPER_COUNT_BYTES_AT, (uint16_t)((offsets[order->symbols] + 7) / 8));
    head[NG_SUPER_SYMBOLS_AT] = (uint8_t)(order->symbols - 1);
    for (unsigned i = 0; i < order->symbols; i++) {
        unsigned symbol = order->symbol[i];
        uint8_t *place = places + (size_t)i * NG_PLACE_BYTES;
        store48(place + NG_PLACE_BEFORE_AT, b->total[symbol]);
        uint8_t *place_end = place + NG_PLACE_BYTES;
        ng_le_store16(place_end - NG_PLACE_OFFSET_BACK, offsets[i]);
        place_end[-NG_PLACE_WIDTH_BACK] = (uint8_t)(offsets[i + 1] - offsets[i]);
        place_end[-NG_PLACE_SYMBOL_BACK] = (uint8_t)symbol;
        uint8_t *bits = &head[NG_SUPER_BITMAP_AT + symbol / 8];
        *bits = (uint8_t)(*bits | 1u << symbol % 8);
        place_of[symbol] = (uint8_t)i;
    }
    unsigned present = 0;
    for (unsigned s = 0; s < 256; s++) {
        if (head[NG_SUPER_BITMAP_AT + s / 8] >> (s % 8) & 1) places_of[present++] = place_of[s];
    }
    uint64_t end = b->supers.length + ng_super_bytes(order->symbols, NG_PLACE_BYTES);
    int status = ng_buf_append(&b->supers, head, NG_SUPER_PLACES_AT, err);
    if (!status) status = ng_buf_append(&b->supers, places_of, order->symbols, err);
    if (!status) status = ng_buf_append(&b->supers, places, (size_t)order->symbols * NG_PLACE_BYTES, err);
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

static int encode_super(void *context, uint64_t turn, struct ng_err *err) {
    struct ng_rank_builder *b = context;
    size_t at = (size_t)turn * NG_SUPER_ROWS;
    size_t count = b->filled - at < NG_SUPER_ROWS ? b->filled - at : NG_SUPER_ROWS;
    return ng_rank_super_encode(&b->batch[turn], b->rows + at, count, err);
}

/* Writes a superblock behind those before. */
static int end_super(struct ng_rank_builder *b, struct ng_rank_super *super, struct ng_err *err) {
    int status = append_offset(b, err);
    if (!status) status = append_super(b, super, err);
    if (!status) status = ng_container_write(b->container, super->data.data, super->data.length, err);
    if (status) return status;
    b->data_bytes += super->data.length;
    for (unsigned s = 0; s < 256; s++) {
        if (super->counts[s] > 0) b->present[s] = (uint16_t)(b->present[s] | 1u << b->hyper_supers);
        b->total[s] += super->counts[s];
    }
    return ++b->hyper_supers == NG_HYPER_SUPERS ? end_hyper(b, err) : NG_OK;
}

static int end_batch(struct ng_rank_builder *b, struct ng_err *err) {
    size_t supers = (b->filled + NG_SUPER_ROWS - 1) / NG_SUPER_ROWS;
    int status = ng_parallel_run(b->threads, supers, encode_super, b, err);
    for (size_t i = 0; i < supers && !status; i++) status = end_super(b, &b->batch[i], err);
    b->filled = 0;
    return status;
}

int ng_rank_builder_push(struct ng_rank_builder *b, const uint8_t *symbols, size_t count, struct ng_err *err) {
    b->pushed += count;
    while (count > 0) {
        bool full = ng_fill(b->rows, b->batch_supers * NG_SUPER_ROWS, &b->filled, &symbols, &count);
        int status = full ? end_batch(b, err) : NG_OK;
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
    int status = b->filled > 0 ? end_batch(b, err) : NG_OK;
    if (!status) status = end_hyper(b, err);
    /* One hyperblock more, empty, whose counts are the totals. */
    b->hyper_supers = 1;
    if (!status) status = end_hyper(b, err);
    if (!status) status = write_directory(b, err);
    return status;
}
