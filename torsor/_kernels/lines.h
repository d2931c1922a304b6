/* Kernels over lines of elements, for one instruction set: comparison, polynomials, correlation, choice by masks.
 *
 * They know nothing of shapes, threads or the GIL.  Tables go by the logarithm of an element's size.
 */
#ifndef TORSOR_LINES_H
#define TORSOR_LINES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "line.h"
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define CLOSE(NAME, T, ABS)                                                                                  \
    static void NAME(const void *a, const void *b, int step, uint8_t *out, ptrdiff_t n, double rtol, double atol, \
                     int equal_nan)                                                                          \
    {                                                                                                        \
        const T *x = a, *y = b, r = (T)rtol, t = (T)atol, one = y[0];                                        \
        if (step)                                                                                            \
            for (ptrdiff_t i = 0; i < n; i++) {                                                              \
                const T far = ABS(x[i] - y[i]), near = t + r * ABS(y[i]);                                    \
                out[i] = ((far <= near) & (y[i] - y[i] == 0)) | (x[i] == y[i])                               \
                    | (equal_nan & (x[i] != x[i]) & (y[i] != y[i]));                                         \
            }                                                                                                \
        else {                                                                                               \
            const T near = t + r * ABS(one);                                                                 \
            const int finite = one - one == 0, nan = equal_nan & (one != one);                               \
            for (ptrdiff_t i = 0; i < n; i++)                                                                \
                out[i] = ((ABS(x[i] - one) <= near) & finite) | (x[i] == one) | (nan & (x[i] != x[i]));      \
        }                                                                                                    \
    }

CLOSE(close_f, float, fabsf)
CLOSE(close_d, double, fabs)

#define REPLACE(NAME, T, MOST)                                                                               \
    static void NAME(const void *a, void *b, ptrdiff_t n, double nan, double inf, double minus_inf)          \
    {                                                                                                        \
        const T *restrict x = a, u = (T)nan, v = (T)inf, w = (T)minus_inf;                                   \
        T *restrict out = b;                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++) {                                                                  \
            const T z = x[i], y = z > MOST ? v : z, q = z < -MOST ? w : y;                                   \
            out[i] = z != z ? u : q;                                                                         \
        }                                                                                                    \
    }

REPLACE(replace_f, float, 3.40282346638528859811704183484516925e+38F)
REPLACE(replace_d, double, 1.79769313486231570814527423731704357e+308)

static void horner_d(const double *p, ptrdiff_t m, const double *restrict x, double *restrict out, ptrdiff_t n)
{
    enum { WIDTH = 64 };
    for (ptrdiff_t start = 0; start < n; start += WIDTH) {
        const ptrdiff_t width = n - start < WIDTH ? n - start : WIDTH;
        double y[WIDTH] = {0};
        for (ptrdiff_t k = 0; k < m; k++) {
            const double c = p[k];
            for (ptrdiff_t i = 0; i < width; i++)
                y[i] = y[i] * x[start + i] + c;
        }
        memcpy(out + start, y, (size_t)width * sizeof *y);
    }
}

/* Sums of DEPTH products each are added up: their error grows as slowly as that of a sum of few.  Products and sums
   are rounded once where the processor can do so, for each element alike. */
#if defined(__FMA__) && !defined(__clang__)
#define FUSED __attribute__((optimize("fp-contract=fast")))
#else
#define FUSED
#endif
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define CORRELATE(NAME, T)                                                                                   \
    typedef T NAME##_vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(T)), may_alias));       \
    FUSED static void NAME(const void *x, const void *w, ptrdiff_t m, void *y, ptrdiff_t n)                  \
    {                                                                                                        \
        enum { LANES = VECTOR_BYTES / sizeof(T), WIDTH = 4 * LANES, DEPTH = 256 };                           \
        const T *a = x, *v = w;                                                                              \
        T *out = y;                                                                                          \
        for (ptrdiff_t start = 0; start < n; start += WIDTH) {                                               \
            const ptrdiff_t width = n - start < WIDTH ? n - start : WIDTH;                                   \
            T total[WIDTH] = {0};                                                                            \
            for (ptrdiff_t k0 = 0; k0 < m; k0 += DEPTH) {                                                    \
                const ptrdiff_t k1 = k0 + DEPTH < m ? k0 + DEPTH : m;                                        \
                if (width == WIDTH) {                                                                        \
                    NAME##_vector p = {0}, q = {0}, r = {0}, s = {0}, *sums = (NAME##_vector *)total;        \
                    for (ptrdiff_t k = k0; k < k1; k++) {                                                    \
                        const NAME##_vector *z = (const NAME##_vector *)(a + start + k);                     \
                        p += z[0] * v[k];                                                                    \
                        q += z[1] * v[k];                                                                    \
                        r += z[2] * v[k];                                                                    \
                        s += z[3] * v[k];                                                                    \
                    }                                                                                        \
                    sums[0] += p;                                                                            \
                    sums[1] += q;                                                                            \
                    sums[2] += r;                                                                            \
                    sums[3] += s;                                                                            \
                } else                                                                                       \
                    for (ptrdiff_t i = 0; i < width; i++) {                                                  \
                        T sum = 0;                                                                           \
                        for (ptrdiff_t k = k0; k < k1; k++)                                                  \
                            sum += a[start + k + i] * v[k];                                                  \
                        total[i] += sum;                                                                     \
                    }                                                                                        \
            }                                                                                                \
            memcpy(out + start, total, (size_t)width * sizeof *total);                                       \
        }                                                                                                    \
    }

