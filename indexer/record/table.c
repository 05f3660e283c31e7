#include "indexer/record/table.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/json/in.h"

/* Half-open, in bytes of the file. */
struct range {
    size_t begin;
    size_t end;
};

struct column {
    struct range name; /* with its quotes */
    uint64_t first;    /* of its cells */
    uint64_t count;
};

struct cell {
    struct range key; /* with its quotes; empty in an array */
    struct range value;
    bool has_key; /* a row with a member "key" */
};

struct parse {
    struct ng_table *table;
    struct ng_json_in in;
    const char *path;
    size_t last_end; /* of the token before */
    struct range key;
    struct ng_err *err;
};

static size_t token_begin(const struct parse *parse) {
    return parse->last_end + strspn((const char *)parse->table->bytes + parse->last_end, " \t\r\n,:");
}

static struct column *last_column(const struct ng_table *table) {
    return (struct column *)(void *)table->columns.data + table->columns.length / sizeof(struct column) - 1;
}

static struct cell *last_cell(const struct ng_table *table) {
    return (struct cell *)(void *)table->cells.data + table->cells.length / sizeof(struct cell) - 1;
}

static int refuse(const struct parse *parse, const char *why) {
    (void)ng_err_set(parse->err, NG_ERR_INPUT, "%s: %s", parse->path, why);
    return ng_err_hint(parse->err, "convert it to JSON lines, or index the file as it is with --json-as text");
}

static int add_column(struct parse *parse) {
    struct ng_table *table = parse->table;
    if (table->columns.length / sizeof(struct column) == NG_MAX_TABLE_COLUMNS) {
        return ng_err_set(parse->err, NG_ERR_LIMIT, "%s: over %u columns (NG_MAX_TABLE_COLUMNS)", parse->path,
                          NG_MAX_TABLE_COLUMNS);
    }
    const struct column column = {.name = parse->key, .first = table->cells.length / sizeof(struct cell)};
    return ng_buf_append(&table->columns, &column, sizeof column, parse->err);
}

/* A value starts, which of a number or a string is also its end. */
static int take_value(struct parse *parse, enum ng_json_event event, size_t begin, size_t end) {
    struct ng_table *table = parse->table;
    const unsigned depth = parse->in.depth;
    bool holds_more = event == NG_JSON_OBJECT || event == NG_JSON_ARRAY;
    if (depth == 0) return NG_OK;
    if (depth == 1 && !table->by_row) {
        return holds_more ? add_column(parse) : refuse(parse, "a dict of columns has a value that is no column");
    }
    if (depth == 1 && event != NG_JSON_OBJECT) return refuse(parse, "a dict of rows has a value that is no object");
    if (depth != (table->by_row ? 1 : 2)) return NG_OK;
    struct cell cell = {.value = {begin, end}};
    bool in_object = table->by_row || parse->key.end > 0;
    if (in_object) cell.key = parse->key;
    parse->key = (struct range){0};
    if (!table->by_row) last_column(table)->count++;
    else table->rows++;
    return ng_buf_append(&table->cells, &cell, sizeof cell, parse->err);
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    struct ng_table *table = parse->table;
    const unsigned depth = parse->in.depth;
    size_t begin = token_begin(parse);
    size_t end = ng_json_in_offset(&parse->in);
    int status = NG_OK;
    parse->last_end = end;
    if (event == NG_JSON_KEY) {
        if (table->by_row && depth == 2) last_cell(table)->has_key |= length == 3 && memcmp(bytes, "key", 3) == 0;
        else parse->key = (struct range){begin, end};
    } else if (event == NG_JSON_END) {
        if (depth == (table->by_row ? 1 : 2)) last_cell(table)->value.end = end;
    } else {
        status = take_value(parse, event, begin, end);
        if (depth == 1 && !table->by_row) parse->key = (struct range){0};
    }
    return status;
}

/* Whether the cells of all columns stand for the same rows. */
static int check_columns(const struct parse *parse) {
    struct ng_table *table = parse->table;
    const struct column *columns = (const void *)table->columns.data;
    const struct cell *cells = (const void *)table->cells.data;
    size_t count = table->columns.length / sizeof *columns;
    table->rows = count > 0 ? columns[0].count : 0;
    for (size_t c = 1; c < count; c++) {
        if (columns[c].count != table->rows) return refuse(parse, "a dict of columns that differ in length");
        for (uint64_t row = 0; row < table->rows; row++) {
            struct range a = cells[row].key;
            struct range b = cells[columns[c].first + row].key;
            bool same = a.end - a.begin == b.end - b.begin &&
                        memcmp(table->bytes + a.begin, table->bytes + b.begin, a.end - a.begin) == 0;
            if (!same) return refuse(parse, "a dict of columns that differ in their keys");
        }
    }
    return NG_OK;
}

int ng_table_open(struct ng_table *table, const char *path, const uint8_t *bytes, size_t length, bool by_row,
                  struct ng_err *err) {
    struct parse parse = {.table = table, .path = path, .err = err};
    table->bytes = bytes;
    table->by_row = by_row;
    table->rows = 0;
    table->columns.length = table->cells.length = 0;
    parse.in = (struct ng_json_in){.take = take, .context = &parse, .deepest = 2, .any_bytes = true};
    int status = ng_json_read(&parse.in, bytes, length, err);
    if (parse.in.reason[0]) {
        (void)ng_err_set(err, status, "%s: not JSON: %s, at byte %zu", path, parse.in.reason, parse.in.refused_at);
        return ng_err_hint(err, "if the file is cut short, fetch it again");
    }
    return status || by_row ? status : check_columns(&parse);
}

static int append_range(struct ng_table *table, struct range range, struct ng_err *err) {
    return ng_buf_append(&table->record, table->bytes + range.begin, range.end - range.begin, err);
}

static int append_text(struct ng_table *table, const char *text, struct ng_err *err) {
    return ng_buf_append(&table->record, text, strlen(text), err);
}

static int make_row(struct ng_table *table, const struct cell *cell, struct ng_err *err) {
    static const char head[] = "{\"key\":";
    if (cell->has_key) return append_range(table, cell->value, err);
    struct range rest = {cell->value.begin + 1, cell->value.end};
    bool empty = table->bytes[rest.begin + strspn((const char *)table->bytes + rest.begin, " \t\r\n")] == '}';
    int status = append_text(table, head, err);
    if (!status) status = append_range(table, cell->key, err);
    if (!status && !empty) status = append_text(table, ",", err);
    return status ? status : append_range(table, rest, err);
}

int ng_table_row(struct ng_table *table, uint64_t number, const uint8_t **bytes, size_t *length, struct ng_err *err) {
    const struct cell *cells = (const void *)table->cells.data;
    const struct column *columns = (const void *)table->columns.data;
    size_t count = table->columns.length / sizeof *columns;
    table->record.length = 0;
    int status = table->by_row ? make_row(table, &cells[number], err) : NG_OK;
    for (size_t c = 0; c < count && !status; c++) {
        status = append_text(table, c ? "," : "{", err);
        if (!status) status = append_range(table, columns[c].name, err);
        if (!status) status = append_text(table, ":", err);
        if (!status) status = append_range(table, cells[columns[c].first + number].value, err);
    }
    if (!status && !table->by_row) status = append_text(table, "}", err);
    *bytes = table->record.data;
    *length = table->record.length;
    return status;
}

void ng_table_free(struct ng_table *table) {
    ng_buf_free(&table->columns);
    ng_buf_free(&table->cells);
    ng_buf_free(&table->record);
    *table = (struct ng_table){0};
}
