// Vector operations that Swift's SIMD types lower to scalar calls, written with Clang's portable
// vector built-ins so that one source serves x86-64 and arm64.
//
// Every function is always inlined into the kernel that calls it, hence compiled for that kernel's
// instruction set. All of them are exactly rounded or exact, so every processor gives the same bits.
#pragma once

typedef float tightrope_float16 __attribute__((ext_vector_type(16)));
typedef double tightrope_double16 __attribute__((ext_vector_type(16)));
typedef int tightrope_int16 __attribute__((ext_vector_type(16)));
typedef float tightrope_float16_unaligned
    __attribute__((ext_vector_type(16), aligned(4), may_alias));

typedef double tightrope_double8 __attribute__((ext_vector_type(8)));

#define TIGHTROPE_INLINE static inline __attribute__((always_inline))

/// x y + z with one rounding.
TIGHTROPE_INLINE tightrope_float16
vector_fma(tightrope_float16 x, tightrope_float16 y, tightrope_float16 z) {
    return __builtin_elementwise_fma(x, y, z);
}

/// x y + z with one rounding, of doubles.
TIGHTROPE_INLINE tightrope_double8
vector_fma_double(tightrope_double8 x, tightrope_double8 y, tightrope_double8 z) {
    return __builtin_elementwise_fma(x, y, z);
}

/// The correctly rounded square root.
TIGHTROPE_INLINE tightrope_float16 vector_sqrt(tightrope_float16 x) {
    return __builtin_elementwise_sqrt(x);
}

/// The nearest integer, ties to even.
TIGHTROPE_INLINE tightrope_float16 vector_round(tightrope_float16 x) {
    return __builtin_elementwise_roundeven(x);
}

/// The magnitude.
TIGHTROPE_INLINE tightrope_float16 vector_abs(tightrope_float16 x) {
    return __builtin_elementwise_abs(x);
}

/// Each integer as the nearest float.
TIGHTROPE_INLINE tightrope_float16 vector_float(tightrope_int16 x) {
    return __builtin_convertvector(x, tightrope_float16);
}

/// Each float as a double, exactly.
TIGHTROPE_INLINE tightrope_double16 vector_double(tightrope_float16 x) {
    return __builtin_convertvector(x, tightrope_double16);
}

/// Each float truncated toward zero. Out-of-range lanes are unspecified.
TIGHTROPE_INLINE tightrope_int16 vector_int(tightrope_float16 x) {
    return __builtin_convertvector(x, tightrope_int16);
}

/// Whether any lane of a comparison's result is set.
TIGHTROPE_INLINE _Bool vector_any(tightrope_int16 mask) {
    return __builtin_reduce_or(mask) != 0;
}

/// Sixteen floats from an address aligned to a float.
TIGHTROPE_INLINE tightrope_float16 vector_load(const float *address) {
    return *(const tightrope_float16_unaligned *)address;
}

/// Sixteen floats to an address aligned to a float.
TIGHTROPE_INLINE void vector_store(tightrope_float16 x, float *address) {
    *(tightrope_float16_unaligned *)address = x;
}

/// The first `count` <= 16 floats from an address; the other lanes are zero.
TIGHTROPE_INLINE tightrope_float16 vector_load_partial(const float *address, long count) {
    float lanes[16] = {0};
    for (long lane = 0; lane < count; lane++) lanes[lane] = address[lane];
    return *(const tightrope_float16_unaligned *)lanes;
}

/// The first `count` <= 16 lanes to an address; nothing else is written.
TIGHTROPE_INLINE void vector_store_partial(tightrope_float16 x, float *address, long count) {
    float lanes[16];
    *(tightrope_float16_unaligned *)lanes = x;
    for (long lane = 0; lane < count; lane++) address[lane] = lanes[lane];
}
