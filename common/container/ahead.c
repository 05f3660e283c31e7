#include "common/container/ahead.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/base/clock.h"
#include "common/os/memory.h"

_Thread_local struct ng_ahead ng_ahead_thread;

/* A query in memory takes a tenth of a microsecond; a fault takes a hundred. */
enum { SLOW_QUERY_NS = 1500, LEAST_FAULTS = 4 };

/* A thread that asks looks after so many batches whether it has read anything from disks. */
enum { TRIAL_BATCHES = 16 };

#define SMALL_BYTES (UINT64_C(64) << 20)

/* Pages to ask for before a thread forgets them, and those of them of which one may have been given up. */
enum { LEAST_LIFETIME = 512, MOST_LIFETIME = 1 << 16, PAGES_PER_LOSS = 8 };

static void forget(struct ng_ahead *ahead) {
    enum { UNITS_PER_PAGE = NG_PAGE_BYTES / 512 };
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_THREAD, &usage);
    const uint64_t all = ((uint64_t)usage.ru_inblock - ahead->read) / UNITS_PER_PAGE;
    const uint64_t pages = all > ahead->copied ? all - ahead->copied : 0;
    const bool keeps = pages < ahead->new + ahead->asked / PAGES_PER_LOSS;
    if (keeps && ahead->lifetime < MOST_LIFETIME) ahead->lifetime *= 2;
    if (!keeps && ahead->lifetime > LEAST_LIFETIME) ahead->lifetime /= 2;
    ahead->read = (uint64_t)usage.ru_inblock;
    ahead->copied = 0;
    ahead->asked = ahead->new = 0;
    memset(ahead->recent, 0, sizeof ahead->recent);
}

/* Whether a page of the container's file was not asked for lately; from now on it was. is_new: nobody has read it yet. */
static bool is_news(struct ng_ahead *ahead, const struct ng_container *container, uint64_t page, bool is_new) {
    const uint64_t number = ((uintptr_t)container->map.data >> NG_PAGE_LOG2) + page;
    const uint32_t tag = (uint32_t)(number / NG_AHEAD_RECENT + 1);
    if (ahead->recent[number % NG_AHEAD_RECENT] == tag) return false;
    if (ahead->asked == ahead->lifetime) forget(ahead);
    ahead->asked++;
    ahead->new += is_new;
    ahead->recent[number % NG_AHEAD_RECENT] = tag;
    return true;
}

static void start_to_ask(const struct rusage *usage) {
    ng_ahead_thread = (struct ng_ahead){.asks = true,
                                        .looked = true,
                                        .exceeds = ng_container_mapped_bytes() > ng_memory_total(),
                                        .faults = (uint64_t)usage->ru_majflt,
                                        .read_before_trial = (uint64_t)usage->ru_inblock,
                                        .read = (uint64_t)usage->ru_inblock,
                                        .lifetime = LEAST_LIFETIME};
}

bool ng_ahead_look(const uint8_t *const *bytes, size_t count) {
    struct rusage usage;
    unsigned absent = 0;
    ng_ahead_thread.looked = true;
    for (size_t i = 0; i < count; i++) {
        absent += !ng_memory_is_present(bytes[i]);
    }
    if (absent < LEAST_FAULTS || getrusage(RUSAGE_THREAD, &usage) != 0) return false;
    start_to_ask(&usage);
    return true;
}

/* Asks for the checksum of a page that has not been checked. */
static void ask_sum(const struct ng_container *container, uint64_t page) {
    const uint8_t *sum = ng_container_sum_of(container, page);
    const uint64_t at = (uint64_t)(sum - container->map.data) >> NG_PAGE_LOG2;
    if (is_news(&ng_ahead_thread, container, at, true)) ng_memory_advise(sum, sizeof(uint64_t), MADV_WILLNEED);
}

void ng_ahead_note_copied(const struct ng_container *container, uint64_t page, uint64_t pages) {
    ng_ahead_thread.copied += pages;
    for (uint64_t end = page + pages; page < end; page++) {
        if (!ng_container_is_verified(container, page)) ask_sum(container, page);
    }
}

void ng_ahead_ask(const struct ng_view *view, uint64_t offset, uint64_t length) {
    if (offset >= view->length_bytes || length == 0) return;
    if (length > view->length_bytes - offset) length = view->length_bytes - offset;
    const uint64_t last = view->first_page + ((offset + length - 1) >> NG_PAGE_LOG2);
    bool news = false;
    for (uint64_t page = view->first_page + (offset >> NG_PAGE_LOG2); page <= last; page++) {
        const bool is_new = !ng_container_is_verified(view->container, page);
        if (!is_news(&ng_ahead_thread, view->container, page, is_new)) continue;
        if (is_new) ask_sum(view->container, page);
        news = true;
    }
    if (news) ng_memory_advise(view->data + offset, length, MADV_WILLNEED);
}

void ng_ahead_ask_small(const struct ng_view *view) {
    if (view->length_bytes <= SMALL_BYTES) ng_memory_advise(view->data, view->length_bytes, MADV_WILLNEED);
}

bool ng_ahead_ask_whole(const struct ng_view *view) {
    struct ng_ahead *ahead = &ng_ahead_thread;
    if (ahead->exceeds || view->length_bytes > SMALL_BYTES) return false;
    if (ahead->whole != view->data) ng_ahead_ask_small(view);
    ahead->whole = view->data;
    return true;
}

uint64_t ng_ahead_begin(size_t count) {
    return count < NG_AHEAD_LEAST ? 0 : ng_clock_ns();
}

void ng_ahead_end(uint64_t begin_ns, size_t count) {
    struct ng_ahead *ahead = &ng_ahead_thread;
    if (count < NG_AHEAD_LEAST) return;
    struct rusage usage;
    if (ahead->asks) {
        if (++ahead->batches % TRIAL_BATCHES != 0 || getrusage(RUSAGE_THREAD, &usage) != 0) return;
        ahead->asks = (uint64_t)usage.ru_inblock != ahead->read_before_trial;
        ahead->read_before_trial = (uint64_t)usage.ru_inblock;
        return;
    }
    if (ng_clock_ns() - begin_ns < count * SLOW_QUERY_NS) return;
    /* Slow it was, but another process may have had the processor. */
    if (getrusage(RUSAGE_THREAD, &usage) != 0) return;
    const uint64_t faults = (uint64_t)usage.ru_majflt;
    const bool waits = faults - ahead->faults >= LEAST_FAULTS;
    ahead->faults = faults;
    if (!waits) return;
    start_to_ask(&usage);
}
