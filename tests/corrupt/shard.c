/* Every bit of a tiny shard flipped, and every truncation of it: each query gives the right answer or an error. Of the
 * zeros that fill up pages, most of so small a file, one bit of each byte: only the page's checksum reads them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "query/include/ngidx.h"
#include "query/lib/index.h"
#include "tests/support/make_index.h"
#include "tests/support/runner.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp.h"

/* Every bit; under a sanitizer two bits of every byte. */
enum { DOCUMENTS = 7, PARTS = 8, BIT_STEP = TEST_SANITIZED ? 5 : 1 };

static const char *const texts[DOCUMENTS] = {
    "how much wood would a woodchuck chuck", "", "if a woodchuck could chuck wood", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "if a woodchuck could chuck wood", "\xc3\xa9t\xc3\xa9", "x"};

static const char *const phrases[] = {"wood", "chuck wood", "aa", "t\xc3\xa9", "", "zebra", "x", "a woodchuck could"};

enum { PHRASES = sizeof phrases / sizeof phrases[0], MAX_HITS = 40 };

/* All that is asked of an index, answered. */
struct answers {
    uint64_t counts[PHRASES];
    struct ng_hit hits[PHRASES][MAX_HITS];
    char texts[DOCUMENTS][64];
    char metadata[DOCUMENTS][64];
    uint64_t docs[2][DOCUMENTS]; /* that have an id */
    uint64_t doc_counts[2];
};

enum { QUESTIONS = 2 * PHRASES + 2 * DOCUMENTS + 2 };

static struct ng_bytes phrase_at(size_t i) {
    return (struct ng_bytes){.data = (const uint8_t *)phrases[i], .length_bytes = strlen(phrases[i])};
}

