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
    *benchmark = (struct ng_report_benchmark){0};
}

enum ng_contam_class ng_report_class(const struct ng_report_settings *settings, uint64_t found, uint64_t windows) {
    if (windows == 0) return NG_CONTAM_SKIPPED;
    double eta = (double)found / (double)windows;
    if (eta >= settings->options.dirty) return NG_CONTAM_DIRTY;
    return eta >= settings->options.suspicious ? NG_CONTAM_SUSPICIOUS : NG_CONTAM_CLEAN;
}

static void add_to_tally(struct ng_report_tally *tally, const struct ng_report_settings *settings, uint64_t found,
                         uint64_t windows) {
    tally->classes[ng_report_class(settings, found, windows)]++;
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

void ng_report_benchmark_add(struct ng_report_benchmark *benchmark, const struct ng_report_settings *settings,
                             const struct ng_contam_result *result) {
    add_to_tally(&benchmark->all, settings, result->found, result->windows);
    for (size_t k = 0; k < settings->index_count; k++) {
        add_to_tally(&benchmark->in_index[k], settings, result->index_found[k], result->windows);
    }
    if (result->verdict == NG_CONTAM_SKIPPED) return;
    benchmark->short_entries += result->is_short ? 1 : 0;
    benchmark->answers_asked += result->answer != NG_CONTAM_ANSWER_NOT_ASKED ? 1 : 0;
    benchmark->answers_near += result->answer == NG_CONTAM_ANSWER_NEAR ? 1 : 0;
    uint64_t bin = result->found * NG_REPORT_BINS / result->windows;
    benchmark->histogram[bin < NG_REPORT_BINS ? bin : NG_REPORT_BINS - 1]++;
    add_to_length(&benchmark->lengths[0], result->found, result->windows);
    for (size_t l = 1; l < benchmark->length_count; l++) {
        add_to_length(&benchmark->lengths[l], result->lengths[l - 1].found, result->lengths[l - 1].windows);
    }
}

uint64_t ng_report_checked(const struct ng_report_tally *tally) {
    return tally->classes[NG_CONTAM_CLEAN] + tally->classes[NG_CONTAM_SUSPICIOUS] + tally->classes[NG_CONTAM_DIRTY];
}

double ng_report_share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

double ng_report_percent(uint64_t part, uint64_t whole) {
    return 100.0 * ng_report_share(part, whole);
}
