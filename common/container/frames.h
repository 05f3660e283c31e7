/*
 * Pages of a shard that a thread reads into memory of its own, many at a time (io_uring), where the mapping would have it
 * wait for each: a page that is mapped anew costs a fault even if it is in memory, and on some virtual machines that takes
 * ten times as long as to copy it. The thread asks for all that a batch will read, waits once, and reads the copies.
 *
 * If the shards that the process has open are together larger than memory, copies are read past the page cache (O_DIRECT). The
 * cache would soon drop their pages again, and until then they would push out pages that are read in the mapping.
 *
 * A copy is checked against the page's checksum like the page itself, and a page so checked counts as checked in the
 * container. A thread keeps up to four thousand copies, the latest, until it ends; fewer where memory is short.
 *
 * Where the system gives no io_uring, or no descriptor for the file, there are no copies: the thread reads the mapping.
 */
#ifndef NG_COMMON_CONTAINER_FRAMES_H
#define NG_COMMON_CONTAINER_FRAMES_H

#include <stdint.h>

#include "common/container/container.h"

enum { NG_FRAME_NONE = -1 };

/* Begins a round: what was asked for before may go once it has been read. */
void ng_frames_begin(void);

/* Asks for bytes [offset, offset + length) of a section. Returns a number for ng_frames_at, good until the next round
 * begins, or NG_FRAME_NONE: they cannot be read so, or are in more than four pages. The next round finds what was asked for
 * before it began, unless that has gone: so a thread asks ahead, and does other work meanwhile. ng_frames_finish before the
 * container may be closed. */
int ng_frames_ask(const struct ng_view *view, uint64_t offset, uint64_t length);

/* Submits all reads that were asked for. Without this call they are submitted some at a time. */
void ng_frames_submit(void);

/* Waits for all that was asked for in this round. */
void ng_frames_wait(void);

/* Waits for all that was ever asked for. */
void ng_frames_finish(void);

/* Where the copy of what was asked for stands until the next round begins; NULL if it could not be read or is damaged. As
 * many bytes may be read from there as were asked for, and NG_VIEW_SLACK_BYTES more, which are meaningless. */
const uint8_t *ng_frames_at(int number);

#endif
