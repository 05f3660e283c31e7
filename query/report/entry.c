#include "common/base/utf8.h"
#include "query/report/report.h"

static void add_share(struct ng_json_numbers *numbers, const char *key, uint64_t part, uint64_t whole) {
    char text[NG_REPORT_SHARE_CHARS];
    ng_report_share_format(part, whole, text);
    ng_json_numbers_add(numbers, key, text, sizeof text - 1);
}

void ng_report_span_add(struct ng_json_numbers *numbers, const struct ng_contam_span *span) {
    ng_json_numbers_u64(numbers, "text", span->text);
    ng_json_numbers_u64(numbers, "begin_char", span->begin_char);
    ng_json_numbers_u64(numbers, "end_char", span->end_char);
    ng_json_numbers_u64(numbers, "begin_byte", span->begin);
    ng_json_numbers_u64(numbers, "end_byte", span->end);
}

static void write_span(struct ng_json *json, const struct ng_contam_span *span) {
    struct ng_json_numbers numbers;
    ng_json_numbers_init(&numbers);
    ng_report_span_add(&numbers, span);
    ng_json_numbers_object(json, &numbers);
}

static void write_match(struct ng_json *json, const char *key, const struct ng_contam_match *match) {
    struct ng_json_numbers numbers;
    ng_json_key(json, key);
    if (match->count == 0) {
        ng_json_raw(json, "null", 4);
        return;
    }
    ng_json_numbers_init(&numbers);
    ng_report_span_add(&numbers, &match->span);
    ng_json_numbers_u64(&numbers, "length_bytes", match->span.end - match->span.begin);
    ng_json_numbers_u64(&numbers, "count", match->count);
    ng_json_numbers_object(json, &numbers);
}

static void write_answer(struct ng_json *json, enum ng_contam_answer answer) {
    ng_json_key(json, "answer_near");
    if (answer == NG_CONTAM_ANSWER_NOT_ASKED) ng_json_raw(json, "null", 4);
    else ng_json_bool(json, answer == NG_CONTAM_ANSWER_NEAR);
}

/* The snippet, and where in it the overlap stands, in code points. */
static void write_snippet(struct ng_json *json, const struct ng_contam_evidence *evidence) {
    const struct ng_snippet *snippet = &evidence->snippet;
    uint64_t begin = evidence->offset - snippet->offset;
    uint64_t end = begin + (evidence->span.end - evidence->span.begin);
    if (end > snippet->length_bytes) end = snippet->length_bytes;
    ng_json_key(json, "snippet");
    ng_json_string(json, snippet->text, snippet->length_bytes);
    uint64_t begin_char = ng_utf8_characters(snippet->text, begin);
    struct ng_json_numbers numbers;
    ng_json_numbers_init(&numbers);
    ng_json_numbers_u64(&numbers, "snippet_offset", snippet->offset);
    ng_json_numbers_u64(&numbers, "overlap_begin_char", begin_char);
    ng_json_numbers_u64(&numbers, "overlap_end_char",
                        begin_char + ng_utf8_characters(snippet->text + begin, end - begin));
    ng_json_numbers_members(json, &numbers);
}

/* The metadata are JSON already; for the page they are a string, since scripts round long numbers. */
static void write_metadata(struct ng_json *json, const struct ng_doc_source *source, bool for_page) {
    ng_json_key(json, "metadata");
    if (for_page) ng_json_text(json, source->metadata);
    else ng_json_raw(json, source->metadata, (size_t)source->metadata_bytes);
}

