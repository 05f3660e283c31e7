/*
 * How a long call asks its caller whether to go on (struct ng_cancel of ngidx_base.h).
 *
 * Work is counted in steps of an LF-mapping, which take some hundred nanoseconds each where no disk is waited for. A
 * struct ng_watch counts them and asks after every NG_WATCH_STEPS, so that asking costs a thousandth of the work.
 * Loops that are told to stop leave what they were to fill in as it is; the function that started them asks
 * ng_watch_status before it looks at that.
 */
#ifndef NG_COMMON_BASE_CANCEL_H
#define NG_COMMON_BASE_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

enum { NG_WATCH_STEPS = 128 };

/* One thread's part of a call. Zero-initialised memory asks nobody. */
struct ng_watch {
    const struct ng_cancel *cancel; /* borrowed; NULL: nobody is asked */
    uint64_t steps;                 /* since it was asked last */
    bool stopped;                   /* it said so once, and is not asked again */
};

/* A watch that asks at the first steps, so that short calls ask, too. */
static inline struct ng_watch ng_watch_make(const struct ng_cancel *cancel) {
    return (struct ng_watch){.cancel = cancel, .steps = NG_WATCH_STEPS};
}

/* Asks now. */
bool ng_watch_ask(struct ng_watch *watch);

/* To be called in loops, with the steps of a turn: whether to stop. */
static inline bool ng_watch_stops(struct ng_watch *watch, uint64_t steps) {
    watch->steps += steps;
    return watch->steps >= NG_WATCH_STEPS && ng_watch_ask(watch);
}

/* NG_OK; or NG_ERR_CANCELLED, once the watch was told to stop. */
int ng_watch_status(const struct ng_watch *watch, struct ng_err *err);

/* Both: counts steps, and returns NG_ERR_CANCELLED where it is time to stop. */
static inline int ng_watch_check(struct ng_watch *watch, uint64_t steps, struct ng_err *err) {
    return ng_watch_stops(watch, steps) ? ng_watch_status(watch, err) : 0;
}

#endif
