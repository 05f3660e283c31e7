/*
 * Connections: from bytes on a socket to requests, and from answers to bytes. One request at a time on each; the next
 * is read once the answer is out.
 *
 * Why not evhttp: it reads a whole body before it tells of the request, it goes on reading, without a bound, while it
 * writes, it takes a client that closed its side for one that is gone, and it closes at once after an answer, which a
 * client that is still sending then never gets. A filter in front of it cannot mend this: a closing evhttp drops what
 * the filter has not written yet.
 *
 * What this keeps to:
 * - A request may be refused as soon as its head is there, before any of its body is kept.
 * - All bytes that wait in memory are counted, over all connections; past the bound a request is answered with 503.
 * - The head has a deadline, and the body a least rate: 408 past it. Between requests a connection may be idle longer.
 * - A connection that ends before its client has sent all is closed lingering (RFC 9112, 9.6): what comes is read and
 *   dropped for a while, so that the client gets its answer and no reset.
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

struct ng_http_conn;

/* What all connections of a server share. */
struct ng_http_conns {
    struct event_base *base;
    uint64_t header_bytes;
    uint64_t body_bytes;
    uint64_t buffered_bytes_most;
    uint64_t header_seconds;
    uint64_t idle_seconds;
    /* A head came: answer the request, or leave it until its body is there. */
    void (*on_head)(void *context, struct ng_http_conn *conn);
    /* The whole of a request came that on_head left: to be answered now or later. */
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

/* Moves the body out: the caller frees it, and takes its length off buffered_bytes then. */
void ng_http_conn_take_body(struct ng_http_conn *conn, struct ng_buf *body);

/* "ADDRESS:PORT" of either end. */
const char *ng_http_conn_peer(const struct ng_http_conn *conn);
const char *ng_http_conn_local(const struct ng_http_conn *conn);

/* Begins an answer: its first line, Date, and Connection. The caller adds the other fields, an empty line and the body,
 * then ends it. close: the connection is closed after it in any case. */
struct evbuffer *ng_http_conn_begin_answer(struct ng_http_conn *conn, int status, const char *reason, bool close);
void ng_http_conn_end_answer(struct ng_http_conn *conn);

/* Whether the client of a request under way has gone. One that only closed its side, having said all, looks the same as
 * one that is gone, until something is sent to it: so an interim answer, which every client of HTTP/1.1 passes over, is
 * sent, and where nobody is there any more it brings a reset by the next call. */
bool ng_http_conn_is_gone(struct ng_http_conn *conn);

#endif
