/* Which fields of an entry are its texts, its id and its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/benchmark/parts.h"
#include "common/benchmark/shapes.h"

/* The first one present is the text. A context may belong to several entries. */
static const char *const USUAL[] = {"question", "context", "prompt", "text"};
enum { USUAL_COUNT = sizeof USUAL / sizeof *USUAL, CONTEXT = 1 };
static const char *const IDS[] = {"id", "task_id"};

bool ng_benchmark_usual(const uint8_t *name, size_t length) {
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        if (strlen(USUAL[i]) == length && strncasecmp(USUAL[i], (const char *)name, length) == 0) return true;
    }
    return false;
}

/* ---- What an entry has ---- */

/* What a path leads to. */
enum presence { ABSENT, OBJECT, SCALAR, TEXT };

struct look {
    const struct ng_tree *tree;
    enum presence found; /* at first */
};

static int take_first(void *context, uint32_t node) {
    struct look *look = context;
    uint32_t kind = ng_tree_node(look->tree, node)->kind;
    if (kind == NG_JSON_ARRAY && ng_tree_has(look->tree, node, node + 1)) kind = ng_tree_node(look->tree, node + 1)->kind;
    look->found = kind == NG_JSON_OBJECT ? OBJECT
                  : kind == NG_JSON_STRING || kind == NG_JSON_NULL || kind == NG_JSON_ARRAY ? TEXT : SCALAR;
    return 1; /* enough */
}

static enum presence look_at(const struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, const char *path,
                             bool fold, bool around) {
    bool twice;
    if (!entry) return ng_benchmark_column(benchmark, path, fold, &twice) == SIZE_MAX ? ABSENT : TEXT;
    struct look look = {.tree = &benchmark->tree};
    (void)ng_tree_find(look.tree, entry, path, fold, take_first, &look);
    if (look.found != ABSENT || !around) return look.found;
    return ng_tree_text_around(look.tree, entry, path, fold) == NG_TREE_NONE ? ABSENT : TEXT;
}

/* The next word of a list with blanks between, into word; false at its end. */
enum { WORD_BYTES = 64 };
static bool next_word(const char **list, char word[WORD_BYTES]) {
    if (!*list) return false;
    *list += strspn(*list, " ");
    size_t length = strcspn(*list, " ");
    memcpy(word, *list, length); /* lists are ours, words of them short */
    word[length] = '\0';
    *list += length;
    return length > 0;
}

static const struct ng_shape *find_shape(const struct ng_benchmark *benchmark, const struct ng_tree_entry *entry) {
    char word[WORD_BYTES];
    if (!entry && benchmark->row_ready) {
        return ng_benchmark_is_mmlu(benchmark) ? &ng_shape_mmlu_table : NULL;
    }
    for (const struct ng_shape *shape = ng_shapes; shape->name; shape++) {
        const char *members = shape->members;
        bool has = true;
        while (has && next_word(&members, word)) has = look_at(benchmark, entry, word, true, false) != ABSENT;
        const char *texts = shape->texts;
        if (has && next_word(&texts, word) && look_at(benchmark, entry, word, true, false) == TEXT) return shape;
    }
    return NULL;
}

unsigned ng_benchmark_rank(const struct ng_benchmark *benchmark, const struct ng_tree_entry *entry) {
    const struct ng_benchmark_options *options = &benchmark->options;
    bool own = false;
    for (size_t i = 0; i < options->field_count; i++) {
        bool is_own = look_at(benchmark, entry, options->fields[i], true, false) != ABSENT;
        if (!is_own && look_at(benchmark, entry, options->fields[i], true, true) == ABSENT) return 0;
        own = own || is_own;
    }
    if (options->field_count > 0) return own ? 2 : 0;
    if (find_shape(benchmark, entry)) return 2;
    unsigned rank = 0;
    for (size_t i = 0; i < USUAL_COUNT && rank < 2; i++) {
        if (look_at(benchmark, entry, USUAL[i], true, false) == TEXT) rank = i == CONTEXT ? 1 : 2;
    }
    return rank;
}

/* ---- Slots ---- */

/* Where fields are: in the entry, or, of samples, in its member doc. */
struct place {
    const struct ng_tree_entry *entry; /* the entry itself; NULL for a table */
    const struct ng_tree_entry *inner; /* where known fields are */
    const char *prefix;                /* of the way there */
};

