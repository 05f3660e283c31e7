/*
 * ngidx: which entries of a benchmark overlap with an index, how much and where; and which pieces of one text occur.
 *
 * A check borrows its indexes, 1 to NG_MAX_CONTAM_INDEXES (64) of them: they must stay open until the check is closed.
 * The results do not depend on the number of threads. The caller owns what a call returns, and frees it with the
 * function that the comment names. Errors and cancellation follow ngidx.h.
 */
#ifndef NGIDX_CONTAM_H
#define NGIDX_CONTAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ngidx.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How entries are judged. Each preset is a recipe from a publication or from a measurement.
 *
 * Both presets check the texts of an entry separately. A window is found if its exact bytes occur in any shard of any
 * index. eta is the number of found windows divided by the number of windows. An entry whose texts are all blank is
 * skipped.
 *
 * NG_PRESET_PAPER, after Infini-gram mini (arXiv 2506.12229), checks the texts as they are. A word starts at a code
 * point that is not white space (Unicode White_Space) and is the first one or follows white space. A window is `chars`
 * code points from a word start, if that many remain; every stride-th word start has one. If an entry has no window,
 * each text that is not blank becomes one window, and the entry is marked as short. eta decides the class. Text without
 * spaces is one word: such entries are marked as unspaced, and their class says little.
 *
 * NG_PRESET_FOLDED checks the folded texts (FORMAT.md) against the folded view of each index. A code point counts for 2
 * units if its script is written without spaces, else for 1. A window has `chars` units. A window starts at every word,
 * at every code point of an unspaced script and right after a run of them, and every chars / 2 code points in a token
 * of more than `chars` code points. Coverage decides the class: the share of code points that found windows cover.
 *   - Common text: a window in more than benchmark_guard entries of the benchmark (ng_contam_prepare), or in more than
 *     corpus_guard documents, or with over NG_MAX_GUARDED_HITS occurrences. Neither side of the share counts it, unless
 *     less than a tenth of the entry would remain: a copy of the whole entry in hundreds of documents is still a copy.
 *   - Small edits: below a coverage of 0.8, windows of two thirds of the length also count if they occur in a document
 *     that holds a found window.
 *   - Quotations: from `suspicious` up to a coverage of 0.8, a window is a quotation if more than two documents hold it
 *     and none of them holds a second stretch of the entry, more than 10 code points away. If the coverage without
 *     quotations falls below `suspicious`, the class is common; if it falls from dirty to suspicious, the class is
 *     suspicious.
 *   - An entry that overlaps only with common text is common. An entry of less than minimum_units is short. A longer
 *     entry without a window is checked as one window. */
enum ng_contam_preset { NG_PRESET_PAPER, NG_PRESET_FOLDED };
enum { NG_PRESETS = NG_PRESET_FOLDED + 1 };

/* The name of a preset, "paper" or "folded"; and the source of its recipe. Both are static strings. */
const char *ng_contam_preset_name(enum ng_contam_preset preset);
const char *ng_contam_preset_source(enum ng_contam_preset preset);

/* Finds the preset with a name. Returns false, and leaves *preset alone, if there is none. */
bool ng_contam_preset_find(const char *name, enum ng_contam_preset *preset);

/* NG_PRESET_FOLDED if every index has a folded view, else NG_PRESET_PAPER. */
enum ng_contam_preset ng_contam_preset_default(const struct ng_index *const *indexes, size_t index_count);

