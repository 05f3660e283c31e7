#include "tests/support/rank_v1.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/rank/cell.h"
#include "common/rank/table.h"
#include "tests/support/check.h"
#include "tests/support/temp.h"

enum { LEAF_ROWS = 1 << 12, SUPER_ROWS = 1 << 16, HYPER_SUPERS = 16, MOST_BITS = 12 };

struct writer {
    struct ng_buf data, offsets, hypers, supers;
    uint64_t total[256];
};

static void append(struct ng_buf *buf, const void *bytes, size_t length) {
    ck_assert_int_eq(ng_buf_append(buf, bytes, length, NULL), 0);
}

static void append_number(struct ng_buf *buf, uint64_t value, size_t bytes) {
    uint8_t all[8];
    ng_le_store64(all, value);
    append(buf, all, bytes);
}

static void fill_up(struct ng_buf *buf, size_t unit) {
    while (buf->length % unit) append_number(buf, 0, 1);
}

/* Huffman's lengths, by merging the two least again and again; of at most MOST_BITS, as rare symbols are counted as less
 * rare until that is so. */
static void find_lengths(const uint32_t counts[256], unsigned lengths[256]) {
    uint64_t weights[256];
    for (unsigned s = 0; s < 256; s++) weights[s] = counts[s];
    for (unsigned longest = MOST_BITS + 1; longest > MOST_BITS;) {
        uint64_t tree[256];
        unsigned root[256]; /* of the tree that the symbol is in */
        memcpy(tree, weights, sizeof tree);
        memset(lengths, 0, 256 * sizeof *lengths);
        for (unsigned s = 0; s < 256; s++) root[s] = s;
        for (;;) {
            unsigned least[2] = {256, 256};
            for (unsigned t = 0; t < 256; t++) {
                if (tree[t] == 0) continue;
                if (least[0] == 256 || tree[t] < tree[least[0]]) {
                    least[1] = least[0];
                    least[0] = t;
                } else if (least[1] == 256 || tree[t] < tree[least[1]]) {
                    least[1] = t;
                }
            }
            if (least[1] == 256) break;
            for (unsigned s = 0; s < 256; s++) {
                if (weights[s] == 0 || (root[s] != least[0] && root[s] != least[1])) continue;
                lengths[s]++;
                root[s] = least[0];
            }
            tree[least[0]] += tree[least[1]];
            tree[least[1]] = 0;
        }
        longest = 0;
        for (unsigned s = 0; s < 256; s++) {
            if (lengths[s] > longest) longest = lengths[s];
            if (weights[s] > 0) weights[s] = weights[s] / 2 + 1;
        }
    }
}

void test_code_make(struct test_code *code, const uint32_t counts[256]) {
    unsigned lengths[256];
    uint16_t inner[256] = {0};
    memset(code, 0, sizeof *code);
    find_lengths(counts, lengths);
    for (unsigned length = 0; length <= MOST_BITS; length++) {
        for (unsigned s = 0; s < 256; s++) {
            if (counts[s] == 0 || lengths[s] != length) continue;
            code->length[code->symbols] = (uint8_t)length;
            code->symbol[code->symbols++] = (uint8_t)s;
            code->depth = length;
        }
    }
    code->word[0] = 1;
    code->inner[0] = code->depth > 0;
    unsigned next = 0;
    for (unsigned depth = 1; depth <= code->depth; depth++) {
        unsigned parents = code->inner[depth - 1];
        unsigned ends = 0;
        uint16_t children[512] = {0};
        while (next + ends < code->symbols && code->length[next + ends] == depth) ends++;
        for (unsigned i = 0; i < parents; i++) {
            children[i] = inner[i];
            children[parents + i] = (uint16_t)(inner[i] | 1u << (depth - 1));
        }
        unsigned stay = 2 * parents - ends;
        for (unsigned i = 0; i < ends; i++) code->word[next++] = (uint16_t)(children[stay + i] | 1u << depth);
        memcpy(inner, children, stay * sizeof *inner);
        code->inner[depth] = (uint16_t)stay;
    }
}

