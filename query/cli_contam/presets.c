#include "query/cli_contam/presets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char ALL[] = "all";

bool ng_cmd_presets_is_named(const char *name) {
    enum ng_recipe recipe;
    return name && (strcmp(name, ALL) == 0 || ng_recipe_find(name, &recipe));
}

/* Why a preset of windows cannot be answered; NULL: it can. */
static const char *missing_view(const struct ng_cmd_indexes *indexes, enum ng_contam_preset preset) {
    enum ng_text_view view = preset == NG_PRESET_FOLDED ? NG_VIEW_FOLDED : NG_VIEW_EXACT;
    for (size_t k = 0; k < indexes->count; k++) {
        if (ng_index_view(indexes->indexes[k], view)) continue;
        return view == NG_VIEW_FOLDED ? "an index has no folded view" : "an index has no exact view";
    }
    return NULL;
}

static void add_all(struct ng_cmd_contam *command) {
    struct ng_report_settings *settings = &command->settings;
    for (int p = 0; p < NG_PRESETS; p++) {
        enum ng_contam_preset preset = (enum ng_contam_preset)p;
        ng_report_judges_add_preset(&settings->judges, preset, missing_view(&command->indexes, preset));
    }
    for (int r = 0; r < NG_RECIPES; r++) {
        struct ng_err why;
        ng_err_clear(&why);
        int status = ng_recipe_needs((enum ng_recipe)r, command->indexes.indexes, command->indexes.count, &why);
        ng_report_judges_add_recipe(&settings->judges, (enum ng_recipe)r, status ? why.text : NULL);
        if (!status) settings->recipes.recipes |= 1u << r;
    }
}

/* Sets the thresholds that were asked for. */
static int settle_thresholds(struct ng_cmd_contam *command, enum ng_recipe recipe, struct ng_err *err) {
    const struct ng_cmd_contam_wanted *wanted = &command->wanted;
    double *suspicious = &command->settings.recipes.suspicious[recipe];
    double *dirty = &command->settings.recipes.dirty[recipe];
    bool has_suspicious = *suspicious < *dirty;
    if (wanted->dirty >= 0.0 && !ng_recipe_has_share(recipe)) {
        return ng_err_set(err, NG_ERR_USAGE, "--dirty: in the preset %s anything found makes an entry dirty",
                          ng_recipe_name(recipe));
    }
    if (wanted->suspicious >= 0.0 && !has_suspicious) {
        return ng_err_set(err, NG_ERR_USAGE, "--suspicious: the preset %s has no suspicious entries",
                          ng_recipe_name(recipe));
    }
    if (wanted->dirty >= 0.0) *dirty = wanted->dirty;
    if (wanted->suspicious >= 0.0) *suspicious = wanted->suspicious;
    else if (!has_suspicious) *suspicious = *dirty;
    if (*suspicious <= *dirty) return NG_OK;
    return ng_err_set(err, NG_ERR_USAGE, "--suspicious %g is over --dirty %g", *suspicious, *dirty);
}

int ng_cmd_presets_settle(struct ng_cmd_contam *command, struct ng_err *err) {
    struct ng_report_settings *settings = &command->settings;
    const char *name = command->wanted.preset;
    enum ng_recipe recipe;
    if (!ng_cmd_presets_is_named(name)) return NG_OK;
    if (command->self_test) return ng_err_set(err, NG_ERR_USAGE, "--self-test needs --preset folded or paper");
    ng_recipe_options_init(&settings->recipes);
    settings->recipes.seed = settings->seed;
    settings->recipes.threads = settings->options.threads;
    if (!ng_recipe_find(name, &recipe)) {
        if (command->wanted.dirty >= 0.0 || command->wanted.suspicious >= 0.0) {
            return ng_err_set(err, NG_ERR_USAGE, "--dirty and --suspicious do not go with --preset all: each preset has its "
                              "own thresholds");
        }
        add_all(command);
        return NG_OK;
    }
    int status = ng_recipe_needs(recipe, command->indexes.indexes, command->indexes.count, err);
    if (!status) status = settle_thresholds(command, recipe, err);
    ng_report_judges_add_recipe(&settings->judges, recipe, NULL);
    settings->recipes.recipes = 1u << recipe;
    settings->judges.decides = true;
    return status;
}

