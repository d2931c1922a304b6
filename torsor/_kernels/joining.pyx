"""Arrays joined: one after the other along an axis, or along a new one.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels.arrays cimport is_viewable, read_axis, read_int, torsor_part, torsor_shared
from torsor._kernels.creation cimport element
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
    BOTH = cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS
    LARGE = 1 << 20             # bytes of a block that is better copied once

cdef struct Join:               # rows that consist of a piece of each array
    char *into
    char *sources[MANY]
    cnp.npy_intp pieces[MANY]   # bytes
    cnp.npy_intp steps[MANY]    # from the piece of one row to that of the next
    cnp.npy_intp row, rows, parts
    int n, even                 # arrays; bytes of a piece, where all are alike


ctypedef fused item_t:
    uint32_t
    uint64_t


cdef inline void pair(item_t *into, const item_t *a, const item_t *b, cnp.npy_intp n) noexcept nogil:
    cdef cnp.npy_intp r
    for r in range(n):
        into[2 * r] = a[r]
        into[2 * r + 1] = b[r]


cdef inline void interleave(char *into, cnp.npy_intp row, const char *source, cnp.npy_intp n,
                            cnp.npy_intp size) noexcept nogil:
    cdef cnp.npy_intp r
    for r in range(n):
        memcpy(into + r * row, source + r * size, size)


cdef void join_rows(const Join *j, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    cdef cnp.npy_intp r
    cdef char *into = j.into + start * j.row
    cdef int k
    if j.n == 2 and j.even > 0 and (<size_t>j.sources[0] | <size_t>j.sources[1]) % j.even == 0:
        if j.even == 4:
            pair(<uint32_t *>into, <uint32_t *>j.sources[0] + start, <uint32_t *>j.sources[1] + start, stop - start)
            return
        if j.even == 8:
            pair(<uint64_t *>into, <uint64_t *>j.sources[0] + start, <uint64_t *>j.sources[1] + start, stop - start)
            return
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
            memcpy(into, j.sources[k] + r * j.steps[k], j.pieces[k])
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


cdef void carry_out(Join *j) noexcept:
    """Write all rows, on as many threads as that is worth."""
    cdef int width = threads.width_for(<double>j.row * j.rows, PIECE)
    if j.rows > 1:
        width = <int>min(<cnp.npy_intp>width, j.rows)
    j.parts = 1 if width <= 1 else 4 * width if j.rows == 1 or j.rows > 4 * width else width
    threads.run(join_part, j, j.parts, width, <double>j.row * j.rows >= PIECE)


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
    """The arrays one after the other along an axis; NotImplemented where they are not alike and in one order."""
    cdef Join j
    cdef cnp.npy_intp shape[64]
    cdef cnp.npy_intp own[64]
    cdef cnp.npy_intp strides[64]
    cdef cnp.ndarray a, first
    cdef cnp.npy_intp inner
    cdef int k, d, nd, along, order = cnp.NPY_ARRAY_C_CONTIGUOUS
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
    if way == KEEP and nd > 1 and cnp.PyArray_FLAGS(first) & BOTH == cnp.NPY_ARRAY_F_CONTIGUOUS:
        order = cnp.NPY_ARRAY_F_CONTIGUOUS          # the transposed arrays in C order
        for d in range(nd):
            if shape[d] == 1:
                return NotImplemented               # with a stride that says nothing
        along = nd - 1 - along
        reverse(shape, nd)
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
        if a.descr is not first.descr or a.ndim > 60 or expand(a, way, along, own) != nd:
            return NotImplemented
        if order == cnp.NPY_ARRAY_F_CONTIGUOUS:
            if cnp.PyArray_FLAGS(a) & BOTH != order:
                return NotImplemented
            reverse(own, nd)
        if (not cnp.PyArray_FLAGS(a) & order or memcmp(own, shape, along * sizeof(cnp.npy_intp))
                or memcmp(own + along + 1, shape + along + 1, (nd - 1 - along) * sizeof(cnp.npy_intp))):
            return NotImplemented
        shape[along] += own[along]
        j.sources[k] = <char *>cnp.PyArray_DATA(a)
        j.pieces[k] = j.steps[k] = own[along] * inner
        j.row += j.pieces[k]
        if own[along] * inner > 8 or j.even >= 0 and j.even != own[along] * inner:
            j.even = 0
        elif j.even < 0:
            j.even = <int>(own[along] * inner)
    if order == cnp.NPY_ARRAY_F_CONTIGUOUS:
        reverse(shape, nd)
        inner = first.descr.itemsize
        for d in range(nd):
            strides[d] = inner
            inner *= shape[d] if shape[d] else 1
        result = new_tensor(nd, shape, strides, first.descr)
    else:
        result = new_tensor(nd, shape, NULL, first.descr)
    j.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    carry_out(&j)
    return result


cdef void reverse(cnp.npy_intp *shape, int nd) noexcept:
    cdef int d
    cdef cnp.npy_intp n
    for d in range(nd // 2):
        n = shape[d]
        shape[d] = shape[nd - 1 - d]
        shape[nd - 1 - d] = n


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


# ---------------------------------------------------------------------------------------- cut and joined

cdef bint start_cut(Join *j, object arr, object axis, cnp.npy_intp *shape, int *nd, int *along,
                    cnp.npy_intp *inner) noexcept:
    """Whether an array can be cut along an axis, and how it lies about it."""
    cdef cnp.ndarray a
    cdef int d
    if not is_array(<PyObject *>arr):
        return False
    a = <cnp.ndarray>arr
    if a.ndim == 0 or a.ndim > 60 or type_code(a.descr) < 0 or not cnp.PyArray_FLAGS(a) & cnp.NPY_ARRAY_C_CONTIGUOUS:
        return False
    nd[0], along[0], inner[0], j.rows, j.even, j.row = 1, 0, a.descr.itemsize, 1, 0, 0
    if axis is None:
        shape[0] = cnp.PyArray_SIZE(a)
        return True
    if not read_axis(axis, a.ndim, along):
        return False
    nd[0] = a.ndim
    for d in range(a.ndim):
        shape[d] = a.shape[d]
        if d < along[0]:
            j.rows *= shape[d]
        elif d > along[0]:
            inner[0] *= shape[d]
    return True


cdef inline void add_piece(Join *j, int k, char *source, cnp.npy_intp size, cnp.npy_intp step) noexcept:
    j.sources[k], j.pieces[k], j.steps[k] = source, size, step
    j.row += size


cdef object rejoined(Join *j, cnp.ndarray a, int nd, cnp.npy_intp *shape):
    result = new_tensor(nd, shape, NULL, a.descr)
    j.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    if j.row and j.rows:
        carry_out(j)
    return result


def delete(arr, obj, axis=None):
    """An array without what indices name along an axis; see :func:`numpy.delete`."""
    cdef Join j
    cdef cnp.npy_intp shape[64]
    cdef cnp.npy_intp inner, n
    cdef Py_ssize_t at
    cdef int nd, along
    cdef char *data
    if read_int(obj, &at) and start_cut(&j, arr, axis, shape, &nd, &along, &inner):
        n, data = shape[along], <char *>cnp.PyArray_DATA(<cnp.ndarray>arr)
        if -n <= at < n:
            if at < 0:
                at += n
            j.n = 2
            add_piece(&j, 0, data, at * inner, n * inner)
            add_piece(&j, 1, data + (at + 1) * inner, (n - 1 - at) * inner, n * inner)
            shape[along] = n - 1
            return rejoined(&j, <cnp.ndarray>arr, nd, shape)
    return call_plain(np.delete, (arr, obj, axis), None)


def insert(arr, obj, values, axis=None):
    """An array with values put in before an index along an axis; see :func:`numpy.insert`."""
    cdef Join j
    cdef cnp.npy_intp shape[64]
    cdef cnp.npy_intp inner, n, more = -1
    cdef Py_ssize_t at
    cdef int nd, along
    cdef char item[16]
    cdef char *data
    cdef char *given = item
    if read_int(obj, &at) and start_cut(&j, arr, axis, shape, &nd, &along, &inner) and (
            inner == (<cnp.ndarray>arr).descr.itemsize):
        n, data = shape[along], <char *>cnp.PyArray_DATA(<cnp.ndarray>arr)
        if not is_array(<PyObject *>values):
            more = 1 if element(values, (<cnp.ndarray>arr).descr, item) else -1
        elif nd == 1 and (<cnp.ndarray>values).ndim <= 1 and (
                (<cnp.ndarray>values).descr is (<cnp.ndarray>arr).descr
                and cnp.PyArray_FLAGS(<cnp.ndarray>values) & cnp.NPY_ARRAY_C_CONTIGUOUS):
            given, more = <char *>cnp.PyArray_DATA(<cnp.ndarray>values), cnp.PyArray_SIZE(<cnp.ndarray>values)
        if -n <= at <= n and more >= 0:
            if at < 0:
                at += n
            j.n = 3
            add_piece(&j, 0, data, at * inner, n * inner)
            add_piece(&j, 1, given, more * inner, 0)
            add_piece(&j, 2, data + at * inner, (n - at) * inner, n * inner)
            shape[along] = n + more
            return rejoined(&j, <cnp.ndarray>arr, nd, shape)
    return call_plain(np.insert, (arr, obj, values, axis), None)


# ---------------------------------------------------------------------------------------- blocks

cdef object join_blocks(object blocks, int depth, int level):
    """The arrays of a nested list joined; NotImplemented where they are not alike, nested alike and of enough axes."""
    cdef cnp.npy_intp shape[2]
    if level == depth:
        if not is_array(<PyObject *>blocks) or depth > 1 and cnp.PyArray_NBYTES(<cnp.ndarray>blocks) > LARGE:
            return NotImplemented
        if cnp.PyArray_NDIM(<cnp.ndarray>blocks) >= depth:
            return blocks
        if depth != 2 or cnp.PyArray_NDIM(<cnp.ndarray>blocks) != 1 or not is_viewable(blocks) or (
                not cnp.PyArray_FLAGS(<cnp.ndarray>blocks) & cnp.NPY_ARRAY_C_CONTIGUOUS):
            return NotImplemented
        shape[0], shape[1] = 1, cnp.PyArray_DIM(<cnp.ndarray>blocks, 0)
        return torsor_part(blocks, 2, shape, NULL, <char *>cnp.PyArray_DATA(<cnp.ndarray>blocks))
    if type(blocks) is not list:
        return NotImplemented
    parts = []
    for x in blocks:
        part = join_blocks(x, depth, level + 1)
        if part is NotImplemented:
            return NotImplemented
        parts.append(part)
    if len(parts) == 1 and level + 1 < depth:
        return parts[0]                     # new already
    return join(tuple(parts), KEEP, level - depth)


def block(arrays):
    """An array made of the blocks in a nested list; see :func:`numpy.block`."""
    cdef int depth = 0
    first = arrays
    while type(first) is list and first and depth < 8:
        first = first[0]
        depth += 1
    result = join_blocks(arrays, depth, 0) if depth else NotImplemented
    return call_plain(np.block, (arrays,), None, 9) if result is NotImplemented else result
