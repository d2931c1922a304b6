"""Arrays copied and reshaped: elements move, none is computed.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels cimport threads
from torsor._kernels.engine cimport type_code
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, is_tensor, new_tensor, plain
from torsor._kernels.transfer cimport transfer

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    ctypedef struct PyArray_Dims:
        cnp.npy_intp *ptr
        int len
    PyObject *PyArray_Newshape(cnp.ndarray, PyArray_Dims *, int) except NULL

cdef extern from "tensor.h":
    void *torsor_shared
    bint torsor_adoptable "torsor_shared->adoptable"
    int TORSOR_UNUSUAL
    object torsor_part(object a, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, char *data)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MOST = 64                   # axes
    LARGE = 1 << 18             # bytes that are worth more than a single memcpy
    PIECE = 1 << 16             # bytes that are worth a thread
    SHORT = 1700                # elements
    FEW = 8                     # elements of an axis that are not worth vectors

cdef object _ascontiguousarray, _asfortranarray
_ndarray_copy, _ndarray_ravel, _ndarray_reshape = np.ndarray.copy, np.ndarray.ravel, np.ndarray.reshape


cdef object copied(cnp.ndarray a, bint fortran):
    """A new Tensor with the elements in C order, or in Fortran's."""
    cdef cnp.npy_intp shape[MOST]
    cdef cnp.npy_intp strides[MOST]
    cdef cnp.npy_intp steps[MOST]
    cdef cnp.npy_intp step = a.descr.itemsize
    cdef int d, nd = a.ndim
    if not fortran:
        new = new_tensor(nd, a.shape, NULL, a.descr)
        if cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS and cnp.PyArray_NBYTES(a) < LARGE:
            memcpy(cnp.PyArray_DATA(<cnp.ndarray>new), cnp.PyArray_DATA(a), cnp.PyArray_NBYTES(a))
        else:
            transfer(<char *>cnp.PyArray_DATA(<cnp.ndarray>new), <char *>cnp.PyArray_DATA(a), nd, a.shape, a.strides,
                     a.descr.itemsize)
        return new
    for d in range(nd):                     # the transposed array in C order
        shape[d], strides[d] = a.shape[nd - 1 - d], a.strides[nd - 1 - d]
        steps[d] = step
        step *= a.shape[d]
    new = new_tensor(nd, a.shape, steps, a.descr)
    transfer(<char *>cnp.PyArray_DATA(<cnp.ndarray>new), <char *>cnp.PyArray_DATA(a), nd, shape, strides,
             a.descr.itemsize)
    return new


cdef object raveled(cnp.ndarray a):
    """The elements in C order, in one row."""
    cdef cnp.npy_intp n = cnp.PyArray_SIZE(a)
    new = new_tensor(1, &n, NULL, a.descr)
    transfer(<char *>cnp.PyArray_DATA(<cnp.ndarray>new), <char *>cnp.PyArray_DATA(a), a.ndim, a.shape, a.strides,
             a.descr.itemsize)
    return new


cdef inline bint is_ours(object x):
    return (is_array(<PyObject *>x) and type_code((<cnp.ndarray>x).descr) >= 0 and 0 < (<cnp.ndarray>x).ndim <= MOST
            and cnp.PyArray_SIZE(<cnp.ndarray>x) > 0)


cdef bint is_turned(cnp.ndarray a, bint fortran):
    """Whether a copy in C order, or in Fortran's, is one that vectors make (transfer.h): of every other element, of
    elements backwards, or of what runs along another axis."""
    cdef int d, nd = a.ndim, last = 0 if fortran else nd - 1
    cdef cnp.npy_intp size = a.descr.itemsize
    if a.strides[last] == 2 * size or a.strides[last] == -size:
        return a.shape[last] >= FEW
    for d in range(nd):
        if d != last and a.strides[d] == size and a.shape[d] >= FEW and a.shape[last] >= FEW:
            return True
    return False


cdef inline bint is_worth_it(object x, bint fortran):
    """Whether vectors or several threads copy it; NumPy's loops are as good as one."""
    return is_turned(<cnp.ndarray>x, fortran) or cnp.PyArray_NBYTES(<cnp.ndarray>x) >= LARGE and threads.width_for(
        <double>cnp.PyArray_NBYTES(<cnp.ndarray>x), PIECE) > 1


cdef bint is_short(object x):
    """Whether it is copied in less time than NumPy takes to read its arguments."""
    return cnp.PyArray_SIZE(<cnp.ndarray>x) <= SHORT


cdef bint keeps_order(cnp.ndarray a, bint fortran):
    """Whether a copy in C order, or in Fortran's, is one in the order that the array has, and done as fast."""
    cdef int d, e, nd = a.ndim
    if cnp.PyArray_FLAGS(a) & (cnp.NPY_ARRAY_F_CONTIGUOUS if fortran else cnp.NPY_ARRAY_C_CONTIGUOUS):
        return True
    if nd > MOST or not (is_short(a) or is_worth_it(a, fortran)):
        return False
    for d in range(nd):
        e = nd - 1 - d if fortran else d
        if a.strides[e] <= 0 or a.shape[e] < 2:         # NumPy has rules of its own for such axes
            return False
        if d and a.strides[e] >= a.strides[e + 1 if fortran else e - 1]:
            return False
    return True


