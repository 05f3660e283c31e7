#include <string.h>

#include "common/benchmark/benchmark.h"
#include "common/convert/parquet.h"
#include "common/os/stream.h"

/* Bytes in memory, and how many were given. */
struct given {
    const uint8_t *bytes;
    size_t length;
    size_t used;
};

static int give(void *context, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    struct given *given = context;
    (void)err;
    *length = given->length - given->used < capacity ? given->length - given->used : capacity;
    memcpy(out, given->bytes + given->used, *length);
    given->used += *length;
    return NG_OK;
}

static int decompress(const char *name, struct given *given, size_t most_bytes, struct ng_buf *text, struct ng_err *err) {
    enum { AT_ONCE = 1 << 16 };
    const struct ng_stream_source source = {.read = give, .context = given};
    struct ng_stream *stream = NULL;
    bool at_end = false;
    int status = ng_stream_open_source(&stream, name, &source, err);
    if (!status) ng_stream_limit_window(stream, most_bytes);
    while (!status && !at_end && text->length <= most_bytes) status = ng_stream_append(stream, text, AT_ONCE, &at_end, err);
    ng_stream_close(stream);
    if (status || text->length <= most_bytes) return status;
    return ng_err_set(err, NG_ERR_LIMIT, "%s holds more than %zu bytes of text, the limit for an upload", name, most_bytes);
}

int ng_benchmark_open_upload(struct ng_benchmark **benchmark, const char *name, const uint8_t *bytes, size_t length,
                             size_t most_bytes, const struct ng_benchmark_options *options, struct ng_err *err) {
    struct given given = {.bytes = bytes, .length = length};
    struct ng_buf text = {0};
    *benchmark = NULL;
    int status = ng_buf_reserve(&text, 1, err);
    if (!status) status = decompress(name, &given, most_bytes, &text, err);
    if (!status && ng_parquet_is(text.data, text.length)) {
        status = ng_err_set(err, NG_ERR_INPUT, "%s is Parquet, which is not read here", name);
        (void)ng_err_hint(err, "use ngidx contam, or save it as JSON lines");
    }
    if (!status) status = ng_benchmark_open_bytes(benchmark, name, text.data, text.length, options, err);
    ng_buf_free(&text);
    return status;
}