/* Deals the rows' words out level by level; words that end leave. Appends what a leaf begins with; cells are for later. */
static void append_levels(struct ng_buf *data, struct ng_buf *cells, const struct test_code *code, uint16_t *words,
                          size_t count) {
    struct ng_buf sizes = {0};
    struct ng_buf headers = {0};
    for (unsigned depth = 0; depth < code->depth; depth++) {
        uint16_t dealt[2][LEAF_ROWS] = {{0}};
        size_t left[2] = {0, 0};
        if (depth > 0) append_number(&sizes, count, 2);
        for (size_t at = 0; at < count; at += NG_CELL_BITS) {
            uint64_t bits[NG_CELL_WORDS] = {0};
            uint8_t out[NG_CELL_OUT_BYTES];
            unsigned size = count - at < NG_CELL_BITS ? (unsigned)(count - at) : (unsigned)NG_CELL_BITS;
            for (unsigned i = 0; i < size; i++) {
                unsigned bit = words[at + i] & 1;
                uint16_t rest = (uint16_t)(words[at + i] >> 1);
                bits[i / 64] |= (uint64_t)bit << i % 64;
                if (rest > 1) dealt[bit][left[bit]++] = rest;
            }
            uint16_t header = ng_rank_cell_encode(bits, size, out);
            append_number(&headers, header, 2);
            append(cells, out, ng_cell_length_bytes(header));
        }
        memcpy(words, dealt[0], left[0] * sizeof *words);
        memcpy(words + left[0], dealt[1], left[1] * sizeof *words);
        count = left[0] + left[1];
    }
    append_number(data, headers.length / 2, 1);
    append(data, sizes.data, sizes.length);
    append(data, headers.data, headers.length);
    ng_buf_free(&sizes);
    ng_buf_free(&headers);
}

/* Where the rows of the symbol at a place begin in the order behind its last bit: behind those whose words are longer,
 * and those of the places before at its depth. */
static uint32_t first_row(const struct test_code *code, const uint32_t counts[256], unsigned place) {
    uint32_t before = 0;
    for (unsigned i = 0; i < code->symbols; i++) {
        bool is_before = code->length[i] > code->length[place] || (code->length[i] == code->length[place] && i < place);
        before += is_before ? counts[code->symbol[i]] : 0;
    }
    return before;
}

static void append_leaf(struct writer *w, const struct test_code *code, const uint16_t offsets[257], const uint8_t *rows,
                        size_t count, const uint32_t before[256]) {
    struct ng_buf cells = {0};
    uint8_t packed[600] = {0};
    uint32_t counts[256] = {0};
    uint16_t words[LEAF_ROWS] = {0};
    unsigned first = 0; /* the place of the first row's symbol */
    for (size_t i = 0; i < count; i++) counts[rows[i]]++;
    bool alike = counts[rows[0]] == count;
    for (unsigned i = 0; i < code->symbols; i++) {
        uint32_t value = before[code->symbol[i]] - (alike ? 0 : first_row(code, counts, i));
        unsigned width = (unsigned)(offsets[i + 1] - offsets[i]);
        ng_packed_put(packed, offsets[i], width, value & ((UINT32_C(1) << width) - 1));
        if (code->symbol[i] == rows[0]) first = i;
        for (size_t row = 0; row < count; row++) {
            if (rows[row] == code->symbol[i]) words[row] = code->word[i];
        }
    }
    if (alike) append_number(&w->data, (uint64_t)first << 8, 2);
    else append_levels(&w->data, &cells, code, words, count);
    append(&w->data, packed, (offsets[code->symbols] + 7u) / 8);
    append(&w->data, cells.data, cells.length);
    fill_up(&w->data, 2);
    ng_buf_free(&cells);
}

