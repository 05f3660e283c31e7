#include "common/json/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Each block is preceded by its size, which realloc needs to move a block out of the area. */
struct block {
    alignas(max_align_t) size_t bytes;
};

static bool in_area(const struct ng_json_memory *memory, const struct block *block) {
    uintptr_t at = (uintptr_t)block;
    return at >= (uintptr_t)memory->area && at < (uintptr_t)(memory->area + sizeof memory->area);
}

static void *block_content(struct block *block, size_t bytes) {
    block->bytes = bytes;
    return block + 1;
}

static _Noreturn void refuse(struct ng_json_memory *memory, size_t bytes) {
    memory->refused_bytes = bytes;
    longjmp(memory->out_of_memory, 1);
}

static void *allocate(void *context, size_t bytes) {
    struct ng_json_memory *memory = context;
    size_t needed;
    if (__builtin_add_overflow(bytes, 2 * sizeof(struct block), &needed)) refuse(memory, bytes);
    needed = needed / sizeof(struct block) * sizeof(struct block);
    if (needed <= sizeof memory->area - memory->area_used) {
        struct block *block = (struct block *)(void *)(memory->area + memory->area_used);
        memory->area_used += needed;
        return block_content(block, bytes);
    }
    struct block *block = malloc(needed);
    if (!block) refuse(memory, bytes);
    return block_content(block, bytes);
}

static void release(void *context, void *content) {
    if (!content) return;
    struct block *block = (struct block *)content - 1;
    if (!in_area(context, block)) free(block);
}

static void *reallocate(void *context, void *content, size_t bytes) {
    struct ng_json_memory *memory = context;
    if (!content) return allocate(memory, bytes);
    struct block *block = (struct block *)content - 1;
    if (in_area(memory, block)) {
        void *moved = allocate(memory, bytes);
        memcpy(moved, content, block->bytes < bytes ? block->bytes : bytes);
        return moved;
    }
    size_t needed;
    if (__builtin_add_overflow(bytes, sizeof *block, &needed)) refuse(memory, bytes);
    struct block *grown = realloc(block, needed);
    if (!grown) refuse(memory, bytes);
    return block_content(grown, bytes);
}

yajl_alloc_funcs ng_json_memory_start(struct ng_json_memory *memory) {
    memory->area_used = 0;
    return (yajl_alloc_funcs){.malloc = allocate, .realloc = reallocate, .free = release, .ctx = memory};
}
