#include "query/include/ngidx_base.h"
#include "query/report/report.h"

const char *const ng_report_method[] = {
    "The texts of an entry are checked apart. A word starts at a code point that is no white space (Unicode "
    "White_Space) and is first or follows white space. A window is a fixed number of code points from a word start, "
    "where that many remain. An entry without a window gets one, the whole entry, and is flagged short; an entry that "
    "is empty or white space only is skipped.",
    "A window is found if exactly its bytes occur in any document of any shard of any index: case, blanks and line ends "
    "count. eta is the number of found windows over the number of windows.",
    "Found means that overlap was found at these settings. Not found does not mean that the entry was never seen: text "
    "that was reworded, re-wrapped or translated is not found by exact search. ngidx contam --self-test measures on "
    "your own index how much of that this method misses.",
    NULL};

const char *const ng_report_wording = "overlap found / not found at these settings";

static void text(struct ng_json *json, const char *key, const char *value) {
    ng_json_key(json, key);
    ng_json_text(json, value);
}

static void number(struct ng_json *json, const char *key, uint64_t value) {
    ng_json_key(json, key);
    ng_json_u64(json, value);
}

static void decimal(struct ng_json *json, const char *key, double value, int decimals) {
    ng_json_key(json, key);
    ng_json_decimal(json, value, decimals);
}

static void text_or_null(struct ng_json *json, const char *key, const char *value) {
    ng_json_key(json, key);
    if (value) ng_json_text(json, value);
    else ng_json_raw(json, "null", 4);
}

static void write_indexes(struct ng_json *json, const struct ng_report_settings *settings) {
    ng_json_key(json, "indexes");
    ng_json_array_begin(json);
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        char id[NG_INDEX_ID_CHARS];
        ng_index_get_info(settings->indexes[k].index, &info);
        ng_index_get_id(settings->indexes[k].index, id);
        ng_json_object_begin(json);
        text(json, "name", settings->indexes[k].name);
        text(json, "path", settings->indexes[k].path);
        text(json, "id", id);
        number(json, "text_bytes", info.text_bytes);
        number(json, "documents", info.documents);
        number(json, "shards", info.shards);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_key(json, "index_ids");
    ng_json_array_begin(json);
    for (size_t k = 0; k < settings->index_count; k++) {
        char id[NG_INDEX_ID_CHARS];
        ng_index_get_id(settings->indexes[k].index, id);
        ng_json_text(json, id);
    }
    ng_json_array_end(json);
}

static void write_parameters(struct ng_json *json, const struct ng_report_settings *settings) {
    const struct ng_contam_options *options = &settings->options;
    ng_json_key(json, "parameters");
    ng_json_object_begin(json);
    number(json, "chars", options->chars);
    number(json, "stride", options->stride);
    decimal(json, "suspicious", options->suspicious, 4);
    decimal(json, "dirty", options->dirty, 4);
    ng_json_key(json, "other_chars");
    ng_json_array_begin(json);
    for (size_t i = 0; i < options->more_count; i++) ng_json_u64(json, options->more_chars[i]);
    ng_json_array_end(json);
    ng_json_key(json, "sample");
    if (settings->sample == 0) ng_json_raw(json, "null", 4);
    else ng_json_u64(json, settings->sample);
    number(json, "seed", settings->seed);
    text_or_null(json, "id_field", settings->id_field);
    text_or_null(json, "answer_field", settings->answer_field);
    number(json, "evidence_limit", options->evidence_limit);
    number(json, "context_bytes", options->context_bytes);
    number(json, "answer_chars", options->answer_chars);
    ng_json_key(json, "redacted");
    ng_json_bool(json, settings->redact);
    ng_json_object_end(json);
}

static void write_tally(struct ng_json *json, const struct ng_report_tally *tally) {
    uint64_t checked = ng_report_checked(tally);
    number(json, "checked", checked);
    for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_DIRTY; class++) {
        ng_json_key(json, ng_contam_class_name((enum ng_contam_class)class));
        ng_json_object_begin(json);
        number(json, "entries", tally->classes[class]);
        decimal(json, "percent", ng_report_percent(tally->classes[class], checked), 2);
        ng_json_object_end(json);
    }
    number(json, "overlapping", tally->overlapping);
    number(json, "windows", tally->windows);
    number(json, "found", tally->found);
}

