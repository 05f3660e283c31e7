/*
 * Indexes whose parts are served by ngidxd on other machines, asked by HTTP. For programs; the library knows them as
 * indexes in parts (ngidx_parts.h).
 */
#ifndef NG_QUERY_REMOTE_REMOTE_H
#define NG_QUERY_REMOTE_REMOTE_H

#include "query/include/ngidx_parts.h"
#include "query/remote/address.h"

#define NG_REMOTE_TIMEOUT_SECONDS UINT64_C(20)

struct ng_remote_options {
    const char *token;        /* sent to all parts; NULL: none. Copied */
    const char *id;           /* of the daemon that asks, sent to all parts; NULL: none. Copied */
    uint64_t timeout_seconds; /* for a part to answer a question, all its replicas together; at least 1 */
    bool allow_partial;       /* as in struct ng_part_transport */
    bool allow_absent;
};

/* Opens an index by its addresses. Errors: those of ng_remote_addresses_read and ng_index_open_parts. */
int ng_remote_open(struct ng_index **index, const char *addresses, const struct ng_remote_options *options,
                   struct ng_err *err);

/* The first line of a file: a token. The caller frees *token. Errors: NG_ERR_USAGE, and those of the system. */
int ng_remote_read_token(char **token, const char *path, struct ng_err *err);

#endif
