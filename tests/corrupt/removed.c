/* The file of removed documents with bits flipped: each query gives the right answer or an error. And under checksums
 * that are right: what verify calls sound gives the right answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/container.h"
#include "common/shard/index_files.h"
#include "indexer/remove/remove.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"

enum { DOCUMENTS = 30, TEXT_BYTES = 60, PHRASES = 6, HITS = 200, STEP = TEST_SANITIZED ? 29 : 3 };

static char texts[DOCUMENTS][TEXT_BYTES];
static const char *const phrases[PHRASES] = {"", "a", "ab", "abc", "c", "bbb"};

struct answers {
    uint64_t counts[PHRASES];
    struct ng_hit hits[PHRASES][HITS];
    uint64_t found[PHRASES];
    int lengths[DOCUMENTS]; /* -1: it was removed */
};

static struct answers expected;

/* Asks everything; what is answered must be what is expected. Returns how much was. */
static unsigned ask(const struct ng_index *index, const struct answers *wanted, struct answers *got) {
    unsigned given = 0;
    memset(got, 0, sizeof *got);
    for (size_t i = 0; i < PHRASES; i++) {
        const struct ng_bytes phrase = {(const uint8_t *)phrases[i], strlen(phrases[i])};
        size_t found = 0;
        if (ng_index_count(index, phrase, &got->counts[i], NULL) == NG_OK) {
            given++;
            if (wanted) ck_assert_uint_eq(got->counts[i], wanted->counts[i]);
        }
        if (ng_index_locate(index, phrase, 0, got->hits[i], HITS, &found, NULL, NULL) == NG_OK) {
            given++;
            got->found[i] = found;
            if (wanted) ck_assert_uint_eq(found, wanted->found[i]);
            if (wanted) ck_assert_mem_eq(got->hits[i], wanted->hits[i], found * sizeof(struct ng_hit));
        }
    }
    for (size_t d = 0; d < DOCUMENTS; d++) {
        uint64_t length = 0;
        int status = ng_index_doc_length(index, d, &length, NULL);
        if (status != NG_OK && status != NG_ERR_NOTFOUND) continue;
        given++;
        got->lengths[d] = status ? -1 : (int)length;
        if (wanted) ck_assert_int_eq(got->lengths[d], wanted->lengths[d]);
    }
    return given;
}

enum { QUESTIONS = 2 * PHRASES + DOCUMENTS };

/* Makes the index, removes documents, and reads the file that tells which. */
static uint8_t *make(const char *folder, char path[600], size_t *length) {
    struct test_document documents[DOCUMENTS];
    struct test_random random = test_random_make(3);
    struct ng_publish *publish = NULL;
    struct ng_remove_result result;
    struct ng_index *index = NULL;
    uint8_t bits[DOCUMENTS / 8 + 1] = {0};
    for (size_t d = 0; d < DOCUMENTS; d++) {
        size_t bytes = (size_t)test_random_below(&random, TEXT_BYTES);
        for (size_t i = 0; i < bytes; i++) texts[d][i] = (char)('a' + test_random_below(&random, 3));
        documents[d] = (struct test_document){.text = (const uint8_t *)texts[d], .length = bytes};
        if (d % 3 == 1) bits[d / 8] = (uint8_t)(bits[d / 8] | 1u << d % 8);
    }
    test_make_index(folder, documents, DOCUMENTS, 1 << 20, 8);
    const struct ng_remove_options options = {.documents = bits, .by = "docs", .threads = 1};
    ck_assert_int_eq(ng_publish_lock(&publish, folder, NULL), NG_OK);
    ck_assert_int_eq(ng_remove_run(publish, &options, &result, NULL), NG_OK);
    ng_publish_free(publish);
    ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_OK);
    ck_assert_uint_eq(ask(index, NULL, &expected), QUESTIONS);
    ck_assert_int_eq(expected.lengths[1], -1);
    ng_index_close(index);
    (void)snprintf(path, 600, "%s/removed-00000-00001.ngx", folder);
    return test_read_file(path, length);
}

