/* Documents and snippets: the part of ngidx.h that gives text back. */
#include <stdlib.h>
#include <string.h>

#include "common/checked.h"
#include "common/limits.h"
#include "query/extract.h"
#include "query/index.h"

/* A document in its shard. */
struct place {
    const struct ng_shard *shard;
    uint64_t document; /* number in the shard */
    uint64_t start;    /* text positions */
    uint64_t end;
};

static int find_place(const struct ng_index *index, uint64_t doc, struct place *place, struct ng_err *err) {
    uint64_t number;
    int status = ng_index_shard_of(index, doc, &number, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    place->shard = &s->shard;
    place->document = doc - s->first_document;
    place->start = ng_docs_start(&s->shard.docs, place->document);
    place->end = ng_docs_end(&s->shard.docs, place->document);
    status = ng_shard_status(&s->shard, err);
    if (status) return status;
    if (place->start <= place->end && place->end < s->shard.rows) return NG_OK;
    ng_container_mark_damaged(s->shard.container);
    return ng_shard_status(&s->shard, err);
}

int ng_index_doc_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err) {
    struct place place;
    int status = find_place(index, doc, &place, err);
    if (!status) *length_bytes = place.end - place.start;
    return status;
}

int ng_index_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes, uint8_t *out,
                     struct ng_err *err) {
    struct place place;
    int status = find_place(index, doc, &place, err);
    if (status) return status;
    if (!ng_checked_range(offset, length_bytes, place.end - place.start)) {
        return ng_err_set(err, NG_ERR_USAGE, "bytes %llu to %llu are not within document %llu of %llu bytes",
                          (unsigned long long)offset, (unsigned long long)(offset + length_bytes),
                          (unsigned long long)doc, (unsigned long long)(place.end - place.start));
    }
    uint64_t begin = place.start + offset;
    ng_extract_range(place.shard, place.document, begin, begin + length_bytes, out);
    return ng_shard_status(place.shard, err);
}

int ng_index_doc_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source,
                        struct ng_err *err) {
    uint64_t number;
    int status = ng_index_shard_of(index, doc, &number, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    return ng_docs_source(&s->shard.docs, doc - s->first_document, source, err);
}

static bool continues_character(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

/* The most bytes of a UTF-8 character behind its first. */
enum { CHARACTER_REST = 3 };

/* Left of the hit the row of the hit leads; right of it the sampled positions. All chains run side by side, unless
 * the right side is so long that it keeps the lanes busy by itself. */
static void extract_around(const struct place *place, const struct ng_hit *hit, uint64_t begin, uint64_t end,
                           uint8_t *out) {
    uint64_t distance = place->shard->sa_sample;
    struct ng_extract_chain chains[NG_EXTRACT_CHAINS] = {
        {.row = hit->rank, .position = hit->position, .begin = begin, .end = hit->position, .out = out},
    };
    size_t count = 1;
    for (uint64_t at = hit->position; at < end;) {
        uint64_t cut = (at / distance + 1) * distance;
        if (cut > end) cut = end;
        if (count == NG_EXTRACT_CHAINS) {
            ng_extract_range(place->shard, place->document, at, end, out + (at - begin));
            break;
        }
        chains[count++] = ng_extract_chain_to(place->shard, place->document, at, cut, out + (at - begin));
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
                     struct place *place, struct ng_err *err) {
    int status = find_place(index, hit->doc, place, err);
    if (status) return status;
    if (hit->position < place->start || !ng_checked_range(hit->position, length_bytes, place->end) ||
        hit->rank >= place->shard->rows || hit->position - place->start != hit->offset) {
        return ng_err_set(err, NG_ERR_USAGE, "the hit does not belong to this index");
    }
    return NG_OK;
}

int ng_index_snippet(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
    *snippet = (struct ng_snippet){0};
    if (context_bytes > NG_MAX_CONTEXT_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "context of %llu bytes; the limit is %llu (NG_MAX_CONTEXT_BYTES)",
                          (unsigned long long)context_bytes, (unsigned long long)NG_MAX_CONTEXT_BYTES);
    }
    struct place place;
    int status = check_hit(index, hit, length_bytes, &place, err);
    if (status) return status;
    uint64_t wanted = context_bytes + CHARACTER_REST;
    uint64_t hit_end = hit->position + length_bytes;
    uint64_t begin = hit->position - place.start > wanted ? hit->position - wanted : place.start;
    uint64_t end = place.end - hit_end > wanted ? hit_end + wanted : place.end;
    uint8_t *text = malloc((size_t)(end - begin) + 1);
    if (!text) return ng_err_nomem(err, end - begin, "a snippet");
    extract_around(&place, hit, begin, end, text);
    status = ng_shard_status(place.shard, err);
    if (status) {
        free(text);
        return status;
    }
    uint64_t from = begin;
    trim(text, hit->position, hit_end, context_bytes, &from, &end);
    memmove(text, text + (from - begin), (size_t)(end - from));
    *snippet = (struct ng_snippet){.text = text, .length_bytes = end - from, .offset = from - place.start};
    return NG_OK;
}

void ng_snippet_free(struct ng_snippet *snippet) {
    if (!snippet) return;
    free(snippet->text);
    *snippet = (struct ng_snippet){0};
}
