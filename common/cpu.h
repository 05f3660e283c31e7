/* What the processor can do, for files that are compiled for more than the least one. */
#ifndef NG_COMMON_CPU_H
#define NG_COMMON_CPU_H

#include <stdbool.h>

#if defined(__x86_64__)
/* AVX-512 for bytes and words, with the compression of vectors: Ice Lake, Zen 4 and later. */
static inline bool ng_cpu_compresses_bytes(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("popcnt");
}

/* AVX2 with the bit manipulation that files named _avx2.c are compiled for: Haswell, Zen and later. */
static inline bool ng_cpu_runs_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}
#endif

#endif
