/*
 * Large arrays that come and go, one after the other, on huge pages. The system clears every page that it gives out, and
 * on a virtual machine the host may have to find it first: that can take longer than all else that is done with it. So
 * the pages of an array that is given back are kept, and become part of the next ones: they move there without being
 * copied, so that neither size nor place matters. What is kept counts as memory of the process until it is dropped.
 */
#ifndef NG_INDEXER_PAGES_PAGES_H
#define NG_INDEXER_PAGES_PAGES_H

#include <stddef.h>

/* Arrays of fewer bytes are not kept; only these may be given to free. */
enum { NG_PAGES_LEAST_BYTES = 32 << 20 };

/* As ng_memory_huge, from pages that are kept as far as they go. Thread-safe. Returns NULL if there is no memory. */
void *ng_pages_take(size_t bytes);

/* Gives back what was taken, or NULL; bytes are the same. Thread-safe. */
void ng_pages_give(void *memory, size_t bytes);

/* Gives all that is kept to the system, before something else needs the memory. Thread-safe. */
void ng_pages_drop(void);

#endif
