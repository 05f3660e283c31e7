#include <stdlib.h>
#include <string.h>

#include "query/lib/search.h"
#include "query/parts/parts.h"

/* ---- Pages of hits ---- */

/* A page: which hits of each part are on it, and where they go. */
struct page {
    struct ng_ask *ask;
    enum ng_call_page kind;
    uint64_t phrase_bytes;
    uint64_t context_bytes;
    struct ng_hit *hits;
    struct ng_text_place *places;
    struct ng_snippet *snippets;
    size_t shown; /* snippets that are to be freed on an error */
};

/* Hits [first, first + count) of a part, from number at on of the page. */
struct stretch {
    uint64_t first;
    size_t count;
    size_t at;
};

static int take_hits(struct page *page, size_t part, const struct stretch *stretch) {
    struct ng_wire_in *in = &page->ask->of[part].in;
    if (ng_wire_get_count(in) != stretch->count) in->bad = true;
    for (size_t i = stretch->at; i < stretch->at + stretch->count && !in->bad; i++) {
        page->hits[i] = ng_wire_get_hit(in);
        ng_parts_take_hit(page->ask, part, &page->hits[i]);
        if (page->kind == NG_CALL_HITS) continue;
        struct ng_text_place place = {.offset = page->hits[i].offset, .length_bytes = page->phrase_bytes};
        int status = ng_parts_get_shown(in, page->kind == NG_CALL_SHOW_VIEW, &place, &page->snippets[i], page->ask->err);
        if (status) return status;
        if (page->places) page->places[i] = place;
        page->shown = i + 1;
    }
    return ng_wire_is_whole(in) ? NG_OK : ng_ask_refuse(page->ask, part);
}

/* Asks the parts for as many of their hits as fit a message, side by side, until the page is full. */
static int fill(struct page *page, struct ng_bytes phrase, struct stretch *stretches) {
    struct ng_ask *ask = page->ask;
    size_t part_count = ask->parts->transport.part_count;
    size_t most = ng_parts_hits_at_once(page->context_bytes, phrase.length_bytes);
    for (bool more = true; more;) {
        size_t asked[NG_MAX_PARTS] = {0};
        more = false;
        for (size_t p = 0; p < part_count; p++) {
            asked[p] = stretches[p].count < most ? stretches[p].count : most;
            if (asked[p] == 0) continue;
            more = true;
            struct ng_wire_out *out = ng_ask_part(ask, p);
            ng_wire_put_bytes(out, phrase.data, phrase.length_bytes);
            ng_wire_put(out, page->kind);
            ng_wire_put(out, stretches[p].first);
            ng_wire_put(out, asked[p]);
            ng_wire_put(out, page->context_bytes);
        }
        int status = more ? ng_ask_run(ask) : NG_OK;
        for (size_t p = 0; p < part_count && !status; p++) {
            const struct stretch now = {.first = stretches[p].first, .count = asked[p], .at = stretches[p].at};
            if (asked[p] > 0) status = take_hits(page, p, &now);
            stretches[p].first += asked[p];
            stretches[p].at += asked[p];
            stretches[p].count -= asked[p];
        }
        if (status) return status;
    }
    return NG_OK;
}

int ng_parts_page(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, enum ng_call_page kind,
                  uint64_t context_bytes, struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                  size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err) {
    struct page page = {.kind = kind, .phrase_bytes = phrase.length_bytes, .context_bytes = context_bytes, .hits = hits,
                        .places = places, .snippets = snippets};
    uint64_t counts[NG_MAX_PARTS];
    struct stretch stretches[NG_MAX_PARTS] = {{0}};
    uint64_t passed = 0;
    size_t found = 0;
    int status = ng_parts_count_each(view, phrase, counts, err);
    if (status) return status;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        uint64_t skip = first > passed ? first - passed : 0;
        passed += counts[p];
        if (skip >= counts[p]) continue;
        uint64_t left = counts[p] - skip;
        size_t here = left < hit_capacity - found ? (size_t)left : hit_capacity - found;
        stretches[p] = (struct stretch){.first = skip, .count = here, .at = found};
        found += here;
    }
    for (size_t i = 0; snippets && i < found; i++) snippets[i] = (struct ng_snippet){0};
    status = found > 0 ? ng_ask_open(&page.ask, view, NG_WIRE_PAGE, false, err) : NG_OK;
    if (!status && found > 0) status = fill(&page, phrase, stretches);
    ng_ask_close(page.ask);
    if (status) {
        for (size_t i = 0; snippets && i < found; i++) ng_snippet_free(&snippets[i]);
        return status;
    }
    *hit_count = found;
    if (total) *total = passed;
    return NG_OK;
}

