/* Pages of hits. */
#include <inttypes.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/explored.h"
#include "server/api/api_impl.h"

enum { CURSOR_ID_CHARS = 8 };

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

int ng_api_put_hit(struct ng_api_turn *turn, struct ng_json_shown *shown) {
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
                status = ng_api_put_hit(turn, &shown);
                ++*passed;
            }
            ng_snippet_free(&snippets[i]);
        }
        left -= found;
    } while (!status && left > 0 && found > 0 && !ng_api_is_full(turn));
    ng_json_array_end(&turn->json);
    return status;
}

static void put_page_end(struct ng_api_turn *turn, const struct ng_api_page *page) {
    struct ng_json *json = &turn->json;
    uint64_t first = page->first;
    uint64_t passed = page->passed;
    ng_json_key(json, "next");
    if (passed > 0 && first + passed < page->total) {
        char cursor[CURSOR_ID_CHARS + 32];
        (void)snprintf(cursor, sizeof cursor, "%.*s.%" PRIu64, CURSOR_ID_CHARS, turn->served->id, first + passed);
        ng_json_text(json, cursor);
    } else {
        ng_json_null(json);
    }
    if (page->matching) ng_json_match_totals(json, &page->totals);
    else ng_json_member_u64(json, "count", page->sampled ? page->drawn_from : page->total);
    if (page->sampled) ng_json_member_u64(json, "sampled", page->total);
    ng_json_member_u64(json, "offset", first);
}

int ng_api_locate(struct ng_api_turn *turn) {
    struct ng_api_page page = {.first = turn->field[NG_API_OFFSET].number};
    struct ng_bytes phrase = {0};
    int status = NG_OK;
    if (turn->field[NG_API_CURSOR].present) status = read_cursor(turn, &page.first);
    bool chosen = ng_api_is_chosen(turn);
    if (!status && !chosen) status = ng_api_phrase(turn, &phrase);
    if (!status) status = ng_api_begin_object(turn);
    if (status) return status;
    status = chosen ? ng_api_put_chosen(turn, &page) : put_hits(turn, phrase, page.first, &page.passed, &page.total);
    if (status) return status;
    put_page_end(turn, &page);
    return ng_api_end_object(turn, "latency_ms");
}
