/*
 * Encodes one superblock of the BWT: its symbols and its leaves. They depend on nothing outside the superblock, so
 * several can be encoded in parallel. The builder fills in its address and the counts before it later. Internal to the rank
 * structure.
 */
#ifndef NG_COMMON_RANK_SUPER_H
#define NG_COMMON_RANK_SUPER_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/rank/code.h"
#include "common/rank/format.h"

/* Start with zero-initialised memory; finally free data with ng_buf_free. */
struct ng_rank_super {
    uint32_t counts[256];      /* of each symbol */
    struct ng_rank_order order;
    uint16_t offsets[257];     /* bits where the counts of each symbol of the order start in a leaf, and where all end */
    uint8_t head[NG_SUPER_PLACES_AT]; /* of its part of the directory: the ends of the leaves are filled in */
    struct ng_buf data;        /* the leaves */
};

/* Encodes count rows, 1 to NG_SUPER_ROWS. Replaces what super held before. Errors: NG_ERR_NOMEM. */
int ng_rank_super_encode(struct ng_rank_super *super, const uint8_t *rows, size_t count, struct ng_err *err);

#endif
