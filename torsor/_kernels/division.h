/* Loops over integers for floor_divide, remainder, fmod, divmod, gcd and lcm.
 *
 * Processors divide integers one by one and slowly; here vectors of floating-point numbers do it.  Types of
 * up to 16 bits go through float and of 32 through double, which hold their quotients exactly enough:
 * (x + 1/2) / y is at least 1 / 2y away from the next integer.  64 bits take two steps in double where
 * vectors of 64-bit integers convert (AVX-512) and are NumPy's elsewhere.  Division by zero gives 0 and
 * the lowest number divided by -1 is itself, both with a floating-point error, as NumPy has it.
 */
#ifndef TORSOR_DIVISION_H
#define TORSOR_DIVISION_H

#include "fpstatus.h"
#include "loop.h"
#include <string.h>
#undef I                          /* of complex.h; here a type code */

/* x / y rounded down, for y != 0. */
#define QUOTIENT_BY_FLOAT(NAME, T)                                                                        \
    static inline T quotient_##NAME(T x, T y)                                                             \
    {                                                                                                     \
        const float d = (float)y, half = __builtin_copysignf(0.5f, d);                                    \
        return (T)(npy_int32)__builtin_floorf(((float)x + half) * (1 / d));                               \
    }
QUOTIENT_BY_FLOAT(b, npy_int8)
QUOTIENT_BY_FLOAT(B, npy_uint8)
QUOTIENT_BY_FLOAT(h, npy_int16)
QUOTIENT_BY_FLOAT(H, npy_uint16)

#define QUOTIENT_BY_DOUBLE(NAME, T)                                                                       \
    static inline T quotient_##NAME(T x, T y)                                                             \
    {                                                                                                     \
        const double d = (double)y, half = __builtin_copysign(0.5, d);                                    \
        const double q = __builtin_floor(((double)x + half) * (1 / d)) + 0x1.8p52;                        \
        npy_uint64 bits;                              /* its low half is the integer, modulo 2^32 */      \
        memcpy(&bits, &q, sizeof bits);                                                                   \
        return (T)(npy_uint32)bits;                                                                       \
    }
QUOTIENT_BY_DOUBLE(i, npy_int32)
QUOTIENT_BY_DOUBLE(I, npy_uint32)

#ifdef __AVX512DQ__
/* Neither step gives too much: the last factor takes away more than three roundings can add. */
static inline npy_uint64 quotient_Q(npy_uint64 x, npy_uint64 y)
{
    const double inverse = 1 / (double)y * (1 - 0x1p-50);
    const npy_uint64 p = (npy_uint64)((double)x * inverse), r = x - p * y;
    const npy_uint64 q = (npy_uint64)((double)r * inverse);
    return p + q + (r - q * y >= y);
}

static inline npy_int64 quotient_q(npy_int64 x, npy_int64 y)
{
    const npy_uint64 sx = (npy_uint64)(x >> 63), sy = (npy_uint64)(y >> 63), sign = sx ^ sy;
    const npy_uint64 a = ((npy_uint64)x ^ sx) - sx, b = ((npy_uint64)y ^ sy) - sy;
    const npy_uint64 q = quotient_Q(a, b);
    return (npy_int64)(((q + (q * b != a ? sign & 1 : 0)) ^ sign) - sign);
}
#else
static inline npy_uint64 quotient_Q(npy_uint64 x, npy_uint64 y) { return x / y; }
#endif

/* One loop: BODY has x, y, a divisor d that is never zero, the quotient q, and what q leaves, r. */
#define DIVISION_STEP(C, T, U, BODY)                                                                      \
    {                                                                                                     \
        const T d = y ? y : 1, q = quotient_##C(x, d), r = (T)((U)x - (U)q * (U)d);                       \
        (void)r;                                                                                          \
        zero |= y == 0;                                                                                   \
        BODY;                                                                                             \
    }

