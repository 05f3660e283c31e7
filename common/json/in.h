/*
 * Reads JSON from bytes, event by event. The only code that uses yajl's parser. It is stricter than yajl, which accepts
 * vertical tabs and form feeds as white space, and an unfinished token after the value.
 */
#ifndef NG_COMMON_JSON_IN_H
#define NG_COMMON_JSON_IN_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/json/memory.h"

struct yajl_handle_t;

enum ng_json_event {
    NG_JSON_NULL,
    NG_JSON_BOOL,   /* bytes: true or false */
    NG_JSON_NUMBER, /* bytes: as it is written */
    NG_JSON_STRING, /* bytes: decoded; they lie in the input if there was nothing to decode */
    NG_JSON_OBJECT, /* begin of an object */
    NG_JSON_ARRAY,  /* begin of an array */
    NG_JSON_END,    /* end of an object or an array */
    NG_JSON_KEY     /* bytes: as for a string */
};

/* "a string", "an object": a value's kind in an error. */
extern const char *const ng_json_kinds[NG_JSON_ARRAY + 1];

/* Takes an event. Anything but NG_OK ends the reading. */
typedef int ng_json_take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length);

struct ng_json_in {
    /* The caller sets these. */
    ng_json_take *take;
    void *context;
    unsigned deepest;    /* events nested deeper than this are skipped; 0: none are */
    unsigned most_depth; /* 0: NG_MAX_JSON_DEPTH */
    bool any_bytes; /* strings need not be UTF-8; a lone surrogate gives anything in any case (see below) */

    /* While an event is taken. */
    unsigned depth; /* of the objects and arrays around it */

    /* Why reading was refused; "" if it was not. */
    char reason[128];
    size_t refused_at;
    bool cut_short;

    struct yajl_handle_t *yajl;
    int status;
    size_t end; /* of the value */
    struct ng_json_memory memory;
};

/* Reads one value, with nothing but white space around it. Errors: what take returned; NG_ERR_NOMEM; NG_ERR_INPUT (not
 * JSON) and NG_ERR_LIMIT (over in->most_depth). For the last two it sets in->reason, and the caller fills err. */
int ng_json_read(struct ng_json_in *in, const uint8_t *bytes, size_t length, struct ng_err *err);

/* While take runs: the offset right after the token of the event. */
size_t ng_json_in_offset(const struct ng_json_in *in);

/* A string may contain an escaped lone surrogate (\ud800). It is not a character, and yajl turns it into '?' or into
 * ill-formed UTF-8. */
enum { NG_JSON_ESCAPE_BYTES = 6 }; /* \uXXXX */

#define NG_JSON_NO_OFFSET SIZE_MAX

/* Offset of the first escaped lone surrogate in bytes, or NG_JSON_NO_OFFSET. bytes holds string tokens of well-formed
 * JSON. Pure, thread-safe. */
size_t ng_json_find_lone_surrogate(const uint8_t *bytes, size_t length);

/* Replaces each lone surrogate with \ufffd, which has the same length. Returns whether there were any. */
bool ng_json_repair_surrogates(uint8_t *bytes, size_t length);

#endif
