/*
 * ngidx: how often, and where, does this string occur?
 *
 * The public header of the query library. Open an index once and use it from any number of threads at the same time:
 * every function that takes a const struct ng_index is thread-safe, and none keeps state between calls. Strings are
 * bytes with a length; NUL is an ordinary byte.
 *
 * Terms. A shard is one file of the index. Its rows are the suffixes of its text in sorted order, numbered from 0: one
 * row for every byte of text and one for the end of every document. A row's number is the rank of its suffix. A
 * position counts bytes from the start of the shard's text, in which one terminator byte follows each document.
 * Documents are numbered from 0 across all shards.
 *
 * Removed documents ("ngidx remove") are in no answer. They keep their numbers, and so do the others; a function that is
 * asked for one returns NG_ERR_NOTFOUND. Ranks are those among the rows that are left: what they would be in a shard
 * built without the removed documents.
 *
 * Damage. The library checks every page of a shard against its checksum when it first uses the page. A function that
 * meets a damaged page returns NG_ERR_CORRUPT; it never returns an answer made from damaged bytes.
 *
 * Cancellation. A handle from ng_index_bind asks its caller whether to go on. Every function below that searches or
 * reads text asks at its start and then every few milliseconds of work. If told to stop, it returns NG_ERR_CANCELLED,
 * gives no results and leaves the index as it was.
 */
#ifndef NGIDX_H
#define NGIDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ngidx_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct ng_index;

/* The version of the library, such as "0.1.0": NGIDX_VERSION of the headers that it was built with. A static string. For
 * programs that load the library at run time. Thread-safe. */
const char *ng_version(void);

/* Opens the index in the folder path: maps its shards and reads a few pages of each, whatever their size. The open
 * index does not change until it is closed, even if build, append or merge replaces the index at path, or someone
 * removes it. On success the caller owns *index and closes it with ng_index_close.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_VERSION, NG_ERR_CORRUPT, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_index_open(struct ng_index **index, const char *path, struct ng_err *err);

/* As ng_index_open, but reads the whole index into memory, in huge pages if the system has them. Queries are about a
 * tenth faster than on a mapped file that is already cached, and never wait for the disk. */
int ng_index_load(struct ng_index **index, const char *path, struct ng_err *err);

/* Installs a handler for SIGBUS. The system sends that signal when a mapped file has been truncated or its disk fails;
 * without a handler it ends the program. With this one, the query that hit the fault returns NG_ERR_CORRUPT. A fault in
 * any other memory goes to the previous handler. For long-running programs; call it before other code sets a handler
 * for that signal. Errors: NG_ERR_IO. */
int ng_index_guard(struct ng_err *err);

/* Makes another handle of an open index, whose calls ask cancel (ngidx_base.h; copied) whether to go on. One index can
 * thus serve many callers, each with its own deadline. The handle takes a few hundred bytes and works wherever an index
 * does. Close it with ng_index_close before the index itself. Thread-safe. Errors: NG_ERR_NOMEM. */
int ng_index_bind(struct ng_index **bound, const struct ng_index *index, const struct ng_cancel *cancel,
                  struct ng_err *err);

/* Releases an index or a bound handle. index may be NULL. No other thread may be using it. */
void ng_index_close(struct ng_index *index);

/* An index may hold its documents in two views, under the same numbers: exact, byte for byte; and folded, reduced to
 * letters, marks and numbers without case (FORMAT.md). */
enum ng_text_view { NG_VIEW_EXACT, NG_VIEW_FOLDED };

/* Returns a view of an index: a handle for every call below that takes an index. The index owns it and closes it.
 * Returns NULL if the index does not hold that view, or if another version of folding than this library's made it. An
 * index with only one view is itself that view. Thread-safe. */
const struct ng_index *ng_index_view(const struct ng_index *index, enum ng_text_view view);

/* Finds a view by its name, "exact" or "folded". If name is NULL, *view is the exact view if the index has one, else
 * the folded view. The index owns *view, which is NULL on an error. Thread-safe.
 * Errors: NG_ERR_USAGE (no such name, or not in this index), NG_ERR_VERSION (another version of folding). */
