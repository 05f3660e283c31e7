/*
 * The inside of a contamination check. Internal to the query library; the contract is in ngidx.h.
 *
 * A call of ng_contam_check goes through its entries in blocks, a thread a few blocks at a time:
 *   contam_entry.c     texts, words, windows
 *   contam_search.c    verdicts and longest matches, by the plan of plan.h
 *   contam_naive.c     the same, each window by itself
 *   contam_phrase.c    phrases counted, and their rows, in all shards
 *   contam_count.c     how often the longest match and the rarest window occur
 *   contam_evidence.c  documents
 *   contam_result.c    what the caller gets
 */
#ifndef NG_QUERY_CONTAM_WORK_H
#define NG_QUERY_CONTAM_WORK_H

#include <stdatomic.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "query/match/longest.h"
#include "query/match/windows.h"

/* One text of an entry. Length 0 is options.chars, the others are options.more_chars. */
struct ng_contam_text {
    struct ng_bytes bytes;
    uint64_t characters; /* code points */
    uint64_t *begins; /* of words, every stride-th; owned */
    uint64_t begin_count;
    struct ng_windows windows[NG_MAX_CONTAM_LENGTHS];
    /* A verdict (NG_VERDICT_*) for each window. For length 0 one in each index: verdicts[0] has windows[0].count of
     * them for each index in turn. For the others one over all indexes. All in one piece, which verdicts[0] owns. */
    uint8_t *verdicts[NG_MAX_CONTAM_LENGTHS];
};

/* A piece of a text to be counted in all shards. */
struct ng_contam_phrase {
    const uint8_t *text; /* borrowed */
    uint64_t begin;
    uint64_t end;
    const struct ng_shard *near_shard; /* where a path in the same text is known, perhaps its own; NULL: nowhere */
    const struct ng_probe_path *near;  /* borrowed */
    uint64_t rows_wanted; /* how many occurrences to tell the rows of */

    /* The answer. */
    uint64_t count;
    struct ng_buf rows; /* of struct ng_contam_rows, in the order of indexes and shards; owned */
};

struct ng_contam_rows {
    uint64_t index;
    uint64_t shard;
    struct ng_interval rows;
};

/* An entry that is being checked. */
struct ng_contam_work {
    const struct ng_contam_entry *entry;
    struct ng_contam_text *texts; /* entry->text_count; owned */
    bool skipped;
    bool is_short;
    struct ng_plan_match longest;
    struct ng_contam_phrase longest_phrase; /* counted, with its first rows */
    struct ng_contam_result result;
};

/* How many bytes of text and metadata evidence may still hold. Threads share it. */
struct ng_contam_room {
    uint64_t most; /* UINT64_MAX: any number */
    _Atomic uint64_t used;
};

/* What was done, and how often; and who is asked whether to go on. */
struct ng_contam_cost {
    struct ng_contam_stats stats;
    struct ng_watch watch;
};

struct ng_contam {
    struct ng_contam_options options;
    uint64_t chars[NG_MAX_CONTAM_LENGTHS]; /* the lengths of windows */
    size_t length_count;
    const struct ng_index *indexes[NG_MAX_CONTAM_INDEXES];
    size_t index_count;
    struct ng_contam_cost cost; /* of the calls that succeeded */
    struct ng_contam_room room; /* in the call under way */
};

/* The verdicts on the windows of options.chars of a text in one index. */
static inline uint8_t *ng_contam_verdicts(const struct ng_contam_text *text, size_t index) {
    return text->verdicts[0] + index * text->windows[0].count;
}

/* Whether window i of those of options.chars is found in any index. */
static inline bool ng_contam_found(const struct ng_contam *contam, const struct ng_contam_text *text, uint64_t i) {
    for (size_t k = 0; k < contam->index_count; k++) {
        if (ng_contam_verdicts(text, k)[i] == NG_VERDICT_FOUND) return true;
    }
    return false;
}

/* Sets up the texts and windows of work->entry, number of the caller's entries. Errors: NG_ERR_INPUT, NG_ERR_LIMIT,
 * NG_ERR_NOMEM. Give work to ng_contam_entry_free in any case. */
int ng_contam_entry_init(const struct ng_contam *contam, struct ng_contam_work *work, size_t number,
                         struct ng_watch *watch, struct ng_err *err);

/* Frees all but the result. Idempotent. */
void ng_contam_entry_free(struct ng_contam_work *work);

/* A watch for one thread, which asks whom the first of the indexes that is bound asks. */
struct ng_watch ng_contam_watch_make(const struct ng_index *const *indexes, size_t index_count);

/* Counts phrases. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. The caller frees each phrase's rows. */
int ng_contam_phrases_count(const struct ng_index *const *indexes, size_t index_count,
                            struct ng_contam_phrase *const *phrases, size_t count, uint64_t *lf_steps,
                            struct ng_watch *watch, struct ng_err *err);

/* So many blocks are searched side by side, so many lanes each. */
enum { NG_CONTAM_MAX_BLOCKS = 4, NG_CONTAM_BLOCK_LANES = NG_PROBE_MAX_LANES / NG_CONTAM_MAX_BLOCKS };

/* Decides the open windows and finds the longest matches. The works are blocks of block_works each, but for the last:
 * what is remembered of some of a block is for others of it, so that the cost is the same whichever blocks are searched
 * side by side. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_search(const struct ng_contam *contam, struct ng_contam_work *works, size_t count, size_t block_works,
                     struct ng_contam_cost *cost, struct ng_err *err);
int ng_contam_search_naive(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                           struct ng_contam_cost *cost, struct ng_err *err);

/* Counts the longest matches and finds the rarest windows. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_contam_count(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err);

/* Makes eta, class, spans. Errors: NG_ERR_NOMEM. */
int ng_contam_result_make(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err);

/* [begin, end) of a text of an entry, with its code points counted. */
struct ng_contam_span ng_contam_span_make(const struct ng_contam_work *work, uint64_t text, uint64_t begin, uint64_t end);

/* Adds the documents that hold pieces of the entries. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED,
 * NG_ERR_LIMIT (contam->room). */
int ng_contam_evidence(struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err);

#endif
