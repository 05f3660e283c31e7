/*
 * The inside of a contamination check. Internal to the query library; the contract is in ngidx_contam.h.
 *
 * A call of ng_contam_check goes through its entries in blocks; each thread takes a few blocks at a time:
 *   entry.c     texts, words, windows; fold.c the same for folded text
 *   search.c    verdicts and longest matches, by the plan of longest.h
 *   naive.c     the same, each window by itself
 *   share.c     the same from shares: what the search of some shards found, for a check in parts
 *   phrase.c    phrases counted, and their rows, in all shards
 *   weigh.c     NG_PRESET_FOLDED: how often windows occur (frequency.c) and in which documents (documents.c), if that
 *               decides a class
 *   judge.c     NG_PRESET_FOLDED: coverage and class, from the results of weigh.c
 *   count.c     how often the longest match and the rarest window occur
 *   evidence.c  documents to show; origin.c their original text, if folded text was searched; answer.c answers in them
 *   result.c    what the caller gets
 */
#ifndef NG_QUERY_CONTAM_WORK_H
#define NG_QUERY_CONTAM_WORK_H

#include <stdatomic.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/text/fold.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "query/match/guard.h"
#include "query/match/longest.h"
#include "query/match/windows.h"

/* A character of a text, [begin, end), and where the text it folds to begins. */
struct ng_contam_origin {
    uint32_t folded_begin;
    uint32_t begin;
    uint32_t end;
};
_Static_assert(NG_MAX_ENTRY_BYTES <= UINT32_MAX / 18, "folding makes a text at most 18 times as long (normal.h)");

/* What is known about a window of NG_PRESET_FOLDED. */
struct ng_contam_fact {
    uint64_t in;        /* the indexes that hold it, one bit each */
    uint64_t count;     /* occurrences in all of them, if counted; else an upper bound */
    size_t doc_begin;   /* where its documents begin among those of the work */
    uint32_t doc_count;
    bool counted;
    bool has_documents; /* its documents were looked for, and these are all of them */
    bool crowded;       /* common text: in too many entries of the benchmark */
    bool overrun;       /* common text: in too many documents */
    bool confirmed;     /* a short window in a document that holds a found long one */
};

/* The windows of a text that are weighed: long and short ones. */
enum { NG_CONTAM_LONG, NG_CONTAM_SMALL, NG_CONTAM_SIZES };

/* One text of an entry. Length 0 is options.chars, the others are options.more_chars. */
struct ng_contam_text {
    struct ng_bytes bytes; /* the text to search for */
    struct ng_bytes given; /* the same before folding */
    uint8_t *folded;       /* bytes.data, if it was folded; owned */
    struct ng_contam_origin *origins; /* in order; owned */
    size_t origin_count;
    uint64_t units;
    bool unspaced; /* some of it is in a script without spaces */
    struct ng_windows small;
    struct ng_contam_fact *facts[NG_CONTAM_SIZES]; /* of windows[0] and of small; NULL: not weighed; owned */
    uint64_t characters; /* code points */
    uint64_t *begins; /* starts of every stride-th word; owned */
    uint64_t begin_count;
    struct ng_windows windows[NG_MAX_CONTAM_LENGTHS];
    /* Verdicts (NG_VERDICT_*). Windows of length 0 have one for each index: verdicts[0] holds windows[0].count verdicts
     * for each index in turn. Windows of other lengths have one for all indexes together. verdicts[0] owns the memory
     * of all. */
    uint8_t *verdicts[NG_MAX_CONTAM_LENGTHS];
};

/* A piece of a text to count in all shards. */
struct ng_contam_phrase {
    const uint8_t *text; /* borrowed */
    uint64_t begin;
    uint64_t end;
    const struct ng_shard *near_shard; /* where a path in the same text is known, perhaps this one's; NULL: nowhere */
    const struct ng_probe_path *near;  /* that path; borrowed */
    uint64_t rows_wanted; /* how many occurrences to give the rows of */
    const uint32_t *reach; /* of its entry */

    /* The answer. */
    uint64_t count;
    struct ng_buf rows; /* of struct ng_contam_rows, in the order of indexes and shards; owned */
};

struct ng_contam_rows {
    uint64_t index;
    uint64_t shard;
    struct ng_interval rows;
};

/* A document of an index as one number. */
enum { NG_CONTAM_DOCUMENT_BITS = 56 };
static inline uint64_t ng_contam_document(uint64_t index, uint64_t doc) {
    return index << NG_CONTAM_DOCUMENT_BITS | doc;
}

