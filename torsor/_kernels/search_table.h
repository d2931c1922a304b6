/* What the modules that search take from the kernels of one instruction set (searches.h). */
#ifndef TORSOR_SEARCH_TABLE_H
#define TORSOR_SEARCH_TABLE_H

#include <numpy/npy_common.h>

typedef void (*truth_t)(const char *x, npy_intp stride, npy_intp n, unsigned char *flags);
typedef void (*bisect_t)(const char *a, npy_intp n, const char *keys, npy_intp stride, npy_intp m, npy_intp *out);
typedef void (*bins_t)(const char *x, npy_intp n, const double *edges, npy_intp bins, npy_int32 *out);
typedef void (*among_t)(const char *x, npy_intp stride, npy_intp n, const char *values, npy_intp m,
                        unsigned char invert, unsigned char *out);

typedef struct {
    void (*where[5])(char **, const npy_intp *, const npy_intp *, void *);      /* by the logarithm of the item size */
    truth_t truth[13];                  /* by type code */
    npy_intp (*count)(const unsigned char *flags, npy_intp n);
    npy_intp (*places)(const unsigned char *flags, npy_intp n, npy_intp first, npy_intp *out);
    bisect_t left[13], right[13];
    bins_t bins[13];
    among_t among[13];
} SearchKernels;

#endif
