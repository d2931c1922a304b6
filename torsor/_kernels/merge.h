/* Two sorted lines merged into one: where the merged line is to be cut, and the merging of a part. */
#ifndef TORSOR_MERGE_H
#define TORSOR_MERGE_H

#include <math.h>
#include <stddef.h>
#include <numpy/npy_common.h>

#define IS_BELOW(x, y) ((x) < (y))
/* A NaN is above all that are none. */
#define IS_BELOW_FLOAT(x, y) ((x) < (y) || ((y) != (y) && (x) == (x)))

/* split: how many of the first k elements of the merged line come from x; of equals those of x come first.
 * merge: m + n elements, without a branch on which is next. */
#define MERGE(LETTER, T, BELOW)                                                                             \
    static npy_intp split_##LETTER(const char *xs, npy_intp m, const char *ys, npy_intp n, npy_intp k)      \
    {                                                                                                       \
        const T *x = (const T *)xs, *y = (const T *)ys;                                                     \
        npy_intp low = k > n ? k - n : 0, high = k < m ? k : m;                                             \
        while (low < high) {                                                                                \
            const npy_intp middle = low + (high - low) / 2;                                                 \
            if (BELOW(y[k - middle - 1], x[middle])) high = middle;                                         \
            else low = middle + 1;                                                                          \
        }                                                                                                   \
        return low;                                                                                         \
    }                                                                                                       \
    static void merge_##LETTER(const char *xs, npy_intp m, const char *ys, npy_intp n, char *result)        \
    {                                                                                                       \
        const T *x = (const T *)xs, *const x_end = x + m, *y = (const T *)ys, *const y_end = y + n;         \
        const T *x_real = x_end, *y_real = y_end;                                                           \
        T *out = (T *)result;                                                                               \
        while (x_real > x && x_real[-1] != x_real[-1]) x_real--;                                            \
        while (y_real > y && y_real[-1] != y_real[-1]) y_real--;                                            \
        while (x < x_real && y < y_real) {                                                                  \
            const ptrdiff_t other = *y < *x;                                                                \
            *out++ = *(const T *)((const char *)x + (((const char *)y - (const char *)x) & -other));        \
            y += other;                                                                                     \
            x += 1 - other;                                                                                 \
        }                                                                                                   \
        while (x < x_real) *out++ = *x++;                                                                   \
        while (y < y_real) *out++ = *y++;                                                                   \
        while (x < x_end) *out++ = *x++;                                                                    \
        while (y < y_end) *out++ = *y++;                                                                    \
    }

MERGE(i, npy_int32, IS_BELOW)
MERGE(I, npy_uint32, IS_BELOW)
MERGE(q, npy_int64, IS_BELOW)
MERGE(Q, npy_uint64, IS_BELOW)
MERGE(f, npy_float, IS_BELOW_FLOAT)
MERGE(d, npy_double, IS_BELOW_FLOAT)

/* Of a sorted line what has no order of its own, so that it does not depend on how the line was sorted: negative zeros
 * come first, and all NaNs are the same one. */
#define ALIKES(LETTER, T)                                                                                   \
    static void settle_alikes_##LETTER(char *line, npy_intp n)                                              \
    {                                                                                                       \
        T *x = (T *)line;                                                                                   \
        npy_intp first = 0, high = n, end, negative = 0;                                                    \
        while (first < high) {                                                                              \
            const npy_intp middle = first + (high - first) / 2;                                             \
            if (x[middle] < 0) first = middle + 1;                                                          \
            else high = middle;                                                                             \
        }                                                                                                   \
        for (end = first; end < n && x[end] == 0; end++) negative += signbit(x[end]) != 0;                  \
        for (npy_intp i = first; i < end; i++) x[i] = i - first < negative ? -(T)0 : (T)0;                  \
        for (npy_intp i = n - 1; i >= 0 && x[i] != x[i]; i--) x[i] = (T)NAN;                                \
    }

ALIKES(f, npy_float)
ALIKES(d, npy_double)

static inline void settle_alikes(int code, char *line, npy_intp n)
{
    if (code == 9) settle_alikes_f(line, n);
    if (code == 10) settle_alikes_d(line, n);
}

typedef npy_intp (*split_t)(const char *, npy_intp, const char *, npy_intp, npy_intp);
typedef void (*merge_t)(const char *, npy_intp, const char *, npy_intp, char *);

/* By type codes; shorter elements are counted. */
static const split_t splits[] = {0, 0, 0, 0, 0, split_i, split_I, split_q, split_Q, split_f, split_d};
static const merge_t merges[] = {0, 0, 0, 0, 0, merge_i, merge_I, merge_q, merge_Q, merge_f, merge_d};

#endif
