/*
 * Whether bytes are one JSON object: for what is JSON already and is written on byte for byte.
 */
#ifndef NG_COMMON_JSON_OBJECT_H
#define NG_COMMON_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Checks one object after the other; keeps a parser between them, since making one takes longer than most objects. */
struct ng_json_objects;

/* NULL: out of memory. One thread at a time. */
struct ng_json_objects *ng_json_objects_open(void);

/* NULL is fine. */
void ng_json_objects_close(struct ng_json_objects *objects);

/* Whether bytes are a JSON object in UTF-8 (RFC 8259), nested at most NG_MAX_JSON_DEPTH deep, with nothing before or
 * behind it. Where there is no memory to tell, *no_memory is set, and it is false. */
bool ng_json_objects_check(struct ng_json_objects *objects, const uint8_t *bytes, size_t length, bool *no_memory);

#endif
