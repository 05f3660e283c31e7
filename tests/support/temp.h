/*
 * What tests need of a file system and of chance.
 */
#ifndef NG_TESTS_SUPPORT_TEMP_H
#define NG_TESTS_SUPPORT_TEMP_H

#include <stddef.h>
#include <stdint.h>

/* Makes an empty folder, below $TMPDIR or /tmp, that is removed when the process ends. */
const char *test_temp_folder(void);

/* The path of a name in that folder; a few of these strings are kept, then used again. */
const char *test_temp_path(const char *name);

/* Writes a file whole, and reads one (owned by the caller). Both end the test where they fail. */
void test_write_file(const char *path, const void *bytes, size_t length);
uint8_t *test_read_file(const char *path, size_t *length);

/* Pseudo-random numbers: the same for the same seed (xorshift64*, Vigna 2014). */
struct test_random {
    uint64_t state;
};
struct test_random test_random_make(uint64_t seed);
uint64_t test_random_next(struct test_random *random);
uint64_t test_random_below(struct test_random *random, uint64_t bound);

#endif
