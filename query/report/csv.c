/* entries.csv: RFC 4180, LF at line ends. One thread writes it, so no call locks the stream. */
#include <string.h>

#include "common/base/decimal.h"
#include "common/base/utf8.h"
#include "query/report/report.h"

/* A cell in quotes, with ill-formed bytes as U+FFFD. */
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

static void write_text_cell(FILE *stream, const char *text) {
    write_cell(stream, (const uint8_t *)text, strlen(text));
}

void ng_report_csv_header(FILE *stream, const struct ng_report_settings *settings) {
    (void)fputs_unlocked("benchmark,id,number,line,class,eta,windows,found,short,characters,covered_characters,"
                         "covered_share,longest_bytes,longest_count,spans,rarest_begin_char,rarest_end_char,"
                         "rarest_count,answer_near,hits_seen,documents_seen,evidence",
                         stream);
    for (size_t k = 0; k < settings->index_count; k++) {
        (void)fputs_unlocked(",\"found ", stream);
        for (const char *c = settings->indexes[k].name; *c; c++) {
            if (*c == '"') (void)putc_unlocked('"', stream);
            (void)putc_unlocked(*c, stream);
        }
        (void)putc_unlocked('"', stream);
    }
    (void)putc_unlocked('\n', stream);
}

static void write_number(FILE *stream, uint64_t value) {
    char digits[NG_DECIMAL_MAX_DIGITS];
    (void)fwrite_unlocked(digits, 1, ng_decimal_write(value, digits), stream);
}

/* The next cell of a row, behind a comma. */
static void add_number(FILE *stream, uint64_t value) {
    (void)putc_unlocked(',', stream);
    write_number(stream, value);
}

static void add_word(FILE *stream, const char *word) {
    (void)putc_unlocked(',', stream);
    (void)fputs_unlocked(word, stream);
}

/* Number i of a list in a cell, with blanks between: A:B, a mark, C. */
static void write_item(FILE *stream, size_t i, uint64_t a, uint64_t b, char mark, uint64_t c) {
    if (i > 0) (void)putc_unlocked(' ', stream);
    write_number(stream, a);
    (void)putc_unlocked(':', stream);
    write_number(stream, b);
    (void)putc_unlocked(mark, stream);
    write_number(stream, c);
}

/* As TEXT:BEGIN-END, in code points. */
static void add_spans(FILE *stream, const struct ng_contam_result *result) {
    (void)putc_unlocked(',', stream);
    for (size_t i = 0; i < result->span_count; i++) {
        const struct ng_contam_span *span = &result->spans[i];
        write_item(stream, i, span->text, span->begin_char, '-', span->end_char);
    }
}

/* As INDEX:DOC@OFFSET. */
static void add_evidence(FILE *stream, const struct ng_contam_result *result) {
    (void)putc_unlocked(',', stream);
    for (size_t i = 0; i < result->evidence_count; i++) {
        const struct ng_contam_evidence *evidence = &result->evidence[i];
        write_item(stream, i, evidence->index, evidence->doc, '@', evidence->offset);
    }
}

static void add_share(FILE *stream, uint64_t part, uint64_t whole) {
    char share[NG_REPORT_SHARE_CHARS];
    ng_report_share_format(part, whole, share);
    add_word(stream, share);
}

static void add_rarest(FILE *stream, const struct ng_contam_match *rarest) {
    if (rarest->count == 0) {
        (void)fputs_unlocked(",,,", stream);
        return;
    }
    add_number(stream, rarest->span.begin_char);
    add_number(stream, rarest->span.end_char);
    add_number(stream, rarest->count);
}

void ng_report_csv_row(FILE *stream, const struct ng_report_settings *settings,
                       const struct ng_report_benchmark *benchmark, const struct ng_benchmark_entry *entry,
                       const struct ng_contam_result *result) {
    static const char *const answers[] = {"", "false", "true"};
    write_text_cell(stream, benchmark->name);
    (void)putc_unlocked(',', stream);
    write_cell(stream, entry->id.data, (size_t)entry->id.length_bytes);
    add_number(stream, entry->number);
    add_number(stream, entry->line);
    add_word(stream, ng_contam_class_name(result->class));
    add_share(stream, result->found, result->windows);
    add_number(stream, result->windows);
    add_number(stream, result->found);
    add_word(stream, result->is_short ? "true" : "false");
    add_number(stream, result->characters);
    add_number(stream, result->covered_characters);
    add_share(stream, result->covered_characters, result->characters);
    add_number(stream, result->longest.span.end - result->longest.span.begin);
    add_number(stream, result->longest.count);
    add_spans(stream, result);
    add_rarest(stream, &result->rarest);
    add_word(stream, answers[result->answer]);
    add_number(stream, result->hits_seen);
    add_number(stream, result->documents_seen);
    add_evidence(stream, result);
    for (size_t k = 0; k < settings->index_count; k++) add_number(stream, result->index_found[k]);
    (void)putc_unlocked('\n', stream);
}
