/* The documents that a command was given in a file: contaminated-docs.jsonl of a report, or numbers or ids, one a line. */
#ifndef NG_QUERY_ARGS_SELECTION_H
#define NG_QUERY_ARGS_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "query/args/indexes.h"

struct ng_selection {
    const char *path;
    struct ng_buf items;  /* of struct ng_selection_item; owned */
    struct ng_buf ids;    /* the bytes of ids, each with a NUL; owned */
    uint64_t elsewhere;   /* documents of indexes that the command was not given */
    uint64_t gone;        /* numbers of documents that were removed from their index */
};

enum ng_selection_kind {
    NG_SELECTION_ANY,
    NG_SELECTION_IDS /* each line is an id, or an object with one, even if it looks like a number */
};

/* Reads a file, "-" for standard input. A line is
 *   a JSON object    its members index (a name; doc needs it among several indexes) and doc, a number; or id. Beside doc,
 *                    id, or else line, tells which document it is: ng_selection_find compares it
 *   N                document number N, of a single index; NAME:N of the index NAME
 *   "ID" or ID       documents whose metadata has this id, in any of the indexes
 * The indexes are open. Give *selection to ng_selection_free in any case. Errors, which name the line: NG_ERR_INPUT (an
 * object without these members, no such document, not a line of any of the indexes), NG_ERR_NOTFOUND, NG_ERR_IO,
 * NG_ERR_NOMEM. */
int ng_selection_read(struct ng_selection *selection, const char *path, enum ng_selection_kind kind,
                      const struct ng_cmd_indexes *indexes, struct ng_err *err);

/* Finds which documents of an index, by its number among the indexes, are selected: sets a bit for each in *bits, which
 * the caller frees, but not for those that were removed. Reads the metadata of all documents if there are ids and not
 * every shard has a section of them. Errors: NG_ERR_INPUT (a document has another id than the list tells, or, without
 * an id, is of another line: the list is older than a compaction), NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_selection_find(struct ng_selection *selection, const struct ng_index *index, size_t number, uint8_t **bits,
                      uint64_t *count, struct ng_err *err);

static inline bool ng_selection_has(const uint8_t *bits, uint64_t doc) {
    return bits[doc / 8] >> doc % 8 & 1;
}

/* After all indexes: how many of the ids no document has; *first is one of them. */
uint64_t ng_selection_missing(const struct ng_selection *selection, const char **first);

/* After all indexes: an error if there are ids that no document has. Errors: NG_ERR_INPUT. */
int ng_selection_check_found(const struct ng_selection *selection, struct ng_err *err);

/* Idempotent. */
void ng_selection_free(struct ng_selection *selection);

#endif
