#include <stdlib.h>
#include <string.h>

#include "query/report/report.h"

int ng_report_benchmark_init(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                             const char *name, const char *path, struct ng_err *err) {
    *benchmark = (struct ng_report_benchmark){.name = strdup(name), .path = strdup(path), .fields = strdup("")};
    if (!benchmark->name || !benchmark->path || !benchmark->fields) {
        ng_report_benchmark_free(benchmark);
        return ng_err_nomem(err, strlen(path), "the name of a benchmark");
    }
    benchmark->length_count = settings->options.more_count + 1;
    benchmark->lengths[0].chars = settings->options.chars;
    for (size_t l = 1; l < benchmark->length_count; l++) benchmark->lengths[l].chars = settings->options.more_chars[l - 1];
    return NG_OK;
}

void ng_report_benchmark_free(struct ng_report_benchmark *benchmark) {
    if (!benchmark) return;
    free(benchmark->name);
    free(benchmark->path);
    free(benchmark->fields);
    free(benchmark->note);
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        free((void *)(uintptr_t)benchmark->canaries[i].text.data);
        free(benchmark->canaries[i].in_index);
    }
    free(benchmark->canaries);
    *benchmark = (struct ng_report_benchmark){0};
}

const char *ng_report_measure(const struct ng_report_settings *settings) {
    if (settings->judges.decides) return "share";
    return settings->options.preset == NG_PRESET_FOLDED ? "coverage" : "eta";
}

bool ng_report_has_common(const struct ng_report_settings *settings) {
    return settings->options.preset == NG_PRESET_FOLDED && !settings->judges.decides;
}

const char *ng_report_preset(const struct ng_report_settings *settings) {
    if (settings->judges.decides) return settings->judges.judges[0].name;
    return ng_contam_preset_name(settings->options.preset);
}

const char *ng_report_source(const struct ng_report_settings *settings) {
    if (settings->judges.decides) return settings->judges.judges[0].source;
    return ng_contam_preset_source(settings->options.preset);
}

bool ng_report_thresholds(const struct ng_report_settings *settings, double *suspicious, double *dirty) {
    const struct ng_report_judge *judge = &settings->judges.judges[0];
    *suspicious = settings->judges.decides ? settings->recipes.suspicious[judge->recipe] : settings->options.suspicious;
    *dirty = settings->judges.decides ? settings->recipes.dirty[judge->recipe] : settings->options.dirty;
    return !settings->judges.decides || ng_recipe_has_share(judge->recipe);
}

static void add_to_tally(struct ng_report_tally *tally, enum ng_contam_class class, uint64_t found, uint64_t windows) {
    tally->classes[class]++;
    tally->overlapping += found > 0 ? 1 : 0;
    tally->windows += windows;
    tally->found += found;
}

static void add_to_length(struct ng_report_length *length, uint64_t found, uint64_t windows) {
    length->windows += windows;
    length->found += found;
    for (uint64_t t = 0; t < NG_REPORT_THRESHOLDS; t++) {
        length->at_least[t] += NG_REPORT_THRESHOLDS * found >= (t + 1) * windows ? 1 : 0;
    }
}

static void add_to_histogram(struct ng_report_benchmark *benchmark, double share) {
    uint64_t bin = (uint64_t)(share * NG_REPORT_BINS);
    benchmark->histogram[bin < NG_REPORT_BINS ? bin : NG_REPORT_BINS - 1]++;
}

/* In whole numbers: eta may be just below a bin's begin. */
static uint64_t bin_of_windows(const struct ng_contam_result *result) {
    uint64_t bin = result->found * NG_REPORT_BINS / result->windows;
    return bin < NG_REPORT_BINS ? bin : NG_REPORT_BINS - 1;
}

void ng_report_benchmark_add(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                             const struct ng_contam_result *result, const struct ng_recipe_verdict *verdicts) {
    ng_report_agreement_add(&benchmark->agreement, &settings->judges, verdicts);
    add_to_tally(&benchmark->all, result->verdict, result->found, result->windows);
    for (size_t k = 0; k < settings->index_count; k++) {
        add_to_tally(&benchmark->in_index[k], result->index_class[k], result->index_found[k], result->windows);
    }
    if (settings->judges.decides && result->verdict <= NG_CONTAM_COMMON) add_to_histogram(benchmark, verdicts[0].share);
    if (result->windows == 0) return;
    benchmark->unspaced_entries += result->is_unspaced ? 1 : 0;
    benchmark->short_entries += result->is_short ? 1 : 0;
    bool near = result->answer == NG_CONTAM_ANSWER_NEAR;
    benchmark->answers_asked += near || result->answer == NG_CONTAM_ANSWER_ABSENT ? 1 : 0;
    benchmark->answers_near += near ? 1 : 0;
    benchmark->answers_together += result->together == NG_CONTAM_TOGETHER ? 1 : 0;
    benchmark->answers_not_telling += result->answer == NG_CONTAM_ANSWER_NOT_TELLING ? 1 : 0;
    if (settings->judges.decides) {
        /* It is in the histogram already. */
    } else if (settings->options.preset == NG_PRESET_FOLDED) {
        add_to_histogram(benchmark, result->coverage);
    } else {
        benchmark->histogram[bin_of_windows(result)]++;
    }
    add_to_length(&benchmark->lengths[0], result->found, result->windows);
    for (size_t l = 1; l < benchmark->length_count; l++) {
        add_to_length(&benchmark->lengths[l], result->lengths[l - 1].found, result->lengths[l - 1].windows);
    }
}

int ng_report_benchmark_add_canary(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                                   struct ng_bytes text, struct ng_report_canary **canary, struct ng_err *err) {
    size_t bytes = (benchmark->canary_count + 1) * sizeof *benchmark->canaries;
    struct ng_report_canary *canaries = realloc(benchmark->canaries, bytes);
    if (!canaries) return ng_err_nomem(err, bytes, "canaries");
    benchmark->canaries = canaries;
    *canary = &canaries[benchmark->canary_count];
    uint8_t *copy = malloc((size_t)text.length_bytes + 1);
    **canary = (struct ng_report_canary){.text = {copy, text.length_bytes},
                                         .in_index = calloc(settings->index_count, sizeof *(*canary)->in_index)};
    if (!copy || !(*canary)->in_index) {
        free(copy);
        free((*canary)->in_index);
        return ng_err_nomem(err, text.length_bytes, "a canary");
    }
    memcpy(copy, text.data, (size_t)text.length_bytes);
    benchmark->canary_count++;
    return NG_OK;
}

struct ng_report_canary_count ng_report_canary_all(const struct ng_report_settings *settings,
                                                   const struct ng_report_canary *canary) {
    struct ng_report_canary_count all = {0};
    for (size_t k = 0; k < settings->index_count; k++) {
        all.occurrences += canary->in_index[k].occurrences;
        all.documents += canary->in_index[k].documents;
        all.at_least = all.at_least || canary->in_index[k].at_least;
    }
    return all;
}

uint64_t ng_report_checked(const struct ng_report_tally *tally) {
    uint64_t checked = 0;
    for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_COMMON; class++) checked += tally->classes[class];
    return checked;
}

double ng_report_share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

double ng_report_percent(uint64_t part, uint64_t whole) {
    return 100.0 * ng_report_share(part, whole);
}

bool ng_report_is_sample(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark) {
    return settings->sample > 0 && settings->sample < benchmark->file_entries && ng_report_checked(&benchmark->all) > 0;
}
