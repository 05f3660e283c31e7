#include "indexer/corpus/json_record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/json/in.h"

enum {
    LISTED_FIELDS = 6,       /* named by the error for a missing text field */
    LISTED_FIELD_BYTES = 40  /* of each */
};

/* Half-open, in bytes of the record. */
struct range {
    size_t begin;
    size_t end;
};

struct ng_record_parser {
    char *text_field;
    size_t text_field_bytes;
    struct ng_buf text;     /* decoded, where it had escapes */
    struct ng_buf repaired; /* the record, where it was ill-formed */
    struct ng_buf metadata;
    struct ng_json_in in;
};

/* One reading of one record. */
struct parse {
    struct ng_record_parser *parser;
    const char *path;
    uint64_t line;
    const uint8_t *bytes;
    size_t length;
    struct ng_err *err;

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
    struct range fields[LISTED_FIELDS]; /* the first keys, with their quotes */
};

#define AT_LINE "%s:%llu: "
#define AT_LINE_ARGS(parse) (parse)->path, (unsigned long long)(parse)->line

static void hint_one_a_line(struct ng_err *err) {
    (void)ng_err_hint(err, "one document a line is expected: jq -c . FILE puts an object on one line, "
                      "jq -c '.[]' FILE the objects of an array; --skip-bad-lines passes over bad lines");
}

/* The string token that ends at end and has nothing but white space, comma or colon between it and begin. */
static struct range string_token(const struct parse *parse, size_t begin, size_t end) {
    assert(begin < end && end <= parse->length);
    const uint8_t *quote = memchr(parse->bytes + begin, '"', end - begin);
    assert(quote);
    return (struct range){.begin = (size_t)(quote - parse->bytes), .end = end};
}

/* Whether a value may stand where it does. */
static int check_value(const struct parse *parse, unsigned depth, enum ng_json_event event) {
    if (depth == 0 && event != NG_JSON_OBJECT) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "the record is %s, not a JSON object", AT_LINE_ARGS(parse),
                         ng_json_kinds[event]);
        hint_one_a_line(parse->err);
        return NG_ERR_INPUT;
    }
    if (depth == 1 && parse->at_text && event != NG_JSON_STRING) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" is %s, not a string", AT_LINE_ARGS(parse),
                         parse->parser->text_field, ng_json_kinds[event]);
        return ng_err_hint(parse->err, "name the field that holds the text with --text-field");
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

static bool is_text_field(const struct parse *parse, const uint8_t *key, size_t length, struct range token) {
    const struct ng_record_parser *parser = parse->parser;
    return length == parser->text_field_bytes && memcmp(key, parser->text_field, length) == 0 &&
           ng_json_find_lone_surrogate(parse->bytes + token.begin, token.end - token.begin) == NG_JSON_NO_OFFSET;
}

static int take_key(struct parse *parse, const uint8_t *key, size_t length, size_t end) {
    struct range token = string_token(parse, parse->member_end, end);
    parse->key_end = token.end;
    parse->at_text = is_text_field(parse, key, length, token);
    if (parse->at_text && parse->has_text) {
        return ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" is there twice", AT_LINE_ARGS(parse),
                          parse->parser->text_field);
    }
    if (parse->at_text) {
        parse->has_text = true;
        parse->first_is_text = parse->field_count == 0;
        parse->cut_begin = parse->member_end;
    }
    if (parse->field_count < LISTED_FIELDS) parse->fields[parse->field_count] = token;
    parse->field_count++;
    return NG_OK;
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct parse *parse = context;
    const unsigned depth = parse->parser->in.depth;
    const size_t end = ng_json_in_offset(&parse->parser->in);
    if (event == NG_JSON_KEY) return take_key(parse, bytes, length, end);
    int status = event == NG_JSON_END ? NG_OK : check_value(parse, depth, event);
    if (!status && depth == 1 && parse->at_text) status = take_text(parse, bytes, length, end);
    if (depth == 1 || event == NG_JSON_OBJECT) parse->member_end = end;
    if (depth == 0 && event == NG_JSON_OBJECT) parse->object.begin = end - 1;
    if (depth == 0 && event == NG_JSON_END) parse->object.end = end;
    return status;
}

