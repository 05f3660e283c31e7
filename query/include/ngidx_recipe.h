/*
 * ngidx: the contamination recipes of publications. Each judges an entry of a benchmark as its source says.
 *
 * A check borrows its indexes, 1 to NG_MAX_CONTAM_INDEXES (64) of them: they must stay open until the check is closed.
 * The verdicts depend neither on the number of threads nor on how documents are spread over shards or indexes. Errors
 * and cancellation follow ngidx.h.
 *
 * Words. Recipes count words; where the source counts the tokens of a tokenizer, words stand in. A word is what stands
 * between white space (Unicode White_Space); in a script without spaces every code point is a word. No n-gram crosses
 * from one text of an entry to the next.
 *   - Exact: the words as they are. n words occur if the text from the first to the last, with the white space between
 *     them, occurs in a document of the exact view, byte for byte; there, the first and the last may be parts of longer
 *     words.
 *   - Folded: the words of the folded text (FORMAT.md); what folds to nothing is no word. n words occur if, without
 *     spaces between them, they occur in a document of the folded view.
 *   - On the document: the text of each document that holds n words of the entry is cut into words in the same way, and
 *     the recipe compares words with words. Such a recipe looks at no document of over NG_MAX_PRESET_DOCUMENT_BYTES
 *     (2 MiB); of n words with over NG_MAX_PRESET_HITS (256) occurrences it looks at none; and it looks at the
 *     NG_MAX_PRESET_DOCUMENTS (64) documents with the most such places. In place of the documents that hold n words with
 *     more occurrences, it looks at the longest stretches of the entry that occur so often, each as a part of a document
 *     (the first NG_MAX_PRESET_STRETCHES, 64, of an entry). So an entry is dirty that stands in thousands of documents. A
 *     verdict that a document left out might have changed is marked as limited.
 *
 * The recipes:
 *   gpt3       Folded n-grams; n is the 5th percentile of the entries' lengths, at least 8 and at most 13. Dirty if any
 *              occurs.
 *   palm       Exact 8-grams. Dirty if 70 % of them occur.
 *   gpt4       Three random pieces of 50 code points of the folded texts; if no text has so many, each whole text.
 *              Dirty if any occurs.
 *   llama2     Exact, on the document, n is 10: stretches of over 10 words that are equal, word by word, but for at most
 *              4 words, none of them among the first 10 or the last. The share of words in such stretches, over all
 *              documents: suspicious from 20 %, dirty from 80 %.
 *   llama3     The share of words in exact 8-grams that occur. The source chooses the threshold for each benchmark; here
 *              dirty from 50 %.
 *   tulu3      The same with 8-grams of one and the same document, the one with the largest share: dirty over 50 %. Of
 *              8-grams with over NG_MAX_PRESET_HITS occurrences the longest stretch of words that occurs so often counts.
 *   qwen       Folded, on the document, n is 8: the longest common subsequence of the entry's words and those of the
 *              passage where it would stand, by the place of the n words, with half its length on either side. Dirty from
 *              13 words and 60 % of the shorter of entry and document.
 *   deepseek   Exact 10-grams; of a text of 3 to 9 words, the whole text. Dirty if any occurs.
 *   open-r1    On the document, n is 8: words in lower case (folded, but with all other characters kept). Dirty if any
 *              8-gram occurs. In place of stretches: exact 8-grams that occur.
 *   decon      Folded, on the document, n is 5; here every other character separates words, too. Question (the first
 *              text), passage (the others) and answer are scored: query/preset/decon.c. Dirty from a score of 0.8. A
 *              stretch of the question stands for a document without answer or passage.
 *   contam     The share of words in the longest stretch of at least 8 exact words that occurs. The source chooses the
 *              threshold for each benchmark; here dirty from 50 %.
 * An entry without a word is skipped; one with too few words for the recipe is short.
 */
#ifndef NGIDX_RECIPE_H
#define NGIDX_RECIPE_H

#include "ngidx_contam.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum ng_recipe {
    NG_RECIPE_GPT3,
    NG_RECIPE_PALM,
    NG_RECIPE_GPT4,
    NG_RECIPE_LLAMA2,
    NG_RECIPE_LLAMA3,
    NG_RECIPE_TULU3,
    NG_RECIPE_QWEN,
    NG_RECIPE_DEEPSEEK,
    NG_RECIPE_OPEN_R1,
    NG_RECIPE_DECON,
    NG_RECIPE_CONTAM
};
enum { NG_RECIPES = NG_RECIPE_CONTAM + 1 };

