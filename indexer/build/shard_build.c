#include "indexer/build/shard_build.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container/container_write.h"
#include "common/os/file.h"
#include "common/os/memory.h"
#include "common/shard/docs_format.h"
#include "common/shard/shard_format.h"
#include "indexer/pages/pages.h"
#include "indexer/plan/budget.h"
#include "indexer/build/docs_spool.h"
#include "indexer/merge/merge.h"
#include "indexer/write/docs_write.h"
#include "indexer/write/encode.h"
#include "indexer/write/jump_write.h"

struct ng_shard_build {
    struct ng_shard_options options;
    char name[NG_SHARD_NAME_BYTES];
    struct ng_container_writer *container;
    struct ng_docs_writer docs;
    struct ng_buf text; /* of the block that is being filled */
    uint64_t text_documents;
    struct ng_spool_writer *spool;  /* of the documents of that block, if there is a journal */
    char *spool_path;
    struct ng_corpus_position end;
    bool keeps_files;
    bool sorts;         /* a block was given to the sorters */
    uint64_t rows;      /* of the shard so far */
    uint64_t documents;
    struct ng_block **blocks; /* handed to the sorters; owned */
    size_t block_count;
    size_t block_capacity;
};

int ng_shard_build_open(struct ng_shard_build **build, const struct ng_shard_options *options, struct ng_err *err) {
    struct ng_shard_build *b = calloc(1, sizeof *b);
    if (!b) return ng_err_nomem(err, sizeof *b, "a shard");
    b->options = *options;
    ng_shard_name_format(b->name, options->number, options->folded);
    char *path = NULL;
    int status = ng_file_join(&path, options->folder, b->name, err);
    if (!status) status = ng_container_create(&b->container, path, err);
    if (!status) status = ng_docs_writer_init(&b->docs, b->container, err);
    if (!status && !options->nameless) b->docs.ids.field = options->id_field;
    free(path);
    if (status) {
        ng_shard_build_close(b);
        return status;
    }
    *build = b;
    return NG_OK;
}

void ng_shard_build_set_block(struct ng_shard_build *b, uint64_t rows) {
    b->options.block_rows = rows;
}

/* A block more, zero-initialised; NULL where there is no memory. */
static struct ng_block *add_block(struct ng_shard_build *b, struct ng_err *err) {
    struct ng_block **blocks = ng_array_grow(b->blocks, sizeof(void *), b->block_count, &b->block_capacity,
                                             "the list of blocks", err);
    if (!blocks) return NULL;
    b->blocks = blocks;
    struct ng_block *block = calloc(1, sizeof *block);
    if (block) b->blocks[b->block_count++] = block;
    else (void)ng_err_nomem(err, sizeof *block, "a block");
    return block;
}

int ng_shard_build_block_paths(const char *folder, uint64_t shard, uint64_t index, char **block, char **documents,
                               struct ng_err *err) {
    if (asprintf(block, "%s/block-%05llu-%06llu.tmp", folder, (unsigned long long)shard, (unsigned long long)index) < 0) {
        *block = NULL;
        return ng_err_nomem(err, strlen(folder), "a file name");
    }
    if (asprintf(documents, "%s/docs-%05llu-%06llu.tmp", folder, (unsigned long long)shard, (unsigned long long)index) >= 0) {
        return NG_OK;
    }
    free(*block);
    *block = *documents = NULL;
    return ng_err_nomem(err, strlen(folder), "a file name");
}

/* Names the block added last. The folded shard beside an exact one, whose blocks are still there, has no journal. */
static int name_block(const struct ng_shard_build *b, struct ng_block *block, struct ng_err *err) {
    if (b->options.nameless) {
        int length = asprintf(&block->path, "%s/folded-%05llu-%06zu.tmp", b->options.folder,
                              (unsigned long long)b->options.number, b->block_count - 1);
        if (length >= 0) return NG_OK;
        block->path = NULL;
        return ng_err_nomem(err, strlen(b->options.folder), "a file name");
    }
    return ng_shard_build_block_paths(b->options.folder, b->options.number, b->block_count - 1, &block->path,
                                      &block->documents_path, err);
}

/* Keeps what comes with a document, so that the build can go on after a crash. */
static int spool_document(struct ng_shard_build *b, const struct ng_document *document, struct ng_err *err) {
    char *block = NULL;
    int status = NG_OK;
    if (!b->options.journal) return NG_OK;
    if (!b->spool) {
        free(b->spool_path);
        b->spool_path = NULL;
        status = ng_shard_build_block_paths(b->options.folder, b->options.number, b->block_count, &block, &b->spool_path,
                                            err);
        if (!status) status = ng_spool_create(&b->spool, b->spool_path, err);
        free(block);
    }
    return status ? status : ng_docs_spool_push(b->spool, document, err);
}

