/*
 * One shard under construction: documents arrive one by one and are grouped into blocks, which are sorted while
 * others are read; then the blocks are merged, encoded and written. The shard depends on its documents only, not on
 * the blocks.
 */
#ifndef NG_INDEXER_BUILD_SHARD_BUILD_H
#define NG_INDEXER_BUILD_SHARD_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/manifest.h"
#include "indexer/build/stage.h"
#include "indexer/corpus/corpus.h"
#include "indexer/merge/unsort.h"
#include "indexer/sort/block.h"
#include "indexer/spool/journal.h"

struct ng_shard_build;

struct ng_shard_options {
    const char *folder;
    uint64_t number;
    bool folded;   /* its text is folded, as its file names show */
    bool nameless; /* keeps no sources and metadata: an exact shard has them */
    const char *id_field; /* path of documents' ids; borrowed */
    uint64_t sa_sample;
    unsigned threads;
    uint64_t merge_memory_bytes; /* for merging, plus 8 bytes for each sample and document */
    uint64_t block_rows;         /* text bytes and documents of a block; a document is never cut */
    uint64_t most_block_rows;    /* memory reserved for a block at first; a block with more rows grows */
    uint64_t block_memory_bytes; /* and most memory that sorting one takes */
    struct ng_sorters *sorters;  /* borrowed */
    struct ng_journal *journal;  /* records sorted blocks; or NULL; borrowed */
    ng_build_progress *progress; /* or NULL */
    void *progress_context;
};

/* Starts a shard. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_shard_build_open(struct ng_shard_build **build, const struct ng_shard_options *options, struct ng_err *err);

/* Adds a document, and may pass the previous block to a sorter. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_shard_build_push(struct ng_shard_build *build, const struct ng_document *document, struct ng_err *err);

/* Sorts everything added so far, and waits until it is done. Errors: as above. */
int ng_shard_build_drain(struct ng_shard_build *build, struct ng_err *err);

/* Adds all documents of a finished shard that are not removed, with the same sample distance, without sorting them.
 * Documents added one by one come before. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_shard_build_push_shard(struct ng_shard_build *build, const struct ng_shard *shard, struct ng_err *err);

/* Sets the position of the corpus after the last document, for the journal. */
void ng_shard_build_set_end(struct ng_shard_build *build, const struct ng_corpus_position *end);

/* Takes over blocks that were sorted before a crash and whose files are whole. Call it before any document is added.
 * Errors: NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_NOSPACE. */
int ng_shard_build_restore(struct ng_shard_build *build, const struct ng_journal_block *blocks, uint64_t count,
                           struct ng_err *err);

/* Makes ng_shard_build_close keep the files of blocks. */
void ng_shard_build_keep_files(struct ng_shard_build *build);

/* The names of the files of a block of exact text, or of an index of folded text alone: the block, and its documents'
 * metadata. Owned by the caller. Errors: NG_ERR_NOMEM. */
int ng_shard_build_block_paths(const char *folder, uint64_t shard, uint64_t index, char **block, char **documents,
                               struct ng_err *err);

/* The file of a block (index below ng_shard_build_blocks). It begins with the block's text: documents, each with its
 * terminator, `rows` bytes in all. It is whole from ng_shard_build_finish to ng_shard_build_close. */
struct ng_shard_text {
    const char *path;
    uint64_t rows;
};
struct ng_shard_text ng_shard_build_text(const struct ng_shard_build *build, uint64_t index);

/* Changes the size of later blocks. */
void ng_shard_build_set_block(struct ng_shard_build *build, uint64_t rows);

/* Blocks passed to a sorter so far. */
uint64_t ng_shard_build_blocks(const struct ng_shard_build *build);

/* Rows so far: text bytes plus documents. */
uint64_t ng_shard_build_rows(const struct ng_shard_build *build);
uint64_t ng_shard_build_documents(const struct ng_shard_build *build);

/* Documents so far that have an id. */
uint64_t ng_shard_build_ids(const struct ng_shard_build *build);

/* Sorts the rest, merges, encodes and makes the file durable; needs at least one document. *entry is for the manifest.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_LIMIT. */
int ng_shard_build_finish(struct ng_shard_build *build, struct ng_manifest_shard *entry, struct ng_err *err);

/* Releases everything and removes all files except a finished shard. NULL is fine. */
void ng_shard_build_close(struct ng_shard_build *build);

#endif
