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

static bool at_character(struct ng_bytes text, uint64_t at) {
    return at == text.length_bytes || !ng_utf8_is_continuation(text.data[at]);
}

static uint64_t round_up(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at++;
    return at;
}

static uint64_t round_down(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at--;
    return at;
}

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

/* Moves *end, where text[begin, *end) occurs, as far to the right as it does. */
static int stretch(struct search *search, uint64_t begin, uint64_t *end, struct ng_err *err) {
    uint64_t absent = search->text.length_bytes + 1; /* text[begin, absent) does not occur */
    bool leaping = true;                             /* each time to twice the length */
    while (absent - *end > 1) {
        uint64_t most = absent - *end - 1;
        uint64_t more = *end - begin;
        if (!leaping) more = most - most / 8;
        if (more > most) more = most;
        bool found;
        uint64_t low;
        int status = occurs(search, begin, *end + more, &found, &low, err);
        if (status) return status;
        if (found) {
            *end += more;
        } else {
            absent = *end + more;
            leaping = false;
        }
    }
    return NG_OK;
}

/* The end of the piece of min_chars code points from begin; UINT64_MAX where the text is too short. */
static uint64_t least_end(const struct search *search, uint64_t begin) {
    uint64_t end = begin;
    for (uint64_t chars = 0; chars < search->tracing->options->min_chars; chars++) {
        if (end == search->text.length_bytes) return UINT64_MAX;
        end = round_up(search->text, end + 1);
    }
    return end;
}

/* Finds the pieces that occur, each as long as it may be. Before a piece is tried from begin, pieces from all begins
 * before are known; those that end at most at done lie within one that was found. */
static int find(struct search *search, struct ng_err *err) {
    uint64_t begin = 0;
    uint64_t done = 0;
    for (;;) {
        uint64_t end = least_end(search, begin);
        if (end == UINT64_MAX) return NG_OK;
        if (end <= done) {
            if (done == search->text.length_bytes) return NG_OK;
            end = round_up(search->text, done + 1);
        }
        bool found;
        uint64_t low;
        int status = occurs(search, begin, end, &found, &low, err);
        if (status) return status;
        if (!found) {
            begin = round_up(search->text, low);
            continue;
        }
        status = stretch(search, begin, &end, err);
        if (status) return status;
        struct ng_trace_range range = {.begin = begin, .end = round_down(search->text, end)};
        status = ng_buf_append(&search->tracing->ranges, &range, sizeof range, err);
        if (status) return status;
        done = range.end;
    }
}

/* Searches all shards, one after the other, or side by side. */
static int find_everywhere(struct search *search, struct ng_err *err) {
    bool often = search->tracing->options->min_count > 1;
    int status = NG_OK;
    if (often) status = find(search, err);
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
    const struct ng_trace_range *x = a;
    const struct ng_trace_range *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end > y->end ? -1 : 1;
    return 0;
}

/* Drops every range that lies within another. */
static size_t keep_maximal(struct ng_trace_range *ranges, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(ranges, count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ranges[i].end > ranges[kept - 1].end) ranges[kept++] = ranges[i];
    }
    return kept;
}

/* Shortens pieces to whole words, and drops the pieces that become too short. None is missed: every piece of whole words
 * that occurs lies within a maximal piece. */
static size_t keep_words(const struct ng_tracing *tracing, struct ng_trace_range *ranges, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_trace_range range = ranges[i];
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
    for (size_t k = 0; k < tracing->index_count; k++) shards += (size_t)tracing->indexes[k]->shard_count;
    search.rows = calloc(shards + 1, sizeof *search.rows);
    search.shards = calloc(shards + 1, sizeof(struct ng_shard *));
    int status = search.rows && search.shards ? NG_OK : ng_err_nomem(err, shards * sizeof *search.rows, "searches");
    for (size_t k = 0; k < tracing->index_count && !status; k++) {
        for (uint64_t s = 0; s < tracing->indexes[k]->shard_count; s++) {
            search.shards[search.shard_count++] = &tracing->indexes[k]->shards[s].shard;
        }
    }
    if (!status) status = find_everywhere(&search, err);
    struct ng_trace_range *ranges = (struct ng_trace_range *)(void *)tracing->ranges.data; /* from malloc: aligned */
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
        uint64_t end = round_up(text, at + 1);
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
