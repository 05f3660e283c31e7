/*
 * Words of an entry as numbers, and the words of documents as the same numbers: sequences are compared by numbers.
 * Internal to the query library.
 */
#ifndef NG_QUERY_PRESET_VOCABULARY_H
#define NG_QUERY_PRESET_VOCABULARY_H

#include "query/preset/words.h"

struct ng_vocabulary_slot {
    const uint8_t *bytes; /* borrowed; NULL: the slot is free */
    uint64_t length_bytes;
    uint64_t hash;
    uint32_t id;
};

/* Zero-initialised memory is an empty vocabulary without room. */
struct ng_vocabulary {
    struct ng_vocabulary_slot *slots; /* owned */
    size_t mask;
    uint32_t count; /* distinct words; their ids count from 1 */
};

/* Makes room for this many words. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_vocabulary_open(struct ng_vocabulary *vocabulary, size_t words, struct ng_err *err);

/* Adds words, whose text must outlive the vocabulary, and writes their ids. */
void ng_vocabulary_add(struct ng_vocabulary *vocabulary, const struct ng_words *words, uint32_t *ids);

/* Writes the ids of words; 0 for a word that is not in the vocabulary. hashes are those of ng_words_hash. */
void ng_vocabulary_find(const struct ng_vocabulary *vocabulary, const struct ng_words *words, const uint64_t *hashes,
                        uint32_t *ids);

/* Idempotent. */
void ng_vocabulary_free(struct ng_vocabulary *vocabulary);

uint64_t ng_word_hash(const struct ng_words *words, size_t word);

/* The hashes of all words; owned by the caller. Errors: NG_ERR_NOMEM. */
int ng_words_hash(const struct ng_words *words, uint64_t **hashes, struct ng_err *err);

/* The n-grams of a sequence of ids, to be looked up. */
struct ng_gram {
    uint64_t hash;
    uint32_t at;
};

struct ng_gram_table {
    const uint32_t *ids; /* borrowed */
    size_t n;
    struct ng_gram *grams; /* ordered by hash, then place; owned */
    size_t count;
};

/* Makes the table of those n-grams of ids[0, count) that end at or before the end of their text: ends[i] is the end of
 * the text that word i belongs to. Errors: NG_ERR_NOMEM. */
int ng_gram_table_make(struct ng_gram_table *table, const uint32_t *ids, const uint32_t *ends, size_t count, size_t n,
                       struct ng_err *err);

/* The n-grams that are equal to the one at gram: [*first, *end) of table->grams, in the order of their places. */
void ng_gram_table_find(const struct ng_gram_table *table, const uint32_t *gram, size_t *first, size_t *end);

/* Goes through the places where an n-gram of ids[0, count) is one of the table's. Words with id 0 are in none. */
struct ng_gram_walk {
    const struct ng_gram_table *table;
    const uint32_t *ids;
    size_t count;
    size_t end;   /* where the n-gram of ids ends */
    size_t known; /* words before that are not 0 */
    size_t first; /* the table's n-grams that are equal to it, still to be given */
    size_t last;
};

/* The next such place: word *i of the table and word *j of ids. False at the end. Everything but table, ids and count
 * starts at 0. */
bool ng_gram_walk_next(struct ng_gram_walk *walk, size_t *i, size_t *j);

/* Idempotent. */
void ng_gram_table_free(struct ng_gram_table *table);

#endif
