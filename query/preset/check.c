#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/os/parallel.h"
#include "query/lib/index.h"
#include "query/match/windows.h"
#include "query/preset/preset.h"

/* Entries that a thread checks together: they share the documents that are read. Each thread has several turns, where
 * there are entries enough, so that none waits long for the others' last. */
enum { LEAST_TURN_ENTRIES = 16, MOST_TURN_ENTRIES = 1024, THREAD_TURNS = 2 };

int ng_preset_words(struct ng_preset_entry *entry, enum ng_form form, struct ng_words_tools *tools, struct ng_err *err) {
    size_t count = entry->given->text_count;
    if (entry->words[form]) return NG_OK;
    entry->words[form] = calloc(count + 1, sizeof(struct ng_words));
    if (!entry->words[form]) return ng_err_nomem(err, count * sizeof(struct ng_words), "the texts of an entry");
    int status = NG_OK;
    for (size_t t = 0; t < count && !status; t++) {
        status = ng_words_make(&entry->words[form][t], form, entry->given->texts[t], tools, err);
    }
    return status;
}

uint64_t ng_preset_count(const struct ng_preset_entry *entry, enum ng_form form) {
    uint64_t count = 0;
    for (size_t t = 0; t < entry->given->text_count; t++) count += entry->words[form][t].count;
    return count;
}

int ng_preset_sequence(struct ng_preset_entry *entry, enum ng_form form, size_t n, struct ng_words_tools *tools,
                       struct ng_err *err) {
    struct ng_sequence *sequence = &entry->sequences[form];
    if (sequence->ids) return NG_OK;
    int status = ng_preset_words(entry, form, tools, err);
    if (status) return status;
    sequence->count = (size_t)ng_preset_count(entry, form);
    status = ng_vocabulary_open(&sequence->vocabulary, sequence->count, err);
    if (status) return status;
    sequence->ends = calloc(sequence->count + 1, sizeof *sequence->ends);
    sequence->ids = calloc(sequence->count + 1, sizeof *sequence->ids);
    if (!sequence->ends || !sequence->ids) {
        return ng_err_nomem(err, sequence->count * sizeof *sequence->ids, "the words of an entry");
    }
    size_t at = 0;
    for (size_t t = 0; t < entry->given->text_count; t++) {
        const struct ng_words *words = &entry->words[form][t];
        ng_vocabulary_add(&sequence->vocabulary, words, sequence->ids + at);
        size_t end = at + words->count;
        while (at < end) sequence->ends[at++] = (uint32_t)end;
    }
    return ng_gram_table_make(&sequence->table, sequence->ids, sequence->ends, sequence->count, n, err);
}

static void free_entry(struct ng_preset_entry *entry) {
    for (size_t f = 0; f < NG_FORMS; f++) {
        struct ng_sequence *sequence = &entry->sequences[f];
        for (size_t t = 0; entry->words[f] && t < entry->given->text_count; t++) ng_words_free(&entry->words[f][t]);
        free(entry->words[f]);
        ng_vocabulary_free(&sequence->vocabulary);
        ng_gram_table_free(&sequence->table);
        free(sequence->ids);
        free(sequence->ends);
    }
    ng_decon_free(entry->decon);
    free(entry->stretched);
}

static int open_tools(struct ng_words_tools *tools, const struct ng_recipes *recipes, struct ng_err *err) {
    size_t k = 0;
    while (k + 1 < recipes->index_count && !recipes->given[k]->cancel.asked) k++;
    tools->watch = ng_watch_make(&recipes->given[k]->cancel);
    int status = ng_fold_open(&tools->fold, err);
    return status ? status : ng_normal_open(&tools->normal, err);
}

static void close_tools(struct ng_words_tools *tools) {
    ng_fold_close(tools->fold);
    ng_normal_close(tools->normal);
}

static int check_text(struct ng_bytes text, size_t entry, struct ng_err *err) {
    if (text.length_bytes > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "entry %zu: a text is %llu bytes; the limit is %llu (NG_MAX_ENTRY_BYTES)", entry,
                          (unsigned long long)text.length_bytes, (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    size_t valid = ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes);
    if (valid == text.length_bytes) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "entry %zu: a text is not UTF-8 at byte %zu", entry, valid);
}

static int check_texts(const struct ng_contam_entry *entry, size_t number, bool *is_blank, struct ng_err *err) {
    int status = check_text(entry->answer, number, err);
    *is_blank = true;
    for (size_t t = 0; t < entry->text_count && !status; t++) {
        status = check_text(entry->texts[t], number, err);
        if (!status) *is_blank = *is_blank && ng_windows_blank(entry->texts[t]);
    }
    return status;
}

