/*
 * One JSON record: its text decoded, and the rest of it verbatim. The text is a member of the record, or what several
 * paths lead to (json_paths.h), in the order of the paths, joined by line ends.
 *
 * The metadata is the object's own bytes less the text member and one comma: numbers of any length, key
 * order, spelling and white space stay unchanged. If the text member comes first, the cut reaches from after the brace
 * through the comma that follows; elsewhere from the end of the previous member to the end of the text
 * value. {"a":1, "text":"x" , "b":2} leaves {"a":1 , "b":2}.
 * If the text comes from paths of several steps, several paths or arrays, each string is emptied in place instead:
 * {"messages":[{"role":"user","content":"x"}]} leaves {"messages":[{"role":"user","content":""}]}.
 */
#ifndef NG_INDEXER_RECORD_JSON_RECORD_H
#define NG_INDEXER_RECORD_JSON_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct ng_record_parser;

struct ng_record {
    const uint8_t *text; /* UTF-8; lies in the parsed bytes or in the parser, valid until the next parse */
    size_t text_bytes;
    const uint8_t *metadata; /* a JSON object in UTF-8, in the parser, valid until the next parse; NaN, Infinity and
                                -Infinity stay as they are, which JSON does not know */
    size_t metadata_bytes;

    /* True where the record was not UTF-8 or its text held an escaped surrogate without its partner (\ud800):
     * each maximal ill-formed piece is then U+FFFD in text and metadata. */
    bool ill_formed;
    size_t ill_formed_at; /* byte of the record where the first such piece starts */
    bool nonfinite;       /* the metadata has NaN or Infinity */
};

/* A parser, to be used for many records by one thread at a time. text_field is copied; it is a name, or paths.
 * Errors: those of ng_json_paths_open. */
int ng_record_parser_open(struct ng_record_parser **parser, const char *text_field, struct ng_err *err);

/* Parses one record. path and line say where it is, for errors.
 * Errors: NG_ERR_INPUT (not a JSON object; no text field, two of them, or one that is not a string),
 * NG_ERR_LIMIT (NG_MAX_JSON_DEPTH, NG_MAX_METADATA_BYTES), NG_ERR_NOMEM. The parser stays usable. */
int ng_record_parse(struct ng_record_parser *parser, const char *path, uint64_t line, const uint8_t *bytes,
                    size_t length, struct ng_record *record, struct ng_err *err);

/* Frees the memory of long records once the last record is no longer needed. */
void ng_record_parser_trim(struct ng_record_parser *parser);

void ng_record_parser_close(struct ng_record_parser *parser);

#endif
