#include "query/preset/words.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/utf8.h"
#include "common/text/decode.h"
#include "common/text/script.h"
#include "query/match/units.h"
#include "query/match/windows.h"

/* Looking at this many bytes takes about as long as an LF step. */
enum { STEP_BYTES = 16 };

/* Words while they are found. */
struct cutter {
    struct ng_buf words; /* of struct ng_word */
    uint64_t begin;      /* of the word that is open */
    bool open;
};

/* Ends the open word, if any. */
static int end_word(struct cutter *cutter, uint64_t at, struct ng_err *err) {
    struct ng_word word = {cutter->begin, at};
    if (!cutter->open) return NG_OK;
    cutter->open = false;
    return ng_buf_append(&cutter->words, &word, sizeof word, err);
}

/* Adds the character [begin, end), which belongs to a word. breaks: a word begins with it. */
static int add_character(struct cutter *cutter, uint64_t begin, uint64_t end, bool unspaced, bool breaks,
                         struct ng_err *err) {
    int status = breaks || unspaced ? end_word(cutter, begin, err) : NG_OK;
    if (status) return status;
    if (!cutter->open) cutter->begin = begin;
    cutter->open = true;
    return unspaced ? end_word(cutter, end, err) : NG_OK;
}

static int cut_exact(struct cutter *cutter, struct ng_bytes text, struct ng_watch *watch, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t at = 0; at < text.length_bytes && !status;) {
        uint64_t begin = at;
        at += ng_utf8_space_bytes(text.data + at, (size_t)(text.length_bytes - at));
        if (at > begin) {
            status = end_word(cutter, begin, err);
        } else {
            bool unspaced = ng_units_next(text.data, text.length_bytes, &at) == NG_UNITS_UNSPACED;
            status = add_character(cutter, begin, at, unspaced, false, err);
        }
        if (!status && begin % STEP_BYTES == 0) status = ng_watch_check(watch, 1, err);
    }
    return status ? status : end_word(cutter, text.length_bytes, err);
}

static int cut_folded(struct cutter *cutter, struct ng_bytes text, bool split, struct ng_buf *folded,
                      struct ng_words_tools *tools, struct ng_err *err) {
    struct ng_buf found = {0};
    int status = ng_fold_map(tools->fold, text.data, (size_t)text.length_bytes, folded, &found, err);
    const struct ng_fold_char *chars = (const struct ng_fold_char *)(const void *)found.data;
    size_t count = found.length / sizeof *chars;
    for (size_t i = 0; i < count && !status; i++) {
        bool breaks = chars[i].begins_word || (split && i > 0 && chars[i].begin > chars[i - 1].end);
        for (uint64_t at = chars[i].folded_begin; at < chars[i].folded_end && !status; breaks = false) {
            uint64_t begin = at;
            bool unspaced = ng_units_next(folded->data, chars[i].folded_end, &at) == NG_UNITS_UNSPACED;
            status = add_character(cutter, begin, at, unspaced, breaks, err);
        }
        if (!status && i % STEP_BYTES == 0) status = ng_watch_check(&tools->watch, 1, err);
    }
    ng_buf_free(&found);
    return status ? status : end_word(cutter, folded->length, err);
}

