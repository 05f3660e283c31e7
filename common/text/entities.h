/*
 * The named character references of HTML 4. Those that HTML 5 adds are signs that folding leaves out, or rare.
 */
#ifndef NG_COMMON_TEXT_ENTITIES_H
#define NG_COMMON_TEXT_ENTITIES_H

#include <stdint.h>

enum { NG_ENTITY_NAME_BYTES = 8 };

/* The character that a name, without & and semicolon, stands for; -1 for any other name. Thread-safe. */
int32_t ng_entity_find(const char *name);

#endif
