#include "query/report/presets.h"

#include <inttypes.h>

static double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

static struct ng_report_judge *add_judge(struct ng_report_judges *judges, const char *missing) {
    struct ng_report_judge *judge = &judges->judges[judges->count++];
    *judge = (struct ng_report_judge){.is_missing = missing};
    if (missing) (void)snprintf(judge->reason, sizeof judge->reason, "%s", missing);
    return judge;
}

void ng_report_judges_add_preset(struct ng_report_judges *judges, enum ng_contam_preset preset, const char *missing) {
    struct ng_report_judge *judge = add_judge(judges, missing);
    judge->name = ng_contam_preset_name(preset);
    judge->source = ng_contam_preset_source(preset);
    judge->rule = preset == NG_PRESET_FOLDED
                      ? "share of letters in windows of 30 letters that occur, without common text and quotations: "
                        "suspicious from 30 %, dirty from 67 %"
                      : "share of windows of 50 characters that occur: suspicious from 20 %, dirty from 80 %";
    judge->preset = preset;
}

void ng_report_judges_add_recipe(struct ng_report_judges *judges, enum ng_recipe recipe, const char *missing) {
    struct ng_report_judge *judge = add_judge(judges, missing);
    judge->name = ng_recipe_name(recipe);
    judge->source = ng_recipe_source(recipe);
    judge->rule = ng_recipe_rule(recipe);
    judge->has_tokens = ng_recipe_has_tokens(recipe);
    judge->is_recipe = true;
    judge->recipe = recipe;
}

static bool is_judged(enum ng_contam_class class) {
    return class != NG_CONTAM_SHORT && class != NG_CONTAM_SKIPPED;
}

void ng_report_agreement_add(struct ng_report_agreement *agreement, const struct ng_report_judges *judges,
                             const struct ng_recipe_verdict *verdicts) {
    for (size_t i = 0; i < judges->count; i++) {
        enum ng_contam_class class = verdicts[i].verdict;
        if (judges->judges[i].is_missing) continue;
        agreement->classes[i][class]++;
        agreement->limited[i] += verdicts[i].limited ? 1 : 0;
        for (size_t j = i + 1; j < judges->count && is_judged(class); j++) {
            if (judges->judges[j].is_missing || !is_judged(verdicts[j].verdict)) continue;
            struct ng_report_pair *pair = &agreement->pairs[i][j];
            bool first = class == NG_CONTAM_DIRTY;
            bool second = verdicts[j].verdict == NG_CONTAM_DIRTY;
            pair->entries++;
            pair->both += first && second ? 1 : 0;
            pair->first += first ? 1 : 0;
            pair->second += second ? 1 : 0;
        }
    }
}

/* Entries that are dirty by both or by neither. */
static uint64_t agreed(const struct ng_report_pair *pair) {
    return pair->entries - pair->first - pair->second + 2 * pair->both;
}

double ng_report_pair_share(const struct ng_report_pair *pair) {
    return share(agreed(pair), pair->entries);
}

/* How far they agree beyond chance (Cohen's kappa, 1960). It is 1 where both judge all entries alike. */
static double pair_kappa(const struct ng_report_pair *pair) {
    double first = share(pair->first, pair->entries);
    double second = share(pair->second, pair->entries);
    double chance = first * second + (1.0 - first) * (1.0 - second);
    if (pair->entries == 0) return 0.0;
    return chance >= 1.0 ? 1.0 : (ng_report_pair_share(pair) - chance) / (1.0 - chance);
}

/* ---- JSON ---- */

