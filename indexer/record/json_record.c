#include "indexer/record/json_record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/json/in.h"
#include "indexer/record/json_paths.h"
#include "common/json/nonfinite.h"

enum {
    LISTED_FIELDS = 6,       /* named by the error for a missing text field */
    LISTED_FIELD_BYTES = 40, /* of each */
    KEPT_BYTES = 4 << 20,    /* of a buffer */
    LONG_BYTES = KEPT_BYTES / 16 /* a record of less makes no buffer larger, not even one of its pieces */
};

/* Half-open, in bytes of the record. */
struct range {
    size_t begin;
    size_t end;
};

/* A string that is part of the text, in deep reading. */
struct piece {
    struct range token;   /* with its quotes */
    size_t decoded_begin; /* in parser->decoded */
    size_t decoded_end;
    unsigned path;
};

struct ng_record_parser {
    const char *text_field; /* paths.names */
    size_t text_field_bytes;
    struct ng_json_paths paths;
    bool deep;              /* the paths have steps, or are several */
    struct ng_buf pieces;   /* struct piece, in the order of the record */
    struct ng_buf decoded;
    struct ng_buf plain;    /* the record with numbers for NaN and Infinity */
    struct ng_buf text;     /* decoded, where it had escapes, or in pieces */
    struct ng_buf repaired; /* the record, where it was ill-formed */
    struct ng_buf metadata;
    struct ng_json_in in;
    bool had_long; /* a record of over LONG_BYTES, since the buffers were trimmed */
};

/* One reading of one record. */
struct parse {
    struct ng_record_parser *parser;
    const char *path;
    uint64_t line;
    const uint8_t *bytes;
    size_t length;
    const uint8_t *original; /* as bytes, with NaN and Infinity; NULL: there are none */
    struct ng_err *err;

    bool deep;       /* this record is read so, as the parser's paths demand or as its text is an array */
    bool wants_deep; /* the text field is an array */
    size_t last_end; /* of the token before, in deep reading */
    unsigned wrong_path; /* one that leads to what is no string */
    enum ng_json_event wrong_kind;
    bool has_wrong;
    bool has_null; /* which is no error beside a text */
    bool at_text; /* the last top-level key was the text field */
    bool has_text;
    bool first_is_text;
    bool text_has_escapes;
    const uint8_t *text;
    size_t text_bytes;
    struct range text_token; /* with its quotes */
    size_t key_end;          /* of the last top-level key */
    struct range object;
    size_t member_end; /* of the last top-level member that is complete, or of the opening brace */
    size_t cut_begin;  /* member_end when the text field came */
    size_t field_count;
    struct range fields[LISTED_FIELDS]; /* the first keys, with what is before them (string_token) */
};

#define AT_LINE "%s:%llu: "
#define AT_LINE_ARGS(parse) (parse)->path, (unsigned long long)(parse)->line

static void hint_one_a_line(struct ng_err *err) {
    (void)ng_err_hint(err, "one document per line is expected: jq -c . FILE puts an object on one line, "
                      "jq -c '.[]' FILE the objects of an array; --skip-bad-lines skips bad lines");
}

/* Of a later line the order of the bytes cannot be told: it may begin with the second byte of a line end. */
static int refuse_utf16(const struct parse *parse, const char *utf16, int status) {
    (void)ng_err_set(parse->err, status, AT_LINE "looks like UTF-16 without a byte order mark", AT_LINE_ARGS(parse));
    if (parse->line <= 1) return ng_err_hint(parse->err, "iconv -f %s -t UTF-8 FILE makes it UTF-8", utf16);
    return ng_err_hint(parse->err, "make all lines UTF-8 (iconv), or skip such lines with --skip-bad-lines");
}

