/* Numbers of a report. */
#include <stdio.h>

#include "query/report/report.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static void check_share(uint64_t part, uint64_t whole, const char *expected) {
    char text[NG_REPORT_SHARE_CHARS];
    ng_report_share_format(part, whole, text);
    ck_assert_str_eq(text, expected);
}

/* Every share of up to so many, and some of large numbers, as printf rounds them. From 640 on some lie in the middle
 * between two that can be printed, and no double says so. */
START_TEST(test_shares_as_printf) {
    enum { MOST = 1300, LARGE = 10000 };
    char expected[32];
    struct test_random random = test_random_make(5);
    for (uint64_t whole = 1; whole <= MOST; whole++) {
        for (uint64_t part = 0; part <= whole; part++) {
            (void)snprintf(expected, sizeof expected, "%.6f", (double)part / (double)whole);
            check_share(part, whole, expected);
        }
    }
    for (int i = 0; i < LARGE; i++) {
        uint64_t whole = 1 + test_random_below(&random, UINT64_C(1) << 40);
        uint64_t part = test_random_below(&random, whole + 1);
        (void)snprintf(expected, sizeof expected, "%.6f", (double)part / (double)whole);
        check_share(part, whole, expected);
    }
}
END_TEST

START_TEST(test_shares_at_the_edges) {
    check_share(0, 0, "0.000000");
    check_share(0, UINT64_MAX, "0.000000");
    check_share(UINT64_MAX, UINT64_MAX, "1.000000");
    check_share(UINT64_MAX - 1, UINT64_MAX, "1.000000"); /* to the nearest */
    check_share(1, 128, "0.007812");                     /* a tie goes to the even digit */
    check_share(3, 128, "0.023438");
}
END_TEST

Suite *test_report_suite(void) {
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");
    tcase_add_test(tcase, test_shares_as_printf);
    tcase_add_test(tcase, test_shares_at_the_edges);
    suite_add_tcase(suite, tcase);
    return suite;
}
