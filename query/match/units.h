/*
 * Units of folded text: a code point counts for two if its script is written without spaces, else for one.
 * Internal to the query library.
 */
#ifndef NG_QUERY_MATCH_UNITS_H
#define NG_QUERY_MATCH_UNITS_H

#include <stdint.h>

#include "common/base/utf8.h"
#include "common/text/script.h"

enum { NG_UNITS_SPACED = 1, NG_UNITS_UNSPACED = 2 };

/* The units of the code point at *at. Moves *at past it. text[0, end) is UTF-8, as folding makes it. */
static inline uint64_t ng_units_next(const uint8_t *text, uint64_t end, uint64_t *at) {
    uint8_t first = text[*at];
    if (first < 0x80) return (*at)++, NG_UNITS_SPACED;
    int32_t character = first >= 0xF0 ? first & 0x07 : first >= 0xE0 ? first & 0x0F : first & 0x1F;
    for ((*at)++; *at < end && ng_utf8_is_continuation(text[*at]); (*at)++) character = character << 6 | (text[*at] & 0x3F);
    return ng_script_is_unspaced(character) ? NG_UNITS_UNSPACED : NG_UNITS_SPACED;
}

#endif