/* ---- Text around hits ---- */

static int show_some(struct ng_ask *ask, enum ng_call_show kind, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                     size_t count, uint64_t context_bytes, struct ng_text_place *places, struct ng_snippet *snippets) {
    size_t counts[NG_MAX_PARTS] = {0};
    for (size_t i = 0; i < count; i++) counts[ng_parts_of_document(ask->parts, hits[i].doc)]++;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        if (counts[p] == 0) continue;
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put(out, kind);
        ng_wire_put(out, context_bytes);
        ng_wire_put(out, counts[p]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t p = ng_parts_of_document(ask->parts, hits[i].doc);
        struct ng_hit hit = hits[i];
        hit.doc -= ask->parts->parts[p].first_document;
        hit.shard = kind == NG_CALL_SHOW_ORIGINALS ? 0 : hit.shard - ask->parts->parts[p].first_shard;
        ng_wire_put_hit(ng_ask_part(ask, p), &hit);
        ng_wire_put(ng_ask_part(ask, p), lengths_bytes[i]);
    }
    int status = ng_ask_run(ask);
    for (size_t i = 0; i < count && !status; i++) {
        size_t p = ng_parts_of_document(ask->parts, hits[i].doc);
        struct ng_text_place place = {.offset = hits[i].offset, .length_bytes = lengths_bytes[i]};
        status = ng_parts_get_shown(&ask->of[p].in, kind != NG_CALL_SHOW_AS_VIEW, &place, &snippets[i], ask->err);
        if (places) places[i] = place;
        if (!status && ask->of[p].in.bad) status = ng_ask_refuse(ask, p);
    }
    return status ? status : ng_ask_check(ask);
}

int ng_parts_show(const struct ng_index *view, enum ng_call_show kind, const struct ng_hit *hits,
                  const uint64_t *lengths_bytes, size_t count, uint64_t context_bytes, struct ng_text_place *places,
                  struct ng_snippet *snippets, struct ng_err *err) {
    struct ng_ask *ask;
    int status = ng_ask_open(&ask, view, NG_WIRE_SHOW, false, err);
    for (size_t i = 0; i < count; i++) snippets[i] = (struct ng_snippet){0};
    for (size_t i = 0; i < count && !status; i++) {
        uint64_t shard;
        status = ng_index_shard_of(view, hits[i].doc, &shard, err);
        if (!status && kind != NG_CALL_SHOW_ORIGINALS && shard != hits[i].shard) {
            status = ng_err_set(err, NG_ERR_USAGE, "the hit is not one of this index");
        }
    }
    for (size_t at = 0, some = 0; at < count && !status; at += some) {
        uint64_t longest = lengths_bytes[at];
        for (some = 1; at + some < count; some++) {
            if (lengths_bytes[at + some] > longest) longest = lengths_bytes[at + some];
            if (some >= ng_parts_hits_at_once(context_bytes, longest)) break;
        }
        status = show_some(ask, kind, hits + at, lengths_bytes + at, some, context_bytes, places ? places + at : NULL,
                           snippets + at);
    }
    for (size_t i = 0; i < count && status; i++) ng_snippet_free(&snippets[i]);
    ng_ask_close(ask);
    return status;
}

/* ---- Documents ---- */

/* A piece that is being read, and what of it is asked for now. */
struct reading {
    struct ng_call_piece *piece;
    size_t part;
    bool begun;
    bool done;
    bool asked;
};

