#include "server/http/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/http_impl.h"
#include "server/state/workers.h"

/* Lower comes first: sockets are read before what they brought is handed over, so that it is handed over at once. */
enum { SIGNALS = 3 };
enum { PRIORITY_SOCKETS = 0, PRIORITY_HANDOVER = 1, PRIORITIES = 2 };
enum { TICK_MILLISECONDS = 50, GONE_AFTER_NS = 100 * 1000 * 1000, COPY_BYTES = 16384, LISTEN_PAUSE_MILLISECONDS = 100 };

/* A request on its way through the workers. */
struct job {
    struct ng_work work; /* first: a worker gets a pointer to it */
    struct job *next;    /* all jobs under way */
    struct job *before;
    struct job *next_done;
    struct evhttp_request *http_request; /* NULL once it was answered without waiting for the worker */
    int fd;
    uint64_t arrived_ns;
    enum ng_endpoint endpoint;
    _Atomic bool cancelled;
    struct ng_api_request request;
    struct ng_api_answer answer;
    char strings[]; /* path, query, then the body */
};

struct ng_http {
    struct ng_http *next_server;
    struct ng_api *api;
    struct ng_http_options options;
    struct event_base *base;
    struct evhttp *evhttp;
    struct evconnlistener *listeners[NG_MAX_HTTP_LISTENERS];
    struct evhttp_bound_socket *bound[NG_MAX_HTTP_LISTENERS];
    size_t listener_count;
    struct event *signals[SIGNALS];
    struct event *handover;
    struct event *done_event;
    struct event *tick;
    struct event *listen_again;
    struct ng_workers *workers;
    struct job *jobs;    /* under way */
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

static const char *method_name(const struct evhttp_request *request) {
    switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET: return "GET";
    case EVHTTP_REQ_HEAD: return "HEAD";
    case EVHTTP_REQ_POST: return "POST";
    case EVHTTP_REQ_OPTIONS: return "OPTIONS";
    default: return "OTHER";
    }
}

static enum ng_method method_of(const struct evhttp_request *request) {
    switch (evhttp_request_get_command(request)) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD: return NG_METHOD_GET;
    case EVHTTP_REQ_POST: return NG_METHOD_POST;
    case EVHTTP_REQ_OPTIONS: return NG_METHOD_OPTIONS;
    default: return NG_METHOD_OTHER;
    }
}

static void add_headers(struct ng_http *http, struct evhttp_request *request, const struct ng_api_answer *answer) {
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    if (answer->content_type) (void)evhttp_add_header(headers, "Content-Type", answer->content_type);
    (void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    (void)evhttp_add_header(headers, "Cache-Control", "no-store");
    if (answer->page) {
        (void)evhttp_add_header(headers, "Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                                "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                                "frame-ancestors 'none'");
        (void)evhttp_add_header(headers, "Referrer-Policy", "no-referrer");
    }
    if (answer->allow) (void)evhttp_add_header(headers, "Allow", answer->allow);
    if (answer->status == 401) (void)evhttp_add_header(headers, "WWW-Authenticate", "Bearer");
    if (answer->retry_seconds > 0) (void)evhttp_add_header(headers, "Retry-After", "1");
    if (http->api->cors_origin) {
        (void)evhttp_add_header(headers, "Access-Control-Allow-Origin", http->api->cors_origin);
        (void)evhttp_add_header(headers, "Vary", "Origin");
        if (answer->allow && answer->status == 204) {
            (void)evhttp_add_header(headers, "Access-Control-Allow-Methods", answer->allow);
            (void)evhttp_add_header(headers, "Access-Control-Allow-Headers", "Authorization, Content-Type");
        }
    }
    if (http->drain_until_ns > 0) (void)evhttp_add_header(headers, "Connection", "close");
}

static void free_bytes(const void *bytes, size_t length, void *context) {
    (void)bytes;
    (void)length;
    free(context);
}

static void add_body(struct evhttp_request *request, struct ng_api_answer *answer) {
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        char length[32];
        (void)snprintf(length, sizeof length, "%zu", answer->length_bytes);
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", length);
        return;
    }
    struct evbuffer *buffer = evhttp_request_get_output_buffer(request);
    if (answer->length_bytes <= COPY_BYTES) {
        (void)evbuffer_add(buffer, answer->bytes, answer->length_bytes);
    } else if (evbuffer_add_reference(buffer, answer->bytes, answer->length_bytes, free_bytes, answer->owned) == 0) {
        answer->owned = NULL; /* now the buffer's */
    }
}

