/*
 * Compressed answers: which coding a client accepts (RFC 9110, 12.5.3), and answers in it. An answer is compressed if it
 * is text of at least NG_MIN_PACKED_BYTES and gets smaller.
 */
#ifndef NG_SERVER_HTTP_CODING_H
#define NG_SERVER_HTTP_CODING_H

#include "common/os/stream.h"
#include "server/api/api.h"

/* The best coding that a client accepts, by the value of Accept-Encoding, which may be NULL. */
enum ng_coding ng_coding_choose(const char *accept_encoding);

/* Compresses the answer of a worker; without memory it stays as it is. A file of the answer is read, and closed. */
void ng_coding_pack(enum ng_coding coding, struct ng_api_answer *answer);

/* Static bytes, compressed when they are first asked for. Zero-initialised memory is empty. For one thread. */
struct ng_coding_cache {
    struct {
        const char *plain;
        enum ng_coding coding;
        char *bytes; /* owned; NULL: does not get smaller */
        size_t length_bytes;
    } items[16]; /* five files, two codings */
    size_t count;
};

/* Replaces the bytes of an answer that are static; any other answer stays as it is. */
void ng_coding_pack_static(struct ng_coding_cache *cache, enum ng_coding coding, struct ng_api_answer *answer);

/* Idempotent. */
void ng_coding_cache_free(struct ng_coding_cache *cache);

#endif
