/* The table of frequent strings: its layout. (Verify looks at each string of a table, the property tests at what they
 * make of a search.) */
#include "common/shard/frequent.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

/* A string is what its bucket and its rest make of it, whatever the table. */
START_TEST(strings_come_back) {
    struct test_random random = test_random_make(5);
    for (int round = 0; round < 20000; round++) {
        uint64_t length = 1 + test_random_below(&random, NG_FREQUENT_MAX_BYTES);
        uint64_t most = length > 3 ? UINT32_MAX : UINT64_C(1) << (8 * length);
        uint64_t buckets = 1 + test_random_below(&random, round % 2 ? most : 40);
        struct ng_frequent_layout layout;
        uint8_t bytes[NG_FREQUENT_MAX_BYTES];
        ck_assert(ng_frequent_layout_init(&layout, 1000, length, 7, buckets));
        for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)test_random_below(&random, round % 3 ? 256 : 2);
        uint64_t code = ng_frequent_code(bytes, length);
        uint64_t bucket = ng_frequent_bucket(&layout, code);
        ck_assert_uint_lt(bucket, buckets);
        ck_assert_uint_eq(ng_frequent_code_of(&layout, bucket, code & ng_frequent_rest_mask(&layout)), code);
        for (size_t i = 0; i < length; i++) ck_assert_uint_eq(ng_frequent_byte(code, i), bytes[i]);
        uint64_t neighbour = code + 1 + test_random_below(&random, 1000);
        if (neighbour >> (8 * length) || ng_frequent_bucket(&layout, neighbour) != bucket) continue;
        ck_assert_uint_ne((code ^ neighbour) & ng_frequent_rest_mask(&layout), 0);
    }
}
END_TEST

START_TEST(layouts) {
    struct ng_frequent_layout layout;
    ck_assert(ng_frequent_layout_init(&layout, 197074162, 6, 19, 2713)); /* that of FORMAT.md's figures */
    ck_assert_uint_eq(layout.rest_width, 37);
    ck_assert_uint_eq(layout.row_width, 28);
    ck_assert_uint_eq(layout.slots, 6);
    ck_assert(ng_frequent_layout_init(&layout, (UINT64_C(1) << 48) - 1, 6, 48, 1));
    ck_assert_uint_eq(layout.slots, 3);
    ck_assert(ng_frequent_layout_init(&layout, 1, 1, 1, 256));
    ck_assert_uint_eq(layout.rest_width, 0);
    ck_assert(!ng_frequent_layout_init(&layout, 1, 1, 1, 257));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 6, 1, UINT64_C(1) << 32));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 6, 1, 0));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 6, 0, 1));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 6, 49, 1));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 7, 1, 1));
    ck_assert(!ng_frequent_layout_init(&layout, 1, 0, 1, 1));
    ck_assert(!ng_frequent_layout_init(&layout, UINT64_C(1) << 48, 6, 1, 1));
}
END_TEST

Suite *test_frequent_suite(void) {
    Suite *suite = suite_create("frequent");
    TCase *tcase = tcase_create("layout");
    tcase_add_test(tcase, strings_come_back);
    tcase_add_test(tcase, layouts);
    suite_add_tcase(suite, tcase);
    return suite;
}
