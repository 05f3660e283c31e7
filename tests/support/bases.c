#include "tests/support/bases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/shard/index_files.h"
#include "indexer/build/join.h"
#include "indexer/remove/remove.h"
#include "tests/support/check.h"
#include "tests/support/make_index.h"
#include "tests/support/rank_v1.h"
#include "tests/support/temp.h"

enum { MOST_DOCUMENTS = 1500, TEXT_BYTES = 150000, METADATA_BYTES = 400 };

/* Documents that are being made up. */
struct corpus {
    struct test_document documents[MOST_DOCUMENTS];
    char metadata[MOST_DOCUMENTS][METADATA_BYTES];
    uint8_t text[TEXT_BYTES];
    size_t count;
    size_t used;
};

static struct corpus corpus;

/* Symbols are below bound, from first on; or words, where bound is 0. */
struct kind {
    const char *name;
    size_t documents;
    size_t most_bytes; /* of a document */
    unsigned first;
    unsigned bound;
    bool metadata;
    bool v1; /* shards of version 1 */
    uint64_t shard_rows;
    uint64_t sa_sample;
};

static const struct kind kinds[] = {
    {.name = "tiny", .documents = 7, .most_bytes = 30, .shard_rows = 1 << 20, .sa_sample = 4},
    {.name = "many-small", .documents = 1500, .most_bytes = 12, .shard_rows = 1 << 20, .sa_sample = 32},
    {.name = "long", .documents = 2, .most_bytes = 14000, .shard_rows = 1 << 20, .sa_sample = 128},
    {.name = "shards", .documents = 60, .most_bytes = 100, .shard_rows = 1000, .sa_sample = 16},
    {.name = "metadata", .documents = 150, .most_bytes = 40, .metadata = true, .shard_rows = 1 << 20, .sa_sample = 16},
    {.name = "binary", .documents = 12, .most_bytes = 1200, .bound = 255, .shard_rows = 1 << 20, .sa_sample = 16},
    {.name = "one-symbol",
     .documents = 3,
     .most_bytes = 9000,
     .first = 'a',
     .bound = 1,
     .shard_rows = 1 << 20,
     .sa_sample = 64},
    {.name = "four-letters",
     .documents = 9,
     .most_bytes = 2500,
     .first = 'a',
     .bound = 4,
     .shard_rows = 1 << 20,
     .sa_sample = 32},
    {.name = "v1", .documents = 30, .most_bytes = 600, .v1 = true, .shard_rows = 1 << 20, .sa_sample = 16},
    {.name = "v1-superblocks",
     .documents = 5,
     .most_bytes = 18000,
     .first = 'a',
     .bound = 2,
     .v1 = true,
     .shard_rows = 1 << 20,
     .sa_sample = 32},
    {.name = "superblocks",
     .documents = 5,
     .most_bytes = 35000,
     .first = 'a',
     .bound = 2,
     .shard_rows = 1 << 20,
     .sa_sample = 32},
};

enum { KINDS = sizeof kinds / sizeof *kinds };
_Static_assert(KINDS + 5 == TEST_BASES, "one for each kind, merged, appended, golden, of both views and with removals");

static void add_text(const struct kind *kind, struct test_random *random, size_t length) {
    static const char *const words[] = {"the ", "suffix ", "array ", "of ", "a ", "na\xc3\xafve ", "text\n", "zebra "};
    uint8_t *to = corpus.text + corpus.used;
    for (size_t at = 0; at < length && kind->bound == 0;) {
        const char *word = words[test_random_below(random, 8)];
        size_t bytes = strlen(word) < length - at ? strlen(word) : length - at;
        memcpy(to + at, word, bytes);
        at += bytes;
    }
    for (size_t i = 0; i < length && kind->bound > 0; i++)
        to[i] = (uint8_t)(kind->first + test_random_below(random, kind->bound));
}

