/* count, locate and batch. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "server/api/api_impl.h"

enum { CURSOR_ID_CHARS = 8 };

static int check_phrase(struct ng_api_turn *turn, struct ng_bytes phrase) {
    uint64_t most = turn->api->limits.phrase_bytes;
    if (phrase.length_bytes <= most) return NG_OK;
    return ng_err_set(&turn->err, NG_ERR_LIMIT, "a phrase of %" PRIu64 " bytes; this server's limit is %" PRIu64,
                      phrase.length_bytes, most);
}

static int fold_phrases(struct ng_api_turn *turn, const struct ng_bytes *phrases, size_t count) {
    return ng_index_phrases(turn->view, phrases, count, &turn->phrases, &turn->err);
}

int ng_api_phrase(struct ng_api_turn *turn, struct ng_bytes *phrase) {
    *phrase = turn->field[NG_API_QUERY].text;
    int status = check_phrase(turn, *phrase);
    if (status || ng_index_text_view(turn->view) == NG_VIEW_EXACT) return status;
    status = fold_phrases(turn, phrase, 1);
    if (!status) *phrase = *turn->phrases;
    return status;
}

/* Written by hand: it is the answer that is given most. */
int ng_api_put_count(struct ng_api_turn *turn, uint64_t count) {
    enum { ROOM = 128 };
    char *bytes = malloc(ROOM);
    if (!bytes) return ng_err_nomem(&turn->err, ROOM, "an answer");
    double milliseconds = (double)(ng_clock_ns() - turn->started_ns) / 1e6;
    int length = snprintf(bytes, ROOM, "{\"count\":%" PRIu64 ",\"%s\":%.6f}\n", count,
                          turn->peer ? "latency" : "latency_ms", milliseconds);
    *turn->answer = (struct ng_api_answer){.status = 200,
                                           .content_type = "application/json",
                                           .bytes = bytes,
                                           .length_bytes = (size_t)length,
                                           .owned = bytes,
                                           .endpoint = turn->answer->endpoint};
    return NG_OK;
}

/* A cursor is the beginning of the index's id, a point, and how many hits were passed. */
static int read_cursor(struct ng_api_turn *turn, uint64_t *first) {
    struct ng_bytes text = turn->field[NG_API_CURSOR].text;
    if (text.length_bytes <= CURSOR_ID_CHARS || text.data[CURSOR_ID_CHARS] != '.' ||
        !ng_text_decimal((const char *)text.data + CURSOR_ID_CHARS + 1, (size_t)text.length_bytes - CURSOR_ID_CHARS - 1,
                         first)) {
        return ng_api_fail(turn, 400, "\"cursor\" is not one that this server gave");
    }
    if (memcmp(text.data, turn->served->id, CURSOR_ID_CHARS) != 0) {
        (void)ng_api_fail(turn, 409, "the index was replaced after this cursor was issued");
        return ng_err_hint(&turn->err, "start again without a cursor");
    }
    return NG_OK;
}

/* Writes a hit with its document's source. */
static int put_hit(struct ng_api_turn *turn, struct ng_json_shown *shown) {
    struct ng_doc_source source = {0};
    struct ng_doc_names names;
    int status = ng_index_doc_source(turn->index, shown->hit->doc, &source, &turn->err);
    if (!status) ng_index_doc_names(turn->index, &source, &names);
    shown->source = &source;
    shown->names = &names;
    shown->folded = ng_index_text_view(turn->view) == NG_VIEW_FOLDED;
    if (!status) ng_json_hit(&turn->json, shown);
    shown->source = NULL;
    shown->names = NULL;
    ng_doc_source_free(&source);
    return status;
}

/* Writes the hits from number first on, as many as are wanted and fit in an answer: *passed. *total is how many the
 * phrase has. */
static int put_hits(struct ng_api_turn *turn, struct ng_bytes phrase, uint64_t first, uint64_t *passed,
                    uint64_t *total) {
    enum { PAGE = 64 };
    struct ng_hit hits[PAGE];
    struct ng_text_place places[PAGE];
    struct ng_snippet snippets[PAGE];
    uint64_t left = turn->field[NG_API_LIMIT].number;
    size_t found;
    int status;
    ng_json_member_array(&turn->json, "hits");
    do {
        size_t wanted = left < PAGE ? (size_t)left : (size_t)PAGE;
        status = ng_index_show_view(turn->view, phrase, first + *passed, turn->field[NG_API_CONTEXT].number, hits, places,
                                    snippets, wanted, &found, total, &turn->err);
        if (status) break;
        for (size_t i = 0; i < found; i++) {
            if (!status && !ng_api_is_full(turn)) {
                struct ng_json_shown shown = {.hit = &hits[i], .place = &places[i], .snippet = &snippets[i],
                                              .phrase_bytes = phrase.length_bytes};
                status = put_hit(turn, &shown);
                ++*passed;
            }
            ng_snippet_free(&snippets[i]);
        }
        left -= found;
    } while (!status && left > 0 && found > 0 && !ng_api_is_full(turn));
    ng_json_array_end(&turn->json);
    return status;
}

static void put_page_end(struct ng_api_turn *turn, uint64_t first, uint64_t passed, uint64_t total) {
    struct ng_json *json = &turn->json;
    ng_json_key(json, "next");
    if (passed > 0 && first + passed < total) {
        char cursor[CURSOR_ID_CHARS + 32];
        (void)snprintf(cursor, sizeof cursor, "%.*s.%" PRIu64, CURSOR_ID_CHARS, turn->served->id, first + passed);
        ng_json_text(json, cursor);
    } else {
        ng_json_null(json);
    }
    ng_json_member_u64(json, "count", total);
    ng_json_member_u64(json, "offset", first);
}

int ng_api_locate(struct ng_api_turn *turn) {
    struct ng_bytes phrase;
    uint64_t first = turn->field[NG_API_OFFSET].number;
    uint64_t passed = 0;
    uint64_t total = 0;
    int status = ng_api_phrase(turn, &phrase);
    if (!status && turn->field[NG_API_CURSOR].present) status = read_cursor(turn, &first);
    if (status) return status;
    status = ng_api_begin_object(turn);
    if (!status) status = put_hits(turn, phrase, first, &passed, &total);
    if (status) return status;
    put_page_end(turn, first, passed, total);
    return ng_api_end_object(turn, "latency_ms");
}

static int count_all(struct ng_api_turn *turn, const struct ng_bytes *phrases, size_t count, uint64_t *counts) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = check_phrase(turn, phrases[i]);
    if (!status) status = fold_phrases(turn, phrases, count);
    return status ? status : ng_index_count_batch(turn->view, turn->phrases, count, counts, &turn->err);
}

int ng_api_batch(struct ng_api_turn *turn) {
    const struct ng_field *queries = &turn->field[NG_API_QUERY];
    uint64_t *counts = calloc(queries->text_count + 1, sizeof *counts);
    if (!counts) return ng_err_nomem(&turn->err, queries->text_count * sizeof *counts, "counts");
    int status = count_all(turn, queries->texts, queries->text_count, counts);
    if (!status) status = ng_api_begin_object(turn);
    if (status) goto out;
    ng_json_member_array(&turn->json, "counts");
    for (size_t i = 0; i < queries->text_count; i++) ng_json_u64(&turn->json, counts[i]);
    ng_json_array_end(&turn->json);
    status = ng_api_end_object(turn, "latency_ms");
out:
    free(counts);
    return status;
}
