"""sort, argsort, lexsort and partition as functions and methods of Tensor: arguments and results.

What is out of the ordinary (other dtypes, order=, subclasses, errors) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.copy cimport copied
from torsor._kernels.engine cimport FLOAT64, INT64, Operand, code_dtype, take_array
from torsor._kernels.sorting cimport HEAP, QUICK, STABLE, sort_lines
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, new_tensor, plain

import numpy as np

from torsor._kernels import face
from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_LexSort(object, int) except NULL
    PyObject *PyArray_NewCopy(cnp.ndarray, cnp.NPY_ORDER) except NULL

cdef extern from "Python.h":
    PyObject *PyObject_Vectorcall(object, PyObject **, size_t, PyObject *) except NULL

cdef extern from "tensor.h":
    void *torsor_shared
    int TORSOR_UNUSUAL

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    LONG = 1000                 # elements of a key from which lexsort is native

cdef dict _kinds = {None: QUICK, "quicksort": QUICK, "heapsort": HEAP, "mergesort": STABLE, "stable": STABLE}


cdef int read_kind(object kind, object order, object stable, object descending) except -2:
    """NumPy's number of the kind, or -1 where it has something to say."""
    if order is not None or descending is not None or not (kind is None or type(kind) is str):
        return -1
    if stable is not None:
        if kind is not None or type(stable) is not bool:
            return -1
        return STABLE if stable else QUICK
    return _kinds.get(kind, -1)


cdef dict given(object stable, object descending):
    """What NumPy is told besides; from 2.5 on it knows of a falling order."""
    return {"stable": stable} if descending is None else {"stable": stable, "descending": descending}


cdef int read_axis(object a, object axis, int *d) except -1:
    """An axis of an array that sorts natively; 0 where NumPy has to do it."""
    cdef Operand x
    cdef long k
    if type(axis) is not int or not take_array(<PyObject *>a, &x) or x.nd == 0 or x.code > FLOAT64:
        return 0
    if not -x.nd <= axis < x.nd or cnp.PyArray_SIZE(a) == 0:
        return 0
    k = axis
    d[0] = k + x.nd if k < 0 else k
    return 1


def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=None):
    """A sorted copy of an array; see :func:`numpy.sort`.

    Parameters
    ----------
    a : array_like
    axis : int or None, optional
        The axis to sort along; None sorts the flattened array.
    kind : {"quicksort", "mergesort", "heapsort", "stable"}, optional
    order : str or list of str, optional
        Fields to compare, of a structured array.
    stable : bool, optional
        Whether equal elements keep their order.
    descending : bool, optional
        Whether the greatest come first; from NumPy 2.5 on.

    Returns
    -------
    Tensor
    """
    cdef int d = 0, which = read_kind(kind, order, stable, descending)
    if which >= 0 and is_array(<PyObject *>a):
        source = a if axis is not None else cnp.PyArray_Ravel(a, cnp.NPY_CORDER)
        if read_axis(source, -1 if axis is None else axis, &d):
            if cnp.PyArray_FLAGS(source) & cnp.NPY_ARRAY_C_CONTIGUOUS:
                out = new_tensor(cnp.PyArray_NDIM(source), cnp.PyArray_DIMS(source), NULL, (<cnp.ndarray>source).descr)
            else:
                source = out = as_new_tensor(source)
            if sort_lines(source, out, d, which, False):
                return out
    return call_plain(np.sort, (a, axis, kind, order), given(stable, descending))


cdef object as_new_tensor(cnp.ndarray a):
    """A copy in the same order of axes."""
    return as_tensor(PyArray_NewCopy(plain(a), cnp.NPY_KEEPORDER), False)


def sort_method(self, axis=-1, kind=None, order=None, *, stable=None, descending=None):
    """Sort the array in place; see :meth:`numpy.ndarray.sort`."""
    cdef int d = 0, which = read_kind(kind, order, stable, descending)
    if which >= 0 and is_array(<PyObject *>self) and read_axis(self, axis, &d) and (
            cnp.PyArray_FLAGS(self) & (cnp.NPY_ARRAY_WRITEABLE | TORSOR_UNUSUAL) == cnp.NPY_ARRAY_WRITEABLE):
        if sort_lines(self, self, d, which, False):
            return None
    return call_plain(np.ndarray.sort, (self, axis, kind, order), given(stable, descending))


