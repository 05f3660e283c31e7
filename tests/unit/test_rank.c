/* The rank structure of both versions of the format, every kernel, against counting by hand. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container/ahead.h"
#include "common/cpu/cpu.h"
#include "common/rank/format.h"
#include "common/rank/rank.h"
#include "common/rank/split.h"
#include "common/rank/table.h"
#include "tests/support/rank_v1.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { VERSIONS = 2 };

static void build(struct ng_container_writer *writer, const uint8_t *bwt, size_t length) {
    struct ng_err err = {0};
    struct ng_rank_builder *builder = NULL;
    ck_assert_int_eq(ng_rank_builder_open(&builder, writer, 3, &err), 0);
    /* In two pieces, so that pushes need not end where superblocks do. */
    ck_assert_int_eq(ng_rank_builder_push(builder, bwt, length / 3, &err), 0);
    ck_assert_int_eq(ng_rank_builder_push(builder, bwt + length / 3, length - length / 3, &err), 0);
    ck_assert_int_eq(ng_rank_builder_finish(builder, &err), 0);
    ng_rank_builder_close(builder);
}

static struct ng_container *build_and_open(const uint8_t *bwt, size_t length, unsigned version, struct ng_rank *rank) {
    struct ng_err err = {0};
    const char *path = test_temp_path("rank.ngx");
    struct ng_container_writer *writer = NULL;
    struct ng_container_written written;
    struct ng_container *container = NULL;
    (void)unlink(path);
    ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
    if (version == 1) test_rank_v1_write(writer, bwt, length);
    else build(writer, bwt, length);
    ck_assert_int_eq(ng_container_finish(writer, &written, &err), 0);
    ng_container_writer_free(writer);
    ck_assert_int_eq(ng_container_open(&container, path, &err), 0);
    ck_assert_msg(ng_rank_open(rank, container, &err) == 0, "%s", err.text);
    return container;
}

static void check_kernel(const struct ng_rank *rank, const uint8_t *bwt, size_t length, size_t every) {
    uint64_t count[256] = {0};
    struct test_random random = test_random_make(length);
    for (size_t i = 0; i <= length; i++) {
        if (i % every == 0 || i + 70 > length) {
            uint8_t present = bwt[test_random_below(&random, length)];
            uint8_t any = (uint8_t)test_random_below(&random, 256);
            ck_assert_uint_eq(ng_rank_count(rank, present, i), count[present]);
            ck_assert_uint_eq(ng_rank_count(rank, any, i), count[any]);
        }
        if (i == length) break;
        if (i % every == 0 || i + 70 > length) {
            struct ng_rank_step step = {.row = i};
            ng_rank_lf(rank, &step);
            ck_assert_uint_eq(step.symbol, bwt[i]);
            ck_assert_uint_eq(step.row, rank->first[bwt[i]] + count[bwt[i]]);
        }
        count[bwt[i]]++;
    }
}

static void check_range(const struct ng_rank *rank, const struct ng_rank_range *range,
                        const struct ng_rank_range *wanted) {
    ck_assert_uint_eq(range->end - range->begin, wanted->end - wanted->begin);
    ck_assert_uint_le(range->end, rank->rows);
    if (wanted->begin < wanted->end) ck_assert_uint_eq(range->begin, wanted->begin);
}

