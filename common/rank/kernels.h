/* The kernels that this build holds. Internal to the rank structure. */
#ifndef NG_COMMON_RANK_KERNELS_H
#define NG_COMMON_RANK_KERNELS_H

struct ng_rank_kernel;

extern const struct ng_rank_kernel ng_rank_kernel_portable;
#if defined(__x86_64__)
extern const struct ng_rank_kernel ng_rank_kernel_bmi2;
extern const struct ng_rank_kernel ng_rank_kernel_avx512;
#endif

#endif
