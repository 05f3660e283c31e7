/* Hits in folded text, shown in the original, after the caller has looked at the text around them. Internal to the query
 * library; see ng_index_show_originals. */
#ifndef NG_QUERY_LIB_ORIGIN_H
#define NG_QUERY_LIB_ORIGIN_H

#include "query/include/ngidx.h"

/* May move the bounds of a hit in its folded document; number is that of the hit. The bounds stay within the document
 * and are not empty. */
typedef void ng_origin_fit(void *context, size_t number, struct ng_bytes folded, uint64_t *offset,
                           uint64_t *length_bytes);

/* As ng_index_show_originals. If fit is not NULL, it may move the bounds of each hit first. */
int ng_origin_show(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes, size_t count,
                   uint64_t context_bytes, ng_origin_fit *fit, void *context, struct ng_text_place *places,
                   struct ng_snippet *snippets, struct ng_err *err);

#endif
