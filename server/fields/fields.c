#include "server/fields/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/json/in.h"

static int fail(struct ng_err *err, const struct ng_field *field, const char *why) {
    return ng_err_set(err, NG_ERR_USAGE, "\"%s\" %s", field->name, why);
}

static bool is_condition(const struct ng_field *field) {
    return field->type == NG_FIELD_AND || field->type == NG_FIELD_OR || field->type == NG_FIELD_NOT;
}

static bool takes_several(const struct ng_field *field) {
    return field->type == NG_FIELD_TEXTS || is_condition(field);
}

/* The field of that name, or NULL. */
static struct ng_field *find(struct ng_fields *fields, const uint8_t *name, size_t length) {
    for (size_t i = 0; i < fields->count; i++) {
        if (strlen(fields->fields[i].name) == length && memcmp(fields->fields[i].name, name, length) == 0)
            return &fields->fields[i];
    }
    return NULL;
}

/* The error for a name that is not listed. */
static int unknown(const struct ng_fields *fields, const uint8_t *name, size_t length, struct ng_err *err) {
    char known[256];
    size_t used = 0;
    if (fields->ignore_unknown) return NG_OK;
    known[0] = '\0';
    for (size_t i = 0; i < fields->count && used < sizeof known; i++) {
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", fields->fields[i].name);
    }
    int shown = length < 64 ? (int)length : 64;
    (void)ng_err_set(err, NG_ERR_USAGE, "unknown parameter \"%.*s\"", shown, (const char *)name);
    return ng_err_hint(err, "this endpoint takes: %s", fields->count > 0 ? known : "none");
}

static int store_number(struct ng_field *field, const char *digits, size_t length, struct ng_err *err) {
    uint64_t value;
    if (!ng_text_decimal(digits, length, &value) || value < field->least || value > field->most) {
        return ng_err_set(err, NG_ERR_USAGE, "\"%s\" must be a whole number from %llu to %llu", field->name,
                          (unsigned long long)field->least, (unsigned long long)field->most);
    }
    field->number = value;
    field->present = true;
    return NG_OK;
}

static bool is_decimal(const char *digits, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!memchr("0123456789+-.eE", digits[i], 15)) return false;
    }
    return length > 0;
}

int ng_fields_store_decimal(struct ng_field *field, const char *digits, size_t length, struct ng_err *err) {
    char text[64] = "";
    char *end = text;
    double value = 0;
    if (length < sizeof text && is_decimal(digits, length)) {
        memcpy(text, digits, length);
        text[length] = '\0';
        value = strtod(text, &end);
    }
    if (end == text || *end != '\0' || !(value >= (double)field->least && value <= (double)field->most)) {
        return ng_err_set(err, NG_ERR_USAGE, "\"%s\" must be a number from %llu to %llu", field->name,
                          (unsigned long long)field->least, (unsigned long long)field->most);
    }
    field->decimal = value;
    field->present = true;
    return NG_OK;
}

/* Adds a string to a field of several; one list of fields has at most one such. */
static int append_text(struct ng_fields *fields, struct ng_field *field, struct ng_bytes text, struct ng_err *err) {
    if (field->text_count == field->most) {
        return ng_err_set(err, NG_ERR_LIMIT, "\"%s\" holds more than %llu strings, the limit of this server",
                          field->name, (unsigned long long)field->most);
    }
    field->text_count++;
    field->present = true;
    return ng_buf_append(&fields->texts, &text, sizeof text, err);
}

static int store_flag(struct ng_field *field, struct ng_bytes value, struct ng_err *err) {
    static const char *const words[] = {"false", "true"};
    for (size_t i = 0; i < 2; i++) {
        if (value.length_bytes == strlen(words[i]) && memcmp(value.data, words[i], strlen(words[i])) == 0) {
            field->flag = i == 1;
            field->present = true;
            return NG_OK;
        }
    }
    return fail(err, field, "must be true or false");
}

