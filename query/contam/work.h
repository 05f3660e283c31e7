/*
 * The inside of a contamination check. Internal to the query library; the contract is in ngidx.h.
 *
 * A call of ng_contam_check goes through its entries in blocks, a thread a few blocks at a time:
 *   entry.c     texts, words, windows; fold.c the same of folded text
 *   search.c    verdicts and longest matches, by the plan of plan.h
 *   naive.c     the same, each window by itself
 *   phrase.c    phrases counted, and their rows, in all shards
 *   weigh.c     NG_PRESET_FOLDED: how often windows occur and in which documents (documents.c), as far as that decides
 *   judge.c     NG_PRESET_FOLDED: coverage and class, from that
 *   count.c     how often the longest match and the rarest window occur
 *   evidence.c  documents to show; origin.c as they are, where folded ones were searched
 *   result.c    what the caller gets
 */
#ifndef NG_QUERY_CONTAM_WORK_H
#define NG_QUERY_CONTAM_WORK_H

#include <stdatomic.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/text/fold.h"
#include "query/contam/guard.h"
#include "query/include/ngidx_contam.h"
#include "query/lib/index.h"
#include "query/match/longest.h"
#include "query/match/windows.h"

/* A character of a text and where what it folds to begins. */
struct ng_contam_origin {
    uint32_t folded_begin;
    uint32_t begin;
    uint32_t end;
};
_Static_assert(NG_MAX_ENTRY_BYTES <= UINT32_MAX / 18, "folding makes a text at most 18 times as long (normal.h)");

/* What is known of a window of NG_PRESET_FOLDED. */
struct ng_contam_fact {
    uint64_t in;        /* the indexes that hold it, a bit each */
    uint64_t count;     /* of occurrences in all of them; 0: not counted */
    size_t doc_begin;   /* its documents among the work's */
    uint32_t doc_count;
    bool has_documents; /* the above were looked for, and are all */
    bool crowded;       /* in too many entries of the benchmark, */
    bool overrun;       /* or in too many documents: common text */
    bool confirmed;     /* a short one in a document that holds a found long one */
};

/* The windows of a text that are weighed: long ones, and short ones. */
enum { NG_CONTAM_LONG, NG_CONTAM_SMALL, NG_CONTAM_SIZES };

