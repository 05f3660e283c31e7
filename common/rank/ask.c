/* Pages that queries will read, asked for ahead. */
#include "common/container/ahead.h"
#include "common/container/frames.h"
#include "common/rank/ef.h"
#include "common/rank/ef_format.h"
#include "common/rank/leaf_impl.h"

static void ask_offset(const struct ng_rank *rank, uint64_t row) {
    if (row >= rank->rows) return;
    ng_ahead_ask(&rank->directory, NG_RDIR_OFFSETS_AT + super_of(rank, row) * NG_RDIR_OFFSET_BYTES,
                 (uint64_t)2 * NG_RDIR_OFFSET_BYTES);
}

void ng_rank_ask_super(const struct ng_rank *rank, uint64_t row) {
    struct spot spot;
    if (row >= rank->rows || !find_super(rank, row, &spot)) return;
    ng_ahead_ask(&rank->directory, spot.super_at, spot.super_bytes);
}

void ng_rank_ask_leaf(const struct ng_rank *rank, uint64_t row) {
    struct spot spot;
    if (row >= rank->rows || !find_super(rank, row, &spot) || !find_leaf(rank, row, &spot)) return;
    if (ng_frames_ask(&rank->data, spot.leaf_at, spot.leaf_bytes) != NG_FRAME_NONE) return;
    ng_ahead_ask(&rank->data, spot.leaf_at, spot.leaf_bytes);
}

void ng_rank_ask_range(const struct ng_rank *rank, const struct ng_rank_range *range, enum ng_rank_asked what) {
    static void (*const asks[])(const struct ng_rank *rank, uint64_t row) = {
        [NG_RANK_ASK_OFFSET] = ask_offset, [NG_RANK_ASK_SUPER] = ng_rank_ask_super, [NG_RANK_ASK_LEAF] = ng_rank_ask_leaf};
    asks[what](rank, range->begin);
    asks[what](rank, range->end);
}

void ng_ef_ask_directory(const struct ng_ef *ef, uint64_t value) {
    if (value >= ef->bound) return;
    const uint64_t block = (value >> ef->low_bits) / NG_EF_BLOCK_BUCKETS;
    ng_ahead_ask(&ef->view, ef->directory_at + block * NG_EF_DIRECTORY_ENTRY_BYTES,
                 (uint64_t)2 * NG_EF_DIRECTORY_ENTRY_BYTES);
}

void ng_ef_ask_get(const struct ng_ef *ef, uint64_t index) {
    if (index >= ef->count) return;
    const uint64_t bucket = (uint64_t)((unsigned __int128)index * ef->buckets / ef->count);
    ng_ahead_ask(&ef->view, ef->directory_at + bucket / NG_EF_BLOCK_BUCKETS * NG_EF_DIRECTORY_ENTRY_BYTES,
                 (uint64_t)2 * NG_EF_DIRECTORY_ENTRY_BYTES);
    ng_ahead_ask(&ef->view, ef->high_at + ((bucket + index) >> 3), 1);
    ng_ahead_ask(&ef->view, ef->low_at + (index * ef->low_bits >> 3), 2 * sizeof(uint64_t));
}
