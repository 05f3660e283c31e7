#include "common/os/map_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The signal handler walks the list without a lock: slots are never freed, only used again. So it may meet one whose
 * begin is of one mapping and whose end of another; the sequence number tells (a seqlock; H.-J. Boehm, "Can seqlocks
 * get along with programming language memory models?", 2012). */
struct ng_map_slot {
    _Atomic uint64_t sequence; /* odd while begin and end change */
    _Atomic uintptr_t begin; /* 0 while the slot is free */
    _Atomic uintptr_t end;
    _Atomic bool lost;
    bool taken;               /* guarded by lock */
    struct ng_map_slot *next; /* set before the slot enters the list */
};

static _Atomic(struct ng_map_slot *) slots;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction action_before;
static uintptr_t page_bytes;

/* One writer a slot: who has taken it from the free ones, or is about to release it. */
static void set_range(struct ng_map_slot *slot, uintptr_t begin, uintptr_t end) {
    (void)atomic_fetch_add(&slot->sequence, 1);
    atomic_store(&slot->begin, begin);
    atomic_store(&slot->end, end);
    (void)atomic_fetch_add(&slot->sequence, 1);
}

/* A slot that changes is not the one: the mapping of the thread that faulted stays while it is read. */
static struct ng_map_slot *slot_of(uintptr_t address) {
    for (struct ng_map_slot *slot = atomic_load(&slots); slot; slot = slot->next) {
        uint64_t sequence = atomic_load(&slot->sequence);
        uintptr_t begin = atomic_load(&slot->begin);
        uintptr_t end = atomic_load(&slot->end);
        if (sequence % 2 != 0 || atomic_load(&slot->sequence) != sequence) continue;
        if (begin != 0 && address >= begin && address < end) return slot;
    }
    return NULL;
}

/* The thread that faulted reads the mapping, so it is not unmapped meanwhile. mmap is a plain system call on Linux, and
 * safe here though POSIX does not list it. The mark is set first: whoever sees the zeros sees the mark. */
static void on_bus_error(int number, siginfo_t *info, void *context) {
    (void)context;
    int error_number = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    struct ng_map_slot *slot = slot_of(address);
    if (slot) {
        atomic_store(&slot->lost, true);
        void *page = (void *)(address & ~(page_bytes - 1));
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
        if (mmap(page, page_bytes, PROT_READ, flags, -1, 0) == page) {
            errno = error_number;
            return;
        }
    }
    /* The instruction is tried again, and now faults for whoever was here before. */
    (void)sigaction(number, &action_before, NULL);
    errno = error_number;
}

int ng_map_guard_install(struct ng_err *err) {
    struct sigaction before;
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    (void)sigemptyset(&action.sa_mask);
    (void)pthread_mutex_lock(&lock);
    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    bool failed = sigaction(SIGBUS, NULL, &before) != 0;
    bool installed = !failed && before.sa_flags & SA_SIGINFO && before.sa_sigaction == on_bus_error;
    if (!failed && !installed) {
        action_before = before; /* first: a fault may come as soon as the handler is there */
        failed = sigaction(SIGBUS, &action, NULL) != 0;
    }
    int status = failed ? ng_err_sys(err, errno, "cannot handle SIGBUS") : NG_OK;
    (void)pthread_mutex_unlock(&lock);
    return status;
}

int ng_map_slot_take(struct ng_map_slot **taken, const void *data, size_t length_bytes, struct ng_err *err) {
    (void)pthread_mutex_lock(&lock);
    struct ng_map_slot *slot = atomic_load(&slots);
    while (slot && slot->taken) slot = slot->next;
    if (!slot && (slot = calloc(1, sizeof *slot))) {
        slot->next = atomic_load(&slots);
        atomic_store(&slots, slot);
    }
    if (slot) slot->taken = true;
    (void)pthread_mutex_unlock(&lock);
    if (!slot) return ng_err_nomem(err, sizeof *slot, "a mapping");
    atomic_store(&slot->lost, false);
    set_range(slot, (uintptr_t)data, (uintptr_t)data + length_bytes);
    *taken = slot;
    return NG_OK;
}

void ng_map_slot_release(struct ng_map_slot *slot) {
    if (!slot) return;
    set_range(slot, 0, 0);
    (void)pthread_mutex_lock(&lock);
    slot->taken = false;
    (void)pthread_mutex_unlock(&lock);
}

bool ng_map_slot_lost(const struct ng_map_slot *slot) {
    return slot && atomic_load_explicit(&slot->lost, memory_order_relaxed);
}
