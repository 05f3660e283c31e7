#include "query/remote/exchange.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "query/remote/flight.h"
#include "query/remote/lookup.h"

/* How often the caller is asked whether to go on. */
enum { POLL_MS = 10 };

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

/* ---- Silence ---- */

static struct ng_remote_silence *silence_of(const struct ng_flight *flight) {
    return &flight->remote->silences[flight->exchange->part][flight->replica];
}

/* Whether this exchange may ask its replica. */
static bool may_ask(struct ng_flight *flight) {
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
static void note_outcome(struct ng_flight *flight, enum outcome outcome) {
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

/* ---- Outcomes ---- */

static void fail(struct ng_flight *flight, int status, const char *why) {
    struct ng_part_exchange *exchange = flight->exchange;
    free(exchange->answer);
    exchange->answer = NULL;
    ng_err_clear(&exchange->err);
    if (flight->tries) note_outcome(flight, UNKNOWN);
    exchange->status = ng_err_set(&exchange->err, status, "part %zu of the index, %s, %s", exchange->part + 1,
                                  ng_flight_address(flight)->shown, why);
    flight->over = true;
}

static void send_or_fail(struct ng_flight *flight) {
    if (!ng_flight_send(flight)) fail(flight, NG_ERR_NOMEM, "is not asked: out of memory");
}

/* Why there is no answer, or none that is one. */
static void explain(const struct ng_flight *flight, char why[NG_FLIGHT_SHOWN_BYTES + 64]) {
    const size_t room = NG_FLIGHT_SHOWN_BYTES + 64;
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
static void choose(struct ng_flight *flight) {
    size_t count = flight->exchange->replica == NG_ANY_REPLICA ? flight->remote->addresses.parts[flight->exchange->part].count : 1;
    for (; !may_ask(flight); flight->replica = (flight->replica + 1) % count) {
        if (--flight->tries_left > 0) continue;
        fail(flight, NG_ERR_REMOTE, "did not answer earlier questions in time, and is not asked this one");
        return;
    }
    flight->sent_ns = ng_clock_ns();
    flight->deadline_ns = flight->sent_ns + flight->remote->timeout_ns / count;
    ng_flight_drop_lookup(flight);
    if (!*ng_flight_connection(flight)) flight->lookup = ng_flight_start_lookup(flight);
}

/* Asks the next replica; or gives up. */
static void try_next(struct ng_flight *flight, int status, const char *why) {
    const struct ng_remote_part *part = &flight->remote->addresses.parts[flight->exchange->part];
    if (--flight->tries_left == 0) {
        fail(flight, status, why);
        return;
    }
    flight->replica = (flight->replica + 1) % part->count;
    choose(flight);
    if (!flight->over) send_or_fail(flight);
}

static void try_next_address(struct ng_flight *flight) {
    flight->address++;
    ng_flight_drop_connection(flight);
    send_or_fail(flight);
}

/* Takes what came of a request that has ended. */
static void settle(struct ng_flight *flight) {
    char why[NG_FLIGHT_SHOWN_BYTES + 64];
    struct ng_part_exchange *exchange = flight->exchange;
    if (ng_flight_has_next_address(flight)) {
        try_next_address(flight);
        return;
    }
    if (flight->http_status != 0 || !flight->kept) note_outcome(flight, ANSWERED);
    if (flight->http_status != 0) ng_flight_remember_address(flight);
    if (flight->no_memory) {
        fail(flight, NG_ERR_NOMEM, "is not heard: out of memory");
    } else if (flight->http_status == HTTP_OK && flight->well_typed) {
        exchange->status = NG_OK;
        flight->over = true;
        if (exchange->replica == NG_ANY_REPLICA) atomic_store(&flight->remote->preferred[exchange->part], flight->replica);
    } else if (flight->http_status == HTTP_OK) {
        ng_flight_drop_connection(flight);
        try_next(flight, NG_ERR_REMOTE, "gave an answer of the wrong type: it is no ngidxd");
    } else if (flight->http_status == 0 && flight->kept) {
        ng_flight_drop_connection(flight);
        send_or_fail(flight);
    } else {
        explain(flight, why);
        if (flight->http_status == 0) ng_flight_drop_connection(flight);
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
static void expire(struct ng_flight *flight) {
    char why[64];
    (void)snprintf(why, sizeof why, "%s within %" PRIu64 " s",
                   flight->waits ? "could not be looked up" : "did not answer",
                   (flight->deadline_ns - flight->sent_ns + 500000000) / 1000000000);
    ng_flight_drop_connection(flight);
    note_outcome(flight, TIMED_OUT);
    try_next(flight, NG_ERR_REMOTE, why);
}

static void start(struct ng_flight *flight, struct ng_remote *remote, struct ng_remote_channel *channel,
                  struct ng_part_exchange *exchange) {
    size_t count = remote->addresses.parts[exchange->part].count;
    bool any = exchange->replica == NG_ANY_REPLICA;
    *flight = (struct ng_flight){.remote = remote,
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
static void fly(struct ng_remote_channel *channel, struct ng_flight *flights, size_t count, const struct ng_cancel *cancel) {
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
            struct ng_flight *flight = &flights[i];
            bool found = flight->waits && ng_remote_lookup_ended(flight->lookup, 0);
            if (!flight->over && found) send_or_fail(flight);
            if (!flight->over && flight->ended) settle(flight);
            else if (!flight->over && ng_flight_address_is_silent(flight, now)) try_next_address(flight);
            else if (!flight->over && now > flight->deadline_ns) expire(flight);
            if (!flight->over && (cancelled || lost)) {
                ng_flight_drop_connection(flight);
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
    struct ng_flight *flights = channel ? calloc(count, sizeof *flights) : NULL;
    if (flights) {
        /* All names are looked up side by side. */
        for (size_t i = 0; i < count; i++) start(&flights[i], remote, channel, &exchanges[i]);
        for (size_t i = 0; i < count; i++) {
            if (!flights[i].over) send_or_fail(&flights[i]);
        }
        fly(channel, flights, count, cancel);
        for (size_t i = 0; i < count; i++) ng_flight_drop_lookup(&flights[i]);
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
