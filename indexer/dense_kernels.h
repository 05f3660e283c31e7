/* The walk of dense.h, compiled for different processors. Internal to it. */
#ifndef NG_INDEXER_DENSE_KERNELS_H
#define NG_INDEXER_DENSE_KERNELS_H

#include <pthread.h>
#include <stdatomic.h>

#include "indexer/dense.h"

/* What the threads of a walk share. */
struct ng_dense_walkers {
    struct ng_dense *dense;
    const struct ng_chain_text *text;
    uint64_t terminator_row;
    _Atomic uint64_t next_document;
    pthread_mutex_t wraps_lock;
};

/* Notes that the gap of a row passed 255. Errors: NG_ERR_NOMEM. */
int ng_dense_note_wrap(struct ng_dense_walkers *walkers, uint64_t row, struct ng_err *err);

/* Number of a symbol before a row, for one that is rare or does not occur. */
uint64_t ng_dense_rank_rare(const struct ng_dense *dense, uint8_t symbol, uint64_t row);

/* Walks documents until none is left: the work of one thread. */
typedef int ng_dense_kernel(struct ng_dense_walkers *walkers, struct ng_err *err);

extern ng_dense_kernel ng_dense_walk_portable;
#if defined(__x86_64__)
extern ng_dense_kernel ng_dense_walk_avx2;
extern ng_dense_kernel ng_dense_walk_avx512;
#endif

#endif
