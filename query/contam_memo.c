#include "query/contam_memo.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/memory.h"

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

void ng_contam_memo_prefetch(const struct ng_contam_memo *memo, const uint64_t key[2]) {
    if (memo->slot_count > 0) __builtin_prefetch(&memo->slots[(size_t)key[0] & (memo->slot_count - 1)], 1);
}

bool ng_contam_memo_get(const struct ng_contam_memo *memo, const uint64_t key[2], uint64_t *found) {
    if (memo->used == 0) return false;
    const struct ng_contam_memo_slot *slot = find(memo, key);
    if (slot->key[0] == 0 && slot->key[1] == 0) return false;
    *found = slot->found;
    return true;
}

/* The slots are cleared by writing: a page of calloc that is first read, then written, costs two faults. */
static int grow(struct ng_contam_memo *memo, size_t slot_count, struct ng_err *err) {
    struct ng_contam_memo old = *memo;
    size_t bytes = slot_count * sizeof *memo->slots;
    struct ng_contam_memo_slot *slots = ng_memory_huge(bytes);
    if (!slots) return ng_err_nomem(err, bytes, "the verdicts of windows");
    memset(slots, 0, bytes);
    memo->slots = slots;
    memo->slot_count = slot_count;
    for (size_t i = 0; i < old.slot_count; i++) {
        const struct ng_contam_memo_slot *slot = &old.slots[i];
        if (slot->key[0] != 0 || slot->key[1] != 0) *find(memo, slot->key) = *slot;
    }
    free(old.slots);
    return NG_OK;
}

int ng_contam_memo_reserve(struct ng_contam_memo *memo, uint64_t count, struct ng_err *err) {
    size_t slot_count = memo->slot_count ? memo->slot_count : 4096;
    while (slot_count < NG_CONTAM_MEMO_SLOTS && slot_count / 2 - memo->used <= count) slot_count *= 2;
    return slot_count == memo->slot_count ? NG_OK : grow(memo, slot_count, err);
}

void ng_contam_memo_put(struct ng_contam_memo *memo, const uint64_t key[2], uint64_t found) {
    if (2 * memo->used >= memo->slot_count) return;
    struct ng_contam_memo_slot *slot = find(memo, key);
    if (slot->key[0] != 0 || slot->key[1] != 0) return;
    *slot = (struct ng_contam_memo_slot){.key = {key[0], key[1]}, .found = found};
    memo->used++;
}

void ng_contam_memo_free(struct ng_contam_memo *memo) {
    if (!memo) return;
    free(memo->slots);
    *memo = (struct ng_contam_memo){0};
}
