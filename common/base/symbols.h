/* Counting of byte values, and their order by frequency. */
#ifndef NG_COMMON_BASE_SYMBOLS_H
#define NG_COMMON_BASE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* How often each value occurs among so many bytes, fewer than 2^32. */
void ng_symbols_count(const uint8_t *bytes, size_t length, uint32_t counts[256]);

/* Puts the values that occur in order, the most frequent first, equal ones ascending. Returns how many there are. */
unsigned ng_symbols_order(const uint64_t total[256], uint8_t order[256]);

#endif
