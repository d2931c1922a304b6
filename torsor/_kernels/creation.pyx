"""New arrays: of one value, of ranges, with ones in a diagonal, halves of a matrix, grids.

What is out of the ordinary (other dtypes and orders, like=, errors) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from torsor._kernels cimport threads
from torsor._kernels.arrays cimport is_viewable, read_int, read_shape, torsor_shared
from torsor._kernels.engine cimport FLOAT32, N_CODES, Operand, store_weak, take, type_code
from torsor._kernels.tensor cimport as_tensor, call_plain, is_array, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_Diagonal(cnp.ndarray, int, int, int) except NULL

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 1 << 17             # bytes that are worth a thread

cdef cnp.dtype _float64 = np.dtype(np.float64)
cdef cnp.dtype _int64 = np.dtype(np.int64)
cdef cnp.dtype _bool = np.dtype(np.bool_)
cdef cnp.dtype _complex128 = np.dtype(np.complex128)


cdef cnp.dtype dtype_of(object wanted):
    """A dtype of the engine's, or None."""
    cdef cnp.dtype found
    if wanted is float:
        return _float64
    if wanted is int:
        return _int64
    if isinstance(wanted, np.dtype):
        found = <cnp.dtype>wanted
    elif wanted is None:
        return _float64
    else:
        try:
            found = np.dtype(wanted)
        except Exception:
            return None                 # NumPy says why
    return found if type_code(found) >= 0 else None


cdef bint element(object value, cnp.dtype dtype, char *into) except -1:
    """Write a value as an element; 0 where NumPy has to convert it."""
    cdef Operand d
    cdef int code = type_code(dtype)
    if not take(<PyObject *>value, &d) or d.array != NULL:
        return False
    if d.code < N_CODES:
        if d.code != code:
            return False
    elif not store_weak(&d, code) or type(value) is int and not -1 << 53 <= value <= 1 << 53 and code >= FLOAT32:
        return False
    memcpy(into, d.data, dtype.itemsize)
    return True


cdef inline object one_of(cnp.dtype dtype):
    return True if dtype is not None and dtype.type_num == cnp.NPY_BOOL else 1


# ---------------------------------------------------------------------------------------- one value

cdef struct Fill:               # the same element n times
    char *into
    char item[16]
    int size
    cnp.npy_intp n, parts


cdef void fill(char *into, const char *item, int size, cnp.npy_intp n) noexcept nogil:
    cdef cnp.npy_intp i
    cdef uint16_t two
    cdef uint32_t four
    cdef uint64_t eight
    if size == 8:
        memcpy(&eight, item, 8)
        for i in range(n):
            (<uint64_t *>into)[i] = eight
    elif size == 4:
        memcpy(&four, item, 4)
        for i in range(n):
            (<uint32_t *>into)[i] = four
    elif size == 2:
        memcpy(&two, item, 2)
        for i in range(n):
            (<uint16_t *>into)[i] = two
    elif size == 1:
        memset(into, item[0], n)
    else:
        for i in range(n):
            memcpy(into + i * size, item, size)


cdef int fill_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Fill *f = <Fill *>work
    cdef cnp.npy_intp start = f.n * part // f.parts, stop = f.n * (part + 1) // f.parts
    fill(f.into + start * f.size, f.item, f.size, stop - start)
    return 0


cdef object filled(object new, Fill *f):
    """A new array, with its elements written."""
    cdef int width
    f.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>new)
    f.n = cnp.PyArray_SIZE(<cnp.ndarray>new)
    width = threads.width_for(<double>f.n * f.size, PIECE)
    f.parts = 4 * width if width > 1 else 1
    threads.run(fill_part, f, f.parts, width, <double>f.n * f.size >= PIECE)
    return new


cdef object new_filled(object shape, object value, cnp.dtype dtype):
    cdef Fill f
    cdef cnp.npy_intp dims[32]
    cdef int nd
    if dtype is None or not element(value, dtype, f.item):
        return NotImplemented
    nd = read_shape(shape, dims)
    if nd < 0:
        return NotImplemented
    f.size = <int>dtype.itemsize
    return filled(new_tensor(nd, dims, NULL, dtype), &f)


def unwritten(tuple shape, cnp.dtype dtype):
    """A new array of torsor's memory, for a result that has yet to be written."""
    cdef cnp.npy_intp dims[32]
    cdef int nd = read_shape(shape, dims)
    if nd < 0:
        return np.empty(shape, dtype)
    return new_tensor(nd, dims, NULL, dtype)


