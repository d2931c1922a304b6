/* Sorted runs and membership: what unique and isin do to elements of one type. */
#ifndef TORSOR_SETS_H
#define TORSOR_SETS_H

#include <stdint.h>
#include <string.h>
#include <numpy/npy_common.h>

/* ------------------------------------------------------------------------------- runs */

/* Where runs of equal elements begin in x; the first begins at 0.  Returns how many.  Elements after `single` are in
 * the run of that one (NaNs that count as one). */
#define RUNS(LETTER, T)                                                                         \
    static npy_intp runs_##LETTER(const char *x, npy_intp n, npy_intp single, npy_intp *starts) \
    {                                                                                           \
        const T *p = (const T *)x;                                                              \
        npy_intp *out = starts;                                                                 \
        const npy_intp end = single + 1 < n ? single + 1 : n;                                   \
        *out++ = 0;                                                                             \
        for (npy_intp i = 1; i < end; i++) {                                                    \
            *out = i;                                                                           \
            out += p[i] != p[i - 1];                                                            \
        }                                                                                       \
        return out - starts;                                                                    \
    }

RUNS(8, uint8_t)
RUNS(16, uint16_t)
RUNS(32, uint32_t)
RUNS(64, uint64_t)
RUNS(f, float)
RUNS(d, double)

static inline npy_intp find_runs(int code, const char *x, npy_intp n, npy_intp single, npy_intp *starts)
{
    return code == 9 ? runs_f(x, n, single, starts) : code == 10 ? runs_d(x, n, single, starts)
        : code <= 2 ? runs_8(x, n, single, starts) : code <= 4 ? runs_16(x, n, single, starts)
        : code <= 6 ? runs_32(x, n, single, starts) : runs_64(x, n, single, starts);
}

#define TAKE(T) for (npy_intp i = 0; i < n; i++) ((T *)out)[i] = ((const T *)x)[places[i]];

static inline void take_elements(const char *x, int size, const npy_intp *places, npy_intp n, char *out)
{
    if (size == 1) TAKE(uint8_t)
    else if (size == 2) TAKE(uint16_t)
    else if (size == 4) TAKE(uint32_t)
    else TAKE(uint64_t)
}

/* ------------------------------------------------------------------------------- differences */

/* What only one of two sorted sets has, in order; returns how many.  A NaN, which comes last, equals nothing.  out has
 * room for all elements. */
#define DIFFERENCES(LETTER, T)                                                                        \
    static npy_intp differences_##LETTER(const char *x, npy_intp n, const char *y, npy_intp m, char *result) \
    {                                                                                                 \
        const T *p = (const T *)x, *const p_end = p + n, *q = (const T *)y, *const q_end = q + m;     \
        T *out = (T *)result;                                                                         \
        while (p < p_end && q < q_end && *p == *p && *q == *q) {                                      \
            const T a = *p, b = *q;                                                                   \
            *out = a < b ? a : b;                                                                     \
            out += a != b;                                                                            \
            p += a <= b;                                                                              \
            q += b <= a;                                                                              \
        }                                                                                             \
        while (p < p_end && *p == *p) *out++ = *p++;                                                  \
        while (q < q_end) *out++ = *q++;                                                              \
        while (p < p_end) *out++ = *p++;                                                              \
        return out - (T *)result;                                                                     \
    }

DIFFERENCES(b, npy_int8)
DIFFERENCES(B, npy_uint8)
DIFFERENCES(h, npy_int16)
DIFFERENCES(H, npy_uint16)
DIFFERENCES(i, npy_int32)
DIFFERENCES(I, npy_uint32)
DIFFERENCES(q, npy_int64)
DIFFERENCES(Q, npy_uint64)
DIFFERENCES(f, npy_float)
DIFFERENCES(d, npy_double)

static inline npy_intp find_differences(int code, const char *x, npy_intp n, const char *y, npy_intp m, char *out)
{
    switch (code) {
    case 1: return differences_b(x, n, y, m, out);
    case 2: return differences_B(x, n, y, m, out);
    case 3: return differences_h(x, n, y, m, out);
    case 4: return differences_H(x, n, y, m, out);
    case 5: return differences_i(x, n, y, m, out);
    case 6: return differences_I(x, n, y, m, out);
    case 7: return differences_q(x, n, y, m, out);
    case 8: return differences_Q(x, n, y, m, out);
    case 9: return differences_f(x, n, y, m, out);
    default: return differences_d(x, n, y, m, out);
    }
}

/* ------------------------------------------------------------------------------- membership */

