/* The daemon's parts by themselves: routes, the list of indexes, the queue. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/api/api_impl.h"
#include "server/state/workers.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

START_TEST(paths_lead_to_endpoints) {
    static const struct {
        const char *path;
        enum ng_endpoint endpoint;
    } paths[] = {{"/", NG_ENDPOINT_PAGE},
                 {"/v1/indexes", NG_ENDPOINT_INDEXES},
                 {"/v1/a/count", NG_ENDPOINT_COUNT},
                 {"/v1/a.b-c_d/locate", NG_ENDPOINT_LOCATE},
                 {"/v1/indexes/batch", NG_ENDPOINT_BATCH},
                 {"/bulletin", NG_ENDPOINT_BULLETIN},
                 {"/bulletin/", NG_ENDPOINT_BULLETIN},
                 {"/bulletin/reports/a/report.json", NG_ENDPOINT_BULLETIN},
                 {"/bulletin/benchmarks", NG_ENDPOINT_BENCHMARKS},
                 {"/bulletin/benchmarks/state", NG_ENDPOINT_BENCHMARKS_STATE},
                 {"/v1/a/doc", NG_ENDPOINT_DOC}, /* with an id */
                 {"/v1/a/doc/17", NG_ENDPOINT_DOC}};
    static const char *const nowhere[] = {"",        "x",          "//",           "/v1",        "/v1/",       "/v1/a",
                                          "/v1/a/", "/v1//count", "/v1/a/count/", "/bulletins", "/v1/a/docs", "/v2/a/count"};
    struct ng_api_route route;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ck_assert_msg(ng_api_route(paths[i].path, &route), "%s", paths[i].path);
        ck_assert_int_eq(route.endpoint, paths[i].endpoint);
    }
    ck_assert_uint_eq(route.index_length, 1);
    ck_assert_str_eq(route.rest, "17");
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        ck_assert_msg(!ng_api_route(nowhere[i], &route), "%s", nowhere[i]);
    }
}
END_TEST

static void report(void *context, const char *name, const struct ng_err *err) {
    ck_assert_str_eq(name, "x");
    if (!err) ++*(unsigned *)context;
}

static uint64_t count_in(struct ng_registry *registry, const char *text) {
    uint64_t count = 0;
    struct ng_err err = {0};
    struct ng_served *served = ng_registry_acquire(registry, "x", 1);
    const struct ng_bytes phrase = {.data = (const uint8_t *)text, .length_bytes = strlen(text)};
    ck_assert_ptr_nonnull(served);
    ck_assert_int_eq(ng_index_count(served->index, phrase, &count, &err), NG_OK);
    ng_served_release(served);
    return count;
}

START_TEST(an_index_is_replaced_under_its_users) {
    static const struct test_document before = {.text = (const uint8_t *)"aaa", .length = 3};
    static const struct test_document after = {.text = (const uint8_t *)"aaaaa", .length = 5};
    struct ng_registry *registry;
    struct ng_err err = {0};
    char argument[600];
    unsigned reloads = 0;
    test_make_index(test_temp_path("x.ngidx"), &before, 1, 1000, 4);
    ck_assert_int_eq(ng_registry_new(&registry, false, &(struct ng_remote_options){.timeout_seconds = 1}, &err), NG_OK);
    ck_assert_int_eq(ng_registry_add(registry, test_temp_path("x.ngidx"), &err), NG_OK);
    ck_assert_int_eq(ng_registry_add(registry, test_temp_path("x.ngidx/"), &err), NG_ERR_EXISTS);
    (void)snprintf(argument, sizeof argument, "a/b=%s", test_temp_path("x.ngidx"));
    ck_assert_int_ne(ng_registry_add(registry, argument, &err), NG_OK);
    ck_assert_int_eq(ng_registry_add(registry, "=x", &err), NG_ERR_USAGE);
    ck_assert_int_eq(ng_registry_add(registry, "y=", &err), NG_ERR_USAGE);
    ck_assert_int_ne(ng_registry_add(registry, "", &err), NG_OK);
    ck_assert_uint_eq(ng_registry_count(registry), 1);
    ck_assert_ptr_null(ng_registry_acquire(registry, "xx", 2));
    ck_assert_ptr_null(ng_registry_acquire_number(registry, 1));

    struct ng_served *old = ng_registry_acquire(registry, "x", 1);
    ng_registry_reload(registry, false, report, &reloads);
    ck_assert_uint_eq(reloads, 0);
    test_make_index(test_temp_path("x.ngidx"), &after, 1, 1000, 4);
    ng_registry_reload(registry, false, report, &reloads);
    ck_assert_uint_eq(reloads, 1);
    ck_assert_uint_eq(count_in(registry, "a"), 5);
    ck_assert_uint_eq(old->info.text_bytes, 3);
    struct ng_served *new = ng_registry_acquire(registry, "x", 1);
    ck_assert_str_ne(old->id, new->id);
    ng_served_release(new);
    ng_registry_reload(registry, true, report, &reloads);
    ck_assert_uint_eq(reloads, 2);
    ng_served_release(old);
    ng_registry_free(registry);
}
END_TEST

enum { WORKS = 2000 };

struct piece {
    struct ng_work work;
    atomic_uint times;
};

static atomic_uint largest;

static void run_pieces(void *context, struct ng_work *const *works, size_t count) {
    atomic_uint *done = context;
    if (count > largest) largest = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        ck_assert(works[i]->light || count == 1);
        (void)atomic_fetch_add(&((struct piece *)(void *)works[i])->times, 1);
        (void)atomic_fetch_add(done, 1);
    }
}

START_TEST(every_work_is_done_once) {
    static struct piece pieces[WORKS];
    struct ng_err err = {0};
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct ng_workers *workers;
        atomic_uint done = 0;
        memset(pieces, 0, sizeof pieces);
        ck_assert_int_eq(ng_workers_start(&workers, threads, run_pieces, &done, &err), NG_OK);
        for (size_t i = 0; i < WORKS;) {
            size_t group = 1 + i % 100 < WORKS - i ? 1 + i % 100 : WORKS - i;
            for (size_t k = 0; k < group; k++) {
                pieces[i + k].work.light = (i + k) % 5 != 0;
                pieces[i + k].work.next = k + 1 < group ? &pieces[i + k + 1].work : NULL;
            }
            ng_workers_push(workers, &pieces[i].work, &pieces[i + group - 1].work, group);
            i += group;
        }
        ng_workers_stop(workers);
        ck_assert_uint_eq(done, WORKS);
        for (size_t i = 0; i < WORKS; i++) ck_assert_uint_eq(pieces[i].times, 1);
    }
    ck_assert_uint_le(largest, NG_WORKERS_TOGETHER);
}
END_TEST

Suite *test_server_suite(void) {
    Suite *suite = suite_create("server");
    TCase *tests = tcase_create("server");
    tcase_add_test(tests, paths_lead_to_endpoints);
    tcase_add_test(tests, an_index_is_replaced_under_its_users);
    tcase_add_test(tests, every_work_is_done_once);
    suite_add_tcase(suite, tests);
    return suite;
}
