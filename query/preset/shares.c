/* Recipes that ask only which n-grams or pieces occur: gpt3, palm, gpt4, llama3, deepseek, contam; and tulu3, which asks
 * in which documents. */
#include <stdlib.h>
#include <string.h>

#include "common/base/random.h"
#include "common/base/utf8.h"
#include "query/preset/preset.h"

enum {
    GRAM_WORDS = 8,           /* palm, llama3, tulu3, contam */
    DEEPSEEK_WORDS = 10,      /* and of shorter texts all words, */
    DEEPSEEK_LEAST_WORDS = 3, /* from so many on */
    GPT4_PIECES = 3,
    GPT4_CHARS = 50
};

static double share(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0.0;
}

/* Sets a verdict; a phrase that was too long to search for may have occurred. */
static void set_verdict(struct ng_preset_entry *entry, enum ng_recipe recipe, uint64_t found, uint64_t of,
                        bool left_out) {
    struct ng_recipe_verdict *verdict = &entry->verdicts[recipe];
    verdict->found = found;
    verdict->of = of;
    verdict->share = share(found, of);
    entry->left_out[recipe] = entry->left_out[recipe] || left_out;
}

static int judge_gpt3(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_views views = ng_recipes_folded(turn->recipes);
    struct ng_pieces grams = {0};
    int status = ng_preset_words(entry, NG_FORM_FOLDED, &turn->tools, err);
    if (!status) {
        status = ng_pieces_add_texts(&grams, entry->words[NG_FORM_FOLDED], entry->given->text_count,
                                    (size_t)turn->recipes->benchmark.gpt3_words, err);
    }
    if (!status) status = ng_pieces_count(&grams, &views, err);
    if (!status) set_verdict(entry, NG_RECIPE_GPT3, ng_pieces_found(&grams), ng_pieces_size(&grams), grams.too_long);
    ng_pieces_free(&grams);
    return status;
}

/* The bytes where characters [first, first + count) of a text begin and end. */
static struct ng_bytes cut_characters(struct ng_bytes text, uint64_t first, uint64_t count) {
    uint64_t begin = 0;
    for (uint64_t seen = 0; begin < text.length_bytes; begin++) {
        if (!ng_utf8_is_continuation(text.data[begin]) && seen++ == first) break;
    }
    uint64_t end = begin;
    for (uint64_t seen = 0; end < text.length_bytes; end++) {
        if (!ng_utf8_is_continuation(text.data[end]) && seen++ == count) break;
    }
    return (struct ng_bytes){text.data + begin, end - begin};
}

/* All folded texts of an entry, a byte FF after each; the state of the draw from it. The draw is the same wherever the
 * entry stands (FNV-1a). */
static uint64_t seed_draw(const struct ng_buf *folded, uint64_t seed) {
    uint64_t state = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < folded->length; i++) state = (state ^ folded->data[i]) * UINT64_C(0x100000001B3);
    return state + seed;
}

/* Adds three pieces, drawn with replacement among all places of the texts; or the whole texts. */
static int draw_pieces(struct ng_pieces *grams, const struct ng_buf *folded, const struct ng_bytes *texts, size_t count,
                       uint64_t seed, struct ng_err *err) {
    uint64_t places = 0;
    int status = NG_OK;
    for (size_t t = 0; t < count; t++) {
        uint64_t characters = ng_utf8_characters(texts[t].data, texts[t].length_bytes);
        places += characters < GPT4_CHARS ? 0 : characters - GPT4_CHARS + 1;
    }
    for (size_t t = 0; t < count && places == 0 && !status; t++) {
        if (texts[t].length_bytes > 0) status = ng_pieces_add(grams, texts[t], 0, err);
    }
    uint64_t state = seed_draw(folded, seed);
    for (int i = 0; i < GPT4_PIECES && places > 0 && !status; i++) {
        uint64_t place = ng_random_below(&state, places);
        for (size_t t = 0; t < count; t++) {
            uint64_t characters = ng_utf8_characters(texts[t].data, texts[t].length_bytes);
            uint64_t here = characters < GPT4_CHARS ? 0 : characters - GPT4_CHARS + 1;
            if (place < here) {
                status = ng_pieces_add(grams, cut_characters(texts[t], place, GPT4_CHARS), 0, err);
                break;
            }
            place -= here;
        }
    }
    return status;
}

