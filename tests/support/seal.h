/*
 * Damage that no checksum shows, as a wrong or hostile writer makes it: bytes are changed, and what vouches for them is
 * put in order again. For shards of few pages.
 */
#ifndef NG_TESTS_SUPPORT_SEAL_H
#define NG_TESTS_SUPPORT_SEAL_H

#include <stddef.h>
#include <stdint.h>

struct ng_manifest_shard;

/* Makes the checksums of a whole shard, in memory, right for what page (from 1 on) now holds. */
void test_seal_page(uint8_t *bytes, size_t length, size_t page);

/* The same for its header. */
void test_seal_header(uint8_t *bytes);

/* The same for all pages and the header. */
void test_seal_shard(uint8_t *bytes, size_t length);

/* Puts the checksum of a shard into its entry of a manifest. */
void test_seal_entry(struct ng_manifest_shard *entry, const uint8_t *bytes, size_t length);

/* Writes bytes as the only shard of the index in folder, and index.json so that it describes it. */
void test_seal_index(const char *folder, const uint8_t *bytes, size_t length);

#endif
