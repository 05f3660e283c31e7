/*
 * The parameters of a request: members of a JSON object, or name=value pairs of a URL. An endpoint lists the fields it
 * knows; both readers fill the same list and check types and ranges. Parsers of (bytes, length): no sockets.
 */
#ifndef NG_SERVER_FIELDS_FIELDS_H
#define NG_SERVER_FIELDS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "query/include/ngidx.h"

enum ng_field_type {
    NG_FIELD_TEXT,   /* a string */
    NG_FIELD_NUMBER, /* a whole number within [least, most] */
    NG_FIELD_DECIMAL, /* a number within [least, most] */
    NG_FIELD_FLAG,   /* true or false */
    NG_FIELD_GROUPS, /* the same, but a string may be an array of strings, too; only in JSON */
    NG_FIELD_TEXTS,  /* an array of at most `most` strings; in a URL, the name repeated */
    /* Conditions on the documents of a phrase, all of which go to struct ng_fields. Each is an array of strings; one of
     * NG_FIELD_AND and NG_FIELD_NOT may hold arrays of strings, too, which are alternatives. In a URL, the name
     * repeated; there NG_FIELD_OR is an alternative to the condition before it, as on the command line. */
    NG_FIELD_AND,
    NG_FIELD_OR, /* alternatives to the phrase itself */
    NG_FIELD_NOT
};

/* A phrase of a condition. */
struct ng_field_phrase {
    struct ng_bytes text;
    size_t clause; /* 0 is the clause of the phrase itself */
    bool negated;
};

struct ng_field {
    const char *name;
    enum ng_field_type type;
    uint64_t least;
    uint64_t most;
    bool required;
    /* Results. The bytes belong to struct ng_fields; a value of null counts as absent. */
    bool present;
    uint64_t number; /* keeps the caller's default if absent */
    double decimal;  /* as above */
    bool flag;       /* as above */
    struct ng_bytes text;
    const struct ng_bytes *texts;
    size_t text_count;
    const size_t *groups; /* of NG_FIELD_GROUPS: the first of texts of each */
    size_t group_count;
};

struct ng_fields {
    struct ng_field *fields;
    size_t count;
    bool ignore_unknown; /* if false, a name that is not listed is an error, which catches typing mistakes */
    /* Results. */
    size_t phrase_count; /* of all conditions; at most NG_MAX_CLAUSE_PHRASES - 1 */
    size_t clause_count; /* besides the phrase's own; none is empty */
    /* Owned. */
    uint8_t *arena;
    size_t arena_used;
    struct ng_buf texts;
    struct ng_buf groups;  /* of size_t */
    struct ng_buf phrases; /* of struct ng_field_phrase */
    /* While reading: the clause that gets the next phrase, and whether it is still empty. */
    size_t clause;
    bool negated;
    bool clause_is_empty;
};

/* Reads a JSON object. Errors, all in the reader's terms and meant for the client: NG_ERR_USAGE (not JSON, not an
 * object; a member that is unknown, repeated, ill-typed, out of range or missing; a condition without a phrase; a lone
 * surrogate), NG_ERR_LIMIT (too many strings), NG_ERR_NOMEM. Either way ng_fields_free. */
int ng_fields_read_json(struct ng_fields *fields, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Reads "a=1&b=x%20y" (NUL-terminated; NULL is empty), where %XX gives any byte and + a space. Errors as above. */
int ng_fields_read_url(struct ng_fields *fields, const char *query, struct ng_err *err);

/* The phrases of all conditions. */
const struct ng_field_phrase *ng_fields_phrases(const struct ng_fields *fields);

/* Stores a number in JSON's form in a field of type NG_FIELD_DECIMAL. Errors: NG_ERR_USAGE. */
int ng_fields_store_decimal(struct ng_field *field, const char *digits, size_t length, struct ng_err *err);

/* Idempotent. */
void ng_fields_free(struct ng_fields *fields);

#endif
