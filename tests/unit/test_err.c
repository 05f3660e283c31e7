#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "tests/unit/suites.h"

START_TEST(set_records_and_returns_status) {
    struct ng_err err;
    ng_err_clear(&err);
    ck_assert_int_eq(err.status, NG_OK);
    ck_assert_int_eq(ng_err_set(&err, NG_ERR_INPUT, "%s, line %d", "a.jsonl", 7), NG_ERR_INPUT);
    ck_assert_int_eq(err.status, NG_ERR_INPUT);
    ck_assert_str_eq(err.text, "a.jsonl, line 7");
    ck_assert_str_eq(err.hint, "");
}
END_TEST

START_TEST(null_err_only_loses_the_text) {
    ng_err_clear(NULL);
    ck_assert_int_eq(ng_err_set(NULL, NG_ERR_LIMIT, "text"), NG_ERR_LIMIT);
    ck_assert_int_eq(ng_err_sys(NULL, ENOENT, "text"), NG_ERR_NOTFOUND);
    ck_assert_int_eq(ng_err_nomem(NULL, 1, "text"), NG_ERR_NOMEM);
    /* Of the error before. */
    ck_assert_int_eq(ng_err_hint(NULL, "text"), NG_ERR_NOMEM);
}
END_TEST

START_TEST(errno_gives_the_status) {
    static const struct {
        int error_number;
        int status;
    } cases[] = {
        {ENOMEM, NG_ERR_NOMEM},    {ENOSPC, NG_ERR_NOSPACE}, {EDQUOT, NG_ERR_NOSPACE},   {ENOENT, NG_ERR_NOTFOUND},
        {ENOTDIR, NG_ERR_NOTFOUND}, {EEXIST, NG_ERR_EXISTS},  {ENOTEMPTY, NG_ERR_EXISTS}, {EACCES, NG_ERR_IO},
    };
    char expected[256];
    struct ng_err err;
    (void)snprintf(expected, sizeof expected, "open x: %s", strerror(cases[_i].error_number));
    ck_assert_int_eq(ng_err_sys(&err, cases[_i].error_number, "open %s", "x"), cases[_i].status);
    ck_assert_int_eq(err.status, cases[_i].status);
    ck_assert_str_eq(err.text, expected);
    ck_assert_int_eq(err.hint[0] != '\0', cases[_i].status == NG_ERR_NOSPACE);
}
END_TEST

START_TEST(hint_keeps_status_and_a_new_error_drops_it) {
    struct ng_err err;
    (void)ng_err_set(&err, NG_ERR_EXISTS, "it is there");
    ck_assert_int_eq(ng_err_hint(&err, "use %s", "--force"), NG_ERR_EXISTS);
    ck_assert_str_eq(err.text, "it is there");
    ck_assert_str_eq(err.hint, "use --force");
    (void)ng_err_set(&err, NG_ERR_IO, "another");
    ck_assert_str_eq(err.hint, "");
    ng_err_clear(&err);
    ck_assert_int_eq(err.status, NG_OK);
    ck_assert_str_eq(err.text, "");
}
END_TEST

/* A file name may hold an escape sequence that would reach the terminal. */
START_TEST(control_bytes_are_replaced) {
    struct ng_err err;
    (void)ng_err_set(&err, NG_ERR_INPUT, "%s", "a\x1b[31m\n\x7f\xc3\xa4");
    ck_assert_str_eq(err.text, "a?[31m??\xc3\xa4");
    (void)ng_err_sys(&err, EIO, "%s", "b\r");
    ck_assert_int_eq(strncmp(err.text, "b?: ", 4), 0);
    (void)ng_err_hint(&err, "%s", "c\td");
    ck_assert_str_eq(err.hint, "c?d");
}
END_TEST

START_TEST(long_texts_are_cut) {
    static char name[2 * NG_ERR_TEXT_BYTES];
    memset(name, 'x', sizeof name - 1);
    struct ng_err err;
    (void)ng_err_set(&err, NG_ERR_INPUT, "%s", name);
    ck_assert_uint_eq(strlen(err.text), NG_ERR_TEXT_BYTES - 1);
    (void)ng_err_sys(&err, EIO, "%s", name);
    ck_assert_uint_eq(strlen(err.text), NG_ERR_TEXT_BYTES - 1);
    (void)ng_err_hint(&err, "%s", name);
    ck_assert_uint_eq(strlen(err.hint), NG_ERR_HINT_BYTES - 1);
}
END_TEST

START_TEST(statuses_have_names) {
    ck_assert_str_eq(ng_err_status_name(NG_OK), "OK");
    ck_assert_str_eq(ng_err_status_name(NG_ERR_NOTFOUND), "NOTFOUND");
    ck_assert_str_eq(ng_err_status_name(NG_ERR_CANCELLED), "CANCELLED");
    ck_assert_str_eq(ng_err_status_name(NG_ERR_REMOTE), "REMOTE");
    ck_assert_str_eq(ng_err_status_name(NG_ERR_REMOTE - 1), "ERROR");
    ck_assert_str_eq(ng_err_status_name(1), "ERROR");
}
END_TEST

START_TEST(nomem_names_bytes_and_purpose) {
    struct ng_err err;
    ck_assert_int_eq(ng_err_nomem(&err, 12345, "the suffix array"), NG_ERR_NOMEM);
    ck_assert_ptr_nonnull(strstr(err.text, "12345"));
    ck_assert_ptr_nonnull(strstr(err.text, "the suffix array"));
}
END_TEST

Suite *test_err_suite(void) {
    Suite *suite = suite_create("err");
    TCase *tests = tcase_create("err");
    tcase_add_test(tests, set_records_and_returns_status);
    tcase_add_test(tests, null_err_only_loses_the_text);
    tcase_add_loop_test(tests, errno_gives_the_status, 0, 8);
    tcase_add_test(tests, hint_keeps_status_and_a_new_error_drops_it);
    tcase_add_test(tests, control_bytes_are_replaced);
    tcase_add_test(tests, long_texts_are_cut);
    tcase_add_test(tests, statuses_have_names);
    tcase_add_test(tests, nomem_names_bytes_and_purpose);
    suite_add_tcase(suite, tests);
    return suite;
}
