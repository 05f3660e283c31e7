/*
 * Survives the loss of a mapped file. If the file is truncated or its disk fails while it is in use, the kernel sends
 * SIGBUS to the thread that touches a missing page, which ends the process. With the guard installed, zeros replace the
 * page and the mapping is marked as lost. Its reader goes on with bounded but meaningless values, as after any other
 * damage, and the function that started the query gets the error from ng_container_status. (Databases that map their
 * files, such as LMDB, leave the signal to the program. Leaving the query with siglongjmp instead would lose the memory
 * it had allocated and the locks it held.)
 *
 * Thread-safe. A program that does not install the guard pays one small allocation per mapping.
 */
#ifndef NG_COMMON_OS_MAP_GUARD_H
#define NG_COMMON_OS_MAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* One mapping that the guard knows of. */
struct ng_map_slot;

/* Handles SIGBUS from now on. A fault outside all known mappings goes to the previous handler. Further calls change
 * nothing. Errors: NG_ERR_IO. */
int ng_map_guard_install(struct ng_err *err);

/* Registers a mapping; data must not be NULL. On success, release *slot with ng_map_slot_release. Errors:
 * NG_ERR_NOMEM. */
int ng_map_slot_take(struct ng_map_slot **slot, const void *data, size_t length_bytes, struct ng_err *err);

/* Call it before you unmap the memory. slot may be NULL. */
void ng_map_slot_release(struct ng_map_slot *slot);

/* Whether a page of the mapping could not be read. False for NULL. */
bool ng_map_slot_lost(const struct ng_map_slot *slot);

#endif