/* Lines that are no JSON for a reason that is plain to see. */
static int refuse_syntax(const struct parse *parse, const struct ng_json_in *in, int status) {
    const uint8_t *bytes = parse->bytes;
    const char *const place = "at byte";
    size_t first_zero = in->refused_at;
    while (first_zero > 0 && bytes[first_zero - 1] == 0) first_zero--;
    size_t zeros = 0;
    while (first_zero + zeros < parse->length && bytes[first_zero + zeros] == 0) zeros++;
    const char *utf16 = zeros > 0 ? ng_utf8_find_utf16(bytes, parse->length) : NULL;
    if (utf16) return refuse_utf16(parse, utf16, status);
    if (zeros > 0) {
        (void)ng_err_set(parse->err, status, AT_LINE "%zu NUL bytes %s %zu of the line", AT_LINE_ARGS(parse), zeros, place,
                         first_zero);
        return ng_err_hint(parse->err, "a crash or a bad copy leaves such holes: fetch the file again, cut them out "
                           "(tr -d '\\0' < FILE), or skip such lines with --skip-bad-lines");
    }
    size_t end = parse->object.end;
    size_t next = end;
    while (next < parse->length && memchr(" \t\r,", bytes[next], 4)) next++;
    if (end > 0 && next < parse->length && (bytes[next] == '{' || bytes[next] == '[')) {
        bool cr = memchr(bytes + end, '\r', next - end) != NULL;
        (void)ng_err_set(parse->err, status, AT_LINE "%s, the second %s %zu of the line", AT_LINE_ARGS(parse),
                         cr ? "records end in CR without LF" : "two records on one line", place, next);
        return ng_err_hint(parse->err, "jq -c . FILE puts each on a line of its own; --skip-bad-lines skips bad lines");
    }
    (void)ng_err_set(parse->err, status, AT_LINE "not JSON: %s, %s %zu of the line", AT_LINE_ARGS(parse), in->reason,
                     place, in->refused_at);
    hint_one_a_line(parse->err);
    return status;
}

/* The string token that ends at end and has nothing but white space, comma or colon between it and begin. */
static struct range string_token(const struct parse *parse, size_t begin, size_t end) {
    assert(begin < end && end <= parse->length);
    const uint8_t *quote = memchr(parse->bytes + begin, '"', end - begin);
    assert(quote);
    return (struct range){.begin = (size_t)(quote - parse->bytes), .end = end};
}

static int hint_text_field(struct ng_err *err) {
    return ng_err_hint(err, "name the field that holds the text with --text-field; it may be a path (messages.content), or "
                       "several (title,body); --json-as text indexes the file as it is");
}

/* Whether a value may stand where it does. */
static int check_value(struct parse *parse, unsigned depth, enum ng_json_event event) {
    if (depth == 0 && event != NG_JSON_OBJECT) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "the record is %s, not a JSON object", AT_LINE_ARGS(parse),
                         ng_json_kinds[event]);
        hint_one_a_line(parse->err);
        return NG_ERR_INPUT;
    }
    if (depth == 1 && parse->at_text && event == NG_JSON_ARRAY) {
        parse->wants_deep = true;
        return NG_ERR_INPUT; /* of no interest: it is read again */
    }
    if (depth == 1 && parse->at_text && event != NG_JSON_STRING) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" is %s, not a string", AT_LINE_ARGS(parse),
                         parse->parser->text_field, ng_json_kinds[event]);
        return hint_text_field(parse->err);
    }
    return NG_OK;
}

static int take_text(struct parse *parse, const uint8_t *text, size_t length, size_t end) {
    struct ng_record_parser *parser = parse->parser;
    uintptr_t record = (uintptr_t)parse->bytes;
    bool in_record = (uintptr_t)text >= record && (uintptr_t)text < record + parse->length;
    parse->text_token = string_token(parse, parse->key_end, end);
    parse->text_has_escapes = !in_record;
    if (!in_record) {
        /* yajl decodes the next string with escapes into the same place. */
        parser->text.length = 0;
        int status = ng_buf_append(&parser->text, text, length, parse->err);
        if (status) return status;
        text = parser->text.data;
    }
    parse->text = text;
    parse->text_bytes = length;
    parse->at_text = false;
    return NG_OK;
}

static bool is_text_field(const struct parse *parse, const uint8_t *key, size_t length, size_t end) {
    if (memcmp(key, parse->parser->text_field, length) != 0) return false;
    struct range token = string_token(parse, parse->member_end, end);
    return ng_json_find_lone_surrogate(parse->bytes + token.begin, token.end - token.begin) == NG_JSON_NO_OFFSET;
}

/* A key that is as long as the text field. */
static __attribute__((noinline)) int take_likely_key(struct parse *parse, const uint8_t *key, size_t length, size_t end) {
    parse->at_text = is_text_field(parse, key, length, end);
    if (!parse->at_text) return NG_OK;
    parse->key_end = end;
    if (parse->has_text) {
        return ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" appears twice", AT_LINE_ARGS(parse),
                          parse->parser->text_field);
    }
    parse->has_text = true;
    parse->first_is_text = parse->field_count == 1;
    parse->cut_begin = parse->member_end;
    return NG_OK;
}

