/*
 * What the bench's own programs share: the file of phrases that the driver writes, the clock, giving up.
 *
 * A file of phrases holds for each a length (4 bytes, little-endian) and that many bytes. All of it is made by
 * scripts/bench_run.py in the same run, so that the programs give up on anything odd.
 */
#ifndef NG_TESTS_BENCH_PHRASES_H
#define NG_TESTS_BENCH_PHRASES_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/err.h"
#include "common/base/le.h"
#include "common/os/file.h"
#include "query/include/ngidx.h"

struct phrases {
    struct ng_map map;
    struct ng_bytes *all; /* point into map */
    size_t count;
};

static clockid_t bench_clock = CLOCK_MONOTONIC;

static inline double now_seconds(void) {
    struct timespec time;
    (void)clock_gettime(bench_clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Gives up with the message of err, if status says that there was an error. */
static inline void check(int status, const struct ng_err *err) {
    if (!status) return;
    fprintf(stderr, "bench: %s\n", err->text);
    exit(EXIT_FAILURE);
}

/* Gives up after a failed system call. */
static inline _Noreturn void give_up(const char *what, const char *name) {
    fprintf(stderr, "bench: %s: ", name);
    perror(what);
    exit(EXIT_FAILURE);
}

static inline _Noreturn void refuse(const char *what, const char *name) {
    fprintf(stderr, "bench: %s: %s\n", name, what);
    exit(EXIT_FAILURE);
}

static inline void *allocate(size_t count, size_t size_bytes) {
    void *memory = calloc(count ? count : 1, size_bytes);
    if (!memory) give_up("calloc", "memory");
    return memory;
}

/* Reads a file of phrases; phrases_free releases it. */
static inline void phrases_load(struct phrases *phrases, const char *path) {
    struct ng_err err;
    ng_err_clear(&err);
    check(ng_map_open(&phrases->map, path, false, &err), &err);
    const uint8_t *at = phrases->map.data;
    uint64_t left = phrases->map.length_bytes;
    phrases->all = allocate(left / 4, sizeof *phrases->all);
    for (phrases->count = 0; left > 0; phrases->count++) {
        uint64_t length = left < 4 ? UINT64_MAX : ng_le_load32(at);
        if (length > left - 4) refuse("cut short", path);
        phrases->all[phrases->count] = (struct ng_bytes){at + 4, length};
        at += 4 + length;
        left -= 4 + length;
    }
}

/* Idempotent, given that phrases was set to zero before it was loaded. */
static inline void phrases_free(struct phrases *phrases) {
    free(phrases->all);
    ng_map_close(&phrases->map);
    *phrases = (struct phrases){.count = 0};
}

#endif
