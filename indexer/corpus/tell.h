/*
 * Detects the format of a file by its first bytes. Where they leave it open, the name decides: a file named as JSON
 * lines is never taken for text because of a mistake in its first line.
 */
#ifndef NG_INDEXER_CORPUS_TELL_H
#define NG_INDEXER_CORPUS_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum ng_kind {
    NG_KIND_TEXT,
    NG_KIND_LINES,     /* JSON lines */
    NG_KIND_CR_LINES,  /* JSON lines that end in CR */
    NG_KIND_VALUES,    /* JSON objects over several lines, or an array of objects */
    NG_KIND_COLUMNS,   /* a JSON object, a dict of columns */
    NG_KIND_ROWS,      /* a JSON object, a dict of rows */
    NG_KIND_NO_FIELD,  /* JSON lines without the text field */
    NG_KIND_NO_RECORD, /* other JSON without the text field */
    NG_KIND_WARC,
    NG_KIND_PARQUET,
    NG_KIND_TAR,
    NG_KIND_UTF16,
    NG_KIND_UTF32,
    NG_KIND_BINARY,
    NG_KINDS
};

enum ng_json_as { NG_JSON_AS_AUTO, NG_JSON_AS_RECORDS, NG_JSON_AS_TEXT };

struct ng_told {
    enum ng_kind kind;
    const char *what; /* of NG_KIND_BINARY: "a zip archive" */
};

/* Detects the format of a file by its first bytes. fields are the paths of the text field, as given with --text-field.
 * Errors: NG_ERR_NOMEM. */
int ng_tell(struct ng_told *told, const char *path, const uint8_t *head, size_t length, const char *fields,
            enum ng_json_as json_as, struct ng_err *err);

/* What a file is that is no text, by its first bytes, which begin with no mark of UTF-16. */
const char *ng_tell_binary(const uint8_t *head, size_t length);

/* Whether bytes hold the name of a field as a JSON string: the first step of one of the paths. */
bool ng_tell_names_field(const uint8_t *bytes, size_t length, const char *fields);

#endif