/* These three are small and called last: short documents have as many keys and values as words. */
static __attribute__((noinline)) int take_key(struct parse *parse, const uint8_t *key, size_t length) {
    const size_t end = ng_json_in_offset(&parse->parser->in);
    if (parse->field_count < LISTED_FIELDS) parse->fields[parse->field_count] = (struct range){parse->member_end, end};
    parse->field_count++;
    parse->at_text = false;
    return length == parse->parser->text_field_bytes ? take_likely_key(parse, key, length, end) : NG_OK;
}

static __attribute__((noinline)) int take_rest(struct parse *parse, enum ng_json_event event, const uint8_t *bytes,
                                               size_t length) {
    const unsigned depth = parse->parser->in.depth;
    const size_t end = ng_json_in_offset(&parse->parser->in);
    int status = event == NG_JSON_END ? NG_OK : check_value(parse, depth, event);
    if (!status && depth == 1 && parse->at_text) status = take_text(parse, bytes, length, end);
    if (depth == 1 || event == NG_JSON_OBJECT) parse->member_end = end;
    if (depth == 0 && event == NG_JSON_OBJECT) parse->object.begin = end - 1;
    if (depth == 0 && event == NG_JSON_END) parse->object.end = end;
    return status;
}

/* A value of a member that is not the text, as most are. */
static __attribute__((noinline)) int pass_value(struct parse *parse) {
    parse->member_end = ng_json_in_offset(&parse->parser->in);
    return NG_OK;
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    const struct ng_json_in *in = &parse->parser->in;
    if (event == NG_JSON_KEY) return take_key(parse, bytes, length);
    if (event >= NG_JSON_OBJECT || in->depth != 1 || parse->at_text) return take_rest(parse, event, bytes, length);
    return pass_value(parse);
}

/* Takes a string that a path leads to. */
static int take_piece(struct parse *parse, unsigned path, struct range token, const uint8_t *bytes, size_t length) {
    struct ng_record_parser *parser = parse->parser;
    const struct piece piece = {.token = token, .decoded_begin = parser->decoded.length,
                                .decoded_end = parser->decoded.length + length, .path = path};
    int status = ng_buf_append(&parser->pieces, &piece, sizeof piece, parse->err);
    if (!status) status = ng_buf_append(&parser->decoded, bytes, length, parse->err);
    parse->has_text = true;
    return status;
}

static int take_deep(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    struct ng_json_paths *paths = &parse->parser->paths;
    const unsigned depth = parse->parser->in.depth;
    const size_t end = ng_json_in_offset(&parse->parser->in);
    size_t begin = parse->last_end;
    parse->last_end = end;
    if (event == NG_JSON_END) {
        if (depth == 0) parse->object.end = end;
        return NG_OK;
    }
    if (event == NG_JSON_KEY) {
        ng_json_paths_key(paths, depth, bytes, length);
        if (depth > 1) return NG_OK;
        if (parse->field_count < LISTED_FIELDS) parse->fields[parse->field_count] = (struct range){begin, end};
        parse->field_count++;
        return NG_OK;
    }
    parse->at_text = false;
    int status = check_value(parse, depth, event);
    if (status) return status;
    if (depth == 0) parse->object.begin = end - 1;
    unsigned path = ng_json_paths_value(paths, depth, event);
    if (path == NG_JSON_OFF_PATH || event == NG_JSON_ARRAY) return NG_OK;
    if (event == NG_JSON_STRING) return take_piece(parse, path, string_token(parse, begin, end), bytes, length);
    if (event == NG_JSON_OBJECT && ng_json_paths_goes_on(paths, path)) return NG_OK;
    parse->has_null |= event == NG_JSON_NULL;
    if (parse->has_wrong) return NG_OK;
    parse->has_wrong = event != NG_JSON_NULL;
    parse->wrong_path = path;
    parse->wrong_kind = event;
    return NG_OK;
}

