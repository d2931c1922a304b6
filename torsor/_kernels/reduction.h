/* What the kernels of reductions share (reduce.h, truth.h, search.h). */
#ifndef TORSOR_REDUCTION_H
#define TORSOR_REDUCTION_H

#include <math.h>
#include <string.h>
#include "fpstatus.h"
#include "loop.h"
#include "quantile.h"

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

enum { STEPS = 16 };        /* additions that follow each other before a tree takes over: a leaf of reduce.h */

#if defined(__AVX512F__)    /* bytes of a register: wider vectors are split by hand, which gcc 12 does badly */
#define WIDTH 64
#elif defined(__AVX2__)
#define WIDTH 32
#else
#define WIDTH 16
#endif

#if defined(__GNUC__)
/* Vectors are set lane by lane, and passed between static functions only. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#if defined(__GNUC__)
/* gcc 12 works on two floats in half a register, whose other half may raise errors unless it comes from memory. */
#define FORGET(a) __asm__("" : "+m"(a))
#else
#define FORGET(a)
#endif

#define SELECT(c, a, b) \
    ((__typeof__(a))(((c) & (__typeof__(c))(a)) | (~(c) & (__typeof__(c))(b))))

#define ZERO(a) ((__typeof__(a)){0})
/* A vector's magnitudes; its lanes are as wide as those that it is compared in. */
#define ABSOLUTE(a) ((__typeof__(a))(((__typeof__((a) == (a)))(a)) \
    & ~((__typeof__((a) == (a)))(-ZERO(a)))))

/* The larger or smaller of two vectors without NaNs.  gcc 12 compares and blends where there is one instruction. */
#if defined(__AVX512F__)
#include <immintrin.h>
#define EXTREME_f(op, x, y) ((__typeof__(x))_mm512_##op##_ps((__m512)(x), (__m512)(y)))
#define EXTREME_d(op, x, y) ((__typeof__(x))_mm512_##op##_pd((__m512d)(x), (__m512d)(y)))
#elif defined(__AVX2__)
#include <immintrin.h>
#define EXTREME_f(op, x, y) ((__typeof__(x))_mm256_##op##_ps((__m256)(x), (__m256)(y)))
#define EXTREME_d(op, x, y) ((__typeof__(x))_mm256_##op##_pd((__m256d)(x), (__m256d)(y)))
#elif defined(__SSE2__)
#include <emmintrin.h>
#define EXTREME_f(op, x, y) ((__typeof__(x))_mm_##op##_ps((__m128)(x), (__m128)(y)))
#define EXTREME_d(op, x, y) ((__typeof__(x))_mm_##op##_pd((__m128d)(x), (__m128d)(y)))
#else
#define BETTER_max >
#define BETTER_min <
#define EXTREME_f(op, x, y) SELECT((x) BETTER_##op (y), x, y)
#define EXTREME_d EXTREME_f
#endif

#if defined(__AVX512F__)
/* Vectors of elements to select from: set, load, compare, and store those under a mask side by side. */
#define VECTORS(s, T, V, SET, LOAD, STORE, LESS, ODD, PACK)                                     \
    typedef V vector_##s;                                                                       \
    static inline V set_##s(T x) { return SET(x); }                                             \
    static inline V load_##s(const T *p) { return LOAD(p); }                                    \
    static inline unsigned less_##s(V a, V b) { return LESS; }                                  \
    static inline unsigned odd_##s(V a) { (void)a; return ODD; }                                \
    static inline void pack_##s(T *p, unsigned mask, V a) { STORE(p, PACK); }
VECTORS(f64, npy_double, __m512d, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd,
        _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ), _mm512_cmp_pd_mask(a, a, _CMP_UNORD_Q),
        _mm512_maskz_compress_pd((__mmask8)mask, a))
VECTORS(f32, npy_float, __m512, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps,
        _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q),
        _mm512_maskz_compress_ps((__mmask16)mask, a))
#define INTEGERS(s, T, SET, COMPARE, PACK, MASK) \
    VECTORS(s, T, __m512i, SET, _mm512_loadu_si512, _mm512_storeu_si512, COMPARE(a, b), 0, PACK((MASK)mask, a))
INTEGERS(s64, npy_int64, _mm512_set1_epi64, _mm512_cmplt_epi64_mask, _mm512_maskz_compress_epi64, __mmask8)
INTEGERS(u64, npy_uint64, _mm512_set1_epi64, _mm512_cmplt_epu64_mask, _mm512_maskz_compress_epi64, __mmask8)
INTEGERS(s32, npy_int32, _mm512_set1_epi32, _mm512_cmplt_epi32_mask, _mm512_maskz_compress_epi32, __mmask16)
INTEGERS(u32, npy_uint32, _mm512_set1_epi32, _mm512_cmplt_epu32_mask, _mm512_maskz_compress_epi32, __mmask16)
#endif

/* Arithmetic on a and b is not done before. */
#if defined(__GNUC__)
#define BARRIER(a, b) __asm__ volatile("" : "+m"(a), "+m"(b))
#else
#define BARRIER(a, b)
#endif

typedef struct {
    const char *name, *types;
    void *rows, *columns;
} Reduction;

typedef struct {
    ptrdiff_t size;
    const Reduction *rows;
} ReductionTable;

#endif
