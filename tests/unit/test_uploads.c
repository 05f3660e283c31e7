/* The parts of a served bulletin by themselves: names, reasons, files, and the slot through restarts. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/bulletin/reason.h"
#include "server/bulletin/slot.h"
#include "server/bulletin/static_file.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static bool fits(const char *name) {
    return ng_slot_name_fits(name, strlen(name));
}

START_TEST(names_of_benchmarks) {
    static const char *const good[] = {"a.jsonl", "A-b_c.0.csv", "0.tsv", "x.JSON", "gsm8k.test.jsonl"};
    static const char *const bad[] = {"",        "a",     ".jsonl", "a.jsonl/", "../a.json", "a/b.json", "-a.json", "_a.json",
                                      ".a.json", "a.gz",  "a b.json", "a\n.json", "a:b.json", "a=b.json", "\xc3\xa4.json", "a.jsonx"};
    char longest[NG_SLOT_NAME_BYTES + 1];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) ck_assert_msg(fits(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_assert_msg(!fits(bad[i]), "%s", bad[i]);
    ck_assert(!ng_slot_name_fits("a\0.json", 7));
    memset(longest, 'a', sizeof longest);
    memcpy(longest + NG_SLOT_NAME_BYTES - 5, ".csv", 5);
    ck_assert(fits(longest));
    memcpy(longest + NG_SLOT_NAME_BYTES - 4, ".csv", 5);
    ck_assert(!fits(longest));
}
END_TEST

START_TEST(reasons_name_no_folder) {
    static const struct {
        const char *text;
        const char *left;
    } texts[] = {{"cannot open /srv/data/wiki.ngidx: No such file", "cannot open wiki.ngidx: No such file"},
                 {"/a/b", "b"},
                 {"'/a/b/' and (/c/d)", "'' and (d)"},
                 {"-i wiki=/a/b.ngidx", "-i wiki=b.ngidx"},
                 {"a/b 1/2 x.jsonl:3: and/or", "a/b 1/2 x.jsonl:3: and/or"},
                 {"//", ""},
                 {"", ""}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "%s", texts[i].text);
        ng_reason_hide_folders(text);
        ck_assert_str_eq(text, texts[i].left);
    }
}
END_TEST

static void make_folder(const char *name, char *path, size_t room) {
    (void)snprintf(path, room, "%s", test_temp_path(name));
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "we");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

START_TEST(files_of_a_site) {
    char folder[256];
    char path[512];
    make_folder("site", folder, sizeof folder);
    struct ng_static_file file;
    struct ng_err err;
    static const char *const nowhere[] = {"/index.html", "./index.html", "../index.html", "reports", "reports/", "reports//a.json",
                                          "reports/../index.html", "link.json", "folder/index.html", "a/b/c/d.json", "none.json",
                                          "index.htm", "index.html/", "index.html/a.json", "reports/a.json/x.json", "%69ndex.html"};
    (void)snprintf(path, sizeof path, "%s/index.html", folder);
    write_text(path, "page");
    (void)snprintf(path, sizeof path, "%s/reports", folder);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    (void)snprintf(path, sizeof path, "%s/reports/a.json", folder);
    write_text(path, "{}");
    (void)snprintf(path, sizeof path, "%s/link.json", folder);
    ck_assert_int_eq(symlink("reports/a.json", path), 0);
    (void)snprintf(path, sizeof path, "%s/folder", folder);
    ck_assert_int_eq(symlink(".", path), 0);
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        ck_assert_msg(ng_static_open(&file, folder, nowhere[i], &err) == NG_ERR_NOTFOUND, "%s", nowhere[i]);
    }
    ck_assert_int_eq(ng_static_open(&file, folder, "", &err), NG_OK);
    ck_assert(file.length_bytes == 4 && file.kind == NG_STATIC_PAGE && strlen(file.etag) > 4);
    (void)close(file.fd);
    ck_assert_int_eq(ng_static_open(&file, folder, "reports/a.json", &err), NG_OK);
    ck_assert(file.length_bytes == 2 && file.kind == NG_STATIC_DATA && strcmp(file.type, "application/json") == 0);
    (void)close(file.fd);
    (void)snprintf(path, sizeof path, "%s/gone", folder);
    ck_assert_int_eq(ng_static_open(&file, path, "", &err), NG_ERR_NOTFOUND);
}
END_TEST

static void reopen(struct ng_slot *slot, const char *site) {
    struct ng_err err;
    ng_slot_close(slot);
    ck_assert_msg(ng_slot_open(slot, site, &err) == NG_OK, "%s", err.text);
}

START_TEST(a_slot_through_restarts) {
    char folder[256];
    char site[512];
    make_folder("slot", folder, sizeof folder);
    char path[600];
    struct ng_slot slot = {.fd = -1, .job = -1};
    struct ng_slot other;
    struct ng_slot_failure failures[2];
    struct ng_err err;
    uint64_t tries = 0;
    (void)snprintf(site, sizeof site, "%s/site", folder);
    reopen(&slot, site);
    ck_assert_int_lt(slot.job, 0);
    ck_assert_int_eq(ng_slot_open(&other, site, &err), NG_ERR_EXISTS);
    ng_slot_close(&other);
    /* What was being written when the daemon was ended was not accepted. */
    (void)snprintf(path, sizeof path, "%s.queue/incoming", site);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    reopen(&slot, site);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(ng_slot_put(&slot, "a.jsonl", (const uint8_t *)"{}\n", 3, &err), NG_OK);
    for (uint64_t i = 1; i <= 3; i++) {
        ck_assert_int_eq(ng_slot_begin(&slot, &tries, &err), NG_OK);
        ck_assert_uint_eq(tries, i);
        reopen(&slot, site);
        ck_assert_int_ge(slot.job, 0);
        ck_assert_str_eq(slot.name, "a.jsonl");
    }
    ng_slot_uncount(&slot, tries);
    ck_assert_int_eq(ng_slot_begin(&slot, &tries, &err), NG_OK);
    ck_assert_uint_eq(tries, 3);
    ck_assert(!ng_slot_has_report(&slot));
    ck_assert_int_eq(mkdirat(slot.job, NG_SLOT_MAKING, 0700), 0);
    ck_assert_int_eq(ng_slot_keep_report(&slot, &err), NG_OK);
    reopen(&slot, site);
    ck_assert(ng_slot_has_report(&slot));
    ck_assert_int_eq(ng_slot_fail(&slot, "no reason", &err), NG_OK);
    ck_assert_int_lt(slot.job, 0);
    ck_assert_uint_eq(ng_slot_failures(&slot, failures, 2), 1);
    ck_assert_str_eq(failures[0].name, "a.jsonl");
    ck_assert_str_eq(failures[0].reason, "no reason");
    ck_assert_int_eq(ng_slot_put(&slot, "b.csv", (const uint8_t *)"x", 1, &err), NG_OK);
    ck_assert_int_eq(ng_slot_done(&slot, &err), NG_OK);
    reopen(&slot, site);
    ck_assert_int_lt(slot.job, 0);
    /* A folder that is no job is told, not passed over. */
    (void)snprintf(path, sizeof path, "%s.queue/job", site);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ng_slot_close(&slot);
    ck_assert_int_eq(ng_slot_open(&slot, site, &err), NG_ERR_INPUT);
    ng_slot_close(&slot);
}
END_TEST

Suite *test_uploads_suite(void) {
    Suite *suite = suite_create("uploads");
    TCase *tests = tcase_create("uploads");
    tcase_add_test(tests, names_of_benchmarks);
    tcase_add_test(tests, reasons_name_no_folder);
    tcase_add_test(tests, files_of_a_site);
    tcase_add_test(tests, a_slot_through_restarts);
    suite_add_tcase(suite, tests);
    return suite;
}