CORRELATE(correlate_f, float)
CORRELATE(correlate_d, double)
CORRELATE(correlate_q, uint64_t)

static ptrdiff_t count_set(const uint8_t *mask, ptrdiff_t n)
{
    ptrdiff_t total = 0;
    for (ptrdiff_t start = 0; start < n; start += 128) {
        const ptrdiff_t stop = start + 128 < n ? start + 128 : n;
        uint8_t some = 0;
        for (ptrdiff_t i = start; i < stop; i++)
            some = (uint8_t)(some + (mask[i] != 0));
        total += some;
    }
    return total;
}

#define COMPRESS(NAME, T)                                                                                    \
    static ptrdiff_t NAME(const void *a, const uint8_t *mask, ptrdiff_t n, void *b, ptrdiff_t most)          \
    {                                                                                                        \
        const T *x = a;                                                                                      \
        T *out = b;                                                                                          \
        ptrdiff_t at = 0, i = 0;                                                                             \
        COMPRESS_VECTORS(T)                                                                                  \
        while (i < n && at < most) {                                                                         \
            uint64_t eight;                                                                                  \
            if (i + 8 <= n && (memcpy(&eight, mask + i, 8), eight == 0)) {                                   \
                i += 8;                                                                                      \
                continue;                                                                                    \
            }                                                                                                \
            const ptrdiff_t stop = i + 8 < n ? i + 8 : n;                                                    \
            for (; i < stop && at < most; i++) {        /* without a branch on the mask */                   \
                out[at] = x[i];                                                                              \
                at += mask[i] != 0;                                                                          \
            }                                                                                                \
        }                                                                                                    \
        return at;                                                                                           \
    }

#ifdef __AVX512F__
#define COMPRESS_BY(LANES, LOAD, SQUEEZE, STORE, MASK)                                                       \
    for (; i + 64 <= n; i += 64) {                                                                           \
        uint64_t set = _mm512_test_epi8_mask(_mm512_loadu_si512(mask + i), _mm512_set1_epi8(-1));            \
        if (at + (ptrdiff_t)__builtin_popcountll(set) > most) break;                                         \
        for (int k = 0; set; k += LANES, set >>= LANES) {                                                    \
            const MASK some = (MASK)set;                                                                     \
            const int many = __builtin_popcountll(some);                                                     \
            STORE(out + at, (MASK)((1ull << many) - 1), SQUEEZE(some, LOAD(x + i + k)));                     \
            at += many;                                                                                      \
        }                                                                                                    \
    }
#endif

#define COMPRESS_VECTORS(T)
COMPRESS(compress_1, uint8_t)
COMPRESS(compress_2, uint16_t)
#ifdef __AVX512F__
#undef COMPRESS_VECTORS
#define COMPRESS_VECTORS(T) \
    COMPRESS_BY(16, _mm512_loadu_si512, _mm512_maskz_compress_epi32, _mm512_mask_storeu_epi32, __mmask16)
#endif
COMPRESS(compress_4, uint32_t)
#ifdef __AVX512F__
#undef COMPRESS_VECTORS
#define COMPRESS_VECTORS(T) \
    COMPRESS_BY(8, _mm512_loadu_si512, _mm512_maskz_compress_epi64, _mm512_mask_storeu_epi64, __mmask8)
#endif
COMPRESS(compress_8, uint64_t)

/* The next element from i on that a mask is set for, or at most 31 before it: masks are often set for few. */
static inline ptrdiff_t next_set(const uint8_t *mask, ptrdiff_t i, ptrdiff_t n)
{
    uint64_t some[4];
    while (i + 32 <= n && (memcpy(some, mask + i, 32), (some[0] | some[1] | some[2] | some[3]) == 0)) i += 32;
    return i;
}

