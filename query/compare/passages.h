/* The longest passages in common, from the windows that were found. */
#ifndef NG_QUERY_COMPARE_PASSAGES_H
#define NG_QUERY_COMPARE_PASSAGES_H

#include "query/compare/side.h"

/* Sets the passages of a comparison whose passage_side is set. Errors: those of ng_index_compare. */
int ng_passages_find(struct ng_comparison *comparison, const struct ng_side sides[2],
                     const struct ng_compare_options *options, struct ng_err *err);

#endif
