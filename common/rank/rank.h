/*
 * The rank structure: a BWT, compressed, that answers rank, access and LF-mapping in place.
 *
 * rank(c, i) is the number of symbols c in BWT[0, i). LF(i) is C[c] + rank(c, i) for c = BWT[i], where C[c]
 * counts the symbols smaller than c: the row of the suffix that is longer by c.
 *
 * The BWT is cut into leaves of 4,096 rows, 16 leaves a superblock, 16 superblocks a hyperblock. A superblock
 * has one Huffman code for its symbols; a leaf is a Huffman-shaped wavelet matrix over that code, whose levels
 * are cut into cells of 512 bits, each stored in the smallest of a few encodings, so that a rank reads a small
 * directory and one region of about a kilobyte. Counts are kept at every tier in just the bits that the tier
 * above leaves possible. The layout and its reasons are in FORMAT.md, sections "RDIR" and "RDAT".
 *
 * Sources: Ferragina and Manzini 2000 (backward search); Claude, Navarro and Ordonez, "The wavelet matrix",
 * 2015 (Huffman-shaped matrices); Gog et al., "Fixed block compression boosting in FM-indexes", 2019.
 *
 * Thread-safety: any number of threads may query one struct ng_rank. Damage is recorded in the container and
 * gives a bounded, meaningless number.
 */
#ifndef NG_COMMON_RANK_RANK_H
#define NG_COMMON_RANK_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"
#include "common/container/container_write.h"

/* ---- Building ---- */

struct ng_rank_builder;

/* Starts section RDAT in the container. Superblocks are encoded on so many threads, in batches; the result does not
 * depend on how many. Errors: those of ng_container_begin, NG_ERR_NOMEM. */
int ng_rank_builder_open(struct ng_rank_builder **builder, struct ng_container_writer *container, unsigned threads,
                         struct ng_err *err);

/* Appends symbols of the BWT. Errors: those of ng_container_write, NG_ERR_NOMEM. */
int ng_rank_builder_push(struct ng_rank_builder *builder, const uint8_t *symbols, size_t count, struct ng_err *err);

/* Ends RDAT and writes section RDIR. At least one symbol was pushed. */
int ng_rank_builder_finish(struct ng_rank_builder *builder, struct ng_err *err);

/* NULL is fine. */
void ng_rank_builder_close(struct ng_rank_builder *builder);

/* ---- Querying ---- */

struct ng_rank;

/* One row of LF-mapping: row goes in; the symbol there and the row it maps to come out. */
struct ng_rank_step {
    uint64_t row;
    uint8_t symbol;
};

/* An interval of rows and the symbol that a backward search extends it by. */
struct ng_rank_range {
    uint64_t begin;
    uint64_t end;
    uint8_t symbol;
};

/* The same queries, compiled for different processors. */
struct ng_rank_kernel {
    const char *name;
    uint64_t (*rank)(const struct ng_rank *rank, uint8_t symbol, uint64_t row);
    void (*extend)(const struct ng_rank *rank, struct ng_rank_range *range);
    void (*lf)(const struct ng_rank *rank, struct ng_rank_step *step);
    void (*extend_batch)(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count);
    void (*lf_batch)(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count);
    size_t (*decode_leaf)(const struct ng_rank *rank, uint64_t row, uint8_t *symbols);
    bool (*check_leaf)(const struct ng_rank *rank, uint64_t row, uint64_t counts[256]);
};

struct ng_rank {
    struct ng_view directory;
    struct ng_view data;
    uint64_t rows;
    uint64_t first[257];  /* C: rows whose suffix starts with a smaller symbol; first[256] is rows */
    uint64_t total[256];  /* of each symbol */
    uint16_t dense[256];  /* number of the symbol among those that occur, NG_RANK_ABSENT for the others */
    uint64_t symbols;     /* that occur */
    uint64_t super_count;
    uint64_t hypers_at;   /* offsets in the directory */
    uint64_t supers_at;
    const struct ng_rank_kernel *kernel;
};

#define NG_RANK_ABSENT 0xffffu

/* Opens sections RDIR and RDAT of a container and picks the fastest kernel that the processor runs.
 * Errors: NG_ERR_CORRUPT. There is nothing to free. */
int ng_rank_open(struct ng_rank *rank, struct ng_container *container, struct ng_err *err);

/* Kernel number index, fastest first, or NULL behind the last that this processor runs; for tests and benchmarks. */
const struct ng_rank_kernel *ng_rank_kernel_at(size_t index);

/* Number of symbols in BWT[0, row); row <= rows. */
static inline uint64_t ng_rank_count(const struct ng_rank *rank, uint8_t symbol, uint64_t row) {
    return rank->kernel->rank(rank, symbol, row);
}

/* One step of backward search: from the interval of a string to that of symbol and string. The range's
 * begin <= end <= rows. Where no row is left, its new begin means nothing. */
static inline void ng_rank_extend(const struct ng_rank *rank, struct ng_rank_range *range) {
    rank->kernel->extend(rank, range);
}

/* One LF step from step->row < rows. */
static inline void ng_rank_lf(const struct ng_rank *rank, struct ng_rank_step *step) {
    rank->kernel->lf(rank, step);
}

/* How many independent queries are best asked at a time: with fewer, the processor waits for memory. */
enum { NG_RANK_BATCH = 128 };

/* As above for many independent ones, any number of them, interleaved. */
static inline void ng_rank_extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    rank->kernel->extend_batch(rank, ranges, count);
}

static inline void ng_rank_lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    rank->kernel->lf_batch(rank, steps, count);
}

/* Whether the leaf that starts at row, a multiple of NG_LEAF_ROWS (format.h) below rows, agrees in all it says with counts,
 * the symbols of the BWT before it; then they are counted on to its end. Where that holds for all leaves from the first
 * on, and the last leads to the totals, then rank, LF and decoding give one BWT, whatever they are asked. */
static inline bool ng_rank_check_leaf(const struct ng_rank *rank, uint64_t row, uint64_t counts[256]) {
    return rank->kernel->check_leaf(rank, row, counts);
}

/* The BWT's symbols around row, those of its leaf: of rows from the last multiple of NG_LEAF_ROWS (rank_format.h) on.
 * symbols has room for NG_LEAF_ROWS. Returns how many there are; 0 where the leaf is damaged. row < rows. */
static inline size_t ng_rank_decode_leaf(const struct ng_rank *rank, uint64_t row, uint8_t *symbols) {
    return rank->kernel->decode_leaf(rank, row, symbols);
}

#endif
