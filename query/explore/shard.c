/*
 * Phrases together in one shard. The clause with the fewest occurrences there is the anchor: its occurrences are
 * located, and their documents are the candidates. The other phrases are then either located, too, or searched for in
 * the text of the candidates, whichever takes fewer LF steps.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/os/parallel.h"
#include "query/explore/matches.h"
#include "query/explore/follow.h"
#include "query/lib/extract.h"
#include "query/lib/index.h"

/* A document with an occurrence of the anchor. */
struct candidate {
    uint64_t document;
    uint64_t start; /* text positions */
    uint64_t end;
    size_t first; /* its occurrences of the anchor are anchors[first, last) */
    size_t last;
};

struct work {
    struct ng_match_search *search;
    const struct ng_index *index;
    const struct ng_shard *shard;
    const struct ng_interval *intervals;
    size_t anchor; /* its clause */
    uint64_t *positions[NG_MAX_CLAUSE_PHRASES]; /* of located phrases, in order; owned */
    size_t counts[NG_MAX_CLAUSE_PHRASES];
    uint64_t *anchors; /* those of the anchor's phrases together, in order; owned */
    size_t anchor_count;
    struct candidate *candidates; /* owned */
    size_t candidate_count;
    struct ng_match_list *found; /* of each turn; owned */
};

static uint64_t rows_of(const struct work *w, size_t p) {
    return w->intervals[p].end - w->intervals[p].begin;
}

/* The positive clause with the fewest occurrences. False if one has none, so that there is nothing to find. */
static bool choose_anchor(struct work *w) {
    const struct ng_condition *c = &w->search->condition;
    uint64_t least = UINT64_MAX;
    for (size_t clause = 0; clause < c->clause_count; clause++) {
        uint64_t rows = 0;
        for (size_t p = 0; p < c->phrase_count; p++) rows += c->phrases[p].clause == clause ? rows_of(w, p) : 0;
        if (c->negated[clause] || rows >= least) continue;
        least = rows;
        w->anchor = clause;
    }
    return least > 0;
}

/* Locates the phrases of the anchor, or all others, as far as the search may. */
static int locate(struct work *w, bool anchor, struct ng_err *err) {
    struct ng_match_search *search = w->search;
    const struct ng_condition *c = &search->condition;
    struct ng_rows runs[NG_MAX_CLAUSE_PHRASES];
    int status = NG_OK;
    for (size_t p = 0; p < c->phrase_count && !status; p++) {
        if ((c->phrases[p].clause == w->anchor) != anchor || rows_of(w, p) == 0) continue;
        uint64_t rows = rows_of(w, p);
        uint64_t some = rows < search->hits_left ? rows : search->hits_left;
        search->hits_left -= some;
        search->totals.located_hits += some;
        search->totals.unlocated_hits += rows - some;
        w->positions[p] = malloc((size_t)some * sizeof **w->positions + 1);
        if (!w->positions[p]) return ng_err_nomem(err, some * sizeof **w->positions, "positions of a phrase");
        runs[0] = (struct ng_rows){.shard = w->shard, .all = w->intervals[p],
                                   .some = {w->intervals[p].begin, w->intervals[p].begin + some}};
        status = ng_rows_run(w->index, runs, 1, ng_rows_positions, w->positions[p], search->threads, err);
        w->counts[p] = (size_t)some;
        if (!status && some > 0) qsort(w->positions[p], (size_t)some, sizeof **w->positions, ng_order_u64);
    }
    return status;
}

static int gather_anchors(struct work *w, struct ng_err *err) {
    const struct ng_condition *c = &w->search->condition;
    size_t total = 0;
    for (size_t p = 0; p < c->phrase_count; p++) total += c->phrases[p].clause == w->anchor ? w->counts[p] : 0;
    w->anchors = malloc(total * sizeof *w->anchors + 1);
    if (!w->anchors) return ng_err_nomem(err, total * sizeof *w->anchors, "positions");
    for (size_t p = 0; p < c->phrase_count; p++) {
        if (c->phrases[p].clause != w->anchor || w->counts[p] == 0) continue;
        memcpy(w->anchors + w->anchor_count, w->positions[p], w->counts[p] * sizeof *w->anchors);
        w->anchor_count += w->counts[p];
    }
    if (total > 0) qsort(w->anchors, total, sizeof *w->anchors, ng_order_u64);
    return NG_OK;
}

