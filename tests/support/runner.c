#include "tests/support/runner.h"

#include <stdio.h>
#include <sys/mman.h>

/* Check runs every test in a child process: the count has to be in memory that parent and child share. */
static int *skip_count;

void test_skip(const char *why) {
    __atomic_add_fetch(skip_count, 1, __ATOMIC_RELAXED);
    (void)fprintf(stderr, "skipped: %s\n", why);
}

int test_run(test_suite_new *const *suites, size_t count) {
    skip_count = mmap(NULL, sizeof *skip_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (skip_count == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < count; i++) srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int passed = srunner_ntests_run(runner) - failed - *skip_count;
    (void)printf("%d passed, %d failed, %d skipped\n", passed, failed, *skip_count);
    srunner_free(runner);
    return failed ? 1 : 0;
}
