#include "common/base/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/checked.h"

bool ng_text_decimal(const char *digits, size_t length, uint64_t *value) {
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9') return false;
        if (!ng_checked_mul(number, 10, &number) || !ng_checked_add(number, (uint64_t)(digits[i] - '0'), &number))
            return false;
    }
    *value = number;
    return length > 0;
}

size_t ng_text_write_u64(char digits[NG_TEXT_U64_BYTES], uint64_t value) {
    char reversed[NG_TEXT_U64_BYTES];
    size_t length = 0;
    do {
        reversed[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < length; i++) digits[i] = reversed[length - 1 - i];
    return length;
}

/* Multiplying makes an error of less than 1e-6. A value so near to the middle between two results is left to printf. */
size_t ng_text_write_decimal(char digits[NG_TEXT_DECIMAL_BYTES], double value, int decimals) {
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    const double error = 1e-6;
    if (decimals > 0 && decimals <= 6 && !signbit(value) && value < 1000.0) {
        double scaled = value * powers[decimals];
        uint64_t number = (uint64_t)scaled;
        double rest = scaled - (double)number;
        if (fabs(rest - 0.5) > error) {
            number += rest > 0.5 ? 1 : 0;
            size_t length = ng_text_write_u64(digits, number / powers[decimals]);
            uint64_t fraction = number % powers[decimals];
            digits[length] = '.';
            for (int i = decimals; i > 0; i--, fraction /= 10) digits[length + (size_t)i] = (char)('0' + fraction % 10);
            return length + 1 + (size_t)decimals;
        }
    }
    int length = snprintf(digits, NG_TEXT_DECIMAL_BYTES, "%.*f", decimals, value);
    assert(length > 0 && length < NG_TEXT_DECIMAL_BYTES);
    return (size_t)length;
}

void ng_text_hex(char *digits, const uint8_t *bytes, size_t count) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        digits[2 * i] = hex[bytes[i] >> 4];
        digits[2 * i + 1] = hex[bytes[i] & 15];
    }
    digits[2 * count] = '\0';
}

int ng_text_hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool ng_text_ends(const char *text, size_t length, const char *end) {
    size_t end_length = strlen(end);
    return length >= end_length && strncasecmp(text + length - end_length, end, end_length) == 0;
}

size_t ng_text_uncompressed(const char *path) {
    static const char *const endings[] = {".gz", ".zst", ".zstd", ".bz2", ".xz"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (ng_text_ends(path, length, endings[i])) return length - strlen(endings[i]);
    }
    return length;
}

struct ng_text ng_text_base_name(const char *path, const char *const *endings) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    size_t begin = length;
    while (begin > 0 && path[begin - 1] != '/') begin--;
    for (; *endings; endings++) {
        size_t ending = strlen(*endings);
        if (length - begin > ending && ng_text_ends(path, length, *endings)) length -= ending;
    }
    return (struct ng_text){path + begin, length - begin};
}

struct ng_text ng_text_index_name(const char *argument, const char **path) {
    static const char *const endings[] = {".ngidx", NULL};
    const char *equals = strchr(argument, '=');
    const char *slash = strchr(argument, '/');
    bool named = equals && equals > argument && (!slash || equals < slash);
    *path = named ? equals + 1 : argument;
    return named ? (struct ng_text){argument, (size_t)(equals - argument)} : ng_text_base_name(argument, endings);
}
