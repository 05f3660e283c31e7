/*
 * A register of numbers of 32 bits, one for each of several visits: 16 with AVX-512, 8 with AVX2. Sums and shifts are
 * C's own operators. This file has what those cannot express. A part of batch_lanes.h.
 */
#include <stddef.h>
#include <stdint.h>

#include <immintrin.h>

#if defined(__AVX512VBMI2__)
enum { LANES = 16 };
typedef __m512i wide;
typedef __mmask16 lane_mask;
#else
enum { LANES = 8 };
typedef __m256i wide;
typedef __m256i lane_mask; /* all ones or zeros in each lane */
#endif

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));
typedef uint16_t half_lanes __attribute__((vector_size(4 * LANES)));
typedef uint8_t byte_lanes __attribute__((vector_size(4 * LANES)));

static NG_ALWAYS_INLINE lanes lanes_number(unsigned value) {
    return (lanes){0} + value;
}

#if defined(__AVX512VBMI2__)
static NG_ALWAYS_INLINE lane_mask lanes_equal(lanes a, lanes b) {
    return _mm512_cmpeq_epi32_mask((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lane_mask lanes_at_most(lanes a, lanes b) {
    return _mm512_cmple_epu32_mask((wide)a, (wide)b);
}

/* The lanes in which a and b have a common bit. */
static NG_ALWAYS_INLINE lane_mask lanes_have(lanes a, lanes b) {
    return _mm512_test_epi32_mask((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes lanes_min(lanes a, lanes b) {
    return (lanes)_mm512_min_epu32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes lanes_choose(lane_mask mask, lanes yes, lanes no) {
    return (lanes)_mm512_mask_blend_epi32(mask, (wide)no, (wide)yes);
}

/* All bits of the lanes in mask. */
static NG_ALWAYS_INLINE lanes lanes_fill(lane_mask mask) {
    return (lanes)_mm512_movm_epi32(mask);
}

/* A bit for each lane, and back. */
static NG_ALWAYS_INLINE unsigned mask_bits(lane_mask mask) {
    return mask;
}

static NG_ALWAYS_INLINE lane_mask mask_of(unsigned bits) {
    return (lane_mask)bits;
}

static NG_ALWAYS_INLINE byte_lanes bytes_add(byte_lanes a, byte_lanes b) {
    return (byte_lanes)_mm512_adds_epu8((wide)a, (wide)b);
}

/* From here on within each 128 bits. */
static NG_ALWAYS_INLINE lanes lanes_bytes(lanes from, lanes wanted) {
    return (lanes)_mm512_shuffle_epi8((wide)from, (wide)wanted);
}

static NG_ALWAYS_INLINE lanes unpack_low32(lanes a, lanes b) {
    return (lanes)_mm512_unpacklo_epi32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_high32(lanes a, lanes b) {
    return (lanes)_mm512_unpackhi_epi32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_low64(lanes a, lanes b) {
    return (lanes)_mm512_unpacklo_epi64((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_high64(lanes a, lanes b) {
    return (lanes)_mm512_unpackhi_epi64((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE half_lanes halves_prefix_sums(half_lanes halves) {
    halves += (half_lanes)_mm512_bslli_epi128((wide)halves, 2);
    halves += (half_lanes)_mm512_bslli_epi128((wide)halves, 4);
    return halves + (half_lanes)_mm512_bslli_epi128((wide)halves, 8);
}

static NG_ALWAYS_INLINE half_lanes halves_equal(half_lanes a, half_lanes b) {
    return (half_lanes)_mm512_movm_epi16(_mm512_cmpeq_epi16_mask((wide)a, (wide)b));
}
#else
static NG_ALWAYS_INLINE lane_mask lanes_equal(lanes a, lanes b) {
    return _mm256_cmpeq_epi32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes lanes_min(lanes a, lanes b) {
    return (lanes)_mm256_min_epu32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lane_mask lanes_at_most(lanes a, lanes b) {
    return lanes_equal(lanes_min(a, b), a);
}

/* The lanes in which a and b have a common bit. */
static NG_ALWAYS_INLINE lane_mask lanes_have(lanes a, lanes b) {
    return ~lanes_equal(a & b, lanes_number(0));
}

static NG_ALWAYS_INLINE lanes lanes_choose(lane_mask mask, lanes yes, lanes no) {
    return (lanes)_mm256_blendv_epi8((wide)no, (wide)yes, mask);
}

/* All bits of the lanes in mask. */
static NG_ALWAYS_INLINE lanes lanes_fill(lane_mask mask) {
    return (lanes)mask;
}

/* A bit for each lane, and back. */
static NG_ALWAYS_INLINE unsigned mask_bits(lane_mask mask) {
    return (unsigned)_mm256_movemask_ps((__m256)mask);
}

static NG_ALWAYS_INLINE lane_mask mask_of(unsigned bits) {
    const lanes each = {1, 2, 4, 8, 16, 32, 64, 128};
    return lanes_equal(lanes_number(bits) & each, each);
}

static NG_ALWAYS_INLINE byte_lanes bytes_add(byte_lanes a, byte_lanes b) {
    return (byte_lanes)_mm256_adds_epu8((wide)a, (wide)b);
}

/* From here on within each 128 bits. */
static NG_ALWAYS_INLINE lanes lanes_bytes(lanes from, lanes wanted) {
    return (lanes)_mm256_shuffle_epi8((wide)from, (wide)wanted);
}

static NG_ALWAYS_INLINE lanes unpack_low32(lanes a, lanes b) {
    return (lanes)_mm256_unpacklo_epi32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_high32(lanes a, lanes b) {
    return (lanes)_mm256_unpackhi_epi32((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_low64(lanes a, lanes b) {
    return (lanes)_mm256_unpacklo_epi64((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE lanes unpack_high64(lanes a, lanes b) {
    return (lanes)_mm256_unpackhi_epi64((wide)a, (wide)b);
}

static NG_ALWAYS_INLINE half_lanes halves_prefix_sums(half_lanes halves) {
    halves += (half_lanes)_mm256_bslli_epi128((wide)halves, 2);
    halves += (half_lanes)_mm256_bslli_epi128((wide)halves, 4);
    return halves + (half_lanes)_mm256_bslli_epi128((wide)halves, 8);
}

static NG_ALWAYS_INLINE half_lanes halves_equal(half_lanes a, half_lanes b) {
    return (half_lanes)_mm256_cmpeq_epi16((wide)a, (wide)b);
}
#endif

/* Byte indices into the first 16 of 32 bytes, and into the other 16. An index into the other half becomes one that
 * gives zero. Bytes of wanted are below 32, or from 0x90 on, which gives zero in both. */
static NG_ALWAYS_INLINE lanes bytes_below_16(lanes wanted) {
    return (lanes)bytes_add((byte_lanes)wanted, (byte_lanes){0} + 0x70);
}

static NG_ALWAYS_INLINE lanes bytes_from_16(lanes wanted) {
    return (lanes)((byte_lanes)wanted - 16);
}
