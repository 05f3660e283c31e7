#include "common/benchmark/benchmark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/convert/parquet.h"
#include "common/benchmark/parts.h"

/* What the file's name, less .gz or .zst, says. */
static void set_format(struct ng_benchmark *benchmark) {
    const char *path = benchmark->path;
    size_t length = ng_text_uncompressed(path);
    if (ng_text_ends(path, length, ".csv")) benchmark->separator = ',';
    else if (ng_text_ends(path, length, ".tsv")) benchmark->separator = '\t';
    benchmark->lines = ng_text_ends(path, length, ".jsonl") || ng_text_ends(path, length, ".ndjson");
}

/* Checks that need no entry. */
static int check_fields(const struct ng_benchmark_options *options, struct ng_err *err) {
    for (size_t i = 0; i < options->field_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(options->fields[i], options->fields[k]) != 0) continue;
            return ng_err_set(err, NG_ERR_USAGE, "field \"%s\" is asked for twice", options->fields[i]);
        }
    }
    return NG_OK;
}

/* A reader without its bytes. */
static int make(struct ng_benchmark **out, const char *path, const struct ng_benchmark_options *options,
                struct ng_err *err) {
    struct ng_benchmark *benchmark = calloc(1, sizeof *benchmark);
    if (!benchmark) return ng_err_nomem(err, sizeof *benchmark, "a benchmark");
    *out = benchmark;
    benchmark->line = 1;
    benchmark->options = *options;
    benchmark->path = strdup(path);
    if (!benchmark->path) return ng_err_nomem(err, strlen(path) + 1, "a file name");
    set_format(benchmark);
    int status = check_fields(options, err);
    /* So that an offset into them is one even where all are empty. */
    if (!status) status = ng_buf_reserve(&benchmark->values, 1, err);
    if (!status) status = ng_buf_reserve(&benchmark->names, 1, err);
    if (!status) status = ng_buf_reserve(&benchmark->cells, 1, err);
    return status;
}

/* Gives *benchmark away, or closes it after a failure. */
static int finish_open(struct ng_benchmark **out, struct ng_benchmark *benchmark, int status) {
    if (status) ng_benchmark_close(benchmark);
    *out = status ? NULL : benchmark;
    return status;
}

/* Decides whether to read a TSV file without quotes, by reading it once for a trial: from disk, or from memory. */
static int find_raw(struct ng_benchmark *benchmark, bool in_memory, struct ng_err *err) {
    struct stat about;
    struct ng_benchmark *trial = NULL;
    benchmark->raw = benchmark->separator && benchmark->options.tsv_raw;
    if (benchmark->raw || benchmark->separator != '\t') return NG_OK;
    /* Input that can be read only once is read as in RFC 4180. */
    if (!in_memory && (stat(benchmark->path, &about) != 0 || !S_ISREG(about.st_mode))) return NG_OK;
    int status = make(&trial, benchmark->path, &benchmark->options, err);
    if (!status && in_memory) {
        trial->at_end = true;
        status = ng_buf_append(&trial->buffer, benchmark->buffer.data, benchmark->buffer.length, err);
    } else if (!status) {
        status = ng_stream_open(&trial->stream, benchmark->path, err);
    }
    if (!status) status = ng_benchmark_is_raw(trial, &benchmark->raw, err);
    ng_benchmark_close(trial);
    if (status || !benchmark->raw) return status;
    return ng_benchmark_add_note(benchmark, err, "read without quotes, which would swallow lines (--tsv-raw)");
}

/* The rows of a Parquet file are read as JSON lines, whatever its name. */
static int open_parquet(struct ng_benchmark *benchmark, struct ng_err *err) {
    const uint8_t *head;
    size_t length;
    struct ng_stream *rows;
    int status = ng_stream_peek(benchmark->stream, &head, &length, err);
    if (status || !ng_parquet_is(head, length)) return status;
    status = ng_parquet_open(&rows, benchmark->path, benchmark->stream, err);
    if (status) return status;
    ng_stream_close(benchmark->stream);
    benchmark->stream = rows;
    benchmark->separator = 0;
    benchmark->lines = true;
    return ng_benchmark_add_note(benchmark, err, "read as Parquet, a row an entry");
}

