/* Small matrices, as many at a time as a vector has lanes: Gauss's elimination with partial pivoting, and Cholesky's.
 *
 * Each lane does what it would do alone, whatever its neighbours are.  A matrix that is singular to rounding,
 * not finite, or whose determinant leaves the range is marked as doubtful: its result is NumPy's.
 */
#ifndef TORSOR_ELIMINATION_H
#define TORSOR_ELIMINATION_H

#include <math.h>
#include "matrices.h"

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX__)
#define LANES 4
#else
#define LANES 2
#endif

typedef double vec __attribute__((vector_size(8 * LANES)));
typedef int64_t ivec __attribute__((vector_size(8 * LANES)));

enum { SMALL = 32, SMALL_COLUMNS = 32 };

/* A pivot this much smaller than the largest element is rounding, or may be. */
#define ROUNDING 1e-12
#define HUGE_RESULT 1e290

static inline vec choose(ivec where, vec x, vec y)
{
    return (vec)((where & (ivec)x) | (~where & (ivec)y));
}

static inline vec magnitude(vec x)
{
    return (vec)((ivec)x & INT64_MAX);
}

typedef struct {
    vec determinant, smallest;          /* the product of the pivots; the least of their magnitudes */
} Pivots;

/* Bring a, n rows of w vectors, to echelon form. */
static inline __attribute__((always_inline)) Pivots eliminate(vec *a, int n, int w)
{
    Pivots found = {(vec){0} + 1.0, (vec){0} + INFINITY};
    for (int k = 0; k < n; k++) {
        vec *top = a + k * w, best = magnitude(top[k]);
        ivec at = (ivec){0} + k;
        for (int i = k + 1; i < n; i++) {
            const vec x = magnitude(a[i * w + k]);
            const ivec better = x > best;
            best = choose(better, x, best);
            at = (better & i) | (~better & at);
        }
        for (int i = k + 1; i < n; i++) {
            vec *row = a + i * w;
            const ivec swap = at == i;
            for (int j = k; j < w; j++) {
                const vec x = top[j], y = row[j];
                top[j] = choose(swap, y, x);
                row[j] = choose(swap, x, y);
            }
        }
        const ivec same = at == k;
        found.determinant *= choose(same, top[k], -top[k]);
        found.smallest = choose(best < found.smallest, best, found.smallest);
        const vec inverse = 1.0 / top[k];
        for (int i = k + 1; i < n; i++) {
            vec *row = a + i * w;
            const vec factor = row[k] * inverse;
            for (int j = k + 1; j < w; j++)
                row[j] -= factor * top[j];
        }
    }
    return found;
}

/* Solve for the columns from n on, in place. */
static inline __attribute__((always_inline)) void substitute(vec *a, int n, int w)
{
    for (int i = n - 1; i >= 0; i--) {
        vec *row = a + i * w;
        const vec inverse = 1.0 / row[i];
        for (int j = i + 1; j < n; j++)
            for (int c = n; c < w; c++)
                row[c] -= row[j] * a[j * w + c];
        for (int c = n; c < w; c++)
            row[c] *= inverse;
    }
}

/* The factor of a = l l^T in the lower triangle; returns the least square of a diagonal element. */
static inline __attribute__((always_inline)) vec factorise(vec *a, int n)
{
    vec smallest = (vec){0} + INFINITY;
    for (int j = 0; j < n; j++) {
        vec d = a[j * n + j];
        for (int k = 0; k < j; k++)
            d -= a[j * n + k] * a[j * n + k];
        smallest = choose(d < smallest, d, smallest);
        for (int lane = 0; lane < LANES; lane++)
            ((double *)(a + j * n + j))[lane] = sqrt(((double *)&d)[lane]);
        const vec inverse = 1.0 / a[j * n + j];
        for (int i = j + 1; i < n; i++) {
            vec x = a[i * n + j];
            for (int k = 0; k < j; k++)
                x -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = x * inverse;
        }
    }
    return smallest;
}

static inline void take_in(const Matrices *s, ptrdiff_t start, int lanes, vec *a, int n, int w)
{
    const int flip = s->operation == CHOLESKY && s->upper == 'U';
    const ptrdiff_t row = flip ? s->column[0] : s->row[0], column = flip ? s->row[0] : s->column[0];
    for (int lane = 0; lane < lanes; lane++) {
        double *into = (double *)a + lane;
        const char *from = s->in[0] + (start + lane) * s->item[0];
        if (s->in_single[0])
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    into[(i * w + j) * LANES] = *(const float *)(from + i * row + j * column);
        else
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    into[(i * w + j) * LANES] = *(const double *)(from + i * row + j * column);
        if (s->operation == SOLVE) {
            from = s->in[1] + (start + lane) * s->item[1];
            for (int i = 0; i < n; i++)
                for (int j = n; j < w; j++)
                    into[(i * w + j) * LANES] = load_real(from + i * s->row[1] + (j - n) * s->column[1], s->in_single[1]);
        }
    }
    for (int i = 0; i < n; i++)                     /* lanes without a matrix have the identity */
        for (int lane = lanes; lane < LANES; lane++)
            for (int j = 0; j < w; j++)
                ((double *)(a + i * w + j))[lane] = i == j;
    if (s->operation == INVERT)
        for (int i = 0; i < n; i++)
            for (int j = n; j < w; j++)
                a[i * w + j] = (vec){0} + (double)(i == j - n);
}

