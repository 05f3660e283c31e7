#include "common/shard/docs_records.h"

#include <string.h>

#include "common/base/checked.h"
#include "common/base/le.h"

bool ng_docs_records_start(struct ng_docs_records *records, const uint8_t *block, size_t length_bytes) {
    records->block = block;
    records->end = length_bytes - NG_DOCS_TRAILER_BYTES;
    records->metadata_at = records->metadata_bytes = records->line = 0;
    records->path_bytes = 0;
    records->path[0] = '\0';
    uint32_t record_bytes = ng_le_load32(block + records->end);
    if (record_bytes > records->end) return false;
    records->metadata_end = records->end - record_bytes;
    records->at = records->metadata_end;
    return true;
}

static bool read_varint(struct ng_docs_records *records, uint64_t *value) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && records->at < records->end; shift += 7) {
        uint8_t byte = records->block[records->at++];
        uint64_t bits = byte & 0x7f;
        if (bits << shift >> shift != bits) return false;
        result |= bits << shift;
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

static bool read_path(struct ng_docs_records *records) {
    uint64_t shared;
    uint64_t added;
    if (!read_varint(records, &shared) || !read_varint(records, &added)) return false;
    if (shared > records->path_bytes || added > NG_DOCS_MAX_PATH_BYTES - shared) return false;
    if (added > records->end - records->at) return false;
    const uint8_t *bytes = records->block + records->at;
    if (memchr(bytes, '\0', (size_t)added)) return false;
    memcpy(records->path + shared, bytes, (size_t)added);
    records->at += (size_t)added;
    records->path_bytes = (size_t)(shared + added);
    records->path[records->path_bytes] = '\0';
    return read_varint(records, &records->line);
}

bool ng_docs_records_next(struct ng_docs_records *records) {
    uint64_t head;
    records->metadata_at += records->metadata_bytes;
    if (!read_varint(records, &head)) return false;
    records->metadata_bytes = head >> 1;
    if (!ng_checked_range(records->metadata_at, records->metadata_bytes, records->metadata_end)) return false;
    if (head & 1) return read_path(records);
    return ng_checked_add(records->line, 1, &records->line);
}
