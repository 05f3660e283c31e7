/* Documents that hold a phrase, phrases together, what follows a phrase and pieces of a text, in all parts. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "query/parts/parts.h"

enum { BYTE_VALUES = 256 };

/* No part has so many occurrences of anything, and the sum over all parts does not overflow. */
#define MOST_COUNT (UINT64_C(1) << 57)

/* ---- Documents that hold a phrase ---- */

int ng_parts_docs(const struct ng_index *view, struct ng_bytes phrase, uint64_t *documents, struct ng_err *err) {
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_DOCS, true, err);
    size_t part_count = view->parts->transport.part_count;
    *documents = 0;
    for (size_t p = 0; p < part_count && !status; p++) {
        if (!view->parts->parts[p].absent) ng_wire_put_bytes(ng_ask_part(ask, p), phrase.data, phrase.length_bytes);
    }
    if (!status) status = ng_ask_run(ask);
    for (size_t p = 0; p < part_count && !status; p++) {
        if (ask->of[p].answered) *documents += ng_wire_get_most(&ask->of[p].in, view->parts->parts[p].documents);
    }
    if (!status) status = ng_ask_check(ask);
    ng_ask_close(ask);
    return status;
}

int ng_parts_first(const struct ng_index *view, struct ng_bytes phrase, const struct ng_hit *hits, size_t count,
                   uint64_t turn_steps, uint8_t *is_first, struct ng_err *err) {
    enum { NOT_KNOWN = 2 };
    struct ng_ask *ask;
    bool asked[NG_MAX_PARTS] = {false};
    struct ng_bytes answers[NG_MAX_PARTS] = {{0}};
    size_t taken[NG_MAX_PARTS] = {0};
    int status = ng_ask_open(&ask, view, NG_WIRE_FIRST, true, err);
    for (size_t i = 0; i < count && !status; i++) {
        size_t p = ng_parts_of_shard(view->parts, hits[i].shard);
        if (asked[p]) continue;
        asked[p] = true;
        ng_wire_put_bytes(ng_ask_part(ask, p), phrase.data, phrase.length_bytes);
        ng_wire_put(ng_ask_part(ask, p), turn_steps);
    }
    if (!status) ng_parts_put_places(ask, hits, count, false);
    if (!status) status = ng_ask_run(ask);
    for (size_t p = 0; p < NG_MAX_PARTS && !status; p++) {
        if (ask->of[p].answered) answers[p] = ng_wire_get_bytes(&ask->of[p].in);
    }
    for (size_t i = 0; i < count && !status; i++) {
        size_t p = ng_parts_of_shard(view->parts, hits[i].shard);
        is_first[i] = NOT_KNOWN;
        if (!ask->of[p].answered) continue;
        bool fits = taken[p] < answers[p].length_bytes && answers[p].data[taken[p]] <= NOT_KNOWN;
        if (fits) is_first[i] = answers[p].data[taken[p]++];
        else status = ng_ask_refuse(ask, p);
    }
    if (!status) status = ng_ask_check(ask);
    ng_ask_close(ask);
    return status;
}

/* ---- Phrases together ---- */

/* The answers of the parts, one after the other. */
struct uniting {
    struct ng_ask *ask;
    struct ng_call_matches *matches;
    size_t capacity;
    uint64_t hits_left; /* what the parts so far leave of the limits */
    uint64_t text_left_bytes;
    size_t phrase_count;
};

