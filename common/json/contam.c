#include "common/json/contam.h"

void ng_json_span(struct ng_json *json, const struct ng_contam_span *span) {
    ng_json_member_u64(json, "begin_char", span->begin_char);
    ng_json_member_u64(json, "end_char", span->end_char);
    ng_json_member_u64(json, "begin_byte", span->begin);
    ng_json_member_u64(json, "end_byte", span->end);
}

void ng_json_contam_options(struct ng_json *json, const struct ng_contam_options *options) {
    ng_json_member_u64(json, "benchmark_guard", options->benchmark_guard);
    ng_json_member_u64(json, "corpus_guard", options->corpus_guard);
    ng_json_member_u64(json, "minimum_units", options->minimum_units);
    ng_json_member_u64(json, "chars", options->chars);
    ng_json_member_u64(json, "stride", options->stride);
}

void ng_json_verdict(struct ng_json *json, const struct ng_contam_result *result) {
    ng_json_member_decimal(json, "eta", result->eta, 6);
    ng_json_member_u64(json, "windows", result->windows);
    ng_json_member_u64(json, "found", result->found);
    ng_json_member_u64(json, "common", result->common);
    ng_json_member_decimal(json, "coverage", result->coverage, 6);
    if (result->document_coverage < 0.0) ng_json_member_null(json, "document_coverage");
    else ng_json_member_decimal(json, "document_coverage", result->document_coverage, 6);
    ng_json_member_bool(json, "short", result->is_short);
    ng_json_member_bool(json, "unspaced", result->is_unspaced);
}

static void write_match(struct ng_json *json, const char *key, const struct ng_contam_match *match,
                        void (*span)(struct ng_json *json, const struct ng_contam_span *span)) {
    if (match->count == 0) {
        ng_json_member_null(json, key);
        return;
    }
    ng_json_member_object(json, key);
    if (span) span(json, &match->span);
    ng_json_member_u64(json, "length_bytes", match->span.end - match->span.begin);
    ng_json_member_u64(json, "count", match->count);
    ng_json_object_end(json);
}

void ng_json_matches(struct ng_json *json, const struct ng_contam_result *result,
                     void (*span)(struct ng_json *json, const struct ng_contam_span *span)) {
    write_match(json, "longest_match", &result->longest, span);
    write_match(json, "rarest_window", &result->rarest, span);
}

void ng_json_trace_document(struct ng_json *json, const struct ng_trace_document *document) {
    ng_json_member_u64(json, "shared_characters", document->characters);
    ng_json_member_array(json, "spans");
    for (size_t i = 0; i < document->span_count; i++) ng_json_u64(json, document->spans[i]);
    ng_json_array_end(json);
}
