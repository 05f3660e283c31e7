/*
 * What happens when a mapped file is cut short, or its disk fails, while it is in use: the kernel sends SIGBUS to the
 * thread that touches a page which is not there, and that ends the process. With the guard installed, the page is
 * replaced by zeros and the mapping is marked as lost. Its reader then goes on with bounded but meaningless values, as
 * it does after any other damage, and whoever started the query learns of it from ng_container_status. (Databases that
 * map their files, LMDB for one, leave the signal to the program; leaving the query by siglongjmp instead would lose
 * what it had allocated and locked.)
 *
 * Thread-safe. A program that does not install the guard pays one small allocation a mapping.
 */
#ifndef NG_COMMON_OS_MAP_GUARD_H
#define NG_COMMON_OS_MAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* One mapping that the guard knows of. */
struct ng_map_slot;

/* Handles SIGBUS from now on. A fault outside every known mapping is left to whatever handled the signal before.
 * Errors: NG_ERR_IO. */
int ng_map_guard_install(struct ng_err *err);

/* Makes a mapping known; data must not be NULL. Errors: NG_ERR_NOMEM. On success: ng_map_slot_release. */
int ng_map_slot_take(struct ng_map_slot **slot, const void *data, size_t length_bytes, struct ng_err *err);

/* To be called before the mapping goes. NULL is fine. */
void ng_map_slot_release(struct ng_map_slot *slot);

/* Whether a page of the mapping could not be read. False for NULL. */
bool ng_map_slot_lost(const struct ng_map_slot *slot);

#endif
