#include "common/json/out.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "common/base/le.h"
#include "common/base/swar.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/json/memory.h"
#include "common/json/nonfinite.h"
#include "query/include/ngidx.h"

/* Most pieces are a few bytes, for which a call of fwrite takes longer than the copy: 6 % of a report. */
static void write_piece(FILE *stream, const void *bytes, size_t length) {
    enum { SHORT_BYTES = 16 };
    const uint8_t *byte = bytes;
    if (length > SHORT_BYTES) (void)fwrite_unlocked(bytes, 1, length, stream);
    else for (size_t i = 0; i < length; i++) (void)putc_unlocked(byte[i], stream);
}

/* yajl_gen hands over every piece of structure, number and key that it makes. */
static void print_to_stream(void *context, const char *bytes, size_t length) {
    write_piece(context, bytes, length);
}

int ng_json_init(struct ng_json *json, FILE *stream, struct ng_err *err) {
    *json = (struct ng_json){.stream = stream, .memory = malloc(sizeof *json->memory)};
    if (json->memory) {
        yajl_alloc_funcs functions = ng_json_memory_start(json->memory);
        json->gen = yajl_gen_alloc(&functions); /* asks for less than the memory has, so it never leaves from there */
    }
    if (!json->gen) {
        ng_json_free(json);
        return ng_err_nomem(err, sizeof *json->memory, "a JSON writer");
    }
    (void)yajl_gen_config(json->gen, yajl_gen_print_callback, print_to_stream, stream);
    return NG_OK;
}

void ng_json_free(struct ng_json *json) {
    if (!json) return;
    if (json->gen) yajl_gen_free(json->gen);
    free(json->memory);
    *json = (struct ng_json){0};
}

static void check(const struct ng_json *json, yajl_gen_status status) {
    assert(status == yajl_gen_status_ok && !json->in_string);
    (void)json;
    (void)status;
}

void ng_json_object_begin(struct ng_json *json) {
    check(json, yajl_gen_map_open(json->gen));
}

void ng_json_object_end(struct ng_json *json) {
    check(json, yajl_gen_map_close(json->gen));
}

void ng_json_array_begin(struct ng_json *json) {
    check(json, yajl_gen_array_open(json->gen));
}

void ng_json_array_end(struct ng_json *json) {
    check(json, yajl_gen_array_close(json->gen));
}

void ng_json_end_line(struct ng_json *json) {
    yajl_gen_reset(json->gen, NULL);
    (void)putc_unlocked('\n', json->stream);
}

void ng_json_key(struct ng_json *json, const char *key) {
    check(json, yajl_gen_string(json->gen, (const unsigned char *)key, strlen(key)));
}

/* yajl_gen_number writes the bytes it is given, with the comma or colon that belongs before them. */
void ng_json_raw(struct ng_json *json, const char *bytes, size_t length) {
    check(json, yajl_gen_number(json->gen, bytes, length));
}

/* yajl_gen does not see members written so. It puts a comma before what comes next, or a brace: both are right. */
void ng_json_members(struct ng_json *json, const char *object, size_t length) {
    const char *begin = memchr(object, '{', length);
    const char *end = memrchr(object, '}', length);
    assert(begin && end && begin < end && !json->in_string);
    begin++;
    size_t blanks = 0;
    while (begin + blanks < end && strchr(" \t\r\n", begin[blanks])) blanks++;
    if (begin + blanks == end) return;
    (void)putc_unlocked(',', json->stream);
    (void)fwrite_unlocked(begin, 1, (size_t)(end - begin), json->stream);
}

