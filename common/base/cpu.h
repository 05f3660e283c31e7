/* What the processor supports, for files compiled for more than the baseline. Each function checks all instruction sets
 * that the Makefile enables for files of that name. */
#ifndef NG_COMMON_BASE_CPU_H
#define NG_COMMON_BASE_CPU_H

#include <stdbool.h>

#if defined(__x86_64__)
/* _bmi2.c */
static inline bool ng_cpu_runs_bmi2(void) {
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

/* _avx2.c: Haswell, Zen and later. */
static inline bool ng_cpu_runs_avx2(void) {
    return ng_cpu_runs_bmi2() && __builtin_cpu_supports("avx2");
}

/* _avx512.c: Ice Lake, Zen 4 and later. */
static inline bool ng_cpu_runs_avx512(void) {
    return ng_cpu_runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq") &&
           __builtin_cpu_supports("vpclmulqdq");
}
#endif

#endif
