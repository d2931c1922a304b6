/* Loops of conversions, from elements that lie apart as well as from neighbours. */
#ifndef TORSOR_CONVERT_H
#define TORSOR_CONVERT_H

#include <stdint.h>
#include <string.h>
#include "fpstatus.h"
#include "loop.h"

/* Integers of 64 bits as doubles.  Before AVX-512 only one at a time has an instruction; in lanes the upper and the
 * lower half are put into doubles of known exponents, and what those are too large by is taken off before the halves
 * are added, which rounds once. */
#if defined(__x86_64__) && !defined(__AVX512DQ__)
static inline double double_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double double_of_halves(uint64_t upper, uint64_t lower, double excess)
{
    return (double_of_bits(upper | 0x4530000000000000) - excess) + double_of_bits(lower | 0x4330000000000000);
}

#define DOUBLE_OF_q(x) double_of_halves(((uint64_t)(x) >> 32) ^ 0x80000000, (uint32_t)(x), 0x1p84 + 0x1p63 + 0x1p52)
#define DOUBLE_OF_Q(x) double_of_halves((x) >> 32, (uint32_t)(x), 0x1p84 + 0x1p52)
#else
#define DOUBLE_OF_q(x) (x)
#define DOUBLE_OF_Q(x) (x)
#endif

#define CONVERT(NAME, TX, TO, EXPR)                                                     \
    LOOP_HEAD(NAME)                                                                     \
    const npy_intp step = steps[0];                                                     \
    if (steps[1] == sizeof(TO)) {                                                       \
        const char *px = args[0];                                                       \
        TO *po = (TO *)args[1];                                                         \
        if (step == sizeof(TX)) {                                                       \
            TORSOR_INDEPENDENT                                                          \
            for (i = 0; i < n; i++) {                                                   \
                const TX x = ((const TX *)px)[i];                                       \
                po[i] = (TO)(EXPR);                                                     \
            }                                                                           \
        }                                                                               \
        else                                                                            \
            for (i = 0; i < n; i++) {                                                   \
                const TX x = *(const TX *)(px + i * step);                              \
                po[i] = (TO)(EXPR);                                                     \
            }                                                                           \
    }                                                                                   \
    else {                                                                              \
        const char *px = args[0];                                                       \
        char *po = args[1];                                                             \
        for (i = 0; i < n; i++, px += step, po += steps[1]) {                           \
            const TX x = *(const TX *)px;                                               \
            *(TO *)po = (TO)(EXPR);                                                     \
        }                                                                               \
    }                                                                                   \
    }

/* Numbers from 0 on and below HIGH are cut to whole ones of type TO; any other raises invalid, and what is written
   for it means nothing.  TI is an integer as large as TX, so that comparison and conversion go by the same lanes. */
#define WHOLE(NAME, TX, TO, TI, HIGH)                                                   \
    LOOP_HEAD(NAME)                                                                     \
    TI bad = 0;                                                                         \
    if (steps[0] == sizeof(TX) && steps[1] == sizeof(TO)) {                             \
        const TX *px = (const TX *)args[0];                                             \
        TO *po = (TO *)args[1];                                                         \
        TORSOR_INDEPENDENT                                                              \
        for (i = 0; i < n; i++) {                                                       \
            const TX x = px[i];                                                         \
            bad |= (x >= 0) & (x < (TX)(HIGH)) ? 0 : 1;                                 \
            po[i] = (TO)x;                                                              \
        }                                                                               \
    }                                                                                   \
    else {                                                                              \
        const char *px = args[0];                                                       \
        char *po = args[1];                                                             \
        for (i = 0; i < n; i++, px += steps[0], po += steps[1]) {                       \
            const TX x = *(const TX *)px;                                               \
            bad |= (x >= 0) & (x < (TX)(HIGH)) ? 0 : 1;                                 \
            *(TO *)po = (TO)x;                                                          \
        }                                                                               \
    }                                                                                   \
    if (bad) fp_raise(FP_INVALID);                                                      \
    }

#endif
