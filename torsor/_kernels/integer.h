/* Matrix products of integers, which wrap around like NumPy's, and of truth values: c = a @ b.
 *
 * Rows and columns have strides in bytes, ``ar`` and ``ac`` those of a.  Unsigned types do for signed ones.
 */
#ifndef TORSOR_INTEGER_H
#define TORSOR_INTEGER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define AT(T, x, i, ri, j, rj) (*(T *)((x) + (i) * (ri) + (j) * (rj)))
enum { BREADTH = 256, DEPTH = 128 };    /* of a block of b that stays in cache */

#define INTEGER_ROWS(NAME, T, SUM)                                                                            \
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
    }

#define INTEGER_PRODUCT(NAME, T, SUM)                                                                         \
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

#if defined(__AVX2__) && !defined(__AVX512DQ__)
/* AVX2 has no product of 64 bits: with 32-bit halves it is low * low + (low * high + high * low << 32), and of many
 * such products the two terms are summed up apart.  Some rows of c, some vectors of four columns. */
static inline __attribute__((always_inline)) void product_64_tile(
    const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br, char *c, ptrdiff_t cr, ptrdiff_t depth,
    const int rows, const int vectors)
{
    __m256i low[2][2], mixed[2][2], x[2], y[2];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++) {
            low[i][j] = _mm256_loadu_si256((const __m256i *)(c + i * cr) + j);
            mixed[i][j] = _mm256_setzero_si256();
        }
    for (ptrdiff_t k = 0; k < depth; k++) {
        for (int j = 0; j < vectors; j++) {
            x[j] = _mm256_loadu_si256((const __m256i *)(b + k * br) + j);
            y[j] = _mm256_shuffle_epi32(x[j], 0xB1);        /* halves exchanged */
        }
        for (int i = 0; i < rows; i++) {
            const __m256i p = _mm256_set1_epi64x(AT(int64_t, a, i, ar, k, ac));
            for (int j = 0; j < vectors; j++) {
                low[i][j] = _mm256_add_epi64(low[i][j], _mm256_mul_epu32(p, x[j]));
                mixed[i][j] = _mm256_add_epi32(mixed[i][j], _mm256_mullo_epi32(p, y[j]));
            }
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++) {
            const __m256i high = _mm256_add_epi64(mixed[i][j], _mm256_srli_epi64(mixed[i][j], 32));
            _mm256_storeu_si256((__m256i *)(c + i * cr) + j,
                                _mm256_add_epi64(low[i][j], _mm256_slli_epi64(high, 32)));
        }
}

enum { COLUMNS = 64 };     /* of a block of b, which is read some columns at a time */

static void product_64_by_rows(const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br,
                               char *c, ptrdiff_t cr, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth)
{
    for (ptrdiff_t i = 0; i < m; i++)
        memset(c + i * cr, 0, (size_t)n * 8);
    for (ptrdiff_t k0 = 0; k0 < depth; k0 += DEPTH)
        for (ptrdiff_t j0 = 0; j0 < n; j0 += COLUMNS) {
            const ptrdiff_t some = k0 + DEPTH < depth ? DEPTH : depth - k0;
            const ptrdiff_t j1 = j0 + COLUMNS < n ? j0 + COLUMNS : n;
            for (ptrdiff_t i = 0; i < m; i += 2) {
                const char *p = a + i * ar + k0 * ac, *q = b + k0 * br;
                char *z = c + i * cr;
                ptrdiff_t j = j0;
                for (; j + 8 <= j1; j += 8)
                    if (i + 1 < m)
                        product_64_tile(p, ar, ac, q + j * 8, br, z + j * 8, cr, some, 2, 2);
                    else
                        product_64_tile(p, ar, ac, q + j * 8, br, z + j * 8, cr, some, 1, 2);
                for (; j + 4 <= j1; j += 4)
                    if (i + 1 < m)
                        product_64_tile(p, ar, ac, q + j * 8, br, z + j * 8, cr, some, 2, 1);
                    else
                        product_64_tile(p, ar, ac, q + j * 8, br, z + j * 8, cr, some, 1, 1);
                for (; j < j1; j++)
                    for (ptrdiff_t r = 0; r < 2 && i + r < m; r++)
                        for (ptrdiff_t k = 0; k < some; k++)
                            AT(uint64_t, z, r, cr, j, 8) +=
                                AT(uint64_t, p, r, ar, k, ac) * AT(uint64_t, q, k, br, j, 8);
            }
        }
}
#else
INTEGER_ROWS(product_64, uint64_t, uint64_t)
#endif
INTEGER_ROWS(product_8, uint8_t, uint32_t)
INTEGER_ROWS(product_16, uint16_t, uint32_t)
INTEGER_ROWS(product_32, uint32_t, uint32_t)
INTEGER_PRODUCT(product_8, uint8_t, uint32_t)
INTEGER_PRODUCT(product_16, uint16_t, uint32_t)
INTEGER_PRODUCT(product_32, uint32_t, uint32_t)
INTEGER_PRODUCT(product_64, uint64_t, uint64_t)

