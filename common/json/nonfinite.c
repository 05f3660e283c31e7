#include "common/json/nonfinite.h"

#include <string.h>

static bool starts(const uint8_t *bytes, size_t length, const char *word) {
    return length >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

static bool is_word(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '_' || byte == '.' || byte == '+';
}

/* The length of the word at bytes[i], which is outside of strings; 0 where there is none. */
static size_t word_at(const uint8_t *bytes, size_t length, size_t i) {
    static const char *const words[] = {"-Infinity", "Infinity", "NaN"};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        size_t end = i + strlen(words[w]);
        if (!starts(bytes + i, length - i, words[w])) continue;
        bool alone = (i == 0 || !is_word(bytes[i - 1])) && (end == length || !is_word(bytes[end]));
        return alone ? end - i : 0;
    }
    return 0;
}

bool ng_nonfinite_find(const uint8_t *bytes, size_t length, size_t *at, size_t *word) {
    bool in_string = false;
    for (size_t i = *at; i < length; i++) {
        if (in_string && bytes[i] == '\\') i++;
        else if (bytes[i] == '"') in_string = !in_string;
        if (in_string || i >= length) continue;
        *word = word_at(bytes, length, i);
        *at = i;
        if (*word > 0) return true;
    }
    return false;
}

bool ng_nonfinite_replace(uint8_t *bytes, size_t length) {
    bool found = false;
    size_t word;
    for (size_t at = 0; ng_nonfinite_find(bytes, length, &at, &word); at += word) {
        memset(bytes + at, '1', word);
        found = true;
    }
    return found;
}