int ng_index_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view,
                         struct ng_err *err);

/* Tells which view a handle is. */
enum ng_text_view ng_index_text_view(const struct ng_index *view);

/* Prepares phrases for a search in a view: a folded view folds them, an exact view leaves them as they are. *phrases is
 * an array of count phrases; free it with ng_phrases_free. It may borrow the bytes of given, which must outlive it.
 * Thread-safe. Errors: NG_ERR_NOMEM; for a folded view also NG_ERR_USAGE (a phrase that is not empty folds to nothing,
 * or a phrase holds byte 0xFF), NG_ERR_LIMIT (a phrase is over NG_MAX_PHRASE_BYTES). */
int ng_index_phrases(const struct ng_index *view, const struct ng_bytes *given, size_t count,
                     struct ng_bytes **phrases, struct ng_err *err);

/* phrases may be NULL. */
void ng_phrases_free(struct ng_bytes *phrases);

/* What an index, or one of its views, holds. */
struct ng_index_info {
    uint32_t format_version;
    uint64_t text_bytes;  /* of all documents, without terminators; of the exact text if the index holds it */
    uint64_t documents;
    uint64_t shards;
    uint64_t index_bytes; /* size of all files; for one of two views, the size of its shards */
    bool exact, folded;   /* which views it holds */
    uint64_t folded_text_bytes; /* 0 without a folded view */
    uint64_t folded_bytes;      /* size of the folded shards if the index also holds exact ones; else 0 */
    uint32_t fold_version;      /* 0 without a folded view */
    const char *fold_unicode;   /* the Unicode version that folding used, such as "15.0.0"; owned by the index */
    bool fold_unicode_differs;  /* from this library's: characters that only one of the two knows fold differently */
    uint64_t document_end;       /* all numbers of documents are below it: documents, and those that were removed */
    uint64_t removed_text_bytes; /* text of the documents that were removed */
};

/* Fills *info. */
void ng_index_get_info(const struct ng_index *index, struct ng_index_info *info);

/* A removal of documents that the index tells of. */
struct ng_removal_info {
    const char *time; /* UTC, such as "2026-12-01T06:15:52Z"; owned by the index */
    const char *by;   /* how the documents were named: "docs", "ids" or "phrase"; owned by the index */
    uint64_t documents;
    uint64_t text_bytes;
};

/* Fills *removal about the number-th removal of documents, oldest first. Returns false if there are not so many. */
bool ng_index_get_removal(const struct ng_index *index, uint64_t number, struct ng_removal_info *removal);

/* Writes the identity of an index: 32 hexadecimal digits and NUL. Indexes whose shards and removed documents are equal,
 * byte for byte, have the same identity. It is the XXH3-128 of the checksums in index.json. */
enum { NG_INDEX_ID_CHARS = 33 };
void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]);

/* One shard of an index. */
struct ng_shard_info {
    const char *file;        /* name within the index folder; owned by the index */
    uint64_t bytes;          /* size of that file */
    uint64_t text_bytes;
    uint64_t documents;
    uint64_t first_document; /* the number of its first document in the whole index */
    unsigned section_count;
    uint64_t document_end;   /* one past the number of its last document */
    uint64_t removed_bytes;  /* size of the file that tells its removed documents; 0: there is none */
};

/* Fills *info about one shard; shard < shards of struct ng_index_info. */
void ng_index_get_shard_info(const struct ng_index *index, uint64_t shard, struct ng_shard_info *info);

/* Gives the name (four letters and NUL) and the length in bytes of one section of a shard; section < section_count. */
void ng_index_get_section(const struct ng_index *index, uint64_t shard, unsigned section, char name[5],
                          uint64_t *length_bytes);

/* Returns NG_OK as long as no call has met damage in the index; from then on NG_ERR_CORRUPT, until the index is opened
 * again. Call it before you trust an answer that you put together from several calls. */
int ng_index_status(const struct ng_index *index, struct ng_err *err);

