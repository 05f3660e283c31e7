#include "indexer/sort/sort.h"

#include <assert.h>
#include <string.h>

#include "indexer/pages/pages.h"
#include "indexer/sort/induce.h"
#include "indexer/sort/sort_large.h"

/* What induced sorting wants: the text on huge pages, behind a zero byte and a terminator. */
static int copy_text(const uint8_t *text, uint64_t rows, uint8_t **copy, struct ng_err *err) {
    size_t bytes = (size_t)rows + NG_NOTES_MARGIN;
    *copy = ng_pages_take(bytes);
    if (!*copy) return ng_err_nomem(err, bytes, "the text of a block");
    (*copy)[0] = 0;
    (*copy)[1] = NG_TERMINATOR;
    memcpy(*copy + NG_NOTES_MARGIN, text, (size_t)rows);
    return NG_OK;
}

static int sort_induced(uint8_t *text, uint64_t rows, const struct ng_sort_options *options, struct ng_sort_notes *notes,
                        struct ng_err *err) {
    uint8_t *copy = NULL;
    struct ng_note_taker taker = {0};
    const uint32_t length = (uint32_t)rows + NG_NOTES_MARGIN;
    int status = copy_text(text, rows, &copy, err);
    if (!status) {
        status = ng_note_taker_init(&taker, notes, copy, length, options->documents, options->first_position,
                                    options->sa_sample, err);
    }
    if (!status) status = ng_induce_bwt(copy, length, &taker, text, err);
    ng_pages_give(copy, (size_t)rows + NG_NOTES_MARGIN);
    ng_note_taker_free(&taker);
    return status;
}

int ng_sort(uint8_t *text, uint64_t rows, const struct ng_sort_options *options, struct ng_sort_notes *notes,
            struct ng_err *err) {
    assert(options->documents > 0 && rows >= options->documents);
    *notes = (struct ng_sort_notes){0};
    int status = rows <= NG_SORT_INDUCED_ROWS ? sort_induced(text, rows, options, notes, err)
                                              : ng_sort_large(text, rows, options, notes, err);
    if (!status) status = ng_grams_of_bwt(&notes->grams, text, rows, err);
    if (status) ng_sort_notes_free(notes);
    return status;
}

uint64_t ng_sort_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample) {
    /* Text, which becomes the BWT, its copy and suffixes; terminators. */
    uint64_t sorting = rows <= NG_SORT_INDUCED_ROWS ? rows * (1 + sizeof(uint32_t) + 1) + documents * sizeof(uint32_t)
                                                    : ng_sort_large_memory(rows, documents);
    return sorting + (documents + rows / sa_sample) * sizeof(uint64_t);
}
