#include "indexer/record/json_paths.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/utf8.h"

static int split_path(struct ng_json_path *path, const char *at, size_t length, struct ng_err *err) {
    path->name = at;
    path->name_bytes = length;
    const char *end = at + length;
    for (;;) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        const char *step_end = dot ? dot : end;
        if (path->count == NG_MAX_PATH_STEPS) {
            return ng_err_set(err, NG_ERR_USAGE, "text field of over %u steps (NG_MAX_PATH_STEPS)", NG_MAX_PATH_STEPS);
        }
        path->steps[path->count].at = at;
        path->steps[path->count++].length = (size_t)(step_end - at);
        if (!dot) return NG_OK;
        at = dot + 1;
    }
}

int ng_json_paths_open(struct ng_json_paths *paths, const char *names, struct ng_err *err) {
    size_t length = strlen(names);
    *paths = (struct ng_json_paths){0};
    if (length > NG_MAX_FIELD_NAME_BYTES) {
        return ng_err_set(err, NG_ERR_USAGE, "name of the text field is over %u bytes (NG_MAX_FIELD_NAME_BYTES)",
                          NG_MAX_FIELD_NAME_BYTES);
    }
    if (ng_utf8_valid_prefix((const uint8_t *)names, length) < length) {
        return ng_err_set(err, NG_ERR_USAGE, "name of the text field is not UTF-8");
    }
    paths->names = strdup(names);
    if (!paths->names) return ng_err_nomem(err, length + 1, "a JSON parser");
    int status = NG_OK;
    for (const char *at = paths->names; !status;) {
        size_t path = strcspn(at, ",");
        if (paths->count == NG_MAX_TEXT_FIELDS) {
            return ng_err_set(err, NG_ERR_USAGE, "over %u text fields (NG_MAX_TEXT_FIELDS)", NG_MAX_TEXT_FIELDS);
        }
        status = split_path(&paths->paths[paths->count++], at, path, err);
        at += path;
        if (*at++ == '\0') break;
    }
    return status;
}

void ng_json_paths_free(struct ng_json_paths *paths) {
    free(paths->names);
    *paths = (struct ng_json_paths){0};
}

void ng_json_paths_begin(struct ng_json_paths *paths) {
    memset(paths->taken[0], 0, sizeof paths->taken[0]);
    paths->in_array[0] = false;
}

static uint8_t take_key(const struct ng_json_path *path, unsigned taken, unsigned depth, const uint8_t *key,
                        size_t length) {
    if (depth == 1 && length == path->name_bytes && memcmp(key, path->name, length) == 0) return (uint8_t)path->count;
    if (taken >= path->count) return NG_JSON_OFF_PATH; /* or at NG_JSON_OFF_PATH itself */
    bool same = path->steps[taken].length == length && memcmp(path->steps[taken].at, key, length) == 0;
    return same ? (uint8_t)(taken + 1) : NG_JSON_OFF_PATH;
}

void ng_json_paths_key(struct ng_json_paths *paths, unsigned depth, const uint8_t *key, size_t length) {
    for (unsigned p = 0; p < paths->count; p++) {
        paths->taken[depth][p] = take_key(&paths->paths[p], paths->taken[depth - 1][p], depth, key, length);
    }
}

static uint8_t take_number(const struct ng_json_path *path, unsigned taken, uint64_t number) {
    uint64_t wanted;
    if (taken >= path->count) return (uint8_t)taken; /* the path ended at the array: all of it, or off the path */
    if (!ng_text_decimal(path->steps[taken].at, path->steps[taken].length, &wanted)) return (uint8_t)taken;
    return wanted == number ? (uint8_t)(taken + 1) : NG_JSON_OFF_PATH;
}

unsigned ng_json_paths_value(struct ng_json_paths *paths, unsigned depth, enum ng_json_event event) {
    unsigned found = NG_JSON_OFF_PATH;
    if (depth > 0 && paths->in_array[depth - 1]) {
        uint64_t number = paths->next[depth - 1]++;
        for (unsigned p = 0; p < paths->count; p++) {
            paths->taken[depth][p] = take_number(&paths->paths[p], paths->taken[depth - 1][p], number);
        }
    }
    for (unsigned p = 0; p < paths->count && found == NG_JSON_OFF_PATH; p++) {
        if (paths->taken[depth][p] == paths->paths[p].count) found = p;
    }
    paths->in_array[depth] = event == NG_JSON_ARRAY;
    paths->next[depth] = 0;
    return found;
}

bool ng_json_paths_goes_on(const struct ng_json_paths *paths, unsigned path) {
    const struct ng_json_path *start = &paths->paths[path];
    for (unsigned p = 0; p < paths->count; p++) {
        const struct ng_json_path *other = &paths->paths[p];
        if (other->name_bytes > start->name_bytes && memcmp(other->name, start->name, start->name_bytes) == 0 &&
            other->name[start->name_bytes] == '.') return true;
    }
    return false;
}
