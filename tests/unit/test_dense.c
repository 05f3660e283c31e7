/*
 * The walk of a merge: every kernel counts the gaps that a naive comparison of suffixes gives, on either side of the
 * documents walked over; symbols that are rare, frequent and absent, and more than 255 suffixes in one gap.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpu/cpu.h"
#include "common/shard/shard_format.h"
#include "indexer/bwt/dense.h"
#include "indexer/bwt/dense_kernels.h"
#include "indexer/merge/interleave_kernels.h"
#include "indexer/sort/sort.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { MAX_ROWS = 3000 };

struct side {
    uint8_t before[64]; /* one byte before the text is read */
    uint8_t text[MAX_ROWS];
    uint64_t ends[MAX_ROWS];
    uint64_t documents;
    size_t rows;
};

static void fill(struct side *side, struct test_random *random, uint64_t alphabet, size_t rows, uint64_t period) {
    side->rows = rows;
    side->documents = 0;
    for (size_t i = 0; i < rows; i++) {
        uint64_t rare = test_random_below(random, 300);
        side->text[i] = (uint8_t)test_random_below(random, rare ? (alphabet + 3) / 4 : alphabet);
        if (i >= period && test_random_below(random, 40)) side->text[i] = side->text[i - period];
        if (test_random_below(random, 60) == 0 || i + 1 == rows) side->text[i] = NG_TERMINATOR;
        if (side->text[i] == NG_TERMINATOR) side->ends[side->documents++] = i;
    }
}

static int compare(const uint8_t *a, const uint8_t *b) {
    for (;; a++, b++) {
        if (*a != *b) return *a < *b ? -1 : 1;
        if (*a == NG_TERMINATOR) return 0;
    }
}

/* The BWT and the places of its rows. */
static uint8_t *sort_side(const struct side *side, uint64_t *places) {
    struct ng_err err = {0};
    struct ng_sort_notes notes;
    const struct ng_sort_options options = {.documents = side->documents, .sa_sample = 1};
    uint8_t *bwt = malloc(MAX_ROWS);
    ck_assert_ptr_nonnull(bwt);
    memcpy(bwt, side->text, side->rows);
    ck_assert_int_eq(ng_sort(bwt, side->rows, &options, &notes, &err), 0);
    for (size_t p = 0; p < side->rows; p++) places[notes.samples[p]] = p;
    ng_sort_notes_free(&notes);
    return bwt;
}

/* Rows of base that come before a suffix of walker. */
static uint64_t naive_rank(const struct side *base, const uint64_t *places, const uint8_t *suffix, bool base_first) {
    uint64_t low = 0;
    uint64_t high = base->rows;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        int order = compare(base->text + places[middle], suffix);
        if (order < 0 || (order == 0 && base_first)) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void check_walk(ng_dense_kernel *kernel, const struct side *base, const struct side *walker, bool base_first,
                       uint64_t memory_bytes) {
    static uint64_t places[MAX_ROWS];
    static uint64_t samples[MAX_ROWS];
    static uint64_t starts[MAX_ROWS];
    static uint64_t gaps[MAX_ROWS + 1];
    struct ng_err err = {0};
    struct ng_dense dense;
    struct ng_run run = {.rows = base->rows, .documents = base->documents, .bytes = sort_side(base, places), .file = {.fd = -1}};
    ck_assert_int_eq(ng_dense_open(&dense, &run, memory_bytes, 2, &err), 0);
    const struct ng_chain_text text = {.text = walker->text, .length = walker->rows, .sa_sample = 1, .samples = samples,
                                       .ends = walker->ends, .starts = starts, .documents = walker->documents};
    memset(samples, 0, sizeof samples);
    memset(starts, 0, sizeof starts);
    memset(gaps, 0, sizeof gaps);
    struct ng_dense_walkers walkers = {.dense = &dense, .text = &text,
                                       .terminator_row = base_first ? base->rows : base->rows - base->documents};
    ck_assert_int_eq(kernel(&walkers, &err), 0);
    ck_assert_int_eq(ng_gaps_sum(&dense.gaps, 2, &err), 0);
    for (size_t p = 0; p < walker->rows; p++) {
        uint64_t wanted = naive_rank(base, places, walker->text + p, base_first);
        ck_assert_uint_eq(samples[p], wanted);
        gaps[wanted]++;
    }
    uint64_t before = 0;
    for (size_t row = 0; row <= base->rows; row++) {
        before += gaps[row];
        ck_assert_uint_eq(ng_gaps_before(&dense.gaps, row), before);
    }
    for (uint64_t d = 0; d < walker->documents; d++) {
        ck_assert_uint_eq(starts[d], samples[d ? walker->ends[d - 1] + 1 : 0]);
    }
    ng_dense_free(&dense);
    ng_run_free(&run);
}

START_TEST(test_gaps) {
    static const uint64_t alphabets[] = {1, 2, 30, 200, 255};
    ng_dense_kernel *kernels[] = {ng_dense_walk_portable, NULL, NULL};
#if defined(__x86_64__)
    if (ng_cpu_runs_bmi2()) kernels[1] = ng_dense_walk_bmi2;
    if (ng_cpu_runs_avx512()) kernels[2] = ng_dense_walk_avx512;
#endif
    static struct side a;
    static struct side b;
    struct test_random random = test_random_make((uint64_t)_i + 1);
    uint64_t period = 1 + test_random_below(&random, _i % 2 ? 3000 : 20);
    fill(&a, &random, alphabets[_i % 5], 1 + (size_t)test_random_below(&random, MAX_ROWS - 1), period);
    fill(&b, &random, alphabets[(_i + _i / 5) % 5], 1 + (size_t)test_random_below(&random, MAX_ROWS - 1), period);
    for (int k = 0; k < 3; k++) {
        if (!kernels[k]) continue;
        /* Without bitmaps, with a few of them, with all. */
        for (uint64_t more = 0; more < 3; more++) {
            uint64_t memory = more == 2 ? UINT64_MAX : more * (ng_dense_memory(a.rows) + 300);
            check_walk(kernels[k], &a, &b, true, memory);
            check_walk(kernels[k], &a, &b, false, memory);
        }
    }
}
END_TEST

#if defined(__x86_64__)
/* The kernels for newer processors, against the portable ones. */
START_TEST(test_fill) {
    struct test_random random = test_random_make((uint64_t)_i + 1);
    struct ng_bitmaps maps;
    uint64_t total[256] = {0};
    uint8_t rows[NG_BITMAPS_LINE_ROWS];
    uint8_t rest[2][NG_BITMAPS_LINE_ROWS + NG_BITMAPS_SLACK];
    static uint64_t lines[2][(NG_BITMAPS_MOST + 1) * NG_BITMAPS_LINE_WORDS];
    uint64_t counts[3][NG_BITMAPS_MOST + 1];
    ng_bitmaps_kernel *kernels[] = {ng_cpu_runs_bmi2() ? ng_bitmaps_fill_bmi2 : NULL,
                                    ng_cpu_runs_avx512() ? ng_bitmaps_fill_avx512 : NULL};
    for (unsigned c = 0; c < 1 + (unsigned)_i * 12; c++) total[255 - c] = 1000 + c;
    ng_bitmaps_choose(&maps, total, 300000, UINT64_MAX);
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)(255 - test_random_below(&random, 1 + (uint64_t)_i * 12));
    for (unsigned n = 0; n <= maps.symbols; n++) counts[0][n] = counts[1][n] = counts[2][n] = test_random_next(&random);
    size_t count = ng_bitmaps_fill_portable(&maps, rows, sizeof rows, counts[0], lines[0], rest[0]);
    for (unsigned k = 0; k < 2; k++) {
        if (!kernels[k]) continue;
        memset(lines[1], 0xab, sizeof lines[1]);
        ck_assert_uint_eq(kernels[k](&maps, rows, sizeof rows, counts[k + 1], lines[1], rest[1]), count);
        ck_assert_mem_eq(lines[0], lines[1], sizeof *lines[0] * (maps.symbols + 1) * NG_BITMAPS_LINE_WORDS);
        ck_assert_mem_eq(counts[0], counts[k + 1], sizeof *counts[0] * (maps.symbols + 1));
        ck_assert_mem_eq(rest[0], rest[1], count);
    }
}
END_TEST

