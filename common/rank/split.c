#include "common/rank/split.h"

#include <string.h>

#include "common/cpu/cpu.h"

size_t ng_rank_split_portable(const uint16_t *words, size_t count, uint64_t *bits, uint16_t *next, uint16_t *ones) {
    size_t zero_at = 0;
    size_t one_at = 0;
    for (size_t at = 0; at < count; at += 64) {
        size_t end = count - at < 64 ? count : at + 64;
        uint64_t taken = 0;
        for (size_t i = at; i < end; i++) {
            unsigned word = words[i];
            uint64_t bit = word & 1;
            unsigned rest = word >> 1;
            taken |= bit << (i - at);
            next[zero_at] = (uint16_t)rest;
            ones[one_at] = (uint16_t)rest;
            size_t goes_on = rest > 1;
            zero_at += goes_on & (bit ^ 1);
            one_at += goes_on & bit;
        }
        bits[at / 64] = taken;
    }
    memcpy(next + zero_at, ones, one_at * sizeof *ones);
    return zero_at + one_at;
}

ng_rank_split *ng_rank_choose_split(void) {
#if defined(__x86_64__)
    if (ng_cpu_runs_avx512()) return ng_rank_split_avx512;
    if (ng_cpu_runs_bmi2()) return ng_rank_split_bmi2;
#endif
    return ng_rank_split_portable;
}
