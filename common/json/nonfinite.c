#include "common/json/nonfinite.h"

#include <string.h>

static bool starts(const uint8_t *bytes, size_t length, const char *word) {
    return length >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

bool ng_nonfinite_replace(uint8_t *bytes, size_t length) {
    static const char infinity[] = "Infinity";
    bool found = false;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && bytes[i] == '\\') i++;
        else if (bytes[i] == '"') in_string = !in_string;
        size_t word = 0;
        if (in_string || i >= length) continue;
        if (starts(bytes + i, length - i, "NaN")) word = 3;
        else if (starts(bytes + i, length - i, infinity)) word = sizeof infinity - 1;
        if (word == 0) continue;
        memset(bytes + i, '1', word);
        found = true;
        i += word - 1;
    }
    return found;
}
