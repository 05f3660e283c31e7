#include "indexer/sort/induce.h"

#include <assert.h>

#include "indexer/pages/pages.h"

#define SYMBOL uint8_t
#include "indexer/sort/induce_sweeps.h"

enum { SYMBOLS = 256 };

static void begin_up(const struct ng_induce_level *level, const uint8_t *text) {
    (void)level; /* LMS suffixes do: what precedes a terminator is of type S */
    (void)text;
}

/* The terminators, but for those behind another one, take their places in the lists. */
static void place_terminators(const struct ng_induce_level *level, const uint8_t *text, uint32_t mark) {
    uint32_t *to = level->array + level->down_end - level->counts[NG_TERMINATOR].of[NG_L_AFTER_S];
    const uint8_t *const end = text + level->length;
    for (const uint8_t *at = text + NG_NOTES_MARGIN; at < end; at++) {
        at = memchr(at, NG_TERMINATOR, (size_t)(end - at));
        if (at[-1] != NG_TERMINATOR) *to++ = (uint32_t)(at - text) | mark;
    }
    assert(to == level->array + level->down_end);
}

static void begin_down(const struct ng_induce_level *level, const uint8_t *text) {
    place_terminators(level, text, NG_INDUCE_MARK);
}

/* Each terminator is a symbol of its own. */
static uint32_t symbol_at(const uint8_t *text, uint32_t place) {
    return text[place] < NG_TERMINATOR ? text[place] : NG_TERMINATOR + place;
}

/* Where the upward sweep writes what it finds that begins with a byte. Its last write may have been to this very place, so
 * that a read waits until it is known where all writes before it go: hence all that changes is one word. */
struct target {
    uint64_t at;  /* in the list that the sweep comes to itself, and in the upper half, in that which it leaves to the other */
    uint32_t row; /* less both of these */
};

/* Spreads the sorted LMS suffixes to their places in the lists of the upward sweep. */
static void spread_lms(const struct ng_induce_level *level) {
    uint32_t from = level->lms;
    for (unsigned c = NG_TERMINATOR; c-- > 0;) {
        const struct ng_induce_counts *counts = &level->counts[c];
        from -= counts->of[NG_S_AFTER_L];
        memmove(level->array + level->lists[2 * c].at + counts->of[NG_L_AFTER_L], level->array + from,
                counts->of[NG_S_AFTER_L] * sizeof *level->array);
    }
}

/* Finds the rows of L suffixes. */
static void induce_up(const struct ng_induce_level *level, const uint8_t *text, const struct ng_note_taker *taker,
                      uint8_t *bwt) {
    struct target targets[SYMBOLS];
    uint32_t row = 0;
    for (unsigned c = 0; c < SYMBOLS; c++) {
        const uint32_t own = level->lists[2 * c].at;
        const uint32_t other = level->lists[2 * c + 1].at;
        targets[c] = (struct target){.at = (uint64_t)other << 32 | own, .row = row - own - other};
        for (unsigned kind = 0; kind < 4; kind++) row += level->counts[c].of[kind];
    }
    const struct ng_note_taker notes = *taker;
    uint32_t *const array = level->array;
    const uint32_t end = level->lists[2 * NG_TERMINATOR].at;
    for (uint32_t i = 0; i < end; i++) {
        ng_induce_fetch(text + array[i + NG_INDUCE_AHEAD] - 1);
        const uint32_t place = array[i] - 1;
        const uint8_t symbol = text[place];
        const uint8_t before = text[place - 1];
        struct target *target = &targets[symbol];
        const uint64_t at = target->at;
        const unsigned half = before < symbol ? 32 : 0;
        uint32_t *entry = array + (uint32_t)(at >> half);
        target->at = at + (UINT64_C(1) << half);
        *entry = place;
        ng_induce_fetch_list(entry + NG_INDUCE_LINE);
        const uint32_t found = target->row + (uint32_t)at + (uint32_t)(at >> 32);
        if (symbol != NG_TERMINATOR) ng_note_row(&notes, place, before, found);
        bwt[found] = before;
    }
}

/* Finds the rows of S suffixes. */
static void induce_down(const struct ng_induce_level *level, const uint8_t *text, const struct ng_note_taker *taker,
                        uint8_t *bwt) {
    uint64_t targets[SYMBOLS]; /* in the list, and in the upper half the row, of what was found last; see above */
    uint32_t row = 0;
    uint32_t at = level->down_begin;
    for (unsigned c = 0; c < SYMBOLS; c++) {
        at += level->counts[c].of[NG_L_AFTER_S] + level->counts[c].of[NG_S_AFTER_S];
        for (unsigned kind = 0; kind < 4; kind++) row += level->counts[c].of[kind];
        targets[c] = (uint64_t)row << 32 | at;
    }
    const struct ng_note_taker notes = *taker;
    uint32_t *const array = level->array;
    const uint32_t spare = level->down_end; /* behind the lists is a word for what is of no use */
    for (uint32_t i = level->down_end; i-- > level->down_begin;) {
        if (i >= NG_INDUCE_AHEAD) ng_induce_fetch(text + array[i - NG_INDUCE_AHEAD] - 1);
        const uint32_t place = array[i] - 1;
        const uint8_t symbol = text[place];
        const uint8_t before = text[place - 1];
        const uint32_t own = before <= symbol;
        const uint64_t target = targets[symbol] - (UINT64_C(1) << 32) - own;
        targets[symbol] = target;
        array[spare ^ ((spare ^ (uint32_t)target) & -own)] = place; /* with a condition gcc makes it a branch */
        ng_induce_fetch_list(array + (uint32_t)target - NG_INDUCE_LINE);
        ng_note_row(&notes, place, before, (uint32_t)(target >> 32));
        bwt[target >> 32] = before;
    }
}

/* The rows of terminators are the last ones. */
static void induce_terminators(const struct ng_induce_level *level, const uint8_t *text,
                               const struct ng_note_taker *taker, uint8_t *bwt) {
    place_terminators(level, text, 0);
    uint32_t row = level->length - NG_NOTES_MARGIN - (uint32_t)taker->documents;
    for (uint64_t document = 0; document < taker->documents; document++, row++) {
        const uint32_t place = taker->ends[document];
        bwt[row] = text[place - 1];
        ng_note_row(taker, place, bwt[row], row);
    }
}

int ng_induce_bwt(const uint8_t *text, uint32_t length, const struct ng_note_taker *taker, uint8_t *bwt,
                  struct ng_err *err) {
    struct ng_induce_counts counts[SYMBOLS] = {0};
    struct ng_induce_list lists[2 * SYMBOLS];
    struct ng_induce_level level = {.length = length, .symbols = SYMBOLS, .counts = counts, .lists = lists};
    assert(length >= 3 && length < NG_INDUCE_MARK && text[length - 1] == NG_TERMINATOR);
    level.room = (size_t)length + NG_INDUCE_SLACK;
    const size_t bytes = level.room * sizeof *level.array;
    level.array = ng_pages_take(bytes);
    if (!level.array) return ng_err_nomem(err, bytes, "the suffixes of a block");
    int status = sort_lms(&level, text, err);
    if (!status) {
        ng_induce_lists_up(&level);
        spread_lms(&level);
        induce_up(&level, text, taker, bwt);
        induce_terminators(&level, text, taker, bwt);
        induce_down(&level, text, taker, bwt);
    }
    ng_pages_give(level.array, bytes);
    return status;
}
