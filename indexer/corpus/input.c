#include "indexer/corpus/input.h"

#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/convert/parquet.h"
#include "indexer/corpus/libarchive.h"

enum { READ_BYTES = 1 << 16, KEPT_BYTES = 4 << 20 };

static void note(const struct ng_input *input, enum ng_note what, const char *why) {
    if (input->options.note) input->options.note(input->options.note_context, what, input->part, 0, why);
}

static int make_room(void *context, struct ng_err *err) {
    struct ng_input *input = context;
    int status = input->bounds.make_room ? input->bounds.make_room(input->bounds.context, err) : NG_OK;
    input->blameless |= status != NG_OK;
    return status;
}

static struct ng_record_bounds inner_bounds(struct ng_input *input) {
    return (struct ng_record_bounds){.most_bytes = input->bounds.most_bytes, .room_bytes = input->bounds.room_bytes,
                                     .make_room = make_room, .context = input};
}

/* The windows of standard input and of members are not known beforehand, so that no plan counts them. */
static void bound_window(const struct ng_input *input, struct ng_stream *stream, bool is_planned) {
    uint64_t most = input->options.most_window_bytes;
    if (!is_planned && input->bounds.most_bytes < most) most = input->bounds.most_bytes;
    ng_stream_limit_window(stream, most);
}

int ng_input_open(struct ng_input *input, const char *path, bool is_given, struct ng_err *err) {
    input->path = input->part = path;
    input->is_given = is_given;
    input->begun = input->in_part = false;
    input->units = 0;
    input->blameless = false;
    int status = ng_stream_open(&input->file, path, err);
    if (!status) status = ng_stream_hash(input->file, err);
    if (!status) bound_window(input, input->file, strcmp(path, "-") != 0);
    return status;
}

static int too_long(const struct ng_input *input, struct ng_err *err) {
    bool is_own_limit = input->bounds.most_bytes == NG_MAX_RECORD_BYTES;
    (void)ng_err_set(err, NG_ERR_LIMIT, "%s: over %llu bytes (%s), as one document", input->part,
                     (unsigned long long)input->bounds.most_bytes,
                     is_own_limit ? "NG_MAX_RECORD_BYTES" : "what fits the memory");
    return ng_err_hint(err, "%ssplit it, make it JSON lines, or pass over such files with --skip-bad-files",
                       is_own_limit ? "" : "give a larger --memory, ");
}

/* Reads the rest of the part into whole. */
static int read_whole(struct ng_input *input, struct ng_err *err) {
    struct ng_buf *whole = &input->whole;
    bool has_room = false;
    whole->length = 0;
    for (;;) {
        bool at_end;
        int status = ng_stream_append(input->stream, whole, READ_BYTES, &at_end, err);
        if (status || at_end) return status;
        if (whole->length > input->bounds.most_bytes) return too_long(input, err);
        if (!has_room && whole->length > input->bounds.room_bytes) {
            has_room = true;
            status = make_room(input, err);
            if (status) return status;
        }
    }
}

/* Puts the bytes of a converter in the place of the part's. */
static int convert(struct ng_input *input, enum ng_kind kind, struct ng_err *err) {
    int status;
    if (kind == NG_KIND_PARQUET) {
        if (input->archive) {
            (void)ng_err_set(err, NG_ERR_INPUT, "%s: Parquet is read from a file only, not from within an archive", input->part);
            return ng_err_hint(err, "unpack it first; Parquet is compressed within");
        }
        status = ng_parquet_open(&input->made, input->part, input->stream, err);
    } else {
        status = ng_recode_open(&input->made, input->part, input->stream, kind == NG_KIND_UTF16 ? "UTF-16" : "UTF-32", err);
    }
    input->stream = input->made;
    return status;
}

static int start_table(struct ng_input *input, struct ng_err *err) {
    int status = read_whole(input, err);
    if (status) return status;
    const uint8_t *bytes = input->whole.data;
    size_t length = input->whole.length;
    size_t mark = ng_utf8_mark_bytes(bytes, length);
    input->row = 0;
    return ng_table_open(&input->table, input->part, bytes + mark, length - mark, input->kind == NG_KIND_ROWS, err);
}

/* Files that were named are read as they seem to be meant, or refused; among those found in folders some will be
 * something else, and are passed over or read as text, which is told. */
