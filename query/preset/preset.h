/*
 * The inside of a check by recipes. Internal to the query library; the contract is in ngidx_recipe.h.
 *
 * Each thread takes some entries at a time:
 *   check.c      goes through the recipes, and gives classes
 *   benchmark.c  what recipes ask about all entries: lengths, how many hold an n-gram
 *   shares.c     gpt3, palm, gpt4, llama3, deepseek, contam, tulu3: from what occurs
 *   stretches.c  what occurs too often for its documents to be looked at
 *   documents.c  the documents that hold n-grams of an entry, read and compared with it by
 *   llama2.c, qwen.c, decon.c, open_r1.c
 */
#ifndef NG_QUERY_PRESET_PRESET_H
#define NG_QUERY_PRESET_PRESET_H

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "query/include/ngidx_recipe.h"
#include "query/preset/pieces.h"
#include "query/preset/vocabulary.h"
#include "query/preset/words.h"

/* The n-grams of which decon counts how many entries of the benchmark hold them. */
enum ng_decon_part { NG_DECON_QUESTION, NG_DECON_ANSWER, NG_DECON_PASSAGE, NG_DECON_PARTS };

struct ng_preset_benchmark {
    struct ng_buf lengths;               /* of uint64_t: folded words of each entry that has any */
    struct ng_buf grams[NG_DECON_PARTS]; /* of uint64_t: hashes, each once for each entry; sorted once counted */
    uint64_t entries;                    /* with a word */
    uint64_t gpt3_words;
    bool counted;
};

/* How much a check looks at. Those of limits.h, but in tests. */
struct ng_preset_limits {
    uint64_t hits;           /* NG_MAX_PRESET_HITS */
    size_t documents;        /* NG_MAX_PRESET_DOCUMENTS */
    uint64_t document_bytes; /* NG_MAX_PRESET_DOCUMENT_BYTES */
    size_t passages;         /* NG_MAX_PRESET_PASSAGES */
};

struct ng_recipes {
    struct ng_recipe_options options;
    struct ng_preset_limits limits;
    const struct ng_index *given[NG_MAX_CONTAM_INDEXES];
    const struct ng_index *exact[NG_MAX_CONTAM_INDEXES]; /* NULL: it has no such view, */
    const struct ng_index *folded[NG_MAX_CONTAM_INDEXES]; /* and no recipe asks for it */
    size_t index_count;
    struct ng_preset_benchmark benchmark;
};

static inline bool ng_recipes_follow(const struct ng_recipes *recipes, enum ng_recipe recipe) {
    return recipes->options.recipes >> recipe & 1;
}

static inline struct ng_views ng_recipes_exact(const struct ng_recipes *recipes) {
    return (struct ng_views){recipes->exact, recipes->index_count};
}

static inline struct ng_views ng_recipes_folded(const struct ng_recipes *recipes) {
    return (struct ng_views){recipes->folded, recipes->index_count};
}

/* All words of an entry, one text after the other, to be compared with those of documents. */
struct ng_sequence {
    struct ng_vocabulary vocabulary;
    uint32_t *ids;  /* owned */
    uint32_t *ends; /* ends[i]: where the text ends that word i is in; owned */
    size_t count;
    struct ng_gram_table table;
};

struct ng_decon;

struct ng_preset_entry {
    const struct ng_contam_entry *given;
    struct ng_words *words[NG_FORMS]; /* of each text; NULL: not cut yet; owned */
    struct ng_sequence sequences[NG_FORMS];
    struct ng_recipe_verdict *verdicts; /* NG_RECIPES of them; borrowed */
    bool left_out[NG_RECIPES];          /* documents were left out */
    uint8_t *stretched;                 /* llama2: for each exact word whether it is in a stretch; owned */
    struct ng_decon *decon;             /* owned */
};

/* A document to look at. */
struct ng_candidate {
    uint64_t document; /* as in struct ng_piece_hit */
    uint32_t entry;
    uint32_t rank; /* 0: the document with the most n-grams of the entry */
    enum ng_recipe recipe;
};

/* Entries that one thread checks. */
struct ng_preset_turn {
    const struct ng_recipes *recipes;
    struct ng_preset_entry *entries;
    size_t count;
    struct ng_words_tools tools;
    struct ng_buf candidates; /* of struct ng_candidate */
};

/* The words of an entry's texts in a form, cut when first asked for. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_preset_words(struct ng_preset_entry *entry, enum ng_form form, struct ng_words_tools *tools, struct ng_err *err);

/* How many words those are. */
uint64_t ng_preset_count(const struct ng_preset_entry *entry, enum ng_form form);

/* The same as a sequence, with the table of its n-grams; n is always the same for a form. Errors: as
 * ng_preset_words. */
