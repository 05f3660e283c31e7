/* Phrases together: the part of ngidx.h that finds documents that meet several clauses. */
#include <stdlib.h>
#include <string.h>

#include "query/explore/follow.h"
#include "query/explore/matches.h"
#include "query/lib/index.h"
#include "query/lib/search.h"

struct ng_matches {
    const struct ng_index *index;
    struct ng_match_search search;
    struct ng_match_list list;
    size_t *shard_ends; /* matches of shard s end there; owned */
};

static int add_phrase(struct ng_condition *c, struct ng_bytes phrase, size_t clause, struct ng_err *err) {
    int status = ng_search_check(phrase, err);
    if (status) return status;
    if (phrase.length_bytes == 0) {
        return ng_err_set(err, NG_ERR_USAGE,
                          "the empty phrase is in every document: it cannot be combined with others");
    }
    for (size_t p = 0; p < c->phrase_count; p++) { /* alternatives that are the same count once */
        const struct ng_bytes *known = &c->phrases[p].bytes;
        if (c->phrases[p].clause == clause && known->length_bytes == phrase.length_bytes &&
            memcmp(known->data, phrase.data, (size_t)phrase.length_bytes) == 0) {
            return NG_OK;
        }
    }
    if (c->phrase_count == NG_MAX_CLAUSE_PHRASES) {
        return ng_err_set(err, NG_ERR_LIMIT, "over %u phrases together (NG_MAX_CLAUSE_PHRASES)", NG_MAX_CLAUSE_PHRASES);
    }
    c->phrases[c->phrase_count++] = (struct ng_condition_phrase){.bytes = phrase, .clause = clause};
    if (phrase.length_bytes > c->longest_bytes) c->longest_bytes = phrase.length_bytes;
    return NG_OK;
}

static int read_clauses(struct ng_condition *c, const struct ng_match_options *options, struct ng_err *err) {
    c->clause_count = options->clause_count;
    c->is_within = options->is_within;
    c->within_bytes = options->within_bytes;
    c->unique_docs = options->unique_docs;
    if (c->clause_count > NG_MAX_CLAUSE_PHRASES) {
        return ng_err_set(err, NG_ERR_LIMIT, "over %u phrases together (NG_MAX_CLAUSE_PHRASES)", NG_MAX_CLAUSE_PHRASES);
    }
    if (c->clause_count == 0 || options->clauses[0].negated) {
        return ng_err_set(err, NG_ERR_USAGE, "the first clause must name phrases to find");
    }
    int status = NG_OK;
    for (size_t i = 0; i < c->clause_count && !status; i++) {
        const struct ng_clause *clause = &options->clauses[i];
        c->negated[i] = clause->negated;
        if (clause->phrase_count == 0) return ng_err_set(err, NG_ERR_USAGE, "a clause without phrases");
        for (size_t p = 0; p < clause->phrase_count && !status; p++) {
            status = add_phrase(c, clause->phrases[p], i, err);
        }
    }
    return status;
}

/* Finds the intervals of all phrases in all shards, and goes through the shards. */
static int search_shards(struct ng_matches *m, struct ng_err *err) {
    const struct ng_condition *c = &m->search.condition;
    const uint64_t shards = m->index->shard_count;
    struct ng_bytes phrases[NG_MAX_CLAUSE_PHRASES];
    struct ng_interval of_shard[NG_MAX_CLAUSE_PHRASES];
    struct ng_interval *intervals = calloc(((size_t)shards + 1) * (c->phrase_count + 1), sizeof *intervals);
    if (!intervals) return ng_err_nomem(err, shards * c->phrase_count * sizeof *intervals, "intervals");
    for (size_t p = 0; p < c->phrase_count; p++) phrases[p] = c->phrases[p].bytes;
    int status = ng_index_find_batch(m->index, phrases, c->phrase_count, intervals, err);
    for (uint64_t s = 0; s < shards && !status; s++) {
        for (size_t p = 0; p < c->phrase_count; p++) of_shard[p] = intervals[p * shards + s];
        status = ng_match_shard(&m->search, s, of_shard, &m->list, err);
        m->shard_ends[s] = m->list.count;
    }
    free(intervals);
    return status;
}

/* The same where the parts are elsewhere. */
static int search_parts(struct ng_matches *m, const struct ng_match_options *options, struct ng_err *err) {
    struct ng_call_matches found = {.options = options, .most_hits = m->search.hits_left,
                                    .most_text_bytes = m->search.text_left_bytes, .shard_ends = m->shard_ends};
    int status = m->index->calls->matches(m->index, &found, err);
    m->search.totals = found.totals;
    m->list = (struct ng_match_list){.items = found.items, .count = found.count, .capacity = found.count};
    return status;
}