static int missing_text(const struct parse *parse, struct ng_err *err) {
    char list[LISTED_FIELDS * (LISTED_FIELD_BYTES + 8)];
    size_t used = 0;
    for (size_t i = 0; i < parse->field_count && i < LISTED_FIELDS; i++) {
        const uint8_t *name = parse->bytes + parse->fields[i].begin;
        size_t length = parse->fields[i].end - parse->fields[i].begin;
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
    (void)ng_err_hint(err, "name the field that holds the text with --text-field");
    return NG_ERR_INPUT;
}

static int run(struct parse *parse) {
    struct ng_json_in *in = &parse->parser->in;
    in->take = take;
    in->context = parse;
    in->deepest = 1;
    in->any_bytes = true; /* ill-formed text is a matter of policy, not of syntax */
    int status = ng_json_read(in, parse->bytes, parse->length, parse->err);
    if (status == NG_ERR_LIMIT && in->reason[0]) {
        return ng_err_set(parse->err, status, AT_LINE "%s", AT_LINE_ARGS(parse), in->reason);
    }
    if (in->reason[0]) {
        (void)ng_err_set(parse->err, status, AT_LINE "not JSON: %s, at byte %zu of the line", AT_LINE_ARGS(parse),
                         in->reason, in->refused_at);
        hint_one_a_line(parse->err);
    }
    return status || parse->has_text ? status : missing_text(parse, parse->err);
}

/* Leaves the text member out of the object. */
static int make_metadata(const struct parse *parse, struct ng_record *record) {
    struct range cut = {.begin = parse->cut_begin, .end = parse->text_token.end};
    if (parse->first_is_text) {
        /* Ends at the comma or at the closing brace, at the latest. */
        size_t next = cut.end + strspn((const char *)parse->bytes + cut.end, " \t\r\n");
        if (parse->bytes[next] == ',') cut.end = next + 1;
    }
    size_t length = parse->object.end - parse->object.begin - (cut.end - cut.begin);
    if (length > NG_MAX_METADATA_BYTES) {
        return ng_err_set(parse->err, NG_ERR_LIMIT,
                          AT_LINE "%llu bytes of metadata, over the limit of %llu (NG_MAX_METADATA_BYTES)",
                          AT_LINE_ARGS(parse), (unsigned long long)length, (unsigned long long)NG_MAX_METADATA_BYTES);
    }
    struct ng_buf *metadata = &parse->parser->metadata;
    metadata->length = 0;
    int status = ng_buf_append(metadata, parse->bytes + parse->object.begin, cut.begin - parse->object.begin,
                               parse->err);
    if (!status) status = ng_buf_append(metadata, parse->bytes + cut.end, parse->object.end - cut.end, parse->err);
    if (status) return status;
    record->metadata = metadata->data;
    record->metadata_bytes = metadata->length;
    return NG_OK;
}

/* Appends the text token to the repaired record. */
static int repair_text_token(const struct parse *parse, struct ng_buf *repaired) {
    size_t begin = repaired->length;
    int status = ng_utf8_append_repaired(repaired, parse->bytes + parse->text_token.begin,
                                         parse->text_token.end - parse->text_token.begin, parse->err);
    if (!status) (void)ng_json_repair_surrogates(repaired->data + begin, repaired->length - begin);
    return status;
}

/* Writes the record anew with U+FFFD for what is ill-formed. */
static int repair(const struct parse *parse) {
    struct ng_buf *repaired = &parse->parser->repaired;
    struct range token = parse->text_token;
    repaired->length = 0;
    int status = ng_utf8_append_repaired(repaired, parse->bytes, token.begin, parse->err);
    if (!status) status = repair_text_token(parse, repaired);
    if (status) return status;
    return ng_utf8_append_repaired(repaired, parse->bytes + token.end, parse->length - token.end, parse->err);
}

/* Offset of the first ill-formed piece, or NG_JSON_NO_OFFSET. */
static size_t find_ill_formed(const struct parse *parse) {
    size_t at = ng_utf8_valid_prefix(parse->bytes, parse->length);
    if (at == parse->length) at = NG_JSON_NO_OFFSET;
    if (!parse->text_has_escapes) return at;
    size_t lone = ng_json_find_lone_surrogate(parse->bytes + parse->text_token.begin,
                                      parse->text_token.end - parse->text_token.begin);
    if (lone != NG_JSON_NO_OFFSET) lone += parse->text_token.begin;
    return lone < at ? lone : at;
}

int ng_record_parse(struct ng_record_parser *parser, const char *path, uint64_t line, const uint8_t *bytes,
                    size_t length, struct ng_record *record, struct ng_err *err) {
    *record = (struct ng_record){0};
    struct parse parse = {.parser = parser, .path = path, .line = line, .bytes = bytes, .length = length, .err = err};
    int status = run(&parse);
    if (status) return status;
    size_t ill_formed_at = find_ill_formed(&parse);
    if (ill_formed_at != NG_JSON_NO_OFFSET) {
        record->ill_formed = true;
        record->ill_formed_at = ill_formed_at;
        status = repair(&parse);
        if (status) return status;
        parse = (struct parse){.parser = parser, .path = path, .line = line, .bytes = parser->repaired.data,
                               .length = parser->repaired.length, .err = err};
        status = run(&parse);
        if (status) return status;
    }
    record->text = parse.text;
    record->text_bytes = parse.text_bytes;
    return make_metadata(&parse, record);
}

int ng_record_parser_open(struct ng_record_parser **out, const char *text_field, struct ng_err *err) {
    *out = NULL;
    size_t length = strlen(text_field);
    if (length > NG_MAX_FIELD_NAME_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "name of the text field is over %u bytes (NG_MAX_FIELD_NAME_BYTES)",
                          NG_MAX_FIELD_NAME_BYTES);
    }
    if (ng_utf8_valid_prefix((const uint8_t *)text_field, length) < length) {
        return ng_err_set(err, NG_ERR_USAGE, "name of the text field is not UTF-8");
    }
    struct ng_record_parser *parser = calloc(1, sizeof *parser);
    if (!parser) return ng_err_nomem(err, sizeof *parser, "a JSON parser");
    parser->text_field = strdup(text_field);
    parser->text_field_bytes = length;
    if (!parser->text_field) {
        ng_record_parser_close(parser);
        return ng_err_nomem(err, length + 1, "a JSON parser");
    }
    *out = parser;
    return NG_OK;
}

static void trim(struct ng_buf *buf) {
    enum { KEPT_BYTES = 4 << 20 };
    buf->length = 0;
    ng_buf_trim(buf, KEPT_BYTES);
}

void ng_record_parser_trim(struct ng_record_parser *parser) {
    trim(&parser->text);
    trim(&parser->repaired);
    trim(&parser->metadata);
}

void ng_record_parser_close(struct ng_record_parser *parser) {
    if (!parser) return;
    ng_buf_free(&parser->text);
    ng_buf_free(&parser->repaired);
    ng_buf_free(&parser->metadata);
    free(parser->text_field);
    free(parser);
}
