#include "query/verify/ids.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/base/order.h"
#include "common/shard/ids.h"

/* What a block of metadata takes, in the steps that a watch counts. */
enum { BLOCK_STEPS = 128 };

struct check {
    const struct ng_ids *ids;
    char *field;        /* NUL-terminated; owned */
    struct ng_buf room; /* for ids without their escapes */
    uint64_t found;     /* documents with an id that the section has */
    uint64_t missing;   /* the first one that it has not, or documents of the shard */
    int status;
};

/* Whether a document is among the entries of its hash, which are in the order of documents. */
static bool has_document(const struct ng_ids *ids, uint64_t hash, uint64_t document) {
    uint64_t low;
    uint64_t end;
    ng_ids_find(ids, hash, &low, &end);
    NG_ORDER_SEEK(low, end, middle, ng_ids_document(ids, middle) < document);
    return low < end && ng_ids_document(ids, low) == document;
}

static void take(void *context, uint64_t document, const uint8_t *metadata, size_t metadata_bytes) {
    struct check *check = context;
    struct ng_json_token token = ng_ids_of(metadata, metadata_bytes, check->field);
    const uint8_t *id;
    size_t length;
    if (!token.data || check->status) return;
    check->status = ng_json_token_bytes(token, &check->room, &id, &length, NULL);
    if (check->status) return;
    if (has_document(check->ids, ng_ids_hash(id, length), document)) check->found++;
    else if (check->missing == check->ids->documents) check->missing = document;
}

/* Documents that are all in the section are in different entries; so there is no other entry if there are as many. */
static int check_entries(const struct ng_shard *shard, struct check *check, struct ng_watch *watch, struct ng_err *err) {
    for (uint64_t block = 0; block < shard->docs.block_count; block++) {
        int status = ng_docs_each(&shard->docs, block, take, check, err);
        if (!status && check->status) status = ng_err_nomem(err, check->room.length, "a check of ids");
        if (!status) status = ng_watch_check(watch, BLOCK_STEPS, err);
        if (status) return status;
    }
    if (check->missing < check->ids->documents) {
        return ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: document %" PRIu64 " of the shard is not at the hash of its id",
                          shard->container->path, NG_IDS_SECTION, check->missing);
    }
    if (check->found == check->ids->hashes.count) return NG_OK;
    return ng_container_fail(shard->container, NG_IDS_SECTION, "it has documents without such an id", err);
}

int ng_verify_ids(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err) {
    struct ng_ids ids;
    bool found;
    int status = ng_ids_open(&ids, shard, &found, err);
    if (status || !found) return status;
    if (!ng_ef_check(&ids.hashes, false)) {
        return ng_container_fail(shard->container, NG_IDS_SECTION, "its hashes are out of order", err);
    }
    struct check check = {.ids = &ids, .field = strndup(ids.field, ids.field_bytes), .missing = ids.documents};
    status = check.field ? check_entries(shard, &check, watch, err) : ng_err_nomem(err, ids.field_bytes, "a check of ids");
    free(check.field);
    ng_buf_free(&check.room);
    return status;
}
