/*
 * libFuzzer target: any bytes as a JSON record. Whatever the parser takes must come out as UTF-8 text and as metadata
 * that is a JSON object in UTF-8 without the text field; what it refuses must come with a reason.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/utf8.h"
#include "common/json/find.h"
#include "common/json/nonfinite.h"
#include "indexer/record/json_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_record: %s\n", what);
    abort();
}

/* What is found lies within, also where the bytes are no JSON. */
static void check_find(const uint8_t *bytes, size_t length) {
    static const char *const paths[] = {"id", "a.b", "a.0.b", "."};
    uint8_t *copy = malloc(length + !length);
    require(copy != NULL, "out of memory");
    if (length > 0) memcpy(copy, bytes, length);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct ng_json_token token = ng_json_find(copy, length, paths[i]);
        struct ng_buf room = {0};
        const uint8_t *content;
        size_t content_length;
        if (!token.data) continue;
        require(token.data >= copy && token.length > 0 && token.length <= length - (size_t)(token.data - copy), "a token outside");
        require(ng_json_token_bytes(token, &room, &content, &content_length, NULL) == NG_OK, "no memory for a token");
        require(ng_json_token_equals(token, content, content_length), "a token differs from its content");
        ng_buf_free(&room);
    }
    free(copy);
}

static void check_metadata(struct ng_record_parser *parser, const struct ng_record *record) {
    size_t length = record->metadata_bytes;
    /* A copy of its own, so that the sanitizer sees reads beyond it. */
    uint8_t *metadata = malloc(length);
    require(metadata != NULL, "out of memory");
    memcpy(metadata, record->metadata, length);
    require(length >= 2 && metadata[0] == '{' && metadata[length - 1] == '}', "metadata is no object");
    require(ng_utf8_valid_prefix(metadata, length) == length, "metadata is not UTF-8");

    if (record->nonfinite) require(ng_nonfinite_replace(metadata, length), "no NaN and no Infinity");
    yajl_handle yajl = yajl_alloc(NULL, NULL, NULL);
    require(yajl != NULL, "out of memory");
    (void)yajl_config(yajl, yajl_dont_validate_strings, 0);
    yajl_status status = yajl_parse(yajl, metadata, length);
    if (status == yajl_status_ok) status = yajl_complete_parse(yajl);
    yajl_free(yajl);
    require(status == yajl_status_ok, "metadata is not JSON");

    struct ng_record again;
    struct ng_err err = {0};
    int refused = ng_record_parse(parser, "metadata", 1, metadata, length, &again, &err);
    /* Of a text from an array each piece is left as an empty string. */
    bool emptied = refused == NG_OK && strspn((const char *)again.text, "\n") >= again.text_bytes;
    bool is_cut = refused == NG_ERR_INPUT && (strstr(err.text, "no field") || strstr(err.text, "is null"));
    require(emptied || is_cut, "metadata still has the text field");
    free(metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ng_record_parser *parser;
    struct ng_err err = {0};
    if (!parser) require(ng_record_parser_open(&parser, "t", &err) == NG_OK, "no parser");

    struct ng_record record;
    check_find(data, size);
    int status = ng_record_parse(parser, "fuzz", 1, data, size, &record, &err);
    if (status) {
        require(status == NG_ERR_INPUT || status == NG_ERR_LIMIT, "unexpected status");
        require(err.status == status && err.text[0] != '\0', "no reason given");
        return 0;
    }
    require(ng_utf8_valid_prefix(record.text, record.text_bytes) == record.text_bytes, "text is not UTF-8");
    require(!record.ill_formed || record.ill_formed_at < size, "ill-formed piece lies outside the record");
    require(record.ill_formed || record.metadata_bytes <= size, "metadata is longer than the record");
    check_metadata(parser, &record);
    return 0;
}