static int judge_gpt4(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_views views = ng_recipes_folded(turn->recipes);
    size_t count = entry->given->text_count;
    struct ng_pieces grams = {0};
    struct ng_buf folded = {0};
    struct ng_bytes *texts = calloc(count + 1, sizeof *texts);
    int status = texts ? NG_OK : ng_err_nomem(err, count * sizeof *texts, "the texts of an entry");
    for (size_t t = 0; t < count && !status; t++) {
        uint64_t begin = folded.length;
        struct ng_bytes text = entry->given->texts[t];
        status = ng_fold_text(turn->tools.fold, text.data, (size_t)text.length_bytes, &folded, err);
        texts[t].length_bytes = folded.length - begin;
        if (!status) status = ng_buf_append(&folded, "\xFF", 1, err);
    }
    uint64_t at = 0;
    for (size_t t = 0; t < count && !status; t++) { /* where it has its last place */
        texts[t].data = folded.data + at;
        at += texts[t].length_bytes + 1;
    }
    if (!status) status = draw_pieces(&grams, &folded, texts, count, turn->recipes->options.seed, err);
    if (!status) status = ng_pieces_count(&grams, &views, err);
    if (!status) set_verdict(entry, NG_RECIPE_GPT4, ng_pieces_found(&grams), ng_pieces_size(&grams), grams.too_long);
    ng_pieces_free(&grams);
    ng_buf_free(&folded);
    free(texts);
    return status;
}

static int judge_deepseek(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    struct ng_views views = ng_recipes_exact(turn->recipes);
    struct ng_pieces grams = {0};
    int status = ng_pieces_add_texts(&grams, entry->words[NG_FORM_EXACT], entry->given->text_count, DEEPSEEK_WORDS, err);
    for (size_t t = 0; t < entry->given->text_count && !status; t++) {
        const struct ng_words *words = &entry->words[NG_FORM_EXACT][t];
        if (words->count < DEEPSEEK_LEAST_WORDS || words->count >= DEEPSEEK_WORDS) continue;
        status = ng_pieces_add(&grams, ng_words_piece(words, 0, words->count), 0, err);
    }
    if (!status) status = ng_pieces_count(&grams, &views, err);
    if (!status) set_verdict(entry, NG_RECIPE_DEEPSEEK, ng_pieces_found(&grams), ng_pieces_size(&grams), grams.too_long);
    ng_pieces_free(&grams);
    return status;
}

/* Words that an ascending list of 8-grams covers, one after the other. */
struct cover {
    uint64_t end;
    uint64_t words;
};

static void cover(struct cover *cover, uint64_t place) {
    uint64_t begin = place > cover->end ? place : cover->end;
    cover->end = place + GRAM_WORDS;
    cover->words += cover->end - begin;
}

static void judge_llama3(struct ng_preset_entry *entry, const struct ng_pieces *grams) {
    struct cover all = {0};
    for (size_t i = 0; i < ng_pieces_size(grams); i++) {
        if (grams->counts[i] > 0) cover(&all, ng_pieces_place(grams, i));
    }
    set_verdict(entry, NG_RECIPE_LLAMA3, all.words, ng_preset_count(entry, NG_FORM_EXACT), grams->too_long);
}

/* The words that 8-grams [hits, end) of one document cover; and those with over most_hits occurrences, whose documents are
 * not known. */
static uint64_t cover_document(const struct ng_pieces *grams, const struct ng_piece_hit *hits,
                               const struct ng_piece_hit *end, uint64_t most_hits) {
    struct cover document = {0};
    for (size_t i = 0; i < ng_pieces_size(grams); i++) {
        bool is_here = false;
        for (; hits < end && hits->gram <= i; hits++) is_here = is_here || hits->gram == i;
        if (is_here || grams->counts[i] > most_hits) cover(&document, ng_pieces_place(grams, i));
    }
    return document.words;
}

