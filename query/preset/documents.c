/* The documents that hold n-grams of entries: chosen, read once for all entries of a turn, and compared with them. */
#include <stdlib.h>

#include "query/lib/index.h"
#include "query/preset/preset.h"

/* The documents that are looked at first; where those decide, the others are not read. */
enum { FIRST_RANKS = 4 };

const struct ng_document_recipe *ng_preset_document_recipe(enum ng_recipe recipe) {
    switch (recipe) {
    case NG_RECIPE_LLAMA2: return &ng_recipe_llama2;
    case NG_RECIPE_QWEN: return &ng_recipe_qwen;
    case NG_RECIPE_OPEN_R1: return &ng_recipe_open_r1;
    case NG_RECIPE_DECON: return &ng_recipe_decon;
    default: return NULL;
    }
}

/* A document, and how many of the n-grams it holds. */
struct holder {
    uint64_t document;
    uint64_t grams;
};

static int by_grams(const void *a, const void *b) {
    const struct holder *x = a;
    const struct holder *y = b;
    if (x->grams != y->grams) return x->grams > y->grams ? -1 : 1;
    return (x->document > y->document) - (x->document < y->document);
}

/* Turns hits, which are in order, into holders. */
static int find_holders(const struct ng_buf *buf, struct ng_buf *holders, struct ng_err *err) {
    const struct ng_piece_hit *hits = (const struct ng_piece_hit *)(const void *)buf->data;
    size_t count = buf->length / sizeof *hits;
    for (size_t i = 0; i < count;) {
        struct holder holder = {.document = hits[i].document};
        for (size_t begin = i; i < count && hits[i].document == holder.document; i++) {
            if (i == begin || hits[i].gram != hits[i - 1].gram) holder.grams++;
        }
        int status = ng_buf_append(holders, &holder, sizeof holder, err);
        if (status) return status;
    }
    if (holders->length > 0) qsort(holders->data, holders->length / sizeof(struct holder), sizeof(struct holder), by_grams);
    return NG_OK;
}

int ng_preset_candidates(struct ng_preset_turn *turn, size_t entry, enum ng_recipe recipe, const struct ng_pieces *grams,
                         const struct ng_views *views, const bool *wanted, struct ng_err *err) {
    struct ng_buf hits = {0};
    struct ng_buf holders = {0};
    const struct ng_preset_limits *limits = &turn->recipes->limits;
    bool *left_out = &turn->entries[entry].left_out[recipe];
    for (size_t i = 0; i < ng_pieces_size(grams); i++) {
        if (grams->counts[i] > limits->hits && (!wanted || wanted[i])) *left_out = true;
    }
    if (grams->too_long) *left_out = true;
    int status = ng_pieces_locate(grams, views, wanted, limits->hits, &hits, &turn->tools.watch, err);
    if (!status) status = find_holders(&hits, &holders, err);
    const struct holder *all = (const struct holder *)(const void *)holders.data;
    size_t count = holders.length / sizeof *all;
    if (count > limits->documents) {
        *left_out = true;
        count = limits->documents;
    }
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_candidate candidate = {
            .document = all[i].document, .entry = (uint32_t)entry, .rank = (uint32_t)i, .recipe = recipe};
        status = ng_buf_append(&turn->candidates, &candidate, sizeof candidate, err);
    }
    ng_buf_free(&hits);
    ng_buf_free(&holders);
    return status;
}

/* The document that is being looked at, cut into words as asked for. */
struct document {
    struct ng_buf text;
    uint64_t number; /* UINT64_MAX: none yet */
    bool too_long;
    struct ng_words words[NG_FORMS];
    uint64_t *hashes[NG_FORMS]; /* NULL: not cut yet */
    uint32_t *ids[NG_FORMS];
};

static void drop_words(struct document *document) {
    for (size_t f = 0; f < NG_FORMS; f++) {
        ng_words_free(&document->words[f]);
        free(document->hashes[f]);
        free(document->ids[f]);
        document->hashes[f] = NULL;
        document->ids[f] = NULL;
    }
}

/* The same where the parts are elsewhere: in one question. */
static int read_far(const struct ng_recipes *recipes, struct document *document, const struct ng_index *index, uint64_t doc,
                    struct ng_err *err) {
    struct ng_call_piece piece = {.doc = doc, .most_bytes = recipes->limits.document_bytes};
    int status = ng_index_read(index, &piece, 1, err);
    if (status) return status;
    document->too_long = piece.length_bytes < piece.doc_bytes;
    if (!document->too_long) status = ng_buf_append(&document->text, piece.text, (size_t)piece.length_bytes, err);
    ng_call_piece_free(&piece);
    return status;
}

