/* The order of rows: documents are strings of their own, equal suffixes stand in the order of their documents. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/shard/shard_format.h"
#include "indexer/sort/sort.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

/* A suffix, as the naive order knows it. */
struct suffix {
    const uint8_t *text;
    uint64_t position;
    uint64_t document;
};

static int compare(const void *a, const void *b) {
    const struct suffix *x = a;
    const struct suffix *y = b;
    for (size_t i = 0;; i++) {
        uint8_t p = x->text[x->position + i];
        uint8_t q = y->text[y->position + i];
        if (p != q) return p < q ? -1 : 1;
        if (p == NG_TERMINATOR) return x->document < y->document ? -1 : x->document > y->document;
    }
}

/* The three bytes of a suffix, filled up with terminators. */
static uint32_t naive_gram(const struct suffix *suffix) {
    uint32_t code = 0;
    bool ended = false;
    for (size_t i = 0; i < 3; i++) {
        uint8_t byte = ended ? NG_TERMINATOR : suffix->text[suffix->position + i];
        ended = ended || byte == NG_TERMINATOR;
        code = code << 8 | byte;
    }
    return code;
}

/* What is noted of rows: those of sampled positions of a text that starts at first, and of documents' starts. */
static void check_notes(const struct ng_sort_notes *notes, const struct suffix *suffixes, size_t length, uint64_t first,
                        uint64_t distance) {
    size_t gram = 0;
    uint64_t in_gram = 0;
    uint64_t sampled = 0;
    for (size_t row = 0; row < length; row++) {
        const struct suffix *suffix = &suffixes[row];
        uint64_t position = first + suffix->position;
        if (position % distance == 0) {
            ck_assert_uint_eq(notes->samples[position / distance - (first + distance - 1) / distance], row);
            sampled++;
        }
        bool starts = suffix->position == 0 || suffix->text[suffix->position - 1] == NG_TERMINATOR;
        if (starts) ck_assert_uint_eq(notes->starts[suffix->document], row);
        ck_assert_uint_lt(gram, notes->grams.count);
        ck_assert_uint_eq(notes->grams.list[gram].code, naive_gram(suffix));
        if (++in_gram < notes->grams.list[gram].count) continue;
        gram++;
        in_gram = 0;
    }
    ck_assert_uint_eq(gram, notes->grams.count);
    ck_assert_uint_eq(sampled, notes->sample_count);
}

static void check_text_at(const uint8_t *text, size_t length, uint64_t first, uint64_t distance) {
    struct suffix *suffixes = malloc(length * sizeof *suffixes);
    ck_assert_ptr_nonnull(suffixes);
    uint64_t documents = 0;
    for (size_t i = 0; i < length; i++) {
        suffixes[i] = (struct suffix){.text = text, .position = i, .document = documents};
        documents += text[i] == NG_TERMINATOR;
    }
    qsort(suffixes, length, sizeof *suffixes, compare);
    struct ng_err err = {0};
    uint8_t *bwt = malloc(length);
    ck_assert_ptr_nonnull(bwt);
    memcpy(bwt, text, length);
    struct ng_sort_notes notes;
    const struct ng_sort_options options = {.documents = documents, .first_position = first, .sa_sample = distance};
    ck_assert_msg(ng_sort(bwt, length, &options, &notes, &err) == 0, "%s", err.text);
    for (size_t row = 0; row < length; row++) {
        uint64_t position = suffixes[row].position;
        bool starts = position == 0 || text[position - 1] == NG_TERMINATOR;
        ck_assert_uint_eq(bwt[row], starts ? NG_TERMINATOR : text[position - 1]);
    }
    free(bwt);
    check_notes(&notes, suffixes, length, first, distance);
    ng_sort_notes_free(&notes);
    free(suffixes);
}

static void check_text(const uint8_t *text, size_t length) {
    check_text_at(text, length, 0, 3);
    check_text_at(text, length, 100, 1);
    check_text_at(text, length, UINT64_C(5000000000), 24);
}

START_TEST(test_random_documents) {
    struct test_random random = test_random_make((uint64_t)_i);
    static uint8_t text[3000];
    size_t length = 1 + test_random_below(&random, sizeof text - 1);
    uint64_t alphabet = _i % 3 == 0 ? 1 : _i % 3 == 1 ? 3 : 255;
    uint64_t mean = 1 + test_random_below(&random, 40);
    for (size_t i = 0; i < length; i++) {
        bool ends = test_random_below(&random, mean) == 0;
        text[i] = ends ? NG_TERMINATOR : (uint8_t)test_random_below(&random, alphabet);
    }
    text[length - 1] = NG_TERMINATOR;
    check_text(text, length);
}
END_TEST

START_TEST(test_equal_documents) {
    static uint8_t text[600 * 5];
    for (size_t d = 0; d < 600; d++) memcpy(text + d * 5, "abab\xff", 5);
    check_text(text, sizeof text);
}
END_TEST

START_TEST(test_small_texts) {
    check_text((const uint8_t *)"\xff", 1);
    check_text((const uint8_t *)"\xff\xff\xff", 3);
    check_text((const uint8_t *)"a\xff", 2);
    check_text((const uint8_t *)"aaaaaaaa\xff" "aaaa\xff", 14);
}
END_TEST

Suite *test_sort_suite(void) {
    Suite *suite = suite_create("sort");
    TCase *tcase = tcase_create("sort");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_random_documents, 0, 60);
    tcase_add_test(tcase, test_equal_documents);
    tcase_add_test(tcase, test_small_texts);
    suite_add_tcase(suite, tcase);
    return suite;
}
