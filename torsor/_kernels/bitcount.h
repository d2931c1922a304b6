/* Loops over integers for bitwise_count, by the instructions that count bits in vectors, which are newer than
 * x86-64-v4: processors without them run NumPy's loops.
 */
#ifndef TORSOR_BITCOUNT_H
#define TORSOR_BITCOUNT_H

#include "loop.h"

#if defined(__x86_64__) && defined(__AVX512BW__) && defined(__GNUC__)
#define BIT_COUNT(C, T, U, COUNT)                                                                         \
    __attribute__((target("avx512vpopcntdq,avx512bitalg")))                                               \
    static void count_bits_##C(const T *px, npy_uint8 *po, npy_intp n)                                    \
    {                                                                                                     \
        TORSOR_INDEPENDENT                                                                                \
        for (npy_intp i = 0; i < n; i++)                                                                  \
            po[i] = (npy_uint8)COUNT(px[i] < 0 ? (U)(0 - (U)px[i]) : (U)px[i]);                           \
    }                                                                                                     \
    static void bitwise_count_##C(char **args, const npy_intp *dimensions, const npy_intp *steps, void *data) \
    {                                                                                                     \
        if (steps[0] == sizeof(T) && steps[1] == 1 && __builtin_cpu_supports("avx512vpopcntdq")           \
            && __builtin_cpu_supports("avx512bitalg"))                                                    \
            count_bits_##C((const T *)args[0], (npy_uint8 *)args[1], dimensions[0]);                      \
        else                                                                                              \
            loop_of_numpy(args, dimensions, steps, data);                                                 \
    }
#else
#define BIT_COUNT(C, T, U, COUNT) BY_NUMPY(bitwise_count_##C)
#endif

BIT_COUNT(b, npy_int8, npy_uint8, __builtin_popcount)
BIT_COUNT(B, npy_uint8, npy_uint8, __builtin_popcount)
BIT_COUNT(h, npy_int16, npy_uint16, __builtin_popcount)
BIT_COUNT(H, npy_uint16, npy_uint16, __builtin_popcount)
BIT_COUNT(i, npy_int32, npy_uint32, __builtin_popcount)
BIT_COUNT(I, npy_uint32, npy_uint32, __builtin_popcount)
BIT_COUNT(q, npy_int64, npy_uint64, __builtin_popcountll)
BIT_COUNT(Q, npy_uint64, npy_uint64, __builtin_popcountll)

#endif
