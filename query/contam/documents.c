/* Finds the documents in which windows occur. */
#include <stdlib.h>

#include "common/base/order.h"
#include "query/contam/hits.h"
#include "query/contam/work.h"

/* Windows at a time. Memory may hold the rows of each in all shards. Indexes elsewhere get more at a time, because each
 * question takes long. */
enum { WINDOWS = 256, FAR_WINDOWS = 4096 };

/* The first round looks at this many hits more than the guard, since several may lie in one document. */
enum { MORE_HITS = 28 };

/*
 * Neighbouring windows whose documents are searched for together, by the piece that holds them all. If the piece occurs
 * as often as each window, they all occur in the same places. If the piece is in too many documents, so is each window.
 * Otherwise the windows are halved.
 */
struct search {
    struct ng_contam_phrase phrase;
    const struct ng_contam_asked *asked;
    size_t count;    /* windows from asked on */
    size_t interval; /* the rows to look at next are in this interval, */
    uint64_t row;    /* this far from its begin */
    uint64_t batch;  /* number of them in the next round */
    size_t hits;     /* and in this one */
    struct ng_buf documents; /* of uint64_t, ascending, each once; owned */
    bool overrun;
    bool done;
};

static uint64_t guard_of(const struct ng_contam *contam) {
    return contam->options.corpus_guard ? contam->options.corpus_guard : NG_MAX_GUARDED_HITS;
}

/* Adds the hits of one window to those of a round. */
static int add_hits(struct search *search, struct ng_buf *hits, struct ng_err *err) {
    const struct ng_contam_rows *rows = (const struct ng_contam_rows *)(const void *)search->phrase.rows.data;
    size_t intervals = search->phrase.rows.length / sizeof *rows;
    search->hits = 0;
    while (search->hits < search->batch && search->interval < intervals) {
        const struct ng_contam_rows *at = &rows[search->interval];
        struct ng_contam_hit hit = {.index = (size_t)at->index,
                                    .hit = {.shard = at->shard, .rank = at->rows.begin + search->row}};
        int status = ng_buf_append(hits, &hit, sizeof hit, err);
        if (status) return status;
        search->hits++;
        if (++search->row < at->rows.end - at->rows.begin) continue;
        search->interval++;
        search->row = 0;
    }
    search->done = search->interval == intervals;
    search->batch *= 2;
    return NG_OK;
}

static int add_documents(struct search *search, const struct ng_contam_hit *hits, struct ng_err *err) {
    struct ng_buf *documents = &search->documents;
    for (size_t i = 0; i < search->hits; i++) {
        uint64_t document = ng_contam_document(hits[i].index, hits[i].hit.doc);
        int status = ng_buf_append(documents, &document, sizeof document, err);
        if (status) return status;
    }
    uint64_t *all = (uint64_t *)(void *)documents->data;
    documents->length = ng_order_distinct(all, documents->length / sizeof *all) * sizeof *all;
    return NG_OK;
}

/* Looks at more hits of undecided windows. */
static int look(const struct ng_contam *contam, struct search *searches, size_t count, struct ng_contam_cost *cost,
                struct ng_err *err) {
    struct ng_buf hits = {0};
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        searches[i].hits = 0;
        if (!searches[i].done) status = add_hits(&searches[i], &hits, err);
    }
    const struct ng_contam_hit *all = (const struct ng_contam_hit *)(const void *)hits.data;
    if (!status) {
        status = ng_contam_hits_locate(contam->indexes, contam->index_count, (struct ng_contam_hit *)(void *)hits.data,
                                       hits.length / sizeof *all, &cost->watch, err);
    }
    for (size_t i = 0; i < count && !status; i++) {
        struct search *search = &searches[i];
        if (search->hits == 0) continue;
        status = add_documents(search, all, err);
        all += search->hits;
        if (search->documents.length / sizeof(uint64_t) <= guard_of(contam)) continue;
        search->overrun = true;
        search->done = true;
    }
    ng_buf_free(&hits);
    return status;
}

/* Whether the piece occurs as often as each of its windows. */
static bool is_even(const struct search *search) {
    for (size_t i = 0; i < search->count; i++) {
        if (search->asked[i].fact->count != search->phrase.count) return false;
    }
    return true;
}

static int keep_documents(const struct search *search, struct ng_err *err) {
    struct ng_buf *documents = &search->asked->work->documents;
    size_t begin = documents->length / sizeof(uint64_t);
    if (documents->length + search->documents.length > NG_MAX_ENTRY_DOCUMENTS * sizeof(uint64_t)) {
        return ng_err_set(err, NG_ERR_LIMIT, "the windows of an entry occur in over %llu documents "
                          "(NG_MAX_ENTRY_DOCUMENTS)", (unsigned long long)NG_MAX_ENTRY_DOCUMENTS);
    }
    for (size_t i = 0; i < search->count; i++) {
        struct ng_contam_fact *fact = search->asked[i].fact;
        fact->has_documents = true;
        fact->doc_begin = begin;
        fact->doc_count = (uint32_t)(search->documents.length / sizeof(uint64_t));
    }
    return ng_buf_append(documents, search->documents.data, search->documents.length, err);
}

/* The searches of a round, and of the next. */
struct round {
    struct search *searches;
    size_t count;
};

