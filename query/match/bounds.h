/*
 * What is known about where a text matches a shard. Internal to the query library.
 *
 * Let L(e) be the least begin such that text[begin, e) occurs in the shard. L never decreases as e grows, because every
 * piece of a string that occurs also occurs. (These are the matching statistics of Chang and Lawler, "Sublinear
 * approximate string matching", 1994, indexed by end instead of begin.) So one backward search finds L at one end and
 * bounds it at all others: if a piece fails, every longer piece around it fails; if it is found, so are all pieces
 * inside.
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

/* Facts in ascending order of end, with a gap where the last one was inserted (a gap buffer), so that adding them
 * from left to right moves nothing. Zero-initialised memory knows nothing. */
struct ng_known {
    struct ng_known_fact *facts; /* owned */
    struct ng_probe_path *paths; /* of the last search from each fact's end; kept apart because rarely used; owned */
    size_t count;
    size_t capacity;
    size_t gap;  /* facts before the gap */
    size_t last; /* the fact used last: the next tends to be near */
};

/* Forgets everything but keeps the memory. */
void ng_known_clear(struct ng_known *known);

/* Adds the answer to a probe. Errors: NG_ERR_NOMEM. */
int ng_known_add(struct ng_known *known, const struct ng_probe *probe, struct ng_err *err);

/* What is known at an end: low <= L(end) <= high, and L is at most high for all ends up to reach >= end. */
struct ng_known_bounds {
    uint64_t low;
    uint64_t high;
    uint64_t reach;
};
struct ng_known_bounds ng_known_bounds(struct ng_known *known, uint64_t end);

/* Sets probe->near to the paths whose ends are nearest to its end; valid until the next fact is added. */
void ng_known_set_near(struct ng_known *known, struct ng_probe *probe);

/* The number of the fact with the largest end such that text[begin, end) is known to occur. There must be one. */
size_t ng_known_reach(const struct ng_known *known, uint64_t begin);

/* Fact number i < known->count, and the path of the last search from its end. */
const struct ng_known_fact *ng_known_at(const struct ng_known *known, size_t i);
const struct ng_probe_path *ng_known_path(const struct ng_known *known, size_t i);

/* Idempotent. */
void ng_known_free(struct ng_known *known);

#endif
