#include "common/shard/suffixes.h"

#include <stdlib.h>

#include "common/shard/shard_format.h"

/* Chains are so long, or as long as the sample distance: most lanes are busy even in a long document. */
enum { LANES = NG_SHARD_WALKS, PIECE_BYTES = 4096, HELD_ROWS = 1 << 14 };

struct walk {
    const struct ng_shard *shard;
    const uint64_t *documents;
    size_t count;
    size_t next;       /* the document at hand, */
    uint64_t start;    /* where it starts, */
    uint64_t position; /* and down to where its chains lead already; start: it is done */
    uint64_t piece_bytes;
    struct ng_rank_step steps[LANES];
    uint64_t left[LANES]; /* steps still to take */
    size_t used;
    uint64_t rows[HELD_ROWS + 2 * LANES];
    size_t held;
};

/* The row that the next chain begins at is that of a sample, or of the document's end. *sample is 0 for the latter. */
static bool next_chain(struct walk *w, uint64_t *row, uint64_t *sample, uint64_t *steps) {
    const struct ng_docs *docs = &w->shard->docs;
    bool at_end = w->position == w->start;
    if (at_end) {
        if (w->next == w->count) return false;
        uint64_t document = w->documents[w->next++];
        w->start = ng_docs_start(docs, document);
        w->position = ng_docs_end(docs, document);
        *row = w->shard->first_terminator_row + document;
        if (w->position < w->start || w->position >= w->shard->rows) { /* no sound shard */
            ng_container_mark_damaged(w->shard->container);
            w->next = w->count;
            w->start = w->position = 0;
            return false;
        }
    }
    *sample = at_end ? 0 : w->position / w->shard->sa_sample;
    /* The next one begins at the sample below. */
    uint64_t below = w->position > 0 ? (w->position - 1) / w->piece_bytes * w->piece_bytes : 0;
    if (below <= w->start) below = w->start;
    *steps = w->position - below - (below > w->start ? 1 : 0);
    w->position = below;
    return true;
}

static void fill_lanes(struct walk *w) {
    uint64_t samples[LANES] = {0};
    uint64_t sampled[LANES];
    size_t lanes[LANES];
    size_t count = 0;
    size_t first = w->used;
    uint64_t sample;
    while (w->used < LANES && next_chain(w, &w->steps[w->used].row, &sample, &w->left[w->used])) {
        if (sample > 0) {
            lanes[count] = w->used;
            samples[count++] = sample;
        }
        w->used++;
    }
    ng_shard_sampled_rows(w->shard, samples, count, sampled);
    for (size_t i = 0; i < count; i++) w->steps[lanes[i]].row = sampled[i];
    for (size_t i = first; i < w->used; i++) w->rows[w->held++] = w->steps[i].row;
}

static void drop_done(struct walk *w) {
    for (size_t i = w->used; i-- > 0;) {
        if (w->left[i] > 0) continue;
        w->used--;
        w->left[i] = w->left[w->used];
        w->steps[i] = w->steps[w->used];
    }
}

/* One step of every lane. */
static void step(struct walk *w) {
    ng_rank_lf_batch(&w->shard->rank, w->steps, w->used);
    for (size_t i = 0; i < w->used; i++) {
        if (w->steps[i].symbol == NG_TERMINATOR) ng_container_mark_damaged(w->shard->container);
        w->rows[w->held++] = w->steps[i].row;
        w->left[i]--;
    }
}

int ng_suffixes_walk(const struct ng_shard *shard, const uint64_t *documents, size_t count, ng_suffixes_take *take,
                     void *context, struct ng_watch *watch, struct ng_err *err) {
    struct walk *w = calloc(1, sizeof *w);
    if (!w) return ng_err_nomem(err, sizeof *w, "rows of documents");
    w->shard = shard;
    w->documents = documents;
    w->count = count;
    w->piece_bytes = ((PIECE_BYTES - 1) / shard->sa_sample + 1) * shard->sa_sample;
    int status = NG_OK;
    for (bool done = false; !done && !status;) {
        fill_lanes(w);
        drop_done(w);
        if (w->used > 0) step(w);
        drop_done(w);
        done = w->used == 0 && w->next == w->count && w->position == w->start;
        if (w->held < HELD_ROWS && !done) continue;
        status = ng_watch_check(watch, w->held, err);
        if (!status) status = ng_shard_status(shard, err);
        if (!status) status = take(context, w->rows, w->held, err);
        w->held = 0;
    }
    free(w);
    return status;
}
