/* What is to be looked at next, and the best found so far: two heaps. */
#include <string.h>

#include "common/shard/shard_format.h"
#include "query/explore/next.h"

/* Whether a is to be taken before b: the queue takes the largest first, the best drops the smallest. Of equals the one
 * that was made first goes first, and stays. */
static bool queue_order(const struct ng_queued *a, const struct ng_queued *b) {
    return a->key != b->key ? a->key > b->key : a->item < b->item;
}

static bool best_order(const struct ng_queued *a, const struct ng_queued *b) {
    return a->key != b->key ? a->key < b->key : a->item > b->item;
}

typedef bool heap_order(const struct ng_queued *a, const struct ng_queued *b);

static void sift_up(struct ng_queued *heap, size_t at, heap_order *before) {
    struct ng_queued moved = heap[at];
    while (at > 0 && before(&moved, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
}

static void sift_down(struct ng_queued *heap, size_t count, heap_order *before) {
    struct ng_queued moved = heap[0];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(&heap[child + 1], &heap[child])) child++;
        if (!before(&heap[child], &moved)) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

int ng_next_enter(struct ng_next_search *search, uint64_t key, uint32_t item, struct ng_err *err) {
    struct ng_queued *queue = ng_array_grow(search->queue, sizeof *queue, search->queue_count, &search->queue_capacity,
                                            "a queue", err);
    if (!queue) return NG_ERR_NOMEM;
    search->queue = queue;
    queue[search->queue_count] = (struct ng_queued){.key = key, .item = item};
    sift_up(queue, search->queue_count++, queue_order);
    return NG_OK;
}

struct ng_queued ng_next_take(struct ng_next_search *search) {
    struct ng_queued taken = search->queue[0];
    search->queue[0] = search->queue[--search->queue_count];
    if (search->queue_count > 0) sift_down(search->queue, search->queue_count, queue_order);
    return taken;
}

void ng_next_keep(struct ng_next_search *search, uint32_t item) {
    struct ng_queued kept = {.key = search->items[item].count, .item = item};
    search->items[item].is_done = true;
    if (search->best_count < search->most) {
        search->best[search->best_count] = kept;
        sift_up(search->best, search->best_count++, best_order);
    } else if (kept.key > search->best[0].key) {
        search->best[0] = kept;
        sift_down(search->best, search->best_count, best_order);
    }
}

uint64_t ng_next_threshold(const struct ng_next_search *search) {
    return search->best_count < search->most ? 0 : search->best[0].key;
}

bool ng_next_matters(const struct ng_next_search *search, uint64_t count, uint32_t owner) {
    return owner != NG_NO_ITEM || count > ng_next_threshold(search);
}

int ng_next_add(struct ng_next_search *search, const struct ng_item *made, uint32_t *number, struct ng_err *err) {
    if (search->item_count >= NG_NO_ITEM) return ng_err_set(err, NG_ERR_LIMIT, "over %u nodes", NG_NO_ITEM);
    struct ng_item *items = ng_array_grow(search->items, sizeof *items, search->item_count, &search->item_capacity,
                                          "continuations", err);
    if (!items) return NG_ERR_NOMEM;
    search->items = items;
    uint32_t added = (uint32_t)search->item_count++;
    items[added] = *made;
    if (made->owner != NG_NO_ITEM) {
        items[added].next_owned = items[made->owner].next_owned;
        items[made->owner].next_owned = added;
    }
    if (number) *number = added;
    return NG_OK;
}

int ng_next_add_class(struct ng_next_search *search, uint32_t node, uint64_t sure, uint64_t pending, uint32_t *number,
                      struct ng_err *err) {
    *number = NG_NO_ITEM;
    if (sure + pending == 0) return NG_OK;
    struct ng_item made = search->items[node];
    made.kind = NG_ITEM_CLASS;
    made.count = sure;
    made.pending = pending;
    made.owner = made.next_owned = NG_NO_ITEM;
    made.is_done = false;
    int status = ng_next_add(search, &made, number, err);
    if (status) return status;
    if (pending > 0) return ng_next_enter(search, sure + pending, *number, err);
    ng_next_keep(search, *number);
    return NG_OK;
}

/* Decides some pending occurrences of a class; own tells whether they belong to it. */
static void decide(struct ng_next_search *search, uint32_t number, uint64_t count, bool own) {
    if (number == NG_NO_ITEM) return;
    struct ng_item *class = &search->items[number];
    class->pending -= count;
    if (own) class->count += count;
    if (class->pending > 0) return;
    if (class->count > 0) ng_next_keep(search, number);
    class->is_done = true;
}

/* A node, or where no more than the next byte is wanted, the range of all bytes. */
static int enter_node(struct ng_next_search *search, struct ng_item *made, struct ng_err *err) {
    uint32_t number = NG_NO_ITEM;
    bool whole = made->state.partial == 0 && ng_read_is_word_end(&search->reading, &made->state);
    made->kind = search->reading.before || whole ? NG_ITEM_NODE : NG_ITEM_RANGE;
    made->first = 0;
    made->end = NG_BYTE_VALUES;
    int status = ng_next_add(search, made, &number, err);
    return status ? status : ng_next_enter(search, made->count, number, err);
}

int ng_next_grow(struct ng_next_search *search, uint32_t number, uint8_t byte, uint64_t count, size_t rows_at,
                 uint32_t owner, struct ng_err *err) {
    if (!ng_next_matters(search, count, owner)) return NG_OK;
    struct ng_item made = search->items[number];
    made.count = count;
    made.rows_at = rows_at;
    made.owner = owner;
    made.next_owned = NG_NO_ITEM;
    made.is_done = false;
    uint32_t added = NG_NO_ITEM;
    if (byte == NG_TERMINATOR) {
        if (owner != NG_NO_ITEM) {
            decide(search, owner, count, true);
            return NG_OK;
        }
        made.at_end = true;
        int status = ng_next_add(search, &made, &added, err);
        if (!status) ng_next_keep(search, added);
        return status;
    }
    size_t text_at = search->texts.length;
    int status = ng_buf_reserve(&search->texts, (size_t)made.length_bytes + 1, err);
    if (status) return status;
    uint8_t *text = search->texts.data + text_at;
    memcpy(text, search->texts.data + made.text_at, made.length_bytes);
    text[made.length_bytes++] = byte;
    made.text_at = text_at;
    search->texts.length += made.length_bytes;
    enum ng_read_effect effect = ng_read_byte(&search->reading, &made.state, text, made.length_bytes);
    if (effect == NG_READ_PARTIAL) return enter_node(search, &made, err);
    if (owner != NG_NO_ITEM) decide(search, owner, count, effect == NG_READ_BEHIND);
    made.owner = NG_NO_ITEM;
    if (effect == NG_READ_BEHIND) return NG_OK;
    made.shortened = effect == NG_READ_ON && made.length_bytes >= NG_MAX_NEXT_BYTES;
    if (effect == NG_READ_ON && !made.shortened) return enter_node(search, &made, err);
    status = ng_next_add(search, &made, &added, err);
    if (!status) ng_next_keep(search, added);
    return status;
}
