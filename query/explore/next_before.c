/* How often the phrase is preceded by what: one step of backward search for each byte. */
#include <stdlib.h>
#include <string.h>

#include "common/shard/shard_format.h"
#include "query/explore/next.h"

/* For each node and byte, the interval in each shard: rows[(node * NG_BYTE_VALUES + byte) * shards + shard]. */
struct steps {
    const uint32_t *items;
    size_t count;
    struct ng_interval *rows;
};

static int step_shard(struct ng_next_search *search, size_t number, void *context, struct ng_err *err) {
    enum { AT_ONCE = 4 * NG_RANK_BATCH };
    const struct steps *steps = context;
    const struct ng_shard *shard = search->shards[number];
    struct ng_watch watch = ng_watch_make(search->cancels[number]);
    struct ng_rank_range ranges[AT_ONCE];
    struct ng_interval *to[AT_ONCE];
    size_t used = 0;
    for (size_t i = 0; i < steps->count && !watch.stopped; i++) {
        struct ng_interval from = search->rows[search->items[steps->items[i]].rows_at + number];
        for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) {
            struct ng_interval *rows = &steps->rows[(i * NG_BYTE_VALUES + byte) * search->shard_count + number];
            *rows = (struct ng_interval){0};
            if (from.begin < from.end && shard->rank.dense[byte] != NG_RANK_ABSENT) {
                to[used] = rows;
                ranges[used++] = (struct ng_rank_range){.begin = from.begin, .end = from.end, .symbol = (uint8_t)byte};
            }
            if (used < AT_ONCE && (i + 1 < steps->count || byte + 1 < NG_BYTE_VALUES)) continue;
            if (ng_watch_stops(&watch, used)) break;
            if (used > 0) ng_rank_extend_batch(&shard->rank, ranges, used);
            for (size_t r = 0; r < used; r++) *to[r] = (struct ng_interval){ranges[r].begin, ranges[r].end};
            used = 0;
        }
    }
    return ng_shard_outcome(shard, &watch, err);
}

/* Keeps the intervals of a node that is to be searched further. */
static int keep_rows(struct ng_next_search *search, const struct ng_interval *rows, size_t *at, struct ng_err *err) {
    *at = search->row_count;
    for (size_t s = 0; s < search->shard_count; s++) {
        struct ng_interval *grown = ng_array_grow(search->rows, sizeof *grown, search->row_count, &search->row_capacity,
                                                  "intervals", err);
        if (!grown) return NG_ERR_NOMEM;
        search->rows = grown;
        search->rows[search->row_count++] = rows[s];
    }
    return NG_OK;
}

void ng_next_sum_before(const struct ng_next_search *search, const struct ng_interval *rows,
                        uint64_t counts[NG_BYTE_VALUES]) {
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) {
        counts[byte] = 0;
        /* What a step by the terminator leads to are documents, not rows. */
        for (size_t s = 0; s < search->shard_count && byte != NG_TERMINATOR; s++) {
            struct ng_interval r = rows[byte * search->shard_count + s];
            ng_shard_to_ranks(search->shards[s], &r.begin, &r.end);
            counts[byte] += r.end - r.begin;
        }
    }
}

/* counts are those of the bytes before the node, all shards and views together. */
static int take_node(struct ng_next_search *search, uint32_t number, const struct ng_interval *rows, uint64_t *counts,
                     struct ng_err *err) {
    const struct ng_item *item = &search->items[number];
    bool word_end = item->state.partial == 0 && ng_read_is_word_end(&search->reading, &item->state);
    uint32_t owner = item->owner;
    uint64_t sure = 0;
    uint64_t pending = 0;
    int status = NG_OK;
    counts[NG_TERMINATOR] = item->count; /* what nothing else precedes */
    for (unsigned byte = 0; byte < NG_TERMINATOR; byte++) counts[NG_TERMINATOR] -= counts[byte];
    for (unsigned byte = 0; byte < NG_BYTE_VALUES; byte++) {
        bool wide = byte >= 0x80 && byte < NG_TERMINATOR;
        if (wide) pending += counts[byte];
        else if (!ng_read_is_ascii_word((uint8_t)byte)) sure += counts[byte];
    }
    if (word_end) status = ng_next_add_class(search, number, sure, pending, &owner, err);
    for (unsigned byte = 0; byte < NG_BYTE_VALUES && !status; byte++) {
        bool wide = byte >= 0x80 && byte < NG_TERMINATOR;
        if (counts[byte] == 0 || (word_end && !wide && !ng_read_is_ascii_word((uint8_t)byte))) continue;
        uint32_t awaits = word_end && !wide ? NG_NO_ITEM : owner;
        if (!ng_next_matters(search, counts[byte], awaits)) continue;
        size_t at;
        status = keep_rows(search, &rows[byte * search->shard_count], &at, err);
        if (!status) status = ng_next_grow(search, number, (uint8_t)byte, counts[byte], at, awaits, err);
    }
    return status;
}

int ng_next_step_before(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_interval *rows,
                        struct ng_err *err) {
    struct steps steps = {.items = items, .count = count, .rows = rows};
    return ng_next_each_shard(search, step_shard, &steps, err);
}

/* Looks at some nodes. */
static int expand(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_interval *rows,
                  uint64_t *counts, struct ng_next_question *questions, struct ng_err *err) {
    const size_t each = NG_BYTE_VALUES * search->shard_count;
    int status = ng_next_step_before(search, items, count, rows, err);
    for (size_t i = 0; i < count && !status; i++) {
        ng_next_sum_before(search, rows + i * each, counts + i * NG_BYTE_VALUES);
        questions[i] = (struct ng_next_question){.item = items[i]};
    }
    if (!status) status = ng_next_add_far(search, NG_CALL_BEFORE, questions, count, counts, err);
    for (size_t i = 0; i < count && !status; i++) {
        status = take_node(search, items[i], rows + i * each, counts + i * NG_BYTE_VALUES, err);
    }
    return status;
}

size_t ng_next_nodes_before(const struct ng_next_search *search) {
    return ((size_t)1 << 18) / (NG_BYTE_VALUES * (search->shard_count + 1)) + 1;
}

int ng_next_expand_before(struct ng_next_search *search, const uint32_t *items, size_t count, struct ng_err *err) {
    size_t most = ng_next_nodes_before(search);
    if (most > count) most = count;
    size_t cells = most * NG_BYTE_VALUES;
    struct ng_interval *rows = malloc((cells * search->shard_count + 1) * sizeof *rows);
    uint64_t *counts = malloc((cells + 1) * sizeof *counts);
    struct ng_next_question *questions = malloc((most + 1) * sizeof *questions);
    int status = NG_OK;
    if (!rows || !counts || !questions) status = ng_err_nomem(err, cells * search->shard_count * sizeof *rows, "intervals");
    for (size_t at = 0; at < count && !status; at += most) {
        if (most > count - at) most = count - at;
        status = expand(search, items + at, most, rows, counts, questions, err);
    }
    free(rows);
    free(counts);
    free(questions);
    return status;
}
