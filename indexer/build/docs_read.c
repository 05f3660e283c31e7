#include "indexer/build/docs_read.h"

#include <stdlib.h>
#include <zstd.h>

#include "common/base/buf.h"
#include "common/json/object.h"
#include "common/rank/ef.h"
#include "common/shard/docs_format.h"
#include "common/shard/docs_records.h"

struct ng_docs_reader {
    struct ng_container *container;
    struct ng_view meta;
    struct ng_ef starts;
    struct ng_ef block_first;
    struct ng_ef block_offset;
    uint64_t rows;
    uint64_t documents;
    uint64_t next;       /* document */
    uint64_t block;      /* that comes next */
    uint64_t block_end;  /* document behind the block at hand */
    ZSTD_DCtx *decompressor;
    struct ng_buf data;  /* of the block at hand */
    struct ng_docs_records records;
    struct ng_json_objects *objects;
};

static int fail(const struct ng_docs_reader *r, struct ng_err *err, const char *why) {
    return ng_container_fail(r->container, NG_DOCS_SECTION, why, err);
}

int ng_docs_reader_open(struct ng_docs_reader **reader, struct ng_container *container, uint64_t rows,
                        uint64_t documents, struct ng_err *err) {
    struct ng_view view;
    struct ng_docs_reader *r = calloc(1, sizeof *r);
    if (!r) return ng_err_nomem(err, sizeof *r, "a reader of documents");
    r->container = container;
    r->rows = rows;
    r->documents = documents;
    r->decompressor = ZSTD_createDCtx();
    r->objects = ng_json_objects_open();
    int status = r->decompressor && r->objects ? NG_OK : ng_err_nomem(err, sizeof *r, "a reader of documents");
    if (!status) status = ng_container_view(container, NG_DOCS_META_SECTION, &r->meta, err);
    if (!status) status = ng_container_view(container, NG_DOCS_SECTION, &view, err);
    if (!status) status = ng_ef_open(&r->starts, &view, 0, err);
    if (!status) status = ng_ef_open(&r->block_first, &view, r->starts.end, err);
    if (!status) status = ng_ef_open(&r->block_offset, &view, r->block_first.end, err);
    if (!status && (r->starts.count != documents || r->starts.bound != rows || r->block_first.count < 2 ||
                    r->block_offset.count != r->block_first.count)) {
        status = fail(r, err, "their directory is at odds with the shard");
    }
    if (status) {
        ng_docs_reader_close(r);
        return status;
    }
    *reader = r;
    return NG_OK;
}

static int load_block(struct ng_docs_reader *r, struct ng_err *err) {
    if (r->block + 1 >= r->block_first.count) return fail(r, err, "a block is missing");
    uint64_t offset = ng_ef_get(&r->block_offset, r->block);
    uint64_t end = ng_ef_get(&r->block_offset, r->block + 1);
    uint64_t first = ng_ef_get(&r->block_first, r->block);
    r->block_end = ng_ef_get(&r->block_first, ++r->block);
    if (offset >= end || first != r->next || r->block_end <= first || !ng_view_check(&r->meta, offset, end - offset)) {
        return fail(r, err, "the blocks' directory is out of order");
    }
    const uint8_t *packed = r->meta.data + offset;
    unsigned long long length = ZSTD_getFrameContentSize(packed, (size_t)(end - offset));
    if (length < NG_DOCS_TRAILER_BYTES || length > NG_DOCS_MAX_BLOCK_BYTES) return fail(r, err, "a block's size is wrong");
    r->data.length = 0;
    int status = ng_buf_reserve(&r->data, (size_t)length, err);
    if (status) return status;
    r->data.length = ZSTD_decompressDCtx(r->decompressor, r->data.data, (size_t)length, packed, (size_t)(end - offset));
    if (r->data.length != length) return fail(r, err, "a block does not decompress");
    if (!ng_docs_records_start(&r->records, r->data.data, r->data.length)) return fail(r, err, "a block is damaged");
    return NG_OK;
}

int ng_docs_reader_next(struct ng_docs_reader *r, struct ng_docs_entry *entry, bool *found, struct ng_err *err) {
    *found = r->next < r->documents;
    if (!*found) return NG_OK;
    int status = r->next == r->block_end ? load_block(r, err) : NG_OK;
    if (status) return status;
    if (!ng_docs_records_next(&r->records)) return fail(r, err, "a record is damaged");
    uint64_t start = ng_ef_get(&r->starts, r->next);
    uint64_t end = r->next + 1 < r->documents ? ng_ef_get(&r->starts, r->next + 1) : r->rows;
    if (start >= end || end > r->rows) return fail(r, err, "their starts are out of order");
    *entry = (struct ng_docs_entry){.start = start, .text_bytes = end - start - 1, .path = r->records.path,
                                    .line = r->records.line, .metadata = r->data.data + r->records.metadata_at,
                                    .metadata_bytes = r->records.metadata_bytes};
    bool no_memory;
    if (!ng_json_objects_check(r->objects, entry->metadata, (size_t)entry->metadata_bytes, &no_memory)) {
        return no_memory ? ng_err_nomem(err, entry->metadata_bytes, "checking metadata")
                         : fail(r, err, "metadata that are no JSON object");
    }
    r->next++;
    return ng_container_status(r->container, err);
}

void ng_docs_reader_close(struct ng_docs_reader *r) {
    if (!r) return;
    (void)ZSTD_freeDCtx(r->decompressor);
    ng_json_objects_close(r->objects);
    ng_buf_free(&r->data);
    free(r);
}
