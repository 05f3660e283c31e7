/* Hits that are not simply all in order: a sample, one a document, sorted, or under conditions. */
#include <stdlib.h>
#include <string.h>

#include "common/json/out.h"
#include "server/api/api_impl.h"

/* The hits to show. */
struct chosen {
    struct ng_matches *matches; /* NULL: the hits are the occurrences of the phrase */
    struct ng_bytes phrase;     /* if so */
    struct ng_hit *hits;        /* owned, like lengths */
    uint64_t *lengths;
    size_t count;
};

static bool is_sampled(const struct ng_api_turn *turn) {
    return turn->field[NG_API_SAMPLE].present;
}

bool ng_api_is_chosen(const struct ng_api_turn *turn) {
    return turn->fields.phrase_count > 0 || is_sampled(turn) || turn->field[NG_API_UNIQUE_DOCS].flag ||
           turn->field[NG_API_SORT].present || turn->field[NG_API_WITHIN].present;
}

static int check_sort(struct ng_api_turn *turn) {
    struct ng_bytes sort = turn->field[NG_API_SORT].text;
    if (!turn->field[NG_API_SORT].present || (sort.length_bytes == 3 && memcmp(sort.data, "doc", 3) == 0)) return NG_OK;
    return ng_api_fail(turn, 400, "\"sort\" must be doc");
}

/* Matches come in the order of documents, so that a sort without a sample asks for them, too. */
static int find(struct ng_api_turn *turn, struct chosen *chosen, struct ng_api_page *page) {
    bool unique = turn->field[NG_API_UNIQUE_DOCS].flag;
    bool sorted = turn->field[NG_API_SORT].present && !is_sampled(turn);
    int status;
    page->matching = turn->fields.phrase_count > 0 || unique || sorted || turn->field[NG_API_WITHIN].present;
    if (page->matching) {
        status = ng_api_open_matches(turn, unique, false, &chosen->matches);
        if (status) return status;
        ng_matches_get_totals(chosen->matches, &page->totals);
        page->total = page->totals.hits;
        return NG_OK;
    }
    status = ng_api_phrase(turn, &chosen->phrase);
    return status ? status : ng_index_count(turn->view, chosen->phrase, &page->total, &turn->err);
}

static int compare_hits(const void *a, const void *b) {
    const struct ng_hit *x = a;
    const struct ng_hit *y = b;
    if (x->doc != y->doc) return x->doc < y->doc ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Cuts what was located down to the page. */
static void keep_page(struct chosen *chosen, uint64_t first, uint64_t limit) {
    size_t skipped = first < chosen->count ? (size_t)first : chosen->count;
    size_t left = chosen->count - skipped;
    chosen->count = left < limit ? left : (size_t)limit;
    memmove(chosen->hits, chosen->hits + skipped, chosen->count * sizeof *chosen->hits);
    memmove(chosen->lengths, chosen->lengths + skipped, chosen->count * sizeof *chosen->lengths);
}

static int locate_numbers(struct ng_api_turn *turn, struct chosen *chosen, const uint64_t *numbers) {
    if (chosen->matches) {
        return ng_matches_locate(chosen->matches, numbers, chosen->count, chosen->hits, chosen->lengths, &turn->err);
    }
    for (size_t i = 0; i < chosen->count; i++) chosen->lengths[i] = chosen->phrase.length_bytes;
    return ng_index_locate_numbers(turn->view, chosen->phrase, numbers, chosen->count, chosen->hits, &turn->err);
}

/* Locates the hits of the page. A sample is located whole, as it may have to be sorted first. */
static int locate(struct ng_api_turn *turn, struct chosen *chosen, struct ng_api_page *page) {
    uint64_t limit = turn->field[NG_API_LIMIT].number;
    uint64_t sample = turn->field[NG_API_SAMPLE].number;
    uint64_t most = is_sampled(turn) ? sample : limit; /* both are at most the server's limit of hits */
    uint64_t *numbers = calloc((size_t)most + 1, sizeof *numbers);
    chosen->hits = calloc((size_t)most + 1, sizeof *chosen->hits);
    chosen->lengths = calloc((size_t)most + 1, sizeof *chosen->lengths);
    int status = NG_OK;
    if (!numbers || !chosen->hits || !chosen->lengths) {
        status = ng_err_nomem(&turn->err, most * sizeof *chosen->hits, "hits");
        goto out;
    }
    if (is_sampled(turn)) {
        page->sampled = true;
        page->drawn_from = page->total;
        chosen->count = ng_sample_numbers(page->total, (size_t)sample, turn->field[NG_API_SEED].number, numbers);
        page->total = chosen->count;
    } else {
        uint64_t left = page->first < page->total ? page->total - page->first : 0;
        chosen->count = left < limit ? (size_t)left : (size_t)limit;
        for (size_t i = 0; i < chosen->count; i++) numbers[i] = page->first + i;
    }
    status = locate_numbers(turn, chosen, numbers);
    if (status || !is_sampled(turn)) goto out;
    if (turn->field[NG_API_SORT].present && !chosen->matches) {
        qsort(chosen->hits, chosen->count, sizeof *chosen->hits, compare_hits);
    }
    keep_page(chosen, page->first, turn->field[NG_API_LIMIT].present ? limit : sample);
out:
    free(numbers);
    return status;
}

/* Writes the hits, as many as fit in an answer. */
static int show(struct ng_api_turn *turn, const struct chosen *chosen, struct ng_api_page *page) {
    enum { AT_ONCE = 64 };
    struct ng_text_place places[AT_ONCE];
    struct ng_snippet snippets[AT_ONCE];
    for (size_t at = 0; at < chosen->count && !ng_api_is_full(turn); at += AT_ONCE) {
        size_t count = chosen->count - at < AT_ONCE ? chosen->count - at : (size_t)AT_ONCE;
        int status = ng_index_show_hits(turn->view, chosen->hits + at, chosen->lengths + at, count,
                                        turn->field[NG_API_CONTEXT].number, places, snippets, &turn->err);
        if (status) return status;
        for (size_t i = 0; i < count; i++) {
            if (!status && !ng_api_is_full(turn)) {
                struct ng_json_shown shown = {.hit = &chosen->hits[at + i], .place = &places[i], .snippet = &snippets[i],
                                              .phrase_bytes = chosen->lengths[at + i]};
                status = ng_api_put_hit(turn, &shown);
                page->passed++;
            }
            ng_snippet_free(&snippets[i]);
        }
        if (status) return status;
    }
    return NG_OK;
}

int ng_api_put_chosen(struct ng_api_turn *turn, struct ng_api_page *page) {
    struct chosen chosen = {0};
    int status = check_sort(turn);
    if (!status) status = find(turn, &chosen, page);
    if (!status) status = locate(turn, &chosen, page);
    ng_json_member_array(&turn->json, "hits");
    if (!status) status = show(turn, &chosen, page);
    ng_json_array_end(&turn->json);
    free(chosen.hits);
    free(chosen.lengths);
    ng_matches_close(chosen.matches);
    return status;
}
