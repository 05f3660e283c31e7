/*
 * The codes of leaves. Each of the format's shapes is a complete prefix code. A leaf names a shape, and says which
 * symbol has which of its words. So nothing computes words from lengths: a table holds them. FORMAT.md lists the
 * shapes, section "Shapes". Internal to the rank structure.
 */
#ifndef NG_COMMON_RANK_CODE_H
#define NG_COMMON_RANK_CODE_H

#include <stdint.h>

#include "common/rank/format.h"

struct ng_rank_shape {
    uint8_t inner[NG_SHAPE_MAX_BITS + 1]; /* nodes of the tree at each depth that are not ends; 0 at the last */
    uint8_t depth;                        /* length of the longest word in bits; 0 if the only word is empty */
    uint16_t words;                       /* 1 to 256 */
    uint16_t word[256];                   /* as they stand in a matrix: first bit lowest, a one above the last bit */
    uint8_t length[256];                  /* of each word, in bits, ascending */
};

/* All NG_SHAPES of them, made when they are first asked for. */
const struct ng_rank_shape *ng_rank_shapes(void);

/* Symbols by frequency, the most frequent first. */
struct ng_rank_order {
    unsigned symbols; /* 1 to 256 */
    uint8_t symbol[256];
};

/* Orders the symbols that occur; at least one of the counts is over 0. */
void ng_rank_order_make(struct ng_rank_order *order, const uint32_t counts[256]);

/* The number of the shape whose words take the fewest bits for symbols that occur as often as those of order. */
unsigned ng_rank_shape_fit(const struct ng_rank_order *order, const uint32_t counts[256]);

#endif
