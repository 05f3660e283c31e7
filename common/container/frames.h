/*
 * Pages of a shard that a thread reads into memory of its own, many at a time (io_uring), where the mapping would have it
 * wait for each: a page that is mapped anew costs a fault even if it is in memory, and on some virtual machines that takes
 * ten times as long as to copy it. The thread asks for all that a batch will read, waits once, and reads the copies.
 *
 * A copy is checked against the page's checksum like the page itself, and a page so checked counts as checked in the
 * container. A thread keeps some thousand copies, the latest, until it ends.
 *
 * Where the system gives no io_uring, or no descriptor for the file, there are no copies: the thread reads the mapping.
 */
#ifndef NG_COMMON_CONTAINER_FRAMES_H
#define NG_COMMON_CONTAINER_FRAMES_H

#include <stdint.h>

#include "common/container/container.h"

enum { NG_FRAME_NONE = -1 };

/* Begins a round: what was asked for before may go. */
void ng_frames_begin(void);

/* Asks for bytes [offset, offset + length) of a section. Returns a number for ng_frames_at, good until the next round
 * begins, or NG_FRAME_NONE: it cannot be read so. */
int ng_frames_ask(const struct ng_view *view, uint64_t offset, uint64_t length);

/* Waits for all that was asked for. */
void ng_frames_wait(void);

/* Where the copy of the byte at an offset of the section stands; NULL if it could not be read or is damaged. As much may
 * be read from there as was asked for, and NG_VIEW_SLACK_BYTES more, which are meaningless. */
const uint8_t *ng_frames_at(int frame, const struct ng_view *view, uint64_t offset);

#endif
