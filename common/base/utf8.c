#include "common/base/utf8.h"

#include <string.h>

#include "common/base/le.h"
#include "common/base/swar.h"

/* Length of the character at bytes (length > 0), or, where none is well-formed there, of the maximal
 * subpart that one U+FFFD stands for. */
static size_t scan_character(const uint8_t *bytes, size_t length, bool *well_formed) {
    uint8_t lead = bytes[0];
    *well_formed = lead < 0x80;
    if (lead < 0xC2 || lead > 0xF4) return 1;
    size_t needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    /* The second byte alone rules out overlong forms, surrogates and what lies above U+10FFFF. */
    uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i < needed; i++) {
        if (i == length || bytes[i] < lowest || bytes[i] > highest) return i;
        lowest = 0x80;
        highest = 0xBF;
    }
    *well_formed = true;
    return needed;
}

/* Length in bytes of a prefix that is ASCII, rounded down to 8 bytes except at the end. */
static size_t ascii_prefix(const uint8_t *bytes, size_t length) {
    enum { STEP = 4 * NG_SWAR_BYTES };
    size_t at = 0;
    for (; length - at >= STEP; at += STEP) {
        const uint8_t *words = bytes + at;
        uint64_t first = ng_le_load64(words) | ng_le_load64(words + NG_SWAR_BYTES);
        uint64_t second = ng_le_load64(words + 2 * NG_SWAR_BYTES) | ng_le_load64(words + 3 * NG_SWAR_BYTES);
        if ((first | second) & NG_SWAR_TOPS) break;
    }
    while (length - at >= NG_SWAR_BYTES) {
        if (ng_le_load64(bytes + at) & NG_SWAR_TOPS) return at;
        at += NG_SWAR_BYTES;
    }
    while (at < length && bytes[at] < 0x80) at++;
    return at;
}

size_t ng_utf8_valid_prefix(const uint8_t *bytes, size_t length) {
    size_t at = 0;
    while (at < length) {
        at += ascii_prefix(bytes + at, length - at);
        /* Up to 8 ASCII bytes may stand before the character that stopped the fast loop; text in other
         * scripts goes on for many characters. Both are served by staying here for a while. */
        for (unsigned i = 0; i < 16 && at < length; i++) {
            bool well_formed;
            if (bytes[at] < 0x80) {
                at++;
                continue;
            }
            size_t step = scan_character(bytes + at, length - at, &well_formed);
            if (!well_formed) return at;
            at += step;
        }
    }
    return at;
}

uint64_t ng_utf8_characters(const uint8_t *bytes, uint64_t length) {
    uint64_t count = length;
    uint64_t i = 0;
    for (; length - i >= NG_SWAR_BYTES; i += NG_SWAR_BYTES) {
        uint64_t word = ng_le_load64(bytes + i);
        uint64_t continuations = word >> 7 & ~word >> 6 & NG_SWAR_EACH;
        if (continuations) count -= continuations * NG_SWAR_EACH >> 56;
    }
    for (; i < length; i++) count -= ng_utf8_is_continuation(bytes[i]) ? 1 : 0;
    return count;
}

int ng_utf8_append_repaired(struct ng_buf *out, const uint8_t *bytes, size_t length, struct ng_err *err) {
    size_t at = 0;
    while (at < length) {
        size_t valid = ng_utf8_valid_prefix(bytes + at, length - at);
        int status = ng_buf_append(out, bytes + at, valid, err);
        if (status) return status;
        at += valid;
        if (at == length) break;
        bool well_formed;
        at += scan_character(bytes + at, length - at, &well_formed);
        status = ng_buf_append(out, NG_UTF8_REPLACEMENT, sizeof NG_UTF8_REPLACEMENT - 1, err);
        if (status) return status;
    }
    return NG_OK;
}

void ng_utf8_write_repaired(FILE *stream, const uint8_t *bytes, size_t length,
                            void (*write)(FILE *stream, const uint8_t *bytes, size_t length)) {
    for (size_t at = 0; at < length;) {
        size_t valid = ng_utf8_valid_prefix(bytes + at, length - at);
        write(stream, bytes + at, valid);
        at += valid;
        if (at == length) return;
        write(stream, (const uint8_t *)NG_UTF8_REPLACEMENT, sizeof NG_UTF8_REPLACEMENT - 1);
        at++;
        while (at < length && ng_utf8_is_continuation(bytes[at])) at++;
    }
}

size_t ng_utf8_mark_bytes(const uint8_t *bytes, size_t length) {
    return length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* Unicode 15, PropList.txt: U+0009 to U+000D, U+0020, U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029,
 * U+202F, U+205F, U+3000. The list has not changed since Unicode 6.3. */
size_t ng_utf8_space_bytes(const uint8_t *bytes, size_t length) {
    uint8_t first = length > 0 ? bytes[0] : 0;
    if (first < 0x80) return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
    if (first == 0xC2) return length >= 2 && (bytes[1] == 0x85 || bytes[1] == 0xA0) ? 2 : 0;
    if (length < 3 || first < 0xE1 || first > 0xE3) return 0;
    unsigned rest = (unsigned)bytes[1] << 8 | bytes[2];
    switch (first) {
    case 0xE1: return rest == 0x9A80 ? 3 : 0;
    case 0xE2: return (rest >= 0x8080 && rest <= 0x808A) || rest == 0x80A8 || rest == 0x80A9 || rest == 0x80AF ||
                      rest == 0x819F ? 3 : 0;
    default: return rest == 0x8080 ? 3 : 0;
    }
}

/* Zero bytes tell: the high byte of ASCII is one, the low byte only that of one character in 256, such as the ideographic
 * space. high is where the high byte of each unit is. */
static bool fits_utf16(const uint8_t *bytes, size_t units, size_t high) {
    enum { FIRST = 2, LOW_ONE_IN = 8 };
    size_t high_zeros = 0;
    size_t low_zeros = 0;
    bool begins = units >= FIRST;
    for (size_t i = 0; i < units; i++) {
        bool high_zero = bytes[2 * i + high] == 0;
        bool low_zero = bytes[2 * i + 1 - high] == 0;
        if (high_zero && low_zero) return false;
        high_zeros += high_zero;
        low_zeros += low_zero;
        if (i < FIRST) begins = begins && high_zero && bytes[2 * i + 1 - high] < 0x80;
    }
    return low_zeros <= high_zeros / LOW_ONE_IN && (begins || high_zeros > units / 2);
}

const char *ng_utf8_find_utf16(const uint8_t *bytes, size_t length) {
    enum { MOST_BYTES = 1 << 16 };
    if (length > MOST_BYTES) length = MOST_BYTES;
    if (length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) return "UTF-16";
    if (fits_utf16(bytes, length / 2, 1)) return "UTF-16LE";
    return fits_utf16(bytes, length / 2, 0) ? "UTF-16BE" : NULL;
}