int ng_benchmark_add_slot(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, const char *name,
                          enum ng_benchmark_kind kind, struct ng_err *err) {
    if (strlen(name) > NG_MAX_FIELD_NAME_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "a field's name is over %u bytes (NG_MAX_FIELD_NAME_BYTES)",
                          NG_MAX_FIELD_NAME_BYTES);
    }
    if (benchmark->slot_count == NG_BENCHMARK_SLOTS) {
        return ng_err_set(err, NG_ERR_USAGE, "over %d fields", NG_BENCHMARK_SLOTS);
    }
    for (size_t i = 0; i < benchmark->slot_count; i++) {
        if (benchmark->slots[i].kind == kind && strcmp(benchmark->slots[i].name, name) == 0) {
            return ng_err_set(err, NG_ERR_USAGE, "field \"%s\" is asked for twice", name);
        }
    }
    struct ng_benchmark_slot slot = {.name = strdup(name), .kind = kind, .column = SIZE_MAX};
    if (!slot.name) return ng_err_nomem(err, strlen(name), "a field's name");
    slot.fold = look_at(benchmark, entry, name, false, true) == ABSENT && look_at(benchmark, entry, name, true, true) != ABSENT;
    benchmark->slots[benchmark->slot_count++] = slot;
    if (kind == NG_BENCHMARK_TEXT) benchmark->fields[benchmark->field_count++] = slot.name;
    bool twice = false;
    if (entry) return NG_OK;
    benchmark->slots[benchmark->slot_count - 1].column = ng_benchmark_column(benchmark, name, slot.fold, &twice);
    if (!twice) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "column \"%s\" is there twice",
                      NG_BENCHMARK_AT_ARGS(benchmark, benchmark->header_line), name);
}

static int add_known(struct ng_benchmark *benchmark, const struct place *place, const char *name,
                     enum ng_benchmark_kind kind, struct ng_err *err) {
    char path[2 * WORD_BYTES];
    (void)snprintf(path, sizeof path, "%s%s", place->prefix, name); /* names of ours, which are short */
    return ng_benchmark_add_slot(benchmark, place->entry, path, kind, err);
}

/* Adds the fields of a list that the entry has. */
static int add_list(struct ng_benchmark *benchmark, const struct place *place, const char *list,
                    enum ng_benchmark_kind kind, struct ng_err *err) {
    char word[WORD_BYTES];
    int status = NG_OK;
    while (!status && next_word(&list, word)) {
        bool around = kind == NG_BENCHMARK_TEXT;
        if (look_at(benchmark, place->inner, word, true, around) != ABSENT) status = add_known(benchmark, place, word, kind, err);
    }
    return status;
}

static int add_texts(struct ng_benchmark *benchmark, const struct place *place, const struct ng_shape *shape,
                     struct ng_err *err) {
    const struct ng_benchmark_options *options = &benchmark->options;
    int status = NG_OK;
    for (size_t i = 0; i < options->field_count && !status; i++) {
        status = ng_benchmark_add_slot(benchmark, place->entry, options->fields[i], NG_BENCHMARK_TEXT, err);
    }
    if (status || options->field_count > 0) return status;
    if (shape) return add_list(benchmark, place, shape->texts, NG_BENCHMARK_TEXT, err);
    size_t object = USUAL_COUNT;
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        enum presence presence = look_at(benchmark, place->inner, USUAL[i], true, false);
        if (presence == OBJECT && object == USUAL_COUNT) object = i;
        if (presence != TEXT) continue;
        status = add_known(benchmark, place, USUAL[i], NG_BENCHMARK_TEXT, err);
        if (i == 0 && !status) status = add_list(benchmark, place, "passage", NG_BENCHMARK_TEXT, err);
        return status;
    }
    if (benchmark->samples) return ng_benchmark_add_sample_texts(benchmark, err);
    /* Reading it will name what the object holds. */
    if (object < USUAL_COUNT) return add_known(benchmark, place, USUAL[object], NG_BENCHMARK_TEXT, err);
    return ng_benchmark_missing(benchmark, place->entry, NULL, err);
}

static int add_id(struct ng_benchmark *benchmark, const struct place *place, const struct ng_shape *shape, struct ng_err *err) {
    const struct ng_tree_entry *entry = place->entry;
    const char *name = benchmark->options.id_field;
    if (!name && benchmark->samples) name = "doc_id";
    if (!name && shape && shape->id && look_at(benchmark, entry, shape->id, true, false) != ABSENT) name = shape->id;
    for (size_t i = 0; !name && i < sizeof IDS / sizeof *IDS; i++) {
        enum presence presence = look_at(benchmark, entry, IDS[i], true, false);
        if (presence == TEXT || presence == SCALAR) name = IDS[i];
    }
    return name ? ng_benchmark_add_slot(benchmark, entry, name, NG_BENCHMARK_ID, err) : NG_OK;
}

