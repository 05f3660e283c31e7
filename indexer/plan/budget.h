/*
 * The plan of a build: what fits in the memory it may use.
 */
#ifndef NG_INDEXER_PLAN_BUDGET_H
#define NG_INDEXER_PLAN_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

struct ng_plan_options {
    uint64_t memory_bytes; /* 0: half of what is available now */
    unsigned threads;      /* 0: one per processor */
    uint64_t shard_bytes;  /* most text of a shard; 0: what memory allows, a power of two or three halves of one */
    uint64_t block_bytes;  /* most text of a block, up to NG_SORT_INDUCED_ROWS; 0: what memory allows */
    uint64_t sa_sample;
    uint64_t reader_bytes; /* what reading the corpus holds in addition (the list of files, a zstd window) */
};

struct ng_plan {
    uint64_t memory_bytes;
    unsigned threads;
    unsigned sorters;            /* blocks sorted at a time */
    uint64_t shard_text;         /* most text bytes of a shard */
    uint64_t shard_weight;       /* and most of ng_plan_weight, for the memory that merging takes */
    uint64_t block_rows;         /* most rows (text bytes and documents) of a block, unless one document has more */
    uint64_t usual_rows;         /* likewise while it is not known how much text is to come */
    uint64_t block_memory_bytes; /* most memory that sorting a block takes, unless it is one document */
    uint64_t merge_memory_bytes;
    uint64_t record_bytes;       /* longest line, or file that is one document, that can be read and sorted alone */
    uint64_t room_bytes;         /* and that can be read while blocks are sorted */
};

/* The weight of a shard with this text and these documents: short documents take more memory than their text, and
 * their ids some more. */
static inline uint64_t ng_plan_weight(uint64_t text_bytes, uint64_t documents) {
    return text_bytes + 14 * documents;
}

/* Larger blocks gain more in merging than they lose in sorting, but what is to come has to be known: all threads must
 * get their share of it. Smaller ones lose: four of 49 MB instead of two of 98 cost 8 % of a build of prose. */
#define NG_PLAN_BLOCK_BYTES (UINT64_C(128) << 20)

/* Errors: NG_ERR_USAGE (what was asked for does not fit the memory, memory too small for anything), NG_ERR_IO. */
int ng_plan_make(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err);

/* Bytes of memory that a document of text_bytes takes; it may be larger than a block. */
uint64_t ng_plan_document_memory(uint64_t text_bytes, uint64_t sa_sample);

/* Most rows of a block, chosen so that expected_rows make blocks of equal size and keep every thread busy. */
uint64_t ng_plan_block(const struct ng_plan *plan, uint64_t expected_rows);

/* The same after `begun` blocks of the shard. If all blocks are sorted at the same time, later ones are smaller by what
 * is sorted while they are read, so that all end together. */
uint64_t ng_plan_next_block(const struct ng_plan *plan, uint64_t expected_rows, uint64_t begun);

/* How fast a machine is, in nanoseconds of processor time per byte of text; and how small the text becomes. */
struct ng_speed {
    double read_ns;
    double sort_ns; /* of blocks of sort_rows, while all threads sort */
    uint64_t sort_rows;
    double stall;   /* time that passes per processor time then: 1 on a machine that does nothing else */
    double fill_ns; /* of merging (struct ng_merge_work) */
    double walk_ns; /* over base_rows */
    double move_ns;
    uint64_t base_rows;
    double encode_ns;
    double rank_share;     /* of the text: the rank structure of rank_rows */
    double rank_gain;      /* by how much that is less where there is twice as much text */
    uint64_t rank_rows;
    double sample_share;   /* the SA samples */
};

/* That of a server of 2024, with English prose. */
extern const struct ng_speed ng_speed_usual;

/* What a build by a plan will take. */
struct ng_plan_expected {
    uint64_t shards;
    uint64_t blocks;
    double seconds;     /* that pass */
    double cpu_seconds; /* of processor time, of all threads */
    uint64_t disk_bytes;  /* at most at a time, the index included */
    uint64_t index_bytes;
};

void ng_plan_expect(const struct ng_plan *plan, const struct ng_speed *speed, uint64_t text_bytes,
                    struct ng_plan_expected *expected);

/* Turns the forecast for the exact view alone into that for both views (beside), or for the folded view alone. */
void ng_plan_expect_folded(uint64_t text_bytes, bool beside, struct ng_plan_expected *expected);

#endif
