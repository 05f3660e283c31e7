#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/cli/cli.h"
#include "query/cli_contam/contam.h"

static int columns_of(const char *text) {
    return (int)ng_utf8_characters((const uint8_t *)text, strlen(text));
}

static void print_padded(const char *text, int width) {
    ng_cli_print_visible(stdout, (const uint8_t *)text, strlen(text));
    (void)printf("%*s", width - columns_of(text) > 0 ? width - columns_of(text) : 0, "");
}

static void print_class(const struct ng_report_tally *tally, enum ng_contam_class class, const char *color) {
    bool colored = tally->classes[class] > 0 && ng_cli_color(stdout);
    (void)printf("  %s%8" PRIu64 " %5.1f%%%s", colored ? color : "", tally->classes[class],
                 ng_report_percent(tally->classes[class], ng_report_checked(tally)), colored ? "\033[0m" : "");
}

static void print_row(const struct ng_report_settings *settings, const char *benchmark, int width, const char *index, int index_width,
                      const struct ng_report_tally *tally) {
    print_padded(benchmark, width);
    (void)fputs("  ", stdout);
    print_padded(index, index_width);
    (void)printf("  %9" PRIu64, ng_report_checked(tally));
    print_class(tally, NG_CONTAM_DIRTY, "\033[1;31m");
    print_class(tally, NG_CONTAM_SUSPICIOUS, "\033[1;33m");
    if (ng_report_has_common(settings)) print_class(tally, NG_CONTAM_COMMON, "");
    print_class(tally, NG_CONTAM_CLEAN, "");
    (void)putchar('\n');
}

void ng_cmd_contam_table(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmarks,
                         size_t count) {
    static const char all[] = "all corpora";
    int width = (int)sizeof "benchmark" - 1;
    int index_width = settings->index_count > 1 ? (int)sizeof all - 1 : (int)sizeof "corpus" - 1;
    for (size_t i = 0; i < count; i++) {
        if (columns_of(benchmarks[i].name) > width) width = columns_of(benchmarks[i].name);
    }
    for (size_t k = 0; k < settings->index_count; k++) {
        if (columns_of(settings->indexes[k].name) > index_width) index_width = columns_of(settings->indexes[k].name);
    }
    bool common = ng_report_has_common(settings);
    (void)printf("%-*s  %-*s  %9s  %15s  %15s%*s  %15s\n", width, "benchmark", index_width, "corpus", "entries", "dirty",
                 "suspicious", common ? 17 : 0, common ? "common" : "", "clean");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < settings->index_count; k++) {
            print_row(settings, benchmarks[i].name, width, settings->indexes[k].name, index_width, &benchmarks[i].in_index[k]);
        }
        if (settings->index_count > 1) print_row(settings, benchmarks[i].name, width, all, index_width, &benchmarks[i].all);
    }
}
