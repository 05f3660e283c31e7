#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/os/file.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static void write_file(const char *path, const uint8_t *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

/* Sizes around those of pages and huge pages. */
START_TEST(a_file_is_there_byte_for_byte) {
    static const size_t lengths[] = {1, 4096, 100000, (2u << 20) - 1, 2u << 20, (4u << 20) + 5};
    uint8_t *bytes = malloc((4u << 20) + 5);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < (4u << 20) + 5; i++) bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        const char *path = test_temp_path("file");
        write_file(path, bytes, lengths[n]);
        struct ng_map map;
        ck_assert_int_eq(ng_map_open(&map, path, _i == 1, NULL), NG_OK);
        ng_map_advise(&map, true);
        ng_map_populate(&map, 0, UINT64_MAX);
        ng_map_populate(&map, UINT64_C(1) << 30, UINT64_MAX); /* there is nothing */
        ng_map_advise(&map, false);
        ck_assert_uint_eq(map.length_bytes, lengths[n]);
        ck_assert_mem_eq(map.data, bytes, lengths[n]);
        ng_map_close(&map);
        ng_map_close(&map);
        ck_assert_ptr_null(map.data);
    }
    free(bytes);
}
END_TEST

START_TEST(an_empty_file_has_no_data) {
    const char *path = test_temp_path("empty");
    write_file(path, NULL, 0);
    struct ng_map map;
    ck_assert_int_eq(ng_map_open(&map, path, _i == 1, NULL), NG_OK);
    ck_assert_ptr_null(map.data);
    ck_assert_uint_eq(map.length_bytes, 0);
    ng_map_close(&map);
}
END_TEST

START_TEST(what_is_no_file_is_told) {
    struct ng_map map;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_map_open(&map, "/no/such/file", _i == 1, &err), NG_ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/no/such/file"));
    ck_assert_int_eq(ng_map_open(&map, "/dev", _i == 1, &err), NG_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    ng_map_close(&map);
    ng_map_close(NULL);
}
END_TEST

/* What happens to the file afterwards does not matter to a copy. */
START_TEST(a_copy_outlives_its_file) {
    const char *path = test_temp_path("cut");
    uint8_t bytes[10000];
    memset(bytes, 7, sizeof bytes);
    write_file(path, bytes, sizeof bytes);
    struct ng_map map;
    ck_assert_int_eq(ng_map_open(&map, path, true, NULL), NG_OK);
    write_file(path, NULL, 0);
    ck_assert_mem_eq(map.data, bytes, sizeof bytes);
    ng_map_close(&map);
}
END_TEST

Suite *test_file_suite(void) {
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    int openers = (int)(2);
    tcase_add_loop_test(tests, a_file_is_there_byte_for_byte, 0, openers);
    tcase_add_loop_test(tests, an_empty_file_has_no_data, 0, openers);
    tcase_add_loop_test(tests, what_is_no_file_is_told, 0, openers);
    tcase_add_test(tests, a_copy_outlives_its_file);
    suite_add_tcase(suite, tests);
    return suite;
}