static void write_log(struct ng_http *http, struct evhttp_request *http_request, const struct ng_api_request *request,
                      const struct ng_api_answer *answer, uint64_t nanoseconds) {
    if (!http->options.log) return;
    char *address = NULL;
    ev_uint16_t port = 0;
    char client[NG_HTTP_ADDRESS_BYTES] = "-";
    struct evhttp_connection *connection = evhttp_request_get_connection(http_request);
    if (connection) evhttp_connection_get_peer(connection, &address, &port);
    if (address) (void)snprintf(client, sizeof client, "%s:%u", address, (unsigned)port);
    ng_access_log_write(http->options.log, client, method_name(http_request), request, answer, nanoseconds);
}

/* Gives an answer to its client, and frees it. */
static void reply(struct ng_http *http, struct evhttp_request *http_request, const struct ng_api_request *request,
                  struct ng_api_answer *answer, uint64_t arrived_ns) {
    uint64_t nanoseconds = ng_api_now_ns() - arrived_ns;
    ng_metrics_count(http->api->metrics, answer->endpoint, answer->status, nanoseconds);
    write_log(http, http_request, request, answer, nanoseconds);
    add_headers(http, http_request, answer);
    add_body(http_request, answer);
    evhttp_send_reply(http_request, answer->status, ng_api_reason(answer->status), NULL);
    ng_api_answer_free(answer);
}

static void link_job(struct ng_http *http, struct job *job) {
    job->next = http->jobs;
    if (job->next) job->next->before = job;
    http->jobs = job;
    http->job_count++;
    if (!evtimer_pending(http->tick, NULL)) {
        const struct timeval interval = {.tv_usec = TICK_MILLISECONDS * 1000};
        (void)event_add(http->tick, &interval);
    }
}

static void drop_job(struct ng_http *http, struct job *job) {
    if (job->next) job->next->before = job->before;
    if (job->before) job->before->next = job->next;
    else http->jobs = job->next;
    http->job_count--;
    ng_api_answer_free(&job->answer);
    free(job);
}

