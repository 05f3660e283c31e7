/* Elias-Fano sequences against the numbers themselves. */
#include <stdlib.h>
#include <unistd.h>

#include "common/container/container_write.h"
#include "common/rank/ef.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t naive_rank(const uint64_t *values, size_t count, uint64_t value) {
    size_t below = 0;
    while (below < count && values[below] < value) below++;
    return below;
}

static struct ng_container *write_and_open(const uint64_t *values, size_t count, uint64_t bound, struct ng_ef *ef) {
    struct ng_err err = {0};
    struct ng_ef_builder builder;
    struct ng_buf bytes = {0};
    ck_assert_int_eq(ng_buf_append(&bytes, "prefix", 6, &err), 0);
    ck_assert_int_eq(ng_ef_builder_init(&builder, count, bound, &err), 0);
    for (size_t i = 0; i < count; i++) ng_ef_builder_push(&builder, values[i]);
    ck_assert_int_eq(ng_ef_builder_finish(&builder, &bytes, &err), 0);
    ng_ef_builder_free(&builder);
    const char *path = test_temp_path("ef.ngx");
    (void)unlink(path);
    struct ng_container_writer *writer = NULL;
    struct ng_container_written written;
    struct ng_container *container = NULL;
    struct ng_view view;
    ck_assert_int_eq(ng_container_create(&writer, path, &err), 0);
    ck_assert_int_eq(ng_container_write_section(writer, "TEST", bytes.data, bytes.length, &err), 0);
    ck_assert_int_eq(ng_container_finish(writer, &written, &err), 0);
    ng_container_writer_free(writer);
    ck_assert_int_eq(ng_container_open(&container, path, &err), 0);
    ck_assert_int_eq(ng_container_view(container, "TEST", &view, &err), 0);
    ck_assert_msg(ng_ef_open(ef, &view, 6, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(ef->end, bytes.length);
    ng_buf_free(&bytes);
    return container;
}

static void check_queries(const struct ng_ef *ef, const uint64_t *values, size_t count, uint64_t bound) {
    struct test_random random = test_random_make(count + bound);
    for (size_t i = 0; i < count; i++) ck_assert_uint_eq(ng_ef_get(ef, i), values[i]);
    for (int i = 0; i < 500; i++) {
        uint64_t value = i % 2 && count ? values[test_random_below(&random, count)] : test_random_below(&random, bound);
        bool contains;
        uint64_t rank = naive_rank(values, count, value);
        ck_assert_uint_eq(ng_ef_rank(ef, value, &contains), rank);
        ck_assert_int_eq(contains, rank < count && values[rank] == value);
        ck_assert_uint_eq(ng_ef_rank(ef, value, NULL), rank);
    }
    ck_assert_uint_eq(ng_ef_rank(ef, bound, NULL), count);
    ck_assert_uint_eq(ng_ef_rank(ef, UINT64_MAX, NULL), count);
}

/* With every kernel. */
static void check_sequence(const uint64_t *values, size_t count, uint64_t bound) {
    struct ng_ef ef;
    struct ng_container *container = write_and_open(values, count, bound, &ef);
    ck_assert_ptr_eq(ef.kernel, ng_ef_kernel_at(0));
    for (size_t k = 0; ng_ef_kernel_at(k); k++) {
        ef.kernel = ng_ef_kernel_at(k);
        check_queries(&ef, values, count, bound);
    }
    struct ng_err err = {0};
    ck_assert_int_eq(ng_container_status(container, &err), 0);
    ng_container_close(container);
}

START_TEST(test_random_sequences) {
    static const struct {
        size_t count;
        uint64_t bound;
    } kinds[] = {{0, 1},     {1, 1},          {1, UINT64_C(1) << 48}, {100, 1},    {1000, 1000},
                 {1000, 2},  {1000, 5000},    {2000, 10000000},       {33, 32},    {3000, UINT64_C(1) << 40},
                 {64, 4096}, {5000, 5000000}, {7, 224},               {2048, 2047}};
    size_t count = kinds[_i].count;
    uint64_t *values = malloc((count + 1) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    struct test_random random = test_random_make((uint64_t)_i + 99);
    for (size_t i = 0; i < count; i++) values[i] = test_random_below(&random, kinds[_i].bound);
    qsort(values, count, sizeof *values, compare);
    check_sequence(values, count, kinds[_i].bound);
    free(values);
}
END_TEST

/* All in one bucket, at the start, in the middle and at the end: long runs of ones. */
START_TEST(test_clusters) {
    enum { COUNT = 3000 };
    static uint64_t values[COUNT];
    const uint64_t bound = UINT64_C(1) << 30;
    uint64_t base = _i == 0 ? 0 : _i == 1 ? bound / 2 + 77 : bound - COUNT;
    for (size_t i = 0; i < COUNT; i++) values[i] = base + i;
    check_sequence(values, COUNT, bound);
}
END_TEST

Suite *test_ef_suite(void) {
    Suite *suite = suite_create("ef");
    TCase *tcase = tcase_create("ef");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_random_sequences, 0, 14);
    tcase_add_loop_test(tcase, test_clusters, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
