/* The walk of dense.h, compiled for different processors. Internal to it. */
#ifndef NG_INDEXER_BWT_DENSE_KERNELS_H
#define NG_INDEXER_BWT_DENSE_KERNELS_H

#include <stdatomic.h>
#include <stdint.h>

struct ng_chain_text;
struct ng_dense;
struct ng_err;

/* What the threads of a walk share. */
struct ng_dense_walkers {
    struct ng_dense *dense;
    const struct ng_chain_text *text;
    uint64_t terminator_row;
    _Atomic uint64_t next_document;
};

/* Walks documents until none is left: the work of one thread. */
typedef int ng_dense_kernel(struct ng_dense_walkers *walkers, struct ng_err *err);

extern ng_dense_kernel ng_dense_walk_portable;
#if defined(__x86_64__)
extern ng_dense_kernel ng_dense_walk_bmi2;
extern ng_dense_kernel ng_dense_walk_avx512;
#endif

#endif
