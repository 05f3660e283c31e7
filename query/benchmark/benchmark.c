#include "query/benchmark/benchmark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "query/benchmark/parts.h"

/* What the file's name, less .gz or .zst, says. */
static void set_format(struct ng_benchmark *benchmark) {
    const char *path = benchmark->path;
    size_t length = ng_text_uncompressed(path);
    if (ng_text_ends(path, length, ".csv")) benchmark->separator = ',';
    else if (ng_text_ends(path, length, ".tsv")) benchmark->separator = '\t';
    benchmark->lines = ng_text_ends(path, length, ".jsonl") || ng_text_ends(path, length, ".ndjson");
}

static int add_slot(struct ng_benchmark *benchmark, const char *name, enum ng_benchmark_kind kind, bool wanted_always,
                    struct ng_err *err) {
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
    benchmark->slots[benchmark->slot_count++] =
        (struct ng_benchmark_slot){.name = name, .kind = kind, .wanted_always = wanted_always};
    return NG_OK;
}

static int add_slots(struct ng_benchmark *benchmark, const struct ng_benchmark_options *options, struct ng_err *err) {
    static const char *const texts[] = {"question", "context", "prompt", "text"};
    static const char *const ids[] = {"id", "task_id"};
    int status = NG_OK;
    for (size_t i = 0; i < options->field_count && !status; i++) {
        status = add_slot(benchmark, options->fields[i], NG_BENCHMARK_TEXT, true, err);
    }
    for (size_t i = 0; options->field_count == 0 && i < sizeof texts / sizeof *texts && !status; i++) {
        status = add_slot(benchmark, texts[i], NG_BENCHMARK_TEXT, false, err);
    }
    if (options->id_field && !status) status = add_slot(benchmark, options->id_field, NG_BENCHMARK_ID, true, err);
    for (size_t i = 0; !options->id_field && i < sizeof ids / sizeof *ids && !status; i++) {
        status = add_slot(benchmark, ids[i], NG_BENCHMARK_ID, false, err);
    }
    if (options->answer_field && !status) {
        status = add_slot(benchmark, options->answer_field, NG_BENCHMARK_ANSWER, true, err);
    }
    benchmark->chosen = options->field_count > 0 && options->id_field;
    for (size_t i = 0; i < options->field_count; i++) benchmark->fields[benchmark->field_count++] = options->fields[i];
    return status;
}

/* A reader without its bytes. */
static int make(struct ng_benchmark **out, const char *path, const struct ng_benchmark_options *options,
                struct ng_err *err) {
    struct ng_benchmark *benchmark = calloc(1, sizeof *benchmark);
    if (!benchmark) return ng_err_nomem(err, sizeof *benchmark, "a benchmark");
    *out = benchmark;
    benchmark->line = 1;
    benchmark->scalars = options->scalars;
    benchmark->path = strdup(path);
    if (!benchmark->path) return ng_err_nomem(err, strlen(path) + 1, "a file name");
    set_format(benchmark);
    int status = add_slots(benchmark, options, err);
    /* So that an offset into them is one even where all are empty. */
    if (!status) status = ng_buf_reserve(&benchmark->values, 1, err);
    if (!status) status = ng_buf_reserve(&benchmark->cells, 1, err);
    return status;
}

/* Gives *benchmark away, or closes it after a failure. */
static int finish_open(struct ng_benchmark **out, struct ng_benchmark *benchmark, int status) {
    if (status) ng_benchmark_close(benchmark);
    *out = status ? NULL : benchmark;
    return status;
}

int ng_benchmark_open(struct ng_benchmark **out, const char *path, const struct ng_benchmark_options *options,
                      struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    int status = make(&benchmark, path, options, err);
    if (!status) status = ng_stream_open(&benchmark->stream, path, err);
    return finish_open(out, benchmark, status);
}

int ng_benchmark_open_bytes(struct ng_benchmark **out, const char *name, const uint8_t *bytes, size_t length,
                            const struct ng_benchmark_options *options, struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    int status = make(&benchmark, name, options, err);
    if (!status) status = ng_buf_append(&benchmark->buffer, bytes, length, err);
    if (!status) {
        benchmark->at_end = true;
        ng_benchmark_skip_mark(benchmark);
    }
    return finish_open(out, benchmark, status);
}

static int missing(const struct ng_benchmark *benchmark, const char *name, struct ng_err *err) {
    bool default_names = !name;
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "no field %s%s%s; there %s %s%s",
                     NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), default_names ? "" : "\"",
                     default_names ? "\"question\", \"context\", \"prompt\" or \"text\"" : name,
                     default_names ? "" : "\"", benchmark->listed_count == 1 ? "is" : "are",
                     benchmark->listed_count ? benchmark->listed : "none",
                     benchmark->listed_count > NG_BENCHMARK_LISTED ? ", ..." : "");
    return ng_err_hint(err, "--field NAME names the field to check, --id-field and --answer-field the others; dots lead "
                       "into objects");
}

