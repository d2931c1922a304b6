/* A stack of matrices that an operation reads and writes, and how elements get to and from its workspace.
 *
 * Inputs are float, double, or complex of these, with any strides; outputs are in C order.  Work is done in
 * double or double complex, as NumPy's.
 */
#ifndef TORSOR_MATRICES_H
#define TORSOR_MATRICES_H

#include <stddef.h>
#include <stdint.h>

enum { INVERT, SOLVE, DETERMINANT, LOG_DETERMINANT, CHOLESKY, EIGENVALUES_H, EIGEN_H, EIGENVALUES, EIGEN,
       SINGULAR_VALUES, SVD, QR, LEAST_SQUARES, LU_FACTORS, LU_SOLUTION,
       TRIANGULAR, OPERATIONS };

typedef struct {
    int operation;
    int is_complex;             /* the type it works in */
    int single;                 /* outputs are of single precision */
    char upper;                 /* 'U' or 'L': the triangle that is read */
    char whole;                 /* 'A' or 'S': all singular vectors, or the first ones; of QR also 'N', no Q */
    char transposed, unit;      /* 'N', 'T' or 'C'; 'U' or 'N': whether the diagonal is all ones */
    int m, n, k;                /* (m, n) matrices; k columns of the right-hand sides */
    ptrdiff_t count;
    const char *in[2];
    int in_single[2], in_complex[2];
    ptrdiff_t item[2], row[2], column[2];       /* strides of the inputs, in bytes */
    char *out[3];
    ptrdiff_t out_item[3];
    const int *pivots;          /* of each item, n of them, from 1 on */
    double tolerance;           /* of least squares: singular values up to this part of the largest are zero */
    int rank;                   /* what that leaves, of the last matrix */
    uint8_t *doubtful;          /* for each item: 1 where NumPy shall have the last word */

    /* LAPACK's: lapack.h */
    void *routine[3];
    int lwork, lrwork, liwork;
    size_t scratch;             /* bytes that a thread needs */
    char *memory;               /* of all threads */
    ptrdiff_t step;             /* items in a part */
} Matrices;

static inline double load_real(const char *p, int single)
{
    return single ? (double)*(const float *)p : *(const double *)p;
}

static inline void store_real(char *p, int single, double x)
{
    if (single)
        *(float *)p = (float)x;
    else
        *(double *)p = x;
}

#endif