/* Joins the pieces, path by path, with line ends between them. */
static int join_pieces(struct parse *parse) {
    struct ng_record_parser *parser = parse->parser;
    const struct piece *pieces = (const void *)parser->pieces.data;
    size_t count = parser->pieces.length / sizeof *pieces;
    bool first = true;
    parser->text.length = 0;
    /* So that texts without a byte lie somewhere, too. */
    int status = ng_buf_reserve(&parser->text, 1, parse->err);
    if (!status) status = ng_buf_reserve(&parser->decoded, 1, parse->err);
    for (unsigned path = 0; path < parser->paths.count; path++) {
        for (size_t i = 0; i < count && !status; i++) {
            if (pieces[i].path != path) continue;
            if (!first) status = ng_buf_append(&parser->text, "\n", 1, parse->err);
            first = false;
            if (!status) status = ng_buf_append(&parser->text, parser->decoded.data + pieces[i].decoded_begin,
                                                pieces[i].decoded_end - pieces[i].decoded_begin, parse->err);
        }
    }
    parse->text = parser->text.data;
    parse->text_bytes = parser->text.length;
    return status;
}

static int refuse_wrong(const struct parse *parse) {
    const struct ng_json_path *path = &parse->parser->paths.paths[parse->wrong_path];
    (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%.*s\" is %s, not a string", AT_LINE_ARGS(parse),
                     (int)path->name_bytes, path->name, ng_json_kinds[parse->wrong_kind]);
    return hint_text_field(parse->err);
}

static int missing_text(const struct parse *parse, struct ng_err *err) {
    char list[LISTED_FIELDS * (LISTED_FIELD_BYTES + 8)];
    size_t used = 0;
    for (size_t i = 0; i < parse->field_count && i < LISTED_FIELDS; i++) {
        struct range token = string_token(parse, parse->fields[i].begin, parse->fields[i].end);
        const uint8_t *name = parse->bytes + token.begin;
        size_t length = token.end - token.begin;
        bool cut = length > LISTED_FIELD_BYTES;
        if (cut) length = LISTED_FIELD_BYTES;
        while (cut && length > 0 && ng_utf8_is_continuation(name[length])) length--;
        int printed = snprintf(list + used, sizeof list - used, "%s%.*s%s", i ? ", " : "", (int)length,
                               (const char *)name, cut ? "..." : "");
        assert(printed >= 0 && (size_t)printed < sizeof list - used);
        used += (size_t)printed;
    }
    list[used] = '\0';
    (void)ng_err_set(err, NG_ERR_INPUT, AT_LINE "no field \"%s\"; the record has %s%s", AT_LINE_ARGS(parse),
                     parse->parser->text_field, used ? list : "no fields",
                     parse->field_count > LISTED_FIELDS ? ", ..." : "");
    return hint_text_field(err);
}

static int read_json(struct parse *parse) {
    struct ng_record_parser *parser = parse->parser;
    struct ng_json_in *in = &parser->in;
    in->take = parse->deep ? take_deep : take;
    in->context = parse;
    in->deepest = parse->deep ? 0 : 1;
    in->any_bytes = true; /* ill-formed text is a matter of policy, not of syntax */
    parser->pieces.length = parser->decoded.length = 0;
    if (parse->deep) ng_json_paths_begin(&parser->paths);
    int status = ng_json_read(in, parse->bytes, parse->length, parse->err);
    if (status == NG_ERR_LIMIT && in->reason[0]) {
        return ng_err_set(parse->err, status, AT_LINE "%s", AT_LINE_ARGS(parse), in->reason);
    }
    if (in->reason[0]) return refuse_syntax(parse, in, status);
    if (!status && (parse->has_wrong || (parse->has_null && !parse->has_text))) return refuse_wrong(parse);
    if (status || !parse->has_text) return status ? status : missing_text(parse, parse->err);
    return parse->deep ? join_pieces(parse) : NG_OK;
}

/* Puts numbers for NaN and Infinity into a copy of the record that was refused. Whether there were any. */
static bool replace_nonfinite(struct parse *parse, int *status) {
    struct ng_buf *plain = &parse->parser->plain;
    plain->length = 0;
    *status = ng_buf_append(plain, parse->bytes, parse->length, parse->err);
    if (*status || !ng_nonfinite_replace(plain->data, plain->length)) return false;
    parse->original = parse->bytes;
    parse->bytes = plain->data;
    return true;
}

