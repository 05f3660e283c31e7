#include "query/match/guard.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* most pieces are short */
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "query/match/units.h"

enum { FILTER_BITS = 8, FIRST_CAPACITY = 1 << 12, WORD_BITS = 64, WAITING = 16 };

struct slot {
    uint64_t begin;        /* of the window in the text */
    uint64_t hash;
    uint32_t length_bytes; /* 0: the slot is free */
    uint32_t entries;
    uint32_t last;         /* the entry that was counted last; they count from 1 */
};

struct piece {
    uint64_t begin;
    uint64_t end;
    uint32_t entry;
};

struct ng_guard {
    struct ng_buf text;
    struct ng_buf pieces;  /* of struct piece */
    struct ng_buf lengths; /* of uint64_t: the numbers of units that windows have */
    uint32_t entries;
    struct slot *slots; /* owned */
    uint64_t capacity;  /* a power of two */
    uint64_t used;
    uint64_t *filter; /* FILTER_BITS bits a slot, one of which each window sets: most pieces are none; owned */
    /* Slots are far: what is looked up waits until its slot has come near. */
    struct slot waiting[WAITING];
    size_t waiting_count;
};

int ng_guard_open(struct ng_guard **guard, struct ng_err *err) {
    *guard = calloc(1, sizeof **guard);
    return *guard ? NG_OK : ng_err_nomem(err, sizeof **guard, "a benchmark");
}

static void free_table(struct ng_guard *guard) {
    free(guard->slots);
    free(guard->filter);
    guard->slots = NULL;
    guard->filter = NULL;
    guard->capacity = 0;
    guard->used = 0;
}

void ng_guard_clear(struct ng_guard *guard) {
    free_table(guard);
    ng_buf_free(&guard->text);
    ng_buf_free(&guard->pieces);
    ng_buf_free(&guard->lengths);
    guard->entries = 0;
    guard->waiting_count = 0;
}

void ng_guard_close(struct ng_guard *guard) {
    if (!guard) return;
    ng_guard_clear(guard);
    free(guard);
}

void ng_guard_begin_entry(struct ng_guard *guard) {
    guard->entries++;
}

int ng_guard_add_text(struct ng_guard *guard, struct ng_bytes text, uint64_t *begin, struct ng_err *err) {
    *begin = guard->text.length;
    if (text.length_bytes > NG_MAX_BENCHMARK_BYTES - *begin) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "the entries of the benchmark hold over %llu bytes (NG_MAX_BENCHMARK_BYTES)",
                         (unsigned long long)NG_MAX_BENCHMARK_BYTES);
        return ng_err_hint(err, "use a benchmark guard of 0, which does not look at them");
    }
    struct piece piece = {.begin = *begin, .end = *begin + text.length_bytes, .entry = guard->entries};
    int status = ng_buf_append(&guard->text, text.data, (size_t)text.length_bytes, err);
    return status ? status : ng_buf_append(&guard->pieces, &piece, sizeof piece, err);
}

