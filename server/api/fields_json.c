/* Parameters from a JSON object. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/json/in.h"
#include "common/json/surrogate.h"
#include "server/api/fields_impl.h"

struct reader {
    struct ng_json_in in;
    struct ng_fields *fields;
    struct ng_field *field; /* whose value comes next, or is being read; NULL where it is to be passed over */
    struct ng_err *err;
};

static int fail(struct reader *r, const char *wanted) {
    return ng_err_set(r->err, NG_ERR_USAGE, "\"%s\" must be %s", r->field->name, wanted);
}

static int fail_type(struct reader *r) {
    switch (r->field->type) {
    case NG_FIELD_TEXT: return fail(r, "a string");
    case NG_FIELD_NUMBER: return fail(r, "a whole number");
    case NG_FIELD_DECIMAL: return fail(r, "a number");
    case NG_FIELD_BOOL: return fail(r, "true or false");
    default: return fail(r, "an array of strings");
    }
}

static struct ng_bytes keep(struct reader *r, const unsigned char *text, size_t length) {
    uint8_t *copy = r->fields->arena + r->fields->arena_used;
    memcpy(copy, text, length);
    r->fields->arena_used += length;
    return (struct ng_bytes){.data = copy, .length_bytes = length};
}

static int take_key(struct reader *r, const uint8_t *name, size_t length) {
    r->field = ng_fields_find(r->fields, name, length);
    if (!r->field && !r->fields->ignore_unknown) return ng_fields_unknown(r->fields, name, length, r->err);
    if (!r->field || !r->field->present) return NG_OK;
    return ng_err_set(r->err, NG_ERR_USAGE, "\"%s\" is there twice", r->field->name);
}

/* Takes a value of a member that is asked for, or an element of its array. */
static int take_value(struct reader *r, enum ng_json_event event, const uint8_t *bytes, size_t length) {
    struct ng_field *field = r->field;
    if (field->type == NG_FIELD_TEXTS && r->in.depth == 2 && event == NG_JSON_STRING) {
        return ng_fields_append_text(r->fields, field, keep(r, bytes, length), r->err);
    }
    if (r->in.depth > 1) return fail_type(r);
    if (event == NG_JSON_NULL) return NG_OK;
    if (event == NG_JSON_NUMBER && field->type == NG_FIELD_NUMBER) {
        return ng_fields_store_number(field, (const char *)bytes, length, r->err);
    }
    if (event == NG_JSON_NUMBER && field->type == NG_FIELD_DECIMAL) {
        return ng_fields_store_decimal(field, (const char *)bytes, length, r->err);
    }
    if (event == NG_JSON_BOOL && field->type == NG_FIELD_BOOL) field->number = *bytes == 't' ? 1 : 0;
    else if (event == NG_JSON_STRING && field->type == NG_FIELD_TEXT) field->text = keep(r, bytes, length);
    else if (event != NG_JSON_ARRAY || field->type != NG_FIELD_TEXTS) return fail_type(r);
    field->present = true;
    return NG_OK;
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
        return ng_err_set(err, NG_ERR_USAGE, "a string holds half of a surrogate pair, which is no character");
    }
    return ng_fields_check(fields, err);
}
