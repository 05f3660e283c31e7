/*
 * Eight bytes at a time in a 64-bit word (SIMD within a register), the first byte lowest (ng_le_load64).
 */
#ifndef NG_COMMON_BASE_SWAR_H
#define NG_COMMON_BASE_SWAR_H

#include <stdint.h>

enum { NG_SWAR_BYTES = 8 };
#define NG_SWAR_EACH UINT64_C(0x0101010101010101) /* times a byte: eight copies of the byte */
#define NG_SWAR_TOPS UINT64_C(0x8080808080808080) /* the top bit of each byte */

/* Sets the top bit of every byte below limit (1 to 128). The result is exact up to the first such byte; the top bits of
 * later bytes may be set falsely. A. Mycroft's test, as in S. E. Anderson, "Bit Twiddling Hacks". */
static inline uint64_t ng_swar_below(uint64_t word, uint8_t limit) {
    return (word - limit * NG_SWAR_EACH) & ~word & NG_SWAR_TOPS;
}

/* The same for the bytes equal to byte. */
static inline uint64_t ng_swar_equal(uint64_t word, uint8_t byte) {
    return ng_swar_below(word ^ byte * NG_SWAR_EACH, 1);
}

/* The number of the first byte whose top bit is set in a mask, which is not 0. */
static inline unsigned ng_swar_first(uint64_t mask) {
    return (unsigned)__builtin_ctzll(mask) / 8;
}

#endif
