/*
 * Sizes and field offsets of sections RDIR and RDAT, which FORMAT.md describes. Where shards of versions 1 and 2 differ,
 * names without a version are those of version 2, and struct ng_rank has what a shard's version says.
 */
#ifndef NG_COMMON_RANK_FORMAT_H
#define NG_COMMON_RANK_FORMAT_H

#include <stdint.h>

#define NG_RANK_DIRECTORY_SECTION "RDIR"
#define NG_RANK_DATA_SECTION "RDAT"

/* Of the shards that are written. */
#define NG_RANK_VERSION 2u

enum {
    NG_LEAF_LOG2 = 13, /* version 1: 12 */
    NG_SUPER_LEAVES_LOG2 = 4,
    NG_HYPER_SUPERS_LOG2 = 4,
    NG_LEAF_ROWS = 1 << NG_LEAF_LOG2,
    NG_SUPER_LEAVES = 1 << NG_SUPER_LEAVES_LOG2,
    NG_SUPER_ROWS = NG_LEAF_ROWS * NG_SUPER_LEAVES,
    NG_HYPER_SUPERS = 1 << NG_HYPER_SUPERS_LOG2,
    NG_COUNT_MAX_BITS = NG_LEAF_LOG2 + NG_SUPER_LEAVES_LOG2 + 1,

    NG_CELL_LOG2 = 9,
    NG_CELL_BITS = 1 << NG_CELL_LOG2,
    NG_CELL_WORDS = NG_CELL_BITS / 64,
    NG_LEVEL_CELLS = NG_LEAF_ROWS / NG_CELL_BITS,
    NG_MAX_CODE_BITS = 12, /* of version 1 */
    NG_SHAPE_MAX_BITS = 10,
    NG_LEAF_MAX_CELLS = NG_SHAPE_MAX_BITS * NG_LEVEL_CELLS,
    NG_LEAF_MAX_CELLS_V1 = NG_MAX_CODE_BITS * NG_LEVEL_CELLS / 2,
    NG_SHAPES = 71,
    NG_LEVEL_BITS = 32, /* what a level takes apart from its cells and their headers, some of which are not full */

    /* RDIR: the header, then the offsets of the superblocks, the hyperblocks, and the superblocks. Each part starts at
     * a cache line. */
    NG_RDIR_ROWS_AT = 0,
    NG_RDIR_SYMBOLS_AT = 8,
    NG_RDIR_BITMAP_AT = 16,
    NG_RDIR_OFFSETS_AT = 64,
    NG_RDIR_OFFSET_BYTES = 6,
    NG_RDIR_ALIGN = 64,

    /* A hyperblock, for each symbol: its count before, and which superblocks contain it */
    NG_HYPER_PRESENT_AT = 8,
    NG_HYPER_SYMBOL_BYTES = 10,

    /* A superblock: a line that leads to its leaves and, in version 1, down their levels; then its symbols. Addresses in
     * RDAT have 48 bits, ends of leaves 16, in units of four bytes, or two in version 1. */
    NG_SUPER_DATA_AT = 0,
    NG_SUPER_COUNT_BYTES_AT = 6,
    NG_SUPER_SYMBOLS_AT = 8,
    NG_SUPER_DEPTH_AT = 9,  /* in version 1 */
    NG_SUPER_INNER_AT = 10, /* in version 1 */
    NG_SUPER_ENDS_AT = 24,
    NG_SUPER_BITMAP_AT = 64,
    NG_SUPER_PLACES_AT = 96,

    /* A symbol's place in a superblock. The last three fields are counted from its end. */
    NG_PLACE_BEFORE_AT = 0,
    NG_PLACE_WORD_AT = 6, /* in version 1 */
    NG_PLACE_OFFSET_BACK = 4,
    NG_PLACE_WIDTH_BACK = 2,
    NG_PLACE_SYMBOL_BACK = 1,
    NG_PLACE_BYTES = 10,
    NG_PLACE_BYTES_V1 = 12,

    /* A leaf */
    NG_LEAF_SYMBOLS_AT = 0,
    NG_LEAF_SHAPE_AT = 1,
    NG_LEAF_CELLS_AT = 2,
    NG_LEAF_ORDER_AT = 3,
    NG_LEAF_UNIT_LOG2 = 2, /* version 1: 1 */
    NG_LEAF_UNIT = 1 << NG_LEAF_UNIT_LOG2
};

/* The next offset where a part of RDIR may start. */
static inline uint64_t ng_rdir_align(uint64_t offset) {
    return (offset + NG_RDIR_ALIGN - 1) / NG_RDIR_ALIGN * NG_RDIR_ALIGN;
}

/* Bytes of a superblock with that many symbols, each with a place of that many bytes. */
static inline uint64_t ng_super_bytes(unsigned symbols, unsigned place_bytes) {
    return ng_rdir_align(NG_SUPER_PLACES_AT + (1 + (uint64_t)place_bytes) * symbols);
}

/* The header of a cell, 16 bits: the number of ones in bits 0-8, the stored length in bits 9-14. Bit 15 says that the
 * differences between neighbouring bits are stored or, with length 0, that all 512 bits are set. */
enum {
    NG_CELL_ONES_MASK = 0x1ff,
    NG_CELL_LENGTH_SHIFT = 9,
    NG_CELL_LENGTH_MASK = 0x3f,
    NG_CELL_DELTA = 0x8000,
    NG_CELL_MAX_SPARSE_BYTES = 62
};

/* Bytes of a plainly stored cell with that many bits. 63 is not used: length 63 in a header means 64 bytes. */
static inline unsigned ng_cell_plain_bytes(unsigned bits) {
    unsigned bytes = (bits + 7) / 8;
    return bytes == 63 ? 64 : bytes;
}

/* The number of bytes that the length field of a header means. */
static inline unsigned ng_cell_length_bytes(unsigned header) {
    unsigned length = header >> NG_CELL_LENGTH_SHIFT & NG_CELL_LENGTH_MASK;
    return length + (length == NG_CELL_LENGTH_MASK);
}

#endif
