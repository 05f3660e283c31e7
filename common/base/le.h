/*
 * Little-endian loads and stores at any address, whatever the machine's byte order and alignment rules.
 * Compilers turn each into one instruction where the machine is little-endian.
 */
#ifndef NG_COMMON_BASE_LE_H
#define NG_COMMON_BASE_LE_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NG_LE16(x) __builtin_bswap16(x)
#define NG_LE32(x) __builtin_bswap32(x)
#define NG_LE64(x) __builtin_bswap64(x)
#else
#define NG_LE16(x) (x)
#define NG_LE32(x) (x)
#define NG_LE64(x) (x)
#endif

static inline uint16_t ng_le_load16(const uint8_t *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return NG_LE16(value);
}

static inline uint32_t ng_le_load32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return NG_LE32(value);
}

static inline uint64_t ng_le_load64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return NG_LE64(value);
}

static inline void ng_le_store16(uint8_t *bytes, uint16_t value) {
    value = NG_LE16(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store32(uint8_t *bytes, uint32_t value) {
    value = NG_LE32(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store64(uint8_t *bytes, uint64_t value) {
    value = NG_LE64(value);
    memcpy(bytes, &value, sizeof value);
}

#endif