static void settle_kind(struct ng_input *input, const uint8_t *head, size_t length) {
    if (input->kind == NG_KIND_NO_FIELD) {
        bool meant = input->is_given || input->options.skip_bad_lines || input->options.json_as == NG_JSON_AS_RECORDS ||
                     ng_tell_names_field(head, length, input->options.text_field);
        if (meant) input->kind = NG_KIND_LINES;
    }
    if (input->kind == NG_KIND_NO_RECORD && input->is_given && !input->archive) input->kind = NG_KIND_VALUES;
    if (input->kind == NG_KIND_NO_RECORD && ng_utf8_find_utf16(head, length)) input->kind = NG_KIND_BINARY;
    if (input->kind == NG_KIND_NO_RECORD) {
        note(input, NG_NOTE_AS_TEXT, "");
        input->kind = NG_KIND_TEXT;
    }
}

static int start_reader(struct ng_input *input, struct ng_err *err) {
    const struct ng_record_bounds bounds = inner_bounds(input);
    input->in_part = true;
    input->whole_given = false;
    input->kinds[input->kind]++;
    switch (input->kind) {
    case NG_KIND_LINES: ng_jsonl_start(&input->lines, input->stream, NG_JSONL_LINES, &bounds); break;
    case NG_KIND_CR_LINES: ng_jsonl_start(&input->lines, input->stream, NG_JSONL_CR_LINES, &bounds); break;
    case NG_KIND_VALUES: ng_jsonl_start(&input->lines, input->stream, NG_JSONL_VALUES, &bounds); break;
    case NG_KIND_WARC: ng_warc_start(&input->warc, input->part, input->stream, &bounds); break;
    case NG_KIND_COLUMNS:
    case NG_KIND_ROWS: return start_table(input, err);
    default: break;
    }
    return NG_OK;
}

static int open_archive(struct ng_input *input, struct ng_err *err) {
    const struct ng_libarchive *library;
    int status = ng_libarchive_load(&library, err);
    input->blameless |= status != NG_OK;
    return status ? status : ng_archive_open(&input->archive, input->part, input->stream, err);
}

/* Tells what the part is, and gets ready to read it. Without an error it may be passed over: in_part stays false. */
static int start_part(struct ng_input *input, struct ng_stream *stream, struct ng_err *err) {
    struct ng_told told = {.kind = NG_KIND_UTF16};
    const uint8_t *head;
    size_t length;
    enum ng_kind first = NG_KINDS;
    input->stream = stream;
    for (int look = 0; look < 2; look++) {
        int status = ng_stream_peek(input->stream, &head, &length, err);
        if (!status) status = ng_tell(&told, input->part, head, length, input->options.text_field, input->options.json_as, err);
        if (status) return status;
        bool converts = told.kind == NG_KIND_UTF16 || told.kind == NG_KIND_UTF32 || told.kind == NG_KIND_PARQUET;
        if (look > 0 || !converts) break;
        first = told.kind;
        input->kinds[first]++;
        status = convert(input, told.kind, err);
        if (status) return status;
        if (told.kind == NG_KIND_PARQUET) {
            told.kind = NG_KIND_LINES;
            break;
        }
    }
    input->kind = told.kind;
    if (told.kind == NG_KIND_TAR && !input->archive && first == NG_KINDS) {
        input->kinds[NG_KIND_TAR]++;
        return open_archive(input, err);
    }
    settle_kind(input, head, length);
    if (input->kind == NG_KIND_NO_FIELD) {
        note(input, NG_NOTE_NO_FIELD, "");
        input->no_fields++;
    } else if (input->kind == NG_KIND_TAR) {
        note(input, NG_NOTE_BINARY, "an archive within an archive: unpack it");
    } else if (input->kind == NG_KIND_BINARY) {
        note(input, NG_NOTE_BINARY, told.what ? told.what : ng_tell_binary(head, length));
    } else {
        int status = start_reader(input, err);
        if (first != NG_KINDS) input->kinds[input->kind]--; /* counted as what it was before */
        return status;
    }
    return NG_OK;
}

static void end_part(struct ng_input *input) {
    input->units = ng_input_position(input);
    input->in_part = false;
    ng_stream_close(input->made);
    input->made = NULL;
}

