/*
 * Tells a program how far a long job is: one JSON object a line, at most one a second and one at the end of each stage:
 * {"stage":"merging","part":0,"done":123,"total":456,"seconds":7.8,"rate":15.8,"eta_seconds":21.1,"ended":false}
 * rate is done a second since the stage began; eta_seconds is there where the total is known.
 *
 * Thread-safety: one thread at a time, any thread.
 */
#ifndef NG_COMMON_CLI_PROGRESS_JSON_H
#define NG_COMMON_CLI_PROGRESS_JSON_H

#include <stdint.h>
#include <stdio.h>

struct ng_progress_json {
    FILE *stream; /* borrowed */
    const char *stage; /* that is running, or NULL */
    uint64_t part;
    uint64_t first;
    uint64_t done;
    uint64_t total;
    double started_seconds;
    double said_seconds;
};

void ng_progress_json_init(struct ng_progress_json *progress, FILE *stream);

/* stage is a literal without characters that JSON escapes, the same pointer for the same stage; part numbers what the
 * stage works on. total 0 where it is not known. */
void ng_progress_json_update(struct ng_progress_json *progress, const char *stage, uint64_t part, uint64_t done,
                             uint64_t total);

/* Ends the running stage, if any. */
void ng_progress_json_end(struct ng_progress_json *progress);

#endif
