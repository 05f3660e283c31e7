#include "query/memo.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int ng_memo_init(struct ng_memo *memo, struct ng_err *err) {
    size_t bytes = NG_MEMO_SLOTS * sizeof *memo->slots;
    *memo = (struct ng_memo){.slots = aligned_alloc(NG_MEMO_SLOT_BYTES, bytes)};
    if (!memo->slots) return ng_err_nomem(err, bytes, "the outcomes of searches");
    memset(memo->slots, 0, bytes);
    return NG_OK;
}

void ng_memo_start(struct ng_memo *memo) {
    memo->round++;
}

/* The slot of the text before the probe's end; NULL where that is too short. */
static struct ng_memo_slot *find(const struct ng_memo *memo, const struct ng_probe *probe) {
    if (probe->end < NG_MEMO_TEXT_BYTES) return NULL;
    return &memo->slots[XXH3_64bits(probe->text + probe->end - NG_MEMO_TEXT_BYTES, NG_MEMO_TEXT_BYTES) % NG_MEMO_SLOTS];
}

bool ng_memo_get(struct ng_memo *memo, struct ng_probe *probe) {
    const struct ng_memo_slot *slot = find(memo, probe);
    if (!slot || slot->round != memo->round) return false;
    if (memcmp(slot->text, probe->text + probe->end - NG_MEMO_TEXT_BYTES, NG_MEMO_TEXT_BYTES) != 0) return false;
    if (slot->length_bytes > probe->end - probe->bound) return false; /* the rows at the bound are not known */
    struct ng_probe_path *path = &probe->path;
    *path = (struct ng_probe_path){
        .begin = probe->end - slot->length_bytes, .end = probe->end, .failed = true, .rows = slot->rows};
    uint64_t count = slot->rows.end - slot->rows.begin;
    if (count <= UINT8_MAX) path->counts[slot->length_bytes] = (uint8_t)count;
    memo->recalled++;
    return true;
}

void ng_memo_put(struct ng_memo *memo, const struct ng_probe *probe) {
    uint64_t length = probe->path.end - probe->path.begin;
    if (!probe->path.failed || length >= NG_MEMO_TEXT_BYTES) return;
    struct ng_memo_slot *slot = find(memo, probe);
    if (!slot) return;
    *slot = (struct ng_memo_slot){.rows = probe->path.rows, .length_bytes = length, .round = memo->round};
    memcpy(slot->text, probe->text + probe->end - NG_MEMO_TEXT_BYTES, NG_MEMO_TEXT_BYTES);
}

void ng_memo_free(struct ng_memo *memo) {
    if (!memo) return;
    free(memo->slots);
    *memo = (struct ng_memo){0};
}
