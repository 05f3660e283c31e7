/*
 * A corpus as a stream of documents: folders, plain files, JSON lines and other JSON of records, WET, Parquet,
 * standard input; all of these but Parquet also compressed (gzip, zstd, bzip2, xz) or in tar archives. Memory grows
 * with one record and with the list of files, not with their content.
 *
 * The first bytes of a file decide its format (tell.h). Whatever is skipped, repaired or read in an unusual way is
 * counted and noted (note.h). A corpus belongs to one thread at a time.
 */
#ifndef NG_INDEXER_CORPUS_CORPUS_H
#define NG_INDEXER_CORPUS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/record/jsonl.h"
#include "indexer/corpus/listing.h"
#include "indexer/corpus/note.h"
#include "indexer/corpus/tell.h"

struct ng_corpus;
struct ng_files;
struct ng_listed;

/* What becomes of text that is not UTF-8. The record of a JSON line counts as a whole, its metadata included, and so
 * does half an escaped surrogate pair (\ud800) in the text field; in metadata escapes stay as they are. */
enum ng_utf8_policy {
    NG_UTF8_REPLACE, /* each maximal ill-formed piece becomes U+FFFD, as the Unicode Standard recommends (3.9) */
    NG_UTF8_SKIP,    /* the document is left out */
    NG_UTF8_FAIL     /* NG_ERR_INPUT */
};

struct ng_corpus_options {
    const char *const *paths; /* folders (recursive, sorted by path), files, or "-": standard input, JSON lines unless its
                                 bytes show otherwise */
    size_t path_count;
    const char *text_field; /* paths of the text (json_paths.h); NULL: "text" */
    enum ng_json_as json_as; /* whether JSON is judged to be records or text, or is always one of them */
    enum ng_utf8_policy invalid_utf8;
    bool skip_bad_lines; /* count and skip JSON lines that are not documents or exceed a limit */
    bool skip_bad_files; /* the same for unreadable or damaged files: documents before the damage are kept */
    uint64_t max_bad;    /* give up at more than this many bad lines and files; 0: no limit */
    bool long_window;    /* decoders may take windows of up to 2^NG_MAX_LONG_WINDOW_LOG bytes */
    struct ng_walk_options walk; /* which files of folders; its note and skip_unreadable are set from here */
    const struct ng_walk_file *listed; /* the files to read, listed before, instead of paths; or NULL */
    size_t listed_count;
    uint64_t begin_bytes; /* the first of them begins at its first line after so many bytes; it is a plain file of lines */
    const struct ng_listed *known; /* files that are in the index already, and are noted; or NULL */
    bool skip_known;              /* pass over them */
    ng_note_take *note;  /* or NULL */
    void *note_context;
};

/* One document, valid until the next call on the same corpus. */
struct ng_document {
    const uint8_t *text; /* UTF-8, may hold any other byte value, NUL included */
    uint64_t text_bytes;
    const uint8_t *metadata; /* the JSON object without its text, byte for byte; "{}" for plain files */
    uint64_t metadata_bytes;
    const char *path; /* as given, or found below a given folder; "-" for standard input; "ARCHIVE/MEMBER" */
    uint64_t line;    /* 1-based, or number of the row or WARC record; 0 if the whole file is one document */
};

/* What has been read so far. */
struct ng_corpus_counts {
    uint64_t files;             /* read to their end */
    uint64_t files_total;       /* known from ng_corpus_open on */
    uint64_t input_bytes;       /* of the files as they are on disk, compressed or not */
    uint64_t input_bytes_total; /* sum of their sizes; 0 if standard input is among them */
    uint64_t documents;
    uint64_t bad_lines;         /* skipped because of skip_bad_lines */
    uint64_t invalid_documents; /* not UTF-8: replaced or skipped */
    uint64_t resumed_documents; /* of them, before the last seek; and of the next two */
    uint64_t resumed_bad_lines;
    uint64_t resumed_invalid_documents;
    uint64_t notes[NG_NOTES];   /* notes of each kind; after a seek only those of the listing and later ones */
    uint64_t kinds[NG_KINDS];   /* files, archives and their members that were read, by format; likewise */
};

