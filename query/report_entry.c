#include "common/utf8.h"
#include "query/report.h"

static void number(struct ng_json *json, const char *key, uint64_t value) {
    ng_json_key(json, key);
    ng_json_u64(json, value);
}

static void share(struct ng_json *json, const char *key, uint64_t part, uint64_t whole) {
    char text[NG_REPORT_SHARE_CHARS];
    ng_report_share_format(part, whole, text);
    ng_json_key(json, key);
    ng_json_raw(json, text, sizeof text - 1);
}

void ng_report_span_write(struct ng_json *json, const struct ng_contam_span *span) {
    number(json, "text", span->text);
    number(json, "begin_char", span->begin_char);
    number(json, "end_char", span->end_char);
    number(json, "begin_byte", span->begin);
    number(json, "end_byte", span->end);
}

static void write_match(struct ng_json *json, const char *key, const struct ng_contam_match *match) {
    ng_json_key(json, key);
    if (match->count == 0) {
        ng_json_raw(json, "null", 4);
        return;
    }
    ng_json_object_begin(json);
    ng_report_span_write(json, &match->span);
    number(json, "length_bytes", match->span.end - match->span.begin);
    number(json, "count", match->count);
    ng_json_object_end(json);
}

static void write_answer(struct ng_json *json, enum ng_contam_answer answer) {
    ng_json_key(json, "answer_near");
    if (answer == NG_CONTAM_ANSWER_NOT_ASKED) ng_json_raw(json, "null", 4);
    else ng_json_bool(json, answer == NG_CONTAM_ANSWER_NEAR);
}

static uint64_t characters(const uint8_t *bytes, uint64_t length) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < length; i++) count += ng_utf8_is_continuation(bytes[i]) ? 0 : 1;
    return count;
}

/* The snippet, and where in it the overlap stands, in code points. */
static void write_snippet(struct ng_json *json, const struct ng_contam_evidence *evidence) {
    const struct ng_snippet *snippet = &evidence->snippet;
    uint64_t begin = evidence->offset - snippet->offset;
    uint64_t end = begin + (evidence->span.end - evidence->span.begin);
    if (end > snippet->length_bytes) end = snippet->length_bytes;
    ng_json_key(json, "snippet");
    ng_json_string(json, snippet->text, snippet->length_bytes);
    number(json, "snippet_offset", snippet->offset);
    uint64_t begin_char = characters(snippet->text, begin);
    number(json, "overlap_begin_char", begin_char);
    number(json, "overlap_end_char", begin_char + characters(snippet->text + begin, end - begin));
}

/* The metadata are JSON already; for the page they are a string, since scripts round long numbers. */
static void write_metadata(struct ng_json *json, const struct ng_doc_source *source, bool for_page) {
    ng_json_key(json, "metadata");
    if (for_page) ng_json_text(json, source->metadata);
    else ng_json_raw(json, source->metadata, (size_t)source->metadata_bytes);
}

void ng_report_evidence_write(struct ng_json *json, const struct ng_report_settings *settings,
                              const struct ng_contam_evidence *evidence, bool for_page) {
    ng_json_object_begin(json);
    ng_json_key(json, "index");
    ng_json_text(json, settings->indexes[evidence->index].name);
    number(json, "doc", evidence->doc);
    number(json, "offset", evidence->offset);
    number(json, "length_bytes", evidence->span.end - evidence->span.begin);
    if (!for_page) {
        ng_json_key(json, "entry");
        ng_json_object_begin(json);
        ng_report_span_write(json, &evidence->span);
        ng_json_object_end(json);
    }
    write_answer(json, evidence->answer);
    ng_json_key(json, "source");
    ng_json_object_begin(json);
    ng_json_key(json, "path");
    ng_json_text(json, evidence->source.path);
    number(json, "line", evidence->source.line);
    ng_json_object_end(json);
    if (!settings->redact) {
        write_metadata(json, &evidence->source, for_page);
        write_snippet(json, evidence);
    }
    ng_json_object_end(json);
}