/* Chooses one of the fields that the first entry has, where that was left open. */
static int choose(struct ng_benchmark *benchmark, struct ng_err *err) {
    bool has[2] = {false, false};
    for (size_t i = 0; i < benchmark->slot_count; i++) {
        struct ng_benchmark_slot *slot = &benchmark->slots[i];
        if (slot->wanted_always) continue;
        slot->dropped = !slot->seen || has[slot->kind];
        slot->wanted_always = true;
        if (slot->dropped) continue;
        has[slot->kind] = true;
        if (slot->kind == NG_BENCHMARK_TEXT) benchmark->fields[benchmark->field_count++] = slot->name;
    }
    benchmark->chosen = true;
    return benchmark->field_count > 0 ? NG_OK : missing(benchmark, NULL, err);
}

static struct ng_bytes value_bytes(const struct ng_benchmark *benchmark, const struct ng_benchmark_value *value) {
    return (struct ng_bytes){benchmark->values.data + value->offset, value->length};
}

/* Sorts the values that were found into the entry. */
static int make_entry(struct ng_benchmark *benchmark, struct ng_benchmark_entry *entry, struct ng_err *err) {
    int length = snprintf(benchmark->id, sizeof benchmark->id, "%" PRIu64, benchmark->next_number);
    *entry = (struct ng_benchmark_entry){.number = benchmark->next_number++,
                                         .line = benchmark->entry_line,
                                         .id = {(const uint8_t *)benchmark->id, (uint64_t)length}};
    /* From malloc: aligned for any type. */
    const struct ng_benchmark_value *found = (const struct ng_benchmark_value *)(const void *)benchmark->found.data;
    size_t count = benchmark->found.length / sizeof *found;
    benchmark->texts.length = 0;
    for (size_t s = 0; s < benchmark->slot_count; s++) {
        const struct ng_benchmark_slot *slot = &benchmark->slots[s];
        if (slot->dropped) continue;
        if (!slot->seen) return missing(benchmark, slot->name, err);
        for (size_t i = 0; i < count; i++) {
            if (found[i].slot != s) continue;
            struct ng_bytes bytes = value_bytes(benchmark, &found[i]);
            if (slot->kind == NG_BENCHMARK_ID) entry->id = bytes;
            if (slot->kind == NG_BENCHMARK_ANSWER) entry->answer = bytes;
            int status = slot->kind == NG_BENCHMARK_TEXT
                             ? ng_buf_append(&benchmark->texts, &bytes, sizeof bytes, err)
                             : NG_OK;
            if (status) return status;
        }
    }
    entry->texts = (const struct ng_bytes *)(const void *)benchmark->texts.data;
    entry->text_count = benchmark->texts.length / sizeof *entry->texts;
    return NG_OK;
}

int ng_benchmark_next(struct ng_benchmark *benchmark, struct ng_benchmark_entry *entry, bool *found,
                      struct ng_err *err) {
    benchmark->values.length = 0;
    benchmark->found.length = 0;
    for (size_t i = 0; i < benchmark->slot_count; i++) benchmark->slots[i].seen = false;
    int status = benchmark->separator ? ng_benchmark_next_row(benchmark, found, err)
                                      : ng_benchmark_next_json(benchmark, found, err);
    if (status || !*found) return status;
    if (!benchmark->chosen) status = choose(benchmark, err);
    return status ? status : make_entry(benchmark, entry, err);
}

const char *const *ng_benchmark_fields(const struct ng_benchmark *benchmark, size_t *count) {
    *count = benchmark->field_count;
    return benchmark->fields;
}

uint64_t ng_benchmark_input_bytes(const struct ng_benchmark *benchmark) {
    return benchmark->stream ? ng_stream_input_bytes(benchmark->stream) : 0;
}

void ng_benchmark_close(struct ng_benchmark *benchmark) {
    if (!benchmark) return;
    ng_stream_close(benchmark->stream);
    ng_buf_free(&benchmark->buffer);
    ng_buf_free(&benchmark->values);
    ng_buf_free(&benchmark->found);
    ng_buf_free(&benchmark->texts);
    ng_buf_free(&benchmark->repaired);
    ng_buf_free(&benchmark->cells);
    ng_buf_free(&benchmark->ends);
    free(benchmark->path);
    free(benchmark);
}
