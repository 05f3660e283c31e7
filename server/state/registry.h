/*
 * The indexes that the daemon serves, by name. Each name has one open index at a time. When it is replaced, users of
 * the old one keep it until they release it, so that no request is lost and none sees two indexes.
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
#include "query/remote/remote.h"

struct ng_registry;

/* An open index; read-only except its atomic members. */
struct ng_served {
    const char *name;        /* owned by the registry, as are the description and the examples */
    const char *description; /* UTF-8; NULL: none */
    const char *const *examples;
    size_t example_count;
    struct ng_index *index;
    struct ng_index_info info;
    char id[NG_INDEX_ID_CHARS];
    _Atomic bool damaged; /* set once a query met damage; cleared only by opening the index anew */
    _Atomic uint64_t references;
};

/* in_memory: indexes are read into memory instead of being mapped. remote: how parts that are served elsewhere are asked;
 * what it points to must stay. */
int ng_registry_new(struct ng_registry **registry, bool in_memory, const struct ng_remote_options *remote,
                    struct ng_err *err);

/* NULL is fine. None of its indexes may be in use. */
void ng_registry_free(struct ng_registry *registry);

/* Adds an index and opens it. argument is NAME=FOLDER, or FOLDER alone; the name is then its last part without
 * ".ngidx". A folder may also be the addresses of an index's parts. Errors: NG_ERR_USAGE (no valid name: letters,
 * digits, ".", "_", "-"; NG_MAX_INDEX_NAME_BYTES), NG_ERR_EXISTS (the name is taken), NG_ERR_LIMIT
 * (NG_MAX_SERVED_INDEXES), those of ng_index_open. */
int ng_registry_add(struct ng_registry *registry, const char *argument, struct ng_err *err);

/* Sets the description of an index, and adds an example phrase to search for. argument is NAME=TEXT, UTF-8 of at
 * most NG_MAX_DESCRIPTION_BYTES. Call them after ng_registry_add, before there are users. Errors: NG_ERR_USAGE,
 * NG_ERR_NOTFOUND (no such index), NG_ERR_EXISTS (it has a description), NG_ERR_LIMIT (NG_MAX_EXAMPLES),
 * NG_ERR_NOMEM. */
int ng_registry_describe(struct ng_registry *registry, const char *argument, struct ng_err *err);
int ng_registry_exemplify(struct ng_registry *registry, const char *argument, struct ng_err *err);

size_t ng_registry_count(const struct ng_registry *registry);

/* The name of an index, and its folder as given to ng_registry_add. number is below the count. */
const char *ng_registry_name(const struct ng_registry *registry, size_t number);
const char *ng_registry_path(const struct ng_registry *registry, size_t number);

/* The index with this name or number; NULL if there is none. Release it with ng_served_release. */
struct ng_served *ng_registry_acquire(struct ng_registry *registry, const char *name, size_t name_length);
struct ng_served *ng_registry_acquire_number(struct ng_registry *registry, size_t number);

/* NULL is fine. The last one to release an index that was replaced closes it. */
void ng_served_release(struct ng_served *served);

/* Called for each index that was reopened (err NULL), or could not be reopened; the old one then stays. */
typedef void ng_registry_report(void *context, const char *name, const struct ng_err *err);

/* Reopens all indexes, or only those whose index.json is no longer the file that was opened. One thread at a time. */
void ng_registry_reload(struct ng_registry *registry, bool all, ng_registry_report *report, void *context);

#endif
