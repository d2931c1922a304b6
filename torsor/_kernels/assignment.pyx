"""Elements written where indices and masks say: ``a[indices] = v``, ``a[mask] = v``, put, place, putmask, ufunc.at.

All indices are held against the axis before anything is written, and each once more when it is used.  What is out
of the ordinary (other dtypes, values that are cast or broadcast, shared memory, errors) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._lines cimport LineKernels
from torsor._kernels._loop cimport LoopTable, inner_t
from torsor._kernels.arrays cimport torsor_shared
from torsor._kernels.creation cimport element
from torsor._kernels.engine cimport (FLOAT32, FLOAT64, INT64, Operand, Ufunc, check_status, find_loop, store_weak, take,
                                     take_array)
from torsor._kernels.gather cimport is_index, is_mask, is_plain, overlap, starts_alike
from torsor._kernels.tensor cimport call_plain, is_array, is_tensor, plain

import numpy as np

from torsor._kernels import tensor as _tensor
from torsor._kernels.engine import CODES

cdef extern from "numpy/arrayobject.h":
    object PyArray_PutTo(cnp.ndarray, object, object, cnp.NPY_CLIPMODE)

cdef extern from "tensor.h":
    int TORSOR_UNUSUAL

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cdef extern from "vectorcall.h":
    int set_method(object type, const char *name, object method) except -1

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 1 << 13             # elements that are worth a thread
    PARTS = 64
    MANY = 2500                 # extremes of floats, which NumPy's compilers make one instruction
    # The values: a single one, one for each element, one for each that is written, and no others.
    ONE, ALIKE, IN_TURN, EXACTLY

cdef LineKernels *kernels
_operations = {}                # (row, type code) -> address of the loop over what indices name


def add_kernels(capsule):
    """Take the kernels of one instruction set."""
    global kernels
    kernels = <LineKernels *>PyCapsule_GetPointer(capsule, b"torsor.lines")


def add_operations(capsule):
    """Take the operations on what indices name."""
    cdef LoopTable *t = <LoopTable *>PyCapsule_GetPointer(capsule, b"torsor.loops")
    cdef Py_ssize_t k
    for k in range(t.size):
        _operations[t.rows[k].name.decode(), chr(t.rows[k].types[0])] = <size_t><void *>t.rows[k].inner


cdef inline bint is_target(object a):
    """Whether its elements may be written as they are."""
    return is_plain(a) and (
        cnp.PyArray_FLAGS(<cnp.ndarray>a) & (cnp.NPY_ARRAY_WRITEABLE | TORSOR_UNUSUAL) == cnp.NPY_ARRAY_WRITEABLE)


cdef inline bint is_source(object a, object v):
    """Whether the values can be copied to the elements of an array."""
    return is_plain(v) and (<cnp.ndarray>v).descr is (<cnp.ndarray>a).descr and not overlap(a, v)


# ---------------------------------------------------------------------------------------- indices

cdef struct Scatter:            # chunks written where indices say, the last one of several for a place
    char *into
    const int64_t *index
    const char *values
    cnp.npy_intp n, indices, size, step, parts
    inner_t operation, inner    # on what is there and the values: over chunks of one element, over one chunk
    cnp.npy_intp item           # bytes of an element


cdef inline int scatter_run(const Scatter *s, cnp.npy_intp size) noexcept nogil:
    cdef cnp.npy_intp k, n = s.n, step = s.step
    cdef const int64_t *index = s.index
    cdef const char *values = s.values
    cdef char *into = s.into
    cdef int64_t at
    for k in range(s.indices):
        at = index[k]
        if at < 0:
            at += n
        if not 0 <= at < n:             # somebody has changed it since it was looked at
            return 1
        memcpy(into + at * size, values + k * step, size)
    return 0


cdef int scatter(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Scatter *s = <const Scatter *>work
    if s.size == 8:
        return scatter_run(s, 8)
    if s.size == 4:
        return scatter_run(s, 4)
    if s.size == 1:
        return scatter_run(s, 1)
    return scatter_run(s, s.size)


cdef int look(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Scatter *s = <const Scatter *>work
    cdef cnp.npy_intp start = s.indices * part // s.parts
    return kernels.outside(s.index + start, s.indices * (part + 1) // s.parts - start, s.n)


cdef bint begin(Scatter *s, cnp.ndarray a, cnp.ndarray index, bint flat):
    """Whether indices may name chunks of an array, of its first axis or of all elements."""
    cdef int d
    s.n, s.size = 1, a.descr.itemsize
    for d in range(a.ndim):
        if flat or d == 0:
            s.n *= a.shape[d]
        else:
            s.size *= a.shape[d]
    s.indices = cnp.PyArray_SIZE(index)
    s.into, s.index = <char *>cnp.PyArray_DATA(a), <int64_t *>cnp.PyArray_DATA(index)
    return s.indices > 0 and s.size > 0 and s.n > 0 and not overlap(a, index)


cdef bint is_one_each(cnp.ndarray v, cnp.ndarray a, cnp.ndarray index):
    """Whether an array has one value for each element of the chunks that indices name."""
    return v.ndim == index.ndim + a.ndim - 1 and (
        memcmp(v.shape, index.shape, index.ndim * sizeof(cnp.npy_intp)) == 0
        and memcmp(v.shape + index.ndim, a.shape + 1, (a.ndim - 1) * sizeof(cnp.npy_intp)) == 0)


cdef bint are_inside(Scatter *s):
    """Whether all indices name chunks."""
    cdef int width = threads.width_for(<double>s.indices, 4 * PIECE)
    s.parts = max(width, 1)
    return threads.run(look, s, s.parts, width, s.indices >= PIECE) == 0


cdef bint scattered(cnp.ndarray a, cnp.ndarray index, object value, bint flat):
    """Write to what indices name, of the first axis or of all elements; 0, and nothing is done, where NumPy has to."""
    cdef Scatter s
    cdef char item[16]
    cdef cnp.ndarray v
    if not begin(&s, a, index, flat):
        return False
    if is_array(<PyObject *>value):
        v = <cnp.ndarray>value
        if not is_source(a, v) or not (cnp.PyArray_SIZE(v) == s.indices if flat else is_one_each(v, a, index)):
            return False
        s.values, s.step = <char *>cnp.PyArray_DATA(v), s.size
    elif s.size == a.descr.itemsize and element(value, a.descr, item):
        s.values, s.step = item, 0
    else:
        return False
    return are_inside(&s) and threads.run(scatter, &s, 1, 1, s.indices * ((s.size + 7) // 8) >= PIECE) == 0


# ---------------------------------------------------------------------------------------- operations at indices

cdef int operate(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Scatter *s = <const Scatter *>work
    cdef cnp.npy_intp k, row = s.size // s.item
    cdef int64_t at
    cdef char *args[3]
    cdef cnp.npy_intp sizes[2]
    cdef cnp.npy_intp steps[3]
    fp_clear()
    if row == 1:
        args[0], args[1], args[2] = s.into, <char *>s.index, <char *>s.values
        sizes[0], sizes[1] = s.indices, s.n
        steps[2] = s.step
        s.operation(args, sizes, steps, NULL)
        return fp_status()
    steps[0] = steps[2] = s.item
    steps[1] = s.item if s.step else 0
    for k in range(s.indices):
        at = s.index[k]
        if at < 0:
            at += s.n
        if 0 <= at < s.n:               # nobody has changed it since it was looked at
            args[0] = args[2] = s.into + at * s.size
            args[1] = <char *>s.values + k * s.step
            s.inner(args, &row, steps, NULL)
    return fp_status()


cdef bint operated(Ufunc f, cnp.ndarray a, cnp.ndarray index, object value) except -1:
    """Operate on what indices name and on values, in place; 0, and nothing is done, where NumPy has to."""
    cdef Scatter s
    cdef Operand x, y
    cdef int status
    cdef bint direct
    if f.row is None or not begin(&s, a, index, False) or not (
            take_array(<PyObject *>a, &x) and take(<PyObject *>value, &y)):
        return False
    loop = _operations.get((f.__name__, CODES[x.code]))
    if loop is None or x.code >= FLOAT32 and f.row.silent and s.indices > MANY:
        return False
    s.item, s.values, s.step = a.descr.itemsize, y.data, 0
    if y.array != NULL:
        if y.code != x.code or not is_plain(value) or overlap(a, value):
            return False
        if is_one_each(<cnp.ndarray>value, a, index):
            s.step = s.size
        elif y.nd:
            return False
    elif y.code != x.code:              # to this method a number is as good as an array of its kind
        if not (type(value) is float and x.code == FLOAT64 or type(value) is int and x.code in (INT64, FLOAT64)
                ) or not store_weak(&y, x.code):
            return False
    s.operation = <inner_t><size_t>loop
    if s.size > s.item:
        s.inner = find_loop(f.__name__, f"{CODES[x.code] * 2}->{CODES[x.code]}")
    if not are_inside(&s):
        return False
    status = threads.run(operate, &s, 1, 1, s.indices * s.size // s.item >= PIECE)
    if status and x.code >= FLOAT32:
        # NumPy reports what the processor says where it has such a loop as well, else what the operation says.
        direct = s.size == s.item and type(value) is not int and (y.array == NULL or y.nd < 2)
        if direct or not f.row.silent:
            check_status(f.__name__ if direct else "at", status)
    return True


cdef object _other_at = Ufunc.at


def at(self, *args, **kwargs):
    """Unbuffered in-place operation at indices; see :meth:`numpy.ufunc.at`."""
    if len(args) == 3 and not kwargs and is_target(args[0]) and is_index(args[1]) and (<cnp.ndarray>args[0]).ndim and (
            operated(<Ufunc>self, <cnp.ndarray>args[0], <cnp.ndarray>args[1], args[2])):
        return None
    return _other_at(self, *args, **kwargs)


set_method(Ufunc, b"at", at)


# ---------------------------------------------------------------------------------------- masks

cdef struct Masked:             # chunks written where a mask is set
    char *into
    const uint8_t *mask
    const char *values
    cnp.npy_intp n, size, parts
    int kind
    cnp.npy_intp first[PARTS + 1]       # of the values, for each part


cdef int count_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Masked *m = <Masked *>work
    cdef cnp.npy_intp start = m.n * part // m.parts
    m.first[part + 1] = kernels.count(m.mask + start, m.n * (part + 1) // m.parts - start)
    return 0


cdef int write_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Masked *m = <const Masked *>work
    cdef cnp.npy_intp i, start = m.n * part // m.parts, stop = m.n * (part + 1) // m.parts, size = m.size, most
    cdef int kernel = 0 if size == 1 else 1 if size == 2 else 2 if size == 4 else 3 if size == 8 else -1
    cdef const char *values = m.values
    if m.kind == ONE:
        if kernel >= 0:
            kernels.put_value[kernel](m.into + start * size, m.mask + start, stop - start, values)
        else:
            for i in range(start, stop):
                if m.mask[i]:
                    memcpy(m.into + i * size, values, size)
    elif m.kind == ALIKE:
        if kernel >= 0:
            kernels.put_same[kernel](m.into + start * size, m.mask + start, stop - start, values + start * size)
        else:
            for i in range(start, stop):
                if m.mask[i]:
                    memcpy(m.into + i * size, values + i * size, size)
    else:
        most = m.first[part + 1] - m.first[part]
        values += m.first[part] * size
        if kernel >= 0:
            kernels.expand[kernel](m.into + start * size, m.mask + start, stop - start, values, most)
        else:
            for i in range(start, stop):
                if m.mask[i] and most:
                    memcpy(m.into + i * size, values, size)
                    values += size
                    most -= 1
    return 0


cdef bint masked(cnp.ndarray a, cnp.ndarray mask, object value, int kind):
    """Write where a mask is set; 0, and nothing is done, where NumPy has to.

    The mask is one over all elements; with EXACTLY over the first axes.
    """
    cdef Masked m
    cdef char item[16]
    cdef double work
    cdef cnp.ndarray v
    cdef bint one = not is_array(<PyObject *>value)
    cdef int d, k, width
    m.n, m.size, m.kind = cnp.PyArray_SIZE(mask), a.descr.itemsize, kind
    for d in range(mask.ndim if kind == EXACTLY else a.ndim, a.ndim):
        m.size *= a.shape[d]
    if m.n == 0 or m.size == 0 or overlap(a, mask):
        return False
    if one:
        if m.size != a.descr.itemsize or not element(value, a.descr, item):
            return False
        m.values, m.kind = item, ONE
    else:
        v = <cnp.ndarray>value
        if not is_source(a, v):
            return False
        m.values = <char *>cnp.PyArray_DATA(v)
        if kind != EXACTLY and cnp.PyArray_SIZE(v) == 1:
            m.kind = ONE
        elif kind == ALIKE and cnp.PyArray_SIZE(v) != m.n:
            return False
    m.mask, m.into = <uint8_t *>cnp.PyArray_DATA(mask), <char *>cnp.PyArray_DATA(a)
    work = <double>m.n * (1 if m.size <= 8 else m.size // 8)
    width = threads.width_for(work, 2 * PIECE)
    m.parts = 1 if width <= 1 else min(PARTS, 4 * width)
    if m.kind >= IN_TURN:
        m.first[0] = 0
        threads.run(count_part, &m, m.parts, width, work >= PIECE)
        for k in range(m.parts):
            m.first[k + 1] += m.first[k]
        if kind == IN_TURN:
            if cnp.PyArray_SIZE(v) < m.first[m.parts]:
                return False
        elif v.ndim != 1 + a.ndim - mask.ndim or v.shape[0] != m.first[m.parts] or memcmp(
                v.shape + 1, a.shape + mask.ndim, (v.ndim - 1) * sizeof(cnp.npy_intp)):
            return False
    threads.run(write_part, &m, m.parts, width, work >= PIECE)
    return True


# ---------------------------------------------------------------------------------------- functions

cdef bint assigned(object a, object key, object value):
    """``a[key] = value`` for an array of indices or a mask; 0, and nothing is done, where NumPy has to do it."""
    if not is_target(a) or (<cnp.ndarray>key).ndim == 0:
        return False
    if is_index(key):
        return (<cnp.ndarray>a).ndim and scattered(<cnp.ndarray>a, <cnp.ndarray>key, value, False)
    return is_mask(key) and starts_alike(a, key) and masked(<cnp.ndarray>a, <cnp.ndarray>key, value, EXACTLY)


def put(a, ind, v, mode="raise"):
    """Write to the elements that indices name; see :func:`numpy.put`."""
    if is_array(<PyObject *>a) and is_array(<PyObject *>ind) and type(mode) is str and mode == "raise" and (
            is_array(<PyObject *>v) or type(v) is float or type(v) is int):
        if is_target(a) and is_index(ind) and scattered(<cnp.ndarray>a, <cnp.ndarray>ind, v, True):
            return None
        return PyArray_PutTo(plain(a) if is_tensor(<PyObject *>a) else a, plain(v) if is_tensor(<PyObject *>v) else v,
                             plain(ind) if is_tensor(<PyObject *>ind) else ind, cnp.NPY_RAISE)
    return call_plain(np.put, (a, ind, v, mode), None)


cdef inline bint is_over(object a, object mask):
    """Whether a mask says of each element whether it is written."""
    return is_target(a) and is_mask(mask) and cnp.PyArray_SIZE(<cnp.ndarray>a) == cnp.PyArray_SIZE(<cnp.ndarray>mask)


def place(arr, mask, vals):
    """Write values one after the other where a mask is set; see :func:`numpy.place`."""
    if is_over(arr, mask) and is_array(<PyObject *>vals) and masked(
            <cnp.ndarray>arr, <cnp.ndarray>mask, vals, IN_TURN):
        return None
    return call_plain(np.place, (arr, mask, vals), None)


def putmask(a, /, mask, values):
    """Write the values that stand beside a set mask; see :func:`numpy.putmask`."""
    if is_over(a, mask) and masked(<cnp.ndarray>a, <cnp.ndarray>mask, values, ALIKE):
        return None
    return call_plain(np.putmask, (a, mask, values), None)


def fill_diagonal(a, val, wrap=False):
    """Write one number to the main diagonal of a matrix; see :func:`numpy.fill_diagonal`."""
    cdef char item[16]
    cdef char *at
    cdef cnp.npy_intp _k, step
    if is_target(a) and (<cnp.ndarray>a).ndim == 2 and wrap is False and element(val, (<cnp.ndarray>a).descr, item):
        at = <char *>cnp.PyArray_DATA(<cnp.ndarray>a)
        step = (cnp.PyArray_DIM(a, 1) + 1) * (<cnp.ndarray>a).descr.itemsize
        for _k in range(min(cnp.PyArray_DIM(a, 0), cnp.PyArray_DIM(a, 1))):
            memcpy(at, item, (<cnp.ndarray>a).descr.itemsize)
            at += step
        return None
    return call_plain(np.fill_diagonal, (a, val, wrap), None)
