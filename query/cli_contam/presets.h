/* Presets that judge entries beside the windows of a check: one recipe, or all presets. Part of the subcommand contam. */
#ifndef NG_QUERY_CLI_CONTAM_PRESETS_H
#define NG_QUERY_CLI_CONTAM_PRESETS_H

#include "query/cli_contam/contam.h"

/* Zero-initialised memory judges nothing. */
struct ng_cmd_presets {
    const struct ng_report_settings *settings;
    struct ng_contam *windows[NG_PRESETS]; /* the presets of windows that are not the check's own; owned */
    struct ng_recipes *recipes;            /* against all indexes; owned */
    struct ng_recipes *each[NG_MAX_CONTAM_INDEXES]; /* the recipe that decides, against each of several; owned */
};

/* Starts the checks. Errors: as ng_recipes_open. */
int ng_cmd_presets_open(struct ng_cmd_presets *presets, const struct ng_cmd_contam *command, struct ng_err *err);

/* Whether all entries of a benchmark must be told before the first is checked; tells them, or forgets them. */
bool ng_cmd_presets_asks_all(const struct ng_cmd_presets *presets);
int ng_cmd_presets_prepare(struct ng_cmd_presets *presets, const struct ng_contam_entry *entries, size_t count,
                           struct ng_err *err);
void ng_cmd_presets_forget(struct ng_cmd_presets *presets);

/* Judges entries that were checked: verdicts has one for each judge and entry. A recipe that decides also sets the
 * classes of results. Errors: as ng_recipes_check. */
int ng_cmd_presets_check(struct ng_cmd_presets *presets, const struct ng_contam_entry *entries, size_t count,
                         struct ng_contam_result *results, struct ng_recipe_verdict *verdicts, struct ng_err *err);

/* Prints rule and citation of a recipe that decides, or the tables of all presets. */
void ng_cmd_presets_show(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmarks,
                         size_t count);

/* Idempotent. */
void ng_cmd_presets_close(struct ng_cmd_presets *presets);

#endif
