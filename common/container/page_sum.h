/*
 * The checksum of a page: XXH3-64 of its bytes. The xxHash library is compiled for the baseline processor; the same
 * source compiled for AVX2 takes half the time if the processor has it.
 */
#ifndef NG_COMMON_CONTAINER_PAGE_SUM_H
#define NG_COMMON_CONTAINER_PAGE_SUM_H

#include <stdint.h>

#define NG_PAGE_LOG2 12u
#define NG_PAGE_BYTES (UINT64_C(1) << NG_PAGE_LOG2)

/* The checksum of NG_PAGE_BYTES bytes. Thread-safe. */
uint64_t ng_page_sum(const uint8_t *page);

/* The same for a processor that has AVX2; for ng_page_sum, and tests. */
uint64_t ng_page_sum_bmi2(const uint8_t *page);

#endif
