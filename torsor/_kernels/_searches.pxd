"""The C contract between the kernels that search and the modules that call them.

Lengths are in elements, strides in bytes; arrays of kernels are by type code.
"""
cimport numpy as cnp
from torsor._kernels._loop cimport inner_t

ctypedef void (*truth_t)(const char *x, cnp.npy_intp stride, cnp.npy_intp n, unsigned char *flags) noexcept nogil
ctypedef void (*bisect_t)(const char *a, cnp.npy_intp n, const char *keys, cnp.npy_intp stride, cnp.npy_intp m,
                          cnp.npy_intp *out) noexcept nogil
ctypedef void (*bins_t)(const char *x, cnp.npy_intp n, const double *edges, cnp.npy_intp bins,
                        cnp.npy_int32 *out) noexcept nogil
ctypedef void (*among_t)(const char *x, cnp.npy_intp stride, cnp.npy_intp n, const char *values, cnp.npy_intp m,
                         unsigned char invert, unsigned char *out) noexcept nogil
ctypedef cnp.npy_intp (*count_t)(const unsigned char *flags, cnp.npy_intp n) noexcept nogil
ctypedef cnp.npy_intp (*places_t)(const unsigned char *flags, cnp.npy_intp n, cnp.npy_intp first,
                                  cnp.npy_intp *out) noexcept nogil

cdef extern from "search_table.h" nogil:
    ctypedef struct SearchKernels:
        inner_t where[5]          # by the logarithm of the item size
        truth_t truth[13]
        count_t count
        places_t places
        bisect_t left[13]
        bisect_t right[13]
        bins_t bins[13]
        among_t among[13]
