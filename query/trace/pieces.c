#include <stdlib.h>

#include "common/base/utf8.h"
#include "common/text/normal.h"
#include "common/text/script.h"
#include "query/match/bounds.h"
#include "query/match/probe.h"
#include "query/trace/trace.h"

/* The search in one shard, or, for pieces that occur several times, in all of them side by side. */
struct search {
    struct ng_tracing *tracing;
    struct ng_bytes text;
    const struct ng_shard *shard; /* NULL: all */
    struct ng_known known;        /* of the one shard */
    struct ng_rank_range *rows;   /* of the piece in every shard */
    const struct ng_shard **shards;
    size_t shard_count;
};

/* Learns whether text[begin, end) occurs in the shard; if not, no piece that ends there begins before *low. */
static int occurs_once(struct search *search, uint64_t begin, uint64_t end, bool *found, uint64_t *low,
                       struct ng_err *err) {
    struct ng_tracing *tracing = search->tracing;
    struct ng_known_bounds bounds = ng_known_bounds(&search->known, end);
    int status = NG_OK;
    if (bounds.high > begin && bounds.low <= begin) {
        struct ng_probe probe = {.text = search->text.data, .end = end, .bound = begin};
        ng_known_set_near(&search->known, &probe);
        ng_probe_list(search->shard, &probe, 1, &tracing->lf_steps, &tracing->watch);
        status = ng_watch_status(&tracing->watch, err);
        if (!status) status = ng_known_add(&search->known, &probe, err);
        bounds = ng_known_bounds(&search->known, end);
    }
    *found = bounds.high <= begin;
    *low = bounds.low;
    return status;
}

/* The same for min_count occurrences in all shards together. */
static int occurs_often(struct search *search, uint64_t begin, uint64_t end, bool *found, uint64_t *low,
                        struct ng_err *err) {
    struct ng_tracing *tracing = search->tracing;
    uint64_t count = UINT64_MAX;
    int status = NG_OK;
    for (size_t s = 0; s < search->shard_count; s++) {
        search->rows[s] = (struct ng_rank_range){.begin = 0, .end = search->shards[s]->rows};
    }
    for (*low = end; *low > begin && !status; --*low) {
        count = 0;
        for (size_t s = 0; s < search->shard_count; s++) {
            struct ng_rank_range *rows = &search->rows[s];
            if (rows->begin == rows->end) continue;
            rows->symbol = search->text.data[*low - 1];
            ng_rank_extend(&search->shards[s]->rank, rows);
            uint64_t first = rows->begin;
            uint64_t last = rows->end;
            ng_shard_to_ranks(search->shards[s], &first, &last);
            count += last - first;
            tracing->lf_steps++;
        }
        if (count < tracing->options->min_count) break;
        status = ng_watch_check(&tracing->watch, search->shard_count, err);
    }
    *found = *low <= begin;
    return status;
}

static int occurs(struct search *search, uint64_t begin, uint64_t end, bool *found, uint64_t *low, struct ng_err *err) {
    int status = ng_watch_check(&search->tracing->watch, NG_WATCH_STEPS, err);
    if (status) return status;
    return search->shard ? occurs_once(search, begin, end, found, low, err)
                         : occurs_often(search, begin, end, found, low, err);
}

/* Finds the pieces that occur, each as long as it may be. */
static int find(struct search *search, struct ng_err *err) {
    struct ng_seek seek = {.text = search->text, .min_chars = search->tracing->options->min_chars,
                           .limit = search->text.length_bytes};
    for (;;) {
        bool found;
        uint64_t low;
        int status = ng_seek_ask(&seek, &search->tracing->ranges, err);
        if (status || seek.over) return status;
        status = occurs(search, seek.begin, seek.asked, &found, &low, err);
        if (status) return status;
        ng_seek_take(&seek, found, low);
    }
}

/* Searches all shards, one after the other, or side by side. */
static int find_everywhere(struct search *search, bool is_far, struct ng_err *err) {
    bool often = search->tracing->options->min_count > 1;
    int status = is_far ? ng_trace_find_far(search->tracing, err) : NG_OK;
    if (often && !is_far) status = find(search, err);
    for (size_t s = 0; s < search->shard_count && !status; s++) {
        if (!often) {
            search->shard = search->shards[s];
            ng_known_clear(&search->known);
            status = find(search, err);
        }
        if (!status) status = ng_shard_status(search->shards[s], err);
    }
    return status;
}