/* A place between two documents. */
struct ng_corpus_position {
    uint64_t file; /* number of the file that is read next, or continued */
    uint64_t line; /* its lines, records or texts read so far */
    uint64_t documents;
    uint64_t bad_lines;
    uint64_t invalid_documents;
};

/* Lists the files (see ng_walk_add for what counts as one). Options need not outlive the call, but for note_context.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_IO (also a file that may not be read), NG_ERR_NOMEM, NG_ERR_USAGE (text field, see
 * ng_json_paths_open; a path that is neither file nor folder), NG_ERR_INPUT (no file found),
 * NG_ERR_LIMIT (NG_MAX_FOLDER_DEPTH). */
int ng_corpus_open(struct ng_corpus **corpus, const struct ng_corpus_options *options, struct ng_err *err);

/* The files that were listed, in order; valid until ng_corpus_close. */
const struct ng_walk *ng_corpus_files(const struct ng_corpus *corpus);

/* Whether a file holds anything: a document, or a line that is none. For a corpus of which nothing else is read before or
 * afterwards. Errors: those of ng_corpus_next; with skip_bad_files a damaged file gives nothing. */
int ng_corpus_gives(struct ng_corpus *corpus, size_t number, bool *gives, struct ng_err *err);

/* The files before the one that is read: a record of each, with an empty path where it is not to be listed, as it was not
 * read to its end, or gave nothing. Whoever seeks provides those of the files before. */
struct ng_files *ng_corpus_read_files(struct ng_corpus *corpus);

/* Bounds what a line, or a file that is one document, may take of memory, in the files from now on and in the one that
 * is open; before the first document is read. At first most_bytes is NG_MAX_RECORD_BYTES, which it may not exceed. */
void ng_corpus_bound(struct ng_corpus *corpus, const struct ng_record_bounds *bounds);

/* Reads the next document. *found is false at the end of the corpus.
 * Errors name the file and line: NG_ERR_INPUT (not JSON, no text field, a broken file, not UTF-8; more than half of
 * the corpus would be skipped as files without the text field), NG_ERR_LIMIT (a line or file over most_bytes of
 * ng_corpus_bound, NG_MAX_METADATA_BYTES, NG_MAX_JSON_DEPTH, NG_MAX_ZSTD_WINDOW_LOG), NG_ERR_NOTFOUND (a listed file
 * is gone), NG_ERR_IO, NG_ERR_NOMEM, those of make_room. After an error only ng_corpus_close and
 * ng_corpus_get_counts may follow. */
int ng_corpus_next(struct ng_corpus *corpus, struct ng_document *document, bool *found, struct ng_err *err);

/* Returns the position in the corpus; seek returns to it in a corpus just opened, and reads past what comes before
 * without parsing it. Errors of seek: those of ng_corpus_next, NG_ERR_INPUT (the corpus is shorter). */
void ng_corpus_tell(const struct ng_corpus *corpus, struct ng_corpus_position *position);
int ng_corpus_seek(struct ng_corpus *corpus, const struct ng_corpus_position *position, struct ng_err *err);

/* A hash of the files' names, sizes and modification times. */
uint64_t ng_corpus_fingerprint(const struct ng_corpus *corpus);

/* Most bytes that reading the corpus holds at a time, apart from a few buffers: the list of files, and what unpacking
 * takes. Standard input is assumed to be uncompressed. */
uint64_t ng_corpus_memory(const struct ng_corpus *corpus);

void ng_corpus_get_counts(const struct ng_corpus *corpus, struct ng_corpus_counts *counts);

void ng_corpus_close(struct ng_corpus *corpus);

#endif
