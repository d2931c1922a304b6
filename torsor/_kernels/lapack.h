/* LAPACK on one matrix of a stack: elements go to a workspace in Fortran's order, the routine runs, and results
 * come back.  Each function returns 1 for a matrix that NumPy shall have the last word on, or else 0.
 *
 * A complex number is two doubles here; `unit` is how many doubles make an element.
 */
#ifndef TORSOR_LAPACK_H
#define TORSOR_LAPACK_H

#include <math.h>
#include <string.h>
#include "matrices.h"
#include "short.h"

#define CALL(s, at, ...) ((void (*)())(s)->routine[at])(__VA_ARGS__)
/* As in elimination.h. */
#define LAPACK_ROUNDING 1e-12

enum { TILE = 16 };             /* rows and columns that are transposed at a time */

static inline double *carve(char **memory, size_t doubles)
{
    double *p = (double *)*memory;
    *memory += (doubles * sizeof(double) + 63) / 64 * 64;
    return p;
}

#if defined(__GNUC__)
typedef double pair __attribute__((vector_size(16)));
typedef int64_t places __attribute__((vector_size(16)));
#endif

/* to[i * to_row + j] = from[j * from_row + i] for i below n and j below m. */
static inline void transpose_tile(double *to, ptrdiff_t to_row, const double *from, ptrdiff_t from_row, int n, int m)
{
    int i = 0;
#if defined(__GNUC__)
    for (; i + 2 <= n; i += 2) {
        int j = 0;
        for (; j + 2 <= m; j += 2) {
            pair x, y, u, v;
            memcpy(&x, from + j * from_row + i, sizeof(x));
            memcpy(&y, from + (j + 1) * from_row + i, sizeof(y));
            u = __builtin_shuffle(x, y, (places){0, 2});
            v = __builtin_shuffle(x, y, (places){1, 3});
            memcpy(to + i * to_row + j, &u, sizeof(u));
            memcpy(to + (i + 1) * to_row + j, &v, sizeof(v));
        }
        for (; j < m; j++) {
            to[i * to_row + j] = from[j * from_row + i];
            to[(i + 1) * to_row + j] = from[j * from_row + i + 1];
        }
    }
#endif
    for (; i < n; i++)
        for (int j = 0; j < m; j++)
            to[i * to_row + j] = from[j * from_row + i];
}

static void load_matrix(const Matrices *s, int which, ptrdiff_t item, double *into, int rows, int columns, int ld)
{
    const char *from = s->in[which] + item * s->item[which];
    /* The inverse, the determinant and the factor of the transpose do as well, and save transposing it twice; only
     * that potrf is quicker on a lower triangle, of which it reads nothing else. */
    const int factor = s->operation == CHOLESKY, flip = s->operation == INVERT || s->operation == DETERMINANT
        || s->operation == LOG_DETERMINANT || (factor && s->upper == 'U');
    const ptrdiff_t r = flip ? s->column[which] : s->row[which], c = flip ? s->row[which] : s->column[which];
    const int single = s->in_single[which], size = single ? 4 : 8;
    if (!s->is_complex && !single && r == 8) {
        for (int j = 0; j < columns; j++)
            memcpy(into + (size_t)j * ld, from + j * c, (size_t)rows * 8);
        return;
    }
    for (int j0 = 0; j0 < columns; j0 += TILE)
        for (int i0 = factor ? j0 : 0; i0 < rows; i0 += TILE) {
            const int i1 = i0 + TILE < rows ? i0 + TILE : rows, j1 = j0 + TILE < columns ? j0 + TILE : columns;
            if (!s->is_complex && !single && c == 8) {
                transpose_tile(into + i0 + (size_t)j0 * ld, ld, (const double *)(from + i0 * r) + j0, r / 8, j1 - j0,
                               i1 - i0);
                continue;
            }
            if (!s->is_complex && !single) {
                for (int j = j0; j < j1; j++)
                    for (int i = i0; i < i1; i++)
                        into[i + (size_t)j * ld] = *(const double *)(from + i * r + j * c);
                continue;
            }
            for (int j = j0; j < j1; j++)
                for (int i = i0; i < i1; i++) {
                    const char *p = from + i * r + j * c;
                    if (!s->is_complex)
                        into[i + (size_t)j * ld] = load_real(p, single);
                    else {
                        double *q = into + 2 * (i + (size_t)j * ld);
                        q[0] = load_real(p, single);
                        q[1] = s->in_complex[which] ? load_real(p + size, single) : 0;
                    }
                }
        }
}

