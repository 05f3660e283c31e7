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

/* Where the last sweeps write what they find that begins with a byte. */
struct target {
    uint32_t at[2]; /* in the list that the sweep comes to itself, and in that which it leaves to the other one */
    uint32_t row;
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
        targets[c] = (struct target){.at = {level->lists[2 * c].at, level->lists[2 * c + 1].at}, .row = row};
        for (unsigned kind = 0; kind < 4; kind++) row += level->counts[c].of[kind];
    }
    const struct ng_note_taker notes = *taker;
    uint32_t *const array = level->array;
    const uint32_t end = targets[NG_TERMINATOR].at[0];
    for (uint32_t i = 0; i < end; i++) {
        ng_induce_fetch(text + array[i + NG_INDUCE_AHEAD] - 1);
        const uint32_t place = array[i] - 1;
        const uint8_t symbol = text[place];
        const uint8_t before = text[place - 1];
        struct target *target = &targets[symbol];
        array[target->at[before < symbol]++] = place;
        if (symbol != NG_TERMINATOR) ng_note_row(&notes, place, before, target->row);
        bwt[target->row++] = before;
    }
}

/* Finds the rows of S suffixes. */
static void induce_down(const struct ng_induce_level *level, const uint8_t *text, const struct ng_note_taker *taker,
                        uint8_t *bwt) {
    struct target targets[SYMBOLS];
    uint32_t row = 0;
    uint32_t at = level->down_begin;
    for (unsigned c = 0; c < SYMBOLS; c++) {
        at += level->counts[c].of[NG_L_AFTER_S] + level->counts[c].of[NG_S_AFTER_S];
        for (unsigned kind = 0; kind < 4; kind++) row += level->counts[c].of[kind];
        targets[c] = (struct target){.at = {at}, .row = row};
    }
    const struct ng_note_taker notes = *taker;
    uint32_t *const array = level->array;
    for (uint32_t i = level->down_end; i-- > level->down_begin;) {
        if (i >= NG_INDUCE_AHEAD) ng_induce_fetch(text + array[i - NG_INDUCE_AHEAD] - 1);
        const uint32_t place = array[i] - 1;
        const uint8_t symbol = text[place];
        const uint8_t before = text[place - 1];
        struct target *target = &targets[symbol];
        const uint32_t own = before <= symbol;
        target->at[0] -= own;
        array[own ? target->at[0] : level->down_end] = place; /* behind the lists is a word to spare */
        ng_note_row(&notes, place, before, --target->row);
        bwt[target->row] = before;
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
