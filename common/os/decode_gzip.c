#include <stdlib.h>
#include <zlib.h>

#include "common/os/decode.h"

enum {
    HEADER_BYTES = 10, /* the fixed part */
    WINDOW_LOG = 15,   /* the largest there is */
    WRAPPER = 16       /* added to it, tells zlib to expect gzip's header and trailer */
};

static void *open_gzip(unsigned window_log) {
    (void)window_log;
    z_stream *gzip = calloc(1, sizeof *gzip);
    if (gzip && inflateInit2(gzip, WINDOW_LOG + WRAPPER) == Z_OK) return gzip;
    free(gzip);
    return NULL;
}

static enum ng_decode_result decode_gzip(void *state, struct ng_decode *call) {
    z_stream *gzip = state;
    gzip->next_in = (Bytef *)(uintptr_t)call->in;
    gzip->avail_in = (uInt)call->in_length;
    gzip->next_out = call->out;
    gzip->avail_out = (uInt)call->capacity;
    int code = inflate(gzip, Z_NO_FLUSH);
    call->in_used = call->in_length - gzip->avail_in;
    call->length = call->capacity - gzip->avail_out;
    switch (code) {
    case Z_OK:
    case Z_BUF_ERROR: return NG_DECODE_OK; /* wants more input */
    case Z_STREAM_END:
        call->ended = true;
        (void)inflateReset(gzip); /* fails for a stream that was never set up only */
        return NG_DECODE_OK;
    case Z_MEM_ERROR: return NG_DECODE_NOMEM;
    default:
        if (gzip->total_in < HEADER_BYTES) return NG_DECODE_NOT_THIS;
        call->reason = gzip->msg ? gzip->msg : "not gzip data";
        return NG_DECODE_BROKEN;
    }
}

static void close_gzip(void *state) {
    (void)inflateEnd(state);
    free(state);
}

const struct ng_decoder ng_decode_gzip = {"gzip", open_gzip, decode_gzip, close_gzip};
