#include "common/cpu/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"portable", "bmi2", "avx512"};

enum { LEVELS = sizeof NAMES / sizeof *NAMES };

/* The highest level all of whose instructions the processor has. */
static enum ng_cpu_level processor_level(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("avx2")) {
        return NG_CPU_PORTABLE;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("vpclmulqdq")) {
        return NG_CPU_AVX512;
    }
    return NG_CPU_BMI2;
#else
    return NG_CPU_PORTABLE;
#endif
}

/* The level that the environment names, LEVELS for a name that is none. */
static unsigned wanted_level(const char *name) {
    unsigned level = 0;
    while (level < LEVELS && strcmp(name, NAMES[level]) != 0) level++;
    return level;
}

enum ng_cpu_level ng_cpu_level(void) {
    static _Atomic unsigned known; /* one more than the level */
    unsigned level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level == 0) {
        const char *name = getenv("NGIDX_KERNEL");
        unsigned most = processor_level();
        unsigned wanted = name ? wanted_level(name) : most;
        level = 1 + (wanted < most ? wanted : most);
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    return (enum ng_cpu_level)(level - 1);
}

const char *ng_cpu_level_name(void) {
    return NAMES[ng_cpu_level()];
}

int ng_cpu_check(struct ng_err *err) {
    const char *name = getenv("NGIDX_KERNEL");
    if (!name) return NG_OK;
    unsigned wanted = wanted_level(name);
    if (wanted <= (unsigned)processor_level()) return NG_OK;
    if (wanted == LEVELS) {
        (void)ng_err_set(err, NG_ERR_USAGE, "NGIDX_KERNEL=%s: there is no such kernel", name);
    } else {
        (void)ng_err_set(err, NG_ERR_USAGE, "NGIDX_KERNEL=%s: this processor lacks the instructions for it", name);
    }
    return ng_err_hint(err, "set NGIDX_KERNEL to portable, bmi2 or avx512, or unset it for the fastest");
}
