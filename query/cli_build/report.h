/*
 * What the commands that make indexes tell of their work: progress, and a summary at the end.
 */
#ifndef NG_QUERY_CLI_BUILD_REPORT_H
#define NG_QUERY_CLI_BUILD_REPORT_H

#include <stdbool.h>

#include "common/cli/options.h"
#include "common/cli/progress.h"
#include "indexer/build/build.h"
#include "indexer/corpus/corpus.h"
#include "indexer/task/task.h"

enum { NG_NOTES_NAMED = 5 };

/* What a build passed over, repaired or read in an unusual way: counted, with the first few of each kind by name, and all
 * of them as they come where that was asked for. */
struct ng_notes {
    bool list_skipped;  /* print all that is passed over, as it comes */
    bool list_repaired; /* and all that is repaired */
    bool json;
    bool of_tasks;      /* tasks have left them: the first few of each kind is all there is */
    struct ng_progress *progress; /* to be cleared before a line is printed; or NULL */
    uint64_t counts[NG_NOTES];
    struct ng_named_note {
        char *path; /* owned */
        char *why;  /* owned */
        uint64_t line;
    } named[NG_NOTES][NG_NOTES_NAMED];
};

/* An ng_note_take; context is the notes. */
ng_note_take ng_notes_take;

void ng_notes_free(struct ng_notes *notes);

/* Progress goes to standard error: a bar or lines for people, with json lines of JSON for programs. */
struct ng_cmd_report {
    bool quiet;
    bool json;
    double started_seconds;
    struct ng_progress progress;
    struct ng_notes *notes; /* of the corpus, or NULL */
    struct ng_task part;    /* the result is a part of the index; count 0: the whole */
    bool was_there;         /* the result, before this run */
    uint64_t finished;      /* the number of parts that the result is made of; 0: none */
    uint64_t untold;        /* of the parts, that do not tell what they passed over or repaired */
    bool untold_listing;    /* nor is it known what was passed over when the corpus was listed */
    const struct ng_drift *drift; /* of the corpus since its tasks listed it; or NULL */
};

/* What such a command can be told besides its own: make points at its options, report at its report. */
#define NG_CMD_REPORT_OPTIONS(make, report)                                                                             \
    {.name = "output", .letter = 'o', .text = &(make)->output},                                                        \
        {.name = "force", .letter = 'f', .flag = &(make)->force},                                                      \
        {.name = "memory", .letter = 'm', .size = &(make)->memory_bytes},                                              \
        {.name = "threads", .letter = 't', .threads = &(make)->threads},                                               \
        {.name = "shard-size", .size = &(make)->shard_bytes}, NG_CLI_OPTION_QUIET(&(report)->quiet),                   \
        NG_CLI_OPTION_JSON(&(report)->json)

/* Starts the clock; quiet and json are set. Large pieces of memory go back to the system when they are freed from now
 * on. */
void ng_cmd_report_start(struct ng_cmd_report *report);

/* An ng_build_progress; context is the report. */
ng_build_progress ng_cmd_report_progress;

/* Tells an error to programs: a line of JSON on standard error. */
void ng_cmd_report_error(const struct ng_err *failure);

/* Ends the progress of work that ended with a status, and tells an error to programs. */
void ng_cmd_report_close(struct ng_cmd_report *report, int status, const struct ng_err *err);

/* Ends the progress of work that ended with a status and, where that is 0, tells the result, as JSON on standard output
 * if that was asked for. Returns the status, or why the result cannot be told: NG_ERR_NOMEM. */
int ng_cmd_report_end(struct ng_cmd_report *report, int status, const char *output,
                      const struct ng_build_result *result, struct ng_err *err);

#endif
