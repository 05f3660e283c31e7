/*
 * Pages of a shard that a thread reads into memory of its own, many at a time (io_uring). With the mapping, the
 * thread would wait for each: a newly mapped page costs a fault even if it is in memory, which on some virtual machines
 * takes ten times as long as copying it. The thread asks for all that a batch will read, waits once, and reads the copies.
 *
 * If the open shards of the process are together larger than memory, copies are read past the page cache (O_DIRECT). The
 * cache would soon drop their pages, and until then they would push out pages that are read through the mapping.
 *
 * A copy is checked against the page's checksum like the page itself, which then counts as checked in the
 * container. A thread keeps the latest copies until it ends, up to four thousand, or fewer if memory is short.
 *
 * Without io_uring, or without a descriptor for the file, there are no copies, and the thread reads the mapping.
 */
#ifndef NG_COMMON_CONTAINER_FRAMES_H
#define NG_COMMON_CONTAINER_FRAMES_H

#include <stdint.h>

#include "common/container/container.h"

enum { NG_FRAME_NONE = -1 };

/* Begins a round. Copies of earlier rounds may be dropped once they have been read. */
void ng_frames_begin(void);

/* Asks for bytes [offset, offset + length) of a section. Returns a number for ng_frames_at, valid until the next round
 * begins, or NG_FRAME_NONE if they are in more than four pages or cannot be read this way. A round also finds what was
 * asked for before it began, unless that was dropped. So a thread can ask ahead and do other work meanwhile. Call
 * ng_frames_finish before the container may be closed. */
int ng_frames_ask(const struct ng_view *view, uint64_t offset, uint64_t length);

/* Submits all pending reads. Without this call, reads are submitted a few at a time. */
void ng_frames_submit(void);

/* Waits for all reads of this round. */
void ng_frames_wait(void);

/* Waits for all reads of any round. */
void ng_frames_finish(void);

/* The copy of the bytes, which stays until the next round begins; NULL if it could not be read or is damaged.
 * NG_VIEW_SLACK_BYTES more bytes may be read after them; these are meaningless. */
const uint8_t *ng_frames_at(int number);

#endif
