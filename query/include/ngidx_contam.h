/*
 * ngidx: which entries of a benchmark overlap with an index, how much and where; and which pieces of one text occur.
 *
 * A check takes any number of indexes, which it borrows: they stay open until it is closed. The results do not depend
 * on the number of threads. What a call returns is the caller's, to be freed by the function that its comment names.
 * Errors and cancellation are those of ngidx.h.
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

/* How entries are judged: each preset is a recipe that a publication describes or that was measured.
 *
 * In both of these an entry's texts are checked apart, and a window is found if its bytes occur, exactly, in any shard
 * of any index. eta is found windows / windows. An entry whose texts are all blank is skipped.
 *
 * NG_PRESET_PAPER, after Infini-gram mini (arXiv 2506.12229): the texts as they are. A word starts at a code point that
 * is no white space (Unicode White_Space) and is first or follows white space. A window is the `chars` code points from
 * a word start, where that many remain; there is one at every stride-th word start. An entry without a window gets one
 * for each text that is not blank, the whole text, and is short. eta decides. Text without spaces is one word: such
 * entries are told as unspaced, and their class says little.
 *
 * NG_PRESET_FOLDED: the folded texts (FORMAT.md) against the folded view of each index. A code point of a script that is
 * written without spaces counts for 2 units, any other for 1. A window starts at a word, at every code point of such a
 * script and behind a run of them, and in a token of more than `chars` code points at every chars / 2; it has `chars`
 * units. Coverage decides, the share of the code points that found windows cover.
 *   - A window in more than benchmark_guard entries of the benchmark (ng_contam_prepare), or in more than corpus_guard
 *     documents (or over NG_MAX_GUARDED_HITS times), is common text. It is left out of both sides of the share, unless
 *     what is left would be less than a tenth of the entry: a copy of the whole in hundreds of documents is a copy.
 *   - Below a coverage of 0.8 windows of two thirds of the length count, too, where a document holds them that holds a
 *     found window: a copy with small edits.
 *   - From `suspicious` up to 0.8 windows that over two documents hold, none of which has a second stretch of the entry,
 *     more than 10 code points away, are quotations. Where the rest is not suspicious the class is common; where it is
 *     no longer dirty, suspicious.
 *   - An entry whose overlap is common text only is common. One with less than minimum_units is short; one with more,
 *     but without a window, is its one window. */
enum ng_contam_preset { NG_PRESET_PAPER, NG_PRESET_FOLDED };
enum { NG_PRESETS = NG_PRESET_FOLDED + 1 };

/* "paper", "folded"; and where the recipe comes from. */
const char *ng_contam_preset_name(enum ng_contam_preset preset);
const char *ng_contam_preset_source(enum ng_contam_preset preset);

/* The preset of that name; false where there is none. */
bool ng_contam_preset_find(const char *name, enum ng_contam_preset *preset);

/* NG_PRESET_FOLDED where each index has a folded view, else NG_PRESET_PAPER. */
enum ng_contam_preset ng_contam_preset_default(const struct ng_index *const *indexes, size_t index_count);

struct ng_contam_options {
    enum ng_contam_preset preset;
    uint64_t chars;            /* of a window, code points or units, 1 to NG_MAX_WINDOW_CHARS */
    uint64_t stride;           /* words from one window's start to the next, at least 1 */
    double suspicious;         /* classes: suspicious from this eta or coverage on, */
    double dirty;              /* dirty from this one; 0 <= suspicious <= dirty <= 1 */
    uint64_t benchmark_guard;  /* of NG_PRESET_FOLDED, as the next two; 0: no guard */
    uint64_t corpus_guard;     /* at most NG_MAX_CORPUS_GUARD; 0: no guard */
    uint64_t minimum_units;    /* of an entry that is judged */
    const uint64_t *more_chars; /* other lengths of windows to tell eta for; borrowed while the check is open */
    size_t more_count;         /* at most NG_MAX_CONTAM_LENGTHS - 1 */
    uint64_t evidence_limit;   /* documents to show for an entry, at most NG_MAX_EVIDENCE */
    uint64_t context_bytes;    /* of text to show on either side, at most NG_MAX_CONTEXT_BYTES */
    uint64_t answer_chars;     /* how far from the overlap to look for an entry's answer, at most NG_MAX_CONTEXT_BYTES;
                                * in NG_PRESET_FOLDED both are folded */
    uint64_t shown_bytes;      /* of text and metadata, in the evidence of all entries of a call; 0: any number. To be
                                * over it is NG_ERR_LIMIT, found before much more is held */
    unsigned threads;          /* 0: as many as there are processors */
    bool naive;                /* count every window alone; the same results, slowly (the oracle of the tests) */
};

