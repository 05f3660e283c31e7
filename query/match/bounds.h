/*
 * What is known of where a text matches a shard. Internal to the query library.
 *
 * Let L(e) be the least begin such that text[begin, e) occurs in the shard. L never decreases as e grows, since a
 * piece of what occurs occurs (these are the matching statistics of Chang and Lawler, "Sublinear approximate string
 * matching", 1994, told by ends instead of beginnings). So one backward search, which finds L at one end, bounds it
 * at all others: what fails there fails for every longer piece around it, what is found settles all pieces inside.
 */
#ifndef NG_QUERY_MATCH_BOUNDS_H
#define NG_QUERY_MATCH_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "query/match/probe.h"

struct ng_known_fact {
    uint64_t end;
    uint64_t low;  /* low <= L(end) <= high */
    uint64_t high;
};

/* Facts in ascending order of end, with a gap where the last one was put in (a gap buffer), so that adding them
 * from left to right moves nothing. Zero-initialised memory knows nothing. */
struct ng_known {
    struct ng_known_fact *facts; /* owned */
    struct ng_probe_path *paths; /* of the last search from each fact's end; apart, as seldom asked for; owned */
    size_t count;
    size_t capacity;
    size_t gap;  /* facts before the gap */
    size_t last; /* the fact that was asked for last: the next tends to be near */
};

/* Forgets all, keeps the memory. */
void ng_known_clear(struct ng_known *known);

/* Learns the answer to a probe. Errors: NG_ERR_NOMEM. */
int ng_known_add(struct ng_known *known, const struct ng_probe *probe, struct ng_err *err);

/* low <= L(end) <= high, and L is at most high for all ends up to reach >= end. */
struct ng_known_bounds {
    uint64_t low;
    uint64_t high;
    uint64_t reach;
};
struct ng_known_bounds ng_known_bounds(struct ng_known *known, uint64_t end);

/* Sets probe->near to what is known nearest to its end; valid until the next fact is added. */
void ng_known_set_near(struct ng_known *known, struct ng_probe *probe);

/* The number of the fact with the largest end of those by which text[begin, end) occurs; there is one. */
size_t ng_known_reach(const struct ng_known *known, uint64_t begin);

/* Fact number i < known->count, and the path of the last search from its end. */
const struct ng_known_fact *ng_known_at(const struct ng_known *known, size_t i);
const struct ng_probe_path *ng_known_path(const struct ng_known *known, size_t i);

/* Idempotent. */
void ng_known_free(struct ng_known *known);

#endif