/* *more is false at the end of the file. */
static int next_part(struct ng_input *input, bool *more, struct ng_err *err) {
    struct ng_stream *member = input->file;
    *more = true;
    if (!input->archive && !input->begun) {
        input->begun = true;
        return start_part(input, input->file, err);
    }
    *more = input->archive != NULL;
    if (!*more) return NG_OK;
    int status = ng_archive_next(input->archive, &input->part, &member, err);
    *more = member != NULL;
    if (status || !member) return status;
    bound_window(input, member, false);
    return start_part(input, member, err);
}

static int next_line(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    struct ng_line line;
    int status = ng_jsonl_next(&input->lines, &line, found, err);
    if (status == NG_ERR_INPUT && input->kind == NG_KIND_VALUES && input->lines.at_end) {
        (void)ng_err_set(err, status, "%s: the file is cut short: its array does not end", input->part);
        return ng_err_hint(err, "fetch the file again, or pass over such files with --skip-bad-files");
    }
    if (status || !*found) return status;
    *unit = (struct ng_unit){.bytes = line.bytes, .length = line.length, .path = input->part, .line = line.number,
                             .is_record = true, .too_long = line.too_long};
    return NG_OK;
}

static int next_row(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    size_t length;
    *found = input->row < input->table.rows;
    if (!*found) return NG_OK;
    *unit = (struct ng_unit){.path = input->part, .line = input->row + 1, .is_record = true};
    int status = ng_table_row(&input->table, input->row++, &unit->bytes, &length, err);
    unit->length = length;
    return status;
}

static int next_page(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    struct ng_warc_record record;
    int status = ng_warc_next(&input->warc, &record, found, err);
    if (status || !*found) return status;
    *unit = (struct ng_unit){.bytes = record.text, .length = record.text_bytes, .metadata = record.metadata,
                             .metadata_bytes = record.metadata_bytes, .path = input->part, .line = record.number,
                             .too_long = record.too_long};
    return NG_OK;
}

static int next_text(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    static const uint8_t no_metadata[] = {'{', '}'};
    *found = !input->whole_given;
    if (!*found) return NG_OK;
    int status = read_whole(input, err);
    input->whole_given = true;
    *unit = (struct ng_unit){.bytes = input->whole.data, .length = input->whole.length, .metadata = no_metadata,
                             .metadata_bytes = sizeof no_metadata, .path = input->part};
    return status;
}

static int next_unit(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    switch (input->kind) {
    case NG_KIND_LINES:
    case NG_KIND_CR_LINES:
    case NG_KIND_VALUES: return next_line(input, unit, found, err);
    case NG_KIND_COLUMNS:
    case NG_KIND_ROWS: return next_row(input, unit, found, err);
    case NG_KIND_WARC: return next_page(input, unit, found, err);
    default: return next_text(input, unit, found, err);
    }
}

int ng_input_next(struct ng_input *input, struct ng_unit *unit, bool *found, struct ng_err *err) {
    bool more = true;
    *found = false;
    for (;;) {
        int status = NG_OK;
        while (!status && more && !input->in_part) {
            ng_stream_close(input->made);
            input->made = NULL;
            status = next_part(input, &more, err);
        }
        if (status || !more) return status;
        status = next_unit(input, unit, found, err);
        if (status || *found) return status;
        end_part(input);
    }
}

uint64_t ng_input_position(const struct ng_input *input) {
    if (!input->in_part) return input->units;
    switch (input->kind) {
    case NG_KIND_LINES:
    case NG_KIND_CR_LINES:
    case NG_KIND_VALUES: return input->units + input->lines.number;
    case NG_KIND_COLUMNS:
    case NG_KIND_ROWS: return input->units + input->row;
    case NG_KIND_WARC: return input->units + input->warc.number;
    default: return input->units + input->whole_given;
    }
}

void ng_input_trim(struct ng_input *input) {
    bool in_use = input->in_part && (input->kind == NG_KIND_COLUMNS || input->kind == NG_KIND_ROWS);
    if (in_use) return;
    input->whole.length = 0;
    ng_buf_trim(&input->whole, KEPT_BYTES);
}

void ng_input_close(struct ng_input *input) {
    end_part(input);
    ng_archive_close(input->archive);
    ng_stream_close(input->file);
    input->archive = NULL;
    input->file = NULL;
}

void ng_input_free(struct ng_input *input) {
    ng_input_close(input);
    ng_jsonl_free(&input->lines);
    ng_warc_free(&input->warc);
    ng_table_free(&input->table);
    ng_buf_free(&input->whole);
}
