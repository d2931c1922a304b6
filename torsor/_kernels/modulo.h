/* Loops over floating-point numbers for floor_divide, remainder, fmod and divmod, and for nextafter and spacing.
 *
 * Vectors work where a quotient is below 2^50 (float: 2^20) and no number is out of the ordinary, so that every
 * step but the last sum is exact: the truncated quotient q is at most one too large and x - q y, which
 * numbers hold exactly, tells.  A block with anything else is NumPy's, which takes remainders bit by bit.
 */
#ifndef TORSOR_MODULO_H
#define TORSOR_MODULO_H

#include "loop.h"
#include "vmath.h"

enum { MODULO_BLOCK = 128 };

/* Exponents that products and quotients of two numbers may have, as bits; names and functions by type. */
#define LOWEST_d ((int64_t)(1023 - 450) << 52)
#define HIGHEST_d ((int64_t)(1023 + 450) << 52)
#define RATIO_d ((int64_t)49 << 52)
#define LOWEST_f ((127 - 50) << 23)
#define HIGHEST_f ((127 + 50) << 23)
#define RATIO_f (19 << 23)
#define SUFFIXED_d(name) v_##name
#define SUFFIXED_f(name) v_##name##f
#define TRUNC_d __builtin_trunc
#define TRUNC_f __builtin_truncf

