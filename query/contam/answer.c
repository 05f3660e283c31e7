/* Whether the answer of an entry occurs in the documents that hold a piece of the entry. Answers are compared folded,
 * as whole words. */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/match/units.h"
#include "query/contam/work.h"

/* An answer with fewer letters occurs in most texts. */
enum { LEAST_UNITS = 4 };

/* Text on either side of an answer that tells whether it is a whole word. */
enum { AROUND_BYTES = 64 };

/* Folding this many bytes takes about as long as an LF step. */
enum { STEP_BYTES = 16 };

/* An answer to look for in a document. */
struct question {
    struct ng_contam_evidence *evidence;
    struct ng_contam_work *work;
    size_t number;        /* in the order of the evidence */
    size_t answer_begin;  /* of the folded answer in the answers */
    size_t answer_bytes;
};

/* Documents that are read together where they are elsewhere. */
enum { AHEAD = 256, AHEAD_BYTES = 16 << 20 };

/* A document, or the part of a long one, that questions are about. */
struct reading {
    const struct ng_contam *contam;
    const struct ng_index *view; /* that the evidence's offsets are of */
    bool is_folded;
    size_t index; /* of the document; SIZE_MAX: none yet */
    uint64_t doc;
    uint64_t begin; /* of the part */
    struct ng_buf text;
    struct ng_buf folded; /* empty where text is folded */
    struct ng_call_piece *ahead; /* the documents of the next questions, if they are elsewhere; owned */
    size_t ahead_first;          /* the first of these questions */
    size_t ahead_count;
    struct ng_fold *fold;
    struct ng_watch *watch;
    struct ng_err *err;
};

static struct ng_bytes trim(struct ng_bytes text) {
    while (text.length_bytes > 0) {
        size_t space = ng_utf8_space_bytes(text.data, (size_t)text.length_bytes);
        if (space == 0) break;
        text.data += space;
        text.length_bytes -= space;
    }
    while (text.length_bytes > 0 && strchr(" \t\r\n", text.data[text.length_bytes - 1]) &&
           text.data[text.length_bytes - 1]) text.length_bytes--;
    return text;
}

/* ---- The text ---- */

/* The view of an index that the evidence is shown from (origin.c). */
static const struct ng_index *shown_view(const struct ng_contam *contam, size_t index) {
    return contam->originals[index] ? ng_index_view(contam->given[index], NG_VIEW_EXACT) : contam->indexes[index];
}

/* Reads the whole document, or the surroundings of the piece if the document is long. */
static void choose_range(uint64_t length, const struct ng_contam_evidence *evidence, uint64_t *begin, uint64_t *end) {
    uint64_t half = NG_MAX_ORIGIN_BYTES / 2;
    bool whole = length <= NG_MAX_ORIGIN_BYTES;
    *begin = whole || evidence->offset < half ? 0 : evidence->offset - half;
    *end = whole || length - evidence->offset < half ? length : evidence->offset + half;
}

static void drop_ahead(struct reading *reading) {
    for (size_t i = 0; i < reading->ahead_count; i++) ng_call_piece_free(&reading->ahead[i]);
    reading->ahead_count = 0;
}

/* Reads the documents of the next questions that are in the same index as the first: their lengths, then their text. */
static int look_ahead(struct reading *reading, const struct question *all, size_t first, size_t asked) {
    drop_ahead(reading);
    if (!reading->ahead) reading->ahead = calloc(AHEAD, sizeof *reading->ahead);
    if (!reading->ahead) return ng_err_nomem(reading->err, AHEAD * sizeof *reading->ahead, "documents");
    const struct ng_index *view = shown_view(reading->contam, all[first].evidence->index);
    size_t count = 0;
    while (count < AHEAD && first + count < asked && all[first + count].evidence->index == all[first].evidence->index) {
        reading->ahead[count] = (struct ng_call_piece){.doc = all[first + count].evidence->doc};
        count++;
    }
    int status = ng_index_read(view, reading->ahead, count, reading->err);
    if (status) return status;
    uint64_t bytes = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_call_piece *piece = &reading->ahead[i];
        uint64_t end;
        choose_range(piece->doc_bytes, all[first + i].evidence, &piece->offset, &end);
        piece->most_bytes = end - piece->offset;
        /* Questions about one document follow each other; the first of them has its text, if the ranges agree. */
        bool same = i > 0 && piece[-1].doc == piece->doc && piece[-1].offset == piece->offset;
        if (same) piece->most_bytes = 0;
        bytes += piece->most_bytes;
        if (kept == i && (i == 0 || bytes <= AHEAD_BYTES)) kept++;
        ng_call_piece_free(piece);
    }
    status = ng_index_read(view, reading->ahead, kept, reading->err);
    if (status) return status;
    reading->ahead_first = first;
    reading->ahead_count = kept;
    return NG_OK;
}

