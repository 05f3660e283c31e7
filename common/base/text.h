/*
 * Digits, and the names of files and indexes. Pure, thread-safe.
 */
#ifndef NG_COMMON_BASE_TEXT_H
#define NG_COMMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads length decimal digits, at least one. False where there is anything else, or the number takes over 64 bits. */
bool ng_text_decimal(const char *digits, size_t length, uint64_t *value);

/* Writes count bytes as 2 * count lower-case hexadecimal digits and a NUL. */
void ng_text_hex(char *digits, const uint8_t *bytes, size_t count);

/* The value of a hexadecimal digit of either case; -1 for any other character. */
int ng_text_hex_digit(char digit);

/* Whether text ends in end, whatever the case of letters. */
bool ng_text_ends(const char *text, size_t length, const char *end);

/* Length of a file's name without the ending of a compressed file (.gz, .zst). */
size_t ng_text_uncompressed(const char *path);

/* A piece of an argument. */
struct ng_text {
    const char *at;
    size_t length;
};

/* The last part of a path, without slashes behind it and without endings, each of which is removed once, in their
 * order. endings ends with NULL. */
struct ng_text ng_text_base_name(const char *path, const char *const *endings);

/* Splits NAME=INDEX; an argument without a name gets its path's. Returns the name. A path may hold '=', too: behind a
 * slash it is part of one. */
struct ng_text ng_text_index_name(const char *argument, const char **path);

#endif
