#include "query/remote/exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/json/find.h"
#include "query/remote/lookup.h"

/* How often the caller is asked whether to go on. */
enum { POLL_MS = 10 };

/* The most that connecting to an address may take while there is another: time for a packet that is lost to be sent again
 * (RFC 8305, section 8, has two seconds at most). Addresses are tried one at a time, not side by side as there. */
#define ADDRESS_NS UINT64_C(2000000000)

/* Most names are found sooner than that: it is not worth a turn of the loop. */
enum { LOOKUP_WAIT_MS = 5 };

/* The most of a part's own words in an error. */
enum { DETAIL_BYTES = 4096, SHOWN_BYTES = 300 };

struct ng_remote_channel {
    struct ng_remote_channel *next;
    struct event_base *base;
    struct evhttp_connection *connections[NG_MAX_PARTS][NG_MAX_REPLICAS]; /* NULL: none yet; owned */
};

/* An exchange under way, with one replica after the other. */
struct flight {
    struct ng_remote *remote;
    struct ng_remote_channel *channel;
    struct ng_part_exchange *exchange;
    size_t replica;
    size_t tries_left; /* replicas that are still to be tried, this one included */
    uint64_t sent_ns;
    uint64_t deadline_ns;
    bool kept;         /* the connection had been used before: it may have been closed meanwhile */
    bool again;        /* the last replica was asked once more */
    bool over;         /* the exchange has an outcome */
    bool tries;        /* it is the one that asks a silent replica */
    struct ng_remote_lookup *lookup; /* of the replica's host, for a new connection; NULL: none; owned */
    size_t first;                    /* the one of its addresses to begin with, then those behind it, and around */
    size_t address;                  /* how many of them were tried before, */
    uint64_t address_until_ns;       /* and until when; UINT64_MAX: there is no other, or it has a connection */
    bool waits;                      /* for the end of the lookup */

    /* What came of the request. */
    bool ended;
    int http_status; /* 0: no answer */
    int socket_error;
    enum evhttp_request_error error;
    bool has_error;
    bool well_typed;
    bool no_memory;
    char detail[SHOWN_BYTES];
};

static const struct ng_remote_address *address_of(const struct flight *flight) {
    return &flight->remote->addresses.parts[flight->exchange->part].replicas[flight->replica];
}

static struct evhttp_connection **connection_of(struct flight *flight) {
    return &flight->channel->connections[flight->exchange->part][flight->replica];
}

/* ---- Channels ---- */

static void close_channel(struct ng_remote_channel *channel) {
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        for (size_t r = 0; r < NG_MAX_REPLICAS; r++) {
            if (channel->connections[p][r]) evhttp_connection_free(channel->connections[p][r]);
        }
    }
    if (channel->base) event_base_free(channel->base);
    free(channel);
}

static struct ng_remote_channel *borrow_channel(struct ng_remote *remote) {
    (void)pthread_mutex_lock(&remote->lock);
    struct ng_remote_channel *channel = remote->idle;
    if (channel) remote->idle = channel->next;
    (void)pthread_mutex_unlock(&remote->lock);
    if (channel) {
        (void)event_base_loop(channel->base, EVLOOP_NONBLOCK); /* meets connections that were closed meanwhile */
        return channel;
    }
    channel = calloc(1, sizeof *channel);
    if (channel) channel->base = event_base_new();
    if (channel && channel->base) return channel;
    free(channel);
    return NULL;
}

static void return_channel(struct ng_remote *remote, struct ng_remote_channel *channel) {
    (void)pthread_mutex_lock(&remote->lock);
    channel->next = remote->idle;
    remote->idle = channel;
    (void)pthread_mutex_unlock(&remote->lock);
}

void ng_remote_close_channels(struct ng_remote *remote) {
    while (remote->idle) {
        struct ng_remote_channel *channel = remote->idle;
        remote->idle = channel->next;
        close_channel(channel);
    }
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        for (size_t r = 0; r < NG_MAX_REPLICAS; r++) {
            ng_remote_lookup_free(remote->lookups[p][r]);
            remote->lookups[p][r] = NULL;
        }
    }
}

/* ---- One request ---- */

static void take_error(enum evhttp_request_error error, void *context) {
    struct flight *flight = context;
    flight->has_error = true;
    flight->error = error;
}

