/*
 * Windows and longest matches in the shards of one index, for a check that runs elsewhere (query/parts). Internal to the
 * query library.
 */
#ifndef NG_QUERY_CONTAM_MATCH_H
#define NG_QUERY_CONTAM_MATCH_H

#include "query/lib/calls.h"

/* Answers texts, each with windows of length_count (1 to NG_MAX_CONTAM_LENGTHS) lengths and zeroed verdicts. Errors:
 * NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_contam_match_texts(const struct ng_index *view, struct ng_call_text *texts, size_t count, size_t length_count,
                          struct ng_err *err);

#endif