static int compare_ranges(const void *a, const void *b) {
    const struct ng_call_range *x = a;
    const struct ng_call_range *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end > y->end ? -1 : 1;
    return 0;
}

/* Drops every range that lies within another. */
static size_t keep_maximal(struct ng_call_range *ranges, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(ranges, count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ranges[i].end > ranges[kept - 1].end) ranges[kept++] = ranges[i];
    }
    return kept;
}

/* Shortens pieces to whole words, and drops the pieces that become too short. None is missed: every piece of whole words
 * that occurs lies within a maximal piece. */
static size_t keep_words(const struct ng_tracing *tracing, struct ng_call_range *ranges, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_call_range range = ranges[i];
        while (range.begin < range.end && tracing->cuts[range.begin]) range.begin++;
        while (range.end > range.begin && tracing->cuts[range.end]) range.end--;
        uint64_t characters = ng_utf8_characters(tracing->text.data + range.begin, range.end - range.begin);
        if (characters > 0 && characters >= tracing->options->min_chars) ranges[kept++] = range;
    }
    return keep_maximal(ranges, kept);
}

int ng_trace_find_pieces(struct ng_tracing *tracing, struct ng_err *err) {
    struct search search = {.tracing = tracing, .text = tracing->text};
    size_t shards = 0;
    bool is_far = false;
    for (size_t k = 0; k < tracing->index_count; k++) is_far = is_far || tracing->indexes[k]->calls;
    for (size_t k = 0; k < tracing->index_count; k++) shards += (size_t)tracing->indexes[k]->shard_count;
    search.rows = calloc(shards + 1, sizeof *search.rows);
    search.shards = calloc(shards + 1, sizeof(struct ng_shard *));
    int status = search.rows && search.shards ? NG_OK : ng_err_nomem(err, shards * sizeof *search.rows, "searches");
    for (size_t k = 0; k < tracing->index_count && !status; k++) {
        for (uint64_t s = 0; s < tracing->indexes[k]->shard_count && !tracing->indexes[k]->calls; s++) {
            search.shards[search.shard_count++] = &tracing->indexes[k]->shards[s].shard;
        }
    }
    if (!status) status = find_everywhere(&search, is_far, err);
    struct ng_call_range *ranges = (struct ng_call_range *)(void *)tracing->ranges.data; /* from malloc: aligned */
    size_t count = keep_maximal(ranges, tracing->ranges.length / sizeof *ranges);
    if (tracing->cuts) count = keep_words(tracing, ranges, count);
    tracing->ranges.length = count * sizeof *ranges;
    ng_known_free(&search.known);
    free(search.rows);
    free(search.shards);
    return status;
}

/* A character of well-formed UTF-8. */
static int32_t decode(const uint8_t *bytes, uint64_t length) {
    static const uint8_t first_bits[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
    int32_t character = bytes[0] & first_bits[length];
    for (uint64_t i = 1; i < length; i++) character = character << 6 | (bytes[i] & 0x3F);
    return character;
}

int ng_trace_find_cuts(struct ng_bytes text, uint8_t **cuts, struct ng_err *err) {
    uint8_t *flags = calloc((size_t)text.length_bytes + 1, 1);
    bool inside = false; /* the character before is part of a word that may go on */
    if (!flags) return ng_err_nomem(err, text.length_bytes + 1, "the words of a text");
    for (uint64_t at = 0; at < text.length_bytes;) {
        uint64_t end = at + 1;
        while (end < text.length_bytes && ng_utf8_is_continuation(text.data[end])) end++;
        int32_t character = decode(text.data + at, end - at);
        bool word = ng_normal_is_word(character) && !ng_script_is_unspaced(character);
        flags[at] = inside && word;
        for (uint64_t i = at + 1; i < end; i++) flags[i] = true;
        inside = word;
        at = end;
    }
    *cuts = flags;
    return NG_OK;
}
