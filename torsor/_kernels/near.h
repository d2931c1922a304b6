/* Loops of functions that take a shorter way to the same values where no argument is far (vmath.h). */
#ifndef TORSOR_NEAR_H
#define TORSOR_NEAR_H

#include "loop.h"
#include "vmath.h"

enum { NEAR_BLOCK = 512 };          /* elements that take one way or the other together */

#define UNARY_NEAR(NAME, TX, TO, EXPR, NEAR)                                                            \
    UNARY(NAME##_anywhere, TX, TO, EXPR)                                                                \
    UNARY(NAME##_near, TX, TO, NEAR)                                                                    \
    LOOP_HEAD(NAME)                                                                                     \
    for (i = 0; i < n; i += NEAR_BLOCK) {                                                               \
        const npy_intp m = n - i < NEAR_BLOCK ? n - i : NEAR_BLOCK;                                     \
        char *p[2] = {args[0] + i * steps[0], args[1] + i * steps[1]};                                  \
        __typeof__(V(far, (TX)0)) far = 0;                                                              \
        if (steps[0] == sizeof(TX))                                                                     \
            for (npy_intp k = 0; k < m; k++) far |= V(far, ((const TX *)p[0])[k]);                      \
        else                                                                                            \
            for (npy_intp k = 0; k < m; k++) far |= V(far, *(const TX *)(p[0] + k * steps[0]));         \
        (far ? NAME##_anywhere : NAME##_near)(p, &m, steps, data);                                      \
    }                                                                                                   \
    }

#endif
