/* summary.csv: the rates of a report, as a spreadsheet or a table of many reports takes them. */
#include <inttypes.h>

#include "common/base/random.h"
#include "query/include/ngidx_base.h"
#include "query/report/report.h"

static const enum ng_contam_class COLUMNS[] = {NG_CONTAM_DIRTY, NG_CONTAM_SUSPICIOUS, NG_CONTAM_COMMON, NG_CONTAM_CLEAN};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static void write_header(FILE *stream) {
    (void)fputs("benchmark,corpus,date,preset,entries,checked", stream);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const char *name = ng_contam_class_name(COLUMNS[i]);
        (void)fprintf(stream, ",%s,%s_percent,%s_low,%s_high", name, name, name, name);
    }
    (void)fputs(",overlapping,windows,found,sample,seed,xxh3_128,revision,index_id,corpus_version,program\n", stream);
}

/* index: its number, or index_count for all of them. */
static void write_row(FILE *stream, const struct ng_report_settings *settings, const struct ng_report_benchmark *benchmark,
                      size_t index) {
    bool all = index == settings->index_count;
    const struct ng_report_tally *tally = all ? &benchmark->all : &benchmark->in_index[index];
    const char *corpus = all ? "all corpora" : settings->indexes[index].name;
    uint64_t checked = ng_report_checked(tally);
    ng_report_csv_text(stream, benchmark->name);
    (void)putc(',', stream);
    ng_report_csv_text(stream, corpus);
    (void)fprintf(stream, ",%s,%s,%" PRIu64 ",%" PRIu64, settings->date, ng_report_preset(settings),
                  benchmark->file_entries, checked);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        uint64_t entries = tally->classes[COLUMNS[i]];
        (void)fprintf(stream, ",%" PRIu64 ",%.2f", entries, ng_report_percent(entries, checked));
        if (ng_report_is_sample(settings, benchmark)) {
            struct ng_wilson interval = ng_wilson_interval(entries, checked);
            (void)fprintf(stream, ",%.2f,%.2f", 100 * interval.low, 100 * interval.high);
        } else {
            (void)fputs(",,", stream);
        }
    }
    (void)fprintf(stream, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", tally->overlapping, tally->windows, tally->found);
    if (settings->sample) (void)fprintf(stream, "%" PRIu64, settings->sample);
    (void)fprintf(stream, ",%" PRIu64 ",%s,", settings->seed, benchmark->hash);
    ng_report_csv_text(stream, ng_cite_facts_get(settings->benchmarks, benchmark->name, NG_FACT_REVISION));
    (void)putc(',', stream);
    for (size_t k = all ? 0 : index; k < settings->index_count && (all || k == index); k++) {
        char id[NG_INDEX_ID_CHARS];
        ng_index_get_id(settings->indexes[k].index, id);
        (void)fprintf(stream, "%s%s", all && k > 0 ? " " : "", id);
    }
    (void)putc(',', stream);
    if (!all) ng_report_csv_text(stream, ng_cite_facts_get(settings->corpora, corpus, NG_FACT_VERSION));
    (void)fputs(",ngidx " NGIDX_VERSION "\n", stream);
}

void ng_report_rates_write(FILE *stream, const struct ng_report_settings *settings,
                           const struct ng_report_benchmark *benchmarks, size_t benchmark_count) {
    write_header(stream);
    for (size_t i = 0; i < benchmark_count; i++) {
        for (size_t k = 0; k < settings->index_count; k++) write_row(stream, settings, &benchmarks[i], k);
        if (settings->index_count > 1) write_row(stream, settings, &benchmarks[i], settings->index_count);
    }
}
