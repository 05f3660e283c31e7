/* The inner loop of interleaving, for different processors. Internal to it. */
#ifndef NG_INDEXER_MERGE_INTERLEAVE_KERNELS_H
#define NG_INDEXER_MERGE_INTERLEAVE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { NG_INTERLEAVE_SLACK = 64 }; /* bytes after in, rows and out that may be touched */

/* The position of a kernel, which advances all of its pointers. */
struct ng_interleave_at {
    const uint8_t *rows; /* of the base */
    const uint8_t *gaps; /* symbols of the other that come before each */
    const uint8_t *in;   /* symbols of the other */
    const uint8_t *in_end;
    uint8_t *out;
    const uint8_t *out_end;
};

/* Merges up to `rows` rows, as long as in and out have enough and gaps are small. Returns how many it merged. */
typedef size_t ng_interleave_kernel(struct ng_interleave_at *at, size_t rows);

extern ng_interleave_kernel ng_interleave_portable;
#if defined(__x86_64__)
extern ng_interleave_kernel ng_interleave_bmi2;
extern ng_interleave_kernel ng_interleave_avx512;
#endif

#endif
