/*
 * Counts, exactly, the distinct 4 KB pages of some memory that a piece of code touches: the memory is made
 * inaccessible; the first touch of a page raises SIGSEGV, whose handler notes the page and gives access to it.
 * It works alike for a mapped file and for memory of malloc, so that ngidx and the peer are counted in the same way.
 *
 * For C and for C++. One trap a program, one thread. System calls must not be given memory under the trap.
 */
#ifndef NG_TESTS_BENCH_PAGE_TRAP_H
#define NG_TESTS_BENCH_PAGE_TRAP_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TRAP_PAGE_BYTES = 4096, TRAP_MAX_REGIONS = 256 };

struct trap_region {
    uintptr_t begin;
    size_t pages;
    uint8_t *touched; /* a byte a page */
};

static struct trap_region trap_regions[TRAP_MAX_REGIONS];
static size_t trap_region_count;
static int trap_access; /* what the memory allows while there is no trap */

static inline void trap_fail(const char *what) {
    perror(what);
    exit(EXIT_FAILURE);
}

static inline void trap_on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (size_t i = 0; i < trap_region_count; i++) {
        struct trap_region *region = &trap_regions[i];
        size_t page = (address - region->begin) / TRAP_PAGE_BYTES;
        if (address < region->begin || page >= region->pages) continue;
        region->touched[page] = 1;
        if (mprotect((void *)(address & ~(uintptr_t)(TRAP_PAGE_BYTES - 1)), TRAP_PAGE_BYTES, trap_access) == 0) return;
    }
    (void)signal(number, SIG_DFL); /* a fault that is none of ours happens again and ends the program */
}

/* Starts with no regions; access is what mprotect gives back to a page that is touched. */
static inline void trap_init(int access) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = trap_on_fault;
    action.sa_flags = SA_SIGINFO;
    if (sigaction(SIGSEGV, &action, NULL) != 0) trap_fail("sigaction");
    trap_access = access;
    trap_region_count = 0;
}

/* Puts whole pages [begin, end) under the trap. */
static inline void trap_add(uintptr_t begin, uintptr_t end) {
    if (trap_region_count == TRAP_MAX_REGIONS) trap_fail("trap_add: too many regions");
    struct trap_region *region = &trap_regions[trap_region_count++];
    region->begin = begin;
    region->pages = (end - begin) / TRAP_PAGE_BYTES;
    region->touched = (uint8_t *)calloc(region->pages, 1);
    if (!region->touched) trap_fail("calloc");
}

static inline void trap_protect(int access) {
    for (size_t i = 0; i < trap_region_count; i++) {
        if (mprotect((void *)trap_regions[i].begin, trap_regions[i].pages * TRAP_PAGE_BYTES, access) != 0)
            trap_fail("mprotect");
    }
}

/* From here on touches are noted, from none. */
static inline void trap_arm(void) {
    for (size_t i = 0; i < trap_region_count; i++) memset(trap_regions[i].touched, 0, trap_regions[i].pages);
    trap_protect(PROT_NONE);
}

/* Ends the noting. Returns the number of pages touched. */
static inline uint64_t trap_disarm(void) {
    trap_protect(trap_access);
    uint64_t touched = 0;
    for (size_t i = 0; i < trap_region_count; i++) {
        for (size_t page = 0; page < trap_regions[i].pages; page++) touched += trap_regions[i].touched[page];
    }
    return touched;
}

static inline void trap_remove_all(void) {
    for (size_t i = 0; i < trap_region_count; i++) free(trap_regions[i].touched);
    trap_region_count = 0;
}

#endif
