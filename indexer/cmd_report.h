/*
 * What the commands that make indexes tell of their work: progress, and a summary at the end. For cmd_*.c only.
 */
#ifndef NG_INDEXER_CMD_REPORT_H
#define NG_INDEXER_CMD_REPORT_H

#include <stdbool.h>

#include "common/progress.h"
#include "common/progress_json.h"
#include "indexer/build.h"

/* Progress goes to standard error: a bar or lines for people, with json lines of JSON for programs. */
struct ng_cmd_report {
    const char *output; /* borrowed */
    bool quiet;
    bool json;
    double started_seconds;
    struct ng_progress progress;
    struct ng_progress_json lines;
};

/* Starts the clock. Large pieces of memory go back to the system when they are freed from now on. */
void ng_cmd_report_start(struct ng_cmd_report *report, const char *output, bool quiet, bool json);

/* An ng_build_progress; context is the report. */
ng_build_progress ng_cmd_report_progress;

/* Tells the error. Returns an exit code. */
int ng_cmd_report_failure(struct ng_cmd_report *report, const char *command, struct ng_err *err);

/* Tells the result, as JSON on standard output if that was asked for. corpus may be NULL. Returns an exit code. */
int ng_cmd_report_end(struct ng_cmd_report *report, const struct ng_build_result *result,
                      const struct ng_corpus_options *corpus, struct ng_err *err);

#endif
