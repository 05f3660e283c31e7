/* What is known of each recipe before any text is. */
#include <string.h>

#include "query/preset/preset.h"

static const struct {
    const char *name;
    const char *source;
    const char *rule;
    double suspicious;
    double dirty;
    bool has_tokens;
    bool has_share;
    bool exact, folded; /* the views that it needs */
} RECIPES[NG_RECIPES] = {
    [NG_RECIPE_GPT3] = {.name = "gpt3",
                        .source = "Brown et al. 2020, Language Models are Few-Shot Learners, arXiv:2005.14165, appendix C",
                        .rule = "dirty if any n-gram occurs; words in lower case without punctuation, n the 5th percentile "
                                "of the entries' lengths, 8 to 13",
                        .folded = true},
    [NG_RECIPE_PALM] = {.name = "palm",
                        .source = "Chowdhery et al. 2022, PaLM: Scaling Language Modeling with Pathways, arXiv:2204.02311, "
                                  "section 8",
                        .rule = "dirty if 70 % of the 8-grams of words occur",
                        .suspicious = 0.7,
                        .dirty = 0.7,
                        .has_share = true,
                        .exact = true},
    [NG_RECIPE_GPT4] = {.name = "gpt4",
                        .source = "OpenAI 2023, GPT-4 Technical Report, arXiv:2303.08774, appendix C",
                        .rule = "dirty if any of three random pieces of 50 letters and digits occurs; case and marks are "
                                "folded",
                        .folded = true},
    [NG_RECIPE_LLAMA2] = {.name = "llama2",
                          .source = "Touvron et al. 2023, Llama 2: Open Foundation and Fine-Tuned Chat Models, "
                                    "arXiv:2307.09288, A.6",
                          .rule = "share of tokens in matches of over 10, of which up to 4 differ, none of the first 10: "
                                  "suspicious from 20 %, dirty from 80 %",
                          .suspicious = 0.2,
                          .dirty = 0.8,
                          .has_tokens = true,
                          .has_share = true,
                          .exact = true},
    [NG_RECIPE_LLAMA3] = {.name = "llama3",
                          .source = "Llama team 2024, The Llama 3 Herd of Models, arXiv:2407.21783, 5.1.4",
                          .rule = "share of tokens in 8-grams that occur; the source has a threshold for each benchmark, "
                                  "here 50 % unless --dirty sets it",
                          .suspicious = 0.5,
                          .dirty = 0.5,
                          .has_tokens = true,
                          .has_share = true,
                          .exact = true},
    [NG_RECIPE_TULU3] = {.name = "tulu3",
                         .source = "Lambert et al. 2024, Tulu 3: Pushing Frontiers in Open Language Model Post-Training, "
                                   "arXiv:2411.15124, 3.2",
                         .rule = "dirty if over 50 % of the tokens are in 8-grams of one and the same document",
                         .suspicious = 0.5,
                         .dirty = 0.5,
                         .has_tokens = true,
                         .has_share = true,
                         .exact = true},
    [NG_RECIPE_QWEN] = {.name = "qwen",
                        .source = "Yang et al. 2024, Qwen2 Technical Report, arXiv:2407.10671",
                        .rule = "dirty if the longest common subsequence of words, symbols stripped, has 13 words and 60 % "
                                "of the shorter text; the passage around 8 equal words stands for a training sequence",
                        .suspicious = 0.6,
                        .dirty = 0.6,
                        .has_share = true,
                        .exact = true,
                        .folded = true},
    [NG_RECIPE_DEEPSEEK] = {.name = "deepseek",
                            .source = "Shao et al. 2024, DeepSeekMath, arXiv:2402.03300, 2.1",
                            .rule = "dirty if any exact 10-gram of words occurs; the whole text if it has 3 to 9 words",
                            .exact = true},
    [NG_RECIPE_OPEN_R1] = {.name = "open-r1",
                           .source = "Hugging Face 2025, Open R1, scripts/decontaminate.py",
                           .rule = "dirty if any 8-gram of words in lower case occurs, white space apart",
                           .exact = true,
                           .folded = true},
    [NG_RECIPE_DECON] = {.name = "decon",
                         .source = "Allen Institute for AI 2025, decon, method SIMPLE with its default configuration",
                         .rule = "dirty from a score of 0.8: IDF-weighted overlap of 5-grams in clusters that end after 11 "
                                 "misses, with the answer's and the passage's overlap nearby",
                         .suspicious = 0.8,
                         .dirty = 0.8,
                         .has_tokens = true,
                         .has_share = true,
                         .exact = true,
                         .folded = true},
    [NG_RECIPE_CONTAM] = {.name = "contam",
                          .source = "Singh et al. 2024, Evaluation data contamination in LLMs: how do we measure it and "
                                    "(when) does it matter?, arXiv:2411.03923",
                          .rule = "share of tokens in the longest match of at least 8; the source has a threshold for each "
                                  "benchmark, here 50 % unless --dirty sets it",
                          .suspicious = 0.5,
                          .dirty = 0.5,
                          .has_tokens = true,
                          .has_share = true,
                          .exact = true},
};

