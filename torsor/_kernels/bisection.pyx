"""Places in sorted arrays: searchsorted and digitize.

What is out of the ordinary (a sorter, other dtypes, errors) goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY, log2, nextafterf
from torsor._kernels cimport threads
from torsor._kernels._searches cimport SearchKernels, bisect_t
from torsor._kernels.engine cimport (FLOAT32, FLOAT64, HOLD_GIL, INT64, N_CODES, Operand, code_dtype, item_size,
                                     store_weak, take, take_array)
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np
from numpy._core.multiarray import _monotonicity

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef const SearchKernels *kernels = NULL
cdef object _function = np.searchsorted, _method = np.ndarray.searchsorted


def add_kernels(capsule):
    """Take the kernels from the module of one instruction set."""
    global kernels
    kernels = <const SearchKernels *>PyCapsule_GetPointer(capsule, b"torsor.searches")


cdef enum:
    UINT64 = 8                  # NumPy compares it with Python's integers as float64
    PART = 20000                # comparisons that are worth a thread
    KEYS = 4096                 # keys of one part of the work
    MANY_KEYS = 256             # that are worth the conversion of elements

cdef struct Search:
    bisect_t bisect
    const char *a
    cnp.npy_intp n
    const char *keys
    cnp.npy_intp stride, m
    cnp.npy_intp *out


cdef int search_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Search *s = <Search *>work
    cdef cnp.npy_intp start = part * KEYS
    s.bisect(s.a, s.n, s.keys + start * s.stride, s.stride, min(<cnp.npy_intp>KEYS, s.m - start), s.out + start)
    return 0


cdef void run(const Search *s) noexcept:
    cdef double work = s.m * (1 + log2(<double>s.n + 1))
    cdef int width
    if work <= HOLD_GIL:
        s.bisect(s.a, s.n, s.keys, s.stride, s.m, s.out)
        return
    width = threads.width_for(work, PART)
    with nogil:
        threads.do_all(search_part, <void *>s, (s.m + KEYS - 1) // KEYS, width)


cdef object as_code(object array, int code):
    """The array in C order, of the engine's dtype of that code."""
    return cnp.PyArray_FROMANY(array, code_dtype(code).num, 0, 0, cnp.NPY_ARRAY_CARRAY_RO)


cdef bint read_key(PyObject *v, int code, bint right, Operand *key) except -1:
    """Read a scalar as an element that has the same ones before it, in the type that NumPy compares in."""
    cdef double wide
    cdef float near
    if not take(v, key):
        return False
    if key.code == code:
        return True
    if code == FLOAT32 and (key.code >= N_CODES and store_weak(key, FLOAT64) or key.code == FLOAT64):
        # Compared in double: no float is between it and the next float on its side.
        wide = (<double *>key.data)[0]
        near = <float>wide
        if not right and near < wide:
            near = nextafterf(near, INFINITY)
        elif right and near > wide:
            near = nextafterf(near, -INFINITY)
        (<float *>key.data)[0] = near
        return True
    if key.code < N_CODES or code == UINT64 or code == FLOAT32:
        return False
    return store_weak(key, code)


