#include "common/base/random.h"
#include "common/json/contam.h"
#include "query/include/ngidx_base.h"
#include "query/report/report.h"

/* The method in plain words: paragraphs, NULL at the end. */
static const char *const *method_of(const struct ng_report_settings *settings) {
    static const char *const paper[] = {
        "Preset paper, after Infini-gram mini (arXiv:2506.12229). Each text of an entry is checked by itself. A word "
        "starts at a code point that is not white space (Unicode White_Space) and comes first or follows white "
        "space. A window is a fixed number of code points from a word start, if that many remain. An entry without a "
        "window gets one, the whole entry, and is flagged short. An entry that is empty or only white space is "
        "skipped.",
        "A window is found if its exact bytes occur in any document of any index: case, spaces and line ends count. "
        "eta is the number of found windows over the number of windows. Text without spaces is one word: such "
        "entries are flagged unspaced, and their class is unreliable.",
        "Found means that overlap was found at these settings. Not found does not mean that the entry was never "
        "seen: text that was reworded, re-wrapped or translated is not found by exact search. ngidx contam "
        "--self-test measures on your own index how much of that this method misses.",
        NULL};
    static const char *const folded[] = {
        "Preset folded. Entries and documents are folded: JSON escapes, HTML references and tags decoded, Unicode "
        "NFKC, full case folding; of the result only letters, marks and numbers are kept. A letter of a script that "
        "is written without spaces counts for two, any other for one. A window has a fixed number of letters; one "
        "starts at every word, and at every letter of a script without spaces. A window is found if its bytes occur "
        "in the folded text of any document.",
        "Coverage is the share of an entry's letters that found windows cover. Windows that occur in many entries of "
        "the benchmark or in many documents are common text: they are left out of both sides of the ratio, unless "
        "less than a tenth of the entry would remain. Windows of two thirds of the length count in documents that "
        "hold a whole window. A passage that several documents quote does not make an entry dirty if none of them "
        "holds more of the entry. Entries that overlap only with such text are common; entries with too few "
        "letters are short.",
        "Found means that overlap was found at these settings. Not found does not mean that the entry was never "
        "seen: text that was reworded or translated is not found. ngidx contam --self-test measures on your own "
        "index how much of that this method misses.",
        NULL};
    return settings->options.preset == NG_PRESET_FOLDED ? folded : paper;
}

const char *const ng_report_wording = "overlap found / not found at these settings";

/* A path that may be shown; null if the report is redacted. */
static void write_path(struct ng_json *json, const struct ng_report_settings *settings, const char *path) {
    ng_json_member_text(json, "path", settings->redact ? NULL : ng_cite_path(settings->paths, path));
}

static void write_about(struct ng_json *json, const struct ng_report_settings *settings) {
    ng_json_member_text(json, "date", settings->date);
    ng_json_member_array(json, "command");
    for (size_t i = 0; i < settings->command_count; i++) ng_json_text(json, settings->command[i]);
    ng_json_array_end(json);
}

static void write_measured(struct ng_json *json, const struct ng_report_settings *settings) {
    struct ng_report_measured measured;
    if (settings->judges.decides || !ng_report_measured(&settings->options, &measured)) {
        ng_json_member_null(json, "measured");
        return;
    }
    ng_json_member_object(json, "measured");
    ng_json_member_text(json, "set", measured.set);
    ng_json_member_u64(json, "entries", measured.entries);
    ng_json_member_u64(json, "documents", measured.documents);
    ng_json_member_decimal(json, "precision", measured.precision, 3);
    ng_json_member_decimal(json, "recall", measured.recall, 3);
    ng_json_object_end(json);
}

