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

/* sinh x cos y + i cosh x sin y */
V_FN uint64_t c_sinh(double x, double y, double *u, double *v)
{
    return c_sin(y, x, v, u);
}

/* cosh x cos y + i sinh x sin y */
V_FN uint64_t c_cosh(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_beyond(x, 700) | c_beyond(y, 0x1p18);
    const double a = v__keep(~odd, x), b = v__keep(~odd, y);
    *u = v_cosh(a) * v_cos_near(b);
    *v = v_sinh(a) * v_sin_near(b);
    return odd;
}

/* By t = tan y and s = sinh x, so that nothing cancels: (s cosh x (1 + t^2) + i t) / (1 + s^2 (1 + t^2)) (Kahan, Branch
   cuts for complex elementary functions, 1987). */
V_FN uint64_t c_tanh(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_beyond(x, 300) | c_beyond(y, 0x1p18);
    const double a = v__keep(~odd, x), t = v_tan_near(v__keep(~odd, y)), s = v_sinh(a);
    const double slope = 1 + t * t, inverse = 1 / (1 + s * s * slope);
    *u = s * v_cosh(a) * slope * inverse;
    *v = t * inverse;
    return odd;
}

V_FN uint64_t c_tan(double x, double y, double *u, double *v)
{
    return c_tanh(y, x, v, u);
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

V_FN uint64_t c_log2(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_log(x, y, u, v);
    *u *= 0x1.71547652b82fep0;
    *v *= 0x1.71547652b82fep0;
    return odd;
}

V_FN uint64_t c_log10(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_log(x, y, u, v);
    *u *= 0x1.bcb7b1526e50ep-2;
    *v *= 0x1.bcb7b1526e50ep-2;
    return odd;
}

/* For x = |Re z| and y = |Im z|: |Im arcsin z|, and sine and cosine of |Re arcsin z|, both times one number (Hull,
   Fairgrieve and Tang, ACM Trans. Math. Softw. 23, 1997): R and S are the distances from -1 and 1. */
V_FN uint64_t c__arcsine(double x, double y, double *sine, double *cosine, double *height)
{
    const uint64_t odd = c_outside(x, y);
    const double a = v__keep(~odd, x), b = v__select(odd, 1, y), away = 1 - a, square = b * b;
    const double near = away * away + square;
    const uint64_t inside = v__mask(a < 1), branch = ~c_beyond(near, 0x1p-800);
    const double r = __builtin_sqrt((a + 1) * (a + 1) + square), s = __builtin_sqrt(v__select(branch, 1, near));
    const double mean = 0.5 * (r + s), p = 1 / (r + (a + 1)), q = s + v__abs(away);
    /* (R + S) / 2 - 1 and (R + S) / 2 - x, one of them divided by y^2 */
    const double whole = 0.5 * (square * p + q), part = 0.5 * (p + 1 / q);
    const double root = __builtin_sqrt(v__select(inside, part, whole) * (mean + 1));
    const double excess = v__select(inside, square * part, whole) + v__select(inside, b * root, root);
    const double other = __builtin_sqrt(v__select(inside, whole, part) * (mean + a));
    *sine = a;
    *cosine = v__select(inside, other, b * other);
    *height = v_log1p(excess);
    return odd | branch;
}

V_FN uint64_t c_arcsin(double x, double y, double *u, double *v)
{
    double sine, cosine, height;
    const uint64_t odd = c__arcsine(v__abs(x), v__abs(y), &sine, &cosine, &height);
    *u = v__signed(v_atan2(sine, cosine), x);
    *v = v__signed(height, y);
    return odd;
}

V_FN uint64_t c_arccos(double x, double y, double *u, double *v)
{
    double sine, cosine, height;
    const uint64_t odd = c__arcsine(v__abs(x), v__abs(y), &sine, &cosine, &height);
    *u = v_atan2(cosine, v__signed(sine, x));
    *v = v__signed(height, -y);
    return odd;
}

V_FN uint64_t c_arcsinh(double x, double y, double *u, double *v)
{
    return c_arcsin(y, x, v, u);
}

V_FN uint64_t c_arccosh(double x, double y, double *u, double *v)
{
    double angle, height;
    const uint64_t odd = c_arccos(x, y, &angle, &height);
    *u = v__abs(height);
    *v = v__signed(angle, y);
    return odd;
}

/* log(1 + 4x / ((1 - x)^2 + y^2)) / 4 and half the angle of (1 - x^2 - y^2, 2y). */
V_FN uint64_t c_arctanh(double x, double y, double *u, double *v)
{
    const uint64_t odd = c_outside(x, y);
    const double a = v__keep(~odd, v__abs(x)), b = v__select(odd, 1, v__abs(y)), near = (1 - a) * (1 - a) + b * b;
    const uint64_t branch = ~c_beyond(near, 0x1p-800);
    *u = v__signed(0.25 * v_log1p(4 * a / v__select(branch, 1, near)), x);
    *v = v__signed(0.5 * v_atan2(2 * b, (1 - a) * (1 + a) - b * b), y);
    return odd | branch;
}

V_FN uint64_t c_arctan(double x, double y, double *u, double *v)
{
    return c_arctanh(y, x, v, u);
}

/* exp(w log z).  Whole exponents are NumPy's, which multiplies. */
V_FN uint64_t c_power(double x, double y, double re, double im, double *u, double *v)
{
    double l, angle, up, down;
    const uint64_t small = ~c_beyond(re, 100) & v__mask(im == 0) & v__mask(__builtin_rint(re) == re);
    uint64_t odd = c_log(x, y, &l, &angle) | small | c_beyond(re, 0x1p60) | c_beyond(im, 0x1p60);
    const double a = v__keep(~odd, re), b = v__keep(~odd, im), size = a * l - b * angle, turn = a * angle + b * l;
    odd |= c_exp(size, turn, &up, &down) | c_beyond(size, 80);
    *u = up;
    *v = down;
    return odd;
}

/* The larger part of the divisor divides the smaller one (Smith, Comm. ACM 5, 1962): NumPy's steps, so its bits. */
#define C_DIVIDE(T, s, U)                                                                                 \
    V_FN U c_divide_##T(T x, T y, T re, T im, T *u, T *v)                                                 \
    {                                                                                                     \
        const U odd = v__mask##s(re == 0) & v__mask##s(im == 0);                                          \
        const U flat = v__mask##s(v__abs##s(re) >= v__abs##s(im));                                        \
        const T large = v__select##s(odd, 1, v__select##s(flat, re, im)), small = v__select##s(flat, im, re); \
        const T p = v__keep##s(~odd, v__select##s(flat, x, y)), q = v__keep##s(~odd, v__select##s(flat, y, x)); \
        const T ratio = small / large, scale = 1 / (large + small * ratio), cross = p * ratio;            \
        *u = (p + q * ratio) * scale;                                                                     \
        *v = (v__select##s(flat, q, cross) - v__select##s(flat, cross, q)) * scale;                       \
        return odd;                                                                                       \
    }
C_DIVIDE(npy_float, f, uint32_t)
C_DIVIDE(npy_double, , uint64_t)

#define COMPLEX_UNARY(NAME, T, FUNCTION)                                                                  \
    LOOP_HEAD(NAME)                                                                                       \
    double x[COMPLEX_BLOCK], y[COMPLEX_BLOCK], u[COMPLEX_BLOCK], v[COMPLEX_BLOCK];                        \
    uint64_t odd[COMPLEX_BLOCK];                                                                          \
    for (i = 0; i < n; i += COMPLEX_BLOCK) {                                                              \
        const npy_intp m = n - i < COMPLEX_BLOCK ? n - i : COMPLEX_BLOCK;                                 \
        const char *px = args[0] + i * steps[0];                                                          \
        char *po = args[1] + i * steps[1];                                                                \
        uint64_t any = 0;                                                                                 \
        COMPLEX_PARTS(T, x, y, px, steps[0], m);                                                          \
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

/* The parts of m complex numbers. */
#define COMPLEX_PARTS(T, x, y, from, step, m)                                                             \
    do {                                                                                                  \
        if ((step) == 2 * sizeof(T))                                                                      \
            for (npy_intp k = 0; k < (m); k++) {                                                          \
                (x)[k] = ((const T *)(from))[2 * k];                                                      \
                (y)[k] = ((const T *)(from))[2 * k + 1];                                                  \
            }                                                                                             \
        else                                                                                              \
            for (npy_intp k = 0; k < (m); k++) {                                                          \
                (x)[k] = ((const T *)((from) + k * (step)))[0];                                           \
                (y)[k] = ((const T *)((from) + k * (step)))[1];                                           \
            }                                                                                             \
    } while (0)

/* Of two numbers, computed in type W with masks of type U. */
#define COMPLEX_PAIRS(NAME, T, W, U, FUNCTION)                                                            \
    LOOP_HEAD(NAME)                                                                                       \
    W x[COMPLEX_BLOCK], y[COMPLEX_BLOCK], re[COMPLEX_BLOCK], im[COMPLEX_BLOCK];                           \
    W u[COMPLEX_BLOCK], v[COMPLEX_BLOCK];                                                                 \
    U odd[COMPLEX_BLOCK];                                                                                 \
    for (i = 0; i < n; i += COMPLEX_BLOCK) {                                                              \
        const npy_intp m = n - i < COMPLEX_BLOCK ? n - i : COMPLEX_BLOCK;                                 \
        const char *px = args[0] + i * steps[0], *py = args[1] + i * steps[1];                            \
        char *po = args[2] + i * steps[2];                                                                \
        U any = 0;                                                                                        \
        COMPLEX_PARTS(T, x, y, px, steps[0], m);                                                          \
        COMPLEX_PARTS(T, re, im, py, steps[1], m);                                                        \
        TORSOR_INDEPENDENT                                                                                \
        for (npy_intp k = 0; k < m; k++) {                                                                \
            odd[k] = FUNCTION(x[k], y[k], re[k], im[k], u + k, v + k);                                    \
            any |= odd[k];                                                                                \
        }                                                                                                 \
        for (npy_intp k = 0; any && k < m; k++)                                                           \
            if (odd[k]) {                                                                                 \
                T one[2];                                                                                 \
                char *at[3] = {(char *)px + k * steps[0], (char *)py + k * steps[1], (char *)one};        \
                const npy_intp single = 1;                                                                \
                loop_of_numpy(at, &single, steps, data);                                                  \
                u[k] = one[0];                                                                            \
                v[k] = one[1];                                                                            \
            }                                                                                             \
        for (npy_intp k = 0; k < m; k++) {                                                                \
            ((T *)(po + k * steps[2]))[0] = (T)u[k];                                                      \
            ((T *)(po + k * steps[2]))[1] = (T)v[k];                                                      \
        }                                                                                                 \
    }                                                                                                     \
    }

#define COMPLEX_BINARY(NAME, T, FUNCTION) COMPLEX_BINARY_##FUNCTION(NAME, T)
#define COMPLEX_BINARY_c_power(NAME, T) COMPLEX_PAIRS(NAME, T, double, uint64_t, c_power)
#define COMPLEX_BINARY_c_divide(NAME, T) COMPLEX_DIVIDE_##T(NAME)
#define COMPLEX_DIVIDE_npy_float(NAME) COMPLEX_PAIRS(NAME, npy_float, npy_float, uint32_t, c_divide_npy_float)
#if defined(__SSE2__) && !defined(__AVX2__)               /* two doubles are no faster than one */
#define COMPLEX_DIVIDE_npy_double(NAME) BY_NUMPY(NAME)
#else
#define COMPLEX_DIVIDE_npy_double(NAME) COMPLEX_PAIRS(NAME, npy_double, npy_double, uint64_t, c_divide_npy_double)
#endif

/* Floats leave earlier: of these the results stay finite. */
#define COMPLEX_FAR_npy_double(x, y) 0
#define COMPLEX_FAR_npy_float(x, y) (c_beyond(x, 80) | c_beyond(y, 80))

#endif