/* A matrix of the result, in C order, of numbers of `unit` doubles. */
static void store_matrix(const Matrices *s, int which, ptrdiff_t item, const double *from, int rows, int columns,
                         int ld, int unit)
{
    char *into = s->out[which] + item * s->out_item[which];
    if (rows == 1 && ld == 1 && !s->single) {
        memcpy(into, from, (size_t)columns * unit * sizeof(double));
        return;
    }
    for (int i0 = 0; i0 < rows; i0 += TILE)
        for (int j0 = 0; j0 < columns; j0 += TILE) {
            const int i1 = i0 + TILE < rows ? i0 + TILE : rows, j1 = j0 + TILE < columns ? j0 + TILE : columns;
            if (unit == 1 && !s->single) {
                transpose_tile((double *)into + (size_t)i0 * columns + j0, columns, from + i0 + (size_t)j0 * ld, ld,
                               i1 - i0, j1 - j0);
                continue;
            }
            for (int i = i0; i < i1; i++)
                for (int j = j0; j < j1; j++)
                    for (int part = 0; part < unit; part++)
                        store_real(into + (((size_t)i * columns + j) * unit + part) * (s->single ? 4 : 8), s->single,
                                   from[(i + (size_t)j * ld) * unit + part]);
        }
}

static int all_finite(const double *x, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] * 0;
    return sum == 0;
}

/* Whether no pivot is so small that it may be nothing but rounding; LAPACK's matrix after getrf. */
static int pivots_are_sound(const double *a, int n, int unit)
{
    double least = INFINITY, most = 0;
    for (int k = 0; k < n; k++) {
        const double *p = a + ((size_t)k * n + k) * unit, x = unit == 1 ? fabs(p[0]) : fabs(p[0]) + fabs(p[1]);
        if (!(x < INFINITY))
            return 0;
        least = x < least ? x : least;
        most = x > most ? x : most;
    }
    return least > LAPACK_ROUNDING * most;
}

static void give_determinant(const Matrices *s, ptrdiff_t item, const double *a, const int *pivots, int unit)
{
    const int n = s->n;
    double re = 1, im = 0, log_size = 0;
    for (int k = 0; k < n; k++) {
        const double *p = a + ((size_t)k * n + k) * unit;
        const double size = unit == 1 ? fabs(p[0]) : hypot(p[0], p[1]);
        const double x = p[0] / size, y = unit == 1 ? 0 : p[1] / size, before = re;
        re = before * x - im * y;
        im = before * y + im * x;
        if (pivots[k] != k + 1)
            re = -re, im = -im;
        log_size += log(size);
    }
    if (s->operation == DETERMINANT)
        re *= exp(log_size), im *= exp(log_size);
    char *into = s->out[0] + item * s->out_item[0];
    store_real(into, s->single, re);
    if (unit == 2)
        store_real(into + (s->single ? 4 : 8), s->single, im);
    if (s->operation == LOG_DETERMINANT)
        store_real(s->out[1] + item * s->out_item[1], s->single, log_size);
}

