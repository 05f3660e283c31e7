/* One document, or a piece of it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "server/api/api_impl.h"

enum { MOST_LISTED = 1000 };

/* Documents that were asked for: one by its number, or all with an id. */
struct wanted {
    uint64_t docs[MOST_LISTED];
    uint64_t count; /* of all; docs has only the first */
};

static int read_number(struct ng_api_turn *turn, struct wanted *wanted) {
    const char *digits = turn->route.rest;
    wanted->count = 1;
    if (ng_text_decimal(digits, strlen(digits), &wanted->docs[0])) return NG_OK;
    return ng_api_fail(turn, 400, "a document's number must be a whole number from 0");
}

static int find_by_id(struct ng_api_turn *turn, struct wanted *wanted) {
    struct ng_index_fields fields;
    struct ng_bytes id = turn->field[NG_API_DOC_ID].text;
    int status = ng_index_docs_with_id(turn->index, id, wanted->docs, MOST_LISTED, &wanted->count, &turn->err);
    if (status || wanted->count > 0) return status;
    ng_index_get_fields(turn->index, &fields);
    int shown = id.length_bytes < 100 ? (int)id.length_bytes : 100;
    if (ng_index_missing_parts(turn->index)) {
        return ng_err_set(&turn->err, NG_ERR_REMOTE, "no document has the id '%.*s' in the parts that answered", shown,
                          (const char *)id.data);
    }
    return ng_err_set(&turn->err, NG_ERR_NOTFOUND, "no document has the id '%.*s' (member '%.100s' of its metadata)", shown,
                      (const char *)id.data, fields.id);
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

/* The first of the documents; if they were found by their id, all of them by number. */
static void write_doc(struct ng_api_turn *turn, const struct wanted *wanted, uint64_t doc_bytes, const struct piece *piece,
                      const struct ng_doc_source *source) {
    struct ng_json *json = &turn->json;
    struct ng_doc_names names;
    size_t from;
    size_t to;
    trim(piece, doc_bytes, &from, &to);
    ng_index_doc_names(turn->index, source, &names);
    ng_json_member_u64(json, "doc", wanted->docs[0]);
    ng_json_names(json, &names);
    if (!turn->route.rest) {
        ng_json_member_u64(json, "count", wanted->count);
        ng_json_member_array(json, "docs");
        for (uint64_t i = 0; i < wanted->count && i < MOST_LISTED; i++) ng_json_u64(json, wanted->docs[i]);
        ng_json_array_end(json);
    }
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
    struct wanted wanted;
    uint64_t doc_bytes = 0;
    int status = turn->route.rest ? read_number(turn, &wanted) : find_by_id(turn, &wanted);
    if (status) return status;
    uint64_t doc = wanted.docs[0];
    status = ng_index_doc_length(index, doc, &doc_bytes, &turn->err);
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
        write_doc(turn, &wanted, doc_bytes, &piece, &source);
        status = ng_api_end_object(turn, NULL);
    }
    ng_doc_source_free(&source);
    free(piece.text);
    return status;
}