/* Asks one question after the other. Each answer that is given must be the expected one. Returns how many were. */
static unsigned ask(const struct ng_index *index, const struct answers *expected, struct answers *got) {
    unsigned given = 0;
    struct ng_err err = {0};
    memset(got, 0, sizeof *got);
    for (size_t i = 0; i < PHRASES; i++) {
        size_t found;
        if (ng_index_count(index, phrase_at(i), &got->counts[i], &err) == 0) {
            given++;
            if (expected) ck_assert_uint_eq(got->counts[i], expected->counts[i]);
        }
        if (ng_index_locate(index, phrase_at(i), 0, got->hits[i], MAX_HITS, &found, NULL, &err) == 0) {
            given++;
            if (expected) ck_assert_mem_eq(got->hits[i], expected->hits[i], sizeof got->hits[i]);
        }
    }
    for (size_t d = 0; d < DOCUMENTS; d++) {
        uint64_t length;
        struct ng_doc_source source;
        if (ng_index_doc_length(index, d, &length, &err) == 0 && length < 64 &&
            ng_index_extract(index, d, 0, length, (uint8_t *)got->texts[d], &err) == 0) {
            given++;
            if (expected) ck_assert_str_eq(got->texts[d], expected->texts[d]);
        }
        if (ng_index_doc_source(index, d, &source, &err) == 0) {
            given++;
            ck_assert_uint_lt(source.metadata_bytes, 64);
            memcpy(got->metadata[d], source.metadata, source.metadata_bytes);
            if (expected) ck_assert_str_eq(got->metadata[d], expected->metadata[d]);
            ng_doc_source_free(&source);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        static const char *const ids[] = {"12345678901234567890123", "none"};
        const struct ng_bytes id = {(const uint8_t *)ids[i], strlen(ids[i])};
        if (ng_index_docs_with_id(index, id, got->docs[i], DOCUMENTS, &got->doc_counts[i], &err) != 0) continue;
        given++;
        if (!expected) continue;
        ck_assert_uint_eq(got->doc_counts[i], expected->doc_counts[i]);
        ck_assert_mem_eq(got->docs[i], expected->docs[i], (size_t)expected->doc_counts[i] * sizeof(uint64_t));
    }
    return given;
}

static void make_tiny(const char *folder, struct answers *expected) {
    struct test_document documents[DOCUMENTS];
    struct ng_index *index = NULL;
    struct ng_err err = {0};
    for (size_t d = 0; d < DOCUMENTS; d++) {
        documents[d] = (struct test_document){.text = (const uint8_t *)texts[d],
                                              .length = strlen(texts[d]),
                                              .metadata = d % 2 ? "{\"id\": 12345678901234567890123}" : NULL};
    }
    const struct test_index_options options = {.shard_rows = 1 << 20, .block_rows = 1 << 20, .sa_sample = 4,
                                               .merge_memory_bytes = 1 << 30, .threads = 1, .id_field = "id"};
    test_make_index_with(folder, documents, DOCUMENTS, &options);
    ck_assert_int_eq(ng_index_open(&index, folder, &err), 0);
    ck_assert_uint_eq(ask(index, NULL, expected), QUESTIONS);
    ck_assert_uint_eq(expected->doc_counts[0], DOCUMENTS / 2);
    ck_assert_uint_eq(expected->doc_counts[1], 0);
    for (size_t d = 0; d < DOCUMENTS; d++) ck_assert_str_eq(expected->texts[d], texts[d]);
    ng_index_close(index);
}

static struct answers expected;
static struct answers got;

/* Makes the tiny index and opens its shard, to be changed. */
static int open_tiny(const char *folder, size_t *size) {
    char path[600];
    make_tiny(folder, &expected);
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    int fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    *size = (size_t)lseek(fd, 0, SEEK_END);
    return fd;
}

/* Whether nothing but zeros comes from there on, up to the page's last eight bytes. */
static bool is_filling(const uint8_t *bytes, size_t at) {
    enum { SUM_BYTES = 8 };
    size_t end = (at / NG_PAGE_BYTES + 1) * NG_PAGE_BYTES - SUM_BYTES;
    for (size_t i = at; i < end; i++) {
        if (bytes[i] != 0) return false;
    }
    return at < end;
}

START_TEST(test_bit_flips) {
    const char *folder = test_temp_path("flips");
    size_t size;
    int fd = open_tiny(folder, &size);
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert(bytes != MAP_FAILED);
    unsigned refused = 0;
    for (size_t at = size * (size_t)_i / PARTS; at < size * (size_t)(_i + 1) / PARTS; at++) {
        bool filling = is_filling(bytes, at);
        for (unsigned bit = 0; bit < 8; bit += BIT_STEP) {
            struct ng_index *index = NULL;
            struct ng_err err = {0};
            if (filling && bit != at % 2 * BIT_STEP) continue;
            bytes[at] = (uint8_t)(bytes[at] ^ 1u << bit);
            if (ng_index_open(&index, folder, &err) == 0) {
                refused += ask(index, &expected, &got) < 2 * PHRASES + 2 * DOCUMENTS;
            } else {
                ck_assert_int_lt(err.status, 0);
                ck_assert(err.text[0] != '\0');
                refused++;
            }
            ng_index_close(index);
            bytes[at] = (uint8_t)(bytes[at] ^ 1u << bit);
        }
    }
    /* All but the checksums of the checksum page itself are used by some question. */
    ck_assert_uint_gt(refused, 0);
    (void)munmap(bytes, size);
    (void)close(fd);
}
END_TEST

static uint64_t unverified(const struct ng_index *index) {
    return atomic_load(&index->shards[0].shard.container->unverified);
}

/* Pages checked before they are used: damage is found by who uses them, as if they had not been. */
START_TEST(test_checks_ahead) {
    const char *folder = test_temp_path("ahead");
    size_t size;
    int fd = open_tiny(folder, &size);
    unsigned refused = 0;
    uint8_t byte;
    /* The last time without damage. */
    for (size_t at = 4096 + 3; at < size + 4096; at += 4096) {
        struct ng_index *index = NULL;
        struct ng_err err = {0};
        bool damaged = at < size;
        if (damaged) {
            ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
            uint8_t changed = (uint8_t)~byte;
            ck_assert_int_eq(pwrite(fd, &changed, 1, (off_t)at), 1);
        }
        if (ng_index_open(&index, folder, &err) == 0) {
            uint64_t before = unverified(index);
            ck_assert_uint_gt(before, 0);
            ck_assert_int_eq(ng_index_expect_steps(index, before, 2, &err), 0); /* too few */
            ck_assert_uint_eq(unverified(index), before);
            ck_assert_int_eq(ng_index_expect_steps(index, UINT64_MAX, 2, &err), 0);
            ck_assert_uint_le(unverified(index), damaged ? before : 0);
            bool all = ask(index, &expected, &got) == QUESTIONS;
            ck_assert(all || damaged);
            refused += !all;
        } else {
            ck_assert(damaged);
            refused++;
        }
        ng_index_close(index);
        if (damaged) ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
    }
    ck_assert_uint_ge(refused, 5);
    (void)close(fd);
}
END_TEST

START_TEST(test_truncations) {
    const char *folder = test_temp_path("cuts");
    char path[600];
    make_tiny(folder, &expected);
    (void)snprintf(path, sizeof path, "%s/shard-00000.ngx", folder);
    size_t size;
    uint8_t *bytes = test_read_file(path, &size);
    for (size_t length = size; length-- > 0;) {
        struct ng_index *index = NULL;
        struct ng_err err = {0};
        ck_assert_int_eq(truncate(path, (off_t)length), 0);
        ck_assert_int_eq(ng_index_open(&index, folder, &err), NG_ERR_CORRUPT);
        ck_assert(err.text[0] != '\0' && err.hint[0] != '\0');
    }
    free(bytes);
}
END_TEST

static Suite *corrupt_suite(void) {
    Suite *suite = suite_create("corrupt");
    TCase *tcase = tcase_create("shard");
    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, test_bit_flips, 0, PARTS);
    tcase_add_test(tcase, test_truncations);
    tcase_add_test(tcase, test_checks_ahead);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    static test_suite_new *const suites[] = {corrupt_suite};
    return test_run(suites, 1);
}
