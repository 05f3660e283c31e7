#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "query/parts/parts.h"

int ng_ask_open(struct ng_ask **ask, const struct ng_index *view, enum ng_wire_operation operation, bool may_miss,
                struct ng_err *err) {
    *ask = calloc(1, sizeof **ask);
    if (!*ask) return ng_err_nomem(err, sizeof **ask, "questions to the parts of an index");
    (*ask)->view = view;
    (*ask)->parts = view->parts;
    (*ask)->operation = operation;
    (*ask)->may_miss = may_miss;
    (*ask)->err = err;
    return NG_OK;
}

struct ng_wire_out *ng_ask_part(struct ng_ask *ask, size_t part) {
    struct ng_wire_out *out = &ask->of[part].out;
    if (ask->of[part].asked) return out;
    ask->of[part].asked = true;
    out->status = NG_OK;
    out->err = ask->err;
    out->buf.length = 0;
    ng_wire_begin_request(out, ask->operation, ask->view->is_folded ? NG_WIRE_FOLDED : NG_WIRE_EXACT,
                          ask->parts->parts[part].id);
    return out;
}

int ng_ask_refuse(const struct ng_ask *ask, size_t part) {
    const struct ng_part_transport *transport = &ask->parts->transport;
    return ng_err_set(ask->err, NG_ERR_REMOTE, "part %zu of the index (%s) gave an answer that does not fit the question",
                      part + 1, transport->name(transport->context, part));
}

/* Takes the outcome of an exchange. */
static int take(struct ng_ask *ask, struct ng_part_exchange *exchange) {
    size_t part = exchange->part;
    struct ng_wire_head head;
    if (exchange->status == NG_ERR_REMOTE && ask->may_miss && ask->parts->transport.allow_partial) {
        (void)atomic_fetch_or(ask->view->missing, UINT64_C(1) << part);
        return NG_OK;
    }
    if (exchange->status) {
        if (ask->err) *ask->err = exchange->err;
        return exchange->status;
    }
    struct ng_err why;
    ng_err_clear(&why);
    int status = ng_wire_open(&ask->of[part].in, exchange->answer, exchange->answer_bytes, false, &head, &why);
    const struct ng_part_transport *transport = &ask->parts->transport;
    if (status) {
        return ng_err_set(ask->err, NG_ERR_REMOTE, "part %zu of the index (%s): %s", part + 1,
                          transport->name(transport->context, part), why.text);
    }
    if (strcmp(head.id, ask->parts->parts[part].id) != 0) {
        (void)ng_err_set(ask->err, NG_ERR_REMOTE, "part %zu of the index (%s) is another index than before", part + 1,
                         transport->name(transport->context, part));
        return ng_err_hint(ask->err, "open the index anew: a daemon does when it gets SIGHUP");
    }
    if (head.operation != ask->operation) return ng_ask_refuse(ask, part);
    ask->of[part].answered = true;
    return NG_OK;
}

int ng_ask_run(struct ng_ask *ask) {
    struct ng_part_exchange list[NG_MAX_PARTS];
    const struct ng_part_transport *transport = &ask->parts->transport;
    size_t count = 0;
    int status = NG_OK;
    for (size_t p = 0; p < transport->part_count; p++) {
        ask->of[p].answered = false;
        free(ask->of[p].exchange.answer);
        ask->of[p].exchange.answer = NULL;
        if (ask->parts->parts[p].absent && ask->may_miss) (void)atomic_fetch_or(ask->view->missing, UINT64_C(1) << p);
        if (!ask->of[p].asked) continue;
        ask->of[p].asked = false;
        struct ng_wire_out *out = &ask->of[p].out;
        if (!status) status = ng_wire_end(out);
        list[count++] = (struct ng_part_exchange){
            .part = p, .replica = NG_ANY_REPLICA, .request = out->buf.data, .request_bytes = out->buf.length,
            .via = ask->view->via};
    }
    if (status || count == 0) return status;
    transport->exchange(transport->context, list, count, &ask->view->cancel);
    for (size_t i = 0; i < count; i++) {
        ask->of[list[i].part].exchange = list[i];
        if (!status) status = take(ask, &list[i]);
    }
    return status;
}

int ng_ask_check(struct ng_ask *ask) {
    for (size_t p = 0; p < ask->parts->transport.part_count; p++) {
        if (ask->of[p].answered && !ng_wire_is_whole(&ask->of[p].in)) return ng_ask_refuse(ask, p);
    }
    return NG_OK;
}