/* Whether all bytes differ from zero. */
static inline int all_true(const uint64_t *w)
{
    uint64_t zero = 0;
    for (int k = 0; k < 8; k++)
        zero |= (w[k] - 0x0101010101010101u) & ~w[k] & 0x8080808080808080u;
    return zero == 0;
}

/* Truth values: a row of c is any of the rows of b that the true elements of a row of a stand for, 64 columns at a
 * time, until all are true. */
static void product_true_by_rows(const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br,
                                 char *c, ptrdiff_t cr, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth)
{
    enum { SOME = 32 };
    ptrdiff_t chosen[SOME];
    for (ptrdiff_t i = 0; i < m; i++) {
        memset(c + i * cr, 0, (size_t)n);
        for (ptrdiff_t k = 0, wanting = 1; k < depth && wanting;) {
            ptrdiff_t count = 0;
            wanting = 0;
            for (const ptrdiff_t most = k ? SOME : 8; k < depth && count < most; k++) {
                chosen[count] = k * br;
                count += AT(uint8_t, a, i, ar, k, ac) != 0;
            }
            for (ptrdiff_t next = 0, j; next < n; next += 64) {
                const size_t width = n < 64 ? (size_t)n : 64;
                j = next + 64 <= n ? next : n - (ptrdiff_t)width;       /* the last ones may be done twice */
                uint64_t any[8], x[8];
                memset(any, 255, sizeof(any));      /* beyond the last column there is nothing to look for */
                memcpy(any, c + i * cr + j, width);
                for (ptrdiff_t s = 0; s < count; s++) {
                    if ((s < 4 || s % 8 == 0) && all_true(any))
                        break;
                    if (width == 64)
                        memcpy(x, b + chosen[s] + j, 64);
                    else
                        memcpy(x, b + chosen[s] + j, width);
                    for (int w = 0; w < 8; w++)
                        any[w] |= x[w];
                }
                memcpy(c + i * cr + j, any, width);
                wanting |= !all_true(any);
            }
        }
        for (ptrdiff_t j = 0; j < n; j++)
            c[i * cr + j] = c[i * cr + j] != 0;
    }
}

/* The high bit of each byte that is not zero. */
static inline uint64_t true_bits(const char *x)
{
    uint64_t w;
    memcpy(&w, x, 8);
    return (((w & 0x7f7f7f7f7f7f7f7fu) + 0x7f7f7f7f7f7f7f7fu) | w) & 0x8080808080808080u;
}

static inline int any_true(const char *x, ptrdiff_t sx, const char *y, ptrdiff_t sy, ptrdiff_t n)
{
    ptrdiff_t k = 0;
    if (x[0] && y[0])
        return 1;
    if (sx == 1 && sy == 1)
        for (; k + 8 <= n; k += 8)
            if (true_bits(x + k) & true_bits(y + k))
                return 1;
    for (; k < n; k++)
        if (x[k * sx] && y[k * sy])
            return 1;
    return 0;
}

static void product_true(const char *a, ptrdiff_t ar, ptrdiff_t ac, const char *b, ptrdiff_t br, ptrdiff_t bc,
                         char *c, ptrdiff_t cr, ptrdiff_t cc, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth)
{
    if (n > 1 && bc == 1 && cc == 1) {
        product_true_by_rows(a, ar, ac, b, br, c, cr, m, n, depth);
        return;
    }
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            c[i * cr + j * cc] = (char)any_true(a + i * ar, ac, b + j * bc, br, depth);
}

typedef void (*integer_product)(const char *, ptrdiff_t, ptrdiff_t, const char *, ptrdiff_t, ptrdiff_t, char *,
                                ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t);

/* By the logarithm of the size; the last of truth values. */
static integer_product integer_products[5] = {product_8, product_16, product_32, product_64, product_true};

#endif
