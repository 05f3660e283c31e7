/* The list of a corpus's files: what is written is read, files are found by content and path, and a build that resumes
 * has the files that it read before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files/files.h"
#include "indexer/spool/files_log.h"
#include "tests/support/temp.h"
#include "tests/unit/suites.h"

static void add(struct ng_files *files, const char *path, uint64_t bytes, uint8_t hash) {
    struct ng_file_record record = {.path = path, .bytes = bytes};
    memset(record.xxh3_128, hash, sizeof record.xxh3_128);
    ck_assert_int_eq(ng_files_add(files, &record, NULL), 0);
}

static void make(struct ng_files *files) {
    add(files, "b", 7, 1);
    add(files, "", 0, 0);
    add(files, "a", 7, 2);
    add(files, "c", 7, 1);
    add(files, "-", 9, 3);
}

static int read_list(struct ng_files *files, const char *path) {
    struct ng_container *container = NULL;
    ck_assert_int_eq(ng_container_open(&container, path, NULL), 0);
    return ng_files_read(files, container, NULL);
}

START_TEST(test_round_trip) {
    struct ng_files files = {.partial = true};
    struct ng_files again = {0};
    struct ng_container_written written;
    struct ng_file_record record;
    const char *path = test_temp_path("files.ngx");
    make(&files);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(ng_files_write(&files, path, &written, NULL), 0);
    ck_assert_int_eq(read_list(&again, path), 0);
    ck_assert_uint_eq(again.count, 4);
    ck_assert(again.partial);
    ck_assert_int_eq(read_list(&again, path), 0); /* lists follow each other */
    ck_assert_uint_eq(again.count, 8);
    const char *const paths[] = {"b", "a", "c", "-"};
    size_t at = 0;
    for (int i = 0; i < 8; i++) {
        ck_assert(ng_files_next(again.records.data, again.records.length, &at, &record));
        ck_assert_str_eq(record.path, paths[i % 4]);
    }
    ck_assert(!ng_files_next(again.records.data, again.records.length, &at, &record));
    ng_files_free(&files);
    ng_files_free(&again);
}
END_TEST

/* Sections that no writer makes, with sound checksums. */
START_TEST(test_broken) {
    const struct {
        const char *bytes;
        size_t length;
    } sections[] = {
        {"\1\0\0\0\0\0\0", 8},                                                              /* no second field */
        {"\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0", 16},                                        /* no record */
        {"\0\0\0\0\0\0\0\0" "\2\0\0\0\0\0\0\0", 16},                                        /* a flag of 2 */
        {"\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "12345678" "1234567812345678" "path", 44},   /* no NUL */
        {"\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "12345678" "1234567812345678" "\0", 41},     /* no path */
        {"\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "12345678" "1234567812345678" "p\0x", 43},   /* bytes behind it */
    };
    const char *path = test_temp_path("broken.ngx");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct ng_container_writer *writer = NULL;
        struct ng_container_written written;
        struct ng_files files = {0};
        (void)unlink(path);
        ck_assert_int_eq(ng_container_create(&writer, path, NULL), 0);
        ck_assert_int_eq(ng_container_write_section(writer, "FILE", sections[i].bytes, sections[i].length, NULL), 0);
        ck_assert_int_eq(ng_container_finish(writer, &written, NULL), 0);
        ng_container_writer_free(writer);
        ck_assert_int_eq(read_list(&files, path), NG_ERR_CORRUPT);
        ck_assert_uint_eq(files.count, 0);
        ng_files_free(&files);
    }
}
END_TEST

START_TEST(test_lookup) {
    struct ng_files files = {0};
    struct ng_listed listed;
    struct ng_file_record record = {.path = "c", .bytes = 7};
    ck_assert_int_eq(ng_listed_open(&listed, &files, NULL), 0);
    ck_assert(!ng_listed_size(&listed, 7) && !ng_listed_path(&listed, "a") && !ng_listed_content(&listed, &record));
    ng_listed_close(&listed);
    make(&files);
    ck_assert_int_eq(ng_listed_open(&listed, &files, NULL), 0);
    ck_assert(ng_listed_size(&listed, 7) && ng_listed_size(&listed, 9) && !ng_listed_size(&listed, 8));
    ck_assert(ng_listed_path(&listed, "a") && ng_listed_path(&listed, "-") && !ng_listed_path(&listed, "d"));
    ck_assert_ptr_null(ng_listed_content(&listed, &record));
    memset(record.xxh3_128, 1, sizeof record.xxh3_128);
    ck_assert_str_eq(ng_listed_content(&listed, &record), "c");
    record.path = "d";
    ck_assert_str_eq(ng_listed_content(&listed, &record), "b");
    record.bytes = 9;
    ck_assert_ptr_null(ng_listed_content(&listed, &record));
    ng_listed_close(&listed);
    ng_files_free(&files);
}
END_TEST

/* Reads count files back from a log, which becomes anew. */
static struct ng_files restore(const char *folder, uint64_t count) {
    struct ng_files files = {0};
    struct ng_files_log *log = NULL;
    ck_assert_int_eq(ng_files_log_open(&log, folder, count, &files, NULL), 0);
    ck_assert_uint_eq(files.count, count);
    ng_files_log_close(log);
    return files;
}

START_TEST(test_log) {
    struct ng_files files = {0};
    struct ng_files_log *log = NULL;
    const char *folder = test_temp_folder();
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, NG_FILES_LOG);
    ck_assert_int_eq(ng_files_log_open(&log, folder, 0, &files, NULL), 0);
    add(&files, "first", 1, 1);
    ck_assert_int_eq(ng_files_log_add(log, &files, NULL), 0);
    ck_assert_int_eq(ng_files_log_add(log, &files, NULL), 0);
    make(&files);
    ck_assert_int_eq(ng_files_log_add(log, &files, NULL), 0);
    ng_files_log_close(log);
    struct ng_files again = restore(folder, 6);
    ck_assert(!again.partial);
    ck_assert_uint_eq(again.records.length, files.records.length);
    ck_assert_mem_eq(again.records.data, files.records.data, files.records.length);
    ng_files_free(&again);
    again = restore(folder, 4); /* what was read after the journal's last line is read again */
    ck_assert(!again.partial);
    ng_files_free(&again);
    ck_assert_int_eq(truncate(path, 100), 0); /* within the third record */
    again = restore(folder, 4);
    ck_assert(again.partial);
    ck_assert_mem_eq(again.records.data, files.records.data, 30 + 26);
    ng_files_free(&again);
    ck_assert_int_eq(unlink(path), 0);
    again = restore(folder, 1);
    ck_assert(again.partial);
    ng_files_free(&again);
    ng_files_free(&files);
}
END_TEST

Suite *test_files_suite(void) {
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_broken);
    tcase_add_test(tests, test_lookup);
    tcase_add_test(tests, test_log);
    suite_add_tcase(suite, tests);
    return suite;
}
