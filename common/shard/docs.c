#include "common/shard/docs.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/base/checked.h"
#include "common/base/le.h"
#include "common/base/utf8.h"
#include "common/container/ahead.h"
#include "common/json/in.h"
#include "common/json/nonfinite.h"
#include "common/shard/docs_format.h"

/* The records in a block, once it is decompressed: read one after the other, each field checked against FORMAT.md,
 * section "META". */
struct records {
    const uint8_t *block; /* borrowed */
    size_t at;            /* records still to be read are [at, end) */
    size_t end;
    size_t metadata_end;

    /* The record that was read last. */
    uint64_t metadata_at; /* in block */
    uint64_t metadata_bytes;
    uint64_t line;
    size_t path_bytes;
    char path[NG_DOCS_MAX_PATH_BYTES + 1]; /* NUL-terminated */
};

/* A zstd context, as making one takes two thirds of the time of a look-up, and the block that it has last decompressed,
 * and how far its records were read, as the next look-up is often in the same, and further on. */
struct workshop {
    ZSTD_DCtx *context;
    uint8_t *data; /* of the block; NULL: none. Owned */
    size_t length_bytes;
    uint64_t number;
    struct records records;
    uint64_t next_document; /* whose record comes next; NONE_READ: to be read from the start */
    struct ng_json_in json;
};

#define NONE_READ UINT64_MAX

/* One is kept for the next look-up. Whoever needs it takes it away meanwhile; a thread that finds none makes one for
 * itself. */
struct ng_docs_spare {
    _Atomic(struct workshop *) workshop;
};

static void free_workshop(struct workshop *workshop) {
    if (!workshop) return;
    (void)ZSTD_freeDCtx(workshop->context);
    free(workshop->data);
    free(workshop);
}

/* NULL: out of memory. */
static struct workshop *take_workshop(const struct ng_docs *docs) {
    struct workshop *workshop = atomic_exchange(&docs->spare->workshop, NULL);
    if (workshop) return workshop;
    workshop = calloc(1, sizeof *workshop);
    if (!workshop) return NULL;
    workshop->context = ZSTD_createDCtx();
    if (workshop->context) return workshop;
    free_workshop(workshop);
    return NULL;
}

static void give_back_workshop(const struct ng_docs *docs, struct workshop *workshop) {
    enum { MOST_KEPT_BYTES = 1 << 16 }; /* of some 16 KB; a block is longer where it holds a large record */
    if (workshop && workshop->length_bytes > MOST_KEPT_BYTES) {
        free(workshop->data);
        workshop->data = NULL;
        workshop->length_bytes = 0;
    }
    free_workshop(atomic_exchange(&docs->spare->workshop, workshop));
}

void ng_docs_close(struct ng_docs *docs) {
    if (!docs || !docs->spare) return;
    give_back_workshop(docs, NULL);
    free(docs->spare);
    docs->spare = NULL;
}

int ng_docs_open(struct ng_docs *docs, struct ng_container *container, uint64_t rows, uint64_t documents,
                 struct ng_err *err) {
    struct ng_view view;
    *docs = (struct ng_docs){.rows = rows};
    int status = ng_container_view(container, NG_DOCS_META_SECTION, &docs->meta, err);
    if (!status) status = ng_container_view(container, NG_DOCS_SECTION, &view, err);
    if (!status) status = ng_ef_open(&docs->starts, &view, 0, err);
    if (!status) status = ng_ef_open(&docs->block_first, &view, docs->starts.end, err);
    if (!status) status = ng_ef_open(&docs->block_offset, &view, docs->block_first.end, err);
    if (status) return status;
    if (docs->starts.count != documents || docs->starts.bound != rows) {
        return ng_container_fail(container, NG_DOCS_SECTION, "document starts at odds with the shard", err);
    }
    if (docs->block_first.count < 2 || docs->block_first.count - 1 > documents ||
        docs->block_first.bound != documents + 1 || docs->block_offset.count != docs->block_first.count ||
        docs->block_offset.bound != docs->meta.length_bytes + 1) {
        return ng_container_fail(container, NG_DOCS_SECTION, "block directory at odds with section " NG_DOCS_META_SECTION,
                                 err);
    }
    if (docs->block_offset.end != view.length_bytes) {
        return ng_container_fail(container, NG_DOCS_SECTION, "wrong length", err);
    }
    docs->block_count = docs->block_first.count - 1;
    docs->spare = calloc(1, sizeof *docs->spare);
    return docs->spare ? NG_OK : ng_err_nomem(err, sizeof *docs->spare, "a shard's documents");
}

uint64_t ng_docs_start(const struct ng_docs *docs, uint64_t document) {
    return ng_ef_get(&docs->starts, document);
}

