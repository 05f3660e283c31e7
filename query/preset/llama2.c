/* llama2: stretches of over 10 equal words that may differ in up to 4, none of them among the first 10 or the last. */
#include <stdlib.h>
#include <string.h>

#include "query/preset/preset.h"

enum { SEED_WORDS = 10, MISMATCHES = 4 };

static int seed(struct ng_preset_turn *turn, size_t number, struct ng_err *err) {
    struct ng_preset_entry *entry = &turn->entries[number];
    struct ng_views views = ng_recipes_exact(turn->recipes);
    int status = ng_preset_words(entry, NG_FORM_EXACT, &turn->tools, err);
    for (size_t t = 0; t < entry->given->text_count && !status; t++) {
        if (entry->words[NG_FORM_EXACT][t].count > SEED_WORDS) entry->verdicts[NG_RECIPE_LLAMA2].of = 1;
    }
    if (status || entry->verdicts[NG_RECIPE_LLAMA2].of == 0) return status;
    return ng_preset_seed(turn, number, NG_RECIPE_LLAMA2, NG_FORM_EXACT, &views, SEED_WORDS, err);
}

/* The length of the stretch that begins with the seed at word i of the entry and word j of the document. */
static size_t extend(const struct ng_sequence *sequence, const uint32_t *ids, size_t count, size_t i, size_t j) {
    size_t length = SEED_WORDS;
    size_t mismatches = 0;
    for (size_t k = SEED_WORDS; i + k < sequence->ends[i] && j + k < count; k++) {
        if (sequence->ids[i + k] == ids[j + k]) length = k + 1;
        else if (++mismatches > MISMATCHES) break;
    }
    return length;
}

static int compare(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_document_words *document,
                   struct ng_err *err) {
    struct ng_sequence *sequence = &entry->sequences[NG_FORM_EXACT];
    int status = ng_preset_sequence(entry, NG_FORM_EXACT, SEED_WORDS, &turn->tools, err);
    if (status) return status;
    if (!entry->stretched) entry->stretched = calloc(sequence->count + 1, 1);
    if (!entry->stretched) return ng_err_nomem(err, sequence->count, "the words of an entry");
    ng_vocabulary_find(&sequence->vocabulary, document->words, document->hashes, document->ids);
    const uint32_t *ids = document->ids;
    size_t count = document->words->count;
    struct ng_gram_walk walk = {.table = &sequence->table, .ids = ids, .count = count};
    for (size_t i, j; ng_gram_walk_next(&walk, &i, &j);) {
        bool is_within = i > 0 && j > 0 && sequence->ends[i - 1] == sequence->ends[i] &&
                         sequence->ids[i - 1] == ids[j - 1]; /* of a stretch that began earlier */
        if (is_within) continue;
        size_t length = extend(sequence, ids, count, i, j);
        if (length > SEED_WORDS) memset(entry->stretched + i, 1, length);
        status = ng_watch_check(&turn->tools.watch, 1 + length / 64, err);
        if (status) return status;
    }
    return NG_OK;
}

static void finish(const struct ng_recipes *recipes, struct ng_preset_entry *entry) {
    (void)recipes;
    struct ng_recipe_verdict *verdict = &entry->verdicts[NG_RECIPE_LLAMA2];
    if (verdict->of == 0) return;
    verdict->of = ng_preset_count(entry, NG_FORM_EXACT);
    for (uint64_t i = 0; entry->stretched && i < verdict->of; i++) verdict->found += entry->stretched[i];
    verdict->share = (double)verdict->found / (double)verdict->of;
}

const struct ng_document_recipe ng_recipe_llama2 = {
    .form = NG_FORM_EXACT, .seed = seed, .compare = compare, .finish = finish};
