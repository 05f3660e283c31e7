#include "indexer/write/frequent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/rank/rank.h"
#include "common/shard/frequent.h"
#include "common/shard/shard_format.h"

/* The table may take a byte for so many rows, and a bucket. A bucket mostly has six slots, and a string for each is
 * chosen; where a bucket is full, the others are left out. (Buckets for five each would cost 11 % more, for 0.1 % fewer
 * steps.) */
enum { LENGTH = NG_FREQUENT_MAX_BYTES, ROWS_PER_TABLE_BYTE = 1024, WANTED_PER_BUCKET = 6 };

/* Positions looked at, at most; a string of fewer hits among them than LEAST_HITS is not frequent. */
enum { MAX_SAMPLES = 1 << 20, LEAST_HITS = 3 };

enum { PIECE = 1 << 20, LANES = 64 };

/* A string's code, its samples and its rows. */
struct frequent {
    uint64_t code;
    size_t hits;
    struct ng_rank_range range;
};

struct table {
    uint64_t *samples; /* codes of the strings looked at */
    size_t sample_count;
    struct frequent *list; /* most samples first */
    size_t count;
};

/* Looks at every distance-th position of a piece of text that starts at a position of the shard. */
static void sample_piece(struct table *table, const uint8_t *text, size_t length, uint64_t position, uint64_t distance) {
    uint64_t first = (position + distance - 1) / distance * distance - position;
    for (uint64_t at = first; at + LENGTH <= length && table->sample_count < MAX_SAMPLES; at += distance) {
        if (memchr(text + at, NG_TERMINATOR, LENGTH)) continue;
        table->samples[table->sample_count++] = ng_frequent_code(text + at, LENGTH);
    }
}

static int sample_text(struct table *table, const struct ng_merge_text *text, uint64_t distance, uint8_t *piece,
                       struct ng_err *err) {
    struct ng_spool file;
    int status = ng_spool_open(&file, text->path, err);
    /* A piece goes on a few bytes into the next one, where strings of its last positions end. */
    for (uint64_t at = 0; at < text->bytes && !status; at += PIECE) {
        uint64_t rest = text->bytes - at;
        size_t length = rest < PIECE + LENGTH - 1 ? (size_t)rest : PIECE + LENGTH - 1;
        status = ng_spool_read(&file, text->offset + at, piece, length, err);
        if (!status) sample_piece(table, piece, length, text->first_position + at, distance);
    }
    ng_spool_close(&file);
    return status;
}