cdef object search(PyObject *a, PyObject *v, bint right):
    """searchsorted; NotImplemented where NumPy has to do it."""
    cdef Operand x, y
    cdef Search s
    cdef cnp.npy_intp place
    cdef int code
    cdef object keys, elements
    if not is_array(a) or not take_array(a, &x) or x.nd != 1 or x.code == 0 or x.code > FLOAT64:
        return NotImplemented
    code = x.code
    if not is_array(v):
        if not x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
            return NotImplemented
        if not read_key(v, code, right, &y):
            return NotImplemented
        s.keys = y.data
        s.bisect = kernels.right[code] if right else kernels.left[code]
        s.a, s.n, s.out = x.data, x.shape[0], &place
        s.bisect(s.a, s.n, s.keys, 0, 1, s.out)
        return cnp.PyArray_ToScalar(&place, _place)
    if not take_array(v, &y) or y.code > FLOAT64 or y.nd == 0:
        return NotImplemented
    keys, elements = <object>v, <object>a
    if y.code != code:
        dtype = np.result_type(<object>a, <object>v)
        for code in range(1, FLOAT64 + 1):
            if code_dtype(code) is dtype:
                break
        else:
            return NotImplemented
    if code < INT64 and MANY_KEYS <= cnp.PyArray_SIZE(keys) and x.shape[0] <= 4 * cnp.PyArray_SIZE(keys):
        code = INT64                    # in which as many keys are found in half the time
    if x.code != code or not x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        elements = as_code(elements, code)
        take_array(<PyObject *>elements, &x)
    if y.code != code or y.nd > 1 and not y.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        keys = as_code(keys, code)
        take_array(<PyObject *>keys, &y)
    result = new_tensor(y.nd, y.shape, NULL, code_dtype(INT64))
    s.bisect = kernels.right[code] if right else kernels.left[code]
    s.a, s.n, s.keys, s.m = x.data, x.shape[0], y.data, cnp.PyArray_SIZE(<cnp.ndarray>keys)
    s.stride = y.strides[0] if y.nd == 1 else item_size(code)
    s.out = <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>result)
    run(&s)
    return result


cdef object _place = np.zeros((), np.intp)


def searchsorted(a, v, side="left", sorter=None):
    """Where elements would go into a sorted array; see :func:`numpy.searchsorted`.

    Parameters
    ----------
    a : array_like
        Sorted, of one axis.
    v : array_like
        What is looked for.
    side : {"left", "right"}, optional
        Before or after equal elements.
    sorter : array_like, optional
        Indices that sort ``a``, where it is not sorted.

    Returns
    -------
    int or Tensor of ints
        Of the shape of ``v``.
    """
    if sorter is None and type(side) is str and (side == "left" or side == "right"):
        result = search(<PyObject *>a, <PyObject *>v, side == "right")
        if result is not NotImplemented:
            return result
    return call_plain(_function, (a, v, side, sorter), {})


def searchsorted_method(self, v, side="left", sorter=None):
    """Where elements would go into the sorted array; see :meth:`numpy.ndarray.searchsorted`."""
    if sorter is None and type(side) is str and (side == "left" or side == "right"):
        result = search(<PyObject *>self, <PyObject *>v, side == "right")
        if result is not NotImplemented:
            return result
    return call_plain(_method, (self, v, side, sorter), {})


cdef bint has_nan(PyObject *a) noexcept:
    """Whether a vector has a NaN, as far as is known."""
    cdef Operand x
    cdef cnp.npy_intp k
    cdef double value
    if not take_array(a, &x) or x.code < FLOAT32:
        return False
    for k in range(x.shape[0]):
        value = (<float *>(x.data + k * x.strides[0]))[0] if x.code == FLOAT32 else (
            <double *>(x.data + k * x.strides[0]))[0]
        if value != value:
            return True
    return False


def digitize(x, bins, right=False):
    """The bin that each element belongs to; see :func:`numpy.digitize`.

    Parameters
    ----------
    x : array_like
        Real numbers.
    bins : array_like
        Edges of the bins, rising or falling, of one axis.
    right : bool, optional
        Whether a bin holds its upper edge instead of its lower one.

    Returns
    -------
    int or Tensor of ints
        0 below the first edge, ``len(bins)`` above the last.
    """
    cdef int rising
    if is_array(<PyObject *>x) and (type(bins) is list or type(bins) is tuple):
        bins = np.asarray(bins)
    if is_array(<PyObject *>x) and is_array(<PyObject *>bins) and type(right) is bool and (
            cnp.PyArray_NDIM(bins) == 1 and cnp.PyArray_TYPE(x) != cnp.NPY_CFLOAT
            and cnp.PyArray_TYPE(x) != cnp.NPY_CDOUBLE):
        rising = _monotonicity(bins)
        if rising and not has_nan(<PyObject *>bins):        # among which NaN hides that nothing is in order
            edges = bins if rising > 0 else bins[::-1]
            result = search(<PyObject *>edges, <PyObject *>x, not right)
            if result is not NotImplemented:
                return result if rising > 0 else len(bins) - result
    return call_plain(np.digitize, (x, bins, right), {})
