/* What kernels this process runs: those for the newest instructions that the processor has, or those that NGIDX_KERNEL in
 * the environment names. A kernel's file ends in _bmi2.c or _avx512.c, and the Makefile compiles it for all instructions
 * of that level. */
#ifndef NG_COMMON_CPU_CPU_H
#define NG_COMMON_CPU_CPU_H

#include <stdbool.h>

#include "common/base/err.h"

enum ng_cpu_level {
    NG_CPU_PORTABLE,
    NG_CPU_BMI2,  /* BMI2 and AVX2: Haswell, Zen and later */
    NG_CPU_AVX512 /* Ice Lake, Zen 4 and later */
};

/* The same from the first call on, whatever becomes of the environment. */
enum ng_cpu_level ng_cpu_level(void);

/* As NGIDX_KERNEL spells it. */
const char *ng_cpu_level_name(void);

/* Errors: NG_ERR_USAGE (NGIDX_KERNEL names no kernel, or one for instructions that this processor lacks). */
int ng_cpu_check(struct ng_err *err);

static inline bool ng_cpu_runs_bmi2(void) {
    return ng_cpu_level() >= NG_CPU_BMI2;
}

static inline bool ng_cpu_runs_avx512(void) {
    return ng_cpu_level() >= NG_CPU_AVX512;
}

#endif
