/*
 * Shares: what the search of some shards found of an entry, as bytes. Numbers are little-endian.
 *
 *   u32  for each shard, a length in bytes that no match there exceeds
 *   u64  the longest match: its text, begin and length
 *        for each text and length of windows a bit for each window, found or not, in whole bytes; for the first length
 *        that many for each index
 *
 * An entry that is not searched for has no bytes.
 */
#include <stdlib.h>

#include "common/base/le.h"
#include "query/contam/work.h"

enum { REACH_BYTES = 4, MATCH_BYTES = 3 * 8 };

/* The rows of verdicts that a text has of one length. */
static size_t row_count(const struct ng_contam *contam, size_t length) {
    return length == 0 ? contam->index_count : 1;
}

/* The verdicts of one row. */
static uint8_t *row_of(const struct ng_contam_text *text, size_t length, size_t row) {
    return text->verdicts[length] + row * text->windows[length].count;
}

static int add_bits(struct ng_buf *out, const uint8_t *verdicts, uint64_t count, struct ng_err *err) {
    int status = ng_buf_reserve(out, (size_t)(count / 8 + 1), err);
    for (uint64_t i = 0; i < count && !status; i += 8) {
        uint8_t bits = 0;
        for (uint64_t k = i; k < count && k < i + 8; k++) bits |= verdicts[k] == NG_VERDICT_FOUND ? 1u << (k - i) : 0;
        status = ng_buf_append(out, &bits, 1, err);
    }
    return status;
}

static int add_found(const struct ng_contam *contam, const struct ng_contam_work *work, struct ng_buf *out,
                     struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t s = 0; s < contam->end_shard - contam->first_shard && !status; s++) {
        status = ng_buf_append_u32(out, work->reach[s], err);
    }
    if (!status) status = ng_buf_append_u64(out, work->longest.text, err);
    if (!status) status = ng_buf_append_u64(out, work->longest.begin, err);
    if (!status) status = ng_buf_append_u64(out, work->longest.length_bytes, err);
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        for (size_t l = 0; l < contam->length_count; l++) {
            for (size_t row = 0; row < row_count(contam, l) && !status; row++) {
                status = add_bits(out, row_of(text, l, row), text->windows[l].count, err);
            }
        }
    }
    return status;
}

int ng_contam_share_make(const struct ng_contam *contam, const struct ng_contam_work *work,
                         struct ng_contam_share *share, struct ng_err *err) {
    struct ng_buf out = {0};
    int status = work->skipped ? NG_OK : add_found(contam, work, &out, err);
    if (status) ng_buf_free(&out);
    share->found = (struct ng_bytes){out.data, out.length};
    return status;
}

void ng_contam_shares_free(struct ng_contam_share *shares, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)shares[i].found.data);
        shares[i].found = (struct ng_bytes){0};
    }
}

static const uint8_t *take_bits(uint8_t *verdicts, uint64_t count, const uint8_t *bits) {
    for (uint64_t i = 0; i < count; i++) {
        if (bits[i / 8] >> (i % 8) & 1) verdicts[i] = NG_VERDICT_FOUND;
    }
    return bits + (count + 7) / 8;
}

/* How long a share has to be. */
static uint64_t share_bytes(const struct ng_contam *contam, const struct ng_contam_work *work,
                            const struct ng_contam_share *share) {
    uint64_t bytes = share->shard_count * REACH_BYTES + MATCH_BYTES;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        for (size_t l = 0; l < contam->length_count; l++) {
            bytes += row_count(contam, l) * ((work->texts[t].windows[l].count + 7) / 8);
        }
    }
    return bytes;
}

/* Takes a share; false if it does not fit. Its shards are checked. */
static bool take_share(const struct ng_contam *contam, struct ng_contam_work *work, const struct ng_contam_share *share) {
    const uint8_t *at = share->found.data;
    if (share->found.length_bytes != share_bytes(contam, work, share)) return false;
    for (uint64_t s = 0; s < share->shard_count; s++, at += REACH_BYTES) {
        work->reach[share->first_shard + s] = ng_le_load32(at);
    }
    struct ng_plan_match match = {
        .text = ng_le_load64(at), .begin = ng_le_load64(at + 8), .length_bytes = ng_le_load64(at + 16)};
    at += MATCH_BYTES;
    if (match.text >= work->entry->text_count) return false;
    uint64_t text_bytes = work->texts[match.text].bytes.length_bytes;
    if (match.begin > text_bytes || match.length_bytes > text_bytes - match.begin) return false;
    if (ng_plan_match_before(&match, &work->longest)) work->longest = match;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        for (size_t l = 0; l < contam->length_count; l++) {
            for (size_t row = 0; row < row_count(contam, l); row++) {
                at = take_bits(row_of(text, l, row), text->windows[l].count, at);
            }
        }
    }
    return true;
}

int ng_contam_shares_take(const struct ng_contam *contam, struct ng_contam_work *work, size_t number, struct ng_err *err) {
    uint64_t shards = ng_contam_shard_count(contam);
    uint64_t next = 0;
    work->reach = calloc((size_t)shards + 1, sizeof *work->reach);
    if (!work->reach) return ng_err_nomem(err, shards * sizeof *work->reach, "an entry's matches");
    for (size_t i = 0; i < work->entry->share_count; i++) {
        const struct ng_contam_share *share = &work->entry->shares[i];
        bool fits = share->first_shard == next && share->shard_count <= shards - next && take_share(contam, work, share);
        if (!fits) return ng_err_set(err, NG_ERR_CORRUPT, "entry %zu: share %zu does not fit it", number, i);
        next += share->shard_count;
    }
    work->known = true;
    if (next == shards) return NG_OK;
    return ng_err_set(err, NG_ERR_CORRUPT, "entry %zu: its shares are of %llu of %llu shards", number,
                      (unsigned long long)next, (unsigned long long)shards);
}
