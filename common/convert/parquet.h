/*
 * Parquet files, of corpora and of benchmarks, through a converter that is installed: the command duckdb, Python with
 * pyarrow or duckdb, or Node with @duckdb/node-api or hyparquet.
 */
#ifndef NG_COMMON_CONVERT_PARQUET_H
#define NG_COMMON_CONVERT_PARQUET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/os/stream.h"

/* Whether a file that starts with these bytes is Parquet. */
bool ng_parquet_is(const uint8_t *head, size_t length);

/* The rows of a Parquet file as JSON lines, from the first converter that is installed. It runs as a child and takes
 * memory of its own. source is the open file, of which the first bytes were looked at. Errors: NG_ERR_INPUT (there is no
 * converter; the file is standard input or compressed), NG_ERR_IO, NG_ERR_NOMEM; when reading: NG_ERR_INPUT with the
 * converter's message. */
int ng_parquet_open(struct ng_stream **rows, const char *path, const struct ng_stream *source, struct ng_err *err);

#endif