/* What a part says of its error (problem+json). */
static void take_detail(struct flight *flight, struct evbuffer *body) {
    char text[DETAIL_BYTES];
    ev_ssize_t length = evbuffer_copyout(body, text, sizeof text);
    if (length <= 0) return;
    struct ng_json_token detail = ng_json_find((const uint8_t *)text, (size_t)length, "detail");
    struct ng_buf room = {0};
    const uint8_t *bytes;
    size_t shown;
    if (!detail.data || !ng_json_token_is_string(detail)) return;
    if (ng_json_token_bytes(detail, &room, &bytes, &shown, NULL) == NG_OK) {
        (void)snprintf(flight->detail, sizeof flight->detail, "%.*s", (int)shown, (const char *)bytes);
    }
    ng_buf_free(&room);
    /* It may go to a terminal. */
    for (char *at = flight->detail; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7F) *at = ' ';
    }
}

static void take_answer(struct evhttp_request *request, void *context) {
    struct flight *flight = context;
    flight->ended = true;
    flight->http_status = request ? evhttp_request_get_response_code(request) : 0;
    flight->socket_error = EVUTIL_SOCKET_ERROR();
    if (flight->http_status == 0) return;
    struct evbuffer *body = evhttp_request_get_input_buffer(request);
    const char *type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");
    flight->well_typed = type && strcasecmp(type, "application/octet-stream") == 0;
    if (flight->http_status != HTTP_OK) {
        take_detail(flight, body);
        return;
    }
    size_t length = evbuffer_get_length(body);
    flight->exchange->answer = malloc(length + 1);
    flight->no_memory = !flight->exchange->answer;
    if (flight->no_memory) return;
    flight->exchange->answer_bytes = length;
    (void)evbuffer_copyout(body, flight->exchange->answer, length);
}

static void drop_lookup(struct flight *flight) {
    ng_remote_lookup_free(flight->lookup);
    flight->lookup = NULL;
    flight->address = 0;
    flight->waits = false;
}

static void drop_connection(struct flight *flight) {
    struct evhttp_connection **connection = connection_of(flight);
    if (*connection) evhttp_connection_free(*connection);
    *connection = NULL;
}

/* A new lookup of the host, or one that has not ended yet: a resolver that does not answer holds one thread for each
 * replica, however many ask. NULL: there is no memory. */
static struct ng_remote_lookup *start_lookup(const struct flight *flight) {
    struct ng_remote *remote = flight->remote;
    struct ng_remote_lookup **last = &remote->lookups[flight->exchange->part][flight->replica];
    (void)pthread_mutex_lock(&remote->lock);
    if (!*last || ng_remote_lookup_ended(*last, 0)) {
        ng_remote_lookup_free(*last);
        *last = ng_remote_lookup_start(address_of(flight)->host);
    }
    struct ng_remote_lookup *lookup = *last ? ng_remote_lookup_share(*last) : NULL;
    (void)pthread_mutex_unlock(&remote->lock);
    return lookup;
}

static size_t count_addresses(const struct flight *flight) {
    size_t count = 0;
    while (ng_remote_lookup_address(flight->lookup, count)) count++;
    return count;
}

/* The host's address that is tried, of at least one. */
static const char *host_address(const struct flight *flight) {
    const size_t count = count_addresses(flight);
    const size_t at = flight->first + flight->address;
    return ng_remote_lookup_address(flight->lookup, at < count ? at : at - count);
}

/* Begins with the address that worked last, wherever a new lookup has it. */
static void recall_address(struct flight *flight) {
    const struct ng_remote_worked *worked = &flight->remote->worked[flight->exchange->part][flight->replica];
    const char *address;
    flight->first = 0;
    (void)pthread_mutex_lock(&flight->remote->lock);
    for (size_t i = 0; (address = ng_remote_lookup_address(flight->lookup, i)) != NULL; i++) {
        if (strcmp(address, worked->address) == 0) flight->first = i;
    }
    (void)pthread_mutex_unlock(&flight->remote->lock);
}