static void add_metadata(struct test_random *random, char metadata[METADATA_BYTES]) {
    (void)snprintf(metadata, METADATA_BYTES,
                   "{\"url\": \"http://example.org/%llx/%llx\", \"text\": [%llu, {\"a\": null}], \"id\": \"%llx%llx\"}",
                   (unsigned long long)test_random_next(random), (unsigned long long)test_random_next(random),
                   (unsigned long long)test_random_below(random, 1000), (unsigned long long)test_random_next(random),
                   (unsigned long long)test_random_next(random));
}

static void make_corpus(const struct kind *kind, uint64_t seed) {
    struct test_random random = test_random_make(seed);
    corpus.count = corpus.used = 0;
    for (size_t d = 0; d < kind->documents; d++) {
        size_t least = kind->most_bytes > 500 ? kind->most_bytes * 3 / 4 : 0;
        size_t length = least + (size_t)test_random_below(&random, kind->most_bytes - least + 1);
        if (length > TEXT_BYTES - corpus.used) length = TEXT_BYTES - corpus.used;
        add_text(kind, &random, length);
        if (kind->metadata) add_metadata(&random, corpus.metadata[d]);
        corpus.documents[corpus.count++] =
            (struct test_document){.text = corpus.text + corpus.used,
                                   .length = length,
                                   .metadata = kind->metadata ? corpus.metadata[d] : NULL};
        corpus.used += length;
    }
}

static void make_kind(const struct kind *kind, const char *folder, uint64_t seed) {
    make_corpus(kind, seed);
    test_make_index(folder, corpus.documents, corpus.count, kind->shard_rows, kind->sa_sample);
}

static void take_file(struct test_parts *parts, const char *folder, const char *name) {
    char path[600];
    size_t length;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *bytes = test_read_file(path, &length);
    test_parts_take(parts, bytes, length);
    free(bytes);
}

static void load(struct test_base *base, const char *folder) {
    (void)snprintf(base->folder, sizeof base->folder, "%s", folder);
    ck_assert_int_eq(ng_manifest_read(&base->manifest, folder, NULL), NG_OK);
    ck_assert_uint_le(ng_manifest_files(&base->manifest), TEST_BASE_SHARDS);
    for (uint64_t s = 0; s < ng_manifest_files(&base->manifest); s++) {
        const struct ng_manifest_shard *entry = ng_manifest_file(&base->manifest, s);
        take_file(&base->shards[s], folder, entry->file);
        if (entry->removed.bytes > 0) take_file(&base->removed[s], folder, entry->removed.file);
    }
}

static void join_two(const char *folder) {
    struct ng_err err = {0};
    struct ng_build_result result;
    char paths[2][256];
    const char *const indexes[] = {paths[0], paths[1]};
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s", test_temp_path(i ? "part-1" : "part-0"));
        make_kind(&kinds[3], paths[i], 20 + i);
    }
    const struct ng_join_options options = {
        .indexes = indexes, .index_count = 2, .output = folder, .memory_bytes = UINT64_C(1) << 28, .threads = 1};
    ck_assert_msg(ng_join_run(&options, &result, &err) == NG_OK, "%s", err.text);
}

static void append_to(const char *folder) {
    struct ng_err err = {0};
    struct ng_build_result result;
    static const char lines[] =
        "{\"text\": \"the text of a zebra\", \"k\": 1}\n{\"text\": \"\"}\n{\"text\": \"suffix\"}\n";
    char corpus_path[256];
    const char *const paths[] = {corpus_path};
    (void)snprintf(corpus_path, sizeof corpus_path, "%s", test_temp_path("more.jsonl"));
    test_write_file(corpus_path, lines, sizeof lines - 1);
    make_kind(&kinds[4], folder, 30);
    const struct ng_build_options options = {
        .corpus = {.paths = paths, .path_count = 1}, .output = folder, .memory_bytes = UINT64_C(1) << 28, .threads = 1};
    ck_assert_msg(ng_join_append(&options, &result, &err) == NG_OK, "%s", err.text);
}

