/*
 * Rows followed to the left by LF-mapping, many side by side: to their positions, their documents, or the occurrence
 * before. Internal to the query library.
 */
#ifndef NG_QUERY_EXPLORE_FOLLOW_H
#define NG_QUERY_EXPLORE_FOLLOW_H

#include "query/explore/rows.h"

/* Work: the text position of each row. */
ng_rows_work ng_rows_positions;

/* Work: the number of each row's document in the shard, or UINT64_MAX if the document also holds another row of the
 * phrase further left. Not every such row is recognised. */
ng_rows_work ng_rows_documents;

/* Follows rows of a phrase, by their ranks, to the left, each to the next row of the phrase or the start of its
 * document. is_first[i] is 1 if the walk reaches the start of the document, and 0 if not. After most_steps LF steps in
 * all, rows that are not yet done get 2. */
void ng_rows_first(const struct ng_shard *shard, struct ng_interval all, const uint64_t *rows, size_t count,
                   uint64_t most_steps, uint8_t *is_first, struct ng_watch *watch);

/* The rows of text positions, by their ranks. Each position is below shard->rows and in a document that was not
 * removed. */
void ng_rows_of_positions(const struct ng_shard *shard, const uint64_t *positions, size_t count, uint64_t *rows,
                          struct ng_watch *watch);

/* Follows hits of the phrase to the left. Shard and rank of each are set, and the hits are in order. is_first[i] is 1
 * if the document starts before another occurrence is met, and 0 if not. A turn of hits may take turn_steps LF steps;
 * hits that are not done then get 2. Errors: NG_ERR_USAGE (no such hit), NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_docs_first(const struct ng_index *index, struct ng_bytes phrase, const struct ng_hit *hits, size_t count,
                  uint64_t turn_steps, unsigned threads, uint8_t *is_first, struct ng_err *err);

#endif
