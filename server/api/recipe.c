#include "server/api/recipe.h"

#include <stdio.h>

/* The answer to a preset that is none, or not one of the API. */
static int refuse(struct ng_api_turn *turn) {
    char text[256];
    size_t used = (size_t)snprintf(text, sizeof text, "\"preset\" must be folded, paper");
    for (int r = 0; r < NG_RECIPES && used < sizeof text; r++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", r + 1 < NG_RECIPES ? ", " : " or ",
                                 ng_recipe_name((enum ng_recipe)r));
    }
    return ng_api_fail(turn, 400, text);
}

int ng_api_recipe_read(struct ng_api_turn *turn, const char *name, struct ng_api_recipe *recipe) {
    const struct ng_field *suspicious = &turn->field[NG_API_SUSPICIOUS];
    const struct ng_field *dirty = &turn->field[NG_API_DIRTY];
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    size_t index_count = ng_api_get_indexes(turn, indexes, NULL, NULL);
    if (!ng_recipe_find(name, &recipe->recipe)) return refuse(turn);
    enum ng_recipe number = recipe->recipe;
    recipe->decides = true;
    ng_recipe_options_init(&recipe->options);
    recipe->options.recipes = 1u << number;
    recipe->options.threads = 1; /* the others are for other requests */
    double *from = &recipe->options.suspicious[number];
    double *to = &recipe->options.dirty[number];
    bool has_suspicious = *from < *to;
    if (dirty->present && !ng_recipe_has_share(number)) {
        return ng_api_fail(turn, 400, "\"dirty\": with this preset anything found makes an entry dirty");
    }
    if (suspicious->present && !has_suspicious) {
        return ng_api_fail(turn, 400, "\"suspicious\": this preset has no suspicious entries");
    }
    if (dirty->present) *to = dirty->decimal;
    if (suspicious->present) *from = suspicious->decimal;
    else if (!has_suspicious) *from = *to;
    if (*from > *to) return ng_api_fail(turn, 400, "\"suspicious\" must not be above \"dirty\"");
    int status = ng_recipe_needs(number, indexes, index_count, &turn->err);
    if (status) turn->http_status = 400;
    return status;
}

int ng_api_recipe_open(struct ng_api_turn *turn, struct ng_api_recipe *recipe) {
    const struct ng_index *indexes[NG_MAX_REQUEST_INDEXES];
    size_t index_count = ng_api_get_indexes(turn, indexes, NULL, NULL);
    if (!recipe->decides) return NG_OK;
    int status = ng_recipes_open(&recipe->recipes, indexes, index_count, &recipe->options, &turn->err);
    for (size_t i = 0; i < turn->field[NG_API_ENTRIES].group_count && !status; i++) {
        const struct ng_contam_entry entry = ng_api_entry(turn, i);
        status = ng_recipes_prepare(recipe->recipes, &entry, 1, &turn->err);
    }
    return status;
}

int ng_api_recipe_check(struct ng_api_turn *turn, struct ng_api_recipe *recipe, const struct ng_contam_entry *entries,
                        size_t count, struct ng_contam_result *results, struct ng_recipe_verdict *verdicts) {
    if (!recipe->decides) return NG_OK;
    int status = ng_recipes_check(recipe->recipes, entries, count, verdicts, &turn->err);
    for (size_t i = 0; i < count && !status; i++) {
        verdicts[i] = verdicts[i * NG_RECIPES + recipe->recipe];
        results[i].verdict = verdicts[i].verdict;
        recipe->limited += verdicts[i].limited ? 1 : 0;
    }
    return status;
}

void ng_api_recipe_put_parameters(struct ng_json *json, const struct ng_api_recipe *recipe) {
    ng_json_member_text(json, "preset", ng_recipe_name(recipe->recipe));
    ng_json_member_text(json, "source", ng_recipe_source(recipe->recipe));
    ng_json_member_text(json, "rule", ng_recipe_rule(recipe->recipe));
    ng_json_member_bool(json, "words_for_tokens", ng_recipe_has_tokens(recipe->recipe));
    if (ng_recipe_has_share(recipe->recipe)) {
        ng_json_member_decimal(json, "suspicious", recipe->options.suspicious[recipe->recipe], 6);
        ng_json_member_decimal(json, "dirty", recipe->options.dirty[recipe->recipe], 6);
    } else {
        ng_json_member_null(json, "suspicious");
        ng_json_member_null(json, "dirty");
    }
}

void ng_api_recipe_put_verdict(struct ng_json *json, const struct ng_recipe_verdict *verdict) {
    ng_json_member_object(json, "verdict");
    ng_json_member_decimal(json, "share", verdict->share, 6);
    ng_json_member_u64(json, "found", verdict->found);
    ng_json_member_u64(json, "of", verdict->of);
    ng_json_member_bool(json, "limited", verdict->limited);
    ng_json_object_end(json);
}

void ng_api_recipe_close(struct ng_api_recipe *recipe) {
    ng_recipes_close(recipe->recipes);
    recipe->recipes = NULL;
}