/* Two shards in both views. */
static void make_views(const char *folder) {
    static const char *const words[] = {"The ", "SUFFIX ", "array, ", "&amp;", "<b>", "na\xc3\xafve\\n", "...", "\xef\xac\x81", "zebra"};
    struct test_random random = test_random_make(40);
    struct ng_err err = {0};
    struct ng_build_result result;
    struct ng_buf lines = {0};
    char corpus_path[256];
    const char *const paths[] = {corpus_path};
    for (int line = 0; line < 40; line++) {
        ck_assert_int_eq(ng_buf_append(&lines, "{\"text\": \"", 10, NULL), 0);
        for (uint64_t left = test_random_below(&random, 30); left > 0; left--) {
            const char *word = words[test_random_below(&random, sizeof words / sizeof *words)];
            ck_assert_int_eq(ng_buf_append(&lines, word, strlen(word), NULL), 0);
        }
        ck_assert_int_eq(ng_buf_append(&lines, "\"}\n", 3, NULL), 0);
    }
    (void)snprintf(corpus_path, sizeof corpus_path, "%s", test_temp_path("views.jsonl"));
    test_write_file(corpus_path, lines.data, lines.length);
    ng_buf_free(&lines);
    const struct ng_build_options options = {.corpus = {.paths = paths, .path_count = 1}, .output = folder,
                                             .memory_bytes = UINT64_C(1) << 28, .threads = 1, .shard_bytes = 2000,
                                             .sa_sample = 8, .exact = true, .folded = true};
    ck_assert_msg(ng_build_run(&options, &result, &err) == NG_OK, "%s", err.text);
    ck_assert_uint_eq(result.shards, 2);
}

/* Both views without some documents of each shard; the first stays. */
static void make_removed(const char *folder) {
    uint8_t bits[40 / 8] = {0};
    struct ng_publish *publish = NULL;
    struct ng_remove_result result;
    struct ng_err err = {0};
    make_views(folder);
    for (size_t doc = 1; doc < 40; doc += 3) bits[doc / 8] = (uint8_t)(bits[doc / 8] | 1u << doc % 8);
    const struct ng_remove_options options = {.documents = bits, .by = "docs", .threads = 1};
    ck_assert_msg(ng_publish_lock(&publish, folder, &err) == NG_OK, "%s", err.text);
    ck_assert_msg(ng_remove_run(publish, &options, &result, &err) == NG_OK, "%s", err.text);
    ng_publish_free(publish);
    ck_assert_uint_eq(result.documents, 13);
}

void test_bases_make(struct test_base bases[TEST_BASES], const char *golden) {
    for (size_t i = 0; i < KINDS; i++) {
        const char *folder = test_temp_path(kinds[i].name);
        bases[i].name = kinds[i].name;
        make_kind(&kinds[i], folder, i + 1);
        load(&bases[i], folder);
        for (uint64_t s = 0; kinds[i].v1 && s < ng_manifest_files(&bases[i].manifest); s++) test_parts_as_v1(&bases[i].shards[s]);
    }
    join_two(test_temp_path("merged"));
    append_to(test_temp_path("appended"));
    load(&bases[KINDS], test_temp_path("merged"));
    load(&bases[KINDS + 1], test_temp_path("appended"));
    load(&bases[KINDS + 2], golden);
    make_views(test_temp_path("views"));
    load(&bases[KINDS + 3], test_temp_path("views"));
    make_removed(test_temp_path("removed"));
    load(&bases[KINDS + 4], test_temp_path("removed"));
    bases[KINDS + 4].name = "removed";
    bases[KINDS].name = "merged";
    bases[KINDS + 1].name = "appended";
    bases[KINDS + 2].name = "golden";
    bases[KINDS + 3].name = "views";
}
