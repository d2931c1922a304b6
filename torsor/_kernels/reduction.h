/* What the kernels of reductions share (reduce.h, truth.h, search.h). */
#ifndef TORSOR_REDUCTION_H
#define TORSOR_REDUCTION_H

#include <string.h>
#include "loop.h"

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

typedef struct {
    const char *name, *types;
    void *rows, *columns;
} Reduction;

typedef struct {
    ptrdiff_t size;
    const Reduction *rows;
} ReductionTable;

#endif
