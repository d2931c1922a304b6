/* Loops over complex numbers, in double for both precisions: a block of real and of imaginary parts at a time.
 *
 * A function takes x + iy to u + iv and returns a mask, which is set for numbers that it leaves to NumPy: not
 * finite, so large that intermediate results could overflow, or zero where that is a case of its own.
 */
#ifndef TORSOR_COMPLEXES_H
#define TORSOR_COMPLEXES_H

#include "loop.h"
#include "vmath.h"

enum { COMPLEX_BLOCK = 64 };

/* Whether a number is not below a limit, NaN included. */
V_FN uint64_t c_beyond(double x, double limit)
{
    return v__mask((int64_t)v__bits(v__abs(x)) >= (int64_t)v__bits(limit));
}

V_FN uint64_t c_exp(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_beyond(x, 700) | c_beyond(y, 0x1p18);
    const double b = v__keep(~odd, y), e = v_exp(v__keep(~odd, x));
    *u = e * v_cos_near(b);
    *v = e * v_sin_near(b);
    return odd;
}

/* sin x cosh y + i cos x sinh y */
V_FN uint64_t c_sin(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_beyond(x, 0x1p18) | c_beyond(y, 700);
    const double a = v__keep(~odd, x), b = v__keep(~odd, y);
    *u = v_sin_near(a) * v_cosh(b);
    *v = v_cos_near(a) * v_sinh(b);
    return odd;
}

/* cos x cosh y - i sin x sinh y */
V_FN uint64_t c_cos(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_beyond(x, 0x1p18) | c_beyond(y, 700);
    const double a = v__keep(~odd, x), b = v__keep(~odd, y);
    *u = v_cos_near(a) * v_cosh(b);
    *v = -v_sin_near(a) * v_sinh(b);
    return odd;
}

/* Whether squares and quotients of the parts stay away from the ends of the exponents. */
V_FN uint64_t c_outside(double x, double y)
{
    const double a = v__abs(x), b = v__abs(y);
    const uint64_t steep = v__mask((int64_t)v__bits(b) > (int64_t)v__bits(a));
    const double top = v__select(steep, b, a);
    return c_beyond(top, 0x1p400) | ~c_beyond(top, 0x1p-400);
}

/* The root t of the larger part, (|x| + |z|) / 2, and the other part, |y| / 2t. */
V_FN uint64_t c_sqrt(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_outside(x, y), left = v__negative(x);
    const double a = v__select(odd, 1, x), b = v__keep(~odd, y);
    const double t = __builtin_sqrt(0.5 * (v__abs(a) + v_hypot(a, b))), s = 0.5 * v__abs(b) / t;
    *u = v__select(left, s, t);
    *v = v__signed(v__select(left, t, s), y);
    return odd;
}

/* a + b and what it loses. */
V_FN double c_sum(double a, double b, double *lost)
{
    const double sum = a + b, part = sum - a;
    *lost = (a - (sum - part)) + (b - part);
    return sum;
}

/* log |z| + i arg z; near the unit circle from |z|^2 - 1, with what the squares and their sum lose. */
V_FN uint64_t c_log(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_outside(x, y);
    const double a = v__select(odd, 1, v__abs(x)), b = v__keep(~odd, v__abs(y));
    const uint64_t steep = v__mask(b > a);
    const double large = v__select(steep, b, a), small = v__select(steep, a, b);
    const double p = large * large, q = small * small, s = p + q, d = p - 1;
    double squares_lost, sum_lost, rest;
    const double squares = c_sum(v__product_error(large, large, p), v__product_error(small, small, q), &squares_lost);
    const double sum = c_sum(d, q, &sum_lost), total = c_sum(sum, squares, &rest);
    const double lost = rest + (squares_lost + sum_lost + (p - (d + 1)));
    const uint64_t near = v__mask(s > 0.5) & v__mask(s < 2);
    *u = 0.5 * v__select(near, v_log1p(v__keep(near, total + lost)), v_log(v__select(near, 1, s)));
    *v = v_atan2(v__select(odd, 0, y), v__select(odd, 1, x));
    return odd;
}

#define COMPLEX_UNARY(NAME, T, FUNCTION)                                                                  \
    LOOP_HEAD(NAME)                                                                                       \
    double x[COMPLEX_BLOCK], y[COMPLEX_BLOCK], u[COMPLEX_BLOCK], v[COMPLEX_BLOCK];                        \
    uint64_t odd[COMPLEX_BLOCK];                                                                          \
    for (i = 0; i < n; i += COMPLEX_BLOCK) {                                                              \
        const npy_intp m = n - i < COMPLEX_BLOCK ? n - i : COMPLEX_BLOCK;                                 \
        const char *px = args[0] + i * steps[0];                                                          \
        char *po = args[1] + i * steps[1];                                                                \
        uint64_t any = 0;                                                                                 \
        if (steps[0] == 2 * sizeof(T))                                                                    \
            for (npy_intp k = 0; k < m; k++) {                                                            \
                x[k] = ((const T *)px)[2 * k];                                                            \
                y[k] = ((const T *)px)[2 * k + 1];                                                        \
            }                                                                                             \
        else                                                                                              \
            for (npy_intp k = 0; k < m; k++) {                                                            \
                x[k] = ((const T *)(px + k * steps[0]))[0];                                               \
                y[k] = ((const T *)(px + k * steps[0]))[1];                                               \
            }                                                                                             \
        TORSOR_INDEPENDENT                                                                                \
        for (npy_intp k = 0; k < m; k++) {                                                                \
            odd[k] = FUNCTION(x[k], y[k], u + k, v + k) | COMPLEX_FAR_##T(x[k], y[k]);                    \
            any |= odd[k];                                                                                \
        }                                                                                                 \
        for (npy_intp k = 0; any && k < m; k++)                                                           \
            if (odd[k]) {                                                                                 \
                T one[2];                                                                                 \
                char *at[2] = {(char *)px + k * steps[0], (char *)one};                                   \
                const npy_intp single = 1;                                                                \
                loop_of_numpy(at, &single, steps, data);                                                  \
                u[k] = one[0];                                                                            \
                v[k] = one[1];                                                                            \
            }                                                                                             \
        for (npy_intp k = 0; k < m; k++) {                                                                \
            ((T *)(po + k * steps[1]))[0] = (T)u[k];                                                      \
            ((T *)(po + k * steps[1]))[1] = (T)v[k];                                                      \
        }                                                                                                 \
    }                                                                                                     \
    }

/* Floats leave earlier: of these the results stay finite. */
#define COMPLEX_FAR_npy_double(x, y) 0
#define COMPLEX_FAR_npy_float(x, y) (c_beyond(x, 80) | c_beyond(y, 80))

#endif
