/* What the kernels over lines of elements are; lines.h has them. */
#ifndef TORSOR_LINE_H
#define TORSOR_LINE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    /* Whether elements are close; the step of y is 0 for a scalar. */
    void (*close[2])(const void *x, const void *y, int step, uint8_t *out, ptrdiff_t n, double rtol, double atol,
                     int equal_nan);
    /* Numbers in the place of nan, inf and -inf. */
    void (*replace[2])(const void *x, void *out, ptrdiff_t n, double nan, double inf, double minus_inf);
    /* The polynomial with m coefficients, the highest first, by Horner's rule from 0. */
    void (*horner)(const double *p, ptrdiff_t m, const double *x, double *out, ptrdiff_t n);
    /* out[i] = sum over k of a[i + k] * v[k]: float, double, integers of 8 bytes. */
    void (*correlate[3])(const void *a, const void *v, ptrdiff_t m, void *out, ptrdiff_t n);
    /* How many of n bytes are not 0. */
    ptrdiff_t (*count)(const uint8_t *mask, ptrdiff_t n);
    /* The elements where a mask is not 0, at most so many; returns how many. */
    ptrdiff_t (*compress[4])(const void *x, const uint8_t *mask, ptrdiff_t n, void *out, ptrdiff_t most);
    /* Where a mask is not 0, an item is written, or the element of x beside it; elsewhere nothing is. */
    void (*put_value[4])(void *out, const uint8_t *mask, ptrdiff_t n, const void *item);
    void (*put_same[4])(void *out, const uint8_t *mask, ptrdiff_t n, const void *x);
    /* There the elements of x one after the other, at most so many; returns how many. */
    ptrdiff_t (*expand[4])(void *out, const uint8_t *mask, ptrdiff_t n, const void *x, ptrdiff_t most);
    /* Whether some index is none of an axis of that length; those below 0 count from its end. */
    int (*outside)(const int64_t *index, ptrdiff_t n, int64_t length);
} LineKernels;

#endif
