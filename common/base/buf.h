/*
 * A growable byte buffer. Growth doubles, sizes are checked, and a failure leaves the content as it was.
 * Zero-initialised memory is an empty buffer; ng_buf_free may be called on it, and twice.
 */
#ifndef NG_COMMON_BASE_BUF_H
#define NG_COMMON_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/err.h"

struct ng_buf {
    uint8_t *data; /* owned; NULL while capacity is 0 */
    size_t length;
    size_t capacity;
};

/* Makes room for extra more bytes after length. Errors: NG_ERR_NOMEM. */
int ng_buf_reserve(struct ng_buf *buf, size_t extra, struct ng_err *err);

/* Appends length bytes. bytes may be NULL when length is 0 and must not point into buf. Errors: NG_ERR_NOMEM. */
static inline int ng_buf_append(struct ng_buf *buf, const void *bytes, size_t length, struct ng_err *err) {
    if (length == 0) return NG_OK;
    int status = length > buf->capacity - buf->length ? ng_buf_reserve(buf, length, err) : NG_OK;
    if (status) return status;
    memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    return NG_OK;
}

/* Appends the little-endian bytes of a number. Errors: NG_ERR_NOMEM. */
int ng_buf_append_u16(struct ng_buf *buf, uint16_t value, struct ng_err *err);
int ng_buf_append_u32(struct ng_buf *buf, uint32_t value, struct ng_err *err);
int ng_buf_append_u64(struct ng_buf *buf, uint64_t value, struct ng_err *err);

/* Appends text as printf makes it, without its NUL. Errors: NG_ERR_NOMEM. */
int ng_buf_print(struct ng_buf *buf, struct ng_err *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Shrinks a larger allocation to the larger of most and length bytes, unless both are 0. */
void ng_buf_trim(struct ng_buf *buf, size_t most);

/* Removes the first length bytes. */
static inline void ng_buf_drop(struct ng_buf *buf, size_t length) {
    if (length == 0 || !buf->data) return;
    buf->length -= length;
    memmove(buf->data, buf->data + length, buf->length);
}

void ng_buf_free(struct ng_buf *buf);

/* Moves bytes from *from, which has *length of them, to a fixed buffer of room bytes, after the first *filled. Returns
 * true once the buffer is full. */
static inline bool ng_fill(uint8_t *buffer, size_t room, size_t *filled, const uint8_t **from, size_t *length) {
    size_t part = *length < room - *filled ? *length : room - *filled;
    memcpy(buffer + *filled, *from, part);
    *filled += part;
    *from += part;
    *length -= part;
    return *filled == room;
}

/* Makes room for one more element after count; the capacity doubles. Returns the array, which may have moved. If there
 * is no memory, returns NULL and leaves array and *capacity as they were; what names the array in the error. */
void *ng_array_grow(void *array, size_t element_bytes, size_t count, size_t *capacity, const char *what,
                    struct ng_err *err);

#endif