/* Reads the document of a piece of evidence, that of question number number. */
static int read_document(struct reading *reading, const struct question *all, size_t number, size_t asked) {
    const struct ng_contam_evidence *evidence = all[number].evidence;
    const struct ng_call_piece *piece = NULL;
    uint64_t length;
    int status = NG_OK;
    if (reading->index != evidence->index) {
        reading->view = shown_view(reading->contam, evidence->index);
        reading->is_folded = ng_index_text_view(reading->view) == NG_VIEW_FOLDED;
        drop_ahead(reading);
    }
    if (reading->view->calls) {
        if (reading->ahead_count == 0 || number >= reading->ahead_first + reading->ahead_count) {
            status = look_ahead(reading, all, number, asked);
        }
        piece = &reading->ahead[number - reading->ahead_first];
    }
    if (!status && piece) length = piece->doc_bytes;
    else if (!status) status = ng_index_doc_length(reading->view, evidence->doc, &length, reading->err);
    if (status) return status;
    uint64_t begin;
    uint64_t end;
    choose_range(length, evidence, &begin, &end);
    if (reading->index == evidence->index && reading->doc == evidence->doc && reading->begin == begin) return NG_OK;
    reading->index = evidence->index;
    reading->doc = evidence->doc;
    reading->begin = begin;
    reading->text.length = 0;
    reading->folded.length = 0;
    status = ng_watch_check(reading->watch, (end - begin) / STEP_BYTES + 1, reading->err);
    if (!status) status = ng_buf_reserve(&reading->text, (size_t)(end - begin) + 1, reading->err);
    if (!status && piece && end > begin) memcpy(reading->text.data, piece->text, (size_t)(end - begin));
    if (!status && !piece) {
        status = ng_index_extract(reading->view, evidence->doc, begin, end - begin, reading->text.data, reading->err);
    }
    if (status) return status;
    reading->text.length = (size_t)(end - begin);
    if (reading->is_folded) return NG_OK;
    return ng_fold_text(reading->fold, reading->text.data, reading->text.length, &reading->folded, reading->err);
}

/* ---- Whole words ---- */

static bool is_unspaced_at(const uint8_t *text, uint64_t length, uint64_t at) {
    while (at > 0 && ng_utf8_is_continuation(text[at])) at--;
    return at < length && ng_units_next(text, length, &at) == NG_UNITS_UNSPACED;
}

/* Whether the letter that ends at `at`, or the one that begins there, belongs to the same word. */
static int touches(struct reading *reading, uint64_t at, bool before, bool *touching) {
    const uint8_t *text = reading->text.data;
    uint64_t length = reading->text.length;
    uint64_t begin = !before ? at : at > AROUND_BYTES ? at - AROUND_BYTES : 0;
    uint64_t end = before ? at : length - at > AROUND_BYTES ? at + AROUND_BYTES : length;
    while (begin < at && ng_utf8_is_continuation(text[begin])) begin++;
    while (end > at && end < length && ng_utf8_is_continuation(text[end])) end--;
    *touching = false;
    if (begin == end) return NG_OK;
    struct ng_buf folded = {0};
    struct ng_buf found = {0};
    int status = ng_fold_map(reading->fold, text + begin, (size_t)(end - begin), &folded, &found, reading->err);
    const struct ng_fold_char *chars = (const struct ng_fold_char *)(const void *)found.data;
    size_t count = found.length / sizeof *chars;
    if (count > 0) *touching = before ? chars[count - 1].end == end - begin : chars[0].begin == 0;
    ng_buf_free(&folded);
    ng_buf_free(&found);
    /* Scripts without spaces do not mark where words end. */
    if (is_unspaced_at(text, length, before ? at - 1 : at)) *touching = false;
    return status;
}

static int is_whole(struct reading *reading, uint64_t begin, uint64_t end, bool *whole) {
    bool touching = false;
    *whole = reading->is_folded; /* where words end is not known */
    if (*whole) return NG_OK;
    int status = begin > 0 && !is_unspaced_at(reading->text.data, reading->text.length, begin)
                     ? touches(reading, begin, true, &touching) : NG_OK;
    if (!status && !touching && end < reading->text.length &&
        !is_unspaced_at(reading->text.data, reading->text.length, end - 1)) {
        status = touches(reading, end, false, &touching);
    }
    *whole = !touching;
    return status;
}

/* ---- The search ---- */

/* Whether at most chars code points are in [begin, end). */
static bool is_within(const struct reading *reading, uint64_t begin, uint64_t end, uint64_t chars) {
    enum { MOST_BYTES = 4 }; /* of a code point */
    return end - begin <= MOST_BYTES * chars && ng_utf8_characters(reading->text.data + begin, end - begin) <= chars;
}

/* Takes an occurrence [begin, end) of an answer in the text. An occurrence within the piece is the entry's own text. It
 * says nothing, unless the piece is the answer. */
static void take(const struct reading *reading, struct ng_contam_evidence *evidence, uint64_t begin, uint64_t end) {
    uint64_t piece = evidence->offset - reading->begin;
    uint64_t piece_end = piece + evidence->length_bytes;
    if (begin >= piece && end <= piece_end && end - begin < evidence->length_bytes) return;
    uint64_t chars = reading->contam->options.answer_chars;
    evidence->together = NG_CONTAM_TOGETHER;
    bool near = begin >= piece_end ? is_within(reading, piece_end, begin, chars)
                : end <= piece     ? is_within(reading, end, piece, chars) : true;
    if (near) evidence->answer = NG_CONTAM_ANSWER_NEAR;
}

