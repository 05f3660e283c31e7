/*
 * Threads that take work from one queue, in order. Cheap (light) work is taken several pieces at a time, so that its
 * searches run side by side and one wake-up serves them all.
 */
#ifndef NG_SERVER_STATE_WORKERS_H
#define NG_SERVER_STATE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* Embedded in a piece of work. */
struct ng_work {
    struct ng_work *next;
    bool light;
};

/* Does some work: one piece, or several light ones. Runs on a thread of the pool. */
typedef void ng_workers_run(void *context, struct ng_work *const *works, size_t count);

struct ng_workers;

/* Most pieces passed to one call. */
enum { NG_WORKERS_TOGETHER = 32 };

/* Starts threads (at least 1), which leave signals to the caller's thread. Errors: NG_ERR_NOMEM, NG_ERR_IO (no thread
 * could be started). On success: ng_workers_stop. */
int ng_workers_start(struct ng_workers **workers, unsigned threads, ng_workers_run *run, void *context,
                     struct ng_err *err);

/* Appends a list of works. Thread-safe. */
void ng_workers_push(struct ng_workers *workers, struct ng_work *first, struct ng_work *last, size_t count);

/* Lets the threads finish what is queued, and ends them. NULL is fine. */
void ng_workers_stop(struct ng_workers *workers);

/* Starts one thread that leaves signals to the others. Errors: NG_ERR_IO. */
int ng_thread_start(void *thread, void *(*run)(void *), void *context, struct ng_err *err);

#endif
