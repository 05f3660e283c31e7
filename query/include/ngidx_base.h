/*
 * What all public headers of ngidx share: the version and the error convention.
 *
 * A function that can fail returns an int: 0, or a negative enum ng_status. On failure it fills its last parameter, a
 * struct ng_err, with what went wrong, where and why, and with the next step if it knows one. The library neither
 * prints nor exits.
 *
 * Thread-safety: a struct ng_err belongs to one thread at a time.
 */
#ifndef NGIDX_BASE_H
#define NGIDX_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NGIDX_VERSION "0.1.0"

enum ng_status {
    NG_OK = 0,
    NG_ERR_NOMEM = -1,    /* out of memory */
    NG_ERR_IO = -2,       /* the system refused a read, write, open or map */
    NG_ERR_NOSPACE = -3,  /* disk or quota full */
    NG_ERR_NOTFOUND = -4, /* a named file, index or document does not exist */
    NG_ERR_EXISTS = -5,   /* the output already exists */
    NG_ERR_USAGE = -6,    /* an argument is invalid or out of range */
    NG_ERR_INPUT = -7,    /* input data (corpus, benchmark, query file) is malformed */
    NG_ERR_CORRUPT = -8,  /* an index is damaged, truncated or inconsistent */
    NG_ERR_VERSION = -9,  /* this program does not read the format or folding version of the index */
    NG_ERR_LIMIT = -10,   /* a limit is exceeded; the text names it */
    NG_ERR_CANCELLED = -11, /* the caller asked to stop */
    NG_ERR_REMOTE = -12   /* a part of an index that is served elsewhere gave no answer, or a wrong one */
};

enum { NG_ERR_TEXT_BYTES = 1024, NG_ERR_HINT_BYTES = 512 };

struct ng_err {
    int status;                   /* enum ng_status; NG_OK as long as nothing has failed */
    char text[NG_ERR_TEXT_BYTES]; /* one sentence, no newline; truncated if too long */
    char hint[NG_ERR_HINT_BYTES]; /* the next step for the user, or "" */
};

/* Stops a long call. The call runs asked(context) at its start and then every few milliseconds of work; if asked
 * returns true, the call ends with NG_ERR_CANCELLED. asked must be quick and thread-safe: a call that uses several
 * threads asks from each of them. If asked is NULL, the call cannot be cancelled. */
struct ng_cancel {
    bool (*asked)(void *context);
    void *context;
};

/* A borrowed string of bytes. */
struct ng_bytes {
    const uint8_t *data;
    uint64_t length_bytes;
};

#endif