/* Reads the record, and again where it turns out to need another way. */
static int run(struct parse *parse) {
    for (;;) {
        int status = read_json(parse);
        if (status != NG_ERR_INPUT) return status;
        struct parse fresh = {.parser = parse->parser, .path = parse->path, .line = parse->line, .bytes = parse->bytes,
                              .length = parse->length, .original = parse->original, .err = parse->err, .deep = parse->deep};
        if (parse->wants_deep) {
            fresh.deep = true; /* for this record alone: what comes of one does not depend on those before */
        } else if (!parse->parser->in.reason[0] || fresh.original || !replace_nonfinite(&fresh, &status)) {
            return status ? status : NG_ERR_INPUT;
        }
        *parse = fresh;
    }
}

static int refuse_metadata(const struct parse *parse, size_t length) {
    return ng_err_set(parse->err, NG_ERR_LIMIT,
                      AT_LINE "%llu bytes of metadata, over the limit of %llu (NG_MAX_METADATA_BYTES)",
                      AT_LINE_ARGS(parse), (unsigned long long)length, (unsigned long long)NG_MAX_METADATA_BYTES);
}

/* The object with its pieces of text emptied. */
static int empty_pieces(const struct parse *parse, const uint8_t *bytes, struct ng_buf *metadata) {
    const struct piece *pieces = (const void *)parse->parser->pieces.data;
    size_t count = parse->parser->pieces.length / sizeof *pieces;
    size_t at = parse->object.begin;
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_buf_append(metadata, bytes + at, pieces[i].token.begin + 1 - at, parse->err);
        at = pieces[i].token.end - 1;
        if (metadata->length > NG_MAX_METADATA_BYTES) return refuse_metadata(parse, metadata->length);
    }
    size_t rest = parse->object.end - at;
    if (metadata->length + rest > NG_MAX_METADATA_BYTES) return refuse_metadata(parse, metadata->length + rest);
    return status ? status : ng_buf_append(metadata, bytes + at, rest, parse->err);
}

/* Leaves the text member out of the object. */
static int cut_member(const struct parse *parse, const uint8_t *bytes, struct ng_buf *metadata) {
    struct range cut = {.begin = parse->cut_begin, .end = parse->text_token.end};
    if (parse->first_is_text) {
        /* Ends at the comma or at the closing brace, at the latest. */
        size_t next = cut.end + strspn((const char *)bytes + cut.end, " \t\r\n");
        if (bytes[next] == ',') cut.end = next + 1;
    }
    size_t length = parse->object.end - parse->object.begin - (cut.end - cut.begin);
    if (length > NG_MAX_METADATA_BYTES) return refuse_metadata(parse, length);
    int status = ng_buf_append(metadata, bytes + parse->object.begin, cut.begin - parse->object.begin, parse->err);
    return status ? status : ng_buf_append(metadata, bytes + cut.end, parse->object.end - cut.end, parse->err);
}

static int make_metadata(const struct parse *parse, struct ng_record *record) {
    struct ng_buf *metadata = &parse->parser->metadata;
    const uint8_t *bytes = parse->original ? parse->original : parse->bytes;
    metadata->length = 0;
    int status = parse->deep ? empty_pieces(parse, bytes, metadata) : cut_member(parse, bytes, metadata);
    record->metadata = metadata->data;
    record->metadata_bytes = metadata->length;
    record->nonfinite = parse->original != NULL;
    return status;
}

/* Appends a token of the text to the repaired record. */
static int repair_token(const struct parse *parse, const uint8_t *bytes, struct range token, struct ng_buf *repaired) {
    size_t begin = repaired->length;
    int status = ng_utf8_append_repaired(repaired, bytes + token.begin, token.end - token.begin, parse->err);
    if (!status) (void)ng_json_repair_surrogates(repaired->data + begin, repaired->length - begin);
    return status;
}

/* The tokens that the text is made of. */
static const struct piece *text_pieces(const struct parse *parse, struct piece *only, size_t *count) {
    const struct ng_buf *pieces = &parse->parser->pieces;
    *only = (struct piece){.token = parse->text_token};
    *count = parse->deep ? pieces->length / sizeof *only : 1;
    return parse->deep ? (const void *)pieces->data : only;
}

