/* Listing a corpus: folders, links, what is no file, and what cannot be read. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
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

/* The notes of a walk, as "NUMBER:PATH " with the path as in list. */
struct noted {
    char text[1024];
    size_t used;
};

static void take_note(void *context, enum ng_note note, const char *path, uint64_t line, const char *why) {
    struct noted *noted = context;
    ck_assert_uint_eq(line, 0);
    ck_assert_ptr_nonnull(why);
    noted->used += (size_t)snprintf(noted->text + noted->used, sizeof noted->text - noted->used, "%d:%s ", note,
                                    path + strlen(folder) + 1);
    ck_assert_uint_lt(noted->used, sizeof noted->text);
}

/* Checks what a walk of the folder lists, and how many notes of one kind it makes. */
static void check_walk(struct ng_walk_options *options, const char *path, const char *expected) {
    struct ng_walk walk = {0};
    struct ng_err err = {0};
    char found[1024];
    ck_assert_msg(ng_walk_add(&walk, path, options, &err) == NG_OK, "%s", err.text);
    list(&walk, found, sizeof found);
    ck_assert_str_eq(found, expected);
    ng_walk_free(&walk);
}

static void make_tree(void) {
    static const char *const folders[] = {"b", "b/x", "B", "b.d", ".h", "index", "index/sub", "other"};
    static const char *const files[] = {"b/x/2", "b/x/10", "b/a", "b.d/f", "B/z", ".h/.hidden", "a\xC3\xA9", "az",
                                        "index/shard", "index/sub/f", "other/index.json", "other/shard-00000.ngx"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) ck_assert_int_eq(mkdir(at(folders[i]), 0755), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) (void)write_text(files[i], files[i]);
    ck_assert_int_eq(symlink("../az", at("b/link")), 0);
    ck_assert_int_eq(symlink("..", at("b/up")), 0);
    ck_assert_int_eq(symlink(".", at("self")), 0);
    ck_assert_int_eq(symlink("nowhere", at("gone")), 0);
    ck_assert_int_eq(mkfifo(at("fifo"), 0644), 0);
}

