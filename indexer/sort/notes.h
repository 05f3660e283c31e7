/*
 * The notes of a block, everything but its text and BWT, and how they are taken while the sorter finds rows in its own
 * order.
 */
#ifndef NG_INDEXER_SORT_NOTES_H
#define NG_INDEXER_SORT_NOTES_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/shard_format.h"
#include "indexer/sort/grams.h"

/* What a sorter needs to know about a block besides its text. */
struct ng_sort_options {
    uint64_t documents;      /* terminators in the text, at least 1 */
    uint64_t first_position; /* of the block's text in the shard's */
    uint64_t sa_sample;      /* the rows of its multiples are noted */
};

/* How many positions of [first, first + rows) are multiples of distance. */
uint64_t ng_sort_sample_count(uint64_t first, uint64_t rows, uint64_t distance);

/* Rows count from 0 within the block. */
struct ng_sort_notes {
    uint64_t *samples; /* the row of each sampled position, in text order */
    uint64_t sample_count;
    uint64_t *starts;  /* the row of each whole document, in document order */
    struct ng_grams grams;
};

/* Allocates the notes of a block of `rows` rows, all zero. Errors: NG_ERR_NOMEM; then notes are empty. */
int ng_sort_notes_init(struct ng_sort_notes *notes, uint64_t first_position, uint64_t rows, uint64_t documents,
                       uint64_t distance, struct ng_err *err);

/* Idempotent. */
void ng_sort_notes_free(struct ng_sort_notes *notes);

/* Notes the rows of suffixes. Places count from the start of the text, whose first NG_NOTES_MARGIN bytes start no
 * suffix and are only read as the bytes before the first one. */
enum { NG_NOTES_MARGIN = 2 };

struct ng_note_taker {
    uint64_t *samples;
    uint64_t *starts;
    uint32_t *ends;     /* places of the documents' terminators; owned */
    uint64_t documents;
    /* A place is sampled if shift more than it is a multiple of the distance between samples. That is so if, times the
     * inverse of the distance's odd part and turned right by its power of two, it is at most the greatest quotient;
     * and then this is the quotient (Granlund and Montgomery 1994, section 9). */
    uint32_t shift;
    uint32_t inverse;
    uint32_t power;
    uint32_t greatest;
    uint32_t first;     /* quotient of the first sample */
};

/* For the terminators of a text, margin included, which begins at first_position of its shard and of whose positions
 * those are sampled that distance, at most NG_MAX_SAMPLE, divides. Arrays of notes are allocated. On an error both are
 * left as what their free functions take. Errors: NG_ERR_NOMEM. */
int ng_note_taker_init(struct ng_note_taker *taker, struct ng_sort_notes *notes, const uint8_t *text, uint32_t length,
                       uint64_t documents, uint64_t first_position, uint64_t distance, struct ng_err *err);

/* Idempotent. */
void ng_note_taker_free(struct ng_note_taker *taker);

/* Notes the row of the document that begins at a place. */
void ng_note_start(const struct ng_note_taker *taker, uint32_t place, uint32_t row);

/* Notes that the suffix at a place, preceded by the byte before, is in a row. */
static inline void ng_note_row(const struct ng_note_taker *taker, uint32_t place, uint8_t before, uint32_t row) {
    uint32_t product = (place + taker->shift) * taker->inverse;
    uint32_t quotient = product >> taker->power | product << (-taker->power & 31);
    if (__builtin_expect(quotient <= taker->greatest, 0)) taker->samples[quotient - taker->first] = row;
    if (__builtin_expect(before == NG_TERMINATOR, 0)) ng_note_start(taker, place, row);
}

#endif
