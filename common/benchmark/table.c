/* CSV as RFC 4180 has it, and the same with TABs: a cell in quotes may hold separators, line ends and doubled
 * quotes. Or without any quotes: a row is a line. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/benchmark/parts.h"

static int broken(struct ng_benchmark *benchmark, uint64_t line, const char *what, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "%s", NG_BENCHMARK_AT_ARGS(benchmark, line), what);
    benchmark->quotes_fail = true;
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

/* Takes the bytes up to the first of those in stops, or to the end. Line ends among them are counted, and separators. */
static int take_until(struct ng_benchmark *benchmark, const char *stops, struct ng_err *err) {
    for (;;) {
        bool has;
        int status = look(benchmark, &has, err);
        if (status || !has) return status;
        const uint8_t *bytes = benchmark->buffer.data + benchmark->begin;
        size_t length = benchmark->buffer.length - benchmark->begin;
        size_t taken = 0;
        while (taken < length && (bytes[taken] == '\0' || !strchr(stops, bytes[taken]))) {
            if (bytes[taken] == (benchmark->cr_rows ? '\r' : '\n')) benchmark->line++;
            if (bytes[taken] == benchmark->separator) benchmark->quoted_separators++;
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

/* Passes over the end of a row, if one is next: LF, CRLF, or the CR that the first row ends with. *ends is true there and at
 * the end of the file. A CR behind which no LF comes is text where rows end with LF. */
static int pass_row_end(struct ng_benchmark *benchmark, bool *ends, struct ng_err *err) {
    bool has;
    int status = look(benchmark, &has, err);
    *ends = !has;
    if (!status && !has) benchmark->line++; /* as if the last line had its end */
    if (status || !has) return status;
    uint8_t byte = benchmark->buffer.data[benchmark->begin];
    if (byte == '\r') {
        /* The byte behind it may be still to be read, which moves the buffer but not what begin stands for. */
        while (benchmark->begin + 1 == benchmark->buffer.length && !benchmark->at_end && !status) {
            status = ng_benchmark_read_more(benchmark, err);
        }
        if (status) return status;
        bool lf = benchmark->begin + 1 < benchmark->buffer.length && benchmark->buffer.data[benchmark->begin + 1] == '\n';
        bool at_end = benchmark->begin + 1 == benchmark->buffer.length;
        if (!benchmark->rows_known) benchmark->cr_rows = !lf;
        *ends = lf || at_end || benchmark->cr_rows;
        if (*ends) benchmark->begin += lf ? 2 : 1;
    } else if (byte == '\n') {
        *ends = true;
        benchmark->begin++;
    }
    if (!*ends) return NG_OK;
    benchmark->rows_known = true;
    benchmark->line++;
    return NG_OK;
}

/* The rest of a cell without quotes, and the row's end if that is next. */
static int read_plain(struct ng_benchmark *benchmark, bool *row_ends, struct ng_err *err) {
    const char stops[] = {(char)benchmark->separator, '\n', '\r', '\0'};
    for (;;) {
        int status = take_until(benchmark, stops, err);
        if (!status) status = pass_row_end(benchmark, row_ends, err);
        if (status || *row_ends || benchmark->buffer.data[benchmark->begin] != '\r') return status;
        benchmark->begin++; /* a CR within the text */
        status = ng_buf_append(&benchmark->cells, "\r", 1, err);
        if (status) return status;
    }
}

/* Reads a cell and what ends it; *row_ends where that is a line end or the end of the file. */
static int read_cell(struct ng_benchmark *benchmark, bool *row_ends, struct ng_err *err) {
    bool has;
    int status = look(benchmark, &has, err);
    if (status) return status;
    if (has && !benchmark->raw && benchmark->buffer.data[benchmark->begin] == '"') {
        benchmark->begin++;
        status = read_quoted(benchmark, err);
        if (!status) status = pass_row_end(benchmark, row_ends, err);
        if (!status && !*row_ends && benchmark->buffer.data[benchmark->begin] != benchmark->separator) {
            return broken(benchmark, benchmark->line, "text follows the quote at the end of a cell", err);
        }
    } else {
        status = read_plain(benchmark, row_ends, err);
    }
    if (status) return status;
    if (!*row_ends) benchmark->begin++; /* the separator */
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
        benchmark->quoted_separators = 0;
        bool quoted = !benchmark->raw && benchmark->buffer.data[benchmark->begin] == '"';
        for (bool row_ends = false; !row_ends;) {
            status = read_cell(benchmark, &row_ends, err);
            if (status) return status;
        }
        /* Each of the lines that the row takes could be a row. */
        uint64_t lines = benchmark->line - benchmark->entry_line;
        uint64_t columns = benchmark->columns_wanted;
        benchmark->swallows = benchmark->swallows ||
                              (columns > 1 && lines > 1 && benchmark->quoted_separators +
                               benchmark->ends.length / sizeof(size_t) - 1 == lines * (columns - 1));
        if (quoted || benchmark->cells.length > 0 || benchmark->ends.length > sizeof(size_t)) return NG_OK;
    }
}

/* Reads the next row that is not a canary above or between the others, as a comment. */
static int read_entry_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    enum ng_benchmark_canaries canary;
    bool comment = true;
    int status = NG_OK;
    while (comment && !status) {
        status = read_row(benchmark, found, err);
        if (status || !*found) return status;
        status = ng_benchmark_find_canaries(benchmark, benchmark->cells.data, benchmark->cells.length, &canary, err);
        comment = canary == NG_BENCHMARK_CANARY_GUID && benchmark->ends.length == sizeof(size_t) &&
                  benchmark->columns_wanted != 1;
    }
    return status;
}

static struct ng_bytes cell(const struct ng_benchmark *benchmark, size_t number) {
    const size_t *ends = (const size_t *)(const void *)benchmark->ends.data; /* from malloc: aligned for any type */
    size_t begin = number > 0 ? ends[number - 1] : 0;
    return (struct ng_bytes){benchmark->cells.data + begin, ends[number] - begin};
}

/* ---- Columns ---- */

size_t ng_benchmark_column(const struct ng_benchmark *benchmark, const char *name, bool fold, bool *twice) {
    const size_t *ends = (const size_t *)(const void *)benchmark->name_ends.data;
    size_t length = strlen(name);
    size_t column = SIZE_MAX;
    *twice = false;
    for (size_t c = 0, begin = 0; c < benchmark->columns_wanted; begin = ends[c++]) {
        const char *known = (const char *)benchmark->names.data + begin;
        if (ends[c] - begin != length || memchr(known, '\0', length)) continue;
        if (fold ? strncasecmp(known, name, length) != 0 : memcmp(known, name, length) != 0) continue;
        *twice = column != SIZE_MAX;
        if (!*twice) column = c;
        else return column;
    }
    return column;
}

bool ng_benchmark_is_mmlu(const struct ng_benchmark *benchmark) {
    enum { MMLU_COLUMNS = 6 };
    if (benchmark->columns_wanted != MMLU_COLUMNS) return false;
    struct ng_bytes letter = cell(benchmark, MMLU_COLUMNS - 1);
    if (letter.length_bytes != 1 || letter.data[0] < 'A' || letter.data[0] > 'D') return false;
    for (size_t c = 0; c + 1 < MMLU_COLUMNS; c++) {
        struct ng_bytes bytes = cell(benchmark, c);
        if (ng_benchmark_usual(bytes.data, (size_t)bytes.length_bytes)) return false;
    }
    return true;
}

/* As spreadsheets write CSV where a comma is the decimal point: the first line has semicolons and no comma. */
static int find_separator(struct ng_benchmark *benchmark, struct ng_err *err) {
    bool has;
    int status = look(benchmark, &has, err);
    if (status || !has || benchmark->separator != ',' || benchmark->options.no_header) return status;
    const uint8_t *line = benchmark->buffer.data + benchmark->begin;
    size_t length = benchmark->buffer.length - benchmark->begin;
    const uint8_t *end = memchr(line, '\n', length);
    if (end) length = (size_t)(end - line);
    if (!memchr(line, ';', length) || memchr(line, ',', length)) return NG_OK;
    benchmark->separator = ';';
    return ng_benchmark_add_note(benchmark, err, "columns are parted by semicolons");
}

/* Names columns by the first row, or by their numbers where that is no header. */
static int read_header(struct ng_benchmark *benchmark, struct ng_err *err) {
    bool found = false;
    int status = find_separator(benchmark, err);
    if (!status) status = read_entry_row(benchmark, &found, err);
    if (status) return status;
    if (!found) return broken(benchmark, 1, "the file is empty: a header with the names of the columns is missing", err);
    benchmark->columns_wanted = benchmark->ends.length / sizeof(size_t);
    benchmark->header_line = benchmark->entry_line;
    benchmark->row_ready = benchmark->options.no_header || ng_benchmark_is_mmlu(benchmark);
    if (benchmark->row_ready && !benchmark->options.no_header) {
        status = ng_benchmark_add_note(benchmark, err, "the first row is an entry, fields are numbers from 0 (--no-header)");
    }
    for (size_t c = 0; c < benchmark->columns_wanted && !status; c++) {
        char digits[24];
        struct ng_bytes name = cell(benchmark, c);
        if (benchmark->row_ready) {
            name = (struct ng_bytes){(const uint8_t *)digits, (uint64_t)snprintf(digits, sizeof digits, "%zu", c)};
        }
        status = ng_buf_append(&benchmark->names, name.data, (size_t)name.length_bytes, err);
        if (!status) {
            status = ng_buf_append(&benchmark->name_ends, &benchmark->names.length, sizeof benchmark->names.length, err);
        }
    }
    return status;
}

/* Keeps the canaries of columns named so. */
static int take_canaries(struct ng_benchmark *benchmark, struct ng_err *err) {
    const size_t *ends = (const size_t *)(const void *)benchmark->name_ends.data;
    int status = NG_OK;
    for (size_t c = 0, begin = 0; c < benchmark->columns_wanted && !status; begin = ends[c++]) {
        struct ng_bytes name = {benchmark->names.data + begin, ends[c] - begin};
        status = ng_benchmark_cell_canary(benchmark, name, cell(benchmark, c), err);
    }
    return status;
}

static int check_columns(const struct ng_benchmark *benchmark, struct ng_err *err) {
    size_t columns = benchmark->ends.length / sizeof(size_t);
    if (columns == benchmark->columns_wanted) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, NG_BENCHMARK_AT "the row has %zu cells, the %s %zu",
                     NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), columns,
                     benchmark->options.no_header ? "first" : "header", benchmark->columns_wanted);
    return ng_err_hint(err, "a cell that holds separators or line ends is written in quotes");
}

