#include "query/contam_memo.h"

#include <stdlib.h>
#include <xxhash.h>

void ng_contam_memo_key(const uint8_t *bytes, uint64_t length, uint64_t key[2]) {
    XXH128_hash_t hash = XXH3_128bits(bytes, (size_t)length);
    key[0] = hash.low64;
    key[1] = hash.high64;
}

/* The slot of a key, or the free one where it belongs. At least one slot is free. */
static struct ng_contam_memo_slot *find(const struct ng_contam_memo *memo, const uint64_t key[2]) {
    size_t mask = memo->slot_count - 1;
    for (size_t i = (size_t)key[0] & mask;; i = (i + 1) & mask) {
        struct ng_contam_memo_slot *slot = &memo->slots[i];
        bool is_free = slot->key[0] == 0 && slot->key[1] == 0;
        if (is_free || (slot->key[0] == key[0] && slot->key[1] == key[1])) return slot;
    }
}

bool ng_contam_memo_get(const struct ng_contam_memo *memo, const uint64_t key[2], uint64_t *found) {
    if (memo->used == 0) return false;
    const struct ng_contam_memo_slot *slot = find(memo, key);
    if (slot->key[0] == 0 && slot->key[1] == 0) return false;
    *found = slot->found;
    return true;
}

static int grow(struct ng_contam_memo *memo, struct ng_err *err) {
    struct ng_contam_memo old = *memo;
    size_t slot_count = old.slot_count ? 2 * old.slot_count : 4096;
    memo->slots = calloc(slot_count, sizeof *memo->slots);
    if (!memo->slots) {
        *memo = old;
        return ng_err_nomem(err, slot_count * sizeof *memo->slots, "the verdicts of windows");
    }
    memo->slot_count = slot_count;
    for (size_t i = 0; i < old.slot_count; i++) {
        const struct ng_contam_memo_slot *slot = &old.slots[i];
        if (slot->key[0] != 0 || slot->key[1] != 0) *find(memo, slot->key) = *slot;
    }
    free(old.slots);
    return NG_OK;
}

int ng_contam_memo_put(struct ng_contam_memo *memo, const uint64_t key[2], uint64_t found, struct ng_err *err) {
    if (2 * memo->used >= memo->slot_count) {
        if (memo->slot_count >= NG_CONTAM_MEMO_SLOTS) return NG_OK;
        int status = grow(memo, err);
        if (status) return status;
    }
    struct ng_contam_memo_slot *slot = find(memo, key);
    if (slot->key[0] != 0 || slot->key[1] != 0) return NG_OK;
    *slot = (struct ng_contam_memo_slot){.key = {key[0], key[1]}, .found = found};
    memo->used++;
    return NG_OK;
}

void ng_contam_memo_free(struct ng_contam_memo *memo) {
    if (!memo) return;
    free(memo->slots);
    *memo = (struct ng_contam_memo){0};
}
