/*
 * The client of a request that proxies pass on, by the fields Forwarded (RFC 7239) and X-Forwarded-For. Only what a
 * trusted proxy wrote counts. Each proxy appends the address that sent it the request. So the client is the last address
 * that does not belong to a trusted proxy; anything before it may be invented.
 *
 * Pure functions; thread-safe.
 */
#ifndef NG_SERVER_HTTP_TRUST_H
#define NG_SERVER_HTTP_TRUST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "server/http/head.h"

/* Addresses whose first bits are these. IPv4 is mapped into IPv6. */
struct ng_network {
    struct in6_addr address;
    unsigned bits;
};

/* Zero-initialised memory trusts nobody. */
struct ng_trust {
    struct ng_network networks[NG_MAX_TRUSTED_PROXIES];
    size_t count;
};

/* Trusts "ADDRESS" or "ADDRESS/BITS". Errors: NG_ERR_USAGE, NG_ERR_LIMIT. */
int ng_trust_add(struct ng_trust *trust, const char *network, struct ng_err *err);

bool ng_trust_has(const struct ng_trust *trust, const struct sockaddr *peer);

/* Writes the address of the client of a request that a trusted proxy passed on. False if the head does not tell it: no
 * such field, no address in it, or two fields that contradict each other, one of which the proxy may have passed
 * through as the client sent it. */
bool ng_trust_client(const struct ng_trust *trust, const struct ng_http_head *head, char client[INET6_ADDRSTRLEN]);

/* Whether a request id that a proxy gave is one to use: 1 to NG_MAX_REQUEST_ID_BYTES letters, digits and "._:/+=@-". */
bool ng_trust_id_is_well(const char *id);

#endif
