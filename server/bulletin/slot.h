/*
 * The one place where an uploaded benchmark waits and is worked on, in a folder beside the site:
 *
 *   SITE.queue/incoming       being written
 *              job/           accepted; appears in one step, once all of it is on the disk
 *                  NAME       the benchmark: the only file with the ending of one
 *                  tries      a byte for each time that work on it began
 *                  messages   what the last child printed on standard error
 *                  making     a report being made
 *                  report     one that is complete
 *              done           being removed
 *              failed/TIME/   as job, and reason: and why the check failed
 *
 * So an accepted benchmark is in job or in failed until its report is in the site, whenever and however the daemon ends.
 * The folder is locked, so it serves one daemon. One thread at a time, except for ng_slot_put, which must not be called
 * while there is a job.
 */
#ifndef NG_SERVER_BULLETIN_SLOT_H
#define NG_SERVER_BULLETIN_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Room for the name of a benchmark with its ending, and the NUL. */
enum { NG_SLOT_NAME_BYTES = 80 };

struct ng_slot {
    char *folder; /* absolute */
    int fd;       /* of folder; holds the lock */
    int job;      /* of job; -1: there is none */
    char name[NG_SLOT_NAME_BYTES];
    int64_t received; /* seconds since 1970 */
};

#define NG_SLOT_MESSAGES "messages"
#define NG_SLOT_MAKING "making"
#define NG_SLOT_REPORT "report"

/* Opens the slot of a site, whose path is absolute, makes it if it is not there, and takes up a job that is there.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM, NG_ERR_EXISTS (another daemon has it), NG_ERR_INPUT (job holds no
 * benchmark). Either way ng_slot_close. */
int ng_slot_open(struct ng_slot *slot, const char *site, struct ng_err *err);

/* Idempotent. */
void ng_slot_close(struct ng_slot *slot);

/* Whether a name is one that an upload may have: letters, digits, '.', '_' and '-', the first a letter or a digit, and an
 * ending that says what it is. */
bool ng_slot_name_fits(const char *name, size_t length);

/* Stores a job durably, or nothing. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_slot_put(struct ng_slot *slot, const char *name, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Counts a try and gives the number of tries so far; removes what an earlier try left half done. ng_slot_uncount takes
 * the last one back. */
int ng_slot_begin(struct ng_slot *slot, uint64_t *tries, struct ng_err *err);
void ng_slot_uncount(struct ng_slot *slot, uint64_t tries);

/* Whether the report is complete. ng_slot_keep_report makes the one at NG_SLOT_MAKING the complete report. */
bool ng_slot_has_report(const struct ng_slot *slot);
int ng_slot_keep_report(struct ng_slot *slot, struct ng_err *err);

/* The path of the complete report, owned by the caller. Errors: NG_ERR_NOMEM. */
int ng_slot_find_report(const struct ng_slot *slot, char **path, struct ng_err *err);

/* Ends the job: removes it, or moves it to failed with a reason. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_slot_done(struct ng_slot *slot, struct ng_err *err);
int ng_slot_fail(struct ng_slot *slot, const char *reason, struct ng_err *err);

struct ng_slot_failure {
    char name[NG_SLOT_NAME_BYTES];
    char time[24]; /* 2026-01-31T12:34:56Z */
    char reason[NG_ERR_TEXT_BYTES];
};

/* Reads the newest failures, the last first, and removes all but NG_MAX_FAILED_BENCHMARKS. Returns how many it read. */
size_t ng_slot_failures(const struct ng_slot *slot, struct ng_slot_failure *failures, size_t most);

#endif
