/*
 * What the two levels of induced sorting share, that of bytes and those of names: see induce.h.
 */
#ifndef NG_INDEXER_SORT_INDUCE_NAMES_H
#define NG_INDEXER_SORT_INDUCE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* An entry of a list is the place of a suffix and a mark bit. */
#define NG_INDUCE_MARK UINT32_C(0x80000000)
#define NG_INDUCE_PLACE UINT32_C(0x7fffffff)

enum {
    NG_INDUCE_AHEAD = 48, /* entries between a prefetch and its read */
    NG_INDUCE_LINE = 16,  /* entries of a cache line */
    NG_INDUCE_SLACK = 128 /* words of an array beyond the length of the text: each level loses 2 at most */
};

/* Prefetches memory into the second-level cache, since the first level can wait for few lines at a time. On a Zen 4
 * this, and prefetching 48 entries ahead instead of 32, makes sorting a fifth faster. */
static inline __attribute__((always_inline)) void ng_induce_fetch(const void *address) {
    __builtin_prefetch(address, 0, 2);
}

/* Prefetches the cache line to which a list grows next: a store that waits for its line holds up all those after it. */
static inline __attribute__((always_inline)) void ng_induce_fetch_list(const uint32_t *address) {
    __builtin_prefetch(address, 1);
}

/* How many of the sorted substrings share their name with no other. The top bit of each tells whether the next one has
 * another name; the first of the list has another name than the one before it. */
static inline uint32_t ng_induce_count_single(const uint32_t *list, uint32_t count) {
    uint32_t single = 0;
    uint32_t before = 1;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t behind = list[i] >> 31;
        single += before & behind;
        before = behind;
    }
    return single;
}

/* The suffixes that begin with a symbol, by their own type and that of the suffix before. */
enum { NG_L_AFTER_L, NG_L_AFTER_S, NG_S_AFTER_L, NG_S_AFTER_S };

struct ng_induce_counts {
    uint32_t of[4];
};

/* A list that is being filled. Each symbol has two: at 2 * symbol the suffixes that this sweep itself will reach, and
 * after it the suffixes that it leaves to other sweeps. */
struct ng_induce_list {
    uint32_t at;   /* of the next entry, or, where lists are filled downward, of the last one */
    uint32_t last; /* number of the suffixes from which the last one was found; all that differ have numbers of their own */
};

/* One level: a text of symbols 0 to symbols - 1, whose first two are 0 and the largest and are not sorted, and the
 * array to sort it in. The LMS substrings, and then the suffixes, stand in lists that fill it from the start: for each
 * symbol the suffixes that the upward sweep reads, L after L and then S after L, up to down_begin; for each
 * symbol those that the downward sweep reads, L after S and then S after S, up to down_end. */
struct ng_induce_level {
    uint32_t length;
    uint32_t symbols;
    uint32_t *array;
    size_t room; /* words of the array, at least length + 2 */
    struct ng_induce_counts *counts;
    struct ng_induce_list *lists;
    uint32_t lms; /* suffixes of that kind */
    uint32_t down_begin;
    uint32_t down_end;
};

/* Sets the lists to what a sweep begins with; level->down_begin and down_end, too. */
void ng_induce_lists_up(struct ng_induce_level *level);
void ng_induce_lists_down(struct ng_induce_level *level);

/* LMS suffixes that are left out of the string of names, because their names and the ones before are unique: no
 * comparison reads that far. */
struct ng_induce_dropped {
    uint32_t count;
    size_t room;        /* words at the array's end that hold the lists below and must not be written to */
    uint32_t *suffixes; /* in order */
    uint32_t *in_order; /* a bit for each LMS suffix in order, */
    uint32_t *in_text;  /* and in the text: whether it is one of them */
};

/* The LMS substrings are in order in the array's first words, marked if they differ from the next. Sorts the
 * suffixes that begin there, except those dropped: the words become their numbers in the text, from 2 on. Uses the
 * whole array. Errors: NG_ERR_NOMEM. */
int ng_induce_sort_names(const struct ng_induce_level *level, struct ng_induce_dropped *dropped, struct ng_err *err);

/* Writes the LMS suffixes in order to the first words of the array. Those in text order precede what was dropped. */
void ng_induce_place_names(const struct ng_induce_level *level, const struct ng_induce_dropped *dropped);

#endif
