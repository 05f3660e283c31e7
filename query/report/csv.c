/* entries.csv, and the cells of any CSV: RFC 4180, LF at line ends. One thread writes it, so no call locks the stream. */
#include <inttypes.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "query/report/report.h"

static void write_cell(FILE *stream, const uint8_t *bytes, size_t length) {
    (void)putc_unlocked('"', stream);
    size_t at = 0;
    while (at < length) {
        size_t valid = ng_utf8_valid_prefix(bytes + at, length - at);
        for (size_t i = 0; i < valid; i++) {
            if (bytes[at + i] == '"') (void)putc_unlocked('"', stream);
            (void)putc_unlocked(bytes[at + i], stream);
        }
        at += valid;
        if (at == length) break;
        (void)fputs_unlocked(NG_UTF8_REPLACEMENT, stream);
        at++;
    }
    (void)putc_unlocked('"', stream);
}

void ng_report_csv_text(FILE *stream, const char *text) {
    if (text) write_cell(stream, (const uint8_t *)text, strlen(text));
}

void ng_report_csv_header(FILE *stream, const struct ng_report_settings *settings) {
    (void)fputs_unlocked("benchmark,id,number,line,class,eta,windows,found,common,coverage,document_coverage,short,"
                         "unspaced,units,characters,covered_characters,"
                         "covered_share,longest_bytes,longest_count,spans,rarest_begin_char,rarest_end_char,"
                         "rarest_count,answer_near,together,hits_seen,documents_seen,evidence",
                         stream);
    for (size_t k = 0; k < settings->index_count; k++) {
        (void)fputs_unlocked(",\"found ", stream);
        for (const char *c = settings->indexes[k].name; *c; c++) {
            if (*c == '"') (void)putc_unlocked('"', stream);
            (void)putc_unlocked(*c, stream);
        }
        (void)putc_unlocked('"', stream);
    }
    ng_report_verdicts_csv_header(stream, &settings->judges);
    (void)putc_unlocked('\n', stream);
}

/* As TEXT:BEGIN-END, in code points. */
static void write_spans(FILE *stream, const struct ng_contam_result *result) {
    for (size_t i = 0; i < result->span_count; i++) {
        const struct ng_contam_span *span = &result->spans[i];
        (void)fprintf(stream, "%s%" PRIu64 ":%" PRIu64 "-%" PRIu64, i > 0 ? " " : "", span->text, span->begin_char,
                      span->end_char);
    }
}

/* As INDEX:DOC@OFFSET. */
static void write_evidence(FILE *stream, const struct ng_contam_result *result) {
    for (size_t i = 0; i < result->evidence_count; i++) {
        const struct ng_contam_evidence *evidence = &result->evidence[i];
        (void)fprintf(stream, "%s%" PRIu64 ":%" PRIu64 "@%" PRIu64, i > 0 ? " " : "", evidence->index, evidence->doc,
                      evidence->offset);
    }
}

/* Cells, each with the comma before it. */
static void add_u64(FILE *stream, uint64_t value) {
    char digits[NG_TEXT_U64_BYTES];
    (void)putc_unlocked(',', stream);
    (void)fwrite_unlocked(digits, 1, ng_text_write_u64(digits, value), stream);
}

static void add_share(FILE *stream, double value) {
    char digits[NG_TEXT_DECIMAL_BYTES];
    (void)putc_unlocked(',', stream);
    (void)fwrite_unlocked(digits, 1, ng_text_write_decimal(digits, value, 6), stream);
}

static void add_word(FILE *stream, const char *word) {
    (void)putc_unlocked(',', stream);
    (void)fputs_unlocked(word, stream);
}

void ng_report_csv_row(FILE *stream, const struct ng_report_settings *settings,
                       const struct ng_report_benchmark *benchmark, const struct ng_benchmark_entry *entry,
                       const struct ng_contam_result *result, const struct ng_recipe_verdict *verdicts) {
    static const char *const answers[] = {
        [NG_CONTAM_ANSWER_NOT_ASKED] = "", [NG_CONTAM_ANSWER_ABSENT] = "false", [NG_CONTAM_ANSWER_NEAR] = "true",
        [NG_CONTAM_ANSWER_NOT_TELLING] = "not telling"};
    static const char *const togethers[] = {
        [NG_CONTAM_TOGETHER_NOT_ASKED] = "", [NG_CONTAM_APART] = "false", [NG_CONTAM_TOGETHER] = "true",
        [NG_CONTAM_TOGETHER_NOT_TELLING] = "not telling"};
    const struct ng_contam_match *rarest = &result->rarest;
    ng_report_csv_text(stream, benchmark->name);
    (void)putc_unlocked(',', stream);
    write_cell(stream, entry->id.data, (size_t)entry->id.length_bytes);
    add_u64(stream, entry->number);
    add_u64(stream, entry->line);
    add_word(stream, ng_contam_class_name(result->verdict));
    add_share(stream, ng_report_share(result->found, result->windows));
    add_u64(stream, result->windows);
    add_u64(stream, result->found);
    add_u64(stream, result->common);
    add_share(stream, result->coverage);
    if (result->document_coverage >= 0.0) add_share(stream, result->document_coverage);
    else add_word(stream, "");
    add_word(stream, result->is_short ? "true" : "false");
    add_word(stream, result->is_unspaced ? "true" : "false");
    add_u64(stream, result->units);
    add_u64(stream, result->characters);
    add_u64(stream, result->covered_characters);
    add_share(stream, ng_report_share(result->covered_characters, result->characters));
    add_u64(stream, result->longest.span.end - result->longest.span.begin);
    add_u64(stream, result->longest.count);
    add_word(stream, "");
    write_spans(stream, result);
    if (rarest->count == 0) add_word(stream, ",,");
    else {
        add_u64(stream, rarest->span.begin_char);
        add_u64(stream, rarest->span.end_char);
        add_u64(stream, rarest->count);
    }
    add_word(stream, answers[result->answer]);
    add_word(stream, togethers[result->together]);
    add_u64(stream, result->hits_seen);
    add_u64(stream, result->documents_seen);
    add_word(stream, "");
    write_evidence(stream, result);
    for (size_t k = 0; k < settings->index_count; k++) add_u64(stream, result->index_found[k]);
    ng_report_verdicts_csv_row(stream, &settings->judges, verdicts);
    (void)putc_unlocked('\n', stream);
}
