/*
 * The text of many documents in order. Threads extract a window of pieces side by side; the caller takes them one by
 * one, and then the next window begins. So the window and one piece for every thread bound the memory, whatever the
 * size of documents. If the table of LF steps of a shard fits the memory, the shard is read with it. For an index whose
 * parts are elsewhere, the lengths of documents are requested first, so that the pieces of a window are known.
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

/* Learns the lengths of the next documents. */
static int measure_far(const struct ng_documents *d, struct ng_call_piece *asked, size_t *count, struct ng_err *err) {
    uint64_t left = d->options.end_doc - d->next_doc;
    *count = left < WINDOW_PIECES ? (size_t)left : WINDOW_PIECES;
    for (size_t i = 0; i < *count; i++) {
        asked[i] = (struct ng_call_piece){.doc = d->next_doc + i, .may_be_removed = true};
    }
    int status = ng_index_read(d->index, asked, *count, err);
    for (size_t i = 0; i < *count && !status; i++) ng_call_piece_free(&asked[i]);
    return status;
}

/* What is asked for at once takes a part well under a second. Several such questions are under way at a time. */
enum { FAR_BYTES = 1 << 18, FAR_THREADS = 4 };

/* Begins pieces until the window is full. */
static void plan_far(struct ng_documents *d, const struct ng_call_piece *measured, size_t count) {
    for (size_t i = 0; i < count && d->count < WINDOW_PIECES && d->held_bytes < WINDOW_BYTES / 2;) {
        bool removed = measured[i].doc_bytes == NG_CALL_REMOVED;
        uint64_t left = removed ? 0 : measured[i].doc_bytes - d->next_offset;
        struct ng_documents_piece piece = {.doc = d->next_doc, .offset = d->next_offset, .last = left <= FAR_BYTES,
                                           .length_bytes = left < FAR_BYTES ? left : FAR_BYTES};
        if (!removed) d->pieces[d->count++] = piece;
        d->held_bytes += piece.length_bytes;
        d->next_offset = piece.last ? 0 : d->next_offset + FAR_BYTES;
        if (!piece.last) continue;
        d->next_doc++;
        i++;
    }
}

/* A window that is being read: question i is for pieces [begins[i], begins[i + 1]). */
struct far_window {
    struct ng_documents *documents;
    size_t begins[WINDOW_PIECES + 1];
    size_t count;
};

static void group_far(struct far_window *window) {
    const struct ng_documents *d = window->documents;
    uint64_t bytes = 0;
    for (size_t i = 0; i < d->count; i++) {
        bytes += d->pieces[i].length_bytes;
        if (i > 0 && bytes <= FAR_BYTES) continue;
        bytes = d->pieces[i].length_bytes;
        window->begins[window->count++] = i;
    }
    window->begins[window->count] = d->count;
}

static int read_far(void *context, uint64_t turn, struct ng_err *err) {
    const struct far_window *window = context;
    struct ng_documents_piece *pieces = &window->documents->pieces[window->begins[turn]];
    size_t count = window->begins[turn + 1] - window->begins[turn];
    struct ng_call_piece *asked = calloc(count, sizeof *asked);
    if (!asked) return ng_err_nomem(err, count * sizeof *asked, "a window of documents");
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct ng_call_piece){.doc = pieces[i].doc, .offset = pieces[i].offset,
                                          .most_bytes = pieces[i].length_bytes, .with_source = pieces[i].last};
    }
    int status = ng_index_read(window->documents->index, asked, count, err);
    for (size_t i = 0; i < count && !status; i++) {
        pieces[i].text = asked[i].text;
        pieces[i].source = asked[i].source;
    }
    free(asked);
    return status;
}

/* Fills the window of an index whose parts are elsewhere. */
static int fill_far(struct ng_documents *d, struct ng_err *err) {
    struct ng_call_piece *measured = calloc(WINDOW_PIECES, sizeof *measured);
    struct far_window window = {.documents = d};
    size_t count;
    if (!measured) return ng_err_nomem(err, WINDOW_PIECES * sizeof *measured, "a window of documents");
    int status = measure_far(d, measured, &count, err);
    if (!status) plan_far(d, measured, count);
    free(measured);
    if (status) return status;
    group_far(&window);
    return ng_parallel_run(FAR_THREADS, window.count, read_far, &window, err);
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
