/*
 * Elias-Fano: a non-decreasing sequence of m numbers below a bound u in about 2 + log2(u / m) bits each, with
 * access by index and predecessor counts. (Elias 1974; Fano 1971; as inverted index: Vigna, "Quasi-succinct
 * indices", 2013.) Each number is split into low bits, which are stored as they are, and high bits, its bucket. Buckets
 * are stored in unary, in blocks of 32, and a directory holds the count of numbers before each block. So a look-up by
 * value touches one directory entry, a few words of buckets and the low bits. The layout is in FORMAT.md, section
 * "Elias-Fano".
 */
#ifndef NG_COMMON_RANK_EF_H
#define NG_COMMON_RANK_EF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/container/container.h"

/* Collects numbers in order. */
struct ng_ef_builder {
    uint64_t bound;
    uint64_t count;
    uint64_t pushed;
    unsigned low_bits;
    uint64_t *low;  /* owned */
    uint64_t *high; /* owned */
    uint64_t high_words;
};

/* Prepares for exactly count numbers, each below bound > 0. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_ef_builder_init(struct ng_ef_builder *builder, uint64_t count, uint64_t bound, struct ng_err *err);

/* Adds a value, at least as large as the one before and below bound. Call it at most count times. */
void ng_ef_builder_push(struct ng_ef_builder *builder, uint64_t value);

/* Appends the encoded sequence to out, after count numbers have been pushed. Errors: NG_ERR_NOMEM. */
int ng_ef_builder_finish(struct ng_ef_builder *builder, struct ng_buf *out, struct ng_err *err);

void ng_ef_builder_free(struct ng_ef_builder *builder);

/* The same queries, compiled for different processors. */
struct ng_ef;
struct ng_ef_kernel {
    uint64_t (*rank)(const struct ng_ef *ef, uint64_t value, bool *contains);
    uint64_t (*get)(const struct ng_ef *ef, uint64_t index);
    void (*prefetch)(const struct ng_ef *ef, uint64_t value);
};

/* A sequence in a section. It can be queried once ng_ef_open has succeeded. */
struct ng_ef {
    struct ng_view view;
    uint64_t bound;
    uint64_t count;
    unsigned low_bits;
    uint64_t buckets;
    uint64_t directory_at; /* offsets in the view */
    uint64_t high_at;
    uint64_t low_at;
    uint64_t end; /* offset after the sequence; another may follow in the same section */
    const struct ng_ef_kernel *kernel;
};

/* Opens the sequence that starts at offset. Errors: NG_ERR_CORRUPT. */
int ng_ef_open(struct ng_ef *ef, const struct ng_view *view, uint64_t offset, struct ng_err *err);

/* Kernel number index, fastest first; NULL after the last that this processor supports. For tests. */
const struct ng_ef_kernel *ng_ef_kernel_at(size_t index);

/* How many numbers are below value, 0 to count. *contains, if contains is not NULL, tells whether the sequence contains
 * value. value may be anything. Damage is recorded in the container and gives a bounded result. */
static inline uint64_t ng_ef_rank(const struct ng_ef *ef, uint64_t value, bool *contains) {
    return ef->kernel->rank(ef, value, contains);
}

/* The number at index, which is below count. Damage: as ng_ef_rank. */
static inline uint64_t ng_ef_get(const struct ng_ef *ef, uint64_t index) {
    return ef->kernel->get(ef, index);
}

/* Reads the whole sequence. Returns whether a builder makes it from numbers in order, each below the bound and, if
 * strictly, each above the one before. Then every query gives the right answer. */
bool ng_ef_check(const struct ng_ef *ef, bool strictly);

/* Prefetches the memory that ng_ef_rank(ef, value) will read. Reads a few bytes of the directory itself. */
static inline void ng_ef_prefetch(const struct ng_ef *ef, uint64_t value) {
    ef->kernel->prefetch(ef, value);
}

/* If pages are not in memory (ahead.h): asks for the page of the directory that ng_ef_prefetch(ef, value) will read. */
void ng_ef_ask_directory(const struct ng_ef *ef, uint64_t value);

/* The same for all that ng_ef_get(ef, index) will read, if the numbers are spread evenly. */
void ng_ef_ask_get(const struct ng_ef *ef, uint64_t index);

#endif
