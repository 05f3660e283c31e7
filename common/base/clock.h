/* The time since an arbitrary start, which never goes back (CLOCK_MONOTONIC). */
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

#endif
