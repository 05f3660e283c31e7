/*
 * ngidx: how often, and where, does this string occur?
 *
 * The public header of the query library. An index is opened once and may then be used by any number of
 * threads at the same time: every function that takes a const struct ng_index is thread-safe, and none
 * keeps state between calls. Strings are bytes with a length; NUL is an ordinary byte.
 *
 * Terms. A shard is one file of the index. Its rows are the suffixes of its text in sorted order: one row
 * for every byte of text and one for the end of every document, a row being "the rank" of its suffix. A
 * position counts bytes from the start of the shard's text, in which each document is followed by one
 * terminator byte. A document's number counts documents from the first of the first shard.
 *
 * Damage. Every page of a shard is checked against its checksum when it is first used. A function that
 * meets a damaged page returns NG_ERR_CORRUPT; it never returns an answer made from damaged bytes.
 *
 * Cancellation. A handle from ng_index_bind asks its caller whether to go on. Every function below that searches or
 * reads text asks, at its start and then every few milliseconds of work, and returns NG_ERR_CANCELLED if told to stop:
 * then it gives no results, and the index is as before.
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

/* Opens the index in the folder path: maps its shards and reads a few pages of each, whatever their size.
 * It stays as it is until it is closed, also when build, append or merge replace the index at path, or it is removed.
 * On success *index is owned by the caller, who gives it to ng_index_close.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_VERSION, NG_ERR_CORRUPT, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_index_open(struct ng_index **index, const char *path, struct ng_err *err);

/* As ng_index_open, but reads the whole index into memory, in huge pages where the system has them: queries are some
 * tenth faster than on a mapped file that is in memory anyway, and wait for no disk. */
int ng_index_load(struct ng_index **index, const char *path, struct ng_err *err);

/* Installs a handler of SIGBUS, which the system sends where a mapped file has been cut short or its disk fails, and
 * which ends a program without one. With it the query that met the loss returns NG_ERR_CORRUPT. A fault in other
 * memory goes to the handler that was there before. For programs that run long; call it before others set that signal.
 * Errors: NG_ERR_IO. */
int ng_index_guard(struct ng_err *err);

/* Another handle of an open index, whose calls ask cancel (ngidx_base.h; it is copied), so that one index
 * serves many callers, each with a deadline of its own. It takes some hundred bytes, may be used wherever an index may,
 * and is given to ng_index_close before the index itself is. Thread-safe. Errors: NG_ERR_NOMEM. */
int ng_index_bind(struct ng_index **bound, const struct ng_index *index, const struct ng_cancel *cancel,
                  struct ng_err *err);

/* Releases an index or a bound handle. NULL is fine. No other thread may be using it. */
void ng_index_close(struct ng_index *index);

/* An index may hold its documents in two views, under the same numbers: as they are, and folded, which leaves only
 * letters, marks and numbers without case (FORMAT.md). */
enum ng_text_view { NG_VIEW_EXACT, NG_VIEW_FOLDED };

/* The view of an index: a handle for every call below that takes an index, owned by the index and closed with it. NULL
 * where the index does not hold it, or holds it folded by another version than this library's. An index that holds one
 * view alone is that view. Thread-safe. */
const struct ng_index *ng_index_view(const struct ng_index *index, enum ng_text_view view);

/* The view of a name, "exact" or "folded"; with name NULL the exact one where there is one, else the folded.
 * Errors: NG_ERR_USAGE (no such name, or not in this index), NG_ERR_VERSION (another version of folding). Thread-safe. */
int ng_index_choose_view(const struct ng_index *index, const char *name, const struct ng_index **view,
                         struct ng_err *err);

/* Which view a handle is. */
enum ng_text_view ng_index_text_view(const struct ng_index *view);

/* Phrases as the texts of a view are: those of an exact one as they are given, those of a folded one folded. *phrases is
 * an array of count, which ng_phrases_free frees; it may borrow from given. Errors: NG_ERR_USAGE (a phrase that is not
 * empty folds to nothing, or holds byte 0xFF), NG_ERR_NOMEM. Thread-safe. */
int ng_index_phrases(const struct ng_index *view, const struct ng_bytes *given, size_t count,
                     struct ng_bytes **phrases, struct ng_err *err);

/* NULL is fine. */
void ng_phrases_free(struct ng_bytes *phrases);

/* What an index, or a view of it, holds. */
struct ng_index_info {
    uint32_t format_version;
    uint64_t text_bytes;  /* of all documents, terminators not counted; exact text where the index holds it */
    uint64_t documents;
    uint64_t shards;
    uint64_t index_bytes; /* of all files; of a view beside another, of its shards */
    bool exact, folded;   /* the views */
    uint64_t folded_text_bytes; /* 0 without a folded view */
    uint64_t folded_bytes;      /* of the shards of a folded view beside an exact one; else 0 */
    uint32_t fold_version;      /* 0 without a folded view */
    const char *fold_unicode;   /* the version of Unicode that it was folded by, such as "15.0.0"; owned by the index */
    bool fold_unicode_differs;  /* from this library's: characters that one of them does not know fold differently */
};

