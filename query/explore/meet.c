/* Which hits of a document meet all clauses. */
#include <stdlib.h>

#include "common/base/buf.h"
#include "common/base/order.h"
#include "query/explore/matches.h"

int ng_match_add(struct ng_match_list *list, uint64_t position, uint64_t phrase, struct ng_err *err) {
    struct ng_match *items = ng_array_grow(list->items, sizeof *items, list->count, &list->capacity, "matches", err);
    if (!items) return NG_ERR_NOMEM;
    list->items = items;
    list->items[list->count++] = (struct ng_match){.position = position, .phrase = phrase};
    return NG_OK;
}

/* Whether one of the positions, each that of length bytes, is at most within bytes from [begin, end). */
static bool is_near(const uint64_t *positions, size_t count, uint64_t length, uint64_t begin, uint64_t end,
                    uint64_t within) {
    uint64_t reach = length > UINT64_MAX - within ? UINT64_MAX : length + within;
    uint64_t least = begin > reach ? begin - reach : 0;
    size_t low = 0;
    NG_ORDER_SEEK(low, count, middle, positions[middle] < least);
    return low < count && (positions[low] <= end || positions[low] - end <= within);
}

static bool clause_met(const struct ng_condition *c, size_t clause, const struct ng_occurrences *o, bool near,
                       uint64_t begin, uint64_t end) {
    bool found = false;
    for (size_t p = 0; p < c->phrase_count && !found; p++) {
        if (c->phrases[p].clause != clause) continue;
        uint64_t length = c->phrases[p].bytes.length_bytes;
        found = near ? is_near(o->positions[p], o->counts[p], length, begin, end, c->within_bytes) : o->counts[p] > 0;
    }
    return found != c->negated[clause];
}

static bool others_met(const struct ng_condition *c, const struct ng_occurrences *o, bool near, uint64_t begin,
                       uint64_t end) {
    for (size_t clause = 1; clause < c->clause_count; clause++) {
        if (!clause_met(c, clause, o, near, begin, end)) return false;
    }
    return true;
}

/* The phrase of the first clause whose next occurrence comes first; the shorter number first where they start alike. */
static size_t next_phrase(const struct ng_condition *c, const struct ng_occurrences *o, const size_t *at) {
    size_t best = SIZE_MAX;
    for (size_t p = 0; p < c->phrase_count && c->phrases[p].clause == 0; p++) {
        if (at[p] == o->counts[p]) continue;
        if (best == SIZE_MAX || o->positions[p][at[p]] < o->positions[best][at[best]]) best = p;
    }
    return best;
}

int ng_condition_meet(const struct ng_condition *c, const struct ng_occurrences *o, struct ng_match_list *hits,
                      struct ng_err *err) {
    size_t at[NG_MAX_CLAUSE_PHRASES] = {0};
    if (!c->is_within && !others_met(c, o, false, 0, 0)) return NG_OK;
    for (size_t p; (p = next_phrase(c, o, at)) != SIZE_MAX;) {
        uint64_t begin = o->positions[p][at[p]++];
        if (c->is_within && !others_met(c, o, true, begin, begin + c->phrases[p].bytes.length_bytes)) continue;
        int status = ng_match_add(hits, begin, p, err);
        if (status || c->unique_docs) return status;
    }
    return NG_OK;
}