static void write_histogram(struct ng_json *json, const struct ng_report_benchmark *benchmark) {
    ng_json_key(json, "histogram");
    ng_json_object_begin(json);
    decimal(json, "bin", 1.0 / NG_REPORT_BINS, 2);
    ng_json_key(json, "entries");
    ng_json_array_begin(json);
    for (size_t i = 0; i < NG_REPORT_BINS; i++) ng_json_u64(json, benchmark->histogram[i]);
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void write_sensitivity(struct ng_json *json, const struct ng_report_benchmark *benchmark) {
    uint64_t checked = ng_report_checked(&benchmark->all);
    ng_json_key(json, "sensitivity");
    ng_json_array_begin(json);
    for (size_t l = 0; l < benchmark->length_count; l++) {
        const struct ng_report_length *length = &benchmark->lengths[l];
        ng_json_object_begin(json);
        number(json, "chars", length->chars);
        number(json, "windows", length->windows);
        number(json, "found", length->found);
        ng_json_key(json, "eta_at_least");
        ng_json_array_begin(json);
        for (size_t t = 0; t < NG_REPORT_THRESHOLDS; t++) {
            ng_json_object_begin(json);
            decimal(json, "eta", (double)(t + 1) / NG_REPORT_THRESHOLDS, 1);
            number(json, "entries", length->at_least[t]);
            decimal(json, "percent", ng_report_percent(length->at_least[t], checked), 2);
            ng_json_object_end(json);
        }
        ng_json_array_end(json);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_benchmark(struct ng_json *json, const struct ng_report_settings *settings,
                            const struct ng_report_benchmark *benchmark) {
    ng_json_object_begin(json);
    text(json, "name", benchmark->name);
    text(json, "path", benchmark->path);
    text_or_null(json, "xxh3_128", benchmark->hash[0] ? benchmark->hash : NULL);
    text(json, "fields", benchmark->fields);
    number(json, "entries", benchmark->file_entries);
    number(json, "skipped", benchmark->all.classes[NG_CONTAM_SKIPPED]);
    number(json, "short", benchmark->short_entries);
    write_tally(json, &benchmark->all);
    number(json, "answers_looked_for", benchmark->answers_asked);
    number(json, "answers_near", benchmark->answers_near);
    ng_json_key(json, "indexes");
    ng_json_array_begin(json);
    for (size_t k = 0; k < settings->index_count; k++) {
        ng_json_object_begin(json);
        text(json, "index", settings->indexes[k].name);
        write_tally(json, &benchmark->in_index[k]);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    write_histogram(json, benchmark);
    write_sensitivity(json, benchmark);
    ng_json_object_end(json);
}

void ng_report_summary_write(struct ng_json *json, const struct ng_report_settings *settings,
                             const struct ng_report_benchmark *benchmarks, size_t benchmark_count,
                             const struct ng_contam_stats *stats) {
    ng_json_object_begin(json);
    text(json, "report", "ngidx contamination");
    number(json, "report_version", 1);
    text(json, "program", "ngidx " NGIDX_VERSION);
    text(json, "wording", ng_report_wording);
    ng_json_key(json, "method");
    ng_json_array_begin(json);
    for (size_t i = 0; ng_report_method[i]; i++) ng_json_text(json, ng_report_method[i]);
    ng_json_array_end(json);
    write_indexes(json, settings);
    write_parameters(json, settings);
    ng_json_key(json, "benchmarks");
    ng_json_array_begin(json);
    for (size_t i = 0; i < benchmark_count; i++) write_benchmark(json, settings, &benchmarks[i]);
    ng_json_array_end(json);
    ng_json_key(json, "cost");
    ng_json_object_begin(json);
    number(json, "windows", stats->windows);
    number(json, "searches_recalled", stats->searches_recalled);
    number(json, "lf_steps", stats->lf_steps);
    ng_json_object_end(json);
    ng_json_object_end(json);
}
