"""The k greatest or least elements along an axis: top_k."""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels cimport storage, threads
from torsor._kernels.engine cimport FLOAT64, HOLD_GIL, INT64, MAX_DIMS, Operand, code_dtype, item_size, take_array
from torsor._kernels.tensor cimport is_array, new_tensor

import operator

import numpy as np

from torsor._kernels import tensor as _tensor
from torsor._kernels.operators import Tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "extremes.h" nogil:
    ctypedef struct Radix:
        const char *source
        cnp.npy_intp stride, n
        int code, places
    ctypedef struct Candidate:
        unsigned long long bits
        cnp.npy_intp place
    void find_extremes(const Radix *, cnp.npy_intp k, int largest, Candidate *, cnp.npy_intp room)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PART = 1 << 14              # elements that are worth a thread
    ROOM = 1024                 # candidates that there is room for, at least

cdef struct Lines:
    Operand x
    int axis
    bint largest
    cnp.npy_intp n, k, count, room
    cnp.npy_intp shape[MAX_DIMS]        # of the results
    char *values
    cnp.npy_intp *places
    cnp.npy_intp step           # between results of a line, in elements
    Candidate *candidates       # of each worker


cdef int find_part(void *work, Py_ssize_t line, int worker) noexcept nogil:
    cdef Lines *job = <Lines *>work
    cdef Radix r
    cdef Candidate *found = job.candidates + worker * 2 * job.room
    cdef cnp.npy_intp rest = line, at = 0, step = 1, i, k
    cdef int d, size = item_size(job.x.code)
    r.source, r.stride, r.n, r.code, r.places = job.x.data, job.x.strides[job.axis], job.n, job.x.code, 1
    for d in range(job.x.nd - 1, -1, -1):
        if d != job.axis:
            i = rest % job.shape[d]
            rest //= job.shape[d]
            r.source += i * job.x.strides[d]
            at += i * step
        step *= job.shape[d]
    find_extremes(&r, job.k, job.largest, found, job.room)
    for k in range(job.k):
        job.places[at] = found[k].place
        memcpy(job.values + at * size, r.source + found[k].place * r.stride, size)
        at += job.step
    return 0


cdef object find(object a, cnp.npy_intp k, int axis, bint largest):
    """Values and places of engine types; NotImplemented for others."""
    cdef Lines job
    cdef cnp.npy_intp total
    cdef int d, width
    if not is_array(<PyObject *>a) or not take_array(<PyObject *>a, &job.x) or job.x.code > FLOAT64:
        return NotImplemented
    job.axis, job.k, job.n, job.largest, job.step = axis, k, job.x.shape[axis], largest, 1
    for d in range(job.x.nd):
        job.shape[d] = k if d == axis else job.x.shape[d]
        if d > axis:
            job.step *= job.shape[d]
    values = new_tensor(job.x.nd, job.shape, NULL, code_dtype(job.x.code))
    places = new_tensor(job.x.nd, job.shape, NULL, code_dtype(INT64))
    total = cnp.PyArray_SIZE(a)
    if k == 0 or total == 0:
        return values, places
    job.count = total // job.n
    job.values = <char *>cnp.PyArray_DATA(<cnp.ndarray>values)
    job.places = <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>places)
    job.room = min(max(2 * k, <cnp.npy_intp>ROOM), job.n) + 1
    width = <int>min(<cnp.npy_intp>threads.width_for(<double>total, PART), job.count)
    job.candidates = <Candidate *>storage.allocate(width * 2 * job.room * sizeof(Candidate))
    if job.candidates == NULL:
        raise MemoryError
    threads.run(find_part, &job, job.count, width, total > HOLD_GIL)
    storage.release(job.candidates, width * 2 * job.room * sizeof(Candidate))
    return values, places


def top_k(a, k, axis=-1, largest=True):
    """The k greatest elements along an axis, in falling order, and their places.

    Parameters
    ----------
    a : array_like
    k : int
        How many.
    axis : int, optional
        The axis to look along, by default the last one.
    largest : bool, optional
        False asks for the least elements, in rising order.

    Returns
    -------
    values : Tensor
        Of the shape of ``a`` but for the axis, which has ``k`` elements.
    indices : Tensor of ints
        Where along the axis they are.  Of equal elements the first comes first.

    Raises
    ------
    ValueError
        If the axis has fewer than ``k`` elements.

    Notes
    -----
    NaN is greater than any number, as in :func:`torsor.sort`.

    Examples
    --------
    >>> values, indices = top_k([3.0, 1.0, 2.0, 3.0], 2)
    >>> values.tolist(), indices.tolist()
    ([3.0, 3.0], [0, 3])
    """
    cdef int d
    if not is_array(<PyObject *>a):
        a = np.asanyarray(a)
    d = _normalize(axis, a.ndim)
    k = operator.index(k)
    if not 0 <= k <= a.shape[d]:
        raise ValueError(f"top_k: k is {k}, and must be from 0 to {a.shape[d]}, the number of elements along the axis")
    found = find(a, k, d, largest)
    if found is not NotImplemented:
        return found
    view = np.asarray(a).view(np.ndarray)
    if largest:             # the last ones of the sorted reverse, so that of equal ones the first comes first
        order = np.flip(a.shape[d] - 1 - np.argsort(np.flip(view, d), d, kind="stable"), d)
    else:
        order = np.argsort(view, d, kind="stable")
    order = np.take(order, np.arange(k), d)
    return np.take_along_axis(view, order, d).view(Tensor), order.view(Tensor)


_normalize = np.lib.array_utils.normalize_axis_index
