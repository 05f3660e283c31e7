/* The kernels that this build holds. Internal to Elias-Fano sequences. */
#ifndef NG_COMMON_RANK_EF_KERNELS_H
#define NG_COMMON_RANK_EF_KERNELS_H

struct ng_ef_kernel;

extern const struct ng_ef_kernel ng_ef_kernel_portable;
#if defined(__x86_64__)
extern const struct ng_ef_kernel ng_ef_kernel_bmi2;
#endif

#endif
