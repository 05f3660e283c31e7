#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "query/explore/follow.h"
#include "query/explore/matches.h"
#include "query/explore/next.h"
#include "query/parts/parts.h"
#include "query/trace/trace.h"

int ng_answer_docs(struct ng_answering *a) {
    const struct ng_docs_options options = {.most_hits = UINT64_MAX};
    struct ng_bytes phrase = ng_wire_get_bytes(&a->in);
    uint64_t hits;
    struct ng_docs_count count;
    if (!ng_wire_is_whole(&a->in)) return ng_answer_refuse(a);
    int status = ng_index_count(a->view, phrase, &hits, a->err);
    if (!status && hits > NG_MAX_PART_HITS && phrase.length_bytes > 0) {
        status = ng_err_set(a->err, NG_ERR_LIMIT, "a phrase with %llu occurrences, whose documents are to be told apart; a "
                            "part follows %llu (NG_MAX_PART_HITS)", (unsigned long long)hits,
                            (unsigned long long)NG_MAX_PART_HITS);
    }
    if (!status) status = ng_index_count_docs(a->view, phrase, &options, &count, a->err);
    if (!status) ng_wire_put(&a->out, count.documents);
    return status;
}

/* Reads hits by their shards, and their ranks or positions. The caller frees *hits. */
static int read_places(struct ng_answering *a, bool positions, struct ng_hit **hits, size_t *count) {
    *count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_ROWS);
    *hits = calloc(*count + 1, sizeof **hits);
    if (!*hits) return ng_err_nomem(a->err, *count * sizeof **hits, "hits");
    for (size_t i = 0; i < *count; i++) {
        (*hits)[i].shard = ng_wire_get(&a->in);
        uint64_t place = ng_wire_get(&a->in);
        if (positions) (*hits)[i].position = place;
        else (*hits)[i].rank = place;
    }
    return ng_wire_is_whole(&a->in) ? NG_OK : ng_answer_refuse(a);
}

int ng_answer_first(struct ng_answering *a) {
    struct ng_bytes phrase = ng_wire_get_bytes(&a->in);
    uint64_t turn_steps = ng_wire_get(&a->in);
    struct ng_hit *hits;
    size_t count;
    int status = read_places(a, false, &hits, &count);
    uint8_t *is_first = status ? NULL : malloc(count + 1);
    if (!status && !is_first) status = ng_err_nomem(a->err, count, "hits");
    if (!status) status = ng_docs_first(a->view, phrase, hits, count, turn_steps, 0, is_first, a->err);
    if (!status) ng_wire_put_bytes(&a->out, is_first, count);
    free(is_first);
    free(hits);
    return status;
}

/* Checks that places are in documents that are there, as the library expects them. */
static int check_places(struct ng_answering *a, const struct ng_hit *hits, size_t count) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (hits[i].shard >= a->view->shard_count) return ng_answer_refuse(a);
        const struct ng_index_shard *s = &a->view->shards[hits[i].shard];
        if (hits[i].position >= s->shard.rows) return ng_answer_refuse(a);
        uint64_t number;
        status = ng_index_shard_of(a->view, s->first_document + ng_docs_of_position(&s->shard.docs, hits[i].position), &number,
                                   a->err);
    }
    return status;
}

int ng_answer_places(struct ng_answering *a) {
    struct ng_hit *hits;
    size_t count;
    int status = read_places(a, true, &hits, &count);
    if (!status && !a->view->calls) status = check_places(a, hits, count);
    if (!status) status = ng_matches_place(a->view, hits, count, a->err);
    for (size_t i = 0; i < count && !status; i++) ng_wire_put_hit(&a->out, &hits[i]);
    free(hits);
    return status;
}

/* ---- Phrases together ---- */

struct conditions {
    uint64_t most_hits;
    uint64_t most_text_bytes;
    struct ng_clause clauses[NG_MAX_CLAUSE_PHRASES];
    struct ng_bytes phrases[NG_MAX_CLAUSE_PHRASES];
    struct ng_match_options options;
};

static int read_conditions(struct ng_answering *a, struct conditions *c) {
    uint64_t flags = ng_wire_get_most(&a->in, 7);
    size_t used = 0;
    c->options = (struct ng_match_options){.clauses = c->clauses, .is_within = flags & 1, .unique_docs = flags & 2,
                                           .count_only = flags & 4};
    c->options.within_bytes = ng_wire_get(&a->in);
    c->most_hits = ng_wire_get_most(&a->in, NG_MAX_PART_HITS);
    c->most_text_bytes = ng_wire_get(&a->in);
    c->options.clause_count = (size_t)ng_wire_get_most(&a->in, NG_MAX_CLAUSE_PHRASES);
    for (size_t i = 0; i < c->options.clause_count; i++) {
        struct ng_clause *clause = &c->clauses[i];
        *clause = (struct ng_clause){.phrases = c->phrases + used, .negated = ng_wire_get_most(&a->in, 1) != 0};
        clause->phrase_count = (size_t)ng_wire_get_most(&a->in, NG_MAX_CLAUSE_PHRASES - used);
        for (size_t p = 0; p < clause->phrase_count; p++) c->phrases[used++] = ng_wire_get_bytes(&a->in);
    }
    return ng_wire_is_whole(&a->in) ? NG_OK : ng_answer_refuse(a);
}

static void put_matches(struct ng_answering *a, const struct ng_matches *matches, bool count_only) {
    const struct ng_match *items;
    const size_t *ends;
    ng_matches_list(matches, &items, &ends);
    for (uint64_t s = 0, i = 0; s < a->view->shard_count; s++) {
        uint64_t end = count_only ? 0 : ends[s];
        uint64_t last = 0;
        ng_wire_put(&a->out, end > i ? end - i : 0);
        for (; i < end; i++) {
            ng_wire_put(&a->out, items[i].position - last);
            ng_wire_put(&a->out, items[i].phrase);
            last = items[i].position;
        }
    }
}