int ng_benchmark_open(struct ng_benchmark **out, const char *path, const struct ng_benchmark_options *options,
                      struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    int status = make(&benchmark, path, options, err);
    if (!status) status = ng_stream_open(&benchmark->stream, path, err);
    if (!status) status = open_parquet(benchmark, err);
    if (!status) status = find_raw(benchmark, false, err);
    return finish_open(out, benchmark, status);
}

int ng_benchmark_open_bytes(struct ng_benchmark **out, const char *name, const uint8_t *bytes, size_t length,
                            const struct ng_benchmark_options *options, struct ng_err *err) {
    struct ng_benchmark *benchmark = NULL;
    int status = make(&benchmark, name, options, err);
    if (!status) status = ng_buf_append(&benchmark->buffer, bytes, length, err);
    if (!status) {
        benchmark->at_end = true;
        status = ng_benchmark_pass_mark(benchmark, err);
    }
    if (!status) status = find_raw(benchmark, true, err);
    return finish_open(out, benchmark, status);
}

static struct ng_bytes value_bytes(const struct ng_benchmark *benchmark, const struct ng_benchmark_value *value) {
    return (struct ng_bytes){benchmark->values.data + value->offset, value->length};
}

/* The value of a kind that equals wanted, or (wanted NULL) the n-th of them. Returns its number; UINT64_MAX: there is none. */
static uint64_t find_value(const struct ng_benchmark *benchmark, enum ng_benchmark_kind kind, uint64_t n,
                           const struct ng_bytes *wanted, struct ng_bytes *bytes) {
    const struct ng_benchmark_value *found = (const struct ng_benchmark_value *)(const void *)benchmark->found.data;
    size_t count = benchmark->found.length / sizeof *found;
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (benchmark->slots[found[i].slot].kind != kind) continue;
        struct ng_bytes value = value_bytes(benchmark, &found[i]);
        bool right = !wanted ? number == n
                             : value.length_bytes == wanted->length_bytes &&
                                   memcmp(value.data, wanted->data, (size_t)value.length_bytes) == 0;
        if (right) {
            *bytes = value;
            return number;
        }
        number++;
    }
    return UINT64_MAX;
}

/* The text of the choice that an answer names; the answer itself where it names none. */
static struct ng_bytes choice(const struct ng_benchmark *benchmark, struct ng_bytes answer) {
    struct ng_bytes text;
    uint64_t number = find_value(benchmark, NG_BENCHMARK_LABEL, 0, &answer, &text);
    if (number == UINT64_MAX && !ng_text_decimal((const char *)answer.data, (size_t)answer.length_bytes, &number)) {
        bool letter = answer.length_bytes == 1 && answer.data[0] >= 'A' && answer.data[0] <= 'Z';
        number = letter ? (uint64_t)(answer.data[0] - 'A') : UINT64_MAX;
    }
    return find_value(benchmark, NG_BENCHMARK_CHOICE, number, NULL, &text) != UINT64_MAX ? text : answer;
}

static int gather_texts(struct ng_benchmark *benchmark, struct ng_err *err) {
    const struct ng_benchmark_value *found = (const struct ng_benchmark_value *)(const void *)benchmark->found.data;
    size_t count = benchmark->found.length / sizeof *found;
    int status = NG_OK;
    benchmark->texts.length = 0;
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_bytes text = value_bytes(benchmark, &found[i]);
        if (benchmark->slots[found[i].slot].kind != NG_BENCHMARK_TEXT) continue;
        status = ng_buf_append(&benchmark->texts, &text, sizeof text, err);
    }
    return status;
}

