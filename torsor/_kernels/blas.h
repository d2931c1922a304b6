/* OpenBLAS by pointers: how the library is opened, and one call per routine for all four types.
 *
 * Integers are int (scipy-openblas32); matrices are row-major.  Which library, and when: blas.pyx.
 */
#ifndef TORSOR_BLAS_H
#define TORSOR_BLAS_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { BLAS_FLOAT, BLAS_DOUBLE, BLAS_CFLOAT, BLAS_CDOUBLE, BLAS_TYPES };

typedef struct { /* of one type; dotc conjugates its first vector */
    void *gemm, *gemv, *syrk, *dot, *dotc;
} BlasRoutines;

enum { BLAS_ROWS = 101, BLAS_PLAIN = 111, BLAS_TRANSPOSED = 112, BLAS_UPPER = 121 };

static const float blas_one_f[2] = {1, 0}, blas_zero_f[2] = {0, 0};
static const double blas_one_d[2] = {1, 0}, blas_zero_d[2] = {0, 0};

/* Call a routine that takes its scalars one (alpha) and zero (beta) by value or by address. */
#define BLAS_SWITCH(type, CALL)                                                    \
    switch (type) {                                                                \
    case BLAS_FLOAT: CALL(float, 1.0f, 0.0f); break;                               \
    case BLAS_DOUBLE: CALL(double, 1.0, 0.0); break;                               \
    case BLAS_CFLOAT: CALL(const void *, blas_one_f, blas_zero_f); break;          \
    default: CALL(const void *, blas_one_d, blas_zero_d);                          \
    }

/* c = a @ b: (m, k) by (k, n). */
static inline void blas_gemm(const BlasRoutines *f, int type, int ta, int tb, int m, int n, int k,
                             const void *a, int lda, const void *b, int ldb, void *c, int ldc)
{
#define CALL(scalar, one, zero)                                                                     \
    ((void (*)(int, int, int, int, int, int, scalar, const void *, int, const void *, int, scalar,  \
               void *, int))f->gemm)(BLAS_ROWS, ta, tb, m, n, k, one, a, lda, b, ldb, zero, c, ldc)
    BLAS_SWITCH(type, CALL)
#undef CALL
}

/* y = a @ x, or its transpose's product: a has m rows and n columns in memory. */
static inline void blas_gemv(const BlasRoutines *f, int type, int ta, int m, int n, const void *a, int lda,
                             const void *x, int incx, void *y, int incy)
{
#define CALL(scalar, one, zero)                                                                    \
    ((void (*)(int, int, int, int, scalar, const void *, int, const void *, int, scalar, void *,   \
               int))f->gemv)(BLAS_ROWS, ta, m, n, one, a, lda, x, incx, zero, y, incy)
    BLAS_SWITCH(type, CALL)
#undef CALL
}

/* The upper triangle of c = a @ a.T, or of a.T @ a. */
static inline void blas_syrk(const BlasRoutines *f, int type, int ta, int n, int k, const void *a, int lda,
                             void *c, int ldc)
{
#define CALL(scalar, one, zero)                                                                    \
    ((void (*)(int, int, int, int, int, scalar, const void *, int, scalar, void *, int))f->syrk)(  \
        BLAS_ROWS, BLAS_UPPER, ta, n, k, one, a, lda, zero, c, ldc)
    BLAS_SWITCH(type, CALL)
#undef CALL
}

static inline void blas_dot(const BlasRoutines *f, int type, int conjugate, int n, const void *x, int incx,
                            const void *y, int incy, void *out)
{
    if (type == BLAS_FLOAT)
        *(float *)out = ((float (*)(int, const void *, int, const void *, int))f->dot)(n, x, incx, y, incy);
    else if (type == BLAS_DOUBLE)
        *(double *)out = ((double (*)(int, const void *, int, const void *, int))f->dot)(n, x, incx, y, incy);
    else
        ((void (*)(int, const void *, int, const void *, int, void *))(conjugate ? f->dotc : f->dot))(
            n, x, incx, y, incy, out);
}

/* An environment variable of this process, kept for blas_restore. */
typedef struct {
    const char *name;
    char *before;
} BlasVariable;

static int blas_set(BlasVariable *v, const char *name, const char *value)
{
    const char *now = getenv(name);
    v->name = NULL;
    v->before = now ? strdup(now) : NULL;
    if ((now && !v->before) || setenv(name, value, 1) != 0) {
        free(v->before);
        return -1;
    }
    v->name = name;
    return 0;
}

static void blas_restore(BlasVariable *v)
{
    if (v->name == NULL) return;
    if (v->before)
        setenv(v->name, v->before, 1);
    else
        unsetenv(v->name);
    free(v->before);
}

/* Open the library on one thread, with kernels for core (NULL: those that it or its user chooses). */
static void *blas_open(const char *path, const char *core)
{
    BlasVariable threads, type = {NULL, NULL};
    void *library = NULL;
    if (blas_set(&threads, "OPENBLAS_NUM_THREADS", "1") < 0) return NULL;
    if (core == NULL || blas_set(&type, "OPENBLAS_CORETYPE", core) == 0)
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    blas_restore(&type);
    blas_restore(&threads);
    return library;
}

#endif
