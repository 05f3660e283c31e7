/*
 * The folded view: folds documents as they are read, or the documents of a shard that was just built, whose blocks
 * still hold its text. So both views of a shard have the same documents, and corpus, plan and journal need not know
 * about the second view.
 */
#ifndef NG_INDEXER_BUILD_FOLD_SHARD_H
#define NG_INDEXER_BUILD_FOLD_SHARD_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/text/fold.h"
#include "indexer/plan/budget.h"
#include "indexer/build/shard_build.h"

struct ng_folder {
    struct ng_fold *fold; /* owned */
    struct ng_buf text;   /* of a document; owned */
};

/* Errors: NG_ERR_NOMEM. Whatever it returns: ng_folder_close. */
int ng_folder_open(struct ng_folder *folder, struct ng_err *err);

/* Idempotent; all zeros are fine. */
void ng_folder_close(struct ng_folder *folder);

/* Folds the text of a document, to at most most_bytes. *folded is the document with the folded text, which the folder
 * owns; it is valid until the next call. Errors: NG_ERR_LIMIT, NG_ERR_NOMEM. */
int ng_folder_document(struct ng_folder *folder, const struct ng_document *document, uint64_t most_bytes,
                       struct ng_document *folded, struct ng_err *err);

/* Builds the shard that options describe from the folded documents of a shard that is finished but not yet closed.
 * Errors: NG_ERR_LIMIT (the folded text is longer than fits the memory), NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_folder_shard(struct ng_folder *folder, const struct ng_shard_build *exact, const struct ng_shard_options *options,
                    const struct ng_plan *plan, struct ng_manifest_shard *entry, struct ng_err *err);

#endif
