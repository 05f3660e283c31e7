#include "indexer/write/ids_write.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/le.h"
#include "common/shard/ids.h"

enum { HASH_BYTES = sizeof(uint32_t), HASH_BITS = 32, MORE_BITS = 4, MAX_VARINT_BYTES = 10 };

static int append_gap(struct ng_ids_writer *w, uint64_t gap, struct ng_err *err) {
    uint8_t bytes[MAX_VARINT_BYTES];
    size_t length = 0;
    for (; gap >= 0x80; gap >>= 7) bytes[length++] = (uint8_t)(gap | 0x80);
    bytes[length++] = (uint8_t)gap;
    return ng_buf_append(&w->gaps, bytes, length, err);
}

int ng_ids_writer_push(struct ng_ids_writer *w, const uint8_t *metadata, uint64_t metadata_bytes, struct ng_err *err) {
    if (!w->field) return NG_OK;
    uint64_t document = w->documents++;
    struct ng_json_token token = ng_ids_of(metadata, (size_t)metadata_bytes, w->field);
    if (!token.data) return NG_OK;
    const uint8_t *id;
    size_t length;
    int status = ng_json_token_bytes(token, &w->id, &id, &length, err);
    if (!status) {
        status = ng_buf_append_u32(&w->hashes, (uint32_t)(ng_ids_hash(id, length) >> (64 - HASH_BITS)), err);
    }
    if (!status) status = append_gap(w, document - w->next, err);
    w->next = document + 1;
    w->ids++;
    return status;
}

static void sort_few(uint64_t *numbers, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t number = numbers[i];
        size_t at = i;
        for (; at > 0 && numbers[at - 1] > number; at--) numbers[at] = numbers[at - 1];
        numbers[at] = number;
    }
}

/* Sorts numbers that are below 2^bits, in place, by one bit after the other: those of hashes are spread evenly. */
static void sort_numbers(uint64_t *numbers, size_t count, unsigned bits) {
    enum { FEW = 16 };
    while (count > FEW && bits > 0) {
        size_t zeros = 0;
        bits--;
        for (size_t i = 0; i < count; i++) {
            uint64_t number = numbers[i];
            if (number >> bits & 1) continue;
            numbers[i] = numbers[zeros];
            numbers[zeros++] = number;
        }
        sort_numbers(numbers, zeros, bits);
        numbers += zeros;
        count -= zeros;
    }
    sort_few(numbers, count);
}

/* Hash and document of each id as one number, so that they sort together; and how many bits of the hash there are. */
static uint64_t *join_numbers(const struct ng_ids_writer *w, unsigned width, unsigned *hash_bits) {
    uint64_t *numbers = calloc((size_t)w->ids, sizeof *numbers);
    if (!numbers) return NULL;
    unsigned wanted = ng_packed_width(w->ids - 1) + MORE_BITS;
    unsigned most = 64 - width < HASH_BITS ? 64 - width : HASH_BITS;
    *hash_bits = wanted < most ? wanted : most;
    const uint8_t *gap = w->gaps.data;
    uint64_t document = 0;
    for (size_t i = 0; i < w->ids; i++, document++) {
        unsigned shift = 0;
        for (; *gap & 0x80; shift += 7) document += (uint64_t)(*gap++ & 0x7f) << shift;
        document += (uint64_t)*gap++ << shift;
        uint64_t hash = ng_le_load32(w->hashes.data + i * HASH_BYTES) >> (HASH_BITS - *hash_bits);
        numbers[i] = hash << width | document;
    }
    return numbers;
}

static int append_section(const struct ng_ids_writer *w, const uint64_t *numbers, unsigned width, unsigned hash_bits,
                          struct ng_buf *out, struct ng_err *err) {
    struct ng_ef_builder hashes = {0};
    size_t field_bytes = strlen(w->field);
    int status = ng_buf_append_u16(out, (uint16_t)field_bytes, err);
    if (!status) status = ng_buf_append(out, w->field, field_bytes, err);
    if (!status) status = ng_ef_builder_init(&hashes, w->ids, UINT64_C(1) << hash_bits, err);
    for (size_t i = 0; i < w->ids && !status; i++) ng_ef_builder_push(&hashes, numbers[i] >> width);
    if (!status) status = ng_ef_builder_finish(&hashes, out, err);
    ng_ef_builder_free(&hashes);
    size_t bytes = (size_t)((w->ids * width + 7) / 8);
    /* ng_packed_put touches eight bytes. */
    if (!status) status = ng_buf_reserve(out, bytes + sizeof(uint64_t), err);
    if (status) return status;
    uint8_t *documents = out->data + out->length;
    memset(documents, 0, bytes + sizeof(uint64_t));
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    for (size_t i = 0; i < w->ids; i++) ng_packed_put(documents, i * width, width, numbers[i] & mask);
    out->length += bytes;
    return NG_OK;
}

int ng_ids_writer_finish(struct ng_ids_writer *w, struct ng_container_writer *container, struct ng_err *err) {
    if (w->ids == 0) return NG_OK;
    struct ng_buf section = {0};
    unsigned width = ng_packed_width(w->documents - 1);
    unsigned hash_bits;
    uint64_t *numbers = join_numbers(w, width, &hash_bits);
    if (!numbers) return ng_err_nomem(err, w->ids * sizeof *numbers, "the documents' ids");
    ng_buf_free(&w->hashes);
    ng_buf_free(&w->gaps);
    sort_numbers(numbers, (size_t)w->ids, hash_bits + width);
    int status = append_section(w, numbers, width, hash_bits, &section, err);
    free(numbers);
    if (!status) status = ng_container_write_section(container, NG_IDS_SECTION, section.data, section.length, err);
    ng_buf_free(&section);
    return status;
}

void ng_ids_writer_free(struct ng_ids_writer *w) {
    ng_buf_free(&w->hashes);
    ng_buf_free(&w->gaps);
    ng_buf_free(&w->id);
}
