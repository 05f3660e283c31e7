/*
 * Two indexes beside each other: documents that both hold, how much of each one's text occurs in the other, and the
 * longest passages in common.
 */
#ifndef NGIDX_COMPARE_H
#define NGIDX_COMPARE_H

#include "ngidx.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Reports that done_bytes of the total_bytes of both texts were read. */
typedef void ng_compare_progress(void *context, uint64_t done_bytes, uint64_t total_bytes);

struct ng_compare_options {
    uint64_t windows;  /* to draw from each index; 1 to NG_MAX_COMPARE_WINDOWS (100,000) */
    uint64_t chars;    /* code points of a window; 1 to NG_MAX_COMPARE_CHARS (1,000) */
    uint64_t passages; /* to give, 0 to NG_MAX_COMPARE_PASSAGES (1,000) */
    uint64_t seed;
    uint64_t memory_bytes; /* for reading documents, as in struct ng_documents_options */
    unsigned threads;      /* 0: one per processor */
    ng_compare_progress *progress; /* NULL: none */
    void *progress_context;
};

/* Sets the defaults: 2,000 windows of 50 code points, 10 passages, seed 1, 256 MB, all processors. */
void ng_compare_options_init(struct ng_compare_options *options);

/* How much of one index's text occurs in the other one. */
struct ng_compare_share {
    uint64_t windows; /* that were drawn. A place from which its document is too short gives none */
    uint64_t found;   /* of them in the other index */
    double share;     /* found / windows; 0 without windows */
    double low;       /* Wilson's 95 % interval; 0 to 1 without windows */
    double high;
};

/* One of the two indexes, seen from the other. */
struct ng_compare_side {
    uint64_t documents;
    uint64_t text_bytes;
    uint64_t shared_documents; /* whose whole text is that of a document of the other index, empty ones included */
    uint64_t shared_bytes;     /* and their text */
    struct ng_compare_share drawn;
};

/* A passage that occurs in both indexes, and no longer one around it does. */
struct ng_compare_passage {
    uint8_t *text; /* owned */
    uint64_t length_bytes;
    uint64_t characters;
    bool cut;           /* the passage is longer: this is all of it that was looked at */
    uint64_t docs[2];    /* a document of either index that holds it, */
    uint64_t offsets[2]; /* and where: bytes */
};

struct ng_comparison {
    struct ng_compare_side sides[2];
    struct ng_compare_passage *passages; /* the longest first; owned */
    size_t passage_count;
    size_t passage_side; /* whose windows led to them: that of the smaller text */
    uint64_t tried;      /* windows from which a passage was looked for */
};

/* Compares views of two indexes, both exact or both folded.
 *
 * Shared documents are exact: texts are equal if their length and 128-bit hash are. All of both texts is read, and 40
 * bytes of memory are taken for each document.
 *
 * Windows are drawn at random places, each start of a code point with the same probability; the same seed gives the same
 * windows.
 *
 * Passages are those around the drawn windows of the smaller text that occur in the other index and are not in a shared
 * document, NG_MAX_COMPARE_TRIES (500) windows at most, and up to NG_MAX_COMPARE_REACH_BYTES (64 KiB) to either side. So
 * a passage is found with a probability that grows with its length, and a longer one may have been missed.
 *
 * On success, free *comparison with ng_comparison_free. Errors: NG_ERR_USAGE (options, different views), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_index_compare(const struct ng_index *const views[2], const struct ng_compare_options *options,
                     struct ng_comparison *comparison, struct ng_err *err);

/* Estimates how much of either text occurs in the other one, without reading all of them: the windows are drawn as above,
 * at other places. Of the options only windows, chars and seed count. Errors: as above. */
int ng_index_compare_shares(const struct ng_index *const views[2], const struct ng_compare_options *options,
                            struct ng_compare_share shares[2], struct ng_err *err);

/* Idempotent. */
void ng_comparison_free(struct ng_comparison *comparison);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
