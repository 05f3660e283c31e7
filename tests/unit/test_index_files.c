#include "common/shard/index_files.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/build/publish.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

enum { DOCUMENTS = 6, LENGTH = 20, SHARDS = 3 };

/* An index of three shards, whose every document is one letter again and again: two of them differ in no size. */
static void make(const char *folder, char letter) {
    static const uint64_t two_documents = 2 * (LENGTH + 1);
    struct test_document documents[DOCUMENTS];
    uint8_t text[LENGTH];
    memset(text, letter, sizeof text);
    for (size_t i = 0; i < DOCUMENTS; i++) documents[i] = (struct test_document){.text = text, .length = sizeof text};
    test_make_index(folder, documents, DOCUMENTS, two_documents, 4);
}

/* What test_temp_path gives is used again after a while. */
static char *path_of(const char *name) {
    char *path = strdup(test_temp_path(name));
    ck_assert_ptr_nonnull(path);
    return path;
}

static void assert_shards_of(const struct ng_index_files *files, const char *folder) {
    ck_assert_uint_eq(files->shard_count, SHARDS);
    for (uint64_t s = 0; s < SHARDS; s++) {
        char path[600];
        size_t length;
        (void)snprintf(path, sizeof path, "%s/%s", folder, files->manifest.shards[s].file);
        uint8_t *bytes = test_read_file(path, &length);
        ck_assert_uint_eq(files->shards[s].length_bytes, length);
        ck_assert_mem_eq(files->shards[s].data, bytes, length);
        free(bytes);
    }
}

static void exchange(const char *a, const char *b) {
    ck_assert_int_eq(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE), 0);
}

START_TEST(a_folder_that_was_renamed_is_read_to_its_end) {
    char *here = path_of("here");
    char *there = path_of("there");
    struct ng_index_files files;
    struct ng_err err = {0};
    make(here, 'a');
    make(there, 'b');
    ck_assert_int_eq(ng_index_files_pin(&files, here, &err), NG_OK);
    exchange(here, there);
    ck_assert_msg(ng_index_files_map(&files, here, NG_INDEX_FILES_MAP, &err) == NG_OK, "%s", err.text);
    assert_shards_of(&files, there);
    ng_index_files_close(&files);
    ck_assert_int_eq(ng_index_files_open(&files, here, NG_INDEX_FILES_LOAD, &err), NG_OK);
    assert_shards_of(&files, here);
    ng_index_files_close(&files);
    free(here);
    free(there);
}
END_TEST

static void replace_by_rename(const char *here) {
    char *there = path_of("there");
    char *old = path_of("there/index.json");
    make(there, 'b');
    exchange(here, there);
    ck_assert_int_eq(unlink(old), 0);
    free(old);
    free(there);
}

static void replace_in_place(const char *here) {
    make(here, 'b');
}

static void write_manifest_in_place(const char *here) {
    size_t length;
    char path[600];
    (void)snprintf(path, sizeof path, "%s/index.json", here);
    uint8_t *bytes = test_read_file(path, &length);
    (void)usleep(20000); /* the tick of file times */
    test_write_file(path, bytes, length);
    free(bytes);
}

/* Whatever happens between index.json and shards, of equal sizes: no shard of the new version joins the old index.json. */
START_TEST(versions_are_not_mixed) {
    static void (*const ways[])(const char *) = {replace_by_rename, replace_in_place, write_manifest_in_place};
    char *here = path_of("here");
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (int mode = NG_INDEX_FILES_MAP; mode <= NG_INDEX_FILES_SALVAGE; mode++) {
            struct ng_index_files files;
            struct ng_err err = {0};
            make(here, 'a');
            ck_assert_int_eq(ng_index_files_pin(&files, here, &err), NG_OK);
            ways[way](here);
            ck_assert_int_eq(ng_index_files_map(&files, here, (enum ng_index_files_mode)mode, &err), NG_ERR_IO);
            ck_assert_ptr_nonnull(strstr(err.text, "was replaced while it was being opened"));
            ng_index_files_close(&files);
            ck_assert_int_eq(ng_index_files_open(&files, here, (enum ng_index_files_mode)mode, &err), NG_OK);
            assert_shards_of(&files, here);
            ng_index_files_close(&files);
            ng_index_files_close(&files);
        }
    }
    free(here);
}
END_TEST

