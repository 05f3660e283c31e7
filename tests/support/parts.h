/*
 * A shard taken apart into its sections, to be changed as a wrong or hostile writer would, and put together again with
 * every checksum right. For shards of few pages.
 */
#ifndef NG_TESTS_SUPPORT_PARTS_H
#define NG_TESTS_SUPPORT_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/limits.h"
#include "common/shard/manifest.h"

/* A section; the checksum section is not among them. */
struct test_part {
    char name[5];
    uint8_t *bytes; /* owned */
    size_t length;
};

struct test_parts {
    uint32_t version; /* of the shard */
    struct test_part part[NG_MAX_SECTIONS];
    size_t count;
};

/* Copies the sections of a sound shard. Free with test_parts_free. */
void test_parts_take(struct test_parts *parts, const uint8_t *file, size_t length);

void test_parts_copy(struct test_parts *to, const struct test_parts *from);

void test_parts_free(struct test_parts *parts);

/* The section of that name, or NULL. */
struct test_part *test_parts_find(struct test_parts *parts, const char *name);

/* Gives a section another length; what is new is zero. */
void test_part_resize(struct test_part *part, size_t length);

/* Puts bytes in the place of the removed_bytes at offset at. */
void test_part_splice(struct test_part *part, size_t at, size_t removed_bytes, const void *bytes, size_t length);

/* Decompresses a block of META, which must be sound: owned by the caller; NULL where there is no such block. */
uint8_t *test_parts_unpack_meta(const struct test_parts *parts, size_t block, size_t *length);

/* Replaces a block of META, to be compressed, and describes the new places of blocks in DOCS. */
void test_parts_replace_meta(struct test_parts *parts, size_t block, const uint8_t *bytes, size_t length);

/* A shard of these sections: owned by the caller. */
uint8_t *test_parts_join(const struct test_parts *parts, size_t *length);

/* Writes a shard, and the manifest with its length and checksum. index.json has to be written afterwards. */
void test_parts_write(const char *folder, struct ng_manifest_shard *entry, const uint8_t *bytes, size_t length);

#endif
