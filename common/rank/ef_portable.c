#include "common/rank/ef.h"
#include "common/rank/kernels.h"

#define NG_EF_KERNEL ng_ef_kernel_portable
#include "common/rank/ef_impl.h"
