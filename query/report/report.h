/*
 * The report of a contamination check: what is summed up over a benchmark, and how it is written. Internal to the
 * command-line program.
 *
 *   tally.c     sums over a benchmark, and intervals of rates
 *   entry.c     one entry as JSON, csv.c as a row
 *   summary.c   everything but the entries as JSON, rates.c the rates as rows
 *   measured.c  how well a preset does
 *   documents.c contaminated-docs.jsonl; attributes.c the files of --attributes
 *   card.c      report.md, html.c report.html
 *   folder.c    the files of a report folder; tree.c a folder of files named as those of a corpus
 *   diff.c      what changed from one report to another
 *   presets.c   verdicts by other presets, and how they agree
 */
#ifndef NG_QUERY_REPORT_REPORT_H
#define NG_QUERY_REPORT_REPORT_H

#include <stdio.h>

#include "common/base/limits.h"
#include "common/json/out.h"
#include "common/benchmark/benchmark.h"
#include "query/cite/cite.h"
#include "query/cite/facts.h"
#include "query/include/ngidx_contam.h"
#include "query/report/presets.h"

struct ng_report_attributes;

struct ng_report_index {
    const char *name;
    const char *path;
    const struct ng_index *index;
};

/* What --self-test found of the passages that were altered in one way. */
struct ng_report_alteration {
    const char *name;  /* for people */
    const char *key;   /* in JSON */
    bool control;      /* these passages are not in the corpus */
    uint64_t classes[NG_CONTAM_SKIPPED + 1]; /* passages, by enum ng_contam_class */
    double mean_eta;
    double mean_measure; /* of what decides the class: eta, or coverage */
};

enum { NG_REPORT_ALTERATIONS = 16 };

struct ng_report_self_test {
    uint64_t passages;
    uint64_t characters; /* of a passage */
    uint64_t seed;
    struct ng_report_alteration alterations[NG_REPORT_ALTERATIONS];
    size_t alteration_count;
};

/* How well a preset does on labelled data. */
struct ng_report_measured {
    const char *set;
    uint64_t entries;
    uint64_t documents;
    double precision;
    double recall;
};

/* What a check was asked for. All is borrowed. */
struct ng_report_settings {
    const struct ng_report_index *indexes;
    size_t index_count;
    struct ng_contam_options options;
    uint64_t sample; /* entries to draw from each benchmark; 0: all of them */
    uint64_t seed;
    const char *id_field;     /* NULL: the default */
    const char *answer_field; /* NULL: none */
    bool redact;     /* leave the texts of entries and documents out, and paths */

    const struct ng_index *const *views; /* of each index, the one that is searched */

    /* What report.json cites. */
    char date[NG_CITE_DATE_CHARS];
    const char *const *command; /* as ng_cite_command_make makes it */
    size_t command_count;
    const struct ng_cite_paths *paths;      /* NULL: paths as they are */
    const struct ng_cite_facts *corpora;    /* NULL: nothing is known */
    const struct ng_cite_facts *benchmarks; /* the same */
    const struct ng_report_self_test *self_test; /* NULL: not asked for */

    struct ng_report_judges judges; /* presets that judge beside or instead of that of the options */
    struct ng_recipe_options recipes; /* for the presets that are recipes */
};

/* Sums over the entries of a benchmark against one index, or against all. */
struct ng_report_tally {
    uint64_t classes[NG_CONTAM_SKIPPED + 1]; /* entries, by enum ng_contam_class */
    uint64_t overlapping;                    /* entries with a found window, whatever their class */
    uint64_t windows;
    uint64_t found;
};

enum { NG_REPORT_BINS = 20, NG_REPORT_THRESHOLDS = 10 };

/* One row of the sensitivity grid: entries whose eta at this length is at least 0.1, 0.2, ... 1.0. */
struct ng_report_length {
    uint64_t chars;
    uint64_t windows;
    uint64_t found;
    uint64_t at_least[NG_REPORT_THRESHOLDS];
};

/* How often a canary occurs in one index, or in all. */
struct ng_report_canary_count {
    enum ng_text_view view; /* that was searched, of one index */
    uint64_t occurrences;
    uint64_t documents;
    bool at_least; /* there may be more documents: NG_MAX_CANARY_HITS occurrences were looked at */
};

