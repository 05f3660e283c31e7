/*
 * Writes JSON to a FILE, one value per line, without ever holding a whole value in memory. yajl_gen writes the
 * structure (commas, colons, nesting). This module writes the strings itself, because yajl_gen needs each string in one
 * piece, and the text of a document may be too large for memory.
 *
 * The output is always valid JSON: bytes of a string that are not UTF-8 become U+FFFD. Calls that break the structure
 * (a value in place of a key) are our own bugs and fail an assertion. Write errors stay in the FILE, where the caller
 * finds them with ferror.
 *
 * Thread-safety: one thread at a time.
 */
#ifndef NG_COMMON_JSON_OUT_H
#define NG_COMMON_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

struct yajl_gen_t;
struct ng_doc_names;
struct ng_doc_source;
struct ng_hit;
struct ng_json_memory;
struct ng_snippet;
struct ng_text_place;

struct ng_json {
    FILE *stream; /* borrowed */
    struct yajl_gen_t *gen;
    struct ng_json_memory *memory; /* of gen, which does not always check what its allocator returns; owned */
    uint8_t cut[4]; /* the start of a character that the next piece of a string may complete */
    size_t cut_bytes;
    bool in_string; /* between ng_json_string_begin and _end */
};

/* Errors: NG_ERR_NOMEM. On success the caller frees *json with ng_json_free. */
int ng_json_init(struct ng_json *json, FILE *stream, struct ng_err *err);
void ng_json_free(struct ng_json *json);

void ng_json_object_begin(struct ng_json *json);
void ng_json_object_end(struct ng_json *json);
void ng_json_array_begin(struct ng_json *json);
void ng_json_array_end(struct ng_json *json);

/* Ends a line after a whole value; the next value starts a new one. */
void ng_json_end_line(struct ng_json *json);

/* Writes the name of the member whose value comes next; NUL-terminated UTF-8, but see ng_json_string. */
void ng_json_key(struct ng_json *json, const char *key);

void ng_json_null(struct ng_json *json);
void ng_json_u64(struct ng_json *json, uint64_t value);
/* A number with a fixed count of decimals. value must be finite. */
void ng_json_decimal(struct ng_json *json, double value, int decimals);

/* A string value of any bytes, NUL included. */
void ng_json_string(struct ng_json *json, const uint8_t *bytes, size_t length);
void ng_json_text(struct ng_json *json, const char *text); /* the same, NUL-terminated; null for NULL */

/* A member: its name and its value, or the start of it. */
void ng_json_member_object(struct ng_json *json, const char *key);
void ng_json_member_array(struct ng_json *json, const char *key);
void ng_json_member_null(struct ng_json *json, const char *key);
void ng_json_member_bool(struct ng_json *json, const char *key, bool value);
void ng_json_member_u64(struct ng_json *json, const char *key, uint64_t value);
void ng_json_member_decimal(struct ng_json *json, const char *key, double value, int decimals);
void ng_json_member_string(struct ng_json *json, const char *key, const uint8_t *bytes, size_t length);
void ng_json_member_text(struct ng_json *json, const char *key, const char *text);

/* A string value in pieces, which may be cut anywhere, also within a character. */
void ng_json_string_begin(struct ng_json *json);
void ng_json_string_piece(struct ng_json *json, const uint8_t *bytes, size_t length);
void ng_json_string_end(struct ng_json *json);

/* Writes a value that is already JSON, byte for byte. The caller guarantees that it is one whole value. */
void ng_json_raw(struct ng_json *json, const char *bytes, size_t length);

/* A document's metadata as a value: as they are, but null for NaN and Infinity, which JSON does not have. (ngidx export
 * keeps them.) */
void ng_json_metadata(struct ng_json *json, const char *metadata, size_t length);

/* Members "metadata" and "source": where a document comes from, as every answer tells it. */
void ng_json_source(struct ng_json *json, const struct ng_doc_source *source);

/* Members "id" and "url": null where a document has none. */
void ng_json_names(struct ng_json *json, const struct ng_doc_names *names);

/* A hit to show. */
struct ng_json_shown {
    const char *index; /* its name; NULL: leave it out */
    const struct ng_hit *hit;
    const struct ng_text_place *place;
    const struct ng_snippet *snippet;
    const struct ng_doc_source *source;
    const struct ng_doc_names *names; /* NULL: leave them out */
    bool folded; /* found in the folded view */
    uint64_t phrase_bytes;
};

/* A hit as an object, the same in every answer. */
void ng_json_hit(struct ng_json *json, const struct ng_json_shown *shown);

/* Appends the members of an object that is already JSON, byte for byte. The object being written must already have at
 * least one member. */
void ng_json_members(struct ng_json *json, const char *object, size_t length);

#endif