/* Batches and ranges must say what single queries say. */
static void check_batches(const struct ng_rank *rank, const uint8_t *bwt, size_t length, bool asks) {
    enum { COUNT = 3 * NG_RANK_BATCH }; /* more than go through a kernel's pool at once */
    struct ng_rank_step steps[COUNT];
    struct ng_rank_step single_steps[COUNT];
    struct ng_rank_range ranges[COUNT];
    struct ng_rank_range wanted[COUNT];
    struct test_random random = test_random_make(length + 1);
    for (int i = 0; i < COUNT; i++) {
        uint64_t a = test_random_below(&random, length + 1);
        uint64_t widest = i % 4 < 2 ? length : i % 4 < 3 ? 50 : NG_LEAF_ROWS; /* within a leaf, one cell or more */
        uint64_t b = a + test_random_below(&random, widest + 1);
        if (b > length) b = i % 4 < 2 ? test_random_below(&random, length + 1) : length;
        uint8_t symbol = i % 5 ? bwt[test_random_below(&random, length)] : (uint8_t)test_random_below(&random, 256);
        ranges[i] = (struct ng_rank_range){.begin = a < b ? a : b, .end = a < b ? b : a, .symbol = symbol};
        wanted[i].begin = rank->first[symbol] + ng_rank_count(rank, symbol, ranges[i].begin);
        wanted[i].end = rank->first[symbol] + ng_rank_count(rank, symbol, ranges[i].end);
        struct ng_rank_range single = ranges[i];
        ng_rank_extend(rank, &single);
        check_range(rank, &single, &wanted[i]);
        single_steps[i].row = steps[i].row = test_random_below(&random, length);
        ng_rank_lf(rank, &single_steps[i]);
    }
    /* Of each size up to where all are alike, and large ones. */
    enum { SMALL = 10 };
    for (size_t size = 1; size <= COUNT; size = size < SMALL ? size + 1 : 2 * size) {
        struct ng_rank_range some_ranges[COUNT];
        struct ng_rank_step some_steps[COUNT];
        size_t count = 2 * size <= COUNT ? size : COUNT;
        /* As if pages were not in memory, and as if they were. */
        ng_ahead_thread = (struct ng_ahead){.asks = asks, .lifetime = 1};
        memcpy(some_ranges, ranges, sizeof ranges);
        memcpy(some_steps, steps, sizeof steps);
        ng_rank_extend_batch(rank, some_ranges, count);
        ng_rank_lf_batch(rank, some_steps, count);
        for (size_t i = 0; i < count; i++) {
            check_range(rank, &some_ranges[i], &wanted[i]);
            ck_assert_uint_eq(some_steps[i].row, single_steps[i].row);
            ck_assert_uint_eq(some_steps[i].symbol, single_steps[i].symbol);
        }
    }
}

static void check_decoding(const struct ng_rank *rank, const uint8_t *bwt, size_t length) {
    uint8_t symbols[NG_LEAF_ROWS];
    size_t most = (size_t)ng_rank_leaf_rows(rank);
    for (size_t at = 0; at < length; at += most) {
        size_t rows = length - at < most ? length - at : most;
        ck_assert_uint_eq(ng_rank_decode_leaf(rank, at + rows / 2, symbols), rows);
        ck_assert_mem_eq(symbols, bwt + at, rows);
    }
}

/* Every leaf is right, as verify sees it. */
static void check_leaves(const struct ng_rank *rank) {
    uint64_t counts[256] = {0};
    for (uint64_t row = 0; row < rank->rows; row += ng_rank_leaf_rows(rank)) {
        ck_assert(ng_rank_check_leaf(rank, row, counts));
    }
    ck_assert_mem_eq(counts, rank->total, sizeof counts);
}

/* The LF-mapping in memory must say what the rank structure says. */
static void check_table(const struct ng_rank *rank, const uint8_t *bwt, size_t length, size_t every, unsigned threads) {
    enum { COUNT = 64 };
    struct ng_err err = {0};
    struct ng_rank_table table;
    uint8_t *symbols = malloc(length);
    ck_assert_ptr_nonnull(symbols);
    ck_assert_int_eq(ng_rank_table_decode(rank, symbols, threads, &err), 0);
    ck_assert_mem_eq(symbols, bwt, length);
    free(symbols);
    ck_assert_int_eq(ng_rank_table_open(&table, rank, threads, NULL, &err), 0);
    for (size_t at = 0; at < length; at += every * COUNT) {
        struct ng_rank_step steps[COUNT];
        struct ng_rank_step wanted[COUNT];
        size_t count = 0;
        for (; count < COUNT && at + count * every < length; count++) steps[count].row = at + count * every;
        memcpy(wanted, steps, sizeof steps);
        ng_rank_lf_batch(rank, wanted, count);
        ng_rank_table_step(&table, steps, count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(steps[i].row, wanted[i].row);
            ck_assert_uint_eq(steps[i].symbol, wanted[i].symbol);
        }
    }
    ng_rank_table_free(&table);
}

static void check_version(const uint8_t *bwt, size_t length, size_t every, unsigned version) {
    struct ng_rank rank;
    struct ng_container *container = build_and_open(bwt, length, version, &rank);
    ck_assert_uint_eq(container->version, version);
    ck_assert_uint_eq(rank.rows, length);
    if (TEST_SANITIZED) every *= 8;
    for (size_t k = 0; ng_rank_kernel_at(k); k++) {
        rank.kernel = ng_rank_kernel_at(k);
        check_kernel(&rank, bwt, length, every);
        check_batches(&rank, bwt, length, false);
        check_batches(&rank, bwt, length, true);
        check_decoding(&rank, bwt, length);
        check_leaves(&rank);
        check_table(&rank, bwt, length, every, (unsigned)k + 1);
    }
    struct ng_err err = {0};
    ck_assert_int_eq(ng_container_status(container, &err), 0);
    ng_container_close(container);
}

