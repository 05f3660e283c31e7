/* Snippets: the part of ngidx.h that gives the text around a hit. */
#include <stdlib.h>
#include <string.h>

#include "common/base/checked.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/container/ahead.h"
#include "query/lib/extract.h"
#include "query/lib/index.h"
#include "query/lib/locate.h"
#include "query/lib/search.h"
#include "query/lib/snippet.h"

/* The most bytes of a UTF-8 character after its first. */
enum { CHARACTER_REST = 3 };

/* Chains of one or more hits, to run side by side. There are enough of them to keep most lanes busy most of the time,
 * and room for the chains of one more hit. */
enum { CHAINS_AT_A_TIME = 8 * NG_EXTRACT_CHAINS };

struct chains {
    struct ng_extract_chain chains[CHAINS_AT_A_TIME + NG_EXTRACT_CHAINS];
    size_t count;
};

/* Adds the chains that spell what is left of a hit, and text [from, end) from the sampled positions. A right side so
 * long that it keeps the lanes busy by itself is spelled at once. Leaves room for the next hit. */
static void add_chains(struct chains *all, const struct ng_index_place *place, const struct ng_extract_chain *left,
                       uint64_t from, uint64_t end, uint8_t *out, struct ng_watch *watch) {
    uint64_t distance = place->shard->sa_sample;
    size_t most = all->count + NG_EXTRACT_CHAINS;
    all->chains[all->count++] = *left;
    for (uint64_t at = from; at < end;) {
        uint64_t cut = (at / distance + 1) * distance;
        if (cut > end) cut = end;
        if (all->count == most) {
            ng_extract_range(place->shard, place->document, at, end, out + (at - from), watch);
            break;
        }
        all->chains[all->count++] = ng_extract_chain_to(place->shard, place->document, at, cut, out + (at - from));
        at = cut;
    }
    if (all->count <= CHAINS_AT_A_TIME) return;
    ng_extract_run(place->shard, all->chains, all->count, watch);
    all->count = 0;
}

void ng_snippet_trim(const uint8_t *text, uint64_t hit, uint64_t hit_end, uint64_t context, uint64_t *begin,
                     uint64_t *end) {
    uint64_t from = hit - *begin > context ? hit - context : *begin;
    while (from < hit && ng_utf8_is_continuation(text[from - *begin])) from++;
    while (from > *begin && ng_utf8_is_continuation(text[from - *begin])) from--;
    uint64_t to = *end - hit_end > context ? hit_end + context : *end;
    uint64_t limit = *end;
    if (to < limit) {
        while (to > hit_end && ng_utf8_is_continuation(text[to - *begin])) to--;
        while (to < limit && ng_utf8_is_continuation(text[to - *begin])) to++;
    }
    *begin = from;
    *end = to;
}

static int check_hit(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     struct ng_index_place *place, struct ng_err *err) {
    int status = ng_index_find_place(index, hit->doc, place, err);
    if (status) return status;
    if (hit->position < place->start || !ng_checked_range(hit->position, length_bytes, place->end) ||
        hit->rank >= ng_shard_ranks(place->shard) || hit->position - place->start != hit->offset) {
        return ng_err_set(err, NG_ERR_USAGE, "the hit does not belong to this index");
    }
    return NG_OK;
}

static int check_context(uint64_t context_bytes, struct ng_err *err) {
    if (context_bytes <= NG_MAX_CONTEXT_BYTES) return NG_OK;
    return ng_err_set(err, NG_ERR_LIMIT, "context of %llu bytes; the limit is %llu (NG_MAX_CONTEXT_BYTES)",
                      (unsigned long long)context_bytes, (unsigned long long)NG_MAX_CONTEXT_BYTES);
}

/* What is known about the text around a hit before it is extracted. */
struct known {
    uint64_t row;          /* of the suffix that starts this many bytes left of the hit */
    uint64_t left_bytes;
    const uint8_t *left_end;
    const uint8_t *phrase; /* the hit's own bytes, or NULL */
};

