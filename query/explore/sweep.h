/* Many rows of a shard followed to the left in step, in the order of the rows. Internal to the query library. */
#ifndef NG_QUERY_EXPLORE_SWEEP_H
#define NG_QUERY_EXPLORE_SWEEP_H

#include "query/explore/rows.h"

/* With fewer rows, neighbours are too far apart to share memory, and lanes in any order are as fast. */
enum { NG_SWEEP_LEAST_ROWS = 1 << 14 };

/* As ng_rows_documents or ng_rows_positions, for count < 2^32 rows. Takes 48 bytes of memory per row. Errors:
 * NG_ERR_NOMEM. */
int ng_rows_sweep(const struct ng_rows *rows, uint64_t first, size_t count, bool documents, uint64_t *answers,
                  struct ng_watch *watch, struct ng_err *err);

#endif
