#include "common/container/ahead.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "common/base/clock.h"
#include "common/os/memory.h"

_Thread_local struct ng_ahead ng_ahead_thread;

/* A query in memory takes a tenth of a microsecond, and with asking one or two; a fault takes a hundred. */
enum { SLOW_QUERY_NS = 1500, QUICK_QUERY_NS = 3000, QUICK_BATCHES = 16, LEAST_FAULTS = 4 };

#define SMALL_BYTES (UINT64_C(64) << 20)

void ng_ahead_ask(const struct ng_view *view, uint64_t offset, uint64_t length) {
    if (offset >= view->length_bytes || length == 0) return;
    if (length > view->length_bytes - offset) length = view->length_bytes - offset;
    ng_memory_advise(view->data + offset, length, MADV_WILLNEED);
}

void ng_ahead_ask_small(const struct ng_view *view) {
    if (view->length_bytes <= SMALL_BYTES) ng_ahead_ask(view, 0, view->length_bytes);
}

uint64_t ng_ahead_begin(size_t count) {
    return count < NG_AHEAD_LEAST ? 0 : ng_clock_ns();
}

void ng_ahead_end(uint64_t begin_ns, size_t count) {
    struct ng_ahead *ahead = &ng_ahead_thread;
    if (count < NG_AHEAD_LEAST) return;
    const uint64_t took_ns = ng_clock_ns() - begin_ns;
    if (ahead->asks) {
        ahead->quick = took_ns < count * QUICK_QUERY_NS ? ahead->quick + 1 : 0;
        ahead->asks = ahead->quick < QUICK_BATCHES;
        return;
    }
    if (took_ns < count * SLOW_QUERY_NS) return;
    /* Slow it was, but another process may have had the processor. */
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0) return;
    const uint64_t faults = (uint64_t)usage.ru_majflt;
    ahead->asks = faults - ahead->faults >= LEAST_FAULTS;
    ahead->faults = faults;
    ahead->quick = 0;
}
