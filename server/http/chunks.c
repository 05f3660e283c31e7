#include "common/base/limits.h"
#include "common/base/text.h"
#include "server/http/head.h"

enum { MAX_DIGITS = 16 };

static void skip_extra(struct ng_http_chunks *chunks, unsigned char c) {
    if (ng_http_is_control(c) || ++chunks->extra_bytes > NG_MAX_HTTP_CHUNK_EXTRA_BYTES) chunks->state = NG_HTTP_CHUNK_BROKEN;
}

static void read_size(struct ng_http_chunks *chunks, unsigned char c) {
    int digit = ng_text_hex_digit((char)c);
    if (digit >= 0 && chunks->digits < MAX_DIGITS) {
        chunks->size = chunks->size << 4 | (unsigned)digit;
        chunks->digits++;
    } else if (digit >= 0 || chunks->digits == 0) {
        chunks->state = NG_HTTP_CHUNK_BROKEN;
    } else if (c == '\r') {
        chunks->state = NG_HTTP_CHUNK_SIZE_LF;
    } else if (c == ';') {
        chunks->state = NG_HTTP_CHUNK_EXTENSION;
    } else {
        chunks->state = c == ' ' || c == '\t' ? NG_HTTP_CHUNK_SPACE : NG_HTTP_CHUNK_BROKEN;
    }
}

/* Goes to the next state where the byte is the one that has to come. */
static void expect(struct ng_http_chunks *chunks, unsigned char c, unsigned char wanted, int next) {
    chunks->state = c == wanted ? (unsigned)next : NG_HTTP_CHUNK_BROKEN;
}

/* One byte of what surrounds the data. */
static void read_frame(struct ng_http_chunks *chunks, unsigned char c) {
    switch (chunks->state) {
    case NG_HTTP_CHUNK_SIZE: read_size(chunks, c); break;
    case NG_HTTP_CHUNK_SPACE: /* RFC 9112, 7.1.1: only an extension may follow it */
        if (c == ';') chunks->state = NG_HTTP_CHUNK_EXTENSION;
        else if (c == ' ' || c == '\t') skip_extra(chunks, c);
        else chunks->state = NG_HTTP_CHUNK_BROKEN;
        break;
    case NG_HTTP_CHUNK_EXTENSION:
        if (c == '\r') chunks->state = NG_HTTP_CHUNK_SIZE_LF;
        else skip_extra(chunks, c);
        break;
    case NG_HTTP_CHUNK_SIZE_LF:
        expect(chunks, c, '\n', chunks->size > 0 ? NG_HTTP_CHUNK_DATA : NG_HTTP_CHUNK_TRAILER);
        break;
    case NG_HTTP_CHUNK_DATA_CR: expect(chunks, c, '\r', NG_HTTP_CHUNK_DATA_LF); break;
    case NG_HTTP_CHUNK_DATA_LF:
        expect(chunks, c, '\n', NG_HTTP_CHUNK_SIZE);
        chunks->digits = 0;
        break;
    case NG_HTTP_CHUNK_TRAILER:
        if (c == '\r') {
            chunks->state = NG_HTTP_CHUNK_TRAILER_LF;
        } else {
            chunks->line_bytes++;
            skip_extra(chunks, c);
        }
        break;
    case NG_HTTP_CHUNK_TRAILER_LF:
        expect(chunks, c, '\n', chunks->line_bytes > 0 ? NG_HTTP_CHUNK_TRAILER : NG_HTTP_CHUNK_END);
        chunks->line_bytes = 0;
        break;
    default: chunks->state = NG_HTTP_CHUNK_BROKEN;
    }
}

size_t ng_http_chunks_read(struct ng_http_chunks *chunks, const uint8_t *bytes, size_t length, const uint8_t **data,
                           size_t *data_length) {
    size_t i = 0;
    *data = NULL;
    *data_length = 0;
    while (i < length && chunks->state < NG_HTTP_CHUNK_END) {
        if (chunks->state != NG_HTTP_CHUNK_DATA) {
            read_frame(chunks, bytes[i++]);
            continue;
        }
        size_t piece = length - i < chunks->size ? length - i : (size_t)chunks->size;
        *data = bytes + i;
        *data_length = piece;
        chunks->size -= piece;
        if (chunks->size == 0) chunks->state = NG_HTTP_CHUNK_DATA_CR;
        return i + piece;
    }
    return i;
}
