#include "query/match/memo.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* of 24 bytes it makes a few instructions */
#include <xxhash.h>

void ng_memo_start(struct ng_memo *memo) {
    memset(memo->tags, 0, sizeof memo->tags);
    memo->round++;
}

static const uint8_t *text_before(const struct ng_probe *probe) {
    return probe->text + probe->end - NG_MEMO_TEXT_BYTES;
}

/* The number of a text's slot, and its tag, which is not 0. */
static size_t find(const uint8_t *text, uint16_t *tag) {
    uint64_t hash = XXH3_64bits(text, NG_MEMO_TEXT_BYTES);
    *tag = (uint16_t)(hash >> 48 | 1);
    return hash % NG_MEMO_SLOTS;
}

bool ng_memo_get(struct ng_memo *memo, struct ng_probe *probe) {
    if (memo->round == 0 || probe->end < NG_MEMO_TEXT_BYTES) return false;
    uint16_t tag;
    size_t number = find(text_before(probe), &tag);
    probe->met_before = memo->tags[number] == tag;
    memo->tags[number] = tag;
    if (!probe->met_before || !memo->slots) return false;
    const struct ng_memo_slot *slot = &memo->slots[number];
    if (slot->round != memo->round || memcmp(slot->text, text_before(probe), NG_MEMO_TEXT_BYTES) != 0) return false;
    if (slot->length_bytes > probe->end - probe->bound) return false; /* how often text[bound, end) occurs is not known */
    probe->path = (struct ng_probe_path){
        .begin = probe->end - slot->length_bytes, .end = probe->end, .failed = true, .rows = slot->rows};
    memo->recalled++;
    return true;
}

int ng_memo_put(struct ng_memo *memo, const struct ng_probe *probe, struct ng_err *err) {
    uint64_t length = probe->path.end - probe->path.begin;
    if (!probe->met_before || !probe->path.failed || length >= NG_MEMO_TEXT_BYTES) return NG_OK;
    if (!memo->slots) {
        size_t bytes = NG_MEMO_SLOTS * sizeof *memo->slots;
        memo->slots = aligned_alloc(NG_MEMO_SLOT_BYTES, bytes);
        if (!memo->slots) return ng_err_nomem(err, bytes, "the outcomes of searches");
        memset(memo->slots, 0, bytes);
    }
    uint16_t tag;
    struct ng_memo_slot *slot = &memo->slots[find(text_before(probe), &tag)];
    *slot = (struct ng_memo_slot){.rows = probe->path.rows, .length_bytes = length, .round = memo->round};
    memcpy(slot->text, text_before(probe), NG_MEMO_TEXT_BYTES);
    return NG_OK;
}

void ng_memo_free(struct ng_memo *memo) {
    if (!memo) return;
    free(memo->slots);
    *memo = (struct ng_memo){0};
}