int ng_cmd_presets_open(struct ng_cmd_presets *presets, const struct ng_cmd_contam *command, struct ng_err *err) {
    const struct ng_report_settings *settings = &command->settings;
    const struct ng_cmd_indexes *indexes = &command->indexes;
    int status = NG_OK;
    presets->settings = settings;
    for (size_t i = 0; i < settings->judges.count && !status; i++) {
        const struct ng_report_judge *judge = &settings->judges.judges[i];
        if (judge->is_recipe || judge->is_missing || judge->preset == settings->options.preset) continue;
        struct ng_contam_options options;
        ng_contam_options_init(&options);
        ng_contam_options_set_preset(&options, judge->preset);
        options.threads = settings->options.threads;
        options.evidence_limit = 0;
        status = ng_contam_open(&presets->windows[judge->preset], indexes->indexes, indexes->count, &options, err);
    }
    if (settings->recipes.recipes == 0 || status) return status;
    status = ng_recipes_open(&presets->recipes, indexes->indexes, indexes->count, &settings->recipes, err);
    for (size_t k = 0; k < indexes->count && settings->judges.decides && indexes->count > 1 && !status; k++) {
        status = ng_recipes_open(&presets->each[k], &indexes->indexes[k], 1, &settings->recipes, err);
    }
    return status;
}

bool ng_cmd_presets_asks_all(const struct ng_cmd_presets *presets) {
    return presets->recipes || presets->windows[NG_PRESET_FOLDED];
}

int ng_cmd_presets_prepare(struct ng_cmd_presets *presets, const struct ng_contam_entry *entries, size_t count,
                           struct ng_err *err) {
    int status = NG_OK;
    for (size_t p = 0; p < NG_PRESETS && !status; p++) {
        if (presets->windows[p]) status = ng_contam_prepare(presets->windows[p], entries, count, err);
    }
    if (!status && presets->recipes) status = ng_recipes_prepare(presets->recipes, entries, count, err);
    for (size_t k = 0; k < NG_MAX_CONTAM_INDEXES && !status; k++) {
        if (presets->each[k]) status = ng_recipes_prepare(presets->each[k], entries, count, err);
    }
    return status;
}

void ng_cmd_presets_forget(struct ng_cmd_presets *presets) {
    for (size_t p = 0; p < NG_PRESETS; p++) {
        if (presets->windows[p]) ng_contam_forget(presets->windows[p]);
    }
    if (presets->recipes) ng_recipes_forget(presets->recipes);
    for (size_t k = 0; k < NG_MAX_CONTAM_INDEXES; k++) {
        if (presets->each[k]) ng_recipes_forget(presets->each[k]);
    }
}

/* A result of windows as a verdict. */
static struct ng_recipe_verdict verdict_of(enum ng_contam_preset preset, const struct ng_contam_result *result) {
    return (struct ng_recipe_verdict){.verdict = result->verdict,
                                      .share = preset == NG_PRESET_FOLDED ? result->coverage : result->eta,
                                      .found = result->found,
                                      .of = result->windows};
}

