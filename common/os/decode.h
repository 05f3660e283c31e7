/*
 * Decoders of compressed streams behind one interface, one file each. A part is a gzip member, a zstd frame, a bzip2
 * stream or an xz stream. A file may have any number of parts. Not thread-safe.
 */
#ifndef NG_COMMON_OS_DECODE_H
#define NG_COMMON_OS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ng_decode_result {
    NG_DECODE_OK,
    NG_DECODE_BROKEN,
    NG_DECODE_NOT_THIS, /* the part does not start like one of this format */
    NG_DECODE_WINDOW,   /* the part needs a larger window than is allowed */
    NG_DECODE_NOMEM
};

struct ng_decode {
    const uint8_t *in;
    size_t in_length;
    size_t in_used; /* set by the call, as are length, ended and reason */
    uint8_t *out;
    size_t capacity; /* under 2^30 */
    size_t length;
    bool ended; /* the part is complete; the next call starts another */
    const char *reason; /* of NG_DECODE_BROKEN */
};

struct ng_decoder {
    const char *tool; /* the command that tests such files */
    void *(*open)(unsigned window_log); /* NULL: out of memory */
    enum ng_decode_result (*decode)(void *state, struct ng_decode *call);
    void (*close)(void *state);
};

extern const struct ng_decoder ng_decode_gzip;
extern const struct ng_decoder ng_decode_zstd; /* also accepts skippable frames as parts */
extern const struct ng_decoder ng_decode_bzip2;
extern const struct ng_decoder ng_decode_xz;

#endif
