/*
 * One file of a corpus as units: JSON records, or texts. This module opens and unpacks it and detects its format; an
 * archive yields the units of its members one after the other.
 */
#ifndef NG_INDEXER_CORPUS_INPUT_H
#define NG_INDEXER_CORPUS_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/os/stream.h"
#include "indexer/record/jsonl.h"
#include "indexer/corpus/note.h"
#include "indexer/corpus/sources.h"
#include "indexer/record/table.h"
#include "indexer/corpus/tell.h"
#include "indexer/corpus/warc.h"

struct ng_input_options {
    const char *text_field;
    enum ng_json_as json_as;
    uint64_t most_window_bytes; /* of a decoder */
    bool skip_bad_lines; /* JSON lines are read even where the first has no text field */
    ng_note_take *note;
    void *note_context;
};

/* Zero-initialised memory is an input with no file. */
struct ng_input {
    struct ng_input_options options;
    struct ng_record_bounds bounds;
    bool blameless;   /* an error was not its fault: bounds.make_room failed, or the library for archives is missing */
    uint64_t kinds[NG_KINDS];       /* files and members of archives that were read, by format */
    uint64_t no_fields;             /* files skipped as NG_NOTE_NO_FIELD */

    const char *path; /* of the file; borrowed */
    bool is_given;    /* it was named, not found in a folder */
    struct ng_stream *file;
    struct ng_archive *archive;
    bool begun;       /* reading the file, if it is not an archive */

    bool in_part;     /* the file, or a member of the archive, is being read */
    const char *part; /* its path */
    struct ng_stream *stream; /* its bytes; borrowed */
    struct ng_stream *made;   /* the same as UTF-8, or as JSON lines; owned */
    enum ng_kind kind;
    bool whole_given;
    uint64_t units;   /* of the parts before */

    struct ng_jsonl lines;
    struct ng_warc warc;
    struct ng_table table;
    uint64_t row;
    struct ng_buf whole; /* a part that is one document, or a table */
};

/* A record of JSON, or a text with metadata. */
struct ng_unit {
    const uint8_t *bytes; /* valid until the next call */
    uint64_t length;
    const uint8_t *metadata; /* of a text */
    uint64_t metadata_bytes;
    const char *path;
    uint64_t line; /* or number of the record or row; 0: the whole file */
    bool is_record;
    bool too_long; /* over bounds.most_bytes: there are no bytes */
};

/* Opens a file; path is borrowed. Errors: those of ng_stream_open. */
int ng_input_open(struct ng_input *input, const char *path, bool is_given, struct ng_err *err);

/* The next unit; *found is false at the end of the file. Errors: NG_ERR_INPUT, NG_ERR_LIMIT, NG_ERR_IO,
 * NG_ERR_NOMEM, those of make_room. Then only ng_input_close may follow. */
int ng_input_next(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err);

/* The position in the open file: grows with each unit, and is the same each time the file is read. */
uint64_t ng_input_position(const struct ng_input *input);

/* Frees the memory of a large unit that is no longer needed. */
void ng_input_trim(struct ng_input *input);

/* Closes the file, and keeps buffers for the next. */
void ng_input_close(struct ng_input *input);

void ng_input_free(struct ng_input *input);

#endif
