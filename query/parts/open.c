#include <stdlib.h>
#include <string.h>

#include "common/base/checked.h"
#include "query/parts/parts.h"

static const char *name_of(const struct ng_parts *parts, size_t part) {
    return parts->transport.name(parts->transport.context, part);
}

/* Takes what one replica of a part says of itself. */
static int take_info(struct ng_parts *parts, const struct ng_part_exchange *exchange, struct ng_manifest *manifest,
                     struct ng_err *err) {
    struct ng_part *part = &parts->parts[exchange->part];
    struct ng_wire_in in;
    struct ng_wire_head head;
    struct ng_err why;
    ng_err_clear(&why);
    int status = ng_wire_open(&in, exchange->answer, exchange->answer_bytes, false, &head, &why);
    struct ng_bytes content = {0};
    if (!status) content = ng_wire_get_bytes(&in);
    if (!status && (!ng_wire_is_whole(&in) || head.operation != NG_WIRE_INFO || !head.id[0])) {
        status = ng_err_set(&why, NG_ERR_INPUT, "its description does not fit");
    }
    if (!status && part->id[0] && strcmp(part->id, head.id) != 0) {
        (void)ng_err_set(err, NG_ERR_REMOTE, "the replicas of part %zu of the index (%s) are not the same index: %s and %s",
                         exchange->part + 1, name_of(parts, exchange->part), part->id, head.id);
        return ng_err_hint(err, "copy the index of one to the others");
    }
    if (!status && !part->id[0]) {
        status = ng_manifest_parse(manifest, "index.json", content.data, (size_t)content.length_bytes, &why);
        memcpy(part->id, head.id, sizeof part->id);
    }
    if (!status) return NG_OK;
    return ng_err_set(err, status == NG_ERR_NOMEM ? status : NG_ERR_REMOTE, "part %zu of the index (%s): %s",
                      exchange->part + 1, name_of(parts, exchange->part), why.text);
}

/* Asks round number replica of all parts that have so many. */
static int ask_round(struct ng_parts *parts, size_t replica, const struct ng_wire_out *request,
                     struct ng_manifest *manifests, struct ng_err *errors, bool *asked, struct ng_err *err) {
    static const struct ng_cancel nobody = {0};
    struct ng_part_exchange list[NG_MAX_PARTS];
    size_t count = 0;
    for (size_t p = 0; p < parts->transport.part_count; p++) {
        if (replica >= parts->transport.replicas(parts->transport.context, p)) continue;
        list[count++] = (struct ng_part_exchange){
            .part = p, .replica = replica, .request = request->buf.data, .request_bytes = request->buf.length};
    }
    *asked = count > 0;
    if (count > 0) parts->transport.exchange(parts->transport.context, list, count, &nobody);
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) {
        if (list[i].status) errors[list[i].part] = list[i].err;
        else if (!status) status = take_info(parts, &list[i], &manifests[list[i].part], err);
        if (list[i].status && list[i].status != NG_ERR_REMOTE && !status) {
            status = list[i].status;
            if (err) *err = list[i].err;
        }
        free(list[i].answer);
    }
    return status;
}

static int ask_all(struct ng_parts *parts, struct ng_manifest *manifests, struct ng_err *err) {
    struct ng_wire_out request = {.err = err};
    struct ng_err *errors = calloc(NG_MAX_PARTS, sizeof *errors);
    int status = errors ? NG_OK : ng_err_nomem(err, NG_MAX_PARTS * sizeof *errors, "the parts of an index");
    ng_wire_begin_request(&request, NG_WIRE_INFO, NG_WIRE_EXACT, "");
    if (!status) status = ng_wire_end(&request);
    bool asked = true;
    for (size_t replica = 0; asked && !status; replica++) {
        status = ask_round(parts, replica, &request, manifests, errors, &asked, err);
    }
    size_t absent = 0;
    for (size_t p = 0; p < parts->transport.part_count && !status; p++) {
        if (parts->parts[p].id[0]) continue;
        parts->parts[p].absent = true;
        bool fails = !parts->transport.allow_partial || !parts->transport.allow_absent ||
                     ++absent == parts->transport.part_count;
        if (!fails) continue;
        if (err) *err = errors[p];
        status = NG_ERR_REMOTE;
    }
    free(errors);
    ng_buf_free(&request.buf);
    return status;
}

/* Whether two parts can be parts of one index. */
static const char *find_difference(const struct ng_manifest *a, const struct ng_manifest *b) {
    if (ng_manifest_has_folded(a) != ng_manifest_has_folded(b) || ng_manifest_only_folded(a) != ng_manifest_only_folded(b))
        return "they do not hold the same views";
    if (a->fold_version != b->fold_version || strcmp(a->fold_unicode, b->fold_unicode) != 0)
        return "they were folded by different versions";
    if (strcmp(ng_manifest_id_field(a), ng_manifest_id_field(b)) != 0) return "they have documents' ids in different members";
    if (strcmp(ng_manifest_url_field(a), ng_manifest_url_field(b)) != 0) return "they have documents' URLs in different members";
    return NULL;
}

/* Adds the shards of a part to the index. */
static int add_part(struct ng_index *index, struct ng_part *part, const struct ng_manifest *manifest, struct ng_err *err) {
    struct ng_manifest *all = &index->manifest;
    uint64_t sum;
    part->first_shard = all->shard_count;
    part->first_document = all->documents;
    part->shard_count = manifest->shard_count;
    part->documents = manifest->documents;
    if (!ng_checked_add(all->documents, manifest->documents, &sum) ||
        !ng_checked_add(all->text_bytes, manifest->text_bytes, &sum)) {
        return ng_err_set(err, NG_ERR_LIMIT, "the parts of the index hold more than can be counted");
    }
    int status = NG_OK;
    for (uint64_t s = 0; s < manifest->shard_count && !status; s++) {
        struct ng_manifest_shard shard = manifest->shards[s];
        struct ng_manifest_shard folded = manifest->folded ? manifest->folded[s] : (struct ng_manifest_shard){0};
        ng_shard_name_format(shard.file, all->shard_count, ng_manifest_only_folded(manifest));
        ng_shard_name_format(folded.file, all->shard_count, true);
        status = ng_manifest_append(all, &shard, manifest->folded ? &folded : NULL, err);
    }
    return status;
}