void ng_ask_close(struct ng_ask *ask) {
    if (!ask) return;
    for (size_t p = 0; p < NG_MAX_PARTS; p++) {
        ng_buf_free(&ask->of[p].out.buf);
        free(ask->of[p].exchange.answer);
    }
    free(ask);
}

size_t ng_parts_of_shard(const struct ng_parts *parts, uint64_t shard) {
    size_t part = 0;
    while (part + 1 < parts->transport.part_count &&
           shard >= parts->parts[part].first_shard + parts->parts[part].shard_count) part++;
    return part;
}

size_t ng_parts_of_document(const struct ng_parts *parts, uint64_t document) {
    size_t part = 0;
    while (part + 1 < parts->transport.part_count &&
           document >= parts->parts[part].first_document + parts->parts[part].documents) part++;
    return part;
}

void ng_wire_put_hit(struct ng_wire_out *out, const struct ng_hit *hit) {
    ng_wire_put(out, hit->shard);
    ng_wire_put(out, hit->rank);
    ng_wire_put(out, hit->position);
    ng_wire_put(out, hit->doc);
    ng_wire_put(out, hit->offset);
}

struct ng_hit ng_wire_get_hit(struct ng_wire_in *in) {
    struct ng_hit hit = {.shard = ng_wire_get(in)};
    hit.rank = ng_wire_get(in);
    hit.position = ng_wire_get(in);
    hit.doc = ng_wire_get(in);
    hit.offset = ng_wire_get(in);
    return hit;
}

size_t ng_parts_hits_at_once(uint64_t context_bytes, uint64_t length_bytes) {
    enum { MOST = 1024, HIT_BYTES = 8192 }; /* with what original text may have more than folded text */
    uint64_t hits = NG_PARTS_TEXT_BYTES / (2 * context_bytes + 3 * length_bytes + HIT_BYTES);
    return hits < 1 ? 1 : hits < MOST ? (size_t)hits : MOST;
}

size_t ng_parts_finds_at_once(uint64_t shards) {
    uint64_t phrases = NG_PARTS_MESSAGE_BYTES / (shards > 0 ? shards : 1) + 1;
    return phrases < NG_PARTS_PHRASES ? (size_t)phrases : NG_PARTS_PHRASES;
}

/* Whether a hit begins in the text that is to show it, and ends there; a long original is cut. */
static bool is_in_text(const struct ng_text_place *place, const struct ng_snippet *snippet) {
    if (place->offset > NG_MAX_SHARD_ROWS || place->length_bytes > NG_MAX_SHARD_ROWS || place->offset < snippet->offset ||
        place->offset - snippet->offset > snippet->length_bytes) return false;
    uint64_t shown = snippet->length_bytes - (place->offset - snippet->offset);
    return place->length_bytes <= shown || (place->original && shown >= NG_MAX_ORIGIN_HIT_BYTES);
}

int ng_parts_get_shown(struct ng_wire_in *in, bool placed, struct ng_text_place *place, struct ng_snippet *snippet,
                       struct ng_err *err) {
    struct ng_text_place told = {.original = ng_wire_get_most(in, 1) != 0};
    told.offset = ng_wire_get(in);
    told.length_bytes = ng_wire_get(in);
    if (placed) *place = told;
    snippet->offset = ng_wire_get(in);
    struct ng_bytes text = ng_wire_get_bytes(in);
    snippet->length_bytes = text.length_bytes;
    snippet->text = malloc((size_t)text.length_bytes + 1);
    if (!snippet->text) return ng_err_nomem(err, text.length_bytes, "the text around a hit");
    if (text.length_bytes > 0) memcpy(snippet->text, text.data, (size_t)text.length_bytes);
    snippet->text[text.length_bytes] = '\0';
    if (!is_in_text(place, snippet)) in->bad = true;
    return NG_OK;
}

void ng_parts_take_hit(struct ng_ask *ask, size_t part, struct ng_hit *hit) {
    const struct ng_part *p = &ask->parts->parts[part];
    struct ng_wire_in *in = &ask->of[part].in;
    if (hit->shard >= p->shard_count || hit->doc >= p->documents) {
        in->bad = true;
        return;
    }
    hit->shard += p->first_shard;
    hit->doc += p->first_document;
    const struct ng_index_shard *shard = &ask->view->shards[hit->shard];
    uint64_t text_bytes = shard->shard.rows;
    if (hit->rank >= shard->shard.rows || hit->position >= text_bytes || hit->offset > hit->position ||
        hit->doc < shard->first_document || hit->doc - shard->first_document >= shard->shard.documents) in->bad = true;
}
