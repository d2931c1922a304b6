/* Loops over integers for power: squares of the base, multiplied where the exponent has a bit, a block of
 * elements at a time.  Products wrap around.  What NumPy refuses is looked for before anything is written.
 */
#ifndef TORSOR_POWER_H
#define TORSOR_POWER_H

#include "fpstatus.h"
#include "loop.h"
#undef I                          /* of complex.h; here a type code */

enum { POWER_BLOCK = 64 };

/* The power of a block to its own exponents, and of a block to one exponent. */
#define POWER_BLOCKS(U)                                                                                   \
    static inline void powers_##U(U *base, U *exponent, U *product)                                       \
    {                                                                                                     \
        U left = 0;                                                                                       \
        for (int k = 0; k < POWER_BLOCK; k++) {                                                           \
            product[k] = exponent[k] & 1 ? base[k] : 1;                                                   \
            left |= exponent[k] = (U)(exponent[k] >> 1);                                                  \
        }                                                                                                 \
        while (left) {                                                                                    \
            left = 0;                                                                                     \
            for (int k = 0; k < POWER_BLOCK; k++) {                                                       \
                const U square = (U)(base[k] * base[k]), e = exponent[k];                                 \
                base[k] = square;                                                                         \
                product[k] = (U)(product[k] * (e & 1 ? square : 1));                                      \
                left |= exponent[k] = (U)(e >> 1);                                                        \
            }                                                                                             \
        }                                                                                                 \
    }                                                                                                     \
    static inline void one_power_##U(U *base, U exponent, U *product)                                     \
    {                                                                                                     \
        for (int k = 0; k < POWER_BLOCK; k++)                                                             \
            product[k] = exponent & 1 ? base[k] : 1;                                                      \
        while (exponent >>= 1) {                                                                          \
            for (int k = 0; k < POWER_BLOCK; k++)                                                         \
                base[k] = (U)(base[k] * base[k]);                                                         \
            if (exponent & 1)                                                                             \
                for (int k = 0; k < POWER_BLOCK; k++)                                                     \
                    product[k] = (U)(product[k] * base[k]);                                               \
        }                                                                                                 \
    }
POWER_BLOCKS(npy_uint16)
POWER_BLOCKS(npy_uint32)
POWER_BLOCKS(npy_uint64)

/* Narrower vectors do not make up for elements that lie apart, nor for products of 64 bits. */
#ifdef __AVX512DQ__
#define SLOW 0
#else
#define SLOW 1
#endif

#define POWER_LOOP(C, T, U)                                                                               \
    LOOP_HEAD(power_##C##C)                                                                               \
    U base[POWER_BLOCK] = {0}, exponent[POWER_BLOCK] = {0}, product[POWER_BLOCK];                         \
    const int apart = steps[0] != sizeof(T) || (steps[1] != sizeof(T) && steps[1]) || steps[2] != sizeof(T); \
    if (n < 8 || (SLOW && (apart || (sizeof(T) == 8 && steps[1] == 0)))) {                                \
        loop_of_numpy(args, dimensions, steps, data);                                                     \
        return;                                                                                           \
    }                                                                                                     \
    for (i = 0; i < n; i += POWER_BLOCK) {                                                                \
        const npy_intp m = n - i < POWER_BLOCK ? n - i : POWER_BLOCK;                                     \
        const char *px = args[0] + i * steps[0], *py = args[1] + i * steps[1];                            \
        char *po = args[2] + i * steps[2];                                                                \
        GATHER(T, base, px, steps[0], m, (U)value);                                                       \
        if (steps[1]) {                                                                                   \
            GATHER(T, exponent, py, steps[1], m, (U)value);                                               \
            powers_##U(base, exponent, product);                                                          \
        }                                                                                                 \
        else                                                                                              \
            one_power_##U(base, (U)*(const T *)py, product);                                              \
        SCATTER(T, po, steps[2], m, product[k]);                                                          \
    }                                                                                                     \
    }

/* Invalid where there is a negative exponent. */
#define POWER_CHECK(C, T)                                                                                 \
    LOOP_HEAD(power_check_##C##C)                                                                         \
    const T *py = (const T *)args[1];                                                                     \
    T signs = n ? *py : 0;                                                                                \
    if (steps[1] == sizeof(T))                                                                            \
        for (i = 0; i < n; i++)                                                                           \
            signs |= py[i];                                                                               \
    else if (steps[1])                                                                                    \
        for (i = 0; i < n; i++)                                                                           \
            signs |= *(const T *)(args[1] + i * steps[1]);                                                \
    if (signs < 0) fp_raise(FP_INVALID);                                                                  \
    }

POWER_LOOP(b, npy_int8, npy_uint16)
POWER_LOOP(B, npy_uint8, npy_uint16)
POWER_LOOP(h, npy_int16, npy_uint16)
POWER_LOOP(H, npy_uint16, npy_uint16)
POWER_LOOP(i, npy_int32, npy_uint32)
POWER_LOOP(I, npy_uint32, npy_uint32)
#if defined(__SSE2__) && !defined(__AVX2__)               /* two products of 64 bits are slower than two alone */
BY_NUMPY(power_qq)
BY_NUMPY(power_QQ)
#else
POWER_LOOP(q, npy_int64, npy_uint64)
POWER_LOOP(Q, npy_uint64, npy_uint64)
#endif
POWER_CHECK(b, npy_int8)
POWER_CHECK(h, npy_int16)
POWER_CHECK(i, npy_int32)
POWER_CHECK(q, npy_int64)

#endif
