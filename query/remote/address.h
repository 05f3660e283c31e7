/*
 * Where the parts of an index are served: http://host:port/name of an ngidxd each, in order, separated by commas; and
 * replicas of a part by bars. A path before the name is that of a proxy: http://host/search/name.
 */
#ifndef NG_QUERY_REMOTE_ADDRESS_H
#define NG_QUERY_REMOTE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "query/include/ngidx_parts.h"

struct ng_remote_address {
    char *shown;     /* as it was given */
    char *host;      /* a name or a number, without brackets */
    char *authority; /* for the header Host */
    char *path;      /* of the requests */
    uint16_t port;
};

struct ng_remote_part {
    struct ng_remote_address replicas[NG_MAX_REPLICAS];
    size_t count;
    char *shown; /* all replicas, as they were given */
};

struct ng_remote_addresses {
    struct ng_remote_part parts[NG_MAX_PARTS];
    size_t count;
};

/* Whether an index is given by addresses, not by its folder. */
bool ng_remote_is_address(const char *index);

/* Reads a list of addresses. Free it also after an error. Errors: NG_ERR_USAGE, NG_ERR_LIMIT (NG_MAX_PARTS,
 * NG_MAX_REPLICAS, NG_MAX_ADDRESS_BYTES), NG_ERR_NOMEM. */
int ng_remote_addresses_read(struct ng_remote_addresses *addresses, const char *list, struct ng_err *err);

/* Idempotent. */
void ng_remote_addresses_free(struct ng_remote_addresses *addresses);

#endif