/* The text behind what is there, at most so many bytes. */
static int take_piece(struct ng_ask *ask, struct reading *reading) {
    struct ng_call_piece *piece = reading->piece;
    struct ng_wire_in *in = &ask->of[reading->part].in;
    uint64_t doc_bytes = ng_wire_get(in);
    struct ng_bytes text = ng_wire_get_bytes(in);
    struct ng_bytes path = ng_wire_get_bytes(in);
    uint64_t line = ng_wire_get(in);
    struct ng_bytes metadata = ng_wire_get_bytes(in);
    if (doc_bytes == NG_WIRE_REMOVED && !in->bad) {
        piece->doc_bytes = NG_CALL_REMOVED;
        reading->done = piece->may_be_removed && !reading->begun;
        if (reading->done) return NG_OK;
        return ng_err_set(ask->err, NG_ERR_NOTFOUND, "document %llu was removed", (unsigned long long)piece->doc);
    }
    uint64_t begin = piece->offset < doc_bytes ? piece->offset : doc_bytes;
    uint64_t wanted = doc_bytes - begin < piece->most_bytes ? doc_bytes - begin : piece->most_bytes;
    if (in->bad || (reading->begun && doc_bytes != piece->doc_bytes) || text.length_bytes > wanted - piece->length_bytes ||
        (text.length_bytes == 0 && wanted > piece->length_bytes)) return ng_ask_refuse(ask, reading->part);
    uint8_t *grown = realloc(piece->text, (size_t)(piece->length_bytes + text.length_bytes) + 1);
    if (!grown) return ng_err_nomem(ask->err, piece->length_bytes + text.length_bytes, "some of a document");
    piece->text = grown;
    if (text.length_bytes > 0) memcpy(grown + piece->length_bytes, text.data, (size_t)text.length_bytes);
    piece->length_bytes += text.length_bytes;
    piece->doc_bytes = doc_bytes;
    if (!reading->begun && piece->with_source) {
        piece->source = (struct ng_doc_source){.path = strndup((const char *)path.data, (size_t)path.length_bytes),
                                               .line = line,
                                               .metadata = malloc((size_t)metadata.length_bytes + 1),
                                               .metadata_bytes = metadata.length_bytes};
        if (!piece->source.path || !piece->source.metadata) {
            return ng_err_nomem(ask->err, metadata.length_bytes, "the source of a document");
        }
        if (metadata.length_bytes > 0) memcpy(piece->source.metadata, metadata.data, (size_t)metadata.length_bytes);
        piece->source.metadata[metadata.length_bytes] = '\0';
    }
    reading->begun = true;
    reading->done = piece->length_bytes == wanted;
    return NG_OK;
}

/* Asks for as much as fits a message of each part. *more: something was asked. */
static int read_round(struct ng_ask *ask, struct reading *readings, size_t count, bool *more) {
    uint64_t left[NG_MAX_PARTS];
    size_t counts[NG_MAX_PARTS] = {0};
    enum { PIECE_BYTES = 1 << 13 }; /* with what a document's metadata takes, about */
    for (size_t p = 0; p < NG_MAX_PARTS; p++) left[p] = NG_PARTS_TEXT_BYTES;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t p = 0; p < NG_MAX_PARTS && pass == 1; p++) {
            if (counts[p] > 0) ng_wire_put(ng_ask_part(ask, p), counts[p]);
            left[p] = NG_PARTS_TEXT_BYTES;
        }
        for (size_t i = 0; i < count; i++) {
            struct reading *reading = &readings[i];
            const struct ng_call_piece *piece = reading->piece;
            uint64_t *room = &left[reading->part];
            if (reading->done || *room == 0) continue;
            uint64_t wanted = piece->most_bytes - piece->length_bytes < *room ? piece->most_bytes - piece->length_bytes : *room;
            *room -= wanted + PIECE_BYTES < *room ? wanted + PIECE_BYTES : *room;
            if (pass == 0) {
                reading->asked = true;
                counts[reading->part]++;
                continue;
            }
            struct ng_wire_out *out = ng_ask_part(ask, reading->part);
            ng_wire_put(out, piece->doc - ask->parts->parts[reading->part].first_document);
            ng_wire_put(out, piece->offset + piece->length_bytes);
            ng_wire_put(out, wanted);
            ng_wire_put(out, piece->with_source && !reading->begun ? 1 : 0);
        }
    }
    *more = false;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) *more = *more || counts[p] > 0;
    int status = *more ? ng_ask_run(ask) : NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (readings[i].asked) status = take_piece(ask, &readings[i]);
        readings[i].asked = false;
    }
    return status ? status : ng_ask_check(ask);
}

