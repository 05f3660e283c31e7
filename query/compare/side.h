/* Windows at random places of an index, and from one pass over it a fingerprint of each document. */
#ifndef NG_QUERY_COMPARE_SIDE_H
#define NG_QUERY_COMPARE_SIDE_H

#include <xxhash.h>

#include "common/base/buf.h"
#include "query/include/ngidx_compare.h"

/* Equal for equal texts alone, but for chance of 2^-128. */
struct ng_fingerprint {
    XXH128_hash_t hash;
    uint64_t length_bytes;
};

/* The length_bytes of a document that was removed. */
#define NG_SIDE_REMOVED UINT64_MAX

struct ng_window {
    uint64_t doc;
    uint64_t offset;
    size_t at; /* of its text, in texts */
    size_t length_bytes;
    bool found; /* in the other index */
};

struct ng_side {
    const struct ng_index *view;
    struct ng_fingerprint *documents; /* by number; owned, as are the others */
    uint64_t document_end;
    XXH128_hash_t *sorted; /* the hashes of documents that were not removed */
    uint64_t count;        /* of them */
    struct ng_window *windows;
    size_t window_count;
    struct ng_buf texts;
};

/* Reads all documents. read_bytes and total_bytes are for the progress. Errors: those of ng_index_compare. */
int ng_side_read(struct ng_side *side, const struct ng_compare_options *options, uint64_t read_bytes, uint64_t total_bytes,
                 struct ng_err *err);

/* Draws windows alone, without reading all documents. Errors: those of ng_index_compare. */
int ng_side_draw(struct ng_side *side, const struct ng_compare_options *options, struct ng_err *err);

/* Whether a text is that of a document of this side. */
bool ng_side_has(const struct ng_side *side, const struct ng_fingerprint *fingerprint);

/* Idempotent. */
void ng_side_free(struct ng_side *side);

static inline bool ng_side_is_start(uint8_t byte) {
    return (byte & 0xc0) != 0x80;
}

#endif
