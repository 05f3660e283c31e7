/*
 * The rank structure: a BWT, compressed, that answers rank, access and LF-mapping in place.
 *
 * rank(c, i) is the number of symbols c in BWT[0, i). LF(i) is C[c] + rank(c, i) for c = BWT[i], where C[c] counts the
 * symbols smaller than c. It is the row of the suffix that is longer by c.
 *
 * The BWT is cut into leaves of 8,192 rows; 16 leaves make a superblock, and 16 superblocks a hyperblock. A leaf has a
 * code of its own, whose words are those of one of a few shapes, given to its symbols by frequency: it is a wavelet
 * matrix over that code. Its levels are cut into cells of 512 bits, each stored in the smallest of a few encodings. So a
 * rank query reads a small directory and one region of about two kilobytes. In shards of version 1 a leaf has 4,096
 * rows, and a superblock one code for its leaves. Every tier stores counts in only as many bits as the tier above makes
 * necessary. The layout and its reasons are in FORMAT.md, sections "RDIR" and "RDAT".
 *
 * Sources: Ferragina and Manzini 2000 (backward search); Claude, Navarro and Ordonez, "The wavelet matrix",
 * 2015 (Huffman-shaped matrices); Gog et al., "Fixed block compression boosting in FM-indexes", 2019.
 *
 * Thread-safety: any number of threads may query one struct ng_rank. Damage is recorded in the container and gives a
 * bounded but meaningless number.
 */
#ifndef NG_COMMON_RANK_RANK_H
#define NG_COMMON_RANK_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"
#include "common/container/container_write.h"
#include "common/rank/code.h"

/* ---- Building ---- */

struct ng_rank_builder;

/* Starts section RDAT in the container. Superblocks are encoded in batches on several threads; the result does not
 * depend on their number. Errors: those of ng_container_begin, NG_ERR_NOMEM. */
int ng_rank_builder_open(struct ng_rank_builder **builder, struct ng_container_writer *container, unsigned threads,
                         struct ng_err *err);

/* Appends symbols of the BWT. Errors: those of ng_container_write, NG_ERR_NOMEM. */
int ng_rank_builder_push(struct ng_rank_builder *builder, const uint8_t *symbols, size_t count, struct ng_err *err);

/* Ends RDAT and writes section RDIR. At least one symbol was pushed. */
int ng_rank_builder_finish(struct ng_rank_builder *builder, struct ng_err *err);

/* builder may be NULL. */
void ng_rank_builder_close(struct ng_rank_builder *builder);

/* ---- Querying ---- */

struct ng_rank;

/* One LF step: the caller sets row; the step sets symbol to the symbol there, and row to the row it maps to. */
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
    uint64_t total[256];  /* occurrences of each symbol */
    uint16_t dense[256];  /* number of the symbol among the symbols that occur, NG_RANK_ABSENT for the others */
    uint64_t symbols;     /* how many symbols occur */
    uint64_t super_count;
    uint64_t hypers_at;   /* offsets in the directory */
    uint64_t supers_at;
    /* By the version of the shard: */
    bool is_v1;
    uint8_t leaf_log2;   /* rows of a leaf */
    uint8_t place_bytes; /* of a symbol in a superblock */
    uint8_t unit_log2;   /* bytes, of the ends of leaves */
    const struct ng_rank_shape *shapes;
    const struct ng_rank_kernel *kernel;
};

#define NG_RANK_ABSENT 0xffffu

/* Opens sections RDIR and RDAT of a container and picks the kernel (common/cpu/cpu.h). Errors: NG_ERR_CORRUPT, those of
 * ng_cpu_check. There is nothing to free. */
int ng_rank_open(struct ng_rank *rank, struct ng_container *container, struct ng_err *err);

/* Kernel number index, fastest first, from the one that this process runs; NULL after the last. For tests and
 * benchmarks. */
const struct ng_rank_kernel *ng_rank_kernel_at(size_t index);

/* Number of occurrences of symbol in BWT[0, row); row <= rows. */
static inline uint64_t ng_rank_count(const struct ng_rank *rank, uint8_t symbol, uint64_t row) {
    return rank->kernel->rank(rank, symbol, row);
}

/* One step of backward search: from the interval of a string to the interval of the symbol followed by the string.
 * begin <= end <= rows. If the new interval is empty, its begin is meaningless. */
static inline void ng_rank_extend(const struct ng_rank *rank, struct ng_rank_range *range) {
    rank->kernel->extend(rank, range);
}

/* One LF step from step->row < rows. */
static inline void ng_rank_lf(const struct ng_rank *rank, struct ng_rank_step *step) {
    rank->kernel->lf(rank, step);
}

/* The best number of independent queries to ask at a time: with fewer, the processor waits for memory. */
enum { NG_RANK_BATCH = 128 };

/* As above, for any number of independent queries, interleaved. */
static inline void ng_rank_extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    rank->kernel->extend_batch(rank, ranges, count);
}

static inline void ng_rank_lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    rank->kernel->lf_batch(rank, steps, count);
}

/* If pages are not in memory (ahead.h): the first asks for the page of a row's superblock; the second, once that has
 * been read, for those of its leaf. row <= rows. Batches ask by themselves, but then wait for the pages. A caller that
 * has other work to do meanwhile asks first. Leaves are read as copies (frames.h): call ng_frames_finish before the
 * container may be closed. */
void ng_rank_ask_super(const struct ng_rank *rank, uint64_t row);
void ng_rank_ask_leaf(const struct ng_rank *rank, uint64_t row);

/* The same for both ends of a range. Ask for these in order, since each page is found by reading the one before: the
 * page that says where a superblock is, the superblock's, and the leaf's. */
enum ng_rank_asked { NG_RANK_ASK_OFFSET, NG_RANK_ASK_SUPER, NG_RANK_ASK_LEAF };
void ng_rank_ask_range(const struct ng_rank *rank, const struct ng_rank_range *range, enum ng_rank_asked what);

/* Rows of all leaves but the last. */
static inline uint64_t ng_rank_leaf_rows(const struct ng_rank *rank) {
    return UINT64_C(1) << rank->leaf_log2;
}

/* Checks the leaf that starts at row, a multiple of the rows of a leaf below rows. counts holds the counts of
 * symbols in the BWT before the leaf. Returns whether everything the leaf says agrees with them; if so, adds the
 * symbols of the leaf to counts. If all leaves pass, from the first to the last, and counts ends up equal to the
 * totals, then all queries of rank, LF and decoding agree on one BWT. */
static inline bool ng_rank_check_leaf(const struct ng_rank *rank, uint64_t row, uint64_t counts[256]) {
    return rank->kernel->check_leaf(rank, row, counts);
}

/* Decodes the symbols of the leaf that holds row < rows: the rows from the last multiple of the rows of a leaf on.
 * symbols has room for NG_LEAF_ROWS (format.h). Returns the number of symbols; 0 if the leaf is damaged. */
static inline size_t ng_rank_decode_leaf(const struct ng_rank *rank, uint64_t row, uint8_t *symbols) {
    return rank->kernel->decode_leaf(rank, row, symbols);
}

#endif
