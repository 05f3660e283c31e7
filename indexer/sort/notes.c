#include "indexer/sort/notes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"


/* Of an odd number, modulo 2^32: each step doubles the bits that are right, of which 3 are at first. */
static uint32_t inverse_of(uint32_t odd) {
    uint32_t inverse = odd;
    for (int bits = 3; bits < 32; bits *= 2) inverse *= 2 - odd * inverse;
    return inverse;
}

static void init_distance(struct ng_note_taker *taker, uint64_t first_position, uint64_t distance) {
    uint32_t rest = (uint32_t)(first_position % distance);
    uint32_t divisor = (uint32_t)distance;
    taker->power = (uint32_t)__builtin_ctz(divisor);
    taker->inverse = inverse_of(divisor >> taker->power);
    taker->greatest = UINT32_MAX / divisor;
    taker->shift = rest - NG_NOTES_MARGIN;
    taker->first = rest ? 1 : 0;
}

uint64_t ng_sort_sample_count(uint64_t first, uint64_t rows, uint64_t distance) {
    uint64_t before = first ? (first - 1) / distance + 1 : 0;
    uint64_t end = first + rows;
    return (end ? (end - 1) / distance + 1 : 0) - before;
}

int ng_sort_notes_init(struct ng_sort_notes *notes, uint64_t first_position, uint64_t rows, uint64_t documents,
                       uint64_t distance, struct ng_err *err) {
    *notes = (struct ng_sort_notes){.sample_count = ng_sort_sample_count(first_position, rows, distance)};
    notes->samples = calloc((size_t)notes->sample_count + 1, sizeof *notes->samples);
    notes->starts = calloc((size_t)documents, sizeof *notes->starts);
    if (notes->samples && notes->starts) return NG_OK;
    uint64_t bytes = (notes->sample_count + documents) * sizeof *notes->samples;
    ng_sort_notes_free(notes);
    return ng_err_nomem(err, bytes, "the rows of samples");
}

int ng_note_taker_init(struct ng_note_taker *taker, struct ng_sort_notes *notes, const uint8_t *text, uint32_t length,
                       uint64_t documents, uint64_t first_position, uint64_t distance, struct ng_err *err) {
    assert(distance > 0 && distance <= NG_MAX_SAMPLE);
    *taker = (struct ng_note_taker){0};
    int status = ng_sort_notes_init(notes, first_position, length - NG_NOTES_MARGIN, documents, distance, err);
    if (status) return status;
    *taker = (struct ng_note_taker){.samples = notes->samples, .starts = notes->starts, .documents = documents};
    taker->ends = malloc((size_t)documents * sizeof *taker->ends);
    if (!taker->ends) {
        ng_sort_notes_free(notes);
        ng_note_taker_free(taker);
        return ng_err_nomem(err, documents * sizeof *taker->ends, "the ends of documents");
    }
    init_distance(taker, first_position, distance);
    const uint8_t *at = text + NG_NOTES_MARGIN;
    for (uint64_t document = 0; document < documents; document++) {
        at = memchr(at, NG_TERMINATOR, (size_t)(text + length - at));
        assert(at);
        taker->ends[document] = (uint32_t)(at++ - text);
    }
    assert(at == text + length);
    return NG_OK;
}

void ng_note_taker_free(struct ng_note_taker *taker) {
    free(taker->ends);
    *taker = (struct ng_note_taker){0};
}

void ng_note_start(const struct ng_note_taker *taker, uint32_t place, uint32_t row) {
    uint64_t low = 0; /* the document is the first that ends at the place or behind it */
    NG_ORDER_SEEK(low, taker->documents, middle, taker->ends[middle] < place);
    taker->starts[low] = row;
}

void ng_sort_notes_free(struct ng_sort_notes *notes) {
    free(notes->samples);
    free(notes->starts);
    ng_grams_free(&notes->grams);
    *notes = (struct ng_sort_notes){0};
}
