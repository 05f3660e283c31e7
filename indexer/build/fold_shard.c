#include "indexer/build/fold_shard.h"

#include <string.h>

#include "common/shard/shard_format.h"
#include "indexer/merge/merge.h"

enum { PIECE_BYTES = 1 << 20, KEPT_BYTES = 1 << 22 };

int ng_folder_open(struct ng_folder *folder, struct ng_err *err) {
    *folder = (struct ng_folder){0};
    return ng_fold_open(&folder->fold, err);
}

void ng_folder_close(struct ng_folder *folder) {
    ng_fold_close(folder->fold);
    ng_buf_free(&folder->text);
    *folder = (struct ng_folder){0};
}

int ng_folder_document(struct ng_folder *folder, const struct ng_document *document, uint64_t most_bytes,
                       struct ng_document *folded, struct ng_err *err) {
    struct ng_buf *text = &folder->text;
    int status = NG_OK;
    ng_buf_trim(text, KEPT_BYTES);
    text->length = 0;
    for (uint64_t at = 0; at < document->text_bytes && text->length <= most_bytes && !status; at += PIECE_BYTES) {
        uint64_t left = document->text_bytes - at;
        status = ng_fold_append(folder->fold, document->text + at, left < PIECE_BYTES ? left : PIECE_BYTES, text, err);
    }
    if (!status) status = ng_fold_finish(folder->fold, text, err);
    if (status) return status;
    if (text->length > most_bytes) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "%s:%llu: a document folds to more than %llu bytes", document->path,
                         (unsigned long long)document->line, (unsigned long long)most_bytes);
        return ng_err_hint(err, "give a larger --memory");
    }
    *folded = *document;
    folded->text = text->data ? text->data : (const uint8_t *)"";
    folded->text_bytes = text->length;
    return NG_OK;
}

/* One shard being folded. */
struct folding {
    struct ng_folder *folder;
    struct ng_shard_build *to;
    const struct ng_plan *plan;
    const struct ng_shard_options *options;
    uint64_t rows;  /* of the exact shard */
    uint64_t read;  /* of them */
};

/* Text that grows by folding, which is rare, may no longer fit the memory that the exact text fits. */
static int check_memory(const struct folding *f, struct ng_err *err) {
    const struct ng_plan *plan = f->plan;
    uint64_t text = f->folder->text.length;
    uint64_t documents = ng_shard_build_documents(f->to) + 1;
    uint64_t weight = ng_plan_weight(ng_shard_build_rows(f->to) - (documents - 1) + text, documents);
    bool document_fits = text < plan->block_rows ||
                         ng_plan_document_memory(text, f->options->sa_sample) <= plan->memory_bytes;
    bool shard_fits = weight <= plan->shard_weight ||
                      ng_merge_memory(weight, f->options->sa_sample) <= plan->merge_memory_bytes;
    if (document_fits && shard_fits) return NG_OK;
    (void)ng_err_set(err, NG_ERR_LIMIT, "shard %llu: %s more folded text than fits into memory",
                     (unsigned long long)f->options->number, document_fits ? "it has" : "a document has");
    return ng_err_hint(err, "give a smaller --shard-size or a larger --memory");
}

static int end_document(struct folding *f, struct ng_err *err) {
    struct ng_buf *text = &f->folder->text;
    int status = ng_fold_finish(f->folder->fold, text, err);
    if (!status) status = check_memory(f, err);
    const struct ng_document document = {.text = text->data, .text_bytes = text->length, .path = ""};
    if (!status) status = ng_shard_build_push(f->to, &document, err);
    ng_buf_trim(text, KEPT_BYTES);
    text->length = 0;
    return status;
}

/* A piece of the exact text, with all documents that end in it. */
static int fold_piece(struct folding *f, const uint8_t *bytes, size_t length, struct ng_err *err) {
    int status = NG_OK;
    for (size_t at = 0; at < length && !status;) {
        const uint8_t *end = memchr(bytes + at, NG_TERMINATOR, length - at);
        size_t part = end ? (size_t)(end - bytes) - at : length - at;
        status = ng_fold_append(f->folder->fold, bytes + at, part, &f->folder->text, err);
        if (!status) status = end ? end_document(f, err) : check_memory(f, err);
        at += part + (end ? 1 : 0);
    }
    return status;
}

/* Blocks that end together keep all threads at work to the end. */
static void size_blocks(const struct folding *f) {
    if (f->read == 0) return;
    uint64_t expected = (uint64_t)((double)ng_shard_build_rows(f->to) * (double)f->rows / (double)f->read);
    ng_shard_build_set_block(f->to, ng_plan_next_block(f->plan, expected, ng_shard_build_blocks(f->to)));
}

static int fold_block(struct folding *f, const struct ng_shard_text *block, uint8_t *room, struct ng_err *err) {
    struct ng_spool file;
    int status = ng_spool_open(&file, block->path, err);
    if (status) return status;
    for (uint64_t at = 0; at < block->rows && !status;) {
        size_t piece = block->rows - at < PIECE_BYTES ? (size_t)(block->rows - at) : PIECE_BYTES;
        const struct ng_shard_options *options = f->options;
        if (options->progress) {
            options->progress(options->progress_context, NG_BUILD_FOLD, options->number, f->read, f->rows);
        }
        size_blocks(f);
        status = ng_spool_read(&file, at, room, piece, err);
        if (!status) status = fold_piece(f, room, piece, err);
        f->read += piece;
        at += piece;
    }
    ng_spool_close(&file);
    return status;
}

int ng_folder_shard(struct ng_folder *folder, const struct ng_shard_build *exact, const struct ng_shard_options *options,
                    const struct ng_plan *plan, struct ng_manifest_shard *entry, struct ng_err *err) {
    struct folding f = {.folder = folder, .plan = plan, .options = options, .rows = ng_shard_build_rows(exact)};
    struct ng_buf room = {0};
    ng_fold_reset(folder->fold);
    folder->text.length = 0;
    int status = ng_shard_build_open(&f.to, options, err);
    if (!status) status = ng_buf_reserve(&room, PIECE_BYTES, err);
    for (uint64_t i = 0; i < ng_shard_build_blocks(exact) && !status; i++) {
        const struct ng_shard_text block = ng_shard_build_text(exact, i);
        status = fold_block(&f, &block, room.data, err);
    }
    if (!status) status = ng_shard_build_finish(f.to, entry, err);
    ng_shard_build_close(f.to);
    ng_buf_free(&room);
    return status;
}
