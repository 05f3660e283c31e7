/*
 * Rows and the text around them, many at a time. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_SNIPPET_H
#define NG_QUERY_LIB_SNIPPET_H

#include "query/include/ngidx.h"

/* The occurrences at rows of one shard, each with the text around it: ng_index_locate_row and ng_index_snippet in one,
 * at less cost, since the steps that locate a row spell what is left of it. A phrase's data is NULL, or the bytes by
 * which ng_index_find gave the row: then they are not spelled again, and the caller answers for their being right.
 * Where it fails, there are no snippets to free. Errors as for both. */
int ng_index_show_rows(const struct ng_index *index, uint64_t shard, const uint64_t *rows,
                       const struct ng_bytes *phrases, size_t count, uint64_t context_bytes, struct ng_hit *hits,
                       struct ng_snippet *snippets, struct ng_err *err);

/* Narrows [*begin, *end), at which text starts, and whose hit is at [hit, hit_end), to at most context bytes on both
 * sides and whole characters. Where the hit itself starts or ends within a character, that character is kept whole. */
void ng_snippet_trim(const uint8_t *text, uint64_t hit, uint64_t hit_end, uint64_t context, uint64_t *begin,
                     uint64_t *end);

#endif
