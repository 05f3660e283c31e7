/*
 * The journal of a build: the steps that are finished, so that a killed build resumes after them. A step is recorded
 * once its files are durable, as a line that starts with its own checksum; everything after an incomplete line is
 * ignored. Steps are sorted blocks and finished shards. Merging is repeated: that takes less time than keeping its
 * results.
 */
#ifndef NG_INDEXER_SPOOL_JOURNAL_H
#define NG_INDEXER_SPOOL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/manifest.h"
#include "indexer/corpus/corpus.h"
#include "indexer/spool/spool.h"

#define NG_JOURNAL_FILE "journal.tmp"

/* Identifies a build: it resumes only a build with the same head. */
struct ng_journal_head {
    uint64_t fingerprint;  /* of the corpus's files and of the options that affect the index */
    uint64_t shard_text;   /* where shards are cut */
    uint64_t shard_weight;
};

/* A sorted block. */
struct ng_journal_block {
    uint64_t shard;
    uint64_t index;                    /* among the shard's blocks */
    uint64_t rows;
    uint64_t documents;
    struct ng_spool_sum sum;           /* of its file */
    struct ng_spool_sum documents_sum; /* of the file of its documents' metadata */
    struct ng_corpus_position end;     /* of the corpus after its last document */
};

/* The content of a journal. */
struct ng_journal_state {
    struct ng_journal_head head;
    struct ng_manifest_shard *shards; /* finished; owned */
    struct ng_manifest_shard *folded; /* the same documents folded, one for each of shards; owned, or NULL */
    uint64_t shard_count;
    struct ng_journal_block *blocks;  /* of the next shard, from its first block on without a gap; owned */
    uint64_t block_count;
    struct ng_corpus_position end;    /* after all of those */
};

struct ng_journal;

/* Starts a journal in folder with the content of state. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_journal_create(struct ng_journal **journal, const char *folder, const struct ng_journal_state *state,
                      struct ng_err *err);

/* Records a step whose files are durable; folded is NULL without a folded view. Thread-safe.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_journal_add_block(struct ng_journal *journal, const struct ng_journal_block *block, struct ng_err *err);
int ng_journal_add_shard(struct ng_journal *journal, const struct ng_manifest_shard *shard,
                         const struct ng_manifest_shard *folded, struct ng_err *err);

/* How many steps are recorded, including those of the initial state. Thread-safe. */
uint64_t ng_journal_steps(struct ng_journal *journal);

/* NULL is fine; the file stays. */
void ng_journal_close(struct ng_journal *journal);

/* Reads the journal in folder; *found says whether there is one. Errors: NG_ERR_IO, NG_ERR_NOMEM.
 * On success: ng_journal_state_free. */
int ng_journal_load(struct ng_journal_state *state, const char *folder, bool *found, struct ng_err *err);

/* Idempotent. */
void ng_journal_state_free(struct ng_journal_state *state);

#endif