/* The address that was tried last has answered. */
static void remember_address(struct flight *flight) {
    struct ng_remote_worked *worked = &flight->remote->worked[flight->exchange->part][flight->replica];
    if (!flight->lookup || count_addresses(flight) == 0) return; /* the connection is an older one */
    (void)pthread_mutex_lock(&flight->remote->lock);
    (void)snprintf(worked->address, sizeof worked->address, "%s", host_address(flight));
    (void)pthread_mutex_unlock(&flight->remote->lock);
}

/* Until when to wait for a connection to the address: no longer than its share of what is left. */
static uint64_t address_until(const struct flight *flight) {
    uint64_t now = ng_clock_ns();
    uint64_t left = flight->deadline_ns > now ? flight->deadline_ns - now : 0;
    uint64_t count = count_addresses(flight) - flight->address;
    uint64_t share = left / count;
    return count == 1 ? UINT64_MAX : now + (share < ADDRESS_NS ? share : ADDRESS_NS);
}

/* Makes a connection, if there is none; or sets flight->waits, or flight->ended if the host has no address. False: there
 * is no memory. */
static bool connect_replica(struct flight *flight) {
    struct evhttp_connection **connection = connection_of(flight);
    const struct ng_remote_address *address = address_of(flight);
    flight->kept = *connection != NULL;
    flight->address_until_ns = UINT64_MAX;
    if (*connection) return true;
    if (!flight->lookup) flight->lookup = start_lookup(flight);
    if (!flight->lookup) return false;
    flight->waits = !ng_remote_lookup_ended(flight->lookup, LOOKUP_WAIT_MS);
    if (flight->waits) return true;
    flight->ended = ng_remote_lookup_failure(flight->lookup) != NULL;
    if (flight->ended) return true;
    if (flight->address == 0) recall_address(flight);
    *connection = evhttp_connection_base_new(flight->channel->base, NULL, host_address(flight), address->port);
    if (!*connection) return false;
    enum { HEADER_BYTES = 64 << 10 };
    evhttp_connection_set_max_headers_size(*connection, HEADER_BYTES);
    evhttp_connection_set_max_body_size(*connection, (ev_ssize_t)NG_MAX_PART_ANSWER_BYTES);
    evhttp_connection_set_timeout(*connection, 86400); /* the deadline of the exchange is what counts */
    flight->address_until_ns = address_until(flight);
    return true;
}

/* Whom the question went through: this daemon, and those before it. */
static bool add_via(struct evkeyvalq *headers, const struct flight *flight) {
    const char *id = flight->remote->id;
    const char *before = flight->exchange->via;
    char *value = NULL;
    if (!id) return true;
    bool well = asprintf(&value, "%s%s%s", id, before ? "," : "", before ? before : "") >= 0;
    if (well) well = evhttp_add_header(headers, "Ngidx-Via", value) == 0;
    free(value);
    return well;
}

/* ---- Silence ---- */

static struct ng_remote_silence *silence_of(const struct flight *flight) {
    return &flight->remote->silences[flight->exchange->part][flight->replica];
}

/* Whether this exchange may ask its replica. */
static bool may_ask(struct flight *flight) {
    struct ng_remote_silence *silence = silence_of(flight);
    (void)pthread_mutex_lock(&flight->remote->lock);
    bool may = !silence->silent || (!silence->tried && ng_clock_ns() >= silence->rests_until_ns);
    flight->tries = may && silence->silent;
    if (flight->tries) silence->tried = true;
    (void)pthread_mutex_unlock(&flight->remote->lock);
    return may;
}

enum outcome { ANSWERED, TIMED_OUT, UNKNOWN };

/* What came of asking the replica. One that cannot be reached says so at once, and so is not silent. One that answered
 * others meanwhile is busy with a hard question. */
static void note_outcome(struct flight *flight, enum outcome outcome) {
    enum { REST_SHARE = 4 };
    struct ng_remote_silence *silence = silence_of(flight);
    uint64_t now = ng_clock_ns();
    (void)pthread_mutex_lock(&flight->remote->lock);
    if (outcome == ANSWERED) {
        silence->silent = false;
        silence->heard_ns = now;
    } else if (outcome == TIMED_OUT && silence->heard_ns < flight->sent_ns) {
        silence->silent = true;
        silence->rests_until_ns = now + flight->remote->timeout_ns / REST_SHARE;
    }
    if (flight->tries) silence->tried = false;
    flight->tries = false;
    (void)pthread_mutex_unlock(&flight->remote->lock);
}

