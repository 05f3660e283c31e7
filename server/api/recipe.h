/* A check for contamination whose classes are those of a publication's recipe. */
#ifndef NG_SERVER_API_RECIPE_H
#define NG_SERVER_API_RECIPE_H

#include "query/include/ngidx_recipe.h"
#include "server/api/api_impl.h"

/* Zero-initialised memory is a check without a recipe. */
struct ng_api_recipe {
    bool decides; /* the request names a recipe */
    enum ng_recipe recipe;
    struct ng_recipe_options options;
    struct ng_recipes *recipes;
    uint64_t limited; /* verdicts */
};

/* Takes the recipe, if the preset of that name is one, and its thresholds from the request. On an error the answer is a
 * mistake of the client's. */
int ng_api_recipe_read(struct ng_api_turn *turn, const char *name, struct ng_api_recipe *recipe);

/* Opens the check, and tells it the benchmark: all entries of the request. Errors: as ng_recipes_prepare. */
int ng_api_recipe_open(struct ng_api_turn *turn, struct ng_api_recipe *recipe);

/* Judges entries, and puts the classes into their results. verdicts has room for count times NG_RECIPES; the first
 * count are then those of the entries. Errors: as
 * ng_recipes_check. */
int ng_api_recipe_check(struct ng_api_turn *turn, struct ng_api_recipe *recipe, const struct ng_contam_entry *entries,
                        size_t count, struct ng_contam_result *results, struct ng_recipe_verdict *verdicts);

/* Members of the parameters: "preset" to "words_for_tokens", "suspicious" and "dirty". */
void ng_api_recipe_put_parameters(struct ng_json *json, const struct ng_api_recipe *recipe);

/* The member "verdict" of an entry. */
void ng_api_recipe_put_verdict(struct ng_json *json, const struct ng_recipe_verdict *verdict);

/* Idempotent. */
void ng_api_recipe_close(struct ng_api_recipe *recipe);

#endif
