/* report.md: a card to paste into a paper or the description of a model. */
#include <inttypes.h>

#include "common/base/random.h"
#include "common/cli/cli.h"
#include "query/include/ngidx_base.h"
#include "query/report/report.h"

/* A name in a table of Markdown: on one line, with what means something there escaped. */
static void write_name(FILE *stream, const char *name) {
    for (const char *c = name; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < 0x20 || byte == 0x7F) (void)putc(' ', stream);
        else if (byte == '<') (void)fputs("&lt;", stream);
        else if (byte == '&') (void)fputs("&amp;", stream);
        else {
            if (byte < 0x80 && (byte == '|' || byte == '*' || byte == '_' || byte == '`' || byte == '[' || byte == ']' ||
                                byte == '\\' || byte == '#')) (void)putc('\\', stream);
            (void)putc(byte, stream);
        }
    }
}

static void write_row(FILE *stream, const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark,
                      const char *index, const struct ng_report_tally *tally) {
    uint64_t checked = ng_report_checked(tally);
    (void)fputs("| ", stream);
    write_name(stream, benchmark->name);
    (void)fputs(" | ", stream);
    write_name(stream, index);
    (void)fprintf(stream, " | %" PRIu64, checked);
    static const enum ng_contam_class columns[] = {NG_CONTAM_DIRTY, NG_CONTAM_SUSPICIOUS, NG_CONTAM_COMMON, NG_CONTAM_CLEAN};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (columns[i] == NG_CONTAM_COMMON && !ng_report_has_common(settings)) continue;
        uint64_t entries = tally->classes[columns[i]];
        (void)fprintf(stream, " | %" PRIu64 " (%.1f %%", entries, ng_report_percent(entries, checked));
        if (ng_report_is_sample(settings, benchmark)) {
            struct ng_wilson interval = ng_wilson_interval(entries, checked);
            (void)fprintf(stream, ", 95 %%: %.1f to %.1f", 100 * interval.low, 100 * interval.high);
        }
        (void)putc(')', stream);
    }
    (void)fputs(" |\n", stream);
}

/* What is known from elsewhere, in words. */
static void write_facts(FILE *stream, const struct ng_cite_facts *facts, const char *name) {
    static const struct {
        const char *words;
        enum ng_cite_fact fact;
    } shown[] = {{"version", NG_FACT_VERSION},
                 {"revision", NG_FACT_REVISION},
                 {"crawled", NG_FACT_CRAWL_DATE},
                 {"licence", NG_FACT_LICENCE},
                 {"from", NG_FACT_URL}};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const char *value = ng_cite_facts_get(facts, name, shown[i].fact);
        if (!value) continue;
        (void)fprintf(stream, ", %s ", shown[i].words);
        write_name(stream, value);
    }
}

static void write_measured(FILE *stream, const struct ng_report_settings *settings) {
    struct ng_report_measured measured;
    if (settings->judges.decides || !ng_report_measured(&settings->options, &measured)) return;
    (void)fprintf(stream, "- on %s (%" PRIu64 " entries, %" PRIu64 " documents) class dirty has precision %.3f and recall %.3f\n",
                  measured.set, measured.entries, measured.documents, measured.precision, measured.recall);
}

static void write_indexes(FILE *stream, const struct ng_report_settings *settings) {
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        char id[NG_INDEX_ID_CHARS];
        char size[NG_CLI_SIZE_CHARS];
        ng_index_get_info(settings->indexes[k].index, &info);
        ng_index_get_id(settings->indexes[k].index, id);
        (void)fputs("- corpus ", stream);
        write_name(stream, settings->indexes[k].name);
        (void)fprintf(stream, ": %" PRIu64 " documents, %s of text, index `%s`", info.documents,
                      ng_cli_format_size(info.text_bytes, size), id);
        write_facts(stream, settings->corpora, settings->indexes[k].name);
        (void)putc('\n', stream);
    }
}

static void write_canaries(FILE *stream, const struct ng_report_settings *settings,
                           const struct ng_report_benchmark *benchmark) {
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        struct ng_report_canary_count all = ng_report_canary_all(settings, &benchmark->canaries[i]);
        if (all.documents == 0) (void)fputs(", its canary string in no document", stream);
        else {
            (void)fprintf(stream, ", **its canary string in %s%" PRIu64 " document%s**", all.at_least ? "at least " : "",
                          all.documents, ng_cli_plural(all.documents));
        }
    }
}

