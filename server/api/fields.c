#include "server/api/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "server/api/fields_impl.h"

static int fail(struct ng_err *err, const struct ng_field *field, const char *why) {
    return ng_err_set(err, NG_ERR_USAGE, "\"%s\" %s", field->name, why);
}

struct ng_field *ng_fields_find(struct ng_fields *fields, const uint8_t *name, size_t length) {
    for (size_t i = 0; i < fields->count; i++) {
        if (strlen(fields->fields[i].name) == length && memcmp(fields->fields[i].name, name, length) == 0)
            return &fields->fields[i];
    }
    return NULL;
}

int ng_fields_unknown(const struct ng_fields *fields, const uint8_t *name, size_t length, struct ng_err *err) {
    char known[256];
    size_t used = 0;
    known[0] = '\0';
    for (size_t i = 0; i < fields->count && used < sizeof known; i++) {
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", fields->fields[i].name);
    }
    int shown = length < 64 ? (int)length : 64;
    (void)ng_err_set(err, NG_ERR_USAGE, "there is no parameter \"%.*s\" here", shown, (const char *)name);
    return ng_err_hint(err, "known are: %s", fields->count > 0 ? known : "none");
}

int ng_fields_store_number(struct ng_field *field, const char *digits, size_t length, struct ng_err *err) {
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

int ng_fields_append_text(struct ng_fields *fields, struct ng_field *field, struct ng_bytes text, struct ng_err *err) {
    if (field->text_count == field->most) {
        return ng_err_set(err, NG_ERR_LIMIT, "\"%s\" holds more than %llu strings, the limit of this server",
                          field->name, (unsigned long long)field->most);
    }
    field->text_count++;
    return ng_buf_append(&fields->texts, &text, sizeof text, err);
}

int ng_fields_check(struct ng_fields *fields, struct ng_err *err) {
    const struct ng_bytes *texts = (const struct ng_bytes *)(const void *)fields->texts.data;
    for (size_t i = 0; i < fields->count; i++) {
        struct ng_field *field = &fields->fields[i];
        if (field->required && !field->present) return fail(err, field, "is missing");
        if (field->type == NG_FIELD_TEXTS) field->texts = texts;
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

static bool bytes_equal(struct ng_bytes bytes, const char *text) {
    return bytes.length_bytes == strlen(text) && memcmp(bytes.data, text, strlen(text)) == 0;
}

static int store_url_value(struct ng_fields *fields, struct ng_field *field, struct ng_bytes value,
                           struct ng_err *err) {
    if (field->present && field->type != NG_FIELD_TEXTS) return fail(err, field, "is there twice");
    switch (field->type) {
    case NG_FIELD_NUMBER:
        return ng_fields_store_number(field, (const char *)value.data, (size_t)value.length_bytes, err);
    case NG_FIELD_DECIMAL:
        return ng_fields_store_decimal(field, (const char *)value.data, (size_t)value.length_bytes, err);
    case NG_FIELD_BOOL:
        field->number = bytes_equal(value, "true") || bytes_equal(value, "1");
        if (!field->number && !bytes_equal(value, "false") && !bytes_equal(value, "0"))
            return fail(err, field, "must be true or false");
        break;
    case NG_FIELD_TEXTS: {
        int status = ng_fields_append_text(fields, field, value, err);
        if (status) return status;
        break;
    }
    case NG_FIELD_TEXT: field->text = value; break;
    }
    field->present = true;
    return NG_OK;
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
    struct ng_field *field = ng_fields_find(fields, name.data, (size_t)name.length_bytes);
    if (field) return store_url_value(fields, field, value, err);
    if (fields->ignore_unknown) return NG_OK;
    return ng_fields_unknown(fields, name.data, (size_t)name.length_bytes, err);
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
    return ng_fields_check(fields, err);
}

void ng_fields_free(struct ng_fields *fields) {
    if (!fields) return;
    free(fields->arena);
    ng_buf_free(&fields->texts);
    fields->arena = NULL;
}
