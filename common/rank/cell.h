/*
 * Encodes one cell, up to 512 bits of a wavelet level, in the smallest of its encodings. Internal to the rank
 * structure; the encodings are described in FORMAT.md, section "RDAT".
 */
#ifndef NG_COMMON_RANK_CELL_H
#define NG_COMMON_RANK_CELL_H

#include <stdint.h>

#include "common/rank/format.h"

/* Encodes bits 0 to bit_count - 1 of words; bit_count is 1 to 512, and bits beyond it are zero. Writes at most 64 bytes
 * to out, which has room for NG_CELL_OUT_BYTES. Returns the header, which gives the length. */
uint16_t ng_rank_cell_encode(const uint64_t words[NG_CELL_WORDS], unsigned bit_count, uint8_t *out);

enum { NG_CELL_OUT_BYTES = 128 };

#endif