static void check_bwt(const uint8_t *bwt, size_t length, size_t every) {
    for (unsigned version = 1; version <= VERSIONS; version++) check_version(bwt, length, every, version);
}

/* Symbols drawn below an alphabet size, skewed by taking the smallest of so many draws, in runs. */
static void fill(uint8_t *bwt, size_t length, unsigned alphabet, unsigned draws, unsigned longest_run, uint64_t seed) {
    struct test_random random = test_random_make(seed);
    for (size_t i = 0; i < length;) {
        uint64_t symbol = test_random_below(&random, alphabet);
        for (unsigned d = 1; d < draws; d++) {
            uint64_t other = test_random_below(&random, alphabet);
            if (other < symbol) symbol = other;
        }
        uint64_t run = 1 + test_random_below(&random, longest_run);
        for (; run > 0 && i < length; run--) bwt[i++] = (uint8_t)symbol;
    }
}

START_TEST(test_distributions) {
    static const struct {
        unsigned alphabet, draws, run;
    } kinds[] = {{1, 1, 1},  {2, 1, 1},   {2, 9, 1},    {256, 1, 1},  {256, 6, 1},  {40, 3, 4},
                 {256, 1, 40}, {5, 2, 900}, {200, 40, 30}, {3, 1, 9000}, {100, 2, 300}, {256, 200, 2}};
    const size_t length = 200000;
    uint8_t *bwt = calloc(length, 1);
    ck_assert_ptr_nonnull(bwt);
    fill(bwt, length, kinds[_i].alphabet, kinds[_i].draws, kinds[_i].run, (uint64_t)_i + 1);
    check_bwt(bwt, length, 61);
    free(bwt);
}
END_TEST

/* One kind after the other, so that superblocks differ and symbols come and go. */
START_TEST(test_changing_text) {
    const size_t piece = 30011;
    const size_t length = 80 * piece;
    uint8_t *bwt = calloc(length, 1);
    ck_assert_ptr_nonnull(bwt);
    for (size_t k = 0; k < 80; k++) {
        unsigned alphabet = (unsigned)(1 + k * 37 % 255);
        fill(bwt + k * piece, piece, alphabet, (unsigned)(1 + k % 7), (unsigned)(1 + k * k % 2000), k);
        for (size_t i = 0; i < piece; i++) bwt[k * piece + i] = (uint8_t)(bwt[k * piece + i] + 11 * k);
    }
    check_bwt(bwt, length, 601);
    free(bwt);
}
END_TEST

enum { TEST_LENGTHS = 21 };

START_TEST(test_lengths) {
    static const size_t lengths[] = {1, 2, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 8191, 8192,
                                     8193, 65535, 65536, 65537, 131071, 131072, 131073, 262144};
    enum { LENGTHS = sizeof lengths / sizeof *lengths };
    _Static_assert((int)LENGTHS == (int)TEST_LENGTHS, "each length has a test");
    uint8_t *bwt = calloc(262144, 1);
    ck_assert_ptr_nonnull(bwt);
    for (unsigned alphabet = 1; alphabet <= 256; alphabet += 85) {
        fill(bwt, lengths[_i], alphabet, 2, 3, lengths[_i]);
        check_bwt(bwt, lengths[_i], 1 + lengths[_i] / 700);
    }
    free(bwt);
}
END_TEST

/* Counts that double from symbol to symbol would make a code as deep as the alphabet is large. */
START_TEST(test_deep_code) {
    const size_t length = 65536;
    uint8_t *bwt = calloc(length, 1);
    ck_assert_ptr_nonnull(bwt);
    for (size_t i = 0; i < length; i++) bwt[i] = (uint8_t)(i == 0 ? 200 : __builtin_ctzll(i) * 3);
    check_bwt(bwt, length, 29);
    free(bwt);
}
END_TEST