/* A superblock's part of the directory, whose leaves end at ends. */
static void append_super(struct writer *w, const struct test_code *code, const uint16_t offsets[257], uint64_t data_at,
                         const uint16_t ends[16]) {
    uint8_t present[32] = {0};
    append_number(&w->offsets, w->supers.length, 6);
    append_number(&w->supers, data_at, 6);
    append_number(&w->supers, (offsets[code->symbols] + 7u) / 8, 2);
    append_number(&w->supers, code->symbols - 1, 1);
    append_number(&w->supers, code->depth, 1);
    for (unsigned d = 0; d < MOST_BITS; d++) append_number(&w->supers, d < code->depth ? code->inner[d] : 0, 1);
    append_number(&w->supers, 0, 2);
    for (unsigned i = 0; i < 16; i++) append_number(&w->supers, ends[i], 2);
    append_number(&w->supers, 0, 8);
    for (unsigned i = 0; i < code->symbols; i++) {
        present[code->symbol[i] / 8] = (uint8_t)(present[code->symbol[i] / 8] | 1u << code->symbol[i] % 8);
    }
    append(&w->supers, present, sizeof present);
    for (unsigned s = 0; s < 256; s++) {
        for (unsigned i = 0; i < code->symbols; i++) {
            if (code->symbol[i] == s) append_number(&w->supers, i, 1);
        }
    }
    for (unsigned i = 0; i < code->symbols; i++) {
        append_number(&w->supers, w->total[code->symbol[i]], 6);
        append_number(&w->supers, code->word[i], 2);
        append_number(&w->supers, offsets[i], 2);
        append_number(&w->supers, (uint64_t)offsets[i + 1] - offsets[i], 1);
        append_number(&w->supers, code->symbol[i], 1);
    }
    fill_up(&w->supers, 64);
}

static void append_rows(struct writer *w, const uint8_t *rows, size_t count, uint32_t counts[256]) {
    struct test_code code;
    uint16_t offsets[257] = {0};
    uint16_t ends[16];
    uint32_t before[256] = {0};
    uint64_t data_at = w->data.length;
    for (size_t i = 0; i < count; i++) counts[rows[i]]++;
    test_code_make(&code, counts);
    for (unsigned i = 0; i < code.symbols; i++) {
        offsets[i + 1] = (uint16_t)(offsets[i] + ng_packed_width(counts[code.symbol[i]]));
    }
    for (size_t leaf = 0; leaf < 16; leaf++) {
        size_t at = leaf * LEAF_ROWS;
        size_t size = at >= count ? 0 : count - at < LEAF_ROWS ? count - at : (size_t)LEAF_ROWS;
        if (size > 0) append_leaf(w, &code, offsets, rows + at, size, before);
        for (size_t i = 0; i < size; i++) before[rows[at + i]]++;
        ends[leaf] = (uint16_t)((w->data.length - data_at) / 2);
    }
    append_super(w, &code, offsets, data_at, ends);
}

static void append_hyper(struct writer *w, const uint64_t before[256], const uint16_t present[256],
                         const uint64_t occurs[256]) {
    for (unsigned s = 0; s < 256; s++) {
        if (occurs[s] == 0) continue;
        append_number(&w->hypers, before[s], 8);
        append_number(&w->hypers, present[s], 2);
    }
}

static void write_directory(struct writer *w, struct ng_container_writer *to, uint64_t rows) {
    uint8_t bitmap[32] = {0};
    struct ng_buf head = {0};
    uint64_t symbols = 0;
    for (unsigned s = 0; s < 256; s++) {
        symbols += w->total[s] > 0;
        bitmap[s / 8] = (uint8_t)(bitmap[s / 8] | (unsigned)(w->total[s] > 0) << s % 8);
    }
    append_number(&head, rows, 8);
    append_number(&head, symbols, 8);
    append(&head, bitmap, sizeof bitmap);
    fill_up(&head, 64);
    append_number(&w->offsets, w->supers.length, 6);
    fill_up(&w->offsets, 64);
    fill_up(&w->hypers, 64);
    ck_assert_int_eq(ng_container_write_section(to, NG_RANK_DATA_SECTION, w->data.data, w->data.length, NULL), 0);
    ck_assert_int_eq(ng_container_write_section(to, NG_RANK_DIRECTORY_SECTION, head.data, head.length, NULL), 0);
    ck_assert_int_eq(ng_container_write(to, w->offsets.data, w->offsets.length, NULL), 0);
    ck_assert_int_eq(ng_container_write(to, w->hypers.data, w->hypers.length, NULL), 0);
    ck_assert_int_eq(ng_container_write(to, w->supers.data, w->supers.length, NULL), 0);
    ng_buf_free(&head);
}

