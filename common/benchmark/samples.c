/*
 * Samples that lm-evaluation-harness saves (lm_eval --log_samples): an object for each document and filter, with the row of
 * the data set in doc, what the model was asked in arguments, and the right answer in target.
 *
 * The text is taken from doc: a prompt holds examples of other rows, too. Since v0.4.3 arguments are objects named gen_args_N
 * of arg_N, before that lists of lists.
 */
#include <stdio.h>
#include <string.h>

#include "common/benchmark/parts.h"

enum { LEAST_QUOTED_BYTES = 20 }; /* shorter strings stand in many prompts by chance */

bool ng_benchmark_is_samples(const struct ng_benchmark *benchmark) {
    static const char *const members[] = {"doc_id", "target", "arguments"};
    const struct ng_tree *tree = &benchmark->tree;
    uint32_t doc = ng_tree_member(tree, 0, "doc", false);
    if (doc == NG_TREE_NONE || ng_tree_node(tree, doc)->kind != NG_JSON_OBJECT) return false;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (ng_tree_member(tree, 0, members[i], false) == NG_TREE_NONE) return false;
    }
    return true;
}

/* ---- Filters ---- */

/* Whether the current sample is that of another filter than the file's first: the same document again. */
int ng_benchmark_is_repeated(struct ng_benchmark *benchmark, bool *repeated, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    uint32_t member = benchmark->samples ? ng_tree_member(tree, 0, "filter", false) : NG_TREE_NONE;
    *repeated = false;
    if (member == NG_TREE_NONE) return NG_OK;
    const uint8_t *bytes = tree->text + ng_tree_node(tree, member)->begin;
    size_t length = ng_tree_node(tree, member)->end - ng_tree_node(tree, member)->begin;
    if (benchmark->filter.length == 0) return ng_buf_append(&benchmark->filter, bytes, length, err);
    *repeated = length != benchmark->filter.length || memcmp(bytes, benchmark->filter.data, length) != 0;
    if (*repeated) benchmark->repeated++;
    return NG_OK;
}

int ng_benchmark_note_fields(struct ng_benchmark *benchmark, struct ng_err *err) {
    struct ng_buf names = {0};
    int status = NG_OK;
    for (size_t i = 0; i < benchmark->field_count && !status; i++) {
        if (i > 0) status = ng_buf_append(&names, ", ", 2, err);
        if (!status) status = ng_buf_append(&names, benchmark->fields[i], strlen(benchmark->fields[i]), err);
    }
    if (!status) {
        status = ng_benchmark_add_note(benchmark, err, "samples of lm-evaluation-harness: %.*s", (int)names.length,
                                       (const char *)names.data);
    }
    ng_buf_free(&names);
    return status;
}

int ng_benchmark_note_samples(struct ng_benchmark *benchmark, struct ng_err *err) {
    if (!benchmark->samples || benchmark->repeated == 0 || benchmark->repeats_noted) return NG_OK;
    benchmark->repeats_noted = true;
    return ng_benchmark_add_note(benchmark, err, "left out: %llu samples of other filters than %.*s, of the same documents",
                                 (unsigned long long)benchmark->repeated, (int)benchmark->filter.length,
                                 (const char *)benchmark->filter.data);
}

/* ---- Arguments ---- */

static int take_last(void *context, uint32_t node) {
    *(uint32_t *)context = node;
    return NG_OK;
}

/* The string that a path leads to, not only of white space, into out. */
static int take_string(const struct ng_benchmark *benchmark, const char *path, struct ng_buf *out, bool *found,
                       struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    uint32_t node = NG_TREE_NONE;
    *found = false;
    (void)ng_tree_find(tree, &(struct ng_tree_entry){0}, path, false, take_last, &node);
    if (node == NG_TREE_NONE || ng_tree_node(tree, node)->kind != NG_JSON_STRING) return NG_OK;
    out->length = 0;
    int status = ng_tree_scalar(tree, node, out, err);
    for (size_t i = 0; i < out->length && !status; i++) *found = *found || out->data[i] > ' ';
    return status;
}

