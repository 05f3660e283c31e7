/* Counting of byte values, and their order by frequency. */
#ifndef NG_COMMON_BASE_SYMBOLS_H
#define NG_COMMON_BASE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* Counts how often each value occurs among length bytes; length < 2^32. */
void ng_symbols_count(const uint8_t *bytes, size_t length, uint32_t counts[256]);

/* Turns the counts of values into where those of each start when they are sorted. */
void ng_symbols_starts(size_t counts[256]);

/* Orders the values that occur, the most frequent first, equally frequent ones ascending. Returns their number. */
unsigned ng_symbols_order(const uint64_t total[256], uint8_t order[256]);

#endif
