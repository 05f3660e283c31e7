#include "common/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/le.h"

int ng_buf_reserve(struct ng_buf *buf, size_t extra, struct ng_err *err) {
    if (extra <= buf->capacity - buf->length) return NG_OK;
    size_t needed;
    if (__builtin_add_overflow(buf->length, extra, &needed)) return ng_err_nomem(err, extra, "a buffer");
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < needed) {
        if (__builtin_mul_overflow(capacity, (size_t)2, &capacity)) capacity = needed;
    }
    uint8_t *data = realloc(buf->data, capacity);
    if (!data) return ng_err_nomem(err, capacity, "a buffer");
    buf->data = data;
    buf->capacity = capacity;
    return NG_OK;
}

int ng_buf_append_u16(struct ng_buf *buf, uint16_t value, struct ng_err *err) {
    uint8_t bytes[sizeof value];
    ng_le_store16(bytes, value);
    return ng_buf_append(buf, bytes, sizeof bytes, err);
}

int ng_buf_append_u32(struct ng_buf *buf, uint32_t value, struct ng_err *err) {
    uint8_t bytes[sizeof value];
    ng_le_store32(bytes, value);
    return ng_buf_append(buf, bytes, sizeof bytes, err);
}

int ng_buf_append_u64(struct ng_buf *buf, uint64_t value, struct ng_err *err) {
    uint8_t bytes[sizeof value];
    ng_le_store64(bytes, value);
    return ng_buf_append(buf, bytes, sizeof bytes, err);
}

int ng_buf_print(struct ng_buf *buf, struct ng_err *err, const char *format, ...) {
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) return ng_err_nomem(err, strlen(format), "a text");
    int status = ng_buf_append(buf, text, (size_t)length, err);
    free(text);
    return status;
}

void ng_buf_trim(struct ng_buf *buf, size_t most) {
    if (most < buf->length) most = buf->length;
    if (most == 0 || most >= buf->capacity) return;
    uint8_t *data = realloc(buf->data, most);
    if (!data) return;
    buf->data = data;
    buf->capacity = most;
}

void *ng_array_grow(void *array, size_t element_bytes, size_t count, size_t *capacity, const char *what,
                    struct ng_err *err) {
    if (count < *capacity) return array;
    size_t wanted = *capacity ? 2 * *capacity : 64;
    void *grown = reallocarray(array, wanted, element_bytes);
    if (grown) *capacity = wanted;
    else (void)ng_err_nomem(err, wanted * element_bytes, what);
    return grown;
}

void ng_buf_free(struct ng_buf *buf) {
    if (!buf) return;
    free(buf->data);
    *buf = (struct ng_buf){0};
}