static int find_candidates(struct work *w, struct ng_err *err) {
    size_t capacity = 0;
    for (size_t i = 0; i < w->anchor_count;) {
        struct candidate *grown = ng_array_grow(w->candidates, sizeof *grown, w->candidate_count, &capacity,
                                                "documents", err);
        if (!grown) return NG_ERR_NOMEM;
        w->candidates = grown;
        struct candidate *made = &w->candidates[w->candidate_count++];
        made->document = ng_docs_of_position(&w->shard->docs, w->anchors[i]);
        made->start = ng_docs_start(&w->shard->docs, made->document);
        made->end = ng_docs_end(&w->shard->docs, made->document);
        made->first = i;
        for (i++; i < w->anchor_count && w->anchors[i] <= made->end; i++) continue;
        made->last = i;
        if (made->start > w->anchors[made->first] || made->end < w->anchors[i - 1]) {
            ng_container_mark_damaged(w->shard->container);
        }
    }
    return ng_shard_status(w->shard, err);
}

/* A piece of a candidate that has to be read: around anchors from number *next on. Moves *next past them. */
static struct ng_interval next_piece(const struct work *w, const struct candidate *candidate, size_t *next) {
    const struct ng_condition *c = &w->search->condition;
    struct ng_interval piece = {.begin = candidate->start, .end = candidate->end};
    uint64_t whole = candidate->end - candidate->start;
    bool far = !c->is_within || c->within_bytes >= whole || 2 * (c->within_bytes + c->longest_bytes) >= whole;
    size_t at = *next;
    if (far) {
        *next = candidate->last;
        return piece;
    }
    /* A hit is within reach of an anchor, and what it needs within reach of the hit. */
    uint64_t reach = 2 * (c->within_bytes + c->longest_bytes);
    if (w->anchors[at] - candidate->start > reach) piece.begin = w->anchors[at] - reach;
    do {
        uint64_t left = candidate->end - w->anchors[at];
        piece.end = w->anchors[at] + (left < reach + c->longest_bytes ? left : reach + c->longest_bytes);
        at++;
    } while (at < candidate->last && (w->anchors[at] <= reach || w->anchors[at] - reach <= piece.end));
    *next = at;
    return piece;
}

static uint64_t piece_bytes(const struct work *w, const struct candidate *candidate) {
    uint64_t bytes = 0;
    for (size_t at = candidate->first; at < candidate->last;) {
        struct ng_interval piece = next_piece(w, candidate, &at);
        bytes += piece.end - piece.begin;
    }
    return bytes;
}

/* Whether it takes fewer steps to read the candidates than to locate the other phrases; *bytes is their text. */
static bool reading_is_cheaper(const struct work *w, uint64_t *bytes) {
    const struct ng_condition *c = &w->search->condition;
    uint64_t hits = 0;
    *bytes = 0;
    for (size_t p = 0; p < c->phrase_count; p++) hits += c->phrases[p].clause == w->anchor ? 0 : rows_of(w, p);
    for (size_t i = 0; i < w->candidate_count; i++) *bytes += piece_bytes(w, &w->candidates[i]);
    if (hits > w->search->hits_left) return true;
    return hits > *bytes / (w->shard->sa_sample / 2 + 1);
}

/* The occurrences of a phrase in text[0, length), which starts at position. */
static int search_text(const uint8_t *text, size_t length, uint64_t position, struct ng_bytes phrase,
                       struct ng_match_list *list, struct ng_err *err) {
    int status = NG_OK;
    for (size_t at = 0; at < length && !status;) {
        const uint8_t *found = memmem(text + at, length - at, phrase.data, (size_t)phrase.length_bytes);
        if (!found) break;
        at = (size_t)(found - text);
        status = ng_match_add(list, position + at, 0, err);
        at++;
    }
    return status;
}

