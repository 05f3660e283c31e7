/* Contamination of a benchmark's entries, and tracing of a text. Names are those of the reports of ngidx contam. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/json/contam.h"
#include "query/include/ngidx_contam.h"
#include "server/api/api_impl.h"
#include "server/api/recipe.h"

enum { ENTRIES_AT_ONCE = 64, HISTOGRAM_BARS = 10 };

static void put_span(struct ng_json *json, const struct ng_contam_span *span) {
    ng_json_member_u64(json, "text", span->text); /* which of the entry's */
    ng_json_span(json, span);
}

/* A document that holds a piece; "entry" tells which. */
static void put_one(struct ng_api_turn *turn, const struct ng_contam_evidence *e) {
    struct ng_json *json = &turn->json;
    struct ng_served *served[NG_MAX_REQUEST_INDEXES];
    (void)ng_api_get_indexes(turn, NULL, NULL, served);
    ng_json_object_begin(json);
    ng_json_member_text(json, "index", served[e->index]->name);
    ng_json_member_u64(json, "doc", e->doc);
    ng_json_member_u64(json, "offset", e->offset);
    ng_json_member_u64(json, "length_bytes", e->length_bytes);
    ng_json_member_object(json, "entry");
    put_span(json, &e->span);
    ng_json_object_end(json);
    ng_json_member_string(json, "snippet", e->snippet.text, (size_t)e->snippet.length_bytes);
    ng_json_member_u64(json, "snippet_offset", e->snippet.offset);
    ng_json_source(json, &e->source);
    ng_json_object_end(json);
}

static void put_evidence(struct ng_api_turn *turn, const struct ng_contam_evidence *evidence, size_t count) {
    ng_json_member_array(&turn->json, "evidence");
    for (size_t i = 0; i < count && !ng_api_is_full(turn); i++) put_one(turn, &evidence[i]);
    ng_json_array_end(&turn->json);
}

