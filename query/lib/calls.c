#include "query/lib/calls.h"

#include <stdlib.h>

#include "query/lib/index.h"

void ng_call_piece_free(struct ng_call_piece *piece) {
    free(piece->text);
    piece->text = NULL;
    ng_doc_source_free(&piece->source);
}

static int read_piece(const struct ng_index *view, struct ng_call_piece *piece, struct ng_err *err) {
    int status = ng_index_doc_length(view, piece->doc, &piece->doc_bytes, err);
    if (status) return status;
    uint64_t offset = piece->offset < piece->doc_bytes ? piece->offset : piece->doc_bytes;
    uint64_t left = piece->doc_bytes - offset;
    piece->length_bytes = left < piece->most_bytes ? left : piece->most_bytes;
    piece->text = malloc((size_t)piece->length_bytes + 1);
    if (!piece->text) return ng_err_nomem(err, piece->length_bytes, "some of a document");
    status = ng_index_extract(view, piece->doc, offset, piece->length_bytes, piece->text, err);
    if (!status && piece->with_source) status = ng_index_doc_source(view, piece->doc, &piece->source, err);
    return status;
}

int ng_index_read(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        pieces[i].text = NULL;
        pieces[i].source = (struct ng_doc_source){0};
    }
    if (view->calls) return view->calls->read(view, pieces, count, err);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = read_piece(view, &pieces[i], err);
    for (size_t i = 0; i < count && status; i++) ng_call_piece_free(&pieces[i]);
    return status;
}

int ng_index_refuse_remote(const struct ng_index *index, const char *what, struct ng_err *err) {
    if (!index->calls) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "a remote index cannot %s", what);
    return ng_err_hint(err, "do it on the machines that hold its parts");
}