static int compare_codes(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int take_samples(struct table *table, const struct ng_merge_text *texts, size_t text_count, uint64_t rows,
                        struct ng_err *err) {
    uint64_t distance = rows / MAX_SAMPLES + 1;
    size_t most = (size_t)(rows / distance + 1);
    uint8_t *piece = malloc(PIECE + LENGTH - 1);
    table->samples = malloc(most * sizeof *table->samples);
    int status = NG_OK;
    if (!piece || !table->samples) {
        free(piece);
        return ng_err_nomem(err, most * sizeof *table->samples, "frequent strings");
    }
    for (size_t i = 0; i < text_count && !status; i++) status = sample_text(table, &texts[i], distance, piece, err);
    if (!status) qsort(table->samples, table->sample_count, sizeof *table->samples, compare_codes);
    free(piece);
    return status;
}

/* The end of the run of equal samples that starts at begin. */
static size_t run_end(const struct table *table, size_t begin) {
    size_t end = begin + 1;
    while (end < table->sample_count && table->samples[end] == table->samples[begin]) end++;
    return end;
}

static size_t count_runs(const struct table *table, size_t least) {
    size_t count = 0;
    for (size_t at = 0, end; at < table->sample_count; at = end) {
        end = run_end(table, at);
        count += end - at >= least;
    }
    return count;
}

static int compare_hits(const void *a, const void *b) {
    const struct frequent *x = a;
    const struct frequent *y = b;
    if (x->hits != y->hits) return x->hits < y->hits ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* Takes the strings of most hits, as many as the largest table has room for. */
static int choose(struct table *table, uint64_t rows, struct ng_err *err) {
    uint64_t room = (rows / ROWS_PER_TABLE_BYTE / NG_FREQUENT_BUCKET_BYTES + 1) * WANTED_PER_BUCKET;
    size_t least = LEAST_HITS;
    while ((table->count = count_runs(table, least)) > room) least++;
    table->list = calloc(table->count + 1, sizeof *table->list);
    if (!table->list) return ng_err_nomem(err, table->count * sizeof *table->list, "frequent strings");
    size_t next = 0;
    for (size_t at = 0, end; at < table->sample_count; at = end) {
        end = run_end(table, at);
        if (end - at >= least) table->list[next++] = (struct frequent){.code = table->samples[at], .hits = end - at};
    }
    qsort(table->list, table->count, sizeof *table->list, compare_hits);
    return NG_OK;
}

/* Finds the rows of so many strings, side by side. */
static void search(const struct ng_rank *rank, struct frequent *list, size_t count) {
    struct ng_rank_range ranges[LANES];
    for (size_t i = 0; i < count; i++) ranges[i] = (struct ng_rank_range){.begin = 0, .end = rank->rows};
    for (unsigned at = LENGTH; at-- > 0;) {
        for (size_t i = 0; i < count; i++) {
            ranges[i].symbol = ng_frequent_byte(list[i].code, at);
        }
        ng_rank_extend_batch(rank, ranges, count);
    }
    for (size_t i = 0; i < count; i++) list[i].range = ranges[i];
}

/* The first free slot of a bucket, or slots. */
static unsigned free_slot(const struct ng_frequent_layout *layout, const uint8_t *bucket) {
    unsigned slot = 0;
    while (slot < layout->slots &&
           ng_packed_get(bucket, slot * layout->slot_width + layout->rest_width + layout->row_width,
                         layout->count_width)) {
        slot++;
    }
    return slot;
}

static void fill(const struct table *table, const struct ng_frequent_layout *layout, uint8_t *buckets) {
    for (size_t i = 0; i < table->count; i++) {
        const struct frequent *string = &table->list[i];
        uint8_t *bucket = buckets + ng_frequent_bucket(layout, string->code) * NG_FREQUENT_BUCKET_BYTES;
        unsigned slot = free_slot(layout, bucket);
        if (slot == layout->slots || string->range.begin == string->range.end) continue;
        unsigned bit = slot * layout->slot_width;
        ng_packed_put(bucket, bit, layout->rest_width, string->code & ng_frequent_rest_mask(layout));
        ng_packed_put(bucket, bit + layout->rest_width, layout->row_width, string->range.begin);
        ng_packed_put(bucket, bit + layout->rest_width + layout->row_width, layout->count_width,
                      string->range.end - string->range.begin);
    }
}

/* Makes the section of at least one string. */
static int encode(const struct table *table, uint64_t rows, struct ng_buf *out, struct ng_err *err) {
    uint64_t largest = 1;
    for (size_t i = 0; i < table->count; i++) {
        uint64_t count = table->list[i].range.end - table->list[i].range.begin;
        if (count > largest) largest = count;
    }
    uint64_t buckets = (table->count + WANTED_PER_BUCKET - 1) / WANTED_PER_BUCKET;
    struct ng_frequent_layout layout;
    if (!ng_frequent_layout_init(&layout, rows, LENGTH, ng_packed_width(largest), buckets)) {
        return ng_err_set(err, NG_ERR_LIMIT, "a shard of %llu rows has no table of frequent strings",
                          (unsigned long long)rows);
    }
    size_t bytes = NG_FREQUENT_TABLE_AT + (size_t)buckets * NG_FREQUENT_BUCKET_BYTES;
    int status = ng_buf_reserve(out, bytes + sizeof(uint64_t), err); /* ng_packed_put touches eight bytes */
    if (status) return status;
    memset(out->data, 0, bytes + sizeof(uint64_t));
    ng_le_store64(out->data + NG_FREQUENT_LENGTH_AT, LENGTH);
    ng_le_store64(out->data + NG_FREQUENT_COUNT_WIDTH_AT, layout.count_width);
    ng_le_store64(out->data + NG_FREQUENT_BUCKETS_AT, buckets);
    fill(table, &layout, out->data + NG_FREQUENT_TABLE_AT);
    out->length = bytes;
    return NG_OK;
}

int ng_frequent_write(struct ng_container_writer *writer, const struct ng_merge_text *texts, size_t text_count,
                      uint64_t rows, struct ng_err *err) {
    struct table table = {0};
    struct ng_container *written = NULL;
    struct ng_rank rank;
    struct ng_buf section = {0};
    int status = take_samples(&table, texts, text_count, rows, err);
    if (!status) status = choose(&table, rows, err);
    if (!status) status = ng_container_reopen(writer, &written, err);
    if (!status) status = ng_rank_open(&rank, written, err);
    for (size_t at = 0; at < table.count && !status; at += LANES) {
        search(&rank, table.list + at, table.count - at < LANES ? table.count - at : LANES);
    }
    if (!status) status = ng_container_status(written, err);
    if (!status && table.count > 0) status = encode(&table, rows, &section, err);
    if (!status && table.count == 0) status = ng_buf_append_u64(&section, 0, err);
    ng_container_close(written);
    if (!status) status = ng_container_write_section(writer, NG_FREQUENT_SECTION, section.data, section.length, err);
    ng_buf_free(&section);
    free(table.samples);
    free(table.list);
    return status;
}
