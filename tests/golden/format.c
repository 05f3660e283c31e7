/*
 * The format on disk: an index kept in the repository opens and answers, and the same documents give the same
 * bytes. When the format is changed on purpose, "tests/golden_format write" makes the files anew; say so in
 * FORMAT.md, and raise the version unless programs and indexes from before and after still go together.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container/container.h"
#include "indexer/remove/remove.h"
#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/temp.h"

#define GOLDEN "tests/golden/v1"              /* a shard of version 1, which programs only read */
#define GOLDEN_SHARD "tests/golden/shard-v2" /* of version 2 */
#define GOLDEN_REMOVED "tests/golden/v3"
#define RETIRED_SECTION "FRQB" /* in the kept shard only */

enum { DOCUMENTS = 40, TEXT_BYTES = 400 };

static char texts[DOCUMENTS][TEXT_BYTES];
static struct test_document documents[DOCUMENTS];

/* Words of a small vocabulary; document 3 is empty, 5 and 6 are equal, 7 is one long run. */
static void make_documents(void) {
    static const char *const words[] = {"suffix ", "array ", "of ", "the ", "text ", "na\xc3\xafve ", "a ", "\n"};
    struct test_random random = test_random_make(1);
    for (int d = 0; d < DOCUMENTS; d++) {
        size_t length = 0;
        while (d != 3 && length + 12 < TEXT_BYTES && test_random_below(&random, 60) > 0) {
            const char *word = words[test_random_below(&random, 8)];
            memcpy(texts[d] + length, word, strlen(word));
            length += strlen(word);
        }
        if (d == 7) memset(texts[d], 'z', length = 300);
        if (d == 6) memcpy(texts[6], texts[5], length = documents[5].length);
        documents[d] = (struct test_document){.text = (const uint8_t *)texts[d],
                                              .length = length,
                                              .metadata = d % 2 ? "{\"id\": 1e2, \"n\": 123456789012345678901}" : NULL};
    }
}

static uint64_t naive_count(const char *phrase) {
    uint64_t count = 0;
    size_t length = strlen(phrase);
    for (int d = 0; d < DOCUMENTS; d++) {
        for (size_t o = 0; o + length <= documents[d].length; o++) count += memcmp(texts[d] + o, phrase, length) == 0;
    }
    return count;
}

static void check_counts(const struct ng_index *index) {
    static const char *const phrases[] = {"suffix array", "the", "z", "zzzz", "na\xc3\xafve", "absent", "\n", "text of a"};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        uint64_t count;
        struct ng_bytes phrase = {.data = (const uint8_t *)phrases[i], .length_bytes = strlen(phrases[i])};
        ck_assert_int_eq(ng_index_count(index, phrase, &count, NULL), 0);
        ck_assert_uint_eq(count, naive_count(phrases[i]));
    }
}

static const char *const kept_indexes[] = {GOLDEN, GOLDEN_SHARD};
enum { KEPT_INDEXES = sizeof kept_indexes / sizeof *kept_indexes };

START_TEST(test_kept_index_answers) {
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    make_documents();
    ck_assert_msg(ng_index_open(&index, kept_indexes[_i], &err) == 0, "%s", err.text);
    check_counts(index);
    for (uint64_t d = 0; d < DOCUMENTS; d++) {
        uint8_t text[TEXT_BYTES];
        struct ng_doc_source source;
        ck_assert_int_eq(ng_index_extract(index, d, 0, documents[d].length, text, &err), 0);
        ck_assert_mem_eq(text, texts[d], documents[d].length);
        ck_assert_int_eq(ng_index_doc_source(index, d, &source, &err), 0);
        ck_assert_str_eq(source.metadata, documents[d].metadata ? documents[d].metadata : "{}");
        ck_assert_uint_eq(source.line, d);
        ng_doc_source_free(&source);
    }
    uint64_t damages;
    ck_assert_int_eq(ng_index_verify(kept_indexes[_i], NULL, NULL, NULL, &damages, &err), 0);
    ck_assert_uint_eq(damages, 0);
    ng_index_close(index);
}
END_TEST

