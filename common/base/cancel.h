/*
 * How a long call asks its caller whether to go on (struct ng_cancel of ngidx_base.h).
 *
 * Work is counted in LF steps, which take some hundred nanoseconds each without waiting for a disk. A struct ng_watch
 * counts them and asks after every NG_WATCH_STEPS, so that asking costs a thousandth of the work. A loop that is told
 * to stop leaves its results incomplete; the function that started it calls ng_watch_status before it uses them.
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
    uint64_t steps;                 /* since the last question */
    bool stopped;                   /* the answer was to stop; it does not ask again */
};

/* A watch that asks at the first step, so that short calls ask, too. */
static inline struct ng_watch ng_watch_make(const struct ng_cancel *cancel) {
    return (struct ng_watch){.cancel = cancel, .steps = NG_WATCH_STEPS};
}

/* Asks now. */
bool ng_watch_ask(struct ng_watch *watch);

/* For loops: counts the steps of one turn. Returns whether to stop. */
static inline bool ng_watch_stops(struct ng_watch *watch, uint64_t steps) {
    watch->steps += steps;
    return watch->steps >= NG_WATCH_STEPS && ng_watch_ask(watch);
}

/* Returns NG_OK, or NG_ERR_CANCELLED once the watch has been told to stop. */
int ng_watch_status(const struct ng_watch *watch, struct ng_err *err);

/* Does both: counts steps, and returns NG_ERR_CANCELLED if it is time to stop. */
static inline int ng_watch_check(struct ng_watch *watch, uint64_t steps, struct ng_err *err) {
    return ng_watch_stops(watch, steps) ? ng_watch_status(watch, err) : 0;
}

#endif