/* Sends the request to the replica. False: there is no memory. */
static bool send_request(struct flight *flight) {
    flight->ended = flight->has_error = flight->well_typed = flight->no_memory = false;
    flight->http_status = flight->socket_error = 0;
    flight->detail[0] = '\0';
    if (!connect_replica(flight)) return false;
    if (flight->waits || flight->ended) return true;
    struct evhttp_request *request = evhttp_request_new(take_answer, flight);
    if (!request) return false;
    const struct ng_remote_address *address = address_of(flight);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    evhttp_request_set_error_cb(request, take_error);
    bool well = evhttp_add_header(headers, "Host", address->authority) == 0 &&
                evhttp_add_header(headers, "Content-Type", "application/octet-stream") == 0;
    if (well && flight->remote->token) {
        char *value = NULL;
        well = asprintf(&value, "Bearer %s", flight->remote->token) >= 0;
        if (well) well = evhttp_add_header(headers, "Authorization", value) == 0;
        free(value);
    }
    if (well) well = add_via(headers, flight);
    if (well) {
        well = evbuffer_add_reference(evhttp_request_get_output_buffer(request), flight->exchange->request,
                                      flight->exchange->request_bytes, NULL, NULL) == 0;
    }
    if (!well) {
        evhttp_request_free(request);
        return false;
    }
    /* It owns the request from here on, also if it fails. */
    if (evhttp_make_request(*connection_of(flight), request, EVHTTP_REQ_POST, address->path) != 0) flight->ended = true;
    return true;
}

/* ---- Outcomes ---- */

static void fail(struct flight *flight, int status, const char *why) {
    struct ng_part_exchange *exchange = flight->exchange;
    free(exchange->answer);
    exchange->answer = NULL;
    ng_err_clear(&exchange->err);
    if (flight->tries) note_outcome(flight, UNKNOWN);
    exchange->status = ng_err_set(&exchange->err, status, "part %zu of the index, %s, %s", exchange->part + 1,
                                  address_of(flight)->shown, why);
    flight->over = true;
}

static void send_or_fail(struct flight *flight) {
    if (!send_request(flight)) fail(flight, NG_ERR_NOMEM, "is not asked: out of memory");
}

/* Why there is no answer, or none that is one. */
static void explain(const struct flight *flight, char why[SHOWN_BYTES + 64]) {
    const size_t room = SHOWN_BYTES + 64;
    if (flight->http_status != 0) {
        (void)snprintf(why, room, "answered with status %d%s%s", flight->http_status, flight->detail[0] ? ": " : "",
                       flight->detail);
    } else if (flight->has_error && flight->error == EVREQ_HTTP_DATA_TOO_LONG) {
        (void)snprintf(why, room, "gave an answer of over %" PRIu64 " bytes (NG_MAX_PART_ANSWER_BYTES)",
                       NG_MAX_PART_ANSWER_BYTES);
    } else if (flight->has_error && flight->error == EVREQ_HTTP_INVALID_HEADER) {
        (void)snprintf(why, room, "does not speak HTTP");
    } else if (flight->has_error) {
        (void)snprintf(why, room, "closed the connection before it had answered");
    } else if (flight->lookup && ng_remote_lookup_failure(flight->lookup)) {
        (void)snprintf(why, room, "cannot be reached: %s", ng_remote_lookup_failure(flight->lookup));
    } else {
        /* libevent shuts the socket down first, which often fails: ENOTCONN says nothing of the reason. */
        bool has_reason = flight->socket_error && flight->socket_error != ENOTCONN;
        (void)snprintf(why, room, "cannot be reached%s%s", has_reason ? ": " : "",
                       has_reason ? evutil_socket_error_to_string(flight->socket_error) : "");
    }
}

static int status_of(int http_status) {
    switch (http_status) {
    case 400: return NG_ERR_USAGE;
    case 409: return NG_ERR_VERSION; /* another index */
    case 413: return NG_ERR_LIMIT;
    default: return NG_ERR_REMOTE;
    }
}

