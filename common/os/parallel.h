/*
 * A loop whose turns run on several threads: sorting of blocks, LF chains of a merge, documents of an export.
 */
#ifndef NG_COMMON_OS_PARALLEL_H
#define NG_COMMON_OS_PARALLEL_H

#include <stdint.h>

#include "common/base/err.h"

/* One turn of a loop. Turns run in any order, several at a time. */
typedef int ng_parallel_work(void *context, uint64_t turn, struct ng_err *err);

/* How many threads to use: wanted, or if that is 0, the number of processors that the process may run on (CPU affinity,
 * quotas of control groups); at most NG_MAX_THREADS. */
unsigned ng_parallel_threads(unsigned wanted);

/* Calls work for the turns 0 to turns - 1, started in this order, on the calling thread and up to threads - 1 others,
 * or fewer if the system does not give that many. Returns when all turns have ended. After a failed turn no more turns
 * start, but running ones finish. Returns the error of the lowest failed turn, so that the same input gives the same
 * error. Thread-safe. */
int ng_parallel_run(unsigned threads, uint64_t turns, ng_parallel_work *work, void *context, struct ng_err *err);

#endif