struct ng_contam_options {
    enum ng_contam_preset preset;
    uint64_t chars;            /* length of a window in code points or units, 1 to NG_MAX_WINDOW_CHARS (65,536) */
    uint64_t stride;           /* words from the start of one window to the next, at least 1 */
    double suspicious;         /* an entry is suspicious from this eta or coverage on, */
    double dirty;              /* and dirty from this one on; 0 <= suspicious <= dirty <= 1 */
    uint64_t benchmark_guard;  /* entries; 0: no guard. This and the next two are for NG_PRESET_FOLDED */
    uint64_t corpus_guard;     /* documents, at most NG_MAX_CORPUS_GUARD (4,096); 0: no guard */
    uint64_t minimum_units;    /* an entry with less is not judged */
    const uint64_t *more_chars; /* more window lengths to give eta for; borrowed while the check is open */
    size_t more_count;         /* at most NG_MAX_CONTAM_LENGTHS - 1 (15) */
    uint64_t evidence_limit;   /* documents to show for an entry, at most NG_MAX_EVIDENCE (1,000) */
    uint64_t context_bytes;    /* text to show on either side, at most NG_MAX_CONTEXT_BYTES (1 MiB) */
    uint64_t answer_chars;     /* code points from the overlap to an answer that is near it, at most
                                * NG_MAX_CONTEXT_BYTES */
    uint64_t shown_bytes;      /* text and metadata in the evidence of all entries of a call; 0: no limit. A call that
                                * exceeds it returns NG_ERR_LIMIT before it holds much more */
    unsigned threads;          /* 0: one per processor */
    bool naive;                /* count every window by itself: the same results, slowly (the oracle of the tests) */
};

/* Sets the defaults: NG_PRESET_PAPER, stride 1, no more lengths, 5 documents with 80 bytes of context, answers within
 * 200 code points, no limit of shown bytes, all processors. */
void ng_contam_options_init(struct ng_contam_options *options);

/* Sets the preset and the options it decides. NG_PRESET_PAPER: 50 code points, suspicious from 0.20, dirty from 0.80.
 * NG_PRESET_FOLDED: 30 units, suspicious from 0.30, dirty from 2/3, guards of 4 entries and 100 documents, at least 20
 * units. */
void ng_contam_options_set_preset(struct ng_contam_options *options, enum ng_contam_preset preset);

/* What the search of some shards found of an entry (ng_contam_search_shards). Shards are counted through all indexes in
 * their order. */
struct ng_contam_share {
    uint64_t first_shard;
    uint64_t shard_count;
    struct ng_bytes found; /* may be kept and moved to another machine */
};

/* One entry of a benchmark. Everything in it is borrowed; the strings are UTF-8. */
struct ng_contam_entry {
    const struct ng_bytes *texts; /* each at most NG_MAX_ENTRY_BYTES (64 MiB) */
    size_t text_count;
    struct ng_bytes answer; /* to look for in the documents shown; length 0: none */
    const struct ng_contam_share *shares; /* NULL: the entry is searched for */
    size_t share_count;     /* in order: each shard belongs to one share */
};

enum ng_contam_class {
    NG_CONTAM_CLEAN,
    NG_CONTAM_SUSPICIOUS,
    NG_CONTAM_DIRTY,
    NG_CONTAM_COMMON, /* overlaps only with common text; NG_PRESET_FOLDED only */
    NG_CONTAM_SHORT,  /* too short to judge; NG_PRESET_FOLDED only */
    NG_CONTAM_SKIPPED
};

/* The name of a class, a static string: "clean", "suspicious", "dirty", "common", "short" or "skipped". */
const char *ng_contam_class_name(enum ng_contam_class verdict);

/* A piece of one of an entry's texts: [begin, end) in bytes, [begin_char, end_char) in code points. */
struct ng_contam_span {
    uint64_t text; /* number of the text, from 0 */
    uint64_t begin;
    uint64_t end;
    uint64_t begin_char;
    uint64_t end_char;
};

/* A piece that occurs. */
struct ng_contam_match {
    struct ng_contam_span span; /* may begin or end within a UTF-8 character */
    uint64_t count;             /* occurrences in all indexes; 0: there is no such piece */
};

/* Whether the answer of an entry is near the overlap, and whether it occurs together with a piece of the entry in one
 * document. Answers are compared folded (FORMAT.md) in both presets, as whole words if the index has an exact view; what
 * occurs only within the piece itself does not count. An answer with fewer than 4 letters (2 in scripts without spaces)
 * does not tell. */
