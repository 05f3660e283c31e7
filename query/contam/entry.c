#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/match/units.h"
#include "query/contam/work.h"

/* Looking at this many bytes takes about as long as an LF step. */
enum { STEP_BYTES = 128 };

static int check_text(struct ng_bytes text, size_t entry, size_t number, struct ng_err *err) {
    if (text.length_bytes > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "entry %zu: text %zu is %llu bytes; the limit is %llu (NG_MAX_ENTRY_BYTES)",
                          entry, number, (unsigned long long)text.length_bytes, (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    size_t valid = ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes);
    if (valid < text.length_bytes) {
        return ng_err_set(err, NG_ERR_INPUT, "entry %zu: text %zu is not UTF-8 at byte %zu", entry, number, valid);
    }
    return NG_OK;
}

static int make_text_windows(struct ng_contam_text *text, size_t length, uint64_t chars, struct ng_watch *watch,
                             struct ng_err *err) {
    struct ng_windows *windows = &text->windows[length];
    if (text->begin_count == 0) return NG_OK;
    if (text->origins) return ng_contam_fold_windows(windows, text, chars, watch, err);
    return ng_windows_make(windows, text->bytes, text->characters == text->bytes.length_bytes, text->begins,
                           text->begin_count, chars, watch, err);
}

/* Whether a text is long enough to be one window. */
static bool may_be_whole(const struct ng_contam *contam, const struct ng_contam_text *text) {
    return text->begin_count > 0 && (!text->origins || text->units >= contam->options.minimum_units);
}

/* The windows of one length in all texts of an entry. */
static int make_windows(const struct ng_contam *contam, struct ng_contam_work *work, size_t length,
                        struct ng_watch *watch, struct ng_err *err) {
    uint64_t total = 0;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        int status = make_text_windows(text, length, contam->chars[length], watch, err);
        if (status) return status;
        total += text->windows[length].count;
    }
    if (total > 0) return NG_OK;
    if (length == 0) work->is_short = true;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        if (!may_be_whole(contam, text)) continue;
        ng_windows_free(&text->windows[length]);
        text->windows[length] = ng_windows_whole(text->bytes);
    }
    return NG_OK;
}

static uint64_t verdict_count(const struct ng_contam *contam, const struct ng_contam_text *text, size_t length) {
    return text->windows[length].count * (length == 0 ? contam->index_count : 1);
}

static int make_verdicts(const struct ng_contam *contam, struct ng_contam_text *text, struct ng_err *err) {
    uint64_t count = 0;
    for (size_t l = 0; l < contam->length_count; l++) count += verdict_count(contam, text, l);
    text->verdicts[0] = calloc(count + 1, 1); /* NG_VERDICT_OPEN is 0; not NULL even where there is none */
    if (!text->verdicts[0]) return ng_err_nomem(err, count, "the verdicts on a text");
    for (size_t l = 1; l < contam->length_count; l++) {
        text->verdicts[l] = text->verdicts[l - 1] + verdict_count(contam, text, l - 1);
    }
    return NG_OK;
}

/* The words of a text as it is. */
static int find_words(const struct ng_contam *contam, struct ng_contam_text *text, struct ng_watch *watch,
                      struct ng_err *err) {
    uint64_t length = text->given.length_bytes;
    text->bytes = text->given;
    text->characters = ng_utf8_characters(text->bytes.data, length);
    text->units = text->characters;
    int status = ng_watch_check(watch, length / STEP_BYTES + 1, err);
    if (status) return status;
    uint64_t unspaced = 0;
    for (uint64_t at = 0; at < length && text->characters < length;) {
        unspaced += ng_units_next(text->bytes.data, length, &at) == NG_UNITS_UNSPACED ? 1 : 0;
    }
    text->unspaced = unspaced > text->characters / 2;
    return ng_windows_find_starts(text->bytes, contam->options.stride, &text->begins, &text->begin_count, watch, err);
}

/* Sets up the texts, and finds out whether the entry is too short. */
static int read_texts(const struct ng_contam *contam, struct ng_contam_work *work, size_t number,
                      struct ng_contam_cost *cost, struct ng_err *err) {
    const struct ng_contam_entry *entry = work->entry;
    bool is_blank = true;
    work->skipped = true;
    for (size_t t = 0; t < entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        text->given = entry->texts[t];
        int status = check_text(text->given, number, t, err);
        if (status) return status;
        status = cost->fold ? ng_contam_fold(text, contam->chars[0], contam->options.stride, cost->fold, &cost->watch, err)
                            : find_words(contam, text, &cost->watch, err);
        if (status) return status;
        work->units += text->units;
        if (may_be_whole(contam, text)) work->skipped = false;
        if (cost->fold && is_blank) is_blank = ng_windows_blank(text->given);
    }
    work->too_short = cost->fold && work->skipped && !is_blank;
    return NG_OK;
}

int ng_contam_entry_init(const struct ng_contam *contam, struct ng_contam_work *work, size_t number,
                         struct ng_contam_cost *cost, struct ng_err *err) {
    const struct ng_contam_entry *entry = work->entry;
    work->texts = calloc(entry->text_count ? entry->text_count : 1, sizeof *work->texts);
    if (!work->texts) return ng_err_nomem(err, entry->text_count * sizeof *work->texts, "the texts of an entry");
    int status = read_texts(contam, work, number, cost, err);
    if (status || work->skipped) return status;
    for (size_t l = 0; l < contam->length_count; l++) {
        status = make_windows(contam, work, l, &cost->watch, err);
        if (status) return status;
    }
    for (size_t t = 0; t < entry->text_count; t++) {
        status = make_verdicts(contam, &work->texts[t], err);
        if (status) return status;
    }
    return entry->shares && !contam->options.naive ? ng_contam_shares_take(contam, work, number, err) : NG_OK;
}

void ng_contam_entry_free(struct ng_contam_work *work) {
    for (size_t t = 0; work->texts && t < work->entry->text_count; t++) {
        struct ng_contam_text *text = &work->texts[t];
        for (size_t l = 0; l < NG_MAX_CONTAM_LENGTHS; l++) ng_windows_free(&text->windows[l]);
        ng_windows_free(&text->small);
        for (size_t size = 0; size < NG_CONTAM_SIZES; size++) free(text->facts[size]);
        free(text->verdicts[0]);
        free(text->begins);
        free(text->origins);
        free(text->folded);
    }
    free(work->texts);
    free(work->reach);
    work->texts = NULL;
    work->reach = NULL;
    ng_buf_free(&work->longest_phrase.rows);
    ng_buf_free(&work->documents);
}
