#include "common/base/utf8.h"
#include "common/json/contam.h"
#include "query/report/report.h"

void ng_report_span_write(struct ng_json *json, const struct ng_contam_span *span) {
    ng_json_member_u64(json, "text", span->text);
    ng_json_span(json, span);
}

static void write_span(struct ng_json *json, const struct ng_contam_span *span, bool for_page) {
    if (!for_page) {
        ng_report_span_write(json, span);
        return;
    }
    ng_json_member_u64(json, "text", span->text);
    ng_json_member_u64(json, "begin_char", span->begin_char);
    ng_json_member_u64(json, "end_char", span->end_char);
}

static void write_answer(struct ng_json *json, enum ng_contam_answer answer, enum ng_contam_together together) {
    static const char not_telling[] = "not telling";
    if (answer == NG_CONTAM_ANSWER_NOT_ASKED) ng_json_member_null(json, "answer_near");
    else if (answer == NG_CONTAM_ANSWER_NOT_TELLING) ng_json_member_text(json, "answer_near", not_telling);
    else ng_json_member_bool(json, "answer_near", answer == NG_CONTAM_ANSWER_NEAR);
    if (together == NG_CONTAM_TOGETHER_NOT_ASKED) ng_json_member_null(json, "together");
    else if (together == NG_CONTAM_TOGETHER_NOT_TELLING) ng_json_member_text(json, "together", not_telling);
    else ng_json_member_bool(json, "together", together == NG_CONTAM_TOGETHER);
}

/* The snippet, and where in it the overlap stands, in code points. */
static void write_snippet(struct ng_json *json, const struct ng_contam_evidence *evidence) {
    const struct ng_snippet *snippet = &evidence->snippet;
    uint64_t begin = evidence->offset - snippet->offset;
    uint64_t end = begin + evidence->length_bytes;
    if (end > snippet->length_bytes) end = snippet->length_bytes;
    uint64_t begin_char = ng_utf8_characters(snippet->text, begin);
    ng_json_member_string(json, "snippet", snippet->text, snippet->length_bytes);
    ng_json_member_u64(json, "snippet_offset", snippet->offset);
    ng_json_member_u64(json, "overlap_begin_char", begin_char);
    ng_json_member_u64(json, "overlap_end_char",
                       begin_char + ng_utf8_characters(snippet->text + begin, end - begin));
}

/* The metadata are JSON already; for the page they are a string, since scripts round long numbers. */
static void write_metadata(struct ng_json *json, const struct ng_doc_source *source, bool for_page) {
    ng_json_key(json, "metadata");
    if (for_page) ng_json_text(json, source->metadata);
    else ng_json_metadata(json, source->metadata, (size_t)source->metadata_bytes);
}

void ng_report_evidence_write(struct ng_json *json, const struct ng_report_settings *settings,
                              const struct ng_contam_evidence *evidence, bool for_page) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "index", settings->indexes[evidence->index].name);
    ng_json_member_u64(json, "doc", evidence->doc);
    ng_json_member_u64(json, "offset", evidence->offset);
    ng_json_member_u64(json, "length_bytes", evidence->length_bytes);
    if (!for_page) {
        ng_json_member_object(json, "entry");
        ng_report_span_write(json, &evidence->span);
        ng_json_object_end(json);
    }
    write_answer(json, evidence->answer, evidence->together);
    if (settings->redact) {
        ng_json_member_null(json, "source");
    } else {
        const struct ng_doc_source *source = &evidence->source;
        ng_json_member_object(json, "source");
        ng_json_member_text(json, "path", ng_cite_path_source(settings->paths, evidence->index, source->path));
        ng_json_member_u64(json, "line", source->line);
        ng_json_object_end(json);
        write_metadata(json, &evidence->source, for_page);
        write_snippet(json, evidence);
    }
    ng_json_object_end(json);
}

static void write_indexes(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_contam_result *result, bool for_page) {
    ng_json_member_array(json, "indexes");
    for (size_t k = 0; k < settings->index_count; k++) {
        uint64_t found = result->index_found[k];
        ng_json_object_begin(json);
        ng_json_member_text(json, "index", settings->indexes[k].name);
        if (!for_page) ng_json_member_u64(json, "found", found);
        ng_json_member_decimal(json, "eta", ng_report_share(found, result->windows), 6);
        ng_json_member_text(json, "class", ng_contam_class_name(result->index_class[k]));
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_lengths(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_contam_result *result) {
    ng_json_member_array(json, "lengths");
    for (size_t l = 0; l < settings->options.more_count && result->windows > 0; l++) {
        const struct ng_contam_length *length = &result->lengths[l];
        ng_json_object_begin(json);
        ng_json_member_u64(json, "chars", length->chars);
        ng_json_member_u64(json, "windows", length->windows);
        ng_json_member_u64(json, "found", length->found);
        ng_json_member_decimal(json, "eta", ng_report_share(length->found, length->windows), 6);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_figures(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                          bool for_page) {
    ng_json_member_string(json, "id", entry->id.data, (size_t)entry->id.length_bytes);
    ng_json_member_u64(json, "number", entry->number);
    ng_json_member_u64(json, "line", entry->line);
    ng_json_member_text(json, "class", ng_contam_class_name(result->verdict));
    ng_json_verdict(json, result);
    if (!for_page) ng_json_member_u64(json, "units", result->units);
    ng_json_member_u64(json, "characters", result->characters);
    if (!for_page) ng_json_member_u64(json, "covered_characters", result->covered_characters);
    ng_json_member_decimal(json, "covered_share", ng_report_share(result->covered_characters, result->characters), 6);
    ng_json_matches(json, result, for_page ? NULL : ng_report_span_write);
    ng_json_member_array(json, "spans");
    for (size_t i = 0; i < result->span_count; i++) {
        ng_json_object_begin(json);
        write_span(json, &result->spans[i], for_page);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
    write_indexes(json, settings, result, for_page);
    if (!for_page) {
        write_answer(json, result->answer, result->together);
        ng_json_member_u64(json, "hits_seen", result->hits_seen);
    }
    ng_json_member_u64(json, "documents_seen", result->documents_seen);
}

void ng_report_entry_write(struct ng_json *json, const struct ng_report_settings *settings, const char *benchmark_name,
                           const struct ng_benchmark_entry *entry, const struct ng_contam_result *result,
                           const struct ng_recipe_verdict *verdicts, bool for_page) {
    ng_json_object_begin(json);
    ng_json_member_text(json, "benchmark", benchmark_name);
    write_figures(json, settings, entry, result, for_page);
    if (!for_page) write_lengths(json, settings, result);
    ng_report_verdicts_write(json, &settings->judges, verdicts);
    ng_json_member_array(json, "evidence");
    for (size_t i = 0; i < result->evidence_count; i++) {
        ng_report_evidence_write(json, settings, &result->evidence[i], for_page);
    }
    ng_json_array_end(json);
    if (for_page && !settings->redact) {
        ng_json_member_array(json, "texts");
        for (size_t t = 0; t < entry->text_count; t++) {
            ng_json_string(json, entry->texts[t].data, (size_t)entry->texts[t].length_bytes);
        }
        ng_json_array_end(json);
    }
    ng_json_object_end(json);
}