/* Makes the documents of a block durable, before the block itself is. */
static int end_spool(struct ng_shard_build *b, struct ng_block *block, struct ng_err *err) {
    if (!b->spool) return NG_OK;
    block->journal = b->options.journal;
    block->record = (struct ng_journal_block){.shard = b->options.number, .index = b->block_count - 1,
                                              .rows = block->rows, .documents = block->documents, .end = b->end};
    int status = ng_spool_finish(b->spool, &block->record.documents_sum, err);
    ng_spool_writer_free(b->spool);
    b->spool = NULL;
    return status;
}

/* Gives what was collected to the sorters. */
static int end_block(struct ng_shard_build *b, struct ng_err *err) {
    if (b->text.length == 0) return NG_OK;
    struct ng_block *block = add_block(b, err);
    if (!block) return NG_ERR_NOMEM;
    *block = (struct ng_block){.first_position = b->rows - b->text.length, .rows = b->text.length,
                               .first_document = b->documents - b->text_documents, .documents = b->text_documents,
                               .sa_sample = b->options.sa_sample, .text = b->text};
    b->text = (struct ng_buf){0};
    b->text_documents = 0;
    int status = name_block(b, block, err);
    if (!status) status = end_spool(b, block, err);
    b->sorts = true;
    /* One document that takes more memory than a block may is sorted alone. */
    bool alone = ng_sort_memory(block->rows, block->documents, block->sa_sample) > b->options.block_memory_bytes;
    if (alone && !status) status = ng_sorters_wait(b->options.sorters, err);
    if (!status) status = ng_sorters_start(b->options.sorters, block, err);
    if (alone && !status) status = ng_sorters_wait(b->options.sorters, err);
    return status;
}

static bool fits_block(const struct ng_shard_build *b, uint64_t text_bytes) {
    uint64_t rows = b->text.length + text_bytes + 1;
    return rows <= b->options.block_rows &&
           ng_sort_memory(rows, b->text_documents + 1, b->options.sa_sample) <= b->options.block_memory_bytes;
}

/* The text of a block is to stay where it is: memory that grows may move, and lose its huge pages. What is not touched
 * costs nothing. */
static int begin_text(struct ng_shard_build *b, struct ng_err *err) {
    size_t bytes = (size_t)b->options.most_block_rows + NG_PAGE_BYTES;
    b->text.data = ng_memory_huge(bytes);
    for (; !b->text.data && bytes > NG_PLAN_BLOCK_BYTES; b->text.data = ng_memory_huge(bytes)) bytes /= 2;
    if (!b->text.data) return ng_err_nomem(err, bytes, "the text of a block");
    b->text.capacity = bytes;
    return NG_OK;
}

/* What comes with a document of a nameless shard takes a few bits. */
static int push_nameless(struct ng_shard_build *b, uint64_t text_bytes, struct ng_err *err) {
    return ng_docs_writer_push(&b->docs, text_bytes, "", b->docs.document_count + 1, (const uint8_t *)"{}", 2, err);
}

int ng_shard_build_push(struct ng_shard_build *b, const struct ng_document *document, struct ng_err *err) {
    const uint8_t terminator = NG_TERMINATOR;
    int status = NG_OK;
    if (b->text.length > 0 && !fits_block(b, document->text_bytes)) status = end_block(b, err);
    if (!status && !b->text.data) status = begin_text(b, err);
    if (!status) status = ng_buf_append(&b->text, document->text, document->text_bytes, err);
    if (!status) status = ng_buf_append(&b->text, &terminator, 1, err);
    if (!status) status = spool_document(b, document, err);
    if (!status && b->options.nameless) {
        status = push_nameless(b, document->text_bytes, err);
    } else if (!status) {
        status = ng_docs_writer_push(&b->docs, document->text_bytes, document->path, document->line,
                                     document->metadata, document->metadata_bytes, err);
    }
    b->rows += document->text_bytes + 1;
    b->documents++;
    b->text_documents++;
    return status;
}

int ng_shard_build_drain(struct ng_shard_build *b, struct ng_err *err) {
    int status = end_block(b, err);
    if (!status) status = ng_sorters_wait(b->options.sorters, err);
    ng_pages_drop();
    return status;
}