/* Sorts the values that were found into the entry. */
static int make_entry(struct ng_benchmark *benchmark, struct ng_benchmark_entry *entry, struct ng_err *err) {
    int length = snprintf(benchmark->id, sizeof benchmark->id, "%" PRIu64, benchmark->next_number);
    *entry = (struct ng_benchmark_entry){.number = benchmark->next_number++, .line = benchmark->entry_line};
    int status = gather_texts(benchmark, err);
    if (find_value(benchmark, NG_BENCHMARK_ID, 0, NULL, &entry->id) == UINT64_MAX) {
        entry->id = benchmark->name_id.data ? benchmark->name_id
                                            : (struct ng_bytes){(const uint8_t *)benchmark->id, (uint64_t)length};
    }
    if (find_value(benchmark, NG_BENCHMARK_ANSWER, 0, NULL, &entry->answer) != UINT64_MAX) {
        entry->answer = choice(benchmark, entry->answer);
    }
    entry->texts = (const struct ng_bytes *)(const void *)benchmark->texts.data;
    entry->text_count = benchmark->texts.length / sizeof *entry->texts;
    return status;
}

int ng_benchmark_next(struct ng_benchmark *benchmark, struct ng_benchmark_entry *entry, bool *found,
                      struct ng_err *err) {
    benchmark->values.length = 0;
    benchmark->found.length = 0;
    benchmark->is_ill_formed = false;
    for (size_t i = 0; i < benchmark->slot_count; i++) benchmark->slots[i].seen = false;
    int status = benchmark->separator ? ng_benchmark_next_row(benchmark, found, err)
                                      : ng_benchmark_next_json(benchmark, found, err);
    if (status || !*found) return status;
    if (benchmark->is_ill_formed && benchmark->ill_formed++ == 0) benchmark->ill_formed_line = benchmark->entry_line;
    return make_entry(benchmark, entry, err);
}

const char *const *ng_benchmark_fields(const struct ng_benchmark *benchmark, size_t *count) {
    *count = benchmark->field_count;
    return benchmark->fields;
}

/* Each is told once. */
static int note_repairs(struct ng_benchmark *benchmark, struct ng_err *err) {
    uint64_t entries = benchmark->ill_formed;
    uint64_t line = benchmark->surrogate_line;
    int status = NG_OK;
    benchmark->ill_formed = benchmark->surrogate_line = 0;
    if (entries > 0) {
        status = ng_benchmark_add_note(benchmark, err,
                                       "not UTF-8, repaired with U+FFFD: %" PRIu64 " entr%s, the first at line %" PRIu64,
                                       entries, entries == 1 ? "y" : "ies", benchmark->ill_formed_line);
    }
    if (status || line == 0) return status;
    return ng_benchmark_add_note(benchmark, err, "half a surrogate pair, repaired with U+FFFD: the first at line %" PRIu64, line);
}

int ng_benchmark_note(struct ng_benchmark *benchmark, const char **note, struct ng_err *err) {
    int status = NG_OK;
    if (benchmark->entries_path && !benchmark->place_noted) {
        bool columns = benchmark->columns;
        const char *path = benchmark->entries_path;
        status = *path ? ng_benchmark_add_note(benchmark, err, "entries at \"%s\": %" PRIu64 "%s", path,
                                               benchmark->nested_entries, columns ? ", rows of its columns" : "")
                       : ng_benchmark_add_note(benchmark, err, "entries: %" PRIu64 ", rows of its columns",
                                               benchmark->nested_entries);
        benchmark->place_noted = true;
    }
    if (!status) status = ng_benchmark_note_samples(benchmark, err);
    if (!status) status = note_repairs(benchmark, err);
    *note = benchmark->note.length > 0 ? (const char *)benchmark->note.data : "";
    return status;
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
    ng_buf_free(&benchmark->names);
    ng_buf_free(&benchmark->name_ends);
    ng_buf_free(&benchmark->rows);
    ng_buf_free(&benchmark->filter);
    ng_buf_free(&benchmark->note);
    ng_buf_free(&benchmark->canary_text);
    ng_buf_free(&benchmark->listed);
    ng_tree_free(&benchmark->tree);
    for (size_t i = 0; i < benchmark->slot_count; i++) free(benchmark->slots[i].name);
    free(benchmark->entries_path);
    free(benchmark->path);
    free(benchmark);
}
