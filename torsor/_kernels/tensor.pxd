"""Tensors seen from C: creation from the pool, and the way to NumPy and back."""
cimport numpy as cnp
from cpython.object cimport PyObject, PyTypeObject

cdef extern from "tensor.h" nogil:
    PyTypeObject *tensor_type "torsor_shared->type"     # class Tensor, once it exists
    bint is_tensor "torsor_is_tensor"(PyObject *)         # exactly a Tensor
    bint is_ndarray "torsor_is_ndarray"(PyObject *)       # exactly a numpy.ndarray
    bint is_array "torsor_is_array"(PyObject *)           # exactly a Tensor or a numpy.ndarray

cdef enum:
    MAX_INPUTS = 8              # of a call by the shorter way

cdef object new_tensor(int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, cnp.dtype dtype,
                       bint zeroed=*)
cdef object plain(object tensor)
cdef object adopt(PyObject *stolen)
cdef object as_tensor(PyObject *stolen, bint may_be_argument)
cdef object call_plain(object function, tuple args, dict kwargs, int depth=*, bint ufunc=*)
cdef object call_on_inputs(object function, PyObject **args, Py_ssize_t n, PyObject *kwnames)
