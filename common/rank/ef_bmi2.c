#include "common/rank/ef.h"
#include "common/rank/kernels.h"

/* Compiled with BMI2 and POPCNT, which ef.c asks the processor for. */
#if defined(__x86_64__)
#define NG_EF_KERNEL ng_ef_kernel_bmi2
#include "common/rank/ef_impl.h"
#endif
