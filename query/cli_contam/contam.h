/* The parts of the subcommand contam. */
#ifndef NG_QUERY_CLI_CONTAM_CONTAM_H
#define NG_QUERY_CLI_CONTAM_CONTAM_H

#include "query/args/benchmarks.h"
#include "query/args/indexes.h"
#include "query/args/samples.h"
#include "query/report/documents.h"
#include "query/report/report.h"

enum { NG_CMD_CONTAM_RULES = 16 };

/* --fail-on: a share or a number of entries that is too much. */
struct ng_cmd_contam_rule {
    const char *text; /* as it was given */
    const char *what; /* dirty, suspicious, overlapping, canary */
    double limit;
    bool percent;
    bool or_equal;
};

/* What was asked for of what a preset decides; what was not is NG_CMD_CONTAM_UNSET, and negative shares. */
#define NG_CMD_CONTAM_UNSET UINT64_MAX
struct ng_cmd_contam_wanted {
    const char *preset;
    uint64_t chars;
    double suspicious;
    double dirty;
    uint64_t benchmark_guard;
    uint64_t corpus_guard;
    uint64_t minimum_units;
};

/* What a report cites. */
struct ng_cmd_contam_cited {
    const char *corpus_info; /* files; NULL: none */
    const char *benchmark_info;
    int argc;
    char **argv; /* the command line before its options are read, which puts it in another order; owned */
    const struct ng_cli_option *table;
    struct ng_cite_facts *corpora; /* owned, as are the others */
    struct ng_cite_facts *benchmarks;
    struct ng_cite_paths *paths;
    char **command;
    size_t command_count;
};

struct ng_shares;
struct ng_cmd_contam {
    struct ng_cmd_contam_wanted wanted;
    struct ng_cmd_indexes indexes;
    struct ng_report_settings settings;
    struct ng_cmd_benchmarks benchmarks;
    const char *lm_eval; /* a folder of samples; NULL: none */
    size_t first_sample; /* of the benchmarks, those from this on are files of it */
    struct ng_cmd_contam_cited cited;
    struct ng_report_self_test outcome; /* of the self-test */
    uint64_t more_chars[NG_MAX_CONTAM_LENGTHS];
    struct ng_cmd_contam_rule rules[NG_CMD_CONTAM_RULES];
    size_t rule_count;
    const char *report; /* folder; NULL: none */
    uint64_t task;       /* --task: its number, */
    uint64_t task_count; /* and of how many; 0: not given */
    struct ng_shares *gathered; /* the parts to make the report of; NULL: none; borrowed, */
    const char *gathered_report; /* as is the folder for it */
    const char *attributes; /* the same */
    uint64_t passages;  /* of the self-test */
    bool self_test;
    bool json;
};

/* Opens the indexes, and settles which preset holds, and all options that hang on it. Errors: those of opening;
 * NG_ERR_USAGE. */
int ng_cmd_contam_open(struct ng_cmd_contam *command, struct ng_err *err);

/* Whether --preset named all, or a recipe. */
bool ng_cmd_presets_is_named(const char *name);

/* Fills in settings.judges and settings.recipes, once the indexes are open and the options of the windows are settled.
 * Errors: NG_ERR_USAGE, and those of ng_recipe_needs for a single recipe. */
int ng_cmd_presets_settle(struct ng_cmd_contam *command, struct ng_err *err);

/* Checks the benchmarks and shows the result. Returns enum ng_exit. */
int ng_cmd_contam_run(struct ng_cmd_contam *command, char **paths, size_t count);

/* Searches every index for the canaries of a benchmark's file. Errors: those of searching; NG_ERR_NOMEM. */
int ng_cmd_contam_canaries(const struct ng_report_settings *settings, const struct ng_benchmark *file,
                           struct ng_report_benchmark *benchmark, struct ng_err *err);
/* Gathers what the settings of a report cite, once they have the indexes. Errors: NG_ERR_USAGE, NG_ERR_INPUT, NG_ERR_NOMEM;
 * those of reading. */
int ng_cmd_contam_cite(struct ng_cmd_contam *command, struct ng_err *err);

/* Says it if --benchmark-info has nothing of a benchmark. */
void ng_cmd_contam_cite_benchmark(const struct ng_cmd_contam *command, const char *name);

/* Idempotent. */
void ng_cmd_contam_cited_free(struct ng_cmd_contam_cited *cited);

/* Finds the documents of dirty and suspicious entries; holders, count of them, are all zeros before, and stay so for
 * other entries. The caller frees them with ng_contam_holders_free. Errors: as ng_contam_find_holders. */
int ng_cmd_contam_holders(const struct ng_contam *contam, const struct ng_contam_entry *entries,
                          const struct ng_contam_result *results, size_t count, struct ng_contam_holders *holders,
                          struct ng_err *err);

/* Prints the result: the table, and all that belongs to it. */
void ng_cmd_contam_show(const struct ng_cmd_contam *command, const struct ng_report_benchmark *benchmarks, size_t count,
                        const struct ng_contam_stats *stats, const struct ng_report_told *told);

/* Warns of entries that the preset is not made for, or that occur too often. */
void ng_cmd_contam_warn(const struct ng_cmd_contam *command, const struct ng_report_benchmark *benchmarks, size_t count);

/* Prints the table. */
void ng_cmd_contam_table(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmarks,
                         size_t count);

/* The subcommands of their own. Return enum ng_exit. */
int ng_cmd_contam_diff(int argc, char **argv);
int ng_cmd_contam_gather(int argc, char **argv);
int ng_cmd_contam_self_test(struct ng_cmd_contam *command);

/* Runs the subcommand contam; if gathered is not NULL, on these parts, for a report in another folder than was given.
 * Returns enum ng_exit. */
int ng_cmd_contam_start(int argc, char **argv, struct ng_shares *gathered, const char *report);

/* Runs the self-test on open indexes: sets command->outcome. Errors: NG_ERR_CORRUPT (a passage of an index is not found
 * in it; the outcome is set), NG_ERR_INPUT, NG_ERR_USAGE, NG_ERR_NOMEM. */
int ng_cmd_contam_measure(struct ng_cmd_contam *command, struct ng_err *err);

/* Prints the outcome. */
void ng_cmd_contam_show_outcome(const struct ng_cmd_contam *command);

#endif