/* A snippet that is being made. */
struct making {
    struct ng_index_place place;
    uint64_t begin; /* text positions [begin, end) go to text */
    uint64_t end;
    uint8_t *text;  /* owned */
};

/* Takes over what is known; chains are to spell the rest. */
static int start_snippet(struct making *making, const struct ng_hit *hit, const struct known *known,
                         uint64_t length_bytes, uint64_t context_bytes, struct chains *chains,
                         struct ng_watch *watch, struct ng_err *err) {
    const struct ng_index_place *place = &making->place;
    uint64_t wanted = context_bytes + CHARACTER_REST;
    uint64_t hit_end = hit->position + length_bytes;
    uint64_t begin = hit->position - place->start > wanted ? hit->position - wanted : place->start;
    uint64_t end = place->end - hit_end > wanted ? hit_end + wanted : place->end;
    uint64_t left_bytes = hit->position - begin;
    uint64_t known_bytes = known->left_bytes < left_bytes ? known->left_bytes : left_bytes;
    uint8_t *text = calloc((size_t)(end - begin) + 1, 1);
    if (!text) return ng_err_nomem(err, end - begin, "a snippet");
    if (known->left_end && known_bytes > 0) {
        memcpy(text + (left_bytes - known_bytes), known->left_end - known_bytes, (size_t)known_bytes);
    }
    uint64_t known_from = hit->position - known_bytes;
    uint64_t known_end = hit->position;
    if (known->phrase) {
        if (length_bytes > 0) memcpy(text + left_bytes, known->phrase, (size_t)length_bytes);
        known_end = hit_end;
    }
    /* Where all of the left side is known, its chain has nothing to do. */
    struct ng_extract_chain left = {
        .row = known->row, .position = known_from, .begin = begin, .end = known_from, .out = text};
    add_chains(chains, place, &left, known_end, end, text + (known_end - begin), watch);
    making->begin = begin;
    making->end = end;
    making->text = text;
    return NG_OK;
}

/* All chains have run. The text goes over to the snippet. */
static void finish_snippet(struct making *making, const struct ng_hit *hit, uint64_t length_bytes,
                           uint64_t context_bytes, struct ng_snippet *snippet) {
    uint64_t from = making->begin;
    ng_snippet_trim(making->text, hit->position, hit->position + length_bytes, context_bytes, &from, &making->end);
    memmove(making->text, making->text + (from - making->begin), (size_t)(making->end - from));
    *snippet = (struct ng_snippet){
        .text = making->text, .length_bytes = making->end - from, .offset = from - making->place.start};
    making->text = NULL;
}

/* Hits that are shown side by side. */
enum { SHOWN_ROWS = 4 * NG_RANK_BATCH };

struct showing {
    struct making making[SHOWN_ROWS];
    struct ng_locate_walk walks[SHOWN_ROWS];
    struct chains chains;
    uint8_t *left; /* of the walks; owned */
    size_t room;   /* bytes for each hit */
    struct ng_watch watch;
};

/* Makes room for up to SHOWN_ROWS rows, which are shown at a time. */
static int showing_open(struct showing **out, const struct ng_index *index, size_t rows, uint64_t context_bytes, struct ng_err *err) {
    size_t most = rows < SHOWN_ROWS ? rows : SHOWN_ROWS;
    if (most == 0) most = 1;
    *out = NULL;
    int status = check_context(context_bytes, err);
    if (status) return status;
    struct showing *showing = calloc(1, sizeof *showing);
    if (!showing) return ng_err_nomem(err, sizeof *showing, "the texts around hits");
    showing->watch = ng_watch_make(&index->cancel);
    showing->room = (size_t)context_bytes + CHARACTER_REST;
    showing->left = malloc(most * showing->room);
    if (showing->left) {
        *out = showing;
        return NG_OK;
    }
    free(showing);
    return ng_err_nomem(err, most * context_bytes, "the texts before hits");
}

static void showing_close(struct showing *showing) {
    if (!showing) return;
    free(showing->left);
    free(showing);
}

