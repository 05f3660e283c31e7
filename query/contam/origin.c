/* Evidence from folded documents, as it stands in the documents as they are. */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/contam/hits.h"

/* The beginning of a document. */
struct prefix {
    uint8_t *text; /* owned */
    uint64_t length_bytes;
    uint64_t document_bytes;
};

static int read_prefix(const struct ng_index *index, uint64_t doc, uint64_t wanted, struct prefix *prefix,
                       struct ng_err *err) {
    uint64_t length = wanted < prefix->document_bytes ? wanted : prefix->document_bytes;
    if (length <= prefix->length_bytes && prefix->text) return NG_OK;
    uint8_t *text = realloc(prefix->text, (size_t)length + 1);
    if (!text) return ng_err_nomem(err, length, "a document");
    prefix->text = text;
    uint64_t known = prefix->length_bytes;
    prefix->length_bytes = length;
    return ng_index_extract(index, doc, known, length - known, text + known, err);
}

/* Finds where a piece of a folded document stands in the document, of which more and more is read. */
static int find(const struct ng_index *index, const struct ng_contam_evidence *evidence, struct ng_fold *fold,
                struct prefix *prefix, uint64_t *begin, uint64_t *end, struct ng_err *err) {
    uint64_t folded_end = evidence->offset + evidence->length_bytes;
    int status = ng_index_doc_length(index, evidence->doc, &prefix->document_bytes, err);
    for (uint64_t wanted = 2 * folded_end + NG_FOLD_AHEAD_BYTES; !status; wanted *= 2) {
        status = read_prefix(index, evidence->doc, wanted, prefix, err);
        if (status) return status;
        status = ng_fold_origin(fold, prefix->text, (size_t)prefix->length_bytes, evidence->offset, folded_end, begin, end,
                                err);
        bool is_whole = prefix->length_bytes == prefix->document_bytes;
        if (!status && (is_whole || *end + NG_FOLD_AHEAD_BYTES <= prefix->length_bytes)) return NG_OK;
        if (status == NG_ERR_USAGE && is_whole) {
            (void)ng_err_set(err, NG_ERR_CORRUPT, "the folded view does not belong to document %llu",
                             (unsigned long long)evidence->doc);
            return ng_err_hint(err, "ngidx verify");
        }
        if (status == NG_ERR_USAGE) status = NG_OK; /* it ends too early */
    }
    return status;
}

int ng_contam_origin(struct ng_contam *contam, struct ng_contam_evidence *evidence, struct ng_fold *fold,
                     struct ng_err *err) {
    const struct ng_index *index = ng_index_view(contam->given[evidence->index], NG_VIEW_EXACT);
    if (!index || index == contam->indexes[evidence->index]) return NG_OK;
    struct prefix prefix = {0};
    uint64_t begin = 0;
    uint64_t end = 0;
    int status = find(index, evidence, fold, &prefix, &begin, &end, err);
    uint64_t context = contam->options.context_bytes;
    uint64_t shown = end - begin < NG_MAX_EVIDENCE_BYTES ? end - begin : NG_MAX_EVIDENCE_BYTES;
    if (!status) status = read_prefix(index, evidence->doc, begin + shown + context, &prefix, err);
    if (status) goto out;
    uint64_t from = begin > context ? begin - context : 0;
    uint64_t to = prefix.document_bytes - begin - shown < context ? prefix.document_bytes : begin + shown + context;
    while (from < begin && ng_utf8_is_continuation(prefix.text[from])) from++;
    while (to > begin && to < prefix.length_bytes && ng_utf8_is_continuation(prefix.text[to])) to--;
    uint8_t *text = malloc((size_t)(to - from) + 1);
    if (!text) {
        status = ng_err_nomem(err, to - from, "the text around an overlap");
        goto out;
    }
    memcpy(text, prefix.text + from, (size_t)(to - from));
    ng_snippet_free(&evidence->snippet);
    evidence->snippet = (struct ng_snippet){.text = text, .length_bytes = to - from, .offset = from};
    evidence->offset = begin;
    evidence->length_bytes = end - begin;
    status = ng_contam_room_take(&contam->room, to - from, err);
out:
    free(prefix.text);
    return status;
}
