#include "common/rank/kernels.h"
#include "common/rank/rank.h"

#define NG_RANK_KERNEL ng_rank_kernel_portable
#define NG_RANK_KERNEL_NAME "portable"
#include "common/rank/rank_impl.h"
