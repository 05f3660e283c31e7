/*
 * Digits, and the names of files and indexes. Pure, thread-safe.
 */
#ifndef NG_COMMON_BASE_TEXT_H
#define NG_COMMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads length decimal digits, at least one. Returns false on any other character, or if the number exceeds 64 bits. */
bool ng_text_decimal(const char *digits, size_t length, uint64_t *value);

/* Writes numbers as "%" PRIu64 and "%.*f" of printf do, without the NUL. Returns the length. printf takes a dozen times
 * as long, which would be a twentieth of the time of a contamination report. */
enum { NG_TEXT_U64_BYTES = 20, NG_TEXT_DECIMAL_BYTES = 352 /* the largest double has 309 digits before its point */ };
size_t ng_text_write_u64(char digits[NG_TEXT_U64_BYTES], uint64_t value);
size_t ng_text_write_decimal(char digits[NG_TEXT_DECIMAL_BYTES], double value, int decimals);

/* Writes count bytes as 2 * count lower-case hexadecimal digits and a NUL. */
void ng_text_hex(char *digits, const uint8_t *bytes, size_t count);

/* The value of a hexadecimal digit of either case; -1 for any other character. */
int ng_text_hex_digit(char digit);

/* Whether text ends in end, ignoring case. */
bool ng_text_ends(const char *text, size_t length, const char *end);

/* Length of a file's name without the ending of a compressed file (.gz, .zst, .zstd, .bz2, .xz). */
size_t ng_text_uncompressed(const char *path);

/* A piece of an argument. */
struct ng_text {
    const char *at;
    size_t length;
};

/* The last part of a path, without trailing slashes and without endings. Each ending is removed at most once, in the
 * order of the list, which ends with NULL. */
struct ng_text ng_text_base_name(const char *path, const char *const *endings);

/* Splits NAME=INDEX and returns the name. An argument without a name gets the name of its path. A '=' after a slash is
 * part of the path. */
struct ng_text ng_text_index_name(const char *argument, const char **path);

#endif
