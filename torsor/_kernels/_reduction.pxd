"""The C contract between the kernels of reductions and reduce.pyx.

Kernels reduce m lines of n elements, ``x[i * sm + j * sn]`` over j, into ``out[i]`` (contiguous); ``rows`` is for
elements that lie next to each other along j, ``columns`` along i.  Strides are in bytes.
"""
cimport numpy as cnp

ctypedef void (*reduce_t)(const char *x, cnp.npy_intp m, cnp.npy_intp sm, cnp.npy_intp n, cnp.npy_intp sn,
                          char *out) noexcept nogil
ctypedef void (*search_t)(const char *x, cnp.npy_intp m, cnp.npy_intp sm, cnp.npy_intp n, cnp.npy_intp sn,
                          const char *best, cnp.npy_intp *index) noexcept nogil

cdef extern from "reduction.h" nogil:
    ctypedef struct Reduction:
        const char *name          # of the row
        const char *types         # "f->d": of elements and accumulator
        void *rows
        void *columns

    ctypedef struct ReductionTable:
        Py_ssize_t size
        const Reduction *rows
