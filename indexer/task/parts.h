/* The folder of an index that tasks share, until the build is finished (task.h): its list, its parts. */
#ifndef NG_INDEXER_TASK_PARTS_H
#define NG_INDEXER_TASK_PARTS_H

#include <stdbool.h>

#include "indexer/task/tally.h"
#include "indexer/task/task_list.h"

struct ng_parts {
    char *folder; /* owned */
    int lock;     /* descriptor; -1: none */
    bool finished; /* index.json exists; only the parts are left to remove */
};

enum ng_part_state { NG_PART_MISSING, NG_PART_THERE, NG_PART_EMPTY };

/* Opens the folder; with make it may be missing or empty. On success, and after an error, close parts with
 * ng_parts_close. Errors: NG_ERR_NOTFOUND, NG_ERR_EXISTS (the folder is an index, or holds something else), NG_ERR_IO,
 * NG_ERR_NOMEM. */
int ng_parts_open(struct ng_parts *parts, const char *folder, bool make, struct ng_err *err);

/* Adds the list, durably, unless it exists. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_parts_add_list(const struct ng_parts *parts, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Reads the list, if there is one. Errors: those of ng_task_list_parse, NG_ERR_IO. */
int ng_parts_read_list(const struct ng_parts *parts, struct ng_task_list *list, bool *found, struct ng_err *err);

/* Locks the list, so that one program at a time finishes the build. Errors: NG_ERR_EXISTS, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_parts_lock(struct ng_parts *parts, struct ng_err *err);

/* The path of a part, owned by the caller, and whether it is there. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_parts_find(const struct ng_parts *parts, uint64_t number, char **path, enum ng_part_state *state,
                  struct ng_err *err);

/* Notes that a part has no document. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_parts_add_empty(const struct ng_parts *parts, uint64_t number, struct ng_err *err);

/* Puts a tally (tally.h) beside a part, or beside the list: NG_PARTS_LISTING. A tally that is there is replaced.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
#define NG_PARTS_LISTING UINT64_MAX
int ng_parts_add_tally(const struct ng_parts *parts, uint64_t number, const struct ng_tally *tally, struct ng_err *err);

/* Reads such a tally. A missing or damaged one counts as not found, since only notes are lost. The caller frees *tally.
 * Errors: NG_ERR_NOMEM. */
int ng_parts_read_tally(const struct ng_parts *parts, uint64_t number, struct ng_tally *tally, bool *found,
                        struct ng_err *err);

/* Removes all parts, then their tallies, then the list.
 * Errors: NG_ERR_IO, NG_ERR_EXISTS (a part holds something else), NG_ERR_NOMEM. */
int ng_parts_remove(const struct ng_parts *parts, uint64_t count, struct ng_err *err);

/* Idempotent. */
void ng_parts_close(struct ng_parts *parts);

#endif
