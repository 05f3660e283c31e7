/*
 * The entries of a benchmark as windows: in how many of them does a piece occur? Internal to the query library.
 *
 * Windows are told first, each with the text that holds it. Then the texts are read once for each length of windows, and
 * every piece of that length is looked up among the windows (hashed, then compared byte by byte).
 */
#ifndef NG_QUERY_CONTAM_GUARD_H
#define NG_QUERY_CONTAM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "query/include/ngidx.h"

struct ng_guard;

/* Errors: NG_ERR_NOMEM. */
int ng_guard_open(struct ng_guard **guard, struct ng_err *err);
void ng_guard_close(struct ng_guard *guard);

/* Forgets all. */
void ng_guard_clear(struct ng_guard *guard);

/* Starts the next entry. */
void ng_guard_begin_entry(struct ng_guard *guard);

/* Adds a folded text of the entry, which is copied. *begin is where it is held. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_guard_add_text(struct ng_guard *guard, struct ng_bytes text, uint64_t *begin, struct ng_err *err);

/* Adds the window [begin, end) of what is held, which has so many units. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_guard_add_window(struct ng_guard *guard, uint64_t begin, uint64_t end, uint64_t units, struct ng_err *err);

/* Counts, once all is added. Errors: NG_ERR_CANCELLED. */
int ng_guard_count(struct ng_guard *guard, struct ng_watch *watch, struct ng_err *err);

/* In how many entries a window occurs, after ng_guard_count; 0 for one that was not added. Thread-safe. */
uint64_t ng_guard_entries(const struct ng_guard *guard, struct ng_bytes window);

#endif
