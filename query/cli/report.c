#include "query/cli/report.h"

#include <inttypes.h>
#include <malloc.h>

#include "common/base/clock.h"
#include "common/cli/cli.h"
#include "common/json/out.h"
#include "query/cli/cmd.h"

void ng_cmd_report_start(struct ng_cmd_report *report) {
    report->started_seconds = ng_clock_seconds();
    /* Else freed pieces would be kept for a while, and count twice against a memory cap. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    ng_progress_init(&report->progress, report->quiet ? NULL : stderr, report->json);
}

void ng_cmd_report_progress(void *context, enum ng_build_stage stage, uint64_t shard, uint64_t done, uint64_t total) {
    static const char *const names[] = {[NG_BUILD_READ] = "reading",
                                        [NG_BUILD_SORT] = "sorting",
                                        [NG_BUILD_MERGE] = "merging",
                                        [NG_BUILD_ENCODE] = "encoding",
                                        [NG_BUILD_PUBLISH] = "publishing",
                                        [NG_BUILD_FOLD] = "folding"};
    struct ng_cmd_report *report = context;
    ng_progress_update(&report->progress, names[stage], shard, done, total);
}

static double ratio(const struct ng_build_result *result) {
    return result->text_bytes > 0 ? (double)result->index_bytes / (double)result->text_bytes : 0.0;
}

static void print_summary(const char *output, const struct ng_build_result *result,
                          const struct ng_corpus_options *corpus, double seconds) {
    char text[NG_CLI_SIZE_CHARS];
    char index[NG_CLI_SIZE_CHARS];
    const char *what = result->exact ? "text" : "folded text";
    (void)fprintf(stderr, "%s: %" PRIu64 " documents, %s of %s; index%s %s, %.3f of the %s; %.1f s\n", output,
                  result->documents, ng_cli_format_size(result->text_bytes, text), what,
                  result->exact && result->folded ? " of both views" : "",
                  ng_cli_format_size(result->index_bytes, index), ratio(result), what, seconds);
    if (result->corpus.bad_lines > 0)
        (void)fprintf(stderr, "bad lines passed over: %" PRIu64 "\n", result->corpus.bad_lines);
    if (result->corpus.invalid_documents > 0)
        (void)fprintf(stderr, "documents that were not UTF-8: %" PRIu64 ", %s\n", result->corpus.invalid_documents,
                      corpus && corpus->invalid_utf8 == NG_UTF8_SKIP ? "left out" : "repaired with U+FFFD");
}

static int print_json(const char *output, const struct ng_build_result *result, double seconds, struct ng_err *err) {
    struct ng_json json;
    int status = ng_cmd_json_begin(&json, err);
    if (status) return status;
    ng_json_member_text(&json, "index", output);
    ng_json_member_u64(&json, "shards", result->shards);
    ng_json_member_u64(&json, "documents", result->documents);
    ng_json_member_array(&json, "views");
    if (result->exact) ng_json_text(&json, "exact");
    if (result->folded) ng_json_text(&json, "folded");
    ng_json_array_end(&json);
    ng_json_member_u64(&json, "text_bytes", result->text_bytes);
    if (result->folded) ng_json_member_u64(&json, "folded_text_bytes", result->folded_text_bytes);
    ng_json_member_u64(&json, "index_bytes", result->index_bytes);
    ng_json_member_u64(&json, "files", result->corpus.files);
    ng_json_member_u64(&json, "input_bytes", result->corpus.input_bytes);
    ng_json_member_u64(&json, "bad_lines", result->corpus.bad_lines);
    ng_json_member_u64(&json, "invalid_documents", result->corpus.invalid_documents);
    ng_json_member_decimal(&json, "ratio", ratio(result), 4);
    ng_json_member_decimal(&json, "seconds", seconds, 3);
    return ng_cmd_json_end(&json);
}

int ng_cmd_report_end(struct ng_cmd_report *report, int status, const char *output,
                      const struct ng_build_result *result, const struct ng_corpus_options *corpus,
                      struct ng_err *err) {
    double seconds = ng_clock_seconds() - report->started_seconds;
    if (status) {
        ng_progress_clear(&report->progress);
        return status;
    }
    ng_progress_end_stage(&report->progress);
    if (!report->quiet && !report->json) print_summary(output, result, corpus, seconds);
    return report->json ? print_json(output, result, seconds, err) : NG_OK;
}