/* Statements for each element of a mask, in stretches without those for which it is not set at all. */
#define WHERE_SET(BODY)                                                                                      \
    for (ptrdiff_t first = next_set(mask, 0, n); first < n; first = next_set(mask, first, n)) {              \
        const ptrdiff_t stop = first + 256 < n ? first + 256 : n;                                            \
        for (ptrdiff_t i = first; i < stop; i++) BODY                                                        \
        first = stop;                                                                                        \
    }

/* Elements written where a mask is set, and no others: one value, those of a line alike, or one after the other. */
#define PUT(SUFFIX, T)                                                                                       \
    static void put_value_##SUFFIX(void *a, const uint8_t *restrict mask, ptrdiff_t n, const void *item)     \
    {                                                                                                        \
        T *restrict out = a;                                                                                 \
        T value;                                                                                             \
        memcpy(&value, item, sizeof value);                                                                  \
        WHERE_SET(if (mask[i]) out[i] = value;)                                                              \
    }                                                                                                        \
    static void put_same_##SUFFIX(void *a, const uint8_t *restrict mask, ptrdiff_t n, const void *b)         \
    {                                                                                                        \
        T *restrict out = a;                                                                                 \
        const T *restrict x = b;                                                                             \
        WHERE_SET(if (mask[i]) out[i] = x[i];)                                                               \
    }                                                                                                        \
    static ptrdiff_t expand_##SUFFIX(void *a, const uint8_t *mask, ptrdiff_t n, const void *b, ptrdiff_t most) \
    {                                                                                                        \
        T *out = a;                                                                                          \
        const T *x = b;                                                                                      \
        ptrdiff_t at = 0, i = 0;                                                                             \
        EXPAND_VECTORS(T)                                                                                    \
        for (; i < n && at < most; i++)                                                                      \
            if (mask[i]) out[i] = x[at++];                                                                   \
        return at;                                                                                           \
    }

#define EXPAND_VECTORS(T)
PUT(1, uint8_t)
PUT(2, uint16_t)
#ifdef __AVX512F__
#define EXPAND_BY(LANES, LOAD, EXPAND, STORE, MASK)                                                          \
    for (; i + 64 <= n; i += 64) {                                                                           \
        uint64_t set = _mm512_test_epi8_mask(_mm512_loadu_si512(mask + i), _mm512_set1_epi8(-1));            \
        if (at + (ptrdiff_t)__builtin_popcountll(set) > most) break;                                         \
        for (int k = 0; set; k += LANES, set >>= LANES) {                                                    \
            const MASK some = (MASK)set;                                                                     \
            const int many = __builtin_popcountll(some);                                                     \
            STORE(out + i + k, some, EXPAND(some, LOAD((MASK)((1ull << many) - 1), x + at)));                \
            at += many;                                                                                      \
        }                                                                                                    \
    }
#undef EXPAND_VECTORS
#define EXPAND_VECTORS(T) \
    EXPAND_BY(16, _mm512_maskz_loadu_epi32, _mm512_maskz_expand_epi32, _mm512_mask_storeu_epi32, __mmask16)
#endif
PUT(4, uint32_t)
#ifdef __AVX512F__
#undef EXPAND_VECTORS
#define EXPAND_VECTORS(T) \
    EXPAND_BY(8, _mm512_maskz_loadu_epi64, _mm512_maskz_expand_epi64, _mm512_mask_storeu_epi64, __mmask8)
#endif
PUT(8, uint64_t)

/* Whether an index names no element of an axis. */
static int outside(const int64_t *restrict index, ptrdiff_t n, int64_t length)
{
    for (ptrdiff_t start = 0; start < n; start += 1024) {
        const ptrdiff_t stop = start + 1024 < n ? start + 1024 : n;
        uint64_t bad = 0;
        for (ptrdiff_t i = start; i < stop; i++)
            bad |= (uint64_t)(index[i] < -length) | (uint64_t)(index[i] >= length);
        if (bad) return 1;
    }
    return 0;
}

static LineKernels line_kernels = {
    {close_f, close_d}, {replace_f, replace_d}, horner_d, {correlate_f, correlate_d, correlate_q}, count_set,
    {compress_1, compress_2, compress_4, compress_8},
    {put_value_1, put_value_2, put_value_4, put_value_8}, {put_same_1, put_same_2, put_same_4, put_same_8},
    {expand_1, expand_2, expand_4, expand_8}, outside,
};

#endif
