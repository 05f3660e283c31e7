/*
 * Little-endian loads and stores at any address, whatever the machine's byte order and alignment rules.
 * Compilers turn each into one instruction where the machine is little-endian.
 */
#ifndef NG_COMMON_BASE_LE_H
#define NG_COMMON_BASE_LE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ng_le_load16(const uint8_t *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return le16toh(value);
}

static inline uint32_t ng_le_load32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static inline uint64_t ng_le_load64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static inline void ng_le_store16(uint8_t *bytes, uint16_t value) {
    value = htole16(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store32(uint8_t *bytes, uint32_t value) {
    value = htole32(value);
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store64(uint8_t *bytes, uint64_t value) {
    value = htole64(value);
    memcpy(bytes, &value, sizeof value);
}

#endif
