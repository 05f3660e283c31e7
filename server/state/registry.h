/*
 * The indexes that the daemon serves, by name. Each name leads to one open index at a time; when it is replaced, those
 * who use the old one keep it until they release it, so that no request is lost and none sees two indexes.
 *
 * Thread-safe after ng_registry_add.
 */
#ifndef NG_SERVER_STATE_REGISTRY_H
#define NG_SERVER_STATE_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "query/include/ngidx.h"

struct ng_registry;

/* An open index; read-only but for its counters. */
struct ng_served {
    const char *name; /* owned by the registry */
    struct ng_index *index;
    struct ng_index_info info;
    char id[NG_INDEX_ID_CHARS];
    _Atomic bool damaged; /* set once a query met damage; cleared only by opening the index anew */
    _Atomic uint64_t references;
};

/* in_memory: indexes are read into memory instead of being mapped. */
int ng_registry_new(struct ng_registry **registry, bool in_memory, struct ng_err *err);

/* NULL is fine. No one may hold an index of it. */
void ng_registry_free(struct ng_registry *registry);

/* Adds an index and opens it. argument is NAME=FOLDER, or FOLDER alone, whose last part without ".ngidx" is then the
 * name. Errors: NG_ERR_USAGE (no fit name: letters, digits, ".", "_", "-"; NG_MAX_INDEX_NAME_BYTES), NG_ERR_EXISTS (the
 * name is there already), NG_ERR_LIMIT (NG_MAX_SERVED_INDEXES), those of ng_index_open. */
int ng_registry_add(struct ng_registry *registry, const char *argument, struct ng_err *err);

size_t ng_registry_count(const struct ng_registry *registry);

/* The index of that name, or of that number, to be given to ng_served_release; NULL if there is none. */
struct ng_served *ng_registry_acquire(struct ng_registry *registry, const char *name, size_t name_length);
struct ng_served *ng_registry_acquire_number(struct ng_registry *registry, size_t number);

/* NULL is fine. The last one to release an index that was replaced closes it. */
void ng_served_release(struct ng_served *served);

/* Told of each index that was opened anew (err NULL), or could not be, in which case the old one stays. */
typedef void ng_registry_report(void *context, const char *name, const struct ng_err *err);

/* Opens indexes anew: all of them, or only those whose index.json is another file than when it was opened. One thread
 * at a time. */
void ng_registry_reload(struct ng_registry *registry, bool all, ng_registry_report *report, void *context);

#endif