static int read_document(const struct ng_recipes *recipes, struct document *document, uint64_t number,
                         struct ng_err *err) {
    const struct ng_index *index = recipes->exact[number >> NG_DOCUMENT_BITS];
    uint64_t doc = number & ((UINT64_C(1) << NG_DOCUMENT_BITS) - 1);
    uint64_t length;
    drop_words(document);
    document->text.length = 0;
    document->number = number;
    if (index->calls) return read_far(recipes, document, index, doc, err);
    int status = ng_index_doc_length(index, doc, &length, err);
    if (status) return status;
    document->too_long = length > recipes->limits.document_bytes;
    if (document->too_long) return NG_OK;
    status = ng_buf_reserve(&document->text, (size_t)length + 1, err);
    if (!status) status = ng_index_extract(index, doc, 0, length, document->text.data, err);
    if (!status) document->text.length = (size_t)length;
    return status;
}

static int cut_document(struct document *document, enum ng_form form, struct ng_words_tools *tools, struct ng_err *err) {
    struct ng_bytes text = {document->text.data, document->text.length};
    if (document->hashes[form]) return NG_OK;
    int status = ng_words_make(&document->words[form], form, text, tools, err);
    if (!status) status = ng_words_hash(&document->words[form], &document->hashes[form], err);
    if (status) return status;
    size_t count = document->words[form].count;
    document->ids[form] = calloc(count + 1, sizeof(uint32_t));
    return document->ids[form] ? NG_OK : ng_err_nomem(err, count * sizeof(uint32_t), "the words of a document");
}

static int look_at(struct ng_preset_turn *turn, struct document *document, const struct ng_candidate *candidate,
                   struct ng_err *err) {
    const struct ng_document_recipe *recipe = ng_preset_document_recipe(candidate->recipe);
    struct ng_preset_entry *entry = &turn->entries[candidate->entry];
    if (recipe->decided && recipe->decided(entry)) return NG_OK;
    int status = document->number == candidate->document ? NG_OK
                                                         : read_document(turn->recipes, document, candidate->document, err);
    if (status) return status;
    if (document->too_long) {
        entry->left_out[candidate->recipe] = true;
        return NG_OK;
    }
    status = cut_document(document, recipe->form, &turn->tools, err);
    if (status) return status;
    struct ng_document_words words = {.words = &document->words[recipe->form],
                                      .hashes = document->hashes[recipe->form],
                                      .ids = document->ids[recipe->form]};
    status = recipe->compare(turn, entry, &words, err);
    return status ? status : ng_watch_check(&turn->tools.watch, 1 + words.words->count / 16, err);
}

static int by_document(const void *a, const void *b) {
    const struct ng_candidate *x = a;
    const struct ng_candidate *y = b;
    bool first_x = x->rank < FIRST_RANKS;
    bool first_y = y->rank < FIRST_RANKS;
    if (first_x != first_y) return first_x ? -1 : 1;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    if (x->entry != y->entry) return x->entry < y->entry ? -1 : 1;
    return (x->recipe > y->recipe) - (x->recipe < y->recipe);
}

int ng_preset_documents(struct ng_preset_turn *turn, struct ng_err *err) {
    struct document document = {.number = UINT64_MAX};
    int status = NG_OK;
    for (int r = 0; r < NG_RECIPES; r++) {
        const struct ng_document_recipe *recipe = ng_preset_document_recipe((enum ng_recipe)r);
        if (!recipe || !ng_recipes_follow(turn->recipes, (enum ng_recipe)r)) continue;
        for (size_t i = 0; i < turn->count && !status; i++) status = recipe->seed(turn, i, err);
    }
    struct ng_candidate *all = (struct ng_candidate *)(void *)turn->candidates.data;
    size_t count = turn->candidates.length / sizeof *all;
    if (!status && count > 0) qsort(all, count, sizeof *all, by_document);
    for (size_t i = 0; i < count && !status; i++) status = look_at(turn, &document, &all[i], err);
    for (int r = 0; r < NG_RECIPES && !status; r++) {
        const struct ng_document_recipe *recipe = ng_preset_document_recipe((enum ng_recipe)r);
        if (!recipe || !ng_recipes_follow(turn->recipes, (enum ng_recipe)r)) continue;
        for (size_t i = 0; i < turn->count; i++) recipe->finish(turn->recipes, &turn->entries[i]);
    }
    drop_words(&document);
    ng_buf_free(&document.text);
    return status;
}