/* Routines: getrf, getrs. */
static int lapack_lu(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int n = s->n, unit = 1 + s->is_complex, k = s->k;
    double *a = carve(&memory, (size_t)n * n * unit), *b = NULL;
    int info = 0, *pivots;
    if (s->operation == SOLVE || s->operation == INVERT)
        b = carve(&memory, (size_t)n * k * unit);
    pivots = (int *)memory;
    load_matrix(s, 0, item, a, n, n, n);
    if (s->is_complex && n <= SHORT)
        info = short_factors(a, n, pivots);
    else
        CALL(s, 0, &n, &n, a, &n, pivots, &info);
    if (info || !pivots_are_sound(a, n, unit))
        return 1;
    if (b == NULL) {
        give_determinant(s, item, a, pivots, unit);
        char *given = s->out[s->operation == LOG_DETERMINANT] + item * s->out_item[s->operation == LOG_DETERMINANT];
        const double size = fabs(load_real(given, s->single));
        if (s->operation == LOG_DETERMINANT)
            return !(size < INFINITY);
        const double other = unit == 1 ? 0 : fabs(load_real(given + (s->single ? 4 : 8), s->single));
        const double bound = s->single ? 1e37 : 1e290;
        return !(size + other < bound && size + other > 1 / bound);
    }
    if (s->operation == SOLVE)
        load_matrix(s, 1, item, b, n, k, n);
    else {
        memset(b, 0, (size_t)n * n * unit * sizeof(double));
        for (int j = 0; j < n; j++)
            b[((size_t)j * n + j) * unit] = 1;
    }
    if (s->is_complex && n <= SHORT)
        for (int j = 0; j < k; j++)
            short_solution(a, n, pivots, b + 2 * (size_t)j * n);
    else
        CALL(s, 1, "N", &n, &k, a, &n, pivots, b, &n, &info);
    if (info || !all_finite(b, (size_t)n * k * unit))
        return 1;
    if (s->operation == SOLVE)
        store_matrix(s, 0, item, b, n, k, n, unit);
    else                        /* the inverse of the transpose, by columns: the inverse by rows */
        store_matrix(s, 0, item, b, 1, n * n, 1, unit);
    return 0;
}

/* Routine: potrf, always on the lower triangle. */
static int lapack_cholesky(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int n = s->n, unit = 1 + s->is_complex;
    double *a = carve(&memory, (size_t)n * n * unit), least = INFINITY, most = 0;
    int info = 0;
    load_matrix(s, 0, item, a, n, n, n);
    if (s->is_complex && n <= SHORT)
        info = short_cholesky(a, n);
    else
        CALL(s, 0, "L", &n, a, &n, &info);
    if (info)
        return 1;
    for (int j = 0; j < n; j++) {
        const double d = a[((size_t)j * n + j) * unit];
        memset(a + (size_t)j * n * unit, 0, (size_t)j * unit * sizeof(double));
        least = d < least ? d : least;
        most = d > most ? d : most;
    }
    if (!(least > 1e-6 * most) || !all_finite(a, (size_t)n * n * unit))     /* squares of these are the pivots */
        return 1;
    if (s->upper == 'U')
        store_matrix(s, 0, item, a, 1, n * n, 1, unit);
    else
        store_matrix(s, 0, item, a, n, n, n, unit);
    return 0;
}

/* Routine: syevd or heevd. */
static int lapack_symmetric(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int n = s->n, unit = 1 + s->is_complex, vectors = s->operation == EIGEN_H;
    double *a = carve(&memory, (size_t)n * n * unit), *w = carve(&memory, n);
    double *work = carve(&memory, (size_t)s->lwork * unit), *rwork = carve(&memory, s->lrwork);
    int info = 0, *iwork = (int *)memory;
    const char *job = vectors ? "V" : "N";
    load_matrix(s, 0, item, a, n, n, n);
    if (!all_finite(a, (size_t)n * n * unit))
        return 1;
    if (s->is_complex)
        CALL(s, 0, job, &s->upper, &n, a, &n, w, work, &s->lwork, rwork, &s->lrwork, iwork, &s->liwork, &info);
    else
        CALL(s, 0, job, &s->upper, &n, a, &n, w, work, &s->lwork, iwork, &s->liwork, &info);
    if (info)
        return 1;
    store_matrix(s, 0, item, w, 1, n, 1, 1);
    if (vectors)
        store_matrix(s, 1, item, a, n, n, n, unit);
    return 0;
}