#define DIVISION(NAME, C, T, U, NOUT, DIVISOR, BODY)                                                      \
    LOOP_HEAD(NAME##_##C##C)                                                                              \
    const npy_intp sx = steps[0], sy = steps[1], size = sizeof(T);                                        \
    const T *px = (const T *)args[0], *py = (const T *)args[1];                                           \
    T *po = (T *)args[2], *pr = (T *)args[NOUT + 1], zero = 0, over = 0;                                  \
    (void)pr;                                                                                             \
    if (steps[2] != size || steps[NOUT + 1] != size || (sx != size && sx) || (sy != size && sy)           \
        || (sx == 0 && sy == 0) || (DIVISOR && sy == 0)) {                                                \
        loop_of_numpy(args, dimensions, steps, data);                                                     \
        return;                                                                                           \
    }                                                                                                     \
    if (sy == 0) {                                                                                        \
        const T y = *py;                                                                                  \
        TORSOR_INDEPENDENT                                                                                \
        for (i = 0; i < n; i++) {                                                                         \
            const T x = px[i];                                                                            \
            DIVISION_STEP(C, T, U, BODY)                                                                  \
        }                                                                                                 \
    }                                                                                                     \
    else if (sx == 0) {                                                                                   \
        const T x = *px;                                                                                  \
        TORSOR_INDEPENDENT                                                                                \
        for (i = 0; i < n; i++) {                                                                         \
            const T y = py[i];                                                                            \
            DIVISION_STEP(C, T, U, BODY)                                                                  \
        }                                                                                                 \
    }                                                                                                     \
    else {                                                                                                \
        TORSOR_INDEPENDENT                                                                                \
        for (i = 0; i < n; i++) {                                                                         \
            const T x = px[i], y = py[i];                                                                 \
            DIVISION_STEP(C, T, U, BODY)                                                                  \
        }                                                                                                 \
    }                                                                                                     \
    if (zero) fp_raise(FP_DIVIDE);                                                                        \
    if (over) fp_raise(FP_OVER);                                                                          \
    }

/* NumPy has vectors for the quotient by one number. */
#define DIVISIONS(C, T, U, LOWEST)                                                                        \
    DIVISION(floor_divide, C, T, U, 1, 1,                                                                 \
             (over |= LOWEST(x, y), po[i] = (T)(q & (T)-(y != 0))))                                       \
    DIVISION(remainder, C, T, U, 1, 0, po[i] = (T)(r & (T)-(y != 0)))                                     \
    DIVISION(fmod, C, T, U, 1, 0,                                                                         \
             po[i] = (T)((U)r - ((r != 0) & ((T)(r ^ x) < 0) ? (U)d : 0)) & (T)-(y != 0))                 \
    DIVISION(divmod, C, T, U, 2, 0,                                                                       \
             (over |= LOWEST(x, y), po[i] = (T)(q & (T)-(y != 0)), pr[i] = (T)(r & (T)-(y != 0))))

#define NEVER(x, y) 0
#define OVERFLOWS_b(x, y) ((x == NPY_MIN_INT8) & (y == -1))
#define OVERFLOWS_h(x, y) ((x == NPY_MIN_INT16) & (y == -1))
#define OVERFLOWS_i(x, y) ((x == NPY_MIN_INT32) & (y == -1))
#define OVERFLOWS_q(x, y) ((x == NPY_MIN_INT64) & (y == -1))
DIVISIONS(b, npy_int8, npy_uint8, OVERFLOWS_b)
DIVISIONS(B, npy_uint8, npy_uint8, NEVER)
DIVISIONS(h, npy_int16, npy_uint16, OVERFLOWS_h)
DIVISIONS(H, npy_uint16, npy_uint16, NEVER)
DIVISIONS(i, npy_int32, npy_uint32, OVERFLOWS_i)
DIVISIONS(I, npy_uint32, npy_uint32, NEVER)
#ifdef __AVX512DQ__
DIVISIONS(q, npy_int64, npy_uint64, OVERFLOWS_q)
DIVISIONS(Q, npy_uint64, npy_uint64, NEVER)
#else
BY_NUMPY(floor_divide_qq)
BY_NUMPY(floor_divide_QQ)
BY_NUMPY(remainder_qq)
BY_NUMPY(remainder_QQ)
BY_NUMPY(fmod_qq)
BY_NUMPY(fmod_QQ)
BY_NUMPY(divmod_qq)
BY_NUMPY(divmod_QQ)
#endif

/* ---- greatest common divisor: Stein's algorithm, a block at a time until its last element is done ------ */

enum { DIVISOR_BLOCK = 64 };

static inline int trailing_32(npy_uint32 x)
{
#if defined(__AVX512CD__) || !defined(__AVX2__)
    return 31 - __builtin_clz(x & (0 - x));
#else
    const float power = (float)(npy_int32)(x & (0 - x));
    npy_uint32 bits;
    memcpy(&bits, &power, sizeof bits);
    return (int)(bits >> 23 & 255) - 127;
#endif
}

static inline int trailing_64(npy_uint64 x)
{
#ifdef __AVX512CD__
    return 63 - __builtin_clzll(x & (0 - x));
#else
    return __builtin_ctzll(x);
#endif
}

