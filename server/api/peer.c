/*
 * POST /: the protocol of Infini-gram mini, so that its clients work unchanged (Xu et al., "Infini-gram mini: Exact
 * n-gram Search at the Internet Scale with FM-Index", 2025; fields and types after its API documentation and server).
 * What differs: lengths are bytes throughout, no character is cut in two, and a mistake of the client is always 400.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/memstream.h"
#include "server/api/api_impl.h"

enum { QUERY = 0, INDEX = 1, QUERY_TYPE = 2, S = 3, RANK = 4, MAX_CTX_LEN = 5, FIELD_COUNT = 6 };
enum { DEFAULT_CONTEXT = 1000 };

static bool text_is(struct ng_bytes text, const char *wanted) {
    return text.length_bytes == strlen(wanted) && memcmp(text.data, wanted, strlen(wanted)) == 0;
}

static int missing(struct ng_api_turn *turn, int field) {
    return ng_err_set(&turn->err, NG_ERR_USAGE, "Missing required field: '%s'", turn->field[field].name);
}

static int check_presence(struct ng_api_turn *turn) {
    static const int order[] = {QUERY_TYPE, INDEX, QUERY};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (!turn->field[order[i]].present) return missing(turn, order[i]);
    }
    return NG_OK;
}

static int find_endpoint(struct ng_api_turn *turn) {
    struct ng_bytes type = turn->field[QUERY_TYPE].text;
    if (text_is(type, "count")) {
        turn->answer->endpoint = NG_ENDPOINT_PEER_COUNT;
    } else if (text_is(type, "find")) {
        turn->answer->endpoint = NG_ENDPOINT_PEER_FIND;
    } else if (text_is(type, "get_doc_by_rank")) {
        turn->answer->endpoint = NG_ENDPOINT_PEER_DOC;
    } else {
        int shown = type.length_bytes < 64 ? (int)type.length_bytes : 64;
        return ng_err_set(&turn->err, NG_ERR_USAGE, "Invalid query_type: %.*s", shown, (const char *)type.data);
    }
    return NG_OK;
}

int ng_api_peer_begin(struct ng_api_turn *turn) {
    uint64_t most = turn->api->limits.context_bytes;
    const struct ng_field fields[FIELD_COUNT] = {
        {.name = "query", .type = NG_FIELD_TEXT},
        {.name = "index", .type = NG_FIELD_TEXT},
        {.name = "query_type", .type = NG_FIELD_TEXT},
        {.name = "s", .type = NG_FIELD_NUMBER, .most = UINT64_MAX},
        {.name = "rank", .type = NG_FIELD_NUMBER, .most = UINT64_MAX},
        {.name = "max_ctx_len",
         .type = NG_FIELD_NUMBER,
         .most = most,
         .number = DEFAULT_CONTEXT < most ? DEFAULT_CONTEXT : most},
    };
    memcpy(turn->field, fields, sizeof fields);
    turn->fields.count = FIELD_COUNT;
    turn->fields.ignore_unknown = true; /* clients add "source" and "timestamp" */
    turn->answer->endpoint = NG_ENDPOINT_PEER_INVALID;
    int status = ng_fields_read_json(&turn->fields, turn->request->body, turn->request->body_bytes, &turn->err);
    if (!status) status = check_presence(turn);
    if (status) return status;
    struct ng_bytes name = turn->field[INDEX].text;
    turn->served = ng_registry_acquire(turn->api->registry, (const char *)name.data, (size_t)name.length_bytes);
    if (!turn->served) {
        int shown = name.length_bytes < 64 ? (int)name.length_bytes : 64;
        return ng_err_set(&turn->err, NG_ERR_USAGE, "Invalid index: %.*s", shown, (const char *)name.data);
    }
    return find_endpoint(turn);
}

/* A piece of text, and whether it is the phrase. */
static void write_span(struct ng_json *json, const uint8_t *text, size_t length, bool phrase) {
    if (length == 0) return;
    ng_json_array_begin(json);
    ng_json_string(json, text, length);
    if (phrase) ng_json_text(json, "0");
    else ng_json_null(json);
    ng_json_array_end(json);
}