void ng_report_verdicts_write(struct ng_json *json, const struct ng_report_judges *judges,
                              const struct ng_recipe_verdict *verdicts) {
    if (judges->count == 0) return;
    ng_json_member_object(json, "presets");
    for (size_t i = 0; i < judges->count; i++) {
        const struct ng_report_judge *judge = &judges->judges[i];
        if (judge->is_missing) continue;
        ng_json_member_object(json, judge->name);
        ng_json_member_text(json, "class", ng_contam_class_name(verdicts[i].verdict));
        ng_json_member_decimal(json, "share", verdicts[i].share, 6);
        ng_json_member_u64(json, "found", verdicts[i].found);
        ng_json_member_u64(json, "of", verdicts[i].of);
        ng_json_member_bool(json, "limited", verdicts[i].limited);
        ng_json_object_end(json);
    }
    ng_json_object_end(json);
}

void ng_report_judges_write(struct ng_json *json, const struct ng_report_judges *judges) {
    if (judges->count == 0) return;
    ng_json_member_array(json, "presets");
    for (size_t i = 0; i < judges->count; i++) {
        const struct ng_report_judge *judge = &judges->judges[i];
        ng_json_object_begin(json);
        ng_json_member_text(json, "preset", judge->name);
        ng_json_member_text(json, "source", judge->source);
        ng_json_member_text(json, "rule", judge->rule);
        ng_json_member_bool(json, "words_for_tokens", judge->has_tokens);
        ng_json_member_text(json, "not_answered", judge->is_missing ? judge->reason : NULL);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static uint64_t judged_of(const uint64_t classes[NG_CONTAM_SKIPPED + 1]) {
    uint64_t judged = 0;
    for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_COMMON; class++) judged += classes[class];
    return judged;
}

static void write_classes(struct ng_json *json, const struct ng_report_judge *judge, const uint64_t *classes,
                          uint64_t limited) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "preset", judge->name);
    ng_json_member_u64(json, "checked", judged_of(classes));
    for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_COMMON; class++) {
        ng_json_member_object(json, ng_contam_class_name((enum ng_contam_class)class));
        ng_json_member_u64(json, "entries", classes[class]);
        ng_json_member_decimal(json, "percent", 100.0 * share(classes[class], judged_of(classes)), 2);
        ng_json_object_end(json);
    }
    ng_json_member_u64(json, "too_short", classes[NG_CONTAM_SHORT]);
    ng_json_member_u64(json, "limited", limited);
    ng_json_object_end(json);
}

static void write_pair(struct ng_json *json, const struct ng_report_judge *first, const struct ng_report_judge *second,
                       const struct ng_report_pair *pair) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "first", first->name);
    ng_json_member_text(json, "second", second->name);
    ng_json_member_u64(json, "entries", pair->entries);
    ng_json_member_u64(json, "same", agreed(pair));
    ng_json_member_u64(json, "both_dirty", pair->both);
    ng_json_member_u64(json, "only_first_dirty", pair->first - pair->both);
    ng_json_member_u64(json, "only_second_dirty", pair->second - pair->both);
    ng_json_member_decimal(json, "percent", 100.0 * ng_report_pair_share(pair), 2);
    ng_json_member_decimal(json, "kappa", pair_kappa(pair), 4);
    ng_json_object_end(json);
}

void ng_report_agreement_write(struct ng_json *json, const struct ng_report_judges *judges,
                               const struct ng_report_agreement *agreement) {
    if (judges->count == 0) return;
    ng_json_member_array(json, "presets");
    for (size_t i = 0; i < judges->count; i++) {
        if (judges->judges[i].is_missing) continue;
        write_classes(json, &judges->judges[i], agreement->classes[i], agreement->limited[i]);
    }
    ng_json_array_end(json);
    ng_json_member_array(json, "agreement");
    for (size_t i = 0; i < judges->count; i++) {
        for (size_t j = i + 1; j < judges->count; j++) {
            if (judges->judges[i].is_missing || judges->judges[j].is_missing) continue;
            write_pair(json, &judges->judges[i], &judges->judges[j], &agreement->pairs[i][j]);
        }
    }
    ng_json_array_end(json);
}

/* ---- CSV ---- */