/* A part may locate less than the limit. What it leaves out then is told like what the limit leaves out. */
static void put_conditions(struct ng_wire_out *out, const struct ng_match_options *options, uint64_t most_hits,
                           uint64_t most_text_bytes) {
    ng_wire_put(out, (options->is_within ? 1u : 0u) | (options->unique_docs ? 2u : 0u) | (options->count_only ? 4u : 0u));
    ng_wire_put(out, options->within_bytes);
    ng_wire_put(out, most_hits < NG_MAX_PART_HITS ? most_hits : NG_MAX_PART_HITS);
    ng_wire_put(out, most_text_bytes);
    ng_wire_put(out, options->clause_count);
    for (size_t c = 0; c < options->clause_count; c++) {
        const struct ng_clause *clause = &options->clauses[c];
        ng_wire_put(out, clause->negated ? 1 : 0);
        ng_wire_put(out, clause->phrase_count);
        for (size_t p = 0; p < clause->phrase_count; p++) {
            ng_wire_put_bytes(out, clause->phrases[p].data, clause->phrases[p].length_bytes);
        }
    }
}

/* Adds the matches of a shard, which come as distances. */
static int take_shard(struct uniting *u, struct ng_wire_in *in, uint64_t shard) {
    struct ng_call_matches *m = u->matches;
    uint64_t rows = u->ask->view->shards[shard].shard.rows;
    uint64_t at = 0;
    for (size_t left = ng_wire_get_count(in); left > 0 && !in->bad; left--) {
        at += ng_wire_get_most(in, rows > 0 ? rows - 1 - at : 0);
        struct ng_match *grown = ng_array_grow(m->items, sizeof *grown, m->count, &u->capacity, "matches", u->ask->err);
        if (!grown) return NG_ERR_NOMEM;
        m->items = grown;
        m->items[m->count++] = (struct ng_match){.position = at, .phrase = ng_wire_get_most(in, u->phrase_count - 1)};
    }
    m->shard_ends[shard] = m->count;
    return NG_OK;
}

/* What a part found, and used. */
static void take_totals(struct ng_wire_in *in, struct ng_match_totals *totals) {
    totals->hits = ng_wire_get(in);
    totals->documents = ng_wire_get(in);
    totals->located_hits = ng_wire_get(in);
    totals->unlocated_hits = ng_wire_get(in);
    totals->read_bytes = ng_wire_get(in);
    totals->unread_documents = ng_wire_get(in);
}

/* Whether a part would have answered the same, had it been told what is left. */
static bool is_within_limits(const struct uniting *u, const struct ng_match_totals *totals) {
    return totals->unlocated_hits == 0 && totals->unread_documents == 0 && totals->located_hits <= u->hits_left &&
           totals->read_bytes <= u->text_left_bytes;
}

static bool fits(const struct ng_match_totals *totals, const struct ng_index *view, const struct ng_part *part,
                 bool count_only, size_t found) {
    uint64_t rows = 0;
    for (uint64_t s = 0; s < part->shard_count; s++) rows += view->shards[part->first_shard + s].shard.rows;
    return totals->hits / NG_MAX_CLAUSE_PHRASES <= rows && totals->documents <= part->documents &&
           totals->documents <= totals->hits && (count_only || found == totals->hits);
}

/* Takes what a part found. */
static int take_found(struct uniting *u, size_t part, struct ng_wire_in *in, const struct ng_match_totals *here) {
    const struct ng_part *p = &u->ask->parts->parts[part];
    struct ng_match_totals *all = &u->matches->totals;
    size_t before = u->matches->count;
    int status = NG_OK;
    for (uint64_t s = p->first_shard; s < p->first_shard + p->shard_count && !status; s++) status = take_shard(u, in, s);
    if (status) return status;
    if (!ng_wire_is_whole(in) ||
        !fits(here, u->ask->view, p, u->matches->options->count_only, u->matches->count - before)) return ng_ask_refuse(u->ask, part);
    all->hits += here->hits;
    all->documents += here->documents;
    all->located_hits += here->located_hits;
    all->unlocated_hits += here->unlocated_hits;
    all->read_bytes += here->read_bytes;
    all->unread_documents += here->unread_documents;
    u->hits_left -= here->located_hits < u->hits_left ? here->located_hits : u->hits_left;
    u->text_left_bytes -= here->read_bytes < u->text_left_bytes ? here->read_bytes : u->text_left_bytes;
    return NG_OK;
}