static void write_benchmarks(FILE *stream, const struct ng_report_settings *settings,
                             const struct ng_report_benchmark *benchmarks, size_t benchmark_count) {
    for (size_t i = 0; i < benchmark_count; i++) {
        const struct ng_report_benchmark *benchmark = &benchmarks[i];
        (void)fputs("- benchmark ", stream);
        write_name(stream, benchmark->name);
        (void)fprintf(stream, ": %" PRIu64 " entr%s", benchmark->file_entries, ng_cli_plural_y(benchmark->file_entries));
        if (settings->sample && settings->sample < benchmark->file_entries) {
            (void)fprintf(stream, ", of which %" PRIu64 " were drawn (seed %" PRIu64 ")", settings->sample, settings->seed);
        }
        (void)fputs(", field ", stream);
        write_name(stream, benchmark->fields);
        if (benchmark->short_entries) (void)fprintf(stream, ", %" PRIu64 " short", benchmark->short_entries);
        if (benchmark->all.classes[NG_CONTAM_SHORT]) {
            (void)fprintf(stream, ", %" PRIu64 " too short to judge", benchmark->all.classes[NG_CONTAM_SHORT]);
        }
        if (benchmark->unspaced_entries) (void)fprintf(stream, ", %" PRIu64 " unspaced", benchmark->unspaced_entries);
        if (benchmark->all.classes[NG_CONTAM_SKIPPED]) {
            (void)fprintf(stream, ", %" PRIu64 " empty and skipped", benchmark->all.classes[NG_CONTAM_SKIPPED]);
        }
        write_canaries(stream, settings, benchmark);
        if (benchmark->hash[0]) (void)fprintf(stream, ", XXH3-128 `%s`", benchmark->hash);
        write_facts(stream, settings->benchmarks, benchmark->name);
        (void)putc('\n', stream);
    }
}

/* What the preset of the windows does. */
static void write_windows(FILE *stream, const struct ng_report_settings *settings) {
    const struct ng_contam_options *options = &settings->options;
    bool folded = options->preset == NG_PRESET_FOLDED;
    if (folded) {
        (void)fprintf(stream, "only letters, marks and numbers, in windows of %" PRIu64 ", one at %s. Coverage is the "
                      "share of an entry that found windows cover. Windows in over %" PRIu64 " entries or %" PRIu64
                      " documents are common text. Dirty from coverage", options->chars,
                      options->stride == 1 ? "every word" : "some word starts",
                      options->benchmark_guard, options->corpus_guard);
    } else {
        (void)fprintf(stream, "windows of %" PRIu64 " characters, one at %s, searched for exactly. eta is the share of an "
                      "entry's windows that occur in the corpus: dirty from", options->chars,
                      options->stride == 1 ? "every word" : "some word starts");
    }
    (void)fprintf(stream, " %.2f on, suspicious from %.2f on, clean below. The classes mean: %s. Text that was "
                  "reworded%s is not found.\n\n", options->dirty, options->suspicious, ng_report_wording,
                  folded ? "" : " or re-wrapped");
    if (options->stride > 1) (void)fprintf(stream, "- stride: a window at one in %" PRIu64 " words\n", options->stride);
}

static void write_preset(FILE *stream, const struct ng_report_settings *settings,
                         const struct ng_report_benchmark *benchmarks, size_t benchmark_count) {
    double suspicious;
    double dirty;
    bool by_share = ng_report_thresholds(settings, &suspicious, &dirty);
    (void)fprintf(stream, "\nPreset %s (%s): ", ng_report_preset(settings), ng_report_source(settings));
    if (!settings->judges.decides) {
        write_windows(stream, settings);
        return;
    }
    const struct ng_report_judge *judge = &settings->judges.judges[0];
    (void)fprintf(stream, "%s. ", judge->rule);
    if (judge->has_tokens) (void)fputs("Words stand in for the tokens of a tokenizer. ", stream);
    if (by_share) (void)fprintf(stream, "In this report: dirty from %.2f on. ", dirty);
    uint64_t limited = 0;
    for (size_t i = 0; i < benchmark_count; i++) limited += benchmarks[i].agreement.limited[0];
    if (limited > 0) {
        (void)fprintf(stream, "Limited verdicts, which documents that were left out might make worse: %" PRIu64 ". ", limited);
    }
    (void)fprintf(stream, "The classes mean: %s.\n\n", ng_report_wording);
}

void ng_report_card_write(FILE *stream, const struct ng_report_settings *settings,
                          const struct ng_report_benchmark *benchmarks, size_t benchmark_count) {
    (void)fputs("## Overlap of benchmarks with the corpus\n\n"
                "| benchmark | corpus | entries | dirty | suspicious |",
                stream);
    bool common = ng_report_has_common(settings);
    (void)fprintf(stream, "%s clean |\n|---|---|---:|---:|---:|---:|%s\n", common ? " common |" : "", common ? "---:|" : "");
    for (size_t i = 0; i < benchmark_count; i++) {
        for (size_t k = 0; k < settings->index_count; k++) {
            write_row(stream, settings, &benchmarks[i], settings->indexes[k].name, &benchmarks[i].in_index[k]);
        }
        if (settings->index_count > 1) write_row(stream, settings, &benchmarks[i], "all corpora",
                                                   &benchmarks[i].all);
    }
    write_preset(stream, settings, benchmarks, benchmark_count);
    write_indexes(stream, settings);
    write_benchmarks(stream, settings, benchmarks, benchmark_count);
    write_measured(stream, settings);
    (void)fprintf(stream, "- made by ngidx " NGIDX_VERSION ", %.10s\n", settings->date);
    if (settings->judges.count < 2) return;
    for (size_t i = 0; i < benchmark_count; i++) {
        (void)fputs("\n### By each preset: ", stream);
        write_name(stream, benchmarks[i].name);
        (void)fputs("\n\n", stream);
        ng_report_agreement_card(stream, &settings->judges, &benchmarks[i].agreement);
    }
    (void)fputc('\n', stream);
    ng_report_judges_card(stream, &settings->judges);
}
