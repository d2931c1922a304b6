/* Kernels that search, for one instruction set: selection by truth, places of what is true, bisection, bins.
 *
 * Lengths are in elements, strides in bytes.  The modules that call them own shapes, threads and the GIL.
 */
#ifndef TORSOR_SEARCHES_H
#define TORSOR_SEARCHES_H

#include <stdint.h>
#include <string.h>
#include "loop.h"
#include "search_table.h"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

/* ------------------------------------------------------------------------------- where(x, y, z) */

#define WHERE_LOOP(Y, Z)                                                    \
    TORSOR_INDEPENDENT                                                      \
    for (npy_intp i = 0; i < n; i++) {                                      \
        const T y = Y, z = Z;                                               \
        po[i] = px[i] ? y : z;                                              \
    }

#define WHERE(NAME, TYPE)                                                   \
    static void NAME(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data) \
    {                                                                       \
        typedef TYPE T;                                                     \
        const npy_intp n = dimensions[0], sx = steps[0], sy = steps[1], sz = steps[2], so = steps[3]; \
        const npy_intp size = sizeof(T);                                    \
        (void)data;                                                         \
        if (sx == 1 && so == size && (sy == size || sy == 0) && (sz == size || sz == 0)) { \
            const unsigned char *px = (const unsigned char *)args[0];       \
            const T *py = (const T *)args[1], *pz = (const T *)args[2];     \
            T *po = (T *)args[3];                                           \
            if (sy == 0 && sz == 0) {                                       \
                const T p = *py, q = *pz;                                   \
                WHERE_LOOP(p, q)                                            \
            }                                                               \
            else if (sy == 0) {                                             \
                const T p = *py;                                            \
                WHERE_LOOP(p, pz[i])                                        \
            }                                                               \
            else if (sz == 0) {                                             \
                const T q = *pz;                                            \
                WHERE_LOOP(py[i], q)                                        \
            }                                                               \
            else                                                            \
                WHERE_LOOP(py[i], pz[i])                                    \
            return;                                                         \
        }                                                                   \
        const char *px = args[0], *py = args[1], *pz = args[2];             \
        char *po = args[3];                                                 \
        for (npy_intp i = 0; i < n; i++, px += sx, py += sy, pz += sz, po += so) { \
            const T y = *(const T *)py, z = *(const T *)pz;                 \
            *(T *)po = *px ? y : z;                                         \
        }                                                                   \
    }

typedef struct { uint64_t re, im; } pair_of_words;

WHERE(where_8, uint8_t)
WHERE(where_16, uint16_t)
WHERE(where_32, uint32_t)
WHERE(where_64, uint64_t)
WHERE(where_128, pair_of_words)

/* ------------------------------------------------------------------------------- what is not zero */

#define TRUTH(NAME, T)                                                                  \
    static void NAME(const char *x, npy_intp stride, npy_intp n, unsigned char *flags)  \
    {                                                                                   \
        if (stride == sizeof(T)) {                                                      \
            const T *p = (const T *)x;                                                  \
            TORSOR_INDEPENDENT                                                          \
            for (npy_intp i = 0; i < n; i++) flags[i] = p[i] != 0;                      \
        }                                                                               \
        else                                                                            \
            for (npy_intp i = 0; i < n; i++, x += stride) flags[i] = *(const T *)x != 0; \
    }

#define TRUTH_OF_PAIR(NAME, T)                                                          \
    static void NAME(const char *x, npy_intp stride, npy_intp n, unsigned char *flags)  \
    {                                                                                   \
        for (npy_intp i = 0; i < n; i++, x += stride)                                   \
            flags[i] = (((const T *)x)[0] != 0) | (((const T *)x)[1] != 0);             \
    }

TRUTH(truth_8, npy_uint8)
TRUTH(truth_16, npy_uint16)
TRUTH(truth_32, npy_uint32)
TRUTH(truth_64, npy_uint64)
TRUTH(truth_f, npy_float)
TRUTH(truth_d, npy_double)
TRUTH_OF_PAIR(truth_F, npy_float)
TRUTH_OF_PAIR(truth_D, npy_double)

/* Flags are 0 or 1. */
static npy_intp count_flags(const unsigned char *flags, npy_intp n)
{
    npy_intp total = 0, i = 0;
    while (i < n) {
        const npy_intp stop = n - i < 1 << 16 ? n : i + (1 << 16);
        uint32_t some = 0;
        for (; i < stop; i++) some += flags[i];
        total += some;
    }
    return total;
}

/* The places of flags that are set, counted from first; returns how many.  out has room for n + 8 of them. */
static npy_intp places_of_flags(const unsigned char *flags, npy_intp n, npy_intp first, npy_intp *out)
{
    npy_intp i = 0;
    npy_intp *const begin = out;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, flags + i, 8);
        if (word == 0) continue;