/* Begins a condition. */
static int open_clause(struct ng_fields *fields, const struct ng_field *field, struct ng_err *err) {
    if (fields->clause_is_empty) return fail(err, field, "holds a condition without a phrase");
    fields->clause = ++fields->clause_count;
    fields->negated = field->type == NG_FIELD_NOT;
    fields->clause_is_empty = true;
    return NG_OK;
}

/* Adds a phrase to the condition that was begun last. */
static int add_phrase(struct ng_fields *fields, struct ng_field *field, struct ng_bytes text, struct ng_err *err) {
    if (fields->phrase_count + 1 == NG_MAX_CLAUSE_PHRASES) {
        return ng_err_set(err, NG_ERR_LIMIT, "more than %u phrases together", NG_MAX_CLAUSE_PHRASES);
    }
    const struct ng_field_phrase phrase = {.text = text, .clause = fields->clause, .negated = fields->negated};
    fields->phrase_count++;
    fields->clause_is_empty = false;
    field->present = true;
    return ng_buf_append(&fields->phrases, &phrase, sizeof phrase, err);
}

static int store(struct ng_fields *fields, struct ng_field *field, struct ng_bytes value, struct ng_err *err) {
    const char *text = (const char *)value.data;
    switch (field->type) {
    case NG_FIELD_NUMBER: return store_number(field, text, (size_t)value.length_bytes, err);
    case NG_FIELD_DECIMAL: return ng_fields_store_decimal(field, text, (size_t)value.length_bytes, err);
    case NG_FIELD_FLAG: return store_flag(field, value, err);
    case NG_FIELD_GROUPS: return fail(err, field, "is read from JSON only");
    case NG_FIELD_TEXTS: return append_text(fields, field, value, err);
    case NG_FIELD_OR: return add_phrase(fields, field, value, err);
    case NG_FIELD_AND:
    case NG_FIELD_NOT: {
        int status = open_clause(fields, field, err);
        return status ? status : add_phrase(fields, field, value, err);
    }
    case NG_FIELD_TEXT: field->text = value;
    }
    field->present = true;
    return NG_OK;
}

/* The end of reading: what is required is there. */
static int check(struct ng_fields *fields, struct ng_err *err) {
    const struct ng_bytes *texts = (const struct ng_bytes *)(const void *)fields->texts.data;
    for (size_t i = 0; i < fields->count; i++) {
        struct ng_field *field = &fields->fields[i];
        if (field->required && !field->present) return fail(err, field, "is missing");
        if (field->type == NG_FIELD_TEXTS || field->type == NG_FIELD_GROUPS) field->texts = texts;
        if (field->type == NG_FIELD_GROUPS) field->groups = (const size_t *)(const void *)fields->groups.data;
        if (is_condition(field) && fields->clause_is_empty) return fail(err, field, "holds a condition without a phrase");
    }
    return NG_OK;
}

/* Decodes text[0, length) into the arena; false where a % is not followed by two hexadecimal digits. */
static bool decode(struct ng_fields *fields, const char *text, size_t length, struct ng_bytes *decoded) {
    uint8_t *out = fields->arena + fields->arena_used;
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '+') {
            out[used++] = ' ';
        } else if (text[i] != '%') {
            out[used++] = (uint8_t)text[i];
        } else {
            int high = length - i > 2 ? ng_text_hex_digit(text[i + 1]) : -1;
            int low = length - i > 2 ? ng_text_hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            out[used++] = (uint8_t)(high * 16 + low);
            i += 2;
        }
    }
    fields->arena_used += used;
    *decoded = (struct ng_bytes){.data = out, .length_bytes = used};
    return true;
}

static int read_pair(struct ng_fields *fields, const char *pair, size_t length, struct ng_err *err) {
    const char *equals = memchr(pair, '=', length);
    size_t name_length = equals ? (size_t)(equals - pair) : length;
    struct ng_bytes name;
    struct ng_bytes value = {.data = (const uint8_t *)"", .length_bytes = 0};
    if (!decode(fields, pair, name_length, &name) ||
        (equals && !decode(fields, equals + 1, length - name_length - 1, &value))) {
        return ng_err_set(err, NG_ERR_USAGE, "a %% in the URL is not followed by two hexadecimal digits");
    }
    struct ng_field *field = find(fields, name.data, (size_t)name.length_bytes);
    if (!field) return unknown(fields, name.data, (size_t)name.length_bytes, err);
    if (field->present && !takes_several(field)) return fail(err, field, "is given twice");
    return store(fields, field, value, err);
}