enum ng_contam_answer {
    NG_CONTAM_ANSWER_NOT_ASKED, /* no answer was given, or nothing overlaps */
    NG_CONTAM_ANSWER_ABSENT,
    NG_CONTAM_ANSWER_NEAR, /* within answer_chars */
    NG_CONTAM_ANSWER_NOT_TELLING
};
enum ng_contam_together {
    NG_CONTAM_TOGETHER_NOT_ASKED,
    NG_CONTAM_APART,    /* only the entry is in the documents shown, as a quotation is */
    NG_CONTAM_TOGETHER, /* of a document of over 16 MiB, as much around the piece was read */
    NG_CONTAM_TOGETHER_NOT_TELLING
};

/* A document that holds a piece of an entry. */
struct ng_contam_evidence {
    size_t index;               /* number of the index, from 0 */
    uint64_t doc;               /* number of the document in that index */
    uint64_t offset;            /* byte offset of the piece in the document: in the folded text if the index has no
                                 * exact view, or if another version of Unicode folded it, */
    uint64_t length_bytes;      /* and the length of the piece there */
    struct ng_contam_span span; /* the piece, in the entry */
    struct ng_snippet snippet;  /* the piece, truncated to NG_MAX_EVIDENCE_BYTES (4 KiB), with context; owned */
    struct ng_doc_source source; /* owned */
    enum ng_contam_answer answer;     /* whether the answer occurs within answer_chars of the piece, */
    enum ng_contam_together together; /* or anywhere in the document */
};

/* How many windows of one length an entry has, and how many of them occur. */
struct ng_contam_length {
    uint64_t chars;
    uint64_t windows;
    uint64_t found;
};

struct ng_contam_result {
    enum ng_contam_class verdict;
    bool is_short;       /* its only windows are its whole texts */
    bool is_unspaced;    /* NG_PRESET_PAPER: most of it is in scripts without spaces */
    uint64_t units;      /* in NG_PRESET_FOLDED; else code points */
    uint64_t windows;
    uint64_t found;
    uint64_t common;     /* found windows that are common text */
    double eta;          /* 0 if there is no window */
    double coverage;     /* as the preset counts it */
    double document_coverage; /* the largest coverage by the windows of a single document; negative if documents were
                               * not examined, because they could not change the class */
    uint64_t *index_found; /* windows found in each index; index_count elements; owned */
    enum ng_contam_class *index_class; /* the class against each index alone; all indexes decide what is common text;
                                        * index_count elements; owned */

    /* Windows of the lengths in more_chars; more_count elements; owned. */
    struct ng_contam_length *lengths;

    uint64_t characters;         /* code points of all texts */
    uint64_t covered_characters; /* code points of the spans */
    struct ng_contam_span *spans; /* found windows, also of common text, in order; those that touch are joined; owned */
    size_t span_count;

    struct ng_contam_match longest; /* the longest piece that occurs, of any place and length; the first of several */
    struct ng_contam_match rarest;  /* the found window with the fewest occurrences; the first of several */

    /* Distinct documents that hold the longest match, then documents that hold found windows outside it, ordered by
     * piece, index, shard and rank. Empty if found is 0. */
    struct ng_contam_evidence *evidence; /* owned */
    size_t evidence_count;
    uint64_t hits_seen;      /* occurrences examined to find the documents, */
    uint64_t documents_seen; /* and the number of distinct documents among them */
    enum ng_contam_answer answer;     /* NEAR if it is NEAR in any of the evidence */
    enum ng_contam_together together; /* TOGETHER if it is in any of the evidence */
};

/* What a check cost. */
struct ng_contam_stats {
    uint64_t entries;
    uint64_t windows;        /* of options.chars */
    uint64_t searches_recalled; /* searches saved because an equal piece had been searched for before */
    uint64_t lf_steps;       /* steps of backward search, for all lengths and counts; more where many threads share
                              * the shards of few entries */
};

struct ng_contam;

/* Starts a check against some indexes, which must stay open until ng_contam_close. options is copied, except for
 * more_chars. The results do not depend on the number of threads. If several indexes are bound (ng_index_bind), they
 * should share one cancel: only that of the first bound one is asked. The caller owns *contam.
 * Errors: NG_ERR_USAGE (an option or index_count is out of range, an index lacks the preset's view), NG_ERR_NOMEM. */