static int add_parts(struct ng_index *index, struct ng_parts *parts, const struct ng_manifest *manifests,
                     struct ng_err *err) {
    const struct ng_manifest *first = NULL;
    size_t first_part = 0;
    int status = NG_OK;
    for (size_t p = 0; p < parts->transport.part_count && !status; p++) {
        if (parts->parts[p].absent) continue;
        const char *difference = first ? find_difference(first, &manifests[p]) : NULL;
        if (difference) {
            return ng_err_set(err, NG_ERR_USAGE, "parts %zu (%s) and %zu (%s) of the index do not fit together: %s",
                              first_part + 1, name_of(parts, first_part), p + 1, name_of(parts, p), difference);
        }
        if (!first) {
            first = &manifests[p];
            first_part = p;
            index->manifest = *first;
            index->manifest.shards = index->manifest.folded = NULL;
            index->manifest.removals = NULL; /* each part has its own journal */
            index->manifest.removal_count = 0;
            index->manifest.shard_count = index->manifest.documents = 0;
            index->manifest.text_bytes = index->manifest.folded_text_bytes = 0;
        }
        status = add_part(index, &parts->parts[p], &manifests[p], err);
    }
    return status;
}

/* What is known of the shards of a view. */
static int list_shards(struct ng_index *index, struct ng_err *err) {
    const struct ng_manifest *manifest = &index->manifest;
    uint64_t documents = 0;
    index->shards = calloc((size_t)manifest->shard_count + 1, sizeof *index->shards);
    if (!index->shards) return ng_err_nomem(err, manifest->shard_count * sizeof *index->shards, "the shards");
    for (; index->shard_count < manifest->shard_count; index->shard_count++) {
        struct ng_index_shard *s = &index->shards[index->shard_count];
        const struct ng_manifest_shard *entry = &manifest->shards[index->shard_count];
        s->first_document = documents;
        s->shard.documents = entry->documents;
        s->shard.rows = entry->text_bytes + entry->documents;
        documents += entry->documents;
        index->documents += entry->documents - entry->removed.documents;
        index->text_bytes += entry->text_bytes - entry->removed.text_bytes;
    }
    return NG_OK;
}

static int open_folded(struct ng_index *index, struct ng_err *err) {
    struct ng_index *folded = calloc(1, sizeof *folded);
    if (!folded) return ng_err_nomem(err, sizeof *folded, "an index");
    *folded = (struct ng_index){.calls = index->calls, .parts = index->parts, .missing = index->missing, .is_folded = true,
                                .exact = index, .manifest = index->manifest};
    index->folded = folded;
    folded->manifest.shards = index->manifest.folded;
    folded->manifest.text_bytes = index->manifest.folded_text_bytes;
    folded->manifest.sa_sample = index->manifest.folded_sa_sample;
    folded->manifest.folded = index->manifest.folded = NULL;
    return list_shards(folded, err);
}

int ng_index_open_parts(struct ng_index **out, const struct ng_part_transport *transport, struct ng_err *err) {
    *out = NULL;
    struct ng_index *index = calloc(1, sizeof *index);
    struct ng_parts *parts = calloc(1, sizeof *parts);
    struct ng_manifest *manifests = calloc(NG_MAX_PARTS, sizeof *manifests);
    int status = NG_OK;
    if (!index || !parts || !manifests) {
        free(index);
        free(parts);
        free(manifests);
        transport->close(transport->context);
        return ng_err_nomem(err, NG_MAX_PARTS * sizeof *manifests, "the parts of an index");
    }
    parts->transport = *transport;
    index->calls = &ng_parts_calls;
    index->parts = parts;
    index->missing = calloc(1, sizeof *index->missing);
    if (!index->missing) status = ng_err_nomem(err, sizeof *index->missing, "an index");
    if (!status && (transport->part_count == 0 || transport->part_count > NG_MAX_PARTS)) {
        status = ng_err_set(err, NG_ERR_LIMIT, "an index has 1 to %u parts (NG_MAX_PARTS), not %zu", NG_MAX_PARTS,
                            transport->part_count);
    }
    if (!status) status = ask_all(parts, manifests, err);
    if (!status) status = add_parts(index, parts, manifests, err);
    if (!status) {
        index->is_folded = ng_manifest_only_folded(&index->manifest);
        status = list_shards(index, err);
    }
    if (!status && index->manifest.folded) status = open_folded(index, err);
    for (size_t p = 0; p < NG_MAX_PARTS; p++) ng_manifest_free(&manifests[p]);
    free(manifests);
    if (status) ng_index_close(index);
    else *out = index;
    return status;
}

bool ng_index_is_in_parts(const struct ng_index *index) {
    return index->calls != NULL;
}

void ng_index_set_via(struct ng_index *bound, const char *via) {
    bound->via = via;
    if (bound->folded) bound->folded->via = via;
}

uint64_t ng_index_missing_parts(const struct ng_index *index) {
    return index->missing ? atomic_load(index->missing) : 0;
}

const char *ng_index_part_name(const struct ng_index *index, size_t part) {
    return name_of(index->parts, part);
}
