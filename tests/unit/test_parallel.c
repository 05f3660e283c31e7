#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "common/os/parallel.h"
#include "tests/unit/suites.h"

enum { TURNS = 5000 };

struct seen {
    atomic_uint times[TURNS];
    uint64_t fails_from; /* turns from here on fail */
};

static int see(void *context, uint64_t turn, struct ng_err *err) {
    struct seen *seen = context;
    (void)atomic_fetch_add(&seen->times[turn], 1);
    if (turn >= seen->fails_from) return ng_err_set(err, NG_ERR_INPUT, "turn %llu", (unsigned long long)turn);
    return NG_OK;
}

START_TEST(every_turn_runs_once) {
    static const unsigned threads[] = {0, 1, 2, 7};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        static struct seen seen;
        seen = (struct seen){.fails_from = UINT64_MAX};
        ck_assert_int_eq(ng_parallel_run(threads[t], TURNS, see, &seen, NULL), NG_OK);
        for (size_t i = 0; i < TURNS; i++) ck_assert_uint_eq(seen.times[i], 1);
    }
    ck_assert_int_eq(ng_parallel_run(4, 0, see, NULL, NULL), NG_OK);
}
END_TEST

/* Of several failures the lowest turn's is told: turns are handed out in order, so it was always taken. */
START_TEST(the_first_failure_ends_the_loop) {
    for (unsigned threads = 1; threads <= 4; threads++) {
        static struct seen seen;
        seen = (struct seen){.fails_from = 100};
        struct ng_err err;
        ng_err_clear(&err);
        ck_assert_int_eq(ng_parallel_run(threads, TURNS, see, &seen, &err), NG_ERR_INPUT);
        ck_assert_str_eq(err.text, "turn 100");
        unsigned run = 0;
        for (size_t i = 0; i < TURNS; i++) run += seen.times[i];
        ck_assert_uint_le(run, 100 + threads);
    }
}
END_TEST

START_TEST(threads_have_a_default_and_a_limit) {
    ck_assert_uint_ge(ng_parallel_threads(0), 1);
    ck_assert_uint_eq(ng_parallel_threads(3), 3);
    ck_assert_uint_le(ng_parallel_threads(UINT32_MAX), 1024);
}
END_TEST

/* Check runs each test in a process of its own, so that nobody else is bound. */
START_TEST(processors_are_those_that_the_process_may_run_on) {
    cpu_set_t one;
    int processor = sched_getcpu();
    ck_assert_int_ge(processor, 0);
    CPU_ZERO(&one);
    CPU_SET((size_t)processor, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_uint_eq(ng_parallel_threads(0), 1);
    ck_assert_uint_eq(ng_parallel_threads(2), 2);
}
END_TEST

Suite *test_parallel_suite(void) {
    Suite *suite = suite_create("parallel");
    TCase *tests = tcase_create("parallel");
    tcase_add_test(tests, every_turn_runs_once);
    tcase_add_test(tests, the_first_failure_ends_the_loop);
    tcase_add_test(tests, threads_have_a_default_and_a_limit);
    tcase_add_test(tests, processors_are_those_that_the_process_may_run_on);
    suite_add_tcase(suite, tests);
    return suite;
}
