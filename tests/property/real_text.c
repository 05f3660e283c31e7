/* Real prose, where it is at hand: 1,000 random substrings against a scan of the text, and 1,000 located hits. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "indexer/build/build.h"
#include "query/include/ngidx.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

#define PROSE "../shared/corpora/prose.jsonl.zst"

enum { PHRASES = 1200, KEY_BYTES = 8, TABLE_BITS = 16 };

/* Sanitizers are slow: they get the first few documents. */
static const uint64_t document_limit = TEST_SANITIZED ? 100 : UINT64_MAX;

/* All documents, each with a byte behind it that no phrase holds. */
struct text {
    struct ng_buf bytes;
    struct ng_buf starts; /* uint64_t each */
    uint64_t documents;
};

static const char *const corpus_path[] = {PROSE};

static void read_text(struct text *text) {
    struct ng_err err = {0};
    struct ng_corpus *corpus = NULL;
    struct ng_corpus_options options = {.paths = corpus_path, .path_count = 1, .text_field = "text"};
    ck_assert_msg(ng_corpus_open(&corpus, &options, &err) == 0, "%s", err.text);
    while (text->documents < document_limit) {
        struct ng_document document;
        bool found;
        ck_assert_msg(ng_corpus_next(corpus, &document, &found, &err) == 0, "%s", err.text);
        if (!found) break;
        uint64_t start = text->bytes.length;
        ck_assert_int_eq(ng_buf_append(&text->starts, &start, sizeof start, &err), 0);
        ck_assert_int_eq(ng_buf_append(&text->bytes, document.text, document.text_bytes, &err), 0);
        ck_assert_int_eq(ng_buf_append(&text->bytes, "\xff", 1, &err), 0);
        text->documents++;
    }
    ng_corpus_close(corpus);
}

/* A file of the first documents, for the build to read. */
static void write_part(const struct text *text, const char *folder) {
    const uint64_t *starts = (const uint64_t *)text->starts.data;
    char path[600];
    for (uint64_t d = 0; d < text->documents; d++) {
        uint64_t end = d + 1 < text->documents ? starts[d + 1] : text->bytes.length;
        (void)snprintf(path, sizeof path, "%s/%06llu.txt", folder, (unsigned long long)d);
        test_write_file(path, text->bytes.data + starts[d], end - 1 - starts[d]);
    }
}

static uint64_t load_key(const uint8_t *bytes, size_t length) {
    uint64_t key = 0;
    memcpy(&key, bytes, length < KEY_BYTES ? length : (size_t)KEY_BYTES);
    return key;
}

static size_t slot_of(uint64_t key) {
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - TABLE_BITS));
}

/* One scan for all phrases that have key_length bytes, or at least KEY_BYTES: a table of their first bytes tells at
 * which places a phrase may start. */
static void scan(const struct text *text, const struct ng_bytes *phrases, size_t key_length, uint64_t *counts) {
    static int16_t first[1 << TABLE_BITS];
    static int16_t next[PHRASES];
    memset(first, -1, sizeof first);
    for (int i = 0; i < PHRASES; i++) {
        if (phrases[i].length_bytes < key_length) continue;
        if (key_length < KEY_BYTES && phrases[i].length_bytes > key_length) continue;
        size_t slot = slot_of(load_key(phrases[i].data, key_length));
        next[i] = first[slot];
        first[slot] = (int16_t)i;
    }
    for (size_t at = 0; at + key_length <= text->bytes.length; at++) {
        const uint8_t *here = text->bytes.data + at;
        for (int16_t i = first[slot_of(load_key(here, key_length))]; i >= 0; i = next[i]) {
            uint64_t length = phrases[i].length_bytes;
            counts[i] += length <= text->bytes.length - at && memcmp(here, phrases[i].data, length) == 0;
        }
    }
}

static void check_counts(const struct ng_index *index, const struct text *text, const struct ng_bytes *phrases) {
    static uint64_t scanned[PHRASES];
    static uint64_t counts[PHRASES];
    struct ng_err err = {0};
    for (size_t length = 1; length <= KEY_BYTES; length++) scan(text, phrases, length, scanned);
    ck_assert_int_eq(ng_index_count_batch(index, phrases, PHRASES, counts, &err), 0);
    for (size_t i = 0; i < PHRASES; i++) {
        uint64_t single;
        ck_assert_uint_ge(counts[i], 1);
        ck_assert_uint_eq(counts[i], scanned[i]);
        ck_assert_int_eq(ng_index_count(index, phrases[i], &single, &err), 0);
        ck_assert_uint_eq(single, scanned[i]);
    }
}

static void check_hits(const struct ng_index *index, const struct text *text, const struct ng_bytes *phrases,
                       struct test_random *random) {
    const uint64_t *starts = (const uint64_t *)text->starts.data;
    for (size_t i = 0; i < PHRASES; i++) {
        struct ng_err err = {0};
        struct ng_hit hit;
        size_t found;
        uint64_t count;
        ck_assert_int_eq(ng_index_count(index, phrases[i], &count, &err), 0);
        uint64_t first = test_random_below(random, count);
        ck_assert_int_eq(ng_index_locate(index, phrases[i], first, &hit, 1, &found, NULL, &err), 0);
        ck_assert_uint_eq(found, 1);
        ck_assert_uint_lt(hit.doc, text->documents);
        const uint8_t *there = text->bytes.data + starts[hit.doc] + hit.offset;
        ck_assert_mem_eq(there, phrases[i].data, phrases[i].length_bytes);
        struct ng_snippet snippet;
        ck_assert_int_eq(ng_index_snippet(index, &hit, phrases[i].length_bytes, 100, &snippet, &err), 0);
        ck_assert_mem_eq(snippet.text, text->bytes.data + starts[hit.doc] + snippet.offset, snippet.length_bytes);
        ng_snippet_free(&snippet);
    }
}

START_TEST(test_prose) {
    if (access(PROSE, R_OK) != 0) {
        test_skip(PROSE " is not here");
        return;
    }
    struct text text = {0};
    read_text(&text);
    ck_assert(text.bytes.data && text.starts.data);
    const char *folder = test_temp_path("prose.ngidx");
    const char *const paths[] = {document_limit == UINT64_MAX ? PROSE : test_temp_folder()};
    if (document_limit != UINT64_MAX) write_part(&text, paths[0]);
    struct ng_build_options options = {.corpus = {.paths = paths, .path_count = 1}, .output = folder};
    struct ng_build_result result;
    struct ng_err err = {0};
    struct ng_index *index = NULL;
    ck_assert_msg(ng_build_run(&options, &result, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(result.documents, text.documents);
    ck_assert_msg(ng_index_open(&index, folder, &err) == 0, "%s", err.text);

    static struct ng_bytes phrases[PHRASES];
    struct test_random random = test_random_make(2026);
    for (size_t i = 0; i < PHRASES;) {
        uint64_t length = i < 100 ? 1 + i / 10 : 1 + test_random_below(&random, 1000);
        uint64_t at = test_random_below(&random, text.bytes.length - length);
        if (memchr(text.bytes.data + at, 0xff, length)) continue;
        phrases[i++] = (struct ng_bytes){.data = text.bytes.data + at, .length_bytes = length};
    }
    check_counts(index, &text, phrases);
    check_hits(index, &text, phrases, &random);
    ng_index_close(index);
    ng_buf_free(&text.bytes);
    ng_buf_free(&text.starts);
}
END_TEST

static Suite *real_text_suite(void) {
    Suite *suite = suite_create("real_text");
    TCase *tcase = tcase_create("prose");
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, test_prose);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {real_text_suite};
    return test_run(suites, 1);
}
