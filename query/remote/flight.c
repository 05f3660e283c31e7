#include "query/remote/flight.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/json/find.h"
#include "query/remote/lookup.h"

/* The most that connecting to an address may take while there is another: time for a packet that is lost to be sent again
 * (RFC 8305, section 8, has two seconds at most). Addresses are tried one at a time, not side by side as there. */
#define ADDRESS_NS UINT64_C(2000000000)

/* Most names are found sooner than that: it is not worth a turn of the loop. */
enum { LOOKUP_WAIT_MS = 5 };

/* The most of a part's own words in an error that is read. */
enum { DETAIL_BYTES = 4096 };

/* ---- The answer ---- */

static void take_error(enum evhttp_request_error error, void *context) {
    struct ng_flight *flight = context;
    flight->has_error = true;
    flight->error = error;
}

/* What a part says of its error (problem+json). */
static void take_detail(struct ng_flight *flight, struct evbuffer *body) {
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
    struct ng_flight *flight = context;
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

/* ---- Connections ---- */

void ng_flight_drop_lookup(struct ng_flight *flight) {
    ng_remote_lookup_free(flight->lookup);
    flight->lookup = NULL;
    flight->address = 0;
    flight->waits = false;
}

void ng_flight_drop_connection(struct ng_flight *flight) {
    struct evhttp_connection **connection = ng_flight_connection(flight);
    if (*connection) evhttp_connection_free(*connection);
    *connection = NULL;
}

struct ng_remote_lookup *ng_flight_start_lookup(const struct ng_flight *flight) {
    struct ng_remote *remote = flight->remote;
    struct ng_remote_lookup **last = &remote->lookups[flight->exchange->part][flight->replica];
    (void)pthread_mutex_lock(&remote->lock);
    if (!*last || ng_remote_lookup_ended(*last, 0)) {
        ng_remote_lookup_free(*last);
        *last = ng_remote_lookup_start(ng_flight_address(flight)->host);
    }
    struct ng_remote_lookup *lookup = *last ? ng_remote_lookup_share(*last) : NULL;
    (void)pthread_mutex_unlock(&remote->lock);
    return lookup;
}

static size_t count_addresses(const struct ng_flight *flight) {
    size_t count = 0;
    while (ng_remote_lookup_address(flight->lookup, count)) count++;
    return count;
}

/* The host's address that is tried, of at least one. */
static const char *host_address(const struct ng_flight *flight) {
    const size_t count = count_addresses(flight);
    const size_t at = flight->first + flight->address;
    return ng_remote_lookup_address(flight->lookup, at < count ? at : at - count);
}

/* Begins with the address that worked last, wherever a new lookup has it. */
static void recall_address(struct ng_flight *flight) {
    const struct ng_remote_worked *worked = &flight->remote->worked[flight->exchange->part][flight->replica];
    const char *address;
    flight->first = 0;
    (void)pthread_mutex_lock(&flight->remote->lock);
    for (size_t i = 0; (address = ng_remote_lookup_address(flight->lookup, i)) != NULL; i++) {
        if (strcmp(address, worked->address) == 0) flight->first = i;
    }
    (void)pthread_mutex_unlock(&flight->remote->lock);
}

void ng_flight_remember_address(struct ng_flight *flight) {
    struct ng_remote_worked *worked = &flight->remote->worked[flight->exchange->part][flight->replica];
    if (!flight->lookup || count_addresses(flight) == 0) return; /* the connection is an older one */
    (void)pthread_mutex_lock(&flight->remote->lock);
    (void)snprintf(worked->address, sizeof worked->address, "%s", host_address(flight));
    (void)pthread_mutex_unlock(&flight->remote->lock);
}

/* Until when to wait for a connection to the address: no longer than its share of what is left. */
static uint64_t address_until(const struct ng_flight *flight) {
    uint64_t now = ng_clock_ns();
    uint64_t left = flight->deadline_ns > now ? flight->deadline_ns - now : 0;
    uint64_t count = count_addresses(flight) - flight->address;
    uint64_t share = left / count;
    return count == 1 ? UINT64_MAX : now + (share < ADDRESS_NS ? share : ADDRESS_NS);
}

/* Makes a connection, if there is none; or sets flight->waits, or flight->ended if the host has no address. False: there
 * is no memory. */
static bool connect_replica(struct ng_flight *flight) {
    struct evhttp_connection **connection = ng_flight_connection(flight);
    const struct ng_remote_address *address = ng_flight_address(flight);
    flight->kept = *connection != NULL;
    flight->address_until_ns = UINT64_MAX;
    if (*connection) return true;
    if (!flight->lookup) flight->lookup = ng_flight_start_lookup(flight);
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

bool ng_flight_has_next_address(const struct ng_flight *flight) {
    return flight->http_status == 0 && !flight->kept && !flight->has_error && flight->lookup &&
           flight->address + 1 < count_addresses(flight);
}

bool ng_flight_address_is_silent(struct ng_flight *flight, uint64_t now) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (now <= flight->address_until_ns || !*ng_flight_connection(flight)) return false;
    struct bufferevent *stream = evhttp_connection_get_bufferevent(*ng_flight_connection(flight));
    bool connected = getpeername(bufferevent_getfd(stream), (struct sockaddr *)&peer, &length) == 0;
    if (connected) flight->address_until_ns = UINT64_MAX;
    return !connected;
}

/* ---- The request ---- */

/* Whom the question went through: this daemon, and those before it. */
static bool add_via(struct evkeyvalq *headers, const struct ng_flight *flight) {
    const char *id = flight->remote->id;
    const char *before = flight->exchange->via;
    char *value = NULL;
    if (!id) return true;
    bool well = asprintf(&value, "%s%s%s", id, before ? "," : "", before ? before : "") >= 0;
    if (well) well = evhttp_add_header(headers, "Ngidx-Via", value) == 0;
    free(value);
    return well;
}

bool ng_flight_send(struct ng_flight *flight) {
    flight->ended = flight->has_error = flight->well_typed = flight->no_memory = false;
    flight->http_status = flight->socket_error = 0;
    flight->detail[0] = '\0';
    if (!connect_replica(flight)) return false;
    if (flight->waits || flight->ended) return true;
    struct evhttp_request *request = evhttp_request_new(take_answer, flight);
    if (!request) return false;
    const struct ng_remote_address *address = ng_flight_address(flight);
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
    if (evhttp_make_request(*ng_flight_connection(flight), request, EVHTTP_REQ_POST, address->path) != 0) flight->ended = true;
    return true;
}
