/*
 * Sorting of LMS suffixes, for texts of bytes and of names. Included by one file for each, which defines the type
 * SYMBOL before.
 */
#include <stdbool.h>
#include <string.h>

#include "indexer/sort/induce_names.h"

/* The lists of bytes fit into the first-level cache; the lists of names have to be prefetched, too. */
static const bool MANY_SYMBOLS = sizeof(SYMBOL) > 1;

/* Counts suffixes by kind, if there are counts, and writes the LMS ones in text order, the last to *top. Returns how
 * many there are. */
static inline __attribute__((always_inline)) uint32_t find_lms(const SYMBOL *text, uint32_t length, uint32_t *top,
                                                               struct ng_induce_counts *counts) {
    const uint32_t *const end = top;
    uint32_t next = text[length - 1];
    uint32_t next_is_s = 0;
    for (uint32_t place = length - 1; place-- > 1;) {
        const uint32_t symbol = text[place];
        const uint32_t is_s = symbol < next + next_is_s;
        if (counts) {
            if (MANY_SYMBOLS && place >= NG_INDUCE_AHEAD) ng_induce_fetch(counts + text[place - NG_INDUCE_AHEAD]);
            counts[next].of[2 * next_is_s + is_s]++;
        }
        *top = place + 1;
        top -= next_is_s & ~is_s;
        next = symbol;
        next_is_s = is_s;
    }
    return (uint32_t)(end - top);
}

/* Puts the LMS suffixes into the lists, each symbol's in text order: so far only their first symbols differ. */
static void seed(const struct ng_induce_level *level, const SYMBOL *text) {
    struct ng_induce_list *const lists = level->lists;
    uint32_t *const array = level->array;
    const uint32_t *const lms = array + level->room - level->lms;
    for (uint32_t c = 0; c < level->symbols; c++) lists[2 * c].last = lists[2 * c].at + level->counts[c].of[NG_L_AFTER_L];
    for (uint32_t i = 0; i < level->lms; i++) {
        if (MANY_SYMBOLS && i + NG_INDUCE_AHEAD < level->lms) ng_induce_fetch(lists + 2 * text[lms[i + NG_INDUCE_AHEAD]]);
        array[lists[2 * text[lms[i]]].last++] = lms[i];
    }
    for (uint32_t c = 0; c < level->symbols; c++) {
        if (level->counts[c].of[NG_S_AFTER_L]) array[lists[2 * c].at + level->counts[c].of[NG_L_AFTER_L]] |= NG_INDUCE_MARK;
        lists[2 * c].last = 0;
    }
}

/* Prefetches what the entries ahead will read: first the symbol before a suffix, later that symbol's lists. The entries
 * are places or 0. */
static inline __attribute__((always_inline)) void fetch_ahead(const SYMBOL *text, const struct ng_induce_list *lists,
                                                           uint32_t ahead, uint32_t far_ahead) {
    if (!MANY_SYMBOLS) {
        ng_induce_fetch(text + (ahead & NG_INDUCE_PLACE) - 1);
        return;
    }
    ng_induce_fetch(text + (far_ahead & NG_INDUCE_PLACE) - 1);
    const uint32_t place = ahead & NG_INDUCE_PLACE;
    ng_induce_fetch(lists + 2 * (size_t)text[place - (place > 0)]);
}

static void sweep_up(const struct ng_induce_level *level, const SYMBOL *text) {
    struct ng_induce_list *const lists = level->lists;
    uint32_t *const array = level->array;
    const uint32_t end = lists[2 * (level->symbols - 1)].at; /* what precedes terminators was found downward */
    uint32_t number = 0;
    for (uint32_t i = 0; i < end; i++) {
        if (i + 2 * NG_INDUCE_AHEAD < end) fetch_ahead(text, lists, array[i + NG_INDUCE_AHEAD], array[i + 2 * NG_INDUCE_AHEAD]);
        const uint32_t entry = array[i];
        number += entry >> 31;
        const uint32_t place = (entry & NG_INDUCE_PLACE) - 1;
        const uint32_t symbol = text[place];
        struct ng_induce_list *list = &lists[2 * symbol + (text[place - 1] < symbol)];
        const uint32_t at = list->at++;
        array[at] = place | (uint32_t)(list->last != number) << 31;
        list->last = number;
        ng_induce_fetch_list(array + at + NG_INDUCE_LINE);
    }
}

static void sweep_down(const struct ng_induce_level *level, const SYMBOL *text) {
    struct ng_induce_list *const lists = level->lists;
    uint32_t *const array = level->array;
    uint32_t number = 0;
    for (uint32_t i = level->down_end; i-- > level->down_begin;) {
        if (i >= level->down_begin + 2 * NG_INDUCE_AHEAD) {
            fetch_ahead(text, lists, array[i - NG_INDUCE_AHEAD], array[i - 2 * NG_INDUCE_AHEAD]);
        }
        const uint32_t entry = array[i];
        number += entry >> 31;
        const uint32_t place = (entry & NG_INDUCE_PLACE) - 1;
        const uint32_t symbol = text[place];
        struct ng_induce_list *list = &lists[2 * symbol + (text[place - 1] > symbol)];
        const uint32_t at = --list->at;
        array[at] = place | (uint32_t)(list->last != number) << 31;
        list->last = number;
        ng_induce_fetch_list(array + at - NG_INDUCE_LINE);
    }
}

/* The lists of L after S were marked where an entry differs from the one before; the sweep downward wants to know where
 * it differs from the one behind. */
