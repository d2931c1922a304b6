"""Stacks of matrices for LAPACK and for torsor's own elimination."""
cimport numpy as cnp

cdef extern from "matrices.h" nogil:
    enum:
        INVERT, SOLVE, DETERMINANT, LOG_DETERMINANT, CHOLESKY, EIGENVALUES_H, EIGEN_H, EIGENVALUES, EIGEN
        SINGULAR_VALUES, SVD, QR, LEAST_SQUARES, LU_FACTORS, LU_SOLUTION, TRIANGULAR, OPERATIONS
    ctypedef struct Matrices:
        int operation, is_complex, single
        char upper, whole, transposed, unit
        const int *pivots
        int m, n, k
        cnp.npy_intp count
        const char *in_ "in"[2]
        int in_single[2]
        int in_complex[2]
        cnp.npy_intp item[2]
        cnp.npy_intp row[2]
        cnp.npy_intp column[2]
        char *out[3]
        cnp.npy_intp out_item[3]
        double tolerance
        int rank
        unsigned char *doubtful
        void *routine[3]
        size_t scratch
        char *memory
        cnp.npy_intp step

cdef class Job:                     # an operation on a stack of matrices, from its operands to its results
    cdef Matrices s
    cdef cnp.ndarray a, b           # operands; the memory that s points to
    cdef list results
    cdef object doubts              # for each item of several, whether its result is NumPy's
    cdef int n_loops
    cdef cnp.npy_intp shape[64]     # of the stack
    cdef bint read(self, int which, object given, int core) except -1
    cdef bint take(self, int operation, object a) except -1
    cdef bint take_right(self, object b, bint vector) except -1
    cdef object result(self, int nd, cnp.npy_intp first, cnp.npy_intp second, bint real)
    cdef int run(self) except -1
    cdef object items(self, object x, int core, object chosen)
    cdef bint settle(self, object function, dict kwargs) except -1

cdef Job make_job(int operation, object a)              # None where NumPy does it all
cdef bint finish(Job new, object function, dict kwargs=*) except -1     # false where NumPy shall do it all
