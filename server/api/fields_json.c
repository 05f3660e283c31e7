/* Parameters from a JSON object, by yajl. */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/limits.h"
#include "common/json/memory.h"
#include "common/json/surrogate.h"
#include "server/api/fields_impl.h"

enum { GO_ON = 1, STOP = 0 };

struct reader {
    struct ng_fields *fields;
    yajl_handle yajl;
    const uint8_t *bytes;
    unsigned depth;         /* of open objects and arrays */
    struct ng_field *field; /* whose value comes next, or is being read; NULL where it is to be passed over */
    int status;
    struct ng_err *err;
};

static int stop(struct reader *r, int status) {
    r->status = status;
    return STOP;
}

static int fail(struct reader *r, const char *wanted) {
    return stop(r, ng_err_set(r->err, NG_ERR_USAGE, "\"%s\" must be %s", r->field->name, wanted));
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

static bool passing(const struct reader *r) {
    return !r->field;
}

static int on_scalar(struct reader *r) {
    if (r->depth == 0) return stop(r, ng_err_set(r->err, NG_ERR_USAGE, "the body must be a JSON object"));
    return passing(r) ? GO_ON : fail_type(r);
}

static int on_null(void *context) {
    struct reader *r = context;
    if (r->depth == 1) return GO_ON;
    return on_scalar(r);
}

static int on_boolean(void *context, int value) {
    struct reader *r = context;
    if (r->depth == 0 || passing(r) || r->field->type != NG_FIELD_BOOL) return on_scalar(r);
    r->field->number = value ? 1 : 0;
    r->field->present = true;
    return GO_ON;
}

static int on_number(void *context, const char *digits, size_t length) {
    struct reader *r = context;
    if (r->depth != 1 || passing(r)) return on_scalar(r);
    int status;
    switch (r->field->type) {
    case NG_FIELD_NUMBER: status = ng_fields_store_number(r->field, digits, length, r->err); break;
    case NG_FIELD_DECIMAL: status = ng_fields_store_decimal(r->field, digits, length, r->err); break;
    default: return on_scalar(r);
    }
    return status ? stop(r, status) : GO_ON;
}

static struct ng_bytes keep(struct reader *r, const unsigned char *text, size_t length) {
    uint8_t *copy = r->fields->arena + r->fields->arena_used;
    memcpy(copy, text, length);
    r->fields->arena_used += length;
    return (struct ng_bytes){.data = copy, .length_bytes = length};
}

static int on_string(void *context, const unsigned char *text, size_t length) {
    struct reader *r = context;
    if (r->depth == 0 || passing(r)) return on_scalar(r);
    if (r->field->type == NG_FIELD_TEXTS && r->depth == 2) {
        int status = ng_fields_append_text(r->fields, r->field, keep(r, text, length), r->err);
        return status ? stop(r, status) : GO_ON;
    }
    if (r->field->type != NG_FIELD_TEXT) return on_scalar(r);
    r->field->text = keep(r, text, length);
    r->field->present = true;
    return GO_ON;
}

static int enter(struct reader *r) {
    if (r->depth == NG_MAX_JSON_DEPTH) {
        return stop(r, ng_err_set(r->err, NG_ERR_USAGE, "the body is nested deeper than %u levels", NG_MAX_JSON_DEPTH));
    }
    r->depth++;
    return GO_ON;
}

static int leave(void *context) {
    struct reader *r = context;
    r->depth--;
    return GO_ON;
}

static int on_start_map(void *context) {
    struct reader *r = context;
    if (r->depth > 0 && !passing(r)) return fail_type(r);
    return enter(r);
}

static int on_key(void *context, const unsigned char *name, size_t length) {
    struct reader *r = context;
    if (r->depth > 1) return GO_ON;
    r->field = ng_fields_find(r->fields, name, length);
    if (!r->field && !r->fields->ignore_unknown) {
        return stop(r, ng_fields_unknown(r->fields, name, length, r->err));
    }
    if (!r->field || !r->field->present) return GO_ON;
    return stop(r, ng_err_set(r->err, NG_ERR_USAGE, "\"%s\" is there twice", r->field->name));
}

static int on_start_array(void *context) {
    struct reader *r = context;
    if (r->depth == 0) return stop(r, ng_err_set(r->err, NG_ERR_USAGE, "the body must be a JSON object"));
    if (!passing(r)) {
        if (r->field->type != NG_FIELD_TEXTS || r->depth > 1) return fail_type(r);
        r->field->present = true;
    }
    return enter(r);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = leave,
    .yajl_start_array = on_start_array,
    .yajl_end_array = leave,
};

/* One use of yajl; longjmp comes back here where there is no memory. */
static int drive(struct reader *r, struct ng_json_memory *memory, size_t length) {
    if (setjmp(memory->out_of_memory)) return ng_err_nomem(r->err, memory->refused_bytes, "reading a request");
    yajl_alloc_funcs functions = ng_json_memory_start(memory);
    r->yajl = yajl_alloc(&callbacks, &functions, r);
    yajl_status result = yajl_parse(r->yajl, r->bytes, length);
    if (result == yajl_status_ok) result = yajl_complete_parse(r->yajl);
    if (result == yajl_status_ok) return NG_OK;
    if (result == yajl_status_client_canceled) return r->status;
    if (length == 0) return ng_err_set(r->err, NG_ERR_USAGE, "the body is empty; it must be a JSON object");
    return ng_err_set(r->err, NG_ERR_USAGE, "the body is not JSON (in UTF-8): error at byte %zu",
                      yajl_get_bytes_consumed(r->yajl));
}

int ng_fields_read_json(struct ng_fields *fields, const uint8_t *bytes, size_t length, struct ng_err *err) {
    /* Strings do not get longer by decoding. */
    fields->arena = malloc(length + 1);
    if (!fields->arena) return ng_err_nomem(err, length + 1, "a request");
    struct reader reader = {.fields = fields, .bytes = bytes, .err = err};
    struct ng_json_memory memory;
    int status = drive(&reader, &memory, length);
    if (reader.yajl) yajl_free(reader.yajl);
    if (status) return status;
    if (ng_json_find_lone_surrogate(bytes, length) != NG_JSON_NO_OFFSET) {
        return ng_err_set(err, NG_ERR_USAGE, "a string holds half of a surrogate pair, which is no character");
    }
    return ng_fields_check(fields, err);
}