cdef object places(object a, object axis, object kind, object order, object stable, object descending):
    """argsort; NotImplemented where NumPy has to do it."""
    cdef int d = 0, which = read_kind(kind, order, stable, descending)
    if which < 0 or not is_array(<PyObject *>a):
        return NotImplemented
    if axis is None:
        a, axis = cnp.PyArray_Ravel(a, cnp.NPY_CORDER), -1
    if not read_axis(a, axis, &d):
        return NotImplemented
    out = new_tensor(cnp.PyArray_NDIM(a), cnp.PyArray_DIMS(a), NULL, code_dtype(INT64))
    if not sort_lines(a, out, d, which, True):
        return NotImplemented
    return out


def argsort(a, axis=-1, kind=None, order=None, *, stable=None, descending=None):
    """The indices that sort an array; see :func:`numpy.argsort`.

    Parameters
    ----------
    a : array_like
    axis : int or None, optional
        The axis to sort along; None sorts the flattened array.
    kind : {"quicksort", "mergesort", "heapsort", "stable"}, optional
    order : str or list of str, optional
        Fields to compare, of a structured array.
    stable : bool, optional
        Whether equal elements keep their order.
    descending : bool, optional
        Whether the greatest come first; from NumPy 2.5 on.

    Returns
    -------
    Tensor of ints
        Of the shape of ``a``.
    """
    result = places(a, axis, kind, order, stable, descending)
    if result is not NotImplemented:
        return result
    return call_plain(np.argsort, (a, axis, kind, order), given(stable, descending))


def argsort_method(self, axis=-1, kind=None, order=None, *, stable=None, descending=None):
    """The indices that sort the array; see :meth:`numpy.ndarray.argsort`."""
    result = places(self, axis, kind, order, stable, descending)
    if result is not NotImplemented:
        return result
    return call_plain(np.ndarray.argsort, (self, axis, kind, order), given(stable, descending))


cdef object _partition = np.ndarray.partition, _argpartition = np.ndarray.argpartition


cdef bint is_partitioned(object a, object kth, object axis, object kind, object order):
    """Whether NumPy's method does it, which tells of errors as its function does."""
    cdef int d = 0
    return type(kth) is int and type(kind) is str and kind == "introselect" and order is None and read_axis(a, axis, &d)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """A copy with the k-th element in its place, none greater before it; see :func:`numpy.partition`."""
    if is_array(<PyObject *>a) and is_partitioned(a, kth, axis, kind, order):
        if cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS:
            out = copied(a, False)
        else:
            out = as_new_tensor(a)
        _partition(out, kth, axis)
        return out
    return call_plain(np.partition, (a, kth, axis, kind, order), None)


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    """The indices that partition an array; see :func:`numpy.argpartition`."""
    cdef PyObject *args[3]
    if is_array(<PyObject *>a) and is_partitioned(a, kth, axis, kind, order):
        view = plain(a)
        args[0], args[1], args[2] = <PyObject *>view, <PyObject *>kth, <PyObject *>axis
        return as_tensor(PyObject_Vectorcall(_argpartition, args, 3, NULL), False)
    return call_plain(np.argpartition, (a, kth, axis, kind, order), None)


def lexsort(keys, axis=-1):
    """The indices that sort by several keys, the last one first; see :func:`numpy.lexsort`.

    Parameters
    ----------
    keys : sequence of array_like or array_like
        Of one shape.
    axis : int, optional
        The axis to sort along.

    Returns
    -------
    Tensor of ints
    """
    cdef Py_ssize_t k
    if type(keys) is tuple and type(axis) is int and axis == -1 and keys:
        for k in range(len(<tuple>keys)):
            if not is_array(<PyObject *>(<tuple>keys)[k]) or cnp.PyArray_NDIM((<tuple>keys)[k]) != 1:
                return _lexsort(keys, axis)
        if cnp.PyArray_SIZE((<tuple>keys)[0]) < LONG:
            return as_tensor(PyArray_LexSort(keys, -1), False)
    order = by_keys(keys) if (type(keys) is tuple or type(keys) is list) and axis == -1 else None
    return _lexsort(keys, axis) if order is None else order


cdef object _lexsort = face.Function(np.lexsort, "torsor")


cdef object by_keys(object keys):
    """lexsort of vectors; None where NumPy has to do it."""
    cdef int d = 0
    cdef cnp.npy_intp n = -1
    order = None
    for key in keys:
        if not is_array(<PyObject *>key) or cnp.PyArray_NDIM(key) != 1 or not read_axis(key, -1, &d):
            return None
        if n >= 0 and cnp.PyArray_SIZE(key) != n or (<cnp.ndarray>key).descr.itemsize <= 2:
            return None             # of few bytes NumPy's stable sort is as fast
        n = cnp.PyArray_SIZE(key)
    if n < LONG:
        return None
    for key in keys:
        found = places(key if order is None else key[order], -1, "stable", None, None, None)
        if found is NotImplemented:
            return None
        order = found if order is None else order[found]
    return order
