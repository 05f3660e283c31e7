/*
 * HTTP over libevent. One event loop takes requests and sends answers; it touches no page of an index, so that it never
 * waits for a disk. Requests that need one go to the workers, a bounded number at a time; further ones get 429 at once.
 *
 * A request that takes longer than the deadline gets 504, even if a worker is still busy with it; a worker whose client
 * has gone is told so. All functions must be called from one thread, the same for all servers.
 */
#ifndef NG_SERVER_HTTP_HTTP_H
#define NG_SERVER_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "server/api/api.h"
#include "server/http/access_log.h"
#include "server/http/address.h"
#include "server/http/trust.h"

struct ng_http_options {
    unsigned threads;
    uint64_t queue;            /* most requests under way, including those that threads work on */
    uint64_t deadline_seconds; /* of a request; at least 1 */
    uint64_t idle_seconds;     /* after which a silent connection is closed */
    uint64_t header_seconds;   /* in which the head of a request must arrive */
    uint64_t drain_seconds;    /* how long requests under way may take after the server was asked to end */
    uint64_t header_bytes;
    uint64_t buffered_bytes; /* of requests and answers in memory, over all connections */
    struct ng_trust trust;   /* in proxies */
    struct ng_access_log *log; /* borrowed; NULL: none */
    void (*reload)(void *context); /* called on SIGHUP */
    void *reload_context;
};

struct ng_http;

/* Starts the workers. api is borrowed. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_http_free. */
int ng_http_new(struct ng_http **http, struct ng_api *api, const struct ng_http_options *options, struct ng_err *err);

/* Accepts connections from a socket that already listens (address.h), and takes it over: ng_http_free closes it, or this
 * function does if it fails. shown is set to what may follow "http://", and *loopback to whether only this machine can
 * reach it. Errors: NG_ERR_LIMIT (NG_MAX_HTTP_LISTENERS), NG_ERR_NOMEM. */
int ng_http_listen(struct ng_http *http, int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                   struct ng_err *err);

/* Answers requests until SIGTERM or SIGINT, then finishes those under way. */
void ng_http_run(struct ng_http *http);

/* Ends the workers. NULL is fine. */
void ng_http_free(struct ng_http *http);

#endif