def copy(a, order="K", subok=False):
    """A copy of an array; see :func:`numpy.copy`."""
    if subok is False and type(order) is str and is_ours(a):
        if order == "K":
            if keeps_order(<cnp.ndarray>a, False):
                return copied(<cnp.ndarray>a, False)
            if keeps_order(<cnp.ndarray>a, True):
                return copied(<cnp.ndarray>a, True)
        elif (order == "C" or order == "F") and (is_worth_it(a, order == "F") or is_short(a)):
            return copied(<cnp.ndarray>a, order == "F")
    return call_plain(np.copy, (a, order, subok), None)


def copy_method(self, order="C"):
    """A copy of the array; see :meth:`numpy.ndarray.copy`."""
    if is_tensor(<PyObject *>self) and type(order) is str and is_ours(self) and (
            is_worth_it(self, order == "F") or is_short(self) or (
                cnp.PyArray_FLAGS(<cnp.ndarray>self) & cnp.NPY_ARRAY_C_CONTIGUOUS)):
        if order == "C":
            return copied(<cnp.ndarray>self, False)
        if order == "F":
            return copied(<cnp.ndarray>self, True)
    return _ndarray_copy(self, order)


def ravel(self, order="C"):
    """The elements in one row; see :meth:`numpy.ndarray.ravel`."""
    if (is_tensor(<PyObject *>self) and type(order) is str and order == "C" and is_ours(self)
            and (is_worth_it(self, False) or is_short(self))
            and not cnp.PyArray_FLAGS(<cnp.ndarray>self) & cnp.NPY_ARRAY_C_CONTIGUOUS):
        return raveled(<cnp.ndarray>self)
    return _ndarray_ravel(self, order)


def ascontiguousarray(a, dtype=None, *, like=None):
    """The array in C order, with one axis or more; see :func:`numpy.ascontiguousarray`."""
    if dtype is None and like is None and is_array(<PyObject *>a) and (<cnp.ndarray>a).ndim:
        if not cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_C_CONTIGUOUS:
            if is_ours(a) and (is_worth_it(a, False) or is_short(a)):
                return copied(<cnp.ndarray>a, False)
        elif is_tensor(<PyObject *>a):
            return a
    return _ascontiguousarray(a, dtype, like=like)


def asfortranarray(a, dtype=None, *, like=None):
    """The array in Fortran order; see :func:`numpy.asfortranarray`."""
    if dtype is None and like is None and is_array(<PyObject *>a) and (<cnp.ndarray>a).ndim:
        if not cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_F_CONTIGUOUS:
            if is_ours(a) and (is_worth_it(a, True) or is_short(a)):
                return copied(<cnp.ndarray>a, True)
        elif is_tensor(<PyObject *>a):
            return a
    return _asfortranarray(a, dtype, like=like)


def connect(ascontiguousarray, asfortranarray):
    """Take NumPy's functions as torsor shows them; called once, by the chapter."""
    global _ascontiguousarray, _asfortranarray
    _ascontiguousarray, _asfortranarray = ascontiguousarray, asfortranarray


def reshape(self, *shape, **kwargs):
    """The same elements in another shape; see :meth:`numpy.ndarray.reshape`."""
    cdef cnp.ndarray a
    cdef cnp.npy_intp dims[8]
    cdef PyArray_Dims wanted
    cdef Py_ssize_t total = 1, size
    cdef int k, unknown = -1, nd = len(shape)
    if (is_tensor(<PyObject *>self) and not kwargs and 0 < nd <= 8 and torsor_adoptable
            and cnp.PyArray_FLAGS(self) & (TORSOR_UNUSUAL | cnp.NPY_ARRAY_C_CONTIGUOUS) == cnp.NPY_ARRAY_C_CONTIGUOUS):
        a = <cnp.ndarray>self
        size = cnp.PyArray_SIZE(a)
        for k in range(nd):
            if type(shape[k]) is not int or not -1 <= shape[k] <= size:
                break
            dims[k] = shape[k]
            if dims[k] == -1:
                if unknown >= 0:
                    break
                unknown = k
            elif dims[k] and total > size // dims[k]:
                break                    # too many elements, or it would overflow
            else:
                total *= dims[k]
        else:
            if unknown >= 0 and total > 0 and size % total == 0:
                dims[unknown] = size // total
                total = size
            elif unknown >= 0:
                total = -1
            if total == size and size > 0:
                return torsor_part(a, nd, dims, NULL, <char *>cnp.PyArray_DATA(a))
    elif is_tensor(<PyObject *>self) and not kwargs and 0 < nd <= 8:
        for k in range(nd):
            if type(shape[k]) is not int or not -1 <= shape[k] <= cnp.PyArray_SIZE(self):
                break
            dims[k] = shape[k]
        else:
            a = <cnp.ndarray>self
            if nd == 1 and a.ndim == 2 and (dims[0] == -1 or dims[0] == cnp.PyArray_SIZE(a)) and is_ours(a) and (
                    a.shape[0] > 1 and a.shape[1] > 1 and a.strides[0] != a.shape[1] * a.strides[1]
                    and is_worth_it(a, False)):
                return raveled(a)               # no view shows that
            wanted.ptr, wanted.len = dims, nd
            view = plain(self)
            return as_tensor(PyArray_Newshape(view, &wanted, cnp.NPY_CORDER), False)
    return _ndarray_reshape(self, *shape, **kwargs)
