/*
 * How fast this machine is, now: measured in about three seconds by reading a corpus here and there, sorting and merging
 * that, for the forecast of a build.
 */
#ifndef NG_INDEXER_PLAN_MEASURE_H
#define NG_INDEXER_PLAN_MEASURE_H

#include "common/base/err.h"
#include "indexer/corpus/corpus.h"
#include "indexer/plan/budget.h"

/* Reads an excerpt of the corpus (excerpt.h), and sorts and merges it on as many threads side by side as the build will,
 * within its memory. corpus has just been opened, with those options. *text_bytes is about how much text it has. Errors:
 * those of reading the corpus, NG_ERR_NOMEM. */
int ng_measure(struct ng_corpus *corpus, const struct ng_corpus_options *options, const struct ng_plan *plan,
               uint64_t sa_sample, struct ng_speed *speed, uint64_t *text_bytes, struct ng_err *err);

#endif
