/*
 * Memory for one yajl parser or generator. yajl uses what its allocator returns without looking at it; this one leaves
 * by longjmp where there is no memory, so that running out of it is an error like any other. What yajl needs
 * for a record of ordinary size comes from a fixed area and costs nothing to get or to free.
 */
#ifndef NG_COMMON_JSON_MEMORY_H
#define NG_COMMON_JSON_MEMORY_H

#include <setjmp.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <yajl/yajl_common.h>

/* yajl's handle, its stack, and its first string buffer need some 3 KB, all of which must fit here: it is what
 * yajl_alloc asks for, and no one could free a parser that was left while it was made. */
enum { NG_JSON_AREA_BYTES = 16384 };

struct ng_json_memory {
    jmp_buf out_of_memory; /* set by the caller (setjmp) before each use of yajl */
    size_t refused_bytes;  /* what could not be had, once out_of_memory was taken */
    size_t area_used;
    alignas(max_align_t) uint8_t area[NG_JSON_AREA_BYTES];
};

/* Allocation functions for yajl_alloc, drawing on memory; forgets what the area held for the parser before. */
yajl_alloc_funcs ng_json_memory_start(struct ng_json_memory *memory);

#endif
