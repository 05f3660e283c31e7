/* What a check prints. */
#include <inttypes.h>

#include "common/base/random.h"
#include "common/cli/cli.h"
#include "query/cli_contam/presets.h"

static void show_settings(const struct ng_report_settings *settings, bool samples) {
    const struct ng_contam_options *options = &settings->options;
    bool folded = options->preset == NG_PRESET_FOLDED;
    (void)printf("\nPreset %s (%s).\nOverlap found / not found at these settings: windows of %" PRIu64 " %s, stride %" PRIu64
                 ";\ndirty from %s %.2f on, suspicious from %.2f on.",
                 ng_contam_preset_name(options->preset), ng_contam_preset_source(options->preset), options->chars,
                 folded ? "letters" : "characters", options->stride, folded ? "coverage" : "eta", options->dirty,
                 options->suspicious);
    if (folded) {
        (void)printf(" Common text: windows in over %" PRIu64 " entries or\n%" PRIu64 " documents.", options->benchmark_guard,
                     options->corpus_guard);
    }
    if (samples) {
        (void)printf(" Samples of %" PRIu64 " entries, seed %" PRIu64 ".", settings->sample, settings->seed);
    }
    (void)putchar('\n');
}

/* The intervals of a sample's rates. */
static void show_intervals(const struct ng_report_benchmark *benchmark) {
    static const enum ng_contam_class shown[] = {NG_CONTAM_DIRTY, NG_CONTAM_SUSPICIOUS};
    const uint64_t *classes = benchmark->all.classes;
    uint64_t checked = ng_report_checked(&benchmark->all);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct ng_wilson interval = ng_wilson_interval(classes[shown[i]], checked);
        (void)printf("%s %s %.1f to %.1f %%", i > 0 ? "," : "; of all, with 95 % confidence:",
                     ng_contam_class_name(shown[i]), 100 * interval.low, 100 * interval.high);
    }
}

static void show_benchmark(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark) {
    const uint64_t *classes = benchmark->all.classes;
    (void)printf("%s: field %s, %" PRIu64 " entr%s", benchmark->name, benchmark->fields, benchmark->file_entries,
                 ng_cli_plural_y(benchmark->file_entries));
    if (benchmark->short_entries) (void)printf(", %" PRIu64 " short", benchmark->short_entries);
    if (classes[NG_CONTAM_SHORT]) (void)printf(", %" PRIu64 " too short to be judged", classes[NG_CONTAM_SHORT]);
    if (classes[NG_CONTAM_SKIPPED]) (void)printf(", %" PRIu64 " empty and skipped", classes[NG_CONTAM_SKIPPED]);
    if (benchmark->answers_asked) {
        (void)printf(", answer near the overlap in %" PRIu64 ", in the same document in %" PRIu64 " of %" PRIu64,
                     benchmark->answers_near, benchmark->answers_together, benchmark->answers_asked);
    }
    if (benchmark->answers_not_telling) {
        (void)printf(", %" PRIu64 " answer%s not telling (under 4 letters)", benchmark->answers_not_telling,
                     ng_cli_plural(benchmark->answers_not_telling));
    }
    if (ng_report_is_sample(settings, benchmark)) show_intervals(benchmark);
    (void)putchar('\n');
}

static void show_canaries(const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark) {
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        const struct ng_report_canary *canary = &benchmark->canaries[i];
        struct ng_report_canary_count all = ng_report_canary_all(settings, canary);
        bool colored = all.documents > 0 && ng_cli_color(stdout);
        (void)printf("%s: canary string ", benchmark->name);
        if (!settings->redact) {
            ng_cli_print_visible(stdout, canary->text.data, (size_t)canary->text.length_bytes);
            (void)putchar(' ');
        }
        (void)printf("%soccurs in %s", colored ? "\033[1;31m" : "", all.at_least ? "at least " : "");
        if (all.documents == 0) (void)fputs("no document", stdout);
        else (void)printf("%" PRIu64 " document%s", all.documents, ng_cli_plural(all.documents));
        (void)puts(colored ? "\033[0m" : "");
    }
}

void ng_cmd_contam_show(const struct ng_cmd_contam *command, const struct ng_report_benchmark *benchmarks, size_t count,
                        const struct ng_contam_stats *stats, const struct ng_report_told *told) {
    ng_cmd_contam_table(&command->settings, benchmarks, count);
    bool samples = false;
    for (size_t i = 0; i < count; i++) samples = samples || ng_report_is_sample(&command->settings, &benchmarks[i]);
    if (!command->settings.judges.decides) show_settings(&command->settings, samples);
    ng_cmd_presets_show(&command->settings, benchmarks, count);
    for (size_t i = 0; i < count; i++) {
        show_benchmark(&command->settings, &benchmarks[i]);
        show_canaries(&command->settings, &benchmarks[i]);
    }
    (void)printf("%" PRIu64 " windows, %" PRIu64 " LF-steps\n", stats->windows, stats->lf_steps);
    if (command->self_test) {
        (void)putchar('\n');
        ng_cmd_contam_show_outcome(command);
    }
    if (command->report) {
        uint64_t documents = 0;
        for (size_t k = 0; k < command->indexes.count; k++) {
            struct ng_index_info info;
            ng_index_get_info(command->indexes.indexes[k], &info);
            documents += info.documents;
        }
        (void)printf("report: %s/report.html\n%s/contaminated-docs.jsonl: %" PRIu64 " documents to take out, %.2f %% of %" PRIu64
                     "\n", command->report, command->report, told->documents,
                     ng_report_percent(told->documents, documents), documents);
    }
    if (command->attributes) (void)printf("attributes: %" PRIu64 " file%s in %s\n", told->attribute_files,
                                           ng_cli_plural(told->attribute_files), command->attributes);
}

/* What judges text without spaces, which preset paper does not. */
static void advise_folded(const struct ng_cmd_indexes *indexes) {
    bool folded = true;
    for (size_t k = 0; k < indexes->count; k++) folded = folded && ng_index_view(indexes->indexes[k], NG_VIEW_FOLDED);
    (void)fprintf(stderr, "ngidx: to judge them, %s\n",
                  folded ? "use --preset folded" : "build the index with a folded view: ngidx build --view exact,folded");
}

void ng_cmd_contam_warn(const struct ng_cmd_contam *command, const struct ng_report_benchmark *benchmarks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct ng_report_benchmark *benchmark = &benchmarks[i];
        if (benchmark->cut_entries > 0) {
            (void)fprintf(stderr, "ngidx: %s: %" PRIu64 " entr%s too often: contaminated-docs.jsonl may lack documents "
                          "of %s\n", benchmark->name, benchmark->cut_entries, benchmark->cut_entries == 1 ? "y occurs" : "ies occur",
                          benchmark->cut_entries == 1 ? "it" : "them");
        }
        if (benchmark->unspaced_entries == 0) continue;
        (void)fprintf(stderr, "ngidx: %s: %" PRIu64 " entr%s text without spaces, which preset paper treats as "
                      "one word: their class is unreliable\n", benchmark->name, benchmark->unspaced_entries,
                      benchmark->unspaced_entries == 1 ? "y is" : "ies are");
        advise_folded(&command->indexes);
    }
}
