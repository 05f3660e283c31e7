/* CSV as RFC 4180 has it, and the same with TABs: a cell in quotes may hold separators, line ends and doubled quotes. */
#include <string.h>

#include "query/benchmark/parts.h"

static int broken(const struct ng_benchmark *benchmark, uint64_t line, const char *what, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "%s", NG_BENCHMARK_AT_ARGS(benchmark, line), what);
    return ng_err_hint(err, "a cell that holds quotes is written in quotes, with each of them doubled");
}

/* Makes sure that a byte follows, if the file has one. */
static int look(struct ng_benchmark *benchmark, bool *has, struct ng_err *err) {
    int status = NG_OK;
    while (benchmark->begin == benchmark->buffer.length && !benchmark->at_end && !status) {
        status = ng_benchmark_read_more(benchmark, err);
    }
    *has = benchmark->begin < benchmark->buffer.length;
    return status;
}

/* Takes the bytes up to the first of those in stops, or to the end. */
static int take_until(struct ng_benchmark *benchmark, const char *stops, struct ng_err *err) {
    for (;;) {
        bool has;
        int status = look(benchmark, &has, err);
        if (status || !has) return status;
        const uint8_t *bytes = benchmark->buffer.data + benchmark->begin;
        size_t length = benchmark->buffer.length - benchmark->begin;
        size_t taken = 0;
        while (taken < length && (bytes[taken] == '\0' || !strchr(stops, bytes[taken]))) {
            if (bytes[taken] == '\n') benchmark->line++;
            taken++;
        }
        if (benchmark->cells.length + taken > NG_MAX_ENTRY_RECORD_BYTES) {
            return ng_err_set(err, NG_ERR_LIMIT, NG_BENCHMARK_AT "a row of over %llu bytes (NG_MAX_ENTRY_RECORD_BYTES)",
                              NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line),
                              (unsigned long long)NG_MAX_ENTRY_RECORD_BYTES);
        }
        status = ng_buf_append(&benchmark->cells, bytes, taken, err);
        benchmark->begin += taken;
        if (status || taken < length) return status;
    }
}

/* The rest of a cell in quotes, whose first quote is taken. */
static int read_quoted(struct ng_benchmark *benchmark, struct ng_err *err) {
    uint64_t line = benchmark->line;
    for (;;) {
        bool has;
        int status = take_until(benchmark, "\"", err);
        if (!status) status = look(benchmark, &has, err);
        if (status) return status;
        if (!has) return broken(benchmark, line, "the cell that starts here with a quote has no quote at its end", err);
        benchmark->begin++;
        status = look(benchmark, &has, err);
        if (status) return status;
        if (!has || benchmark->buffer.data[benchmark->begin] != '"') return NG_OK;
        benchmark->begin++;
        status = ng_buf_append(&benchmark->cells, "\"", 1, err);
        if (status) return status;
    }
}

/* Reads a cell and what ends it; *row_ends where that is a line end or the end of the file. */
static int read_cell(struct ng_benchmark *benchmark, bool *row_ends, struct ng_err *err) {
    const char stops[] = {(char)benchmark->separator, '\n', '\0'};
    bool has;
    int status = look(benchmark, &has, err);
    if (status) return status;
    bool quoted = has && benchmark->buffer.data[benchmark->begin] == '"';
    if (quoted) {
        benchmark->begin++;
        status = read_quoted(benchmark, err);
        if (!status) status = look(benchmark, &has, err);
        if (!status && has && benchmark->buffer.data[benchmark->begin] == '\r') {
            benchmark->begin++;
            status = look(benchmark, &has, err);
        }
        if (!status && has && !strchr(stops, benchmark->buffer.data[benchmark->begin])) {
            return broken(benchmark, benchmark->line, "text follows the quote at the end of a cell", err);
        }
    } else {
        size_t begin = benchmark->cells.length;
        status = take_until(benchmark, stops, err);
        if (!status) status = look(benchmark, &has, err);
        bool at_line_end = !has || benchmark->buffer.data[benchmark->begin] == '\n';
        size_t end = benchmark->cells.length;
        if (at_line_end && end > begin && benchmark->cells.data[end - 1] == '\r') benchmark->cells.length--;
    }
    if (status) return status;
    *row_ends = !has || benchmark->buffer.data[benchmark->begin] == '\n';
    if (has && *row_ends) benchmark->line++;
    if (has) benchmark->begin++;
    return ng_buf_append(&benchmark->ends, &benchmark->cells.length, sizeof benchmark->cells.length, err);
}

/* Reads the cells of the next row that is not an empty line. *found is false at the end. */
static int read_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    for (;;) {
        int status = look(benchmark, found, err);
        if (status || !*found) return status;
        benchmark->entry_line = benchmark->line;
        benchmark->cells.length = 0;
        benchmark->ends.length = 0;
        bool quoted = benchmark->buffer.data[benchmark->begin] == '"';
        for (bool row_ends = false; !row_ends;) {
            status = read_cell(benchmark, &row_ends, err);
            if (status) return status;
        }
        if (quoted || benchmark->cells.length > 0 || benchmark->ends.length > sizeof(size_t)) return NG_OK;
    }
}

static struct ng_bytes cell(const struct ng_benchmark *benchmark, size_t number) {
    const size_t *ends = (const size_t *)(const void *)benchmark->ends.data; /* from malloc: aligned for any type */
    size_t begin = number > 0 ? ends[number - 1] : 0;
    return (struct ng_bytes){benchmark->cells.data + begin, ends[number] - begin};
}

static int read_header(struct ng_benchmark *benchmark, struct ng_err *err) {
    bool found;
    int status = read_row(benchmark, &found, err);
    if (status) return status;
    if (!found) return broken(benchmark, 1, "the file is empty: a header with the names of the columns is missing", err);
    benchmark->columns = benchmark->ends.length / sizeof(size_t);
    for (size_t s = 0; s < benchmark->slot_count; s++) benchmark->slots[s].column = SIZE_MAX;
    for (size_t c = 0; c < benchmark->columns; c++) {
        struct ng_bytes name = cell(benchmark, c);
        ng_benchmark_list(benchmark, name.data, (size_t)name.length_bytes);
        for (size_t s = 0; s < benchmark->slot_count; s++) {
            struct ng_benchmark_slot *slot = &benchmark->slots[s];
            if (strlen(slot->name) != name.length_bytes || memcmp(slot->name, name.data, name.length_bytes) != 0) continue;
            if (slot->column != SIZE_MAX) {
                return ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "column \"%s\" is there twice",
                                  NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), slot->name);
            }
            slot->column = c;
        }
    }
    return NG_OK;
}

int ng_benchmark_next_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    *found = false;
    int status = benchmark->columns == 0 ? read_header(benchmark, err) : NG_OK;
    if (!status) status = read_row(benchmark, found, err);
    if (status || !*found) return status;
    size_t columns = benchmark->ends.length / sizeof(size_t);
    if (columns != benchmark->columns) {
        (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "the row has %zu cells, the header %zu",
                         NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), columns, benchmark->columns);
        return ng_err_hint(err, "a cell that holds separators or line ends is written in quotes");
    }
    for (size_t s = 0; s < benchmark->slot_count && !status; s++) {
        const struct ng_benchmark_slot *slot = &benchmark->slots[s];
        if (slot->dropped || slot->column == SIZE_MAX) continue;
        struct ng_bytes bytes = cell(benchmark, slot->column);
        status = ng_benchmark_take(benchmark, s, bytes.data, (size_t)bytes.length_bytes, err);
    }
    return status;
}