void ng_report_verdicts_csv_header(FILE *stream, const struct ng_report_judges *judges) {
    for (size_t i = 0; i < judges->count; i++) {
        const struct ng_report_judge *judge = &judges->judges[i];
        if (judge->is_missing) continue;
        (void)fprintf(stream, ",class %s,share %s", judge->name, judge->name);
        if (judge->is_recipe) (void)fprintf(stream, ",limited %s", judge->name);
    }
}

void ng_report_verdicts_csv_row(FILE *stream, const struct ng_report_judges *judges,
                                const struct ng_recipe_verdict *verdicts) {
    for (size_t i = 0; i < judges->count; i++) {
        if (judges->judges[i].is_missing) continue;
        (void)fprintf(stream, ",%s,%.6f", ng_contam_class_name(verdicts[i].verdict), verdicts[i].share);
        if (judges->judges[i].is_recipe) (void)fputs(verdicts[i].limited ? ",true" : ",false", stream);
    }
}

/* ---- Markdown ---- */

static void write_row(FILE *stream, const char *name, const uint64_t *classes, uint64_t limited) {
    uint64_t judged = judged_of(classes);
    (void)fprintf(stream,
                  "| %s | %" PRIu64 " | %" PRIu64 " (%.1f %%) | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", name,
                  judged, classes[NG_CONTAM_DIRTY], 100.0 * share(classes[NG_CONTAM_DIRTY], judged),
                  classes[NG_CONTAM_SUSPICIOUS], classes[NG_CONTAM_CLEAN] + classes[NG_CONTAM_COMMON],
                  classes[NG_CONTAM_SHORT], limited);
}

void ng_report_agreement_card(FILE *stream, const struct ng_report_judges *judges,
                              const struct ng_report_agreement *agreement) {
    (void)fputs("| preset | judged | dirty | suspicious | clean | too short | limited |\n"
                "|---|---:|---:|---:|---:|---:|---:|\n", stream);
    for (size_t i = 0; i < judges->count; i++) {
        if (judges->judges[i].is_missing) continue;
        write_row(stream, judges->judges[i].name, agreement->classes[i], agreement->limited[i]);
    }
    (void)fputs("\nLimited: verdicts that documents left out might make worse.\n", stream);
    (void)fputs("\nHow they agree, dirty or not: percent of the entries that both judge (Cohen's kappa; -: there are none)\n\n|", stream);
    for (size_t j = 0; j < judges->count; j++) {
        if (!judges->judges[j].is_missing) (void)fprintf(stream, " | %s", judges->judges[j].name);
    }
    (void)fputs(" |\n|---", stream);
    for (size_t j = 0; j < judges->count; j++) (void)fputs(judges->judges[j].is_missing ? "" : "|---:", stream);
    (void)fputs("|\n", stream);
    for (size_t i = 0; i < judges->count; i++) {
        if (judges->judges[i].is_missing) continue;
        (void)fprintf(stream, "| %s", judges->judges[i].name);
        for (size_t j = 0; j < judges->count; j++) {
            if (judges->judges[j].is_missing) continue;
            const struct ng_report_pair *pair = &agreement->pairs[i < j ? i : j][i < j ? j : i];
            if (i == j) (void)fputs(" | ", stream);
            else if (pair->entries == 0) (void)fputs(" | -", stream);
            else (void)fprintf(stream, " | %.1f (%.2f)", 100.0 * ng_report_pair_share(pair), pair_kappa(pair));
        }
        (void)fputs(" |\n", stream);
    }
}

void ng_report_judges_card(FILE *stream, const struct ng_report_judges *judges) {
    for (size_t i = 0; i < judges->count; i++) {
        const struct ng_report_judge *judge = &judges->judges[i];
        (void)fprintf(stream, "- preset %s: %s%s. %s", judge->name, judge->rule,
                      judge->has_tokens ? "; words stand in for tokens" : "", judge->source);
        if (judge->is_missing) (void)fprintf(stream, " (not answered: %s)", judge->reason);
        (void)fputc('\n', stream);
    }
}