/* ---- Opening ---- */

static int check_options(const struct ng_recipe_options *options, size_t index_count, struct ng_err *err) {
    if (options->recipes == 0 || options->recipes >> NG_RECIPES != 0) {
        return ng_err_set(err, NG_ERR_USAGE, "the recipes to follow must be bits 0 to %d, not %#x", NG_RECIPES - 1,
                          options->recipes);
    }
    if (index_count == 0 || index_count > NG_MAX_CONTAM_INDEXES) {
        return ng_err_set(err, NG_ERR_USAGE, "the number of indexes is %zu; it must be from 1 to %u", index_count,
                          NG_MAX_CONTAM_INDEXES);
    }
    for (int r = 0; r < NG_RECIPES; r++) {
        double suspicious = options->suspicious[r];
        double dirty = options->dirty[r];
        if (suspicious >= 0.0 && dirty >= suspicious && dirty <= 1.0) continue; /* so that a NaN fails */
        return ng_err_set(err, NG_ERR_USAGE, "%s: the thresholds must be 0 <= suspicious <= dirty <= 1, not %g and %g",
                          ng_recipe_name((enum ng_recipe)r), suspicious, dirty);
    }
    return NG_OK;
}

int ng_recipes_open(struct ng_recipes **out, const struct ng_index *const *indexes, size_t index_count,
                    const struct ng_recipe_options *options, struct ng_err *err) {
    *out = NULL;
    int status = check_options(options, index_count, err);
    for (int r = 0; r < NG_RECIPES && !status; r++) {
        if (options->recipes >> r & 1) status = ng_recipe_needs((enum ng_recipe)r, indexes, index_count, err);
    }
    if (status) return status;
    struct ng_recipes *recipes = calloc(1, sizeof *recipes);
    if (!recipes) return ng_err_nomem(err, sizeof *recipes, "a check by recipes");
    recipes->options = *options;
    recipes->index_count = index_count;
    recipes->limits = (struct ng_preset_limits){.hits = NG_MAX_PRESET_HITS,
                                                .documents = NG_MAX_PRESET_DOCUMENTS,
                                                .document_bytes = NG_MAX_PRESET_DOCUMENT_BYTES,
                                                .passages = NG_MAX_PRESET_PASSAGES};
    for (size_t k = 0; k < index_count; k++) {
        recipes->given[k] = indexes[k];
        recipes->exact[k] = ng_index_view(indexes[k], NG_VIEW_EXACT);
        recipes->folded[k] = ng_index_view(indexes[k], NG_VIEW_FOLDED);
    }
    *out = recipes;
    return NG_OK;
}

void ng_recipes_close(struct ng_recipes *recipes) {
    if (!recipes) return;
    ng_preset_benchmark_free(&recipes->benchmark);
    free(recipes);
}

int ng_recipes_prepare(struct ng_recipes *recipes, const struct ng_contam_entry *entries, size_t count,
                       struct ng_err *err) {
    struct ng_words_tools tools = {0};
    int status = open_tools(&tools, recipes, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_preset_entry entry = {.given = &entries[i]};
        bool is_blank;
        status = check_texts(&entries[i], i, &is_blank, err);
        if (!status) status = ng_watch_check(&tools.watch, 1, err);
        if (!status) status = ng_preset_benchmark_add(recipes, &entry, &tools, err);
        free_entry(&entry);
    }
    close_tools(&tools);
    return status;
}

void ng_recipes_forget(struct ng_recipes *recipes) {
    ng_preset_benchmark_free(&recipes->benchmark);
}

uint64_t ng_recipes_gpt3_words(const struct ng_recipes *recipes) {
    return recipes->benchmark.gpt3_words;
}

/* ---- Checking ---- */

/* Whether a share is dirty. tulu3 asks for more than its threshold. */
static bool is_dirty(const struct ng_recipes *recipes, enum ng_recipe recipe, const struct ng_recipe_verdict *verdict) {
    if (!ng_recipe_has_share(recipe)) return verdict->found > 0;
    double threshold = recipes->options.dirty[recipe];
    if (recipe == NG_RECIPE_TULU3) return verdict->share > threshold;
    if (recipe == NG_RECIPE_QWEN && verdict->found == 0) return false;
    return verdict->share >= threshold;
}

