#include "server/http/conn.h"

#include <event2/bufferevent.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "server/api/api.h"
#include "server/http/address.h"

/* Room for the head of an answer. */
enum { ANSWER_HEAD_BYTES = 4096 };

enum { ID_CHARS = 32 };
enum { LINGER_SECONDS = 30, LINGER_SILENT_SECONDS = 5, KEPT_HEAD_BYTES = 4096 };
static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";

enum state {
    CONN_HEAD,   /* reads a head, or is idle */
    CONN_BODY,   /* reads a body */
    CONN_BUSY,   /* has a request that is worked on */
    CONN_ANSWER, /* writes an answer */
    CONN_SKIP,   /* drops the rest of a body that was answered before it came */
    CONN_LINGER  /* drops whatever comes, until the client closes */
};

struct ng_http_conn {
    struct ng_http_conns *conns;
    LIST_ENTRY(ng_http_conn) links;
    struct bufferevent *socket;
    struct event *timer;
    uint64_t timer_due_ns; /* 0: is not set. It may ring early, and is then set anew */
    uint64_t deadline_ns;  /* 0: none */
    uint64_t began_ns;     /* to send the head, or the body */
    uint64_t counted_bytes;
    enum state state;
    bool whole;  /* all of the request was read */
    bool close;  /* after the answer */
    bool lost;   /* there was no memory for the head of the answer */
    bool probed; /* whether the client is still there */
    bool trusted;
    const char *id; /* of the request; NULL: not yet */
    char made_id[ID_CHARS + 1];
    struct ng_http_scan scan;
    struct ng_http_head parsed;
    struct ng_http_chunks chunks;
    uint64_t left_bytes; /* of a body with a length */
    struct ng_buf head;
    struct ng_buf body;
    char peer[NG_HTTP_ADDRESS_BYTES];
    char local[NG_HTTP_ADDRESS_BYTES];
};

const struct ng_http_head *ng_http_conn_head(const struct ng_http_conn *conn) {
    return &conn->parsed;
}

const char *ng_http_conn_peer(const struct ng_http_conn *conn) {
    return conn->peer;
}

const char *ng_http_conn_local(const struct ng_http_conn *conn) {
    return conn->local;
}

bool ng_http_conn_is_trusted(const struct ng_http_conn *conn) {
    return conn->trusted;
}

const char *ng_http_conn_id(struct ng_http_conn *conn) {
    const char *given = conn->trusted ? conn->parsed.request_id : NULL;
    if (!conn->id && given && ng_trust_id_is_well(given)) conn->id = given;
    if (!conn->id) {
        (void)snprintf(conn->made_id, sizeof conn->made_id, "%016" PRIx64 "%08" PRIx64, conn->conns->id_prefix,
                       conn->conns->id_count++);
        conn->id = conn->made_id;
    }
    return conn->id;
}

static uint64_t seconds_ns(uint64_t seconds) {
    return seconds * UINT64_C(1000000000);
}

static struct evbuffer *input(const struct ng_http_conn *conn) {
    return bufferevent_get_input(conn->socket);
}

/* Counts what the connection holds. */
static void count_bytes(struct ng_http_conn *conn, uint64_t bytes) {
    conn->conns->buffered_bytes += bytes - conn->counted_bytes;
    conn->counted_bytes = bytes;
}

static void close_now(struct ng_http_conn *conn) {
    count_bytes(conn, 0);
    LIST_REMOVE(conn, links);
    if (conn->timer) event_free(conn->timer);
    if (conn->socket) bufferevent_free(conn->socket); /* and its file descriptor */
    ng_buf_free(&conn->head);
    ng_buf_free(&conn->body);
    free(conn);
}

static void start_timer(struct ng_http_conn *conn, uint64_t now_ns) {
    uint64_t wait_ns = conn->deadline_ns > now_ns ? conn->deadline_ns - now_ns : 0;
    const struct timeval wait = {.tv_sec = (time_t)(wait_ns / 1000000000),
                                 .tv_usec = (suseconds_t)(wait_ns % 1000000000 / 1000)};
    conn->timer_due_ns = event_add(conn->timer, &wait) == 0 ? conn->deadline_ns : 0;
}

/* Most deadlines never pass, so a later one does not touch the timer. */
static void set_deadline(struct ng_http_conn *conn, uint64_t now_ns, uint64_t deadline_ns) {
    conn->deadline_ns = deadline_ns;
    if (deadline_ns > 0 && (conn->timer_due_ns == 0 || conn->timer_due_ns > deadline_ns)) start_timer(conn, now_ns);
}

