#include "tests/support/scan_answer.h"

#include <string.h>

enum { MOST_LETTERS = 4096, LEAST_LETTERS = 4 };

/* The letters of a text. */
struct letters {
    uint64_t begin[MOST_LETTERS];
    uint64_t end[MOST_LETTERS];
    uint8_t code[MOST_LETTERS];
    size_t count;
};

static bool continues(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

static void find_letters(struct letters *letters, const uint8_t *text, uint64_t length) {
    letters->count = 0;
    for (uint64_t at = 0, end; at < length && letters->count < MOST_LETTERS; at = end) {
        end = at + 1;
        while (end < length && continues(text[end])) end++;
        uint8_t first = text[at] | 0x20;
        bool accented = text[at] == 0xC3;
        if (!accented && (end - at > 1 || first < 'a' || first > 'c')) continue;
        letters->begin[letters->count] = at;
        letters->end[letters->count] = end;
        letters->code[letters->count++] = accented ? text[at + 1] : first;
    }
}

static uint64_t characters_between(const uint8_t *text, uint64_t begin, uint64_t end) {
    uint64_t count = 0;
    for (uint64_t at = begin; at < end; at++) count += continues(text[at]) ? 0 : 1;
    return count;
}

struct test_answer test_scan_answer(const struct test_document *document, struct ng_bytes answer, uint64_t piece,
                                    uint64_t piece_end, uint64_t chars) {
    static struct letters text;
    static struct letters wanted;
    find_letters(&wanted, answer.data, answer.length_bytes);
    find_letters(&text, document->text, document->length);
    struct test_answer found = {.tells = wanted.count >= LEAST_LETTERS};
    for (size_t i = 0; found.tells && i + wanted.count <= text.count; i++) {
        uint64_t begin = text.begin[i];
        uint64_t end = text.end[i + wanted.count - 1];
        bool whole = (i == 0 || text.end[i - 1] != begin) &&
                     (i + wanted.count == text.count || text.begin[i + wanted.count] != end);
        bool inside = begin >= piece && end <= piece_end && end - begin < piece_end - piece;
        if (memcmp(text.code + i, wanted.code, wanted.count) != 0 || !whole || inside) continue;
        found.together = true;
        uint64_t apart = begin >= piece_end ? characters_between(document->text, piece_end, begin)
                         : end <= piece     ? characters_between(document->text, end, piece) : 0;
        found.near = found.near || apart <= chars;
    }
    return found;
}
