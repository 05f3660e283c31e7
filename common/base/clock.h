/* Clocks: the time since an arbitrary start, which never goes back (CLOCK_MONOTONIC), and processor time. */
#ifndef NG_COMMON_BASE_CLOCK_H
#define NG_COMMON_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t ng_clock_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline double ng_clock_seconds(void) {
    return (double)ng_clock_ns() * 1e-9;
}

static inline double ng_clock_seconds_of(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Processor time of this thread, and of all threads. */
static inline double ng_clock_thread_seconds(void) {
    return ng_clock_seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

static inline double ng_clock_process_seconds(void) {
    return ng_clock_seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

#endif