/* What the documents of one turn are judged with. */
struct judging {
    uint64_t *positions[NG_MAX_CLAUSE_PHRASES]; /* of occurrences in the text of a document; owned */
    size_t capacity[NG_MAX_CLAUSE_PHRASES];
    struct ng_occurrences occurrences;
    struct ng_buf text;
    struct ng_match_list scratch;
};

static int keep_positions(struct judging *j, size_t p, struct ng_err *err) {
    for (size_t i = 0; i < j->scratch.count; i++) {
        uint64_t *grown = ng_array_grow(j->positions[p], sizeof *grown, j->occurrences.counts[p], &j->capacity[p],
                                        "positions", err);
        if (!grown) return NG_ERR_NOMEM;
        j->positions[p] = grown;
        grown[j->occurrences.counts[p]++] = j->scratch.items[i].position;
    }
    j->occurrences.positions[p] = j->positions[p];
    j->scratch.count = 0;
    return NG_OK;
}

/* The located occurrences of a phrase that are in a candidate. */
static void look_up_phrase(const struct work *w, const struct candidate *candidate, size_t p, struct judging *j) {
    size_t bounds[2];
    for (int side = 0; side < 2; side++) {
        uint64_t least = side ? candidate->end : candidate->start;
        bounds[side] = 0;
        NG_ORDER_SEEK(bounds[side], w->counts[p], middle, w->positions[p][middle] < least);
    }
    j->occurrences.positions[p] = w->counts[p] ? w->positions[p] + bounds[0] : NULL;
    j->occurrences.counts[p] = bounds[1] - bounds[0];
}

/* Finds the occurrences of all phrases in a candidate's text; with is_within, those of the anchor that are located. */
static int read_candidate(const struct work *w, const struct candidate *candidate, struct judging *j,
                          struct ng_watch *watch, struct ng_err *err) {
    const struct ng_condition *c = &w->search->condition;
    int status = NG_OK;
    memset(&j->occurrences, 0, sizeof j->occurrences);
    for (size_t at = candidate->first; at < candidate->last && !status;) {
        struct ng_interval piece = next_piece(w, candidate, &at);
        size_t length = (size_t)(piece.end - piece.begin);
        j->text.length = 0;
        status = ng_buf_reserve(&j->text, length + 1, err);
        if (status) break;
        ng_extract_range(w->shard, candidate->document, piece.begin, piece.end, j->text.data, watch);
        status = ng_shard_outcome(w->shard, watch, err);
        for (size_t p = 0; p < c->phrase_count && !status; p++) {
            if (rows_of(w, p) == 0 || (c->is_within && c->phrases[p].clause == w->anchor)) continue;
            status = search_text(j->text.data, length, piece.begin, c->phrases[p].bytes, &j->scratch, err);
            if (!status) status = keep_positions(j, p, err);
        }
    }
    /* Around an anchor that is not located, as the search may be cut, the text is not read as far as it takes. */
    for (size_t p = 0; c->is_within && p < c->phrase_count; p++) {
        if (c->phrases[p].clause == w->anchor) look_up_phrase(w, candidate, p, j);
    }
    return status;
}

/* The located occurrences of all phrases that are in a candidate. */
static void look_up_candidate(const struct work *w, const struct candidate *candidate, struct judging *j) {
    for (size_t p = 0; p < w->search->condition.phrase_count; p++) look_up_phrase(w, candidate, p, j);
}

static void judging_free(struct judging *j) {
    for (size_t p = 0; p < NG_MAX_CLAUSE_PHRASES; p++) free(j->positions[p]);
    free(j->scratch.items);
    ng_buf_free(&j->text);
}

enum { TURN_CANDIDATES = 64 };

