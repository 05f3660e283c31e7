#include "tests/support/seal.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "common/container/container_format.h"
#include "common/shard/index_files.h"
#include "tests/support/check.h"
#include "tests/support/temp.h"

/* The page of checksums that holds the one of page. */
static uint8_t *sums_of(uint8_t *bytes, size_t length, size_t page) {
    size_t pages = length / NG_PAGE_BYTES;
    size_t tables = (pages - 2) / (NG_CHECKSUMS_PER_PAGE + 1) + 1;
    return bytes + (pages - tables + (page - 1) / NG_CHECKSUMS_PER_PAGE) * NG_PAGE_BYTES;
}

void test_seal_page(uint8_t *bytes, size_t length, size_t page) {
    uint8_t *sums = sums_of(bytes, length, page);
    ng_le_store64(sums + (page - 1) % NG_CHECKSUMS_PER_PAGE * sizeof(uint64_t),
                  XXH3_64bits(bytes + page * NG_PAGE_BYTES, NG_PAGE_BYTES));
    ng_le_store64(sums + NG_PAGE_SUM_AT, XXH3_64bits(sums, NG_PAGE_SUM_AT));
}

void test_seal_shard(uint8_t *bytes, size_t length) {
    uint8_t *sums = sums_of(bytes, length, 1);
    ng_le_store64(sums + NG_PAGE_SUM_AT, XXH3_64bits(sums, NG_PAGE_SUM_AT)); /* where it has no page to vouch for */
    for (size_t page = 1; bytes + page * NG_PAGE_BYTES < sums; page++) test_seal_page(bytes, length, page);
    test_seal_header(bytes);
}

void test_seal_header(uint8_t *bytes) {
    ng_le_store64(bytes + NG_PAGE_SUM_AT, XXH3_64bits(bytes, NG_PAGE_SUM_AT));
}

void test_seal_entry(struct ng_manifest_shard *entry, const uint8_t *bytes, size_t length) {
    XXH128_canonical_t canonical;
    XXH3_state_t *hash = XXH3_createState();
    ck_assert_ptr_nonnull(hash);
    (void)XXH3_128bits_reset(hash);
    (void)XXH3_128bits_update(hash, bytes + NG_PAGE_BYTES, length - NG_PAGE_BYTES);
    (void)XXH3_128bits_update(hash, bytes, NG_PAGE_BYTES);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash));
    (void)XXH3_freeState(hash);
    memcpy(entry->xxh3_128, canonical.digest, sizeof canonical.digest);
}

void test_seal_index(const char *folder, const uint8_t *bytes, size_t length) {
    struct ng_manifest manifest;
    struct ng_buf text = {0};
    char path[600];
    ck_assert_int_eq(ng_manifest_read(&manifest, folder, NULL), NG_OK);
    ck_assert_uint_eq(manifest.shard_count, 1);
    manifest.shards[0].bytes = length;
    test_seal_entry(&manifest.shards[0], bytes, length);
    (void)snprintf(path, sizeof path, "%s/%s", folder, manifest.shards[0].file);
    test_write_file(path, bytes, length);
    ck_assert_int_eq(ng_manifest_format(&manifest, &text, NULL), NG_OK);
    (void)snprintf(path, sizeof path, "%s/%s", folder, NG_MANIFEST_FILE);
    test_write_file(path, text.data, text.length);
    ng_buf_free(&text);
    ng_manifest_free(&manifest);
}
