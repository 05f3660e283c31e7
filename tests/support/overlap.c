#include "tests/support/overlap.h"

#include <check.h>
#include <string.h>

/* Few letters, so that much occurs by chance; characters of 1 to 4 bytes that share bytes; white space of all kinds. */
static const char *const LETTERS[] = {"a", "b", "c", "\xC3\xA9", "\xC3\xA8", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
static const char *const SPACES[] = {" ", " ", " ", "\n", "\t", "\xC2\xA0", "\xE2\x80\x83", "\xE3\x80\x80", "\xC2\x85"};

static uint64_t append_random(uint8_t *out, uint64_t room, struct test_random *random, uint64_t letters) {
    bool space = test_random_below(random, 4) == 0;
    const char *character = space ? SPACES[test_random_below(random, sizeof SPACES / sizeof *SPACES)]
                                  : LETTERS[test_random_below(random, letters)];
    uint64_t length = strlen(character);
    if (length > room) return 0;
    memcpy(out, character, length);
    return length;
}

void test_fill_corpus(struct test_corpus *corpus, struct test_random *random, uint64_t letters) {
    uint64_t total = 50 + test_random_below(random, TEST_MOST_CORPUS - 60);
    uint64_t at = 0;
    corpus->count = 1 + test_random_below(random, TEST_MOST_DOCUMENTS);
    for (size_t d = 0; d < corpus->count; d++) {
        uint64_t end = total * (d + 1) / corpus->count;
        uint64_t begin = at;
        while (at < end) {
            uint64_t more = append_random(corpus->text + at, end - at, random, letters);
            if (more == 0) break;
            at += more;
        }
        corpus->documents[d] = (struct test_document){.text = corpus->text + begin, .length = at - begin};
    }
    corpus->first_of_second = corpus->count > 1 ? 1 + test_random_below(random, corpus->count - 1) : corpus->count;
}

static bool continues(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* Adds copies of documents, cut at characters, amid random characters; nothing and blanks, too. */
void test_fill_text(struct test_text *text, const struct test_corpus *corpus, struct test_random *random,
                      uint64_t letters) {
    uint64_t length = test_random_below(random, 5) ? test_random_below(random, TEST_MOST_TEXT) : test_random_below(random, 12);
    while (text->length < length) {
        const struct test_document *document = &corpus->documents[test_random_below(random, corpus->count)];
        if (test_random_below(random, 8) == 0 && document->length > 0) {
            size_t at = (size_t)test_random_below(random, document->length);
            while (at > 0 && continues(document->text[at])) at--;
            size_t end = at + (size_t)test_random_below(random, 90);
            while (at < document->length && (at < end || continues(document->text[at])) &&
                   text->length < TEST_MOST_TEXT) text->bytes[text->length++] = document->text[at++];
            /* The last character may be cut. */
            if (text->length == TEST_MOST_TEXT) {
                do {
                    text->length--;
                } while (continues(text->bytes[text->length]));
            }
        } else {
            uint64_t more = append_random(text->bytes + text->length, TEST_MOST_TEXT - text->length, random, letters);
            if (more == 0) return;
            text->length += more;
        }
    }
}

/* Occurrences of bytes in documents [first, end). */
uint64_t test_scan(const struct test_corpus *corpus, size_t first, size_t end, const uint8_t *bytes, uint64_t length) {
    uint64_t count = 0;
    for (size_t d = first; d < end; d++) {
        const uint8_t *at = corpus->documents[d].text;
        const uint8_t *stop = at + corpus->documents[d].length;
        while ((at = memmem(at, (size_t)(stop - at), bytes, length)) != NULL) {
            count++;
            at++;
        }
    }
    return count;
}

static uint32_t decode(const uint8_t *bytes, uint64_t *length) {
    if (bytes[0] < 0x80) return *length = 1, bytes[0];
    if (bytes[0] < 0xE0) return *length = 2, (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
    uint32_t high = (bytes[0] & 0xFu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    if (bytes[0] < 0xF0) return *length = 3, high;
    return *length = 4, (high & 0x7FFFu) << 6 | (bytes[3] & 0x3Fu);
}

static bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == 32 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

void test_split(struct test_characters *characters, struct ng_bytes text) {
    bool in_word = false;
    *characters = (struct test_characters){.blank = true};
    for (uint64_t at = 0; at < text.length_bytes;) {
        uint64_t length;
        bool space = is_space(decode(text.data + at, &length));
        characters->at[characters->count] = at;
        characters->starts_word[characters->count++] = !space && !in_word;
        in_word = !space;
        characters->blank = characters->blank && space;
        at += length;
    }
    characters->at[characters->count] = text.length_bytes;
}

struct ng_index *test_make_random_index(const char *name, const struct test_document *documents, size_t count,
                                   struct test_random *random) {
    const char *folder = test_temp_path(name);
    struct ng_err err = {0};
    struct ng_index *index = NULL;
    uint64_t shard_rows = test_random_below(random, 2) ? UINT64_MAX : 100 + test_random_below(random, 1500);
    test_make_index(folder, documents, count, shard_rows, 1 + test_random_below(random, 16));
    ck_assert_msg(ng_index_open(&index, folder, &err) == 0, "%s", err.text);
    return index;
}
