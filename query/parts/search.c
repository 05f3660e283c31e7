#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/lib/search.h"
#include "query/parts/parts.h"

/* How many of the phrases go into one message. */
static size_t choose_some(const struct ng_bytes *phrases, size_t count, size_t most) {
    uint64_t bytes = 0;
    size_t some = 0;
    while (some < count && some < most && (some == 0 || bytes + phrases[some].length_bytes <= NG_PARTS_MESSAGE_BYTES)) {
        bytes += phrases[some++].length_bytes;
    }
    return some;
}

static void put_phrases(struct ng_ask *ask, const struct ng_bytes *phrases, size_t count) {
    for (size_t p = 0; p < ask->parts->transport.part_count; p++) {
        if (ask->parts->parts[p].absent) continue;
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put(out, count);
        for (size_t i = 0; i < count; i++) ng_wire_put_bytes(out, phrases[i].data, phrases[i].length_bytes);
    }
}

static int check_phrases(const struct ng_bytes *phrases, size_t count, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = ng_search_check(phrases[i], err);
    return status;
}

/* Takes what a part says of some phrases. */
typedef void take_phrases(struct ng_ask *ask, size_t part, void *context, size_t first, size_t count);

static int ask_phrases(const struct ng_index *view, enum ng_wire_operation operation, const struct ng_bytes *phrases,
                       size_t count, take_phrases *take, void *context, struct ng_err *err) {
    struct ng_ask *ask;
    int status = check_phrases(phrases, count, err);
    if (status) return status;
    size_t most = NG_PARTS_PHRASES;
    for (size_t p = 0; operation == NG_WIRE_FIND && p < view->parts->transport.part_count; p++) {
        size_t of_part = ng_parts_finds_at_once(view->parts->parts[p].shard_count);
        most = of_part < most ? of_part : most;
    }
    status = ng_ask_open(&ask, view, operation, true, err);
    for (size_t at = 0, some = 0; at < count && !status; at += some) {
        some = choose_some(phrases + at, count - at, most);
        put_phrases(ask, phrases + at, some);
        status = ng_ask_run(ask);
        for (size_t p = 0; p < ask->parts->transport.part_count && !status; p++) {
            if (ask->of[p].answered) take(ask, p, context, at, some);
        }
        if (!status) status = ng_ask_check(ask);
    }
    ng_ask_close(ask);
    return status;
}

static uint64_t most_rows(const struct ng_ask *ask, size_t part) {
    const struct ng_part *p = &ask->parts->parts[part];
    uint64_t rows = 0;
    for (uint64_t s = 0; s < p->shard_count; s++) rows += ask->view->shards[p->first_shard + s].shard.rows;
    return rows;
}

static void add_counts(struct ng_ask *ask, size_t part, void *context, size_t first, size_t count) {
    uint64_t *counts = context;
    uint64_t most = most_rows(ask, part);
    for (size_t i = 0; i < count; i++) counts[first + i] += ng_wire_get_most(&ask->of[part].in, most);
}

static int count_phrases(const struct ng_index *view, const struct ng_bytes *phrases, size_t phrase_count, uint64_t *counts,
                         struct ng_err *err) {
    memset(counts, 0, phrase_count * sizeof *counts);
    return ask_phrases(view, NG_WIRE_COUNT, phrases, phrase_count, add_counts, counts, err);
}

static void keep_counts(struct ng_ask *ask, size_t part, void *context, size_t first, size_t phrase_count) {
    uint64_t *counts = context;
    (void)first;
    (void)phrase_count;
    counts[part] = ng_wire_get_most(&ask->of[part].in, most_rows(ask, part));
}

int ng_parts_count_each(const struct ng_index *view, struct ng_bytes phrase, uint64_t counts[NG_MAX_PARTS],
                        struct ng_err *err) {
    memset(counts, 0, NG_MAX_PARTS * sizeof *counts);
    return ask_phrases(view, NG_WIRE_COUNT, &phrase, 1, keep_counts, counts, err);
}

static void keep_rows(struct ng_ask *ask, size_t part, void *context, size_t first, size_t phrase_count) {
    struct ng_interval *intervals = context;
    struct ng_wire_in *in = &ask->of[part].in;
    const struct ng_part *p = &ask->parts->parts[part];
    for (size_t i = 0; i < phrase_count; i++) {
        for (uint64_t s = 0; s < p->shard_count; s++) {
            uint64_t rows = ask->view->shards[p->first_shard + s].shard.rows;
            uint64_t begin = ng_wire_get_most(in, rows);
            uint64_t length = ng_wire_get_most(in, rows - begin);
            intervals[(first + i) * ask->view->shard_count + p->first_shard + s] =
                (struct ng_interval){begin, begin + length};
        }
    }
}