/* a becomes gcd(a, b).  b is odd throughout; a is halved until it is odd, and the smaller is taken off. */
#define COMMON_DIVISOR(BITS, U)                                                                           \
    static inline void common_divisor_##BITS(U *a, const U *given)                                        \
    {                                                                                                     \
        U b[DIVISOR_BLOCK], twos[DIVISOR_BLOCK], left = 0;                                                \
        for (int i = 0; i < DIVISOR_BLOCK; i++) {                                                         \
            const U x = a[i], y = given[i], odd = y ? y : x;             /* gcd(x, 0) = gcd(0, x) */      \
            twos[i] = (U)trailing_##BITS(x | y | ((U)((x | y) == 0) << (BITS - 1)));                      \
            b[i] = odd >> trailing_##BITS(odd ? odd : 1);                                                 \
            a[i] = y ? x : 0;                                                                             \
            left |= a[i];                                                                                 \
        }                                                                                                 \
        while (left) {                                                                                    \
            left = 0;                                                                                     \
            for (int i = 0; i < DIVISOR_BLOCK; i++) {                                                     \
                const U x = a[i] >> trailing_##BITS(a[i] ? a[i] : 1), y = b[i];                           \
                const U small = x < y ? x : y, large = x < y ? y : x;                                     \
                b[i] = a[i] ? small : y;                                                                  \
                a[i] = a[i] ? large - small : 0;                                                          \
                left |= a[i];                                                                             \
            }                                                                                             \
        }                                                                                                 \
        for (int i = 0; i < DIVISOR_BLOCK; i++)                                                           \
            a[i] = b[i] << (b[i] ? twos[i] : 0);                                                          \
    }
COMMON_DIVISOR(32, npy_uint32)
COMMON_DIVISOR(64, npy_uint64)

static void divisors_32(npy_uint32 *x, const npy_uint32 *y) { common_divisor_32(x, y); }

/* Twice as many fit a vector where all are small. */
static void divisors_64(npy_uint64 *x, const npy_uint64 *y)
{
    npy_uint32 a[DIVISOR_BLOCK], b[DIVISOR_BLOCK];
    npy_uint64 all = 0;
    for (int i = 0; i < DIVISOR_BLOCK; i++) {
        all |= x[i] | y[i];
        a[i] = (npy_uint32)x[i];
        b[i] = (npy_uint32)y[i];
    }
    if (all >> 32) {
        common_divisor_64(x, y);
        return;
    }
    divisors_32(a, b);
    for (int i = 0; i < DIVISOR_BLOCK; i++)
        x[i] = a[i];
}

#define MAGNITUDE(U, x) ((x) < 0 ? (U)0 - (U)(x) : (U)(x))
#define DIVISOR_LOOP(NAME, C, T, BITS, U, RESULT)                                                         \
    LOOP_HEAD(NAME##_##C##C)                                                                              \
    U x[DIVISOR_BLOCK], y[DIVISOR_BLOCK], g[DIVISOR_BLOCK];                                               \
    if (n < DIVISOR_BLOCK / 3) {                          /* a whole block takes longer */                \
        loop_of_numpy(args, dimensions, steps, data);                                                     \
        return;                                                                                           \
    }                                                                                                     \
    for (i = 0; i < n; i += DIVISOR_BLOCK) {                                                              \
        const npy_intp m = n - i < DIVISOR_BLOCK ? n - i : DIVISOR_BLOCK;                                 \
        const char *px = args[0] + i * steps[0], *py = args[1] + i * steps[1];                            \
        char *po = args[2] + i * steps[2];                                                                \
        GATHER(T, x, px, steps[0], m, MAGNITUDE(U, value));                                               \
        GATHER(T, y, py, steps[1], m, MAGNITUDE(U, value));                                               \
        for (npy_intp k = m; k < DIVISOR_BLOCK; k++)                                                      \
            x[k] = y[k] = 0;                                                                              \
        memcpy(g, x, sizeof g);                                                                           \
        divisors_##BITS(g, y);                                                                            \
        for (npy_intp k = 0; k < DIVISOR_BLOCK; k++)                                                      \
            g[k] = RESULT;                                                                                \
        SCATTER(T, po, steps[2], m, g[k]);                                                                \
    }                                                                                                     \
    }

#if defined(__SSE2__) && !defined(__AVX2__)               /* no shifts by a vector of counts */
#define DIVISOR_LOOPS(C, T, BITS, U, QUOTIENT) BY_NUMPY(gcd_##C##C) BY_NUMPY(lcm_##C##C)
#else
#define DIVISOR_LOOPS(C, T, BITS, U, QUOTIENT)                                                            \
    DIVISOR_LOOP(gcd, C, T, BITS, U, g[k])                                                                \
    DIVISOR_LOOP(lcm, C, T, BITS, U, QUOTIENT(x[k], g[k] ? g[k] : 1) * y[k])
#endif
DIVISOR_LOOPS(b, npy_int8, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(B, npy_uint8, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(h, npy_int16, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(H, npy_uint16, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(i, npy_int32, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(I, npy_uint32, 32, npy_uint32, quotient_I)
DIVISOR_LOOPS(q, npy_int64, 64, npy_uint64, quotient_Q)
DIVISOR_LOOPS(Q, npy_uint64, 64, npy_uint64, quotient_Q)

#endif
