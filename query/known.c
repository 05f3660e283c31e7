#include "query/known.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct ng_known_fact *at(const struct ng_known *known, size_t i) {
    return &known->facts[i < known->gap ? i : i + (known->capacity - known->count)];
}

const struct ng_known_fact *ng_known_at(const struct ng_known *known, size_t i) {
    return at(known, i);
}

void ng_known_clear(struct ng_known *known) {
    known->count = 0;
    known->gap = 0;
}

/* The number of facts whose end is below end. Mostly that is near the gap, so it is looked for from there outwards, in
 * growing strides. */
static size_t find(const struct ng_known *known, uint64_t end) {
    size_t low = known->gap;
    size_t high = known->gap;
    for (size_t stride = 1; low > 0 && at(known, low - 1)->end >= end; stride *= 2) {
        high = low - 1;
        low -= low < stride ? low : stride;
    }
    for (size_t stride = 1; high < known->count && at(known, high)->end < end; stride *= 2) {
        low = high + 1;
        high += known->count - high < stride ? known->count - high : stride;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at(known, middle)->end < end) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void move_gap(struct ng_known *known, size_t to) {
    size_t width = known->capacity - known->count;
    struct ng_known_fact *facts = known->facts;
    if (to < known->gap) {
        memmove(facts + to + width, facts + to, (known->gap - to) * sizeof *facts);
    } else if (to > known->gap) {
        memmove(facts + known->gap, facts + known->gap + width, (to - known->gap) * sizeof *facts);
    }
    known->gap = to;
}

static int grow(struct ng_known *known, struct ng_err *err) {
    size_t capacity = known->capacity ? 2 * known->capacity : 64;
    struct ng_known_fact *facts = calloc(capacity, sizeof *facts);
    if (!facts) return ng_err_nomem(err, capacity * sizeof *facts, "the matches of a text");
    for (size_t i = 0; i < known->count; i++) facts[i] = *at(known, i);
    free(known->facts);
    known->facts = facts;
    known->capacity = capacity;
    known->gap = known->count;
    return NG_OK;
}

int ng_known_add(struct ng_known *known, const struct ng_probe *probe, struct ng_err *err) {
    uint64_t end = probe->end;
    uint64_t begin = probe->path.begin;
    size_t i = find(known, end);
    if (i == known->count || at(known, i)->end != end) {
        int status = known->count == known->capacity ? grow(known, err) : NG_OK;
        if (status) return status;
        struct ng_known_bounds bounds = ng_known_bounds(known, end);
        struct ng_known_fact fact = {.end = end, .low = bounds.low, .high = bounds.high};
        move_gap(known, i);
        known->facts[known->gap++] = fact;
        known->count++;
    }
    at(known, i)->path = probe->path;
    for (size_t k = i + 1; k-- > 0 && at(known, k)->high > begin;) at(known, k)->high = begin;
    if (!probe->path.failed) return NG_OK; /* it may go on */
    for (size_t k = i; k < known->count && at(known, k)->low < begin; k++) at(known, k)->low = begin;
    return NG_OK;
}

struct ng_known_bounds ng_known_bounds(const struct ng_known *known, uint64_t end) {
    struct ng_known_bounds bounds = {.low = 0, .high = end};
    size_t i = find(known, end);
    if (i > 0) bounds.low = at(known, i - 1)->low;
    if (i == known->count) return bounds;
    const struct ng_known_fact *fact = at(known, i);
    if (fact->high < end) bounds.high = fact->high;
    if (fact->end == end) bounds.low = fact->low;
    return bounds;
}

void ng_known_set_near(const struct ng_known *known, struct ng_probe *probe) {
    size_t i = find(known, probe->end);
    probe->near[0] = i > 0 ? &at(known, i - 1)->path : NULL;
    probe->near[1] = i < known->count ? &at(known, i)->path : NULL;
}

const struct ng_known_fact *ng_known_reach(const struct ng_known *known, uint64_t begin) {
    size_t low = 0; /* high grows with the number of the fact */
    size_t high = known->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at(known, middle)->high <= begin) low = middle + 1;
        else high = middle;
    }
    assert(low > 0);
    return at(known, low - 1);
}

void ng_known_free(struct ng_known *known) {
    if (!known) return;
    free(known->facts);
    *known = (struct ng_known){0};
}
