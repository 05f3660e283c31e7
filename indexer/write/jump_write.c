#include "indexer/write/jump_write.h"

#include <stdlib.h>

#include "common/base/le.h"
#include "common/rank/ef.h"
#include "common/shard/shard_format.h"

/* A table may take a byte for so many bytes of text, and a number for as many strings as could be. */
enum { TEXT_PER_TABLE_BYTE = 256, MAX_STRINGS = 1 << 23, MAX_LENGTH = 3 };

struct jump {
    uint64_t dense[256];     /* number of each byte among those that occur; the terminator's is the largest */
    uint64_t base;           /* how many occur */
    uint64_t strings;        /* base to the power of the length */
    struct ng_grams found;   /* those of that length, by their numbers */
};

static void number_bytes(struct jump *jump, const struct ng_grams *grams) {
    uint8_t occurs[256] = {0};
    for (size_t i = 0; i < grams->count; i++) occurs[grams->list[i].code >> 16] = 1;
    for (unsigned c = 0; c < 256; c++) {
        jump->dense[c] = jump->base;
        jump->base += occurs[c];
    }
}

/* The strings of a length, from those of three bytes: both are filled up with terminators behind a document's end. */
static int shorten(struct jump *jump, const struct ng_grams *grams, unsigned length, struct ng_err *err) {
    ng_grams_free(&jump->found);
    jump->strings = 1;
    for (unsigned i = 0; i < length; i++) jump->strings *= jump->base;
    int status = NG_OK;
    for (size_t i = 0; i < grams->count && !status; i++) {
        uint64_t code = 0;
        for (unsigned b = 0; b < length; b++) {
            code = code * jump->base + jump->dense[grams->list[i].code >> (16 - 8 * b) & 0xff];
        }
        status = ng_grams_push(&jump->found, code, grams->list[i].count, err);
    }
    return status;
}

static int append_table(const struct jump *jump, uint64_t rows, struct ng_buf *out, struct ng_err *err) {
    const struct ng_grams *found = &jump->found;
    struct ng_ef_builder codes;
    unsigned width = ng_packed_width(rows);
    size_t bytes = ((found->count + 1) * width + 7) / 8;
    uint8_t *starts = calloc(bytes + sizeof(uint64_t), 1);
    if (!starts) return ng_err_nomem(err, bytes, "the jump table");
    int status = ng_ef_builder_init(&codes, found->count, jump->strings, err);
    if (status) {
        free(starts);
        return status;
    }
    uint64_t row = 0;
    for (size_t i = 0; i < found->count; i++) {
        ng_ef_builder_push(&codes, found->list[i].code);
        ng_packed_put(starts, i * width, width, row);
        row += found->list[i].count;
    }
    ng_packed_put(starts, found->count * width, width, row);
    status = ng_ef_builder_finish(&codes, out, err);
    if (!status) status = ng_buf_append(out, starts, bytes, err);
    ng_ef_builder_free(&codes);
    free(starts);
    return status;
}

static bool worth_it(const struct jump *jump, uint64_t rows) {
    uint64_t count = jump->found.count;
    unsigned bits = ng_packed_width(rows) + ng_packed_width(jump->strings / (count + 1)) + 2;
    return count * bits / 8 <= rows / TEXT_PER_TABLE_BYTE;
}

int ng_jump_write(struct ng_container_writer *container, const struct ng_grams *grams, uint64_t rows,
                  struct ng_err *err) {
    struct jump jump = {0};
    struct ng_buf section = {0};
    uint64_t string_length = 0;
    int status = NG_OK;
    number_bytes(&jump, grams);
    uint64_t strings = jump.base;
    for (unsigned l = 1; l <= MAX_LENGTH && strings <= MAX_STRINGS && !status; l++, strings *= jump.base) {
        status = shorten(&jump, grams, l, err);
        if (status || !worth_it(&jump, rows)) break;
        section.length = 0;
        string_length = l;
        status = ng_buf_append_u64(&section, string_length, err);
        if (!status) status = append_table(&jump, rows, &section, err);
    }
    if (!status && string_length == 0) {
        section.length = 0;
        status = ng_buf_append_u64(&section, 0, err);
    }
    if (!status) status = ng_container_write_section(container, NG_JUMP_SECTION, section.data, section.length, err);
    ng_grams_free(&jump.found);
    ng_buf_free(&section);
    return status;
}
