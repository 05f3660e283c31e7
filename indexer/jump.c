#include "indexer/jump.h"

#include <stdlib.h>

#include "common/ef.h"
#include "common/packed.h"
#include "common/shard_format.h"

/* A table may take a byte for so many bytes of text, and its counters while it is made so many numbers. */
enum { TEXT_PER_TABLE_BYTE = 256, MAX_COUNTERS = 1 << 23, MAX_LENGTH = 3 };

struct jump {
    uint64_t dense[256]; /* number of each byte among those that occur; the terminator's is the largest */
    uint64_t base;       /* how many occur */
    uint64_t strings;    /* base to the power of the length */
    uint64_t *counts;    /* of each string, in order */
    uint64_t occurring;
};

static void number_bytes(struct jump *jump, const uint8_t *text, size_t length) {
    uint8_t occurs[256] = {0};
    for (size_t i = 0; i < length; i++) occurs[text[i]] = 1;
    for (unsigned c = 0; c < 256; c++) {
        jump->dense[c] = jump->base;
        jump->base += occurs[c];
    }
}

/* Counts the strings of a length that start at each place, a document's end filled up with terminators. */
static int count_strings(struct jump *jump, const uint8_t *text, size_t length, unsigned string_length,
                         struct ng_err *err) {
    uint64_t top = 1;
    for (unsigned i = 1; i < string_length; i++) top *= jump->base;
    jump->strings = top * jump->base;
    jump->occurring = 0;
    free(jump->counts);
    jump->counts = calloc((size_t)jump->strings, sizeof *jump->counts);
    if (!jump->counts) return ng_err_nomem(err, jump->strings * sizeof *jump->counts, "the jump table");
    uint64_t code = 0;
    for (size_t i = length; i-- > 0;) {
        bool ends = text[i] == NG_TERMINATOR;
        code = ends ? jump->strings - 1 : jump->dense[text[i]] * top + code / jump->base;
        jump->occurring += jump->counts[code]++ == 0;
    }
    return NG_OK;
}

static int append_table(const struct jump *jump, uint64_t rows, struct ng_buf *out, struct ng_err *err) {
    struct ng_ef_builder codes;
    unsigned width = ng_packed_width(rows);
    size_t bytes = (size_t)((jump->occurring + 1) * width + 7) / 8;
    uint8_t *starts = calloc(bytes + sizeof(uint64_t), 1);
    if (!starts) return ng_err_nomem(err, bytes, "the jump table");
    int status = ng_ef_builder_init(&codes, jump->occurring, jump->strings, err);
    if (status) {
        free(starts);
        return status;
    }
    uint64_t row = 0;
    uint64_t index = 0;
    for (uint64_t code = 0; code < jump->strings; code++) {
        if (jump->counts[code] == 0) continue;
        ng_ef_builder_push(&codes, code);
        ng_packed_put(starts, index++ * width, width, row);
        row += jump->counts[code];
    }
    ng_packed_put(starts, index * width, width, row);
    status = ng_ef_builder_finish(&codes, out, err);
    if (!status) status = ng_buf_append(out, starts, bytes, err);
    ng_ef_builder_free(&codes);
    free(starts);
    return status;
}

static bool worth_it(const struct jump *jump, size_t length) {
    unsigned bits = ng_packed_width(length) + ng_packed_width(jump->strings / (jump->occurring + 1)) + 2;
    return jump->occurring * bits / 8 <= length / TEXT_PER_TABLE_BYTE;
}

int ng_jump_write(struct ng_container_writer *container, const uint8_t *text, size_t length, struct ng_err *err) {
    struct jump jump = {0};
    struct ng_buf section = {0};
    uint64_t string_length = 0;
    int status = NG_OK;
    number_bytes(&jump, text, length);
    uint64_t strings = jump.base;
    for (unsigned l = 1; l <= MAX_LENGTH && strings <= MAX_COUNTERS && !status; l++, strings *= jump.base) {
        status = count_strings(&jump, text, length, l, err);
        if (status || !worth_it(&jump, length)) break;
        section.length = 0;
        string_length = l;
        status = ng_buf_append_u64(&section, string_length, err);
        if (!status) status = append_table(&jump, length, &section, err);
    }
    if (!status && string_length == 0) {
        section.length = 0;
        status = ng_buf_append_u64(&section, 0, err);
    }
    if (!status) status = ng_container_write_section(container, NG_JUMP_SECTION, section.data, section.length, err);
    free(jump.counts);
    ng_buf_free(&section);
    return status;
}