/* Whether another replica may do better. */
static bool is_passing(int http_status) {
    return http_status == 0 || http_status == 404 || http_status == 409 || http_status == 429 || http_status >= 500;
}

/* Chooses the replica, or the next one that may be asked, and starts to look its host up. The request is still to be
 * sent, unless there is none to ask. */
static void choose(struct flight *flight) {
    size_t count = flight->exchange->replica == NG_ANY_REPLICA ? flight->remote->addresses.parts[flight->exchange->part].count : 1;
    for (; !may_ask(flight); flight->replica = (flight->replica + 1) % count) {
        if (--flight->tries_left > 0) continue;
        fail(flight, NG_ERR_REMOTE, "did not answer earlier questions in time, and is not asked this one");
        return;
    }
    flight->sent_ns = ng_clock_ns();
    flight->deadline_ns = flight->sent_ns + flight->remote->timeout_ns / count;
    drop_lookup(flight);
    if (!*connection_of(flight)) flight->lookup = start_lookup(flight);
}

/* Asks the next replica; or gives up. */
static void try_next(struct flight *flight, int status, const char *why) {
    const struct ng_remote_part *part = &flight->remote->addresses.parts[flight->exchange->part];
    if (--flight->tries_left == 0) {
        fail(flight, status, why);
        return;
    }
    flight->replica = (flight->replica + 1) % part->count;
    choose(flight);
    if (!flight->over) send_or_fail(flight);
}

/* Whether the host could not be reached by this address and has another. */
static bool has_next_address(const struct flight *flight) {
    return flight->http_status == 0 && !flight->kept && !flight->has_error && flight->lookup &&
           flight->address + 1 < count_addresses(flight);
}

static void try_next_address(struct flight *flight) {
    flight->address++;
    drop_connection(flight);
    send_or_fail(flight);
}

/* Whether the address has had its time, and there is no connection yet. */
static bool address_is_silent(struct flight *flight, uint64_t now) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (now <= flight->address_until_ns || !*connection_of(flight)) return false;
    struct bufferevent *stream = evhttp_connection_get_bufferevent(*connection_of(flight));
    bool connected = getpeername(bufferevent_getfd(stream), (struct sockaddr *)&peer, &length) == 0;
    if (connected) flight->address_until_ns = UINT64_MAX;
    return !connected;
}

/* Takes what came of a request that has ended. */
static void settle(struct flight *flight) {
    char why[SHOWN_BYTES + 64];
    struct ng_part_exchange *exchange = flight->exchange;
    if (has_next_address(flight)) {
        try_next_address(flight);
        return;
    }
    if (flight->http_status != 0 || !flight->kept) note_outcome(flight, ANSWERED);
    if (flight->http_status != 0) remember_address(flight);
    if (flight->no_memory) {
        fail(flight, NG_ERR_NOMEM, "is not heard: out of memory");
    } else if (flight->http_status == HTTP_OK && flight->well_typed) {
        exchange->status = NG_OK;
        flight->over = true;
        if (exchange->replica == NG_ANY_REPLICA) atomic_store(&flight->remote->preferred[exchange->part], flight->replica);
    } else if (flight->http_status == HTTP_OK) {
        drop_connection(flight);
        try_next(flight, NG_ERR_REMOTE, "gave an answer of the wrong type: it is no ngidxd");
    } else if (flight->http_status == 0 && flight->kept) {
        drop_connection(flight);
        send_or_fail(flight);
    } else {
        explain(flight, why);
        if (flight->http_status == 0) drop_connection(flight);
        /* What a proxy says where its server has just gone: the next may do. */
        if (flight->tries_left == 1 && !flight->again && (flight->http_status == 502 || flight->http_status == 503)) {
            flight->again = true;
            flight->tries_left++;
        }
        int status = status_of(flight->http_status);
        if (is_passing(flight->http_status)) try_next(flight, status, why);
        else fail(flight, status, why);
    }
}

/* A request that takes too long. Closing its connection tells the part to stop. */
static void expire(struct flight *flight) {
    char why[64];
    (void)snprintf(why, sizeof why, "%s within %" PRIu64 " s",
                   flight->waits ? "could not be looked up" : "did not answer",
                   (flight->deadline_ns - flight->sent_ns + 500000000) / 1000000000);
    drop_connection(flight);
    note_outcome(flight, TIMED_OUT);
    try_next(flight, NG_ERR_REMOTE, why);
}

