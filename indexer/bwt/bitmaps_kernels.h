/* Filling of bitmaps, for different processors. Internal to bitmaps.h. */
#ifndef NG_INDEXER_BWT_BITMAPS_KERNELS_H
#define NG_INDEXER_BWT_BITMAPS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

struct ng_bitmaps;

enum { NG_BITMAPS_SLACK = 64 }; /* bytes behind rest that may be written */

/* Fills the lines of all bitmaps for count rows, up to NG_BITMAPS_LINE_ROWS, and moves counts, which they start with, past
 * them. rest gets the symbols of the rest; returns how many. */
typedef size_t ng_bitmaps_kernel(const struct ng_bitmaps *maps, const uint8_t *rows, size_t count, uint64_t *counts,
                                 uint64_t *line, uint8_t *rest);

extern ng_bitmaps_kernel ng_bitmaps_fill_portable;
#if defined(__x86_64__)
extern ng_bitmaps_kernel ng_bitmaps_fill_avx512; /* count is NG_BITMAPS_LINE_ROWS */
#endif

#endif
