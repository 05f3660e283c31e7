/*
 * The paths of --text-field, and where in a record they lead: names joined by dots, several of them by commas
 * ("title,body", "messages.content", "choices.0.text"). Arrays are stepped through, unless a step is the number of an
 * element. A path also means the member of the record that has the whole path as its name.
 */
#ifndef NG_INDEXER_RECORD_JSON_PATHS_H
#define NG_INDEXER_RECORD_JSON_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "common/json/in.h"

struct ng_json_path {
    const char *name; /* in names; not NUL-terminated */
    size_t name_bytes;
    struct {
        const char *at;
        size_t length;
    } steps[NG_MAX_PATH_STEPS];
    unsigned count;
};

struct ng_json_paths {
    char *names; /* owned: what was given */
    struct ng_json_path paths[NG_MAX_TEXT_FIELDS];
    unsigned count;

    /* While a record is read, by depth: how many steps of each path lead to the value that is open there, or
     * NG_JSON_OFF_PATH if it is not on the path. */
    uint8_t taken[NG_MAX_JSON_DEPTH + 1][NG_MAX_TEXT_FIELDS];
    bool in_array[NG_MAX_JSON_DEPTH + 1]; /* the value that is open there is an array */
    uint64_t next[NG_MAX_JSON_DEPTH + 1]; /* number of its next element */
};

enum { NG_JSON_OFF_PATH = 255 };

/* Errors: NG_ERR_NOMEM, NG_ERR_USAGE (over NG_MAX_FIELD_NAME_BYTES or not UTF-8, NG_MAX_TEXT_FIELDS,
 * NG_MAX_PATH_STEPS). */
int ng_json_paths_open(struct ng_json_paths *paths, const char *names, struct ng_err *err);
void ng_json_paths_free(struct ng_json_paths *paths);

/* One path of one step: a member of the record itself. */
static inline bool ng_json_paths_is_plain(const struct ng_json_paths *paths) {
    return paths->count == 1 && paths->paths[0].count == 1;
}

/* Call these before a record, with each key, and with the start of each value. The last one returns the path that leads
 * to the value, or NG_JSON_OFF_PATH. depth is that of the event. */
void ng_json_paths_begin(struct ng_json_paths *paths);
void ng_json_paths_key(struct ng_json_paths *paths, unsigned depth, const uint8_t *key, size_t length);
unsigned ng_json_paths_value(struct ng_json_paths *paths, unsigned depth, enum ng_json_event event);

/* Whether another path continues where this one ends. */
bool ng_json_paths_goes_on(const struct ng_json_paths *paths, unsigned path);

#endif
