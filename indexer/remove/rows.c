#include "indexer/remove/rows.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/base/order.h"
#include "common/os/parallel.h"
#include "common/shard/suffixes.h"

/* Documents that a thread takes at a time. */
enum { TURN_DOCUMENTS = 64, WORD_BITS = 64 };

/* Few rows are listed and then sorted; many are marked among all rows of the shard. */
struct rows {
    const struct ng_shard *shard;
    const uint64_t *documents;
    size_t count;
    uint64_t *list; /* owned; NULL: they are marked */
    _Atomic uint64_t *marks; /* a bit for each row of the shard; owned */
    uint64_t total;
    _Atomic uint64_t used;
};

static int take(void *context, const uint64_t *found, size_t count, struct ng_err *err) {
    struct rows *rows = context;
    uint64_t at = atomic_fetch_add(&rows->used, count);
    if (at > rows->total || count > rows->total - at) {
        ng_container_mark_damaged(rows->shard->container);
        return ng_shard_status(rows->shard, err);
    }
    for (size_t i = 0; i < count; i++) {
        if (rows->list) {
            rows->list[at + i] = found[i];
        } else {
            (void)atomic_fetch_or_explicit(&rows->marks[found[i] / WORD_BITS], UINT64_C(1) << found[i] % WORD_BITS,
                                           memory_order_relaxed);
        }
    }
    return NG_OK;
}

static int take_turn(void *context, uint64_t turn, struct ng_err *err) {
    struct rows *rows = context;
    struct ng_watch watch = ng_watch_make(NULL);
    size_t at = (size_t)turn * TURN_DOCUMENTS;
    size_t some = rows->count - at < TURN_DOCUMENTS ? rows->count - at : TURN_DOCUMENTS;
    return ng_suffixes_walk(rows->shard, rows->documents + at, some, take, rows, &watch, err);
}

/* Where the reading of the new rows stands. */
struct cursor {
    uint64_t at;   /* the next of the list, or of the shard's rows */
    uint64_t word; /* of the marks: what is left of those before at */
};

/* The next of the new rows in order; UINT64_MAX behind the last. */
static uint64_t next_row(const struct rows *rows, struct cursor *cursor) {
    if (rows->list) return cursor->at < rows->total ? rows->list[cursor->at++] : UINT64_MAX;
    for (; cursor->word == 0; cursor->at += WORD_BITS) {
        if (cursor->at >= rows->shard->rows) return UINT64_MAX;
        cursor->word = atomic_load_explicit(&rows->marks[cursor->at / WORD_BITS], memory_order_relaxed);
    }
    uint64_t row = cursor->at - WORD_BITS + (uint64_t)__builtin_ctzll(cursor->word);
    cursor->word &= cursor->word - 1;
    return row;
}

/* The new rows and the old ones as one sequence. */
static int encode(const struct rows *rows, struct ng_buf *out, struct ng_err *err) {
    const struct ng_ef *old = &rows->shard->removed.rows;
    struct ng_ef_builder builder = {0};
    struct cursor cursor = {0};
    uint64_t all = rows->total + old->count;
    uint64_t pushed = 0;
    int status = ng_ef_builder_init(&builder, all, rows->shard->rows, err);
    uint64_t row = status ? 0 : next_row(rows, &cursor);
    for (uint64_t i = 0; i <= old->count && !status; i++) {
        uint64_t before = i < old->count ? ng_ef_get(old, i) : UINT64_MAX;
        for (; row < before && pushed < all; row = next_row(rows, &cursor), pushed++) ng_ef_builder_push(&builder, row);
        if (i == old->count || row == before || pushed == all) break;
        ng_ef_builder_push(&builder, before);
        pushed++;
    }
    if (!status && pushed < all) ng_container_mark_damaged(rows->shard->container); /* a row twice */
    if (!status) status = ng_shard_status(rows->shard, err);
    if (!status) status = ng_ef_builder_finish(&builder, out, err);
    ng_ef_builder_free(&builder);
    return status;
}

int ng_remove_rows(const struct ng_shard *shard, const uint64_t *documents, size_t count, unsigned threads,
                   struct ng_buf *out, struct ng_err *err) {
    struct rows rows = {.shard = shard, .documents = documents, .count = count};
    for (size_t i = 0; i < count; i++) {
        rows.total += ng_docs_end(&shard->docs, documents[i]) - ng_docs_start(&shard->docs, documents[i]) + 1;
    }
    int status = ng_shard_status(shard, err);
    if (status) return status;
    bool few = rows.total < shard->rows / WORD_BITS;
    size_t bytes = few ? (size_t)rows.total * sizeof *rows.list : (size_t)(shard->rows / WORD_BITS + 1) * sizeof *rows.marks;
    if (few) rows.list = malloc(bytes + 1);
    else rows.marks = calloc(bytes, 1);
    if (!rows.list && !rows.marks) return ng_err_nomem(err, bytes, "the rows of removed documents");
    status = ng_parallel_run(ng_parallel_threads(threads), (count + TURN_DOCUMENTS - 1) / TURN_DOCUMENTS, take_turn, &rows,
                             err);
    if (!status && atomic_load(&rows.used) != rows.total) ng_container_mark_damaged(shard->container);
    if (!status && rows.list) qsort(rows.list, (size_t)rows.total, sizeof *rows.list, ng_order_u64);
    if (!status) status = encode(&rows, out, err);
    free(rows.list);
    free((void *)(uintptr_t)rows.marks);
    return status;
}