/* NG_PRESET_PAPER, stride 1, no other lengths, 5 documents with 80 bytes of context, answers within 200 characters, all
 * processors. */
void ng_contam_options_init(struct ng_contam_options *options);

/* Sets the preset, and what it decides. NG_PRESET_PAPER: 50 characters, suspicious from 0.20, dirty from 0.80.
 * NG_PRESET_FOLDED: 30 units, suspicious from 0.30, dirty from 2/3, guards of 4 entries and 100 documents, at least 20
 * units. */
void ng_contam_options_set_preset(struct ng_contam_options *options, enum ng_contam_preset preset);

/* One entry of a benchmark. All is borrowed, and UTF-8. */
struct ng_contam_entry {
    const struct ng_bytes *texts; /* each at most NG_MAX_ENTRY_BYTES */
    size_t text_count;
    struct ng_bytes answer; /* looked for near the overlap; length 0: none */
};

enum ng_contam_class {
    NG_CONTAM_CLEAN,
    NG_CONTAM_SUSPICIOUS,
    NG_CONTAM_DIRTY,
    NG_CONTAM_COMMON, /* overlap with common text only */
    NG_CONTAM_SHORT,  /* too little to be judged; only in NG_PRESET_FOLDED, as COMMON */
    NG_CONTAM_SKIPPED
};

/* "clean", "suspicious", "dirty", "common", "short", "skipped". */
const char *ng_contam_class_name(enum ng_contam_class verdict);

/* A piece of one of an entry's texts, [begin, end) in bytes, and the same in code points. */
struct ng_contam_span {
    uint64_t text; /* number of the text */
    uint64_t begin;
    uint64_t end;
    uint64_t begin_char;
    uint64_t end_char;
};

/* A piece that occurs, and how often in all indexes. count is 0 where there is none. */
struct ng_contam_match {
    struct ng_contam_span span; /* of whole bytes; may begin or end within a character */
    uint64_t count;
};

enum ng_contam_answer { NG_CONTAM_ANSWER_NOT_ASKED, NG_CONTAM_ANSWER_ABSENT, NG_CONTAM_ANSWER_NEAR };

/* A document that holds a piece of an entry. */
struct ng_contam_evidence {
    size_t index;               /* number of the index */
    uint64_t doc;               /* number of the document in that index */
    uint64_t offset;            /* byte offset of the piece in the document (folded where the index has no exact
                                 * view, or was folded by another Unicode), */
    uint64_t length_bytes;      /* and its length there */
    struct ng_contam_span span; /* the piece, in the entry */
    struct ng_snippet snippet;  /* the piece, cut behind NG_MAX_EVIDENCE_BYTES, with context around; owned */
    struct ng_doc_source source; /* owned */
    enum ng_contam_answer answer; /* whether the answer stands, whole, within answer_chars of the piece */
};

/* How many windows of one length an entry has, and how many of them are found. */
struct ng_contam_length {
    uint64_t chars;
    uint64_t windows;
    uint64_t found;
};

struct ng_contam_result {
    enum ng_contam_class verdict;
    bool is_short;       /* it has no window but itself */
    bool is_unspaced;    /* NG_PRESET_PAPER: most of it is of a script without spaces */
    uint64_t units;      /* of NG_PRESET_FOLDED; else code points */
    uint64_t windows;
    uint64_t found;
    uint64_t common;     /* found windows that are common text */
    double eta;          /* 0 where there is no window */
    double coverage;     /* as the preset counts it */
    double document_coverage; /* the same by the windows that one document holds, at most; negative where documents were
                               * not looked at, since they could not change the class */
    uint64_t *index_found; /* windows found in each index, index_count of them; owned */
    enum ng_contam_class *index_class; /* the class against each index alone, but for what is common text; owned */

    /* The same for the other lengths, more_count of them; owned. */
    struct ng_contam_length *lengths;

    uint64_t characters;         /* of all texts */
    uint64_t covered_characters; /* of the spans */
    struct ng_contam_span *spans; /* the found windows, those that touch joined, in order; common text as well; owned */
    size_t span_count;

    struct ng_contam_match longest; /* the longest piece, of any place and length, that occurs; the first of several */
    struct ng_contam_match rarest;  /* the found window with the fewest occurrences; the first of several */

    /* Documents with the longest match, then with found windows that lie outside it: distinct ones, in the order of
     * pieces, indexes, shards, ranks. Only where found > 0. */
    struct ng_contam_evidence *evidence; /* owned */
    size_t evidence_count;
    uint64_t hits_seen;      /* occurrences that were looked at to find them, */
    uint64_t documents_seen; /* and the distinct documents of those */
    enum ng_contam_answer answer; /* NEAR if it is for any of the evidence */
};

