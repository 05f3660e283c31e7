/*
 * Phrases together: the parts of a search for documents that meet several clauses. Internal to the query library.
 *
 *   matches.c  the search as a whole, and its hits
 *   shard.c    one shard: which occurrences to locate, which documents to check
 *   meet.c     one document: which hits meet all clauses
 */
#ifndef NG_QUERY_EXPLORE_MATCHES_H
#define NG_QUERY_EXPLORE_MATCHES_H

#include <stddef.h>

#include "common/base/limits.h"
#include "common/shard/shard.h"
#include "query/lib/calls.h"

/* A phrase, and its clause. */
struct ng_condition_phrase {
    struct ng_bytes bytes;
    size_t clause;
};

/* The clauses, flat. */
struct ng_condition {
    struct ng_condition_phrase phrases[NG_MAX_CLAUSE_PHRASES]; /* those of the first clause first */
    size_t phrase_count;
    bool negated[NG_MAX_CLAUSE_PHRASES]; /* by clause */
    size_t clause_count;
    uint64_t longest_bytes; /* of the phrases */
    bool is_within;
    uint64_t within_bytes;
    bool unique_docs;
};

struct ng_match_list {
    struct ng_match *items; /* owned */
    size_t count;
    size_t capacity;
};

/* Errors: NG_ERR_NOMEM. */
int ng_match_add(struct ng_match_list *list, uint64_t position, uint64_t phrase, struct ng_err *err);

/* Occurrences of each phrase in one document, in order: positions[p][0, counts[p]). */
struct ng_occurrences {
    const uint64_t *positions[NG_MAX_CLAUSE_PHRASES];
    size_t counts[NG_MAX_CLAUSE_PHRASES];
};

/* Adds the hits of a document that meet all clauses, in order; if unique_docs, only the first. Errors: NG_ERR_NOMEM. */
int ng_condition_meet(const struct ng_condition *condition, const struct ng_occurrences *occurrences,
                      struct ng_match_list *hits, struct ng_err *err);

/* The state of a search, which takes one shard after the other, and what is left to spend. */
struct ng_match_search {
    const struct ng_index *index;
    struct ng_condition condition;
    uint64_t hits_left;
    uint64_t text_left_bytes;
    bool count_only;
    unsigned threads;
    struct ng_match_totals totals;
};

/* Adds the hits of a shard, in order, to matches; intervals[p] is that of phrase p in the shard. With count_only there
 * are only totals. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_match_shard(struct ng_match_search *search, uint64_t shard, const struct ng_interval *intervals,
                   struct ng_match_list *matches, struct ng_err *err);

/* As ng_matches_open, with these limits instead of the ones in the options; 0 is no limit. */
int ng_matches_search(struct ng_matches **matches, const struct ng_index *index, const struct ng_match_options *options,
                      uint64_t most_hits, uint64_t most_text_bytes, struct ng_err *err);

/* The hits that were kept. The hits of shard s end at shard_ends[s]. The arrays belong to matches. */
void ng_matches_list(const struct ng_matches *matches, const struct ng_match **items, const size_t **shard_ends);

/* Completes hits whose shard and position are set. Errors: NG_ERR_USAGE (no such shard, or the position is not in the
 * text of a document that is there), NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_REMOTE. */
int ng_matches_place(const struct ng_index *index, struct ng_hit *hits, size_t count, struct ng_err *err);

#endif
