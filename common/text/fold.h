/*
 * Bytes of text -> folded text, and a way back.
 *
 * Folded text is UTF-8 that holds only letters, marks and numbers. Copies of a text that differ in case, spacing, line
 * ends, punctuation, quoting, escaping or markup fold to the same bytes:
 *   1. JSON escapes, HTML's character references and tags are decoded (decode.h);
 *   2. the characters are normalised (NFKC), and their case is folded (normal.h);
 *   3. everything but letters, marks and numbers is dropped.
 * The folded form of a string depends on its bytes alone. So a phrase folded by itself is found in every text that
 * holds it, unless the phrase begins or ends inside a unit: an escape, a command that begins like an escape, a
 * reference, a tag, a UTF-8 character, or a letter with its marks.
 *
 * Memory is bounded: little more than NG_FOLD_AHEAD_BYTES is held back while more text may come. Folding is
 * deterministic and does not depend on how the text is cut into pieces. Each thread needs its own struct ng_fold.
 */
#ifndef NG_COMMON_TEXT_FOLD_H
#define NG_COMMON_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Increases with every change to the result of folding. */
#define NG_FOLD_VERSION 1u

enum { NG_FOLD_AHEAD_BYTES = 32768 };

struct ng_fold;

/* A character of a text and what it folds to. Characters that fold to nothing have none. */
struct ng_fold_char {
    uint64_t folded_begin, folded_end; /* bytes of the folded text */
    uint64_t begin, end;               /* bytes of the text */
    bool begins_word;                  /* it is the first, or follows decoded white space; a tag counts as such */
};

/* Errors: NG_ERR_NOMEM. */
int ng_fold_open(struct ng_fold **fold, struct ng_err *err);
void ng_fold_close(struct ng_fold *fold);

/* The version of Unicode that folding uses, such as "15.0.0". Other versions know other letters. */
const char *ng_fold_unicode(void);

/* Folds a document in pieces, which may be cut anywhere, and appends the folded text to out. The caller may empty out
 * between calls. ng_fold_finish folds what was held back and makes fold ready for the next document. Errors:
 * NG_ERR_NOMEM; after it, call only ng_fold_reset or ng_fold_close. */
int ng_fold_append(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err);
int ng_fold_finish(struct ng_fold *fold, struct ng_buf *out, struct ng_err *err);
void ng_fold_reset(struct ng_fold *fold);

/* Appends a whole text, folded, to out. Errors: NG_ERR_NOMEM. */
int ng_fold_text(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_err *err);

/* As ng_fold_text, for a short text. Also appends a struct ng_fold_char to chars for each character that does not fold
 * to nothing. Offsets count from the begin of the text, and from the length of out at the call. */
int ng_fold_map(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_buf *out, struct ng_buf *chars,
                struct ng_err *err);

/* A place between two characters of a text, and the folded length of the text before it. */
struct ng_fold_place {
    size_t at;
    uint64_t folded;
};

/* Finds the bytes [*begin, *end) of a text that fold to the bytes [folded_begin, folded_end) of the folded text: from
 * the first character that folds to one of them to the end of the last. Folds the text again from *from, which is all
 * zeros at first; each call leaves it for the next range, which must not begin before this one. Errors: NG_ERR_NOMEM,
 * NG_ERR_USAGE (the range is empty or exceeds the folded text). */
int ng_fold_origin(struct ng_fold *fold, const uint8_t *bytes, size_t length, struct ng_fold_place *from,
                   uint64_t folded_begin, uint64_t folded_end, uint64_t *begin, uint64_t *end, struct ng_err *err);

#endif
