/* The order of rows: documents are strings of their own, equal suffixes stand in the order of their documents. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/shard_format.h"
#include "indexer/sort.h"
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

static void check_text(const uint8_t *text, size_t length) {
    struct suffix *suffixes = malloc(length * sizeof *suffixes);
    ck_assert_ptr_nonnull(suffixes);
    uint64_t documents = 0;
    for (size_t i = 0; i < length; i++) {
        suffixes[i] = (struct suffix){.text = text, .position = i, .document = documents};
        documents += text[i] == NG_TERMINATOR;
    }
    qsort(suffixes, length, sizeof *suffixes, compare);
    struct ng_err err = {0};
    struct ng_buf copy = {0};
    struct ng_sort *sort = NULL;
    ck_assert_int_eq(ng_buf_append(&copy, text, length, &err), 0);
    ck_assert_msg(ng_sort_open(&sort, &copy, documents, &err) == 0, "%s", err.text);
    ck_assert_ptr_null(copy.data);
    struct ng_sort_row rows[97];
    size_t row = 0;
    for (size_t got; (got = ng_sort_read(sort, rows, 97)) > 0;) {
        for (size_t i = 0; i < got; i++, row++) {
            ck_assert_uint_lt(row, length);
            uint64_t position = suffixes[row].position;
            ck_assert_uint_eq(rows[i].position, position);
            ck_assert_uint_eq(rows[i].document, suffixes[row].document);
            bool starts = position == 0 || text[position - 1] == NG_TERMINATOR;
            ck_assert_uint_eq(rows[i].symbol, starts ? NG_TERMINATOR : text[position - 1]);
        }
    }
    ck_assert_uint_eq(row, length);
    ng_sort_close(sort);
    free(suffixes);
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

START_TEST(test_memory) {
    for (uint64_t memory = UINT64_C(1) << 20; memory < UINT64_C(1) << 40; memory += memory / 3) {
        ck_assert_uint_le(ng_sort_memory(ng_sort_fitting(memory)), memory + 4096);
    }
}
END_TEST

Suite *test_sort_suite(void) {
    Suite *suite = suite_create("sort");
    TCase *tcase = tcase_create("sort");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_random_documents, 0, 60);
    tcase_add_test(tcase, test_equal_documents);
    tcase_add_test(tcase, test_small_texts);
    tcase_add_test(tcase, test_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
