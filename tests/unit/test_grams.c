/* Lists of strings of three bytes: sums of lists are what one list of everything is. */
#include "indexer/sort/grams.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

START_TEST(test_sums) {
    enum { CODES = 500, PARTS = 4 };
    struct test_random random = test_random_make((uint64_t)_i + 1);
    uint64_t wanted[CODES] = {0};
    struct ng_grams sum = {0};
    struct ng_err err = {0};
    for (int part = 0; part < PARTS; part++) {
        struct ng_grams grams = {0};
        for (uint32_t code = 0; code < CODES; code++) {
            uint64_t count = test_random_below(&random, 4);
            /* The same string twice in a row counts once in the list. */
            for (uint64_t i = 0; i < count; i++) ck_assert_int_eq(ng_grams_push(&grams, code, 10, &err), 0);
            wanted[code] += 10 * count;
        }
        ck_assert_int_eq(ng_grams_add(&sum, &grams, &err), 0);
        ng_grams_free(&grams);
    }
    size_t at = 0;
    for (uint32_t code = 0; code < CODES; code++) {
        if (wanted[code] == 0) continue;
        ck_assert_uint_lt(at, sum.count);
        ck_assert_uint_eq(sum.list[at].code, code);
        ck_assert_uint_eq(sum.list[at++].count, wanted[code]);
    }
    ck_assert_uint_eq(at, sum.count);
    ng_grams_free(&sum);
    ng_grams_free(&sum);
}
END_TEST

Suite *test_grams_suite(void) {
    Suite *suite = suite_create("grams");
    TCase *tcase = tcase_create("grams");
    tcase_add_loop_test(tcase, test_sums, 0, 10);
    suite_add_tcase(suite, tcase);
    return suite;
}
