#include <bzlib.h>
#include <stdlib.h>

#include "common/os/decode.h"

struct state {
    bz_stream bzip2;
    bool open; /* within a part */
};

static void *open_bzip2(unsigned window_log) {
    (void)window_log;
    return calloc(1, sizeof(struct state));
}

static void end_part(struct state *s) {
    if (s->open) (void)BZ2_bzDecompressEnd(&s->bzip2);
    s->open = false;
}

static enum ng_decode_result decode_bzip2(void *state, struct ng_decode *call) {
    struct state *s = state;
    if (!s->open) {
        s->bzip2 = (bz_stream){0};
        if (BZ2_bzDecompressInit(&s->bzip2, 0, 0) != BZ_OK) return NG_DECODE_NOMEM;
        s->open = true;
    }
    s->bzip2.next_in = (char *)(uintptr_t)call->in;
    s->bzip2.avail_in = (unsigned)call->in_length;
    s->bzip2.next_out = (char *)call->out;
    s->bzip2.avail_out = (unsigned)call->capacity;
    int code = BZ2_bzDecompress(&s->bzip2);
    call->in_used = call->in_length - s->bzip2.avail_in;
    call->length = call->capacity - s->bzip2.avail_out;
    switch (code) {
    case BZ_OK: return NG_DECODE_OK;
    case BZ_STREAM_END:
        call->ended = true;
        end_part(s);
        return NG_DECODE_OK;
    case BZ_MEM_ERROR: return NG_DECODE_NOMEM;
    case BZ_DATA_ERROR_MAGIC: return NG_DECODE_NOT_THIS;
    default: call->reason = "data that is not bzip2's, or a wrong checksum"; return NG_DECODE_BROKEN;
    }
}

static void close_bzip2(void *state) {
    end_part(state);
    free(state);
}

const struct ng_decoder ng_decode_bzip2 = {"bzip2", open_bzip2, decode_bzip2, close_bzip2};