static void refuse(struct ng_http_conn *conn, int status, const char *why) {
    conn->close = true;
    conn->conns->on_refused(conn->conns->context, conn, status, why);
}

/* An eighth of the room is for small requests alone: a flood of large bodies does not shut them out. */
static bool has_room(const struct ng_http_conn *conn, size_t bytes) {
    uint64_t most = conn->conns->buffered_bytes_most;
    if (conn->body.length + bytes > NG_MAX_HTTP_SMALL_BYTES) most -= most / 8;
    return bytes == 0 || conn->conns->buffered_bytes + bytes <= most;
}

static bool append(struct ng_http_conn *conn, struct ng_buf *buf, const uint8_t *bytes, size_t length) {
    if (has_room(conn, length) && ng_buf_append(buf, bytes, length, NULL) == NG_OK) {
        count_bytes(conn, conn->counted_bytes + length);
        return true;
    }
    refuse(conn, 503, "requests in memory have reached this server's limit");
    return false;
}

static void complete(struct ng_http_conn *conn) {
    conn->whole = true;
    conn->state = CONN_BUSY;
    conn->conns->on_request(conn->conns->context, conn);
}

static void start_request(struct ng_http_conn *conn) {
    struct ng_http_head *head = &conn->parsed;
    int status = ng_http_head_parse(head, (char *)conn->head.data, conn->head.length);
    if (status) {
        refuse(conn, status, head->why);
        return;
    }
    conn->left_bytes = head->content_length;
    conn->whole = !head->chunked && head->content_length == 0;
    conn->conns->on_head(conn->conns->context, conn);
    if (conn->state != CONN_HEAD) return; /* was answered */
    if (conn->whole) {
        complete(conn);
        return;
    }
    conn->state = CONN_BODY;
    conn->began_ns = ng_clock_ns();
    if (head->expects_continue) (void)bufferevent_write(conn->socket, interim, sizeof interim - 1);
}

static size_t read_head(struct ng_http_conn *conn, const uint8_t *bytes, size_t length) {
    if (conn->head.length == 0) conn->began_ns = ng_clock_ns();
    size_t taken = ng_http_scan(&conn->scan, bytes, length);
    if (conn->head.length + taken > conn->conns->header_bytes) {
        if (conn->scan.lines == 0) refuse(conn, 414, "the URL is longer than this server allows");
        else refuse(conn, 431, "the head of the request is larger than this server allows");
    } else if (append(conn, &conn->head, bytes, taken)) {
        if (conn->scan.state == NG_HTTP_SCAN_WHOLE) start_request(conn);
        if (conn->scan.state == NG_HTTP_SCAN_BROKEN)
            refuse(conn, 400, "the head of the request holds a control character, or a line without CR LF");
    }
    return taken;
}

static size_t read_chunks(struct ng_http_conn *conn, const uint8_t *bytes, size_t length) {
    const uint8_t *data;
    size_t data_length;
    size_t taken = ng_http_chunks_read(&conn->chunks, bytes, length, &data, &data_length);
    if (conn->chunks.state == NG_HTTP_CHUNK_BROKEN) {
        refuse(conn, 400, "the chunks of the body are malformed");
    } else if (conn->chunks.size + data_length > conn->conns->body_bytes - conn->body.length) {
        refuse(conn, 413, "the body is larger than this server allows");
    } else if (append(conn, &conn->body, data, data_length) && conn->chunks.state == NG_HTTP_CHUNK_END) {
        complete(conn);
    }
    return taken;
}

static size_t read_body(struct ng_http_conn *conn, const uint8_t *bytes, size_t length) {
    if (conn->parsed.chunked) return read_chunks(conn, bytes, length);
    size_t taken = length < conn->left_bytes ? length : (size_t)conn->left_bytes;
    conn->left_bytes -= taken;
    if (append(conn, &conn->body, bytes, taken) && conn->left_bytes == 0) complete(conn);
    return taken;
}

static void expect_request(struct ng_http_conn *conn) {
    conn->state = CONN_HEAD;
    conn->whole = false;
    conn->probed = false;
    conn->id = NULL;
    conn->parsed = (struct ng_http_head){.method = "-", .path = "*"};
    conn->scan = (struct ng_http_scan){0};
    conn->chunks = (struct ng_http_chunks){0};
    conn->head.length = 0;
    if (conn->head.capacity > KEPT_HEAD_BYTES) ng_buf_free(&conn->head);
    ng_buf_free(&conn->body);
    count_bytes(conn, 0);
    uint64_t now_ns = ng_clock_ns();
    set_deadline(conn, now_ns, now_ns + seconds_ns(conn->conns->idle_seconds));
}