void test_rank_v1_write(struct ng_container_writer *writer, const uint8_t *bwt, size_t rows) {
    struct writer w = {.total = {0}};
    uint64_t occurs[256] = {0};
    uint64_t before[256] = {0};
    uint16_t present[256] = {0};
    for (size_t i = 0; i < rows; i++) occurs[bwt[i]]++;
    for (size_t at = 0, super = 0; at < rows; at += SUPER_ROWS, super++) {
        uint32_t counts[256] = {0};
        if (super > 0 && super % HYPER_SUPERS == 0) {
            append_hyper(&w, before, present, occurs);
            memcpy(before, w.total, sizeof before);
            memset(present, 0, sizeof present);
        }
        append_rows(&w, bwt + at, rows - at < SUPER_ROWS ? rows - at : (size_t)SUPER_ROWS, counts);
        for (unsigned s = 0; s < 256; s++) {
            w.total[s] += counts[s];
            if (counts[s] > 0) present[s] = (uint16_t)(present[s] | 1u << super % HYPER_SUPERS);
        }
    }
    append_hyper(&w, before, present, occurs);
    memset(present, 0, sizeof present);
    append_hyper(&w, w.total, present, occurs);
    write_directory(&w, writer, rows);
    ng_buf_free(&w.data);
    ng_buf_free(&w.offsets);
    ng_buf_free(&w.hypers);
    ng_buf_free(&w.supers);
}

static uint8_t *decode_parts(const struct test_parts *parts, size_t *rows) {
    struct ng_container *container = NULL;
    struct ng_map map;
    struct ng_rank rank;
    size_t length;
    const char *path = test_temp_path("as-v1.ngx");
    uint8_t *file = test_parts_join(parts, &length);
    test_write_file(path, file, length);
    free(file);
    ck_assert_int_eq(ng_map_open(&map, path, false, NULL), 0);
    ck_assert_int_eq(ng_container_adopt(&container, &map, path, NULL), 0);
    ck_assert_int_eq(ng_rank_open(&rank, container, NULL), 0);
    *rows = (size_t)rank.rows;
    uint8_t *bwt = malloc(*rows);
    ck_assert_ptr_nonnull(bwt);
    ck_assert_int_eq(ng_rank_table_decode(&rank, bwt, 1, NULL), 0);
    ng_container_close(container);
    ck_assert_int_eq(unlink(path), 0);
    return bwt;
}

void test_parts_as_v1(struct test_parts *parts) {
    static const char *const names[] = {NG_RANK_DATA_SECTION, NG_RANK_DIRECTORY_SECTION};
    struct ng_container_writer *writer = NULL;
    struct ng_container_written written;
    struct test_parts made;
    size_t rows;
    size_t length;
    const char *path = test_temp_path("as-v1.ngx");
    uint8_t *bwt = decode_parts(parts, &rows);
    ck_assert_int_eq(ng_container_create(&writer, path, NULL), 0);
    test_rank_v1_write(writer, bwt, rows);
    ck_assert_int_eq(ng_container_finish(writer, &written, NULL), 0);
    ng_container_writer_free(writer);
    free(bwt);
    uint8_t *file = test_read_file(path, &length);
    test_parts_take(&made, file, length);
    for (unsigned i = 0; i < 2; i++) {
        struct test_part *to = test_parts_find(parts, names[i]);
        const struct test_part *from = test_parts_find(&made, names[i]);
        test_part_splice(to, 0, to->length, from->bytes, from->length);
    }
    parts->version = made.version;
    test_parts_free(&made);
    free(file);
    ck_assert_int_eq(unlink(path), 0);
}
