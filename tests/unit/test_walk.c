/* Listing a corpus: folders, links, what is no file, and what cannot be read. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/os/stream.h"
#include "indexer/corpus/corpus.h"
#include "indexer/corpus/jsonl.h"
#include "indexer/corpus/listing.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static const char *folder;

static void make_folder(void) {
    folder = test_temp_folder();
}

static const char *at(const char *name) {
    return test_temp_path(name);
}

static const char *write_file(const char *name, const void *bytes, size_t length) {
    const char *path = at(name);
    test_write_file(path, bytes, length);
    return path;
}

static const char *write_text(const char *name, const char *text) {
    return write_file(name, text, strlen(text));
}

/* All paths of a walk below the test's folder, relative to it, each followed by a blank. */
static void list(const struct ng_walk *walk, char *out, size_t capacity) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < walk->count; i++) {
        ck_assert_int_eq(strncmp(walk->files[i].path, folder, strlen(folder)), 0);
        used += (size_t)snprintf(out + used, capacity - used, "%s ", walk->files[i].path + strlen(folder) + 1);
        ck_assert_uint_lt(used, capacity);
    }
}

START_TEST(walk_lists_sorted_and_passes_over_what_is_no_file) {
    static const char *const folders[] = {"b", "b/x", "B", "b.d", ".h", "index", "index/sub"};
    static const char *const files[] = {"b/x/2", "b/x/10", "b/a", "b.d/f", "B/z", ".h/.hidden", "a\xC3\xA9", "az",
                                        "index/shard", "index/sub/f"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) ck_assert_int_eq(mkdir(at(folders[i]), 0755), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) (void)write_text(files[i], files[i]);
    ck_assert_int_eq(symlink("../az", at("b/link")), 0);
    ck_assert_int_eq(symlink("..", at("b/up")), 0);
    ck_assert_int_eq(symlink(".", at("self")), 0);
    ck_assert_int_eq(mkfifo(at("fifo"), 0644), 0);
    struct ng_walk walk = {0};
    struct ng_err err = {0};
    char found[512];
    ck_assert_msg(ng_walk_add(&walk, folder, (const char *[NG_WALK_EXCLUDES]){at("index"), NULL}, &err) == NG_OK, "%s", err.text);
    list(&walk, found, sizeof found);
    ck_assert_str_eq(found, ".h/.hidden B/z az a\xC3\xA9 b.d/f b/a b/link b/x/10 b/x/2 ");
    ck_assert_uint_eq(walk.files[0].bytes, strlen(".h/.hidden"));
    ck_assert_uint_eq(walk.files[6].bytes, strlen("az"));
    ng_walk_free(&walk);
    ng_walk_free(&walk);

    ck_assert_int_eq(ng_walk_add(&walk, at("self/b/"), (const char *[NG_WALK_EXCLUDES]){NULL, at("not-there")}, &err), NG_OK);
    list(&walk, found, sizeof found);
    ck_assert_str_eq(found, "self/b/a self/b/link self/b/x/10 self/b/x/2 ");
    ck_assert_int_eq(ng_walk_add(&walk, at("az"), (const char *[NG_WALK_EXCLUDES]){NULL, NULL}, &err), NG_OK);
    ck_assert_int_eq(ng_walk_add(&walk, "-", (const char *[NG_WALK_EXCLUDES]){NULL, NULL}, &err), NG_OK);
    ck_assert_uint_eq(walk.count, 6);
    ck_assert_str_eq(walk.files[4].path, at("az"));
    ck_assert_str_eq(walk.files[5].path, "-");
    ng_walk_free(&walk);
}
END_TEST

static void check_walk_error(const char *path, int status, const char *reason) {
    struct ng_walk walk = {0};
    struct ng_err err = {0};
    ck_assert_int_eq(ng_walk_add(&walk, path, (const char *[NG_WALK_EXCLUDES]){NULL, NULL}, &err), status);
    ck_assert_msg(strstr(err.text, reason) != NULL, "%s lacks %s", err.text, reason);
    ng_walk_free(&walk);
}

START_TEST(walk_names_what_it_cannot_read) {
    check_walk_error(at("missing"), NG_ERR_NOTFOUND, "missing");
    check_walk_error("/dev/null", NG_ERR_USAGE, "/dev/null is neither a file nor a folder");
    ck_assert_int_eq(mkdir(at("d"), 0755), 0);
    ck_assert_int_eq(symlink("nowhere", at("d/dangling")), 0);
    check_walk_error(at("d"), NG_ERR_NOTFOUND, "d/dangling (a symbolic link)");
    ck_assert_int_eq(mkdir(at("e"), 0755), 0);
    ck_assert_int_eq(symlink("loop", at("e/loop")), 0);
    check_walk_error(at("e"), NG_ERR_IO, "e/loop (a symbolic link)");
    ck_assert_int_eq(mkdir(at("closed"), 0000), 0);
    ck_assert_int_eq(mkdir(at("g"), 0755), 0);
    ck_assert_int_eq(chmod(write_text("g/secret", "x"), 0000), 0);
    bool is_root = geteuid() == 0;
    enum { NOBODY = 65534 };
    if (is_root) ck_assert_int_eq(seteuid(NOBODY), 0);
    check_walk_error(at("closed"), NG_ERR_IO, "/closed: Permission denied");
    check_walk_error(at("g"), NG_ERR_IO, "/g/secret: Permission denied");
    if (is_root) ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(walk_depth_is_limited) {
    struct ng_buf path = {0};
    ck_assert_int_eq(ng_buf_append(&path, folder, strlen(folder), NULL), NG_OK);
    for (unsigned depth = 1; depth <= NG_MAX_FOLDER_DEPTH; depth++) {
        struct ng_walk walk = {0};
        struct ng_err err = {0};
        ck_assert_int_eq(ng_buf_append(&path, "/d", 3, NULL), NG_OK);
        ck_assert_int_eq(mkdir((const char *)path.data, 0755), 0);
        path.length--;
        if (depth < NG_MAX_FOLDER_DEPTH - 1) continue;
        bool fits = depth < NG_MAX_FOLDER_DEPTH;
        ck_assert_int_eq(ng_walk_add(&walk, folder, (const char *[NG_WALK_EXCLUDES]){NULL, NULL}, &err), fits ? NG_OK : NG_ERR_LIMIT);
        if (!fits) ck_assert_ptr_nonnull(strstr(err.text, "NG_MAX_FOLDER_DEPTH"));
        ng_walk_free(&walk);
    }
    ng_buf_free(&path);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tests;
}

Suite *test_walk_suite(void) {
    Suite *suite = suite_create("walk");
    TCase *walk = add_case(suite, "walk");
    tcase_add_test(walk, walk_lists_sorted_and_passes_over_what_is_no_file);
    tcase_add_test(walk, walk_names_what_it_cannot_read);
    tcase_add_test(walk, walk_depth_is_limited);
    return suite;
}