/* Asks a part with what is left. */
static int ask_again(struct uniting *u, size_t part) {
    struct ng_ask *ask;
    struct ng_match_totals here = {0};
    int status = ng_ask_open(&ask, u->ask->view, NG_WIRE_MATCHES, true, u->ask->err);
    if (!status) {
        put_conditions(ng_ask_part(ask, part), u->matches->options, u->hits_left, u->text_left_bytes);
        status = ng_ask_run(ask);
    }
    if (!status && ask->of[part].answered) {
        take_totals(&ask->of[part].in, &here);
        status = take_found(u, part, &ask->of[part].in, &here);
    }
    ng_ask_close(ask);
    return status;
}

/* Takes the answer of a part, and asks it anew where it used more than earlier parts leave. */
static int take_part(struct uniting *u, size_t part) {
    const struct ng_part *p = &u->ask->parts->parts[part];
    struct ng_match_totals here = {0};
    bool told = u->hits_left == u->matches->most_hits && u->text_left_bytes == u->matches->most_text_bytes;
    int status = NG_OK;
    for (uint64_t s = p->first_shard; s < p->first_shard + p->shard_count; s++) u->matches->shard_ends[s] = u->matches->count;
    if (!u->ask->of[part].answered) return NG_OK;
    take_totals(&u->ask->of[part].in, &here);
    if (told || is_within_limits(u, &here)) status = take_found(u, part, &u->ask->of[part].in, &here);
    else status = ask_again(u, part);
    return status;
}

/* The limits hold for all parts together, in their order. All parts are asked side by side as if each were the first;
 * only those that used more than the ones before them leave are asked again, with what is left. */
int ng_parts_matches(const struct ng_index *view, struct ng_call_matches *matches, struct ng_err *err) {
    const struct ng_match_options *options = matches->options;
    struct uniting u = {.matches = matches, .hits_left = matches->most_hits,
                         .text_left_bytes = matches->most_text_bytes};
    int status = ng_ask_open(&u.ask, view, NG_WIRE_MATCHES, true, err);
    for (size_t c = 0; c < options->clause_count; c++) u.phrase_count += options->clauses[c].phrase_count;
    for (size_t p = 0; p < view->parts->transport.part_count && !status; p++) {
        if (!view->parts->parts[p].absent) {
            put_conditions(ng_ask_part(u.ask, p), options, u.hits_left, u.text_left_bytes);
        }
    }
    if (!status) status = ng_ask_run(u.ask);
    for (size_t p = 0; p < view->parts->transport.part_count && !status; p++) status = take_part(&u, p);
    ng_ask_close(u.ask);
    return status;
}

int ng_parts_places(const struct ng_index *view, struct ng_hit *hits, size_t count, struct ng_err *err) {
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_PLACES, false, err);
    for (size_t at = 0, some = NG_PARTS_ROWS; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = ng_parts_locate_some(ask, hits + at, some, true);
    }
    ng_ask_close(ask);
    return status;
}

/* ---- What follows a phrase ---- */

static bool is_missing(const struct ng_index *view, size_t part) {
    return view->parts->parts[part].absent || (ng_index_missing_parts(view) >> part & 1);
}

/* Counts by byte are sparse: how many are not 0, and then each with the distance of its byte. */
static void take_bytes(struct ng_wire_in *in, uint64_t *counts) {
    uint64_t byte = 0;
    for (uint64_t left = ng_wire_get_most(in, BYTE_VALUES); left > 0 && !in->bad; left--, byte++) {
        byte += ng_wire_get_most(in, BYTE_VALUES);
        if (byte >= BYTE_VALUES) in->bad = true;
        else counts[byte] += ng_wire_get_most(in, MOST_COUNT);
    }
}

