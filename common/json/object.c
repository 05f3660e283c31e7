#include "common/json/object.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/json/memory.h"

struct ng_json_objects {
    struct ng_json_memory memory;
    yajl_handle yajl; /* between two objects; NULL: to be made */
    unsigned depth;
    size_t end; /* behind the first value that is an object or an array; 0: not yet */
};

static int on_open(void *context) {
    struct ng_json_objects *objects = context;
    return objects->depth++ < NG_MAX_JSON_DEPTH;
}

static int on_close(void *context) {
    struct ng_json_objects *objects = context;
    if (--objects->depth == 0 && objects->end == 0) objects->end = yajl_get_bytes_consumed(objects->yajl);
    return 1;
}

/* That this is set keeps yajl from converting numbers: any number is one. */
static int on_number(void *context, const char *digits, size_t length) {
    (void)context;
    (void)digits;
    (void)length;
    return 1;
}

static const yajl_callbacks callbacks = {.yajl_number = on_number,
                                         .yajl_start_map = on_open,
                                         .yajl_end_map = on_close,
                                         .yajl_start_array = on_open,
                                         .yajl_end_array = on_close};

struct ng_json_objects *ng_json_objects_open(void) {
    return calloc(1, sizeof(struct ng_json_objects));
}

static void forget_parser(struct ng_json_objects *objects) {
    if (objects->yajl) yajl_free(objects->yajl);
    objects->yajl = NULL;
}

void ng_json_objects_close(struct ng_json_objects *objects) {
    if (!objects) return;
    forget_parser(objects);
    free(objects);
}

/* What yajl lets pass though it is not JSON. */
static bool has_odd_space(const uint8_t *bytes, size_t length) {
    return memchr(bytes, '\v', length) || memchr(bytes, '\f', length);
}

/* The parser stands between two values afterwards, unless it failed. */
static bool parse(struct ng_json_objects *objects, const uint8_t *bytes, size_t length, bool *no_memory) {
    if (setjmp(objects->memory.out_of_memory) != 0) {
        *no_memory = true;
        return false;
    }
    if (!objects->yajl) {
        yajl_alloc_funcs functions = ng_json_memory_start(&objects->memory);
        objects->yajl = yajl_alloc(&callbacks, &functions, objects);
        (void)yajl_config(objects->yajl, yajl_allow_multiple_values, 1);
    }
    objects->depth = 0;
    objects->end = 0;
    return yajl_parse(objects->yajl, bytes, length) == yajl_status_ok && objects->end == length;
}

bool ng_json_objects_check(struct ng_json_objects *objects, const uint8_t *bytes, size_t length, bool *no_memory) {
    *no_memory = false;
    if (length == 2 && memcmp(bytes, "{}", 2) == 0) return true;
    bool sound =
        length > 0 && bytes[0] == '{' && ng_utf8_valid_prefix(bytes, length) == length && !has_odd_space(bytes, length);
    if (sound && parse(objects, bytes, length, no_memory)) return true;
    forget_parser(objects);
    return false;
}
