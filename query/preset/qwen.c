/* qwen: the longest common subsequence of an entry and a passage. */
#include <stdlib.h>
#include <string.h>

#include "query/preset/preset.h"

enum { SEED_WORDS = 8, LEAST_WORDS = 13 };

static int seed(struct ng_preset_turn *turn, size_t number, struct ng_err *err) {
    struct ng_preset_entry *entry = &turn->entries[number];
    struct ng_views views = ng_recipes_folded(turn->recipes);
    int status = ng_preset_words(entry, NG_FORM_FOLDED, &turn->tools, err);
    if (status || ng_preset_count(entry, NG_FORM_FOLDED) < LEAST_WORDS) return status;
    entry->verdicts[NG_RECIPE_QWEN].of = ng_preset_count(entry, NG_FORM_FOLDED);
    if (entry->verdicts[NG_RECIPE_QWEN].of > NG_MAX_PRESET_WORDS) {
        entry->left_out[NG_RECIPE_QWEN] = true;
        return NG_OK;
    }
    return ng_preset_seed(turn, number, NG_RECIPE_QWEN, NG_FORM_FOLDED, &views, SEED_WORDS, err);
}

/* The words of a sequence as bits: for each word of the vocabulary, the places where it stands. */
struct places {
    uint64_t *bits; /* blocks of each word of the vocabulary; owned */
    uint64_t *row;  /* blocks; owned */
    size_t blocks;
    size_t words;
};

static int open_places(struct places *places, const struct ng_sequence *sequence, struct ng_err *err) {
    places->words = sequence->count;
    places->blocks = (sequence->count + 63) / 64;
    size_t cells = (sequence->vocabulary.count + (size_t)1) * places->blocks;
    places->bits = calloc(cells, sizeof *places->bits);
    places->row = calloc(places->blocks + 1, sizeof *places->row);
    if (!places->bits || !places->row) return ng_err_nomem(err, cells * sizeof *places->bits, "the words of an entry");
    for (size_t i = 0; i < sequence->count; i++) {
        places->bits[sequence->ids[i] * places->blocks + i / 64] |= UINT64_C(1) << i % 64;
    }
    return NG_OK;
}

/* The length of the longest common subsequence with ids[begin, end), by the bit-parallel method of Hyyro (2004): a zero
 * in the row is a place where the length grows. */
static uint64_t measure(const struct places *places, const uint32_t *ids, size_t begin, size_t end) {
    memset(places->row, 0xFF, places->blocks * sizeof *places->row);
    for (size_t j = begin; j < end; j++) {
        if (ids[j] == 0) continue;
        const uint64_t *matches = places->bits + ids[j] * places->blocks;
        unsigned carry = 0;
        for (size_t b = 0; b < places->blocks; b++) {
            uint64_t row = places->row[b];
            uint64_t both = row & matches[b];
            uint64_t sum = row + both;
            unsigned over = sum < row;
            sum += carry;
            over |= sum < carry;
            places->row[b] = sum | (row - both);
            carry = over;
        }
    }
    uint64_t length = 0;
    for (size_t i = 0; i < places->words; i++) length += ~places->row[i / 64] >> i % 64 & 1;
    return length;
}

/* Where the entry would begin in the document, as places before the document's begin are numbers, too. */
static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Finds where the entry would begin by each place that it has 8 words in common with, each once. */
static int find_begins(const struct ng_sequence *sequence, const uint32_t *ids, size_t count, struct ng_buf *begins,
                       struct ng_err *err) {
    struct ng_gram_walk walk = {.table = &sequence->table, .ids = ids, .count = count};
    for (size_t i, j; ng_gram_walk_next(&walk, &i, &j);) {
        int64_t begin = (int64_t)j - (int64_t)i;
        size_t length = begins->length / sizeof begin;
        const int64_t *all = (const int64_t *)(const void *)begins->data;
        if (length > 0 && all[length - 1] == begin) continue;
        int status = ng_buf_append(begins, &begin, sizeof begin, err);
        if (status) return status;
    }
    int64_t *all = (int64_t *)(void *)begins->data;
    size_t length = begins->length / sizeof *all;
    size_t kept = 0;
    if (length > 0) qsort(all, length, sizeof *all, by_number);
    for (size_t i = 0; i < length; i++) {
        if (kept == 0 || all[kept - 1] != all[i]) all[kept++] = all[i];
    }
    begins->length = kept * sizeof *all;
    return NG_OK;
}

static int compare_passages(struct ng_preset_turn *turn, struct ng_preset_entry *entry,
                            const struct ng_document_words *document, const struct ng_buf *begins, struct ng_err *err) {
    const uint32_t *ids = document->ids;
    size_t count = document->words->count;
    const struct ng_sequence *sequence = &entry->sequences[NG_FORM_FOLDED];
    struct ng_recipe_verdict *verdict = &entry->verdicts[NG_RECIPE_QWEN];
    struct places places = {0};
    int status = open_places(&places, sequence, err);
    const int64_t *all = (const int64_t *)(const void *)begins->data;
    size_t passages = begins->length / sizeof *all;
    if (passages > turn->recipes->limits.passages) {
        passages = turn->recipes->limits.passages;
        entry->left_out[NG_RECIPE_QWEN] = true;
    }
    int64_t length = (int64_t)sequence->count;
    uint64_t shorter = count < sequence->count && !document->is_part ? count : sequence->count;
    for (size_t p = 0; p < passages && !status; p++) {
        int64_t begin = all[p] - length / 2;
        int64_t end = all[p] + length + length / 2;
        if (begin < 0) begin = 0;
        if (end > (int64_t)count) end = (int64_t)count;
        uint64_t common = measure(&places, ids, (size_t)begin, (size_t)end);
        double share = (double)common / (double)shorter;
        if (common >= LEAST_WORDS && (share > verdict->share || (share >= verdict->share && common > verdict->found))) {
            verdict->share = share;
            verdict->found = common;
            verdict->of = shorter;
        }
        status = ng_watch_check(&turn->tools.watch, 1 + (uint64_t)(end - begin) * places.blocks / 64, err);
    }
    free(places.bits);
    free(places.row);
    return status;
}

static int compare(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_document_words *document,
                   struct ng_err *err) {
    struct ng_sequence *sequence = &entry->sequences[NG_FORM_FOLDED];
    struct ng_buf begins = {0}; /* of int64_t */
    int status = ng_preset_sequence(entry, NG_FORM_FOLDED, SEED_WORDS, &turn->tools, err);
    if (status) return status;
    ng_vocabulary_find(&sequence->vocabulary, document->words, document->hashes, document->ids);
    status = find_begins(sequence, document->ids, document->words->count, &begins, err);
    if (!status && begins.length > 0) status = compare_passages(turn, entry, document, &begins, err);
    ng_buf_free(&begins);
    return status;
}

static void finish(const struct ng_recipes *recipes, struct ng_preset_entry *entry) {
    (void)recipes;
    (void)entry;
}

const struct ng_document_recipe ng_recipe_qwen = {
    .form = NG_FORM_FOLDED, .seed = seed, .compare = compare, .finish = finish};