/* No row takes an LF step, by itself or side by side, to a wrong symbol without a word about damage. */
static void check_lies_show(const struct ng_rank *rank, struct ng_container *container, const uint8_t *bwt) {
    enum { FEW = 2, MANY = 16 }; /* that go down each on its own, and by the pool */
    static const size_t counts[] = {FEW, MANY};
    size_t wrong = 0;
    for (uint64_t row = 0; row < rank->rows; row += 7) {
        struct ng_err err = {0};
        struct ng_rank_step single = {.row = row};
        ng_rank_lf(rank, &single);
        ck_assert(single.symbol == bwt[row] || ng_container_status(container, &err));
        atomic_store(&container->damaged_reference, false);
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            struct ng_rank_step steps[MANY];
            for (size_t i = 0; i < MANY; i++) steps[i] = (struct ng_rank_step){.row = row};
            ng_rank_lf_batch(rank, steps, counts[c]);
            ck_assert(steps[0].symbol == bwt[row] || ng_container_status(container, &err));
            atomic_store(&container->damaged_reference, false);
        }
        wrong += single.symbol != bwt[row];
    }
    ck_assert_uint_gt(wrong, 0);
}

/* Version 1: a first superblock that has more inner nodes at a depth than the depth above has children for. */
START_TEST(test_lying_code) {
    const size_t length = 60000;
    uint8_t *bwt = calloc(length, 1);
    ck_assert_ptr_nonnull(bwt);
    fill(bwt, length, 40, 3, 4, 1);
    for (size_t k = 0; ng_rank_kernel_at(k); k++) {
        for (unsigned depth = 1; depth <= 3; depth++) {
            enum { SLACK = 128 };
            struct ng_rank rank;
            struct ng_container *container = build_and_open(bwt, length, 1, &rank);
            uint8_t *directory = calloc((size_t)rank.directory.length_bytes + SLACK, 1);
            ck_assert_ptr_nonnull(directory);
            memcpy(directory, rank.directory.data, (size_t)rank.directory.length_bytes);
            uint8_t *inner = directory + rank.supers_at + NG_SUPER_INNER_AT;
            ck_assert_uint_gt(inner[depth], 0);
            inner[depth] = (uint8_t)(2 * inner[depth - 1] + 1);
            rank.directory.data = directory;
            rank.kernel = ng_rank_kernel_at(k);
            check_lies_show(&rank, container, bwt);
            free(directory);
            ng_container_close(container);
        }
    }
    free(bwt);
}
END_TEST

/* As a hostile writer makes it: the first superblock's head, or any bytes of the directory or of the leaves. */
static void damage(struct test_random *random, const struct ng_rank *rank, uint8_t *directory, uint8_t *data) {
    for (uint64_t i = test_random_below(random, 12); i < 12; i++) {
        uint8_t value = (uint8_t)test_random_next(random);
        uint64_t in_super = rank->supers_at + test_random_below(random, NG_SUPER_PLACES_AT);
        switch (test_random_below(random, 3)) {
        case 0: directory[in_super] = value; break;
        case 1: directory[test_random_below(random, rank->directory.length_bytes)] = value; break;
        default: data[test_random_below(random, rank->data.length_bytes)] = value;
        }
    }
}

/* Whatever stands in the directory and the leaves, no kernel reads outside of them or answers beyond the rows. What a
 * sanitizer sees of that is at the end of the last leaf, so there are few. */
static void check_damaged(unsigned version, size_t length) {
    enum { COUNT = 2 * NG_RANK_BATCH, ROUNDS = TEST_SANITIZED ? 500 : 1000 };
    enum { DIRECTORY_SLACK = 16, DATA_SLACK = 80 }; /* more is read of a level's headers, and of a cell */
    struct test_random random = test_random_make(length);
    struct ng_rank rank;
    uint8_t *bwt = calloc(length, 1);
    ck_assert_ptr_nonnull(bwt);
    fill(bwt, length, 40, 3, 4, 1);
    struct ng_container *container = build_and_open(bwt, length, version, &rank);
    const struct ng_rank sound = rank;
    uint8_t *directory = calloc((size_t)rank.directory.length_bytes + DIRECTORY_SLACK, 1);
    uint8_t *data = calloc((size_t)rank.data.length_bytes + DATA_SLACK, 1);
    ck_assert(directory && data);
    rank.directory.data = directory;
    rank.data.data = data;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ng_rank_range ranges[COUNT];
        struct ng_rank_step steps[COUNT];
        size_t count = 1 + (size_t)test_random_below(&random, COUNT);
        memcpy(directory, sound.directory.data, (size_t)rank.directory.length_bytes);
        memcpy(data, sound.data.data, (size_t)rank.data.length_bytes);
        damage(&random, &rank, directory, data);
        for (size_t k = 0; ng_rank_kernel_at(k); k++) {
            rank.kernel = ng_rank_kernel_at(k);
            for (size_t i = 0; i < count; i++) {
                uint64_t begin = test_random_below(&random, length + 1);
                uint64_t end = begin + test_random_below(&random, round % 2 ? length + 1 - begin : 2);
                ranges[i] = (struct ng_rank_range){.begin = begin, .end = end < length ? end : length,
                                                   .symbol = bwt[test_random_below(&random, length)]};
                steps[i] = (struct ng_rank_step){.row = test_random_below(&random, length)};
            }
            ng_rank_extend_batch(&rank, ranges, count);
            ng_rank_lf_batch(&rank, steps, count);
            for (size_t i = 0; i < count; i++) {
                ck_assert(ranges[i].begin <= ranges[i].end && ranges[i].end <= length);
                ck_assert_uint_lt(steps[i].row, length);
            }
        }
    }
    free(directory);
    free(data);
    ng_container_close(container);
    free(bwt);
}

