/*
 * The jump table of a shard: the rows of every string of a few bytes that occurs, so that a search starts with the
 * last bytes of its phrase in one look-up. The layout is in FORMAT.md, section "JUMP".
 */
#ifndef NG_INDEXER_JUMP_H
#define NG_INDEXER_JUMP_H

#include <stddef.h>
#include <stdint.h>

#include "common/container_write.h"
#include "common/err.h"

/* Writes section JUMP for documents that each end with a terminator. Takes some 64 MB for a while at most.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_jump_write(struct ng_container_writer *container, const uint8_t *text, size_t length, struct ng_err *err);

#endif