#if defined(__AVX512F__) && defined(__AVX512DQ__)
        const __m512i index = _mm512_add_epi64(_mm512_set1_epi64(first + i), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
        const __mmask8 mask = _mm512_movepi64_mask(_mm512_slli_epi64(_mm512_cvtepu8_epi64(
            _mm_cvtsi64_si128((long long)word)), 63));
        _mm512_storeu_si512(out, _mm512_maskz_compress_epi64(mask, index));
        out += __builtin_popcountll(word);
#else
        for (int k = 0; k < 8; k++) {
            *out = first + i + k;
            out += flags[i + k];
        }
#endif
    }
    for (; i < n; i++) {
        *out = first + i;
        out += flags[i];
    }
    return out - begin;
}

/* ------------------------------------------------------------------------------- bisection */

/* How many elements of sorted a are below each key (left), or not above it (right).  Many keys at a time, so that
 * the processor waits for many elements at once, and without a branch.  NaN is above everything. */
enum { KEYS = 32 };

#define BISECT(NAME, T, WIDE, BELOW, NAN_PLACE)                                                       \
    static npy_intp NAME##_one(const T *a, npy_intp n, const T q)                                     \
    {                                                                                                 \
        npy_intp at = 0;                                                                              \
        while (n > 0) {                                                                               \
            const npy_intp half = n / 2;                                                              \
            const T e = a[at + half];                                                                 \
            const npy_intp below = -(npy_intp)(BELOW);                                                \
            at += (half + 1) & below;                                                                 \
            n = ((n - half - 1) & below) | (half & ~below);                                           \
        }                                                                                             \
        return at;                                                                                    \
    }                                                                                                 \
    static void NAME(const char *x, npy_intp n, const char *keys, npy_intp stride, npy_intp m, npy_intp *out) \
    {                                                                                                 \
        const T *restrict a = (const T *)x;                                                           \
        npy_intp base[KEYS];                                                                          \
        WIDE key[KEYS];                                                                               \
        for (; m >= KEYS && n > 0; m -= KEYS, out += KEYS) {                                          \
            npy_intp rest = n, other = 0;                                                             \
            for (int k = 0; k < KEYS; k++, keys += stride) {                                          \
                key[k] = *(const T *)keys;                                                            \
                base[k] = 0;                                                                          \
                other |= key[k] != key[k];                                                            \
            }                                                                                         \
            while (rest > 1) {                                                                        \
                const npy_intp half = rest / 2;                                                       \
                for (int k = 0; k < KEYS; k++) {                                                      \
                    const WIDE e = a[base[k] + half - 1], q = key[k];                                 \
                    base[k] += half & -(npy_intp)(BELOW);                                             \
                }                                                                                     \
                rest -= half;                                                                         \
            }                                                                                         \
            for (int k = 0; k < KEYS; k++) {                                                          \
                const WIDE e = a[base[k]], q = key[k];                                                \
                out[k] = base[k] + ((BELOW) ? 1 : 0);                                                 \
            }                                                                                         \
            for (int k = 0; other && k < KEYS; k++)                                                   \
                if (key[k] != key[k]) out[k] = NAN_PLACE;                                             \
        }                                                                                             \
        for (; m > 0; m--, keys += stride, out++) {                                                   \
            const T q = *(const T *)keys;                                                             \
            *out = q != q ? NAN_PLACE : NAME##_one(a, n, q);                                          \
        }                                                                                             \
    }

