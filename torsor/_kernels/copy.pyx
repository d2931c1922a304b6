"""Arrays copied, reshaped and joined: elements move, none is computed.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels.engine cimport type_code
from torsor._kernels.tensor cimport call_plain, is_array, is_tensor, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared
    bint torsor_adoptable "torsor_shared->adoptable"
    int TORSOR_UNUSUAL
    object torsor_part(object a, int nd, const cnp.npy_intp *shape, const cnp.npy_intp *strides, char *data)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

_ndarray_copy, _ndarray_reshape = np.ndarray.copy, np.ndarray.reshape


def copy(self, order="C"):
    """A copy of the array; see :meth:`numpy.ndarray.copy`."""
    cdef cnp.ndarray a
    if is_tensor(<PyObject *>self) and type(order) is str and order == "C":
        a = <cnp.ndarray>self
        if cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS and type_code(a.descr) >= 0 and cnp.PyArray_SIZE(a):
            new = new_tensor(a.ndim, a.shape, NULL, a.descr)
            memcpy(cnp.PyArray_DATA(<cnp.ndarray>new), cnp.PyArray_DATA(a), cnp.PyArray_NBYTES(a))
            return new
    return _ndarray_copy(self, order)


def reshape(self, *shape, **kwargs):
    """The same elements in another shape; see :meth:`numpy.ndarray.reshape`."""
    cdef cnp.ndarray a
    cdef cnp.npy_intp dims[8]
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
    return _ndarray_reshape(self, *shape, **kwargs)


# ---------------------------------------------------------------------------------------- joining

cdef enum:
    MANY = 64                   # arrays; NumPy joins more
    PIECE = 1 << 17             # bytes that are worth a thread

cdef struct Join:               # rows that consist of a piece of each array
    char *into
    char *sources[MANY]
    cnp.npy_intp pieces[MANY]   # bytes
    cnp.npy_intp row, rows, parts
    int n


cdef void join_rows(const Join *j, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    cdef cnp.npy_intp r
    cdef char *into = j.into + start * j.row
    cdef int k
    for r in range(start, stop):
        for k in range(j.n):
            memcpy(into, j.sources[k] + r * j.pieces[k], j.pieces[k])
            into += j.pieces[k]


cdef void join_bytes(const Join *j, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    """Some bytes of the only row."""
    cdef cnp.npy_intp at = 0, low, high
    cdef int k
    for k in range(j.n):
        low, high = max(start - at, <cnp.npy_intp>0), min(stop - at, j.pieces[k])
        if low < high:
            memcpy(j.into + at + low, j.sources[k] + low, high - low)
        at += j.pieces[k]


cdef int join_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Join *j = <Join *>work
    if j.rows == 1:
        join_bytes(j, j.row // j.parts * part, j.row if part + 1 == j.parts else j.row // j.parts * (part + 1))
    else:
        join_rows(j, j.rows * part // j.parts, j.rows * (part + 1) // j.parts)
    return 0


cdef object join(tuple arrays, object axis):
    """The arrays one after the other along an axis; NotImplemented where they are not alike and in C order."""
    cdef Join j
    cdef cnp.npy_intp shape[64]
    cdef cnp.ndarray a, first
    cdef cnp.npy_intp inner
    cdef int k, d, nd, along, width
    j.n = len(arrays)
    if j.n == 0 or j.n > MANY or not is_array(<PyObject *>arrays[0]):
        return NotImplemented
    first = <cnp.ndarray>arrays[0]
    nd = first.ndim
    if type_code(first.descr) < 0 or not -nd <= axis < nd:
        return NotImplemented
    along = axis + nd if axis < 0 else axis
    memcpy(shape, first.shape, nd * sizeof(cnp.npy_intp))
    shape[along] = 0
    inner, j.rows = first.descr.itemsize, 1
    for d in range(nd):
        if d < along:
            j.rows *= shape[d]
        elif d > along:
            inner *= shape[d]
    if inner == 0 or j.rows == 0:
        return NotImplemented
    j.row = 0
    for k in range(j.n):
        if not is_array(<PyObject *>arrays[k]):
            return NotImplemented
        a = <cnp.ndarray>arrays[k]
        if (a.descr is not first.descr or a.ndim != nd or not cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS
                or memcmp(a.shape, first.shape, along * sizeof(cnp.npy_intp))
                or memcmp(a.shape + along + 1, first.shape + along + 1, (nd - 1 - along) * sizeof(cnp.npy_intp))):
            return NotImplemented
        shape[along] += a.shape[along]
        j.sources[k] = <char *>cnp.PyArray_DATA(a)
        j.pieces[k] = a.shape[along] * inner
        j.row += j.pieces[k]
    result = new_tensor(nd, shape, NULL, first.descr)
    j.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    width = threads.width_for(<double>j.row * j.rows, PIECE)
    if j.rows > 1:
        width = <int>min(<cnp.npy_intp>width, j.rows)
    if width > 1:
        j.parts = 4 * width if j.rows == 1 or j.rows > 4 * width else width
        with nogil:
            threads.share(join_part, &j, j.parts, width)
    else:
        join_rows(&j, 0, j.rows)
    return result


def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Join a sequence of arrays along an existing axis; see :func:`numpy.concatenate`.

    Parameters
    ----------
    arrays : sequence of array_like
        Of one shape but for ``axis``.
    axis : int or None, optional
        The axis to join along; None joins the flattened arrays.
    out : ndarray, optional
        Where the result goes.
    dtype : dtype, optional
        Of the result; not together with ``out``.
    casting : str, optional
        Which conversions are allowed, "same_kind" by default.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If there is no array, or the shapes do not fit.
    """
    if (type(arrays) is tuple or type(arrays) is list) and type(axis) is int and (
            out is None and dtype is None and casting == "same_kind"):
        result = join(tuple(arrays), axis)       # which nobody else can change meanwhile
        if result is not NotImplemented:
            return result
    return call_plain(np.concatenate, (arrays, axis, out), {"dtype": dtype, "casting": casting})
