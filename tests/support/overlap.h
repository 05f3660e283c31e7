/* Random corpora, texts that share pieces with them, and what is in them by a scan. */
#ifndef NG_TESTS_SUPPORT_OVERLAP_H
#define NG_TESTS_SUPPORT_OVERLAP_H

#include <stdbool.h>

#include "query/include/ngidx.h"
#include "tests/support/make_index.h"
#include "tests/support/temp.h"

enum { TEST_MOST_DOCUMENTS = 30, TEST_MOST_CORPUS = 4000, TEST_MOST_TEXT = 160, TEST_LETTERS = 7 };

struct test_corpus {
    struct test_document documents[TEST_MOST_DOCUMENTS];
    size_t count;
    size_t first_of_second; /* documents from here on are in the second index, if there is one */
    uint8_t text[TEST_MOST_CORPUS];
};

struct test_text {
    uint8_t bytes[TEST_MOST_TEXT];
    uint64_t length;
};

/* The characters of a text. */
struct test_characters {
    uint64_t at[TEST_MOST_TEXT + 1]; /* byte offset of each, and the length */
    bool starts_word[TEST_MOST_TEXT];
    uint64_t count;
    bool blank;
};

void test_fill_corpus(struct test_corpus *corpus, struct test_random *random, uint64_t letters);

/* Adds copies of documents, cut at characters, amid random characters; nothing and blanks, too. letters: how many
 * different ones, 2 to TEST_LETTERS. */
void test_fill_text(struct test_text *text, const struct test_corpus *corpus, struct test_random *random, uint64_t letters);

/* Occurrences of bytes in documents [first, end). */
uint64_t test_scan(const struct test_corpus *corpus, size_t first, size_t end, const uint8_t *bytes, uint64_t length);

void test_split(struct test_characters *characters, struct ng_bytes text);

struct ng_index *test_make_random_index(const char *name, const struct test_document *documents, size_t count,
                                        struct test_random *random);

#endif
