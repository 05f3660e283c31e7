#include "indexer/sort/induce_names.h"

#include <assert.h>
#include <stdlib.h>

#include "common/os/memory.h"

#define SYMBOL uint32_t
#include "indexer/sort/induce_sweeps.h"

enum { TABLE_ALIGNMENT = 64 };

#define DROPPED UINT32_MAX /* instead of a name */

void ng_induce_lists_up(struct ng_induce_level *level) {
    const struct ng_induce_counts *counts = level->counts;
    uint32_t at = 0;
    for (uint32_t c = 0; c < level->symbols; c++) {
        level->lists[2 * (size_t)c] = (struct ng_induce_list){.at = at};
        at += counts[c].of[NG_L_AFTER_L] + counts[c].of[NG_S_AFTER_L];
    }
    level->down_begin = at;
    for (uint32_t c = 0; c < level->symbols; c++) {
        level->lists[2 * (size_t)c + 1] = (struct ng_induce_list){.at = at};
        at += counts[c].of[NG_L_AFTER_S] + counts[c].of[NG_S_AFTER_S];
    }
    level->down_end = at;
}

void ng_induce_lists_down(struct ng_induce_level *level) {
    const struct ng_induce_counts *counts = level->counts;
    uint32_t own = level->down_begin;
    uint32_t lms = 0;
    for (uint32_t c = 0; c < level->symbols; c++) {
        own += counts[c].of[NG_L_AFTER_S] + counts[c].of[NG_S_AFTER_S];
        lms += counts[c].of[NG_S_AFTER_L];
        level->lists[2 * (size_t)c] = (struct ng_induce_list){.at = own};
        level->lists[2 * (size_t)c + 1] = (struct ng_induce_list){.at = lms};
    }
}

/* The last suffix is of type L, as if something smaller than all symbols came behind it. Its symbol is no other's: it
 * stands for an LMS substring with the last terminator in it, or with a symbol that does. */
static void begin_up(const struct ng_induce_level *level, const uint32_t *text) {
    const uint32_t last = level->length - 1;
    struct ng_induce_list *list = &level->lists[2 * (size_t)text[last] + (text[last - 1] < text[last])];
    level->array[list->at++] = last | NG_INDUCE_MARK;
}

static void begin_down(const struct ng_induce_level *level, const uint32_t *text) {
    (void)level;
    (void)text;
}

static uint32_t symbol_at(const uint32_t *text, uint32_t place) {
    return text[place];
}

static inline bool bit_at(const uint32_t *bits, uint32_t at) {
    return bits[at / 32] >> at % 32 & 1;
}

/* LMS substrings are no closer than every second place, so that halves of places tell them apart. */
static inline uint32_t *half_of(uint32_t *halves, uint32_t entry) {
    return halves + (entry & NG_INDUCE_PLACE) / 2;
}

/* Marks in halves what is to be dropped, if that is worth while and there is room to note it down. Like the passes below
 * it decides without branches: nobody could predict them. */
static void choose_dropped(const struct ng_induce_level *level, uint32_t *halves, size_t half_count,
                           struct ng_induce_dropped *dropped) {
    uint32_t *const sorted = level->array;
    const size_t bits = (size_t)level->lms / 32 + 1;
    const uint32_t single = ng_induce_count_single(level->array, level->lms);
    const size_t room = 2 * bits + single + 1; /* and a suffix that turns out not to be dropped */
    *dropped = (struct ng_induce_dropped){0};
    if (single < level->lms / 4 || level->room < 2 * (size_t)level->lms + half_count + room + NG_INDUCE_SLACK) {
        return;
    }
    uint32_t before = 1;
    for (uint32_t i = 0; i < level->lms; i++) {
        if (i + NG_INDUCE_AHEAD < level->lms) ng_induce_fetch(half_of(halves, sorted[i + NG_INDUCE_AHEAD]));
        const uint32_t behind = sorted[i] >> 31;
        *half_of(halves, sorted[i]) = before & behind ? DROPPED : 1;
        before = behind;
    }
    uint32_t last_alone = 1;
    for (size_t i = 0; i < half_count; i++) {
        const uint32_t found = halves[i];
        const uint32_t alone = found == DROPPED;
        halves[i] = alone & ~last_alone ? 1 : found;
        last_alone = found ? alone : last_alone;
    }
    dropped->room = room;
    dropped->in_text = level->array + level->room - bits;
    dropped->in_order = dropped->in_text - bits;
    dropped->suffixes = dropped->in_order - single - 1;
    memset(dropped->in_order, 0, 2 * bits * sizeof *dropped->in_order);
}