def ones(shape, dtype=None, order="C", *, device=None, like=None):
    """An array of ones; see :func:`numpy.ones`."""
    if type(order) is str and order == "C" and device is None and like is None:
        made = dtype_of(dtype)
        new = new_filled(shape, one_of(made), made)
        if new is not NotImplemented:
            return new
    return call_plain(np.ones, (shape, dtype, order), {"device": device, "like": like})


def full(shape, fill_value, dtype=None, order="C", *, device=None, like=None):
    """An array of one value; see :func:`numpy.full`."""
    cdef cnp.dtype made = None
    if type(order) is str and order == "C" and device is None and like is None:
        if dtype is not None:
            made = dtype_of(dtype)
        elif type(fill_value) is float:
            made = _float64
        elif type(fill_value) is int:
            made = _int64
        elif type(fill_value) is bool:
            made = _bool
        elif type(fill_value) is complex:
            made = _complex128
        new = new_filled(shape, fill_value, made)
        if new is not NotImplemented:
            return new
    return call_plain(np.full, (shape, fill_value, dtype, order), {"device": device, "like": like})


cdef object like_of(object a, object dtype, object order, object shape, object device, bint zeroed):
    """A new array laid out as another one, or NotImplemented."""
    cdef cnp.ndarray x
    cdef cnp.dtype made
    if shape is not None or device is not None or not is_array(<PyObject *>a) or order != "K":
        return NotImplemented
    x = <cnp.ndarray>a
    made = x.descr if dtype is None else dtype_of(dtype)
    if made is None or type_code(made) < 0 or not cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS:
        return NotImplemented
    return new_tensor(x.ndim, x.shape, NULL, made, zeroed)


def zeros_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Zeros in the shape of another array; see :func:`numpy.zeros_like`."""
    new = like_of(a, dtype, order, shape, device, True)
    if new is NotImplemented:
        return call_plain(np.zeros_like, (a, dtype, order, subok, shape), {"device": device})
    return new


cdef object filled_like(object new, object value):
    cdef Fill f
    if new is NotImplemented or not element(value, (<cnp.ndarray>new).descr, f.item):
        return NotImplemented
    f.size = <int>cnp.PyArray_ITEMSIZE(<cnp.ndarray>new)
    return filled(new, &f)


def ones_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Ones in the shape of another array; see :func:`numpy.ones_like`."""
    new = like_of(a, dtype, order, shape, device, False)
    if new is not NotImplemented:
        new = filled_like(new, one_of((<cnp.ndarray>new).descr))
    if new is NotImplemented:
        return call_plain(np.ones_like, (a, dtype, order, subok, shape), {"device": device})
    return new


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """One value in the shape of another array; see :func:`numpy.full_like`."""
    new = filled_like(like_of(a, dtype, order, shape, device, False), fill_value)
    if new is NotImplemented:
        return call_plain(np.full_like, (a, fill_value, dtype, order, subok, shape), {"device": device})
    return new


# ---------------------------------------------------------------------------------------- matrices

cdef object diagonal_of(cnp.npy_intp rows, cnp.npy_intp columns, Py_ssize_t k, cnp.dtype dtype, const char *item):
    """Zeros, with an element all along the k-th diagonal."""
    cdef cnp.npy_intp dims[2]
    cdef cnp.npy_intp i, first = max(<cnp.npy_intp>-k, <cnp.npy_intp>0), stop = min(rows, columns - k)
    cdef int size = <int>dtype.itemsize
    cdef char *data
    dims[0], dims[1] = rows, columns
    new = new_tensor(2, dims, NULL, dtype, True)
    data = <char *>cnp.PyArray_DATA(<cnp.ndarray>new)
    for i in range(first, stop):
        memcpy(data + (i * columns + i + k) * size, item, size)
    return new


cdef bint read_sides(object N, object M, object k, cnp.npy_intp *rows, cnp.npy_intp *columns, Py_ssize_t *offset):
    cdef Py_ssize_t n, m
    if not read_int(N, &n) or not read_int(N if M is None else M, &m) or not read_int(k, offset):
        return False
    rows[0], columns[0] = n, m
    return 0 <= n < 1 << 25 and 0 <= m < 1 << 25 and -1 << 30 < offset[0] < 1 << 30


