/*
 * Memory for one yajl parser or generator. yajl does not check what its allocator returns. This allocator leaves by
 * longjmp if there is no memory, so that running out of memory is an ordinary error. What yajl needs for a record of
 * ordinary size comes from a fixed area and costs nothing to allocate or free.
 */
#ifndef NG_COMMON_JSON_MEMORY_H
#define NG_COMMON_JSON_MEMORY_H

#include <setjmp.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <yajl/yajl_common.h>

/* yajl_alloc asks for a handle, a stack and a first string buffer, about 3 KB, and all of it must fit here: a longjmp
 * out of yajl_alloc would leave a parser that cannot be freed. */
enum { NG_JSON_AREA_BYTES = 16384 };

struct ng_json_memory {
    jmp_buf out_of_memory; /* set by the caller (setjmp) before each use of yajl */
    size_t refused_bytes;  /* the size that could not be allocated, after a jump to out_of_memory */
    size_t area_used;
    alignas(max_align_t) uint8_t area[NG_JSON_AREA_BYTES];
};

/* Allocation functions for yajl_alloc that use memory. Discards what the area held for an earlier parser. */
yajl_alloc_funcs ng_json_memory_start(struct ng_json_memory *memory);

#endif