void ng_report_self_test_write(struct ng_json *json, const struct ng_report_self_test *self_test) {
    ng_json_member_u64(json, "passages", self_test->passages);
    ng_json_member_u64(json, "characters", self_test->characters);
    ng_json_member_u64(json, "seed", self_test->seed);
    ng_json_member_array(json, "alterations");
    for (size_t i = 0; i < self_test->alteration_count; i++) {
        const struct ng_report_alteration *alteration = &self_test->alterations[i];
        ng_json_object_begin(json);
        ng_json_member_text(json, "name", alteration->key);
        ng_json_member_bool(json, "control", alteration->control);
        for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_COMMON; class++) {
            ng_json_member_u64(json, ng_contam_class_name((enum ng_contam_class)class), alteration->classes[class]);
        }
        ng_json_member_decimal(json, "mean_eta", alteration->mean_eta, 6);
        ng_json_member_decimal(json, "mean_measure", alteration->mean_measure, 6);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_self_test(struct ng_json *json, const struct ng_report_settings *settings) {
    if (!settings->self_test) {
        ng_json_member_null(json, "self_test");
        return;
    }
    ng_json_member_object(json, "self_test");
    ng_report_self_test_write(json, settings->self_test);
    ng_json_object_end(json);
}

/* A recipe's rule comes first; windows and evidence are those of a preset of windows all the same. */
static void write_method(struct ng_json *json, const struct ng_report_settings *settings) {
    const struct ng_report_judge *judge = &settings->judges.judges[0];
    if (settings->judges.decides) {
        char text[1024];
        (void)snprintf(text, sizeof text, "Preset %s (%s) decides the classes: %s.%s Spans, windows and evidence are those of "
                       "the preset %s, and say where the overlap is.", judge->name, judge->source, judge->rule,
                       judge->has_tokens ? " Words stand in for the tokens of a tokenizer." : "",
                       ng_contam_preset_name(settings->options.preset));
        ng_json_text(json, text);
    }
    for (const char *const *text = method_of(settings); *text; text++) ng_json_text(json, *text);
}

static void write_indexes(struct ng_json *json, const struct ng_report_settings *settings) {
    ng_json_member_array(json, "indexes");
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_index_info info;
        char id[NG_INDEX_ID_CHARS];
        ng_index_get_info(settings->indexes[k].index, &info);
        ng_index_get_id(settings->indexes[k].index, id);
        ng_json_object_begin(json);
        ng_json_member_text(json, "name", settings->indexes[k].name);
        write_path(json, settings, settings->indexes[k].path);
        ng_json_member_text(json, "id", id);
        ng_json_member_u64(json, "text_bytes", info.text_bytes);
        ng_json_member_u64(json, "documents", info.documents);
        ng_json_member_u64(json, "shards", info.shards);
        const char *name = settings->indexes[k].name;
        ng_json_member_text(json, "version", ng_cite_facts_get(settings->corpora, name, NG_FACT_VERSION));
        ng_json_member_text(json, "licence", ng_cite_facts_get(settings->corpora, name, NG_FACT_LICENCE));
        ng_json_member_text(json, "url", ng_cite_facts_get(settings->corpora, name, NG_FACT_URL));
        ng_json_member_text(json, "crawl_date", ng_cite_facts_get(settings->corpora, name, NG_FACT_CRAWL_DATE));
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_member_array(json, "index_ids");
    for (size_t k = 0; k < settings->index_count; k++) {
        char id[NG_INDEX_ID_CHARS];
        ng_index_get_id(settings->indexes[k].index, id);
        ng_json_text(json, id);
    }
    ng_json_array_end(json);
}

static void write_parameters(struct ng_json *json, const struct ng_report_settings *settings) {
    const struct ng_contam_options *options = &settings->options;
    ng_json_member_object(json, "parameters");
    double suspicious;
    double dirty;
    bool by_share = ng_report_thresholds(settings, &suspicious, &dirty);
    ng_json_member_text(json, "preset", ng_report_preset(settings));
    ng_json_member_text(json, "source", ng_report_source(settings));
    ng_json_member_text(json, "windows", ng_contam_preset_name(options->preset));
    ng_report_judges_write(json, &settings->judges);
    ng_json_member_text(json, "measure", ng_report_measure(settings));
    ng_json_contam_options(json, options);
    if (by_share) {
        ng_json_member_decimal(json, "suspicious", suspicious, 4);
        ng_json_member_decimal(json, "dirty", dirty, 4);
    } else {
        ng_json_member_null(json, "suspicious");
        ng_json_member_null(json, "dirty");
    }
    ng_json_member_array(json, "other_chars");
    for (size_t i = 0; i < options->more_count; i++) ng_json_u64(json, options->more_chars[i]);
    ng_json_array_end(json);
    if (settings->sample == 0) ng_json_member_null(json, "sample");
    else ng_json_member_u64(json, "sample", settings->sample);
    ng_json_member_u64(json, "seed", settings->seed);
    ng_json_member_text(json, "id_field", settings->id_field);
    ng_json_member_text(json, "answer_field", settings->answer_field);
    ng_json_member_u64(json, "evidence_limit", options->evidence_limit);
    ng_json_member_u64(json, "context_bytes", options->context_bytes);
    ng_json_member_u64(json, "answer_chars", options->answer_chars);
    ng_json_member_bool(json, "redacted", settings->redact);
    ng_json_object_end(json);
}

static void write_interval(struct ng_json *json, uint64_t part, uint64_t whole) {
    struct ng_wilson interval = ng_wilson_interval(part, whole);
    ng_json_member_array(json, "interval");
    ng_json_decimal(json, 100 * interval.low, 2);
    ng_json_decimal(json, 100 * interval.high, 2);
    ng_json_array_end(json);
}

static void write_tally(struct ng_json *json, const struct ng_report_tally *tally, bool sampled) {
    uint64_t checked = ng_report_checked(tally);
    ng_json_member_u64(json, "checked", checked);
    for (int class = NG_CONTAM_CLEAN; class <= NG_CONTAM_COMMON; class++) {
        ng_json_member_object(json, ng_contam_class_name((enum ng_contam_class)class));
        ng_json_member_u64(json, "entries", tally->classes[class]);
        ng_json_member_decimal(json, "percent", ng_report_percent(tally->classes[class], checked), 2);
        if (sampled) write_interval(json, tally->classes[class], checked);
        else ng_json_member_null(json, "interval");
        ng_json_object_end(json);
    }
    ng_json_member_u64(json, "overlapping", tally->overlapping);
    ng_json_member_u64(json, "windows", tally->windows);
    ng_json_member_u64(json, "found", tally->found);
}

static void write_histogram(struct ng_json *json, const struct ng_report_benchmark *benchmark) {
    ng_json_member_object(json, "histogram");
    ng_json_member_decimal(json, "bin", 1.0 / NG_REPORT_BINS, 2);
    ng_json_member_array(json, "entries");
    for (size_t i = 0; i < NG_REPORT_BINS; i++) ng_json_u64(json, benchmark->histogram[i]);
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void write_sensitivity(struct ng_json *json, const struct ng_report_benchmark *benchmark) {
    uint64_t checked = ng_report_checked(&benchmark->all);
    ng_json_member_array(json, "sensitivity");
    for (size_t l = 0; l < benchmark->length_count; l++) {
        const struct ng_report_length *length = &benchmark->lengths[l];
        ng_json_object_begin(json);
        ng_json_member_u64(json, "chars", length->chars);
        ng_json_member_u64(json, "windows", length->windows);
        ng_json_member_u64(json, "found", length->found);
        ng_json_member_array(json, "eta_at_least");
        for (size_t t = 0; t < NG_REPORT_THRESHOLDS; t++) {
            ng_json_object_begin(json);
            ng_json_member_decimal(json, "eta", (double)(t + 1) / NG_REPORT_THRESHOLDS, 1);
            ng_json_member_u64(json, "entries", length->at_least[t]);
            ng_json_member_decimal(json, "percent", ng_report_percent(length->at_least[t], checked), 2);
            ng_json_object_end(json);
        }
        ng_json_array_end(json);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_canary_count(struct ng_json *json, const struct ng_report_canary_count *count) {
    ng_json_member_u64(json, "documents", count->documents);
    ng_json_member_bool(json, "at_least", count->at_least);
    ng_json_member_u64(json, "occurrences", count->occurrences);
}

static void write_canaries(struct ng_json *json, const struct ng_report_settings *settings,
                           const struct ng_report_benchmark *benchmark) {
    ng_json_member_array(json, "canaries");
    for (size_t i = 0; i < benchmark->canary_count; i++) {
        const struct ng_report_canary *canary = &benchmark->canaries[i];
        struct ng_report_canary_count all = ng_report_canary_all(settings, canary);
        ng_json_object_begin(json);
        if (settings->redact) ng_json_member_null(json, "canary");
        else ng_json_member_string(json, "canary", canary->text.data, (size_t)canary->text.length_bytes);
        write_canary_count(json, &all);
        ng_json_member_array(json, "indexes");
        for (size_t k = 0; k < settings->index_count; k++) {
            ng_json_object_begin(json);
            ng_json_member_text(json, "index", settings->indexes[k].name);
            ng_json_member_text(json, "view", canary->in_index[k].view == NG_VIEW_FOLDED ? "folded" : "exact");
            write_canary_count(json, &canary->in_index[k]);
            ng_json_object_end(json);
        }
        ng_json_array_end(json);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_benchmark(struct ng_json *json, const struct ng_report_settings *settings,
                            const struct ng_report_benchmark *benchmark) {
    bool sampled = ng_report_is_sample(settings, benchmark);
    const char *name = benchmark->name;
    ng_json_object_begin(json);
    ng_json_member_text(json, "name", name);
    write_path(json, settings, benchmark->path);
    ng_json_member_text(json, "xxh3_128", benchmark->hash[0] ? benchmark->hash : NULL);
    ng_json_member_text(json, "revision", ng_cite_facts_get(settings->benchmarks, name, NG_FACT_REVISION));
    ng_json_member_text(json, "licence", ng_cite_facts_get(settings->benchmarks, name, NG_FACT_LICENCE));
    ng_json_member_text(json, "url", ng_cite_facts_get(settings->benchmarks, name, NG_FACT_URL));
    ng_json_member_text(json, "fields", benchmark->fields);
    ng_json_member_text(json, "note", benchmark->note);
    ng_json_member_u64(json, "entries", benchmark->file_entries);
    ng_json_member_u64(json, "skipped", benchmark->all.classes[NG_CONTAM_SKIPPED]);
    ng_json_member_u64(json, "short", benchmark->short_entries);
    ng_json_member_u64(json, "too_short", benchmark->all.classes[NG_CONTAM_SHORT]);
    ng_json_member_u64(json, "unspaced", benchmark->unspaced_entries);
    write_tally(json, &benchmark->all, sampled);
    ng_json_member_u64(json, "documents_incomplete", benchmark->cut_entries);
    ng_json_member_u64(json, "answers_looked_for", benchmark->answers_asked);
    ng_json_member_u64(json, "answers_near", benchmark->answers_near);
    ng_json_member_u64(json, "answers_together", benchmark->answers_together);
    ng_json_member_u64(json, "answers_not_telling", benchmark->answers_not_telling);
    write_canaries(json, settings, benchmark);
    ng_json_member_array(json, "indexes");
    for (size_t k = 0; k < settings->index_count; k++) {
        ng_json_object_begin(json);
        ng_json_member_text(json, "index", settings->indexes[k].name);
        write_tally(json, &benchmark->in_index[k], sampled);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    write_histogram(json, benchmark);
    write_sensitivity(json, benchmark);
    ng_report_agreement_write(json, &settings->judges, &benchmark->agreement);
    ng_json_object_end(json);
}

void ng_report_summary_write(struct ng_json *json, const struct ng_report_settings *settings,
                             const struct ng_report_benchmark *benchmarks, size_t benchmark_count,
                             const struct ng_contam_stats *stats) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "report", "ngidx contamination");
    ng_json_member_u64(json, "report_version", 2);
    ng_json_member_text(json, "program", "ngidx " NGIDX_VERSION);
    write_about(json, settings);
    ng_json_member_text(json, "wording", ng_report_wording);
    ng_json_member_array(json, "method");
    write_method(json, settings);
    ng_json_array_end(json);
    write_measured(json, settings);
    write_self_test(json, settings);
    write_indexes(json, settings);
    write_parameters(json, settings);
    ng_json_member_array(json, "benchmarks");
    for (size_t i = 0; i < benchmark_count; i++) write_benchmark(json, settings, &benchmarks[i]);
    ng_json_array_end(json);
    ng_json_member_object(json, "cost");
    ng_json_member_u64(json, "windows", stats->windows);
    ng_json_object_end(json);
    ng_json_object_end(json);
}