int ng_fields_read_url(struct ng_fields *fields, const char *query, struct ng_err *err) {
    size_t length = query ? strlen(query) : 0;
    fields->arena = malloc(length + 1);
    if (!fields->arena) return ng_err_nomem(err, length + 1, "a query");
    for (size_t at = 0; at < length;) {
        size_t pair = strcspn(query + at, "&");
        int status = pair > 0 ? read_pair(fields, query + at, pair, err) : NG_OK;
        if (status) return status;
        at += pair + 1;
    }
    return check(fields, err);
}

struct reader {
    struct ng_json_in in;
    struct ng_fields *fields;
    struct ng_field *field; /* whose value comes next, or is being read; NULL where it is to be passed over */
    struct ng_err *err;
};

static struct ng_bytes keep(struct reader *r, const unsigned char *text, size_t length) {
    uint8_t *copy = r->fields->arena + r->fields->arena_used;
    memcpy(copy, text, length);
    r->fields->arena_used += length;
    return (struct ng_bytes){.data = copy, .length_bytes = length};
}

static int take_key(struct reader *r, const uint8_t *name, size_t length) {
    r->field = find(r->fields, name, length);
    if (!r->field) return unknown(r->fields, name, length, r->err);
    return r->field->present ? fail(r->err, r->field, "is given twice") : NG_OK;
}

/* The array of a condition, or of groups, begins. */
static int begin_array(struct ng_fields *fields, struct ng_field *field, struct ng_err *err) {
    field->present = true;
    if (field->type != NG_FIELD_OR) return NG_OK;
    if (fields->clause_is_empty) return fail(err, field, "follows a condition without a phrase");
    fields->clause = 0;
    fields->negated = false;
    return NG_OK;
}

/* Takes an element of the array of a condition, or of an array in that. */
static int take_condition(struct reader *r, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct ng_fields *fields = r->fields;
    struct ng_field *field = r->field;
    unsigned depth = r->in.depth;
    bool nested = depth == 3 && field->type != NG_FIELD_OR;
    if (event == NG_JSON_ARRAY && depth == 2 && field->type != NG_FIELD_OR) return open_clause(fields, field, r->err);
    if (event != NG_JSON_STRING || (depth != 2 && !nested)) {
        return fail(r->err, field, field->type == NG_FIELD_OR ? "must be an array of strings"
                                                              : "must be an array of strings, or of arrays of strings");
    }
    struct ng_bytes text = keep(r, bytes, length);
    return nested ? add_phrase(fields, field, text, r->err) : store(fields, field, text, r->err);
}

static int begin_group(struct ng_fields *fields, struct ng_field *field, struct ng_err *err) {
    if (field->group_count == field->most) {
        return ng_err_set(err, NG_ERR_LIMIT, "\"%s\" holds more than %llu elements, the limit of this server", field->name,
                          (unsigned long long)field->most);
    }
    field->group_count++;
    return ng_buf_append(&fields->groups, &field->text_count, sizeof field->text_count, err);
}

/* Takes a string, or an array of strings, of an array of groups. */
static int take_group(struct reader *r, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct ng_fields *fields = r->fields;
    struct ng_field *field = r->field;
    unsigned depth = r->in.depth;
    if (event == NG_JSON_ARRAY && depth == 2) return begin_group(fields, field, r->err);
    if (event != NG_JSON_STRING || depth < 2 || depth > 3) {
        return fail(r->err, field, "must be an array of strings, or of arrays of strings");
    }
    const struct ng_bytes text = keep(r, bytes, length);
    int status = depth == 2 ? begin_group(fields, field, r->err) : NG_OK;
    field->text_count++;
    return status ? status : ng_buf_append(&fields->texts, &text, sizeof text, r->err);
}

