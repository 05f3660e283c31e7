/*
 * The text of many documents in order. Threads extract a window of pieces side by side; the caller takes them one by
 * one, and then the next window begins. So memory is bounded by the window and a piece for every thread, whatever the
 * size of documents. A shard whose table of LF-steps fits the memory is read with it. Of an index whose parts are elsewhere,
 * a window is asked for at once.
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
    int status = index->calls ? NG_OK : go_to(documents, options->first_doc, err);
    if (index->calls) documents->next_doc = options->first_doc;
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

/* Pieces to ask for: more of a document, and those behind it, as many as a window has room for by the average. Few are
 * much longer, so that the rest of those seldom has to be asked for. */
static size_t plan_far(const struct ng_documents *d, struct ng_call_piece *asked) {
    enum { LEAST_BYTES = 1 << 16, LONGER = 4 };
    const struct ng_index *index = d->index;
    uint64_t average = index->documents > 0 ? index->text_bytes / index->documents + 1 : 1;
    uint64_t most = average > PIECE_BYTES / LONGER ? PIECE_BYTES : LONGER * average;
    uint64_t documents = WINDOW_BYTES / 2 / average + 1;
    if (documents > WINDOW_PIECES) documents = WINDOW_PIECES;
    if (documents > d->options.end_doc - d->next_doc) documents = d->options.end_doc - d->next_doc;
    for (size_t i = 0; i < documents; i++) {
        asked[i] = (struct ng_call_piece){.doc = d->next_doc + i, .most_bytes = most > LEAST_BYTES ? most : LEAST_BYTES,
                                          .with_source = true, .may_be_removed = true};
    }
    asked[0].offset = d->next_offset;
    if (d->next_offset > 0) asked[0].most_bytes = PIECE_BYTES;
    return (size_t)documents;
}

static void take_far(struct ng_documents *d, struct ng_call_piece *from) {
    struct ng_documents_piece *piece = &d->pieces[d->count++];
    bool last = from->offset + from->length_bytes >= from->doc_bytes;
    *piece = (struct ng_documents_piece){.doc = from->doc, .offset = from->offset, .text = from->text,
                                         .length_bytes = from->length_bytes, .last = last};
    from->text = NULL;
    if (last) {
        piece->source = from->source;
        from->source = (struct ng_doc_source){0};
    }
    d->next_doc = last ? from->doc + 1 : from->doc;
    d->next_offset = last ? 0 : from->offset + from->length_bytes;
}

/* Fills the window of an index whose parts are elsewhere, up to the first piece that is not the last of its document. */
static int fill_far(struct ng_documents *d, struct ng_err *err) {
    struct ng_call_piece *asked = calloc(WINDOW_PIECES, sizeof *asked);
    if (!asked) return ng_err_nomem(err, WINDOW_PIECES * sizeof *asked, "a window of documents");
    size_t count = plan_far(d, asked);
    int status = ng_index_read(d->index, asked, count, err);
    for (size_t i = 0; i < count && !status; i++) {
        bool wanted = d->next_doc == asked[i].doc;
        if (wanted && asked[i].doc_bytes == NG_CALL_REMOVED) d->next_doc++;
        else if (wanted && asked[i].offset == d->next_offset) take_far(d, &asked[i]);
        ng_call_piece_free(&asked[i]);
    }
    free(asked);
    return status;
}

/* Fills the window of an index that is here. */
static int fill_here(struct ng_documents *d, struct ng_err *err) {
    int status = prepare_shard(d, err);
    if (!status) status = ng_parallel_run(d->options.threads, d->options.threads, fill_some, d, err);
    if (status || !d->status) return status;
    if (err) *err = d->err;
    return d->status;
}

int ng_documents_next(struct ng_documents *d, const struct ng_documents_piece **piece, struct ng_err *err) {
    *piece = NULL;
    while (d->given == d->count) {
        empty_window(d);
        if (d->next_doc == d->options.end_doc) return NG_OK;
        int status = d->index->calls ? fill_far(d, err) : fill_here(d, err);
        if (status) return status;
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
