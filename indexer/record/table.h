/*
 * A JSON file that is one object of many records, as data frames are saved: a dict of columns ({"text": ["a", "b"],
 * "id": [1, 2]}, or {"text": {"0": "a", "1": "b"}, ...}), or a dict of rows ({"x1": {"text": "a"}, "x2": ...}).
 */
#ifndef NG_INDEXER_RECORD_TABLE_H
#define NG_INDEXER_RECORD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Zero-initialised memory is an empty table. */
struct ng_table {
    const uint8_t *bytes; /* of the file; borrowed */
    bool by_row;
    struct ng_buf columns; /* struct column */
    struct ng_buf cells;   /* struct cell, column after column; of a dict of rows: row after row */
    uint64_t rows;
    struct ng_buf record;
};

/* Finds the records of a file, which the table borrows. by_row: it is a dict of rows. Errors: NG_ERR_INPUT (not JSON;
 * values that are neither arrays nor objects; columns that differ in length or in their keys), NG_ERR_LIMIT (nests too
 * deep, NG_MAX_TABLE_COLUMNS), NG_ERR_NOMEM. */
int ng_table_open(struct ng_table *table, const char *path, const uint8_t *bytes, size_t length, bool by_row,
                  struct ng_err *err);

/* Row number, under table->rows, as a JSON object, valid until the next call. A row of a dict of rows gets its key
 * as its first member, "key", unless it has one of that name. Errors: NG_ERR_NOMEM. */
int ng_table_row(struct ng_table *table, uint64_t number, const uint8_t **bytes, size_t *length, struct ng_err *err);

void ng_table_free(struct ng_table *table);

#endif
