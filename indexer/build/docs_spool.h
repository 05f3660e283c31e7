/*
 * Sources and metadata of a block's documents, kept in a file until their shard is finished. A build that resumes after
 * a crash writes the shard's documents again from this file.
 */
#ifndef NG_INDEXER_BUILD_DOCS_SPOOL_H
#define NG_INDEXER_BUILD_DOCS_SPOOL_H

#include "common/base/err.h"
#include "indexer/corpus/corpus.h"
#include "indexer/spool/spool.h"
#include "indexer/write/docs_write.h"

/* Appends all of a document but its text. Errors: those of ng_spool_write. */
int ng_docs_spool_push(struct ng_spool_writer *file, const struct ng_document *document, struct ng_err *err);

/* Passes the documents of a complete file to a writer. Errors: NG_ERR_IO, NG_ERR_NOMEM, those of the writer. */
int ng_docs_spool_replay(const char *path, struct ng_docs_writer *docs, struct ng_err *err);

#endif