/* The longest stretch of words with over most_hits occurrences. */
static int find_frequent(const struct ng_preset_entry *entry, const struct ng_pieces *grams, const struct ng_views *views,
                         uint64_t most_hits, uint64_t *words, struct ng_err *err) {
    struct ng_stretches in = {.views = views,
                              .texts = entry->words[NG_FORM_EXACT],
                              .text_count = entry->given->text_count,
                              .form = NG_FORM_EXACT,
                              .n = GRAM_WORDS,
                              .grams = grams,
                              .least = most_hits + 1};
    struct ng_buf buf = {0};
    int status = ng_stretches_find(&in, &buf, err);
    const struct ng_stretch *all = (const struct ng_stretch *)(const void *)buf.data;
    for (size_t i = 0; i < buf.length / sizeof *all; i++) {
        if (all[i].end - all[i].begin > *words) *words = all[i].end - all[i].begin;
    }
    ng_buf_free(&buf);
    return status;
}

static int judge_tulu3(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_pieces *grams,
                       struct ng_err *err) {
    struct ng_views views = ng_recipes_exact(turn->recipes);
    const uint64_t most_hits = turn->recipes->limits.hits;
    struct ng_buf buf = {0};
    int status = ng_pieces_locate(grams, &views, NULL, most_hits, &buf, &turn->tools.watch, err);
    const struct ng_piece_hit *hits = (const struct ng_piece_hit *)(const void *)buf.data;
    size_t count = buf.length / sizeof *hits;
    uint64_t words = ng_preset_count(entry, NG_FORM_EXACT);
    uint64_t best = 0;
    uint64_t possible = cover_document(grams, hits, hits, most_hits);
    if (!status && possible > 0) status = find_frequent(entry, grams, &views, most_hits, &best, err);
    for (size_t i = 0; i < count && !status;) {
        size_t begin = i;
        while (i < count && hits[i].document == hits[begin].document) i++;
        uint64_t here = cover_document(grams, hits + begin, hits + i, UINT64_MAX);
        uint64_t most = possible > 0 ? cover_document(grams, hits + begin, hits + i, most_hits) : here;
        if (here > best) best = here;
        if (most > possible) possible = most;
        status = ng_watch_check(&turn->tools.watch, 1 + ng_pieces_size(grams) / 64, err);
    }
    bool may_change = share(possible, words) > turn->recipes->options.dirty[NG_RECIPE_TULU3];
    if (!status) set_verdict(entry, NG_RECIPE_TULU3, best, words, grams->too_long || may_change);
    ng_buf_free(&buf);
    return status;
}

static int occurs(const struct ng_views *views, struct ng_bytes phrase, bool *found, struct ng_err *err) {
    int status = NG_OK;
    *found = false;
    for (size_t k = 0; k < views->count && !*found && !status; k++) {
        uint64_t count;
        status = ng_index_count(views->indexes[k], phrase, &count, err);
        *found = count > 0;
    }
    return status;
}

/* A search for the longest stretch. */
struct longest {
    const struct ng_views *views;
    const struct ng_words *words;
    uint64_t best;
    bool too_long;
};

static int stretch_occurs(struct longest *longest, size_t begin, size_t end, bool *found, struct ng_err *err) {
    struct ng_bytes piece = ng_words_piece(longest->words, begin, end - begin);
    *found = false;
    if (piece.length_bytes <= NG_MAX_PHRASE_BYTES) return occurs(longest->views, piece, found, err);
    longest->too_long = true;
    return NG_OK;
}

