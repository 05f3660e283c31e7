#include "indexer/bwt/bitmaps.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/symbols.h"
#include "common/cpu/cpu.h"
#include "common/os/parallel.h"
#include "indexer/bwt/bwt_counts.h"
#include "indexer/bwt/gaps.h"

enum {
    LINE_BYTES = NG_BITMAPS_LINE_WORDS * sizeof(uint64_t),
    SMALL_REST = 32 /* one row in 32: more bitmaps would cost more than they gain */
};

uint64_t ng_bitmaps_bytes(const struct ng_bitmaps *maps, uint64_t rows) {
    return maps->symbols ? (rows / NG_BITMAPS_LINE_ROWS + 1) * (maps->symbols + 1) * LINE_BYTES : 0;
}

void ng_bitmaps_choose(struct ng_bitmaps *maps, const uint64_t total[256], uint64_t rows, uint64_t memory_bytes) {
    uint8_t order[256];
    unsigned occurring = ng_symbols_order(total, order);
    struct ng_bitmaps tried = {0};
    uint64_t rest = rows;
    *maps = (struct ng_bitmaps){.rest_rows = rows};
    while (tried.symbols < occurring && tried.symbols < NG_BITMAPS_MOST && rest > rows / SMALL_REST) {
        tried.symbol[tried.symbols] = order[tried.symbols];
        rest -= total[order[tried.symbols++]];
        tried.rest_rows = rest;
        if (ng_bitmaps_bytes(&tried, rows) + rest + ng_records_memory(rest) <= memory_bytes) *maps = tried;
    }
    memset(maps->number, (int)maps->symbols, sizeof maps->number);
    for (unsigned n = 0; n < maps->symbols; n++) maps->number[maps->symbol[n]] = (uint8_t)n;
}

struct turns {
    struct ng_bitmaps *maps;
    const struct ng_bitmaps_input *input;
    const struct ng_run *run;
    ng_bitmaps_kernel *kernel;
    uint64_t *before; /* [turn][number]: what the first line of a turn counts */
};

size_t ng_bitmaps_fill_portable(const struct ng_bitmaps *maps, const uint8_t *rows, size_t count, uint64_t *counts,
                                uint64_t *line, uint8_t *rest) {
    size_t rest_count = 0;
    memset(line, 0, (size_t)(maps->symbols + 1) * LINE_BYTES);
    for (size_t i = 0; i < count; i++) {
        unsigned n = maps->number[rows[i]];
        line[n * NG_BITMAPS_LINE_WORDS + 1 + i / 64] |= UINT64_C(1) << i % 64;
        rest[rest_count] = rows[i];
        rest_count += n == maps->symbols;
    }
    for (unsigned n = 0; n <= maps->symbols; n++) {
        uint64_t *of_symbol = line + (size_t)n * NG_BITMAPS_LINE_WORDS;
        of_symbol[0] = counts[n];
        for (unsigned w = 1; w < NG_BITMAPS_LINE_WORDS; w++) counts[n] += (uint64_t)__builtin_popcountll(of_symbol[w]);
    }
    return rest_count;
}

static ng_bitmaps_kernel *choose_kernel(void) {
#if defined(__x86_64__)
    if (ng_cpu_runs_avx512()) return ng_bitmaps_fill_avx512;
    if (ng_cpu_runs_bmi2()) return ng_bitmaps_fill_bmi2;
#endif
    return ng_bitmaps_fill_portable;
}

/* The lines of one turn. */
static int fill_turn(void *context, uint64_t turn, struct ng_err *err) {
    const struct turns *turns = context;
    const struct ng_bitmaps *maps = turns->maps;
    const unsigned width = maps->symbols + 1;
    const uint64_t *before = turns->before + turn * width;
    uint8_t rows[NG_BITMAPS_TURN_ROWS];
    uint64_t counts[NG_BITMAPS_MOST + 1];
    size_t length;
    int status = ng_run_read_turn(turns->run, NG_BITMAPS_TURN_ROWS, turn, rows, &length, err);
    if (status) return status;
    memcpy(counts, before, width * sizeof *counts);
    uint64_t *line = maps->lines + turn * (NG_BITMAPS_TURN_ROWS / NG_BITMAPS_LINE_ROWS) * width * NG_BITMAPS_LINE_WORDS;
    uint8_t rest[NG_BITMAPS_TURN_ROWS + NG_BITMAPS_SLACK];
    size_t rest_count = 0;
    uint64_t last = turns->run->rows / NG_BITMAPS_LINE_ROWS; /* a line that rank may be asked at, even if it has no row */
    uint64_t number = turn * (NG_BITMAPS_TURN_ROWS / NG_BITMAPS_LINE_ROWS);
    for (size_t at = 0; at < NG_BITMAPS_TURN_ROWS && number <= last; at += NG_BITMAPS_LINE_ROWS, number++) {
        size_t count = length > at ? length - at : 0;
        if (count > NG_BITMAPS_LINE_ROWS) count = NG_BITMAPS_LINE_ROWS;
        ng_bitmaps_kernel *fill = count == NG_BITMAPS_LINE_ROWS ? turns->kernel : ng_bitmaps_fill_portable;
        rest_count += fill(maps, rows + at, count, counts, line, rest + rest_count);
        line += (size_t)width * NG_BITMAPS_LINE_WORDS;
    }
    memcpy(turns->input->rest + before[maps->symbols], rest, rest_count);
    return NG_OK;
}

int ng_bitmaps_fill(struct ng_bitmaps *maps, const struct ng_bitmaps_input *input, unsigned threads, struct ng_err *err) {
    const unsigned width = maps->symbols + 1;
    uint64_t turn_count = ng_bitmaps_turns(input->run->rows);
    struct turns turns = {.maps = maps, .input = input, .run = input->run, .kernel = choose_kernel(),
                          .before = calloc((size_t)turn_count + 1, width * sizeof(uint64_t))};
    if (!turns.before) return ng_err_nomem(err, (turn_count + 1) * width * sizeof(uint64_t), "counters of a merge");
    for (unsigned n = 0; n < maps->symbols; n++) turns.before[n] = input->first[maps->symbol[n]];
    for (uint64_t t = 0; t < turn_count; t++) {
        const uint64_t *before = turns.before + t * width;
        uint64_t *next = turns.before + (t + 1) * width;
        memcpy(next, before, width * sizeof *next);
        for (unsigned c = 0; c < 256; c++) next[maps->number[c]] += input->counts[t * 256 + c];
    }
    int status = ng_parallel_run(threads, turn_count, fill_turn, &turns, err);
    free(turns.before);
    return status;
}