void ng_shard_build_set_end(struct ng_shard_build *b, const struct ng_corpus_position *end) {
    b->end = *end;
}

void ng_shard_build_keep_files(struct ng_shard_build *b) {
    b->keeps_files = true;
}

int ng_shard_build_restore(struct ng_shard_build *b, const struct ng_journal_block *blocks, uint64_t count,
                           struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t i = 0; i < count && !status; i++) {
        struct ng_block *block = add_block(b, err);
        if (!block) return NG_ERR_NOMEM;
        *block = (struct ng_block){.first_position = b->rows, .rows = blocks[i].rows, .first_document = b->documents,
                                   .documents = blocks[i].documents, .sa_sample = b->options.sa_sample,
                                   .sum = blocks[i].sum};
        status = name_block(b, block, err);
        if (!status) status = ng_block_read_notes(block, err);
        if (!status) status = ng_docs_spool_replay(block->documents_path, &b->docs, err);
        b->rows += block->rows;
        b->documents += block->documents;
        b->end = blocks[i].end;
    }
    return status;
}

static int push_documents(struct ng_shard_build *b, const struct ng_shard *shard, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t i = 0; i < shard->documents && !status; i++) {
        struct ng_doc_source source;
        if (ng_removed_has(&shard->removed, i)) continue;
        uint64_t start = ng_docs_start(&shard->docs, i);
        uint64_t end = ng_docs_end(&shard->docs, i);
        if (start > end) return ng_container_fail(shard->container, NG_DOCS_SECTION, "starts are out of order", err);
        if (b->options.nameless) {
            status = push_nameless(b, end - start, err);
            continue;
        }
        status = ng_docs_source(&shard->docs, i, &source, err);
        if (!status) status = ng_docs_writer_push(&b->docs, end - start, source.path, source.line,
                                                  (const uint8_t *)source.metadata, source.metadata_bytes, err);
        ng_docs_source_free(&source);
    }
    return status ? status : ng_shard_status(shard, err);
}

int ng_shard_build_push_shard(struct ng_shard_build *b, const struct ng_shard *shard, struct ng_err *err) {
    int status = end_block(b, err);
    if (!status) status = push_documents(b, shard, err);
    if (status || shard->removed.documents.count == shard->documents) return status;
    struct ng_block *block = add_block(b, err);
    if (!block) return NG_ERR_NOMEM;
    *block = (struct ng_block){.first_position = b->rows, .first_document = b->documents,
                               .sa_sample = b->options.sa_sample};
    status = name_block(b, block, err);
    const struct ng_unsort_options options = {.memory_bytes = b->options.merge_memory_bytes, .threads = b->options.threads};
    if (!status) status = ng_unsort_block(shard, block, &options, err);
    b->rows += block->rows;
    b->documents += block->documents;
    return status;
}

uint64_t ng_shard_build_blocks(const struct ng_shard_build *b) {
    return b->block_count;
}

struct ng_shard_text ng_shard_build_text(const struct ng_shard_build *b, uint64_t index) {
    return (struct ng_shard_text){.path = b->blocks[index]->path, .rows = b->blocks[index]->rows};
}

uint64_t ng_shard_build_rows(const struct ng_shard_build *b) {
    return b->rows;
}

uint64_t ng_shard_build_documents(const struct ng_shard_build *b) {
    return b->documents;
}

uint64_t ng_shard_build_ids(const struct ng_shard_build *b) {
    return b->docs.ids.ids;
}

static void report(const struct ng_shard_build *b, enum ng_build_stage stage, uint64_t done, uint64_t total) {
    const struct ng_shard_options *options = &b->options;
    if (options->progress) options->progress(options->progress_context, stage, options->number, done, total);
}

static void report_merge(void *context, uint64_t done, uint64_t total) {
    report(context, NG_BUILD_MERGE, done, total);
}

static void report_encode(void *context, uint64_t done, uint64_t total) {
    report(context, NG_BUILD_ENCODE, done, total);
}

/* What the blocks know, joined. */
struct joined {
    uint64_t *samples;
    uint64_t *starts;
    struct ng_grams grams;
};

static void joined_free(struct joined *j) {
    free(j->samples);
    free(j->starts);
    ng_grams_free(&j->grams);
}

/* Moves what a block knows to its place. */
static int join_block(struct joined *j, struct ng_block *block, struct ng_err *err) {
    uint64_t first_sample = ng_sort_sample_count(0, block->first_position, block->sa_sample);
    memcpy(j->samples + first_sample, block->notes.samples, (size_t)block->notes.sample_count * sizeof(uint64_t));
    memcpy(j->starts + block->first_document, block->notes.starts, (size_t)block->documents * sizeof(uint64_t));
    int status = ng_grams_add(&j->grams, &block->notes.grams, err);
    if (!status) ng_sort_notes_free(&block->notes);
    return status;
}

