#include "indexer/corpus/warc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/limits.h"
#include "common/base/memstream.h"
#include "common/base/text.h"
#include "common/json/out.h"

enum { READ_BYTES = 1 << 16, KEPT_BYTES = 4 << 20 };

struct value {
    const char *at;
    size_t length;
};

void ng_warc_start(struct ng_warc *warc, const char *path, struct ng_stream *stream,
                   const struct ng_record_bounds *bounds) {
    struct ng_warc kept = *warc;
    *warc = (struct ng_warc){.stream = stream, .path = path, .bounds = *bounds, .input = kept.input, .head = kept.head,
                             .text = kept.text, .metadata = kept.metadata};
    warc->input.length = 0;
}

static int refuse(const struct ng_warc *warc, const char *why, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: WARC record %llu: %s", warc->path, (unsigned long long)warc->number, why);
    return ng_err_hint(err, "fetch the file again, or skip such files with --skip-bad-files");
}

/* Makes input hold something unless the stream is at its end. */
static int fill(struct ng_warc *warc, struct ng_err *err) {
    if (warc->begin < warc->input.length || warc->at_end) return NG_OK;
    warc->begin = warc->input.length = 0;
    return ng_stream_append(warc->stream, &warc->input, READ_BYTES, &warc->at_end, err);
}

/* Whether the head's last line is blank: LF or CRLF behind a line end, or alone. */
static bool ends_blank(const struct ng_buf *head) {
    const uint8_t *end = head->data + head->length;
    size_t length = head->length;
    if (length == 0 || end[-1] != '\n') return false;
    if (length == 1 || end[-2] == '\n') return true;
    return end[-2] == '\r' && (length == 2 || end[-3] == '\n');
}

/* Reads a record's head, lines that end in LF, up to a blank one. Line ends before it belong to the record before. */
static int read_head(struct ng_warc *warc, struct ng_err *err) {
    warc->head.length = 0;
    for (;;) {
        int status = fill(warc, err);
        if (status || warc->begin == warc->input.length) return status;
        const char *from = (const char *)warc->input.data + warc->begin;
        size_t held = warc->input.length - warc->begin;
        const char *newline = memchr(from, '\n', held);
        size_t length = newline ? (size_t)(newline - from) + 1 : held;
        if (warc->head.length + length > NG_MAX_WARC_HEADER_BYTES) {
            return ng_err_set(err, NG_ERR_LIMIT, "%s: WARC record %llu: a head of over %llu bytes "
                              "(NG_MAX_WARC_HEADER_BYTES)", warc->path, (unsigned long long)warc->number,
                              (unsigned long long)NG_MAX_WARC_HEADER_BYTES);
        }
        status = ng_buf_append(&warc->head, from, length, err);
        if (status) return status;
        warc->begin += length;
        if (ends_blank(&warc->head)) {
            bool only_line_ends = warc->head.length <= 2;
            if (!only_line_ends) return NG_OK;
            warc->head.length = 0;
        }
    }
}

/* The value of a header of the record; at is NULL where it has none. */
static struct value header(const struct ng_warc *warc, const char *name) {
    const char *at = (const char *)warc->head.data;
    const char *end = at + warc->head.length;
    size_t name_length = strlen(name);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        if ((size_t)(line_end - at) > name_length && at[name_length] == ':' && strncasecmp(at, name, name_length) == 0) {
            const char *value = at + name_length + 1;
            while (value < line_end && (*value == ' ' || *value == '\t')) value++;
            while (line_end > value && (line_end[-1] == '\r' || line_end[-1] == ' ')) line_end--;
            return (struct value){value, (size_t)(line_end - value)};
        }
        at = newline ? newline + 1 : end;
    }
    return (struct value){0};
}

static bool is(struct value value, const char *text) {
    return value.at && value.length == strlen(text) && strncasecmp(value.at, text, value.length) == 0;
}

