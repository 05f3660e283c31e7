#include "query/args/queries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/os/file.h"

enum { READ_BYTES = 1 << 22 };

int ng_queries_open(struct ng_queries *queries, const char *path, uint8_t separator, struct ng_err *err) {
    *queries = (struct ng_queries){.path = path, .file = -1, .separator = separator, .line = 1};
    if (strcmp(path, "-") == 0) {
        queries->path = "standard input";
        queries->file = STDIN_FILENO;
        return NG_OK;
    }
    queries->file = open(path, O_RDONLY | O_CLOEXEC);
    if (queries->file < 0) return ng_err_sys(err, errno, "cannot open the query file %s", path);
    return NG_OK;
}

void ng_queries_close(struct ng_queries *queries) {
    if (!queries) return;
    if (queries->file > STDIN_FILENO) (void)close(queries->file);
    queries->file = -1;
    free(queries->phrases);
    queries->phrases = NULL;
    ng_buf_free(&queries->buffer);
}

static int add_phrase(struct ng_queries *queries, const uint8_t *bytes, size_t length, struct ng_err *err) {
    unsigned long long line = queries->line + queries->phrase_count;
    if (length > NG_MAX_PHRASE_BYTES)
        return ng_err_set(err, NG_ERR_LIMIT, "%s, phrase %llu: longer than %llu bytes, the limit of a phrase",
                          queries->path, line, (unsigned long long)NG_MAX_PHRASE_BYTES);
    if (memchr(bytes, 0xFF, length))
        return ng_err_set(err, NG_ERR_INPUT, "%s, phrase %llu: byte 0xFF, which no text holds", queries->path, line);
    struct ng_bytes *phrases = ng_array_grow(queries->phrases, sizeof *phrases, queries->phrase_count,
                                             &queries->phrase_capacity, "a batch of phrases", err);
    if (!phrases) return NG_ERR_NOMEM;
    queries->phrases = phrases;
    queries->phrases[queries->phrase_count++] = (struct ng_bytes){bytes, length};
    return NG_OK;
}

/* The length of a line without the CR at its end, if it has one. */
static size_t without_cr(struct ng_queries *queries, const uint8_t *line, size_t length) {
    if (queries->separator != '\n' || length == 0 || line[length - 1] != '\r') return length;
    queries->crlf = true;
    return length - 1;
}

/* Makes phrases of all that is whole in the buffer; at the end of the file the rest is whole, too. */
static int split(struct ng_queries *queries, struct ng_err *err) {
    const uint8_t *data = queries->buffer.data;
    size_t length = queries->buffer.length;
    size_t begin = queries->separator == '\n' && !queries->begun ? ng_utf8_mark_bytes(data, length) : 0;
    while (begin < length) {
        const uint8_t *end = memchr(data + begin, queries->separator, length - begin);
        size_t phrase_bytes = end ? (size_t)(end - data) - begin : length - begin;
        if (!end && !queries->at_end && phrase_bytes <= NG_MAX_PHRASE_BYTES) break;
        bool whole = end || queries->at_end;
        size_t taken = whole ? without_cr(queries, data + begin, phrase_bytes) : phrase_bytes;
        int status = add_phrase(queries, data + begin, taken, err);
        if (status) return status;
        queries->begun = true;
        begin += phrase_bytes + (end ? 1 : 0);
    }
    queries->used_bytes = begin;
    return NG_OK;
}

int ng_queries_next(struct ng_queries *queries, struct ng_err *err) {
    queries->line += queries->phrase_count;
    queries->phrase_count = 0;
    ng_buf_drop(&queries->buffer, queries->used_bytes);
    queries->used_bytes = 0;
    while (queries->phrase_count == 0 && !queries->at_end) {
        size_t got = 0;
        int status = ng_file_append(queries->file, &queries->buffer, READ_BYTES, &got, queries->path, err);
        queries->at_end = got == 0;
        if (!status) status = split(queries, err);
        if (status) return status;
    }
    return NG_OK;
}
