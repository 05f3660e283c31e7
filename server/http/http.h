/*
 * HTTP over libevent. One event loop takes requests and gives answers; it touches no page of an
 * index, so that it never waits for a disk. What needs one goes to the workers, a bounded number at a time: a request
 * beyond it is answered with 429 at once.
 *
 * A request that takes longer than the deadline is answered with 504, even if a worker is still stuck in it; a worker
 * whose client has gone is told so. All functions are for one thread, the same for all servers.
 */
#ifndef NG_SERVER_HTTP_HTTP_H
#define NG_SERVER_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "server/api/api.h"
#include "server/http/access_log.h"
#include "server/http/address.h"

struct ng_http_options {
    unsigned threads;
    uint64_t queue;            /* requests that may be under way, those that threads work on included */
    uint64_t deadline_seconds; /* of a request; at least 1 */
    uint64_t idle_seconds;     /* after which a silent connection is closed */
    uint64_t header_seconds;   /* in which the head of a request has to come */
    uint64_t drain_seconds;    /* how long requests under way may take once the end was asked for */
    uint64_t header_bytes;
    uint64_t buffered_bytes; /* of requests and answers in memory, over all connections */
    struct ng_access_log *log; /* borrowed; NULL: none */
    void (*reload)(void *context); /* called on SIGHUP */
    void *reload_context;
};

struct ng_http;

/* Starts the workers. api is borrowed. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_http_free. */
int ng_http_new(struct ng_http **http, struct ng_api *api, const struct ng_http_options *options, struct ng_err *err);

/* Listens at "HOST:PORT", "[ADDRESS]:PORT" or "PORT" (of 127.0.0.1); port 0 is any that is free. shown is set to what
 * may follow "http://", and *loopback to whether only this machine can reach it. Errors: NG_ERR_USAGE, NG_ERR_IO. */
int ng_http_listen(struct ng_http *http, const char *address, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                   struct ng_err *err);

/* Takes connections from a socket that listens already, and takes that over: it is closed by ng_http_free, or where
 * this fails. */
int ng_http_listen_fd(struct ng_http *http, int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                      struct ng_err *err);

/* Answers requests until SIGTERM or SIGINT, and then until those under way are answered. */
void ng_http_run(struct ng_http *http);

/* Ends the workers. NULL is fine. */
void ng_http_free(struct ng_http *http);

#endif