static inline void give_out(const Matrices *s, ptrdiff_t start, int lanes, const vec *a, int n, int w, int first)
{
    const int columns = w - first;
    for (int lane = 0; lane < lanes; lane++) {
        const double *from = (const double *)a + lane;
        char *into = s->out[0] + (start + lane) * s->out_item[0];
        if (s->single)
            for (int i = 0; i < n; i++)
                for (int j = 0; j < columns; j++)
                    ((float *)into)[i * columns + j] = (float)from[(i * w + first + j) * LANES];
        else
            for (int i = 0; i < n; i++)
                for (int j = 0; j < columns; j++)
                    ((double *)into)[i * columns + j] = from[(i * w + first + j) * LANES];
    }
}

static inline void give_determinants(const Matrices *s, ptrdiff_t start, int lanes, const vec *determinant)
{
    const double *from = (const double *)determinant;
    for (int lane = 0; lane < lanes; lane++) {
        char *into = s->out[0] + (start + lane) * s->out_item[0];
        if (s->operation == DETERMINANT)
            store_real(into, s->single, from[lane]);
        else {
            store_real(into, s->single, from[lane] < 0 ? -1 : 1);
            store_real(s->out[1] + (start + lane) * s->out_item[1], s->single, log(fabs(from[lane])));
        }
    }
}

/* One vector full of matrices; returns how many of them are doubtful. */
static inline __attribute__((always_inline)) int do_lanes(const Matrices *s, ptrdiff_t start, int lanes, vec *a, int n,
                                                          int k)
{
    const int w = n + (s->operation == SOLVE || s->operation == INVERT ? k : 0);
    vec largest = {0}, total = {0};
    ivec fine;
    int doubtful = 0;
    take_in(s, start, lanes, a, n, w);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < (s->operation == CHOLESKY ? i + 1 : n); j++) {
            const vec x = magnitude(a[i * w + j]);
            largest = choose(x > largest, x, largest);
        }
    if (s->operation == CHOLESKY) {
        fine = factorise(a, n) > ROUNDING * largest;
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                total += magnitude(a[i * n + j]);
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++) {
                if (s->upper == 'U') {
                    a[i * n + j] = a[j * n + i];
                    a[j * n + i] = (vec){0};
                } else
                    a[i * n + j] = (vec){0};
            }
        give_out(s, start, lanes, a, n, n, 0);
    } else {
        const Pivots found = eliminate(a, n, w);
        fine = found.smallest > ROUNDING * largest;
        if (w > n) {
            substitute(a, n, w);
            for (int i = 0; i < n; i++)
                for (int j = n; j < w; j++)
                    total += magnitude(a[i * w + j]);
            give_out(s, start, lanes, a, n, w, n);
        } else {
            const vec size = magnitude(found.determinant);
            fine &= size > 1 / HUGE_RESULT;
            total = size;
            give_determinants(s, start, lanes, &found.determinant);
        }
    }
    fine &= total < HUGE_RESULT;
    if (s->single)
        fine &= total < 1e37;
    for (int lane = 0; lane < lanes; lane++) {
        const int64_t good = ((const int64_t *)&fine)[lane];
        s->doubtful[start + lane] = !good;
        doubtful += !good;
    }
    return doubtful;
}

/* Items from start to stop; the matrices have SMALL rows at most, and no more right-hand sides. */
static int eliminate_small(const Matrices *s, ptrdiff_t start, ptrdiff_t stop)
{
    vec a[SMALL * (SMALL + SMALL_COLUMNS)];
    int doubtful = 0;
    for (; start < stop; start += LANES) {
        const int lanes = stop - start < LANES ? (int)(stop - start) : LANES;
        switch (s->n * 64 + s->k) {
        case 2 * 64 + 1: doubtful += do_lanes(s, start, lanes, a, 2, 1); break;
        case 2 * 64 + 2: doubtful += do_lanes(s, start, lanes, a, 2, 2); break;
        case 3 * 64 + 1: doubtful += do_lanes(s, start, lanes, a, 3, 1); break;
        case 3 * 64 + 3: doubtful += do_lanes(s, start, lanes, a, 3, 3); break;
        case 4 * 64 + 1: doubtful += do_lanes(s, start, lanes, a, 4, 1); break;
        case 4 * 64 + 4: doubtful += do_lanes(s, start, lanes, a, 4, 4); break;
        default: doubtful += do_lanes(s, start, lanes, a, s->n, s->k);
        }
    }
    return doubtful;
}

typedef int (*small_t)(const Matrices *, ptrdiff_t, ptrdiff_t);
static small_t small_elimination = eliminate_small;

#endif
