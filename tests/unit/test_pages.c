/* Large arrays: what is given back is taken again, whatever the sizes, and what is in use is never touched. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/pages/pages.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { MB = 1 << 20, ARRAYS = 3 };

struct array {
    uint64_t *memory;
    size_t bytes;
    uint64_t mark;
};

/* One number in each 4 KB tells whose they are. */
static void mark(const struct array *array) {
    for (size_t i = 0; i < array->bytes / 8; i += 512) array->memory[i] = array->mark + i;
}

static void check(const struct array *array) {
    for (size_t i = 0; i < array->bytes / 8; i += 512) ck_assert_uint_eq(array->memory[i], array->mark + i);
}

static void give(struct array *array) {
    if (array->memory) check(array);
    ng_pages_give(array->memory, array->bytes);
    array->memory = NULL;
}

static void *churn(void *context) {
    struct test_random random = test_random_make(*(const uint64_t *)context);
    struct array arrays[ARRAYS] = {0};
    for (uint64_t turn = 0; turn < 20; turn++) {
        struct array *array = &arrays[test_random_below(&random, ARRAYS)];
        give(array);
        array->bytes = (size_t)test_random_below(&random, 50 * MB) + 8;
        array->mark = turn << 32;
        array->memory = ng_pages_take(array->bytes);
        ck_assert_ptr_nonnull(array->memory);
        ck_assert_uint_eq((uintptr_t)array->memory % 64, 0);
        mark(array);
        if (turn % 8 == 7) ng_pages_drop();
    }
    for (unsigned i = 0; i < ARRAYS; i++) give(&arrays[i]);
    return NULL;
}

START_TEST(test_threads_share) {
    pthread_t threads[2];
    const uint64_t seeds[2] = {3, 4};
    for (unsigned i = 0; i < 2; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, (void *)(uintptr_t)&seeds[i]), 0);
    for (unsigned i = 0; i < 2; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ng_pages_drop();
}
END_TEST

/* Bytes of memory that the process has. */
static uint64_t resident(void) {
    char text[256];
    char *second;
    FILE *file = fopen("/proc/self/statm", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    (void)fclose(file);
    (void)strtoull(text, &second, 10); /* of addresses */
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Two arrays become one that is larger than either, and of two others: the pages are the same, with what they hold. */
START_TEST(test_pages_move) {
    enum { PART = 40 * MB };
    struct array parts[3];
    ng_pages_drop();
    for (unsigned i = 0; i < 3; i++) {
        parts[i] = (struct array){.memory = ng_pages_take(PART), .bytes = PART, .mark = (uint64_t)(i + 1) << 32};
        ck_assert_ptr_nonnull(parts[i].memory);
        mark(&parts[i]);
    }
    const uint64_t before = resident();
    give(&parts[0]);
    give(&parts[2]);
    struct array both = {.memory = ng_pages_take(2 * PART), .bytes = 2 * PART, .mark = UINT64_C(9) << 32};
    ck_assert_ptr_nonnull(both.memory);
    ck_assert_uint_ge(both.memory[0], UINT64_C(1) << 32); /* not cleared */
    mark(&both);
    check(&parts[1]);
    if (!TEST_SANITIZED) ck_assert_uint_lt(resident(), before + 8 * MB); /* else shadow memory comes for new places */
    give(&both);
    give(&parts[1]);
    ng_pages_drop();
    ck_assert_uint_lt(resident(), before - 100 * MB);
}
END_TEST

START_TEST(test_too_large) {
    ck_assert_ptr_null(ng_pages_take(SIZE_MAX));
    ck_assert_ptr_null(ng_pages_take((size_t)1 << 60));
    ng_pages_give(NULL, 1);
    ng_pages_give(NULL, SIZE_MAX);
    ng_pages_drop();
}
END_TEST

Suite *test_pages_suite(void) {
    Suite *suite = suite_create("pages");
    TCase *tcase = tcase_create("pages");
    tcase_add_test(tcase, test_threads_share);
    tcase_add_test(tcase, test_pages_move);
    tcase_add_test(tcase, test_too_large);
    suite_add_tcase(suite, tcase);
    return suite;
}
