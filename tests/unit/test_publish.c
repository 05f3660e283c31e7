#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/container/container.h"
#include "common/shard/index_files.h"
#include "indexer/build/join.h"
#include "indexer/build/publish.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

/*
 * The system calls that change a folder go through here (the program's own definitions come before the C
 * library's): so a test can kill the process before any of them, and play a file system that cannot swap.
 */
static int steps_to_live = -1; /* -1: for ever */
static bool cannot_swap;

static void step(void) {
    if (steps_to_live == 0) (void)kill(getpid(), SIGKILL);
    if (steps_to_live > 0) steps_to_live--;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    step();
    if (cannot_swap && flags) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder, const char *name, int flags) {
    step();
    return (int)syscall(SYS_unlinkat, folder, name, flags);
}

int unlink(const char *name) {
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name) {
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdir(const char *name, mode_t mode) {
    step();
    return (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
}

/* Writes an index that holds nothing but its name: two files that are large enough for the tests here. */
static void write_index(const char *folder, const char *name) {
    struct ng_manifest manifest = {.format_version = NG_MANIFEST_VERSION, .invalid_utf8 = "skip", .sa_sample = 1};
    struct ng_manifest_shard shard = {.file = "shard-00000.ngx", .bytes = strlen(name), .documents = 1};
    char path[600];
    struct ng_err err = {0};
    (void)snprintf(manifest.program, sizeof manifest.program, "%s", name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, shard.file);
    test_write_file(path, name, strlen(name));
    manifest.documents = 1;
    manifest.shards = &shard;
    manifest.shard_count = 1;
    ck_assert_msg(ng_manifest_write(&manifest, folder, &err) == NG_OK, "%s", err.text);
}

/* The name of the index in folder, "" where there is none; both of its files must agree. */
static const char *read_index(const char *folder) {
    static char name[NG_MANIFEST_PROGRAM_BYTES];
    struct ng_manifest manifest;
    char path[600];
    size_t length;
    if (ng_manifest_read(&manifest, folder, NULL)) return "";
    (void)snprintf(path, sizeof path, "%s/%s", folder, manifest.shards[0].file);
    uint8_t *content = test_read_file(path, &length);
    ck_assert_uint_eq(length, manifest.shards[0].bytes);
    ck_assert_mem_eq(content, manifest.program, length);
    (void)snprintf(name, sizeof name, "%s", manifest.program);
    free(content);
    ng_manifest_free(&manifest);
    return name;
}

static unsigned count_entries(const char *folder) {
    unsigned count = 0;
    DIR *listing = opendir(folder);
    ck_assert_msg(listing != NULL, "%s", folder);
    while (readdir(listing)) count++;
    (void)closedir(listing);
    return count - 2;
}

static void publish(const char *output, bool force, const char *name) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    ck_assert_msg(ng_publish_begin(&p, output, force, false, &err) == NG_OK, "%s", err.text);
    write_index(ng_publish_folder(p), name);
    ck_assert_msg(ng_publish_commit(p, &err) == NG_OK, "%s", err.text);
    ng_publish_free(p);
}

static void assert_refused(const char *output, bool force, int status, const char *text) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_publish_begin(&p, output, force, false, &err), status);
    ck_assert_msg(strstr(err.text, text) != NULL, "\"%s\" lacks \"%s\"", err.text, text);
    ck_assert_ptr_null(p);
}

START_TEST(a_new_index) {
    publish(test_temp_path("x"), false, "first");
    ck_assert_str_eq(read_index(test_temp_path("x")), "first");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
    ck_assert_uint_eq(count_entries(test_temp_path("x")), 2);
}
END_TEST

