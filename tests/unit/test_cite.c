/* What a report cites: date, command line, paths, facts; and the members of metadata. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/random.h"
#include "common/json/member.h"
#include "query/cite/cite.h"
#include "query/cite/facts.h"
#include "query/report/report.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

START_TEST(dates) {
    char date[NG_CITE_DATE_CHARS];
    struct ng_err err;
    (void)setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    ck_assert_int_eq(ng_cite_date(date, &err), 0);
    ck_assert_str_eq(date, "2023-11-14T22:13:20Z");
    (void)setenv("SOURCE_DATE_EPOCH", "0", 1);
    ck_assert_int_eq(ng_cite_date(date, &err), 0);
    ck_assert_str_eq(date, "1970-01-01T00:00:00Z");
    static const char *const wrong[] = {"-1", "1.5", "now", "253402300800", "99999999999999999999", " 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)setenv("SOURCE_DATE_EPOCH", wrong[i], 1);
        ck_assert_msg(ng_cite_date(date, &err) == NG_ERR_USAGE, "%s", wrong[i]);
    }
    (void)unsetenv("SOURCE_DATE_EPOCH");
    ck_assert_int_eq(ng_cite_date(date, &err), 0);
    ck_assert_str_gt(date, "2024");
}
END_TEST

static const char *text_option;
static bool flag_option;

/* A command line, with "|" between its words, and what is shown of it. */
static void check_command(const char *given, bool redact, const char *shown) {
    static const char *const paths[] = {"index", "report", NULL};
    const struct ng_cli_option table[] = {{.name = "index", .letter = 'i', .text = &text_option},
                                          {.name = "report", .letter = 'r', .text = &text_option},
                                          {.name = "field", .letter = 'f', .text = &text_option},
                                          {.name = "json", .flag = &flag_option},
                                          {.name = "quiet", .letter = 'q', .flag = &flag_option},
                                          {0}};
    char buffer[512];
    char joined[512] = "";
    char *argv[32];
    char **command;
    size_t count;
    int argc = 0;
    struct ng_err err;
    (void)snprintf(buffer, sizeof buffer, "contam|%s", given);
    for (char *word = strtok(buffer, "|"); word; word = strtok(NULL, "|")) argv[argc++] = word;
    struct ng_cite_paths *none = NULL;
    ck_assert_int_eq(ng_cite_paths_open(&none, NULL, 0, &err), 0);
    ck_assert_int_eq(ng_cite_command_make(&command, &count, argc, argv, table, paths, none, redact, &err), 0);
    for (size_t i = 0; i < count; i++) (void)strcat(strcat(joined, i ? "|" : ""), command[i]);
    ck_assert_str_eq(joined, shown);
    ng_cite_command_free(command, count);
    ng_cite_paths_free(none);
}

START_TEST(command_lines) {
    char here[256];
    char given[400];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    check_command("a.jsonl|--json|-f|/x/y", false, "ngidx|contam|a.jsonl|--json|-f|/x/y");
    check_command("/secret/a.jsonl|-i|web=/secret/w.ngidx|-i/secret/b|--index=/secret/c|--report|/secret/r", false,
                  "ngidx|contam|a.jsonl|-i|web=w.ngidx|-ib|--index=c|--report|r");
    check_command("/secret/a.jsonl|-i|web=/secret/w.ngidx|-i/secret/b|--index=x=c|--rep|/secret/r|-|rel/b.jsonl", true,
                  "ngidx|contam|[path]|-i|web=[path]|-i[path]|--index=x=[path]|--rep|[path]|-|[path]");
    check_command("-qi|/secret/w|-qr/secret/r|--|-odd.jsonl|--json", true, "ngidx|contam|-qi|[path]|-qr[path]|--|[path]|[path]");
    check_command("-i|http://host/index|--unknown|--field=/x", false, "ngidx|contam|-i|http://host/index|--unknown|--field=/x");
    (void)snprintf(given, sizeof given, "%s/in/a.jsonl|-i|../up/w.ngidx", here);
    check_command(given, false, "ngidx|contam|in/a.jsonl|-i|../up/w.ngidx");
}
END_TEST

static int read_facts(struct ng_cite_facts **facts, const char *json, enum ng_cite_facts_kind kind, struct ng_err *err) {
    const char *path = test_temp_path("facts.json");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(json, file);
    ck_assert_int_eq(fclose(file), 0);
    return ng_cite_facts_read(facts, path, kind, err);
}

