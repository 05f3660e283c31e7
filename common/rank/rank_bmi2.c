#include "common/rank/kernels.h"
#include "common/rank/rank.h"

/* Compiled with AVX2, BMI1, BMI2, POPCNT and PCLMUL, which rank.c asks the processor for. */
#if defined(__x86_64__)
#define NG_RANK_KERNEL ng_rank_kernel_bmi2
#define NG_RANK_KERNEL_NAME "bmi2"
#include "common/rank/rank_impl.h"
#endif