/* What the harness takes for the right answer: a text, or the number of one of its continuations. */
static int add_target(struct ng_benchmark *benchmark, const struct place *place, struct ng_err *err) {
    const char *choices = ng_benchmark_sample_choices(benchmark);
    int status = ng_benchmark_add_slot(benchmark, place->entry, "target", NG_BENCHMARK_ANSWER, err);
    if (status || !choices) return status;
    return ng_benchmark_add_slot(benchmark, place->entry, choices, NG_BENCHMARK_CHOICE, err);
}

static int add_answer(struct ng_benchmark *benchmark, const struct place *place, const struct ng_shape *shape,
                      struct ng_err *err) {
    const char *name = benchmark->options.answer_field;
    if (!name) return NG_OK;
    bool by_shape = strcmp(name, "auto") == 0 && look_at(benchmark, place->entry, name, false, false) == ABSENT;
    bool has_shape = shape && shape->answer && look_at(benchmark, place->inner, shape->answer, true, false) != ABSENT;
    if (by_shape && benchmark->samples && !has_shape) return add_target(benchmark, place, err);
    if (by_shape && (!shape || !shape->answer)) {
        (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "entries have not the shape of a known benchmark with answers",
                         NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line));
        return ng_err_hint(err, "--answer-field NAME names the field of the answer");
    }
    int status = by_shape ? add_known(benchmark, place, shape->answer, NG_BENCHMARK_ANSWER, err)
                          : ng_benchmark_add_slot(benchmark, place->entry, name, NG_BENCHMARK_ANSWER, err);
    bool in_shape = by_shape || (shape && shape->answer && strcasecmp(name, shape->answer) == 0);
    if (status || !in_shape || !shape->choices) return status;
    status = add_list(benchmark, place, shape->choices, NG_BENCHMARK_CHOICE, err);
    if (!status && shape->labels) status = add_list(benchmark, place, shape->labels, NG_BENCHMARK_LABEL, err);
    return status ? status : ng_benchmark_add_note(benchmark, err, "an answer is the text of its choice");
}

int ng_benchmark_settle(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, struct ng_err *err) {
    const struct ng_tree *tree = &benchmark->tree;
    struct ng_tree_entry doc = {.node = benchmark->samples ? ng_tree_member(tree, 0, "doc", false) : 0};
    struct place place = {.entry = entry, .inner = entry, .prefix = ""};
    if (benchmark->samples) place = (struct place){.entry = entry, .inner = &doc, .prefix = "doc."};
    const struct ng_shape *shape = find_shape(benchmark, place.inner);
    benchmark->settled = true;
    int status = add_texts(benchmark, &place, shape, err);
    if (!status) status = add_id(benchmark, &place, shape, err);
    if (!status) status = add_answer(benchmark, &place, shape, err);
    bool unusual = benchmark->field_count > 1 ||
                   (benchmark->field_count == 1 && !ng_benchmark_usual((const uint8_t *)benchmark->fields[0],
                                                                       strlen(benchmark->fields[0])));
    if (!status && benchmark->samples) {
        status = ng_benchmark_note_fields(benchmark, err);
        unusual = true;
    }
    if (!status && shape && unusual && benchmark->options.field_count == 0) {
        status = ng_benchmark_add_note(benchmark, err, "entries as in %s", shape->name);
    }
    return status;
}

/* ---- What it lacks ---- */

static void list_columns(struct ng_benchmark *benchmark) {
    const size_t *ends = (const size_t *)(const void *)benchmark->name_ends.data;
    benchmark->listed.length = 0;
    benchmark->listed_count = 0;
    for (size_t c = 0, begin = 0; c < benchmark->columns_wanted; begin = ends[c++]) {
        ng_benchmark_list(benchmark, "", benchmark->names.data + begin, ends[c] - begin);
    }
}

int ng_benchmark_missing(struct ng_benchmark *benchmark, const struct ng_tree_entry *entry, const char *name,
                         struct ng_err *err) {
    if (entry) ng_benchmark_list_members(benchmark, "", entry->node);
    else list_columns(benchmark);
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "no field %s%s%s; there %s %.*s%s",
                     NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), name ? "\"" : "",
                     name ? name : "\"question\", \"context\", \"prompt\" or \"text\"", name ? "\"" : "",
                     benchmark->listed_count == 1 ? "is" : "are", benchmark->listed_count ? (int)benchmark->listed.length : 4,
                     benchmark->listed_count ? (const char *)benchmark->listed.data : "none",
                     benchmark->listed_count > NG_BENCHMARK_LISTED ? ", ..." : "");
    return ng_err_hint(err, "--field NAME names the field to check, --id-field and --answer-field the others; dots lead "
                       "into objects%s", entry && !benchmark->entries_path ? "; --entries PATH says where entries are" : "");
}