static int look_for(struct reading *reading, struct ng_contam_evidence *evidence, struct ng_bytes answer) {
    const struct ng_buf *folded = reading->is_folded ? &reading->text : &reading->folded;
    struct ng_fold_place place = {0};
    int status = NG_OK;
    evidence->answer = NG_CONTAM_ANSWER_ABSENT;
    evidence->together = NG_CONTAM_APART;
    for (uint64_t at = 0; evidence->answer != NG_CONTAM_ANSWER_NEAR && !status; at++) {
        const uint8_t *found = folded->length - at < answer.length_bytes ? NULL
            : memmem(folded->data + at, (size_t)(folded->length - at), answer.data, (size_t)answer.length_bytes);
        if (!found) break;
        at = (uint64_t)(found - folded->data);
        uint64_t begin = at;
        uint64_t end = at + answer.length_bytes;
        bool whole;
        status = ng_watch_check(reading->watch, NG_WATCH_STEPS / STEP_BYTES, reading->err);
        if (!status && !reading->is_folded) {
            status = ng_fold_origin(reading->fold, reading->text.data, reading->text.length, &place, at,
                                    at + answer.length_bytes, &begin, &end, reading->err);
        }
        if (!status) status = is_whole(reading, begin, end, &whole);
        if (!status && whole) take(reading, evidence, begin, end);
    }
    return status;
}

static int by_document(const void *a, const void *b) {
    const struct question *x = a;
    const struct question *y = b;
    if (x->evidence->index != y->evidence->index) return x->evidence->index < y->evidence->index ? -1 : 1;
    if (x->evidence->doc != y->evidence->doc) return x->evidence->doc < y->evidence->doc ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Folds the answer of an entry, and looks for it in the evidence if it is long enough to say anything. */
static int add_questions(struct reading *reading, struct ng_contam_work *work, struct ng_buf *answers,
                         struct ng_buf *questions) {
    struct ng_contam_result *result = &work->result;
    struct ng_bytes given = trim(work->entry->answer);
    size_t begin = answers->length;
    if (given.length_bytes == 0 || work->skipped) return NG_OK;
    int status = ng_fold_text(reading->fold, given.data, (size_t)given.length_bytes, answers, reading->err);
    uint64_t units = 0;
    for (uint64_t at = begin; !status && at < answers->length && units < LEAST_UNITS;) {
        units += ng_units_next(answers->data, answers->length, &at);
    }
    bool tells = units >= LEAST_UNITS;
    if (!status && !tells) {
        result->answer = NG_CONTAM_ANSWER_NOT_TELLING;
        result->together = NG_CONTAM_TOGETHER_NOT_TELLING;
    }
    for (size_t i = 0; i < result->evidence_count && !status; i++) {
        struct question question = {.evidence = &result->evidence[i], .work = work,
                                    .number = questions->length / sizeof question,
                                    .answer_begin = begin, .answer_bytes = answers->length - begin};
        question.evidence->answer = result->answer;
        question.evidence->together = result->together;
        if (tells) status = ng_buf_append(questions, &question, sizeof question, reading->err);
    }
    return status;
}

int ng_contam_answers(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                      struct ng_contam_cost *cost, struct ng_err *err) {
    bool any = false;
    for (size_t i = 0; i < count; i++) any = any || works[i].entry->answer.length_bytes > 0;
    if (!any) return NG_OK;
    struct reading reading = {.contam = contam, .index = SIZE_MAX, .watch = &cost->watch, .err = err};
    struct ng_buf answers = {0};
    struct ng_buf questions = {0};
    int status = ng_fold_open(&reading.fold, err);
    for (size_t i = 0; i < count && !status; i++) status = add_questions(&reading, &works[i], &answers, &questions);
    struct question *all = (struct question *)(void *)questions.data; /* from malloc: aligned for any type */
    size_t asked = status ? 0 : questions.length / sizeof *all;
    if (asked > 0) qsort(all, asked, sizeof *all, by_document);
    for (size_t i = 0; i < asked && !status; i++) {
        struct ng_contam_evidence *evidence = all[i].evidence;
        struct ng_contam_result *result = &all[i].work->result;
        struct ng_bytes answer = {answers.data + all[i].answer_begin, all[i].answer_bytes};
        status = read_document(&reading, all, i, asked);
        if (!status) status = look_for(&reading, evidence, answer);
        if (evidence->answer > result->answer) result->answer = evidence->answer;
        if (evidence->together > result->together) result->together = evidence->together;
    }
    drop_ahead(&reading);
    free(reading.ahead);
    ng_fold_close(reading.fold);
    ng_buf_free(&reading.text);
    ng_buf_free(&reading.folded);
    ng_buf_free(&answers);
    ng_buf_free(&questions);
    return status;
}