START_TEST(an_index_is_replaced_only_by_force) {
    cannot_swap = _i == 1;
    publish(test_temp_path("x"), false, "first");
    assert_refused(test_temp_path("x"), false, NG_ERR_EXISTS, "is an index already");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
    publish(test_temp_path("x"), true, "second");
    publish(test_temp_path("x"), true, "third");
    ck_assert_str_eq(read_index(test_temp_path("x")), "third");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
    ck_assert_uint_eq(count_entries(test_temp_path("x")), 2);
}
END_TEST

START_TEST(the_old_index_stays_until_commit) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    publish(test_temp_path("x"), false, "first");
    ck_assert_int_eq(ng_publish_begin(&p, test_temp_path("x"), true, false, &err), NG_OK);
    write_index(ng_publish_folder(p), "second");
    ck_assert_str_eq(read_index(test_temp_path("x")), "first");
    ng_publish_free(p);
    ck_assert_str_eq(read_index(test_temp_path("x")), "first");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
    ng_publish_free(NULL);
}
END_TEST

START_TEST(what_is_not_an_index_is_left_alone) {
    for (int force = 0; force <= 1; force++) {
        test_write_file(test_temp_path("file"), "x", 1);
        assert_refused(test_temp_path("file"), force, NG_ERR_EXISTS, "is not an index");

        (void)mkdir(test_temp_path("folder"), 0755);
        test_write_file(test_temp_path("folder/notes.txt"), "x", 1);
        assert_refused(test_temp_path("folder"), force, NG_ERR_EXISTS, "is not an index");
        /* An index, and something else beside. */
        write_index(test_temp_path("folder"), "mixed");
        assert_refused(test_temp_path("folder"), force, NG_ERR_EXISTS, "is not an index");

        /* A web page's index.json is none of ours; nor is a folder that lost its own. */
        (void)mkdir(test_temp_path("web"), 0755);
        test_write_file(test_temp_path("web/index.json"), "{}", 2);
        assert_refused(test_temp_path("web"), force, NG_ERR_EXISTS, "is not an index");
        ck_assert_int_eq(unlink(test_temp_path("web/index.json")), 0);
        test_write_file(test_temp_path("web/shard-00000.ngx"), "x", 1);
        assert_refused(test_temp_path("web"), force, NG_ERR_EXISTS, "is not an index");
        ck_assert_int_eq(unlink(test_temp_path("web/shard-00000.ngx")), 0);
    }
    ck_assert_uint_eq(count_entries(test_temp_folder()), 3);
    ck_assert_uint_eq(count_entries(test_temp_path("folder")), 3);
    /* web is empty now: as good as nothing. */
    publish(test_temp_path("web"), false, "first");
    ck_assert_str_eq(read_index(test_temp_path("web")), "first");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 3);
}
END_TEST

START_TEST(a_damaged_index_can_be_replaced) {
    publish(test_temp_path("x"), false, "first");
    test_write_file(test_temp_path("x/index.json"), "{", 1);
    publish(test_temp_path("x"), true, "second");
    ck_assert_str_eq(read_index(test_temp_path("x")), "second");
}
END_TEST

START_TEST(one_build_at_a_time) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_publish_begin(&p, test_temp_path("x"), false, false, &err), NG_OK);
    write_index(ng_publish_folder(p), "first");
    assert_refused(test_temp_path("x"), false, NG_ERR_EXISTS, "another build is writing");
    assert_refused(test_temp_path("x"), true, NG_ERR_EXISTS, "another build is writing");
    ck_assert_int_eq(ng_publish_commit(p, &err), NG_OK);
    ck_assert_str_eq(read_index(test_temp_path("x")), "first");
    /* Committed, though not freed: the next one may start. */
    publish(test_temp_path("x"), true, "second");
    ng_publish_free(p);
    ck_assert_str_eq(read_index(test_temp_path("x")), "second");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
}
END_TEST