START_TEST(walk_lists_sorted_and_notes_what_it_passes_over) {
    make_tree();
    struct noted noted = {.used = 0};
    struct ng_walk_options options = {.exclude_paths = {at("index")}, .note = take_note, .note_context = &noted};
    check_walk(&options, folder, "B/z az a\xC3\xA9 b.d/f b/a b/x/10 b/x/2 ");
    char wanted[64];
    const struct {
        enum ng_note note;
        const char *path;
    } all[] = {{NG_NOTE_HIDDEN, ".h"}, {NG_NOTE_LINK, "b/up"}, {NG_NOTE_LINK, "self"}, {NG_NOTE_DANGLING, "gone"},
               {NG_NOTE_SPECIAL, "fifo"}, {NG_NOTE_INDEX, "other"}, {NG_NOTE_REPEATED, "b/link"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        (void)snprintf(wanted, sizeof wanted, "%d:%s ", all[i].note, all[i].path);
        char *found = strstr(noted.text, wanted);
        ck_assert_msg(found != NULL, "%s lacks %s", noted.text, wanted);
        noted.used -= strlen(wanted);
    }
    ck_assert_msg(noted.used == 0, "other notes: %s", noted.text);

    options = (struct ng_walk_options){.hidden = true, .exclude_paths = {at("index"), at("not-there")}};
    check_walk(&options, folder, ".h/.hidden B/z az a\xC3\xA9 b.d/f b/a b/x/10 b/x/2 ");
    /* The link counts where what it leads to is not listed itself. */
    options = (struct ng_walk_options){0};
    check_walk(&options, at("self/b/"), "self/b/a self/b/link self/b/x/10 self/b/x/2 ");
    struct ng_walk walk = {0};
    ck_assert_int_eq(ng_walk_add(&walk, at("az"), &options, NULL), NG_OK);
    ck_assert_int_eq(ng_walk_add(&walk, "-", &options, NULL), NG_OK);
    ck_assert_uint_eq(walk.count, 2);
    ck_assert_uint_eq(walk.files[0].bytes, strlen("az"));
    ck_assert(walk.files[0].is_given);
    ck_assert_str_eq(walk.files[1].path, "-");
    ng_walk_free(&walk);
    ng_walk_free(&walk);
}
END_TEST

START_TEST(walk_takes_globs) {
    make_tree();
    struct ng_walk_options options = {.exclude_paths = {at("index")}, .include = {"a*", "1?", "[B]/*"}, .include_count = 3};
    check_walk(&options, folder, "B/z az a\xC3\xA9 b/a b/x/10 ");
    options = (struct ng_walk_options){.exclude_paths = {at("index")}, .exclude = {"x", "b.d/*", "a?"}, .exclude_count = 3};
    check_walk(&options, folder, "B/z a\xC3\xA9 b/a b/link ");
}
END_TEST

START_TEST(walk_follows_links_to_each_folder_once) {
    ck_assert_int_eq(mkdir(at("c"), 0755), 0);
    ck_assert_int_eq(mkdir(at("real"), 0755), 0);
    ck_assert_int_eq(mkdir(at("real/in"), 0755), 0);
    (void)write_text("real/in/f", "1");
    (void)write_text("c/own", "2");
    ck_assert_int_eq(symlink("../real", at("c/z")), 0);
    ck_assert_int_eq(symlink("../real/in", at("c/y")), 0);
    ck_assert_int_eq(symlink("../../c", at("real/in/back")), 0);
    ck_assert_int_eq(symlink("../real/in/f", at("c/x")), 0);
    struct ng_walk_options options = {.follow = true};
    check_walk(&options, at("c"), "c/own c/x ");
    options.follow = false;
    check_walk(&options, at("c"), "c/own c/x ");
    ck_assert_int_eq(unlink(at("c/x")), 0);
    options.follow = true;
    check_walk(&options, at("c"), "c/own c/y/f ");
}
END_TEST

static void check_walk_error(const char *path, int status, const char *reason) {
    struct ng_walk walk = {0};
    struct ng_err err = {0};
    ck_assert_int_eq(ng_walk_add(&walk, path, &(struct ng_walk_options){0}, &err), status);
    ck_assert_msg(strstr(err.text, reason) != NULL, "%s lacks %s", err.text, reason);
    ng_walk_free(&walk);
}

START_TEST(walk_names_what_it_cannot_read) {
    check_walk_error(at("missing"), NG_ERR_NOTFOUND, "missing");
    check_walk_error("/dev/null", NG_ERR_USAGE, "/dev/null is neither a file nor a folder");
    ck_assert_int_eq(mkdir(at("closed"), 0000), 0);
    ck_assert_int_eq(mkdir(at("g"), 0755), 0);
    ck_assert_int_eq(chmod(write_text("g/secret", "x"), 0000), 0);
    bool is_root = geteuid() == 0;
    enum { NOBODY = 65534 };
    if (is_root) ck_assert_int_eq(seteuid(NOBODY), 0);
    check_walk_error(at("closed"), NG_ERR_IO, "/closed: Permission denied");
    check_walk_error(at("g"), NG_ERR_IO, "/g/secret: Permission denied");
    struct ng_walk_options options = {.skip_unreadable = true};
    check_walk(&options, folder, "g/secret "); /* whoever opens it will tell */
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
        ck_assert_int_eq(ng_walk_add(&walk, folder, &(struct ng_walk_options){0}, &err), fits ? NG_OK : NG_ERR_LIMIT);
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
    tcase_add_test(walk, walk_lists_sorted_and_notes_what_it_passes_over);
    tcase_add_test(walk, walk_takes_globs);
    tcase_add_test(walk, walk_follows_links_to_each_folder_once);
    tcase_add_test(walk, walk_names_what_it_cannot_read);
    tcase_add_test(walk, walk_depth_is_limited);
    return suite;
}