/* What comes before the first of them goes by yajl_gen, which writes what belongs before a value. */
void ng_json_metadata(struct ng_json *json, const char *metadata, size_t length) {
    const uint8_t *bytes = (const uint8_t *)metadata;
    size_t done = 0;
    size_t word = 0;
    bool may_be = memmem(metadata, length, "NaN", 3) || memmem(metadata, length, "Infinity", 8);
    for (size_t at = 0; may_be && ng_nonfinite_find(bytes, length, &at, &word); at += word) {
        if (done == 0) ng_json_raw(json, metadata, at);
        else (void)fwrite_unlocked(metadata + done, 1, at - done, json->stream);
        (void)fwrite_unlocked("null", 1, 4, json->stream);
        done = at + word;
    }
    if (done == 0) ng_json_raw(json, metadata, length);
    else (void)fwrite_unlocked(metadata + done, 1, length - done, json->stream);
}

void ng_json_source(struct ng_json *json, const struct ng_doc_source *source) {
    ng_json_key(json, "metadata");
    ng_json_metadata(json, source->metadata, (size_t)source->metadata_bytes);
    ng_json_member_object(json, "source");
    ng_json_member_text(json, "path", source->path);
    ng_json_member_u64(json, "line", source->line);
    ng_json_object_end(json);
}

static void write_name(struct ng_json *json, const char *key, const struct ng_bytes *token) {
    ng_json_key(json, key);
    if (token->length_bytes > 0) ng_json_raw(json, (const char *)token->data, (size_t)token->length_bytes);
    else ng_json_null(json);
}

void ng_json_names(struct ng_json *json, const struct ng_doc_names *names) {
    write_name(json, "id", &names->id);
    write_name(json, "url", &names->url);
}

void ng_json_hit(struct ng_json *json, const struct ng_json_shown *shown) {
    const struct ng_hit *hit = shown->hit;
    ng_json_object_begin(json);
    if (shown->index) ng_json_member_text(json, "index", shown->index);
    ng_json_member_u64(json, "shard", hit->shard);
    ng_json_member_u64(json, "rank", hit->rank);
    ng_json_member_u64(json, "position", hit->position);
    ng_json_member_u64(json, "doc", hit->doc);
    if (shown->names) ng_json_names(json, shown->names);
    ng_json_member_u64(json, "offset", shown->place->offset);
    ng_json_member_u64(json, "length", shown->place->length_bytes);
    ng_json_member_string(json, "snippet", shown->snippet->text, (size_t)shown->snippet->length_bytes);
    ng_json_member_u64(json, "snippet_offset", shown->snippet->offset);
    if (shown->folded) {
        ng_json_member_text(json, "view", "folded");
        ng_json_member_text(json, "text", shown->place->original ? "original" : "folded");
        ng_json_member_u64(json, "folded_offset", hit->offset);
        ng_json_member_u64(json, "folded_length", shown->phrase_bytes);
    }
    ng_json_source(json, shown->source);
    ng_json_object_end(json);
}

void ng_json_u64(struct ng_json *json, uint64_t value) {
    char digits[NG_TEXT_U64_BYTES];
    ng_json_raw(json, digits, ng_text_write_u64(digits, value));
}

void ng_json_decimal(struct ng_json *json, double value, int decimals) {
    char digits[NG_TEXT_DECIMAL_BYTES];
    ng_json_raw(json, digits, ng_text_write_decimal(digits, value, decimals));
}

void ng_json_null(struct ng_json *json) {
    check(json, yajl_gen_null(json->gen));
}

static bool needs_escape(uint8_t byte) {
    return byte < 0x20 || byte == '"' || byte == '\\';
}

static void write_escape(FILE *stream, uint8_t byte) {
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    size_t length = 2;
    switch (byte) {
    case '"': escape[1] = '"'; break;
    case '\\': escape[1] = '\\'; break;
    case '\n': escape[1] = 'n'; break;
    case '\r': escape[1] = 'r'; break;
    case '\t': escape[1] = 't'; break;
    default: length = sizeof escape;
    }
    write_piece(stream, escape, length);
}

/* How many bytes come before the first that needs an escape. */
static size_t plain_prefix(const uint8_t *bytes, size_t length) {
    size_t at = 0;
    for (; length - at >= NG_SWAR_BYTES; at += NG_SWAR_BYTES) {
        uint64_t word = ng_le_load64(bytes + at);
        uint64_t found = ng_swar_below(word, 0x20) | ng_swar_equal(word, '"') | ng_swar_equal(word, '\\');
        if (found) return at + ng_swar_first(found);
    }
    while (at < length && !needs_escape(bytes[at])) at++;
    return at;
}