START_TEST(a_missing_shard) {
    char *here = path_of("here");
    struct ng_index_files files = {0};
    struct ng_err err = {0};
    make(here, 'a');
    ck_assert_int_eq(unlink(test_temp_path("here/shard-00001.ngx")), 0);
    ck_assert_int_eq(ng_index_files_open(&files, here, NG_INDEX_FILES_MAP, &err), NG_ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "shard-00001.ngx"));
    ck_assert_int_eq(ng_index_files_open(&files, here, NG_INDEX_FILES_SALVAGE, &err), NG_OK);
    ck_assert_ptr_nonnull(files.shards[0].data);
    ck_assert_ptr_null(files.shards[1].data);
    ck_assert_ptr_nonnull(files.shards[2].data);
    ng_index_files_close(&files);
    free(here);
}
END_TEST

struct readers {
    char *path;
    _Atomic bool stop;
    _Atomic uint64_t reads;
};

/* In turn, mapped and loaded; every count is of one version or the other, and verify finds no damage. */
static void *read_again_and_again(void *context) {
    static const struct ng_bytes phrase = {.data = (const uint8_t *)"a", .length_bytes = 1};
    struct readers *r = context;
    for (uint64_t turn = 0; !atomic_load(&r->stop) || turn == 0; turn++) {
        struct ng_index *index = NULL;
        struct ng_err err = {0};
        uint64_t count = 1;
        int status = turn % 2 ? ng_index_open(&index, r->path, &err) : ng_index_load(&index, r->path, &err);
        ck_assert_msg(status == NG_OK, "%s", err.text);
        ck_assert_msg(ng_index_count(index, phrase, &count, &err) == NG_OK, "%s", err.text);
        ck_assert_msg(count == 0 || count == (uint64_t)DOCUMENTS * LENGTH, "%llu", (unsigned long long)count);
        ng_index_close(index);
        if (turn % 4 == 0) {
            ck_assert_msg(ng_index_verify(r->path, NULL, NULL, NULL, &count, &err) == NG_OK, "%s", err.text);
            ck_assert_uint_eq(count, 0);
        }
        atomic_fetch_add(&r->reads, 1);
    }
    return NULL;
}

START_TEST(readers_of_an_index_that_is_replaced) {
    enum { READERS = 4, REPLACEMENTS = 30 };
    struct readers readers = {.path = path_of("index")};
    pthread_t threads[READERS];
    make(readers.path, 'a');
    for (size_t i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_again_and_again, &readers), 0);
    }
    for (int i = 0; i < REPLACEMENTS; i++) {
        struct ng_publish *publish = NULL;
        struct ng_err err = {0};
        ck_assert_msg(ng_publish_begin(&publish, readers.path, true, false, &err) == NG_OK, "%s", err.text);
        make(ng_publish_folder(publish), i % 2 ? 'a' : 'b');
        ck_assert_msg(ng_publish_commit(publish, &err) == NG_OK, "%s", err.text);
        ng_publish_free(publish);
    }
    atomic_store(&readers.stop, true);
    for (size_t i = 0; i < READERS; i++) (void)pthread_join(threads[i], NULL);
    ck_assert_uint_ge(readers.reads, READERS);
    free(readers.path);
}
END_TEST

static void *rename_back(void *context) {
    (void)usleep(5000);
    ck_assert_int_eq(rename(test_temp_path("aside"), context), 0);
    return NULL;
}

/* As on a file system that cannot swap two folders. */
START_TEST(a_moment_without_an_index) {
    char *here = path_of("here");
    struct ng_index_files files;
    struct ng_err err = {0};
    pthread_t thread;
    make(here, 'a');
    ck_assert_int_eq(rename(here, test_temp_path("aside")), 0);
    ck_assert_int_eq(ng_index_files_pin(&files, here, &err), NG_ERR_NOTFOUND);
    ng_index_files_close(&files);
    ck_assert_int_eq(pthread_create(&thread, NULL, rename_back, here), 0);
    ck_assert_msg(ng_index_files_open(&files, here, NG_INDEX_FILES_MAP, &err) == NG_OK, "%s", err.text);
    ng_index_files_close(&files);
    (void)pthread_join(thread, NULL);
    free(here);
}
END_TEST

Suite *test_index_files_suite(void) {
    Suite *suite = suite_create("index_files");
    TCase *tests = tcase_create("index_files");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_folder_that_was_renamed_is_read_to_its_end);
    tcase_add_test(tests, versions_are_not_mixed);
    tcase_add_test(tests, a_missing_shard);
    tcase_add_test(tests, readers_of_an_index_that_is_replaced);
    tcase_add_test(tests, a_moment_without_an_index);
    suite_add_tcase(suite, tests);
    return suite;
}
