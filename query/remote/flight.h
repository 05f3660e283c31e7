/*
 * One request to one replica of a part: its connection, for which the host's name is looked up and its addresses are tried
 * one after the other, what is sent, and what comes back. Which replica is asked, how often and for how long, is
 * exchange.c's. Internal to query/remote.
 */
#ifndef NG_QUERY_REMOTE_FLIGHT_H
#define NG_QUERY_REMOTE_FLIGHT_H

#include <event2/http.h>

#include "query/remote/replicas.h"

/* The most of a part's own words in an error. */
enum { NG_FLIGHT_SHOWN_BYTES = 300 };

struct ng_remote_channel {
    struct ng_remote_channel *next;
    struct event_base *base;
    struct evhttp_connection *connections[NG_MAX_PARTS][NG_MAX_REPLICAS]; /* NULL: none yet; owned */
};

/* An exchange under way. exchange.c takes it from one replica to the next; here the present one is asked. */
struct ng_flight {
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
    char detail[NG_FLIGHT_SHOWN_BYTES];
};

static inline const struct ng_remote_address *ng_flight_address(const struct ng_flight *flight) {
    return &flight->remote->addresses.parts[flight->exchange->part].replicas[flight->replica];
}

static inline struct evhttp_connection **ng_flight_connection(struct ng_flight *flight) {
    return &flight->channel->connections[flight->exchange->part][flight->replica];
}

/* A new lookup of the host, or one that has not ended yet: a resolver that does not answer holds one thread for each
 * replica, however many ask. NULL: there is no memory. */
struct ng_remote_lookup *ng_flight_start_lookup(const struct ng_flight *flight);

void ng_flight_drop_lookup(struct ng_flight *flight);
void ng_flight_drop_connection(struct ng_flight *flight);

/* Sends the request to the replica; or sets flight->waits, or flight->ended if that cannot be. What comes of it is in the
 * flight once it has ended. False: there is no memory. */
bool ng_flight_send(struct ng_flight *flight);

/* Whether the host could not be reached by this address and has another. */
bool ng_flight_has_next_address(const struct ng_flight *flight);

/* Whether the address has had its time, and there is no connection yet. */
bool ng_flight_address_is_silent(struct ng_flight *flight, uint64_t now);

/* The address that was tried last has answered. */
void ng_flight_remember_address(struct ng_flight *flight);

#endif
