/* Answers about documents, matches and continuations as JSON, the same in the command and in the HTTP API. */
#ifndef NG_COMMON_JSON_EXPLORED_H
#define NG_COMMON_JSON_EXPLORED_H

#include "common/json/out.h"
#include "query/include/ngidx.h"

/* Members "documents" and "documents_exact"; of an estimate also "documents_low", "documents_high" and "sampled". */
void ng_json_docs_count(struct ng_json *json, const struct ng_docs_count *count);

/* Members "count", "documents" and "exact"; where they are cut also "unlocated" and "unread_documents". */
void ng_json_match_totals(struct ng_json *json, const struct ng_match_totals *totals);

/* Members that tell what follows a phrase: "count", "shown", "rest", "complete", "unit", "length", "before" and
 * "continuations". */
void ng_json_next(struct ng_json *json, const struct ng_next *next, const struct ng_next_options *options);

#endif