/* Writes the record anew with U+FFFD for what is ill-formed. */
static int repair(const struct parse *parse) {
    struct ng_buf *repaired = &parse->parser->repaired;
    const uint8_t *bytes = parse->original ? parse->original : parse->bytes;
    struct piece only;
    size_t count;
    const struct piece *pieces = text_pieces(parse, &only, &count);
    size_t at = 0;
    int status = NG_OK;
    repaired->length = 0;
    for (size_t i = 0; i < count && !status; i++) {
        status = ng_utf8_append_repaired(repaired, bytes + at, pieces[i].token.begin - at, parse->err);
        if (!status) status = repair_token(parse, bytes, pieces[i].token, repaired);
        at = pieces[i].token.end;
    }
    return status ? status : ng_utf8_append_repaired(repaired, bytes + at, parse->length - at, parse->err);
}

/* Offset of the first ill-formed piece, or NG_JSON_NO_OFFSET. */
static size_t find_ill_formed(const struct parse *parse) {
    struct piece only;
    size_t count;
    const struct piece *pieces = text_pieces(parse, &only, &count);
    size_t at = ng_utf8_valid_prefix(parse->bytes, parse->length);
    if (at == parse->length) at = NG_JSON_NO_OFFSET;
    if (!parse->text_has_escapes && !parse->deep) return at;
    for (size_t i = 0; i < count; i++) {
        struct range token = pieces[i].token;
        size_t lone = ng_json_find_lone_surrogate(parse->bytes + token.begin, token.end - token.begin);
        if (lone == NG_JSON_NO_OFFSET) continue;
        return lone + token.begin < at ? lone + token.begin : at;
    }
    return at;
}

int ng_record_parse(struct ng_record_parser *parser, const char *path, uint64_t line, const uint8_t *bytes,
                    size_t length, struct ng_record *record, struct ng_err *err) {
    *record = (struct ng_record){0};
    parser->had_long |= length > LONG_BYTES;
    struct parse parse = {.parser = parser, .path = path, .line = line, .bytes = bytes, .length = length, .err = err,
                          .deep = parser->deep};
    int status = run(&parse);
    if (status) return status;
    size_t ill_formed_at = find_ill_formed(&parse);
    if (ill_formed_at != NG_JSON_NO_OFFSET) {
        record->ill_formed = true;
        record->ill_formed_at = ill_formed_at;
        status = repair(&parse);
        if (status) return status;
        parse = (struct parse){.parser = parser, .path = path, .line = line, .bytes = parser->repaired.data,
                               .length = parser->repaired.length, .err = err, .deep = parser->deep};
        status = run(&parse);
        if (status) return status;
    }
    record->text = parse.text;
    record->text_bytes = parse.text_bytes;
    return make_metadata(&parse, record);
}

int ng_record_parser_open(struct ng_record_parser **out, const char *text_field, struct ng_err *err) {
    *out = NULL;
    struct ng_record_parser *parser = calloc(1, sizeof *parser);
    if (!parser) return ng_err_nomem(err, sizeof *parser, "a JSON parser");
    int status = ng_json_paths_open(&parser->paths, text_field, err);
    if (status) {
        ng_record_parser_close(parser);
        return status;
    }
    parser->text_field = parser->paths.names;
    parser->text_field_bytes = strlen(text_field);
    parser->deep = !ng_json_paths_is_plain(&parser->paths);
    *out = parser;
    return NG_OK;
}

enum { BUFFERS = 6 };

static void list_buffers(struct ng_record_parser *parser, struct ng_buf *buffers[BUFFERS]) {
    buffers[0] = &parser->text;
    buffers[1] = &parser->repaired;
    buffers[2] = &parser->metadata;
    buffers[3] = &parser->pieces;
    buffers[4] = &parser->decoded;
    buffers[5] = &parser->plain;
}

void ng_record_parser_trim(struct ng_record_parser *parser) {
    struct ng_buf *buffers[BUFFERS];
    if (!parser->had_long) return;
    parser->had_long = false;
    list_buffers(parser, buffers);
    for (size_t i = 0; i < BUFFERS; i++) {
        buffers[i]->length = 0;
        ng_buf_trim(buffers[i], KEPT_BYTES);
    }
}

void ng_record_parser_close(struct ng_record_parser *parser) {
    if (!parser) return;
    struct ng_buf *buffers[BUFFERS];
    list_buffers(parser, buffers);
    for (size_t i = 0; i < BUFFERS; i++) ng_buf_free(buffers[i]);
    ng_json_paths_free(&parser->paths);
    free(parser);
}
