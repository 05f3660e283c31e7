#include "indexer/sort/grams.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/symbols.h"
#include "common/shard/shard_format.h"

static int append(struct ng_grams *grams, uint64_t code, uint64_t count, struct ng_err *err) {
    struct ng_gram *list = ng_array_grow(grams->list, sizeof *list, grams->count, &grams->capacity,
                                         "the strings of three bytes", err);
    if (!list) return NG_ERR_NOMEM;
    grams->list = list;
    grams->list[grams->count++] = (struct ng_gram){.code = code, .count = count};
    return NG_OK;
}

int ng_grams_push(struct ng_grams *grams, uint64_t code, uint64_t count, struct ng_err *err) {
    if (grams->count > 0 && grams->list[grams->count - 1].code == code) {
        grams->list[grams->count - 1].count += count;
        return NG_OK;
    }
    assert(grams->count == 0 || grams->list[grams->count - 1].code < code);
    return append(grams, code, count, err);
}

/* How often each byte occurs; there may be more than ng_symbols_count takes at a time. */
static void count_bytes(const uint8_t *bytes, uint64_t length, uint64_t counts[256]) {
    enum { PIECE_BYTES = 1 << 30 };
    memset(counts, 0, 256 * sizeof *counts);
    while (length > 0) {
        size_t piece = length < PIECE_BYTES ? (size_t)length : (size_t)PIECE_BYTES;
        uint32_t found[256];
        ng_symbols_count(bytes, piece, found);
        for (unsigned byte = 0; byte < 256; byte++) counts[byte] += found[byte];
        bytes += piece;
        length -= piece;
    }
}

/* The rows that begin with two bytes: adds the strings of those with each byte before them. */
static int push_pair(struct ng_grams *grams, const uint8_t *bwt, uint64_t rows, uint32_t pair, struct ng_err *err) {
    uint64_t counts[256];
    int status = NG_OK;
    count_bytes(bwt, rows, counts);
    for (uint32_t byte = 0; byte < NG_TERMINATOR && !status; byte++) {
        if (counts[byte] > 0) status = append(grams, byte << 16 | pair, counts[byte], err);
    }
    return status;
}

/* From the order by the last two bytes to that by all three. */
static int sort_by_first(struct ng_grams *grams, struct ng_err *err) {
    struct ng_gram *sorted = malloc((grams->count + 1) * sizeof *sorted);
    if (!sorted) return ng_err_nomem(err, grams->count * sizeof *sorted, "the strings of three bytes");
    size_t at[257] = {0};
    for (size_t i = 0; i < grams->count; i++) at[(grams->list[i].code >> 16) + 1]++;
    for (unsigned byte = 0; byte < 256; byte++) at[byte + 1] += at[byte];
    for (size_t i = 0; i < grams->count; i++) sorted[at[grams->list[i].code >> 16]++] = grams->list[i];
    free(grams->list);
    grams->list = sorted;
    grams->capacity = grams->count + 1;
    return NG_OK;
}

int ng_grams_of_bwt(struct ng_grams *grams, const uint8_t *bwt, uint64_t rows, struct ng_err *err) {
    uint64_t firsts[256];
    uint64_t(*pairs)[256] = calloc(256, sizeof *pairs); /* of a byte, and the byte before it */
    if (!pairs) return ng_err_nomem(err, 256 * sizeof *pairs, "the strings of two bytes");
    count_bytes(bwt, rows, firsts);
    const uint8_t *at = bwt;
    for (unsigned byte = 0; byte < 256; at += firsts[byte++]) count_bytes(at, firsts[byte], pairs[byte]);
    at = bwt;
    int status = NG_OK;
    for (uint32_t first = 0; first < NG_TERMINATOR; first++) {
        for (uint32_t second = 0; second < 256 && !status; second++) {
            uint64_t count = pairs[second][first];
            if (count == 0) continue;
            status = push_pair(grams, at, count, first << 8 | second, err);
            at += count;
        }
    }
    for (uint32_t first = 0; first < NG_TERMINATOR && !status; first++) {
        uint64_t count = pairs[NG_TERMINATOR][first];
        if (count > 0) status = append(grams, first << 16 | 0xffff, count, err);
    }
    free(pairs);
    if (!status) status = append(grams, 0xffffff, firsts[NG_TERMINATOR], err);
    if (!status) status = sort_by_first(grams, err);
    if (status) ng_grams_free(grams);
    return status;
}

int ng_grams_add(struct ng_grams *grams, const struct ng_grams *other, struct ng_err *err) {
    struct ng_grams sum = {0};
    size_t i = 0;
    size_t j = 0;
    while (i < grams->count || j < other->count) {
        bool from_other = i == grams->count || (j < other->count && other->list[j].code < grams->list[i].code);
        const struct ng_gram *next = from_other ? &other->list[j++] : &grams->list[i++];
        int status = ng_grams_push(&sum, next->code, next->count, err);
        if (!status) continue;
        ng_grams_free(&sum);
        return status;
    }
    ng_grams_free(grams);
    *grams = sum;
    return NG_OK;
}

void ng_grams_free(struct ng_grams *grams) {
    free(grams->list);
    *grams = (struct ng_grams){0};
}