void ng_report_evidence_write(struct ng_json *json, const struct ng_report_settings *settings,
                              const struct ng_contam_evidence *evidence, bool for_page) {
    struct ng_json_numbers numbers;
    ng_json_numbers_init(&numbers);
    ng_json_numbers_u64(&numbers, "doc", evidence->doc);
    ng_json_numbers_u64(&numbers, "offset", evidence->offset);
    ng_json_numbers_u64(&numbers, "length_bytes", evidence->span.end - evidence->span.begin);
    ng_json_object_begin(json);
    ng_json_key(json, "index");
    ng_json_text(json, settings->indexes[evidence->index].name);
    ng_json_numbers_members(json, &numbers);
    if (!for_page) {
        ng_json_key(json, "entry");
        write_span(json, &evidence->span);
    }
    write_answer(json, evidence->answer);
    ng_json_key(json, "source");
    ng_json_object_begin(json);
    ng_json_key(json, "path");
    ng_json_text(json, evidence->source.path);
    ng_json_key(json, "line");
    ng_json_u64(json, evidence->source.line);
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
    for (size_t i = 0; i < result->span_count; i++) write_span(json, &result->spans[i]);
    ng_json_array_end(json);
}

static void write_indexes(struct ng_json *json, const struct ng_report_settings *settings,
                          const struct ng_contam_result *result) {
    ng_json_key(json, "indexes");
    ng_json_array_begin(json);
    for (size_t k = 0; k < settings->index_count; k++) {
        struct ng_json_numbers numbers;
        ng_json_numbers_init(&numbers);
        ng_json_numbers_u64(&numbers, "found", result->index_found[k]);
        add_share(&numbers, "eta", result->index_found[k], result->windows);
        ng_json_object_begin(json);
        ng_json_key(json, "index");
        ng_json_text(json, settings->indexes[k].name);
        ng_json_numbers_members(json, &numbers);
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
        const struct ng_contam_length *length = &result->lengths[l];
        struct ng_json_numbers numbers;
        ng_json_numbers_init(&numbers);
        ng_json_numbers_u64(&numbers, "chars", length->chars);
        ng_json_numbers_u64(&numbers, "windows", length->windows);
        ng_json_numbers_u64(&numbers, "found", length->found);
        add_share(&numbers, "eta", length->found, length->windows);
        ng_json_numbers_object(json, &numbers);
    }
    ng_json_array_end(json);
}

void ng_report_figures_write(struct ng_json *json, const struct ng_report_settings *settings,
                             const struct ng_benchmark_entry *entry, const struct ng_contam_result *result) {
    struct ng_json_numbers numbers;
    ng_json_object_begin(json);
    ng_json_key(json, "id");
    ng_json_string(json, entry->id.data, (size_t)entry->id.length_bytes);
    ng_json_numbers_init(&numbers);
    ng_json_numbers_u64(&numbers, "number", entry->number);
    ng_json_numbers_u64(&numbers, "line", entry->line);
    ng_json_numbers_members(json, &numbers);
    ng_json_key(json, "class");
    ng_json_text(json, ng_contam_class_name(result->class));
    ng_json_numbers_init(&numbers);
    add_share(&numbers, "eta", result->found, result->windows);
    ng_json_numbers_u64(&numbers, "windows", result->windows);
    ng_json_numbers_u64(&numbers, "found", result->found);
    ng_json_numbers_members(json, &numbers);
    ng_json_key(json, "short");
    ng_json_bool(json, result->is_short);
    ng_json_numbers_init(&numbers);
    ng_json_numbers_u64(&numbers, "characters", result->characters);
    ng_json_numbers_u64(&numbers, "covered_characters", result->covered_characters);
    add_share(&numbers, "covered_share", result->covered_characters, result->characters);
    ng_json_numbers_members(json, &numbers);
    write_match(json, "longest_match", &result->longest);
    write_match(json, "rarest_window", &result->rarest);
    write_spans(json, result);
    write_indexes(json, settings, result);
    write_answer(json, result->answer);
    ng_json_numbers_init(&numbers);
    ng_json_numbers_u64(&numbers, "hits_seen", result->hits_seen);
    ng_json_numbers_u64(&numbers, "documents_seen", result->documents_seen);
    ng_json_numbers_members(json, &numbers);
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
