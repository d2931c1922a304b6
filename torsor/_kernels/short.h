/* Complex matrices of few rows, in Fortran's order: what LAPACK's routines do, without their cost.
 *
 * Those of OpenBLAS take longer to begin than a small matrix takes, and wait for each other.  Real matrices are
 * elimination.h's.
 */
#ifndef TORSOR_SHORT_H
#define TORSOR_SHORT_H

#include <math.h>

enum { SHORT = 16 };

#define RE(i, j) a[2 * ((i) * r + (j) * c)]
#define IM(i, j) a[2 * ((i) * r + (j) * c) + 1]

/* As zgetrf; it also gives up where squares leave the range. */
static int short_factors(double *a, int n, int *pivots)
{
    const int r = 1, c = n;
    for (int k = 0; k < n; k++) {
        int p = k;
        double most = fabs(RE(k, k)) + fabs(IM(k, k));
        for (int i = k + 1; i < n; i++) {
            const double x = fabs(RE(i, k)) + fabs(IM(i, k));
            if (x > most)
                most = x, p = i;
        }
        pivots[k] = p + 1;
        if (most == 0)
            return k + 1;
        for (int j = 0; p != k && j < n; j++) {
            const double x = RE(k, j), y = IM(k, j);
            RE(k, j) = RE(p, j);
            IM(k, j) = IM(p, j);
            RE(p, j) = x;
            IM(p, j) = y;
        }
        const double size = RE(k, k) * RE(k, k) + IM(k, k) * IM(k, k), x = RE(k, k) / size, y = -IM(k, k) / size;
        if (!(size > 1e-290 && size < 1e290))       /* the quotients would be wrong */
            return k + 1;
        for (int i = k + 1; i < n; i++) {
            const double u = RE(i, k), v = IM(i, k);
            RE(i, k) = u * x - v * y;
            IM(i, k) = u * y + v * x;
        }
        for (int j = k + 1; j < n; j++) {
            const double u = RE(k, j), v = IM(k, j);
            for (int i = k + 1; i < n; i++) {
                RE(i, j) -= RE(i, k) * u - IM(i, k) * v;
                IM(i, j) -= RE(i, k) * v + IM(i, k) * u;
            }
        }
    }
    return 0;
}

/* As zgetrs, for one column. */
static void short_solution(const double *a, int n, const int *pivots, double *b)
{
    const int r = 1, c = n;
    for (int k = 0; k < n; k++) {
        const int p = pivots[k] - 1;
        const double x = b[2 * p], y = b[2 * p + 1];
        b[2 * p] = b[2 * k];
        b[2 * p + 1] = b[2 * k + 1];
        b[2 * k] = x;
        b[2 * k + 1] = y;
    }
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n; i++) {
            b[2 * i] -= RE(i, k) * b[2 * k] - IM(i, k) * b[2 * k + 1];
            b[2 * i + 1] -= RE(i, k) * b[2 * k + 1] + IM(i, k) * b[2 * k];
        }
    for (int k = n - 1; k >= 0; k--) {
        const double size = RE(k, k) * RE(k, k) + IM(k, k) * IM(k, k), u = b[2 * k], v = b[2 * k + 1];
        const double x = (u * RE(k, k) + v * IM(k, k)) / size, y = (v * RE(k, k) - u * IM(k, k)) / size;
        b[2 * k] = x;
        b[2 * k + 1] = y;
        for (int i = 0; i < k; i++) {
            b[2 * i] -= RE(i, k) * x - IM(i, k) * y;
            b[2 * i + 1] -= RE(i, k) * y + IM(i, k) * x;
        }
    }
}

/* As zpotrf of the lower triangle. */
static int short_cholesky(double *a, int n)
{
    const int r = 1, c = n;
    for (int j = 0; j < n; j++) {
        double d = RE(j, j);
        for (int k = 0; k < j; k++)
            d -= RE(j, k) * RE(j, k) + IM(j, k) * IM(j, k);
        if (!(d > 0))
            return j + 1;
        d = sqrt(d);
        RE(j, j) = d;
        IM(j, j) = 0;
        for (int i = j + 1; i < n; i++) {
            double x = RE(i, j), y = IM(i, j);
            for (int k = 0; k < j; k++) {
                x -= RE(i, k) * RE(j, k) + IM(i, k) * IM(j, k);
                y -= IM(i, k) * RE(j, k) - RE(i, k) * IM(j, k);
            }
            RE(i, j) = x / d;
            IM(i, j) = y / d;
        }
    }
    return 0;
}

#undef RE
#undef IM

#endif