/* A kernel that stops early is helped over the row where it stopped, as the interleaving does. */
static size_t interleave(ng_interleave_kernel *kernel, const struct ng_interleave_at *start, size_t rows, size_t *merged) {
    struct ng_interleave_at at = *start;
    for (size_t left = rows; left > 0;) {
        left -= kernel(&at, left);
        if (left == 0) break;
        for (unsigned gap = *at.gaps++; gap > 0; gap--) *at.out++ = *at.in++;
        *at.out++ = *at.rows++;
        left--;
        ++*merged;
    }
    return (size_t)(at.out - start->out);
}

static size_t merge_none(struct ng_interleave_at *at, size_t rows) {
    (void)at;
    (void)rows;
    return 0;
}

START_TEST(test_interleave) {
    enum { ROWS = 1000, MOST = ROWS * 256 };
    static uint8_t rows[ROWS + NG_INTERLEAVE_SLACK];
    static uint8_t gaps[ROWS];
    static uint8_t in[MOST + NG_INTERLEAVE_SLACK];
    static uint8_t out[2][MOST + NG_INTERLEAVE_SLACK];
    struct test_random random = test_random_make((uint64_t)_i + 1);
    size_t others = 0;
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = (uint8_t)test_random_next(&random);
        uint64_t bound = test_random_below(&random, 100) ? UINT64_C(1) << _i % 4 : 256;
        gaps[i] = (uint8_t)test_random_below(&random, bound);
        others += gaps[i];
    }
    for (size_t i = 0; i < others; i++) in[i] = (uint8_t)test_random_next(&random);
    struct ng_interleave_at at = {.rows = rows, .gaps = gaps, .in = in, .in_end = in + others};
    ng_interleave_kernel *kernels[] = {merge_none, ng_interleave_portable, ng_cpu_runs_bmi2() ? ng_interleave_bmi2 : NULL,
                                       ng_cpu_runs_avx512() ? ng_interleave_avx512 : NULL};
    for (unsigned k = 0; k < 4; k++) {
        size_t by_hand = 0;
        if (!kernels[k]) continue;
        at.out = out[k > 0];
        at.out_end = at.out + others + ROWS;
        ck_assert_uint_eq(interleave(kernels[k], &at, ROWS, &by_hand), others + ROWS);
        if (k == 0) ck_assert_uint_eq(by_hand, ROWS);
        else ck_assert_uint_lt(by_hand, ROWS / 2);
        ck_assert_mem_eq(out[0], out[k > 0], others + ROWS);
    }
}
END_TEST
#endif

Suite *test_dense_suite(void) {
    Suite *suite = suite_create("dense");
    TCase *tcase = tcase_create("dense");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_gaps, 0, 50);
#if defined(__x86_64__)
    tcase_add_loop_test(tcase, test_fill, 0, 12);
    tcase_add_loop_test(tcase, test_interleave, 0, 8);
#endif
    suite_add_tcase(suite, tcase);
    return suite;
}
