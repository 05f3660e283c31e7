/*
 * Little-endian loads and stores at any address, whatever the machine's alignment rules: of whole bytes, and of numbers of
 * a fixed width in bits, one after the other.
 */
#ifndef NG_COMMON_BASE_LE_H
#define NG_COMMON_BASE_LE_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
#error "ngidx needs a little-endian 64-bit machine, such as x86-64 or aarch64"
#endif

/* Compilers turn each into one instruction. */
static inline uint16_t ng_le_load16(const uint8_t *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t ng_le_load32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t ng_le_load64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline void ng_le_store16(uint8_t *bytes, uint16_t value) {
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store32(uint8_t *bytes, uint32_t value) {
    memcpy(bytes, &value, sizeof value);
}

static inline void ng_le_store64(uint8_t *bytes, uint64_t value) {
    memcpy(bytes, &value, sizeof value);
}

/* Packed numbers: bit i of the stream is bit i % 8 of byte i / 8. */

/* The number of bits that hold any number from 0 to value. */
static inline unsigned ng_packed_width(uint64_t value) {
    return value ? 64u - (unsigned)__builtin_clzll(value) : 0;
}

/* The width bits (0 to 56) at a bit offset. Loads 8 bytes from the byte where they start. */
static inline uint64_t ng_packed_get(const uint8_t *bytes, uint64_t bit_offset, unsigned width) {
    uint64_t word = ng_le_load64(bytes + (bit_offset >> 3)) >> (bit_offset & 7);
    return word & ((UINT64_C(1) << width) - 1);
}

/* Stores a number of width bits (0 to 56) into zeroed bytes. Touches 8 bytes from the byte where they start. */
static inline void ng_packed_put(uint8_t *bytes, uint64_t bit_offset, unsigned width, uint64_t value) {
    uint8_t *bits = bytes + (bit_offset >> 3);
    (void)width;
    ng_le_store64(bits, ng_le_load64(bits) | value << (bit_offset & 7));
}

#endif