static void write_spans(struct ng_json *json, const struct ng_contam_result *result) {
    ng_json_key(json, "spans");
    ng_json_array_begin(json);
    for (size_t i = 0; i < result->span_count; i++) {
        ng_json_object_begin(json);
        ng_report_span_write(json, &result->spans[i]);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_indexes(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_contam_result *result) {
    ng_json_key(json, "indexes");
    ng_json_array_begin(json);
    for (size_t k = 0; k < settings->index_count; k++) {
        ng_json_object_begin(json);
        ng_json_key(json, "index");
        ng_json_text(json, settings->indexes[k].name);
        number(json, "found", result->index_found[k]);
        share(json, "eta", result->index_found[k], result->windows);
        ng_json_key(json, "class");
        ng_json_text(json, ng_contam_class_name(ng_report_class(settings, result->index_found[k], result->windows)));
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

static void write_lengths(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_contam_result *result) {
    ng_json_key(json, "lengths");
    ng_json_array_begin(json);
    for (size_t l = 0; l < settings->options.more_count && result->windows > 0; l++) {
        ng_json_object_begin(json);
        number(json, "chars", result->lengths[l].chars);
        number(json, "windows", result->lengths[l].windows);
        number(json, "found", result->lengths[l].found);
        share(json, "eta", result->lengths[l].found, result->lengths[l].windows);
        ng_json_object_end(json);
    }
    ng_json_array_end(json);
}

void ng_report_figures_write(struct ng_json *json, const struct ng_report_settings *settings,
                             const struct ng_benchmark_entry *entry, const struct ng_contam_result *result) {
    ng_json_object_begin(json);
    ng_json_key(json, "id");
    ng_json_string(json, entry->id.data, (size_t)entry->id.length_bytes);
    number(json, "number", entry->number);
    number(json, "line", entry->line);
    ng_json_key(json, "class");
    ng_json_text(json, ng_contam_class_name(result->class));
    share(json, "eta", result->found, result->windows);
    number(json, "windows", result->windows);
    number(json, "found", result->found);
    ng_json_key(json, "short");
    ng_json_bool(json, result->is_short);
    number(json, "characters", result->characters);
    number(json, "covered_characters", result->covered_characters);
    share(json, "covered_share", result->covered_characters, result->characters);
    write_match(json, "longest_match", &result->longest);
    write_match(json, "rarest_window", &result->rarest);
    write_spans(json, result);
    write_indexes(json, settings, result);
    write_answer(json, result->answer);
    number(json, "hits_seen", result->hits_seen);
    number(json, "documents_seen", result->documents_seen);
    ng_json_object_end(json);
}

void ng_report_entry_write(struct ng_json *json, const struct ng_report_settings *settings, const char *benchmark_name,
                           struct ng_bytes figures, const struct ng_benchmark_entry *entry,
                           const struct ng_contam_result *result, bool for_page) {
    ng_json_object_begin(json);
    ng_json_key(json, "benchmark");
    ng_json_text(json, benchmark_name);
    ng_json_members(json, (const char *)figures.data, (size_t)figures.length_bytes);
    if (!for_page) write_lengths(json, settings, result);
    ng_json_key(json, "evidence");
    ng_json_array_begin(json);
    for (size_t i = 0; i < result->evidence_count; i++) {
        ng_report_evidence_write(json, settings, &result->evidence[i], for_page);
    }
    ng_json_array_end(json);
    if (for_page && !settings->redact) {
        ng_json_key(json, "texts");
        ng_json_array_begin(json);
        for (size_t t = 0; t < entry->text_count; t++) {
            ng_json_string(json, entry->texts[t].data, (size_t)entry->texts[t].length_bytes);
        }
        ng_json_array_end(json);
    }
    ng_json_object_end(json);
}
