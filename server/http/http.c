#include "server/http/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "server/http/address.h"
#include "server/http/coding.h"
#include "server/http/conn.h"
#include "server/state/workers.h"

/* Lower comes first: sockets are read before what they brought is handed over, so that it is handed over at once. */
enum { SIGNALS = 3 };
enum { PRIORITY_SOCKETS = 0, PRIORITY_HANDOVER = 1, PRIORITIES = 2 };
enum { TICK_MILLISECONDS = 50, GONE_AFTER_NS = 100 * 1000 * 1000, COPY_BYTES = 16384, LISTEN_PAUSE_MILLISECONDS = 100 };

/* When a request arrived, a worker took it, and its search ended; 0: did not happen. */
struct times {
    uint64_t arrived_ns;
    uint64_t taken_ns;
    uint64_t ended_ns;
};

/* A request on its way through the workers. */
struct job {
    struct ng_work work; /* first: a worker gets a pointer to it */
    LIST_ENTRY(job) links; /* all jobs under way */
    struct job *next_done;
    struct ng_http_conn *conn; /* NULL once it was answered without waiting for the worker */
    struct times times;
    enum ng_coding coding;
    enum ng_endpoint endpoint;
    _Atomic bool cancelled;
    struct ng_api_request request;
    struct ng_api_answer answer;
    struct ng_buf body;
    char strings[]; /* path, query and entity tags */
};

struct ng_http {
    struct ng_api *api;
    struct ng_http_options options;
    struct event_base *base;
    struct ng_http_conns conns;
    struct ng_coding_cache packed;
    struct evconnlistener *listeners[NG_MAX_HTTP_LISTENERS];
    size_t listener_count;
    struct event *signals[SIGNALS];
    struct event *handover;
    struct event *done_event;
    struct event *tick;
    struct event *listen_again;
    struct ng_workers *workers;
    LIST_HEAD(, job) jobs; /* under way */
    uint64_t job_count;
    struct job *pending; /* not yet handed over, the last first */
    struct job *pending_last;
    size_t pending_count;
    uint64_t drain_until_ns; /* 0 while not draining */
    unsigned quiet_ticks;    /* since there was nothing under way */
    int done_fd;
    pthread_mutex_t done_lock; /* guards done */
    struct job *done;
};

static enum ng_method method_of(const char *name) {
    static const struct {
        const char *name;
        enum ng_method method;
    } methods[] = {{"GET", NG_METHOD_GET},
                   {"HEAD", NG_METHOD_GET},
                   {"POST", NG_METHOD_POST},
                   {"OPTIONS", NG_METHOD_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(name, methods[i].name) == 0) return methods[i].method;
    }
    return NG_METHOD_OTHER;
}

static void add_field(struct evbuffer *out, const char *name, const char *value) {
    if (value) (void)evbuffer_add_printf(out, "%s: %s\r\n", name, value);
}