/* Takes length bytes of the record's block: into text, or past it where keep is false. */
static int take_block(struct ng_warc *warc, uint64_t length, bool keep, struct ng_err *err) {
    warc->text.length = 0;
    ng_buf_trim(&warc->text, KEPT_BYTES);
    if (keep && length > warc->bounds.room_bytes && warc->bounds.make_room) {
        int status = warc->bounds.make_room(warc->bounds.context, err);
        if (status) return status;
    }
    while (length > 0) {
        int status = fill(warc, err);
        if (status) return status;
        size_t held = warc->input.length - warc->begin;
        if (held == 0) return refuse(warc, "the file is cut short: it ends within the record", err);
        if (held > length) held = (size_t)length;
        if (keep) status = ng_buf_append(&warc->text, warc->input.data + warc->begin, held, err);
        if (status) return status;
        warc->begin += held;
        length -= held;
    }
    return NG_OK;
}

static int make_metadata(struct ng_warc *warc, struct ng_err *err) {
    static const struct {
        const char *header;
        const char *member;
    } kept[] = {{"WARC-Record-ID", "id"}, {"WARC-Target-URI", "url"}, {"WARC-Date", "date"},
                {"WARC-Identified-Content-Language", "language"}};
    struct ng_json json;
    free(warc->metadata);
    warc->metadata = NULL;
    FILE *stream = open_memstream(&warc->metadata, &warc->metadata_bytes);
    if (!stream) return ng_err_nomem(err, 0, "metadata");
    int status = ng_json_init(&json, stream, err);
    if (!status) {
        ng_json_object_begin(&json);
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            struct value value = header(warc, kept[i].header);
            if (value.at) ng_json_member_string(&json, kept[i].member, (const uint8_t *)value.at, value.length);
        }
        ng_json_object_end(&json);
        ng_json_free(&json);
    }
    return ng_memstream_close(stream, &warc->metadata) || status ? status : ng_err_nomem(err, warc->metadata_bytes, "metadata");
}

/* What a record is, once its head is read. *keep: it is a document. */
static int judge(const struct ng_warc *warc, uint64_t *length, bool *keep, struct ng_err *err) {
    struct value type = header(warc, "WARC-Type");
    struct value digits = header(warc, "Content-Length");
    if (warc->head.length < 5 || memcmp(warc->head.data, "WARC/", 5) != 0) {
        return refuse(warc, "it does not start with WARC/", err);
    }
    if (!digits.at || !ng_text_decimal(digits.at, digits.length, length)) {
        return refuse(warc, "no Content-Length", err);
    }
    *keep = is(type, "conversion");
    if (!is(type, "response") && !is(type, "resource") && !is(type, "revisit") && !is(type, "request")) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: WARC record %llu is a %.*s, as crawled, not a page's text", warc->path,
                     (unsigned long long)warc->number, (int)type.length, type.at);
    return ng_err_hint(err, "convert it to WET (plain text) first, with ia-hadoop-tools or trafilatura; for Common "
                       "Crawl, use the files listed in wet.paths.gz");
}

int ng_warc_next(struct ng_warc *warc, struct ng_warc_record *record, bool *found, struct ng_err *err) {
    *found = false;
    for (;;) {
        uint64_t length = 0;
        bool keep = false;
        int status = read_head(warc, err);
        if (status || (warc->head.length == 0 && warc->at_end)) return status;
        warc->number++;
        status = judge(warc, &length, &keep, err);
        bool too_long = keep && length > warc->bounds.most_bytes;
        if (!status) status = take_block(warc, length, keep && !too_long, err);
        if (!status && keep) status = make_metadata(warc, err);
        if (status) return status;
        if (!keep) continue;
        *record = (struct ng_warc_record){.text = warc->text.data, .text_bytes = warc->text.length,
                                          .metadata = (const uint8_t *)warc->metadata, .metadata_bytes = warc->metadata_bytes,
                                          .number = warc->number, .too_long = too_long};
        *found = true;
        return NG_OK;
    }
}

void ng_warc_free(struct ng_warc *warc) {
    ng_buf_free(&warc->input);
    ng_buf_free(&warc->head);
    ng_buf_free(&warc->text);
    free(warc->metadata);
    *warc = (struct ng_warc){0};
}
