#include "indexer/corpus/json_record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/json/memory.h"
#include "common/json/surrogate.h"

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
    struct ng_json_memory memory;
};

/* One run of yajl over one record. */
struct parse {
    struct ng_record_parser *parser;
    const char *path;
    uint64_t line;
    const uint8_t *bytes;
    size_t length;
    struct ng_err *err;
    int status; /* NG_OK until a callback stopped the run, err then saying why */

    yajl_handle yajl;
    unsigned depth;
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

/* Makes a callback stop yajl. */
static int stop(struct parse *parse, int status) {
    parse->status = status;
    return 0;
}


/* Where yajl is: right behind the token that a callback is about. */
static size_t token_end(const struct parse *parse) {
    return yajl_get_bytes_consumed(parse->yajl);
}

/* The string token that ends at end and has nothing but white space, comma or colon between it and begin. */
static struct range string_token(const struct parse *parse, size_t begin, size_t end) {
    assert(begin < end && end <= parse->length);
    const uint8_t *quote = memchr(parse->bytes + begin, '"', end - begin);
    assert(quote);
    return (struct range){.begin = (size_t)(quote - parse->bytes), .end = end};
}

/* A value of some kind starts. Says whether yajl is to go on. */
static int start_value(struct parse *parse, const char *kind, bool is_object, bool is_string) {
    if (parse->depth == 0 && !is_object) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "the record is %s, not a JSON object", AT_LINE_ARGS(parse),
                         kind);
        hint_one_a_line(parse->err);
        return stop(parse, NG_ERR_INPUT);
    }
    if (parse->depth == 1 && parse->at_text && !is_string) {
        (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" is %s, not a string", AT_LINE_ARGS(parse),
                         parse->parser->text_field, kind);
        (void)ng_err_hint(parse->err, "name the field that holds the text with --text-field");
        return stop(parse, NG_ERR_INPUT);
    }
    return 1;
}

static void end_value(struct parse *parse) {
    if (parse->depth == 1) parse->member_end = token_end(parse);
}

static int scalar(struct parse *parse, const char *kind) {
    if (!start_value(parse, kind, false, false)) return 0;
    end_value(parse);
    return 1;
}

static int on_null(void *context) {
    return scalar(context, "null");
}

static int on_boolean(void *context, int value) {
    (void)value;
    return scalar(context, "a boolean");
}

/* That this callback is set keeps yajl from converting numbers: those past 64 bits stay what they are. */
static int on_number(void *context, const char *digits, size_t length) {
    (void)digits;
    (void)length;
    return scalar(context, "a number");
}

static int take_text(struct parse *parse, const uint8_t *text, size_t length) {
    struct ng_record_parser *parser = parse->parser;
    uintptr_t record = (uintptr_t)parse->bytes;
    bool in_record = (uintptr_t)text >= record && (uintptr_t)text < record + parse->length;
    parse->text_token = string_token(parse, parse->key_end, token_end(parse));
    parse->text_has_escapes = !in_record;
    if (!in_record) {
        /* yajl decodes the next string with escapes into the same place. */
        parser->text.length = 0;
        int status = ng_buf_append(&parser->text, text, length, parse->err);
        if (status) return stop(parse, status);
        text = parser->text.data;
    }
    parse->text = text;
    parse->text_bytes = length;
    parse->at_text = false;
    return 1;
}

static int on_string(void *context, const unsigned char *text, size_t length) {
    struct parse *parse = context;
    if (!start_value(parse, "a string", false, true)) return 0;
    if (parse->depth == 1 && parse->at_text && !take_text(parse, text, length)) return 0;
    end_value(parse);
    return 1;
}

static int open_nested(struct parse *parse) {
    if (parse->depth == NG_MAX_JSON_DEPTH) {
        return stop(parse, ng_err_set(parse->err, NG_ERR_LIMIT, AT_LINE "JSON nests over %u deep (NG_MAX_JSON_DEPTH)",
                                      AT_LINE_ARGS(parse), NG_MAX_JSON_DEPTH));
    }
    parse->depth++;
    return 1;
}

static int close_nested(struct parse *parse) {
    assert(parse->depth > 0);
    parse->depth--;
    end_value(parse);
    return 1;
}

static int on_start_map(void *context) {
    struct parse *parse = context;
    if (!start_value(parse, "an object", true, false)) return 0;
    if (parse->depth == 0) {
        parse->member_end = token_end(parse);
        parse->object.begin = parse->member_end - 1;
    }
    return open_nested(parse);
}

static int on_end_map(void *context) {
    struct parse *parse = context;
    if (parse->depth == 1) parse->object.end = token_end(parse);
    return close_nested(parse);
}

static int on_start_array(void *context) {
    struct parse *parse = context;
    if (!start_value(parse, "an array", false, false)) return 0;
    return open_nested(parse);
}

static int on_end_array(void *context) {
    return close_nested(context);
}

static bool is_text_field(const struct parse *parse, const uint8_t *key, size_t length, struct range token) {
    const struct ng_record_parser *parser = parse->parser;
    return length == parser->text_field_bytes && memcmp(key, parser->text_field, length) == 0 &&
           ng_json_find_lone_surrogate(parse->bytes + token.begin, token.end - token.begin) == NG_JSON_NO_OFFSET;
}