/* Of a recipe: its name, such as "gpt3"; the publication; and its rule in a sentence. Static strings. */
const char *ng_recipe_name(enum ng_recipe recipe);
const char *ng_recipe_source(enum ng_recipe recipe);
const char *ng_recipe_rule(enum ng_recipe recipe);

/* Whether words stand in for the tokens of a tokenizer. */
bool ng_recipe_has_tokens(enum ng_recipe recipe);

/* Whether a share decides, so that there is a threshold to set; else anything found does. */
bool ng_recipe_has_share(enum ng_recipe recipe);

/* Finds the recipe with a name. Returns false, and leaves *recipe alone, if there is none. */
bool ng_recipe_find(const char *name, enum ng_recipe *recipe);

/* Checks that all indexes have the views that a recipe needs. Errors: NG_ERR_USAGE (a view is missing), NG_ERR_VERSION
 * (another version of Unicode folded an index, and the recipe looks at documents). */
int ng_recipe_needs(enum ng_recipe recipe, const struct ng_index *const *indexes, size_t index_count,
                    struct ng_err *err);

struct ng_recipe_options {
    uint32_t recipes;              /* which to follow: bit 1 << recipe of each; at least one */
    double suspicious[NG_RECIPES]; /* for each recipe with a share: 0 <= suspicious <= dirty <= 1. Only llama2 */
    double dirty[NG_RECIPES];      /* tells suspicious from dirty; elsewhere both are the same */
    uint64_t seed;                 /* of the random pieces of gpt4 */
    unsigned threads;              /* 0: one per processor */
};

/* Sets the defaults: no recipe, the thresholds above, seed 1, all processors. */
void ng_recipe_options_init(struct ng_recipe_options *options);

struct ng_recipe_verdict {
    enum ng_contam_class verdict; /* clean, suspicious, dirty, short or skipped */
    double share;                 /* what the recipe's rule compares, 0 to 1; where anything found decides, the share that
                                   * is found, but 0 or 1 for open-r1 */
    uint64_t found;               /* n-grams or pieces, words, or for qwen the length of the subsequence, */
    uint64_t of;                  /* out of so many; both 0 for decon */
    bool limited;                 /* documents were left out that might make the class worse */
};

struct ng_recipes;

/* Starts a check against some indexes, which must stay open until ng_recipes_close. options is copied. The caller owns
 * *recipes. Errors: NG_ERR_USAGE (an option or index_count is out of range), NG_ERR_NOMEM, and as ng_recipe_needs. */
int ng_recipes_open(struct ng_recipes **recipes, const struct ng_index *const *indexes, size_t index_count,
                    const struct ng_recipe_options *options, struct ng_err *err);

/* Adds entries of a benchmark, which gpt3 (lengths) and decon (how many entries hold an n-gram) need. Add the whole
 * benchmark, in any number of calls, before the first ng_recipes_check, even if you check only some of its entries. The
 * check holds 8 bytes for each entry and n-gram. Errors: as ng_recipes_check; also NG_ERR_LIMIT
 * (NG_MAX_BENCHMARK_WINDOWS). */
int ng_recipes_prepare(struct ng_recipes *recipes, const struct ng_contam_entry *entries, size_t count,
                       struct ng_err *err);

/* Removes all entries that ng_recipes_prepare added. Call it before the next benchmark. */
void ng_recipes_forget(struct ng_recipes *recipes);

/* The n of gpt3 for the benchmark that was prepared. */
uint64_t ng_recipes_gpt3_words(const struct ng_recipes *recipes);

/* Judges entries. verdicts has room for count times NG_RECIPES: that of a recipe for entry i is at i * NG_RECIPES +
 * recipe; those of recipes that were not asked for are zero. Call it any number of times, from one thread at a time.
 * Errors: NG_ERR_INPUT (a text is not UTF-8), NG_ERR_LIMIT (NG_MAX_ENTRY_BYTES), NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. On an error no verdict is valid. */
int ng_recipes_check(struct ng_recipes *recipes, const struct ng_contam_entry *entries, size_t count,
                     struct ng_recipe_verdict *verdicts, struct ng_err *err);

/* Ends a check. recipes may be NULL. */
void ng_recipes_close(struct ng_recipes *recipes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
