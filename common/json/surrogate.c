#include "common/json/surrogate.h"

#include <stdbool.h>
#include <string.h>

static bool parse_escape(const uint8_t *bytes, size_t length, unsigned *code_unit) {
    if (length < NG_JSON_ESCAPE_BYTES || bytes[0] != '\\' || bytes[1] != 'u') return false;
    *code_unit = 0;
    for (size_t i = 2; i < NG_JSON_ESCAPE_BYTES; i++) {
        unsigned char digit = bytes[i];
        unsigned value = digit <= '9' ? digit - (unsigned)'0' : (digit | 0x20u) - 'a' + 10u;
        *code_unit = *code_unit << 4 | value;
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