static size_t skip(struct ng_http_conn *conn, size_t length) {
    size_t taken = length < conn->left_bytes ? length : (size_t)conn->left_bytes;
    conn->left_bytes -= taken;
    if (conn->left_bytes == 0) expect_request(conn);
    return taken;
}

/* The time that is left to send what has begun. */
static void set_read_deadline(struct ng_http_conn *conn) {
    uint64_t now_ns = ng_clock_ns();
    uint64_t end_ns = conn->began_ns + seconds_ns(conn->conns->header_seconds);
    uint64_t idle_ns = now_ns + seconds_ns(conn->conns->idle_seconds);
    if (conn->state == CONN_HEAD && conn->head.length == 0) return;
    if (conn->state == CONN_BODY) end_ns += seconds_ns(conn->body.length / NG_MIN_HTTP_BODY_RATE);
    set_deadline(conn, now_ns, end_ns < idle_ns ? end_ns : idle_ns);
}

static bool is_reading(const struct ng_http_conn *conn) {
    return conn->state == CONN_HEAD || conn->state == CONN_BODY || conn->state == CONN_SKIP;
}

/* Reads what came, up to the end of one request. */
static void read_input(struct ng_http_conn *conn) {
    struct evbuffer_iovec piece;
    while (is_reading(conn) && evbuffer_peek(input(conn), -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
        size_t taken;
        switch (conn->state) {
        case CONN_HEAD: taken = read_head(conn, piece.iov_base, piece.iov_len); break;
        case CONN_BODY: taken = read_body(conn, piece.iov_base, piece.iov_len); break;
        default: taken = skip(conn, piece.iov_len);
        }
        (void)evbuffer_drain(input(conn), taken);
    }
    if (is_reading(conn)) {
        set_read_deadline(conn);
        return;
    }
    /* What the client sends meanwhile waits in its socket, but for the last piece that was read. */
    (void)bufferevent_disable(conn->socket, EV_READ);
    count_bytes(conn, conn->counted_bytes + evbuffer_get_length(input(conn)));
    conn->deadline_ns = 0;
}

static void on_read(struct bufferevent *socket, void *context) {
    (void)socket;
    struct ng_http_conn *conn = context;
    if (conn->state != CONN_LINGER) {
        read_input(conn);
        return;
    }
    (void)evbuffer_drain(input(conn), evbuffer_get_length(input(conn)));
    uint64_t now_ns = ng_clock_ns();
    uint64_t silent_ns = now_ns + seconds_ns(LINGER_SILENT_SECONDS);
    uint64_t end_ns = conn->began_ns + seconds_ns(LINGER_SECONDS);
    set_deadline(conn, now_ns, silent_ns < end_ns ? silent_ns : end_ns);
}

static void linger(struct ng_http_conn *conn) {
    conn->state = CONN_LINGER;
    conn->began_ns = ng_clock_ns();
    count_bytes(conn, 0);
    ng_buf_free(&conn->head);
    ng_buf_free(&conn->body);
    (void)shutdown((int)bufferevent_getfd(conn->socket), SHUT_WR);
    (void)bufferevent_enable(conn->socket, EV_READ);
    on_read(conn->socket, conn);
}

/* All that was to be written is with the system. */
static void on_written(struct bufferevent *socket, void *context) {
    (void)socket;
    struct ng_http_conn *conn = context;
    if (conn->state != CONN_ANSWER) return;
    if (conn->close) {
        if (conn->whole && evbuffer_get_length(input(conn)) == 0) close_now(conn);
        else linger(conn);
        return;
    }
    bool rest = !conn->whole;
    expect_request(conn);
    if (rest) {
        conn->state = CONN_SKIP;
        conn->began_ns = ng_clock_ns();
    }
    (void)bufferevent_enable(conn->socket, EV_READ);
    read_input(conn);
}

/* The other side has closed, or does not read what is written. A request that is worked on may be behind an interim
 * answer that cannot be sent. */
static void on_event(struct bufferevent *socket, short what, void *context) {
    (void)socket;
    (void)what;
    struct ng_http_conn *conn = context;
    if (conn->state == CONN_BUSY) conn->conns->on_broken(conn->conns->context, conn);
    close_now(conn);
}

static void on_timer(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct ng_http_conn *conn = context;
    uint64_t now_ns = ng_clock_ns();
    conn->timer_due_ns = 0;
    if (conn->deadline_ns == 0) return;
    if (conn->deadline_ns > now_ns) {
        start_timer(conn, now_ns);
    } else if (conn->state == CONN_BODY || (conn->state == CONN_HEAD && conn->head.length > 0)) {
        refuse(conn, 408, "the request did not arrive in time");
        read_input(conn);
    } else {
        close_now(conn);
    }
}

struct evbuffer *ng_http_conn_begin_answer(struct ng_http_conn *conn, int status, const char *reason, bool close) {
    struct evbuffer *out = bufferevent_get_output(conn->socket);
    const struct ng_http_head *head = &conn->parsed;
    /* A small rest of a body is passed over; a large one, or one that may never come, ends the connection. */
    bool short_rest = !head->chunked && !head->expects_continue && conn->left_bytes <= NG_MAX_HTTP_SMALL_BYTES;
    if (close || !head->keep_alive || (!conn->whole && !short_rest)) conn->close = true;
    time_t now = time(NULL);
    struct tm parts;
    char date[32] = "";
    if (gmtime_r(&now, &parts)) (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    conn->lost = evbuffer_expand(out, ANSWER_HEAD_BYTES) != 0; /* what follows then needs no more memory */
    (void)evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, reason, date);
    if (conn->close) (void)evbuffer_add_printf(out, "Connection: close\r\n");
    else if (head->old) (void)evbuffer_add_printf(out, "Connection: keep-alive\r\n");
    return out;
}

void ng_http_conn_end_answer(struct ng_http_conn *conn, bool whole) {
    struct evbuffer *out = bufferevent_get_output(conn->socket);
    conn->state = CONN_ANSWER;
    if (!whole || conn->lost) conn->close = true;
    if (conn->lost) (void)evbuffer_drain(out, evbuffer_get_length(out));
    (void)bufferevent_enable(conn->socket, EV_WRITE);
    if (evbuffer_get_length(out) == 0) bufferevent_trigger(conn->socket, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

void ng_http_conn_take_body(struct ng_http_conn *conn, struct ng_buf *body) {
    *body = conn->body;
    conn->body = (struct ng_buf){0};
    conn->counted_bytes -= body->length;
}

bool ng_http_conn_is_gone(struct ng_http_conn *conn) {
    struct pollfd socket = {.fd = (int)bufferevent_getfd(conn->socket), .events = POLLRDHUP};
    if (poll(&socket, 1, 0) <= 0) return false;
    if (socket.revents & (POLLHUP | POLLERR)) return true;
    if (conn->parsed.old || conn->probed || !(socket.revents & POLLRDHUP)) return false;
    if (evbuffer_get_length(bufferevent_get_output(conn->socket)) > 0) return false; /* which is a probe as well */
    conn->probed = true;
    (void)send(socket.fd, interim, sizeof interim - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return false;
}

void ng_http_conn_open(struct ng_http_conns *conns, int fd, const struct sockaddr *peer) {
    struct ng_http_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        (void)close(fd);
        return;
    }
    bool loopback;
    conn->conns = conns;
    LIST_INSERT_HEAD(&conns->all, conn, links);
    conn->trusted = ng_trust_has(conns->trust, peer);
    ng_http_show_address(peer, conn->peer, &loopback);
    ng_http_describe(fd, conn->local, &loopback);
    conn->socket = bufferevent_socket_new(conns->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!conn->socket) (void)close(fd);
    else conn->timer = evtimer_new(conns->base, on_timer, conn);
    if (!conn->timer) {
        close_now(conn);
        return;
    }
    const struct timeval stuck = {.tv_sec = (time_t)conns->idle_seconds};
    (void)bufferevent_set_timeouts(conn->socket, NULL, &stuck);
    bufferevent_setcb(conn->socket, on_read, on_written, on_event, conn);
    expect_request(conn);
    if (bufferevent_enable(conn->socket, EV_READ) != 0) close_now(conn);
}

bool ng_http_conns_are_idle(const struct ng_http_conns *conns) {
    const struct ng_http_conn *conn = LIST_FIRST(&conns->all);
    while (conn && conn->state == CONN_HEAD && conn->head.length == 0) conn = LIST_NEXT(conn, links);
    return !conn;
}

void ng_http_conns_close(struct ng_http_conns *conns) {
    struct ng_http_conn *next;
    for (struct ng_http_conn *conn = LIST_FIRST(&conns->all); conn; conn = next) {
        next = LIST_NEXT(conn, links);
        close_now(conn);
    }
}