/* A set of elements: a table of flags where they lie close together, else of the elements by their hash. */
typedef struct {
    int code;
    npy_int64 low;          /* the first element with a flag */
    npy_uint64 span;        /* flags, or 0 */
    unsigned char *flags;
    uint64_t *slots;        /* 1 << bits of them; 0 is none */
    int bits, has_zero;
} Set;

static inline uint64_t hash_bits(uint64_t k, int bits)
{
    k ^= k >> 33;
    k *= 0xff51afd7ed558ccdu;
    k ^= k >> 33;
    k *= 0xc4ceb9fe1a85ec53u;
    return k >> (64 - bits);
}

static inline uint64_t bits_f(float x)
{
    uint32_t u;
    x += 0.0f;              /* zeros are equal */
    memcpy(&u, &x, 4);
    return u;
}

static inline uint64_t bits_d(double x)
{
    uint64_t u;
    x += 0.0;
    memcpy(&u, &x, 8);
    return u;
}

static inline void put(Set *s, uint64_t k)
{
    const uint64_t mask = ((uint64_t)1 << s->bits) - 1;
    if (k == 0) {
        s->has_zero = 1;
        return;
    }
    uint64_t at = hash_bits(k, s->bits);
    while (s->slots[at] != 0 && s->slots[at] != k) at = (at + 1) & mask;
    s->slots[at] = k;
}

static inline int has(const Set *s, uint64_t k)
{
    const uint64_t mask = ((uint64_t)1 << s->bits) - 1;
    if (k == 0) return s->has_zero;
    uint64_t at = hash_bits(k, s->bits);
    while (s->slots[at] != 0 && s->slots[at] != k) at = (at + 1) & mask;
    return s->slots[at] == k;
}

#define INTEGER_BITS(x) ((uint64_t)(npy_int64)(x))
#define EACH_SET_TYPE(DO)                                       \
    switch (s->code) {                                          \
    case 1: DO(npy_int8, INTEGER_BITS(x)) break;                \
    case 2: DO(npy_uint8, INTEGER_BITS(x)) break;               \
    case 3: DO(npy_int16, INTEGER_BITS(x)) break;               \
    case 4: DO(npy_uint16, INTEGER_BITS(x)) break;              \
    case 5: DO(npy_int32, INTEGER_BITS(x)) break;               \
    case 6: DO(npy_uint32, INTEGER_BITS(x)) break;              \
    case 7: DO(npy_int64, INTEGER_BITS(x)) break;               \
    case 8: DO(npy_uint64, (uint64_t)(x)) break;                \
    case 9: DO(float, bits_f(x)) break;                         \
    default: DO(double, bits_d(x))                              \
    }

#define FILL(T, BITS)                                           \
    for (npy_intp i = 0; i < n; i++, p += stride) {             \
        const T x = *(const T *)p;                              \
        const uint64_t k = BITS;                                \
        if (s->span) {                                          \
            const uint64_t j = k - (uint64_t)s->low;            \
            if (j < s->span) s->flags[j] = 1;                   \
        }                                                       \
        else if (x == x) put(s, k);                             \
    }

static void fill_set(Set *s, const char *p, npy_intp stride, npy_intp n)
{
    EACH_SET_TYPE(FILL)
}

#define TEST(T, BITS)                                           \
    if (s->span)                                                \
        for (npy_intp i = 0; i < n; i++, p += stride) {         \
            const T x = *(const T *)p;                          \
            const uint64_t j = BITS - (uint64_t)s->low;         \
            out[i] = (j < s->span ? s->flags[j] : 0) ^ invert;  \
        }                                                       \
    else                                                        \
        for (npy_intp i = 0; i < n; i++, p += stride) {         \
            const T x = *(const T *)p;                          \
            out[i] = (unsigned char)((x == x && has(s, BITS)) ^ invert); \
        }

static void test_set(const Set *s, const char *p, npy_intp stride, npy_intp n, unsigned char invert, unsigned char *out)
{
    EACH_SET_TYPE(TEST)
}

#define ENDS(T, BITS)                                           \
    for (npy_intp i = 0; i < n; i++, p += stride) {             \
        const T x = *(const T *)p;                              \
        const npy_int64 v = (npy_int64)(BITS);                  \
        low = v < low ? v : low;                                \
        high = v > high ? v : high;                             \
    }

/* The least and the greatest of signed or short integers. */
static void ends_of_set(const Set *s, const char *p, npy_intp stride, npy_intp n, npy_int64 *least, npy_int64 *greatest)
{
    npy_int64 low = NPY_MAX_INT64, high = NPY_MIN_INT64;
    EACH_SET_TYPE(ENDS)
    *least = low;
    *greatest = high;
}

#endif