int ng_contam_open(struct ng_contam **contam, const struct ng_index *const *indexes, size_t index_count,
                   const struct ng_contam_options *options, struct ng_err *err);

/* Adds entries of a benchmark for benchmark_guard. Add the whole benchmark, in any number of calls, before the first
 * ng_contam_check, even if you check only some of its entries: the guard counts only entries that were added. The check
 * holds their folded text and about 40 bytes per window. In NG_PRESET_PAPER the function does nothing.
 * Errors: as ng_contam_check; also NG_ERR_LIMIT (NG_MAX_BENCHMARK_BYTES, NG_MAX_BENCHMARK_WINDOWS). */
int ng_contam_prepare(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count, struct ng_err *err);

/* Removes all entries that ng_contam_prepare added. Call it before the next benchmark. */
void ng_contam_forget(struct ng_contam *contam);

/* Checks entries. results has room for count results; the caller frees them with ng_contam_results_free. Call it any
 * number of times, from one thread at a time. A worker thread takes about 2,000 entries at once; if there are several,
 * it takes at most half its share. About a thousand entries per call keep sixteen threads busy. On an error no result
 * is valid, and there is none to free.
 * Errors: NG_ERR_INPUT (a text is not UTF-8), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES, NG_MAX_ENTRY_DOCUMENTS, shown_bytes),
 * NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_check(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                    struct ng_contam_result *results, struct ng_err *err);

/* A check shared by many: searches shards [first_shard, first_shard + shard_count) for entries, and does no more. shares
 * has room for count shares; the caller frees them with ng_contam_shares_free. A check of the same entries, with the same
 * options and indexes, that is given the shares of all shards has the same results as one without, but searches only
 * those shards again that hold what it has to count or show. options.naive does not apply. On an error there is no share to
 * free. Errors: as ng_contam_check; NG_ERR_USAGE (no such shards). ng_contam_check also returns NG_ERR_CORRUPT if the
 * shares of an entry do not fit it. */
int ng_contam_search_shards(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                            uint64_t first_shard, uint64_t shard_count, struct ng_contam_share *shares,
                            struct ng_err *err);

/* Frees what the first count shares found. Idempotent. */
void ng_contam_shares_free(struct ng_contam_share *shares, size_t count);

/* Gives the cost of all calls of ng_contam_check so far that succeeded. No call may be running. */
void ng_contam_get_stats(const struct ng_contam *contam, struct ng_contam_stats *stats);

/* A piece [begin, end) of a document, in bytes of the text of the view that is searched: folded in NG_PRESET_FOLDED.
 * ng_index_original_ranges gives its place in the original text. */
struct ng_contam_piece {
    uint64_t begin;
    uint64_t end;
};

/* A document that holds pieces of an entry. */
struct ng_contam_holder {
    size_t index; /* number of the index, from 0 */
    uint64_t doc;
    double share; /* of the code points of the entry, folded in NG_PRESET_FOLDED, that the pieces cover */
    bool needed;  /* what to take out: the other documents, all together, hold less of the entry than options.suspicious */
    struct ng_contam_piece *pieces; /* they may overlap; owned */
    size_t piece_count;
};

struct ng_contam_holders {
    struct ng_contam_holder *holders; /* in order of index and document; owned */
    size_t count;
    bool cut; /* a piece of the entry occurs over 1,024 times, or pieces over 2^20 times: some may be missing */
};

/* Finds the documents that hold windows of entries, all of them, and where: the pieces are as long as entry and document
 * agree. Common text by itself is not looked for. Meant for entries that ng_contam_check called dirty or suspicious; call
 * it after that, and before ng_contam_forget. holders has room for count; the caller frees them with
 * ng_contam_holders_free. Errors: as ng_contam_check; on an error there is none to free. */
int ng_contam_find_holders(const struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                           struct ng_contam_holders *holders, struct ng_err *err);

/* The view of an index that a check searches; index < index_count. It belongs to the index. */
const struct ng_index *ng_contam_get_view(const struct ng_contam *contam, size_t index);

/* Frees what count of them own, but not the array. Idempotent. */
void ng_contam_holders_free(struct ng_contam_holders *holders, size_t count);

