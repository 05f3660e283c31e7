/* open-r1: an 8-gram of words in lower case, white space apart. */
#include "query/preset/preset.h"

enum { GRAM_WORDS = 8 };

/* An n-gram whose documents are not looked at, or that folding leaves nothing of, may still occur as it stands. */
static int seek_exact(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_views views = ng_recipes_exact(turn->recipes);
    int status = ng_preset_words(entry, NG_FORM_EXACT, &turn->tools, err);
    if (status) return status;
    struct ng_stretches in = {.views = &views,
                              .texts = entry->words[NG_FORM_EXACT],
                              .text_count = entry->given->text_count,
                              .form = NG_FORM_EXACT,
                              .n = GRAM_WORDS,
                              .least = 1};
    return ng_preset_seek(turn, entry, NG_RECIPE_OPEN_R1, &in, err);
}

/* Documents that hold what folding keeps of 8 words. Punctuation may stand alone as a word, so that little or nothing is
 * kept. */
static int seed(struct ng_preset_turn *turn, size_t number, struct ng_err *err) {
    struct ng_preset_entry *entry = &turn->entries[number];
    struct ng_views views = ng_recipes_folded(turn->recipes);
    struct ng_pieces grams = {0};
    int status = ng_preset_words(entry, NG_FORM_LOWER, &turn->tools, err);
    for (size_t t = 0; t < entry->given->text_count && !status; t++) {
        const struct ng_words *words = &entry->words[NG_FORM_LOWER][t];
        for (size_t i = 0; i < ng_words_grams(words->count, GRAM_WORDS) && !status; i++) {
            uint64_t begin = words->folds[i].begin;
            uint64_t end = words->folds[i + GRAM_WORDS - 1].end;
            entry->verdicts[NG_RECIPE_OPEN_R1].of = 1;
            if (begin == end) entry->left_out[NG_RECIPE_OPEN_R1] = true; /* nothing to search for */
            else status = ng_pieces_add(&grams, (struct ng_bytes){words->folded + begin, end - begin}, i, err);
        }
    }
    if (!status) status = ng_pieces_count(&grams, &views, err);
    if (!status) status = ng_preset_candidates(turn, number, NG_RECIPE_OPEN_R1, &grams, &views, NULL, err);
    if (!status && entry->left_out[NG_RECIPE_OPEN_R1]) status = seek_exact(turn, entry, err);
    ng_pieces_free(&grams);
    return status;
}

static int compare(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_document_words *document,
                   struct ng_err *err) {
    struct ng_sequence *sequence = &entry->sequences[NG_FORM_LOWER];
    int status = ng_preset_sequence(entry, NG_FORM_LOWER, GRAM_WORDS, &turn->tools, err);
    if (status) return status;
    ng_vocabulary_find(&sequence->vocabulary, document->words, document->hashes, document->ids);
    size_t known = 0;
    for (size_t end = 1; end <= document->words->count; end++) {
        known = document->ids[end - 1] ? known + 1 : 0;
        if (known < GRAM_WORDS) continue;
        size_t first;
        size_t last;
        ng_gram_table_find(&sequence->table, document->ids + end - GRAM_WORDS, &first, &last);
        if (first == last) continue;
        entry->verdicts[NG_RECIPE_OPEN_R1].found = 1;
        break;
    }
    return NG_OK;
}

static void finish(const struct ng_recipes *recipes, struct ng_preset_entry *entry) {
    (void)recipes;
    struct ng_recipe_verdict *verdict = &entry->verdicts[NG_RECIPE_OPEN_R1];
    verdict->share = (double)verdict->found;
}

static bool is_decided(const struct ng_preset_entry *entry) {
    return entry->verdicts[NG_RECIPE_OPEN_R1].found > 0;
}

const struct ng_document_recipe ng_recipe_open_r1 = {
    .form = NG_FORM_LOWER, .seed = seed, .compare = compare, .finish = finish, .decided = is_decided};