/* Counts the occurrences of a phrase in all documents. Occurrences may overlap; none crosses the end of a document. The
 * empty phrase occurs at every byte and at the end of every document.
 * Errors: NG_ERR_USAGE (the phrase holds byte 0xFF), NG_ERR_LIMIT (over NG_MAX_PHRASE_BYTES, 1 MiB), NG_ERR_CORRUPT.
 * Method: backward search (Ferragina and Manzini, "Opportunistic data structures with applications", 2000). */
int ng_index_count(const struct ng_index *index, struct ng_bytes phrase, uint64_t *count, struct ng_err *err);

/* As ng_index_count, for many phrases at once. Interleaving their searches hides the latency of memory; from about a
 * thousand on, phrases that end alike also share steps, so give as many as you have. counts[i] belongs to phrases[i]. On
 * an error no count is valid. Takes up to 5 MB of memory. Errors: also NG_ERR_NOMEM. */
int ng_index_count_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                         uint64_t *counts, struct ng_err *err);

/* The rows [begin, end) of one shard whose suffixes start with a phrase, by their ranks: end - begin is how often it
 * occurs there. */
struct ng_interval {
    uint64_t begin;
    uint64_t end; /* end >= begin; if the phrase does not occur, they are equal and begin means nothing */
};

/* Finds the interval of a phrase in every shard. intervals has room for one per shard (shards of struct ng_index_info).
 * Errors: as ng_index_count. */
int ng_index_find(const struct ng_index *index, struct ng_bytes phrase, struct ng_interval *intervals,
                  struct ng_err *err);

/* As ng_index_find, for many phrases at once, as ng_index_count_batch does. intervals has room for phrase_count * shards
 * intervals: phrases[i] has intervals[i * shards + s] in shard s. On an error no interval is valid. */
int ng_index_find_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                        struct ng_interval *intervals, struct ng_err *err);

/* One occurrence. rank is as in struct ng_interval. */
struct ng_hit {
    uint64_t shard;
    uint64_t rank;     /* row in the shard */
    uint64_t position; /* byte position in the shard's text */
    uint64_t doc;      /* number of the document in the whole index */
    uint64_t offset;   /* byte offset in the document */
};

/* Locates the occurrences [first, first + hit_capacity) of a phrase, numbered from 0 by shard, then by rank. hits has
 * room for hit_capacity. *hit_count is the number of hits written, less than hit_capacity only at the end. *total, if
 * total is not NULL, is the number of all occurrences. Errors: as ng_index_count. */
int ng_index_locate(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, struct ng_hit *hits,
                    size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);

/* Locates one row of a shard. Errors: NG_ERR_USAGE (no such shard or row), NG_ERR_CORRUPT. */
int ng_index_locate_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_hit *hit,
                        struct ng_err *err);

/* Finds the first document, from number *doc on, that was not removed, and puts its number into *doc: document_end of
 * struct ng_index_info if there is none. Errors: NG_ERR_CORRUPT. */
int ng_index_next_document(const struct ng_index *index, uint64_t *doc, struct ng_err *err);

/* Gives the length in bytes of a document's text. Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_CORRUPT. */
int ng_index_doc_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err);

/* Copies bytes [offset, offset + length_bytes) of a document's text to out, which has room for them.
 * Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_USAGE (range beyond the document), NG_ERR_CORRUPT. */
int ng_index_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes,
                     uint8_t *out, struct ng_err *err);

/* A hit and the text around it. */
struct ng_snippet {
    uint8_t *text; /* owned by the caller, freed by ng_snippet_free */
    uint64_t length_bytes;
    uint64_t offset; /* byte offset of the piece in the document */
};

/* Gives a hit of length_bytes bytes with up to context_bytes of text before it and after it. The context is shortened
 * where it would cut a UTF-8 character in two. If the hit itself cuts one, the snippet holds the whole character. hit
 * must come from this index. context_bytes <= NG_MAX_CONTEXT_BYTES (1 MiB).
 * Errors: NG_ERR_LIMIT, NG_ERR_USAGE, NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_index_snippet(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err);

/* Gives a page of hits with text: the hits of ng_index_locate, each with the text that ng_index_snippet gives, at less
 * cost than separate calls. snippets has room for hit_capacity, too; the caller frees *hit_count of them. Errors: those
 * of both functions. */