/* Where pages are not in memory: asks for those of the documents that hits are in, then of these documents' sources, which
 * whoever shows a hit shows as well. */
static void ask_documents(const struct ng_shard *shard, const struct ng_locate_walk *walks, size_t count) {
    uint64_t numbers[SHOWN_ROWS] = {0};
    for (size_t i = 0; i < count; i++) numbers[i] = walks[i].position;
    ng_docs_ask_positions(&shard->docs, numbers, count);
    for (size_t i = 0; i < count; i++) numbers[i] = ng_docs_of_position(&shard->docs, numbers[i]);
    ng_docs_ask_sources(&shard->docs, numbers, count);
}

/* Locates at most SHOWN_ROWS rows, which are sound, and takes their snippets: all of them or, where it fails, none. */
static int show_rows(struct showing *showing, const struct ng_index *index, uint64_t shard, const uint64_t *rows,
                     const struct ng_bytes *phrases, size_t count, uint64_t context_bytes, struct ng_hit *hits,
                     struct ng_snippet *snippets, struct ng_err *err) {
    const struct ng_shard *s = &index->shards[shard].shard;
    ng_locate_walks(s, rows, count, showing->left, showing->room, showing->walks, &showing->watch);
    showing->chains.count = 0;
    int status = ng_shard_outcome(s, &showing->watch, err);
    if (!status && ng_ahead_asks()) ask_documents(s, showing->walks, count);
    for (size_t i = 0; i < count && !status; i++) {
        const struct ng_locate_walk *walk = &showing->walks[i];
        const struct known known = {.row = walk->row,
                                    .left_bytes = walk->distance < showing->room ? walk->distance : showing->room,
                                    .left_end = showing->left + (i + 1) * showing->room,
                                    .phrase = phrases[i].data};
        struct making *making = &showing->making[i];
        ng_index_fill_hits(index, shard, &rows[i], &walk->position, 1, &hits[i]);
        status = check_hit(index, &hits[i], phrases[i].length_bytes, &making->place, err);
        if (status) break;
        status = start_snippet(making, &hits[i], &known, phrases[i].length_bytes, context_bytes, &showing->chains,
                               &showing->watch, err);
    }
    if (!status) {
        ng_extract_run(s, showing->chains.chains, showing->chains.count, &showing->watch);
        status = ng_shard_outcome(s, &showing->watch, err);
    }
    for (size_t i = 0; i < count; i++) {
        struct making *making = &showing->making[i];
        if (!status) finish_snippet(making, &hits[i], phrases[i].length_bytes, context_bytes, &snippets[i]);
        free(making->text);
        making->text = NULL;
    }
    return status;
}

int ng_index_snippet(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
    struct making making = {0};
    struct chains chains;
    struct known known = {.row = 0};
    struct ng_watch watch = ng_watch_make(&index->cancel);
    chains.count = 0;
    *snippet = (struct ng_snippet){0};
    int status = check_context(context_bytes, err);
    if (!status && index->calls) {
        return index->calls->show(index, NG_CALL_SHOW_AS_VIEW, hit, &length_bytes, 1, context_bytes, NULL, snippet, err);
    }
    if (!status) status = check_hit(index, hit, length_bytes, &making.place, err);
    if (!status) known.row = ng_shard_row_of_rank(making.place.shard, hit->rank);
    if (!status) status = start_snippet(&making, hit, &known, length_bytes, context_bytes, &chains, &watch, err);
    if (status) return status;
    ng_extract_run(making.place.shard, chains.chains, chains.count, &watch);
    status = ng_shard_outcome(making.place.shard, &watch, err);
    if (!status) finish_snippet(&making, hit, length_bytes, context_bytes, snippet);
    free(making.text);
    return status;
}

