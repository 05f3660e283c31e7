#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "indexer/corpus/sources.h"

enum {
    READ_BYTES = 1 << 16,
    UNIT_BYTES = 2,     /* that an ill-formed piece of UTF-16 is passed over by; UTF-32 takes two of these */
    CHARACTER_BYTES = 8 /* room in which any character fits */
};

struct recode {
    struct ng_stream *stream; /* borrowed */
    iconv_t converter;
    bool at_end;
    size_t begin;
    size_t end;
    size_t unit;
    uint8_t bytes[READ_BYTES];
};

static void close_recode(void *context) {
    struct recode *r = context;
    if (r->converter != (iconv_t)-1) (void)iconv_close(r->converter);
    free(r);
}

static int fill(struct recode *r, struct ng_err *err) {
    r->end -= r->begin;
    memmove(r->bytes, r->bytes + r->begin, r->end);
    r->begin = 0;
    size_t length = 0;
    int status = ng_stream_read(r->stream, r->bytes + r->end, sizeof r->bytes - r->end, &length, err);
    r->end += length;
    r->at_end = length == 0;
    return status;
}

/* Puts U+FFFD for a unit that is no character, or for the last bytes where they are no whole one. */
static void replace(struct recode *r, char **out, size_t *room) {
    size_t left = r->end - r->begin;
    r->begin += left < r->unit ? left : r->unit;
    memcpy(*out, NG_UTF8_REPLACEMENT, strlen(NG_UTF8_REPLACEMENT));
    *out += strlen(NG_UTF8_REPLACEMENT);
    *room -= strlen(NG_UTF8_REPLACEMENT);
}

static int read_recoded(void *context, uint8_t *bytes, size_t capacity, size_t *length, struct ng_err *err) {
    struct recode *r = context;
    char *out = (char *)bytes;
    size_t room = capacity;
    assert(capacity >= CHARACTER_BYTES);
    while (room == capacity) {
        if (!r->at_end && r->end - r->begin < CHARACTER_BYTES) {
            int status = fill(r, err);
            if (status) return status;
        }
        if (r->begin == r->end) break;
        char *in = (char *)r->bytes + r->begin;
        size_t left = r->end - r->begin;
        size_t code = iconv(r->converter, &in, &left, &out, &room);
        r->begin = r->end - left;
        if (code != (size_t)-1 || errno == E2BIG) continue;
        if (errno == EILSEQ || r->at_end) {
            if (room >= CHARACTER_BYTES) replace(r, &out, &room);
        }
    }
    *length = capacity - room;
    return NG_OK;
}

int ng_recode_open(struct ng_stream **out, const char *name, struct ng_stream *stream, const char *charset,
                   struct ng_err *err) {
    *out = NULL;
    struct recode *r = calloc(1, sizeof *r);
    if (!r) return ng_err_nomem(err, sizeof *r, "a text to recode");
    r->stream = stream;
    r->unit = strncmp(charset, "UTF-32", 6) == 0 ? 2 * UNIT_BYTES : UNIT_BYTES;
    r->converter = iconv_open("UTF-8", charset);
    if (r->converter == (iconv_t)-1) {
        int status = ng_err_sys(err, errno, "%s: cannot read %s", name, charset);
        close_recode(r);
        return status;
    }
    const struct ng_stream_source source = {.read = read_recoded, .close = close_recode, .context = r};
    return ng_stream_open_source(out, name, &source, err);
}
