/*
 * Changes to an index as a program of eight bytes a step: of bytes, numbers, lengths, sections, blocks of metadata,
 * headers and the manifest. What vouches for them is put in order by whoever writes the index.
 */
#ifndef NG_TESTS_SUPPORT_MUTATE_H
#define NG_TESTS_SUPPORT_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/shard/manifest.h"
#include "tests/support/parts.h"

enum { TEST_MUTATE_STEP_BYTES = 8, TEST_MUTATE_MOST_STEPS = 12 };

/* Changes sections and manifest; shards has one for each ng_manifest_file, and so has removed, of its removed documents;
 * those without sections stay so. donor is another shard, to splice from. */
void test_mutate_parts(struct test_parts *shards, struct test_parts *removed, struct ng_manifest *manifest,
                       const struct test_parts *donor, const uint8_t *program, size_t length);

/* Changes the header of a shard that is whole, by the same program; its checksum is then wrong. */
void test_mutate_header(uint8_t *file, size_t shard, const uint8_t *program, size_t length);

#endif
