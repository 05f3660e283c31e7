/* What changed from one report of a contamination check to another. Internal to the command-line program. */
#ifndef NG_QUERY_REPORT_DIFF_H
#define NG_QUERY_REPORT_DIFF_H

#include <stdbool.h>
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

/* An entry of both reports whose class or eta differs, or an entry of only one (the other is NULL). */
struct ng_report_diff_change {
    const struct ng_report_diff_entry *a; /* borrowed from the lists below */
    const struct ng_report_diff_entry *b;
};

/* A benchmark of one report, and what it is paired with in the other. */
struct ng_report_diff_benchmark {
    char *name;    /* owned */
    char *hash;    /* of its file; "" if it is not known; owned */
    char *paired;  /* the name by which entries of both are compared; owned; NULL: not paired yet */
    bool by_name;  /* paired by name, since no file of the other report is the same */
};

/* How many entries changed from one class to another; "-" stands for no entry. */
struct ng_report_diff_transition {
    const char *before; /* borrowed */
    const char *now;
    uint64_t entries;
};

enum { NG_REPORT_DIFF_TRANSITIONS = 64 }; /* pairs of classes, or of a class and none */

struct ng_report_diff {
    struct ng_report_diff_benchmark *benchmarks_a; /* owned */
    struct ng_report_diff_benchmark *benchmarks_b;
    size_t benchmark_count_a;
    size_t benchmark_count_b;
    struct ng_report_diff_transition transitions[NG_REPORT_DIFF_TRANSITIONS]; /* includes entries that stay in their class */
    size_t transition_count;
    bool verdicts_differ; /* an entry has another class, or is in one report only */
    struct ng_report_diff_entry *entries_a; /* in the order of benchmark, id, place; owned */
    struct ng_report_diff_entry *entries_b;
    size_t count_a;
    size_t count_b;
    struct ng_report_diff_setting *settings; /* owned */
    size_t setting_count;
    struct ng_report_diff_change *changes; /* in the order of benchmark and place; owned */
    size_t change_count;
};

/* The path of a part of a report: a file of its folder, or the report itself if it is a single file, as the page of the
 * daemon saves it. Errors: NG_ERR_NOMEM. */
int ng_report_diff_path(char **path, const char *report, const char *name, struct ng_err *err);

/* Compares two reports, each a folder or one file. On success: ng_report_diff_free.
 * Errors: those of ng_benchmark_open and ng_benchmark_next, NG_ERR_NOMEM. */
int ng_report_diff_make(struct ng_report_diff *diff, const char *folder_a, const char *folder_b, struct ng_err *err);

/* The part of it that reads and pairs the benchmarks of both reports, and the one that frees them. Errors: as above. */
int ng_report_diff_pair(struct ng_report_diff *diff, const char *folder_a, const char *folder_b, struct ng_err *err);
void ng_report_diff_unpair(struct ng_report_diff *diff);

/* Idempotent. */
void ng_report_diff_free(struct ng_report_diff *diff);

#endif