static bool passes_filter(const struct ng_guard *guard, uint64_t hash) {
    uint64_t bit = (hash >> 8) & (guard->capacity * FILTER_BITS - 1);
    return guard->filter[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}

/* The slot of a window, or the free one that it would have. */
static struct slot *find(const struct ng_guard *guard, struct ng_bytes window, uint64_t hash) {
    for (uint64_t i = hash & (guard->capacity - 1);; i = (i + 1) & (guard->capacity - 1)) {
        struct slot *slot = &guard->slots[i];
        if (slot->length_bytes == 0) return slot;
        if (slot->hash == hash && slot->length_bytes == window.length_bytes &&
            memcmp(guard->text.data + slot->begin, window.data, window.length_bytes) == 0) return slot;
    }
}

/* Puts a window in, unless it is there. */
static void put(struct ng_guard *guard, const struct slot *slot) {
    struct ng_bytes window = {guard->text.data + slot->begin, slot->length_bytes};
    struct slot *place = find(guard, window, slot->hash);
    if (place->length_bytes > 0) return;
    *place = *slot;
    uint64_t bit = (slot->hash >> 8) & (guard->capacity * FILTER_BITS - 1);
    guard->filter[bit / WORD_BITS] |= UINT64_C(1) << bit % WORD_BITS;
    guard->used++;
}

/* Has a window, or a piece of an entry, wait. */
static struct slot *let_wait(struct ng_guard *guard, uint64_t begin, uint64_t end) {
    struct slot *slot = &guard->waiting[guard->waiting_count++];
    *slot = (struct slot){.begin = begin, .length_bytes = (uint32_t)(end - begin)};
    slot->hash = XXH3_64bits(guard->text.data + begin, slot->length_bytes);
    __builtin_prefetch(&guard->slots[slot->hash & (guard->capacity - 1)]);
    return slot;
}

static void put_waiting(struct ng_guard *guard) {
    for (size_t i = 0; i < guard->waiting_count; i++) put(guard, &guard->waiting[i]);
    guard->waiting_count = 0;
}

static int grow(struct ng_guard *guard, struct ng_err *err) {
    struct ng_guard larger = {.text = guard->text, .capacity = guard->capacity ? 4 * guard->capacity : FIRST_CAPACITY};
    if (guard->used >= NG_MAX_BENCHMARK_WINDOWS) {
        (void)ng_err_set(err, NG_ERR_LIMIT, "the entries of the benchmark have over %llu windows "
                         "(NG_MAX_BENCHMARK_WINDOWS)", (unsigned long long)NG_MAX_BENCHMARK_WINDOWS);
        return ng_err_hint(err, "use a benchmark guard of 0, which does not look at them");
    }
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    larger.filter = calloc(larger.capacity * FILTER_BITS / WORD_BITS, sizeof *larger.filter);
    if (!larger.slots || !larger.filter) {
        free_table(&larger);
        return ng_err_nomem(err, larger.capacity * sizeof *larger.slots, "the windows of a benchmark");
    }
    for (uint64_t i = 0; i < guard->capacity; i++) {
        if (guard->slots[i].length_bytes > 0) put(&larger, &guard->slots[i]);
    }
    free_table(guard);
    guard->slots = larger.slots;
    guard->filter = larger.filter;
    guard->capacity = larger.capacity;
    guard->used = larger.used;
    return NG_OK;
}

static int add_length(struct ng_guard *guard, uint64_t units, struct ng_err *err) {
    const uint64_t *lengths = (const uint64_t *)(const void *)guard->lengths.data;
    for (size_t i = 0; i < guard->lengths.length / sizeof units; i++) {
        if (lengths[i] == units) return NG_OK;
    }
    return ng_buf_append(&guard->lengths, &units, sizeof units, err);
}

int ng_guard_add_window(struct ng_guard *guard, uint64_t begin, uint64_t end, uint64_t units, struct ng_err *err) {
    if (guard->waiting_count == WAITING) put_waiting(guard);
    int status = guard->used + WAITING >= guard->capacity / 2 ? grow(guard, err) : NG_OK;
    if (!status) status = add_length(guard, units, err);
    if (status) return status;
    (void)let_wait(guard, begin, end);
    return NG_OK;
}

/* Counts the pieces that wait, of one entry. */
static void count_waiting(struct ng_guard *guard) {
    for (size_t i = 0; i < guard->waiting_count; i++) {
        const struct slot *piece = &guard->waiting[i];
        struct ng_bytes window = {guard->text.data + piece->begin, piece->length_bytes};
        struct slot *slot = find(guard, window, piece->hash);
        if (slot->length_bytes == 0 || slot->last == piece->last) continue;
        slot->last = piece->last;
        slot->entries++;
    }
    guard->waiting_count = 0;
}

/* Counts the pieces of one text that have this many units. */
static int count_piece(struct ng_guard *guard, const struct piece *piece, uint64_t units, struct ng_watch *watch,
                       struct ng_err *err) {
    enum { PIECES = 1024 };
    const uint8_t *text = guard->text.data;
    uint64_t end = piece->begin;
    uint64_t within = 0; /* units of [at, end) */
    for (uint64_t at = piece->begin, n = 0; at < piece->end; n++) {
        while (within < units && end < piece->end) within += ng_units_next(text, piece->end, &end);
        if (within < units) return NG_OK;
        int status = n % PIECES == 0 ? ng_watch_check(watch, NG_WATCH_STEPS, err) : NG_OK;
        if (status) return status;
        struct slot *slot = let_wait(guard, at, end);
        slot->last = piece->entry;
        within -= ng_units_next(text, piece->end, &at);
        if (!passes_filter(guard, slot->hash)) guard->waiting_count--;
        if (guard->waiting_count == WAITING) count_waiting(guard);
    }
    return NG_OK;
}

int ng_guard_count(struct ng_guard *guard, struct ng_watch *watch, struct ng_err *err) {
    const uint64_t *lengths = (const uint64_t *)(const void *)guard->lengths.data;
    const struct piece *pieces = (const struct piece *)(const void *)guard->pieces.data;
    size_t length_count = guard->lengths.length / sizeof *lengths;
    put_waiting(guard);
    for (uint64_t i = 0; i < guard->capacity; i++) guard->slots[i].entries = guard->slots[i].last = 0;
    for (size_t i = 0; i < guard->pieces.length / sizeof *pieces; i++) {
        for (size_t l = 0; l < length_count; l++) {
            int status = count_piece(guard, &pieces[i], lengths[l], watch, err);
            if (!status) continue;
            guard->waiting_count = 0;
            return status;
        }
    }
    count_waiting(guard);
    return NG_OK;
}

uint64_t ng_guard_entries(const struct ng_guard *guard, struct ng_bytes window) {
    if (guard->capacity == 0) return 0;
    uint64_t hash = XXH3_64bits(window.data, (size_t)window.length_bytes);
    return passes_filter(guard, hash) ? find(guard, window, hash)->entries : 0;
}
