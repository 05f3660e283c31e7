#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/os/file.h"
#include "common/os/map_guard.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { PAGES = 4, PAGE = 4096 };

START_TEST(a_page_that_went_away_reads_as_zeros) {
    struct ng_err err = {0};
    struct ng_map map;
    uint8_t *bytes = malloc((size_t)PAGES * PAGE);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < (size_t)PAGES * PAGE; i++) bytes[i] = 7;
    const char *path = test_temp_path("shrinking");
    test_write_file(path, bytes, (size_t)PAGES * PAGE);
    free(bytes);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_map_open(&map, path, &err), NG_OK);
    ck_assert(!ng_map_slot_lost(map.slot));
    ck_assert_int_eq(truncate(path, PAGE), 0);
    const volatile uint8_t *data = map.data;
    ck_assert_uint_eq(data[5], 7);
    ck_assert(!ng_map_slot_lost(map.slot));
    ck_assert_uint_eq(data[2 * PAGE + 5], 0);
    ck_assert(ng_map_slot_lost(map.slot));
    ck_assert_uint_eq(data[3 * PAGE], 0);
    ng_map_close(&map);
    /* A mapping that takes the slot over begins anew. */
    ck_assert_int_eq(ng_map_open(&map, path, &err), NG_OK);
    ck_assert(!ng_map_slot_lost(map.slot));
    ng_map_close(&map);
}
END_TEST

/* Runs in a child, which the signal ends. */
START_TEST(other_faults_end_the_process) {
    struct ng_err err = {0};
    (void)signal(SIGBUS, SIG_DFL);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    (void)raise(SIGBUS);
    (void)raise(SIGBUS);
}
END_TEST

START_TEST(a_query_over_the_hole_fails) {
    static const struct test_document document = {.text = (const uint8_t *)"abracadabra", .length = 11};
    const struct ng_bytes phrase = {.data = (const uint8_t *)"abra", .length_bytes = 4};
    struct ng_err err = {0};
    struct ng_index *index;
    uint64_t count = 0;
    const char *folder = test_temp_path("index");
    test_make_index(folder, &document, 1, 1000, 4);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_index_open(&index, folder, &err), NG_OK);
    ck_assert_int_eq(ng_index_status(index, &err), NG_OK);
    ck_assert_int_eq(truncate(test_temp_path("index/shard-00000.ngx"), PAGE), 0);
    ck_assert_int_eq(ng_index_count(index, phrase, &count, &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(ng_index_status(index, &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(ng_index_count(index, phrase, &count, &err), NG_ERR_CORRUPT);
    ng_index_close(index);
}
END_TEST

Suite *test_map_guard_suite(void) {
    Suite *suite = suite_create("map_guard");
    TCase *tests = tcase_create("map_guard");
    tcase_add_test(tests, a_page_that_went_away_reads_as_zeros);
    tcase_add_test(tests, a_query_over_the_hole_fails);
    tcase_add_test_raise_signal(tests, other_faults_end_the_process, SIGBUS);
    suite_add_tcase(suite, tests);
    return suite;
}
