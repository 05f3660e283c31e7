#include "indexer/sort/block.h"

#include <stdlib.h>

/* Notes are read by this build alone, and written as they are in memory. */
static int write_notes(struct ng_spool_writer *file, const struct ng_block *block, struct ng_err *err) {
    const struct ng_sort_notes *notes = &block->notes;
    int status = ng_spool_write(file, notes->samples, (size_t)notes->sample_count * sizeof *notes->samples, err);
    if (!status) status = ng_spool_write(file, notes->starts, (size_t)block->documents * sizeof *notes->starts, err);
    return status ? status : ng_spool_write(file, notes->grams.list, notes->grams.count * sizeof *notes->grams.list, err);
}

static int sort_text(struct ng_block *block, struct ng_err *err) {
    const struct ng_sort_options options = {.documents = block->documents, .first_position = block->first_position,
                                            .sa_sample = block->sa_sample};
    return ng_sort(block->text.data, block->text.length, &options, &block->notes, err);
}

int ng_block_sort(struct ng_block *block, struct ng_err *err) {
    int status = ng_block_write(block, block->text.data, NULL, err);
    if (status || !block->journal) return status;
    block->record.sum = block->sum;
    return ng_journal_add_block(block->journal, &block->record, err);
}

int ng_block_write(struct ng_block *block, const uint8_t *text, const uint8_t *bwt, struct ng_err *err) {
    struct ng_spool_writer *file = NULL;
    int status = ng_spool_create(&file, block->path, err);
    if (!status) status = ng_spool_write(file, text, (size_t)block->rows, err);
    if (!status && !bwt) status = sort_text(block, err);
    if (!status) status = ng_spool_write(file, bwt ? bwt : block->text.data, (size_t)block->rows, err);
    ng_buf_free(&block->text);
    if (!status) status = write_notes(file, block, err);
    if (!status) status = ng_spool_finish(file, &block->sum, err);
    ng_spool_writer_free(file);
    return status;
}

int ng_block_read_notes(struct ng_block *block, struct ng_err *err) {
    struct ng_sort_notes *notes = &block->notes;
    struct ng_grams *grams = &notes->grams;
    struct ng_spool file;
    int status = ng_spool_open(&file, block->path, err);
    if (status) return status;
    status = ng_sort_notes_init(notes, block->first_position, block->rows, block->documents, block->sa_sample, err);
    uint64_t starts_at = 2 * block->rows + notes->sample_count * sizeof *notes->samples;
    uint64_t grams_at = starts_at + block->documents * sizeof *notes->starts;
    size_t gram_bytes = file.bytes > grams_at ? (size_t)(file.bytes - grams_at) : 0;
    if (!status) status = ng_spool_read(&file, 2 * block->rows, notes->samples, (size_t)(starts_at - 2 * block->rows), err);
    if (!status) status = ng_spool_read(&file, starts_at, notes->starts, (size_t)(grams_at - starts_at), err);
    if (!status && !(grams->list = malloc(gram_bytes + 1))) status = ng_err_nomem(err, gram_bytes, "the notes of a block");
    if (!status) status = ng_spool_read(&file, grams_at, grams->list, gram_bytes, err);
    if (!status) grams->count = grams->capacity = gram_bytes / sizeof *grams->list;
    ng_spool_close(&file);
    return status;
}

void ng_block_free(struct ng_block *block) {
    if (!block) return;
    ng_buf_free(&block->text);
    ng_sort_notes_free(&block->notes);
    free(block->path);
    free(block->documents_path);
    block->path = block->documents_path = NULL;
}
