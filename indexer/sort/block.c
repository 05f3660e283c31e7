#include "indexer/sort/block.h"

#include <stdlib.h>

#include "common/base/le.h"

enum { GRAM_BYTES = 12 };

static int write_numbers(struct ng_spool_writer *file, const uint64_t *numbers, uint64_t count, struct ng_err *err) {
    uint8_t bytes[8 * 512];
    int status = NG_OK;
    for (uint64_t at = 0; at < count && !status;) {
        size_t part = 0;
        for (; part < sizeof bytes && at < count; part += 8) ng_le_store64(bytes + part, numbers[at++]);
        status = ng_spool_write(file, bytes, part, err);
    }
    return status;
}

static int write_notes(struct ng_spool_writer *file, const struct ng_block *block, struct ng_err *err) {
    const struct ng_sort_notes *notes = &block->notes;
    int status = write_numbers(file, notes->samples, notes->sample_count, err);
    if (!status) status = write_numbers(file, notes->starts, block->documents, err);
    for (size_t i = 0; i < notes->grams.count && !status; i++) {
        uint8_t bytes[GRAM_BYTES];
        ng_le_store32(bytes, notes->grams.list[i].code);
        ng_le_store64(bytes + 4, notes->grams.list[i].count);
        status = ng_spool_write(file, bytes, sizeof bytes, err);
    }
    return status;
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

static int read_numbers(const struct ng_spool *file, uint64_t *at, uint64_t **numbers, uint64_t count,
                        struct ng_err *err) {
    *numbers = malloc((size_t)(count + 1) * sizeof **numbers);
    if (!*numbers) return ng_err_nomem(err, count * sizeof **numbers, "the rows of samples");
    int status = ng_spool_read(file, *at, *numbers, (size_t)count * sizeof **numbers, err);
    for (uint64_t i = 0; i < count && !status; i++) (*numbers)[i] = ng_le_load64((const uint8_t *)(*numbers + i));
    *at += count * sizeof **numbers;
    return status;
}

int ng_block_read_notes(struct ng_block *block, struct ng_err *err) {
    struct ng_sort_notes *notes = &block->notes;
    struct ng_spool file;
    int status = ng_spool_open(&file, block->path, err);
    if (status) return status;
    uint64_t at = 2 * block->rows;
    notes->sample_count = ng_sort_sample_count(block->first_position, block->rows, block->sa_sample);
    status = read_numbers(&file, &at, &notes->samples, notes->sample_count, err);
    if (!status) status = read_numbers(&file, &at, &notes->starts, block->documents, err);
    for (; at < file.bytes && !status; at += GRAM_BYTES) {
        uint8_t bytes[GRAM_BYTES];
        status = ng_spool_read(&file, at, bytes, sizeof bytes, err);
        if (!status) status = ng_grams_push(&notes->grams, ng_le_load32(bytes), ng_le_load64(bytes + 4), err);
    }
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
