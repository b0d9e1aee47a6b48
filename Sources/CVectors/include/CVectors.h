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
typedef double tightrope_double8_unaligned
    __attribute__((ext_vector_type(8), aligned(8), may_alias));

#define TIGHTROPE_INLINE static inline __attribute__((always_inline))

/// x + y.
TIGHTROPE_INLINE tightrope_float16 vector_add(tightrope_float16 x, tightrope_float16 y) {
    return x + y;
}

/// x - y.
TIGHTROPE_INLINE tightrope_float16 vector_subtract(tightrope_float16 x, tightrope_float16 y) {
    return x - y;
}

/// x y.
TIGHTROPE_INLINE tightrope_float16 vector_multiply(tightrope_float16 x, tightrope_float16 y) {
    return x * y;
}

/// x / y.
TIGHTROPE_INLINE tightrope_float16 vector_divide(tightrope_float16 x, tightrope_float16 y) {
    return x / y;
}

/// How products with one rounding are compiled: where the processor has no such instruction they are sixteen
/// calls of the C library, better kept in one place.
#if defined(__x86_64__) && !defined(__FMA__)
#define TIGHTROPE_FMA static __attribute__((noinline))
#else
#define TIGHTROPE_FMA TIGHTROPE_INLINE
#endif

/// x y + z with one rounding.
TIGHTROPE_FMA tightrope_float16
vector_fma(tightrope_float16 x, tightrope_float16 y, tightrope_float16 z) {
    return __builtin_elementwise_fma(x, y, z);
}

/// x y + z with one rounding, of doubles.
TIGHTROPE_FMA tightrope_double8
vector_fma_double(tightrope_double8 x, tightrope_double8 y, tightrope_double8 z) {
    return __builtin_elementwise_fma(x, y, z);
}

/// x y, of doubles.
TIGHTROPE_INLINE tightrope_double8
vector_multiply_double(tightrope_double8 x, tightrope_double8 y) {
    return x * y;
}

/// Asks for the cache line of an address, which need not exist.
TIGHTROPE_INLINE void memory_prefetch(const void *address) { __builtin_prefetch(address); }

/// x 2^n, rounded once, from n + 1.5 * 2^23, n from -162 to 128, where x 2^(n / 2) is a normal number.
///
/// Where there is no instruction for it, 2^n goes by two halves, each a normal number, the first of which leaves
/// x exact.
TIGHTROPE_INLINE tightrope_float16
vector_scale_shifted(tightrope_float16 x, tightrope_float16 shifted) {
    const tightrope_float16 shift = 0x1.8p23f;
#if defined(__AVX512F__)
    return __builtin_ia32_scalefps512_mask(
        x, shifted - shift, (tightrope_float16){0}, (unsigned short)-1, 4);
#else
    const tightrope_int16 n = (tightrope_int16)shifted - (tightrope_int16)shift, half = n >> 1;
    return x * (tightrope_float16)((half + 127) << 23) *
           (tightrope_float16)((n - half + 127) << 23);
#endif
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

// Parts of vectors. Masked loads and stores where there are such instructions, so that a row that is no
// multiple of sixteen costs no more than one that is; lane by lane elsewhere.

#if defined(__AVX512F__)

/// The mask of the first `count` lanes, of which there are at least that many.
TIGHTROPE_INLINE unsigned int first_lanes(long count) { return (1u << count) - 1; }

/// The first `count` <= 16 floats from an address; the other lanes are zero.
TIGHTROPE_INLINE tightrope_float16 vector_load_partial(const float *address, long count) {
    return __builtin_ia32_loadups512_mask(
        (const void *)address, (tightrope_float16){0}, (unsigned short)first_lanes(count));
}

/// The first `count` <= 16 lanes to an address; nothing else is written.
TIGHTROPE_INLINE void vector_store_partial(tightrope_float16 x, float *address, long count) {
    __builtin_ia32_storeups512_mask((void *)address, x, (unsigned short)first_lanes(count));
}

/// The first `count` <= 8 doubles from an address; the other lanes are zero.
TIGHTROPE_INLINE tightrope_double8 vector_load_partial_double(const double *address, long count) {
    return __builtin_ia32_loadupd512_mask(
        (const void *)address, (tightrope_double8){0}, (unsigned char)first_lanes(count));
}

/// The first `count` <= 8 lanes to an address; nothing else is written.
TIGHTROPE_INLINE void
vector_store_partial_double(tightrope_double8 x, double *address, long count) {
    __builtin_ia32_storeupd512_mask((void *)address, x, (unsigned char)first_lanes(count));
}

#else

/// Copies `count` < 2 `size` elements by powers of two, which leaves no loop.
#define TIGHTROPE_COPY(to, from, count, size)                                                      \
    for (long half = (size), done = 0; half > 0; half /= 2) {                                      \
        if ((count) & half) {                                                                      \
            __builtin_memcpy((to) + done, (from) + done, half * sizeof(*(to)));                    \
            done += half;                                                                          \
        }                                                                                          \
    }

/// The first `count` <= 16 floats from an address; the other lanes are zero.
TIGHTROPE_INLINE tightrope_float16 vector_load_partial(const float *address, long count) {
    float lanes[16] = {0};
    TIGHTROPE_COPY(lanes, address, count, 16)
    return *(const tightrope_float16_unaligned *)lanes;
}

/// The first `count` <= 16 lanes to an address; nothing else is written.
TIGHTROPE_INLINE void vector_store_partial(tightrope_float16 x, float *address, long count) {
    float lanes[16];
    *(tightrope_float16_unaligned *)lanes = x;
    TIGHTROPE_COPY(address, lanes, count, 16)
}

/// The first `count` <= 8 doubles from an address; the other lanes are zero.
TIGHTROPE_INLINE tightrope_double8 vector_load_partial_double(const double *address, long count) {
    double lanes[8] = {0};
    TIGHTROPE_COPY(lanes, address, count, 8)
    return *(const tightrope_double8_unaligned *)lanes;
}

/// The first `count` <= 8 lanes to an address; nothing else is written.
TIGHTROPE_INLINE void
vector_store_partial_double(tightrope_double8 x, double *address, long count) {
    double lanes[8];
    *(tightrope_double8_unaligned *)lanes = x;
    TIGHTROPE_COPY(address, lanes, count, 8)
}

#endif

/// The first eight of two vectors' lanes, in turns.
TIGHTROPE_INLINE tightrope_float16
vector_interleave_low(tightrope_float16 x, tightrope_float16 y) {
    return __builtin_shufflevector(
        x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/// The last eight of two vectors' lanes, in turns.
TIGHTROPE_INLINE tightrope_float16
vector_interleave_high(tightrope_float16 x, tightrope_float16 y) {
    return __builtin_shufflevector(
        x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/// Writes the transpose of sixteen rows of sixteen floats; strides count floats.
///
/// Four rounds of interleaving row i with row i + 8.
TIGHTROPE_INLINE void
vector_transpose(const float *from, long from_stride, float *to, long to_stride) {
    tightrope_float16 x[16], y[16];
    for (int i = 0; i < 16; i++) x[i] = vector_load(from + i * from_stride);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            y[2 * i] = vector_interleave_low(x[i], x[i + 8]);
            y[2 * i + 1] = vector_interleave_high(x[i], x[i + 8]);
        }
        for (int i = 0; i < 8; i++) {
            x[2 * i] = vector_interleave_low(y[i], y[i + 8]);
            x[2 * i + 1] = vector_interleave_high(y[i], y[i + 8]);
        }
    }
    for (int i = 0; i < 16; i++) vector_store(x[i], to + i * to_stride);
}