/* Writes names, from 1 on, to halves. Returns the largest. */
static uint32_t give_names(const struct ng_induce_level *level, uint32_t *halves, struct ng_induce_dropped *dropped) {
    const uint32_t *const sorted = level->array;
    uint32_t name = 1;
    for (uint32_t i = 0; i < level->lms; i++) {
        if (i + NG_INDUCE_AHEAD < level->lms) ng_induce_fetch(half_of(halves, sorted[i + NG_INDUCE_AHEAD]));
        uint32_t *half = half_of(halves, sorted[i]);
        uint32_t drops = 0;
        if (dropped->room > 0) {
            drops = *half == DROPPED;
            dropped->suffixes[dropped->count] = sorted[i] & NG_INDUCE_PLACE;
            dropped->count += drops;
            dropped->in_order[i / 32] |= drops << i % 32;
        }
        *half = drops ? DROPPED : name;
        name += sorted[i] >> 31 & ~drops; /* so is the last one */
    }
    return name - 1;
}

/* Gives out names and moves them to where the array's room ends, in text order. Returns the largest. */
static uint32_t name_substrings(const struct ng_induce_level *level, struct ng_induce_dropped *dropped) {
    uint32_t *const sorted = level->array;
    uint32_t *const halves = sorted + level->lms;
    const size_t half_count = (size_t)level->length / 2 + 1;
    memset(halves, 0, half_count * sizeof *halves);
    choose_dropped(level, halves, half_count, dropped);
    const uint32_t names = give_names(level, halves, dropped);
    uint32_t *top = sorted + level->room - dropped->room - 1;
    uint32_t number = level->lms;
    for (size_t i = half_count; i-- > 0;) {
        const uint32_t found = halves[i];
        uint32_t drops = 0;
        if (dropped->room > 0) {
            drops = found == DROPPED;
            number -= found != 0;
            dropped->in_text[number / 32] |= drops << number % 32;
        }
        *top = found;
        top -= (found != 0) & ~drops;
    }
    return names;
}

void ng_induce_place_names(const struct ng_induce_level *level, const struct ng_induce_dropped *dropped) {
    uint32_t *const array = level->array;
    uint32_t *kept = array + level->room - dropped->room;
    const uint32_t *lms = kept - level->lms;
    if (dropped->count > 0) {
        for (uint32_t i = level->lms; i-- > 0;) {
            const uint32_t place = lms[i];
            kept[-1] = place;
            kept -= !bit_at(dropped->in_text, i);
        }
        lms = kept;
    }
    const uint32_t count = level->lms - dropped->count;
    for (uint32_t i = 0; i < count; i++) {
        if (i + NG_INDUCE_AHEAD < count) ng_induce_fetch(lms + array[i + NG_INDUCE_AHEAD] - 2);
        array[i] = lms[array[i] - 2];
    }
    if (dropped->count == 0) return;
    const uint32_t *from = array + count;
    const uint32_t *from_dropped = dropped->suffixes + dropped->count;
    for (uint32_t i = level->lms; i-- > 0;) array[i] = bit_at(dropped->in_order, i) ? *--from_dropped : *--from;
}

/* The rows of a symbol that are yet to be found, in a list of all suffixes. */
struct rows {
    uint32_t begin;
    uint32_t end;
};

/* Spreads the sorted LMS suffixes to the ends of their symbols' rows; all others are 0. */
static void spread_lms(const struct ng_induce_level *level, struct rows *rows) {
    uint32_t *const array = level->array;
    uint32_t at = 0;
    for (uint32_t c = 0; c < level->symbols; c++) {
        rows[c].begin = at;
        for (unsigned kind = 0; kind < 4; kind++) at += level->counts[c].of[kind];
        rows[c].end = at;
    }
    uint32_t from = level->lms;
    for (uint32_t c = level->symbols; c-- > 0;) {
        const uint32_t count = level->counts[c].of[NG_S_AFTER_L];
        const uint32_t to = rows[c].end - count;
        from -= count;
        memmove(array + to, array + from, count * sizeof *array);
        memset(array + rows[c].begin, 0, (to - rows[c].begin) * sizeof *array);
    }
}

