/*
 * How index.json is sealed, which FORMAT.md describes. For manifest.c and manifest_parse.c only.
 */
#ifndef NG_COMMON_SHARD_MANIFEST_FORMAT_H
#define NG_COMMON_SHARD_MANIFEST_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last bytes of the file: the seal's head, the XXH3-64 of all bytes before the head as 16 digits, its tail. */
#define NG_MANIFEST_SEAL_HEAD "  \"checksum\": \""
#define NG_MANIFEST_SEAL_TAIL "\"\n}\n"

enum {
    NG_MANIFEST_SUM_BYTES = 8,
    NG_MANIFEST_SEAL_HEAD_BYTES = sizeof NG_MANIFEST_SEAL_HEAD - 1,
    NG_MANIFEST_SEAL_TAIL_BYTES = sizeof NG_MANIFEST_SEAL_TAIL - 1,
    NG_MANIFEST_SEAL_BYTES = NG_MANIFEST_SEAL_HEAD_BYTES + 2 * NG_MANIFEST_SUM_BYTES + NG_MANIFEST_SEAL_TAIL_BYTES
};

#define NG_MANIFEST_DAMAGE_HINT "restore index.json from a copy, or build the index again"

/* Whether the bytes end in the seal that belongs to them. */
bool ng_manifest_sealed(const uint8_t *bytes, size_t length);

/* Decodes 2 * count lower-case hexadecimal digits; returns false if the digits are anything else. */
bool ng_manifest_hex_decode(uint8_t *bytes, size_t count, const unsigned char *digits, size_t digit_count);

#endif
