#include "query/args/benchmarks.h"

#include <string.h>

int ng_cmd_benchmarks_take(const char *text, void *to, struct ng_err *err) {
    struct ng_cmd_benchmark_list *list = to;
    if (list->count == NG_CMD_BENCHMARK_VALUES) {
        return ng_err_set(err, NG_ERR_USAGE, "over %d fields or paths of benchmarks", NG_CMD_BENCHMARK_VALUES);
    }
    list->values[list->count++] = (struct ng_cmd_benchmark_value){.text = text};
    return NG_OK;
}

void ng_cmd_benchmarks_name(struct ng_cmd_benchmarks *benchmarks, const char *name) {
    size_t length = strlen(name);
    for (size_t l = 0; l < NG_CMD_BENCHMARK_LISTS; l++) {
        struct ng_cmd_benchmark_list *list = &benchmarks->lists[l];
        for (size_t i = 0; i < list->count; i++) {
            struct ng_cmd_benchmark_value *value = &list->values[i];
            bool own = strncmp(value->text, name, length) == 0 && value->text[length] == ':';
            if (own && length > value->owner_length) value->owner_length = length;
        }
    }
}

/* The text of a value that is for the benchmark of that name, or (name NULL) for all; else NULL. */
static const char *text_for(const struct ng_cmd_benchmark_value *value, const char *name) {
    size_t length = name ? strlen(name) : 0;
    if (length != value->owner_length || (name && strncmp(value->text, name, length) != 0)) return NULL;
    return name ? value->text + length + 1 : value->text;
}

/* The last value of a list. */
static const char *find(const struct ng_cmd_benchmark_list *list, const char *name) {
    const char *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const char *text = text_for(&list->values[i], name);
        if (text) found = text;
    }
    return found || !name ? found : find(list, NULL);
}

static int settle_fields(const struct ng_cmd_benchmark_list *list, const char *name, struct ng_cmd_benchmark *one,
                         struct ng_err *err) {
    for (size_t i = 0; i < list->count; i++) {
        const char *text = text_for(&list->values[i], name);
        if (!text) continue;
        if (one->options.field_count == NG_CMD_BENCHMARK_FIELDS) return ng_err_set(err, NG_ERR_USAGE, "too many --field");
        one->fields[one->options.field_count++] = text;
    }
    return one->options.field_count > 0 || !name ? NG_OK : settle_fields(list, NULL, one, err);
}

int ng_cmd_benchmarks_settle(const struct ng_cmd_benchmarks *benchmarks, const char *name, struct ng_cmd_benchmark *one,
                             struct ng_err *err) {
    const struct ng_cmd_benchmark_list *lists = benchmarks->lists;
    *one = (struct ng_cmd_benchmark){.options = {.fields = one->fields,
                                                 .id_field = find(&lists[NG_CMD_BENCHMARK_ID], name),
                                                 .answer_field = find(&lists[NG_CMD_BENCHMARK_ANSWER], name),
                                                 .entries = find(&lists[NG_CMD_BENCHMARK_ENTRIES], name),
                                                 .no_header = benchmarks->no_header,
                                                 .tsv_raw = benchmarks->tsv_raw}};
    return settle_fields(&lists[NG_CMD_BENCHMARK_FIELD], name, one, err);
}

const char *ng_cmd_benchmarks_last(const struct ng_cmd_benchmarks *benchmarks, enum ng_cmd_benchmark_option option) {
    const struct ng_cmd_benchmark_list *list = &benchmarks->lists[option];
    return list->count > 0 ? list->values[list->count - 1].text : NULL;
}