static inline void fetch_rows(const uint32_t *text, const struct rows *rows, uint32_t ahead, uint32_t far_ahead) {
    ng_induce_fetch(text + (far_ahead & NG_INDUCE_PLACE) - 1);
    const uint32_t place = ahead & NG_INDUCE_PLACE;
    ng_induce_fetch(rows + text[place - (place > 0)]);
}

/* The sweeps through a list of all suffixes. Marked are those that are left to the sweep downward. */
static void induce_up(const struct ng_induce_level *level, const uint32_t *text, struct rows *rows) {
    uint32_t *const array = level->array;
    const uint32_t end = level->down_end;
    const uint32_t last = level->length - 1;
    array[rows[text[last]].begin++] = last | (uint32_t)(text[last - 1] < text[last]) << 31;
    for (uint32_t i = 0; i < end; i++) {
        if (i + 2 * NG_INDUCE_AHEAD < end) fetch_rows(text, rows, array[i + NG_INDUCE_AHEAD], array[i + 2 * NG_INDUCE_AHEAD]);
        const uint32_t entry = array[i];
        if (entry == 0 || entry >= NG_INDUCE_MARK) continue;
        const uint32_t place = entry - 1;
        const uint32_t symbol = text[place];
        array[rows[symbol].begin++] = place | (uint32_t)(text[place - 1] < symbol) << 31;
    }
}

static void induce_down(const struct ng_induce_level *level, const uint32_t *text, struct rows *rows) {
    uint32_t *const array = level->array;
    for (uint32_t i = level->down_end; i-- > 0;) {
        if (i >= 2 * NG_INDUCE_AHEAD) fetch_rows(text, rows, array[i - NG_INDUCE_AHEAD], array[i - 2 * NG_INDUCE_AHEAD]);
        if (array[i] < NG_INDUCE_MARK) continue;
        array[i] &= NG_INDUCE_PLACE;
        const uint32_t place = array[i] - 1;
        const uint32_t symbol = text[place];
        array[--rows[symbol].end] = place | (uint32_t)(text[place - 1] <= symbol) << 31;
    }
}

/* Tables for an alphabet, at the end of the array if there is room, else in memory of their own. */
static int make_tables(struct ng_induce_level *level, void **memory, struct ng_err *err) {
    const size_t count_bytes = level->symbols * sizeof *level->counts;
    const size_t bytes = count_bytes + 2 * (size_t)level->symbols * sizeof *level->lists;
    const size_t words = bytes / sizeof *level->array + TABLE_ALIGNMENT / sizeof *level->array;
    uint8_t *at = NULL;
    *memory = NULL;
    if (level->room >= level->length + NG_INDUCE_SLACK + words) {
        level->room -= words;
        at = (uint8_t *)(level->array + level->room);
        at += -(uintptr_t)at % TABLE_ALIGNMENT;
    } else {
        at = *memory = ng_memory_huge(bytes);
        if (!at) return ng_err_nomem(err, bytes, "the tables of a suffix sort");
    }
    level->counts = (struct ng_induce_counts *)(void *)at;
    level->lists = (struct ng_induce_list *)(void *)(at + count_bytes);
    memset(at, 0, bytes);
    return NG_OK;
}

/* Sorts the suffixes of a string of names: their places become the first words of the array. */
static int sort_string(const uint32_t *text, uint32_t length, uint32_t symbols, uint32_t *array, size_t room,
                       struct ng_err *err) {
    assert(room >= (size_t)length + 2);
    struct ng_induce_level level = {.length = length, .symbols = symbols, .array = array, .room = room};
    void *tables;
    int status = make_tables(&level, &tables, err);
    if (!status) status = sort_lms(&level, text, err);
    if (!status) {
        struct rows *rows = (struct rows *)level.lists;
        spread_lms(&level, rows);
        induce_up(&level, text, rows);
        induce_down(&level, text, rows);
    }
    free(tables);
    return status;
}

int ng_induce_sort_names(const struct ng_induce_level *level, struct ng_induce_dropped *dropped, struct ng_err *err) {
    const uint32_t names = name_substrings(level, dropped);
    const uint32_t kept = level->lms - dropped->count;
    const size_t room = level->room - dropped->room - kept - 2;
    uint32_t *const text = level->array + room;
    if (names == kept) {
        for (uint32_t i = 2; i < kept + 2; i++) level->array[text[i] - 1] = i;
        return NG_OK;
    }
    text[0] = 0;
    text[1] = names + 1;
    return sort_string(text, kept + 2, names + 2, level->array, room, err);
}
