/*
 * One level of a wavelet matrix: takes the next bit of each row's code word, and distributes the rows whose word goes
 * on to the two sides of the next level, in order. Internal to the rank structure. Encoding spends nearly all its time
 * here.
 */
#ifndef NG_COMMON_RANK_SPLIT_H
#define NG_COMMON_RANK_SPLIT_H

#include <stddef.h>
#include <stdint.h>

enum { NG_SPLIT_SLACK = 64 }; /* words that may be written past the end of next and ones */

/* words[i] has its next bit lowest, and a one above its last bit. bits must be zero; the function sets its bits 0 to
 * count - 1 to the next bits of the words. next gets the rest of the words that go on, words with a zero first; ones is
 * work space. next and ones have room for count words and the slack. Returns how many words go on. */
typedef size_t ng_rank_split(const uint16_t *words, size_t count, uint64_t *bits, uint16_t *next, uint16_t *ones);

extern ng_rank_split ng_rank_split_portable;
#if defined(__x86_64__)
extern ng_rank_split ng_rank_split_bmi2;
extern ng_rank_split ng_rank_split_avx512;
#endif

/* The fastest version that this processor supports. */
ng_rank_split *ng_rank_choose_split(void);

#endif