/* What the model was asked first: its path, and the text. path is NULL if there is none. */
static int find_prompt(const struct ng_benchmark *benchmark, const char **path, struct ng_buf *prompt, struct ng_err *err) {
    /* Without a context, the text to be judged is the continuation. */
    static const char *const paths[] = {"arguments.gen_args_0.arg_0", "arguments.gen_args_0.arg_1", "arguments.0.0",
                                        "arguments.0.1"};
    int status = NG_OK;
    bool found = false;
    *path = NULL;
    for (size_t i = 0; i < sizeof paths / sizeof *paths && !found && !status; i++) {
        status = take_string(benchmark, paths[i], prompt, &found, err);
        if (found) *path = paths[i];
    }
    return status;
}

struct choices {
    const struct ng_tree *tree;
    size_t count;
    size_t strings;
};

static int take_choice(void *context, uint32_t node) {
    struct choices *choices = context;
    choices->count++;
    choices->strings += ng_tree_node(choices->tree, node)->kind == NG_JSON_STRING ? 1 : 0;
    return NG_OK;
}

const char *ng_benchmark_sample_choices(const struct ng_benchmark *benchmark) {
    static const char path[] = "arguments.*.arg_1";
    struct choices choices = {.tree = &benchmark->tree};
    (void)ng_tree_find(&benchmark->tree, &(struct ng_tree_entry){0}, path, false, take_choice, &choices);
    return choices.count > 1 && choices.strings == choices.count ? path : NULL;
}

/* ---- Texts ---- */

/* Adds the members of doc whose text the prompt quotes. */
static int add_quoted(struct ng_benchmark *benchmark, const struct ng_buf *prompt, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    struct ng_buf text = {0};
    uint32_t doc = ng_tree_member(tree, 0, "doc", false);
    int status = NG_OK;
    for (uint32_t c = doc + 1; ng_tree_has(tree, doc, c) && !status; c = ng_tree_next(tree, c)) {
        const struct ng_tree_node *node = ng_tree_node(tree, c);
        const uint8_t *key = tree->keys.data + node->key;
        if (node->kind != NG_JSON_STRING || node->key_length > NG_MAX_FIELD_NAME_BYTES - sizeof "doc.") continue;
        if (memchr(key, '\0', node->key_length)) continue;
        text.length = 0;
        status = ng_tree_scalar(tree, c, &text, err);
        if (status || text.length < LEAST_QUOTED_BYTES || !memmem(prompt->data, prompt->length, text.data, text.length)) continue;
        char path[NG_MAX_FIELD_NAME_BYTES + 1];
        (void)snprintf(path, sizeof path, "doc.%.*s", (int)node->key_length, (const char *)key);
        status = ng_benchmark_add_slot(benchmark, &(struct ng_tree_entry){0}, path, NG_BENCHMARK_TEXT, err);
    }
    ng_buf_free(&text);
    return status;
}

int ng_benchmark_add_sample_texts(struct ng_benchmark *benchmark, struct ng_err *err) {
    const struct ng_tree_entry entry = {0};
    struct ng_buf prompt = {0};
    const char *path;
    int status = find_prompt(benchmark, &path, &prompt, err);
    if (!status && path) status = add_quoted(benchmark, &prompt, err);
    ng_buf_free(&prompt);
    if (status || benchmark->field_count > 0) return status;
    if (!path) return ng_benchmark_missing(benchmark, &entry, NULL, err);
    status = ng_benchmark_add_slot(benchmark, &entry, path, NG_BENCHMARK_TEXT, err);
    if (status) return status;
    return ng_benchmark_add_note(benchmark, err, "the texts are prompts, with the examples in them, as no member of doc is "
                                 "known for one (--field doc.NAME)");
}