/* One text of an entry. Length 0 is options.chars, the others are options.more_chars. */
struct ng_contam_text {
    struct ng_bytes bytes; /* what is searched for */
    struct ng_bytes given; /* the same before it was folded */
    uint8_t *folded;       /* bytes.data, where it was; owned */
    struct ng_contam_origin *origins; /* in order; owned */
    size_t origin_count;
    uint64_t units;
    bool unspaced; /* some of it is of a script without spaces */
    struct ng_windows small;
    struct ng_contam_fact *facts[NG_CONTAM_SIZES]; /* of windows[0] and of small; NULL: not weighed; owned */
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

/* A document of an index as one number. */
enum { NG_CONTAM_DOCUMENT_BITS = 56 };
static inline uint64_t ng_contam_document(uint64_t index, uint64_t doc) {
    return index << NG_CONTAM_DOCUMENT_BITS | doc;
}

/* An entry that is being checked. */
struct ng_contam_work {
    const struct ng_contam_entry *entry;
    struct ng_contam_text *texts; /* entry->text_count; owned */
    bool skipped; /* or too short to be judged: there are no windows */
    bool too_short;
    bool is_short;
    uint64_t units;
    struct ng_buf documents; /* of uint64_t (ng_contam_document): those of the windows */
    struct ng_plan_match longest;
    struct ng_contam_phrase longest_phrase; /* counted, with its first rows */
    struct ng_contam_result result;
};

/* How many bytes of text and metadata evidence may still hold. Threads share it. */
struct ng_contam_room {
    uint64_t most; /* UINT64_MAX: any number */
    _Atomic uint64_t used;
};

/* A turn's own: what was done, and how often; who is asked whether to go on; and what folds text. */
struct ng_contam_cost {
    struct ng_contam_stats stats;
    struct ng_watch watch;
    struct ng_fold *fold; /* NULL in NG_PRESET_PAPER */
};

struct ng_contam {
    struct ng_contam_options options;
    uint64_t chars[NG_MAX_CONTAM_LENGTHS]; /* the lengths of windows */
    size_t length_count;
    const struct ng_index *indexes[NG_MAX_CONTAM_INDEXES]; /* the views that are searched, */
    const struct ng_index *given[NG_MAX_CONTAM_INDEXES];   /* and what they are views of */
    size_t index_count;
    uint64_t small_units;   /* of a short window */
    struct ng_guard *guard; /* the benchmark; NULL in NG_PRESET_PAPER */
    bool benchmark_counted;
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
                         struct ng_contam_cost *cost, struct ng_err *err);

/* Folds text->given: sets bytes, folded, origins, characters, units, and the starts of windows of so many units, every
 * stride-th. Errors: NG_ERR_NOMEM. */
int ng_contam_fold(struct ng_contam_text *text, uint64_t units, uint64_t stride, struct ng_fold *fold,
                   struct ng_watch *watch, struct ng_err *err);

/* The windows of so many units of a folded text. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_contam_fold_windows(struct ng_windows *windows, const struct ng_contam_text *text, uint64_t units,
                           struct ng_watch *watch, struct ng_err *err);

/* Replaces the places in folded text in a work's result by those in the texts as they were given. */
void ng_contam_fold_return(struct ng_contam_work *work);

/* Replaces the places of evidence in folded documents, and the text around, by those in the documents as they are, where
 * an index holds them. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_LIMIT (contam->room). */
int ng_contam_origin(struct ng_contam *contam, struct ng_contam_work *works, size_t count, struct ng_err *err);

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

/* NG_PRESET_FOLDED: finds out what decides the classes of works, and sets coverage, document_coverage, common, verdict
 * and index_class of the results. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_weigh(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err);

/* A window that something is asked about. */
struct ng_contam_asked {
    struct ng_contam_work *work;
    const struct ng_contam_text *text;
    uint64_t begin;
    uint64_t end;
    struct ng_contam_fact *fact;
};

/* Counts windows: sets count and in of their facts. Errors: as ng_contam_weigh. */
int ng_contam_windows_count(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err);

/* Looks for the documents of windows that were counted: has_documents, or overrun where there are too many. Errors: as
 * ng_contam_weigh. */
int ng_contam_documents_find(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                             struct ng_contam_cost *cost, struct ng_err *err);

static inline bool ng_contam_is_common(const struct ng_contam_fact *fact) {
    return fact->crowded || fact->overrun;
}

/* What is known so far of an entry, against the indexes whose bits are in mask. */
struct ng_contam_judgement {
    double coverage;      /* by long windows, */
    double most_coverage; /* and by all short ones, too */
    bool found;           /* a window that counts is found */
    bool guarded;         /* common text is left out */

    /* Right once documents are known wherever they decide. */
    double last_coverage; /* by long windows and the confirmed short ones */
    enum ng_contam_class verdict;
};

/* Short windows, and documents, count as far as they are known. Marks the short windows of the entry that are confirmed.
 * Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_contam_judge(const struct ng_contam *contam, struct ng_contam_work *work, uint64_t mask,
                    struct ng_contam_judgement *judgement, struct ng_watch *watch, struct ng_err *err);

/* What one document covers at most of what counts, by the documents that are known and the longest match, which is in
 * one. Errors: as ng_contam_judge. */
int ng_contam_judge_document(const struct ng_contam *contam, struct ng_contam_work *work, double *coverage,
                             struct ng_watch *watch, struct ng_err *err);

/* Below this coverage short windows count, and quotations are looked for. */
#define NG_CONTAM_QUOTE_BELOW 0.8

/* Counts the longest matches and finds the rarest windows. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_contam_count(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err);

/* Makes eta, and in NG_PRESET_PAPER the class. Errors: NG_ERR_NOMEM. */
int ng_contam_result_make(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err);

/* Makes the spans, once all is decided. Errors: NG_ERR_NOMEM. */
int ng_contam_result_spans(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_err *err);

/* [begin, end) of a text of an entry, with its code points counted. */
struct ng_contam_span ng_contam_span_make(const struct ng_contam_work *work, uint64_t text, uint64_t begin, uint64_t end);

/* Adds the documents that hold pieces of the entries. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED,
 * NG_ERR_LIMIT (contam->room). */
int ng_contam_evidence(struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err);

#endif
