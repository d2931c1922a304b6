"""Elements counted: bincount, and the counts of histograms.

Counts are the same for any number of threads; weights are added in NumPy's order.  What is out of the ordinary
goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memset
from torsor._kernels cimport storage, threads
from torsor._kernels._searches cimport SearchKernels
from torsor._kernels.engine cimport FLOAT64, HOLD_GIL, INT64, Operand, code_dtype, item_size, take_array
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "counting.h" nogil:
    enum: LANES
    void (*ranges[8])(const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_int64 *, cnp.npy_int64 *) noexcept
    int (*tallies[8])(const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp *) noexcept
    int (*adders[8])(const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp, const char *, cnp.npy_intp,
                     double *) noexcept
    void (*doubles[11])(const char *, cnp.npy_intp, cnp.npy_intp, double *) noexcept
    void tally_bins(const cnp.npy_int32 *, cnp.npy_intp, cnp.npy_intp, cnp.npy_intp *)
    void add_bins(const cnp.npy_int32 *, cnp.npy_intp, const char *, cnp.npy_intp, double *)
    void bins_of_places(const cnp.npy_intp *, const double *, cnp.npy_intp, cnp.npy_intp, double, cnp.npy_int32 *)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef const SearchKernels *kernels = NULL


def add_kernels(capsule):
    """Take the kernels from the module of one instruction set."""
    global kernels
    kernels = <const SearchKernels *>PyCapsule_GetPointer(capsule, b"torsor.searches")


cdef enum:
    PART = 1 << 14              # elements that are worth a thread
    PIECE = 1 << 16             # elements of one part of the work; NumPy adds up the weights of so many at a time
    BLOCK = 512                 # elements whose bins are found at a time
    MOST = 1 << 16              # bins of a histogram that torsor counts
    MANY = 1 << 28              # bins that bincount has at most

cdef struct Count:
    const char *x
    cnp.npy_intp stride, n, bins, parts
    int code, low_code
    bint equal                  # bins at equal distances
    const double *edges
    const char *weights
    cnp.npy_intp weight_stride
    cnp.npy_intp room           # counts of each part
    void *counts
    cnp.npy_intp first          # part of this round


cdef int range_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Count *c = <Count *>work
    cdef cnp.npy_int64 *ends = <cnp.npy_int64 *>c.counts + 2 * part
    cdef cnp.npy_intp start = part * PIECE
    ranges[c.code](c.x + start * c.stride, c.stride, min(<cnp.npy_intp>PIECE, c.n - start), ends, ends + 1)
    return 0


cdef int tally_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Count *c = <Count *>work
    cdef cnp.npy_intp start = c.n // c.parts * part, stop = c.n if part + 1 == c.parts else c.n // c.parts * (part + 1)
    return tallies[c.code](c.x + start * c.stride, c.stride, stop - start, c.bins,
                           <cnp.npy_intp *>c.counts + part * c.room)


cdef void find_bins(const Count *c, const char *x, cnp.npy_intp n, cnp.npy_int32 *bins) noexcept nogil:
    """The bins of at most a block of elements."""
    cdef double values[BLOCK]
    cdef cnp.npy_intp places[BLOCK]
    if c.equal and c.stride == item_size(c.code):
        kernels.bins[c.code](x, n, c.edges, c.bins, bins)
        return
    doubles[c.code](x, c.stride, n, values)
    if c.equal:
        kernels.bins[<int>FLOAT64](<char *>values, n, c.edges, c.bins, bins)
        return
    kernels.right[<int>FLOAT64](<const char *>c.edges, c.bins + 1, <char *>values, sizeof(double), n, places)
    bins_of_places(places, values, n, c.bins, c.edges[c.bins], bins)


cdef int bins_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    """One piece: counts into those of the worker, weights into sums of its own."""
    cdef Count *c = <Count *>work
    cdef cnp.npy_int32 bins[BLOCK]
    cdef cnp.npy_intp at = (c.first + part) * PIECE, stop = min(c.n, at + PIECE), m
    cdef double *sums = <double *>c.counts + part * c.room
    cdef cnp.npy_intp *counts = <cnp.npy_intp *>c.counts + worker * c.room
    if c.weights != NULL:
        memset(sums, 0, c.room * sizeof(double))
    while at < stop:
        m = min(<cnp.npy_intp>BLOCK, stop - at)
        find_bins(c, c.x + at * c.stride, m, bins)
        if c.weights != NULL:
            add_bins(bins, m, c.weights + at * c.weight_stride, c.weight_stride, sums)
        else:
            tally_bins(bins, m, c.bins, counts)
        at += m
    return 0


cdef int begin(Count *c, object a) except -1:
    """Read an array of one axis; 0 where it is none of the engine's real ones."""
    cdef Operand x
    if not is_array(<PyObject *>a) or not take_array(<PyObject *>a, &x) or x.nd != 1 or not 0 < x.code <= FLOAT64:
        return 0
    c.x, c.stride, c.n, c.code = x.data, x.strides[0], x.shape[0], x.code
    c.weights, c.weight_stride = NULL, 0
    return 1


