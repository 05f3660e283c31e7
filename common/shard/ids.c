#include "common/shard/ids.h"

#include <string.h>
#include <xxhash.h>

#include "common/base/le.h"

struct ng_json_token ng_ids_of(const uint8_t *metadata, size_t metadata_bytes, const char *field) {
    struct ng_json_token token = ng_json_find(metadata, metadata_bytes, field);
    bool is_id = ng_json_token_is_string(token) || ng_json_token_is_number(token);
    return is_id ? token : (struct ng_json_token){0};
}

uint64_t ng_ids_hash(const uint8_t *id, size_t length) {
    return XXH3_64bits(id, length);
}

static bool has_section(const struct ng_container *container) {
    for (unsigned i = 0; i < container->section_count; i++) {
        if (strcmp(container->sections[i].name, NG_IDS_SECTION) == 0) return true;
    }
    return false;
}

int ng_ids_open(struct ng_ids *ids, const struct ng_shard *shard, bool *found, struct ng_err *err) {
    struct ng_container *container = shard->container;
    struct ng_view *view = &ids->numbers.view;
    *ids = (struct ng_ids){.documents = shard->documents};
    *found = has_section(container);
    if (!*found) return NG_OK;
    int status = ng_container_view(container, NG_IDS_SECTION, view, err);
    if (status) return status;
    if (!ng_view_check(view, 0, 2)) return ng_container_fail(container, NG_IDS_SECTION, "cut short", err);
    ids->field_bytes = (size_t)view->data[0] | (size_t)view->data[1] << 8;
    if (ids->field_bytes == 0 || ids->field_bytes > NG_MAX_FIELD_NAME_BYTES || !ng_view_check(view, 2, ids->field_bytes)) {
        return ng_container_fail(container, NG_IDS_SECTION, "its field is out of range", err);
    }
    ids->field = (const char *)view->data + 2;
    status = ng_ef_open(&ids->hashes, view, 2 + ids->field_bytes, err);
    if (status) return status;
    ids->numbers.at = ids->hashes.end;
    ids->numbers.count = ids->hashes.count;
    ids->numbers.width = ng_packed_width(shard->documents - 1);
    ids->hash_bits = ng_packed_width(ids->hashes.bound) - 1;
    bool is_power = (ids->hashes.bound & (ids->hashes.bound - 1)) == 0;
    if (!is_power || ids->hash_bits > NG_IDS_MAX_HASH_BITS || ids->hashes.count > ids->documents ||
        view->length_bytes - ids->numbers.at != (ids->numbers.count * ids->numbers.width + 7) / 8) {
        return ng_container_fail(container, NG_IDS_SECTION, "at odds with HEAD", err);
    }
    return NG_OK;
}

bool ng_ids_is_of(const struct ng_ids *ids, const char *field) {
    return strlen(field) == ids->field_bytes && memcmp(field, ids->field, ids->field_bytes) == 0;
}

void ng_ids_find(const struct ng_ids *ids, uint64_t hash, uint64_t *begin, uint64_t *end) {
    uint64_t value = ids->hash_bits > 0 ? hash >> (64 - ids->hash_bits) : 0;
    *begin = ng_ef_rank(&ids->hashes, value, NULL);
    *end = ng_ef_rank(&ids->hashes, value + 1, NULL);
    if (*end < *begin) *end = *begin; /* only where there is damage, which is recorded */
}

uint64_t ng_ids_document(const struct ng_ids *ids, uint64_t entry) {
    return ng_shard_array_get(&ids->numbers, entry, ids->documents - 1);
}