int ng_preset_sequence(struct ng_preset_entry *entry, enum ng_form form, size_t n, struct ng_words_tools *tools,
                       struct ng_err *err);

/* ---- Benchmark ---- */

/* Adds an entry. Errors: those of ng_recipes_prepare. */
int ng_preset_benchmark_add(struct ng_recipes *recipes, struct ng_preset_entry *entry, struct ng_words_tools *tools,
                            struct ng_err *err);

/* Counts, once all entries are added. */
void ng_preset_benchmark_count(struct ng_preset_benchmark *benchmark);

/* The weight of an n-gram: ln((entries + 1) / entries that hold it). */
double ng_preset_benchmark_weight(const struct ng_preset_benchmark *benchmark, enum ng_decon_part part, uint64_t hash);

/* Idempotent. */
void ng_preset_benchmark_free(struct ng_preset_benchmark *benchmark);

/* ---- Recipes ---- */

/* Set the verdicts of those of the recipes in shares.c that are followed, but for their classes. Errors: NG_ERR_NOMEM,
 * NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_preset_shares(struct ng_preset_turn *turn, struct ng_preset_entry *entry, struct ng_err *err);

/* The documents to look at for a recipe: those with the most of the wanted phrases (NULL: all), which are counted.
 * Errors: as ng_preset_shares. */
int ng_preset_candidates(struct ng_preset_turn *turn, size_t entry, enum ng_recipe recipe, const struct ng_pieces *grams,
                         const struct ng_views *views, const bool *wanted, struct ng_err *err);

/* A document's words, as numbers of an entry's. */
struct ng_document_words {
    const struct ng_words *words;
    const uint64_t *hashes;
    uint32_t *ids; /* to be filled; room for all */
    bool is_part;  /* of documents that may be longer */
};

/* A recipe that looks at documents: finds the candidates of an entry, compares a document with it, and gives the verdict
 * but for the class. A recipe's document words are of its form. */
struct ng_document_recipe {
    enum ng_form form;
    int (*seed)(struct ng_preset_turn *turn, size_t entry, struct ng_err *err);
    int (*compare)(struct ng_preset_turn *turn, struct ng_preset_entry *entry, const struct ng_document_words *document,
                   struct ng_err *err);
    void (*finish)(const struct ng_recipes *recipes, struct ng_preset_entry *entry);
    bool (*decided)(const struct ng_preset_entry *entry); /* no document can change the verdict any more; NULL: never */
};

extern const struct ng_document_recipe ng_recipe_llama2;
extern const struct ng_document_recipe ng_recipe_qwen;
extern const struct ng_document_recipe ng_recipe_open_r1;
extern const struct ng_document_recipe ng_recipe_decon;

/* The recipe if it looks at documents, else NULL. */
const struct ng_document_recipe *ng_preset_document_recipe(enum ng_recipe recipe);

/* ---- Stretches ---- */

/* Words [begin, end) of a text. */
struct ng_stretch {
    size_t text;
    size_t begin;
    size_t end;
};

/* Where to look for stretches. */
struct ng_stretches {
    const struct ng_views *views;
    const struct ng_words *texts;
    size_t text_count;
    enum ng_form form; /* of texts */
    size_t n;
    const struct ng_pieces *grams; /* all n-grams of the texts, in order, counted */
    uint64_t least;                /* occurrences; over 0 */
};

/* Appends, as struct ng_stretch, the stretches of n words or more with at least so many occurrences that are not within
 * another; of NG_MAX_PRESET_STRETCHES the first. Errors: as ng_preset_shares. */
int ng_stretches_find(const struct ng_stretches *in, struct ng_buf *stretches, struct ng_err *err);

/* Counts the n-grams of the texts, and compares each stretch with the entry as if it were a document. Errors: as
 * ng_preset_shares. */
int ng_preset_seek(struct ng_preset_turn *turn, struct ng_preset_entry *entry, enum ng_recipe number,
                   struct ng_stretches *in, struct ng_err *err);

/* Finds what to compare an entry with, by its n-grams of n words, whose words are known in that form: the documents that
 * hold most of them and, where n-grams are too frequent for that, stretches. Errors: as ng_preset_shares. */
int ng_preset_seed(struct ng_preset_turn *turn, size_t number, enum ng_recipe recipe, enum ng_form form,
                   const struct ng_views *views, size_t n, struct ng_err *err);

/* Follows all recipes that look at documents. Errors: as ng_preset_shares. */
int ng_preset_documents(struct ng_preset_turn *turn, struct ng_err *err);

/* Adds what decon asks about all entries to those of the benchmark. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_decon_tell(struct ng_preset_benchmark *benchmark, struct ng_preset_entry *entry, struct ng_words_tools *tools,
                  struct ng_err *err);

/* NULL is fine. */
void ng_decon_free(struct ng_decon *decon);

#endif
