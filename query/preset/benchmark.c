#include <math.h>
#include <stdlib.h>

#include "common/base/order.h"
#include "query/preset/preset.h"

enum { GPT3_LEAST_WORDS = 8, GPT3_MOST_WORDS = 13 };

int ng_preset_benchmark_add(struct ng_recipes *recipes, struct ng_preset_entry *entry, struct ng_words_tools *tools,
                            struct ng_err *err) {
    struct ng_preset_benchmark *benchmark = &recipes->benchmark;
    bool by_gpt3 = ng_recipes_follow(recipes, NG_RECIPE_GPT3);
    bool by_decon = ng_recipes_follow(recipes, NG_RECIPE_DECON);
    if (!by_gpt3 && !by_decon) return NG_OK;
    int status = ng_preset_words(entry, NG_FORM_FOLDED, tools, err);
    uint64_t words = status ? 0 : ng_preset_count(entry, NG_FORM_FOLDED);
    if (words == 0) return status;
    benchmark->entries++;
    benchmark->counted = false;
    if (by_gpt3) status = ng_buf_append(&benchmark->lengths, &words, sizeof words, err);
    if (!status && by_decon) status = ng_decon_tell(benchmark, entry, tools, err);
    uint64_t grams = 0;
    for (int p = 0; p < NG_DECON_PARTS; p++) grams += benchmark->grams[p].length / sizeof(uint64_t);
    if (status || grams <= NG_MAX_BENCHMARK_WINDOWS) return status;
    return ng_err_set(err, NG_ERR_LIMIT, "the entries of a benchmark have over %llu n-grams (NG_MAX_BENCHMARK_WINDOWS)",
                      (unsigned long long)NG_MAX_BENCHMARK_WINDOWS);
}

static void sort_numbers(struct ng_buf *numbers) {
    if (numbers->length > 0) qsort(numbers->data, numbers->length / sizeof(uint64_t), sizeof(uint64_t), ng_order_u64);
}

void ng_preset_benchmark_count(struct ng_preset_benchmark *benchmark) {
    if (benchmark->counted) return;
    sort_numbers(&benchmark->lengths);
    for (int p = 0; p < NG_DECON_PARTS; p++) sort_numbers(&benchmark->grams[p]);
    size_t count = benchmark->lengths.length / sizeof(uint64_t);
    const uint64_t *lengths = (const uint64_t *)(const void *)benchmark->lengths.data;
    uint64_t words = count > 0 ? lengths[(count + 19) / 20 - 1] : 0; /* the 5th percentile, by nearest rank */
    benchmark->gpt3_words = words < GPT3_LEAST_WORDS ? GPT3_LEAST_WORDS : words > GPT3_MOST_WORDS ? GPT3_MOST_WORDS : words;
    benchmark->counted = true;
}

/* The first of ascending numbers that is not below one. */
static size_t find_number(const struct ng_buf *numbers, uint64_t number) {
    const uint64_t *all = (const uint64_t *)(const void *)numbers->data;
    size_t low = 0;
    NG_ORDER_SEEK(low, numbers->length / sizeof *all, middle, all[middle] < number);
    return low;
}

double ng_preset_benchmark_weight(const struct ng_preset_benchmark *benchmark, enum ng_decon_part part, uint64_t hash) {
    const struct ng_buf *grams = &benchmark->grams[part];
    size_t end = hash == UINT64_MAX ? grams->length / sizeof hash : find_number(grams, hash + 1);
    size_t holders = end - find_number(grams, hash);
    uint64_t entries = benchmark->entries;
    if (holders == 0) holders = 1; /* an entry that is not of the benchmark */
    if (entries < holders) entries = holders;
    return log((double)(entries + 1) / (double)holders);
}

void ng_preset_benchmark_free(struct ng_preset_benchmark *benchmark) {
    ng_buf_free(&benchmark->lengths);
    for (int p = 0; p < NG_DECON_PARTS; p++) ng_buf_free(&benchmark->grams[p]);
    *benchmark = (struct ng_preset_benchmark){0};
}