/* What checking cost. */
struct ng_contam_stats {
    uint64_t entries;
    uint64_t windows;        /* of options.chars */
    uint64_t searches_recalled; /* spared, since an equal piece had been searched for before */
    uint64_t lf_steps;       /* steps of backward search, all lengths and counts included */
};

struct ng_contam;

/* Starts a check against some indexes, which must stay open until ng_contam_close; options are copied. The results
 * do not depend on the number of threads. Where some indexes are bound, all should ask the same. *contam is owned by
 * the caller.
 * Errors: NG_ERR_USAGE (an option is out of its range, an index has no folded view), NG_ERR_NOMEM. */
int ng_contam_open(struct ng_contam **contam, const struct ng_index *const *indexes, size_t index_count,
                   const struct ng_contam_options *options, struct ng_err *err);

/* Tells entries of the benchmark that is to be checked, for benchmark_guard: all of them, in any number of calls, before
 * the first is checked, whichever are. Entries that were not told count for nothing. Their folded text is held, and some
 * 40 bytes a window. In NG_PRESET_PAPER it does nothing.
 * Errors: as ng_contam_check; NG_ERR_LIMIT (NG_MAX_BENCHMARK_BYTES, NG_MAX_BENCHMARK_WINDOWS), too. */
int ng_contam_prepare(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count, struct ng_err *err);

/* Forgets the entries that were told: another benchmark follows. */
void ng_contam_forget(struct ng_contam *contam);

/* Checks entries; results, room for count of them, are owned by the caller (ng_contam_results_free). May be called
 * many times, by one thread at a time. A thread takes some 2,000 entries at once, or where there are several at most
 * half its share, so some thousand a call keep sixteen busy. On an error no result is valid and none is to be freed.
 * Errors: NG_ERR_INPUT (a text is not UTF-8), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES, shown_bytes), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_check(struct ng_contam *contam, const struct ng_contam_entry *entries, size_t count,
                    struct ng_contam_result *results, struct ng_err *err);

void ng_contam_get_stats(const struct ng_contam *contam, struct ng_contam_stats *stats);

/* Idempotent for each result. */
void ng_contam_results_free(struct ng_contam_result *results, size_t count);

/* NULL is fine. */
void ng_contam_close(struct ng_contam *contam);

struct ng_trace_options {
    uint64_t min_chars;      /* the shortest pieces to tell, in code points; at least 1 */
    uint64_t evidence_limit; /* documents to show for each, at most NG_MAX_EVIDENCE */
    uint64_t context_bytes;  /* at most NG_MAX_CONTEXT_BYTES */
    uint64_t shown_bytes;    /* as in struct ng_contam_options, for the whole trace */
};

/* 30 characters, 3 documents, 80 bytes of context. */
void ng_trace_options_init(struct ng_trace_options *options);

/* A piece that occurs and is part of no longer one that does. */
struct ng_trace_span {
    struct ng_contam_span span; /* whole code points */
    uint64_t count;             /* in all indexes */
    struct ng_contam_evidence *evidence; /* distinct documents, in the order of indexes, shards, ranks; owned */
    size_t evidence_count;
    uint64_t hits_seen;
    uint64_t documents_seen;
};

struct ng_trace {
    struct ng_trace_span *spans; /* in order of place; they may overlap; owned */
    size_t span_count;
    uint64_t characters;         /* of the text, */
    uint64_t covered_characters; /* and of what is in any span */
    uint64_t lf_steps;
};

/* Finds the maximal pieces of a UTF-8 text that occur in any of the indexes. On success: ng_trace_free.
 * Errors: NG_ERR_INPUT (not UTF-8), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES, options, shown_bytes), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_trace_text(struct ng_trace *trace, const struct ng_index *const *indexes, size_t index_count,
                  struct ng_bytes text, const struct ng_trace_options *options, struct ng_err *err);

/* The same in one view of all indexes, exact or folded (ng_index_choose_view). In a folded one the text is folded, and
 * min_chars and lf_steps are of folded text. All else is of the text given, and evidence, in an index that has exact
 * text, of that. Errors: NG_ERR_USAGE (two kinds of views), too. */
int ng_trace_view(struct ng_trace *trace, const struct ng_index *const *views, size_t view_count, struct ng_bytes text,
                  const struct ng_trace_options *options, struct ng_err *err);

/* Idempotent. */
void ng_trace_free(struct ng_trace *trace);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