def eye(N, M=None, k=0, dtype=float, order="C", *, device=None, like=None):
    """Ones in a diagonal; see :func:`numpy.eye`."""
    cdef cnp.npy_intp rows, columns
    cdef Py_ssize_t offset
    cdef char item[16]
    cdef cnp.dtype made
    if (type(order) is str and order == "C" and device is None and like is None
            and read_sides(N, M, k, &rows, &columns, &offset)):
        made = dtype_of(dtype)
        if made is not None and element(one_of(made), made, item):
            return diagonal_of(rows, columns, offset, made, item)
    return call_plain(np.eye, (N, M, k, dtype, order), {"device": device, "like": like})


def identity(n, dtype=None, *, like=None):
    """The unit matrix; see :func:`numpy.identity`."""
    cdef Py_ssize_t rows
    if like is None and dtype is None and read_int(n, &rows):
        return eye(n)
    return call_plain(np.identity, (n, dtype), {"like": like})


def diag(v, k=0):
    """A diagonal of a matrix, or the matrix with it; see :func:`numpy.diag`."""
    cdef cnp.ndarray x
    cdef cnp.npy_intp dims[2]
    cdef cnp.npy_intp i, n, size
    cdef Py_ssize_t offset
    cdef char *into
    if is_array(<PyObject *>v) and read_int(k, &offset) and -1 << 30 < offset < 1 << 30:
        x = <cnp.ndarray>v
        if x.ndim == 1 and type_code(x.descr) >= 0 and x.shape[0] < 1 << 25:
            size, n = x.descr.itemsize, x.shape[0]
            dims[0] = dims[1] = n + (offset if offset > 0 else -offset)
            new = new_tensor(2, dims, NULL, x.descr, True)
            into = <char *>cnp.PyArray_DATA(<cnp.ndarray>new) + (
                offset if offset >= 0 else -offset * dims[1]) * size
            for i in range(n):
                memcpy(into + i * (dims[1] + 1) * size, <char *>cnp.PyArray_DATA(x) + i * x.strides[0], size)
            return new
        if x.ndim == 2 and is_viewable(v):
            return as_tensor(PyArray_Diagonal(x, <int>offset, 0, 1), False)
    return call_plain(np.diag, (v, k), None)


cdef struct Half:               # the part of each row of matrices on one side of a diagonal
    const char *source          # NULL: ones
    char *into
    char item[16]
    cnp.npy_intp rows, columns, total, size, parts
    Py_ssize_t k                # the lower part ends, or the upper one starts, so many columns after the diagonal
    bint upper