static void classify(const struct ng_recipes *recipes, enum ng_recipe recipe, bool left_out,
                     struct ng_recipe_verdict *verdict) {
    verdict->verdict = NG_CONTAM_CLEAN;
    if (verdict->of == 0) {
        verdict->verdict = NG_CONTAM_SHORT;
        return;
    }
    if (is_dirty(recipes, recipe, verdict)) {
        verdict->verdict = NG_CONTAM_DIRTY;
    } else {
        bool between = recipes->options.suspicious[recipe] < recipes->options.dirty[recipe];
        bool reached = verdict->share >= recipes->options.suspicious[recipe];
        if (ng_recipe_has_share(recipe) && between && reached) verdict->verdict = NG_CONTAM_SUSPICIOUS;
        verdict->limited = left_out;
    }
    /* What the caller gets are figures of the recipe, not marks of this program. */
    if (recipe == NG_RECIPE_DECON) verdict->of = 0;
}

static void finish_entry(const struct ng_recipes *recipes, struct ng_preset_entry *entry, bool is_blank) {
    for (int r = 0; r < NG_RECIPES; r++) {
        struct ng_recipe_verdict *verdict = &entry->verdicts[r];
        if (!ng_recipes_follow(recipes, (enum ng_recipe)r)) continue;
        if (is_blank) *verdict = (struct ng_recipe_verdict){.verdict = NG_CONTAM_SKIPPED};
        else classify(recipes, (enum ng_recipe)r, entry->left_out[r], verdict);
    }
}

/* A call's entries. */
struct task {
    struct ng_recipes *recipes;
    const struct ng_contam_entry *entries;
    size_t count;
    size_t turn_entries;
    struct ng_recipe_verdict *verdicts;
};

static int check_entries(struct ng_preset_turn *turn, const struct task *task, size_t first, bool *is_blank,
                         struct ng_err *err) {
    int status = open_tools(&turn->tools, task->recipes, err);
    for (size_t i = 0; i < turn->count && !status; i++) {
        turn->entries[i].given = &task->entries[first + i];
        turn->entries[i].verdicts = task->verdicts + (first + i) * NG_RECIPES;
        status = check_texts(turn->entries[i].given, first + i, &is_blank[i], err);
        if (!status) status = ng_watch_check(&turn->tools.watch, 1, err);
        if (!status) status = ng_preset_shares(turn, &turn->entries[i], err);
    }
    if (!status) status = ng_preset_documents(turn, err);
    for (size_t i = 0; i < turn->count && !status; i++) finish_entry(task->recipes, &turn->entries[i], is_blank[i]);
    return status;
}

static int check_turn(void *context, uint64_t number, struct ng_err *err) {
    const struct task *task = context;
    size_t first = (size_t)number * task->turn_entries;
    size_t left = task->count - first;
    struct ng_preset_turn turn = {.recipes = task->recipes,
                                  .count = left < task->turn_entries ? left : task->turn_entries};
    bool *is_blank = calloc(turn.count, sizeof *is_blank);
    turn.entries = calloc(turn.count, sizeof *turn.entries);
    int status = turn.entries && is_blank ? check_entries(&turn, task, first, is_blank, err)
                                          : ng_err_nomem(err, turn.count * sizeof *turn.entries, "entries");
    for (size_t i = 0; turn.entries && i < turn.count; i++) {
        if (turn.entries[i].given) free_entry(&turn.entries[i]);
    }
    free(turn.entries);
    free(is_blank);
    ng_buf_free(&turn.candidates);
    close_tools(&turn.tools);
    return status;
}

int ng_recipes_check(struct ng_recipes *recipes, const struct ng_contam_entry *entries, size_t count,
                     struct ng_recipe_verdict *verdicts, struct ng_err *err) {
    unsigned threads = ng_parallel_threads(recipes->options.threads);
    size_t turn_entries = threads > 1 ? count / (THREAD_TURNS * (size_t)threads) : count;
    if (turn_entries < LEAST_TURN_ENTRIES) turn_entries = LEAST_TURN_ENTRIES;
    if (turn_entries > MOST_TURN_ENTRIES) turn_entries = MOST_TURN_ENTRIES;
    struct task task = {
        .recipes = recipes, .entries = entries, .count = count, .turn_entries = turn_entries, .verdicts = verdicts};
    memset(verdicts, 0, count * NG_RECIPES * sizeof *verdicts);
    ng_preset_benchmark_count(&recipes->benchmark);
    return ng_parallel_run(threads, (count + turn_entries - 1) / turn_entries, check_turn, &task, err);
}
