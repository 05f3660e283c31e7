/*
 * Asks the system for pages before they are read. A page that is not in memory costs a wait for the disk, and a thread
 * waits for one page at a time; a disk serves many at once. So a batch of queries that finds itself waiting asks for
 * the pages of all its queries before it reads the first: as copies (frames.h) or, for pages that are used again soon, in
 * their place (madvise, MADV_WILLNEED, which does not wait). Asking for what is in memory already costs a system call for
 * nothing. So each thread begins when its first batch finds that pages are absent (mincore), or when major page faults
 * slow down a batch. It ends when some batches read nothing from disks; time alone is no sign on a machine that has
 * other work. If everything is in memory, all this costs is reading the clock twice a batch.
 *
 * A thread remembers the pages that it has asked for, and does not ask for them again, since most are needed often. The
 * system may have dropped a page in the meantime, so the thread forgets all of them after a number of pages. It doubles
 * that number as long as hardly any page that it used before has to be read again, and otherwise halves it.
 */
#ifndef NG_COMMON_CONTAINER_AHEAD_H
#define NG_COMMON_CONTAINER_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/container/container.h"

/* Batches of fewer queries are not timed. */
enum { NG_AHEAD_LEAST = 16 };

/* The most pages that a thread remembers. */
enum { NG_AHEAD_RECENT = 1 << 14 };

struct ng_ahead {
    bool asks;         /* whether this thread asks for pages ahead */
    bool looked;       /* whether it has looked for absent pages */
    bool exceeds;      /* the mapped files are larger than memory */
    unsigned batches;  /* since it began to ask */
    uint64_t faults;   /* major faults of the thread when a slow batch was looked at last */
    uint64_t read_before_trial; /* read from disks before the trial batches, in units of 512 bytes */
    uint64_t read;     /* the same, when it forgot all */
    uint64_t copied;   /* pages that were read as copies since then */
    const uint8_t *whole; /* the last section that it asked for as a whole */
    uint32_t asked;    /* pages since then */
    uint32_t new;      /* of these, pages that were not used before */
    uint32_t lifetime; /* pages to ask for before it forgets all */
    uint32_t recent[NG_AHEAD_RECENT]; /* for each remainder of page numbers, the quotient of the last one, plus 1 */
};
extern _Thread_local struct ng_ahead ng_ahead_thread;

static inline bool ng_ahead_asks(void) {
    return ng_ahead_thread.asks;
}

/* Looks, once for each thread, whether the pages of sections that hold these bytes are in memory. If some are not, the
 * thread asks for pages ahead from now on. Returns whether it does. */
enum { NG_AHEAD_LOOKS = 16 };
bool ng_ahead_look(const uint8_t *const *bytes, size_t count);

/* Asks for the pages that hold bytes [offset, offset + length) of a section, as far as they exist. */
void ng_ahead_ask(const struct ng_view *view, uint64_t offset, uint64_t length);

/* Pages of a file are being read as copies (frames.h): asks for their checksums. */
void ng_ahead_note_copied(const struct ng_container *container, uint64_t page, uint64_t pages);

/* Asks for a whole section, which queries read all over, unless it is over 64 MB. */
void ng_ahead_ask_small(const struct ng_view *view);

/* Asks for a whole section that queries read all over, once for each thread until it uses another section. Does nothing
 * if the section is over 64 MB or memory is short. Returns whether it asked, so that the pages need not be asked for
 * one by one. */
bool ng_ahead_ask_whole(const struct ng_view *view);

/* Around a batch of count queries: the first returns what the second is given. */
uint64_t ng_ahead_begin(size_t count);
void ng_ahead_end(uint64_t begin_ns, size_t count);

#endif
