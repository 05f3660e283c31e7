/* Texts of entries as folded text: the windows of NG_PRESET_FOLDED. */
#include <stdlib.h>

#include "common/base/order.h"
#include "query/match/units.h"
#include "query/contam/work.h"

/* The starts of windows while they are looked for. */
struct starts {
    const uint8_t *text;
    struct ng_window_starts all;
    uint64_t stride;
    uint64_t token;         /* where the token begins that is under way: letters without a start */
    uint64_t token_letters;
    uint64_t longest;       /* letters of a token that needs no more starts */
};

/* A token ends. If it is long, windows also start inside. */
static int end_token(struct starts *starts, uint64_t end, struct ng_err *err) {
    uint64_t step = starts->longest / 2;
    if (starts->token_letters <= starts->longest || step == 0) return NG_OK;
    uint64_t letters = 0;
    for (uint64_t at = starts->token; at < end; letters++) {
        int status = letters > 0 && letters % step == 0 ? ng_window_starts_add(&starts->all, at, starts->stride, err) : NG_OK;
        if (status) return status;
        (void)ng_units_next(starts->text, end, &at);
    }
    return NG_OK;
}

/* Finds the starts in a folded text; chars are its characters. */
static int find_starts(struct ng_contam_text *text, struct starts *starts, const struct ng_fold_char *chars,
                       size_t count, struct ng_watch *watch, struct ng_err *err) {
    bool behind_unspaced = false;
    for (size_t i = 0; i < count; i++) {
        int status = ng_watch_check(watch, 1, err);
        for (uint64_t at = chars[i].folded_begin; at < chars[i].folded_end && !status; text->characters++) {
            uint64_t begin = at;
            uint64_t units = ng_units_next(text->folded, chars[i].folded_end, &at);
            bool unspaced = units == NG_UNITS_UNSPACED;
            text->units += units;
            text->unspaced = text->unspaced || unspaced;
            if ((begin == chars[i].folded_begin && chars[i].begins_word) || unspaced || behind_unspaced) {
                status = end_token(starts, begin, err);
                if (!status) status = ng_window_starts_add(&starts->all, begin, starts->stride, err);
                starts->token = begin;
                starts->token_letters = 0;
            }
            starts->token_letters++;
            behind_unspaced = unspaced;
        }
        if (status) return status;
    }
    return end_token(starts, text->bytes.length_bytes, err);
}

static int keep_origins(struct ng_contam_text *text, const struct ng_fold_char *chars, size_t count,
                        struct ng_err *err) {
    text->origins = calloc(count + 1, sizeof *text->origins);
    if (!text->origins) return ng_err_nomem(err, count * sizeof *text->origins, "the places of folded text");
    for (size_t i = 0; i < count; i++) {
        text->origins[i] = (struct ng_contam_origin){.folded_begin = (uint32_t)chars[i].folded_begin,
                                                     .begin = (uint32_t)chars[i].begin,
                                                     .end = (uint32_t)chars[i].end};
    }
    text->origin_count = count;
    return NG_OK;
}

int ng_contam_fold(struct ng_contam_text *text, uint64_t units, uint64_t stride, struct ng_fold *fold,
                   struct ng_watch *watch, struct ng_err *err) {
    struct ng_buf folded = {0};
    struct ng_buf found = {0};
    int status = ng_fold_map(fold, text->given.data, (size_t)text->given.length_bytes, &folded, &found, err);
    const struct ng_fold_char *chars = (const struct ng_fold_char *)(const void *)found.data;
    size_t count = found.length / sizeof *chars;
    text->folded = folded.data;
    text->bytes = (struct ng_bytes){folded.data, folded.length};
    struct starts starts = {.text = folded.data, .stride = stride, .longest = units};
    if (!status) status = find_starts(text, &starts, chars, count, watch, err);
    text->begins = (uint64_t *)(void *)starts.all.found.data; /* from malloc: aligned for any type */
    text->begin_count = starts.all.found.length / sizeof *text->begins;
    if (!status) status = keep_origins(text, chars, count, err);
    ng_buf_free(&found);
    return status;
}

int ng_contam_fold_windows(struct ng_windows *windows, const struct ng_contam_text *text, uint64_t units,
                           struct ng_watch *watch, struct ng_err *err) {
    if (!text->unspaced) {
        return ng_windows_make(windows, text->bytes, text->characters == text->bytes.length_bytes, text->begins,
                               text->begin_count, units, watch, err);
    }
    *windows = (struct ng_windows){.begins = text->begins};
    windows->ends = calloc(text->begin_count, sizeof *windows->ends);
    if (!windows->ends) return ng_err_nomem(err, text->begin_count * sizeof *windows->ends, "the windows of a text");
    uint64_t end = 0;
    uint64_t within = 0; /* units of [at, end) */
    uint64_t at = 0;
    int status = NG_OK;
    for (uint64_t i = 0; i < text->begin_count && !status; i++) {
        while (at < text->begins[i] && at < end) within -= ng_units_next(text->folded, text->bytes.length_bytes, &at);
        if (at < text->begins[i]) at = end = text->begins[i];
        while (within < units && end < text->bytes.length_bytes) {
            within += ng_units_next(text->folded, text->bytes.length_bytes, &end);
        }
        if (within < units) break;
        windows->ends[windows->count++] = end;
        status = ng_watch_check(watch, 1, err);
    }
    return status;
}

/* The character that folds to byte at. */
static const struct ng_contam_origin *find_origin(const struct ng_contam_text *text, uint64_t at) {
    size_t next = 1;
    NG_ORDER_SEEK(next, text->origin_count, middle, text->origins[middle].folded_begin <= at);
    return &text->origins[next - 1];
}

static void move_span(const struct ng_contam_work *work, struct ng_contam_span *span) {
    const struct ng_contam_text *text = &work->texts[span->text];
    if (span->begin == span->end) return;
    uint64_t begin = find_origin(text, span->begin)->begin;
    uint64_t end = find_origin(text, span->end - 1)->end;
    uint64_t begin_char = ng_utf8_characters(text->given.data, begin);
    *span = (struct ng_contam_span){.text = span->text,
                                    .begin = begin,
                                    .end = end,
                                    .begin_char = begin_char,
                                    .end_char = begin_char + ng_utf8_characters(text->given.data + begin, end - begin)};
}

void ng_contam_fold_return(struct ng_contam_work *work) {
    struct ng_contam_result *result = &work->result;
    if (work->skipped) return;
    result->covered_characters = 0;
    for (size_t i = 0; i < result->span_count; i++) {
        move_span(work, &result->spans[i]);
        result->covered_characters += result->spans[i].end_char - result->spans[i].begin_char;
    }
    move_span(work, &result->longest.span);
    move_span(work, &result->rarest.span);
    for (size_t i = 0; i < result->evidence_count; i++) move_span(work, &result->evidence[i].span);
}
