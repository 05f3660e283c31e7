/*
 * Small indexes from documents in memory, past the corpus readers, so that a text may hold any byte but 0xFF.
 */
#ifndef NG_TESTS_SUPPORT_MAKE_INDEX_H
#define NG_TESTS_SUPPORT_MAKE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct test_document {
    const uint8_t *text;
    size_t length;
    const char *metadata; /* NULL stands for "{}" */
};

/* Makes an index in folder, which is created or emptied of an index before: a new shard whenever a document would
 * bring the current one over shard_rows rows. Ends the test where that fails. */
void test_make_index(const char *folder, const struct test_document *documents, size_t count, uint64_t shard_rows,
                     uint64_t sa_sample);

struct test_index_options {
    uint64_t shard_rows;
    uint64_t block_rows; /* sorted at a time */
    uint64_t merge_memory_bytes;
    uint64_t sa_sample;
    unsigned threads;
    const char *id_field; /* NULL: no section of ids */
    size_t first_line;   /* lines of the documents count from it: for one of several indexes of a corpus */
};

/* The same with more options. */
void test_make_index_with(const char *folder, const struct test_document *documents, size_t count,
                          const struct test_index_options *options);

#endif
