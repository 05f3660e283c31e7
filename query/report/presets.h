/*
 * Entries judged by several presets, or by the recipe of a publication, beside the windows of the report. Internal to
 * the command-line program.
 */
#ifndef NG_QUERY_REPORT_PRESETS_H
#define NG_QUERY_REPORT_PRESETS_H

#include <stdio.h>

#include "common/json/out.h"
#include "query/include/ngidx_recipe.h"

enum { NG_REPORT_JUDGES = NG_PRESETS + NG_RECIPES, NG_REPORT_REASON_BYTES = 160 };

/* A preset that judges entries. */
struct ng_report_judge {
    const char *name;
    const char *source;
    const char *rule;
    bool has_tokens;    /* its source counts tokens; here it counts words */
    bool is_missing;    /* the indexes cannot answer it, */
    char reason[NG_REPORT_REASON_BYTES]; /* for this reason */
    bool is_recipe;
    enum ng_recipe recipe;        /* which, */
    enum ng_contam_preset preset; /* or which preset of windows */
};

/* The presets of a report. */
struct ng_report_judges {
    struct ng_report_judge judges[NG_REPORT_JUDGES];
    size_t count; /* 0: the preset of the windows alone */
    bool decides; /* the only preset decides the classes of the report */
};

/* How two presets agree: how many entries both judge, and how many of these both, only the first, or only the second
 * call dirty. */
struct ng_report_pair {
    uint64_t entries;
    uint64_t both;
    uint64_t first;
    uint64_t second;
};

/* Sums over the entries of a benchmark. */
struct ng_report_agreement {
    uint64_t classes[NG_REPORT_JUDGES][NG_CONTAM_SKIPPED + 1];
    uint64_t limited[NG_REPORT_JUDGES]; /* verdicts that documents left out might have changed */
    struct ng_report_pair pairs[NG_REPORT_JUDGES][NG_REPORT_JUDGES]; /* first below second */
};

/* Adds a preset that judges entries. missing says why the indexes cannot answer it; NULL: they can. */
void ng_report_judges_add_preset(struct ng_report_judges *judges, enum ng_contam_preset preset, const char *missing);
void ng_report_judges_add_recipe(struct ng_report_judges *judges, enum ng_recipe recipe, const char *missing);

/* Adds an entry's verdicts, one for each judge. */
void ng_report_agreement_add(struct ng_report_agreement *agreement, const struct ng_report_judges *judges,
                             const struct ng_recipe_verdict *verdicts);

/* The share of a pair's entries on which both agree, dirty or not. */
double ng_report_pair_share(const struct ng_report_pair *pair);

/* ---- Writers ---- */

/* The member "presets" of an entry: verdicts by name. */
void ng_report_verdicts_write(struct ng_json *json, const struct ng_report_judges *judges,
                              const struct ng_recipe_verdict *verdicts);

/* The member "presets" of the parameters: names, citations and rules. */
void ng_report_judges_write(struct ng_json *json, const struct ng_report_judges *judges);

/* The members "presets" and "agreement" of a benchmark. */
void ng_report_agreement_write(struct ng_json *json, const struct ng_report_judges *judges,
                               const struct ng_report_agreement *agreement);

/* The names of the cells of entries.csv, and the cells. */
void ng_report_verdicts_csv_header(FILE *stream, const struct ng_report_judges *judges);
void ng_report_verdicts_csv_row(FILE *stream, const struct ng_report_judges *judges,
                                const struct ng_recipe_verdict *verdicts);

/* Tables for report.md: a benchmark's, and the citations. */
void ng_report_agreement_card(FILE *stream, const struct ng_report_judges *judges,
                              const struct ng_report_agreement *agreement);
void ng_report_judges_card(FILE *stream, const struct ng_report_judges *judges);

#endif
