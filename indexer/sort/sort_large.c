#include "indexer/sort/sort_large.h"

#include <assert.h>
#include <divsufsort64.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/le.h"
#include "common/base/order.h"
#include "common/shard/shard_format.h"
#include "indexer/pages/pages.h"

struct large {
    uint8_t *text;      /* with ties */
    uint64_t length;
    unsigned tie_bytes; /* behind each terminator */
    uint64_t *ends;     /* of the documents, behind their terminators, in the text without ties */
    uint64_t documents;
    saidx64_t *suffixes;
};

static unsigned tie_bytes(uint64_t documents) {
    return (ng_packed_width(documents - 1) + 7) / 8;
}

static void insert_ties(struct large *large, const uint8_t *text, uint64_t rows) {
    const uint8_t *from = text;
    uint8_t *to = large->text;
    for (uint64_t document = 0; document < large->documents; document++) {
        const uint8_t *end = memchr(from, NG_TERMINATOR, (size_t)(text + rows - from));
        assert(end);
        end++;
        to = (uint8_t *)mempcpy(to, from, (size_t)(end - from));
        for (unsigned i = large->tie_bytes; i-- > 0;) *to++ = (uint8_t)(document >> (8 * i));
        large->ends[document] = (uint64_t)(end - text);
        from = end;
    }
}

static int sort_suffixes(struct large *large, const uint8_t *text, uint64_t rows, struct ng_err *err) {
    large->tie_bytes = tie_bytes(large->documents);
    large->length = rows + large->documents * large->tie_bytes;
    size_t bytes = (size_t)large->length * sizeof *large->suffixes;
    large->text = malloc((size_t)large->length);
    large->ends = malloc((size_t)large->documents * sizeof *large->ends);
    large->suffixes = ng_pages_take(bytes);
    if (!large->text || !large->ends || !large->suffixes) return ng_err_nomem(err, bytes, "the suffix array");
    insert_ties(large, text, rows);
    /* Its only failures are arguments that are out of range and its own work memory. */
    int failed = divsufsort64(large->text, large->suffixes, (saidx64_t)large->length);
    return failed ? ng_err_nomem(err, bytes, "suffix sorting") : NG_OK;
}

/* The document that a place of the text with ties belongs to: the first that ends behind it. */
static uint64_t document_at(const struct large *large, uint64_t place) {
    uint64_t low = 0;
    NG_ORDER_SEEK(low, large->documents - 1, middle, large->ends[middle] + (middle + 1) * large->tie_bytes <= place);
    return low;
}

/* BWT, samples and starts from the suffix array. */
static void read_rows(const struct large *large, const struct ng_sort_options *options, uint8_t *bwt,
                      struct ng_sort_notes *notes) {
    const uint64_t distance = options->sa_sample;
    const uint64_t first_sample = ng_sort_sample_count(0, options->first_position, distance);
    uint64_t row = 0;
    for (uint64_t i = 0; i < large->length; i++) {
        uint64_t place = (uint64_t)large->suffixes[i];
        uint64_t document = document_at(large, place);
        uint64_t offset = place - document * large->tie_bytes; /* in the text without ties */
        if (offset >= large->ends[document]) continue;         /* it starts within a tie */
        bool starts = offset == (document ? large->ends[document - 1] : 0);
        if (starts) notes->starts[document] = row;
        uint64_t position = options->first_position + offset;
        if (position % distance == 0) notes->samples[position / distance - first_sample] = row;
        bwt[row++] = starts ? NG_TERMINATOR : large->text[place - 1];
    }
}

int ng_sort_large(uint8_t *text, uint64_t rows, const struct ng_sort_options *options, struct ng_sort_notes *notes,
                  struct ng_err *err) {
    struct large large = {.documents = options->documents};
    int status = ng_sort_notes_init(notes, options->first_position, rows, options->documents, options->sa_sample, err);
    if (!status) status = sort_suffixes(&large, text, rows, err);
    if (!status) read_rows(&large, options, text, notes);
    else ng_sort_notes_free(notes);
    free(large.text);
    free(large.ends);
    ng_pages_give(large.suffixes, (size_t)large.length * sizeof *large.suffixes);
    return status;
}

uint64_t ng_sort_large_memory(uint64_t rows, uint64_t documents) {
    uint64_t places = rows + documents * tie_bytes(documents);
    /* Text, which becomes the BWT, its copy and suffixes; ends. */
    return rows + places * (1 + sizeof(saidx64_t)) + documents * sizeof(uint64_t);
}