static int find_phrases(const struct ng_index *view, const struct ng_bytes *phrases, size_t phrase_count,
                        struct ng_interval *intervals, struct ng_err *err) {
    memset(intervals, 0, phrase_count * (size_t)view->shard_count * sizeof *intervals);
    return ask_phrases(view, NG_WIRE_FIND, phrases, phrase_count, keep_rows, intervals, err);
}

/* ---- Rows ---- */

void ng_parts_put_places(struct ng_ask *ask, const struct ng_hit *hits, size_t count, bool positions) {
    size_t counts[NG_MAX_PARTS] = {0};
    for (size_t i = 0; i < count; i++) counts[ng_parts_of_shard(ask->parts, hits[i].shard)]++;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        if (counts[p] > 0) ng_wire_put(ng_ask_part(ask, p), counts[p]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t p = ng_parts_of_shard(ask->parts, hits[i].shard);
        ng_wire_put(ng_ask_part(ask, p), hits[i].shard - ask->parts->parts[p].first_shard);
        ng_wire_put(ng_ask_part(ask, p), positions ? hits[i].position : hits[i].rank);
    }
}

int ng_parts_locate_some(struct ng_ask *ask, struct ng_hit *hits, size_t count, bool positions) {
    ng_parts_put_places(ask, hits, count, positions);
    int status = ng_ask_run(ask);
    for (size_t i = 0; i < count && !status; i++) {
        size_t p = ng_parts_of_shard(ask->parts, hits[i].shard);
        struct ng_hit hit = ng_wire_get_hit(&ask->of[p].in);
        ng_parts_take_hit(ask, p, &hit);
        bool same = hit.shard == hits[i].shard && (positions ? hit.position == hits[i].position : hit.rank == hits[i].rank);
        if (ask->of[p].in.bad || !same) status = ng_ask_refuse(ask, p);
        else hits[i] = hit;
    }
    return status ? status : ng_ask_check(ask);
}

static int locate_rows(const struct ng_index *view, struct ng_hit *hits, size_t hit_count, struct ng_err *err) {
    enum { HITS = 1 << 16 };
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_ROWS, false, err);
    for (size_t at = 0, some = HITS; at < hit_count && !status; at += some) {
        if (some > hit_count - at) some = hit_count - at;
        status = ng_parts_locate_some(ask, hits + at, some, false);
    }
    ng_ask_close(ask);
    return status;
}

/* ---- Ids ---- */

static int find_ids(const struct ng_index *index, struct ng_bytes id, uint64_t *docs, size_t doc_capacity,
                    uint64_t *doc_count, struct ng_err *err) {
    struct ng_ask *ask;
    size_t kept = 0;
    uint64_t found = 0;
    int status = ng_ask_open(&ask, index, NG_WIRE_IDS, true, err);
    for (size_t p = 0; !status && p < ask->parts->transport.part_count; p++) {
        if (ask->parts->parts[p].absent) continue;
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put_bytes(out, id.data, id.length_bytes);
        ng_wire_put(out, doc_capacity);
    }
    if (!status) status = ng_ask_run(ask);
    for (size_t p = 0; !status && p < ask->parts->transport.part_count; p++) {
        struct ng_wire_in *in = &ask->of[p].in;
        const struct ng_part *part = &ask->parts->parts[p];
        if (!ask->of[p].answered) continue;
        uint64_t all = ng_wire_get_most(in, part->documents);
        size_t here = ng_wire_get_count(in);
        size_t wanted = doc_capacity < NG_PARTS_IDS ? doc_capacity : NG_PARTS_IDS;
        if (here != (all < wanted ? all : wanted)) in->bad = true;
        found += all;
        for (size_t i = 0; i < here && !in->bad; i++) {
            uint64_t doc = ng_wire_get_most(in, part->documents - 1);
            if (kept < doc_capacity) docs[kept++] = part->first_document + doc;
        }
    }
    if (!status) status = ng_ask_check(ask);
    if (!status && kept < found && kept < doc_capacity) {
        status = ng_err_set(err, NG_ERR_LIMIT, "%" PRIu64 " documents have the id; a part of an index lists %d at most", found,
                            (int)NG_PARTS_IDS);
    }
    ng_ask_close(ask);
    *doc_count = found;
    return status;
}

