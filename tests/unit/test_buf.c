#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "tests/unit/suites.h"

START_TEST(zeroed_memory_is_an_empty_buffer) {
    struct ng_buf buf = {0};
    ck_assert_int_eq(ng_buf_append(&buf, NULL, 0, NULL), NG_OK);
    ck_assert_uint_eq(buf.length, 0);
    ng_buf_free(&buf);
    ng_buf_free(&buf);
    ng_buf_free(NULL);
    ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(growth_keeps_every_byte) {
    struct ng_buf buf = {0};
    enum { ROUNDS = 1000 };
    uint8_t piece[37];
    for (unsigned i = 0; i < ROUNDS; i++) {
        memset(piece, (int)(i & 0xff), sizeof piece);
        ck_assert_int_eq(ng_buf_append(&buf, piece, sizeof piece, NULL), NG_OK);
        ck_assert_uint_ge(buf.capacity, buf.length);
    }
    ck_assert_uint_eq(buf.length, ROUNDS * sizeof piece);
    for (size_t i = 0; i < buf.length; i++) ck_assert_uint_eq(buf.data[i], (i / sizeof piece) & 0xff);
    ng_buf_free(&buf);
}
END_TEST

START_TEST(reserve_makes_room_without_growing_the_length) {
    struct ng_buf buf = {0};
    ck_assert_int_eq(ng_buf_append(&buf, "abc", 3, NULL), NG_OK);
    ck_assert_int_eq(ng_buf_reserve(&buf, 1000, NULL), NG_OK);
    ck_assert_uint_eq(buf.length, 3);
    ck_assert_uint_ge(buf.capacity, 1003);
    const uint8_t *data = buf.data;
    for (unsigned i = 0; i < 1000; i++) ck_assert_int_eq(ng_buf_append(&buf, "x", 1, NULL), NG_OK);
    ck_assert_ptr_eq(buf.data, data);
    ng_buf_free(&buf);
}
END_TEST

START_TEST(numbers_are_little_endian) {
    static const uint8_t expected[] = {0x02, 0x01, 0x06, 0x05, 0x04, 0x03, /* 16 and 32 bits */
                                       0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08, 0x07};
    struct ng_buf buf = {0};
    ck_assert_int_eq(ng_buf_append_u16(&buf, 0x0102, NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append_u32(&buf, 0x03040506, NULL), NG_OK);
    ck_assert_int_eq(ng_buf_append_u64(&buf, UINT64_C(0x0708090a0b0c0d0e), NULL), NG_OK);
    ck_assert_uint_eq(buf.length, sizeof expected);
    ck_assert_mem_eq(buf.data, expected, sizeof expected);
    ng_buf_free(&buf);
}
END_TEST

START_TEST(failure_leaves_the_content) {
    struct ng_buf buf = {0};
    struct ng_err err;
    ng_err_clear(&err);
    ck_assert_int_eq(ng_buf_append(&buf, "abc", 3, &err), NG_OK);
    /* The first sum overflows; the second is a size that no allocator grants. */
    ck_assert_int_eq(ng_buf_reserve(&buf, SIZE_MAX, &err), NG_ERR_NOMEM);
    ck_assert_int_eq(err.status, NG_ERR_NOMEM);
    ck_assert_int_eq(ng_buf_reserve(&buf, SIZE_MAX / 2, &err), NG_ERR_NOMEM);
    ck_assert_uint_eq(buf.length, 3);
    ck_assert_mem_eq(buf.data, "abc", 3);
    ng_buf_free(&buf);
}
END_TEST

Suite *test_buf_suite(void) {
    Suite *suite = suite_create("buf");
    TCase *tests = tcase_create("buf");
    tcase_add_test(tests, zeroed_memory_is_an_empty_buffer);
    tcase_add_test(tests, growth_keeps_every_byte);
    tcase_add_test(tests, reserve_makes_room_without_growing_the_length);
    tcase_add_test(tests, numbers_are_little_endian);
    tcase_add_test(tests, failure_leaves_the_content);
    suite_add_tcase(suite, tests);
    return suite;
}
