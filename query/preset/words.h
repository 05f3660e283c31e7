/*
 * A text as words, the units of recipes. Internal to the query library.
 */
#ifndef NG_QUERY_PRESET_WORDS_H
#define NG_QUERY_PRESET_WORDS_H

#include "common/base/cancel.h"
#include "common/text/fold.h"
#include "common/text/normal.h"
#include "query/include/ngidx.h"

/* How a text is cut into words. */
enum ng_form {
    NG_FORM_EXACT,  /* what stands between white space, as it is */
    NG_FORM_FOLDED, /* the words of the folded text, without those that fold to nothing */
    NG_FORM_SPLIT,  /* the same, cut also where a character folded to nothing */
    NG_FORM_LOWER,  /* what stands between white space in the decoded text, folded; what folds to nothing is kept as it is */
    NG_FORMS
};

struct ng_word {
    uint64_t begin;
    uint64_t end;
};

/* Words in order; the text holds nothing but them, and in NG_FORM_EXACT what stands between. */
struct ng_words {
    const uint8_t *text;
    uint8_t *owned; /* the text, unless it was given */
    struct ng_word *words; /* owned */
    size_t count;
    uint8_t *folded;       /* NG_FORM_LOWER: what folding keeps of the text; owned */
    struct ng_word *folds; /* and what it keeps of each word; owned */
};

/* What one thread needs to cut texts. */
struct ng_words_tools {
    struct ng_fold *fold;
    struct ng_normal *normal;
    struct ng_watch watch;
};

/* Cuts a text, which is borrowed in NG_FORM_EXACT. Free words with ng_words_free, also after an error.
 * Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_words_make(struct ng_words *words, enum ng_form form, struct ng_bytes text, struct ng_words_tools *tools,
                  struct ng_err *err);

/* Idempotent. */
void ng_words_free(struct ng_words *words);

/* The text of words [first, first + n). */
static inline struct ng_bytes ng_words_piece(const struct ng_words *words, size_t first, size_t n) {
    uint64_t begin = words->words[first].begin;
    return (struct ng_bytes){words->text + begin, words->words[first + n - 1].end - begin};
}

/* The number of n-grams of this many words. */
static inline size_t ng_words_grams(size_t words, size_t n) {
    return words < n ? 0 : words - n + 1;
}

#endif