cdef int read_weights(Count *c, object weights) except -1:
    cdef Operand w
    if not is_array(<PyObject *>weights) or not take_array(<PyObject *>weights, &w) or w.code != FLOAT64:
        return 0
    if w.nd != 1 or w.shape[0] != c.n:
        return 0
    c.weights, c.weight_stride = w.data, w.strides[0]
    return 1


cdef object tally(object a, object weights, Py_ssize_t least):
    """bincount; NotImplemented where NumPy has to do it."""
    cdef Count c
    cdef cnp.npy_intp pieces, p, k, bins
    cdef cnp.npy_int64 low, high
    cdef cnp.npy_int64 few[2]
    cdef cnp.npy_intp *counts
    cdef cnp.npy_intp *others
    cdef int width, status
    if not begin(&c, a) or c.code > INT64 or c.n == 0 or weights is not None and not read_weights(&c, weights):
        return NotImplemented
    width = threads.width_for(<double>c.n, PART)
    if c.n <= PIECE:
        ranges[c.code](c.x, c.stride, c.n, few, few + 1)
        low, high = few[0], few[1]
    else:
        pieces = (c.n + PIECE - 1) // PIECE
        c.counts = storage.allocate(2 * pieces * sizeof(cnp.npy_int64))
        if c.counts == NULL:
            raise MemoryError
        with nogil:
            threads.do_all(range_part, &c, pieces, width)
            low, high = (<cnp.npy_int64 *>c.counts)[0], (<cnp.npy_int64 *>c.counts)[1]
            for p in range(1, pieces):
                low = min(low, (<cnp.npy_int64 *>c.counts)[2 * p])
                high = max(high, (<cnp.npy_int64 *>c.counts)[2 * p + 1])
            storage.release(c.counts, 2 * pieces * sizeof(cnp.npy_int64))
    if low < 0 or high >= MANY or least > MANY:
        return NotImplemented
    bins = c.bins = high + 1
    bins = max(bins, least)
    out = new_tensor(1, &bins, NULL, code_dtype(FLOAT64 if weights is not None else INT64), True)
    counts = <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>out)
    if weights is not None:
        if c.n <= HOLD_GIL:
            status = adders[c.code](c.x, c.stride, c.n, c.bins, c.weights, c.weight_stride, <double *>counts)
        else:
            with nogil:
                status = adders[c.code](c.x, c.stride, c.n, c.bins, c.weights, c.weight_stride, <double *>counts)
    elif c.n <= HOLD_GIL or width == 1 or c.bins * width > c.n:
        c.parts, c.room, c.counts = 1, 0, counts
        if c.n <= HOLD_GIL:
            status = tally_part(&c, 0, 0)
        else:
            with nogil:
                status = tally_part(&c, 0, 0)
    else:
        c.parts, c.room = width, (c.bins + 7) // 8 * 8
        c.counts = storage.allocate_zeroed(width * c.room * sizeof(cnp.npy_intp))
        if c.counts == NULL:
            raise MemoryError
        with nogil:
            status = threads.do_all(tally_part, &c, width, width)
            for p in range(width):
                others = <cnp.npy_intp *>c.counts + p * c.room
                for k in range(c.bins):
                    counts[k] += others[k]
            storage.release(c.counts, width * c.room * sizeof(cnp.npy_intp))
    if status:
        raise RuntimeError("bincount: elements changed while they were counted")
    return out


