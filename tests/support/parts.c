#include "tests/support/parts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/container/container_format.h"
#include "common/rank/ef.h"
#include "common/rank/ef_format.h"
#include "common/shard/docs_format.h"
#include "tests/support/check.h"
#include "tests/support/seal.h"
#include "tests/support/temp.h"

static void *grow(void *memory, size_t bytes) {
    void *grown = realloc(memory, bytes + 1);
    ck_assert_ptr_nonnull(grown);
    return grown;
}

static uint8_t *copy(const uint8_t *bytes, size_t length) {
    uint8_t *to = grow(NULL, length);
    if (length > 0) memcpy(to, bytes, length);
    return to;
}

void test_parts_take(struct test_parts *parts, const uint8_t *file, size_t length) {
    size_t count = ng_le_load32(file + NG_HEADER_SECTIONS_AT);
    ck_assert_uint_le(count, NG_MAX_SECTIONS);
    parts->version = ng_le_load32(file + NG_HEADER_VERSION_AT);
    parts->count = count - 1;
    for (size_t i = 0; i + 1 < count; i++) {
        const uint8_t *entry = file + NG_HEADER_TABLE_AT + i * NG_SECTION_ENTRY_BYTES;
        struct test_part *part = &parts->part[i];
        size_t offset = ng_le_load64(entry + NG_SECTION_OFFSET_AT);
        *part = (struct test_part){.length = ng_le_load64(entry + NG_SECTION_LENGTH_AT)};
        ck_assert_uint_le(offset + part->length, length);
        memcpy(part->name, entry, NG_SECTION_NAME_BYTES);
        part->bytes = copy(file + offset, part->length);
    }
}

void test_parts_copy(struct test_parts *to, const struct test_parts *from) {
    *to = *from;
    for (size_t i = 0; i < from->count; i++) to->part[i].bytes = copy(from->part[i].bytes, from->part[i].length);
}

void test_parts_free(struct test_parts *parts) {
    for (size_t i = 0; i < parts->count; i++) free(parts->part[i].bytes);
    parts->count = 0;
}

struct test_part *test_parts_find(struct test_parts *parts, const char *name) {
    for (size_t i = 0; i < parts->count; i++) {
        if (strcmp(parts->part[i].name, name) == 0) return &parts->part[i];
    }
    return NULL;
}

void test_part_resize(struct test_part *part, size_t length) {
    part->bytes = grow(part->bytes, length);
    if (length > part->length) memset(part->bytes + part->length, 0, length - part->length);
    part->length = length;
}

void test_part_splice(struct test_part *part, size_t at, size_t removed_bytes, const void *bytes, size_t length) {
    size_t rest = part->length - at - removed_bytes;
    uint8_t *tail = copy(part->bytes + at + removed_bytes, rest);
    part->bytes = grow(part->bytes, at + length + rest);
    if (length > 0) memcpy(part->bytes + at, bytes, length);
    if (rest > 0) memcpy(part->bytes + at + length, tail, rest);
    part->length = at + length + rest;
    free(tail);
}

/* Where a block of META starts; false where there is none. */
static bool find_block(const struct test_part *meta, size_t block, size_t *at, size_t *length) {
    *at = 0;
    for (size_t i = 0;; i++) {
        if (*at >= meta->length) return false;
        *length = ZSTD_findFrameCompressedSize(meta->bytes + *at, meta->length - *at);
        if (ZSTD_isError(*length)) return false;
        if (i == block) return true;
        *at += *length;
    }
}

uint8_t *test_parts_unpack_meta(const struct test_parts *parts, size_t block, size_t *length) {
    const struct test_part *meta = test_parts_find((struct test_parts *)parts, NG_DOCS_META_SECTION);
    size_t at;
    size_t packed;
    if (!meta || !find_block(meta, block, &at, &packed)) return NULL;
    unsigned long long size = ZSTD_getFrameContentSize(meta->bytes + at, packed);
    if (size > NG_DOCS_MAX_BLOCK_BYTES) return NULL;
    uint8_t *bytes = grow(NULL, (size_t)size);
    *length = ZSTD_decompress(bytes, (size_t)size, meta->bytes + at, packed);
    if (*length == size) return bytes;
    free(bytes);
    return NULL;
}

/* Where an Elias-Fano sequence ends; 0 where it does not lie within the section. */
static size_t sequence_end(const struct test_part *part, size_t at) {
    if (at + NG_EF_HEADER_BYTES > part->length) return 0;
    const uint8_t *header = part->bytes + at;
    uint64_t count = ng_le_load64(header + NG_EF_HEADER_COUNT_AT);
    uint64_t bound = ng_le_load64(header + NG_EF_HEADER_BOUND_AT);
    uint64_t low_bits = ng_le_load64(header + NG_EF_HEADER_LOW_BITS_AT);
    if (count > part->length * 8 || bound == 0 || bound >> NG_EF_MAX_LOW_BITS || low_bits > NG_EF_MAX_LOW_BITS)
        return 0;
    uint64_t blocks = ((bound - 1) >> low_bits) / NG_EF_BLOCK_BUCKETS + 1;
    if (blocks > part->length) return 0;
    size_t end = at + NG_EF_HEADER_BYTES + (blocks + 1) * NG_EF_DIRECTORY_ENTRY_BYTES +
                 (blocks * NG_EF_BLOCK_BUCKETS + count + 7) / 8 + (count * low_bits + 7) / 8;
    return end <= part->length ? end : 0;
}