/* Hits of the documents of a turn; the number of these documents that have any is kept as an item behind them. */
static int judge_turn(const struct work *w, uint64_t turn, bool reading, struct ng_err *err) {
    struct judging j = {0};
    struct ng_match_list *found = &w->found[turn];
    struct ng_watch watch = ng_watch_make(&w->index->cancel);
    size_t end = (size_t)(turn + 1) * TURN_CANDIDATES;
    uint64_t hits = 0;
    uint64_t documents = 0;
    int status = NG_OK;
    if (end > w->candidate_count) end = w->candidate_count;
    for (size_t i = (size_t)turn * TURN_CANDIDATES; i < end && !status; i++) {
        size_t before = found->count;
        status = ng_watch_check(&watch, 1, err);
        if (status) break;
        if (reading) status = read_candidate(w, &w->candidates[i], &j, &watch, err);
        else look_up_candidate(w, &w->candidates[i], &j);
        if (!status) status = ng_condition_meet(&w->search->condition, &j.occurrences, found, err);
        hits += found->count - before;
        documents += found->count > before ? 1 : 0;
        if (w->search->count_only) found->count = 0;
    }
    if (!status) status = ng_match_add(found, hits, documents, err);
    judging_free(&j);
    return status;
}

static int judge_read(void *context, uint64_t turn, struct ng_err *err) {
    return judge_turn(context, turn, true, err);
}

static int judge_located(void *context, uint64_t turn, struct ng_err *err) {
    return judge_turn(context, turn, false, err);
}

/* Candidates beyond what may still be read are dropped. */
static void drop_unread(struct work *w) {
    struct ng_match_search *search = w->search;
    size_t kept = 0;
    for (; kept < w->candidate_count; kept++) {
        uint64_t bytes = piece_bytes(w, &w->candidates[kept]);
        if (bytes > search->text_left_bytes) break;
        search->text_left_bytes -= bytes;
        search->totals.read_bytes += bytes;
    }
    search->totals.unread_documents += w->candidate_count - kept;
    w->candidate_count = kept;
}

static int judge_all(struct work *w, struct ng_match_list *matches, struct ng_err *err) {
    struct ng_match_search *search = w->search;
    bool alone = search->condition.clause_count == 1;
    uint64_t bytes;
    bool reading = !alone && reading_is_cheaper(w, &bytes);
    int status = NG_OK;
    if (reading) drop_unread(w);
    else if (!alone) status = locate(w, false, err);
    if (status) return status;
    size_t turns = (w->candidate_count + TURN_CANDIDATES - 1) / TURN_CANDIDATES;
    w->found = calloc(turns + 1, sizeof *w->found);
    if (!w->found) return ng_err_nomem(err, turns * sizeof *w->found, "matches");
    status = ng_parallel_run(ng_parallel_threads(search->threads), turns, reading ? judge_read : judge_located, w, err);
    for (size_t t = 0; t < turns; t++) {
        struct ng_match_list *found = &w->found[t];
        if (!status) {
            const struct ng_match *sums = &found->items[--found->count];
            search->totals.hits += sums->position;
            search->totals.documents += sums->phrase;
        }
        for (size_t i = 0; i < found->count && !status; i++) {
            status = ng_match_add(matches, found->items[i].position, found->items[i].phrase, err);
        }
        free(found->items);
    }
    free(w->found);
    return status;
}

int ng_match_shard(struct ng_match_search *search, uint64_t shard, const struct ng_interval *intervals,
                   struct ng_match_list *matches, struct ng_err *err) {
    struct work w = {.search = search, .index = search->index, .shard = &search->index->shards[shard].shard,
                     .intervals = intervals};
    if (!choose_anchor(&w)) return NG_OK;
    int status = locate(&w, true, err);
    if (!status) status = gather_anchors(&w, err);
    if (!status) status = find_candidates(&w, err);
    if (!status) status = judge_all(&w, matches, err);
    for (size_t p = 0; p < NG_MAX_CLAUSE_PHRASES; p++) free(w.positions[p]);
    free(w.anchors);
    free(w.candidates);
    return status;
}
