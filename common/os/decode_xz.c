#include <lzma.h>
#include <stdlib.h>

#include "common/os/decode.h"

struct state {
    lzma_stream xz;
    uint64_t most_memory;
    bool open; /* within a part */
};

static void *open_xz(unsigned window_log) {
    const uint64_t beside = 1 << 20; /* what a decoder takes beside its window */
    struct state *s = calloc(1, sizeof *s);
    if (s) s->most_memory = (UINT64_C(1) << window_log) + beside;
    return s;
}

static enum ng_decode_result decode_xz(void *state, struct ng_decode *call) {
    struct state *s = state;
    lzma_stream *xz = &s->xz;
    if (!s->open) { /* what an earlier part took is used again */
        if (lzma_stream_decoder(xz, s->most_memory, 0) != LZMA_OK) return NG_DECODE_NOMEM;
        s->open = true;
    }
    xz->next_in = call->in;
    xz->avail_in = call->in_length;
    xz->next_out = call->out;
    xz->avail_out = call->capacity;
    lzma_ret code = lzma_code(xz, LZMA_RUN);
    call->in_used = call->in_length - xz->avail_in;
    call->length = call->capacity - xz->avail_out;
    switch (code) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: return NG_DECODE_OK; /* wants more input */
    case LZMA_STREAM_END:
        call->ended = true;
        s->open = false;
        return NG_DECODE_OK;
    case LZMA_MEM_ERROR: return NG_DECODE_NOMEM;
    case LZMA_MEMLIMIT_ERROR: return NG_DECODE_WINDOW;
    case LZMA_FORMAT_ERROR: return NG_DECODE_NOT_THIS;
    default:
        call->reason = code == LZMA_OPTIONS_ERROR ? "options that this xz does not know" : "corrupt data";
        return NG_DECODE_BROKEN;
    }
}

static void close_xz(void *state) {
    lzma_end(&((struct state *)state)->xz);
    free(state);
}

const struct ng_decoder ng_decode_xz = {"xz", open_xz, decode_xz, close_xz};
