/* One document, or a piece of it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "server/api/api_impl.h"

static int read_number(struct ng_api_turn *turn, uint64_t *doc) {
    const char *digits = turn->route.rest;
    if (ng_text_decimal(digits, strlen(digits), doc)) return NG_OK;
    return ng_api_fail(turn, 400, "a document's number must be a whole number from 0");
}

/* Text that begins and ends between characters. */
struct piece {
    uint8_t *text; /* owned */
    uint64_t begin;
    uint64_t end;
};

/* *from bytes at the beginning and *to at the end stay out of the answer: parts of a character that is cut. The text
 * of an index is UTF-8, whose characters have at most three bytes that continue them. */
static void trim(const struct piece *piece, uint64_t doc_bytes, size_t *from, size_t *to) {
    enum { CHARACTER_REST = 3 };
    size_t length = (size_t)(piece->end - piece->begin);
    *from = 0;
    *to = length;
    while (piece->begin > 0 && *from < length && *from < CHARACTER_REST &&
           ng_utf8_is_continuation(piece->text[*from])) {
        (*from)++;
    }
    if (piece->end == doc_bytes) return;
    size_t start = length;
    while (start > *from && length - start < CHARACTER_REST + 1) {
        start--;
        if (!ng_utf8_is_continuation(piece->text[start])) break;
    }
    if (start < length && ng_utf8_valid_prefix(piece->text + start, length - start) == 0) *to = start;
}

static void write_doc(struct ng_json *json, uint64_t doc, uint64_t doc_bytes, const struct piece *piece,
                      const struct ng_doc_source *source) {
    size_t from;
    size_t to;
    trim(piece, doc_bytes, &from, &to);
    ng_json_member_u64(json, "doc", doc);
    ng_json_member_u64(json, "length", doc_bytes);
    ng_json_member_u64(json, "offset", piece->begin + from);
    ng_json_member_u64(json, "end", piece->begin + to);
    ng_json_member_string(json, "text", piece->text + from, to - from);
    ng_json_source(json, source);
}

int ng_api_doc(struct ng_api_turn *turn) {
    const struct ng_index *index = turn->index;
    struct ng_doc_source source = {0};
    struct piece piece = {0};
    uint64_t doc = 0;
    uint64_t doc_bytes = 0;
    int status = read_number(turn, &doc);
    if (!status) status = ng_index_doc_length(index, doc, &doc_bytes, &turn->err);
    if (status) return status;
    uint64_t length = turn->field[NG_API_DOC_LENGTH].number;
    piece.begin = turn->field[NG_API_DOC_OFFSET].number < doc_bytes ? turn->field[NG_API_DOC_OFFSET].number : doc_bytes;
    piece.end = doc_bytes - piece.begin < length ? doc_bytes : piece.begin + length;
    piece.text = calloc(1, (size_t)(piece.end - piece.begin) + 1);
    if (!piece.text) return ng_err_nomem(&turn->err, piece.end - piece.begin, "a document");
    status = ng_index_extract(index, doc, piece.begin, piece.end - piece.begin, piece.text, &turn->err);
    if (!status) status = ng_index_doc_source(index, doc, &source, &turn->err);
    if (!status) status = ng_api_begin_object(turn);
    if (!status) {
        write_doc(&turn->json, doc, doc_bytes, &piece, &source);
        status = ng_api_end_object(turn, NULL);
    }
    ng_doc_source_free(&source);
    free(piece.text);
    return status;
}