static int next_some(struct ng_ask *ask, enum ng_call_next kind, struct ng_bytes phrase,
                     const struct ng_call_string *strings, size_t count, uint64_t *counts) {
    for (size_t p = 0; p < ask->parts->transport.part_count; p++) {
        if (is_missing(ask->view, p)) continue;
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put(out, kind);
        ng_wire_put_bytes(out, phrase.data, phrase.length_bytes);
        ng_wire_put(out, count);
        for (size_t i = 0; i < count; i++) {
            ng_wire_put_bytes(out, strings[i].text.data, strings[i].text.length_bytes);
            ng_wire_put(out, strings[i].first);
            ng_wire_put(out, strings[i].end);
        }
    }
    int status = ng_ask_run(ask);
    for (size_t p = 0; p < ask->parts->transport.part_count && !status; p++) {
        struct ng_wire_in *in = &ask->of[p].in;
        if (!ask->of[p].answered) continue;
        if (kind == NG_CALL_BEGIN) {
            counts[0] += ng_wire_get_most(in, MOST_COUNT);
            take_bytes(in, counts + 1);
        }
        for (size_t i = 0; i < count; i++) {
            if (kind == NG_CALL_AFTER) counts[i] += ng_wire_get_most(in, MOST_COUNT);
            if (kind == NG_CALL_BEFORE) take_bytes(in, counts + i * BYTE_VALUES);
        }
    }
    return status ? status : ng_ask_check(ask);
}

int ng_parts_next(const struct ng_index *view, enum ng_call_next kind, struct ng_bytes phrase,
                  const struct ng_call_string *strings, size_t count, uint64_t *counts, struct ng_err *err) {
    const size_t each = kind == NG_CALL_BEFORE ? BYTE_VALUES : 1;
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_NEXT, kind == NG_CALL_BEGIN, err);
    memset(counts, 0, (kind == NG_CALL_BEGIN ? 1 + BYTE_VALUES : count * each) * sizeof *counts);
    if (!status && kind == NG_CALL_BEGIN) status = next_some(ask, kind, phrase, NULL, 0, counts);
    for (size_t at = 0, some = NG_PARTS_STRINGS; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = next_some(ask, kind, phrase, strings + at, some, counts + at * each);
    }
    ng_ask_close(ask);
    return status;
}

/* ---- Pieces of a text ---- */

/* Counts fall with the length, so they come as runs: a count, and for how many lengths it holds. */
static void take_runs(struct ng_wire_in *in, uint64_t length, uint64_t *counts) {
    uint64_t at = 0;
    uint64_t last = UINT64_MAX;
    for (size_t left = ng_wire_get_count(in); left > 0 && !in->bad; left--) {
        uint64_t count = ng_wire_get_most(in, MOST_COUNT);
        uint64_t end = at + ng_wire_get_most(in, length - at);
        if (count >= last) in->bad = true;
        for (; at < end && !in->bad; at++) counts[at] += count;
        last = count;
    }
}

int ng_parts_suffixes(const struct ng_index *view, struct ng_bytes text, const struct ng_call_range *ranges,
                      uint64_t *const *counts, size_t count, struct ng_err *err) {
    struct ng_ask *ask;
    size_t part_count = view->parts->transport.part_count;
    int status = ng_ask_open(&ask, view, NG_WIRE_SUFFIXES, true, err);
    for (size_t p = 0; p < part_count && !status; p++) {
        if (is_missing(view, p)) continue;
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put_bytes(out, text.data, text.length_bytes);
        ng_wire_put(out, count);
        for (size_t i = 0; i < count; i++) {
            ng_wire_put(out, ranges[i].begin);
            ng_wire_put(out, ranges[i].end);
        }
    }
    if (!status) status = ng_ask_run(ask);
    for (size_t p = 0; p < part_count && !status; p++) {
        for (size_t i = 0; i < count && ask->of[p].answered; i++) {
            take_runs(&ask->of[p].in, ranges[i].end - ranges[i].begin, counts[i]);
        }
    }
    if (!status) status = ng_ask_check(ask);
    ng_ask_close(ask);
    return status;
}