/* Finds whether a stretch of words [begin, end), in which every 8-gram occurs, has a longer one than the best. */
static int find_longest(struct longest *longest, size_t begin, size_t end, struct ng_err *err) {
    for (; begin + longest->best < end; begin++) {
        bool found;
        int status = stretch_occurs(longest, begin, begin + (size_t)longest->best + 1, &found, err);
        if (status) return status;
        if (!found) continue;
        /* One that begins here occurs up to low, and not beyond high: the whole is tried first. */
        size_t low = begin + (size_t)longest->best + 1;
        size_t high = end;
        for (size_t next = high; low < high; next = low + (high - low + 1) / 2) {
            status = stretch_occurs(longest, begin, next, &found, err);
            if (status) return status;
            if (found) low = next;
            else high = next - 1;
        }
        longest->best = low - begin;
    }
    return NG_OK;
}

static int judge_contam(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_pieces *grams,
                        struct ng_err *err) {
    struct ng_views views = ng_recipes_exact(turn->recipes);
    struct longest longest = {.views = &views};
    int status = NG_OK;
    size_t number = 0;
    for (size_t t = 0; t < entry->given->text_count && !status; t++) {
        longest.words = &entry->words[NG_FORM_EXACT][t];
        size_t count = ng_words_grams(longest.words->count, GRAM_WORDS);
        const uint64_t *counts = grams->counts + number;
        number += count;
        for (size_t i = 0; i < count && !status; i++) {
            size_t begin = i;
            while (i < count && counts[i] > 0) i++;
            if (i == begin) continue;
            if (longest.best < GRAM_WORDS) longest.best = GRAM_WORDS;
            status = find_longest(&longest, begin, i - 1 + GRAM_WORDS, err);
        }
    }
    if (status) return status;
    set_verdict(entry, NG_RECIPE_CONTAM, longest.best, ng_preset_count(entry, NG_FORM_EXACT),
                longest.too_long || grams->too_long);
    return NG_OK;
}

/* The recipes of exact 8-grams. An entry without one is short. */
static int judge_grams(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    const struct ng_recipes *recipes = turn->recipes;
    struct ng_views views = ng_recipes_exact(recipes);
    struct ng_pieces grams = {0};
    int status = ng_pieces_add_texts(&grams, entry->words[NG_FORM_EXACT], entry->given->text_count, GRAM_WORDS, err);
    if (!status && ng_pieces_size(&grams) > 0) {
        status = ng_pieces_count(&grams, &views, err);
        if (!status && ng_recipes_follow(recipes, NG_RECIPE_PALM)) {
            set_verdict(entry, NG_RECIPE_PALM, ng_pieces_found(&grams), ng_pieces_size(&grams), grams.too_long);
        }
        if (!status && ng_recipes_follow(recipes, NG_RECIPE_LLAMA3)) judge_llama3(entry, &grams);
        if (!status && ng_recipes_follow(recipes, NG_RECIPE_TULU3)) status = judge_tulu3(turn, entry, &grams, err);
        if (!status && ng_recipes_follow(recipes, NG_RECIPE_CONTAM)) status = judge_contam(turn, entry, &grams, err);
    }
    ng_pieces_free(&grams);
    return status;
}

int ng_preset_shares(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err) {
    const uint32_t grams = 1u << NG_RECIPE_PALM | 1u << NG_RECIPE_LLAMA3 | 1u << NG_RECIPE_TULU3 | 1u << NG_RECIPE_CONTAM;
    const struct ng_recipes *recipes = turn->recipes;
    bool by_grams = recipes->options.recipes & grams;
    bool by_deepseek = ng_recipes_follow(recipes, NG_RECIPE_DEEPSEEK);
    int status = by_grams || by_deepseek ? ng_preset_words(entry, NG_FORM_EXACT, &turn->tools, err) : NG_OK;
    if (!status && by_grams) status = judge_grams(turn, entry, err);
    if (!status && by_deepseek) status = judge_deepseek(turn, entry, err);
    if (!status && ng_recipes_follow(recipes, NG_RECIPE_GPT3)) status = judge_gpt3(turn, entry, err);
    if (!status && ng_recipes_follow(recipes, NG_RECIPE_GPT4)) status = judge_gpt4(turn, entry, err);
    return status;
}
