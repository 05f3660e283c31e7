/*
 * Where a JSON value ends, by its brackets and strings alone. A parser tells afterwards whether it is JSON.
 */
#ifndef NG_COMMON_JSON_SCAN_H
#define NG_COMMON_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* How far a scan has come. Begin with zeroes. */
struct ng_json_scan {
    uint64_t depth; /* open brackets */
    bool in_string;
    bool escaped; /* the byte before was a backslash in a string */
};

/* Goes on by a byte. True if it closes the last open bracket. */
static inline bool ng_json_scan_closes(struct ng_json_scan *scan, uint8_t byte) {
    if (scan->in_string) {
        if (scan->escaped) scan->escaped = false;
        else if (byte == '\\') scan->escaped = true;
        else if (byte == '"') scan->in_string = false;
    } else if (byte == '"') {
        scan->in_string = true;
    } else if (byte == '{' || byte == '[') {
        scan->depth++;
    } else if (byte == '}' || byte == ']') {
        if (scan->depth > 0) scan->depth--;
        return scan->depth == 0;
    }
    return false;
}

#endif
