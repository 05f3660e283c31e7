/*
 * The frequent strings of a shard: the rows of strings of six bytes that occur most often, so that the search for a
 * phrase that ends in one of them starts six bytes on instead of the jump table's three. They are few, so they are
 * found by their share of a sample of the text, and then searched for in the rank structure that has just been
 * written. The layout is in FORMAT.md, section "FRQB".
 */
#ifndef NG_INDEXER_WRITE_FREQUENT_H
#define NG_INDEXER_WRITE_FREQUENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container_write.h"
#include "indexer/merge/merge.h"

/* Writes section FRQB of a shard of so many rows, whose text is that of all texts, and whose sections RDIR and RDAT
 * are written. What is written depends on the text alone. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE,
 * NG_ERR_CORRUPT (what was written cannot be read again). */
int ng_frequent_write(struct ng_container_writer *container, const struct ng_merge_text *texts, size_t text_count,
                      uint64_t rows, struct ng_err *err);

#endif
