/*
 * Sorting of blocks against libdivsufsort, which sorts one string: it is given the documents with their numbers,
 * big-endian, behind their terminators, so that ties are decided by those. Texts at which induced sorting could go
 * wrong: few and many kinds of symbols, one run, periods, Fibonacci words, de Bruijn sequences, near duplicates,
 * documents that are empty or whose text is in order; large enough for several levels of names.
 */
#include <divsufsort.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/shard/shard_format.h"
#include "indexer/sort/sort.h"
#include "indexer/sort/sort_large.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { MAX_ROWS = TEST_SANITIZED ? 60000 : 300000, TIE_BYTES = 4, TURNS = TEST_SANITIZED ? 3 : 12 };

/* A block of text, and what is wanted of it. */
struct block {
    uint8_t text[MAX_ROWS];
    uint32_t rows;
    uint32_t documents;
    uint32_t sorted[MAX_ROWS]; /* where suffixes begin, in order */
    uint32_t document[MAX_ROWS]; /* of each place of the text */
};

/* By libdivsufsort, with the ties left out again. */
static void sort_naively(struct block *block) {
    const size_t most = block->rows + (size_t)TIE_BYTES * block->documents;
    uint8_t *text = calloc(most, 1);
    uint32_t *places = malloc(most * sizeof *places); /* in the block, or UINT32_MAX */
    saidx_t *suffixes = malloc(most * sizeof *suffixes);
    ck_assert(text && places && suffixes);
    size_t length = 0;
    uint32_t document = 0;
    for (uint32_t i = 0; i < block->rows; i++) {
        block->document[i] = document;
        places[length] = i;
        text[length++] = block->text[i];
        if (block->text[i] != NG_TERMINATOR) continue;
        for (int shift = 8 * (TIE_BYTES - 1); shift >= 0; shift -= 8) {
            places[length] = UINT32_MAX;
            text[length++] = (uint8_t)(document >> shift);
        }
        document++;
    }
    ck_assert_int_eq(divsufsort(text, suffixes, (saidx_t)length), 0);
    uint32_t row = 0;
    for (size_t i = 0; i < length; i++) {
        if (places[suffixes[i]] != UINT32_MAX) block->sorted[row++] = places[suffixes[i]];
    }
    ck_assert_uint_eq(row, block->rows);
    free(text);
    free(places);
    free(suffixes);
}

static uint32_t naive_gram(const struct block *block, uint32_t place) {
    uint32_t code = 0;
    for (int i = 0; i < 3; i++) {
        code = code << 8 | block->text[place];
        if (block->text[place] != NG_TERMINATOR) place++;
    }
    return code;
}

static void check_grams(const struct block *block, const struct ng_grams *grams) {
    uint32_t row = 0;
    for (size_t i = 0; i < grams->count; i++) {
        ck_assert_uint_gt(grams->list[i].count, 0);
        ck_assert(i == 0 || grams->list[i - 1].code < grams->list[i].code);
        for (uint64_t end = row + grams->list[i].count; row < end; row++) {
            ck_assert_uint_lt(row, block->rows);
            ck_assert_uint_eq(naive_gram(block, block->sorted[row]), grams->list[i].code);
        }
    }
    ck_assert_uint_eq(row, block->rows);
}

/* The sorter for large blocks must give the same. */
static void check_large(const struct block *block, const struct ng_sort_options *options, const uint8_t *wanted,
                        const struct ng_sort_notes *wanted_notes) {
    struct ng_err err = {0};
    struct ng_sort_notes notes;
    uint8_t *bwt = malloc(block->rows);
    ck_assert_ptr_nonnull(bwt);
    memcpy(bwt, block->text, block->rows);
    ck_assert_msg(ng_sort_large(bwt, block->rows, options, &notes, &err) == 0, "%s", err.text);
    ck_assert_mem_eq(bwt, wanted, block->rows);
    ck_assert_uint_eq(notes.sample_count, wanted_notes->sample_count);
    ck_assert_mem_eq(notes.samples, wanted_notes->samples, notes.sample_count * sizeof *notes.samples);
    ck_assert_mem_eq(notes.starts, wanted_notes->starts, options->documents * sizeof *notes.starts);
    ng_sort_notes_free(&notes);
    free(bwt);
}

static void check_block(struct block *block, struct test_random *random) {
    block->documents = 0;
    for (uint32_t i = 0; i < block->rows; i++) block->documents += block->text[i] == NG_TERMINATOR;
    sort_naively(block);
    uint8_t *bwt = malloc(block->rows);
    ck_assert_ptr_nonnull(bwt);
    memcpy(bwt, block->text, block->rows);
    struct ng_err err = {0};
    struct ng_sort_notes notes;
    const struct ng_sort_options options = {.documents = block->documents,
                                            .first_position = test_random_below(random, UINT64_C(1) << 40),
                                            .sa_sample = 1 + test_random_below(random, 100)};
    ck_assert_msg(ng_sort(bwt, block->rows, &options, &notes, &err) == 0, "%s", err.text);
    const uint64_t distance = options.sa_sample;
    const uint64_t first_sample = (options.first_position + distance - 1) / distance;
    uint64_t samples = 0;
    for (uint32_t row = 0; row < block->rows; row++) {
        uint32_t place = block->sorted[row];
        uint64_t position = options.first_position + place;
        uint8_t before = place > 0 ? block->text[place - 1] : NG_TERMINATOR;
        ck_assert_uint_eq(bwt[row], before);
        if (before == NG_TERMINATOR) ck_assert_uint_eq(notes.starts[block->document[place]], row);
        if (position % distance > 0) continue;
        ck_assert_uint_eq(notes.samples[position / distance - first_sample], row);
        samples++;
    }
    ck_assert_uint_eq(samples, notes.sample_count);
    check_grams(block, &notes.grams);
    check_large(block, &options, bwt, &notes);
    ng_sort_notes_free(&notes);
    free(bwt);
}

