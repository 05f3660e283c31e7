/*
 * What a task passed over, repaired or found bad, for the last task to tell: the counts of its part of the corpus, and the
 * first few notes of each kind by name. It lies beside the part from before the part is there ("part-00003.tally"), and
 * what was noted when the corpus was listed lies beside the list ("tasks.tally"):
 *
 *   ngidx tally 1\n
 *   <whether ids were asked for and none was found>\n
 *   <counts of the corpus, each with a space behind it>\n   in the order of struct ng_corpus_counts
 *   <names>\n
 *   <kind of note> <line> <path>\0<why>\0                   for each name
 *   <checksum>\n                                            of sealed.h
 */
#ifndef NG_INDEXER_TASK_TALLY_H
#define NG_INDEXER_TASK_TALLY_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "indexer/corpus/corpus.h"

enum { NG_TALLY_NAMED = 5 }; /* the most notes of a kind that are named */

struct ng_tally {
    struct ng_corpus_counts counts;
    bool no_ids;
    struct ng_tally_note {
        enum ng_note note;
        uint64_t line;
        char *path; /* owned */
        char *why;  /* owned */
    } named[NG_NOTES * NG_TALLY_NAMED];
    size_t named_count;
    ng_note_take *next; /* also gets each note; or NULL */
    void *next_context;
};

/* An ng_note_take whose context is the tally. */
ng_note_take ng_tally_take;

/* Passes the named notes on to take, which may be NULL. */
void ng_tally_tell(const struct ng_tally *tally, ng_note_take *take, void *context);

/* Adds the counts of a part to those of an index. */
void ng_tally_add(struct ng_corpus_counts *counts, const struct ng_tally *tally);

/* Appends the bytes of the file. Errors: NG_ERR_NOMEM. */
int ng_tally_format(const struct ng_tally *tally, struct ng_buf *out, struct ng_err *err);

/* Reads them; path names the file in errors. The caller frees tally, also after an error.
 * Errors: NG_ERR_CORRUPT, NG_ERR_VERSION, NG_ERR_NOMEM. */
int ng_tally_parse(struct ng_tally *tally, const char *path, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Idempotent; all zeros is fine. */
void ng_tally_free(struct ng_tally *tally);

#endif
