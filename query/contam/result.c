#include <stdlib.h>

#include "common/base/le.h"
#include "common/base/swar.h"
#include "common/base/utf8.h"
#include "query/contam/work.h"

const char *ng_contam_class_name(enum ng_contam_class class) {
    static const char *const names[] = {"clean", "suspicious", "dirty", "common", "short", "skipped"};
    return names[class];
}

static uint64_t count_characters(const struct ng_contam_text *text, uint64_t begin, uint64_t end) {
    bool is_ascii = text->characters == text->bytes.length_bytes;
    return is_ascii ? end - begin : ng_utf8_characters(text->bytes.data + begin, end - begin);
}

struct ng_contam_span ng_contam_span_make(const struct ng_contam_work *work, uint64_t text, uint64_t begin, uint64_t end) {
    uint64_t begin_char = count_characters(&work->texts[text], 0, begin);
    uint64_t characters = count_characters(&work->texts[text], begin, end);
    return (struct ng_contam_span){
        .text = text, .begin = begin, .end = end, .begin_char = begin_char, .end_char = begin_char + characters};
}

/* Appends a span, or joins it to the last. */
static void add_span(struct ng_contam_result *result, const struct ng_contam_text *text, uint64_t number, uint64_t begin,
                     uint64_t end) {
    size_t count = result->span_count;
    bool follows = count > 0 && result->spans[count - 1].text == number; /* another span of the same text */
    struct ng_contam_span *last = &result->spans[follows ? count - 1 : 0];
    if (follows && begin <= last->end) {
        if (end > last->end) {
            last->end_char += count_characters(text, last->end, end);
            last->end = end;
        }
        return;
    }
    uint64_t known = follows ? last->end : 0; /* code points up to here are counted */
    uint64_t begin_char = follows ? last->end_char : 0;
    begin_char += count_characters(text, known, begin);
    uint64_t characters = count_characters(text, begin, end);
    result->spans[result->span_count++] = (struct ng_contam_span){
        .text = number, .begin = begin, .end = end, .begin_char = begin_char, .end_char = begin_char + characters};
}

/* Adds the found windows of a text and the short ones that are confirmed, in the order of their begins. */
static void add_spans(const struct ng_contam *contam, struct ng_contam_result *result, const struct ng_contam_text *text,
                      uint64_t number) {
    const struct ng_windows *windows = &text->windows[0];
    const struct ng_contam_fact *small = text->facts[NG_CONTAM_SMALL];
    uint64_t s = 0;
    for (uint64_t i = 0; i <= windows->count; i++) {
        uint64_t begin = i < windows->count ? windows->begins[i] : UINT64_MAX;
        for (; small && s < text->small.count && text->small.begins[s] < begin; s++) {
            if (small[s].confirmed) add_span(result, text, number, text->small.begins[s], ng_windows_end(&text->small, s));
        }
        if (i < windows->count && ng_contam_found(contam, text, i)) {
            add_span(result, text, number, begin, ng_windows_end(windows, i));
        }
    }
}

int ng_contam_result_spans(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err) {
    struct ng_contam_result *result = &work->result;
    if (result->found == 0) return NG_OK;
    uint64_t most = result->found;
    for (size_t t = 0; t < work->entry->text_count; t++) most += work->texts[t].small.count;
    result->spans = calloc((size_t)most, sizeof *result->spans);
    if (!result->spans) return ng_err_nomem(err, most * sizeof *result->spans, "the spans of an entry");
    for (size_t t = 0; t < work->entry->text_count; t++) add_spans(contam, result, &work->texts[t], t);
    struct ng_contam_span *fitted = realloc(result->spans, result->span_count * sizeof *result->spans);
    if (fitted) result->spans = fitted;
    for (size_t i = 0; i < result->span_count; i++) {
        result->covered_characters += result->spans[i].end_char - result->spans[i].begin_char;
    }
    if (!contam->guard) result->coverage = (double)result->covered_characters / (double)result->characters;
    return NG_OK;
}

