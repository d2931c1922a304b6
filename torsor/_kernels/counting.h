/* Loops over elements of one type that count them: range, counts of integers, conversion to double. */
#ifndef TORSOR_COUNTING_H
#define TORSOR_COUNTING_H

#include <string.h>
#include <numpy/npy_common.h>

enum { LANES = 4, NARROW = 2048 };      /* counts that are kept several times, so that equal neighbours do not wait */

#define COUNTING(LETTER, T)                                                                                 \
    static void range_##LETTER(const char *x, npy_intp stride, npy_intp n, npy_int64 *low, npy_int64 *high) \
    {                                                                                                       \
        T a = *(const T *)x, b = a;                                                                         \
        if (stride == sizeof(T))                                                                            \
            for (npy_intp i = 0; i < n; i++) {                                                              \
                const T v = ((const T *)x)[i];                                                              \
                a = v < a ? v : a;                                                                          \
                b = v > b ? v : b;                                                                          \
            }                                                                                               \
        else                                                                                                \
            for (npy_intp i = 0; i < n; i++, x += stride) {                                                 \
                const T v = *(const T *)x;                                                                  \
                a = v < a ? v : a;                                                                          \
                b = v > b ? v : b;                                                                          \
            }                                                                                               \
        *low = (npy_int64)a;                                                                                \
        *high = (npy_int64)b;                                                                               \
    }                                                                                                       \
    /* Returns 1 where an element has no bin. */                                                            \
    static int count_##LETTER(const char *x, npy_intp stride, npy_intp n, npy_intp bins, npy_intp *counts)  \
    {                                                                                                       \
        int outside = 0;                                                                                    \
        npy_intp i = 0;                                                                                     \
        if (bins <= NARROW && n > 4 * bins) {                                                               \
            npy_intp several[LANES][NARROW];                                                                \
            memset(several, 0, sizeof several);                                                             \
            for (; i + LANES <= n; i += LANES, x += LANES * stride)                                         \
                for (int k = 0; k < LANES; k++) {                                                           \
                    const npy_uint64 v = (npy_uint64)(npy_int64)*(const T *)(x + k * stride);               \
                    if (v < (npy_uint64)bins) several[k][v]++;                                              \
                    else outside = 1;                                                                       \
                }                                                                                           \
            for (npy_intp v = 0; v < bins; v++)                                                             \
                for (int k = 0; k < LANES; k++) counts[v] += several[k][v];                                 \
        }                                                                                                   \
        for (; i < n; i++, x += stride) {                                                                   \
            const npy_uint64 v = (npy_uint64)(npy_int64)*(const T *)x;                                      \
            if (v < (npy_uint64)bins) counts[v]++;                                                          \
            else outside = 1;                                                                               \
        }                                                                                                   \
        return outside;                                                                                     \
    }                                                                                                       \
    static int add_##LETTER(const char *x, npy_intp stride, npy_intp n, npy_intp bins, const char *w,       \
                            npy_intp w_stride, double *sums)                                                \
    {                                                                                                       \
        int outside = 0;                                                                                    \
        for (npy_intp i = 0; i < n; i++, x += stride, w += w_stride) {                                      \
            const npy_uint64 v = (npy_uint64)(npy_int64)*(const T *)x;                                      \
            if (v < (npy_uint64)bins) sums[v] += *(const double *)w;                                        \
            else outside = 1;                                                                               \
        }                                                                                                   \
        return outside;                                                                                     \
    }                                                                                                       \
    static void double_##LETTER(const char *x, npy_intp stride, npy_intp n, double *out)                    \
    {                                                                                                       \
        for (npy_intp i = 0; i < n; i++, x += stride) out[i] = (double)*(const T *)x;                       \
    }

COUNTING(b, npy_int8)
COUNTING(B, npy_uint8)
COUNTING(h, npy_int16)
COUNTING(H, npy_uint16)
COUNTING(i, npy_int32)
COUNTING(I, npy_uint32)
COUNTING(q, npy_int64)

static void double_Q(const char *x, npy_intp stride, npy_intp n, double *out)
{
    for (npy_intp i = 0; i < n; i++, x += stride) out[i] = (double)*(const npy_uint64 *)x;
}

static void double_f(const char *x, npy_intp stride, npy_intp n, double *out)
{
    for (npy_intp i = 0; i < n; i++, x += stride) out[i] = (double)*(const float *)x;
}

static void double_d(const char *x, npy_intp stride, npy_intp n, double *out)
{
    for (npy_intp i = 0; i < n; i++, x += stride) out[i] = *(const double *)x;
}

typedef void (*range_t)(const char *, npy_intp, npy_intp, npy_int64 *, npy_int64 *);
typedef int (*tally_t)(const char *, npy_intp, npy_intp, npy_intp, npy_intp *);
typedef int (*add_t)(const char *, npy_intp, npy_intp, npy_intp, const char *, npy_intp, double *);
typedef void (*double_t_)(const char *, npy_intp, npy_intp, double *);

/* By type code: ?bBhHiIq and, for conversions, Qfd. */
static const range_t ranges[] = {NULL, range_b, range_B, range_h, range_H, range_i, range_I, range_q};
static const tally_t tallies[] = {NULL, count_b, count_B, count_h, count_H, count_i, count_I, count_q};
static const add_t adders[] = {NULL, add_b, add_B, add_h, add_H, add_i, add_I, add_q};
static const double_t_ doubles[] = {NULL, double_b, double_B, double_h, double_H, double_i, double_I, double_q,
                                    double_Q, double_f, double_d};

/* Count bins that lie in 0 ... bins, the last one those outside, in LANES copies of bins + 1 counts. */
static inline void tally_bins(const npy_int32 *at, npy_intp n, npy_intp bins, npy_intp *counts)
{
    npy_intp i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) counts[k * (bins + 1) + at[i + k]]++;
    for (; i < n; i++) counts[at[i]]++;
}

static inline void add_bins(const npy_int32 *at, npy_intp n, const char *w, npy_intp stride, double *sums)
{
    for (npy_intp i = 0; i < n; i++, w += stride) sums[at[i]] += *(const double *)w;
}

/* The bin of each value from the number of edges that are not above it. */
static inline void bins_of_places(const npy_intp *places, const double *x, npy_intp n, npy_intp bins, double last,
                                  npy_int32 *at)
{
    for (npy_intp i = 0; i < n; i++) {
        const npy_intp k = places[i] > bins ? (x[i] == last ? bins - 1 : bins) : places[i] - 1;
        at[i] = (npy_int32)(k < 0 ? bins : k);
    }
}

#endif