/* An entry that is being checked. */
struct ng_contam_work {
    const struct ng_contam_entry *entry;
    struct ng_contam_text *texts; /* entry->text_count of them; owned */
    bool skipped; /* skipped, or too short to judge: there are no windows */
    bool too_short;
    bool is_short;
    uint64_t units;
    struct ng_buf documents; /* of uint64_t (ng_contam_document): the documents of the windows */
    bool known; /* its shares tell everything: nothing is searched for */
    uint32_t *reach; /* for each shard, a length in bytes that no match there exceeds; NULL: not known; owned */
    struct ng_plan_match longest;
    struct ng_plan_match longest_here; /* in the shard that is searched for a share, */
    uint64_t shortest_phrase;          /* and the shortest piece that may have to be counted */
    struct ng_contam_phrase longest_phrase; /* counted, with its first rows */
    struct ng_contam_result result;
};

/* The limit on bytes of text and metadata in evidence. Threads share it. */
struct ng_contam_room {
    uint64_t most; /* UINT64_MAX: no limit */
    _Atomic uint64_t used;
};

/* The state of one turn: statistics, watch, and the folding of text. */
struct ng_contam_cost {
    struct ng_contam_stats stats;
    struct ng_watch watch;
    struct ng_fold *fold; /* NULL in NG_PRESET_PAPER */
};

struct ng_contam {
    struct ng_contam_options options;
    uint64_t chars[NG_MAX_CONTAM_LENGTHS]; /* the lengths of windows */
    size_t length_count;
    const struct ng_index *indexes[NG_MAX_CONTAM_INDEXES]; /* the views to search, */
    const struct ng_index *given[NG_MAX_CONTAM_INDEXES];   /* and the indexes they belong to */
    size_t index_count;
    bool originals[NG_MAX_CONTAM_INDEXES]; /* the view is folded, and its documents can be shown as they are */
    uint64_t small_units;   /* length of a short window */
    struct ng_guard *guard; /* the benchmark; NULL in NG_PRESET_PAPER */
    bool benchmark_counted;
    struct ng_contam_cost cost; /* of the calls that succeeded */
    struct ng_contam_room room; /* of the current call, */
    uint64_t first_shard;       /* as are the shards to search, counted through all indexes, */
    uint64_t end_shard;
    bool makes_shares;          /* and whether it makes shares */
};

/* The shards of all indexes. */
static inline uint64_t ng_contam_shard_count(const struct ng_contam *contam) {
    uint64_t shards = 0;
    for (size_t k = 0; k < contam->index_count; k++) shards += contam->indexes[k]->shard_count;
    return shards;
}

/* The verdicts on a text's windows of options.chars in one index. */
static inline uint8_t *ng_contam_verdicts(const struct ng_contam_text *text, size_t index) {
    return text->verdicts[0] + index * text->windows[0].count;
}

/* Whether window i of length options.chars is found in any index. */
static inline bool ng_contam_found(const struct ng_contam *contam, const struct ng_contam_text *text, uint64_t i) {
    for (size_t k = 0; k < contam->index_count; k++) {
        if (ng_contam_verdicts(text, k)[i] == NG_VERDICT_FOUND) return true;
    }
    return false;
}

/* Sets up the texts and windows of work->entry; number is its place among the caller's entries. Free work with
 * ng_contam_entry_free, also after an error. Errors: NG_ERR_INPUT, NG_ERR_LIMIT, NG_ERR_NOMEM. */
int ng_contam_entry_init(const struct ng_contam *contam, struct ng_contam_work *work, size_t number,
                         struct ng_contam_cost *cost, struct ng_err *err);

/* Folds text->given: sets bytes, folded, origins, characters and units, and begins to the start of every stride-th
 * window of the given length. Errors: NG_ERR_NOMEM. */
int ng_contam_fold(struct ng_contam_text *text, uint64_t units, uint64_t stride, struct ng_fold *fold,
                   struct ng_watch *watch, struct ng_err *err);

/* Makes the windows of a folded text, units long. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_contam_fold_windows(struct ng_windows *windows, const struct ng_contam_text *text, uint64_t units,
                           struct ng_watch *watch, struct ng_err *err);

/* Converts the spans in a work's result from folded text to the texts as given. */
void ng_contam_fold_return(struct ng_contam_work *work);

/* Widens the evidence that is in folded documents of which an index holds the originals, and converts its places; sets
 * the text around them. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_LIMIT (contam->room). */
int ng_contam_origin(struct ng_contam *contam, struct ng_contam_work *works, size_t count, struct ng_err *err);

/* Frees everything but the result. Idempotent. */
void ng_contam_entry_free(struct ng_contam_work *work);

/* A watch for one thread. It asks the cancel of the first bound index. */
struct ng_watch ng_contam_watch_make(const struct ng_index *const *indexes, size_t index_count);

/* Counts phrases. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. The caller frees each phrase's rows. */
int ng_contam_phrases_count(const struct ng_index *const *indexes, size_t index_count,
                            struct ng_contam_phrase *const *phrases, size_t count, uint64_t *lf_steps,
                            struct ng_watch *watch, struct ng_err *err);

/* How many blocks are searched side by side, and how many lanes each has. */
enum { NG_CONTAM_MAX_BLOCKS = 4, NG_CONTAM_BLOCK_LANES = NG_PROBE_MAX_LANES / NG_CONTAM_MAX_BLOCKS };

