/*
 * Rows and the text around them, many at a time. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_SNIPPET_H
#define NG_QUERY_LIB_SNIPPET_H

#include "query/include/ngidx.h"

/* Locates rows of one shard and gives the text around each. It combines ng_index_locate_row and ng_index_snippet at
 * less cost, because the steps that locate a row also spell the text to its left. phrases[i].data is NULL, or the bytes
 * of the phrase for which ng_index_find gave the row. The function does not spell such bytes again: the caller
 * guarantees that they are right. On an error there are no snippets to free. Errors: those of both functions. */
int ng_index_show_rows(const struct ng_index *index, uint64_t shard, const uint64_t *rows,
                       const struct ng_bytes *phrases, size_t count, uint64_t context_bytes, struct ng_hit *hits,
                       struct ng_snippet *snippets, struct ng_err *err);

/* Narrows [*begin, *end) to whole characters and at most context bytes on both sides of the hit at [hit, hit_end). text
 * starts at *begin. If the hit itself starts or ends within a character, that character is kept whole. */
void ng_snippet_trim(const uint8_t *text, uint64_t hit, uint64_t hit_end, uint64_t context, uint64_t *begin,
                     uint64_t *end);

#endif
