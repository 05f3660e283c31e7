/* What changed from one report of a contamination check to another. Internal to the command-line program. */
#ifndef NG_QUERY_REPORT_DIFF_H
#define NG_QUERY_REPORT_DIFF_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* An entry of a report, as far as it is compared. */
struct ng_report_diff_entry {
    char *benchmark; /* owned, as are the others */
    char *id;
    char *class;
    char *eta;       /* as it was written */
    uint64_t number; /* its place in the report */
};

/* A setting that differs. */
struct ng_report_diff_setting {
    const char *name;
    char *a; /* owned */
    char *b;
};

/* An entry that is in both and whose class or eta differs, or that is in one of them (the other is NULL). */
struct ng_report_diff_change {
    const struct ng_report_diff_entry *a; /* borrowed from the lists below */
    const struct ng_report_diff_entry *b;
};

struct ng_report_diff {
    struct ng_report_diff_entry *entries_a; /* in the order of benchmark, id, place; owned */
    struct ng_report_diff_entry *entries_b;
    size_t count_a;
    size_t count_b;
    struct ng_report_diff_setting *settings; /* owned */
    size_t setting_count;
    struct ng_report_diff_change *changes; /* in the order of benchmark and place; owned */
    size_t change_count;
};

/* Compares the reports in two folders. On success: ng_report_diff_free.
 * Errors: those of ng_benchmark_open and ng_benchmark_next, NG_ERR_NOMEM. */
int ng_report_diff_make(struct ng_report_diff *diff, const char *folder_a, const char *folder_b, struct ng_err *err);

/* Idempotent. */
void ng_report_diff_free(struct ng_report_diff *diff);

#endif