/* Takes a value of a member that is asked for, or an element of its array. */
static int take_value(struct reader *r, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    static const struct {
        enum ng_json_event event;
        const char *error;
    } types[] = {[NG_FIELD_TEXT] = {NG_JSON_STRING, "must be a string"},
                 [NG_FIELD_NUMBER] = {NG_JSON_NUMBER, "must be a whole number"},
                 [NG_FIELD_DECIMAL] = {NG_JSON_NUMBER, "must be a number"},
                 [NG_FIELD_FLAG] = {NG_JSON_BOOL, "must be true or false"},
                 [NG_FIELD_TEXTS] = {NG_JSON_ARRAY, "must be an array of strings"}};
    struct ng_field *field = r->field;
    bool in_arrays = is_condition(field) || field->type == NG_FIELD_GROUPS;
    if (event == NG_JSON_NULL && r->in.depth == 1) return NG_OK;
    if (in_arrays && event == NG_JSON_ARRAY && r->in.depth == 1) return begin_array(r->fields, field, r->err);
    if (in_arrays) return is_condition(field) ? take_condition(r, event, bytes, length) : take_group(r, event, bytes, length);
    bool is_element = field->type == NG_FIELD_TEXTS && r->in.depth == 2;
    if (event != (is_element ? NG_JSON_STRING : types[field->type].event) || r->in.depth > (is_element ? 2 : 1)) {
        return fail(r->err, field, types[field->type].error);
    }
    field->present = true;
    if (event == NG_JSON_ARRAY) return NG_OK;
    struct ng_bytes value = {.data = bytes, .length_bytes = length};
    return store(r->fields, field, event == NG_JSON_STRING ? keep(r, bytes, length) : value, r->err);
}

static int take(void *context, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct reader *r = context;
    if (event == NG_JSON_KEY) return r->in.depth == 1 ? take_key(r, bytes, length) : NG_OK;
    if (event == NG_JSON_END) return NG_OK;
    if (r->in.depth > 0) return r->field ? take_value(r, event, bytes, length) : NG_OK;
    if (event == NG_JSON_OBJECT) return NG_OK;
    return ng_err_set(r->err, NG_ERR_USAGE, "the body must be a JSON object");
}

static int refused(const struct reader *r, int status, size_t length) {
    if (status == NG_ERR_LIMIT) {
        return ng_err_set(r->err, NG_ERR_USAGE, "the body is nested deeper than %u levels", NG_MAX_JSON_DEPTH);
    }
    if (length == 0) return ng_err_set(r->err, NG_ERR_USAGE, "the body is empty; it must be a JSON object");
    return ng_err_set(r->err, NG_ERR_USAGE, "the body is not JSON (in UTF-8): error at byte %zu", r->in.refused_at);
}

int ng_fields_read_json(struct ng_fields *fields, const uint8_t *bytes, size_t length, struct ng_err *err) {
    /* Strings do not get longer by decoding. */
    fields->arena = malloc(length + 1);
    if (!fields->arena) return ng_err_nomem(err, length + 1, "a request");
    struct reader reader = {.in = {.take = take}, .fields = fields, .err = err};
    reader.in.context = &reader;
    int status = ng_json_read(&reader.in, bytes, length, err);
    if (reader.in.reason[0]) return refused(&reader, status, length);
    if (status) return status;
    if (ng_json_find_lone_surrogate(bytes, length) != NG_JSON_NO_OFFSET) {
        return ng_err_set(err, NG_ERR_USAGE, "a string holds half of a surrogate pair, which is not a character");
    }
    return check(fields, err);
}

const struct ng_field_phrase *ng_fields_phrases(const struct ng_fields *fields) {
    return (const struct ng_field_phrase *)(const void *)fields->phrases.data;
}

void ng_fields_free(struct ng_fields *fields) {
    if (!fields) return;
    free(fields->arena);
    ng_buf_free(&fields->texts);
    ng_buf_free(&fields->groups);
    ng_buf_free(&fields->phrases);
    fields->arena = NULL;
}
