/* What occurs so often that its documents are not looked at: the longest such stretches of an entry stand for them. */
#include <stdlib.h>

#include "query/preset/preset.h"

/* A search in the words [begin, end) of a text, of which every n-gram occurs often. */
struct search {
    const struct ng_stretches *in;
    size_t text;
    size_t end;
};

static int is_often(const struct search *search, size_t begin, size_t end, bool *often, struct ng_err *err) {
    const struct ng_stretches *in = search->in;
    struct ng_bytes piece = ng_words_piece(&in->texts[search->text], begin, end - begin);
    uint64_t sum = 0;
    int status = NG_OK;
    for (size_t k = 0; k < in->views->count && sum < in->least && !status; k++) {
        uint64_t count = 0;
        if (piece.length_bytes <= NG_MAX_PHRASE_BYTES) {
            status = ng_index_count(in->views->indexes[k], piece, &count, err);
        }
        sum += count;
    }
    *often = sum >= in->least;
    return status;
}

/* Moves *end, up to which the stretch from begin on occurs often, as far as it does. The whole is tried first. */
static int grow(const struct search *search, size_t begin, size_t *end, struct ng_err *err) {
    size_t high = search->end;
    for (size_t next = high; *end < high; next = *end + (high - *end + 1) / 2) {
        bool often;
        int status = is_often(search, begin, next, &often, err);
        if (status) return status;
        if (often) *end = next;
        else high = next - 1;
    }
    return NG_OK;
}

/* Moves *begin to the first word from which on the stretch up to end occurs often; the last n words do. */
static int shrink(const struct search *search, size_t *begin, size_t end, struct ng_err *err) {
    size_t high = end - search->in->n;
    while (*begin < high) {
        size_t middle = *begin + (high - *begin) / 2;
        bool often;
        int status = is_often(search, middle, end, &often, err);
        if (status) return status;
        if (often) high = middle;
        else *begin = middle + 1;
    }
    return NG_OK;
}

static int find_in_run(const struct search *search, size_t begin, struct ng_buf *stretches, struct ng_err *err) {
    size_t end = begin + search->in->n;
    for (;;) {
        int status = grow(search, begin, &end, err);
        struct ng_stretch stretch = {search->text, begin, end};
        if (!status) status = ng_buf_append(stretches, &stretch, sizeof stretch, err);
        bool is_full = stretches->length / sizeof stretch >= NG_MAX_PRESET_STRETCHES;
        if (status || end == search->end || is_full) return status;
        begin++;
        end++;
        status = shrink(search, &begin, end, err);
        if (status) return status;
    }
}

int ng_stretches_find(const struct ng_stretches *in, struct ng_buf *stretches, struct ng_err *err) {
    const uint64_t *counts = in->grams->counts;
    int status = NG_OK;
    for (size_t t = 0; t < in->text_count; t++) {
        size_t grams = ng_words_grams(in->texts[t].count, in->n);
        for (size_t i = 0; i < grams; i++) {
            size_t begin = i;
            while (i < grams && counts[i] >= in->least) i++;
            if (i == begin) continue;
            struct search search = {.in = in, .text = t, .end = i - 1 + in->n};
            status = find_in_run(&search, begin, stretches, err);
            bool is_full = stretches->length / sizeof(struct ng_stretch) >= NG_MAX_PRESET_STRETCHES;
            if (status || is_full) return status;
        }
        counts += grams;
    }
    return NG_OK;
}

/* Compares the words of a stretch with the entry. */
static int compare_words(struct ng_preset_turn *turn, struct ng_preset_entry *entry,
                         const struct ng_document_recipe *recipe, const struct ng_words *words, struct ng_err *err) {
    struct ng_document_words document = {.words = words, .is_part = true};
    uint64_t *hashes = NULL;
    document.ids = calloc(words->count + 1, sizeof *document.ids);
    int status = document.ids ? ng_words_hash(words, &hashes, err)
                              : ng_err_nomem(err, words->count * sizeof *document.ids, "the words of an entry");
    document.hashes = hashes;
    if (!status) status = recipe->compare(turn, entry, &document, err);
    free(document.ids);
    free(hashes);
    return status;
}

/* Compares each stretch with the entry as if it were a document. */
static int compare_stretches(struct ng_preset_turn *turn, struct ng_preset_entry *entry, enum ng_recipe number,
                             const struct ng_stretches *in, struct ng_err *err) {
    const struct ng_document_recipe *recipe = ng_preset_document_recipe(number);
    struct ng_buf buf = {0};
    int status = ng_stretches_find(in, &buf, err);
    const struct ng_stretch *all = (const struct ng_stretch *)(const void *)buf.data;
    for (size_t i = 0; i < buf.length / sizeof *all && !status; i++) {
        const struct ng_words *words = &in->texts[all[i].text];
        size_t count = all[i].end - all[i].begin;
        if (in->form == recipe->form) {
            struct ng_words part = {.text = words->text, .words = words->words + all[i].begin, .count = count};
            status = compare_words(turn, entry, recipe, &part, err);
            continue;
        }
        struct ng_words part = {0};
        status = ng_words_make(&part, recipe->form, ng_words_piece(words, all[i].begin, count), &turn->tools, err);
        if (!status) status = compare_words(turn, entry, recipe, &part, err);
        ng_words_free(&part);
    }
    ng_buf_free(&buf);
    return status;
}

int ng_preset_seek(struct ng_preset_turn *turn, struct ng_preset_entry *entry, enum ng_recipe number,
                   struct ng_stretches *in, struct ng_err *err) {
    struct ng_pieces grams = {0};
    int status = ng_pieces_add_texts(&grams, in->texts, in->text_count, in->n, err);
    if (!status) status = ng_pieces_count(&grams, in->views, err);
    in->grams = &grams;
    if (!status) status = compare_stretches(turn, entry, number, in, err);
    in->grams = NULL;
    ng_pieces_free(&grams);
    return status;
}

int ng_preset_seed(struct ng_preset_turn *turn, size_t number, enum ng_recipe recipe, enum ng_form form,
                   const struct ng_views *views, size_t n, struct ng_err *err) {
    struct ng_preset_entry *entry = &turn->entries[number];
    struct ng_pieces grams = {0};
    int status = ng_pieces_add_texts(&grams, entry->words[form], entry->given->text_count, n, err);
    if (!status) status = ng_pieces_count(&grams, views, err);
    if (!status) status = ng_preset_candidates(turn, number, recipe, &grams, views, NULL, err);
    const struct ng_stretches in = {.views = views,
                                    .texts = entry->words[form],
                                    .text_count = entry->given->text_count,
                                    .form = form,
                                    .n = n,
                                    .grams = &grams,
                                    .least = turn->recipes->limits.hits + 1};
    if (!status && entry->left_out[recipe]) status = compare_stretches(turn, entry, recipe, &in, err);
    ng_pieces_free(&grams);
    return status;
}