/* A canary string of a benchmark's file. */
struct ng_report_canary {
    struct ng_bytes text; /* owned */
    struct ng_report_canary_count *in_index; /* for each index; owned */
};

enum { NG_REPORT_HASH_CHARS = 33 };

struct ng_report_benchmark {
    char *name;                      /* owned */
    char *path;                      /* owned */
    char hash[NG_REPORT_HASH_CHARS]; /* XXH3-128 of the file, as hexadecimal digits; "" for standard input */
    uint64_t file_bytes;             /* 0 for standard input */
    char *fields;                    /* the fields that were checked, with ", " between; owned */
    char *note;                      /* what was found out about the file (ng_benchmark_note); NULL: nothing; owned */
    uint64_t file_entries;           /* entries of the file; those of the sample are summed up below */
    struct ng_report_tally all;
    struct ng_report_tally in_index[NG_MAX_CONTAM_INDEXES];
    uint64_t cut_entries;      /* entries of which contaminated-docs.jsonl lacks some documents */
    uint64_t short_entries;    /* entries that are one window, */
    uint64_t unspaced_entries; /* and entries without spaces, if the preset takes them for one word */
    uint64_t answers_asked; /* entries with evidence whose answer was looked for; */
    uint64_t answers_near;  /* of these, answers near an overlap, */
    uint64_t answers_together; /* and answers in a document with a piece of the entry */
    uint64_t answers_not_telling; /* entries whose answer is too short to tell anything */
    uint64_t histogram[NG_REPORT_BINS]; /* entries by the measure, in steps of 0.05; the last holds 1.0, too */
    struct ng_report_length lengths[NG_MAX_CONTAM_LENGTHS];
    size_t length_count;
    struct ng_report_canary *canaries; /* owned */
    size_t canary_count;
    struct ng_report_agreement agreement;
};

/* Makes an empty sum; name and path are copied. Errors: NG_ERR_NOMEM. Free with ng_report_benchmark_free. */
int ng_report_benchmark_init(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                             const char *name, const char *path, struct ng_err *err);
void ng_report_benchmark_free(struct ng_report_benchmark *benchmark);

/* Adds an entry's result, and the verdicts of all judges. */
void ng_report_benchmark_add(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                             const struct ng_contam_result *result, const struct ng_recipe_verdict *verdicts);

/* Adds a canary, which is copied; its counts are still to be filled in. Errors: NG_ERR_NOMEM. */
int ng_report_benchmark_add_canary(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                                   struct ng_bytes text, struct ng_report_canary **canary, struct ng_err *err);

/* How often a canary occurs in all indexes together. */
struct ng_report_canary_count ng_report_canary_all(const struct ng_report_settings *settings,
                                                   const struct ng_report_canary *canary);

/* Entries that were judged: all but the skipped ones and those too short. */
uint64_t ng_report_checked(const struct ng_report_tally *tally);

/* part / whole, and the same in percent; 0 where whole is 0. */
double ng_report_share(uint64_t part, uint64_t whole);
double ng_report_percent(uint64_t part, uint64_t whole);

/* Whether the rates of a benchmark are those of a sample, and have intervals. */
bool ng_report_is_sample(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark);

/* How well the preset does. Returns false if it was not measured, or if the options are not its defaults. */
bool ng_report_measured(const struct ng_contam_options *options, struct ng_report_measured *measured);

/* What decides the class: "eta", "coverage", or "share" where a recipe does. */
const char *ng_report_measure(const struct ng_report_settings *settings);

/* Whether the class of common text is one of the report's. */
bool ng_report_has_common(const struct ng_report_settings *settings);

/* Name and source of the preset that decides the class, and its thresholds. Returns false if anything found decides. */
const char *ng_report_preset(const struct ng_report_settings *settings);
const char *ng_report_source(const struct ng_report_settings *settings);
bool ng_report_thresholds(const struct ng_report_settings *settings, double *suspicious, double *dirty);

/* What the classes mean, in plain words. */
extern const char *const ng_report_wording;

/* ---- Writers. Write errors are left in the FILE. ---- */

/* An entry and its result as one JSON object. for_page: with the entry's texts, unless they are redacted, and without
 * what the page does not show. */
void ng_report_entry_write(struct ng_json *json, const struct ng_report_settings *settings, const char *benchmark_name,
                           const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                           const struct ng_recipe_verdict *verdicts, bool for_page);

