"""OpenBLAS, torsor's own copy of it: routines by name, and those that products need."""

cdef extern from "blas.h" nogil:
    enum: BLAS_TYPES, BLAS_PLAIN, BLAS_TRANSPOSED
    ctypedef struct BlasRoutines:
        void *gemm
        void *gemv
        void *syrk
        void *dot
        void *dotc
    void blas_gemm(const BlasRoutines *f, int type, int ta, int tb, int m, int n, int k, const void *a, int lda,
                   const void *b, int ldb, void *c, int ldc)
    void blas_gemv(const BlasRoutines *f, int type, int ta, int m, int n, const void *a, int lda,
                   const void *x, int incx, void *y, int incy)
    void blas_syrk(const BlasRoutines *f, int type, int ta, int n, int k, const void *a, int lda, void *c, int ldc)
    void blas_dot(const BlasRoutines *f, int type, int conjugate, int n, const void *x, int incx,
                  const void *y, int incy, void *out)

cdef void *symbol(str name) except NULL        # of the library: "cblas_dgemm", "dgesv_", ...
cdef BlasRoutines *routines() except NULL      # BLAS_TYPES of them: float32, float64, complex64, complex128
