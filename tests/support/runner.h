/*
 * What every Check program of the tests shares: its main and its skips. tests/run adds up the last line
 * that each program prints.
 */
#ifndef NG_TESTS_SUPPORT_RUNNER_H
#define NG_TESTS_SUPPORT_RUNNER_H

#include <stddef.h>

#include "tests/support/check.h"

typedef Suite *test_suite_new(void);

/* Runs the suites, prints what failed and, last, "N passed, N failed, N skipped". Returns the exit status of
 * the program: 0, or 1 where a test failed. CK_RUN_SUITE and CK_RUN_CASE in the environment choose suites and
 * cases by name, CK_FORK=no runs all in one process (for a debugger). */
int test_run(test_suite_new *const *suites, size_t count);

/* Counts the test that calls it as skipped instead of passed, and says why. The test then has to return. To be
 * called once a test, and not after something failed. */
void test_skip(const char *why);

#endif
