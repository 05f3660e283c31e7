#include "common/json/in.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/limits.h"
#include "common/base/text.h"

const char *const ng_json_kinds[NG_JSON_ARRAY + 1] = {"null", "a boolean", "a number", "a string", "an object", "an array"};

/* yajl's callbacks return whether to go on. */
static int give(void *context, enum ng_json_event event, const void *bytes, size_t length) {
    struct ng_json_in *in = context;
    if (in->deepest && in->depth > in->deepest) return 1;
    in->status = in->take(in->context, event, bytes, length);
    if (in->depth == 0) in->end = yajl_get_bytes_consumed(in->yajl);
    return in->status == NG_OK;
}

static int refuse(struct ng_json_in *in, int status, const char *reason, size_t at) {
    (void)snprintf(in->reason, sizeof in->reason, "%.*s", (int)strcspn(reason, ".\n"), reason);
    in->refused_at = at;
    in->status = status;
    return status;
}

static int begin(struct ng_json_in *in, enum ng_json_event event) {
    if (in->depth == (in->most_depth ? in->most_depth : NG_MAX_JSON_DEPTH)) {
        char reason[sizeof in->reason];
        (void)snprintf(reason, sizeof reason, "JSON nests over %u deep (NG_MAX_JSON_DEPTH)", NG_MAX_JSON_DEPTH);
        (void)refuse(in, NG_ERR_LIMIT, reason, yajl_get_bytes_consumed(in->yajl));
        return 0;
    }
    int go_on = give(in, event, NULL, 0);
    in->depth++;
    return go_on;
}

static int on_null(void *context) {
    return give(context, NG_JSON_NULL, NULL, 0);
}

static int on_boolean(void *context, int value) {
    return value ? give(context, NG_JSON_BOOL, "true", 4) : give(context, NG_JSON_BOOL, "false", 5);
}

/* That this callback is set keeps yajl from converting numbers: those past 64 bits stay what they are. */
static int on_number(void *context, const char *digits, size_t length) {
    return give(context, NG_JSON_NUMBER, digits, length);
}

static int on_string(void *context, const unsigned char *bytes, size_t length) {
    return give(context, NG_JSON_STRING, bytes, length);
}

static int on_key(void *context, const unsigned char *bytes, size_t length) {
    return give(context, NG_JSON_KEY, bytes, length);
}

static int on_object(void *context) {
    return begin(context, NG_JSON_OBJECT);
}

static int on_array(void *context) {
    return begin(context, NG_JSON_ARRAY);
}

static int on_end(void *context) {
    ((struct ng_json_in *)context)->depth--;
    return give(context, NG_JSON_END, NULL, 0);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,     .yajl_boolean = on_boolean, .yajl_number = on_number,
    .yajl_string = on_string, .yajl_start_map = on_object, .yajl_map_key = on_key,
    .yajl_end_map = on_end,   .yajl_start_array = on_array, .yajl_end_array = on_end,
};

/* What yajl lets pass. (In strings it refuses control characters.) */
static int check_strictly(struct ng_json_in *in, const uint8_t *bytes, size_t length) {
    const uint8_t *control = memchr(bytes, '\v', length);
    if (!control) control = memchr(bytes, '\f', length);
    if (control) return refuse(in, NG_ERR_INPUT, "control character", (size_t)(control - bytes));
    for (size_t i = in->end; i < length; i++) {
        if (!memchr(" \t\r\n", bytes[i], 4)) return refuse(in, NG_ERR_INPUT, "trailing garbage", i);
    }
    return NG_OK;
}

/* Everything that may leave by longjmp happens below this function. */
static int run(struct ng_json_in *in, const uint8_t *bytes, size_t length, struct ng_err *err) {
    if (setjmp(in->memory.out_of_memory)) return ng_err_nomem(err, in->memory.refused_bytes, "the strings of JSON");
    yajl_alloc_funcs functions = ng_json_memory_start(&in->memory);
    in->yajl = yajl_alloc(&callbacks, &functions, in);
    (void)yajl_config(in->yajl, yajl_dont_validate_strings, in->any_bytes ? 1 : 0);
    yajl_status found = yajl_parse(in->yajl, bytes, length);
    in->cut_short = found == yajl_status_ok;
    if (found == yajl_status_ok) found = yajl_complete_parse(in->yajl);
    if (found == yajl_status_client_canceled) return in->status;
    if (found == yajl_status_ok) return check_strictly(in, bytes, length);
    unsigned char *reason = yajl_get_error(in->yajl, 0, bytes, length);
    (void)refuse(in, NG_ERR_INPUT, (const char *)reason, in->cut_short ? length : yajl_get_bytes_consumed(in->yajl));
    yajl_free_error(in->yajl, reason);
    return in->status;
}

int ng_json_read(struct ng_json_in *in, const uint8_t *bytes, size_t length, struct ng_err *err) {
    in->depth = 0;
    in->reason[0] = '\0';
    in->end = 0;
    in->yajl = NULL;
    int status = run(in, bytes, length, err);
    if (in->yajl) yajl_free(in->yajl);
    in->yajl = NULL;
    return status;
}

size_t ng_json_in_offset(const struct ng_json_in *in) {
    return yajl_get_bytes_consumed(in->yajl);
}

static bool parse_escape(const uint8_t *bytes, size_t length, unsigned *code_unit) {
    if (length < NG_JSON_ESCAPE_BYTES || bytes[0] != '\\' || bytes[1] != 'u') return false;
    *code_unit = 0;
    for (size_t i = 2; i < NG_JSON_ESCAPE_BYTES; i++) {
        *code_unit = *code_unit << 4 | (unsigned)ng_text_hex_digit((char)bytes[i]);
    }
    return true;
}

size_t ng_json_find_lone_surrogate(const uint8_t *bytes, size_t length) {
    size_t at = 0;
    while (at < length) {
        const uint8_t *backslash = memchr(bytes + at, '\\', length - at);
        if (!backslash) break;
        at = (size_t)(backslash - bytes);
        unsigned first;
        unsigned second;
        if (!parse_escape(bytes + at, length - at, &first)) {
            at += 2;
        } else if ((first & 0xF800) != 0xD800) {
            at += NG_JSON_ESCAPE_BYTES;
        } else if ((first & 0xFC00) == 0xD800 &&
                   parse_escape(bytes + at + NG_JSON_ESCAPE_BYTES, length - at - NG_JSON_ESCAPE_BYTES, &second) &&
                   (second & 0xFC00) == 0xDC00) {
            at += (size_t)2 * NG_JSON_ESCAPE_BYTES;
        } else {
            return at;
        }
    }
    return NG_JSON_NO_OFFSET;
}

bool ng_json_repair_surrogates(uint8_t *bytes, size_t length) {
    size_t at = 0;
    for (size_t lone; (lone = ng_json_find_lone_surrogate(bytes + at, length - at)) != NG_JSON_NO_OFFSET;) {
        at += lone;
        memcpy(bytes + at, "\\ufffd", NG_JSON_ESCAPE_BYTES);
        at += NG_JSON_ESCAPE_BYTES;
    }
    return at > 0;
}
