/*
 * Bytes of text -> folded text, and a way back.
 *
 * Folded text is UTF-8 that holds only letters, marks and numbers, so that copies of a text which differ in case,
 * spacing, line ends, punctuation, quoting, escaping or markup fold to the same bytes:
 *   1. JSON escapes, HTML's character references and tags are decoded (decode.h);
 *   2. the characters are normalised (NFKC), and their case is folded (normal.h);
 *   3. all but letters, marks and numbers are left out.
 * What bytes fold to depends on them alone. So a phrase folded by itself is found in every text that holds it, but
 * where the phrase begins or ends in the middle of what reads as one: an escape, a command that begins as an escape
 * does, a reference, a tag, a UTF-8 character, a letter with its marks.
 *
 * Memory is bounded: little more than NG_FOLD_AHEAD_BYTES is held back while more text may come. Folding is
 * deterministic and does not depend on how the text is cut into pieces. Each thread needs a struct ng_fold of its own.
 */
#ifndef NG_COMMON_TEXT_FOLD_H
#define NG_COMMON_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Grows with every change of what text folds to. */
#define NG_FOLD_VERSION 1u

enum { NG_FOLD_AHEAD_BYTES = 32768 };

struct ng_fold;

/* A character of a text and what it folds to. One that folds to nothing is left out. */
struct ng_fold_char {
    uint64_t folded_begin, folded_end; /* bytes of the folded text */
    uint64_t begin, end;               /* bytes of the text */
    bool begins_word;                  /* is the first, or follows white space (decoded; a tag counts as some) */
};

/* Errors: NG_ERR_NOMEM. */
int ng_fold_open(struct ng_fold **fold, struct ng_err *err);
void ng_fold_close(struct ng_fold *fold);

/* The version of Unicode that it folds by, such as "15.0.0": other versions know other letters. */
const char *ng_fold_unicode(void);

/* Folds a document in pieces: what is folded is appended to out, which may be emptied between the calls. Finish folds
 * what was held back and makes fold ready for the next document. Pieces may be cut anywhere. Errors: NG_ERR_NOMEM; then
 * only ng_fold_reset or ng_fold_close may follow. */
int ng_fold_append(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err);
int ng_fold_finish(struct ng_fold *fold, struct ng_buf *out, struct ng_err *err);
void ng_fold_reset(struct ng_fold *fold);

/* Appends a whole text, folded, to out. Errors: NG_ERR_NOMEM. */
int ng_fold_text(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err);

/* As ng_fold_text for a text that is not long, and appends a struct ng_fold_char to chars for each character that folds
 * to something; offsets count from the text's begin, and from out's length at the call. */
int ng_fold_map(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_buf *chars,
                struct ng_err *err);

/* The bytes [*begin, *end) of a text that fold to the bytes [folded_begin, folded_end) of the folded text: from the
 * first character that folds to one of them to the end of the last. Folds the text again up to there. Errors:
 * NG_ERR_NOMEM; NG_ERR_USAGE where the range is empty or the folded text ends before. */
int ng_fold_origin(struct ng_fold *fold, const uint8_t *bytes, size_t length, uint64_t folded_begin,
                   uint64_t folded_end, uint64_t *begin, uint64_t *end, struct ng_err *err);

/* A place between two characters of a text, and how much the text before it folds to. */
struct ng_fold_place {
    size_t at;
    uint64_t folded;
};

/* The same for range after range, in ascending order of their begins: folds the text again from *from, which is zero or
 * where the call before has left it. */
int ng_fold_origin_from(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_fold_place *from,
                        uint64_t folded_begin, uint64_t folded_end, uint64_t *begin, uint64_t *end, struct ng_err *err);

#endif
