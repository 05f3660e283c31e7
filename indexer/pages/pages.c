#include "indexer/pages/pages.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/base/buf.h"
#include "common/os/memory.h"

/* Pages that came from the system together, or a part of them. mremap moves no more than that at once. */
struct extent {
    uint8_t *at;
    size_t bytes; /* a multiple of NG_HUGE_PAGE_BYTES, as is the address */
    bool kept;    /* not part of an array now */
};

static struct {
    pthread_mutex_t lock; /* guards what follows */
    struct extent *list;
    size_t count;
    size_t capacity;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t round_up(size_t bytes) {
    return (bytes + NG_HUGE_PAGE_BYTES - 1) / NG_HUGE_PAGE_BYTES * NG_HUGE_PAGE_BYTES;
}

/* An aligned range of addresses without memory. */
static uint8_t *reserve(size_t bytes) {
    const size_t more = bytes + NG_HUGE_PAGE_BYTES;
    uint8_t *range = mmap(NULL, more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return NULL;
    const size_t skip = (size_t)(-(uintptr_t)range % NG_HUGE_PAGE_BYTES);
    if (skip > 0) (void)munmap(range, skip);
    (void)munmap(range + skip + bytes, NG_HUGE_PAGE_BYTES - skip);
    return range + skip;
}

/* Moves a kept extent, or its end if bytes are fewer, to a reserved range. */
static bool move_extent(size_t number, uint8_t *to, size_t bytes) {
    struct extent *from = &all.list[number];
    uint8_t *part = from->at + (from->bytes - bytes);
    if (mremap(part, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) return false;
    if (bytes == from->bytes) {
        *from = (struct extent){.at = to, .bytes = bytes};
        return true;
    }
    from->bytes -= bytes;
    all.list[all.count++] = (struct extent){.at = to, .bytes = bytes};
    return true;
}

/* Fills a reserved range, with kept pages first. Returns how much of it, all unless it failed. */
static size_t fill(uint8_t *range, size_t bytes) {
    size_t filled = 0;
    for (size_t i = 0, end = all.count; i < end && filled < bytes; i++) {
        const size_t left = bytes - filled;
        const size_t part = all.list[i].bytes < left ? all.list[i].bytes : left;
        if (!all.list[i].kept) continue;
        if (!move_extent(i, range + filled, part)) return filled;
        filled += part;
    }
    if (filled == bytes) return bytes;
    uint8_t *rest = mmap(range + filled, bytes - filled, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (rest == MAP_FAILED) return filled;
    (void)madvise(rest, bytes - filled, MADV_HUGEPAGE); /* advice only */
    all.list[all.count++] = (struct extent){.at = rest, .bytes = bytes - filled};
    return bytes;
}

/* Keeps the extents of a range. */
static void keep(const uint8_t *range, size_t bytes) {
    for (size_t i = 0; i < all.count; i++) {
        if (all.list[i].at >= range && all.list[i].at < range + bytes) all.list[i].kept = true;
    }
}

/* Room in the list for one more: fill either splits the last extent that it moves, or adds a new one. */
static bool grow_list(void) {
    struct extent *list = ng_array_grow(all.list, sizeof *list, all.count, &all.capacity, "pages", NULL);
    if (list) all.list = list;
    return list;
}

/* Gives the extents that are kept to the system. */
static void unmap_kept(void) {
    size_t left = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (all.list[i].kept) (void)munmap(all.list[i].at, all.list[i].bytes);
        else all.list[left++] = all.list[i];
    }
    all.count = left;
}

/* What is kept takes addresses, too, which may be limited. */
static uint8_t *reserve_or_drop(size_t bytes) {
    uint8_t *range = reserve(bytes);
    if (range) return range;
    unmap_kept();
    return reserve(bytes);
}

void *ng_pages_take(size_t bytes) {
    if (bytes < NG_PAGES_LEAST_BYTES) return ng_memory_huge(bytes);
    if (bytes > PTRDIFF_MAX - 2 * (size_t)NG_HUGE_PAGE_BYTES) return NULL;
    bytes = round_up(bytes);
    (void)pthread_mutex_lock(&all.lock);
    uint8_t *range = grow_list() ? reserve_or_drop(bytes) : NULL;
    size_t filled = range ? fill(range, bytes) : 0;
    if (filled < bytes) {
        /* The rest of the range may be another thread's: a call that fails may have freed the addresses. */
        keep(range, filled);
        unmap_kept();
        range = NULL;
    }
    (void)pthread_mutex_unlock(&all.lock);
    return range;
}

void ng_pages_give(void *memory, size_t bytes) {
    if (bytes < NG_PAGES_LEAST_BYTES) free(memory);
    if (!memory || bytes < NG_PAGES_LEAST_BYTES) return;
    (void)pthread_mutex_lock(&all.lock);
    keep(memory, round_up(bytes));
    (void)pthread_mutex_unlock(&all.lock);
}

void ng_pages_drop(void) {
    (void)pthread_mutex_lock(&all.lock);
    unmap_kept();
    if (all.count == 0) {
        free(all.list);
        all.list = NULL;
        all.capacity = 0;
    }
    (void)pthread_mutex_unlock(&all.lock);
}