cdef int half_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Half *h = <Half *>work
    cdef cnp.npy_intp r, cut, row = h.columns * h.size
    cdef char *into
    for r in range(h.total * part // h.parts, h.total * (part + 1) // h.parts):
        cut = min(max(r % h.rows + h.k + 1, <cnp.npy_intp>0), h.columns) * h.size
        into = h.into + r * row
        if h.upper:
            memset(into, 0, cut)
            memcpy(into + cut, h.source + r * row + cut, row - cut)
        else:
            if h.source == NULL:
                fill(into, h.item, <int>h.size, cut // h.size)
            else:
                memcpy(into, h.source + r * row, cut)
            memset(into + cut, 0, row - cut)
    return 0


cdef object halved(object new, Half *h):
    cdef int width
    h.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>new)
    if h.rows == 0 or h.columns == 0 or h.total == 0:
        return new
    width = <int>min(<cnp.npy_intp>threads.width_for(<double>h.total * h.columns * h.size, PIECE), h.total)
    h.parts = h.total if 1 < width and h.total < 4 * width else 4 * width if width > 1 else 1
    threads.run(half_part, h, h.parts, width, <double>h.total * h.columns * h.size >= PIECE)
    return new


def tri(N, M=None, k=0, dtype=float, *, like=None):
    """Ones at and below a diagonal; see :func:`numpy.tri`."""
    cdef Half h
    cdef cnp.npy_intp dims[2]
    cdef cnp.dtype made
    if like is None and read_sides(N, M, k, &dims[0], &dims[1], &h.k):
        made = dtype_of(dtype)
        if made is not None and element(one_of(made), made, h.item):
            h.source, h.size, h.upper = NULL, made.itemsize, False
            h.rows = h.total = dims[0]
            h.columns = dims[1]
            return halved(new_tensor(2, dims, NULL, made), &h)
    return call_plain(np.tri, (N, M, k, dtype), {"like": like})


cdef object half_of(object m, object k, bint upper):
    cdef Half h
    cdef cnp.ndarray x
    if not is_array(<PyObject *>m) or not read_int(k, &h.k) or not -1 << 30 < h.k < 1 << 30:
        return NotImplemented
    x = <cnp.ndarray>m
    if x.ndim < 2 or type_code(x.descr) < 0 or not cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS:
        return NotImplemented
    h.rows, h.columns, h.size, h.upper = x.shape[x.ndim - 2], x.shape[x.ndim - 1], x.descr.itemsize, upper
    h.total = cnp.PyArray_SIZE(x) // h.columns if h.columns else 0
    h.source = <char *>cnp.PyArray_DATA(x)
    h.k -= upper
    return halved(new_tensor(x.ndim, x.shape, NULL, x.descr), &h)


def tril(m, k=0):
    """Matrices with zeros above a diagonal; see :func:`numpy.tril`."""
    new = half_of(m, k, False)
    return call_plain(np.tril, (m, k), None) if new is NotImplemented else new


def triu(m, k=0):
    """Matrices with zeros below a diagonal; see :func:`numpy.triu`."""
    new = half_of(m, k, True)
    return call_plain(np.triu, (m, k), None) if new is NotImplemented else new


# ---------------------------------------------------------------------------------------- ranges

cdef struct Range:              # i * step + start, in this order of rounding
    char *into
    double start, step
    int64_t first, by
    cnp.npy_intp n, parts
    bint whole


cdef int range_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Range *r = <Range *>work
    cdef cnp.npy_intp i, begin = r.n * part // r.parts, end = r.n * (part + 1) // r.parts
    cdef int64_t *whole = <int64_t *>r.into
    cdef int64_t by = r.by, value = r.first + begin * by
    cdef double *real = <double *>r.into
    cdef double start = r.start, step = r.step
    if r.whole:
        for i in range(begin, end):
            whole[i] = value
            value += by             # vectors have no product of such integers everywhere
    else:
        for i in range(begin, end):
            real[i] = <double>i * step + start
    return 0


cdef object ranged(Range *r, cnp.dtype dtype):
    cdef int width = threads.width_for(8.0 * r.n, PIECE)
    new = new_tensor(1, &r.n, NULL, dtype)
    r.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>new)
    r.parts = 4 * width if width > 1 else 1
    threads.run(range_part, r, r.parts, width, 8.0 * r.n >= PIECE)
    return new


cdef object integers_between(PyObject **args, Py_ssize_t n):
    """``arange`` of one to three ints; NotImplemented for anything else."""
    cdef Range r
    cdef Py_ssize_t low = 0, high, by = 1
    if n == 1:
        if not read_int(<object>args[0], &high):
            return NotImplemented
    elif n > 3 or not read_int(<object>args[0], &low) or not read_int(<object>args[1], &high) or (
            n == 3 and not read_int(<object>args[2], &by)):
        return NotImplemented
    if -1 << 60 < low < high < 1 << 60 and 0 < by < 1 << 60 and (high - low) // by < 1 << 40:
        r.first, r.by, r.whole = low, by, True
        r.n = (high - low + by - 1) // by
        return ranged(&r, _int64)
    return NotImplemented


cdef bint read_real(object x, double *value):
    """A finite number that is a float, or an int that is one exactly."""
    if type(x) is float:
        value[0] = x
        return isfinite(value[0])
    if type(x) is int and -1 << 53 <= x <= 1 << 53:
        value[0] = x
        return True
    return False


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """Numbers at equal distances between two; see :func:`numpy.linspace`."""
    cdef Range r
    cdef double last, delta
    cdef Py_ssize_t count
    if (read_real(start, &r.start) and read_real(stop, &last) and type(endpoint) is bool and retstep is False
            and read_int(num, &count) and 1 < count < 1 << 40 and (dtype is None or dtype is float)
            and axis == 0 and type(axis) is int and device is None):
        delta = last - r.start
        r.step = delta / (count - 1 if endpoint else count)
        # Else products overflow, or are next to nothing.
        if -1e300 < delta < 1e300 and -1e300 < last < 1e300 and r.step * r.step > 0:
            r.n, r.whole = count, False
            new = ranged(&r, _float64)
            if endpoint:
                (<double *>r.into)[count - 1] = last
            return new
    return call_plain(np.linspace, (start, stop, num, endpoint, retstep, dtype, axis), {"device": device})