/* Counts the verdicts NG_VERDICT_FOUND, the only one whose lowest bit is set. */
static uint64_t count_found(const uint8_t *verdicts, uint64_t count) {
    uint64_t found = 0;
    uint64_t i = 0;
    _Static_assert(NG_VERDICT_OPEN == 0 && NG_VERDICT_FOUND == 1 && NG_VERDICT_ABSENT == 2, "lowest bits of verdicts");
    for (; count - i >= NG_SWAR_BYTES; i += NG_SWAR_BYTES) {
        found += (ng_le_load64(verdicts + i) & NG_SWAR_EACH) * NG_SWAR_EACH >> 56;
    }
    for (; i < count; i++) found += verdicts[i] & 1;
    return found;
}

static void count_windows(const struct ng_contam *contam, struct ng_contam_work *work) {
    struct ng_contam_result *result = &work->result;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        result->characters += contam->guard ? ng_utf8_characters(text->given.data, text->given.length_bytes)
                                            : text->characters;
        if (!contam->guard && text->unspaced) result->is_unspaced = true;
        result->windows += text->windows[0].count;
        for (size_t k = 0; k < contam->index_count; k++) {
            result->index_found[k] += count_found(ng_contam_verdicts(text, k), text->windows[0].count);
        }
        for (uint64_t i = 0; contam->index_count > 1 && i < text->windows[0].count; i++) {
            result->found += ng_contam_found(contam, text, i) ? 1 : 0;
        }
        for (size_t l = 1; l < contam->length_count; l++) {
            struct ng_contam_length *length = &result->lengths[l - 1];
            length->windows += text->windows[l].count;
            length->found += count_found(text->verdicts[l], text->windows[l].count);
        }
    }
    if (contam->index_count == 1) result->found = result->index_found[0];
}

static enum ng_contam_class class_by_share(const struct ng_contam *contam, uint64_t found, uint64_t windows) {
    double eta = (double)found / (double)windows;
    if (eta >= contam->options.dirty) return NG_CONTAM_DIRTY;
    return eta >= contam->options.suspicious ? NG_CONTAM_SUSPICIOUS : NG_CONTAM_CLEAN;
}

int ng_contam_result_make(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err) {
    struct ng_contam_result *result = &work->result;
    result->index_found = calloc(contam->index_count, sizeof *result->index_found);
    result->index_class = calloc(contam->index_count, sizeof *result->index_class);
    result->lengths = calloc(contam->length_count, sizeof *result->lengths);
    if (!result->index_found || !result->index_class || !result->lengths) {
        return ng_err_nomem(err, contam->length_count * sizeof *result->lengths, "the result of an entry");
    }
    for (size_t l = 1; l < contam->length_count; l++) result->lengths[l - 1].chars = contam->chars[l];
    result->document_coverage = -1.0;
    result->units = work->units;
    result->verdict = work->too_short ? NG_CONTAM_SHORT : NG_CONTAM_SKIPPED;
    for (size_t k = 0; k < contam->index_count; k++) result->index_class[k] = result->verdict;
    if (work->skipped) return NG_OK;
    count_windows(contam, work);
    result->is_short = work->is_short;
    result->eta = (double)result->found / (double)result->windows;
    if (contam->guard) return NG_OK;
    result->verdict = class_by_share(contam, result->found, result->windows);
    for (size_t k = 0; k < contam->index_count; k++) {
        result->index_class[k] = class_by_share(contam, result->index_found[k], result->windows);
    }
    return NG_OK;
}

void ng_contam_results_free(struct ng_contam_result *results, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_result *result = &results[i];
        for (size_t k = 0; k < result->evidence_count; k++) {
            ng_snippet_free(&result->evidence[k].snippet);
            ng_doc_source_free(&result->evidence[k].source);
        }
        free(result->evidence);
        free(result->spans);
        free(result->lengths);
        free(result->index_found);
        free(result->index_class);
        *result = (struct ng_contam_result){0};
    }
}
