/*
 * ngidx: one index in several places. Its parts, each an index of its own, are asked by a transport that the caller
 * provides: bytes go to a part, bytes come back. The parts' answers are united as if there were one index that has the
 * shards of all parts in order: counts add up, shards and documents are numbered through.
 *
 * The bytes are made and read by this library alone, at both ends. Every answer carries the identity of the index that
 * gave it and a checksum, and is checked before it is used: a transport need not be trusted.
 *
 * Such an index answers everything that an index here does, and the same, but for figures of cost (lf_steps). A part
 * locates at most 4,000,000 hits (NG_MAX_PART_HITS) for a question: phrases together are cut there, and documents that hold a
 * phrase are NG_ERR_LIMIT where most_hits would be more. What works on files returns NG_ERR_USAGE: shares of a check
 * (ng_contam_search_shards), removing documents.
 */
#ifndef NGIDX_PARTS_H
#define NGIDX_PARTS_H

#include "ngidx.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum { NG_MAX_PARTS = 64 };
#define NG_ANY_REPLICA SIZE_MAX

/* A request to one part, and what came of it. */
struct ng_part_exchange {
    size_t part;    /* number of the part, */
    size_t replica; /* and which of its replicas to ask; NG_ANY_REPLICA: one that answers */
    const uint8_t *request;
    size_t request_bytes;
    const char *via; /* that of the handle (ng_index_set_via), or NULL */

    /* The transport sets these. */
    uint8_t *answer; /* from malloc; the library frees it; NULL on an error */
    size_t answer_bytes;
    int status; /* NG_OK; NG_ERR_REMOTE if the part does not answer; the status of its own error; NG_ERR_CANCELLED */
    struct ng_err err; /* names the part */
};

/* How to ask the parts of an index. */
struct ng_part_transport {
    /* Makes exchanges side by side, each with another part; returns when all of them have an outcome. Soon after cancel
     * says so, it ends those under way with NG_ERR_CANCELLED. Thread-safe. */
    void (*exchange)(void *context, struct ng_part_exchange *exchanges, size_t count, const struct ng_cancel *cancel);
    const char *(*name)(void *context, size_t part); /* for messages, such as its address */
    size_t (*replicas)(void *context, size_t part);  /* how many places serve the part, at least one */
    void (*close)(void *context); /* ends the transport; after it no call is made */
    void *context;
    size_t part_count;  /* 1 to NG_MAX_PARTS */
    bool allow_partial; /* a part that does not answer is left out of counts, hits and windows, and is noted
                         * (ng_index_missing_parts); else it is an error */
    bool allow_absent;  /* with allow_partial: the same for a part that does not answer when the index is opened; it then
                         * has no documents, and those of later parts are numbered without it */
};

/* Opens an index in parts. All replicas of all parts are asked what they hold, which must be the same for those of a part
 * and must not change afterwards: a part that is another index by now answers with an error. All calls of ngidx.h may then
 * also return NG_ERR_REMOTE, with a text that names the part. The index owns the transport, and closes it also if this
 * call fails.
 * Errors: NG_ERR_REMOTE, NG_ERR_USAGE (the parts do not fit together), NG_ERR_LIMIT, NG_ERR_NOMEM. */
int ng_index_open_parts(struct ng_index **index, const struct ng_part_transport *transport, struct ng_err *err);

/* Whether an index is in parts. */
bool ng_index_is_in_parts(const struct ng_index *index);

/* Gives a text to the transport with each exchange of this handle, which is of ng_index_bind: whom a question came from, so
 * that servers that ask each other can tell that it goes round. It is borrowed. */
void ng_index_set_via(struct ng_index *bound, const char *via);

/* The parts that did not answer calls with this handle (of ng_index_bind, or the index), as bits; 0 for any other index.
 * If it is not 0, what the calls gave is of the other parts only. */
uint64_t ng_index_missing_parts(const struct ng_index *index);

/* The name of a part of an index in parts. It belongs to the index. */
const char *ng_index_part_name(const struct ng_index *index, size_t part);

/* The other end: answers a request for a part from an index. The caller frees *answer. Thread-safe.
 * Errors: NG_ERR_INPUT (not such a request), NG_ERR_VERSION (the request is for another index, or of another version of
 * ngidx), and as the functions of ngidx.h. */
int ng_index_answer_part(const struct ng_index *index, const uint8_t *request, size_t request_bytes, uint8_t **answer,
                         size_t *answer_bytes, struct ng_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