def bincount(x, /, weights=None, minlength=0):
    """How often each of 0, 1, 2, ... occurs; see :func:`numpy.bincount`.

    Parameters
    ----------
    x : array_like of ints
        Of one axis; none below 0.
    weights : array_like, optional
        What each element counts, instead of 1.
    minlength : int, optional
        The least number of counts.

    Returns
    -------
    Tensor
    """
    if type(minlength) is int and 0 <= minlength < MANY:
        result = tally(x, weights, minlength)
        if result is not NotImplemented:
            return result
    return call_plain(np.bincount, (x,), {"weights": weights, "minlength": minlength})


def count_bins(a, edges, bint equal, weights=None):
    """Counts, or sums of weights, of the elements between edges; None where NumPy has to do it.

    Parameters
    ----------
    a : ndarray
        Of one axis.
    edges : ndarray of float64
        Rising, without NaN, in C order.
    equal : bool
        Whether they have equal distances.
    weights : ndarray of float64, optional
        As many as elements.

    Returns
    -------
    Tensor or None
    """
    cdef Count c
    cdef cnp.npy_intp pieces, some, bins = cnp.PyArray_SIZE(edges) - 1, p, k, size
    cdef cnp.npy_intp *counts
    cdef double *sums
    cdef int width
    if not begin(&c, a) or bins < 1 or bins > MOST or weights is not None and not read_weights(&c, weights):
        return None
    c.bins, c.equal, c.edges = bins, equal, <double *>cnp.PyArray_DATA(<cnp.ndarray>edges)
    out = new_tensor(1, &bins, NULL, code_dtype(INT64 if weights is None else FLOAT64), True)
    width = threads.width_for(4.0 * c.n, PART)
    pieces = (c.n + PIECE - 1) // PIECE
    width = <int>min(<cnp.npy_intp>width, max(pieces, <cnp.npy_intp>1))
    counts, sums = <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>out), <double *>cnp.PyArray_DATA(<cnp.ndarray>out)
    c.room = (bins + 1 if weights is not None else LANES * (bins + 1)) + 8
    some = width if weights is None or width == 1 else 4 * width
    size = some * c.room * sizeof(double)
    c.counts, c.first = storage.allocate_zeroed(size), 0
    if c.counts == NULL:
        raise MemoryError
    with nogil:
        if weights is None:
            threads.do_all(bins_part, &c, pieces, width)
            for p in range(width):
                for k in range(LANES * (bins + 1)):
                    if k % (bins + 1) < bins:
                        counts[k % (bins + 1)] += (<cnp.npy_intp *>c.counts)[p * c.room + k]
        else:
            while c.first < pieces:
                threads.do_all(bins_part, &c, min(some, pieces - c.first), width)
                for p in range(min(some, pieces - c.first)):
                    for k in range(bins):
                        sums[k] += (<double *>c.counts)[p * c.room + k]
                c.first += some
        storage.release(c.counts, size)
    return out


def equal_edges(double first, double last, Py_ssize_t bins):
    """Edges at equal distances, as numpy.linspace gives them; None where they do not rise."""
    cdef cnp.npy_intp n = bins + 1, k
    cdef double step = (last - first) / bins
    cdef double *edges
    cdef bint rising = step != 0
    out = new_tensor(1, &n, NULL, code_dtype(FLOAT64))
    edges = <double *>cnp.PyArray_DATA(<cnp.ndarray>out)
    for k in range(n):
        edges[k] = k * step
    for k in range(n):                  # apart, so that no compiler rounds both at once
        edges[k] += first
    edges[bins] = last
    for k in range(bins):
        rising &= edges[k] < edges[k + 1]
    return out if rising else None