const char *ng_recipe_name(enum ng_recipe recipe) {
    return RECIPES[recipe].name;
}

const char *ng_recipe_source(enum ng_recipe recipe) {
    return RECIPES[recipe].source;
}

const char *ng_recipe_rule(enum ng_recipe recipe) {
    return RECIPES[recipe].rule;
}

bool ng_recipe_has_tokens(enum ng_recipe recipe) {
    return RECIPES[recipe].has_tokens;
}

bool ng_recipe_has_share(enum ng_recipe recipe) {
    return RECIPES[recipe].has_share;
}

bool ng_recipe_find(const char *name, enum ng_recipe *recipe) {
    for (int i = 0; i < NG_RECIPES; i++) {
        if (strcmp(name, RECIPES[i].name) != 0) continue;
        *recipe = (enum ng_recipe)i;
        return true;
    }
    return false;
}

static int check_view(enum ng_recipe recipe, const struct ng_index *index, size_t number, enum ng_text_view view,
                      struct ng_err *err) {
    if (ng_index_view(index, view)) return NG_OK;
    (void)ng_err_set(err, NG_ERR_USAGE, "index %zu has no %s view, which the preset %s searches", number,
                     view == NG_VIEW_FOLDED ? "folded" : "exact", RECIPES[recipe].name);
    return ng_err_hint(err, "ngidx build --view exact,folded");
}

int ng_recipe_needs(enum ng_recipe recipe, const struct ng_index *const *indexes, size_t index_count,
                    struct ng_err *err) {
    for (size_t k = 0; k < index_count; k++) {
        int status = RECIPES[recipe].exact ? check_view(recipe, indexes[k], k, NG_VIEW_EXACT, err) : NG_OK;
        if (!status && RECIPES[recipe].folded) status = check_view(recipe, indexes[k], k, NG_VIEW_FOLDED, err);
        if (status) return status;
        struct ng_index_info info;
        ng_index_get_info(indexes[k], &info);
        if (!RECIPES[recipe].exact || !RECIPES[recipe].folded || !info.fold_unicode_differs) continue;
        (void)ng_err_set(err, NG_ERR_VERSION, "index %zu was folded by Unicode %s: the preset %s cannot compare its "
                         "documents with this program's folding", k, info.fold_unicode, RECIPES[recipe].name);
        return ng_err_hint(err, "use the version of ngidx that built it, or build the index again");
    }
    return NG_OK;
}

void ng_recipe_options_init(struct ng_recipe_options *options) {
    *options = (struct ng_recipe_options){.seed = 1};
    for (int i = 0; i < NG_RECIPES; i++) {
        options->suspicious[i] = RECIPES[i].suspicious;
        options->dirty[i] = RECIPES[i].dirty;
    }
}