int ng_benchmark_next_row(struct ng_benchmark *benchmark, bool *found, struct ng_err *err) {
    *found = false;
    int status = benchmark->columns_wanted == 0 ? read_header(benchmark, err) : NG_OK;
    if (!status && !benchmark->row_ready) status = read_entry_row(benchmark, found, err);
    if (status || (!*found && !benchmark->row_ready)) return status;
    *found = true;
    status = check_columns(benchmark, err);
    if (!status && !benchmark->settled) status = ng_benchmark_settle(benchmark, NULL, err);
    if (!status) status = take_canaries(benchmark, err);
    benchmark->row_ready = false;
    for (size_t s = 0; s < benchmark->slot_count && !status; s++) {
        const struct ng_benchmark_slot *slot = &benchmark->slots[s];
        if (slot->column == SIZE_MAX) return ng_benchmark_missing(benchmark, NULL, slot->name, err);
        struct ng_bytes bytes = cell(benchmark, slot->column);
        status = ng_benchmark_take(benchmark, s, bytes.data, (size_t)bytes.length_bytes, err);
    }
    return status;
}

int ng_benchmark_is_raw(struct ng_benchmark *benchmark, bool *raw, struct ng_err *err) {
    bool found = true;
    int status = read_header(benchmark, err);
    while (!status && found) {
        status = read_entry_row(benchmark, &found, err);
        if (!status && found) status = check_columns(benchmark, err);
    }
    *raw = benchmark->swallows || (status == NG_ERR_INPUT && benchmark->quotes_fail);
    /* What else is wrong is told when it is read. */
    return status == NG_ERR_INPUT || status == NG_ERR_LIMIT ? NG_OK : status;
}
