/* The kernels in this build. Internal to the rank structure and to Elias-Fano sequences. */
#ifndef NG_COMMON_RANK_KERNELS_H
#define NG_COMMON_RANK_KERNELS_H

struct ng_ef_kernel;
struct ng_rank_kernel;

extern const struct ng_ef_kernel ng_ef_kernel_portable;
extern const struct ng_rank_kernel ng_rank_kernel_portable;
#if defined(__x86_64__)
extern const struct ng_ef_kernel ng_ef_kernel_bmi2;
extern const struct ng_rank_kernel ng_rank_kernel_bmi2;
extern const struct ng_rank_kernel ng_rank_kernel_avx512;
#endif

#endif
