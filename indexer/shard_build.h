/*
 * One shard in the making: documents come in one by one; then they are sorted, encoded and written.
 */
#ifndef NG_INDEXER_SHARD_BUILD_H
#define NG_INDEXER_SHARD_BUILD_H

#include <stdint.h>

#include "common/err.h"
#include "common/manifest.h"
#include "indexer/build.h"
#include "indexer/corpus.h"

struct ng_shard_build;

/* Starts shard number in folder. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_shard_build_open(struct ng_shard_build **build, const char *folder, uint64_t number, struct ng_err *err);

/* Adds a document. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_shard_build_push(struct ng_shard_build *build, const struct ng_document *document, struct ng_err *err);

/* Rows so far: text bytes plus documents. */
uint64_t ng_shard_build_rows(const struct ng_shard_build *build);

/* Sorts, encodes and makes the file durable; at least one document was added. *entry is for the manifest.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_LIMIT. */
int ng_shard_build_finish(struct ng_shard_build *build, const struct ng_build_options *options,
                          struct ng_manifest_shard *entry, struct ng_err *err);

/* Releases all, and removes the file unless it was finished. NULL is fine. */
void ng_shard_build_close(struct ng_shard_build *build);

#endif