void ng_index_get_info(const struct ng_index *index, struct ng_index_info *info);

/* The identity of an index: 32 hexadecimal digits and NUL. Two indexes have the same one if their shards are the same,
 * byte for byte. (XXH3-128 of the checksums in index.json.) */
enum { NG_INDEX_ID_CHARS = 33 };
void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]);

/* One shard of an index. */
struct ng_shard_info {
    const char *file;        /* name within the index folder; owned by the index */
    uint64_t bytes;          /* size of the file */
    uint64_t text_bytes;
    uint64_t documents;
    uint64_t first_document; /* number of its first document in the whole index */
    unsigned section_count;
};

/* shard < info.shards. */
void ng_index_get_shard_info(const struct ng_index *index, uint64_t shard, struct ng_shard_info *info);

/* Name (four letters) and length in bytes of a section of a shard; section < section_count. */
void ng_index_get_section(const struct ng_index *index, uint64_t shard, unsigned section, char name[5],
                          uint64_t *length_bytes);

/* NG_OK while no damage was met in the index; else NG_ERR_CORRUPT, and it stays so until the index is opened anew. To
 * be asked before an answer made of several calls is believed. */
int ng_index_status(const struct ng_index *index, struct ng_err *err);

/* Number of occurrences of a phrase in all documents. Occurrences may overlap; none crosses a document's
 * end. The empty phrase occurs at every byte and at the end of every document.
 * Errors: NG_ERR_USAGE (the phrase holds byte 0xFF), NG_ERR_LIMIT (over NG_MAX_PHRASE_BYTES), NG_ERR_CORRUPT.
 * Method: backward search (Ferragina and Manzini, "Opportunistic data structures with applications", 2000). */
int ng_index_count(const struct ng_index *index, struct ng_bytes phrase, uint64_t *count, struct ng_err *err);

/* As ng_index_count for many phrases at once, whose searches are interleaved so that memory works at its
 * bandwidth instead of its latency. counts[i] belongs to phrases[i]. On an error no count is valid. */
int ng_index_count_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                         uint64_t *counts, struct ng_err *err);

/* The rows [begin, end) of one shard whose suffixes start with a phrase. */
struct ng_interval {
    uint64_t begin;
    uint64_t end; /* end >= begin; equal where the phrase does not occur, and begin then means nothing */
};

/* The interval of a phrase in every shard; intervals has room for info.shards of them. Errors as ng_index_count. */
int ng_index_find(const struct ng_index *index, struct ng_bytes phrase, struct ng_interval *intervals,
                  struct ng_err *err);

/* As ng_index_find for many phrases at once, interleaved. intervals has room for phrase_count * info.shards: that of
 * phrases[i] in shard s is intervals[i * info.shards + s]. On an error none is valid. */
int ng_index_find_batch(const struct ng_index *index, const struct ng_bytes *phrases, size_t phrase_count,
                        struct ng_interval *intervals, struct ng_err *err);

/* One occurrence. */
struct ng_hit {
    uint64_t shard;
    uint64_t rank;     /* row in the shard */
    uint64_t position; /* byte position in the shard's text */
    uint64_t doc;      /* number of the document in the whole index */
    uint64_t offset;   /* byte offset in the document */
};

/* Where the occurrences of a phrase stand: those numbered [first, first + hit_capacity) in the order of
 * shard, then rank. hits has room for hit_capacity. *hit_count is how many were written (fewer than
 * hit_capacity only at the end). *total, if not NULL, is the number of occurrences in all.
 * Errors as ng_index_count. */
int ng_index_locate(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, struct ng_hit *hits,
                    size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);

/* The occurrence at one row of a shard. Errors: NG_ERR_USAGE (no such shard or row), NG_ERR_CORRUPT. */
int ng_index_locate_row(const struct ng_index *index, uint64_t shard, uint64_t row, struct ng_hit *hit,
                        struct ng_err *err);

/* Length in bytes of a document's text. Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_CORRUPT. */
int ng_index_doc_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err);

/* Copies bytes [offset, offset + length_bytes) of a document's text to out, which has room for them.
 * Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_USAGE (range beyond the document), NG_ERR_CORRUPT. */
int ng_index_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes,
                     uint8_t *out, struct ng_err *err);

/* A piece of a document around a hit. */
struct ng_snippet {
    uint8_t *text; /* owned by the caller, freed by ng_snippet_free */
    uint64_t length_bytes;
    uint64_t offset; /* byte offset of the piece in the document */
};

/* The text from at most context_bytes before a hit to at most context_bytes behind its length_bytes bytes,
 * shortened where it would cut a UTF-8 character in two; where the hit itself does, the character is kept whole.
 * hit is one that this index gave. context_bytes <= NG_MAX_CONTEXT_BYTES.
 * Errors: NG_ERR_LIMIT, NG_ERR_USAGE, NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_index_snippet(const struct ng_index *index, const struct ng_hit *hit, uint64_t length_bytes,
                     uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err);

/* A page of hits with text: as ng_index_locate, and around each hit the text that ng_index_snippet gives, at less cost
 * than one call for each. snippets has room for hit_capacity, too; the caller frees *hit_count of them. Errors as for
 * both. */
