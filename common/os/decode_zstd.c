#include <zstd.h>
#include <zstd_errors.h>

#include "common/os/decode.h"

static void *open_zstd(unsigned window_log) {
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    if (zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, (int)window_log))) return zstd;
    (void)ZSTD_freeDCtx(zstd);
    return NULL;
}

static enum ng_decode_result decode_zstd(void *state, struct ng_decode *call) {
    ZSTD_inBuffer in = {.src = call->in, .size = call->in_length};
    ZSTD_outBuffer out = {.dst = call->out, .size = call->capacity};
    size_t code = ZSTD_decompressStream(state, &out, &in);
    call->in_used = in.pos;
    call->length = out.pos;
    call->ended = code == 0;
    if (!ZSTD_isError(code)) return NG_DECODE_OK;
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation: return NG_DECODE_NOMEM;
    case ZSTD_error_frameParameter_windowTooLarge: return NG_DECODE_WINDOW;
    case ZSTD_error_prefix_unknown: return NG_DECODE_NOT_THIS;
    default: call->reason = ZSTD_getErrorName(code); return NG_DECODE_BROKEN;
    }
}

static void close_zstd(void *state) {
    (void)ZSTD_freeDCtx(state);
}

const struct ng_decoder ng_decode_zstd = {"zstd", open_zstd, decode_zstd, close_zstd};
