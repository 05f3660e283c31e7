#include "query/args/benchmarks.h"

#include <string.h>

enum { FIELD = 'f', ID = 'i', ANSWER = 'a', ENTRIES = 'e' };

static int take(const char *text, char option, void *to, struct ng_err *err) {
    struct ng_cmd_benchmarks *benchmarks = to;
    if (benchmarks->count == NG_CMD_BENCHMARK_VALUES) {
        return ng_err_set(err, NG_ERR_USAGE, "over %d fields and paths of benchmarks", NG_CMD_BENCHMARK_VALUES);
    }
    benchmarks->values[benchmarks->count++] = (struct ng_cmd_benchmark_value){.option = option, .text = text};
    return NG_OK;
}

int ng_cmd_benchmarks_take_field(const char *text, void *to, struct ng_err *err) {
    return take(text, FIELD, to, err);
}

int ng_cmd_benchmarks_take_id(const char *text, void *to, struct ng_err *err) {
    return take(text, ID, to, err);
}

int ng_cmd_benchmarks_take_answer(const char *text, void *to, struct ng_err *err) {
    return take(text, ANSWER, to, err);
}

int ng_cmd_benchmarks_take_entries(const char *text, void *to, struct ng_err *err) {
    return take(text, ENTRIES, to, err);
}

void ng_cmd_benchmarks_name(struct ng_cmd_benchmarks *benchmarks, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < benchmarks->count; i++) {
        struct ng_cmd_benchmark_value *value = &benchmarks->values[i];
        bool own = strncmp(value->text, name, length) == 0 && value->text[length] == ':';
        if (own && length > value->owner_length) value->owner_length = length;
    }
}

/* The text of a value that is for the benchmark of that name, or (name NULL) for all; else NULL. */
static const char *text_for(const struct ng_cmd_benchmark_value *value, const char *name) {
    size_t length = name ? strlen(name) : 0;
    if (length != value->owner_length || (name && strncmp(value->text, name, length) != 0)) return NULL;
    return name ? value->text + length + 1 : value->text;
}

/* The last value of an option. */
static const char *find(const struct ng_cmd_benchmarks *benchmarks, const char *name, char option) {
    const char *found = NULL;
    for (size_t i = 0; i < benchmarks->count; i++) {
        const char *text = benchmarks->values[i].option == option ? text_for(&benchmarks->values[i], name) : NULL;
        if (text) found = text;
    }
    return found || !name ? found : find(benchmarks, NULL, option);
}

static int settle_fields(const struct ng_cmd_benchmarks *benchmarks, const char *name, struct ng_cmd_benchmark *one,
                         struct ng_err *err) {
    for (size_t i = 0; i < benchmarks->count; i++) {
        const char *text = benchmarks->values[i].option == FIELD ? text_for(&benchmarks->values[i], name) : NULL;
        if (!text) continue;
        if (one->options.field_count == NG_CMD_BENCHMARK_FIELDS) return ng_err_set(err, NG_ERR_USAGE, "too many --field");
        one->fields[one->options.field_count++] = text;
    }
    return one->options.field_count > 0 || !name ? NG_OK : settle_fields(benchmarks, NULL, one, err);
}

int ng_cmd_benchmarks_settle(const struct ng_cmd_benchmarks *benchmarks, const char *name, struct ng_cmd_benchmark *one,
                             struct ng_err *err) {
    *one = (struct ng_cmd_benchmark){.options = {.fields = one->fields,
                                                 .id_field = find(benchmarks, name, ID),
                                                 .answer_field = find(benchmarks, name, ANSWER),
                                                 .entries = find(benchmarks, name, ENTRIES),
                                                 .no_header = benchmarks->no_header,
                                                 .tsv_raw = benchmarks->tsv_raw}};
    return settle_fields(benchmarks, name, one, err);
}

/* The last value of an option, whichever benchmark it is for. */
static const char *last(const struct ng_cmd_benchmarks *benchmarks, char option) {
    const char *found = NULL;
    for (size_t i = 0; i < benchmarks->count; i++) {
        if (benchmarks->values[i].option == option) found = benchmarks->values[i].text;
    }
    return found;
}

const char *ng_cmd_benchmarks_id(const struct ng_cmd_benchmarks *benchmarks) {
    return last(benchmarks, ID);
}

const char *ng_cmd_benchmarks_answer(const struct ng_cmd_benchmarks *benchmarks) {
    return last(benchmarks, ANSWER);
}
