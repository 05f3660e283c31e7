/* Documents: the part of ngidx.h that gives whole texts back. */
#include "common/base/checked.h"
#include "common/base/limits.h"
#include "query/lib/extract.h"
#include "query/lib/index.h"

int ng_index_find_place(const struct ng_index *index, uint64_t doc, struct ng_index_place *place, struct ng_err *err) {
    uint64_t number;
    int status = ng_index_shard_of(index, doc, &number, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    place->shard = &s->shard;
    place->document = doc - s->first_document;
    place->start = ng_docs_start(&s->shard.docs, place->document);
    place->end = ng_docs_end(&s->shard.docs, place->document);
    status = ng_shard_status(&s->shard, err);
    if (status) return status;
    if (place->start <= place->end && place->end < s->shard.rows) return NG_OK;
    ng_container_mark_damaged(s->shard.container);
    return ng_shard_status(&s->shard, err);
}

int ng_index_doc_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err) {
    struct ng_index_place place;
    int status = ng_index_find_place(index, doc, &place, err);
    if (!status) *length_bytes = place.end - place.start;
    return status;
}

int ng_index_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes, uint8_t *out,
                     struct ng_err *err) {
    struct ng_index_place place;
    int status = ng_index_find_place(index, doc, &place, err);
    if (status) return status;
    if (!ng_checked_range(offset, length_bytes, place.end - place.start)) {
        return ng_err_set(err, NG_ERR_USAGE, "bytes %llu to %llu are not within document %llu of %llu bytes",
                          (unsigned long long)offset, (unsigned long long)(offset + length_bytes),
                          (unsigned long long)doc, (unsigned long long)(place.end - place.start));
    }
    struct ng_watch watch = ng_watch_make(&index->cancel);
    uint64_t begin = place.start + offset;
    ng_extract_range(place.shard, place.document, begin, begin + length_bytes, out, &watch);
    return ng_shard_outcome(place.shard, &watch, err);
}

int ng_index_doc_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source,
                        struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    uint64_t number;
    if (index->exact) index = index->exact;
    int status = ng_index_shard_of(index, doc, &number, err);
    if (!status) status = ng_watch_check(&watch, 1, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    return ng_docs_source(&s->shard.docs, doc - s->first_document, source, err);
}

void ng_doc_source_free(struct ng_doc_source *source) {
    ng_docs_source_free(source);
}