/* ---- Windows ---- */

static void put_windows(struct ng_wire_out *out, const struct ng_call_windows *windows) {
    uint64_t last = 0;
    ng_wire_put(out, windows->count);
    for (uint64_t i = 0; i < windows->count; i++) {
        uint64_t end = windows->ends ? windows->ends[i] : windows->begins[i] + windows->length_bytes;
        ng_wire_put(out, windows->begins[i] - last);
        ng_wire_put(out, end - windows->begins[i]);
        last = windows->begins[i];
    }
}

static void put_texts(struct ng_wire_out *out, const struct ng_call_text *texts, size_t text_count, size_t length_count) {
    ng_wire_put(out, length_count);
    ng_wire_put(out, text_count);
    for (size_t i = 0; i < text_count; i++) {
        ng_wire_put_bytes(out, texts[i].text.data, texts[i].text.length_bytes);
        for (size_t l = 0; l < length_count; l++) put_windows(out, &texts[i].lengths[l]);
    }
}

/* A part's verdicts are bits, eight a byte. */
static void take_windows(struct ng_wire_in *in, struct ng_call_windows *windows) {
    struct ng_bytes bits = ng_wire_get_bytes(in);
    if (bits.length_bytes != (windows->count + 7) / 8) in->bad = true;
    for (uint64_t i = 0; i < windows->count && !in->bad; i++) {
        if (bits.data[i / 8] >> (i % 8) & 1) windows->verdicts[i] = 1;
    }
}

static void take_text(struct ng_wire_in *in, struct ng_call_text *text, size_t length_count) {
    for (size_t l = 0; l < length_count; l++) take_windows(in, &text->lengths[l]);
    uint64_t begin = ng_wire_get_most(in, text->text.length_bytes);
    uint64_t length = ng_wire_get_most(in, text->text.length_bytes - begin);
    if (length < text->longest_bytes || (length == text->longest_bytes && begin >= text->longest_begin)) return;
    text->longest_begin = begin;
    text->longest_bytes = length;
}

static int match_some(struct ng_ask *ask, struct ng_call_text *texts, size_t text_count, size_t length_count) {
    size_t part_count = ask->parts->transport.part_count;
    for (size_t p = 0; p < part_count; p++) {
        if (!ask->parts->parts[p].absent) put_texts(ng_ask_part(ask, p), texts, text_count, length_count);
    }
    int status = ng_ask_run(ask);
    for (size_t p = 0; p < part_count && !status; p++) {
        for (size_t i = 0; i < text_count && ask->of[p].answered; i++) {
            take_text(&ask->of[p].in, &texts[i], length_count);
        }
    }
    return status ? status : ng_ask_check(ask);
}

static int match_texts(const struct ng_index *view, struct ng_call_text *texts, size_t text_count, size_t length_count,
                       struct ng_err *err) {
    enum { TEXT_BYTES = 512 << 10 }; /* of a message: a part searches them in far less than a second from memory */
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_MATCH, true, err);
    for (size_t at = 0, some = 0; at < text_count && !status; at += some) {
        uint64_t bytes = 0;
        for (some = 0; at + some < text_count && some < NG_PARTS_TEXTS && (some == 0 || bytes < TEXT_BYTES); some++) {
            bytes += texts[at + some].text.length_bytes;
        }
        status = match_some(ask, texts + at, some, length_count);
    }
    ng_ask_close(ask);
    return status;
}

static void close_parts(struct ng_parts *parts) {
    parts->transport.close(parts->transport.context);
    free(parts);
}

const struct ng_index_calls ng_parts_calls = {.count = count_phrases,
                                              .find = find_phrases,
                                              .page = ng_parts_page,
                                              .rows = locate_rows,
                                              .show = ng_parts_show,
                                              .read = ng_parts_read,
                                              .ids = find_ids,
                                              .ranges = ng_parts_ranges,
                                              .match = match_texts,
                                              .docs = ng_parts_docs,
                                              .first = ng_parts_first,
                                              .matches = ng_parts_matches,
                                              .places = ng_parts_places,
                                              .next = ng_parts_next,
                                              .suffixes = ng_parts_suffixes,
                                              .close = close_parts};