static int join_blocks(struct joined *j, const struct ng_shard_build *b, struct ng_err *err) {
    uint64_t samples = ng_sort_sample_count(0, b->rows, b->options.sa_sample);
    *j = (struct joined){.samples = malloc((size_t)samples * sizeof(uint64_t)),
                         .starts = malloc((size_t)b->documents * sizeof(uint64_t))};
    if (!j->samples || !j->starts) return ng_err_nomem(err, (samples + b->documents) * sizeof(uint64_t), "the rows of samples");
    int status = NG_OK;
    for (size_t i = 0; i < b->block_count && !status; i++) status = join_block(j, b->blocks[i], err);
    return status;
}

/* What merging may take beside the rows of samples and of documents. */
static uint64_t merge_memory(const struct ng_shard_build *b) {
    uint64_t notes = (ng_sort_sample_count(0, b->rows, b->options.sa_sample) + b->documents) * sizeof(uint64_t);
    notes += b->docs.ids.hashes.capacity + b->docs.ids.gaps.capacity;
    return b->options.merge_memory_bytes > notes ? b->options.merge_memory_bytes - notes : 0;
}

/* From sorted blocks to the sections of the container. */
static int merge_and_encode(struct ng_shard_build *b, struct ng_err *err) {
    struct joined j;
    struct ng_run whole = {.file = {.fd = -1}};
    int status = join_blocks(&j, b, err);
    struct ng_merge merge = {.blocks = b->blocks, .block_count = b->block_count, .sa_sample = b->options.sa_sample,
                             .samples = j.samples, .starts = j.starts, .threads = b->options.threads,
                             .memory_bytes = merge_memory(b), .folder = b->options.folder,
                             .progress = report_merge, .progress_context = b};
    if (!status) status = ng_jump_write(b->container, &j.grams, b->rows, err);
    if (!status) status = ng_merge_blocks(&merge, &whole, err);
    struct ng_encode_input input = {.bwt = &whole, .samples = j.samples, .starts = j.starts,
                                    .sa_sample = b->options.sa_sample, .threads = b->options.threads,
                                    .progress = report_encode, .progress_context = b};
    ng_pages_drop();
    if (!status) report(b, NG_BUILD_ENCODE, 0, b->rows);
    if (!status) status = ng_encode_write(b->container, &input, err);
    ng_run_free(&whole);
    joined_free(&j);
    return status;
}

int ng_shard_build_finish(struct ng_shard_build *b, struct ng_manifest_shard *entry, struct ng_err *err) {
    struct ng_container_written written;
    int status = end_block(b, err);
    if (!status) status = ng_docs_writer_finish(&b->docs, b->rows, err);
    if (b->sorts) report(b, NG_BUILD_SORT, 0, b->rows);
    if (!status) status = ng_sorters_wait(b->options.sorters, err);
    if (!status) status = merge_and_encode(b, err);
    if (!status) status = ng_ids_writer_finish(&b->docs.ids, b->container, err);
    report(b, NG_BUILD_WRITE, 0, b->rows);
    if (!status) status = ng_container_finish(b->container, &written, err);
    if (status) return status;
    *entry = (struct ng_manifest_shard){
        .bytes = written.bytes, .documents = b->documents, .text_bytes = b->rows - b->documents};
    memcpy(entry->file, b->name, sizeof entry->file);
    memcpy(entry->xxh3_128, written.xxh3_128, sizeof entry->xxh3_128);
    return NG_OK;
}

void ng_shard_build_close(struct ng_shard_build *b) {
    if (!b) return;
    if (b->options.sorters) (void)ng_sorters_wait(b->options.sorters, NULL);
    for (size_t i = 0; i < b->block_count; i++) {
        struct ng_block *block = b->blocks[i];
        if (block->path && !b->keeps_files) (void)unlink(block->path);
        if (block->documents_path && !b->keeps_files) (void)unlink(block->documents_path);
        ng_block_free(b->blocks[i]);
        free(b->blocks[i]);
    }
    free(b->blocks);
    ng_docs_writer_free(&b->docs);
    ng_container_writer_free(b->container);
    ng_buf_free(&b->text);
    ng_spool_writer_free(b->spool);
    free(b->spool_path);
    free(b);
}