/* Puts the verdicts of a preset of windows, which is judge number of some, to those of the entries. */
static int judge_windows(struct ng_cmd_presets *presets, size_t judge, const struct ng_contam_entry *entries, size_t count,
                         const struct ng_contam_result *results, struct ng_recipe_verdict *verdicts, struct ng_err *err) {
    const struct ng_report_judges *judges = &presets->settings->judges;
    enum ng_contam_preset preset = judges->judges[judge].preset;
    struct ng_contam *contam = presets->windows[preset];
    struct ng_contam_result *other = contam ? calloc(count + 1, sizeof *other) : NULL;
    if (contam && !other) return ng_err_nomem(err, count * sizeof *other, "a wave of entries");
    int status = contam ? ng_contam_check(contam, entries, count, other, err) : NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        verdicts[i * judges->count + judge] = verdict_of(preset, contam ? &other[i] : &results[i]);
    }
    if (contam && !status) ng_contam_results_free(other, count);
    free(other);
    return status;
}

/* The classes of a report are those of the recipe that decides. */
static int decide(struct ng_cmd_presets *presets, const struct ng_contam_entry *entries, size_t count,
                  struct ng_contam_result *results, struct ng_recipe_verdict *found, struct ng_err *err) {
    const struct ng_report_settings *settings = presets->settings;
    enum ng_recipe recipe = settings->judges.judges[0].recipe;
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) {
        results[i].verdict = found[i * NG_RECIPES + recipe].verdict;
        if (settings->index_count == 1) results[i].index_class[0] = results[i].verdict;
    }
    for (size_t k = 0; k < settings->index_count && settings->index_count > 1 && !status; k++) {
        status = ng_recipes_check(presets->each[k], entries, count, found, err);
        for (size_t i = 0; i < count && !status; i++) {
            results[i].index_class[k] = found[i * NG_RECIPES + recipe].verdict;
        }
    }
    return status;
}

int ng_cmd_presets_check(struct ng_cmd_presets *presets, const struct ng_contam_entry *entries, size_t count,
                         struct ng_contam_result *results, struct ng_recipe_verdict *verdicts, struct ng_err *err) {
    const struct ng_report_judges *judges = &presets->settings->judges;
    struct ng_recipe_verdict *found = NULL;
    int status = NG_OK;
    for (size_t j = 0; j < judges->count && !status; j++) {
        const struct ng_report_judge *judge = &judges->judges[j];
        if (judge->is_recipe || judge->is_missing) continue;
        status = judge_windows(presets, j, entries, count, results, verdicts, err);
    }
    if (status || !presets->recipes) return status;
    found = calloc(count + 1, NG_RECIPES * sizeof *found);
    status = found ? ng_recipes_check(presets->recipes, entries, count, found, err)
                   : ng_err_nomem(err, count * NG_RECIPES * sizeof *found, "verdicts on entries");
    for (size_t j = 0; j < judges->count && !status; j++) {
        const struct ng_report_judge *judge = &judges->judges[j];
        for (size_t i = 0; i < count && judge->is_recipe; i++) {
            verdicts[i * judges->count + j] = found[i * NG_RECIPES + judge->recipe];
        }
    }
    if (!status && judges->decides) status = decide(presets, entries, count, results, found, err);
    free(found);
    return status;
}

void ng_cmd_presets_close(struct ng_cmd_presets *presets) {
    for (size_t p = 0; p < NG_PRESETS; p++) ng_contam_close(presets->windows[p]);
    ng_recipes_close(presets->recipes);
    for (size_t k = 0; k < NG_MAX_CONTAM_INDEXES; k++) ng_recipes_close(presets->each[k]);
    *presets = (struct ng_cmd_presets){0};
}

/* ---- On the terminal ---- */

static uint64_t judged_of(const uint64_t classes[NG_CONTAM_SKIPPED + 1]) {
    return ng_report_checked(&(struct ng_report_tally){.classes = {[NG_CONTAM_CLEAN] = classes[NG_CONTAM_CLEAN],
                                                                   [NG_CONTAM_SUSPICIOUS] = classes[NG_CONTAM_SUSPICIOUS],
                                                                   [NG_CONTAM_DIRTY] = classes[NG_CONTAM_DIRTY],
                                                                   [NG_CONTAM_COMMON] = classes[NG_CONTAM_COMMON]}});
}