/* The same where the parts are elsewhere. */
static int call_rows(const struct ng_index *index, uint64_t shard, const uint64_t *rows, const struct ng_bytes *phrases,
                     size_t count, uint64_t context_bytes, struct ng_hit *hits, struct ng_snippet *snippets,
                     struct ng_err *err) {
    uint64_t *lengths = calloc(count + 1, sizeof *lengths);
    if (!lengths) return ng_err_nomem(err, count * sizeof *lengths, "hits to be shown");
    for (size_t i = 0; i < count; i++) {
        hits[i] = (struct ng_hit){.shard = shard, .rank = rows[i]};
        lengths[i] = phrases[i].length_bytes;
    }
    int status = check_context(context_bytes, err);
    if (!status) status = index->calls->rows(index, hits, count, err);
    if (!status) {
        status = index->calls->show(index, NG_CALL_SHOW_AS_VIEW, hits, lengths, count, context_bytes, NULL, snippets, err);
    }
    free(lengths);
    return status;
}

int ng_index_show_rows(const struct ng_index *index, uint64_t shard, const uint64_t *rows,
                       const struct ng_bytes *phrases, size_t count, uint64_t context_bytes, struct ng_hit *hits,
                       struct ng_snippet *snippets, struct ng_err *err) {
    struct showing *showing = NULL;
    size_t done = 0;
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) snippets[i] = (struct ng_snippet){0};
    for (size_t i = 0; i < count && !status; i++) status = ng_index_check_row(index, shard, rows[i], err);
    if (!status && index->calls) return call_rows(index, shard, rows, phrases, count, context_bytes, hits, snippets, err);
    if (!status) status = showing_open(&showing, index, count, context_bytes, err);
    while (done < count && showing && !status) {
        size_t some = count - done < SHOWN_ROWS ? count - done : SHOWN_ROWS;
        status = show_rows(showing, index, shard, rows + done, phrases + done, some, context_bytes, hits + done,
                           snippets + done, err);
        done += some;
    }
    showing_close(showing);
    for (size_t i = 0; i < count && status; i++) ng_snippet_free(&snippets[i]);
    return status;
}

int ng_index_show(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                  struct ng_hit *hits, struct ng_snippet *snippets, size_t hit_capacity, size_t *hit_count,
                  uint64_t *total, struct ng_err *err) {
    struct showing *showing = NULL;
    struct ng_bytes phrases[SHOWN_ROWS];
    struct ng_interval *all = NULL;
    uint64_t passed = 0;
    size_t found = 0;
    int status = ng_search_check(phrase, err);
    if (!status && index->calls) {
        status = check_context(context_bytes, err);
        return status ? status : index->calls->page(index, phrase, first, NG_CALL_SHOW, context_bytes, hits, NULL, snippets,
                                                    hit_capacity, hit_count, total, err);
    }
    if (!status) status = showing_open(&showing, index, hit_capacity, context_bytes, err);
    if (!status && total) status = ng_index_find_all(index, phrase, &all, err);
    for (size_t i = 0; i < SHOWN_ROWS; i++) phrases[i] = phrase;
    for (uint64_t s = 0; s < index->shard_count && showing && !status && (found < hit_capacity || total); s++) {
        struct ng_interval page = {0};
        status = ng_index_find_page(index, s, phrase, all, first, hit_capacity - found, &passed, &page, &showing->watch,
                                    err);
        while (!status && page.begin < page.end) {
            uint64_t rows[SHOWN_ROWS];
            size_t some = 0;
            while (some < SHOWN_ROWS && page.begin < page.end) rows[some++] = page.begin++;
            status = show_rows(showing, index, s, rows, phrases, some, context_bytes, &hits[found], &snippets[found], err);
            if (!status) found += some;
        }
    }
    showing_close(showing);
    free(all);
    if (status) {
        for (size_t i = 0; i < found; i++) ng_snippet_free(&snippets[i]);
        return status;
    }
    *hit_count = found;
    if (total) *total = passed;
    return NG_OK;
}

void ng_snippet_free(struct ng_snippet *snippet) {
    if (!snippet) return;
    free(snippet->text);
    *snippet = (struct ng_snippet){0};
}
