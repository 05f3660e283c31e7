/*
 * The sections of a shard other than those of the rank structure, and the fields of HEAD; FORMAT.md describes them.
 * Shared by the indexer, which writes them, and the query library, which reads them.
 */
#ifndef NG_COMMON_SHARD_SHARD_FORMAT_H
#define NG_COMMON_SHARD_SHARD_FORMAT_H

#include <stdint.h>

#define NG_HEAD_SECTION "HEAD"      /* what the shard holds and how it was sampled */
#define NG_JUMP_SECTION "JUMP"      /* rows of the strings of a few bytes */
#define NG_MARK_SECTION "MARK"      /* Elias-Fano: the rows that have an SA sample */
#define NG_SAMPLE_SECTION "SAMP"    /* packed: their positions, divided by the sample distance */
#define NG_DOC_ORDER_SECTION "DORD" /* packed: documents in the order of their first suffixes */
#define NG_INVERSE_SECTION "SINV"   /* Elias-Fano and packed: short cuts that invert SAMP */

enum {
    NG_HEAD_ROWS_AT = 0,
    NG_HEAD_DOCUMENTS_AT = 8,
    NG_HEAD_SA_SAMPLE_AT = 16,
    NG_HEAD_BYTES = 24
};

/* The byte that follows every document. No UTF-8 text contains it. */
#define NG_TERMINATOR 0xffu

#define NG_DEFAULT_SA_SAMPLE UINT64_C(128)
/* A folded view serves counting more than locating, so its samples are this many times as far apart: in an index of
 * folded text alone, and beside an exact view, whose samples locate what is located often. */
#define NG_FOLDED_SAMPLE_FACTOR UINT64_C(4)
#define NG_BESIDE_SAMPLE_FACTOR UINT64_C(24)
/* The samples, in row order, are a permutation of the sampled positions. On its cycles, each short cut leads back over
 * this many steps. */
#define NG_SHORT_CUT_STEPS UINT64_C(8)
#define NG_MAX_SAMPLE (UINT64_C(1) << 20)

#endif
