"""Arrays joined: one after the other along an axis, or along a new one.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels.arrays cimport read_axis, torsor_shared
from torsor._kernels.engine cimport FLOAT64, type_code
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    MANY = 64                   # arrays; NumPy joins more
    PIECE = 1 << 17             # bytes that are worth a thread
    INTERLEAVED = 256           # rows that are written array by array

cdef struct Join:               # rows that consist of a piece of each array
    char *into
    char *sources[MANY]
    cnp.npy_intp pieces[MANY]   # bytes
    cnp.npy_intp row, rows, parts
    int n, even                 # arrays; bytes of a piece, where all are alike


cdef inline void interleave(char *into, cnp.npy_intp row, const char *source, cnp.npy_intp n,
                            cnp.npy_intp size) noexcept nogil:
    cdef cnp.npy_intp r
    for r in range(n):
        memcpy(into + r * row, source + r * size, size)


cdef void join_rows(const Join *j, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    cdef cnp.npy_intp r
    cdef char *into = j.into + start * j.row
    cdef int k
    if j.even == 8 or j.even == 4:
        while start < stop:                 # so many that they stay in the cache
            r = min(<cnp.npy_intp>INTERLEAVED, stop - start)
            for k in range(j.n):
                if j.even == 8:
                    interleave(into + 8 * k, j.row, j.sources[k] + 8 * start, r, 8)
                else:
                    interleave(into + 4 * k, j.row, j.sources[k] + 4 * start, r, 4)
            start += r
            into += r * j.row
        return
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


cdef enum:                      # what is done to an array's shape first, with ones
    KEEP, NEW_AXIS, FLAT, LINES, ROWS, COLUMNS, PLANES


cdef int expand(cnp.ndarray a, int way, int along, cnp.npy_intp *shape) noexcept:
    """The shape that an array is joined in; returns its axes."""
    cdef int d, nd = a.ndim
    if way == FLAT:
        shape[0] = cnp.PyArray_SIZE(a)
        return 1
    if way == NEW_AXIS:
        for d in range(nd + 1):
            shape[d] = a.shape[d] if d < along else 1 if d == along else a.shape[d - 1]
        return nd + 1
    if nd == 0 and way != KEEP:
        shape[0] = shape[1] = shape[2] = 1
        return 1 if way == LINES else 3 if way == PLANES else 2
    memcpy(shape, a.shape, nd * sizeof(cnp.npy_intp))
    if nd == 1 and (way == ROWS or way == PLANES):
        shape[0], shape[1] = 1, a.shape[0]
        nd = 2
    elif nd == 1 and way == COLUMNS:
        shape[1] = 1
        nd = 2
    if nd == 2 and way == PLANES:
        shape[2] = 1
        nd = 3
    return nd


cdef object join(tuple arrays, int way, object axis):
    """The arrays one after the other along an axis; NotImplemented where they are not alike and in C order."""
    cdef Join j
    cdef cnp.npy_intp shape[64]
    cdef cnp.npy_intp own[64]
    cdef cnp.ndarray a, first
    cdef cnp.npy_intp inner
    cdef int k, d, nd, along, width
    j.n = len(arrays)
    if j.n == 0 or j.n > MANY or not is_array(<PyObject *>arrays[0]):
        return NotImplemented
    first = <cnp.ndarray>arrays[0]
    nd = first.ndim
    if type_code(first.descr) < 0 or nd > 60:
        return NotImplemented
    if way == LINES:
        axis = 0 if nd <= 1 else 1
    if not read_axis(axis, nd + 1 if way == NEW_AXIS else 64 if way > NEW_AXIS else nd, &along):
        return NotImplemented
    nd = expand(first, way, along, shape)
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
    j.even = -1
    for k in range(j.n):
        if not is_array(<PyObject *>arrays[k]):
            return NotImplemented
        a = <cnp.ndarray>arrays[k]
        if (a.descr is not first.descr or a.ndim > 60 or not cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS
                or expand(a, way, along, own) != nd or memcmp(own, shape, along * sizeof(cnp.npy_intp))
                or memcmp(own + along + 1, shape + along + 1, (nd - 1 - along) * sizeof(cnp.npy_intp))):
            return NotImplemented
        shape[along] += own[along]
        j.sources[k] = <char *>cnp.PyArray_DATA(a)
        j.pieces[k] = own[along] * inner
        j.row += j.pieces[k]
        if own[along] * inner > 8 or j.even >= 0 and j.even != own[along] * inner:
            j.even = 0
        elif j.even < 0:
            j.even = <int>(own[along] * inner)
    result = new_tensor(nd, shape, NULL, first.descr)
    j.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    width = threads.width_for(<double>j.row * j.rows, PIECE)
    if j.rows > 1:
        width = <int>min(<cnp.npy_intp>width, j.rows)
    j.parts = 1 if width <= 1 else 4 * width if j.rows == 1 or j.rows > 4 * width else width
    threads.run(join_part, &j, j.parts, width, <double>j.row * j.rows >= PIECE)
    return result


cdef inline object join_all(object arrays, int way, object axis, object dtype, object casting):
    if (type(arrays) is tuple or type(arrays) is list) and dtype is None and casting == "same_kind":
        return join(tuple(arrays), way, axis)       # which nobody else can change meanwhile
    return NotImplemented


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
    if out is None:
        result = join_all(arrays, KEEP, axis, dtype, casting)
        if result is not NotImplemented:
            return result
    return call_plain(np.concatenate, (arrays, axis, out), {"dtype": dtype, "casting": casting})


def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """Join arrays of one shape along a new axis; see :func:`numpy.stack`."""
    if out is None:
        result = join_all(arrays, NEW_AXIS, axis, dtype, casting)
        if result is not NotImplemented:
            return result
    return call_plain(np.stack, (arrays, axis, out), {"dtype": dtype, "casting": casting})


def vstack(tup, *, dtype=None, casting="same_kind"):
    """Join arrays along their first axis, vectors as rows; see :func:`numpy.vstack`."""
    result = join_all(tup, ROWS, 0, dtype, casting)
    return call_plain(np.vstack, (tup,), {"dtype": dtype, "casting": casting}) if result is NotImplemented else result


def hstack(tup, *, dtype=None, casting="same_kind"):
    """Join arrays along their second axis, vectors along their only one; see :func:`numpy.hstack`."""
    result = join_all(tup, LINES, 0, dtype, casting)
    return call_plain(np.hstack, (tup,), {"dtype": dtype, "casting": casting}) if result is NotImplemented else result


def dstack(tup):
    """Join arrays along their third axis; see :func:`numpy.dstack`."""
    result = join_all(tup, PLANES, 2, None, "same_kind")
    return call_plain(np.dstack, (tup,), None) if result is NotImplemented else result


def column_stack(tup):
    """Join matrices along their second axis, vectors as columns; see :func:`numpy.column_stack`."""
    result = join_all(tup, COLUMNS, 1, None, "same_kind")
    return call_plain(np.column_stack, (tup,), None) if result is NotImplemented else result


def append(arr, values, axis=None):
    """Join values to the end of an array; see :func:`numpy.append`."""
    result = NotImplemented
    if is_array(<PyObject *>arr):
        given = values
        if type(values) is float and type_code((<cnp.ndarray>arr).descr) == FLOAT64:
            given = new_tensor(0, NULL, NULL, (<cnp.ndarray>arr).descr)
            (<double *>cnp.PyArray_DATA(<cnp.ndarray>given))[0] = values
        if axis is None:
            result = join((arr, given), FLAT, 0)
        else:
            result = join((arr, values), KEEP, axis)
    return call_plain(np.append, (arr, values, axis), None) if result is NotImplemented else result
