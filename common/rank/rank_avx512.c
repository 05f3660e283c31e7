#include "common/rank/kernels.h"
#include "common/rank/rank.h"

/* Compiled with AVX-512 and the extensions that rank.c asks the processor for. */
#if defined(__x86_64__)
#define NG_RANK_KERNEL ng_rank_kernel_avx512
#define NG_RANK_KERNEL_NAME "avx512"
#include "common/rank/rank_impl.h"
#endif