/* Frees what count results own, but not the array. Idempotent. */
void ng_contam_results_free(struct ng_contam_result *results, size_t count);

/* Ends a check. contam may be NULL. */
void ng_contam_close(struct ng_contam *contam);

struct ng_trace_options {
    uint64_t min_chars;      /* length of the shortest pieces to report, in code points; at least 1 */
    uint64_t min_count;      /* the pieces are maximal among those that occur so often in all indexes; 0 is 1 */
    uint64_t max_count;      /* pieces that occur more often are left out; 0: none */
    bool whole_words;        /* a piece neither begins nor ends within a word of the text */
    uint64_t evidence_limit; /* documents to show for each piece, at most NG_MAX_EVIDENCE */
    uint64_t context_bytes;  /* text to show on either side, at most NG_MAX_CONTEXT_BYTES */
    uint64_t document_limit; /* documents to rank by how much they share with the text, at most NG_MAX_EVIDENCE */
    uint64_t shown_bytes;    /* as in struct ng_contam_options, for the whole trace */
};

/* Sets the defaults: 30 code points, any number of occurrences, 3 documents a piece, 80 bytes of context, no documents
 * ranked, no limit of shown bytes. */
void ng_trace_options_init(struct ng_trace_options *options);

/* A maximal piece: it occurs (min_count times), and no longer piece around it does; with whole_words, none of whole
 * words. A word is a run of letters, marks and numbers; in a script without spaces, each of them is one. */
struct ng_trace_span {
    struct ng_contam_span span; /* whole code points */
    uint64_t count;             /* occurrences in all indexes */
    struct ng_contam_evidence *evidence; /* distinct documents, ordered by index, shard and rank; owned */
    size_t evidence_count;
    uint64_t hits_seen;
    uint64_t documents_seen;
};

/* A document that holds pieces of the text. */
struct ng_trace_document {
    uint64_t characters; /* code points of the text that are in a piece that the document holds */
    size_t *spans;       /* numbers of these pieces, in order; owned */
    size_t span_count;
    size_t longest;      /* the number of the longest of them, */
    struct ng_contam_evidence evidence; /* and where it is */
};

/* To rank documents, so many occurrences of a piece are looked at, until so many documents of pieces are known. */
#define NG_TRACE_RANKED_HITS UINT64_C(1000)
#define NG_TRACE_MOST_RANKED_HITS (UINT64_C(1) << 20)

struct ng_trace {
    struct ng_trace_span *spans; /* in text order; they may overlap; owned */
    size_t span_count;
    uint64_t characters;         /* code points of the text, */
    uint64_t covered_characters; /* and of them, those in any span */
    uint64_t lf_steps;           /* steps of backward search */
    /* With document_limit: the documents that share most with the text, the most characters first, then the most pieces. */
    struct ng_trace_document *documents; /* owned */
    size_t document_count;
    uint64_t documents_seen; /* that hold a piece */
    uint64_t unlocated;      /* occurrences of pieces whose documents were not looked for; 0: the ranking is exact */
};

/* Finds the maximal pieces of a UTF-8 text that occur in any of the indexes. On success, free *trace with
 * ng_trace_free. Thread-safe.
 * Errors: NG_ERR_INPUT (not UTF-8), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES, options, shown_bytes), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_trace_text(struct ng_trace *trace, const struct ng_index *const *indexes, size_t index_count,
                  struct ng_bytes text, const struct ng_trace_options *options, struct ng_err *err);

/* As ng_trace_text, in one view of all indexes, exact or folded (ng_index_choose_view). With folded views the text is
 * folded, and min_chars and lf_steps count in folded text. All other results are about the text as given. The evidence
 * shows the exact text of an index that has it. Errors: as ng_trace_text; also NG_ERR_USAGE (both kinds of views). */
int ng_trace_view(struct ng_trace *trace, const struct ng_index *const *views, size_t view_count, struct ng_bytes text,
                  const struct ng_trace_options *options, struct ng_err *err);

/* Frees what a trace owns. trace may be NULL. Idempotent. */
void ng_trace_free(struct ng_trace *trace);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
