/* Snippets: the part of ngidx.h that gives the text around a hit. */
#include <stdlib.h>
#include <string.h>

#include "common/checked.h"
#include "common/limits.h"
#include "query/extract.h"
#include "query/index.h"
#include "query/locate.h"
#include "query/search.h"

static bool continues_character(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

/* The most bytes of a UTF-8 character behind its first. */
enum { CHARACTER_REST = 3 };

/* Spells what is left of a hit by a chain that is given, and text [from, end) from the sampled positions. All chains
 * run side by side, unless the right side is so long that it keeps the lanes busy by itself. */
static void extract_around(const struct ng_index_place *place, const struct ng_extract_chain *left, uint64_t from,
                           uint64_t end, uint8_t *out) {
    uint64_t distance = place->shard->sa_sample;
    struct ng_extract_chain chains[NG_EXTRACT_CHAINS] = {*left};
    size_t count = 1;
    for (uint64_t at = from; at < end;) {
        uint64_t cut = (at / distance + 1) * distance;
        if (cut > end) cut = end;
        if (count == NG_EXTRACT_CHAINS) {
            ng_extract_range(place->shard, place->document, at, end, out + (at - from));
            break;
        }
        chains[count++] = ng_extract_chain_to(place->shard, place->document, at, cut, out + (at - from));
        at = cut;
    }
    ng_extract_run(place->shard, chains, count);
}

/* Narrows [*begin, *end) of text, whose hit is at [hit, hit_end), to at most context bytes on both sides and whole
 * characters. Where the hit itself starts or ends within a character, that character is kept whole. */
static void trim(const uint8_t *text, uint64_t hit, uint64_t hit_end, uint64_t context, uint64_t *begin,
                 uint64_t *end) {
    uint64_t from = hit - *begin > context ? hit - context : *begin;
    while (from < hit && continues_character(text[from - *begin])) from++;
    while (from > *begin && continues_character(text[from - *begin])) from--;
    uint64_t to = *end - hit_end > context ? hit_end + context : *end;
    uint64_t limit = *end;
    if (to < limit) {
        while (to > hit_end && continues_character(text[to - *begin])) to--;
        while (to < limit && continues_character(text[to - *begin])) to++;
    }
    *begin = from;
    *end = to;
}

static int check_hit(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     struct ng_index_place *place, struct ng_err *err) {
    int status = ng_index_find_place(index, hit->doc, place, err);
    if (status) return status;
    if (hit->position < place->start || !ng_checked_range(hit->position, length_bytes, place->end) ||
        hit->rank >= place->shard->rows || hit->position - place->start != hit->offset) {
        return ng_err_set(err, NG_ERR_USAGE, "the hit does not belong to this index");
    }
    return NG_OK;
}

static int check_context(uint64_t context_bytes, struct ng_err *err) {
    if (context_bytes <= NG_MAX_CONTEXT_BYTES) return NG_OK;
    return ng_err_set(err, NG_ERR_LIMIT, "context of %llu bytes; the limit is %llu (NG_MAX_CONTEXT_BYTES)",
                      (unsigned long long)context_bytes, (unsigned long long)NG_MAX_CONTEXT_BYTES);
}

/* What is known of the text around a hit before any of it is extracted. */
struct known {
    uint64_t row;          /* of the suffix that starts so many bytes left of the hit */
    uint64_t left_bytes;
    const uint8_t *left_end;
    const uint8_t *phrase; /* the hit's own bytes, or NULL */
};

static int make_snippet(const struct ng_index_place *place, const struct ng_hit *hit, const struct known *known,
                        uint64_t length_bytes, uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
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
    extract_around(place, &left, known_end, end, text + (known_end - begin));
    int status = ng_shard_status(place->shard, err);
    if (status) {
        free(text);
        return status;
    }
    uint64_t from = begin;
    trim(text, hit->position, hit_end, context_bytes, &from, &end);
    memmove(text, text + (from - begin), (size_t)(end - from));
    *snippet = (struct ng_snippet){.text = text, .length_bytes = end - from, .offset = from - place->start};
    return NG_OK;
}

/* Locates a row, which is sound, and takes its snippet; left has room for the context and CHARACTER_REST bytes. */
static int show_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_bytes phrase,
                    uint64_t context_bytes, uint8_t *left, struct ng_hit *hit, struct ng_snippet *snippet,
                    struct ng_err *err) {
    struct ng_index_place place;
    struct ng_locate_walk walk;
    uint64_t room = context_bytes + CHARACTER_REST;
    ng_locate_walk(&index->shards[shard].shard, row, left + room, (size_t)room, &walk);
    ng_index_fill_hits(index, shard, &row, &walk.position, 1, hit);
    const struct known known = {.row = walk.row,
                                .left_bytes = walk.distance < room ? walk.distance : room,
                                .left_end = left + room,
                                .phrase = phrase.data};
    int status = ng_shard_status(&index->shards[shard].shard, err);
    if (!status) status = check_hit(index, hit, phrase.length_bytes, &place, err);
    if (!status) status = make_snippet(&place, hit, &known, phrase.length_bytes, context_bytes, snippet, err);
    return status;
}

int ng_index_snippet(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
    struct ng_index_place place;
    const struct known known = {.row = hit->rank};
    *snippet = (struct ng_snippet){0};
    int status = check_context(context_bytes, err);
    if (!status) status = check_hit(index, hit, length_bytes, &place, err);
    if (!status) status = make_snippet(&place, hit, &known, length_bytes, context_bytes, snippet, err);
    return status;
}

static int allocate_left(uint8_t **left, uint64_t context_bytes, struct ng_err *err) {
    int status = check_context(context_bytes, err);
    if (status) return status;
    *left = malloc((size_t)context_bytes + CHARACTER_REST);
    return *left ? NG_OK : ng_err_nomem(err, context_bytes, "the text before a hit");
}

int ng_index_show_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_bytes phrase,
                      uint64_t context_bytes, struct ng_hit *hit, struct ng_snippet *snippet, struct ng_err *err) {
    uint8_t *left = NULL;
    *snippet = (struct ng_snippet){0};
    int status = ng_index_check_row(index, shard, row, err);
    if (!status) status = allocate_left(&left, context_bytes, err);
    if (!status) status = show_row(index, shard, row, phrase, context_bytes, left, hit, snippet, err);
    free(left);
    return status;
}

int ng_index_show(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                  struct ng_hit *hits, struct ng_snippet *snippets, size_t hit_capacity, size_t *hit_count,
                  uint64_t *total, struct ng_err *err) {
    uint8_t *left = NULL;
    uint64_t passed = 0;
    size_t found = 0;
    int status = ng_search_check(phrase, err);
    if (!status) status = allocate_left(&left, context_bytes, err);
    for (uint64_t s = 0; s < index->shard_count && !status && (found < hit_capacity || total); s++) {
        struct ng_interval page = {0};
        status = ng_index_find_page(index, s, phrase, first, hit_capacity - found, &passed, &page, err);
        for (uint64_t row = page.begin; !status && row < page.end; row++) {
            status = show_row(index, s, row, phrase, context_bytes, left, &hits[found], &snippets[found], err);
            if (!status) found++;
        }
    }
    free(left);
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