START_TEST(what_came_to_be_at_output_meanwhile_is_kept) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(ng_publish_begin(&p, test_temp_path("x"), false, false, &err), NG_OK);
    write_index(ng_publish_folder(p), "ours");
    ck_assert_int_eq(mkdir(test_temp_path("x"), 0755), 0);
    write_index(test_temp_path("x"), "theirs");
    ck_assert_int_eq(ng_publish_commit(p, &err), NG_ERR_EXISTS);
    ng_publish_free(p);
    ck_assert_str_eq(read_index(test_temp_path("x")), "theirs");
    ck_assert_uint_eq(count_entries(test_temp_folder()), 1);
}
END_TEST

START_TEST(a_killed_builds_folder_is_cleared) {
    struct ng_publish *p = NULL;
    struct ng_err err = {0};
    ck_assert_int_eq(mkdir(test_temp_path("x.building"), 0755), 0);
    static const char *const names[] = {"x.building/lock", "x.building/shard-00000.ngx", "x.building/shard-65535.ngx",
                                        "x.building/index.json.tmp", "x.building/spool.tmp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) test_write_file(test_temp_path(names[i]), "x", 1);
    ck_assert_int_eq(ng_publish_begin(&p, test_temp_path("x"), false, false, &err), NG_OK);
    ck_assert_uint_eq(count_entries(ng_publish_folder(p)), 1);
    ng_publish_free(p);
    ck_assert_uint_eq(count_entries(test_temp_folder()), 0);

    ck_assert_int_eq(mkdir(test_temp_path("x.building"), 0755), 0);
    test_write_file(test_temp_path("x.building/thesis.doc"), "x", 1);
    assert_refused(test_temp_path("x"), true, NG_ERR_EXISTS, "in the way");
    ck_assert_uint_eq(count_entries(test_temp_path("x.building")), 1);
}
END_TEST

START_TEST(output_may_be_written_in_many_ways) {
    char link_target[600];
    publish(test_temp_path("slashes///"), false, "slashes");
    ck_assert_str_eq(read_index(test_temp_path("slashes")), "slashes");

    ck_assert_int_eq(chdir(test_temp_folder()), 0);
    publish("relative", false, "relative");
    publish("./slashes/../relative/", true, "again");
    ck_assert_str_eq(read_index(test_temp_path("relative")), "again");

    (void)snprintf(link_target, sizeof link_target, "%s", test_temp_path("slashes"));
    ck_assert_int_eq(symlink(link_target, test_temp_path("link")), 0);
    publish(test_temp_path("link"), true, "through a link");
    ck_assert_str_eq(read_index(link_target), "through a link");
    struct stat info;
    ck_assert_int_eq(lstat(test_temp_path("link"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));

    ck_assert_int_eq(symlink("nowhere", test_temp_path("dangling")), 0);
    assert_refused(test_temp_path("dangling"), true, NG_ERR_EXISTS, "leads nowhere");
    assert_refused(test_temp_path("missing/x"), false, NG_ERR_NOTFOUND, "missing");
    assert_refused("", false, NG_ERR_USAGE, "empty");
    assert_refused("///", true, NG_ERR_USAGE, "/ cannot be");
    assert_refused("/proc", true, NG_ERR_EXISTS, "is not an index");
    ck_assert_uint_eq(count_entries("."), 4);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static pid_t start_build(const char *output, int steps) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0) return child;
    struct ng_publish *p = NULL;
    steps_to_live = steps;
    if (ng_publish_begin(&p, output, true, false, NULL) != NG_OK) _exit(1);
    write_index(ng_publish_folder(p), "new");
    if (ng_publish_commit(p, NULL) != NG_OK) _exit(1);
    ng_publish_free(p);
    _exit(0);
}

enum mode { MODE_NEW, MODE_SWAP, MODE_NO_SWAP, MODE_COUNT };

/* Killed before each of its changes to the file system in turn, until it comes through. */
START_TEST(killed_at_any_moment_there_is_a_whole_index) {
    int killed = 0;
    cannot_swap = _i == MODE_NO_SWAP;
    for (int steps = 0;; steps++) {
        const char *folder = test_temp_path("round");
        const char *output = test_temp_path("round/x");
        ck_assert_int_eq(mkdir(folder, 0755), 0);
        if (_i != MODE_NEW) publish(output, false, "old");
        int status;
        ck_assert_int_gt(waitpid(start_build(output, steps), &status, 0), 0);
        const char *found = read_index(output);
        bool is_new = strcmp(found, "new") == 0;
        bool is_old = strcmp(found, _i == MODE_NEW ? "" : "old") == 0;
        /* Without a swap there is a moment with no index, but then the old one waits to be put back. */
        if (!is_new && !is_old && _i == MODE_NO_SWAP) {
            is_old = strcmp(read_index(test_temp_path("round/x.replaced")), "old") == 0;
        }
        ck_assert_msg(is_new || is_old, "after %d steps: \"%s\"", steps, found);

        /* A begin that leads nowhere puts back what was there; the next build is none the worse. */
        struct ng_publish *p = NULL;
        struct ng_err err = {0};
        ck_assert_msg(ng_publish_begin(&p, output, true, false, &err) == NG_OK, "after %d steps: %s", steps, err.text);
        ng_publish_free(p);
        const char *kept = is_new ? "new" : _i == MODE_NEW ? "" : "old";
        ck_assert_str_eq(read_index(output), kept);
        publish(output, true, "last");
        ck_assert_str_eq(read_index(output), "last");
        ck_assert_uint_eq(count_entries(folder), 1);
        ck_assert_uint_eq(count_entries(output), 2);

        ck_assert_int_eq(unlink(test_temp_path("round/x/index.json")), 0);
        ck_assert_int_eq(unlink(test_temp_path("round/x/shard-00000.ngx")), 0);
        ck_assert_int_eq(rmdir(output), 0);
        ck_assert_int_eq(rmdir(folder), 0);
        if (WIFEXITED(status)) {
            ck_assert_int_eq(WEXITSTATUS(status), 0);
            break;
        }
        killed++;
    }
    ck_assert_int_ge(killed, _i == MODE_NEW ? 3 : 6);
}
END_TEST

START_TEST(a_failure_has_no_result) {
    static const struct ng_build_result nothing;
    const char *const paths[] = {test_temp_path("no-corpus")};
    struct ng_build_options options = {.corpus = {.paths = paths, .path_count = 1}, .output = test_temp_path("none")};
    struct ng_build_result result;
    memset(&result, 0xAA, sizeof result);
    ck_assert_int_eq(ng_join_append(&options, &result, NULL), NG_ERR_NOTFOUND);
    ck_assert_mem_eq(&result, &nothing, sizeof result);
    memset(&result, 0xAA, sizeof result);
    ck_assert_int_eq(ng_build_run(&options, &result, NULL), NG_ERR_NOTFOUND);
    ck_assert_mem_eq(&result, &nothing, sizeof result);
}
END_TEST

Suite *test_publish_suite(void) {
    Suite *suite = suite_create("publish");
    TCase *tests = tcase_create("publish");
    tcase_add_test(tests, a_new_index);
    tcase_add_test(tests, a_failure_has_no_result);
    tcase_add_loop_test(tests, an_index_is_replaced_only_by_force, 0, 2);
    tcase_add_test(tests, the_old_index_stays_until_commit);
    tcase_add_test(tests, what_is_not_an_index_is_left_alone);
    tcase_add_test(tests, a_damaged_index_can_be_replaced);
    tcase_add_test(tests, one_build_at_a_time);
    tcase_add_test(tests, what_came_to_be_at_output_meanwhile_is_kept);
    tcase_add_test(tests, a_killed_builds_folder_is_cleared);
    tcase_add_test(tests, output_may_be_written_in_many_ways);
    tcase_add_loop_test(tests, killed_at_any_moment_there_is_a_whole_index, 0, MODE_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