/* The members of a span. */
void ng_report_span_write(struct ng_json *json, const struct ng_contam_span *span);

/* A piece of evidence as an object. Of the settings only the names of the indexes and redact count. for_page: as above. */
void ng_report_evidence_write(struct ng_json *json, const struct ng_report_settings *settings,
                              const struct ng_contam_evidence *evidence, bool for_page);

void ng_report_csv_header(FILE *stream, const struct ng_report_settings *settings);
void ng_report_csv_row(FILE *stream, const struct ng_report_settings *settings,
                       const struct ng_report_benchmark *benchmark, const struct ng_benchmark_entry *entry,
                       const struct ng_contam_result *result, const struct ng_recipe_verdict *verdicts);

/* summary.csv: a row for each benchmark and corpus, and one for all corpora if there are several. */
void ng_report_rates_write(FILE *stream, const struct ng_report_settings *settings,
                           const struct ng_report_benchmark *benchmarks, size_t benchmark_count);

/* A cell of CSV in quotes, with ill-formed bytes as U+FFFD; an empty cell for NULL. */
void ng_report_csv_text(FILE *stream, const char *text);

/* The members of a self-test. */
void ng_report_self_test_write(struct ng_json *json, const struct ng_report_self_test *self_test);

/* Everything that report.json holds, as one object. */
void ng_report_summary_write(struct ng_json *json, const struct ng_report_settings *settings,
                             const struct ng_report_benchmark *benchmarks, size_t benchmark_count,
                             const struct ng_contam_stats *stats);

void ng_report_card_write(FILE *stream, const struct ng_report_settings *settings,
                          const struct ng_report_benchmark *benchmarks, size_t benchmark_count);

/* Writes the start of the page. The caller then writes its entries, JSON objects with commas between, to *entries. The
 * caller closes that before stream. Errors: NG_ERR_NOMEM. */
int ng_report_page_begin(FILE *stream, FILE **entries, struct ng_err *err);

/* Writes the rest of the page, and closes entries. left_out: how many entries the page does not have.
 * Errors: NG_ERR_NOMEM. */
int ng_report_page_end(FILE *stream, FILE *entries, const struct ng_report_settings *settings,
                       const struct ng_report_benchmark *benchmarks, size_t benchmark_count,
                       const struct ng_contam_stats *stats, uint64_t left_out, struct ng_err *err);

/* ---- The folder ---- */

struct ng_report_folder;

/* Makes the folder, unless it exists, and starts its files under names that end in ".tmp". Errors: NG_ERR_IO,
 * NG_ERR_NOSPACE, NG_ERR_NOMEM, NG_ERR_USAGE (the path is no folder). */
int ng_report_folder_open(struct ng_report_folder **folder, const char *path,
                          const struct ng_report_settings *settings, struct ng_err *err);

/* Writes an entry to all files but the page. holders are the documents that hold text of a dirty or suspicious entry;
 * for other entries they are empty. benchmark->name is borrowed. Errors: those of writing. */
int ng_report_folder_add(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmark,
                         const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                         const struct ng_contam_holders *holders, const struct ng_recipe_verdict *verdicts,
                         struct ng_err *err);

/* Writes an entry to the page, with its texts cut, or notes that the page has enough of its class. One thread may do so
 * while another adds entries to the other files. Errors: those of writing. */
int ng_report_folder_show(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmark,
                          const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                          const struct ng_recipe_verdict *verdicts, struct ng_err *err);

/* The facts about a finished report that the command prints. */
struct ng_report_told {
    uint64_t documents;       /* lines of contaminated-docs.jsonl */
    uint64_t attribute_files; /* files of --attributes, */
    uint64_t gaps;            /* and lines of the corpus that have no row in them */
};

/* Writes the rest and gives all files their names; attributes may be NULL. Errors: those of writing. */
int ng_report_folder_finish(struct ng_report_folder *folder, const struct ng_report_benchmark *benchmarks,
                            size_t benchmark_count, const struct ng_contam_stats *stats,
                            struct ng_report_attributes *attributes, struct ng_report_told *told, struct ng_err *err);

/* Removes what was not finished. NULL is fine. */
void ng_report_folder_close(struct ng_report_folder *folder);

#endif