int ng_index_show(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                  struct ng_hit *hits, struct ng_snippet *snippets, size_t hit_capacity, size_t *hit_count,
                  uint64_t *total, struct ng_err *err);

/* The place of a shown hit in its document. */
struct ng_text_place {
    bool original; /* offset and length count in the original text; else in the folded text */
    uint64_t offset;
    uint64_t length_bytes;
};

/* As ng_index_show, but shows the original text even if view is folded: places[i] is the place of the hit in its
 * document, and snippets[i] the text around it. phrase is already folded if view is (ng_index_phrases). The function
 * reads the original text of each document with hits once, and folds it up to the last hit. It shows folded text if the
 * index has no exact view, if the phrase is empty, if another version of Unicode folded the index, and for a document
 * of over NG_MAX_ORIGIN_BYTES (16 MiB). A hit may have a lot of text between its letters: it is shown up to
 * NG_MAX_ORIGIN_HIT_BYTES (4 KiB) plus two bytes per byte of the phrase. Errors: as ng_index_show. */
int ng_index_show_view(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                       struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                       size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);

/* Does the same for given hits of a folded view, however long their documents; the index must also hold the exact view.
 * It uses only doc and offset of each hit. hits[i] has lengths_bytes[i] > 0 bytes of folded text. On an error there are
 * no snippets to free.
 * Errors: NG_ERR_USAGE, NG_ERR_VERSION (another version of Unicode folded the index), and as ng_index_snippet. */
int ng_index_show_originals(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                            size_t count, uint64_t context_bytes, struct ng_text_place *places,
                            struct ng_snippet *snippets, struct ng_err *err);

/* A piece of a document's text. */
struct ng_text_range {
    uint64_t begin; /* bytes */
    uint64_t end;
    uint64_t begin_char; /* code points; only set, by the call below */
    uint64_t end_char;
};

/* Pieces of a document. */
struct ng_doc_ranges {
    uint64_t doc;
    struct ng_text_range *ranges; /* in ascending order of begin, none empty; borrowed */
    size_t count;
};

/* Finds where pieces of documents of a view are in their original text: begin and end of each range are given in bytes of
 * the view's text, and become bytes of the original text; begin_char and end_char are set. *original is false if the
 * index has no exact view, or if another version of Unicode folded it: then the text of the view stands in for the
 * original. Reads the documents, of a folded view whole; those that follow each other by number are read side by side.
 * After an error the ranges are undefined.
 * Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_USAGE (a range beyond the document), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_index_original_ranges(const struct ng_index *view, struct ng_doc_ranges *documents, size_t count, bool *original,
                             struct ng_err *err);

/* Shows hits of a view, whichever they are: as ng_index_show_view does those of a page. lengths_bytes[i] is the length
 * of hits[i] in the text of the view. hits must come from this view. Hits in the order of their shards are shown
 * faster. On an error there are no snippets to free. Errors: as ng_index_show_view. */
int ng_index_show_hits(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                       size_t count, uint64_t context_bytes, struct ng_text_place *places,
                       struct ng_snippet *snippets, struct ng_err *err);

/* Frees the text of a snippet. snippet may be NULL. Idempotent. */
void ng_snippet_free(struct ng_snippet *snippet);

/* Where a document comes from, and its metadata. */
struct ng_doc_source {
    char *path;    /* the corpus file, as the build was given it; NUL-terminated; owned */
    uint64_t line; /* line of its record, counted from 1; 0 if the whole file is one document */
    char *metadata; /* JSON object: the record, byte for byte, without its text field; "{}" if it had none; owned */
    uint64_t metadata_bytes;
};

