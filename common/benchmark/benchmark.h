/*
 * The entries of a benchmark file: JSON lines, JSON (one array, objects one after the other, or one object that holds
 * entries), CSV or TSV, plain or compressed; Parquet.
 *
 * Parquet is recognised by its first bytes. *.csv and *.tsv are what their names say, *.jsonl and *.ndjson hold one
 * object per line, and everything else is JSON. Memory grows to the largest entry; a file that is one object is one
 * entry in this sense. A value that is not UTF-8, or holds half of a surrogate pair, gets U+FFFD there. Texts come
 * without the white space around them, and with LF for CRLF.
 *
 * NaN and Infinity, which Python writes into JSON, count as null.
 *
 * Samples of lm-evaluation-harness (samples.c) are read as the rows of the data set that they hold. Fields are those of
 * "doc", the id is "doc_id", and the answer ("auto") is that of the shape of doc, else "target". Samples of several
 * filters repeat the documents; only the first filter is read.
 *
 * Unless options say so, the first entry decides where entries are and which of their fields are texts: by the shapes
 * of well-known benchmarks (shapes.c), else by the usual names. The note says what was found.
 */
#ifndef NG_COMMON_BENCHMARK_BENCHMARK_H
#define NG_COMMON_BENCHMARK_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "query/include/ngidx.h"

struct ng_benchmark;

/* Which fields to read. If the first entry has no field of the exact name, case does not matter. In JSON, dots lead
 * into objects and arrays: "doc.title", "choices.0", "turns.content" (in all items), "options.*" (all members). A name
 * that leads to an array of strings means all of them. An entry within others has their strings, too. In tables a name
 * is that of a column, or its number from 0 if there is no header. */
struct ng_benchmark_options {
    const char *const *fields; /* the texts to be checked; borrowed while the file is open */
    size_t field_count;        /* 0: those of the entry's shape; else the first of question (and passage), context, prompt,
                                * text that the first entry has */
    const char *id_field;      /* NULL: that of the shape, else id, else task_id, where the first entry has it; else its name
                                * in a dict of entries, else the entry's number, from 0 */
    const char *answer_field;  /* NULL: none; "auto": that of the shape */
    const char *entries;       /* the path of entries in each object of a JSON file; ".": each is one; NULL: found */
    bool no_header;            /* of a table: the first row is an entry, too */
    bool tsv_raw;              /* cells have no quotes; else found for a TSV file that makes no sense with them */
    bool scalars;              /* numbers, true and false may be texts, too */
};

struct ng_benchmark_entry {
    uint64_t number; /* from 0 */
    uint64_t line;   /* where it starts, from 1 */
    struct ng_bytes id;
    struct ng_bytes answer; /* length 0: none */
    const struct ng_bytes *texts; /* in the order of the fields; null is the empty text */
    size_t text_count;
};

/* Opens a file, "-" for standard input. *benchmark is owned by the caller.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_INPUT, NG_ERR_USAGE (a field twice, or its name too long). */
int ng_benchmark_open(struct ng_benchmark **benchmark, const char *path, const struct ng_benchmark_options *options,
                      struct ng_err *err);

/* The same for a file that is in memory, not compressed: name is what it would be called. bytes are copied. */
int ng_benchmark_open_bytes(struct ng_benchmark **benchmark, const char *name, const uint8_t *bytes, size_t length,
                            const struct ng_benchmark_options *options, struct ng_err *err);

/* The same for bytes that may be compressed and are not trusted. Errors: NG_ERR_LIMIT if they decompress to more than
 * most_bytes, NG_ERR_INPUT for Parquet, which another program reads. */
int ng_benchmark_open_upload(struct ng_benchmark **benchmark, const char *name, const uint8_t *bytes, size_t length,
                             size_t most_bytes, const struct ng_benchmark_options *options, struct ng_err *err);

/* Reads the next entry, valid until the next call. *found is false at the end. Errors name the file and the line:
 * NG_ERR_INPUT (broken; a field is missing, and which ones there are), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES), NG_ERR_IO,
 * NG_ERR_NOMEM. After an error only _close may follow. */
int ng_benchmark_next(struct ng_benchmark *benchmark, struct ng_benchmark_entry *entry, bool *found,
                      struct ng_err *err);

/* The fields that are read for texts: those of the options, or, once an entry was read, the one that was chosen. The
 * result is owned by the benchmark; *count is 0 while none is chosen. */
const char *const *ng_benchmark_fields(const struct ng_benchmark *benchmark, size_t *count);

/* What the user should know about the file, as one line without its end; "" if nothing. Ask for it after reading all
 * entries. *note is owned by the benchmark. Errors: NG_ERR_NOMEM. */
int ng_benchmark_note(struct ng_benchmark *benchmark, const char **note, struct ng_err *err);

/* The canary strings met so far, anywhere in the file: the GUID if a string has one, else the whole string. Each comes
 * once; at most 16 are kept. Owned by the benchmark; valid until the next call of ng_benchmark_next. */
size_t ng_benchmark_canary_count(const struct ng_benchmark *benchmark);
struct ng_bytes ng_benchmark_canary(const struct ng_benchmark *benchmark, size_t i);

/* Bytes of the file, as it is on disk, that have been used up; 0 for one in memory. */
uint64_t ng_benchmark_input_bytes(const struct ng_benchmark *benchmark);

/* NULL is fine. */
void ng_benchmark_close(struct ng_benchmark *benchmark);

#endif
