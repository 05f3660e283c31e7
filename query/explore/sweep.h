/* Many rows of a shard followed to the left in step, in the order of the rows. Internal to the query library. */
#ifndef NG_QUERY_EXPLORE_SWEEP_H
#define NG_QUERY_EXPLORE_SWEEP_H

#include "query/explore/rows.h"

/* Whether so many rows are faster in step than in lanes of any order: neighbours are close enough to share memory, or
 * rows meet each other before they meet samples. */
bool ng_rows_sweep_pays(const struct ng_shard *shard, size_t count);

/* As ng_rows_documents or ng_rows_positions, for count < 2^32 rows. Takes 48 bytes of memory per row. Errors:
 * NG_ERR_NOMEM. */
int ng_rows_sweep(const struct ng_rows *rows, uint64_t first, size_t count, bool documents, uint64_t *answers,
                  struct ng_watch *watch, struct ng_err *err);

#endif