/* Gives the source of a document. If the index holds both views, they have the same sources. On success, free *source
 * with ng_doc_source_free. Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_index_doc_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source,
                        struct ng_err *err);

/* Frees what a source owns. source may be NULL. Idempotent. */
void ng_doc_source_free(struct ng_doc_source *source);

/* Where documents have their ids and URLs, as the build was told: paths of members, names joined by dots. Strings are
 * owned by the index. */
struct ng_index_fields {
    const char *text;
    const char *id;
    const char *url;
};
void ng_index_get_fields(const struct ng_index *index, struct ng_index_fields *fields);

/* The id and the URL of a document: JSON tokens (an id is a string or a number, a URL a string) within the metadata of
 * its source, valid as long as those. length_bytes 0: the document has none. */
struct ng_doc_names {
    struct ng_bytes id;
    struct ng_bytes url;
};

/* Finds the names of a document in its source, which must come from this index. Thread-safe. */
void ng_index_doc_names(const struct ng_index *index, const struct ng_doc_source *source, struct ng_doc_names *names);

/* Finds the documents that have an id: the bytes of the string, or the number as it is written. Ids need not be unique:
 * *doc_count is the number of all that have it, 0 if none has. docs, which has room for doc_capacity of their numbers,
 * gets the first of them, in ascending order. A shard with a section of ids (FORMAT.md, "DIDS") takes a few blocks of
 * metadata; any other is read through. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_index_docs_with_id(const struct ng_index *index, struct ng_bytes id, uint64_t *docs, size_t doc_capacity,
                          uint64_t *doc_count, struct ng_err *err);

/* ---- Documents that hold a phrase ---- */

#define NG_DEFAULT_MOST_HITS UINT64_C(1000000)
#define NG_DEFAULT_MOST_TEXT_BYTES (UINT64_C(256) << 20)

/* What to spend on counting documents. Zero stands for the default. */
struct ng_docs_options {
    uint64_t most_hits;  /* with more occurrences it is an estimate (NG_DEFAULT_MOST_HITS); 48 bytes of memory each */
    uint64_t seed;       /* of the sample that an estimate is made from */
    uint64_t most_draws; /* occurrences in that sample (as many as take about 2^24 LF steps, at least 8,192) */
    unsigned threads;    /* one per processor */
};

/* How many documents hold a phrase. */
struct ng_docs_count {
    uint64_t hits;      /* occurrences of the phrase */
    uint64_t documents; /* that hold at least one; an estimate unless exact */
    bool exact;
    uint64_t low;       /* 95 % confidence interval of an estimate; if exact, both are documents */
    uint64_t high;
    uint64_t sampled;   /* occurrences that the estimate comes from; 0 if exact */
};

/* Counts the distinct documents that hold a phrase. Up to most_hits occurrences, each is followed to its document, many
 * side by side. Beyond, a random sample of occurrences is followed to the left, to the occurrence before or the start
 * of the document: as every document has one first occurrence, the share of first ones times all occurrences estimates
 * the documents, with Wilson's interval. The same index and seed give the same estimate. options may be NULL.
 * Errors: as ng_index_count, NG_ERR_NOMEM. */
int ng_index_count_docs(const struct ng_index *index, struct ng_bytes phrase, const struct ng_docs_options *options,
                        struct ng_docs_count *count, struct ng_err *err);

/* Draws count distinct numbers below total, every set of them with the same probability, in ascending order; all
 * numbers if there are no more than count. The same arguments give the same numbers. numbers has room for count.
 * Returns how many were drawn. */
size_t ng_sample_numbers(uint64_t total, size_t count, uint64_t seed, uint64_t *numbers);

/* Locates the occurrences of a phrase that have given numbers, in ascending order, in the numbering of
 * ng_index_locate. Errors: NG_ERR_USAGE (no such occurrence, or not in order), and as ng_index_locate. */
int ng_index_locate_numbers(const struct ng_index *index, struct ng_bytes phrase, const uint64_t *numbers, size_t count,
                            struct ng_hit *hits, struct ng_err *err);

/* ---- Phrases together ---- */

