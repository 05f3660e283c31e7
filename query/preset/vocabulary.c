#include "query/preset/vocabulary.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/base/order.h"

int ng_vocabulary_open(struct ng_vocabulary *vocabulary, size_t words, struct ng_err *err) {
    if (words > UINT32_MAX / 2) return ng_err_set(err, NG_ERR_LIMIT, "an entry has over %u words", UINT32_MAX / 2);
    size_t slots = 16;
    while (slots < 2 * words) slots *= 2;
    vocabulary->slots = calloc(slots, sizeof *vocabulary->slots);
    if (!vocabulary->slots) return ng_err_nomem(err, slots * sizeof *vocabulary->slots, "the words of an entry");
    vocabulary->mask = slots - 1;
    return NG_OK;
}

/* The slot of a word, or the free one where it would go. */
static struct ng_vocabulary_slot *find_slot(const struct ng_vocabulary *vocabulary, const struct ng_words *words,
                                            size_t word, uint64_t hash) {
    struct ng_bytes bytes = ng_words_piece(words, word, 1);
    size_t at = (size_t)hash & vocabulary->mask;
    for (;; at = (at + 1) & vocabulary->mask) {
        struct ng_vocabulary_slot *slot = &vocabulary->slots[at];
        if (!slot->bytes) return slot;
        if (slot->hash == hash && slot->length_bytes == bytes.length_bytes &&
            memcmp(slot->bytes, bytes.data, (size_t)bytes.length_bytes) == 0) return slot;
    }
}

void ng_vocabulary_add(struct ng_vocabulary *vocabulary, const struct ng_words *words, uint32_t *ids) {
    for (size_t i = 0; i < words->count; i++) {
        uint64_t hash = ng_word_hash(words, i);
        struct ng_vocabulary_slot *slot = find_slot(vocabulary, words, i, hash);
        if (!slot->bytes) {
            struct ng_bytes bytes = ng_words_piece(words, i, 1);
            *slot = (struct ng_vocabulary_slot){
                .bytes = bytes.data, .length_bytes = bytes.length_bytes, .hash = hash, .id = ++vocabulary->count};
        }
        ids[i] = slot->id;
    }
}

void ng_vocabulary_find(const struct ng_vocabulary *vocabulary, const struct ng_words *words, const uint64_t *hashes,
                        uint32_t *ids) {
    for (size_t i = 0; i < words->count; i++) ids[i] = find_slot(vocabulary, words, i, hashes[i])->id;
}

void ng_vocabulary_free(struct ng_vocabulary *vocabulary) {
    free(vocabulary->slots);
    *vocabulary = (struct ng_vocabulary){0};
}

uint64_t ng_word_hash(const struct ng_words *words, size_t word) {
    struct ng_bytes bytes = ng_words_piece(words, word, 1);
    return XXH3_64bits(bytes.data, (size_t)bytes.length_bytes);
}

int ng_words_hash(const struct ng_words *words, uint64_t **hashes, struct ng_err *err) {
    *hashes = calloc(words->count + 1, sizeof **hashes);
    if (!*hashes) return ng_err_nomem(err, words->count * sizeof **hashes, "the words of a text");
    for (size_t i = 0; i < words->count; i++) (*hashes)[i] = ng_word_hash(words, i);
    return NG_OK;
}

static uint64_t hash_gram(const uint32_t *gram, size_t n) {
    return XXH3_64bits(gram, n * sizeof *gram);
}

static int by_hash(const void *a, const void *b) {
    const struct ng_gram *x = a;
    const struct ng_gram *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

int ng_gram_table_make(struct ng_gram_table *table, const uint32_t *ids, const uint32_t *ends, size_t count, size_t n,
                       struct ng_err *err) {
    *table = (struct ng_gram_table){.ids = ids, .n = n, .grams = calloc(count + 1, sizeof *table->grams)};
    if (!table->grams) return ng_err_nomem(err, count * sizeof *table->grams, "the n-grams of an entry");
    for (size_t i = 0; i < count; i++) {
        if (i + n > ends[i]) continue;
        table->grams[table->count++] = (struct ng_gram){hash_gram(ids + i, n), (uint32_t)i};
    }
    qsort(table->grams, table->count, sizeof *table->grams, by_hash);
    return NG_OK;
}

void ng_gram_table_find(const struct ng_gram_table *table, const uint32_t *gram, size_t *first, size_t *end) {
    uint64_t hash = hash_gram(gram, table->n);
    size_t low = 0;
    NG_ORDER_SEEK(low, table->count, middle, table->grams[middle].hash < hash);
    *first = low;
    while (low < table->count && table->grams[low].hash == hash &&
           memcmp(table->ids + table->grams[low].at, gram, table->n * sizeof *gram) == 0) low++;
    *end = low;
}

bool ng_gram_walk_next(struct ng_gram_walk *walk, size_t *i, size_t *j) {
    size_t n = walk->table->n;
    while (walk->first == walk->last && walk->end < walk->count) {
        walk->known = walk->ids[walk->end++] ? walk->known + 1 : 0;
        if (walk->known >= n) ng_gram_table_find(walk->table, walk->ids + walk->end - n, &walk->first, &walk->last);
    }
    if (walk->first == walk->last) return false;
    *i = walk->table->grams[walk->first++].at;
    *j = walk->end - n;
    return true;
}

void ng_gram_table_free(struct ng_gram_table *table) {
    free(table->grams);
    *table = (struct ng_gram_table){0};
}
