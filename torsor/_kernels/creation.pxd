"""New arrays."""
cimport numpy as cnp
from cpython.object cimport PyObject

cdef bint element(object value, cnp.dtype dtype, char *into) except -1
cdef void fill(char *into, const char *item, int size, cnp.npy_intp n) noexcept nogil
cdef object integers_between(PyObject **args, Py_ssize_t n)