/* verdict: of a recipe; NULL: there is none. */
static void put_result(struct ng_api_turn *turn, uint64_t number, const struct ng_contam_result *result,
                       const struct ng_recipe_verdict *verdict) {
    struct ng_json *json = &turn->json;
    ng_json_object_begin(json);
    ng_json_member_u64(json, "number", number);
    ng_json_member_text(json, "class", ng_contam_class_name(result->verdict));
    if (verdict) ng_api_recipe_put_verdict(json, verdict);
    ng_json_verdict(json, result);
    ng_json_member_u64(json, "characters", result->characters);
    ng_json_member_u64(json, "covered_characters", result->covered_characters);
    ng_json_member_array(json, "spans");
    for (size_t i = 0; i < result->span_count && !ng_api_is_full(turn); i++) {
        ng_json_object_begin(json);
        put_span(json, &result->spans[i]);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_matches(json, result, put_span);
    ng_json_member_u64(json, "hits_seen", result->hits_seen);
    ng_json_member_u64(json, "documents_seen", result->documents_seen);
    put_evidence(turn, result->evidence, result->evidence_count);
    ng_json_object_end(json);
}

/* Totals over all entries. */
struct summary {
    uint64_t classes[NG_CONTAM_SKIPPED + 1];
    uint64_t short_entries;
    uint64_t windows;
    uint64_t found;
    uint64_t histogram[HISTOGRAM_BARS];
};

static void add_up(struct summary *summary, const struct ng_contam_result *result) {
    summary->classes[result->verdict]++;
    summary->short_entries += result->is_short ? 1 : 0;
    summary->windows += result->windows;
    summary->found += result->found;
    if (result->windows == 0) return;
    size_t bar = (size_t)(result->eta * HISTOGRAM_BARS);
    summary->histogram[bar < HISTOGRAM_BARS ? bar : HISTOGRAM_BARS - 1]++;
}

static void put_summary(struct ng_json *json, const struct summary *summary, const struct ng_api_recipe *recipe) {
    uint64_t entries = 0;
    ng_json_member_object(json, "summary");
    for (int c = 0; c <= NG_CONTAM_SKIPPED; c++) {
        const char *name = c == NG_CONTAM_SHORT ? "too_short" : ng_contam_class_name((enum ng_contam_class)c);
        entries += summary->classes[c];
        ng_json_member_u64(json, name, summary->classes[c]);
    }
    ng_json_member_u64(json, "entries", entries);
    if (recipe->decides) ng_json_member_u64(json, "limited", recipe->limited);
    ng_json_member_u64(json, "short", summary->short_entries);
    ng_json_member_u64(json, "windows", summary->windows);
    ng_json_member_u64(json, "found", summary->found);
    ng_json_member_array(json, "histogram"); /* of eta, by tenths */
    for (size_t i = 0; i < HISTOGRAM_BARS; i++) ng_json_u64(json, summary->histogram[i]);
    ng_json_array_end(json);
    ng_json_object_end(json);
}

static void put_parameters(struct ng_json *json, const struct ng_contam_options *options,
                           const struct ng_api_recipe *recipe) {
    ng_json_member_object(json, "parameters");
    if (recipe->decides) {
        ng_api_recipe_put_parameters(json, recipe);
    } else {
        ng_json_member_text(json, "preset", ng_contam_preset_name(options->preset));
        ng_json_member_text(json, "source", ng_contam_preset_source(options->preset));
        ng_json_member_decimal(json, "suspicious", options->suspicious, 6);
        ng_json_member_decimal(json, "dirty", options->dirty, 6);
    }
    ng_json_member_text(json, "windows", ng_contam_preset_name(options->preset));
    ng_json_contam_options(json, options);
    ng_json_member_u64(json, "evidence", options->evidence_limit);
    ng_json_member_u64(json, "context", options->context_bytes);
    ng_json_object_end(json);
}

struct ng_contam_entry ng_api_entry(const struct ng_api_turn *turn, size_t i) {
    const struct ng_field *field = &turn->field[NG_API_ENTRIES];
    size_t first = field->groups[i];
    size_t end = i + 1 < field->group_count ? field->groups[i + 1] : field->text_count;
    return (struct ng_contam_entry){.texts = field->texts + first, .text_count = end - first};
}

/* Tells all entries of the request, which are the benchmark. */
static int prepare_groups(struct ng_api_turn *turn, struct ng_contam *contam) {
    int status = NG_OK;
    for (size_t i = 0; i < turn->field[NG_API_ENTRIES].group_count && !status; i++) {
        const struct ng_contam_entry entry = ng_api_entry(turn, i);
        status = ng_contam_prepare(contam, &entry, 1, &turn->err);
    }
    return status;
}

/* Checks entries in groups, and writes what was found. */
static int check_groups(struct ng_api_turn *turn, struct ng_contam *contam, struct ng_api_recipe *recipe,
                        struct summary *summary) {
    size_t count = turn->field[NG_API_ENTRIES].group_count;
    struct ng_contam_entry entries[ENTRIES_AT_ONCE];
    struct ng_contam_result results[ENTRIES_AT_ONCE];
    struct ng_recipe_verdict verdicts[ENTRIES_AT_ONCE * NG_RECIPES];
    size_t end = turn->field[NG_API_END].present ? (size_t)turn->field[NG_API_END].number : count;
    if (end > count) end = count;
    for (size_t at = (size_t)turn->field[NG_API_FIRST].number; at < end; at += ENTRIES_AT_ONCE) {
        size_t group = end - at < ENTRIES_AT_ONCE ? end - at : ENTRIES_AT_ONCE;
        for (size_t i = 0; i < group; i++) entries[i] = ng_api_entry(turn, at + i);
        int status = ng_contam_check(contam, entries, group, results, &turn->err);
        if (status) return status;
        status = ng_api_recipe_check(turn, recipe, entries, group, results, verdicts);
        for (size_t i = 0; i < group && !status && !ng_api_is_full(turn); i++) {
            add_up(summary, &results[i]);
            put_result(turn, at + i, &results[i], recipe->decides ? &verdicts[i] : NULL);
        }
        ng_contam_results_free(results, group);
        if (!status) status = ng_api_check_size(turn);
        if (status) return status;
    }
    return NG_OK;
}

static void take_number(const struct ng_field *field, uint64_t *option) {
    if (field->present) *option = field->number;
}

static int read_options(struct ng_api_turn *turn, struct ng_contam_options *options, struct ng_api_recipe *recipe) {
    const struct ng_field *fields = turn->field;
    struct ng_bytes name = fields[NG_API_PRESET].text;
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    size_t index_count = ng_api_get_indexes(turn, indexes, NULL, NULL);
    enum ng_contam_preset preset = ng_contam_preset_default(indexes, index_count);
    char given[32] = "";
    if (fields[NG_API_PRESET].present) {
        if (name.length_bytes < sizeof given) memcpy(given, name.data, (size_t)name.length_bytes);
        if (!ng_contam_preset_find(given, &preset)) {
            int status = ng_api_recipe_read(turn, given, recipe);
            if (status) return status;
        }
    }
    ng_contam_options_init(options);
    ng_contam_options_set_preset(options, preset);
    take_number(&fields[NG_API_CHARS], &options->chars);
    take_number(&fields[NG_API_BENCHMARK_GUARD], &options->benchmark_guard);
    take_number(&fields[NG_API_CORPUS_GUARD], &options->corpus_guard);
    take_number(&fields[NG_API_MINIMUM_UNITS], &options->minimum_units);
    bool has_thresholds = !recipe->decides; /* else they are the recipe's */
    if (has_thresholds && fields[NG_API_SUSPICIOUS].present) options->suspicious = fields[NG_API_SUSPICIOUS].decimal;
    if (has_thresholds && fields[NG_API_DIRTY].present) options->dirty = fields[NG_API_DIRTY].decimal;
    options->stride = fields[NG_API_STRIDE].number;
    options->evidence_limit = fields[NG_API_CONTAM_EVIDENCE].number;
    options->context_bytes = fields[NG_API_CONTAM_CONTEXT].number;
    options->shown_bytes = NG_MAX_ANSWER_TEXT_BYTES;
    options->threads = 1; /* the others are for other requests */
    if (options->suspicious > options->dirty) return ng_api_fail(turn, 400, "\"suspicious\" must not be above \"dirty\"");
    for (size_t i = 0; i < index_count && preset == NG_PRESET_FOLDED; i++) {
        if (ng_index_view(indexes[i], NG_VIEW_FOLDED)) continue;
        return ng_api_fail(turn, 400, "the index has no folded view, which the preset folded searches");
    }
    return NG_OK;
}

/* The index, or an array of several. */
static void put_searched(struct ng_api_turn *turn) {
    struct ng_served *served[NG_MAX_REQUEST_INDEXES];
    size_t count = ng_api_get_indexes(turn, NULL, NULL, served);
    if (count == 1) {
        ng_json_key(&turn->json, "index");
        ng_api_json_index(&turn->json, served[0]);
        return;
    }
    ng_json_member_array(&turn->json, "indexes");
    for (size_t i = 0; i < count; i++) ng_api_json_index(&turn->json, served[i]);
    ng_json_array_end(&turn->json);
}

int ng_api_contam(struct ng_api_turn *turn) {
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    size_t index_count = ng_api_get_indexes(turn, indexes, NULL, NULL);
    struct ng_contam *contam = NULL;
    struct ng_contam_options options = {0};
    struct ng_api_recipe recipe = {0};
    struct summary summary = {0};
    int status = read_options(turn, &options, &recipe);
    if (!status) status = ng_contam_open(&contam, indexes, index_count, &options, &turn->err);
    if (!status) status = prepare_groups(turn, contam);
    if (!status) status = ng_api_recipe_open(turn, &recipe);
    if (!status) status = ng_api_begin_object(turn);
    if (status) goto out;
    struct ng_json *json = &turn->json;
    put_searched(turn);
    put_parameters(json, &options, &recipe);
    ng_json_member_array(json, "entries");
    status = check_groups(turn, contam, &recipe, &summary);
    if (status) goto out;
    ng_json_array_end(json);
    put_summary(json, &summary, &recipe);
    status = ng_api_end_object(turn, "latency_ms");
out:
    ng_api_recipe_close(&recipe);
    ng_contam_close(contam);
    return status;
}

static void put_trace(struct ng_api_turn *turn, const struct ng_trace *trace) {
    struct ng_json *json = &turn->json;
    if (ng_index_text_view(turn->view) == NG_VIEW_FOLDED) ng_json_member_text(json, "view", "folded");
    ng_json_member_u64(json, "characters", trace->characters);
    ng_json_member_u64(json, "covered_characters", trace->covered_characters);
    ng_json_member_array(json, "spans");
    for (size_t i = 0; i < trace->span_count && !ng_api_is_full(turn); i++) {
        const struct ng_trace_span *span = &trace->spans[i];
        ng_json_object_begin(json);
        ng_json_span(json, &span->span);
        ng_json_member_u64(json, "count", span->count);
        ng_json_member_u64(json, "hits_seen", span->hits_seen);
        ng_json_member_u64(json, "documents_seen", span->documents_seen);
        put_evidence(turn, span->evidence, span->evidence_count);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void put_documents(struct ng_api_turn *turn, const struct ng_trace *trace) {
    struct ng_json *json = &turn->json;
    ng_json_member_array(json, "documents");
    for (size_t i = 0; i < trace->document_count && !ng_api_is_full(turn); i++) {
        ng_json_object_begin(json);
        ng_json_trace_document(json, &trace->documents[i]);
        ng_json_key(json, "evidence");
        put_one(turn, &trace->documents[i].evidence);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    ng_json_member_u64(json, "documents_seen", trace->documents_seen);
    ng_json_member_u64(json, "unlocated", trace->unlocated);
}

int ng_api_trace(struct ng_api_turn *turn) {
    struct ng_bytes text = turn->field[NG_API_TEXT].text;
    const struct ng_trace_options options = {.min_chars = turn->field[NG_API_MIN_CHARS].number,
                                             .evidence_limit = turn->field[NG_API_TRACE_EVIDENCE].number,
                                             .context_bytes = turn->field[NG_API_TRACE_CONTEXT].number,
                                             .min_count = turn->field[NG_API_MIN_COUNT].number,
                                             .max_count = turn->field[NG_API_MAX_COUNT].number,
                                             .whole_words = turn->field[NG_API_WHOLE_WORDS].flag,
                                             .document_limit = turn->field[NG_API_DOCUMENTS].number,
                                             .shown_bytes = NG_MAX_ANSWER_TEXT_BYTES};
    const struct ng_index *views[NG_MAX_REQUEST_INDEXES];
    size_t view_count = ng_api_get_indexes(turn, NULL, views, NULL);
    struct ng_trace trace;
    uint64_t most = turn->api->limits.text_bytes;
    if (text.length_bytes > most) {
        return ng_err_set(&turn->err, NG_ERR_LIMIT, "a text of %llu bytes; this server's limit is %llu",
                          (unsigned long long)text.length_bytes, (unsigned long long)most);
    }
    int status = ng_trace_view(&trace, views, view_count, text, &options, &turn->err);
    if (status) return status;
    status = ng_api_begin_object(turn);
    if (!status) {
        put_trace(turn, &trace);
        if (options.document_limit > 0) put_documents(turn, &trace);
        status = ng_api_check_size(turn);
        if (!status) status = ng_api_end_object(turn, "latency_ms");
    }
    ng_trace_free(&trace);
    return status;
}