/* Decides the open windows and finds the longest matches. The works form blocks of block_works each; the last may be
 * smaller. Works share a memo only within their block, so the cost does not depend on which blocks are searched side by
 * side. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_search(const struct ng_contam *contam, struct ng_contam_work *works, size_t count, size_t block_works,
                     struct ng_contam_cost *cost, struct ng_err *err);
/* The same for one index whose parts are elsewhere. */
int ng_contam_search_remote(const struct ng_contam *contam, size_t index, struct ng_contam_work *works, size_t count,
                            struct ng_err *err);
int ng_contam_search_naive(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                           struct ng_contam_cost *cost, struct ng_err *err);

/* Makes the share of an entry from the search of the call's shards. Errors: NG_ERR_NOMEM. */
int ng_contam_share_make(const struct ng_contam *contam, const struct ng_contam_work *work,
                         struct ng_contam_share *share, struct ng_err *err);

/* Takes verdicts, longest match and reach from the shares of an entry. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT (the shares do
 * not fit the entry number). */
int ng_contam_shares_take(const struct ng_contam *contam, struct ng_contam_work *work, size_t number, struct ng_err *err);

/* NG_PRESET_FOLDED: finds the counts and documents that decide the classes of works. Sets coverage, document_coverage,
 * common, verdict and index_class of the results. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_weigh(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err);

/* A window to look up. */
struct ng_contam_asked {
    struct ng_contam_work *work;
    const struct ng_contam_text *text;
    uint64_t begin;
    uint64_t end;
    struct ng_contam_fact *fact;
};

/* Counts windows: sets count, counted and in in their facts. Errors: as ng_contam_weigh. */
int ng_contam_windows_count(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err);

/* Bounds how often windows occur, in fewer steps: sets count in their facts. The count is at most the corpus guard if a
 * piece of the window shows that, else any number above it. Windows of one text are asked about together, in order.
 * Errors: as ng_contam_weigh. */
int ng_contam_windows_bound(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err);

/* Sets count in the facts of windows to an upper bound of their occurrences, which is usually exact. Windows of one
 * text are asked about together, in order. Errors: as ng_contam_weigh. */
int ng_contam_windows_limit(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err);

/* Finds the documents of counted windows. Sets has_documents, or overrun if there are too many. Errors: as
 * ng_contam_weigh, and NG_ERR_LIMIT (NG_MAX_ENTRY_DOCUMENTS). */
int ng_contam_documents_find(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                             struct ng_contam_cost *cost, struct ng_err *err);

static inline bool ng_contam_is_common(const struct ng_contam_fact *fact) {
    return fact->crowded || fact->overrun;
}

/* What is known so far about an entry, against the indexes whose bits are in mask. */
struct ng_contam_judgement {
    double coverage;      /* by long windows, */
    double most_coverage; /* and by long and all short windows */
    bool found;           /* a window that counts is found */
    bool guarded;         /* common text is left out */

    /* Final once the documents are known for every window where they decide. */
    double last_coverage; /* by long windows and confirmed short ones */
    enum ng_contam_class verdict;
};

/* Judges an entry by the short windows and documents known so far. Marks its confirmed short windows.
 * Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_contam_judge(const struct ng_contam *contam, struct ng_contam_work *work, uint64_t mask,
                    struct ng_contam_judgement *judgement, struct ng_watch *watch, struct ng_err *err);

/* Finds the largest coverage by a single document, from the known documents and from the longest match, which lies in
 * one document. Errors: as ng_contam_judge. */
int ng_contam_judge_document(const struct ng_contam *contam, struct ng_contam_work *work, double *coverage,
                             struct ng_watch *watch, struct ng_err *err);

/* Below this coverage, short windows count and quotations are searched for. */
#define NG_CONTAM_QUOTE_BELOW 0.8

/* Counts the longest matches and finds the rarest windows. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_contam_count(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err);

/* Computes eta, and in NG_PRESET_PAPER the class. Errors: NG_ERR_NOMEM. */
int ng_contam_result_make(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err);

/* Makes the spans, after all windows are decided. Errors: NG_ERR_NOMEM. */
int ng_contam_result_spans(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err);

/* Makes the span [begin, end) of one of the entry's texts and counts its code points. */
struct ng_contam_span ng_contam_span_make(const struct ng_contam_work *work, uint64_t text, uint64_t begin, uint64_t end);

/* Makes the span of a piece wider as far as the document agrees with the entry in around, the text around the piece,
 * which begins at document offset around_offset. */
void ng_contam_widen(const struct ng_contam_work *work, struct ng_contam_evidence *evidence, struct ng_bytes around,
                     uint64_t around_offset);

/* Adds the documents that hold pieces of the entries. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED,
 * NG_ERR_LIMIT (contam->room). */
int ng_contam_evidence(struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err);

/* Looks for the answers of entries in the documents of their evidence. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_contam_answers(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                      struct ng_contam_cost *cost, struct ng_err *err);

#endif