/* On a worker's thread. */
static void run_jobs(void *context, struct ng_work *const *works, size_t count) {
    struct ng_http *http = context;
    const struct ng_api_request *requests[NG_WORKERS_TOGETHER];
    struct ng_api_answer *answers[NG_WORKERS_TOGETHER];
    struct ng_metrics *metrics = http->api->metrics;
    (void)atomic_fetch_sub_explicit(&metrics->queued, count, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metrics->running, count, memory_order_relaxed);
    for (size_t i = 0; i < count; i++) {
        struct job *job = (struct job *)(void *)works[i];
        requests[i] = &job->request;
        answers[i] = &job->answer;
    }
    ng_api_answer_together(http->api, requests, answers, count);
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
        if (job->http_request) reply(http, job->http_request, &job->request, &job->answer, job->arrived_ns);
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
    (void)atomic_fetch_add_explicit(&http->api->metrics->queued, http->pending_count, memory_order_relaxed);
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

/* A job with its own copy of what the client sent: the request may be answered, and gone, before the worker is done. */
static struct job *make_job(struct evhttp_request *http_request, const struct ng_api_request *request) {
    size_t path_bytes = strlen(request->path) + 1;
    size_t query_bytes = request->query ? strlen(request->query) + 1 : 0;
    struct job *job = calloc(1, sizeof *job + path_bytes + query_bytes + request->body_bytes);
    if (!job) return NULL;
    char *path = memcpy(job->strings, request->path, path_bytes);
    job->request = *request;
    job->request.path = path;
    if (request->query) job->request.query = memcpy(path + path_bytes, request->query, query_bytes);
    char *body = path + path_bytes + query_bytes;
    (void)evbuffer_remove(evhttp_request_get_input_buffer(http_request), body, request->body_bytes);
    job->request.body = (const uint8_t *)body;
    job->request.authorization = NULL; /* was asked for already */
    job->request.cancelled = &job->cancelled;
    job->http_request = http_request;
    return job;
}

static void read_request(struct evhttp_request *http_request, struct ng_api_request *request) {
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(http_request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    *request = (struct ng_api_request){
        .method = method_of(http_request),
        .path = path && *path ? path : "/",
        .query = uri ? evhttp_uri_get_query(uri) : NULL,
        .body_bytes = evbuffer_get_length(evhttp_request_get_input_buffer(http_request)),
        .authorization = evhttp_find_header(evhttp_request_get_input_headers(http_request), "Authorization")};
}

static void on_request(struct evhttp_request *http_request, void *context) {
    struct ng_http *http = context;
    struct ng_api_request request;
    struct ng_api_answer answer;
    uint64_t arrived_ns = ng_api_now_ns();
    read_request(http_request, &request);
    if (ng_api_admit(http->api, &request, &answer)) {
        reply(http, http_request, &request, &answer, arrived_ns);
        ng_access_log_flush(http->options.log);
        return;
    }
    struct job *job = NULL;
    if (http->job_count >= http->options.queue) {
        ng_api_refuse(&request, &answer, 429, "this server has as many requests under way as it takes",
                      "try again soon");
    } else {
        job = make_job(http_request, &request);
        if (!job) ng_api_refuse(&request, &answer, 503, "out of memory", NULL);
    }
    if (!job) {
        reply(http, http_request, &request, &answer, arrived_ns);
        return;
    }
    job->arrived_ns = arrived_ns;
    job->endpoint = answer.endpoint;
    job->request.deadline_ns = arrived_ns + http->options.deadline_seconds * UINT64_C(1000000000);
    struct evhttp_connection *connection = evhttp_request_get_connection(http_request);
    job->fd = (int)bufferevent_getfd(evhttp_connection_get_bufferevent(connection));
    queue_job(http, job);
}

/* evhttp does not read while a request is under way, so the socket is asked. A client that closed its side only, having
 * said all, counts as gone, too: nothing tells the two apart. */
static bool client_gone(const struct job *job) {
    struct pollfd socket = {.fd = job->fd, .events = POLLRDHUP};
    return job->fd >= 0 && poll(&socket, 1, 0) > 0 && (socket.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* A worker may be stuck where it looks at no clock, in a page that does not come: its client is answered anyway. */
static void give_up(struct ng_http *http, struct job *job) {
    struct ng_api_answer answer = {.endpoint = job->endpoint};
    ng_api_refuse(&job->request, &answer, 504, "the request took longer than this server allows", NULL);
    reply(http, job->http_request, &job->request, &answer, job->arrived_ns);
    job->http_request = NULL;
    atomic_store(&job->cancelled, true);
}

static void look_after(struct ng_http *http, struct job *job, uint64_t now_ns) {
    if (!job->http_request) return;
    if (now_ns > job->request.deadline_ns + UINT64_C(1000000) * TICK_MILLISECONDS) {
        give_up(http, job);
    } else if (now_ns - job->arrived_ns > GONE_AFTER_NS && !atomic_load(&job->cancelled) && client_gone(job)) {
        atomic_store(&job->cancelled, true);
        (void)atomic_fetch_add(&http->api->metrics->cancelled, 1);
    }
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    struct ng_http *http = context;
    uint64_t now_ns = ng_api_now_ns();
    for (struct job *job = http->jobs; job; job = job->next) look_after(http, job, now_ns);
    if (http->drain_until_ns > 0) {
        http->quiet_ticks = http->job_count == 0 ? http->quiet_ticks + 1 : 0;
        /* Some quiet, so that answers get out and a client that had just sent a request gets it answered. */
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
    http->drain_until_ns = ng_api_now_ns() + http->options.drain_seconds * UINT64_C(1000000000);
    for (size_t i = 0; i < http->listener_count; i++) evhttp_del_accept_socket(http->evhttp, http->bound[i]);
    http->listener_count = 0;
    on_tick(-1, 0, http);
}

/* The servers of this process. evhttp makes itself the context of its listeners' callbacks; ours has to be found. */
static struct ng_http *servers;

/* No file descriptor is free for another connection: those that wait have to wait a little longer. */
static void on_listen_error(struct evconnlistener *listener, void *context) {
    (void)listener;
    struct ng_http *http = servers;
    while (http && http->evhttp != context) http = http->next_server;
    if (!http) return;
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

int ng_http_listen_fd(struct ng_http *http, int fd, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                      struct ng_err *err) {
    const int on = 1;
    if (http->listener_count == NG_MAX_HTTP_LISTENERS) {
        (void)close(fd);
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u addresses to listen at", NG_MAX_HTTP_LISTENERS);
    }
    (void)evutil_make_socket_nonblocking(fd);
    /* Connections inherit it: the end of an answer does not wait for the client to acknowledge its beginning. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
    struct evconnlistener *listener = evconnlistener_new(http->base, NULL, http, flags, 0, fd);
    if (!listener) {
        (void)close(fd);
        return ng_err_nomem(err, 0, "a socket");
    }
    struct evhttp_bound_socket *bound = evhttp_bind_listener(http->evhttp, listener);
    if (!bound) {
        evconnlistener_free(listener);
        return ng_err_nomem(err, 0, "a socket");
    }
    evconnlistener_set_error_cb(listener, on_listen_error);
    http->listeners[http->listener_count] = listener;
    http->bound[http->listener_count++] = bound;
    ng_http_describe(fd, shown, loopback);
    return NG_OK;
}

int ng_http_listen(struct ng_http *http, const char *address, char shown[NG_HTTP_ADDRESS_BYTES], bool *loopback,
                   struct ng_err *err) {
    int fd = -1;
    int status = ng_http_bind(address, &fd, err);
    return status ? status : ng_http_listen_fd(http, fd, shown, loopback, err);
}

void ng_http_run(struct ng_http *http) {
    (void)event_base_dispatch(http->base);
}

static int make_evhttp(struct ng_http *http, struct ng_err *err) {
    http->base = event_base_new();
    if (!http->base || event_base_priority_init(http->base, PRIORITIES) != 0) {
        return ng_err_nomem(err, 0, "an event loop");
    }
    http->evhttp = evhttp_new(http->base);
    if (!http->evhttp) return ng_err_nomem(err, 0, "an event loop");
    uint64_t body = http->api->limits.body_bytes;
    evhttp_set_max_headers_size(http->evhttp, (ev_ssize_t)http->options.header_bytes);
    /* What is a little too large is told so in the API's own form; what is larger, by evhttp. */
    evhttp_set_max_body_size(http->evhttp, (ev_ssize_t)(2 * body));
    evhttp_set_timeout(http->evhttp, (int)http->options.idle_seconds);
    evhttp_set_default_content_type(http->evhttp, NULL);
    evhttp_set_allowed_methods(http->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
    evhttp_set_gencb(http->evhttp, on_request, http);
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
    int status = make_evhttp(http, err);
    if (!status) status = make_events(http, err);
    if (!status) status = ng_workers_start(&http->workers, options->threads, run_jobs, http, err);
    if (status) {
        ng_http_free(http);
        return status;
    }
    http->next_server = servers;
    servers = http;
    *made = http;
    return NG_OK;
}

static void free_event(struct event *event) {
    if (event) event_free(event);
}

void ng_http_free(struct ng_http *http) {
    if (!http) return;
    for (struct ng_http **link = &servers; *link; link = &(*link)->next_server) {
        if (*link != http) continue;
        *link = http->next_server;
        break;
    }
    for (struct job *job = http->jobs; job; job = job->next) atomic_store(&job->cancelled, true);
    on_handover(-1, 0, http);
    ng_workers_stop(http->workers);
    for (struct job *job = http->jobs; job;) {
        struct job *next = job->next;
        ng_api_answer_free(&job->answer);
        free(job);
        job = next;
    }
    for (size_t i = 0; i < SIGNALS; i++) free_event(http->signals[i]);
    free_event(http->done_event);
    free_event(http->handover);
    free_event(http->tick);
    free_event(http->listen_again);
    if (http->evhttp) evhttp_free(http->evhttp);
    if (http->base) event_base_free(http->base);
    if (http->done_fd >= 0) (void)close(http->done_fd);
    (void)pthread_mutex_destroy(&http->done_lock);
    free(http);
}
