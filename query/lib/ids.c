/* Ids and URLs of documents: the part of ngidx.h that finds documents by their ids. */
#include "common/shard/ids.h"

#include "query/lib/index.h"

/* What the watch counts for a block of metadata: reading one takes about as long as this many LF steps. */
enum { BLOCK_STEPS = 16 };

/* Where URLs are if no field was given, beside the default: dolma's documents have them there. */
#define SECOND_URL_FIELD "metadata.url"

/* The handle whose shards hold the metadata. */
static const struct ng_index *with_sources(const struct ng_index *index) {
    return index->exact ? index->exact : index;
}

void ng_index_get_fields(const struct ng_index *index, struct ng_index_fields *fields) {
    const struct ng_manifest *manifest = &with_sources(index)->manifest;
    *fields = (struct ng_index_fields){.text = manifest->text_field, .id = ng_manifest_id_field(manifest),
                                       .url = ng_manifest_url_field(manifest)};
}

static struct ng_bytes find_url(const struct ng_doc_source *source, const char *field) {
    struct ng_json_token token = ng_json_find((const uint8_t *)source->metadata, (size_t)source->metadata_bytes, field);
    if (!ng_json_token_is_string(token)) return (struct ng_bytes){0};
    return (struct ng_bytes){token.data, token.length};
}

void ng_index_doc_names(const struct ng_index *index, const struct ng_doc_source *source, struct ng_doc_names *names) {
    const struct ng_manifest *manifest = &with_sources(index)->manifest;
    struct ng_json_token id = ng_ids_of((const uint8_t *)source->metadata, (size_t)source->metadata_bytes,
                                        ng_manifest_id_field(manifest));
    names->id = (struct ng_bytes){id.data, id.length};
    names->url = find_url(source, ng_manifest_url_field(manifest));
    if (!names->url.data && !manifest->url_field[0]) names->url = find_url(source, SECOND_URL_FIELD);
}

/* A search for documents by their id. */
struct search {
    const struct ng_removed *removed; /* from the shard at hand */
    const char *field;
    struct ng_bytes id;
    uint64_t first_document; /* of the shard, in the index */
    uint64_t *docs;
    size_t capacity;
    uint64_t count;
    struct ng_watch watch;
};

static void take(void *context, uint64_t document, const uint8_t *metadata, size_t metadata_bytes) {
    struct search *search = context;
    struct ng_json_token token = ng_ids_of(metadata, metadata_bytes, search->field);
    if (!token.data || !ng_json_token_equals(token, search->id.data, (size_t)search->id.length_bytes)) return;
    if (ng_removed_has(search->removed, document)) return;
    if (search->count < search->capacity) search->docs[search->count] = search->first_document + document;
    search->count++;
}

/* Reads all metadata of a shard. */
static int search_all(struct search *search, const struct ng_docs *docs, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t block = 0; block < docs->block_count && !status; block++) {
        status = ng_watch_check(&search->watch, BLOCK_STEPS, err);
        if (!status) status = ng_docs_each(docs, block, take, search, err);
    }
    return status;
}

/* Looks at the documents that the section has for the hash. Those of one hash are in ascending order. */
static int search_section(struct search *search, const struct ng_ids *ids, const struct ng_shard *shard,
                          struct ng_err *err) {
    uint64_t begin;
    uint64_t end;
    int status = NG_OK;
    ng_ids_find(ids, ng_ids_hash(search->id.data, (size_t)search->id.length_bytes), &begin, &end);
    for (uint64_t entry = begin; entry < end && !status; entry++) {
        struct ng_doc_source source;
        uint64_t document = ng_ids_document(ids, entry);
        status = ng_watch_check(&search->watch, BLOCK_STEPS, err);
        if (!status) status = ng_shard_status(shard, err);
        if (status) break;
        status = ng_docs_source(&shard->docs, document, &source, err);
        if (status) break;
        take(search, document, (const uint8_t *)source.metadata, (size_t)source.metadata_bytes);
        ng_docs_source_free(&source);
    }
    return status;
}

int ng_index_docs_with_id(const struct ng_index *index, struct ng_bytes id, uint64_t *docs, size_t doc_capacity,
                          uint64_t *doc_count, struct ng_err *err) {
    index = with_sources(index);
    if (index->calls) return index->calls->ids(index, id, docs, doc_capacity, doc_count, err);
    struct search search = {.field = ng_manifest_id_field(&index->manifest), .id = id, .docs = docs,
                            .capacity = doc_capacity, .watch = ng_watch_make(&index->cancel)};
    int status = NG_OK;
    for (uint64_t s = 0; s < index->shard_count && !status; s++) {
        const struct ng_shard *shard = &index->shards[s].shard;
        struct ng_ids ids;
        bool found;
        search.first_document = index->shards[s].first_document;
        search.removed = &shard->removed;
        status = ng_ids_open(&ids, shard, &found, err);
        if (status) break;
        if (found && ng_ids_is_of(&ids, search.field)) status = search_section(&search, &ids, shard, err);
        else status = search_all(&search, &shard->docs, err);
        if (!status) status = ng_shard_outcome(shard, &search.watch, err);
    }
    *doc_count = search.count;
    return status;
}
