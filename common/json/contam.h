/* What checks for contamination find, as JSON: the members that reports and answers of the daemon share. */
#ifndef NG_COMMON_JSON_CONTAM_H
#define NG_COMMON_JSON_CONTAM_H

#include "common/json/out.h"
#include "query/include/ngidx_contam.h"

/* Members that tell where a piece is in its text, in code points and in bytes. */
void ng_json_span(struct ng_json *json, const struct ng_contam_span *span);

/* Members "benchmark_guard" to "stride" of the parameters. */
void ng_json_contam_options(struct ng_json *json, const struct ng_contam_options *options);

/* Members "eta" to "unspaced" of an entry. */
void ng_json_verdict(struct ng_json *json, const struct ng_contam_result *result);

/* Members "longest_match" and "rarest_window", null where there is none. span writes the members that tell where one is;
 * NULL: none. */
void ng_json_matches(struct ng_json *json, const struct ng_contam_result *result,
                     void (*span)(struct ng_json *json, const struct ng_contam_span *span));

/* Members "shared_characters" and "spans" of a document that holds pieces of a traced text. */
void ng_json_trace_document(struct ng_json *json, const struct ng_trace_document *document);

#endif
