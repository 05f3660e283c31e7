/*
 * What merging and encoding cost on this machine, with the kernels it takes: measured by merging the two halves of a
 * text, as a build merges blocks.
 */
#ifndef NG_INDEXER_PLAN_MEASURE_MERGE_H
#define NG_INDEXER_PLAN_MEASURE_MERGE_H

#include <stdint.h>

#include "common/base/err.h"
#include "indexer/plan/budget.h"

/* Fills in those parts of speed. The text has `rows` rows and ends in a terminator; where it is one document, nothing is
 * measured. Errors: NG_ERR_NOMEM. */
int ng_measure_merge(const uint8_t *text, uint64_t rows, const struct ng_plan *plan, uint64_t sa_sample,
                     struct ng_speed *speed, struct ng_err *err);

#endif