START_TEST(facts_of_names) {
    struct ng_cite_facts *facts;
    struct ng_err err;
    ck_assert_int_eq(read_facts(&facts, "{\"web\": {\"version\": \"2\", \"license\": \"MIT\", \"url\": null}, \"b\\u00e9\": {}}",
                                NG_FACTS_CORPUS, &err), 0);
    ck_assert_str_eq(ng_cite_facts_get(facts, "web", NG_FACT_VERSION), "2");
    ck_assert_str_eq(ng_cite_facts_get(facts, "web", NG_FACT_LICENCE), "MIT");
    ck_assert_ptr_null(ng_cite_facts_get(facts, "web", NG_FACT_URL));
    ck_assert_ptr_null(ng_cite_facts_get(facts, "other", NG_FACT_URL));
    ck_assert(ng_cite_facts_has(facts, "b\xC3\xA9") && !ng_cite_facts_has(facts, "other") && !ng_cite_facts_has(NULL, "web"));
    ng_cite_facts_free(facts);
    static const char *const wrong[] = {"",       "[]",        "{\"web\": 1}",     "{\"web\": {\"version\": 2}}", "{\"version\": \"2\"}",
                                        "{} {}",  "{\"web\": {\"revision\": \"2\"}}", "{\"web\": {\"version\": {}}}", "[{\"web\": {}}]",
                                        "{\"web\": {\"version\": \"a\\u0000b\"}}", "{\"web\": {\"Version\": \"2\"}}", "\xFF"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(read_facts(&facts, wrong[i], NG_FACTS_CORPUS, &err) == NG_ERR_INPUT, "%s", wrong[i]);
        ck_assert_ptr_null(facts);
    }
    ck_assert_int_eq(read_facts(&facts, "{\"b\": {\"revision\": \"2\"}}", NG_FACTS_BENCHMARK, &err), 0);
    ng_cite_facts_free(facts);
}
END_TEST

/* The ends are the rates that the one seen is 1.96 standard deviations away from: Wilson's definition. */
START_TEST(intervals) {
    const struct ng_wilson nothing = ng_wilson_interval(0, 0);
    const double z = 1.9599639845;
    for (uint64_t whole = 1; whole < 60; whole++) {
        for (uint64_t part = 0; part <= whole; part++) {
            struct ng_wilson interval = ng_wilson_interval(part, whole);
            const double ends[] = {interval.low, interval.high};
            double seen = (double)part / (double)whole;
            ck_assert(ends[0] >= 0.0 && ends[0] <= seen && seen <= ends[1] && ends[1] <= 1.0);
            for (size_t e = 0; e < 2; e++) {
                double away = z * sqrt(ends[e] * (1.0 - ends[e]) / (double)whole);
                ck_assert_msg(fabs(fabs(seen - ends[e]) - away) < 1e-6, "%llu of %llu: %f", (unsigned long long)part,
                              (unsigned long long)whole, ends[e]);
            }
        }
    }
    ck_assert(nothing.low == 0 && nothing.high == 1);
    ck_assert_double_eq_tol(ng_wilson_interval(46, 100).low, 0.3656, 0.00005);
    ck_assert_double_eq_tol(ng_wilson_interval(46, 100).high, 0.5574, 0.00005);
}
END_TEST

START_TEST(members) {
    static const char *const names[] = {"id", "url"};
    static const struct {
        const char *object;
        const char *id;
        const char *url;
    } known[] = {{"{}", NULL, NULL},
                 {"{\"id\":\"a\\u00e9\",\"url\":\"u\"}", "a\xC3\xA9", "u"},
                 {"{\"id\":12345678901234567890123,\"url\":null}", "12345678901234567890123", NULL},
                 {"{\"a\":{\"id\":1},\"b\":[{\"url\":2}],\"x\":NaN,\"id\":-0.5e3}", "-0.5e3", NULL},
                 {"{\"id\":{\"url\":1},\"url\":[]}", NULL, NULL},
                 {"{\"id\":true,\"id\":\"last\"}", "last", NULL}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *values[2];
        struct ng_err err;
        ck_assert_int_eq(ng_json_find_members(known[i].object, strlen(known[i].object), names, values, 2, &err), 0);
        const char *const wanted[] = {known[i].id, known[i].url};
        for (size_t v = 0; v < 2; v++) {
            if (wanted[v]) ck_assert_str_eq(values[v], wanted[v]);
            else ck_assert_ptr_null(values[v]);
            free(values[v]);
        }
    }
}
END_TEST

Suite *test_cite_suite(void) {
    Suite *suite = suite_create("cite");
    TCase *cases = tcase_create("cite");
    tcase_add_test(cases, dates);
    tcase_add_test(cases, command_lines);
    tcase_add_test(cases, facts_of_names);
    tcase_add_test(cases, intervals);
    tcase_add_test(cases, members);
    suite_add_tcase(suite, cases);
    return suite;
}