/* Alternatives: a document meets the clause if it holds at least one of the phrases; if negated, if it holds none. */
struct ng_clause {
    const struct ng_bytes *phrases;
    size_t phrase_count;
    bool negated;
};

/* What to look for, and what to spend on it. Zero stands for the default. */
struct ng_match_options {
    const struct ng_clause *clauses; /* the first is not negated; none is empty, nor any phrase */
    size_t clause_count;             /* at most NG_MAX_CLAUSE_PHRASES (64) phrases in all of them */
    bool is_within;           /* the other clauses look within within_bytes of a hit, not in its whole document */
    uint64_t within_bytes;    /* from the end of the one to the start of the other; 0 where they touch or overlap */
    uint64_t most_hits;       /* occurrences to locate (NG_DEFAULT_MOST_HITS) */
    uint64_t most_text_bytes; /* text to read (NG_DEFAULT_MOST_TEXT_BYTES) */
    bool unique_docs;         /* keep only the first hit of each document */
    bool count_only;          /* keep no hits */
    unsigned threads;         /* one per processor */
};

struct ng_match_totals {
    uint64_t hits;      /* kept, or counted */
    uint64_t documents; /* in which they are */
    bool cut;           /* a limit was reached: there may be more than was found until then */
    uint64_t located_hits;     /* occurrences located */
    uint64_t unlocated_hits;   /* occurrences that should have been */
    uint64_t read_bytes;       /* text read */
    uint64_t unread_documents; /* documents that should have been checked */
};

/* The occurrences of the phrases of the first clause that meet all other clauses, in the order of documents, then of
 * offsets. */
struct ng_matches;

/* Finds them. In each shard, the occurrences of the clause with the fewest are located; what else has to be in their
 * documents is located, too, or searched for in their text, whichever costs less. So a common phrase costs little
 * beside a rare one. The answer is exact unless totals say that it is cut. index must stay open until ng_matches_close.
 * The caller owns *matches; it takes 16 bytes for each hit. Errors: NG_ERR_USAGE (the clauses are not as described, or
 * a phrase holds byte 0xFF), NG_ERR_LIMIT (over NG_MAX_PHRASE_BYTES, or too many phrases), NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_matches_open(struct ng_matches **matches, const struct ng_index *index, const struct ng_match_options *options,
                    struct ng_err *err);

/* Gives the totals. */
void ng_matches_get_totals(const struct ng_matches *matches, struct ng_match_totals *totals);

/* Gives the hits with given numbers, in ascending order, below the hits of the totals. lengths_bytes[i] is the length
 * of the phrase that hits[i] is an occurrence of. Thread-safe. Errors: NG_ERR_USAGE (no such hit, or not in order, or
 * none was kept), NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_matches_locate(const struct ng_matches *matches, const uint64_t *numbers, size_t count, struct ng_hit *hits,
                      uint64_t *lengths_bytes, struct ng_err *err);

/* Frees matches, which may be NULL. */
void ng_matches_close(struct ng_matches *matches);

/* ---- What follows a phrase, or precedes it ---- */

enum ng_next_unit { NG_NEXT_WORDS, NG_NEXT_CHARACTERS, NG_NEXT_BYTES };

/* A word is a run of letters, marks and numbers (Unicode categories L, M and N), or one other character that is not
 * white space. A character of a script without spaces is a word of its own. White space before a word (behind it, for
 * what precedes) belongs to it. A word that goes on past the phrase counts from there. */
struct ng_next_options {
    size_t most; /* continuations to give; at most NG_MAX_NEXT (10,000) */
    enum ng_next_unit unit;
    uint64_t length;     /* units of a continuation; at least 1 */
    bool before;         /* what precedes the phrase */
    uint64_t most_steps; /* nodes of the search; 0: NG_DEFAULT_NEXT_STEPS */
    unsigned threads;    /* 0: one per processor */
};

#define NG_DEFAULT_NEXT_STEPS UINT64_C(1000000)