int ng_index_show(const struct ng_index *index, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                  struct ng_hit *hits, struct ng_snippet *snippets, size_t hit_capacity, size_t *hit_count,
                  uint64_t *total, struct ng_err *err);

/* Where what is shown of a hit stands in its document. */
struct ng_text_place {
    bool original; /* in the original text; else in the folded */
    uint64_t offset;
    uint64_t length_bytes;
};

/* As ng_index_show, in the original text also where view is a folded one: places[i] is the hit's place in its
 * document, and snippets[i] the text around that. The original text of each document with hits is read once, and folded
 * up to the last of them. It is folded text that is shown where there is no exact view beside, where the phrase is
 * empty, where another version of Unicode folded the index, and of a document of over NG_MAX_ORIGIN_BYTES (16 MB). Of a hit with much between its letters, two
 * bytes for each of the phrase and NG_MAX_ORIGIN_HIT_BYTES (4 KB) are shown. phrase is folded as view is (ng_index_phrases). Errors: as ng_index_show. */
int ng_index_show_view(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                       struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                       size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err);

/* The same for hits that a folded view beside an exact one gave, however long their documents: doc and offset are looked
 * at, and hits[i] has lengths_bytes[i] bytes of folded text, over 0. Where it fails, there are no snippets to free.
 * Errors: NG_ERR_USAGE, NG_ERR_VERSION (another version of Unicode folded the index), and as ng_index_snippet. */
int ng_index_show_originals(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                            size_t count, uint64_t context_bytes, struct ng_text_place *places,
                            struct ng_snippet *snippets, struct ng_err *err);

void ng_snippet_free(struct ng_snippet *snippet);

/* What came with a document. */
struct ng_doc_source {
    char *path;    /* the corpus file, as it was named to the build; NUL-terminated; owned */
    uint64_t line; /* 1-based line of its record, 0 for a file that is one document */
    char *metadata; /* JSON object, byte for byte the record's without its text field; "{}" if there was none; owned */
    uint64_t metadata_bytes;
};

/* That of a folded view beside an exact one is the exact one's.
 * Errors: NG_ERR_NOTFOUND (no such document), NG_ERR_NOMEM, NG_ERR_CORRUPT. Free with ng_doc_source_free. */
int ng_index_doc_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source,
                        struct ng_err *err);

void ng_doc_source_free(struct ng_doc_source *source);

/* The text of many documents in order, read several times as fast as by ng_index_extract. */
struct ng_documents;

struct ng_documents_options {
    uint64_t first_doc;    /* documents [first_doc, end_doc) */
    uint64_t end_doc;      /* at most info.documents */
    uint64_t memory_bytes; /* for a table of each shard, 4 bytes a byte of its text; less memory, and it is read slowly */
    unsigned threads;      /* 0: one a processor */
};

/* A whole document, or a piece of a long one: some megabytes at most. Borrowed until the next call. */
struct ng_documents_piece {
    uint64_t doc;
    uint64_t offset; /* byte offset in the document */
    const uint8_t *text;
    uint64_t length_bytes;
    bool last; /* of its document; source is set with it */
    struct ng_doc_source source;
};

/* Starts. The index stays open, and no other call is under way in it, until ng_documents_close. *documents is the
 * caller's. Errors: NG_ERR_USAGE (no such documents), NG_ERR_NOMEM. */
int ng_documents_open(struct ng_documents **documents, struct ng_index *index,
                      const struct ng_documents_options *options, struct ng_err *err);

/* The next piece; NULL at the end. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED; then only
 * ng_documents_close may follow. */
int ng_documents_next(struct ng_documents *documents, const struct ng_documents_piece **piece, struct ng_err *err);

/* NULL is fine. */
void ng_documents_close(struct ng_documents *documents);

/* Called by ng_index_verify for each damage that it finds (text says what and where), and with text NULL
 * from time to time to tell how far it got. */
typedef void ng_verify_report(void *context, const char *text, uint64_t done_bytes, uint64_t total_bytes);

/* Reads the whole index in the folder path and checks every checksum; then all that a query could read: the symbols of
 * every row, every block of metadata and document start, the jump table against searches, the samples and their inverse.
 * From sample to sample it follows LF-mapping, in whole where a shard has up to 2^18 rows, else at places that chance
 * chooses. Goes on after a damage, so that all are reported. *damage_count is how many there were. Returns 0 even where
 * damage was found; errors are those of the check itself (NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM,
 * NG_ERR_CANCELLED). cancel may be NULL. */
int ng_index_verify(const char *path, ng_verify_report *report, void *context, const struct ng_cancel *cancel,
                    uint64_t *damage_count, struct ng_err *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
