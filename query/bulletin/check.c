/* What the figures of a report must have in common. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "query/bulletin/report.h"

static const double ROUNDING = 0.0051; /* of a percentage with two digits */

static int check_rate(const struct ng_bulletin_result *result, enum ng_contam_class class, struct ng_err *err) {
    const struct ng_bulletin_rate *rate = &result->rates[class];
    const char *name = ng_contam_class_name(class);
    double share = result->checked > 0 ? 100.0 * (double)rate->entries / (double)result->checked : 0.0;
    if (fabs(share - rate->percent) > ROUNDING) {
        return ng_err_set(err, NG_ERR_INPUT,
                          "benchmark '%s' in '%s': %" PRIu64 " %s of %" PRIu64 " entries are %.2f %%, not %.2f %%",
                          result->benchmark, result->corpus->name, rate->entries, name, result->checked, share,
                          rate->percent);
    }
    if (!rate->sampled) return NG_OK;
    if (rate->low > rate->percent + ROUNDING || rate->high < rate->percent - ROUNDING) {
        return ng_err_set(err, NG_ERR_INPUT,
                          "benchmark '%s' in '%s': the interval of %s, %.2f to %.2f %%, does not hold the rate, %.2f %%",
                          result->benchmark, result->corpus->name, name, rate->low, rate->high, rate->percent);
    }
    return NG_OK;
}

static int check_result(const struct ng_bulletin_result *result, struct ng_err *err) {
    uint64_t sum = 0;
    int status = NG_OK;
    for (int class = NG_CONTAM_CLEAN; class < NG_BULLETIN_CLASSES; class++) {
        if (result->rates[class].entries > result->checked) {
            return ng_err_set(err, NG_ERR_INPUT, "benchmark '%s' in '%s': more entries are %s than were checked",
                              result->benchmark, result->corpus->name,
                              ng_contam_class_name((enum ng_contam_class)class));
        }
        sum += result->rates[class].entries;
    }
    if (sum != result->checked) {
        return ng_err_set(err, NG_ERR_INPUT,
                          "benchmark '%s' in '%s': its classes have %" PRIu64 " entries, but %" PRIu64 " were checked",
                          result->benchmark, result->corpus->name, sum, result->checked);
    }
    if (result->checked > result->entries || result->unjudged > result->entries - result->checked) {
        return ng_err_set(err, NG_ERR_INPUT,
                          "benchmark '%s' in '%s': its file has %" PRIu64 " entries, fewer than were checked and skipped",
                          result->benchmark, result->corpus->name, result->entries);
    }
    if (result->found > result->windows) {
        return ng_err_set(err, NG_ERR_INPUT,
                          "benchmark '%s' in '%s': %" PRIu64 " windows were found, but it has only %" PRIu64,
                          result->benchmark, result->corpus->name, result->found, result->windows);
    }
    for (int class = NG_CONTAM_CLEAN; class < NG_BULLETIN_CLASSES && !status; class++) {
        status = check_rate(result, (enum ng_contam_class)class, err);
    }
    return status;
}

/* The schema's pattern lets month 13 pass. */
static int check_date(const char *date, struct ng_err *err) {
    static const char form[] = "0000-00-00T00:00:00Z";
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool well = strlen(date) == sizeof form - 1;
    for (size_t i = 0; well && i < sizeof form - 1; i++) {
        well = form[i] == '0' ? date[i] >= '0' && date[i] <= '9' : date[i] == form[i];
    }
    if (well) {
        int year = ng_bulletin_digits(date, 4);
        int month = ng_bulletin_digits(date + 5, 2);
        int day = ng_bulletin_digits(date + 8, 2);
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        well = month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] && (month != 2 || day != 29 || leap) &&
               ng_bulletin_digits(date + 11, 2) < 24 && ng_bulletin_digits(date + 14, 2) < 60 && ng_bulletin_digits(date + 17, 2) < 61;
    }
    if (well) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "'date' is '%.30s', not a date such as 2026-11-30T12:34:56Z", date);
}

static bool same_cell(const struct ng_bulletin_result *a, const struct ng_bulletin_result *b) {
    return a->corpus == b->corpus && strcmp(a->benchmark, b->benchmark) == 0;
}

int ng_bulletin_report_check(const struct ng_bulletin_report *report, struct ng_err *err) {
    int status = check_date(report->date, err);
    for (size_t k = 0; k < report->corpus_count && !status; k++) {
        for (size_t j = 0; j < k && !status; j++) {
            if (strcmp(report->corpora[j].name, report->corpora[k].name) != 0) continue;
            status = ng_err_set(err, NG_ERR_INPUT, "two indexes have the name '%s'", report->corpora[k].name);
        }
    }
    for (size_t i = 0; i < report->result_count && !status; i++) {
        status = check_result(&report->results[i], err);
        for (size_t j = 0; j < i && !status; j++) {
            if (!same_cell(&report->results[i], &report->results[j])) continue;
            status = ng_err_set(err, NG_ERR_INPUT, "benchmark '%s' has two results in '%s'", report->results[i].benchmark,
                                report->results[i].corpus->name);
        }
    }
    return status;
}