int ng_parts_read(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err) {
    struct ng_ask *ask = NULL;
    struct reading *readings = calloc(count + 1, sizeof *readings);
    int status = readings ? NG_OK : ng_err_nomem(err, count * sizeof *readings, "some documents");
    for (size_t i = 0; i < count && !status; i++) {
        uint64_t shard;
        pieces[i].length_bytes = 0;
        status = ng_index_shard_of(view, pieces[i].doc, &shard, err);
        readings[i] = (struct reading){.piece = &pieces[i], .part = ng_parts_of_document(view->parts, pieces[i].doc)};
        if (UINT64_MAX - pieces[i].offset < pieces[i].most_bytes) pieces[i].most_bytes = UINT64_MAX - pieces[i].offset;
    }
    if (!status) status = ng_ask_open(&ask, view, NG_WIRE_READ, false, err);
    for (bool more = true; more && !status;) status = read_round(ask, readings, count, &more);
    for (size_t i = 0; i < count && status; i++) ng_call_piece_free(&pieces[i]);
    ng_ask_close(ask);
    free(readings);
    return status;
}

/* ---- Places ---- */

static int take_ranges(struct ng_ask *ask, size_t part, struct ng_doc_ranges *document) {
    struct ng_wire_in *in = &ask->of[part].in;
    for (size_t r = 0; r < document->count; r++) {
        struct ng_text_range *range = &document->ranges[r];
        range->begin = ng_wire_get(in);
        range->end = ng_wire_get(in);
        range->begin_char = ng_wire_get(in);
        range->end_char = ng_wire_get(in);
        if (range->begin > range->end || range->begin_char > range->end_char) in->bad = true;
    }
    return in->bad ? ng_ask_refuse(ask, part) : NG_OK;
}

static int convert(struct ng_ask *ask, struct ng_doc_ranges *documents, size_t count, bool *original) {
    size_t counts[NG_MAX_PARTS] = {0};
    for (size_t i = 0; i < count; i++) counts[ng_parts_of_document(ask->parts, documents[i].doc)]++;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        if (counts[p] > 0) ng_wire_put(ng_ask_part(ask, p), counts[p]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t p = ng_parts_of_document(ask->parts, documents[i].doc);
        struct ng_wire_out *out = ng_ask_part(ask, p);
        ng_wire_put(out, documents[i].doc - ask->parts->parts[p].first_document);
        ng_wire_put(out, documents[i].count);
        for (size_t r = 0; r < documents[i].count; r++) {
            ng_wire_put(out, documents[i].ranges[r].begin);
            ng_wire_put(out, documents[i].ranges[r].end);
        }
    }
    int status = ng_ask_run(ask);
    for (size_t p = 0; p < NG_MAX_PARTS && !status; p++) {
        if (ask->of[p].answered) *original = ng_wire_get_most(&ask->of[p].in, 1) != 0;
    }
    for (size_t i = 0; i < count && !status; i++) {
        status = take_ranges(ask, ng_parts_of_document(ask->parts, documents[i].doc), &documents[i]);
    }
    return status ? status : ng_ask_check(ask);
}

int ng_parts_ranges(const struct ng_index *view, struct ng_doc_ranges *documents, size_t count, bool *original,
                    struct ng_err *err) {
    struct ng_ask *ask;
    *original = !view->is_folded;
    int status = ng_ask_open(&ask, view, NG_WIRE_RANGES, false, err);
    for (size_t i = 0; i < count && !status; i++) {
        uint64_t shard;
        status = ng_index_shard_of(view, documents[i].doc, &shard, err);
    }
    for (size_t at = 0, some = NG_PARTS_DOCUMENTS; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = convert(ask, documents + at, some, original);
    }
    ng_ask_close(ask);
    return status;
}