/* Who may read the answer, from web pages of another origin. */
static void add_cors(struct evbuffer *out, const char *origin, const struct ng_api_answer *answer) {
    if (!origin) return;
    add_field(out, "Access-Control-Allow-Origin", origin);
    add_field(out, "Access-Control-Expose-Headers", "ETag, Retry-After, Server-Timing, X-Request-Id");
    add_field(out, "Timing-Allow-Origin", origin);
    add_field(out, "Vary", "Origin");
    if (answer->allow && answer->status == 204) {
        add_field(out, "Access-Control-Allow-Methods", answer->allow);
        add_field(out, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    }
}

static void add_times(struct evbuffer *out, const struct times *times) {
    if (times->taken_ns == 0 || times->ended_ns == 0) return;
    (void)evbuffer_add_printf(out, "Server-Timing: queue;dur=%.3f, engine;dur=%.3f\r\n",
                              (double)(times->taken_ns - times->arrived_ns) / 1e6,
                              (double)(times->ended_ns - times->taken_ns) / 1e6);
}

static void add_fields(struct ng_http *http, struct evbuffer *out, const struct ng_api_answer *answer) {
    static const char always[] = "X-Content-Type-Options: nosniff\r\nVary: Accept-Encoding\r\n";
    (void)evbuffer_add(out, always, sizeof always - 1);
    add_field(out, "Cache-Control", answer->may_cache ? "private, no-cache" : "no-store");
    /* Weak: the bytes depend on the coding. */
    if (answer->etag[0]) (void)evbuffer_add_printf(out, "ETag: W/%s\r\n", answer->etag);
    add_field(out, "Content-Type", answer->content_type);
    add_field(out, "Content-Encoding", answer->coding);
    add_field(out, "Content-Security-Policy", answer->policy);
    if (answer->policy) add_field(out, "Referrer-Policy", "no-referrer");
    add_field(out, "Location", answer->location);
    add_field(out, "Allow", answer->allow);
    if (answer->status == 401) add_field(out, "WWW-Authenticate", "Bearer");
    if (answer->takes_password) add_field(out, "WWW-Authenticate", "Basic realm=\"ngidx\", charset=\"UTF-8\"");
    if (answer->retry_seconds > 0) (void)evbuffer_add_printf(out, "Retry-After: %u\r\n", answer->retry_seconds);
    add_cors(out, http->api->cors_origin, answer);
    if (answer->status != 204 && answer->status != 304) (void)evbuffer_add_printf(out, "Content-Length: %zu\r\n", answer->length_bytes);
    (void)evbuffer_add(out, "\r\n", 2);
}

/* Bytes of an answer that the socket's buffer refers to until they are sent. */
struct outgoing {
    struct ng_http *http;
    char *bytes;
};

static void free_outgoing(const void *bytes, size_t length, void *context) {
    (void)bytes;
    struct outgoing *outgoing = context;
    outgoing->http->conns.buffered_bytes -= length;
    free(outgoing->bytes);
    free(outgoing);
}

/* The buffer closes the file when it is sent. Bytes that the file has lost since end the connection. */
static bool add_file(struct evbuffer *out, struct ng_api_answer *answer) {
    if (answer->length_bytes == 0) return true;
    answer->has_file = evbuffer_add_file(out, answer->file, 0, (ev_off_t)answer->length_bytes) != 0;
    return !answer->has_file;
}

static bool add_body(struct ng_http *http, struct evbuffer *out, struct ng_api_answer *answer) {
    if (answer->has_file) return add_file(out, answer);
    struct outgoing *outgoing = answer->length_bytes > COPY_BYTES && answer->owned ? malloc(sizeof *outgoing) : NULL;
    if (outgoing) *outgoing = (struct outgoing){.http = http, .bytes = answer->owned};
    if (outgoing && evbuffer_add_reference(out, answer->bytes, answer->length_bytes, free_outgoing, outgoing) == 0) {
        http->conns.buffered_bytes += answer->length_bytes;
        answer->owned = NULL; /* now the buffer's */
        return true;
    }
    free(outgoing);
    return evbuffer_add(out, answer->bytes, answer->length_bytes) == 0;
}

/* Counts and logs an answer. */
static void note(struct ng_http *http, struct ng_http_conn *conn, const struct ng_api_request *request,
                 const struct ng_api_answer *answer, uint64_t arrived_ns) {
    uint64_t nanoseconds = ng_clock_ns() - arrived_ns;
    ng_metrics_count(http->api->metrics, answer->endpoint, answer->status, nanoseconds);
    if (!http->options.log) return;
    const struct ng_http_head *head = ng_http_conn_head(conn);
    const char *peer = ng_http_conn_peer(conn);
    char client[INET6_ADDRSTRLEN];
    struct ng_access access = {.client = peer, .id = ng_http_conn_id(conn), .method = head->method};
    if (ng_http_conn_is_trusted(conn) && ng_trust_client(&http->options.trust, head, client)) {
        access.client = client;
        access.proxy = peer;
    }
    ng_access_log_write(http->options.log, &access, request, answer, nanoseconds);
}

/* Gives an answer to its client, and frees it. */
static void reply(struct ng_http *http, struct ng_http_conn *conn, const struct ng_api_request *request,
                  struct ng_api_answer *answer, const struct times *times, bool close) {
    if (answer->owned && answer->length_bytes > COPY_BYTES &&
        http->conns.buffered_bytes + answer->length_bytes > http->options.buffered_bytes) {
        ng_api_refuse(request, answer, 503, "answers in memory have reached this server's limit", "try again soon");
    }
    note(http, conn, request, answer, times->arrived_ns);
    struct evbuffer *out = ng_http_conn_begin_answer(conn, answer->status, ng_api_reason(answer->status),
                                                     close || http->drain_until_ns > 0);
    add_field(out, "X-Request-Id", ng_http_conn_id(conn));
    add_times(out, times);
    add_fields(http, out, answer);
    bool whole = strcmp(ng_http_conn_head(conn)->method, "HEAD") == 0 || add_body(http, out, answer);
    ng_http_conn_end_answer(conn, whole);
    ng_api_answer_free(answer);
}

static void link_job(struct ng_http *http, struct job *job) {
    LIST_INSERT_HEAD(&http->jobs, job, links);
    http->job_count++;
    if (!evtimer_pending(http->tick, NULL)) {
        const struct timeval interval = {.tv_usec = TICK_MILLISECONDS * 1000};
        (void)event_add(http->tick, &interval);
    }
}

static void drop_job(struct ng_http *http, struct job *job) {
    LIST_REMOVE(job, links);
    http->job_count--;
    http->conns.buffered_bytes -= job->body.length;
    ng_api_answer_free(&job->answer);
    ng_buf_free(&job->body);
    free(job);
}

/* On a worker's thread. */
static void run_jobs(void *context, struct ng_work *const *works, size_t count) {
    struct ng_http *http = context;
    const struct ng_api_request *requests[NG_WORKERS_TOGETHER];
    struct ng_api_answer *answers[NG_WORKERS_TOGETHER];
    struct ng_metrics *metrics = http->api->metrics;
    uint64_t taken_ns = ng_clock_ns();
    ng_metrics_take(metrics, count, taken_ns);
    for (size_t i = 0; i < count; i++) {
        struct job *job = (struct job *)(void *)works[i];
        requests[i] = &job->request;
        answers[i] = &job->answer;
    }
    ng_api_answer_together(http->api, requests, answers, count);
    uint64_t ended_ns = ng_clock_ns();
    for (size_t i = 0; i < count; i++) {
        struct job *job = (struct job *)(void *)works[i];
        job->times.taken_ns = taken_ns;
        job->times.ended_ns = ended_ns;
        ng_coding_pack(job->coding, &job->answer);
    }
    (void)atomic_fetch_sub_explicit(&metrics->running, count, memory_order_relaxed);
    (void)pthread_mutex_lock(&http->done_lock);
    bool wake = !http->done;
    for (size_t i = 0; i < count; i++) {
        struct job *job = (struct job *)(void *)works[i];
        job->next_done = http->done;
        http->done = job;
    }
    (void)pthread_mutex_unlock(&http->done_lock);
    uint64_t one = 1;
    if (wake) (void)!write(http->done_fd, &one, sizeof one);
}

static void on_done(evutil_socket_t fd, short what, void *context) {
    (void)what;
    struct ng_http *http = context;
    uint64_t times;
    (void)!read((int)fd, &times, sizeof times);
    (void)pthread_mutex_lock(&http->done_lock);
    struct job *job = http->done;
    http->done = NULL;
    (void)pthread_mutex_unlock(&http->done_lock);
    while (job) {
        struct job *next = job->next_done;
        if (job->conn) reply(http, job->conn, &job->request, &job->answer, &job->times, false);
        drop_job(http, job);
        job = next;
    }
    ng_access_log_flush(http->options.log);
}

static void on_handover(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct ng_http *http = context;
    if (!http->pending) return;
    ng_metrics_queue(http->api->metrics, http->pending_count, ng_clock_ns());
    ng_workers_push(http->workers, &http->pending->work, &http->pending_last->work, http->pending_count);
    http->pending = NULL;
    http->pending_last = NULL;
    http->pending_count = 0;
}

static void queue_job(struct ng_http *http, struct job *job) {
    link_job(http, job);
    job->work.light = ng_api_is_light(&job->request);
    if (http->pending_last) http->pending_last->work.next = &job->work;
    else http->pending = job;
    http->pending_last = job;
    http->pending_count++;
    if (http->pending_count == NG_WORKERS_TOGETHER) on_handover(-1, 0, http);
    else if (http->pending_count == 1) event_active(http->handover, EV_TIMEOUT, 0);
}

static size_t string_bytes(const char *string) {
    return string ? strlen(string) + 1 : 0;
}

/* Copies a string to *at, and moves that behind it. NULL stays NULL. */
static const char *copy_string(const char *string, char **at) {
    char *copy = *at;
    if (!string) return NULL;
    *at = stpcpy(copy, string) + 1;
    return copy;
}

/* A job with its own copy of what the client sent: the request may be answered, and gone, before the worker is done. */
static struct job *make_job(struct ng_http_conn *conn, const struct ng_api_request *request) {
    struct job *job = calloc(1, sizeof *job + string_bytes(request->path) + string_bytes(request->query) +
                                    string_bytes(request->if_none_match) + string_bytes(request->via));
    if (!job) return NULL;
    char *at = job->strings;
    ng_http_conn_take_body(conn, &job->body);
    /* What was asked of the head at the door stays behind. */
    job->request = (struct ng_api_request){.method = request->method,
                                           .path = copy_string(request->path, &at),
                                           .body = job->body.data,
                                           .body_bytes = job->body.length,
                                           .cancelled = &job->cancelled};
    job->request.query = copy_string(request->query, &at);
    job->request.if_none_match = copy_string(request->if_none_match, &at);
    job->request.via = copy_string(request->via, &at);
    job->coding = ng_coding_choose(ng_http_conn_head(conn)->accept_encoding);
    job->conn = conn;
    return job;
}

static struct ng_api_request read_request(const struct ng_http_conn *conn) {
    const struct ng_http_head *head = ng_http_conn_head(conn);
    return (struct ng_api_request){.method = method_of(head->method),
                                   .path = head->path,
                                   .query = head->query,
                                   .body_bytes = (size_t)head->content_length,
                                   .authorization = head->authorization,
                                   .host = head->host,
                                   .local_host = ng_http_conn_local(conn),
                                   .origin = head->origin,
                                   .content_type = head->content_type,
                                   .via = head->via,
                                   .if_none_match = head->if_none_match,
                                   .encoded = head->encoded};
}

static void on_refused(void *context, struct ng_http_conn *conn, int status, const char *why) {
    struct ng_http *http = context;
    struct ng_api_request request = read_request(conn);
    struct ng_api_answer answer = {.endpoint = ng_api_endpoint(&request)};
    ng_api_refuse(&request, &answer, status, why, NULL);
    reply(http, conn, &request, &answer, &(struct times){.arrived_ns = ng_clock_ns()}, true);
    ng_access_log_flush(http->options.log);
}

static void on_head(void *context, struct ng_http_conn *conn) {
    struct ng_http *http = context;
    struct ng_api_request request = read_request(conn);
    struct ng_api_answer answer;
    const struct times times = {.arrived_ns = ng_clock_ns()};
    if (!ng_api_admit(http->api, &request, &answer)) return;
    ng_coding_pack_static(&http->packed, ng_coding_choose(ng_http_conn_head(conn)->accept_encoding), &answer);
    reply(http, conn, &request, &answer, &times, false);
    ng_access_log_flush(http->options.log);
}

static void on_broken(void *context, struct ng_http_conn *conn) {
    struct ng_http *http = context;
    struct job *job = LIST_FIRST(&http->jobs);
    while (job && job->conn != conn) job = LIST_NEXT(job, links);
    if (!job) return;
    note(http, conn, &job->request, &(struct ng_api_answer){.endpoint = job->endpoint, .status = 499}, job->times.arrived_ns);
    job->conn = NULL;
    if (!atomic_exchange(&job->cancelled, true)) (void)atomic_fetch_add(&http->api->metrics->cancelled, 1);
}

static void on_request(void *context, struct ng_http_conn *conn) {
    struct ng_http *http = context;
    struct ng_api_request request = read_request(conn);
    struct ng_api_answer answer = {.endpoint = ng_api_endpoint(&request)};
    const struct times times = {.arrived_ns = ng_clock_ns()};
    struct job *job = NULL;
    if (http->job_count >= http->options.queue) {
        ng_api_refuse(&request, &answer, 429, "this server has its maximum of requests under way",
                      "try again soon");
    } else {
        job = make_job(conn, &request);
        if (!job) ng_api_refuse(&request, &answer, 503, "out of memory", NULL);
    }
    if (!job) {
        reply(http, conn, &request, &answer, &times, false);
        return;
    }
    job->times = times;
    job->endpoint = answer.endpoint;
    job->request.deadline_ns = times.arrived_ns + http->options.deadline_seconds * UINT64_C(1000000000);
    queue_job(http, job);
}

/* A worker may be stuck where it looks at no clock, in a page that does not come: its client is answered anyway. */
static void give_up(struct ng_http *http, struct job *job) {
    struct ng_api_answer answer = {.endpoint = job->endpoint};
    ng_api_refuse(&job->request, &answer, 504, "the request took longer than this server allows", NULL);
    reply(http, job->conn, &job->request, &answer, &(struct times){.arrived_ns = job->times.arrived_ns}, false);
    job->conn = NULL;
    atomic_store(&job->cancelled, true);
}

static void look_after(struct ng_http *http, struct job *job, uint64_t now_ns) {
    if (!job->conn) return;
    if (now_ns > job->request.deadline_ns + UINT64_C(1000000) * TICK_MILLISECONDS) {
        give_up(http, job);
    } else if (now_ns - job->times.arrived_ns > GONE_AFTER_NS && !atomic_load(&job->cancelled) &&
               ng_http_conn_is_gone(job->conn)) {
        atomic_store(&job->cancelled, true);
        (void)atomic_fetch_add(&http->api->metrics->cancelled, 1);
    }
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct ng_http *http = context;
    uint64_t now_ns = ng_clock_ns();
    struct job *job;
    LIST_FOREACH(job, &http->jobs, links) look_after(http, job, now_ns);
    if (http->drain_until_ns > 0) {
        bool quiet = http->job_count == 0 && ng_http_conns_are_idle(&http->conns);
        http->quiet_ticks = quiet ? http->quiet_ticks + 1 : 0;
        /* Some quiet, so that a client that had just sent a request gets it answered. */
        if (http->quiet_ticks > 4 || now_ns > http->drain_until_ns) (void)event_base_loopbreak(http->base);
    } else if (http->job_count == 0) {
        return;
    }
    const struct timeval interval = {.tv_usec = TICK_MILLISECONDS * 1000};
    (void)event_add(http->tick, &interval);
}

static void on_signal(evutil_socket_t number, short what, void *context) {
    (void)what;
    struct ng_http *http = context;
    if (number == SIGHUP) {
        ng_access_log_reopen(http->options.log);
        http->options.reload(http->options.reload_context);
        return;
    }
    if (http->drain_until_ns > 0) { /* asked twice */
        (void)event_base_loopbreak(http->base);
        return;
    }
    atomic_store(&http->api->draining, true);
    http->drain_until_ns = ng_clock_ns() + http->options.drain_seconds * UINT64_C(1000000000);
    for (size_t i = 0; i < http->listener_count; i++) evconnlistener_free(http->listeners[i]);
    http->listener_count = 0;
    on_tick(-1, 0, http);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int length,
                      void *context) {
    (void)listener;
    (void)length;
    struct ng_http *http = context;
    ng_http_conn_open(&http->conns, (int)fd, peer);
}

/* No file descriptor is free for another connection, so clients that wait must wait a little longer. */
static void on_listen_error(struct evconnlistener *listener, void *context) {
    (void)listener;
    struct ng_http *http = context;
    const struct timeval pause = {.tv_usec = LISTEN_PAUSE_MILLISECONDS * 1000};
    for (size_t i = 0; i < http->listener_count; i++) (void)evconnlistener_disable(http->listeners[i]);
    (void)event_add(http->listen_again, &pause);
}

static void on_listen_again(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct ng_http *http = context;
    for (size_t i = 0; i < http->listener_count; i++) (void)evconnlistener_enable(http->listeners[i]);
}

int ng_http_listen(struct ng_http *http, int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                   struct ng_err *err) {
    const int on = 1;
    if (http->listener_count == NG_MAX_HTTP_LISTENERS) {
        (void)close(fd);
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u addresses to listen at", NG_MAX_HTTP_LISTENERS);
    }
    (void)evutil_make_socket_nonblocking(fd);
    /* Connections inherit it: the end of an answer does not wait for the client to acknowledge its beginning. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Enabled below, where a failure shows. */
    unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED;
    struct evconnlistener *listener = evconnlistener_new(http->base, on_accept, http, flags, 0, fd);
    if (!listener || evconnlistener_enable(listener) != 0) {
        if (listener) evconnlistener_free(listener);
        else (void)close(fd);
        return ng_err_nomem(err, 0, "a socket");
    }
    evconnlistener_set_error_cb(listener, on_listen_error);
    http->listeners[http->listener_count++] = listener;
    ng_http_describe(fd, shown, loopback);
    return NG_OK;
}

void ng_http_run(struct ng_http *http) {
    (void)event_base_dispatch(http->base);
}

static int make_conns(struct ng_http *http, struct ng_err *err) {
    http->base = event_base_new();
    if (!http->base || event_base_priority_init(http->base, PRIORITIES) != 0) {
        return ng_err_nomem(err, 0, "an event loop");
    }
    http->conns = (struct ng_http_conns){.base = http->base,
                                         .header_bytes = http->options.header_bytes,
                                         .body_bytes = http->api->limits.body_bytes,
                                         .buffered_bytes_most = http->options.buffered_bytes,
                                         .header_seconds = http->options.header_seconds,
                                         .idle_seconds = http->options.idle_seconds,
                                         .trust = &http->options.trust,
                                         .on_head = on_head,
                                         .on_request = on_request,
                                         .on_broken = on_broken,
                                         .on_refused = on_refused,
                                         .context = http};
    uint64_t *prefix = &http->conns.id_prefix;
    if (getrandom(prefix, sizeof *prefix, 0) != sizeof *prefix) return ng_err_sys(err, errno, "cannot draw a random number");
    return NG_OK;
}

static int make_events(struct ng_http *http, struct ng_err *err) {
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    http->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (http->done_fd < 0) return ng_err_sys(err, errno, "cannot make an event descriptor");
    http->done_event = event_new(http->base, http->done_fd, EV_READ | EV_PERSIST, on_done, http);
    http->handover = event_new(http->base, -1, 0, on_handover, http);
    http->tick = evtimer_new(http->base, on_tick, http);
    http->listen_again = evtimer_new(http->base, on_listen_again, http);
    if (!http->done_event || !http->handover || !http->tick || !http->listen_again) {
        return ng_err_nomem(err, 0, "events");
    }
    (void)event_priority_set(http->handover, PRIORITY_HANDOVER);
    if (event_add(http->done_event, NULL) != 0) return ng_err_nomem(err, 0, "events");
    for (size_t i = 0; i < SIGNALS; i++) {
        http->signals[i] = evsignal_new(http->base, numbers[i], on_signal, http);
        if (!http->signals[i] || evsignal_add(http->signals[i], NULL) != 0) return ng_err_nomem(err, 0, "events");
    }
    return NG_OK;
}

int ng_http_new(struct ng_http **made, struct ng_api *api, const struct ng_http_options *options, struct ng_err *err) {
    struct ng_http *http = calloc(1, sizeof *http);
    if (!http) return ng_err_nomem(err, sizeof *http, "the server");
    http->api = api;
    http->options = *options;
    http->done_fd = -1;
    (void)pthread_mutex_init(&http->done_lock, NULL);
    int status = make_conns(http, err);
    if (!status) status = make_events(http, err);
    if (!status) status = ng_workers_start(&http->workers, options->threads, run_jobs, http, err);
    if (status) {
        ng_http_free(http);
        return status;
    }
    *made = http;
    return NG_OK;
}

static void free_event(struct event *event) {
    if (event) event_free(event);
}

void ng_http_free(struct ng_http *http) {
    if (!http) return;
    struct job *job;
    LIST_FOREACH(job, &http->jobs, links) atomic_store(&job->cancelled, true);
    on_handover(-1, 0, http);
    ng_workers_stop(http->workers);
    struct job *next;
    for (job = LIST_FIRST(&http->jobs); job; job = next) {
        next = LIST_NEXT(job, links);
        drop_job(http, job);
    }
    for (size_t i = 0; i < SIGNALS; i++) free_event(http->signals[i]);
    free_event(http->done_event);
    free_event(http->handover);
    free_event(http->tick);
    free_event(http->listen_again);
    for (size_t i = 0; i < http->listener_count; i++) evconnlistener_free(http->listeners[i]);
    ng_http_conns_close(&http->conns);
    ng_coding_cache_free(&http->packed);
    if (http->base) event_base_free(http->base);
    if (http->done_fd >= 0) (void)close(http->done_fd);
    (void)pthread_mutex_destroy(&http->done_lock);
    free(http);
}
