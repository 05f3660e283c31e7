/* A check for contamination whose classes come from the recipe of a publication. */
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

/* Takes the recipe and its thresholds from the request, if its preset is a recipe. An error is a mistake of the
 * client. */
int ng_api_recipe_read(struct ng_api_turn *turn, const char *name, struct ng_api_recipe *recipe);

/* Opens the check, and adds all entries of the request to its benchmark. Errors: as ng_recipes_prepare. */
int ng_api_recipe_open(struct ng_api_turn *turn, struct ng_api_recipe *recipe);

/* Judges entries, and puts the classes into their results. verdicts has room for count times NG_RECIPES; its first
 * count elements get the verdicts on the entries. Errors: as ng_recipes_check. */
int ng_api_recipe_check(struct ng_api_turn *turn, struct ng_api_recipe *recipe, const struct ng_contam_entry *entries,
                        size_t count, struct ng_contam_result *results, struct ng_recipe_verdict *verdicts);

/* Members of the parameters: "preset" to "words_for_tokens", "suspicious" and "dirty". */
void ng_api_recipe_put_parameters(struct ng_json *json, const struct ng_api_recipe *recipe);

/* The member "verdict" of an entry. */
void ng_api_recipe_put_verdict(struct ng_json *json, const struct ng_recipe_verdict *verdict);

/* Idempotent. */
void ng_api_recipe_close(struct ng_api_recipe *recipe);

#endif