static void show_classes(const struct ng_report_judge *judge, const uint64_t *classes, uint64_t limited) {
    uint64_t judged = judged_of(classes);
    (void)printf("%-8s  %9" PRIu64 "  %8" PRIu64 " %5.1f%%  %8" PRIu64 " %5.1f%%  %9" PRIu64 "  %9" PRIu64 "  %9" PRIu64 "\n",
                 judge->name, judged, classes[NG_CONTAM_DIRTY], ng_report_percent(classes[NG_CONTAM_DIRTY], judged),
                 classes[NG_CONTAM_SUSPICIOUS], ng_report_percent(classes[NG_CONTAM_SUSPICIOUS], judged),
                 classes[NG_CONTAM_CLEAN] + classes[NG_CONTAM_COMMON], classes[NG_CONTAM_SHORT], limited);
}

static void show_agreement(const struct ng_report_judges *judges, const struct ng_report_agreement *agreement) {
    (void)fputs("\nPercent of entries that two presets judge alike, dirty or not:\n        ", stdout);
    for (size_t j = 0; j < judges->count; j++) {
        if (!judges->judges[j].is_missing) (void)printf(" %8s", judges->judges[j].name);
    }
    (void)putchar('\n');
    for (size_t i = 0; i < judges->count; i++) {
        if (judges->judges[i].is_missing) continue;
        (void)printf("%-8s", judges->judges[i].name);
        for (size_t j = 0; j < judges->count; j++) {
            if (judges->judges[j].is_missing) continue;
            const struct ng_report_pair *pair = &agreement->pairs[i < j ? i : j][i < j ? j : i];
            if (i == j) (void)printf(" %8s", "");
            else if (pair->entries == 0) (void)printf(" %8s", "-");
            else (void)printf(" %8.1f", 100.0 * ng_report_pair_share(pair));
        }
        (void)putchar('\n');
    }
}

static void show_sources(const struct ng_report_judges *judges) {
    (void)putchar('\n');
    for (size_t i = 0; i < judges->count; i++) {
        const struct ng_report_judge *judge = &judges->judges[i];
        (void)printf("%-8s  %s\n", judge->name, judge->source);
        if (judge->is_missing) (void)printf("          not answered: %s\n", judge->reason);
    }
}

void ng_cmd_presets_show(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmarks,
                         size_t count) {
    const struct ng_report_judges *judges = &settings->judges;
    if (judges->decides) {
        double suspicious;
        double dirty;
        const struct ng_report_judge *judge = &judges->judges[0];
        (void)printf("\nPreset %s (%s).\nOverlap found / not found at these settings: %s.", judge->name, judge->source,
                     judge->rule);
        if (ng_report_thresholds(settings, &suspicious, &dirty)) (void)printf(" Here: dirty from %.2f on.", dirty);
        if (judge->has_tokens) (void)fputs(" Words stand in for tokens.", stdout);
        uint64_t limited = 0;
        for (size_t b = 0; b < count; b++) limited += benchmarks[b].agreement.limited[0];
        if (limited > 0) {
            (void)printf("\nLimited verdicts, which documents that were left out might make worse: %" PRIu64 ".", limited);
        }
        (void)putchar('\n');
        return;
    }
    for (size_t b = 0; b < count && judges->count > 0; b++) {
        (void)printf("\n%s by each preset:\n%-8s  %9s  %15s  %15s  %9s  %9s  %9s\n", benchmarks[b].name, "preset", "judged",
                     "dirty", "suspicious", "clean", "too short", "limited");
        for (size_t i = 0; i < judges->count; i++) {
            if (judges->judges[i].is_missing) continue;
            show_classes(&judges->judges[i], benchmarks[b].agreement.classes[i], benchmarks[b].agreement.limited[i]);
        }
        show_agreement(judges, &benchmarks[b].agreement);
    }
    if (judges->count > 0) show_sources(judges);
}
