/*
 * The text of many documents in order. Threads extract a window of pieces side by side; the caller takes them one by
 * one, and then the next window begins. So memory is bounded by the window and a piece for every thread, whatever the
 * size of documents. A shard whose table of LF-steps fits the memory is read with it.
 */
#include <pthread.h>
#include <stdlib.h>

#include "common/os/parallel.h"
#include "query/lib/index.h"

enum { PIECE_BYTES = 1 << 20, WINDOW_BYTES = 16 << 20, WINDOW_PIECES = 1024 };

struct ng_documents {
    struct ng_index *index;
    struct ng_documents_options options;
    uint64_t shard; /* the one that is read, or was read last */
    size_t given;   /* pieces of the window that the caller took */
    pthread_mutex_t lock; /* guards what follows while a window is filled */
    uint64_t next_doc;
    uint64_t next_offset;
    uint64_t held_bytes;
    size_t count;
    int status; /* the first error, in err; no piece is begun after it */
    struct ng_err err;
    struct ng_documents_piece pieces[WINDOW_PIECES];
};

/* Goes on at a document, or at the first one behind it that was not removed. */
static int go_to(struct ng_documents *d, uint64_t doc, struct ng_err *err) {
    int status = ng_index_next_document(d->index, &doc, err);
    d->next_doc = doc < d->options.end_doc ? doc : d->options.end_doc;
    d->next_offset = 0;
    return status;
}

int ng_documents_open(struct ng_documents **out, struct ng_index *index, const struct ng_documents_options *options,
                      struct ng_err *err) {
    *out = NULL;
    int status = ng_index_refuse_remote(index, "give all its documents", err);
    if (status) return status;
    if (options->first_doc > options->end_doc || options->end_doc > index->manifest.documents) {
        return ng_err_set(err, NG_ERR_USAGE, "no documents %llu to %llu: the index has %llu",
                          (unsigned long long)options->first_doc, (unsigned long long)options->end_doc,
                          (unsigned long long)index->manifest.documents);
    }
    struct ng_documents *documents = calloc(1, sizeof *documents);
    if (!documents) return ng_err_nomem(err, sizeof *documents, "a window of documents");
    documents->index = index;
    documents->options = *options;
    documents->options.threads = ng_parallel_threads(options->threads);
    (void)pthread_mutex_init(&documents->lock, NULL);
    status = go_to(documents, options->first_doc, err);
    if (status) ng_documents_close(documents);
    else *out = documents;
    return status;
}

/* Begins the next piece; NULL where there is no more, or no more room. To be called under the lock. */
static struct ng_documents_piece *begin_piece(struct ng_documents *d) {
    if (d->status || d->next_doc == d->options.end_doc) return NULL;
    if (d->count == WINDOW_PIECES || d->held_bytes >= WINDOW_BYTES) return NULL;
    uint64_t length_bytes;
    d->status = ng_index_doc_length(d->index, d->next_doc, &length_bytes, &d->err);
    if (d->status) return NULL;
    uint64_t left = length_bytes - d->next_offset;
    struct ng_documents_piece *piece = &d->pieces[d->count++];
    *piece = (struct ng_documents_piece){.doc = d->next_doc,
                                         .offset = d->next_offset,
                                         .length_bytes = left < PIECE_BYTES ? left : PIECE_BYTES};
    piece->last = piece->length_bytes == left;
    d->held_bytes += piece->length_bytes;
    if (piece->last) d->status = go_to(d, d->next_doc + 1, &d->err);
    else d->next_offset += PIECE_BYTES;
    return piece;
}

static int fill_piece(const struct ng_documents *d, struct ng_documents_piece *piece, struct ng_err *err) {
    uint8_t *text = malloc((size_t)piece->length_bytes + 1);
    if (!text) return ng_err_nomem(err, piece->length_bytes, "a piece of a document");
    piece->text = text;
    int status = ng_index_extract(d->index, piece->doc, piece->offset, piece->length_bytes, text, err);
    if (!status && piece->last) status = ng_index_doc_source(d->index, piece->doc, &piece->source, err);
    return status;
}

/* Fills pieces until the window is full; a turn for each thread. */
static int fill_some(void *context, uint64_t turn, struct ng_err *err) {
    struct ng_documents *d = context;
    struct ng_documents_piece *piece;
    (void)turn;
    (void)pthread_mutex_lock(&d->lock);
    while ((piece = begin_piece(d))) {
        (void)pthread_mutex_unlock(&d->lock);
        int status = fill_piece(d, piece, err);
        (void)pthread_mutex_lock(&d->lock);
        d->held_bytes += piece->source.metadata_bytes;
        if (status && !d->status) {
            d->status = status;
            d->err = *err;
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return NG_OK;
}

static void empty_window(struct ng_documents *d) {
    for (size_t i = 0; i < d->count; i++) {
        free((void *)(uintptr_t)d->pieces[i].text);
        ng_doc_source_free(&d->pieces[i].source);
    }
    d->count = 0;
    d->given = 0;
    d->held_bytes = 0;
}

/* Makes the table of the next document's shard, where it fits the memory, and drops the one before. */
static int prepare_shard(struct ng_documents *d, struct ng_err *err) {
    uint64_t number;
    int status = ng_index_shard_of(d->index, d->next_doc, &number, err);
    if (status) return status;
    struct ng_shard *shard = &d->index->shards[number].shard;
    if (number != d->shard) ng_rank_table_free(&d->index->shards[d->shard].shard.table);
    d->shard = number;
    if (shard->table.next || ng_rank_table_memory(shard->rows) > d->options.memory_bytes) return NG_OK;
    status = ng_rank_table_open(&shard->table, &shard->rank, d->options.threads, &d->index->cancel, err);
    if (status != NG_ERR_NOMEM && status != NG_ERR_LIMIT) return status;
    ng_err_clear(err); /* the text is read without it, if slowly */
    return NG_OK;
}

int ng_documents_next(struct ng_documents *d, const struct ng_documents_piece **piece, struct ng_err *err) {
    *piece = NULL;
    if (d->given == d->count) {
        empty_window(d);
        if (d->next_doc == d->options.end_doc) return NG_OK;
        int status = prepare_shard(d, err);
        if (!status) status = ng_parallel_run(d->options.threads, d->options.threads, fill_some, d, err);
        if (status) return status;
        if (d->status) {
            if (err) *err = d->err;
            return d->status;
        }
    }
    *piece = &d->pieces[d->given++];
    return NG_OK;
}

void ng_documents_close(struct ng_documents *documents) {
    if (!documents) return;
    empty_window(documents);
    if (documents->index->shard_count > 0) ng_rank_table_free(&documents->index->shards[documents->shard].shard.table);
    (void)pthread_mutex_destroy(&documents->lock);
    free(documents);
}