static void turn_marks(const struct ng_induce_level *level) {
    uint32_t *array = level->array + level->down_begin;
    for (uint32_t c = 0; c < level->symbols - 1; c++) {
        const uint32_t count = level->counts[c].of[NG_L_AFTER_S];
        for (uint32_t i = 0; i + 1 < count; i++) array[i] = (array[i] & NG_INDUCE_PLACE) | (array[i + 1] & NG_INDUCE_MARK);
        if (count > 0) array[count - 1] |= NG_INDUCE_MARK;
        array += count + level->counts[c].of[NG_S_AFTER_S];
    }
}

/* What differs between texts of bytes and texts of names: where the first steps of a sweep come from, and whether
 * symbols that compare equal are the same. */
static void begin_up(const struct ng_induce_level *level, const SYMBOL *text);
static void begin_down(const struct ng_induce_level *level, const SYMBOL *text);
static uint32_t symbol_at(const SYMBOL *text, uint32_t place);

enum {
    LEAST_SHARED = 3,    /* least symbols of an LMS substring: the first, a greater one, that of the next */
    REFINE_SYMBOLS = 24, /* symbols of a substring that are compared at most */
    REFINE_TURNS = 48,   /* most nested turns of sorting one name */
    REFINE_SHARED = 16,  /* most substrings per name on average */
    REFINE_IN_VAIN = 16, /* sorting may fail to separate one substring in this many, */
    REFINE_LEAST = 4096  /* and this many in all */
};

static inline uint32_t symbol_behind(const SYMBOL *text, uint32_t entry, unsigned depth) {
    return symbol_at(text, (entry & NG_INDUCE_PLACE) + depth);
}

/* Multikey quicksort (Bentley and Sedgewick, 1997) of substrings that do not differ before depth. It stops early if it
 * would take too long. Any part of the work is of use, because substrings that it separates are marked as different. */
static void sort_more(const SYMBOL *text, uint32_t *list, uint32_t count, unsigned depth, unsigned turns) {
    while (count > 1 && depth < REFINE_SYMBOLS && turns-- > 0) {
        const uint32_t a = symbol_behind(text, list[0], depth);
        const uint32_t b = symbol_behind(text, list[count / 2], depth);
        const uint32_t c = symbol_behind(text, list[count - 1], depth);
        const uint32_t pivot = a < b ? (b < c ? b : (a < c ? c : a)) : (a < c ? a : (b < c ? c : b));
        uint32_t less = 0;     /* entries below are less than the pivot, */
        uint32_t equal = 0;    /* from there on equal, */
        uint32_t more = count; /* and from here on greater */
        list[count - 1] &= NG_INDUCE_PLACE;
        while (equal < more) {
            const uint32_t entry = list[equal];
            const uint32_t symbol = symbol_behind(text, entry, depth);
            if (symbol > pivot) {
                list[equal] = list[--more];
                list[more] = entry;
            } else {
                list[equal++] = list[less];
                list[less] = entry;
                less += symbol < pivot;
            }
        }
        if (less > 0) list[less - 1] |= NG_INDUCE_MARK;
        list[more - 1] |= NG_INDUCE_MARK;
        list[count - 1] |= NG_INDUCE_MARK;
        sort_more(text, list, less, depth, turns);
        sort_more(text, list + more, count - more, depth, turns);
        list += less;
        count = more - less;
        depth++;
    }
}

/* Sorts substrings that share a name further, by what stands behind them, where they are few to a name: most names then
 * soon are no other's. It stops where they stay shared, since the text repeats itself: then the next level takes less time. */
static void refine(const struct ng_induce_level *level, const SYMBOL *text) {
    uint32_t *const list = level->array;
    uint32_t names = 0;
    for (uint32_t i = 0; i < level->lms; i++) names += list[i] >> 31;
    if (names < level->lms / REFINE_SHARED) return;
    uint32_t begin = 0;
    uint32_t sorted = 0;
    uint32_t shared = 0;
    for (uint32_t i = 0; i < level->lms && shared <= sorted / REFINE_IN_VAIN + REFINE_LEAST; i++) {
        if (i + NG_INDUCE_AHEAD < level->lms) ng_induce_fetch(text + (list[i + NG_INDUCE_AHEAD] & NG_INDUCE_PLACE) + 2);
        if (list[i] < NG_INDUCE_MARK) continue;
        const uint32_t count = i + 1 - begin;
        if (count > 1) {
            sort_more(text, list + begin, count, LEAST_SHARED, REFINE_TURNS);
            sorted += count;
            shared += count - ng_induce_count_single(list + begin, count);
        }
        begin = i + 1;
    }
}

/* Clears what the lists have of some words of the array: of names, entries are read ahead before they are written. */
static void clear_lists(const struct ng_induce_level *level, size_t begin, size_t end) {
    if (!MANY_SYMBOLS) return;
    if (end > level->down_end) end = level->down_end;
    if (begin < end) memset(level->array + begin, 0, (end - begin) * sizeof *level->array);
}

/* The LMS suffixes, in order, to the first words of the array. */
static int sort_lms(struct ng_induce_level *level, const SYMBOL *text, struct ng_err *err) {
    uint32_t *const array = level->array;
    uint32_t *const top = array + level->room - 1;
    level->lms = find_lms(text, level->length, top, level->counts);
    ng_induce_lists_up(level);
    clear_lists(level, 0, level->room - level->lms);
    seed(level, text);
    clear_lists(level, level->room - level->lms, level->down_end); /* if the LMS suffixes stood there */
    begin_up(level, text);
    sweep_up(level, text);
    turn_marks(level);
    begin_down(level, text);
    ng_induce_lists_down(level);
    sweep_down(level, text);
    refine(level, text);
    struct ng_induce_dropped dropped;
    int status = ng_induce_sort_names(level, &dropped, err);
    if (status) return status;
    (void)find_lms(text, level->length, array + level->room - dropped.room - 1, NULL);
    ng_induce_place_names(level, &dropped);
    return NG_OK;
}
