/*
 * The jump table of a shard: the rows of every string of a few bytes that occurs, so that a search starts with the
 * last bytes of its phrase in one look-up. The layout is in FORMAT.md, section "JUMP".
 */
#ifndef NG_INDEXER_WRITE_JUMP_WRITE_H
#define NG_INDEXER_WRITE_JUMP_WRITE_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container_write.h"
#include "indexer/sort/grams.h"

/* Writes section JUMP of a shard of `rows` rows, from the strings of three bytes in all of its blocks.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_jump_write(struct ng_container_writer *container, const struct ng_grams *grams, uint64_t rows,
                  struct ng_err *err);

#endif
