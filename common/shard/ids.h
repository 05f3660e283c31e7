/*
 * The ids of documents: from a document's metadata, and back from an id to the documents of a shard that have it. The
 * layout is in FORMAT.md, section "DIDS". Internal to the query library and the indexer.
 */
#ifndef NG_COMMON_SHARD_IDS_H
#define NG_COMMON_SHARD_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json/find.h"
#include "common/rank/ef.h"
#include "common/shard/shard.h"

#define NG_IDS_SECTION "DIDS"

enum { NG_IDS_MAX_HASH_BITS = 48 };

/* The id in a document's metadata; data is NULL where it has none. */
struct ng_json_token ng_ids_of(const uint8_t *metadata, size_t metadata_bytes, const char *field);

/* The hash of an id's bytes, of which the section has the highest bits. */
uint64_t ng_ids_hash(const uint8_t *id, size_t length);

/* The documents of a shard by the hashes of their ids. */
struct ng_ids {
    struct ng_ef hashes;              /* their highest bits, */
    unsigned hash_bits;               /* so many */
    struct ng_shard_array numbers;    /* the document of each */
    uint64_t documents;               /* of the shard */
    const char *field;                /* path of the id field, in the section; not NUL-terminated */
    size_t field_bytes;
};

/* Opens the section of a shard. *found is false where there is none. Errors: NG_ERR_CORRUPT. */
int ng_ids_open(struct ng_ids *ids, const struct ng_shard *shard, bool *found, struct ng_err *err);

/* Whether the section is about the ids that this field holds. */
bool ng_ids_is_of(const struct ng_ids *ids, const char *field);

/* The entries [*begin, *end) of a hash: documents that may have the id. */
void ng_ids_find(const struct ng_ids *ids, uint64_t hash, uint64_t *begin, uint64_t *end);

/* The document of an entry. Damage: as for ng_shard_array_get. */
uint64_t ng_ids_document(const struct ng_ids *ids, uint64_t entry);

#endif