static size_t encode(int32_t character, uint8_t *out) {
    uint32_t c = (uint32_t)character;
    if (c < 0x80) return out[0] = (uint8_t)c, 1;
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t firsts[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(firsts[length] | c);
    return length;
}

/* Decoded text, a letter with the marks that join it at a time. */
struct sequence {
    int32_t characters[NG_NORMAL_SEQUENCE];
    size_t count;
    size_t end;
};

static void read_sequence(struct ng_normal *normal, struct ng_bytes text, size_t at, struct sequence *sequence) {
    sequence->end = ng_decode_next(text.data, (size_t)text.length_bytes, at, &sequence->characters[0]);
    sequence->count = 1;
    if (ng_normal_is_space(sequence->characters[0])) return;
    while (sequence->end < text.length_bytes && sequence->count < NG_NORMAL_SEQUENCE) {
        int32_t next;
        size_t end = ng_decode_next(text.data, (size_t)text.length_bytes, sequence->end, &next);
        if (!ng_normal_joins(normal, next)) return;
        sequence->characters[sequence->count++] = next;
        sequence->end = end;
    }
}

/* The folded and the lower text, and of each word what folding keeps. */
struct lower {
    struct ng_buf text;
    struct ng_buf folded;
    struct ng_buf folds; /* of struct ng_word */
    uint64_t fold_begin;
};

/* Ends the open word, and what folding keeps of it. */
static int end_lower(struct cutter *cutter, struct lower *lower, uint64_t at, uint64_t folded, struct ng_err *err) {
    struct ng_word fold = {lower->fold_begin, folded};
    lower->fold_begin = folded;
    int status = cutter->open ? ng_buf_append(&lower->folds, &fold, sizeof fold, err) : NG_OK;
    return status ? status : end_word(cutter, at, err);
}

static int add_lower(struct cutter *cutter, struct lower *lower, const struct sequence *sequence, struct ng_err *err) {
    uint64_t from = lower->text.length;
    uint64_t fold_from = lower->folded.length;
    int status = ng_buf_reserve(&lower->text, NG_NORMAL_BYTES, err);
    if (!status) status = ng_buf_reserve(&lower->folded, NG_NORMAL_BYTES, err);
    if (status) return status;
    uint8_t *to = lower->text.data + from;
    size_t length = ng_normal_write_sequence(sequence->characters, sequence->count, to);
    memcpy(lower->folded.data + fold_from, to, length);
    lower->folded.length += length;
    for (size_t i = 0; i < sequence->count && lower->folded.length == fold_from; i++) {
        length += encode(sequence->characters[i], to + length);
    }
    lower->text.length += length;
    bool unspaced = ng_script_is_unspaced(sequence->characters[0]);
    if (unspaced) status = end_lower(cutter, lower, from, fold_from, err);
    if (!status) status = add_character(cutter, from, lower->text.length, false, false, err);
    if (!status && unspaced) status = end_lower(cutter, lower, lower->text.length, lower->folded.length, err);
    return status;
}

static int cut_lower(struct cutter *cutter, struct ng_bytes text, struct lower *lower, struct ng_words_tools *tools,
                     struct ng_err *err) {
    int status = NG_OK;
    for (size_t at = 0, count = 0; at < text.length_bytes && !status; count++) {
        struct sequence sequence;
        read_sequence(tools->normal, text, at, &sequence);
        at = sequence.end;
        if (ng_normal_is_space(sequence.characters[0])) {
            status = end_lower(cutter, lower, lower->text.length, lower->folded.length, err);
        } else {
            status = add_lower(cutter, lower, &sequence, err);
        }
        if (!status && count % STEP_BYTES == 0) status = ng_watch_check(&tools->watch, 1, err);
    }
    return status ? status : end_lower(cutter, lower, lower->text.length, lower->folded.length, err);
}

int ng_words_make(struct ng_words *words, enum ng_form form, struct ng_bytes text, struct ng_words_tools *tools,
                  struct ng_err *err) {
    struct cutter cutter = {0};
    struct lower lower = {0};
    int status;
    switch (form) {
    case NG_FORM_EXACT: status = cut_exact(&cutter, text, &tools->watch, err); break;
    case NG_FORM_LOWER: status = cut_lower(&cutter, text, &lower, tools, err); break;
    default: status = cut_folded(&cutter, text, form == NG_FORM_SPLIT, &lower.text, tools, err);
    }
    /* From malloc: aligned for any type. */
    *words = (struct ng_words){.text = form == NG_FORM_EXACT ? text.data : lower.text.data,
                               .owned = lower.text.data,
                               .words = (struct ng_word *)(void *)cutter.words.data,
                               .count = cutter.words.length / sizeof(struct ng_word),
                               .folded = lower.folded.data,
                               .folds = (struct ng_word *)(void *)lower.folds.data};
    return status;
}

void ng_words_free(struct ng_words *words) {
    free(words->owned);
    free(words->words);
    free(words->folded);
    free(words->folds);
    *words = (struct ng_words){0};
}
