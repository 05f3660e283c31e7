/*
 * The named character references of HTML 4. The ones that HTML 5 adds are rare, or signs that folding drops.
 */
#ifndef NG_COMMON_TEXT_ENTITIES_H
#define NG_COMMON_TEXT_ENTITIES_H

#include <stdint.h>

enum { NG_ENTITY_NAME_BYTES = 8 };

/* The character of a reference name, without & and semicolon; -1 for an unknown name. Thread-safe. */
int32_t ng_entity_find(const char *name);

#endif