/* NaNs come before none and after all that are none. */
#define BISECTIONS(LETTER, T, WIDE, HIGHEST)                                  \
    BISECT(right_##LETTER, T, WIDE, e <= q, n)                                \
    BISECT(left_##LETTER, T, WIDE, e < q, right_##LETTER##_one(a, n, HIGHEST))

BISECTIONS(b, npy_int8, npy_int64, 0)
BISECTIONS(B, npy_uint8, npy_int64, 0)
BISECTIONS(h, npy_int16, npy_int64, 0)
BISECTIONS(H, npy_uint16, npy_int64, 0)
BISECTIONS(i, npy_int32, npy_int64, 0)
BISECTIONS(I, npy_uint32, npy_int64, 0)
BISECTIONS(q, npy_int64, npy_int64, 0)
BISECTIONS(Q, npy_uint64, npy_uint64, 0)
BISECTIONS(f, npy_float, npy_float, INFINITY)
BISECTIONS(d, npy_double, npy_double, INFINITY)

/* ------------------------------------------------------------------------------- equal bins */

/* The bin of each element between bins + 1 rising edges at equal distances, and `bins` for those outside.  The
 * quotient is right to one bin; the edges themselves decide.  The last bin holds its upper edge. */
#define BINS(NAME, T)                                                                                 \
    static inline void NAME##_some(const T *restrict p, npy_intp n, const double *restrict edges, double first, \
                                   double last, double scale, npy_int32 top, npy_int32 *restrict out)  \
    {                                                                                                 \
        for (npy_intp i = 0; i < n; i++) {                                                            \
            const double x = (double)p[i];                                                            \
            const int inside = (x >= first) & (x <= last);                                            \
            const double f = inside ? (x - first) * scale : 0;                                        \
            npy_int32 k = (npy_int32)f;                                                               \
            k = k > top ? top : k < 0 ? 0 : k;                                                        \
            k -= (x < edges[k]) & (k > 0);                                                            \
            k += (x >= edges[k + 1]) & (k != top);                                                    \
            out[i] = inside ? k : top + 1;                                                            \
        }                                                                                             \
    }                                                                                                 \
    static void NAME(const char *elements, npy_intp n, const double *edges, npy_intp bins, npy_int32 *out) \
    {                                                                                                 \
        const T *p = (const T *)elements;                                                             \
        const double first = edges[0], last = edges[bins], scale = (double)bins / (last - first);     \
        const npy_int32 top = (npy_int32)bins - 1;                                                    \
        for (npy_intp i = 0, stop; i < n; i = stop) {       /* many may be outside */                 \
            int some = 0;                                                                             \
            stop = i + 64 < n ? i + 64 : n;                                                           \
            for (npy_intp j = i; j < stop; j++)                                                       \
                some |= ((double)p[j] >= first) & ((double)p[j] <= last);                             \
            if (some)                                                                                 \
                NAME##_some(p + i, stop - i, edges, first, last, scale, top, out + i);                \
            else                                                                                      \
                for (npy_intp j = i; j < stop; j++) out[j] = top + 1;                                 \
        }                                                                                             \
    }

BINS(bins_b, npy_int8)
BINS(bins_B, npy_uint8)
BINS(bins_h, npy_int16)
BINS(bins_H, npy_uint16)
BINS(bins_i, npy_int32)
BINS(bins_I, npy_uint32)
BINS(bins_q, npy_int64)
BINS(bins_Q, npy_uint64)
BINS(bins_f, npy_float)
BINS(bins_d, npy_double)

/* ------------------------------------------------------------------------------- membership of a few */

#define AMONG(NAME, T)                                                                                \
    static void NAME(const char *x, npy_intp stride, npy_intp n, const char *values, npy_intp m,      \
                     unsigned char invert, unsigned char *out)                                        \
    {                                                                                                 \
        const T *p = (const T *)x;                                                                    \
        if (stride != sizeof(T)) {                                                                    \
            for (npy_intp i = 0; i < n; i++, x += stride) {                                           \
                unsigned char found = invert;                                                         \
                for (npy_intp j = 0; j < m; j++)                                                      \
                    if (*(const T *)x == ((const T *)values)[j]) found = !invert;                     \
                out[i] = found;                                                                       \
            }                                                                                         \
            return;                                                                                   \
        }                                                                                             \
        memset(out, invert, (size_t)n);                                                               \
        for (npy_intp j = 0; j < m; j++) {                                                            \
            const T v = ((const T *)values)[j];                                                       \
            TORSOR_INDEPENDENT                                                                        \
            for (npy_intp i = 0; i < n; i++)                                                          \
                out[i] = invert ? out[i] & (unsigned char)(p[i] != v) : out[i] | (unsigned char)(p[i] == v); \
        }                                                                                             \
    }

AMONG(among_8, npy_uint8)
AMONG(among_16, npy_uint16)
AMONG(among_32, npy_uint32)
AMONG(among_64, npy_uint64)
AMONG(among_f, npy_float)
AMONG(among_d, npy_double)

#define ALL_REAL(NAME) \
    {NULL, NAME##_b, NAME##_B, NAME##_h, NAME##_H, NAME##_i, NAME##_I, NAME##_q, NAME##_Q, NAME##_f, NAME##_d, \
     NULL, NULL}

/* In the order of the type codes: ?bBhHiIqQfdFD. */
static SearchKernels search_kernels = {
    {where_8, where_16, where_32, where_64, where_128},
    {truth_8, truth_8, truth_8, truth_16, truth_16, truth_32, truth_32, truth_64, truth_64, truth_f, truth_d, truth_F,
     truth_D},
    count_flags,
    places_of_flags,
    ALL_REAL(left),
    ALL_REAL(right),
    ALL_REAL(bins),
    {NULL, among_8, among_8, among_16, among_16, among_32, among_32, among_64, among_64, among_f, among_d, NULL, NULL},
};

#endif
