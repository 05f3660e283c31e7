/*
 * The code of a superblock: a Huffman code of bounded depth. Its words are assigned so that a wavelet matrix over it
 * keeps all ended symbols at the tail of each level. Internal to the rank structure.
 */
#ifndef NG_COMMON_RANK_CODE_H
#define NG_COMMON_RANK_CODE_H

#include <stdint.h>

#include "common/rank/format.h"

/* Code order: by length, then by place in the matrix. */
struct ng_rank_code {
    unsigned symbols; /* 1 to 256 */
    unsigned depth;   /* longest word in bits; 0 if there is only one symbol */
    uint8_t symbol[256];  /* in code order */
    uint8_t length[256];  /* likewise */
    uint16_t word[256];   /* likewise: first bit lowest, a one above the last bit */
    uint16_t inner[NG_MAX_CODE_BITS + 1]; /* number of inner nodes of the matrix at each depth */
};

/* Makes the code for symbols with these counts; at least one is over 0. */
void ng_rank_code_make(struct ng_rank_code *code, const uint32_t counts[256]);

#endif
