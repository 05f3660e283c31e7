/*
 * Some of a corpus, from here and there, for what depends on its text: how fast it is read and sorted, and how small it
 * becomes. And how much text there is in all, by what its files hold in these places.
 */
#ifndef NG_INDEXER_PLAN_EXCERPT_H
#define NG_INDEXER_PLAN_EXCERPT_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "indexer/corpus/corpus.h"

/* On a busy machine, each step may take this many times its processor time. */
enum { NG_EXCERPT_MOST_STALL = 8 };

struct ng_excerpt {
    uint64_t text_bytes; /* of the whole corpus, about */
    uint64_t read_bytes; /* of text read from the start of the corpus */
    double read_passed;  /* seconds that this took */
    double read_used;    /* seconds of processor time */
};

/* Reads documents for half a second from the start of the corpus, and for a fifth of a second from each of some other
 * places: starts of files, and lines within large plain files of JSON lines. Appends at most 24 MB to text, in equal
 * parts, and more of the start if others are few; each document with its terminator. The last of a part may be cut.
 * corpus has just been opened, with those options. Takes at most about three seconds of processor time. Errors: those
 * of reading the corpus, NG_ERR_NOMEM. */
int ng_excerpt_read(struct ng_corpus *corpus, const struct ng_corpus_options *options, struct ng_buf *text,
                    struct ng_excerpt *excerpt, struct ng_err *err);

#endif
