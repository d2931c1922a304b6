"""Reductions over some axes of one array: partial results, their tree, threads."""
cimport numpy as cnp
from torsor._kernels._loop cimport inner_t
from torsor._kernels._reduction cimport reduce_t, search_t
from torsor._kernels.engine cimport N_CODES, Nest

cdef enum:                  # kinds of reductions
    SUM, PROD, MIN, MAX, FMIN, FMAX, ANY, ALL, N_KINDS

cdef enum:                   # what happens to an accumulated value before it is stored
    KEEP, DIVIDE_FLOAT, DIVIDE_DOUBLE, DIVIDE_INT64, DIVIDE_UINT64

cdef struct Kernel:
    reduce_t rows, columns, again   # again: columns of its own results
    search_t find_rows, find_columns
    inner_t combine                 # of two results, in NumPy's contract
    int in_size, out_size
    int out_code
    bint checked                    # look at the floating-point status afterwards
    int settled                     # the result that one element can decide (0 or 1), or -1

cdef Kernel *find_kernel(int kind, int code, int out_code) noexcept nogil
cdef int default_code(int kind, int code) noexcept nogil
cdef void finish(int how, double count, char *p, cnp.npy_intp n) noexcept nogil
cdef int reduce_nest(Kernel *kernel, Nest *nest, int how, double count, char *initial) except -1
cdef int search_nest(Kernel *kernel, Nest *nest) except -1
cdef void locate(Kernel *kernel, const char *x, cnp.npy_intp n, cnp.npy_intp sn, char *best,
                 cnp.npy_intp *index) noexcept nogil
