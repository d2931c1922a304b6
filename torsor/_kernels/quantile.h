/* Which order statistics a quantile is made of, and how: the definitions of NumPy's methods.
 *
 * Hyndman & Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996), and four more.
 */
#ifndef TORSOR_QUANTILE_H
#define TORSOR_QUANTILE_H

#include <math.h>
#include <stdlib.h>
#include "loop.h"

enum { MOST_QUANTILES = 64 };

typedef enum {
    MEDIAN, INVERTED_CDF, AVERAGED_INVERTED_CDF, CLOSEST_OBSERVATION, INTERPOLATED_INVERTED_CDF, HAZEN, WEIBULL, LINEAR,
    MEDIAN_UNBIASED, NORMAL_UNBIASED, LOWER, HIGHER, MIDPOINT, NEAREST
} Method;

typedef struct {
    Method method;
    int m;                              /* quantiles */
    int weak;                           /* they do not widen the type of elements */
    int skip;                           /* NaNs are left out */
    double q[MOST_QUANTILES];
    /* For rows of n elements, filled in by quantile_places. */
    npy_intp n;
    npy_intp low[MOST_QUANTILES], high[MOST_QUANTILES];         /* the two order statistics */
    double gamma[MOST_QUANTILES];                               /* from one to the other */
    npy_intp ranks[2 * MOST_QUANTILES];                         /* all of them, ascending */
    int size;
} Quantiles;

/* One row; scratch is for 3 n + SELECT_SLACK elements.  Returns what went wrong: floating-point errors and these. */
typedef int (*quantile_t)(Quantiles *, const char *x, npy_intp n, char *scratch, char *out, npy_intp step);
enum { QUANTILE_ALL_NAN = 1 << 8, QUANTILE_OVERFLOW = 1 << 9, SELECT_SLACK = 2048 };

static inline int quantile_is_discrete(Method method)
{
    return method == INVERTED_CDF || method == CLOSEST_OBSERVATION || method == LOWER || method == HIGHER
        || method == NEAREST;
}

static inline double quantile_index(Method method, double n, double q)
{
    double a, b;
    switch (method) {
    case INVERTED_CDF: case AVERAGED_INVERTED_CDF: return n * q - 1;
    case CLOSEST_OBSERVATION: return n * q - 1 - 0.5;
    case LOWER: return floor((n - 1) * q);
    case HIGHER: return ceil((n - 1) * q);
    case NEAREST: return rint((n - 1) * q);
    case MIDPOINT: return 0.5 * (floor((n - 1) * q) + ceil((n - 1) * q));
    case INTERPOLATED_INVERTED_CDF: a = 0, b = 1; break;
    case HAZEN: a = b = 0.5; break;
    case WEIBULL: a = b = 0; break;
    case MEDIAN_UNBIASED: a = b = 1 / 3.0; break;
    case NORMAL_UNBIASED: a = b = 3 / 8.0; break;
    default: return (n - 1) * q;
    }
    return n * q + (a + q * (1 - a - b)) - 1;
}

static inline npy_intp quantile_clip(double place, npy_intp n)
{
    return place < 0 ? 0 : place > (double)(n - 1) ? n - 1 : (npy_intp)place;
}

static int quantile_order(const void *a, const void *b)
{
    const npy_intp x = *(const npy_intp *)a, y = *(const npy_intp *)b;
    return (x > y) - (x < y);
}

static void quantile_places(Quantiles *s, npy_intp n)
{
    int k, size = 0;
    if (s->n == n) return;
    s->n = n;
    for (k = 0; k < s->m; k++) {
        const double v = quantile_index(s->method, (double)n, s->q[k]), below = floor(v);
        double gamma;
        if (s->method == MEDIAN) {
            s->low[k] = (n - 1) / 2, s->high[k] = n / 2;
            gamma = 0;
        } else if (quantile_is_discrete(s->method)) {
            double place = v;
            if (s->method == INVERTED_CDF) place = v == below ? below : below + 1;
            if (s->method == CLOSEST_OBSERVATION) place = v == below && fmod(fabs(below), 2) == 1 ? below : below + 1;
            s->low[k] = s->high[k] = quantile_clip(place, n);
            gamma = 0;
        } else if (v >= (double)(n - 1)) {          /* the greatest, whose place NumPy calls -1 */
            s->low[k] = s->high[k] = n - 1;
            gamma = v + 1;
        } else if (v < 0) {
            s->low[k] = s->high[k] = 0;
            gamma = v;
        } else {
            s->low[k] = (npy_intp)below, s->high[k] = (npy_intp)below + 1;
            gamma = v - below;
        }
        if (s->method == AVERAGED_INVERTED_CDF) gamma = gamma == 0 ? 0.5 : 1;
        if (s->method == MIDPOINT) gamma = v == below ? 0 : 0.5;
        s->gamma[k] = gamma;
        s->ranks[size++] = s->low[k];
        if (s->high[k] != s->low[k]) s->ranks[size++] = s->high[k];
    }
    if (size > 1) qsort(s->ranks, (size_t)size, sizeof(npy_intp), quantile_order);
    s->size = 0;
    for (k = 0; k < size; k++)
        if (k == 0 || s->ranks[k] != s->ranks[k - 1]) s->ranks[s->size++] = s->ranks[k];
}

#endif