int ng_answer_matches(struct ng_answering *a) {
    struct ng_matches *matches = NULL;
    struct ng_match_totals totals;
    struct conditions *conditions = calloc(1, sizeof *conditions);
    int status = conditions ? read_conditions(a, conditions) : ng_err_nomem(a->err, sizeof *conditions, "phrases");
    if (!status) status = ng_matches_search(&matches, a->view, &conditions->options, conditions->most_hits,
                                            conditions->most_text_bytes, a->err);
    if (!status) {
        ng_matches_get_totals(matches, &totals);
        ng_wire_put(&a->out, totals.hits);
        ng_wire_put(&a->out, totals.documents);
        ng_wire_put(&a->out, totals.located_hits);
        ng_wire_put(&a->out, totals.unlocated_hits);
        ng_wire_put(&a->out, totals.read_bytes);
        ng_wire_put(&a->out, totals.unread_documents);
        put_matches(a, matches, conditions->options.count_only);
    }
    ng_matches_close(matches);
    free(conditions);
    return status;
}

/* ---- What follows a phrase ---- */

static void put_bytes(struct ng_wire_out *out, const uint64_t counts[NG_BYTE_VALUES]) {
    uint64_t used = 0;
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) used += counts[byte] > 0;
    ng_wire_put(out, used);
    unsigned next = 0;
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) {
        if (counts[byte] == 0) continue;
        ng_wire_put(out, byte - next);
        ng_wire_put(out, counts[byte]);
        next = byte + 1;
    }
}

int ng_answer_next(struct ng_answering *a) {
    enum ng_call_next kind = (enum ng_call_next)ng_wire_get_most(&a->in, NG_CALL_NEXT_KINDS - 1);
    const size_t each = kind == NG_CALL_BEFORE ? NG_BYTE_VALUES : 1;
    struct ng_bytes phrase = ng_wire_get_bytes(&a->in);
    size_t count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_STRINGS);
    struct ng_call_string *strings = calloc(count + 1, sizeof *strings);
    uint64_t *counts = calloc(1 + NG_BYTE_VALUES + count * each, sizeof *counts);
    int status = strings && counts ? NG_OK : ng_err_nomem(a->err, count * each * sizeof *counts, "counts");
    for (size_t i = 0; i < count && !status; i++) {
        strings[i].text = ng_wire_get_bytes(&a->in);
        strings[i].first = (uint16_t)ng_wire_get_most(&a->in, NG_BYTE_VALUES);
        strings[i].end = (uint16_t)ng_wire_get_most(&a->in, NG_BYTE_VALUES);
    }
    if (!status && !ng_wire_is_whole(&a->in)) status = ng_answer_refuse(a);
    if (!status) status = ng_next_count(a->view, kind, phrase, strings, count, counts, a->err);
    if (!status && kind == NG_CALL_BEGIN) {
        ng_wire_put(&a->out, counts[0]);
        put_bytes(&a->out, counts + 1);
        count = 0;
    }
    for (size_t i = 0; i < count && !status; i++) {
        if (kind == NG_CALL_AFTER) ng_wire_put(&a->out, counts[i]);
        else put_bytes(&a->out, counts + i * NG_BYTE_VALUES);
    }
    free(strings);
    free(counts);
    return status;
}

/* ---- Pieces of a text ---- */

static void put_runs(struct ng_wire_out *out, const uint64_t *counts, uint64_t length) {
    uint64_t runs = 0;
    for (uint64_t i = 0; i < length && counts[i] > 0; i++) runs += i + 1 == length || counts[i + 1] != counts[i];
    ng_wire_put(out, runs);
    for (uint64_t i = 0, begin = 0; i < length && counts[i] > 0; i++) {
        if (i + 1 < length && counts[i + 1] == counts[i]) continue;
        ng_wire_put(out, counts[i]);
        ng_wire_put(out, i + 1 - begin);
        begin = i + 1;
    }
}

static int answer_range(struct ng_answering *a, struct ng_bytes text, struct ng_call_range range, struct ng_watch *watch) {
    uint64_t lf_steps = 0;
    uint64_t length = range.end - range.begin;
    uint64_t *counts = calloc((size_t)length + 1, sizeof *counts);
    if (!counts) return ng_err_nomem(a->err, length * sizeof *counts, "occurrences");
    int status = a->view->calls ? a->view->calls->suffixes(a->view, text, &range, &counts, 1, a->err)
                                : ng_trace_add_suffixes(a->view, text, range, counts, &lf_steps, watch, a->err);
    if (!status) put_runs(&a->out, counts, length);
    free(counts);
    return status;
}

int ng_answer_suffixes(struct ng_answering *a) {
    struct ng_bytes text = ng_wire_get_bytes(&a->in);
    size_t count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_RANGES);
    struct ng_call_range ranges[NG_PARTS_RANGES];
    struct ng_watch watch = ng_watch_make(&a->view->cancel);
    for (size_t i = 0; i < count; i++) {
        ranges[i].begin = ng_wire_get_most(&a->in, text.length_bytes);
        ranges[i].end = ng_wire_get_most(&a->in, text.length_bytes);
        if (ranges[i].begin > ranges[i].end) a->in.bad = true;
    }
    if (!ng_wire_is_whole(&a->in) || text.length_bytes > NG_MAX_ENTRY_BYTES ||
        ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes) < text.length_bytes) return ng_answer_refuse(a);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = answer_range(a, text, ranges[i], &watch);
    return status;
}
