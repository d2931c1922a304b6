/* Elements of several lines, moved from one layout and type to another. */
#ifndef TORSOR_FOURIER_H
#define TORSOR_FOURIER_H

#include <stddef.h>

enum { FOURIER_F, FOURIER_D, FOURIER_CF, FOURIER_CD };     /* float, double, and complex numbers of these */

typedef struct { float re, im; } fourier_cf;
typedef struct { double re, im; } fourier_cd;

/* Contiguous lines follow each other; of others the lines are the inner loop: those of one row of a matrix lie side
 * by side. */
#define FOURIER_MOVE(from_t, to_t, value)                                          \
    case 4 * FOURIER_##from_t + FOURIER_##to_t:                                    \
        if (step == sizeof(FOURIER_TYPE_##from_t) && to_step == sizeof(FOURIER_TYPE_##to_t))   \
            for (ptrdiff_t k = 0; k < lines; k++) {                                \
                const FOURIER_TYPE_##from_t *restrict x =                          \
                    (const FOURIER_TYPE_##from_t *)(from + k * line);              \
                FOURIER_TYPE_##to_t *restrict y = (FOURIER_TYPE_##to_t *)(to + k * to_line);   \
                for (ptrdiff_t i = 0; i < n; i++) {                                \
                    const FOURIER_TYPE_##from_t v = x[i];                          \
                    y[i] = value;                                                  \
                }                                                                  \
            }                                                                      \
        else                                                                       \
            for (ptrdiff_t i = 0; i < n; i++)                                      \
                for (ptrdiff_t k = 0; k < lines; k++) {                            \
                    const FOURIER_TYPE_##from_t v =                                \
                        *(const FOURIER_TYPE_##from_t *)(from + i * step + k * line);   \
                    *(FOURIER_TYPE_##to_t *)(to + i * to_step + k * to_line) = value;   \
                }                                                                  \
        break;
#define FOURIER_TYPE_F float
#define FOURIER_TYPE_D double
#define FOURIER_TYPE_CF fourier_cf
#define FOURIER_TYPE_CD fourier_cd

static void fourier_move(char *to, int to_type, ptrdiff_t to_step, ptrdiff_t to_line, const char *from, int type,
                         ptrdiff_t step, ptrdiff_t line, ptrdiff_t n, ptrdiff_t lines)
{
    switch (4 * type + to_type) {
    FOURIER_MOVE(F, F, v)
    FOURIER_MOVE(F, D, v)
    FOURIER_MOVE(F, CF, ((fourier_cf){v, 0}))
    FOURIER_MOVE(F, CD, ((fourier_cd){v, 0}))
    FOURIER_MOVE(D, F, (float)v)
    FOURIER_MOVE(D, D, v)
    FOURIER_MOVE(D, CD, ((fourier_cd){v, 0}))
    FOURIER_MOVE(CF, CF, v)
    FOURIER_MOVE(CF, CD, ((fourier_cd){v.re, v.im}))
    FOURIER_MOVE(CD, CF, ((fourier_cf){(float)v.re, (float)v.im}))
    FOURIER_MOVE(CD, CD, v)
    }
}

#endif
