/*
 * Connections: from bytes on a socket to requests, and from answers to bytes. One request at a time on each; the next
 * is read once the answer is out.
 *
 * Why not evhttp: it reads a whole body before it reports the request; it goes on reading, without a bound, while it
 * writes; it mistakes a client that closed its side for one that is gone; and it closes right after an answer, which
 * a client that is still sending then never gets. A filter in front of it cannot fix this: a closing evhttp drops
 * what the filter has not written yet.
 *
 * Rules:
 * - A request may be refused as soon as its head is there, before any of its body is kept.
 * - All bytes that wait in memory are counted, over all connections; beyond the bound a request gets 503.
 * - The head has a deadline and the body a least rate; a request that misses them gets 408. Between requests a
 *   connection may be idle longer.
 * - A connection that ends before its client has sent everything lingers (RFC 9112, 9.6): it reads and drops input for
 *   a while, so that the client gets its answer and not a reset.
 *
 * For the thread of the event loop.
 */
#ifndef NG_SERVER_HTTP_CONN_H
#define NG_SERVER_HTTP_CONN_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "common/base/buf.h"
#include "server/http/head.h"
#include "server/http/trust.h"

struct ng_http_conn;

/* What all connections of a server share. */
struct ng_http_conns {
    struct event_base *base;
    uint64_t header_bytes;
    uint64_t body_bytes;
    uint64_t buffered_bytes_most;
    uint64_t header_seconds;
    uint64_t idle_seconds;
    const struct ng_trust *trust; /* in proxies. Borrowed */
    uint64_t id_prefix;           /* of the request ids that are made here; random */
    uint64_t id_count;
    /* A head arrived: answer the request, or leave it until its body is complete. */
    void (*on_head)(void *context, struct ng_http_conn *conn);
    /* A request that on_head left is complete: answer it now or later. */
    void (*on_request)(void *context, struct ng_http_conn *conn);
    /* The connection of a request that on_request left broke: it is about to be freed. */
    void (*on_broken)(void *context, struct ng_http_conn *conn);
    /* A request has to be refused, with this status; its head may be all defaults. */
    void (*on_refused)(void *context, struct ng_http_conn *conn, int status, const char *why);
    void *context;
    LIST_HEAD(, ng_http_conn) all;
    uint64_t buffered_bytes; /* heads, bodies and answers in memory, those of requests under way included */
};

/* Takes over a socket. Without memory it is closed. */
void ng_http_conn_open(struct ng_http_conns *conns, int fd, const struct sockaddr *peer);

/* Closes all. */
void ng_http_conns_close(struct ng_http_conns *conns);

/* Whether no request is being read, worked on or answered. */
bool ng_http_conns_are_idle(const struct ng_http_conns *conns);

/* The request on the connection, until it is answered. */
const struct ng_http_head *ng_http_conn_head(const struct ng_http_conn *conn);

/* Moves the body out. The caller frees it, and then subtracts its length from buffered_bytes. */
void ng_http_conn_take_body(struct ng_http_conn *conn, struct ng_buf *body);

/* "ADDRESS:PORT" of either end. */
const char *ng_http_conn_peer(const struct ng_http_conn *conn);
const char *ng_http_conn_local(const struct ng_http_conn *conn);

/* Whether the other end is a trusted proxy. */
bool ng_http_conn_is_trusted(const struct ng_http_conn *conn);

/* The id of the request: the one that a trusted proxy gave it, else a new one. Valid until it is answered. */
const char *ng_http_conn_id(struct ng_http_conn *conn);

/* Begins an answer: its first line, Date, and Connection. The caller adds the other fields, an empty line and the body,
 * then ends it: whole says whether all of it was added. An answer cut short by lack of memory ends the connection, which
 * tells the client. close: closes the connection after the answer in any case. */
struct evbuffer *ng_http_conn_begin_answer(struct ng_http_conn *conn, int status, const char *reason, bool close);
void ng_http_conn_end_answer(struct ng_http_conn *conn, bool whole);

/* Whether the client of a request under way has gone. A client that only closed its side, having sent everything,
 * looks the same until something is sent to it. So this sends an interim answer, which every HTTP/1.1 client
 * ignores; if nobody is there any more, it causes a reset that the next call sees. */
bool ng_http_conn_is_gone(struct ng_http_conn *conn);

#endif
