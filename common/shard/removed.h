/*
 * What was removed from a shard: its documents, and the rows of their suffixes. A search goes on as if nothing were
 * removed. Its rows are then numbered without the removed ones: a row's rank among the living is what the row would be
 * in a shard built without the removed documents. So the length of an interval of such ranks is an exact count. The
 * layout is in FORMAT.md, section "Removed documents". Internal to the query library and the indexer.
 */
#ifndef NG_COMMON_SHARD_REMOVED_H
#define NG_COMMON_SHARD_REMOVED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/rank/ef.h"

#define NG_REMOVED_DOCUMENTS_SECTION "RDOC" /* Elias-Fano: the removed documents of the shard */
#define NG_REMOVED_ROWS_SECTION "RROW"      /* Elias-Fano: the rows of their suffixes */

struct ng_removed {
    struct ng_container *container; /* NULL: nothing was removed; then all else is zero */
    struct ng_ef documents;
    struct ng_ef rows;
};

/* Opens what was removed from a shard with so many rows and documents. Takes over the container, even on an error. On
 * success, close it with ng_removed_close. Errors: NG_ERR_CORRUPT. */
int ng_removed_open(struct ng_removed *removed, struct ng_container *container, uint64_t rows, uint64_t documents,
                    struct ng_err *err);

/* Idempotent. */
void ng_removed_close(struct ng_removed *removed);

/* Whether a document of the shard was removed. Damage is recorded in the container, as by the functions below. */
bool ng_removed_has(const struct ng_removed *removed, uint64_t document);

/* Turns rows [*begin, *end) into their ranks among the living: the number of living rows before each. */
void ng_removed_to_ranks(const struct ng_removed *removed, uint64_t *begin, uint64_t *end);

/* The living row with so many living rows before it; rank is less than their number. */
uint64_t ng_removed_row(const struct ng_removed *removed, uint64_t rank);

#endif
