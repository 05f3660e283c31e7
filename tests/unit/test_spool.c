/* Temporary files: what was written is read at any place; unfinished ones vanish. */
#include <lzma.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/os/unpack.h"
#include "indexer/spool/spool.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

START_TEST(test_round_trip) {
    enum { LENGTH = 1 << 20 };
    struct test_random random = test_random_make(5);
    struct ng_err err = {0};
    struct ng_spool_writer *writer = NULL;
    struct ng_spool_sum sum;
    struct ng_spool_sum measured;
    struct ng_spool file;
    const char *path = test_temp_path("spool.tmp");
    uint8_t *bytes = malloc(LENGTH);
    uint8_t *got = malloc(LENGTH);
    ck_assert(bytes && got);
    for (size_t i = 0; i < LENGTH; i++) bytes[i] = (uint8_t)test_random_next(&random);
    ck_assert_int_eq(ng_spool_create(&writer, path, &err), 0);
    for (size_t at = 0; at < LENGTH;) {
        size_t part = (size_t)test_random_below(&random, 300000);
        if (part > LENGTH - at) part = LENGTH - at;
        ck_assert_int_eq(ng_spool_write(writer, bytes + at, part, &err), 0);
        at += part;
    }
    ck_assert_int_eq(ng_spool_finish(writer, &sum, &err), 0);
    ng_spool_writer_free(writer);
    ck_assert_uint_eq(sum.bytes, LENGTH);
    ck_assert_int_eq(ng_spool_measure(path, &measured, &err), 0);
    ck_assert_mem_eq(&sum, &measured, sizeof sum);
    ck_assert_int_eq(ng_spool_open(&file, path, &err), 0);
    ck_assert_int_eq(ng_spool_read(&file, 777, got, LENGTH - 777, &err), 0);
    ck_assert_mem_eq(got, bytes + 777, LENGTH - 777);
    ck_assert_int_eq(ng_spool_read(&file, 777, got, LENGTH, &err), NG_ERR_IO);
    ng_spool_close(&file);
    bytes[5] ^= 1;
    test_write_file(path, bytes, LENGTH);
    ck_assert_int_eq(ng_spool_measure(path, &measured, &err), 0);
    ck_assert_uint_ne(measured.xxh3_64, sum.xxh3_64);
    free(bytes);
    free(got);
}
END_TEST

START_TEST(test_unfinished) {
    struct ng_err err = {0};
    struct ng_spool_writer *writer = NULL;
    const char *path = test_temp_path("unfinished.tmp");
    ck_assert_int_eq(ng_spool_create(&writer, path, &err), 0);
    ck_assert_int_eq(ng_spool_write(writer, "abc", 3, &err), 0);
    ng_spool_writer_free(writer);
    ck_assert_int_ne(access(path, F_OK), 0);
    ng_spool_writer_free(NULL);
}
END_TEST

/* Headers by RFC 8878: window descriptors, single segments, and what is no zstd at all. */
START_TEST(test_window) {
    static const struct {
        uint8_t header[12];
        uint64_t window;
    } cases[] = {{{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00}, 1024},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x88}, UINT64_C(1) << 27},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x09}, 2048 + 256},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xff}, UINT64_C(1) << 27},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x55}, 0x55},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0x60, 0x01, 0x02}, 0x201 + 256},
                 {{0x28, 0xB5, 0x2F, 0xFD, 0xA1, 0x09, 0x01, 0x02, 0x00, 0x00}, 0x201},
                 {{0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00}, 0}};
    const char *path = test_temp_path("window.zst");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_write_file(path, cases[i].header, sizeof cases[i].header);
        ck_assert_uint_eq(ng_unpack_window_bytes(path, UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG), cases[i].window);
    }
    test_write_file(path, cases[0].header, 3);
    ck_assert_uint_eq(ng_unpack_window_bytes(path, UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG), 0);
    ck_assert_uint_eq(ng_unpack_window_bytes(test_temp_path("not-there.zst"), UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG), 0);
}
END_TEST

/* An xz file of two streams with padding between tells what both hold; one that is cut off, or is no xz, nothing. */
START_TEST(test_unpacked) {
    enum { HELD = 70000, PADDING = 8 };
    static uint8_t held[HELD];
    static uint8_t packed[HELD + 1024];
    size_t length = 0;
    for (size_t i = 0; i < HELD; i++) held[i] = (uint8_t)(i * i >> 7);
    for (size_t part = 1; part <= 2; part++) {
        ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, held, HELD / part, packed, &length, sizeof packed),
                         LZMA_OK);
        if (part == 1) length += PADDING;
    }
    const char *path = test_temp_path("two.xz");
    test_write_file(path, packed, length);
    ck_assert_uint_eq(ng_unpack_length_bytes(path), HELD + HELD / 2);
    test_write_file(path, packed, length - 4);
    ck_assert_uint_eq(ng_unpack_length_bytes(path), 0);
    packed[length - 20] ^= 1; /* in the second index */
    test_write_file(path, packed, length);
    ck_assert_uint_eq(ng_unpack_length_bytes(path), 0);
    test_write_file(path, held, HELD);
    ck_assert_uint_eq(ng_unpack_length_bytes(path), 0);
    test_write_file(path, held, 0);
    ck_assert_uint_eq(ng_unpack_length_bytes(path), 0);
    ck_assert_uint_eq(ng_unpack_length_bytes(test_temp_path("not-there.xz")), 0);
}
END_TEST

Suite *test_spool_suite(void) {
    Suite *suite = suite_create("spool");
    TCase *tcase = tcase_create("spool");
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_unfinished);
    tcase_add_test(tcase, test_window);
    tcase_add_test(tcase, test_unpacked);
    suite_add_tcase(suite, tcase);
    return suite;
}
