/*
 * How fast this machine is, now: measured in about three seconds by reading the start of a corpus, sorting and merging
 * it, for the forecast of a build. And how much text a corpus has.
 */
#ifndef NG_INDEXER_PLAN_MEASURE_H
#define NG_INDEXER_PLAN_MEASURE_H

#include "common/base/err.h"
#include "indexer/corpus/corpus.h"
#include "indexer/plan/budget.h"

/* What was read of the corpus. */
struct ng_sample {
    uint64_t text_bytes; /* of the documents */
    bool whole;          /* that is all of it */
};

/* Reads documents for at most about half a second, and sorts and merges their text on as many threads side by side as
 * the build will, within its memory. corpus has just been opened. Errors: those of reading the corpus, NG_ERR_NOMEM. */
int ng_measure(struct ng_corpus *corpus, const struct ng_plan *plan, uint64_t sa_sample, struct ng_sample *sample,
               struct ng_speed *speed, struct ng_err *err);

/* Estimates the text of a corpus by what its files hold here and there; sample and counts are what was read of its
 * start. options are those that it was opened with. Takes at most about three seconds. Errors: those of reading the corpus,
 * NG_ERR_NOMEM. */
int ng_measure_text(const struct ng_corpus *corpus, const struct ng_corpus_options *options,
                    const struct ng_sample *sample, uint64_t *text_bytes, struct ng_err *err);

#endif