static void write_utf8(FILE *stream, const uint8_t *bytes, size_t length) {
    for (;;) {
        size_t plain = plain_prefix(bytes, length);
        write_piece(stream, bytes, plain);
        if (plain == length) return;
        write_escape(stream, bytes[plain]);
        bytes += plain + 1;
        length -= plain + 1;
    }
}

static size_t character_bytes(uint8_t lead) {
    return lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* How many bytes at the end of bytes are the start of a character that goes on behind them. */
static size_t cut_at_end(const uint8_t *bytes, size_t length) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        uint8_t byte = bytes[length - back];
        if (ng_utf8_is_continuation(byte)) continue;
        return character_bytes(byte) > back ? back : 0;
    }
    return 0;
}

void ng_json_string_begin(struct ng_json *json) {
    ng_json_raw(json, "\"", 1);
    json->in_string = true;
    json->cut_bytes = 0;
}

void ng_json_string_piece(struct ng_json *json, const uint8_t *bytes, size_t length) {
    assert(json->in_string);
    if (length == 0) return;
    if (json->cut_bytes > 0) {
        size_t wanted = character_bytes(json->cut[0]);
        while (length > 0 && json->cut_bytes < wanted && ng_utf8_is_continuation(*bytes)) {
            json->cut[json->cut_bytes++] = *bytes++;
            length--;
        }
        if (length == 0 && json->cut_bytes < wanted) return;
        ng_utf8_write_repaired(json->stream, json->cut, json->cut_bytes, write_utf8);
    }
    json->cut_bytes = cut_at_end(bytes, length);
    size_t whole = length - json->cut_bytes;
    ng_utf8_write_repaired(json->stream, bytes, whole, write_utf8);
    for (size_t i = 0; i < json->cut_bytes; i++) json->cut[i] = bytes[whole + i];
}

void ng_json_string_end(struct ng_json *json) {
    assert(json->in_string);
    ng_utf8_write_repaired(json->stream, json->cut, json->cut_bytes, write_utf8);
    (void)putc_unlocked('"', json->stream);
    json->in_string = false;
}

void ng_json_string(struct ng_json *json, const uint8_t *bytes, size_t length) {
    ng_json_string_begin(json);
    ng_json_string_piece(json, bytes, length);
    ng_json_string_end(json);
}

void ng_json_text(struct ng_json *json, const char *text) {
    if (text) ng_json_string(json, (const uint8_t *)text, strlen(text));
    else ng_json_null(json);
}

void ng_json_member_object(struct ng_json *json, const char *key) {
    ng_json_key(json, key);
    ng_json_object_begin(json);
}

void ng_json_member_array(struct ng_json *json, const char *key) {
    ng_json_key(json, key);
    ng_json_array_begin(json);
}

void ng_json_member_null(struct ng_json *json, const char *key) {
    ng_json_key(json, key);
    ng_json_null(json);
}

void ng_json_member_bool(struct ng_json *json, const char *key, bool value) {
    ng_json_key(json, key);
    check(json, yajl_gen_bool(json->gen, value));
}

void ng_json_member_u64(struct ng_json *json, const char *key, uint64_t value) {
    ng_json_key(json, key);
    ng_json_u64(json, value);
}

void ng_json_member_decimal(struct ng_json *json, const char *key, double value, int decimals) {
    ng_json_key(json, key);
    ng_json_decimal(json, value, decimals);
}

void ng_json_member_string(struct ng_json *json, const char *key, const uint8_t *bytes, size_t length) {
    ng_json_key(json, key);
    ng_json_string(json, bytes, length);
}

void ng_json_member_text(struct ng_json *json, const char *key, const char *text) {
    ng_json_key(json, key);
    ng_json_text(json, text);
}
