/*
 * Numbers in order.
 */
#ifndef NG_COMMON_BASE_ORDER_H
#define NG_COMMON_BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Ascending order of uint64_t, for qsort. */
static inline int ng_order_u64(const void *a, const void *b) {
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts numbers and removes duplicates. Returns how many remain. */
static inline size_t ng_order_distinct(uint64_t *numbers, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(numbers, count, sizeof *numbers, ng_order_u64);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || numbers[kept - 1] != numbers[i]) numbers[kept++] = numbers[i];
    }
    return kept;
}

/*
 * Binary search: moves low to the first index of [low, end) for which before is false, or to end. before is an
 * expression of the index middle, true for all indexes up to a place and false from there on.
 *
 *     uint64_t first = 0;
 *     NG_ORDER_SEEK(first, count, middle, ends[middle] < place);
 */
#define NG_ORDER_SEEK(low, end, middle, before)                                        \
    do {                                                                               \
        for (uint64_t ng_order_end = (end); (low) < ng_order_end;) {                   \
            const uint64_t middle = (low) + (ng_order_end - (low)) / 2;                \
            if (before) (low) = (middle) + 1;                                          \
            else ng_order_end = middle;                                                \
        }                                                                              \
    } while (0)

#endif
