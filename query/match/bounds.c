#include "query/match/bounds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"

/* Where number i stands. */
static size_t place(const struct ng_known *known, size_t i) {
    return i < known->gap ? i : i + (known->capacity - known->count);
}

static struct ng_known_fact *at(const struct ng_known *known, size_t i) {
    return &known->facts[place(known, i)];
}

const struct ng_known_fact *ng_known_at(const struct ng_known *known, size_t i) {
    return at(known, i);
}

const struct ng_probe_path *ng_known_path(const struct ng_known *known, size_t i) {
    return &known->paths[place(known, i)];
}

void ng_known_clear(struct ng_known *known) {
    known->count = 0;
    known->gap = 0;
    known->last = 0;
}

/* The number of facts whose end is below end: looked for from the last one outwards, in growing strides. */
static size_t find(struct ng_known *known, uint64_t end) {
    size_t low = known->last;
    size_t high = known->last;
    for (size_t stride = 1; low > 0 && at(known, low - 1)->end >= end; stride *= 2) {
        high = low - 1;
        low -= low < stride ? low : stride;
    }
    for (size_t stride = 1; high < known->count && at(known, high)->end < end; stride *= 2) {
        low = high + 1;
        high += known->count - high < stride ? known->count - high : stride;
    }
    NG_ORDER_SEEK(low, high, middle, at(known, middle)->end < end);
    known->last = low;
    return low;
}

static void move_gap(struct ng_known *known, size_t to) {
    size_t width = known->capacity - known->count;
    size_t from = to < known->gap ? to : known->gap + width;
    size_t target = to < known->gap ? to + width : known->gap;
    size_t count = to < known->gap ? known->gap - to : to - known->gap;
    known->gap = to;
    if (count == 0) return;
    memmove(known->facts + target, known->facts + from, count * sizeof *known->facts);
    memmove(known->paths + target, known->paths + from, count * sizeof *known->paths);
}

static int grow(struct ng_known *known, struct ng_err *err) {
    size_t capacity = known->capacity ? 2 * known->capacity : 64;
    move_gap(known, known->count);
    struct ng_known_fact *facts = realloc(known->facts, capacity * sizeof *facts);
    if (facts) known->facts = facts;
    struct ng_probe_path *paths = realloc(known->paths, capacity * sizeof *paths);
    if (paths) known->paths = paths;
    if (!facts || !paths) return ng_err_nomem(err, capacity * (sizeof *facts + sizeof *paths), "the matches of a text");
    known->capacity = capacity;
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
    known->paths[place(known, i)] = probe->path;
    for (size_t k = i + 1; k-- > 0 && at(known, k)->high > begin;) at(known, k)->high = begin;
    if (!probe->path.failed) return NG_OK; /* it may go on */
    for (size_t k = i; k < known->count && at(known, k)->low < begin; k++) at(known, k)->low = begin;
    return NG_OK;
}

struct ng_known_bounds ng_known_bounds(struct ng_known *known, uint64_t end) {
    struct ng_known_bounds bounds = {.low = 0, .high = end, .reach = end};
    size_t i = find(known, end);
    if (i > 0) bounds.low = at(known, i - 1)->low;
    if (i == known->count) return bounds;
    const struct ng_known_fact *fact = at(known, i);
    if (fact->high < end) {
        bounds.high = fact->high;
        bounds.reach = fact->end;
    }
    if (fact->end == end) bounds.low = fact->low;
    return bounds;
}

void ng_known_set_near(struct ng_known *known, struct ng_probe *probe) {
    size_t i = find(known, probe->end);
    probe->near[0] = i > 0 ? ng_known_path(known, i - 1) : NULL;
    probe->near[1] = i < known->count ? ng_known_path(known, i) : NULL;
}

size_t ng_known_reach(const struct ng_known *known, uint64_t begin) {
    size_t low = 0; /* high grows with the number of the fact */
    NG_ORDER_SEEK(low, known->count, middle, at(known, middle)->high <= begin);
    assert(low > 0);
    return low - 1;
}

void ng_known_free(struct ng_known *known) {
    if (!known) return;
    free(known->facts);
    free(known->paths);
    *known = (struct ng_known){0};
}
