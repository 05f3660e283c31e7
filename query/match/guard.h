/*
 * In how many entries of a benchmark does a window occur? Internal to the query library.
 *
 * All texts and windows are added first. Then the texts are read once for each length of windows, and every piece of
 * that length is looked up among the windows (hashed, then compared byte by byte).
 */
#ifndef NG_QUERY_MATCH_GUARD_H
#define NG_QUERY_MATCH_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "query/include/ngidx.h"

struct ng_guard;

/* Errors: NG_ERR_NOMEM. */
int ng_guard_open(struct ng_guard **guard, struct ng_err *err);
void ng_guard_close(struct ng_guard *guard);

/* Forgets everything. */
void ng_guard_clear(struct ng_guard *guard);

/* Starts the next entry. */
void ng_guard_begin_entry(struct ng_guard *guard);

/* Adds a copy of a folded text of the entry. *begin is its place in the held text. Errors: NG_ERR_NOMEM,
 * NG_ERR_LIMIT. */
int ng_guard_add_text(struct ng_guard *guard, struct ng_bytes text, uint64_t *begin, struct ng_err *err);

/* Adds the window [begin, end) of the held text; units is its length in units. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_guard_add_window(struct ng_guard *guard, uint64_t begin, uint64_t end, uint64_t units, struct ng_err *err);

/* Counts, after everything has been added. Errors: NG_ERR_CANCELLED. */
int ng_guard_count(struct ng_guard *guard, struct ng_watch *watch, struct ng_err *err);

/* The number of entries in which a window occurs, after ng_guard_count; 0 if it was not added. Thread-safe. */
uint64_t ng_guard_entries(const struct ng_guard *guard, struct ng_bytes window);

#endif