/* Routine: geev.  Its results are complex; the caller looks whether they need be. */
static int lapack_general(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int n = s->n, unit = 1 + s->is_complex, vectors = s->operation == EIGEN;
    const size_t size = (size_t)n * n;
    double *a = carve(&memory, size * unit), *w = carve(&memory, 2 * (size_t)n);
    double *v = carve(&memory, vectors ? size * unit : 1), *pairs = carve(&memory, vectors ? 2 * size : 1);
    double *values = carve(&memory, 2 * (size_t)n);
    double *work = carve(&memory, (size_t)s->lwork * unit), *rwork = carve(&memory, 2 * (size_t)n);
    const int one = 1;
    const char *job = vectors ? "V" : "N";
    int info = 0;
    load_matrix(s, 0, item, a, n, n, n);
    if (!all_finite(a, size * unit))
        return 1;
    if (s->is_complex) {
        CALL(s, 0, "N", job, &n, a, &n, values, NULL, &one, v, &n, work, &s->lwork, rwork, &info);
        if (info)
            return 1;
        store_matrix(s, 0, item, values, 1, n, 1, 2);
        if (vectors)
            store_matrix(s, 1, item, v, n, n, n, 2);
        return 0;
    }
    CALL(s, 0, "N", job, &n, a, &n, w, w + n, NULL, &one, v, &n, work, &s->lwork, &info);
    if (info)
        return 1;
    for (int j = 0; j < n; j++) {
        values[2 * j] = w[j];
        values[2 * j + 1] = w[n + j];
    }
    store_matrix(s, 0, item, values, 1, n, 1, 2);
    for (int j = 0; vectors && j < n; j++) {
        const double *x = v + (size_t)j * n;
        double *into = pairs + 2 * (size_t)j * n;
        const int paired = w[n + j] != 0 && j + 1 < n;      /* columns j and j + 1: real and imaginary part */
        for (int i = 0; i < n; i++) {
            into[2 * i] = x[i];
            into[2 * i + 1] = paired ? x[n + i] : 0;
            if (paired) {
                into[2 * (n + i)] = x[i];
                into[2 * (n + i) + 1] = -x[n + i];
            }
        }
        j += paired;
    }
    if (vectors)
        store_matrix(s, 1, item, pairs, n, n, n, 2);
    return 0;
}

/* Routine: gesdd. */
static int lapack_svd(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int m = s->m, n = s->n, least = m < n ? m : n, unit = 1 + s->is_complex, vectors = s->operation == SVD;
    const int columns = s->whole == 'A' ? m : least, rows = s->whole == 'A' ? n : least;
    double *a = carve(&memory, (size_t)m * n * unit), *w = carve(&memory, least);
    double *u = carve(&memory, vectors ? (size_t)m * columns * unit : 1);
    double *vt = carve(&memory, vectors ? (size_t)n * rows * unit : 1);
    double *work = carve(&memory, (size_t)s->lwork * unit), *rwork = carve(&memory, s->lrwork);
    int info = 0, *iwork = (int *)memory;
    const char *job = vectors ? &s->whole : "N";
    load_matrix(s, 0, item, a, m, n, m);
    if (!all_finite(a, (size_t)m * n * unit))
        return 1;
    if (s->is_complex)
        CALL(s, 0, job, &m, &n, a, &m, w, u, &m, vt, &rows, work, &s->lwork, rwork, iwork, &info);
    else
        CALL(s, 0, job, &m, &n, a, &m, w, u, &m, vt, &rows, work, &s->lwork, iwork, &info);
    if (info)
        return 1;
    store_matrix(s, 0, item, w, 1, least, 1, 1);
    if (vectors) {
        store_matrix(s, 1, item, u, m, columns, m, unit);
        store_matrix(s, 2, item, vt, rows, n, rows, unit);
    }
    return 0;
}

/* Routines: geqrf, orgqr or ungqr.  Results: R (its upper trapezoid) and Q. */
static int lapack_qr(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int m = s->m, n = s->n, least = m < n ? m : n, unit = 1 + s->is_complex;
    const int columns = s->whole == 'A' ? m : least;            /* of Q, and rows of R */
    const int width = columns > n ? columns : n;
    double *a = carve(&memory, (size_t)m * width * unit), *r = carve(&memory, (size_t)columns * n * unit);
    double *tau = carve(&memory, (size_t)least * unit), *work = carve(&memory, (size_t)s->lwork * unit);
    int info = 0;
    load_matrix(s, 0, item, a, m, n, m);
    CALL(s, 0, &m, &n, a, &m, tau, work, &s->lwork, &info);
    if (info)
        return 1;
    memset(r, 0, (size_t)columns * n * unit * sizeof(double));
    for (int j = 0; j < n; j++)
        memcpy(r + (size_t)j * columns * unit, a + (size_t)j * m * unit,
               (size_t)(j + 1 < least ? j + 1 : least) * unit * sizeof(double));
    store_matrix(s, 0, item, r, columns, n, columns, unit);
    if (s->whole == 'N')
        return 0;
    CALL(s, 1, &m, &columns, &least, a, &m, tau, work, &s->lwork, &info);
    if (info)
        return 1;
    store_matrix(s, 1, item, a, m, columns, m, unit);
    return 0;
}

