#include "common/json/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Each chunk is preceded by its size, which realloc needs to move a chunk out of the area. */
struct chunk {
    alignas(max_align_t) size_t bytes;
};

static bool in_area(const struct ng_json_memory *memory, const struct chunk *chunk) {
    uintptr_t at = (uintptr_t)chunk;
    return at >= (uintptr_t)memory->area && at < (uintptr_t)(memory->area + sizeof memory->area);
}

static void *chunk_content(struct chunk *chunk, size_t bytes) {
    chunk->bytes = bytes;
    return chunk + 1;
}

static _Noreturn void refuse(struct ng_json_memory *memory, size_t bytes) {
    memory->refused_bytes = bytes;
    longjmp(memory->out_of_memory, 1);
}

static void *allocate(void *context, size_t bytes) {
    struct ng_json_memory *memory = context;
    size_t needed;
    if (__builtin_add_overflow(bytes, 2 * sizeof(struct chunk), &needed)) refuse(memory, bytes);
    needed = needed / sizeof(struct chunk) * sizeof(struct chunk);
    if (needed <= sizeof memory->area - memory->area_used) {
        struct chunk *chunk = (struct chunk *)(void *)(memory->area + memory->area_used);
        memory->area_used += needed;
        return chunk_content(chunk, bytes);
    }
    struct chunk *chunk = malloc(needed);
    if (!chunk) refuse(memory, bytes);
    return chunk_content(chunk, bytes);
}

static void release(void *context, void *content) {
    if (!content) return;
    struct chunk *chunk = (struct chunk *)content - 1;
    if (!in_area(context, chunk)) free(chunk);
}

static void *reallocate(void *context, void *content, size_t bytes) {
    struct ng_json_memory *memory = context;
    if (!content) return allocate(memory, bytes);
    struct chunk *chunk = (struct chunk *)content - 1;
    if (in_area(memory, chunk)) {
        void *moved = allocate(memory, bytes);
        memcpy(moved, content, chunk->bytes < bytes ? chunk->bytes : bytes);
        return moved;
    }
    size_t needed;
    if (__builtin_add_overflow(bytes, sizeof *chunk, &needed)) refuse(memory, bytes);
    struct chunk *grown = realloc(chunk, needed);
    if (!grown) refuse(memory, bytes);
    return chunk_content(grown, bytes);
}

yajl_alloc_funcs ng_json_memory_start(struct ng_json_memory *memory) {
    memory->area_used = 0;
    return (yajl_alloc_funcs){.malloc = allocate, .realloc = reallocate, .free = release, .ctx = memory};
}
