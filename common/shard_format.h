/*
 * The sections of a shard beside those of the rank structure, and the fields of HEAD; FORMAT.md has the words.
 * Shared by the indexer, which writes them, and the query library, which reads them.
 */
#ifndef NG_COMMON_SHARD_FORMAT_H
#define NG_COMMON_SHARD_FORMAT_H

#include <stdint.h>

#define NG_HEAD_SECTION "HEAD"      /* what the shard holds and how it was sampled */
#define NG_JUMP_SECTION "JUMP"      /* rows of the strings of a few bytes */
#define NG_FREQUENT_SECTION "FRQH"  /* rows of frequent strings of more bytes */
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

/* Strings of FRQH, as numbers of up to so many bits, are multiplied by this, modulo the next power of two of their
 * length: so they are spread evenly. (Knuth, "Sorting and Searching", 6.4: the golden ratio.) The other undoes it. */
enum { NG_FREQUENT_MAX_BYTES = 6 };
#define NG_FREQUENT_FACTOR UINT64_C(0x9e3779b97f4b)
#define NG_FREQUENT_INVERSE UINT64_C(0x393dee219263)

/* The code of a string of so many bytes, up to NG_FREQUENT_MAX_BYTES; times NG_FREQUENT_INVERSE, its low bytes are the
 * string again, first byte lowest. */
static inline uint64_t ng_frequent_code(const uint8_t *bytes, uint64_t length_bytes) {
    uint64_t string = 0;
    for (uint64_t i = 0; i < length_bytes; i++) string |= (uint64_t)bytes[i] << (8 * i);
    return string * NG_FREQUENT_FACTOR & ((UINT64_C(1) << (8 * length_bytes)) - 1);
}

/* The byte that stands behind every document. No UTF-8 text holds it. */
#define NG_TERMINATOR 0xffu

#define NG_DEFAULT_SA_SAMPLE UINT64_C(128)
/* The samples, in row order, are a permutation of the sampled positions; on its cycles a short cut leads back over
 * so many steps. */
#define NG_SHORT_CUT_STEPS UINT64_C(8)
#define NG_MAX_SAMPLE (UINT64_C(1) << 20)

#endif