static void fill_random(struct block *block, struct test_random *random) {
    static const uint64_t alphabets[] = {1, 2, 3, 4, 16, 60, 255};
    uint64_t alphabet = alphabets[test_random_below(random, 7)];
    for (uint32_t i = 0; i < block->rows; i++) block->text[i] = (uint8_t)test_random_below(random, alphabet);
}

static void fill_periodic(struct block *block, struct test_random *random) {
    fill_random(block, random);
    uint32_t period = 1 + (uint32_t)test_random_below(random, test_random_below(random, 2) ? 9 : 1 + block->rows / 2);
    bool exact = test_random_below(random, 2);
    for (uint32_t i = period; i < block->rows; i++) {
        if (exact || test_random_below(random, 500) > 0) block->text[i] = block->text[i - period];
    }
}

static void fill_fibonacci(struct block *block, struct test_random *random) {
    uint8_t low = (uint8_t)test_random_below(random, 254);
    uint32_t shorter = 1;
    uint32_t length = 2;
    bool turned = test_random_below(random, 2);
    block->text[0] = turned ? low + 1 : low;
    block->text[1] = turned ? low : low + 1;
    while (length < block->rows) {
        uint32_t part = shorter < block->rows - length ? shorter : block->rows - length;
        memcpy(block->text + length, block->text, part);
        shorter = length;
        length += part;
    }
}

/* Each string of so many bits or symbols once: the smallest of each necklace, in order (Fredricksen and Maiorana). */
static void fill_de_bruijn(struct block *block, struct test_random *random) {
    const unsigned symbols = 2 + (unsigned)test_random_below(random, 4);
    const unsigned width = symbols == 2 ? 16 : symbols == 3 ? 10 : 7;
    uint8_t word[17] = {0};
    uint32_t length = 0;
    for (unsigned used = 1; used > 0 && length + width < block->rows;) {
        if (width % used == 0) {
            memcpy(block->text + length, word + 1, used);
            length += used;
        }
        for (unsigned i = 1; i <= width; i++) word[i] = i <= used ? word[i] : word[i - used];
        for (used = width; used > 0 && word[used] == symbols - 1;) used--;
        if (used > 0) word[used]++;
    }
    if (length > 0) block->rows = length;
}

static void fill_in_order(struct block *block, struct test_random *random) {
    bool down = test_random_below(random, 2);
    for (uint32_t i = 0; i < block->rows; i++) {
        uint8_t byte = (uint8_t)((uint64_t)i * 255 / block->rows);
        block->text[i] = down ? 254 - byte : byte;
    }
}

static void (*const fills[])(struct block *, struct test_random *) = {fill_random, fill_periodic, fill_fibonacci,
                                                                      fill_de_bruijn, fill_in_order};
enum { FILLS = sizeof fills / sizeof *fills };

START_TEST(test_against_divsufsort) {
    struct block *block = malloc(sizeof *block);
    ck_assert_ptr_nonnull(block);
    struct test_random random = test_random_make((uint64_t)_i + 4711);
    for (int turn = 0; turn < TURNS; turn++) {
        block->rows = 2 + (uint32_t)test_random_below(&random, turn % 3 ? 500 : MAX_ROWS - 1);
        fills[_i % FILLS](block, &random);
        uint64_t mean = 1 + test_random_below(&random, turn % 2 ? 20 : 100000);
        for (uint32_t i = 0; i < block->rows && turn % 4 > 0; i++) {
            if (test_random_below(&random, mean) == 0) block->text[i] = NG_TERMINATOR;
        }
        block->text[block->rows - 1] = NG_TERMINATOR;
        check_block(block, &random);
    }
    free(block);
}
END_TEST

START_TEST(test_every_short_text) {
    struct block *block = malloc(sizeof *block);
    ck_assert_ptr_nonnull(block);
    struct test_random random = test_random_make(1);
    for (block->rows = 1; block->rows <= (TEST_SANITIZED ? 6 : 8); block->rows++) {
        static const uint8_t symbols[] = {0, 1, 254, NG_TERMINATOR};
        for (uint32_t code = 0; code < 1u << 2 * (block->rows - 1); code++) {
            for (uint32_t i = 0; i < block->rows; i++) block->text[i] = symbols[code >> 2 * i & 3];
            block->text[block->rows - 1] = NG_TERMINATOR;
            check_block(block, &random);
        }
    }
    free(block);
}
END_TEST

static Suite *sort_suite(void) {
    Suite *suite = suite_create("sorting");
    TCase *tcase = tcase_create("sorting");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_against_divsufsort, 0, 4 * FILLS);
    tcase_add_test(tcase, test_every_short_text);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {sort_suite};
    return test_run(suites, 1);
}