static void start(struct flight *flight, struct ng_remote *remote, struct ng_remote_channel *channel,
                  struct ng_part_exchange *exchange) {
    size_t count = remote->addresses.parts[exchange->part].count;
    bool any = exchange->replica == NG_ANY_REPLICA;
    *flight = (struct flight){.remote = remote,
                              .channel = channel,
                              .exchange = exchange,
                              .replica = any ? atomic_load(&remote->preferred[exchange->part]) : exchange->replica,
                              .tries_left = any ? count : 1};
    exchange->answer = NULL;
    ng_err_clear(&exchange->err);
    choose(flight);
}

static void wake(evutil_socket_t fd, short what, void *context) {
    (void)fd;
    (void)what;
    (void)context;
}

/* Runs the flights until all are over. */
static void fly(struct ng_remote_channel *channel, struct flight *flights, size_t count, const struct ng_cancel *cancel) {
    const struct timeval poll = {.tv_usec = POLL_MS * 1000};
    struct event *timer = event_new(channel->base, -1, EV_PERSIST, wake, NULL);
    bool lost = !timer || event_add(timer, &poll) != 0;
    size_t open = count;
    while (open > 0) {
        bool cancelled = cancel->asked && cancel->asked(cancel->context);
        if (!lost && !cancelled && event_base_loop(channel->base, EVLOOP_ONCE) < 0) lost = true;
        uint64_t now = ng_clock_ns();
        open = 0;
        for (size_t i = 0; i < count; i++) {
            struct flight *flight = &flights[i];
            bool found = flight->waits && ng_remote_lookup_ended(flight->lookup, 0);
            if (!flight->over && found) send_or_fail(flight);
            if (!flight->over && flight->ended) settle(flight);
            else if (!flight->over && address_is_silent(flight, now)) try_next_address(flight);
            else if (!flight->over && now > flight->deadline_ns) expire(flight);
            if (!flight->over && (cancelled || lost)) {
                drop_connection(flight);
                fail(flight, cancelled ? NG_ERR_CANCELLED : NG_ERR_NOMEM, "had not answered when the call was cancelled");
            }
            open += flight->over ? 0 : 1;
        }
    }
    if (timer) event_free(timer);
}

/* A connection that was closed at the other end is an error of a write, not a signal: for this thread, while it asks. */
struct pipe_guard {
    sigset_t pipe;
    sigset_t before;
    bool pending;
};

static void guard_begin(struct pipe_guard *guard) {
    sigset_t pending;
    (void)sigemptyset(&guard->pipe);
    (void)sigaddset(&guard->pipe, SIGPIPE);
    (void)sigemptyset(&pending);
    (void)sigpending(&pending);
    guard->pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &guard->pipe, &guard->before);
}

static void guard_end(const struct pipe_guard *guard) {
    const struct timespec now = {0};
    if (!guard->pending) (void)sigtimedwait(&guard->pipe, NULL, &now);
    (void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

void ng_remote_exchange(void *context, struct ng_part_exchange *exchanges, size_t count, const struct ng_cancel *cancel) {
    struct ng_remote *remote = context;
    struct pipe_guard guard;
    guard_begin(&guard);
    struct ng_remote_channel *channel = borrow_channel(remote);
    struct flight *flights = channel ? calloc(count, sizeof *flights) : NULL;
    if (flights) {
        /* All names are looked up side by side. */
        for (size_t i = 0; i < count; i++) start(&flights[i], remote, channel, &exchanges[i]);
        for (size_t i = 0; i < count; i++) {
            if (!flights[i].over) send_or_fail(&flights[i]);
        }
        fly(channel, flights, count, cancel);
        for (size_t i = 0; i < count; i++) drop_lookup(&flights[i]);
    }
    for (size_t i = 0; i < count && !flights; i++) {
        ng_err_clear(&exchanges[i].err);
        exchanges[i].answer = NULL;
        exchanges[i].status = ng_err_nomem(&exchanges[i].err, sizeof *flights, "questions to the parts of an index");
    }
    free(flights);
    if (channel) return_channel(remote, channel);
    guard_end(&guard);
}
