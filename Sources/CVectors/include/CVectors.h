// Vector operations that Swift's SIMD types lower to scalar calls, written with Clang's portable
// vector built-ins so that one source serves x86-64 and arm64.
//
// Every function is always inlined into the kernel that calls it, hence compiled for that kernel's
// instruction set. All of them are exactly rounded or exact, so every processor gives the same bits.
#pragma once

typedef float tightrope_float16 __attribute__((ext_vector_type(16)));
typedef int tightrope_int16 __attribute__((ext_vector_type(16)));

#define TIGHTROPE_INLINE static inline __attribute__((always_inline))

/// x y + z with one rounding.
TIGHTROPE_INLINE tightrope_float16
vector_fma(tightrope_float16 x, tightrope_float16 y, tightrope_float16 z) {
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

/// Each float truncated toward zero. Out-of-range lanes are unspecified.
TIGHTROPE_INLINE tightrope_int16 vector_int(tightrope_float16 x) {
    return __builtin_convertvector(x, tightrope_int16);
}
