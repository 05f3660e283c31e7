#include "common/rank/table.h"

#include <stdlib.h>
#include <string.h>

#include "common/os/memory.h"
#include "common/os/parallel.h"
#include "common/rank/format.h"

/* The BWT is decoded in turns of so many rows. */
enum { TURN_ROWS = 256 * NG_LEAF_ROWS };

/* Decoding so many takes as long as an LF step. */
enum { STEP_ROWS = 128 };

/* What the turns share. */
struct decoding {
    const struct ng_rank *rank;
    uint32_t *next;   /* or NULL */
    uint8_t *symbols; /* or NULL */
    const struct ng_cancel *cancel;
};

/* Rows are mapped in order, so it takes no more than a count of each symbol. */
static int map_leaf(const struct decoding *d, uint64_t row, const uint8_t *symbols, size_t rows, uint64_t counts[256],
                    struct ng_err *err) {
    for (size_t i = 0; i < rows; i++) d->next[row + i] = (uint32_t)counts[symbols[i]]++;
    for (size_t i = 0; i < rows; i++) {
        if (counts[symbols[i]] > d->rank->first[symbols[i] + 1u]) {
            return ng_err_set(err, NG_ERR_CORRUPT, "%s: a symbol occurs more often than the shard says",
                              d->rank->data.container->path);
        }
    }
    return NG_OK;
}

static int decode_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct decoding *d = context;
    const struct ng_rank *rank = d->rank;
    uint64_t row = turn * TURN_ROWS;
    uint64_t end = rank->rows - row < TURN_ROWS ? rank->rows : row + TURN_ROWS;
    uint64_t counts[256];
    uint8_t leaf[NG_LEAF_ROWS] = {0};
    struct ng_watch watch = ng_watch_make(d->cancel);
    int status = ng_watch_check(&watch, 1, err);
    for (unsigned s = 0; s < 256; s++) counts[s] = rank->first[s] + ng_rank_count(rank, (uint8_t)s, row);
    while (row < end && !status) {
        uint8_t *symbols = d->symbols ? d->symbols + row : leaf;
        size_t rows = ng_rank_decode_leaf(rank, row, symbols);
        if (rows == 0) {
            status = ng_container_status(rank->data.container, err);
            return status ? status : ng_err_set(err, NG_ERR_CORRUPT, "%s: a leaf is damaged", rank->data.container->path);
        }
        if (d->next) status = map_leaf(d, row, symbols, rows, counts, err);
        row += rows;
        if (!status) status = ng_watch_check(&watch, rows / STEP_ROWS, err);
    }
    return status;
}

static int decode(struct decoding d, unsigned threads, struct ng_err *err) {
    const struct ng_map *map = &d.rank->data.container->map;
    ng_map_advise(map, true);
    int status = ng_parallel_run(threads, (d.rank->rows + TURN_ROWS - 1) / TURN_ROWS, decode_some, &d, err);
    ng_map_advise(map, false);
    return status;
}

int ng_rank_table_decode(const struct ng_rank *rank, uint8_t *symbols, unsigned threads, struct ng_err *err) {
    return decode((struct decoding){.rank = rank, .symbols = symbols}, threads, err);
}

uint64_t ng_rank_table_memory(uint64_t rows) {
    return rows <= UINT32_MAX ? rows * sizeof(uint32_t) : UINT64_MAX;
}

/* The symbol that the suffix of a row starts with; not above the guess for rows before it. */
static inline uint8_t first_symbol(const struct ng_rank_table *table, uint64_t row) {
    unsigned symbol = table->guesses[row >> table->guess_shift];
    while (row >= table->rank->first[symbol + 1]) symbol++;
    return (uint8_t)symbol;
}

static void make_guesses(struct ng_rank_table *table) {
    unsigned symbol = 0;
    while (table->rank->rows >> table->guess_shift >= NG_RANK_TABLE_GUESSES) table->guess_shift++;
    for (uint64_t i = 0; i < NG_RANK_TABLE_GUESSES; i++) {
        while (symbol < 255 && i << table->guess_shift >= table->rank->first[symbol + 1]) symbol++;
        table->guesses[i] = (uint8_t)symbol;
    }
}

int ng_rank_table_open(struct ng_rank_table *table, const struct ng_rank *rank, unsigned threads,
                       const struct ng_cancel *cancel, struct ng_err *err) {
    uint64_t bytes = ng_rank_table_memory(rank->rows);
    *table = (struct ng_rank_table){.rank = rank};
    if (bytes > SIZE_MAX || bytes == UINT64_MAX) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s: too many rows for an LF-mapping in memory", rank->data.container->path);
    }
    table->next = ng_memory_huge((size_t)bytes);
    if (!table->next) return ng_err_nomem(err, bytes, "the LF-mapping of a shard");
    make_guesses(table);
    int status = decode((struct decoding){.rank = rank, .next = table->next, .cancel = cancel}, threads, err);
    if (status) ng_rank_table_free(table);
    return status;
}

void ng_rank_table_step(const struct ng_rank_table *table, struct ng_rank_step *steps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t row = table->next[steps[i].row];
        steps[i].row = row;
        steps[i].symbol = first_symbol(table, row);
        __builtin_prefetch(table->next + row);
    }
}

void ng_rank_table_free(struct ng_rank_table *table) {
    if (!table) return;
    free(table->next);
    table->next = NULL;
}
