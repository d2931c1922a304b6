/* Matrix products of integers, which wrap around like NumPy's: c = a @ b, one function for each size.
 *
 * Rows and columns have strides in bytes, ``ar`` and ``ac`` those of a.  Unsigned types do for signed ones.
 */
#ifndef TORSOR_INTEGER_H
#define TORSOR_INTEGER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AT(T, x, i, ri, j, rj) (*(const T *)((x) + (i) * (ri) + (j) * (rj)))
enum { BREADTH = 256, DEPTH = 128 };    /* of a block of b that stays in cache */

#define INTEGER_PRODUCT(NAME, T, SUM)                                                                         \
    /* Rows of b lie in one piece: a row of c is a sum of them.  Four rows at a time. */                      \
    static void NAME##_by_rows(const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br,        \
                               char *c, ptrdiff_t cr, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth)              \
    {                                                                                                         \
        for (ptrdiff_t i = 0; i < m; i++)                                                                     \
            memset(c + i * cr, 0, (size_t)n * sizeof(T));                                                     \
        for (ptrdiff_t k0 = 0; k0 < depth; k0 += DEPTH)                                                       \
            for (ptrdiff_t j0 = 0; j0 < n; j0 += BREADTH) {                                                   \
                const ptrdiff_t k1 = k0 + DEPTH < depth ? k0 + DEPTH : depth;                                 \
                const ptrdiff_t width = j0 + BREADTH < n ? BREADTH : n - j0;                                  \
                for (ptrdiff_t i = 0; i < m; i++) {                                                           \
                    T *restrict z = (T *)(c + i * cr) + j0;                                                   \
                    ptrdiff_t k = k0;                                                                         \
                    for (; k + 4 <= k1; k += 4) {                                                             \
                        const T p = AT(T, a, i, ar, k, ac), q = AT(T, a, i, ar, k + 1, ac);                   \
                        const T r = AT(T, a, i, ar, k + 2, ac), s = AT(T, a, i, ar, k + 3, ac);               \
                        const T *w = (const T *)(b + k * br) + j0, *x = (const T *)(b + (k + 1) * br) + j0;   \
                        const T *y = (const T *)(b + (k + 2) * br) + j0, *v = (const T *)(b + (k + 3) * br) + j0; \
                        for (ptrdiff_t j = 0; j < width; j++)                                                 \
                            z[j] = (T)(z[j] + (SUM)p * w[j] + (SUM)q * x[j] + (SUM)r * y[j] + (SUM)s * v[j]); \
                    }                                                                                         \
                    for (; k < k1; k++) {                                                                     \
                        const T p = AT(T, a, i, ar, k, ac);                                                   \
                        const T *w = (const T *)(b + k * br) + j0;                                            \
                        for (ptrdiff_t j = 0; j < width; j++)                                                 \
                            z[j] = (T)(z[j] + (SUM)p * w[j]);                                                 \
                    }                                                                                         \
                }                                                                                             \
            }                                                                                                 \
    }                                                                                                         \
                                                                                                              \
    static void NAME(const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br, ptrdiff_t bc,    \
                     char *c, ptrdiff_t cr, ptrdiff_t cc, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth)          \
    {                                                                                                         \
        const ptrdiff_t size = sizeof(T);                                                                     \
        if (n > 1 && bc == size && cc == size) {                                                              \
            NAME##_by_rows(a, ar, ac, b, br, c, cr, m, n, depth);                                             \
            return;                                                                                           \
        }                                                                                                     \
        if (n == 1 && m > 1 && ar == size && cr == size) {      /* the same of the transposed product */      \
            NAME##_by_rows(b, 0, br, a, ac, c, 0, 1, m, depth);                                               \
            return;                                                                                           \
        }                                                                                                     \
        for (ptrdiff_t i = 0; i < m; i++)                                                                     \
            for (ptrdiff_t j = 0; j < n; j++) {                                                               \
                const char *x = a + i * ar, *y = b + j * bc;                                                  \
                SUM sum = 0;                                                                                  \
                if (ac == size && br == size)                                                                 \
                    for (ptrdiff_t k = 0; k < depth; k++)                                                     \
                        sum += (SUM)((const T *)x)[k] * ((const T *)y)[k];                                    \
                else                                                                                          \
                    for (ptrdiff_t k = 0; k < depth; k++)                                                     \
                        sum += (SUM)AT(T, x, k, ac, 0, 0) * AT(T, y, k, br, 0, 0);                            \
                *(T *)(c + i * cr + j * cc) = (T)sum;                                                         \
            }                                                                                                 \
    }

INTEGER_PRODUCT(product_8, uint8_t, uint32_t)
INTEGER_PRODUCT(product_16, uint16_t, uint32_t)
INTEGER_PRODUCT(product_32, uint32_t, uint32_t)
INTEGER_PRODUCT(product_64, uint64_t, uint64_t)

typedef void (*integer_product)(const char *, ptrdiff_t, ptrdiff_t, const char *, ptrdiff_t, ptrdiff_t, char *,
                                ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t);

/* By the logarithm of the size. */
static integer_product integer_products[4] = {product_8, product_16, product_32, product_64};

#endif