/* A string that follows the phrase. It ends early where the document does. */
struct ng_continuation {
    const uint8_t *text; /* owned by struct ng_next */
    uint64_t length_bytes;
    uint64_t count;   /* how often the phrase is followed by exactly these units */
    bool at_end;      /* the document ends behind it (starts before it), and it has fewer units */
    bool shortened;   /* it is longer than NG_MAX_NEXT_BYTES, and ends there; count is of all that go on like that */
};

struct ng_next {
    struct ng_continuation *continuations; /* the most frequent first; of equal count, in the order of their bytes */
    size_t count;
    uint64_t hits;  /* occurrences of the phrase */
    uint64_t shown; /* the sum of the counts of the continuations; the rest has others */
    bool complete;  /* false: most_steps was reached, and continuations more frequent than the last may be missing */
};

/* Finds the continuations of a phrase that are most frequent in all of the views together (indexes, or views of them),
 * with exact counts. views must hold the same kind of text, and phrase be as ng_index_phrases makes it. Of
 * continuations with the same count as the last one given, it is open which are given. The caller frees *next with
 * ng_next_free. Method: best-first search over the continuations' prefixes, whose counts bound theirs; a backward
 * search from all suffixes that start with a byte of some range counts a phrase with what follows it. Errors:
 * NG_ERR_USAGE (words of a folded view, which has none), NG_ERR_LIMIT, NG_ERR_NOMEM, and as ng_index_count. */
int ng_index_next(const struct ng_index *const *views, size_t view_count, struct ng_bytes phrase,
                  const struct ng_next_options *options, struct ng_next **next, struct ng_err *err);

/* next may be NULL. */
void ng_next_free(struct ng_next *next);

/* Reads many documents in order, several times as fast as ng_index_extract. */
struct ng_documents;

struct ng_documents_options {
    uint64_t first_doc;    /* documents [first_doc, end_doc) */
    uint64_t end_doc;      /* at most info.document_end; those that were removed are passed over */
    uint64_t memory_bytes; /* for a table of 4 bytes per byte of a shard's text; with less, reading is slow */
    unsigned threads;      /* 0: one per processor */
};

/* A whole document, or a piece of a few megabytes at most of a long one. Borrowed until the next call. */
struct ng_documents_piece {
    uint64_t doc;
    uint64_t offset; /* byte offset in the document */
    const uint8_t *text;
    uint64_t length_bytes;
    bool last; /* the last piece of its document; only then source is set */
    struct ng_doc_source source;
};

/* Starts to read documents. Until ng_documents_close the index must stay open, and no other thread may use it. The caller
 * owns *documents. Errors: NG_ERR_USAGE (no such documents), NG_ERR_NOMEM. */
int ng_documents_open(struct ng_documents **documents, struct ng_index *index,
                      const struct ng_documents_options *options, struct ng_err *err);

/* Gives the next piece; *piece is NULL at the end. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED; after one,
 * call only ng_documents_close. */
int ng_documents_next(struct ng_documents *documents, const struct ng_documents_piece **piece, struct ng_err *err);

/* Frees documents, which may be NULL. */
void ng_documents_close(struct ng_documents *documents);

/* ng_index_verify calls this for each damage that it finds: text says what and where. From time to time it also calls
 * it with text NULL, to report progress. */
typedef void ng_verify_report(void *context, const char *text, uint64_t done_bytes, uint64_t total_bytes);

/* Checks the index in the folder path. It reads the whole index and checks every checksum, then everything that a query
 * could read: the symbol of every row, every block of metadata, every document start, the jump table against searches,
 * the SA samples and their inverse. It follows LF-mapping from sample to sample: everywhere in a shard of up to 2^18
 * rows, at random places in a larger one. It goes on after damage and reports all of it; *damage_count is the number of
 * damages. It returns 0 even if it finds damage. Errors are failures of the check itself: NG_ERR_NOTFOUND, NG_ERR_IO,
 * NG_ERR_NOMEM, NG_ERR_CANCELLED. cancel may be NULL. */
int ng_index_verify(const char *path, ng_verify_report *report, void *context, const struct ng_cancel *cancel,
                    uint64_t *damage_count, struct ng_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