uint64_t ng_docs_end(const struct ng_docs *docs, uint64_t document) {
    if (document + 1 == docs->starts.count) return docs->rows - 1;
    uint64_t next = ng_ef_get(&docs->starts, document + 1);
    if (next > 0) return next - 1;
    ng_container_mark_damaged(docs->meta.container);
    return 0;
}

uint64_t ng_docs_of_position(const struct ng_docs *docs, uint64_t position) {
    bool starts_here;
    uint64_t before = ng_ef_rank(&docs->starts, position, &starts_here);
    if (starts_here) return before;
    if (before > 0) return before - 1;
    ng_container_mark_damaged(docs->meta.container);
    return 0;
}

static int fail_block(const struct ng_docs *docs, uint64_t block, struct ng_err *err, const char *why) {
    struct ng_container *container = docs->meta.container;
    char text[128];
    if (ng_container_status(container, err)) return NG_ERR_CORRUPT;
    (void)snprintf(text, sizeof text, "block %llu: %s", (unsigned long long)block, why);
    (void)ng_container_fail(container, NG_DOCS_META_SECTION, text, err);
    ng_container_mark_damaged(container);
    return NG_ERR_CORRUPT;
}

/* One block of META. */
struct block {
    uint64_t number;
    uint64_t first_document;
    uint64_t end_document;
    uint64_t offset; /* in META, compressed */
    uint64_t packed_bytes;
    const uint8_t *data; /* decompressed; the workshop's */
    size_t length_bytes;
};

/* number < block_count. */
static int find_block(const struct ng_docs *docs, uint64_t number, struct block *block, struct ng_err *err) {
    uint64_t offset = ng_ef_get(&docs->block_offset, number);
    uint64_t end = ng_ef_get(&docs->block_offset, number + 1);
    *block = (struct block){.number = number,
                            .first_document = ng_ef_get(&docs->block_first, number),
                            .end_document = ng_ef_get(&docs->block_first, number + 1),
                            .offset = offset,
                            .packed_bytes = end - offset};
    /* A number from a damaged page may look right by chance. */
    int status = ng_container_status(docs->meta.container, err);
    if (status) return status;
    if (block->first_document >= block->end_document || offset >= end) {
        return fail_block(docs, number, err, "its directory is out of order");
    }
    if (!ng_view_check(&docs->meta, offset, end - offset)) return fail_block(docs, number, err, "not in the section");
    return NG_OK;
}

static int find_block_of(const struct ng_docs *docs, uint64_t document, struct block *block, struct ng_err *err) {
    bool starts_here;
    uint64_t number = ng_ef_rank(&docs->block_first, document, &starts_here);
    if (!starts_here) number--;
    if (number >= docs->block_count) return fail_block(docs, number, err, "no such block");
    int status = find_block(docs, number, block, err);
    if (status || (document >= block->first_document && document < block->end_document)) return status;
    return fail_block(docs, number, err, "its directory is out of order");
}

static void ask_ranks(const struct ng_ef *ef, const uint64_t *values, size_t count) {
    for (size_t i = 0; i < count; i++) ng_ef_ask_directory(ef, values[i]);
    for (size_t i = 0; i < count; i++) ng_ef_prefetch(ef, values[i]);
}

void ng_docs_ask_positions(const struct ng_docs *docs, const uint64_t *positions, size_t count) {
    ask_ranks(&docs->starts, positions, count);
}

void ng_docs_ask_sources(const struct ng_docs *docs, const uint64_t *documents, size_t count) {
    ask_ranks(&docs->block_first, documents, count);
    for (size_t i = 0; i < count; i++) {
        bool starts_here;
        uint64_t number = ng_ef_rank(&docs->block_first, documents[i], &starts_here);
        if (!starts_here) number--;
        if (number >= docs->block_count) continue;
        const uint64_t offset = ng_ef_get(&docs->block_offset, number);
        const uint64_t end = ng_ef_get(&docs->block_offset, number + 1);
        if (offset < end) ng_ahead_ask(&docs->meta, offset, end - offset);
    }
}

/* Leaves no block in the workshop where it fails. */
static int decompress(const struct ng_docs *docs, const struct block *block, struct workshop *workshop,
                      struct ng_err *err) {
    const uint8_t *packed = docs->meta.data + block->offset;
    size_t packed_bytes = (size_t)block->packed_bytes;
    free(workshop->data);
    workshop->data = NULL;
    workshop->length_bytes = 0;
    /* Its error values are larger than any content. */
    unsigned long long length = ZSTD_getFrameContentSize(packed, packed_bytes);
    if (length < NG_DOCS_TRAILER_BYTES || length > NG_DOCS_MAX_BLOCK_BYTES) {
        return fail_block(docs, block->number, err, "its size is out of range");
    }
    uint8_t *data = malloc((size_t)length);
    if (!data) return ng_err_nomem(err, length, "a block of metadata");
    size_t got = ZSTD_decompressDCtx(workshop->context, data, (size_t)length, packed, packed_bytes);
    if (ZSTD_isError(got) || got != length) {
        free(data);
        return fail_block(docs, block->number, err, "it does not decompress");
    }
    workshop->data = data;
    workshop->length_bytes = (size_t)length;
    workshop->number = block->number;
    workshop->next_document = NONE_READ;
    return NG_OK;
}