/* The third sequence of DOCS, made of the lengths of META's frames. */
static void describe_blocks(struct test_part *docs, const struct test_part *meta) {
    size_t at = sequence_end(docs, 0);
    struct ng_ef_builder builder;
    struct ng_buf sequence = {0};
    size_t blocks = 0;
    size_t offset;
    size_t packed;
    if (at > 0) at = sequence_end(docs, at);
    if (at == 0) return;
    while (find_block(meta, blocks, &offset, &packed)) blocks++;
    ck_assert_int_eq(ng_ef_builder_init(&builder, blocks + 1, meta->length + 1, NULL), NG_OK);
    for (size_t i = 0; i < blocks; i++) {
        (void)find_block(meta, i, &offset, &packed);
        ng_ef_builder_push(&builder, offset);
    }
    ng_ef_builder_push(&builder, meta->length);
    ck_assert_int_eq(ng_ef_builder_finish(&builder, &sequence, NULL), NG_OK);
    ng_ef_builder_free(&builder);
    test_part_splice(docs, at, docs->length - at, sequence.data, sequence.length);
    ng_buf_free(&sequence);
}

void test_parts_replace_meta(struct test_parts *parts, size_t block, const uint8_t *bytes, size_t length) {
    struct test_part *meta = test_parts_find(parts, NG_DOCS_META_SECTION);
    struct test_part *docs = test_parts_find(parts, NG_DOCS_SECTION);
    size_t at;
    size_t before;
    if (!meta || !docs || !find_block(meta, block, &at, &before)) return;
    size_t room = ZSTD_compressBound(length);
    uint8_t *packed = grow(NULL, room);
    size_t got = ZSTD_compress(packed, room, bytes, length, 1);
    ck_assert(!ZSTD_isError(got));
    test_part_splice(meta, at, before, packed, got);
    free(packed);
    describe_blocks(docs, meta);
}

static size_t whole_pages(size_t bytes) {
    return (bytes + NG_PAGE_BYTES - 1) / NG_PAGE_BYTES;
}

uint8_t *test_parts_join(const struct test_parts *parts, size_t *length) {
    size_t pages = 0;
    for (size_t i = 0; i < parts->count; i++) pages += whole_pages(parts->part[i].length);
    size_t sums = pages == 0 ? 1 : (pages + NG_CHECKSUMS_PER_PAGE - 1) / NG_CHECKSUMS_PER_PAGE;
    *length = (1 + pages + sums) * NG_PAGE_BYTES;
    uint8_t *file = calloc(1, *length);
    ck_assert_ptr_nonnull(file);
    memcpy(file, NG_CONTAINER_MAGIC, NG_CONTAINER_MAGIC_BYTES);
    ng_le_store32(file + NG_HEADER_VERSION_AT, parts->version);
    ng_le_store32(file + NG_HEADER_PAGE_BYTES_AT, (uint32_t)NG_PAGE_BYTES);
    ng_le_store64(file + NG_HEADER_FILE_BYTES_AT, *length);
    ng_le_store32(file + NG_HEADER_SECTIONS_AT, (uint32_t)parts->count + 1);
    size_t page = 1;
    for (size_t i = 0; i <= parts->count; i++) {
        const struct test_part last = {.name = NG_CHECKSUM_SECTION, .length = sums * NG_PAGE_BYTES};
        const struct test_part *part = i < parts->count ? &parts->part[i] : &last;
        uint8_t *entry = file + NG_HEADER_TABLE_AT + i * NG_SECTION_ENTRY_BYTES;
        memcpy(entry, part->name, NG_SECTION_NAME_BYTES);
        ng_le_store64(entry + NG_SECTION_OFFSET_AT, page * NG_PAGE_BYTES);
        ng_le_store64(entry + NG_SECTION_LENGTH_AT, part->length);
        if (part->bytes && part->length > 0) memcpy(file + page * NG_PAGE_BYTES, part->bytes, part->length);
        page += whole_pages(part->length);
    }
    test_seal_shard(file, *length);
    return file;
}

void test_parts_write(const char *folder, struct ng_manifest_shard *entry, const uint8_t *bytes, size_t length) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->file);
    test_write_file(path, bytes, length);
    entry->bytes = length;
    test_seal_entry(entry, bytes, length);
}