/* All sections but those that depend on the version of zstd: META, where its blocks lie (DOCS), checksums. */
START_TEST(test_same_bytes) {
    struct ng_container *kept = NULL;
    struct ng_container *made = NULL;
    struct ng_err err = {0};
    char path[600];
    make_documents();
    const char *folder = test_temp_path("golden");
    test_make_index(folder, documents, DOCUMENTS, 1 << 20, 16);
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    ck_assert_msg(ng_container_open(&kept, GOLDEN_SHARD "/shard-00000.ngx", &err) == 0, "%s", err.text);
    ck_assert_msg(ng_container_open(&made, path, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(kept->version, made->version);
    ck_assert_uint_eq(kept->section_count, made->section_count);
    for (unsigned i = 0; i < kept->section_count; i++) {
        const struct ng_container_section *a = &kept->sections[i];
        const struct ng_container_section *b = &made->sections[i];
        ck_assert_str_eq(a->name, b->name);
        if (!strcmp(a->name, "META") || !strcmp(a->name, "DOCS") || !strcmp(a->name, "PAGE")) continue;
        ck_assert_uint_eq(a->length_bytes, b->length_bytes);
        ck_assert_msg(!memcmp(kept->map.data + a->offset, made->map.data + b->offset, a->length_bytes),
                      "section %s has other bytes than the kept index", a->name);
    }
    ng_container_close(kept);
    ng_container_close(made);
}
END_TEST

/* The kept shard was made when there were tables of frequent strings: its section FRQB is to stay, and nobody reads it. */
START_TEST(test_retired_section_is_ignored) {
    struct ng_container *kept = NULL;
    struct ng_view view;
    ck_assert_int_eq(ng_container_open(&kept, GOLDEN "/shard-00000.ngx", NULL), 0);
    ck_assert_int_eq(ng_container_view(kept, RETIRED_SECTION, &view, NULL), 0);
    ck_assert_uint_gt(view.length_bytes, 0);
    ng_container_close(kept);
}
END_TEST

static bool is_removed(uint64_t d) {
    return d == 5 || d == 7 || d == 12;
}

/* The same documents, and three of them were removed. */
START_TEST(test_removed) {
    struct ng_index *index = NULL;
    struct ng_index_info info;
    struct ng_err err = {0};
    uint64_t damages;
    make_documents();
    ck_assert_msg(ng_index_open(&index, GOLDEN_REMOVED, &err) == 0, "%s", err.text);
    for (uint64_t d = 0; d < DOCUMENTS; d++) {
        uint8_t text[TEXT_BYTES];
        int status = ng_index_extract(index, d, 0, documents[d].length, text, &err);
        ck_assert_int_eq(status, is_removed(d) ? NG_ERR_NOTFOUND : 0);
        if (is_removed(d)) documents[d].length = 0;
        else ck_assert_mem_eq(text, texts[d], documents[d].length);
    }
    check_counts(index);
    ng_index_get_info(index, &info);
    ck_assert_uint_eq(info.format_version, 3);
    ck_assert_uint_eq(info.documents, DOCUMENTS - 3);
    ck_assert_int_eq(ng_index_verify(GOLDEN_REMOVED, NULL, NULL, NULL, &damages, &err), 0);
    ck_assert_uint_eq(damages, 0);
    ng_index_close(index);
}
END_TEST

START_TEST(test_write) {
    struct ng_publish *publish = NULL;
    struct ng_remove_result result;
    uint8_t bits[DOCUMENTS / 8] = {0};
    make_documents();
    test_make_index(GOLDEN_SHARD, documents, DOCUMENTS, 1 << 20, 16);
    test_make_index(GOLDEN_REMOVED, documents, DOCUMENTS, 1 << 20, 16);
    for (uint64_t d = 0; d < DOCUMENTS; d++) bits[d / 8] = (uint8_t)(bits[d / 8] | (is_removed(d) ? 1u << d % 8 : 0));
    const struct ng_remove_options options = {.documents = bits, .by = "docs"};
    ck_assert_int_eq(ng_publish_lock(&publish, GOLDEN_REMOVED, NULL), 0);
    ck_assert_int_eq(ng_remove_run(publish, &options, &result, NULL), 0);
    ng_publish_free(publish);
}
END_TEST

static Suite *write_suite(void) {
    Suite *suite = suite_create("golden_write");
    TCase *tcase = tcase_create("write");
    tcase_add_test(tcase, test_write);
    suite_add_tcase(suite, tcase);
    return suite;
}

static Suite *golden_suite(void) {
    Suite *suite = suite_create("golden");
    TCase *tcase = tcase_create("format");
    tcase_add_loop_test(tcase, test_kept_index_answers, 0, KEPT_INDEXES);
    tcase_add_test(tcase, test_same_bytes);
    tcase_add_test(tcase, test_retired_section_is_ignored);
    tcase_add_test(tcase, test_removed);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(int argc, char **argv) {
    static test_suite_new *const suites[] = {golden_suite, write_suite};
    bool write = argc == 2 && strcmp(argv[1], "write") == 0;
    return test_run(suites + write, 1);
}
