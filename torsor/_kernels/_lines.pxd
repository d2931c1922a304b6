"""What the modules of kernels over lines have; see line.h."""
from libc.stdint cimport int64_t, uint8_t

cdef extern from "line.h" nogil:
    ctypedef struct LineKernels:
        void (*close[2])(const void *, const void *, int, uint8_t *, Py_ssize_t, double, double, int) noexcept nogil
        void (*replace[2])(const void *, void *, Py_ssize_t, double, double, double) noexcept nogil
        void (*horner)(const double *, Py_ssize_t, const double *, double *, Py_ssize_t) noexcept nogil
        void (*correlate[3])(const void *, const void *, Py_ssize_t, void *, Py_ssize_t) noexcept nogil
        Py_ssize_t (*count)(const uint8_t *, Py_ssize_t) noexcept nogil
        Py_ssize_t (*compress[4])(const void *, const uint8_t *, Py_ssize_t, void *, Py_ssize_t) noexcept nogil
        void (*put_value[4])(void *, const uint8_t *, Py_ssize_t, const void *) noexcept nogil
        void (*put_same[4])(void *, const uint8_t *, Py_ssize_t, const void *) noexcept nogil
        Py_ssize_t (*expand[4])(void *, const uint8_t *, Py_ssize_t, const void *, Py_ssize_t) noexcept nogil
        bint (*outside)(const int64_t *, Py_ssize_t, int64_t) noexcept nogil