static int on_map_key(void *context, const unsigned char *key, size_t length) {
    struct parse *parse = context;
    if (parse->depth != 1) return 1;
    struct range token = string_token(parse, parse->member_end, token_end(parse));
    parse->key_end = token.end;
    parse->at_text = is_text_field(parse, key, length, token);
    if (parse->at_text && parse->has_text) {
        return stop(parse, ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "field \"%s\" is there twice",
                                      AT_LINE_ARGS(parse), parse->parser->text_field));
    }
    if (parse->at_text) {
        parse->has_text = true;
        parse->first_is_text = parse->field_count == 0;
        parse->cut_begin = parse->member_end;
    }
    if (parse->field_count < LISTED_FIELDS) parse->fields[parse->field_count] = token;
    parse->field_count++;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,           .yajl_boolean = on_boolean,         .yajl_number = on_number,
    .yajl_string = on_string,       .yajl_start_map = on_start_map,     .yajl_map_key = on_map_key,
    .yajl_end_map = on_end_map,     .yajl_start_array = on_start_array, .yajl_end_array = on_end_array,
};

static int not_json_at(const struct parse *parse, const char *reason, size_t at) {
    (void)ng_err_set(parse->err, NG_ERR_INPUT, AT_LINE "not JSON: %s, at byte %llu of the line", AT_LINE_ARGS(parse),
                     reason, (unsigned long long)at);
    hint_one_a_line(parse->err);
    return NG_ERR_INPUT;
}

/* Turns what yajl found wrong into an error of ours. */
static int yajl_failed(const struct parse *parse, bool at_end) {
    size_t at = at_end ? parse->length : yajl_get_bytes_consumed(parse->yajl);
    unsigned char *message = yajl_get_error(parse->yajl, 0, parse->bytes, parse->length);
    char reason[128];
    (void)snprintf(reason, sizeof reason, "%.*s", (int)strcspn((const char *)message, ".\n"), (const char *)message);
    yajl_free_error(parse->yajl, message);
    return not_json_at(parse, reason, at);
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

/* Everything that may leave by longjmp happens below this function. */
static int run_guarded(struct parse *parse) {
    struct ng_json_memory *memory = &parse->parser->memory;
    if (setjmp(memory->out_of_memory) != 0) {
        return ng_err_nomem(parse->err, memory->refused_bytes, "the strings of a JSON record");
    }
    yajl_alloc_funcs functions = ng_json_memory_start(memory);
    parse->yajl = yajl_alloc(&callbacks, &functions, parse);
    /* Ill-formed text is a matter of policy, not of syntax. */
    (void)yajl_config(parse->yajl, yajl_dont_validate_strings, 1);
    yajl_status found = yajl_parse(parse->yajl, parse->bytes, parse->length);
    bool at_end = found == yajl_status_ok;
    if (at_end) found = yajl_complete_parse(parse->yajl);
    if (found == yajl_status_client_canceled) return parse->status;
    return found == yajl_status_ok ? NG_OK : yajl_failed(parse, at_end);
}

/* What yajl lets pass though it is not JSON: vertical tab and form feed as white space (in strings it refuses
 * both), and an unfinished token behind the object. */
static int check_strictly(const struct parse *parse) {
    const uint8_t *control = memchr(parse->bytes, '\v', parse->length);
    if (!control) control = memchr(parse->bytes, '\f', parse->length);
    if (control) return not_json_at(parse, "control character", (size_t)(control - parse->bytes));
    for (size_t i = parse->object.end; i < parse->length; i++) {
        if (!memchr(" \t\r\n", parse->bytes[i], 4)) return not_json_at(parse, "trailing garbage", i);
    }
    return NG_OK;
}

static int run(struct parse *parse) {
    int status = run_guarded(parse);
    if (parse->yajl) yajl_free(parse->yajl);
    parse->yajl = NULL;
    if (!status) status = check_strictly(parse);
    if (!status && !parse->has_text) status = missing_text(parse, parse->err);
    return status;
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

/* Appends the text token to the repaired record. \ufffd is as long as the escape that it replaces. */
static int repair_text_token(const struct parse *parse, struct ng_buf *repaired) {
    size_t begin = repaired->length;
    int status = ng_utf8_append_repaired(repaired, parse->bytes + parse->text_token.begin,
                                         parse->text_token.end - parse->text_token.begin, parse->err);
    if (status) return status;
    for (;;) {
        size_t lone = ng_json_find_lone_surrogate(repaired->data + begin, repaired->length - begin);
        if (lone == NG_JSON_NO_OFFSET) return NG_OK;
        begin += lone;
        memcpy(repaired->data + begin, "\\ufffd", NG_JSON_ESCAPE_BYTES);
    }
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

void ng_record_parser_trim(struct ng_record_parser *parser) {
    enum { KEPT_BYTES = 4 << 20 };
    struct ng_buf *buffers[] = {&parser->text, &parser->repaired, &parser->metadata};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        buffers[i]->length = 0;
        ng_buf_trim(buffers[i], KEPT_BYTES);
    }
}

void ng_record_parser_close(struct ng_record_parser *parser) {
    if (!parser) return;
    ng_buf_free(&parser->text);
    ng_buf_free(&parser->repaired);
    ng_buf_free(&parser->metadata);
    free(parser->text_field);
    free(parser);
}