int ng_matches_search(struct ng_matches **matches, const struct ng_index *index, const struct ng_match_options *options,
                      uint64_t most_hits, uint64_t most_text_bytes, struct ng_err *err) {
    *matches = NULL;
    struct ng_matches *m = calloc(1, sizeof *m);
    if (!m) return ng_err_nomem(err, sizeof *m, "a search");
    m->index = index;
    m->search = (struct ng_match_search){
        .index = index,
        .hits_left = most_hits,
        .text_left_bytes = most_text_bytes,
        .count_only = options->count_only,
        .threads = options->threads};
    m->shard_ends = calloc((size_t)index->shard_count + 1, sizeof *m->shard_ends);
    int status = m->shard_ends ? NG_OK : ng_err_nomem(err, index->shard_count * sizeof *m->shard_ends, "a search");
    if (!status) status = read_clauses(&m->search.condition, options, err);
    if (!status) status = index->calls ? search_parts(m, options, err) : search_shards(m, err);
    if (status) {
        ng_matches_close(m);
        return status;
    }
    struct ng_match_totals *totals = &m->search.totals;
    totals->cut = totals->unlocated_hits > 0 || totals->unread_documents > 0;
    *matches = m;
    return NG_OK;
}

int ng_matches_open(struct ng_matches **matches, const struct ng_index *index, const struct ng_match_options *options,
                    struct ng_err *err) {
    return ng_matches_search(matches, index, options, options->most_hits ? options->most_hits : NG_DEFAULT_MOST_HITS,
                             options->most_text_bytes ? options->most_text_bytes : NG_DEFAULT_MOST_TEXT_BYTES, err);
}

void ng_matches_get_totals(const struct ng_matches *matches, struct ng_match_totals *totals) {
    *totals = matches->search.totals;
}

void ng_matches_list(const struct ng_matches *matches, const struct ng_match **items, const size_t **shard_ends) {
    *items = matches->list.items;
    *shard_ends = matches->shard_ends;
}

/* Hits of one shard are placed this many at a time. */
enum { PIECE = 512 };

static int place_some(const struct ng_index *index, struct ng_hit *hits, size_t count, struct ng_watch *watch,
                      struct ng_err *err) {
    const struct ng_shard *shard = &index->shards[hits->shard].shard;
    uint64_t positions[PIECE];
    uint64_t rows[PIECE];
    for (size_t i = 0; i < count; i++) positions[i] = hits[i].position;
    ng_rows_of_positions(shard, positions, count, rows, watch);
    int status = ng_shard_outcome(shard, watch, err);
    if (!status) ng_index_fill_hits(index, hits->shard, rows, positions, count, hits);
    return status ? status : ng_shard_status(shard, err);
}

int ng_matches_place(const struct ng_index *index, struct ng_hit *hits, size_t count, struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    int status = NG_OK;
    if (index->calls) return index->calls->places(index, hits, count, err);
    for (size_t at = 0, some = 0; at < count && !status; at += some) {
        for (some = 1; some < PIECE && at + some < count && hits[at + some].shard == hits[at].shard; some++) continue;
        status = place_some(index, hits + at, some, &watch, err);
    }
    return status;
}

int ng_matches_locate(const struct ng_matches *m, const uint64_t *numbers, size_t count, struct ng_hit *hits,
                      uint64_t *lengths_bytes, struct ng_err *err) {
    uint64_t shard = 0;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < m->list.count && (i == 0 || numbers[i - 1] < numbers[i])) continue;
        return ng_err_set(err, NG_ERR_USAGE, "no hit %llu among %zu that are kept, or hits out of order",
                          (unsigned long long)numbers[i], m->list.count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct ng_match *match = &m->list.items[numbers[i]];
        while (numbers[i] >= m->shard_ends[shard]) shard++;
        hits[i] = (struct ng_hit){.shard = shard, .position = match->position};
        lengths_bytes[i] = m->search.condition.phrases[match->phrase].bytes.length_bytes;
    }
    return ng_matches_place(m->index, hits, count, err);
}

void ng_matches_close(struct ng_matches *matches) {
    if (!matches) return;
    free(matches->shard_ends);
    free(matches->list.items);
    free(matches);
}