static int load_block(const struct ng_docs *docs, struct block *block, struct workshop *workshop, struct ng_err *err) {
    bool is_there = workshop->data && workshop->number == block->number;
    int status = is_there ? NG_OK : decompress(docs, block, workshop, err);
    block->data = workshop->data;
    block->length_bytes = workshop->length_bytes;
    return status;
}

/* Starts on a block of at least NG_DOCS_TRAILER_BYTES. False where it is damaged. */
static bool start_records(struct records *records, const uint8_t *block, size_t length_bytes) {
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

static bool read_varint(struct records *records, uint64_t *value) {
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

static bool read_path(struct records *records) {
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

/* Reads the next record. False where there is none, or it is damaged. */
static bool next_record(struct records *records) {
    uint64_t head;
    records->metadata_at += records->metadata_bytes;
    if (!read_varint(records, &head)) return false;
    records->metadata_bytes = head >> 1;
    if (!ng_checked_range(records->metadata_at, records->metadata_bytes, records->metadata_end)) return false;
    if (head & 1) return read_path(records);
    return ng_checked_add(records->line, 1, &records->line);
}

/* Reads records up to that of a document of the block, which is loaded. */
static int find_record(const struct ng_docs *docs, const struct block *block, uint64_t document,
                       struct workshop *workshop, struct ng_err *err) {
    if (document + 1 < workshop->next_document) {
        workshop->next_document = NONE_READ;
        if (!start_records(&workshop->records, block->data, block->length_bytes)) {
            return fail_block(docs, block->number, err, "its records are out of range");
        }
        workshop->next_document = block->first_document;
    }
    for (; workshop->next_document <= document; workshop->next_document++) {
        if (next_record(&workshop->records)) continue;
        workshop->next_document = NONE_READ;
        return fail_block(docs, block->number, err, "a record is out of range");
    }
    return NG_OK;
}

static int take_anything(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    (void)context, (void)event, (void)bytes, (void)length;
    return NG_OK;
}

/* Reads once more, with numbers in the place of NaN and Infinity. Errors: those of ng_json_read. */
static int check_nonfinite(struct ng_json_in *json, const uint8_t *bytes, size_t length, struct ng_err *err) {
    uint8_t *plain = malloc(length);
    if (!plain) return ng_err_nomem(err, length, "checking metadata");
    memcpy(plain, bytes, length);
    int status = ng_nonfinite_replace(plain, length) ? ng_json_read(json, plain, length, err) : NG_ERR_INPUT;
    free(plain);
    return status;
}

/* Whether bytes are a JSON object in UTF-8, with nothing before or behind it. Errors: NG_ERR_NOMEM. */
static int check_object(struct ng_json_in *json, const uint8_t *bytes, size_t length, bool *sound, struct ng_err *err) {
    *sound = length >= 2 && bytes[0] == '{' && bytes[length - 1] == '}';
    if (!*sound || length == 2) return NG_OK;
    /* yajl takes surrogates and overlong forms for UTF-8. */
    *sound = ng_utf8_valid_prefix(bytes, length) == length;
    if (!*sound) return NG_OK;
    json->take = take_anything;
    int status = ng_json_read(json, bytes, length, err);
    if (status == NG_ERR_INPUT) status = check_nonfinite(json, bytes, length, err);
    *sound = !status;
    return status == NG_ERR_NOMEM ? status : NG_OK;
}

/* Whatever shows metadata writes them on as they are. Of the record that was read last. */
static int check_metadata(const struct ng_docs *docs, const struct block *block, struct workshop *workshop,
                          struct ng_err *err) {
    const struct records *records = &workshop->records;
    bool sound;
    int status = check_object(&workshop->json, block->data + records->metadata_at, (size_t)records->metadata_bytes,
                              &sound, err);
    if (status || sound) return status;
    return fail_block(docs, block->number, err, "metadata that are no JSON object");
}

/* A record of a JSON file may go over several lines, and whatever shows metadata writes one object a line. In JSON a line
 * end is white space between values, never in a string. */
static void join_lines(char *metadata, uint64_t length) {
    for (uint64_t i = 0; i < length; i++) {
        if (metadata[i] == '\n' || metadata[i] == '\r') metadata[i] = ' ';
    }
}

/* Of a record. */
static int copy_source(const struct block *block, const struct records *records, struct ng_doc_source *source,
                       struct ng_err *err) {
    /* A NUL behind the metadata: they are a JSON object, and often used as a string. */
    char *metadata = malloc((size_t)records->metadata_bytes + 1);
    char *path = malloc(records->path_bytes + 1);
    if (!metadata || !path) {
        free(metadata);
        free(path);
        return ng_err_nomem(err, records->metadata_bytes + records->path_bytes, "metadata");
    }
    memcpy(path, records->path, records->path_bytes + 1);
    memcpy(metadata, block->data + records->metadata_at, (size_t)records->metadata_bytes);
    metadata[records->metadata_bytes] = '\0';
    join_lines(metadata, records->metadata_bytes);
    *source = (struct ng_doc_source){
        .path = path, .line = records->line, .metadata = metadata, .metadata_bytes = records->metadata_bytes};
    return NG_OK;
}

int ng_docs_source(const struct ng_docs *docs, uint64_t document, struct ng_doc_source *source, struct ng_err *err) {
    *source = (struct ng_doc_source){0};
    struct block block = {0};
    struct workshop *workshop = take_workshop(docs);
    int status = workshop ? NG_OK : ng_err_nomem(err, sizeof *workshop, "a block of metadata");
    if (!status) status = find_block_of(docs, document, &block, err);
    if (!status) status = load_block(docs, &block, workshop, err);
    if (!status) status = find_record(docs, &block, document, workshop, err);
    if (!status) status = check_metadata(docs, &block, workshop, err);
    if (!status) status = copy_source(&block, &workshop->records, source, err);
    give_back_workshop(docs, workshop);
    return status;
}

int ng_docs_each(const struct ng_docs *docs, uint64_t number, ng_docs_take *take, void *context, struct ng_err *err) {
    struct block block = {0};
    struct workshop *workshop = take_workshop(docs);
    int status = workshop ? NG_OK : ng_err_nomem(err, sizeof *workshop, "a block of metadata");
    if (!status) status = find_block(docs, number, &block, err);
    if (!status) status = load_block(docs, &block, workshop, err);
    for (uint64_t doc = block.first_document; doc < block.end_document && !status; doc++) {
        status = find_record(docs, &block, doc, workshop, err);
        if (status) break;
        const struct records *records = &workshop->records;
        take(context, doc, block.data + records->metadata_at, (size_t)records->metadata_bytes);
    }
    give_back_workshop(docs, workshop);
    return status;
}

/* What only a check of the whole looks at: no gaps, and nothing left over. */
static int check_edges(const struct ng_docs *docs, const struct block *block, const struct records *records,
                       struct ng_err *err) {
    bool first = block->number == 0;
    bool last = block->number + 1 == docs->block_count;
    if ((first && (block->first_document > 0 || block->offset > 0)) ||
        (last && (block->end_document != docs->starts.count ||
                  block->offset + block->packed_bytes != docs->meta.length_bytes))) {
        return fail_block(docs, block->number, err, "its directory leaves something out");
    }
    if (records->at != records->end || records->metadata_at + records->metadata_bytes != records->metadata_end) {
        return fail_block(docs, block->number, err, "it holds more than its documents' records");
    }
    return NG_OK;
}

int ng_docs_check_directory(const struct ng_docs *docs, struct ng_err *err) {
    const char *why = NULL;
    if (!ng_ef_check(&docs->starts, true) || ng_docs_start(docs, 0) > 0) why = "document starts are out of order";
    else if (!ng_ef_check(&docs->block_first, true)) why = "the first documents of blocks are out of order";
    else if (!ng_ef_check(&docs->block_offset, true)) why = "the offsets of blocks are out of order";
    return why ? ng_container_fail(docs->meta.container, NG_DOCS_SECTION, why, err) : NG_OK;
}

int ng_docs_check_block(const struct ng_docs *docs, uint64_t number, struct ng_err *err) {
    struct block block = {0};
    struct workshop *workshop = take_workshop(docs);
    int status = workshop ? NG_OK : ng_err_nomem(err, sizeof *workshop, "a block of metadata");
    if (!status) status = find_block(docs, number, &block, err);
    /* Always anew: what is packed is to be checked. */
    if (!status) status = decompress(docs, &block, workshop, err);
    if (!status) status = load_block(docs, &block, workshop, err);
    for (uint64_t doc = block.first_document; doc < block.end_document && !status; doc++) {
        status = find_record(docs, &block, doc, workshop, err);
        if (!status) status = check_metadata(docs, &block, workshop, err);
    }
    if (!status) status = check_edges(docs, &block, &workshop->records, err);
    give_back_workshop(docs, workshop);
    return status;
}

void ng_docs_source_free(struct ng_doc_source *source) {
    if (!source) return;
    free(source->path);
    free(source->metadata);
    *source = (struct ng_doc_source){0};
}
