/* Digits, the names of files and indexes, and text in UTF-16. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "tests/unit/suites.h"

START_TEST(decimal_numbers) {
    uint64_t value = 7;
    ck_assert(ng_text_decimal("18446744073709551615", 20, &value));
    ck_assert_uint_eq(value, UINT64_MAX);
    ck_assert(ng_text_decimal("0001234", 5, &value));
    ck_assert_uint_eq(value, 12);
    static const char *const bad[] = {"", "18446744073709551616", "99999999999999999999", "1 ", "-1", "+1", "0x1", "1e3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(!ng_text_decimal(bad[i], strlen(bad[i]), &value), "%s", bad[i]);
    }
}
END_TEST

START_TEST(hexadecimal_digits) {
    char digits[7];
    ng_text_hex(digits, (const uint8_t[]){0x00, 0xAF, 0x91}, 3);
    ck_assert_str_eq(digits, "00af91");
    static const char all[] = "0123456789abcdefABCDEF";
    for (int byte = 1; byte < 256; byte++) {
        const char *at = strchr(all, byte);
        int wanted = !at ? -1 : at - all < 16 ? (int)(at - all) : (int)(at - all) - 6;
        ck_assert_int_eq(ng_text_hex_digit((char)byte), wanted);
    }
}
END_TEST

static const struct {
    const char *argument, *name, *path;
} names[] = {{"a=b", "a", "b"},
             {"a=b=c", "a", "b=c"},
             {"a=/x/y", "a", "/x/y"},
             {"/x/a=b", "a=b", "/x/a=b"},
             {"=b", "=b", "=b"},
             {"a=", "a", ""},
             {"/x/wiki.ngidx/", "wiki", "/x/wiki.ngidx/"},
             {"wiki.NGIDX", "wiki", "wiki.NGIDX"},
             {".ngidx", ".ngidx", ".ngidx"},
             {"/", "", "/"},
             {"", "", ""}};

static void check_decimal(double value, int decimals) {
    char digits[NG_TEXT_DECIMAL_BYTES];
    char expected[400];
    size_t length = ng_text_write_decimal(digits, value, decimals);
    int wanted = snprintf(expected, sizeof expected, "%.*f", decimals, value);
    ck_assert_uint_eq(length, (size_t)wanted);
    ck_assert_msg(memcmp(digits, expected, length) == 0, "%.*s is written for %s", (int)length, digits, expected);
}

START_TEST(numbers_as_printf_writes_them) {
    static const uint64_t numbers[] = {0, 1, 9, 10, 99, 100, 12345678901234567890U, UINT64_MAX};
    static const double values[] = {0.0, -0.0, 0.5, 1.0, 0.1, 0.125, 0.0000005, 0.0000015, 0.9999995, 0.99999949999, 999.9999995,
                                    1000.0, 12345.678, 1e300, -1.5, 2.0 / 3, 0.005, 0.015, 0.025, INFINITY, NAN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char digits[NG_TEXT_U64_BYTES];
        char expected[32];
        size_t length = ng_text_write_u64(digits, numbers[i]);
        ck_assert_int_eq(snprintf(expected, sizeof expected, "%llu", (unsigned long long)numbers[i]), (int)length);
        ck_assert_int_eq(memcmp(digits, expected, length), 0);
    }
    for (int decimals = 0; decimals <= 8; decimals++) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) check_decimal(values[i], decimals);
        for (int part = 0; part <= 640; part++) check_decimal((double)part / 640, decimals); /* many of them are ties */
        for (int part = 0; part <= 997; part++) check_decimal(100.0 * part / 997, decimals);
    }
}
END_TEST

START_TEST(names_of_indexes) {
    const char *path = NULL;
    struct ng_text name = ng_text_index_name(names[_i].argument, &path);
    ck_assert_uint_eq(name.length, strlen(names[_i].name));
    ck_assert_int_eq(strncmp(name.at, names[_i].name, name.length), 0);
    ck_assert_str_eq(path, names[_i].path);
}
END_TEST

START_TEST(ends_of_names) {
    static const char *const endings[] = {".gz", ".zst", ".jsonl", NULL};
    ck_assert_uint_eq(ng_text_uncompressed("a.jsonl.GZ"), 7);
    ck_assert_uint_eq(ng_text_uncompressed("a.zst"), 1);
    ck_assert_uint_eq(ng_text_uncompressed("zst"), 3);
    ck_assert_uint_eq(ng_text_uncompressed("a.csv.xz.bz2"), 8);
    struct ng_text base = ng_text_base_name("x/a.jsonl.zst", endings);
    ck_assert_uint_eq(base.length, 1);
    ck_assert_int_eq(base.at[0], 'a');
}
END_TEST

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

START_TEST(utf16_is_recognised) {
    static const struct {
        const uint8_t *bytes;
        size_t length;
        const char *name;
    } texts[] = {{BYTES("\xFF\xFE"), "UTF-16"},
                 {BYTES("\xFE\xFF" "abc"), "UTF-16"},
                 {BYTES("{\0\"\0"), "UTF-16LE"},
                 {BYTES("\0{\0\""), "UTF-16BE"},
                 {BYTES("{\0\"\0\xE5\x65\x2C\x67\x9E\x8A"), "UTF-16LE"}, /* then no ASCII */
                 {BYTES("\0{\0\"\x65\xE5\x67\x2C\x8A\x9E\x7D"), "UTF-16BE"}, /* cut in a character */
                 {BYTES("\x1C \xE4\0l\0\x1D "), NULL}, /* half of it is ASCII, */
                 {BYTES("\x1C \xE4\0l\0t\0e\0\x1D "), "UTF-16LE"}, /* or more */
                 {BYTES("\0a\0b\0c\0d\0e\0f\0g\0h\x30\0"), "UTF-16BE"}, /* with an ideographic space */
                 {BYTES("a\0b\0\0\0"), NULL}, /* U+0000 */
                 {BYTES("{\"text\":\"\0\0\0\0\"}"), NULL},
                 {BYTES("{\0\0\0\"\0\0\0"), NULL}, /* UTF-32 */
                 {BYTES("a\0"), "UTF-16LE"},
                 {BYTES("a"), NULL},
                 {BYTES(""), NULL},
                 {BYTES("plain text"), NULL}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *name = ng_utf8_find_utf16(texts[i].bytes, texts[i].length);
        ck_assert_msg(texts[i].name ? name && strcmp(name, texts[i].name) == 0 : !name, "%zu: %s", i, name ? name : "none");
    }
}
END_TEST

Suite *test_text_suite(void) {
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_add_test(tcase, decimal_numbers);
    tcase_add_test(tcase, hexadecimal_digits);
    tcase_add_test(tcase, numbers_as_printf_writes_them);
    tcase_add_loop_test(tcase, names_of_indexes, 0, (int)(sizeof names / sizeof *names));
    tcase_add_test(tcase, ends_of_names);
    tcase_add_test(tcase, utf16_is_recognised);
    suite_add_tcase(suite, tcase);
    return suite;
}