/* Routine: gelsd.  Results: the solution, the squared length of what is left of each column, singular values. */
static int lapack_least_squares(Matrices *s, char *memory)
{
    const int m = s->m, n = s->n, k = s->k, least = m < n ? m : n, most = m > n ? m : n, unit = 1 + s->is_complex;
    double *a = carve(&memory, (size_t)m * n * unit), *b = carve(&memory, (size_t)most * k * unit);
    double *w = carve(&memory, least), *left = carve(&memory, k), *work = carve(&memory, (size_t)s->lwork * unit);
    double *rwork = carve(&memory, s->lrwork);
    int info = 0, *iwork = (int *)memory;
    load_matrix(s, 0, 0, a, m, n, m);
    load_matrix(s, 1, 0, b, m, k, most);
    if (!all_finite(a, (size_t)m * n * unit))
        return 1;
    for (int j = 0; j < k; j++) {
        if (!all_finite(b + (size_t)j * most * unit, (size_t)m * unit))
            return 1;
        memset(b + ((size_t)j * most + m) * unit, 0, (size_t)(most - m) * unit * sizeof(double));
    }
    if (s->is_complex)
        CALL(s, 0, &m, &n, &k, a, &m, b, &most, w, &s->tolerance, &s->rank, work, &s->lwork, rwork, iwork, &info);
    else
        CALL(s, 0, &m, &n, &k, a, &m, b, &most, w, &s->tolerance, &s->rank, work, &s->lwork, iwork, &info);
    if (info)
        return 1;
    for (int j = 0; j < k; j++) {
        left[j] = 0;
        for (int i = n * unit; i < m * unit; i++)
            left[j] += b[(size_t)j * most * unit + i] * b[(size_t)j * most * unit + i];
    }
    store_matrix(s, 0, 0, b, n, k, most, unit);
    store_matrix(s, 1, 0, left, 1, k, 1, 1);
    store_matrix(s, 2, 0, w, 1, least, 1, 1);
    return 0;
}

/* Routine: getrf.  Results: both factors in one matrix, and for each column the row that its own went to. */
static int lapack_factors(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int m = s->m, n = s->n, unit = 1 + s->is_complex;
    double *a = carve(&memory, (size_t)m * n * unit);
    int info = 0, *pivots = (int *)(s->out[1] + item * s->out_item[1]);
    load_matrix(s, 0, item, a, m, n, m);
    CALL(s, 0, &m, &n, a, &m, pivots, &info);
    store_matrix(s, 0, item, a, m, n, m, unit);
    for (int k = 0; k < m && k < n; k++)
        pivots[k]--;
    return info != 0;
}

/* Routine: getrs, or trtrs. */
static int lapack_substitute(const Matrices *s, ptrdiff_t item, char *memory)
{
    const int n = s->n, k = s->k, unit = 1 + s->is_complex;
    double *a = carve(&memory, (size_t)n * n * unit), *b = carve(&memory, (size_t)n * k * unit);
    int info = 0;
    load_matrix(s, 0, item, a, n, n, n);
    load_matrix(s, 1, item, b, n, k, n);
    if (s->operation == LU_SOLUTION)
        CALL(s, 0, &s->transposed, &n, &k, a, &n, s->pivots + item * n, b, &n, &info);
    else
        CALL(s, 0, &s->upper, &s->transposed, &s->unit, &n, &k, a, &n, b, &n, &info);
    store_matrix(s, 0, item, b, n, k, n, unit);
    return info != 0;
}

typedef int (*lapack_t)(const Matrices *, ptrdiff_t, char *);

static lapack_t lapack_function(int operation)
{
    switch (operation) {
    case CHOLESKY: return lapack_cholesky;
    case EIGENVALUES_H: case EIGEN_H: return lapack_symmetric;
    case EIGENVALUES: case EIGEN: return lapack_general;
    case SINGULAR_VALUES: case SVD: return lapack_svd;
    case QR: return lapack_qr;
    case LU_FACTORS: return lapack_factors;
    case LU_SOLUTION: case TRIANGULAR: return lapack_substitute;
    default: return lapack_lu;
    }
}

