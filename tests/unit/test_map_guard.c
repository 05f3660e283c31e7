#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/os/file.h"
#include "common/os/map_guard.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { PAGES = 4, PAGE = 65536 }; /* pages of the system, as large as Linux has them */

START_TEST(a_page_that_went_away_reads_as_zeros) {
    struct ng_err err = {0};
    struct ng_map map;
    uint8_t *bytes = malloc((size_t)PAGES * PAGE);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < (size_t)PAGES * PAGE; i++) bytes[i] = 7;
    const char *path = test_temp_path("shrinking");
    test_write_file(path, bytes, (size_t)PAGES * PAGE);
    free(bytes);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_map_open(&map, path, false, &err), NG_OK);
    ck_assert(!ng_map_slot_lost(map.slot));
    ck_assert_int_eq(truncate(path, PAGE), 0);
    const volatile uint8_t *data = map.data;
    ck_assert_uint_eq(data[5], 7);
    ck_assert(!ng_map_slot_lost(map.slot));
    ck_assert_uint_eq(data[2 * PAGE + 5], 0);
    ck_assert(ng_map_slot_lost(map.slot));
    ck_assert_uint_eq(data[3 * PAGE], 0);
    ng_map_close(&map);
    /* A mapping that takes the slot over begins anew. */
    ck_assert_int_eq(ng_map_open(&map, path, false, &err), NG_OK);
    ck_assert(!ng_map_slot_lost(map.slot));
    ng_map_close(&map);
}
END_TEST

/* Runs in a child, which the signal ends. */
START_TEST(other_faults_end_the_process) {
    struct ng_err err = {0};
    (void)signal(SIGBUS, SIG_DFL);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    (void)raise(SIGBUS);
    (void)raise(SIGBUS);
}
END_TEST

/* The second guard must not take the first one for the handler that was there before: a fault would never end. */
START_TEST(a_second_guard_changes_nothing) {
    struct ng_err err = {0};
    (void)signal(SIGBUS, SIG_DFL);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    const char *path = test_temp_path("foreign");
    test_write_file(path, "x", 1);
    int fd = open(path, O_RDONLY);
    const volatile uint8_t *data = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    ck_assert(data != MAP_FAILED);
    ck_assert_int_eq(truncate(path, 0), 0);
    (void)alarm(10);
    (void)data[0];
}
END_TEST

/* A slot that is used again and again, in turn for what stands before and behind the mapping that faults. */
struct reuse {
    uintptr_t before;
    uintptr_t behind;
    _Atomic bool stop;
    uint64_t wrong;
};

static void *reuse_slot(void *context) {
    struct reuse *r = context;
    while (!atomic_load(&r->stop)) {
        const uintptr_t places[2] = {r->before, r->behind};
        for (size_t i = 0; i < 2; i++) {
            struct ng_map_slot *slot = NULL;
            if (ng_map_slot_take(&slot, (const void *)places[i], PAGE, NULL)) abort();
            bool lost = false;
            for (unsigned wait = 0; wait < 100 && !lost; wait++) lost = ng_map_slot_lost(slot);
            r->wrong += lost;
            ng_map_slot_release(slot);
        }
    }
    return NULL;
}

START_TEST(only_the_mapping_that_faults_is_marked) {
    enum { FAULTS = 30000 };
    struct ng_err err = {0};
    struct ng_map map;
    pthread_t thread;
    const char *path = test_temp_path("hole");
    test_write_file(path, "x", 1);
    ck_assert_int_eq(truncate(path, (off_t)FAULTS * PAGE), 0);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_map_open(&map, path, false, &err), NG_OK);
    ck_assert_int_eq(truncate(path, 0), 0);
    struct reuse reuse = {.before = (uintptr_t)map.data - PAGE, .behind = (uintptr_t)map.data + map.length_bytes};
    ck_assert_int_eq(pthread_create(&thread, NULL, reuse_slot, &reuse), 0);
    const volatile uint8_t *data = map.data;
    uint64_t sum = 0;
    for (size_t i = 0; i < FAULTS; i++) sum += data[i * PAGE];
    atomic_store(&reuse.stop, true);
    (void)pthread_join(thread, NULL);
    ck_assert_uint_eq(sum, 0);
    ck_assert(ng_map_slot_lost(map.slot));
    ck_assert_uint_eq(reuse.wrong, 0);
    ng_map_close(&map);
}
END_TEST

START_TEST(a_query_over_the_hole_fails) {
    static const struct test_document document = {.text = (const uint8_t *)"abracadabra", .length = 11};
    const struct ng_bytes phrase = {.data = (const uint8_t *)"abra", .length_bytes = 4};
    struct ng_err err = {0};
    struct ng_index *index;
    uint64_t count = 0;
    const char *folder = test_temp_path("index");
    test_make_index(folder, &document, 1, 1000, 4);
    ck_assert_int_eq(ng_map_guard_install(&err), NG_OK);
    ck_assert_int_eq(ng_index_open(&index, folder, &err), NG_OK);
    ck_assert_int_eq(ng_index_status(index, &err), NG_OK);
    ck_assert_int_eq(truncate(test_temp_path("index/shard-00000.ngx"), 0), 0);
    ck_assert_int_eq(ng_index_count(index, phrase, &count, &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(ng_index_status(index, &err), NG_ERR_CORRUPT);
    ck_assert_int_eq(ng_index_count(index, phrase, &count, &err), NG_ERR_CORRUPT);
    ng_index_close(index);
}
END_TEST

Suite *test_map_guard_suite(void) {
    Suite *suite = suite_create("map_guard");
    TCase *tests = tcase_create("map_guard");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_page_that_went_away_reads_as_zeros);
    tcase_add_test(tests, only_the_mapping_that_faults_is_marked);
    tcase_add_test(tests, a_query_over_the_hole_fails);
    tcase_add_test_raise_signal(tests, other_faults_end_the_process, SIGBUS);
    tcase_add_test_raise_signal(tests, a_second_guard_changes_nothing, SIGBUS);
    suite_add_tcase(suite, tests);
    return suite;
}
