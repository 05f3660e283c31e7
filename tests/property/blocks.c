/*
 * A shard depends on its documents only: sorted in blocks of any size and merged, in memory or by way of files, or
 * joined of finished indexes, it is byte for byte what sorting it in one piece makes. All corpora at which an order of equal suffixes could go wrong:
 * one run, periods, equal and empty documents, alphabets of one, two and 255 bytes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/build/join.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

enum { MAX_DOCUMENTS = 300, MAX_TEXT = 9000, CORPORA = TEST_SANITIZED ? 24 : 96 };

struct corpus {
    struct test_document documents[MAX_DOCUMENTS];
    size_t count;
    uint8_t text[MAX_TEXT];
};

enum kind { RANDOM, ONE_RUN, PERIODIC, EQUAL_DOCUMENTS, EMPTY_DOCUMENTS, NEAR_DUPLICATES, KINDS };

static uint8_t next_byte(const struct corpus *corpus, struct test_random *random, enum kind kind, size_t at,
                         size_t period, uint64_t alphabet) {
    uint64_t symbol = test_random_below(random, alphabet);
    bool repeats = at >= period && kind != RANDOM && kind != EMPTY_DOCUMENTS;
    if (kind == NEAR_DUPLICATES && test_random_below(random, 100) == 0) repeats = false;
    if (repeats) return corpus->text[at - period];
    return kind == ONE_RUN ? 0 : (uint8_t)symbol;
}

static void fill_corpus(struct corpus *corpus, struct test_random *random, enum kind kind) {
    static const uint64_t alphabets[] = {1, 2, 4, 60, 255};
    uint64_t alphabet = alphabets[test_random_below(random, 5)];
    size_t total = 1 + (size_t)test_random_below(random, MAX_TEXT - 1);
    size_t period = 1 + (size_t)test_random_below(random, kind == NEAR_DUPLICATES ? 400 : 9);
    for (size_t i = 0; i < total; i++) corpus->text[i] = next_byte(corpus, random, kind, i, period, alphabet);
    size_t at = 0;
    uint64_t mean = 1 + test_random_below(random, 200);
    for (corpus->count = 0; corpus->count + 1 < MAX_DOCUMENTS && at < total; corpus->count++) {
        size_t length = (size_t)test_random_below(random, 2 * mean);
        if (kind == EQUAL_DOCUMENTS) length = period * 4;
        if (kind == NEAR_DUPLICATES) length = period;
        if (kind == EMPTY_DOCUMENTS && test_random_below(random, 3) > 0) length = 0;
        if (length > total - at) length = total - at;
        corpus->documents[corpus->count] = (struct test_document){.text = corpus->text + at, .length = length};
        at += length;
    }
    corpus->documents[corpus->count++] = (struct test_document){.text = corpus->text + at, .length = total - at};
}

static void check_same_file(const char *folder, const uint8_t *wanted, size_t wanted_length) {
    char path[600];
    size_t length;
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    uint8_t *made = test_read_file(path, &length);
    ck_assert_uint_eq(length, wanted_length);
    ck_assert_mem_eq(made, wanted, length);
    free(made);
}

START_TEST(test_any_blocks) {
    static const uint64_t samples[] = {1, 3, 16, 128};
    struct corpus *corpus = calloc(1, sizeof *corpus);
    ck_assert_ptr_nonnull(corpus);
    for (int i = _i; i < CORPORA; i += 12) {
        struct test_random random = test_random_make((uint64_t)i + 77);
        char path[600];
        size_t length;
        fill_corpus(corpus, &random, (enum kind)(i % KINDS));
        struct test_index_options options = {.shard_rows = 1 << 20, .block_rows = 1 << 20, .threads = 1,
                                             .sa_sample = samples[test_random_below(&random, 4)]};
        const char *folder = test_temp_path("index");
        test_make_index_with(folder, corpus->documents, corpus->count, &options);
        (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
        uint8_t *wanted = test_read_file(path, &length);
        for (int blocks = 0; blocks < 4; blocks++) {
            options.block_rows = 1 + test_random_below(&random, blocks % 2 ? 3000 : 300);
            options.threads = 1 + (unsigned)test_random_below(&random, 3);
            options.merge_memory_bytes = blocks < 2 ? UINT64_C(1) << 30 : 1;
            test_make_index_with(folder, corpus->documents, corpus->count, &options);
            check_same_file(folder, wanted, length);
        }
        free(wanted);
    }
    free(corpus);
}
END_TEST

enum { MAX_PARTS = 4 };

/* Cuts the corpus into indexes and joins them. Returns where the result is. */
static const char *make_joined(const struct corpus *corpus, struct test_random *random, uint64_t sa_sample) {
    static char paths[MAX_PARTS][600];
    static char joined[600];
    const char *indexes[MAX_PARTS];
    struct ng_err err = {0};
    struct ng_build_result result;
    struct test_index_options options = {.shard_rows = 1 << 20, .threads = 2, .merge_memory_bytes = 1 << 20,
                                         .sa_sample = sa_sample};
    size_t count = 0;
    for (size_t at = 0; at < corpus->count;) {
        size_t part = 1 + (size_t)test_random_below(random, corpus->count);
        if (part > corpus->count - at || count + 1 == MAX_PARTS) part = corpus->count - at;
        (void)snprintf(paths[count], sizeof *paths, "%s-%zu", test_temp_path("part"), count);
        indexes[count] = paths[count];
        options.first_line = at;
        options.block_rows = 1 + test_random_below(random, 5000);
        test_make_index_with(paths[count++], corpus->documents + at, part, &options);
        at += part;
    }
    (void)snprintf(joined, sizeof joined, "%s", test_temp_path("joined"));
    const struct ng_join_options joining = {.indexes = indexes, .index_count = count, .output = joined, .force = true,
                                            .memory_bytes = UINT64_C(1) << 28, .threads = 2};
    ck_assert_msg(ng_join_run(&joining, &result, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(result.shards, 1);
    ck_assert_uint_eq(result.documents, corpus->count);
    return joined;
}

START_TEST(test_any_indexes) {
    static const uint64_t samples[] = {1, 3, 16, 128};
    struct corpus *corpus = calloc(1, sizeof *corpus);
    ck_assert_ptr_nonnull(corpus);
    for (int i = _i; i < CORPORA; i += 12) {
        struct test_random random = test_random_make((uint64_t)i + 770);
        char path[600];
        size_t length;
        fill_corpus(corpus, &random, (enum kind)(i % KINDS));
        const struct test_index_options options = {.shard_rows = 1 << 20, .block_rows = 1 << 20, .threads = 1,
                                                   .sa_sample = samples[test_random_below(&random, 4)]};
        const char *folder = test_temp_path("index");
        test_make_index_with(folder, corpus->documents, corpus->count, &options);
        (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
        uint8_t *wanted = test_read_file(path, &length);
        check_same_file(make_joined(corpus, &random, options.sa_sample), wanted, length);
        free(wanted);
    }
    free(corpus);
}
END_TEST

static Suite *blocks_suite(void) {
    Suite *suite = suite_create("blocks");
    TCase *tcase = tcase_create("blocks");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, test_any_blocks, 0, 12);
    tcase_add_loop_test(tcase, test_any_indexes, 0, 12);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {blocks_suite};
    return test_run(suites, 1);
}