/* Ask the routine how much work space it wants, and find what a thread needs; returns nonzero if it cannot say. */
static int lapack_sizes(Matrices *s)
{
    const int m = s->m, n = s->n, least = m < n ? m : n, most = m > n ? m : n, ask = -1, one = 1;
    const size_t unit = 1 + s->is_complex, big = (size_t)m * most;
    double want[2] = {0, 0}, rwant = 0, more[2] = {0, 0}, dummy[2];
    int iwant = 0, info = 0;
    const char *job = s->operation == EIGEN_H || s->operation == EIGEN ? "V" : s->operation == SVD ? &s->whole : "N";
    s->lwork = s->lrwork = s->liwork = 1;
    switch (s->operation) {
    case EIGENVALUES_H: case EIGEN_H:
        if (s->is_complex)
            CALL(s, 0, job, &s->upper, &n, dummy, &n, dummy, want, &ask, &rwant, &ask, &iwant, &ask, &info);
        else
            CALL(s, 0, job, &s->upper, &n, dummy, &n, dummy, want, &ask, &iwant, &ask, &info);
        s->lrwork = (int)rwant;
        s->liwork = iwant;
        break;
    case EIGENVALUES: case EIGEN:
        if (s->is_complex)
            CALL(s, 0, "N", job, &n, dummy, &n, dummy, dummy, &one, dummy, &n, want, &ask, dummy, &info);
        else
            CALL(s, 0, "N", job, &n, dummy, &n, dummy, dummy, dummy, &one, dummy, &n, want, &ask, &info);
        break;
    case SINGULAR_VALUES: case SVD: {
        const int rows = s->whole == 'A' ? n : least;
        if (s->is_complex)
            CALL(s, 0, job, &m, &n, dummy, &m, dummy, dummy, &m, dummy, &rows, want, &ask, dummy, &iwant, &info);
        else
            CALL(s, 0, job, &m, &n, dummy, &m, dummy, dummy, &m, dummy, &rows, want, &ask, &iwant, &info);
        s->liwork = 8 * least;
        if (s->is_complex)      /* LAPACK's documentation of zgesdd */
            s->lrwork = s->operation == SVD ? least * (5 * least + 7 > 2 * most + 2 * least + 1 ? 5 * least + 7
                                                       : 2 * most + 2 * least + 1) : 7 * least;
        break;
    }
    case QR: {
        const int columns = s->whole == 'A' ? m : least;
        CALL(s, 0, &m, &n, dummy, &m, dummy, want, &ask, &info);
        if (s->whole != 'N' && info == 0)
            CALL(s, 1, &m, &columns, &least, dummy, &m, dummy, more, &ask, &info);
        break;
    }
    case LEAST_SQUARES:
        if (s->is_complex)
            CALL(s, 0, &m, &n, &s->k, dummy, &m, dummy, &most, dummy, &s->tolerance, &s->rank, want, &ask, &rwant,
                 &iwant, &info);
        else
            CALL(s, 0, &m, &n, &s->k, dummy, &m, dummy, &most, dummy, &s->tolerance, &s->rank, want, &ask, &iwant,
                 &info);
        s->lrwork = (int)rwant;
        s->liwork = iwant;
        break;
    default: break;
    }
    if (info || !(want[0] < 1e9 && more[0] < 1e9))
        return -1;
    want[0] = more[0] > want[0] ? more[0] : want[0];
    s->lwork = want[0] > 1 ? (int)want[0] : 1;
    const size_t matrices = s->operation == SVD ? (size_t)m * n + (size_t)m * m + (size_t)n * n
        : s->operation == QR ? 2 * big + (size_t)m * n : s->operation == EIGEN ? 4 * big
        : s->operation == LEAST_SQUARES ? (size_t)m * n + (size_t)(most + 1) * s->k
        : s->operation == SOLVE || s->operation == INVERT || s->operation >= LU_SOLUTION ? big + (size_t)n * s->k : big + (size_t)m * n;
    s->scratch = 8 * (matrices * unit + (size_t)s->lwork * unit + (size_t)s->lrwork + 8 * (size_t)most * unit)
        + 4 * (size_t)s->liwork + 4 * (size_t)most + 64 * 12;
    s->scratch = (s->scratch + 63) / 64 * 64;
    return 0;
}

#endif
