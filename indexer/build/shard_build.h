/*
 * One shard in the making: documents come in one by one and are cut into blocks, which are sorted while others are
 * read; then the blocks are merged, encoded and written. The shard depends on its documents only, not on the blocks.
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
    bool folded;   /* its text is folded, which its files' names tell */
    bool nameless; /* keeps no source and metadata of its documents: an exact shard does */
    uint64_t sa_sample;
    unsigned threads;
    uint64_t merge_memory_bytes; /* for merging, beside 8 bytes for each sample and document */
    uint64_t block_rows;         /* text bytes and documents of a block; a document is never cut */
    uint64_t block_memory_bytes; /* and most memory that sorting one takes */
    struct ng_sorters *sorters;  /* borrowed */
    struct ng_journal *journal;  /* where sorted blocks are written down, or NULL; borrowed */
    ng_build_progress *progress; /* or NULL */
    void *progress_context;
};

/* Starts a shard. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_shard_build_open(struct ng_shard_build **build, const struct ng_shard_options *options, struct ng_err *err);

/* Adds a document; the block before may be given to a sorter. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_shard_build_push(struct ng_shard_build *build, const struct ng_document *document, struct ng_err *err);

/* Sorts all that was added so far, and waits for it. Errors: as above. */
int ng_shard_build_drain(struct ng_shard_build *build, struct ng_err *err);

/* Adds all documents of a finished shard, with the same sample distance, without sorting them. Documents added one by
 * one come before. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_shard_build_push_shard(struct ng_shard_build *build, const struct ng_shard *shard, struct ng_err *err);

/* Where the corpus stands behind the last document, for the journal. */
void ng_shard_build_set_end(struct ng_shard_build *build, const struct ng_corpus_position *end);

/* Takes over blocks that were sorted before a crash, whose files are whole, before any document is added.
 * Errors: NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_NOSPACE. */
int ng_shard_build_restore(struct ng_shard_build *build, const struct ng_journal_block *blocks, uint64_t count,
                           struct ng_err *err);

/* Leaves the files of blocks where they are when it is closed. */
void ng_shard_build_keep_files(struct ng_shard_build *build);

/* The names of the files of a block of exact text, or of an index of folded text alone: the block, and its documents'
 * metadata. Owned by the caller. Errors: NG_ERR_NOMEM. */
int ng_shard_build_block_paths(const char *folder, uint64_t shard, uint64_t index, char **block, char **documents,
                               struct ng_err *err);

/* The file of a block (index below ng_shard_build_blocks), which begins with its text: so many documents, each with its
 * terminator. It is whole from ng_shard_build_finish to ng_shard_build_close. */
struct ng_shard_text {
    const char *path;
    uint64_t rows;
};
struct ng_shard_text ng_shard_build_text(const struct ng_shard_build *build, uint64_t index);

/* Another size for the blocks from now on. */
void ng_shard_build_set_block(struct ng_shard_build *build, uint64_t rows);

/* Blocks given to a sorter so far. */
uint64_t ng_shard_build_blocks(const struct ng_shard_build *build);

/* Rows so far: text bytes plus documents. */
uint64_t ng_shard_build_rows(const struct ng_shard_build *build);
uint64_t ng_shard_build_documents(const struct ng_shard_build *build);

/* Sorts what is left, merges, encodes and makes the file durable; at least one document was added. *entry is for the
 * manifest. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_LIMIT. */
int ng_shard_build_finish(struct ng_shard_build *build, struct ng_manifest_shard *entry, struct ng_err *err);

/* Releases all, and removes its files but for a shard that was finished. NULL is fine. */
void ng_shard_build_close(struct ng_shard_build *build);

#endif