static struct search *add_search(struct round *round, const struct ng_contam_asked *asked, size_t count) {
    struct search *search = &round->searches[round->count++];
    const struct ng_contam_asked *last = &asked[count - 1];
    *search = (struct search){.asked = asked, .count = count};
    search->phrase = (struct ng_contam_phrase){.text = asked->text->bytes.data,
                                               .begin = asked->begin,
                                               .end = last->end,
                                               .rows_wanted = NG_MAX_GUARDED_HITS,
                                               .reach = asked->work->reach};
    return search;
}

/* Finishes a search, or halves it into the next round. */
static int settle(const struct ng_contam *contam, struct search *search, struct round *next, struct ng_err *err) {
    if (search->overrun) {
        for (size_t i = 0; i < search->count; i++) search->asked[i].fact->overrun = contam->options.corpus_guard > 0;
        return NG_OK;
    }
    if (is_even(search)) return keep_documents(search, err);
    size_t half = search->count / 2;
    (void)add_search(next, search->asked, half);
    (void)add_search(next, search->asked + half, search->count - half);
    return NG_OK;
}

static int run_round(const struct ng_contam *contam, struct round *round, struct round *next,
                     struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam_phrase **list = calloc(round->count, sizeof(struct ng_contam_phrase *));
    if (!list) return ng_err_nomem(err, round->count * sizeof(struct ng_contam_phrase *), "searches for documents");
    for (size_t i = 0; i < round->count; i++) list[i] = &round->searches[i].phrase;
    int status = ng_contam_phrases_count(contam->indexes, contam->index_count, list, round->count, &cost->stats.lf_steps,
                                         &cost->watch, err);
    for (size_t i = 0; i < round->count; i++) {
        struct search *search = &round->searches[i];
        uint64_t count = search->phrase.count;
        search->batch = contam->options.naive ? NG_MAX_GUARDED_HITS : guard_of(contam) + MORE_HITS;
        search->done = !is_even(search) && (contam->options.corpus_guard == 0 || count <= contam->options.corpus_guard);
    }
    for (bool open = true; open && !status;) {
        open = false;
        status = look(contam, round->searches, round->count, cost, err);
        for (size_t i = 0; i < round->count; i++) open = open || !round->searches[i].done;
    }
    for (size_t i = 0; i < round->count; i++) {
        if (!status) status = settle(contam, &round->searches[i], next, err);
        ng_buf_free(&round->searches[i].phrase.rows);
        ng_buf_free(&round->searches[i].documents);
    }
    free(list);
    return status;
}

/* Whether a window can be searched for together with the one before it. */
static bool goes_on(const struct ng_contam *contam, const struct search *search, const struct ng_contam_asked *asked) {
    enum { MOST_BYTES = 4096 };
    const struct ng_contam_asked *last = &search->asked[search->count - 1];
    if (contam->options.naive || last + 1 != asked || last->text != asked->text || asked->begin > last->end) return false;
    if (asked->end < last->end || asked->begin < last->begin || asked->end - search->phrase.begin > MOST_BYTES) return false;
    uint64_t guard = contam->options.corpus_guard;
    bool both_many = guard > 0 && last->fact->count > guard && asked->fact->count > guard;
    return both_many || last->fact->count == asked->fact->count;
}

static int find_some(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                     struct round *rounds, struct ng_contam_cost *cost, struct ng_err *err) {
    struct search *last = NULL;
    rounds[0].count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_fact *fact = asked[i].fact;
        if (fact->has_documents || fact->overrun) continue;
        if (fact->count > NG_MAX_GUARDED_HITS) {
            fact->overrun = contam->options.corpus_guard > 0;
            continue;
        }
        if (last && goes_on(contam, last, &asked[i])) {
            last->count++;
            last->phrase.end = asked[i].end;
        } else {
            last = add_search(&rounds[0], &asked[i], 1);
        }
    }
    int status = NG_OK;
    for (unsigned r = 0; rounds[r % 2].count > 0 && !status; r++) {
        struct round *next = &rounds[(r + 1) % 2];
        next->count = 0;
        status = run_round(contam, &rounds[r % 2], next, cost, err);
    }
    return status;
}

/* Counts the windows that are not counted yet. */
static int count_missing(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                         struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_buf missing = {0};
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (!asked[i].fact->counted) status = ng_buf_append(&missing, &asked[i], sizeof *asked, err);
    }
    if (!status) {
        status = ng_contam_windows_count(contam, (const struct ng_contam_asked *)(const void *)missing.data,
                                         missing.length / sizeof *asked, cost, err);
    }
    ng_buf_free(&missing);
    return status;
}

int ng_contam_documents_find(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                             struct ng_contam_cost *cost, struct ng_err *err) {
    size_t most = WINDOWS;
    for (size_t k = 0; k < contam->index_count; k++) most = contam->indexes[k]->calls ? FAR_WINDOWS : most;
    struct round rounds[2] = {{.searches = calloc(most, sizeof *rounds->searches)},
                              {.searches = calloc(most, sizeof *rounds->searches)}};
    int status = rounds[0].searches && rounds[1].searches
                     ? count_missing(contam, asked, count, cost, err)
                     : ng_err_nomem(err, 2 * most * sizeof *rounds->searches, "searches for documents");
    for (size_t at = 0; at < count && !status; at += most) {
        status = find_some(contam, asked + at, count - at < most ? count - at : most, rounds, cost, err);
    }
    free(rounds[0].searches);
    free(rounds[1].searches);
    return status;
}