#define MODULO_TYPE(C, T, U, S)                                                                           \
    /* Whether a pair is not for vectors: x may be zero, and their exponents tell of the quotient. */     \
    static inline U odd_##C(T x, T y)                                                                     \
    {                                                                                                     \
        const S a = (S)SUFFIXED_##C(_bits)(SUFFIXED_##C(_abs)(x));                                        \
        const S b = (S)SUFFIXED_##C(_bits)(SUFFIXED_##C(_abs)(y));                                        \
        return SUFFIXED_##C(_mask)((a < LOWEST_##C) & (a != 0)) | SUFFIXED_##C(_mask)(a > HIGHEST_##C)    \
            | SUFFIXED_##C(_mask)(b < LOWEST_##C) | SUFFIXED_##C(_mask)(b > HIGHEST_##C)                  \
            | SUFFIXED_##C(_mask)(a - b > RATIO_##C);                                                     \
    }                                                                                                     \
    /* The truncated quotient; the remainder has the sign of x. */                                        \
    static inline T truncated_##C(T x, T y, T *remainder)                                                 \
    {                                                                                                     \
        const T q = TRUNC_##C(x / y), p = q * y;                                                          \
        const T r = (x - p) - SUFFIXED_##C(_product_error)(q, y, p);                                      \
        const U over = (SUFFIXED_##C(_negative)(r) ^ SUFFIXED_##C(_negative)(x))                          \
                     & SUFFIXED_##C(_mask)(r != 0);                                                       \
        const T b = SUFFIXED_##C(_signed)(SUFFIXED_##C(_abs)(y), x);                                      \
        const T one = SUFFIXED_##C(_value)(SUFFIXED_##C(_bits)((T)1)                                      \
            | ((SUFFIXED_##C(_bits)(x) ^ SUFFIXED_##C(_bits)(y)) & SUFFIXED_##C(_bits)((T)-0.0)));        \
        const T rest = r + SUFFIXED_##C(_keep)(over, b);                                                  \
        *remainder = SUFFIXED_##C(_signed)(SUFFIXED_##C(_abs)(rest), x);                                  \
        return q - SUFFIXED_##C(_keep)(over, one);                                                        \
    }                                                                                                     \
    /* The quotient rounded down; the remainder has the sign of y, which it may reach by rounding. */     \
    static inline T floored_##C(T x, T y, T *remainder)                                                   \
    {                                                                                                     \
        T r;                                                                                              \
        const T q = truncated_##C(x, y, &r);                                                              \
        const U some = SUFFIXED_##C(_mask)(r != 0);                                                       \
        const U down = (SUFFIXED_##C(_negative)(r) ^ SUFFIXED_##C(_negative)(y)) & some;                  \
        const T rest = r + SUFFIXED_##C(_keep)(down, y);                                                  \
        const T floor = q - SUFFIXED_##C(_keep)(down, 1);                                                 \
        const U sign = (SUFFIXED_##C(_bits)(x) ^ SUFFIXED_##C(_bits)(y)) & SUFFIXED_##C(_bits)((T)-0.0);  \
        *remainder = SUFFIXED_##C(_select)(some, rest, SUFFIXED_##C(_signed)(0, y));                      \
        return SUFFIXED_##C(_select)(SUFFIXED_##C(_mask)(floor == 0), SUFFIXED_##C(_value)(sign), floor); \
    }
MODULO_TYPE(d, npy_double, uint64_t, int64_t)
MODULO_TYPE(f, npy_float, uint32_t, int32_t)

/* A block at a time, by statements for element i unless ODD holds for one. */
#define BLOCKWISE(NARGS, ODD, TYPE, ...)                                                                  \
    for (npy_intp start = 0; start < n; start += MODULO_BLOCK) {                                          \
        const npy_intp stop = n - start < MODULO_BLOCK ? n : start + MODULO_BLOCK, m = stop - start;      \
        char *at[NARGS];                                                                                  \
        TYPE odd = 0;                                                                                     \
        for (int k = 0; k < NARGS; k++)                                                                   \
            at[k] = args[k] + start * steps[k];                                                           \
        if (aligned)                                                                                      \
            for (i = start; i < stop; i++)                                                                \
                odd |= ODD;                                                                               \
        if (!aligned || odd) {                                                                            \
            loop_of_numpy(at, &m, steps, data);                                                           \
            continue;                                                                                     \
        }                                                                                                 \
        TORSOR_INDEPENDENT                                                                                \
        for (i = start; i < stop; i++)                                                                    \
            __VA_ARGS__;                                                                                  \
    }

#define MODULO(NAME, C, T, U, NOUT, STEP)                                                                 \
    LOOP_HEAD(NAME##_##C##C)                                                                              \
    const npy_intp size = sizeof(T), sy = steps[1] / size;                                                \
    const T *px = (const T *)args[0], *py = (const T *)args[1];                                           \
    T *po = (T *)args[2], *pr = (T *)args[NOUT + 1];                                                      \
    const int aligned = steps[0] == size && (steps[1] == size || steps[1] == 0) && steps[2] == size       \
        && steps[NOUT + 1] == size && n > 3;                                                              \
    (void)pr;                                                                                             \
    if (sy) {                                                                                             \
        BLOCKWISE(NOUT + 2, odd_##C(px[i], py[i]), U, { const T x = px[i], y = py[i]; STEP; })            \
    }                                                                                                     \
    else if (odd_##C(0, *py))           /* its halves, taken before the loop, would raise errors */       \
        loop_of_numpy(args, dimensions, steps, data);                                                     \
    else {                                                                                                \
        const T y = *py;                                                                                  \
        BLOCKWISE(NOUT + 2, odd_##C(px[i], y), U, { const T x = px[i]; STEP; })                           \
    }                                                                                                     \
    }

#define MODULOS(C, T, U)                                                                                  \
    MODULO(floor_divide, C, T, U, 1, T r; po[i] = floored_##C(x, y, &r))                                  \
    MODULO(remainder, C, T, U, 1, T r; floored_##C(x, y, &r); po[i] = r)                                  \
    MODULO(fmod, C, T, U, 1, T r; truncated_##C(x, y, &r); po[i] = r)                                     \
    MODULO(divmod, C, T, U, 2, T r; po[i] = floored_##C(x, y, &r); pr[i] = r)
MODULOS(d, npy_double, uint64_t)
MODULOS(f, npy_float, uint32_t)

/* Neighbours differ by one in their bits; around zero and infinity, which raise errors, NumPy has them. */
#define NEIGHBOURS(C, T, U, MANTISSA, EXPONENTS)                                                          \
    static inline U odd_neighbour_##C(T x, T y)                                                           \
    {                                                                                                     \
        const U e = SUFFIXED_##C(_bits)(x) >> MANTISSA & EXPONENTS;                                       \
        return SUFFIXED_##C(_mask)(e <= 1) | SUFFIXED_##C(_mask)(e >= EXPONENTS - 1)                      \
            | SUFFIXED_##C(_mask)(y != y);                                                                \
    }                                                                                                     \
    static inline T neighbour_##C(T x, T y)                                                               \
    {                                                                                                     \
        const U away = SUFFIXED_##C(_mask)(y > x) ^ SUFFIXED_##C(_negative)(x);                           \
        const U step = (away & 2) - 1;                                   /* 1 or -1 */                    \
        return SUFFIXED_##C(_value)(SUFFIXED_##C(_bits)(x) + (SUFFIXED_##C(_mask)(x != y) & step));       \
    }                                                                                                     \
    MODULO_NEIGHBOUR(C, T, U)                                                                             \
    LOOP_HEAD(spacing_##C)                                                                                \
    const T *px = (const T *)args[0];                                                                     \
    T *po = (T *)args[1];                                                                                 \
    const int aligned = steps[0] == sizeof(T) && steps[1] == sizeof(T) && n > 3;                          \
    BLOCKWISE(2, SUFFIXED_##C(_mask)((SUFFIXED_##C(_bits)(px[i]) >> MANTISSA & EXPONENTS) <= MANTISSA)    \
              | SUFFIXED_##C(_mask)((SUFFIXED_##C(_bits)(px[i]) >> MANTISSA & EXPONENTS) >= EXPONENTS - 1), \
              U, {                                                                                        \
        const U high = SUFFIXED_##C(_bits)(px[i]) >> MANTISSA << MANTISSA;                                \
        po[i] = SUFFIXED_##C(_value)(high - ((U)MANTISSA << MANTISSA));                                   \
    })                                                                                                    \
    }
#define MODULO_NEIGHBOUR(C, T, U)                                                                         \
    LOOP_HEAD(nextafter_##C##C)                                                                           \
    const npy_intp size = sizeof(T);                                                                      \
    const T *px = (const T *)args[0], *py = (const T *)args[1];                                           \
    T *po = (T *)args[2];                                                                                 \
    const int aligned = steps[0] == size && (steps[1] == size || steps[1] == 0) && steps[2] == size && n > 3; \
    if (steps[1]) {                                                                                       \
        BLOCKWISE(3, odd_neighbour_##C(px[i], py[i]), U, po[i] = neighbour_##C(px[i], py[i]))             \
    }                                                                                                     \
    else {                                                                                                \
        const T y = *py;                                                                                  \
        BLOCKWISE(3, odd_neighbour_##C(px[i], y), U, po[i] = neighbour_##C(px[i], y))                     \
    }                                                                                                     \
    }
NEIGHBOURS(d, npy_double, uint64_t, 52, 2047)
NEIGHBOURS(f, npy_float, uint32_t, 23, 255)

#endif