START_TEST(flipped_bits) {
    static struct answers got;
    char path[600];
    size_t length;
    unsigned refused = 0;
    const char *folder = test_temp_path("flipped");
    uint8_t *bytes = make(folder, path, &length);
    for (size_t at = 0; at < length; at += 1 + at % STEP) {
        struct ng_index *index = NULL;
        uint8_t before = bytes[at];
        bytes[at] = (uint8_t)(before ^ 1u << at % 8);
        test_write_file(path, bytes, length);
        if (ng_index_open(&index, folder, NULL) != NG_OK || ask(index, &expected, &got) < QUESTIONS) refused++;
        ng_index_close(index);
        bytes[at] = before;
    }
    ck_assert_uint_gt(refused, 0);
    free(bytes);
}
END_TEST

START_TEST(cut_short) {
    char path[600];
    size_t length;
    const char *folder = test_temp_path("cut");
    uint8_t *bytes = make(folder, path, &length);
    for (size_t left = 0; left < length; left += 501) {
        struct ng_index *index = NULL;
        test_write_file(path, bytes, left);
        ck_assert_int_eq(ng_index_open(&index, folder, NULL), NG_ERR_CORRUPT);
    }
    free(bytes);
}
END_TEST

static void seal(const char *folder, const char *path, uint8_t *bytes, size_t length) {
    struct ng_manifest manifest;
    struct ng_manifest_shard entry;
    struct ng_buf text = {0};
    char file[600];
    ck_assert_int_eq(ng_manifest_read(&manifest, folder, NULL), NG_OK);
    test_seal_entry(&entry, bytes, length);
    memcpy(manifest.shards[0].removed.xxh3_128, entry.xxh3_128, sizeof entry.xxh3_128);
    test_write_file(path, bytes, length);
    ck_assert_int_eq(ng_manifest_format(&manifest, &text, NULL), NG_OK);
    (void)snprintf(file, sizeof file, "%s/%s", folder, NG_MANIFEST_FILE);
    test_write_file(file, text.data, text.length);
    ng_buf_free(&text);
    ng_manifest_free(&manifest);
}

START_TEST(sealed) {
    static struct answers got;
    char path[600];
    size_t length;
    unsigned tried = 0;
    unsigned found = 0;
    const char *folder = test_temp_path("sealed");
    uint8_t *bytes = make(folder, path, &length);
    struct ng_container *container = NULL;
    ck_assert_int_eq(ng_container_open(&container, path, NULL), NG_OK);
    for (unsigned s = 0; s < 2; s++) {
        const struct ng_container_section *section = &container->sections[s];
        for (uint64_t at = section->offset; at < section->offset + section->length_bytes; at++, tried++) {
            struct ng_index *index = NULL;
            uint64_t damages;
            uint8_t before = bytes[at];
            bytes[at] = (uint8_t)(before ^ 1u << tried * 5 % 8);
            test_seal_page(bytes, length, at >> NG_PAGE_LOG2);
            seal(folder, path, bytes, length);
            ck_assert_int_eq(ng_index_verify(folder, NULL, NULL, NULL, &damages, NULL), NG_OK);
            found += damages > 0;
            int status = ng_index_open(&index, folder, NULL);
            if (damages == 0) ck_assert_int_eq(status, NG_OK);
            if (status == NG_OK) (void)ask(index, damages ? NULL : &expected, &got); /* else anything, but no crash */
            ng_index_close(index);
            bytes[at] = before;
            test_seal_page(bytes, length, at >> NG_PAGE_LOG2);
        }
    }
    ng_container_close(container);
    free(bytes);
    ck_assert_uint_gt(10 * found, 9 * tried);
}
END_TEST

static Suite *removed_suite(void) {
    Suite *suite = suite_create("removed");
    TCase *tcase = tcase_create("file");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, flipped_bits);
    tcase_add_test(tcase, cut_short);
    tcase_add_test(tcase, sealed);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {removed_suite};
    return test_run(suites, 1);
}
