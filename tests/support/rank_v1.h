/*
 * Writes the rank structure as version 1 of the format has it, which the program only reads: superblocks of 16 leaves of
 * 4,096 rows, whose code is the Huffman code of the superblock. Plain rather than fast, and in memory.
 */
#ifndef NG_TESTS_SUPPORT_RANK_V1_H
#define NG_TESTS_SUPPORT_RANK_V1_H

#include <stddef.h>
#include <stdint.h>

#include "common/container/container_write.h"
#include "tests/support/parts.h"

/* A Huffman code of words of at most 12 bits: symbols by the length of their words, words as FORMAT.md gives them out. */
struct test_code {
    unsigned symbols, depth;
    uint8_t symbol[256], length[256];
    uint16_t word[256], inner[13];
};

/* At least one of the counts is over 0. */
void test_code_make(struct test_code *code, const uint32_t counts[256]);

/* Writes sections RDAT and RDIR for a BWT of at least one row. */
void test_rank_v1_write(struct ng_container_writer *writer, const uint8_t *bwt, size_t rows);

/* Turns a sound shard into one of version 1. */
void test_parts_as_v1(struct test_parts *parts);

#endif