/* The snippet cut at every occurrence of the phrase, from the left. */
static void write_spans(struct ng_json *json, const struct ng_snippet *snippet, struct ng_bytes phrase) {
    const uint8_t *at = snippet->text;
    const uint8_t *end = at + snippet->length_bytes;
    ng_json_member_array(json, "spans");
    while (phrase.length_bytes > 0) {
        const uint8_t *found = memmem(at, (size_t)(end - at), phrase.data, (size_t)phrase.length_bytes);
        if (!found) break;
        write_span(json, at, (size_t)(found - at), false);
        write_span(json, found, (size_t)phrase.length_bytes, true);
        at = found + phrase.length_bytes;
    }
    if (snippet->length_bytes == 0) {
        ng_json_array_begin(json);
        ng_json_text(json, "");
        ng_json_null(json);
        ng_json_array_end(json);
    }
    write_span(json, at, (size_t)(end - at), false);
    ng_json_array_end(json);
}

/* The metadata are a string there: JSON with the path, the line counted from 0, and the record without its text. */
static int write_metadata(struct ng_json *json, const struct ng_doc_source *source, struct ng_err *err) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    struct ng_json inner = {0};
    if (!stream) return ng_err_nomem(err, 0, "metadata");
    int status = ng_json_init(&inner, stream, err);
    if (!status) {
        ng_json_object_begin(&inner);
        ng_json_member_text(&inner, "path", source->path);
        ng_json_member_u64(&inner, "linenum", source->line > 0 ? source->line - 1 : 0);
        ng_json_key(&inner, "metadata");
        ng_json_metadata(&inner, source->metadata, (size_t)source->metadata_bytes);
        ng_json_object_end(&inner);
        ng_json_free(&inner);
    }
    if (!ng_memstream_close(stream, &text) && !status) status = ng_err_nomem(err, length, "metadata");
    if (!status) ng_json_member_string(json, "metadata", (const uint8_t *)text, length);
    free(text);
    return status;
}

static int write_doc(struct ng_api_turn *turn, const struct ng_hit *hit, uint64_t doc_bytes,
                      const struct ng_snippet *snippet, const struct ng_doc_source *source) {
    struct ng_json *json = &turn->json;
    ng_json_member_u64(json, "doc_ix", hit->doc);
    ng_json_member_u64(json, "doc_len", doc_bytes);
    ng_json_member_u64(json, "disp_len", snippet->length_bytes);
    ng_json_member_u64(json, "needle_offset", hit->offset - snippet->offset);
    int status = write_metadata(json, source, &turn->err);
    if (status) return status;
    ng_json_member_string(json, "text", snippet->text, (size_t)snippet->length_bytes);
    write_spans(json, snippet, turn->field[QUERY].text);
    return NG_OK;
}

int ng_api_peer_doc(struct ng_api_turn *turn) {
    const struct ng_index *index = turn->index;
    struct ng_bytes phrase;
    struct ng_hit hit = {0};
    struct ng_snippet snippet = {0};
    struct ng_doc_source source = {0};
    uint64_t doc_bytes = 0;
    if (!turn->field[S].present) return missing(turn, S);
    if (!turn->field[RANK].present) return missing(turn, RANK);
    int status = ng_api_phrase(turn, &phrase);
    if (!status) {
        status = ng_index_locate_row(index, turn->field[S].number, turn->field[RANK].number, &hit, &turn->err);
    }
    if (!status) status = ng_index_doc_length(index, hit.doc, &doc_bytes, &turn->err);
    if (status) goto out;
    /* Whether the phrase stands at this row is not for us to say: as there, its length is what counts. */
    uint64_t behind = doc_bytes - hit.offset;
    uint64_t length = phrase.length_bytes < behind ? phrase.length_bytes : behind;
    status = ng_index_snippet(index, &hit, length, turn->field[MAX_CTX_LEN].number, &snippet, &turn->err);
    if (!status) status = ng_index_doc_source(index, hit.doc, &source, &turn->err);
    if (!status) status = ng_api_begin_object(turn);
    if (!status) status = write_doc(turn, &hit, doc_bytes, &snippet, &source);
    if (!status) status = ng_api_end_object(turn, "latency");
out:
    ng_doc_source_free(&source);
    ng_snippet_free(&snippet);
    return status;
}