START_TEST(test_damaged_bytes) {
    static const size_t lengths[] = {1500, 7000, 70000};
    for (unsigned version = 1; version <= VERSIONS; version++) check_damaged(version, lengths[_i]);
}
END_TEST

/* The splits for newer processors, against the portable one. */
START_TEST(test_split) {
    static uint16_t words[NG_LEAF_ROWS];
    static uint16_t next[2][NG_LEAF_ROWS + NG_SPLIT_SLACK];
    static uint16_t ones[NG_LEAF_ROWS + NG_SPLIT_SLACK];
    ng_rank_split *splits[] = {ng_rank_choose_split(), NULL};
#if defined(__x86_64__)
    if (ng_cpu_runs_bmi2()) splits[1] = ng_rank_split_bmi2;
#endif
    struct test_random random = test_random_make(7);
    for (size_t count = 1; count <= NG_LEAF_ROWS; count += 1 + count / 40) {
        uint64_t bits[3][NG_LEAF_ROWS / 64] = {{0}};
        for (size_t i = 0; i < count; i++) words[i] = (uint16_t)(2 + (test_random_next(&random) & 0x1ffe) % (2u << count % 12));
        size_t goes_on = ng_rank_split_portable(words, count, bits[0], next[0], ones);
        for (unsigned k = 0; k < 2; k++) {
            if (!splits[k]) continue;
            ck_assert_uint_eq(splits[k](words, count, bits[k + 1], next[1], ones), goes_on);
            ck_assert_mem_eq(bits[k + 1], bits[0], sizeof bits[0]);
            ck_assert_mem_eq(next[1], next[0], goes_on * sizeof *next[0]);
        }
    }
}
END_TEST

/* However many threads encode, the file is the same. */
START_TEST(test_threads) {
    const size_t length = 19 * 65536 * 6 + 12345;
    uint8_t *bwt = calloc(length, 1);
    struct ng_container_written written[2];
    ck_assert_ptr_nonnull(bwt);
    fill(bwt, length, 90, 2, 3, 5);
    for (unsigned i = 0; i < 2; i++) {
        struct ng_err err = {0};
        struct ng_container_writer *writer = NULL;
        struct ng_rank_builder *builder = NULL;
        const char *path = test_temp_path("threads.ngx");
        (void)unlink(path);
        ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
        ck_assert_int_eq(ng_rank_builder_open(&builder, writer, 1 + 2 * i, &err), 0);
        ck_assert_int_eq(ng_rank_builder_push(builder, bwt, length, &err), 0);
        ck_assert_int_eq(ng_rank_builder_finish(builder, &err), 0);
        ng_rank_builder_close(builder);
        ck_assert_int_eq(ng_container_finish(writer, &written[i], &err), 0);
        ng_container_writer_free(writer);
    }
    ck_assert_mem_eq(written[0].xxh3_128, written[1].xxh3_128, sizeof written[0].xxh3_128);
    free(bwt);
}
END_TEST

Suite *test_rank_suite(void) {
    Suite *suite = suite_create("rank");
    TCase *tcase = tcase_create("rank");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_distributions, 0, 12);
    tcase_add_test(tcase, test_changing_text);
    tcase_add_loop_test(tcase, test_lengths, 0, TEST_LENGTHS);
    tcase_add_test(tcase, test_deep_code);
    tcase_add_test(tcase, test_lying_code);
    tcase_add_loop_test(tcase, test_damaged_bytes, 0, 3);
    tcase_add_test(tcase, test_split);
    tcase_add_test(tcase, test_threads);
    suite_add_tcase(suite, tcase);
    return suite;
}
