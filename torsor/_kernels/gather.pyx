"""Elements chosen by indices and masks: take, take_along_axis, put_along_axis, compress, extract, ``a[indices]``.

Every index is held against the axis before it is used.  What is out of the ordinary goes to NumPy's own function on
the same memory, which has the words for indices that are out of bounds.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcmp, memcpy
from torsor._kernels cimport threads
from torsor._kernels._lines cimport LineKernels
from torsor._kernels.arrays cimport read_axis, torsor_shared
from torsor._kernels.creation cimport element
from torsor._kernels.tensor cimport call_plain, is_array, is_tensor, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 1 << 13             # elements that are worth a thread
    RAISE, WRAP, CLIP

cdef LineKernels *kernels


def add_kernels(capsule):
    """Take the kernels of one instruction set."""
    global kernels
    kernels = <LineKernels *>PyCapsule_GetPointer(capsule, b"torsor.lines")


# ---------------------------------------------------------------------------------------- indices along one axis

cdef struct Gather:             # for each outer index, the chunks that the indices name
    const char *source
    const int64_t *index
    char *into
    cnp.npy_intp outer, n, indices, size, parts
    int mode


cdef inline bint locate(int64_t *at, int64_t n, int mode) noexcept nogil:
    """An index as a place on an axis; 0 where it is none."""
    if mode == RAISE:
        if at[0] < 0:
            at[0] += n
        return 0 <= at[0] < n
    if mode == CLIP:
        at[0] = 0 if at[0] < 0 else n - 1 if at[0] >= n else at[0]
    elif not 0 <= at[0] < n:
        at[0] %= n
        if at[0] < 0:
            at[0] += n
    return True


cdef inline int gather_run(const Gather *g, const char *source, char *into, cnp.npy_intp start, cnp.npy_intp stop,
                           cnp.npy_intp size) noexcept nogil:
    cdef cnp.npy_intp k, n = g.n            # what is written could be *g, for all the compiler knows
    cdef const int64_t *index = g.index
    cdef int mode = g.mode
    cdef int64_t at
    if mode == RAISE:
        for k in range(start, stop):
            at = index[k]
            if not locate(&at, n, RAISE):
                return 1
            memcpy(into, source + at * size, size)
            into += size
        return 0
    if mode == CLIP:
        for k in range(start, stop):
            at = max(index[k], <int64_t>0)
            at = min(at, <int64_t>(n - 1))
            memcpy(into, source + at * size, size)
            into += size
        return 0
    for k in range(start, stop):
        at = index[k]
        locate(&at, n, WRAP)
        memcpy(into, source + at * size, size)
        into += size
    return 0


cdef int gather_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Gather *g = <Gather *>work
    cdef cnp.npy_intp total = g.outer * g.indices
    cdef cnp.npy_intp q = total * part // g.parts, stop = total * (part + 1) // g.parts, k, m
    cdef const char *source
    cdef char *into
    cdef int failed = 0
    while q < stop and not failed:
        k = q % g.indices
        m = min(stop - q, g.indices - k)
        source, into = g.source + q // g.indices * g.n * g.size, g.into + q * g.size
        if g.size == 8:
            failed = gather_run(g, source, into, k, k + m, 8)
        elif g.size == 4:
            failed = gather_run(g, source, into, k, k + m, 4)
        elif g.size == 1:
            failed = gather_run(g, source, into, k, k + m, 1)
        elif g.size == 2:
            failed = gather_run(g, source, into, k, k + m, 2)
        elif g.size == 16:
            failed = gather_run(g, source, into, k, k + m, 16)
        else:
            failed = gather_run(g, source, into, k, k + m, g.size)
        q += m
    return failed


cdef object gathered(cnp.ndarray a, cnp.ndarray index, int axis, int mode):
    """The elements that an array of indices names along an axis (-1: of all); NotImplemented for bad ones."""
    cdef Gather g
    cdef cnp.npy_intp shape[80]
    cdef double work
    cdef int d, nd = 0, width
    g.outer, g.n, g.size, g.mode = 1, 1, a.descr.itemsize, mode
    for d in range(a.ndim):
        if axis < 0 or d == axis:
            g.n *= a.shape[d]
        elif d < axis:
            g.outer *= a.shape[d]
            shape[nd] = a.shape[d]
            nd += 1
        else:
            g.size *= a.shape[d]
    if a.ndim + index.ndim > 60 or g.n == 0 or g.outer == 0 or g.size == 0:
        return NotImplemented
    for d in range(index.ndim):
        shape[nd] = index.shape[d]
        nd += 1
    if axis >= 0:
        for d in range(axis + 1, a.ndim):
            shape[nd] = a.shape[d]
            nd += 1
    g.indices = cnp.PyArray_SIZE(index)
    g.source, g.index = <char *>cnp.PyArray_DATA(a), <int64_t *>cnp.PyArray_DATA(index)
    result = new_tensor(nd, shape, NULL, a.descr)
    g.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    work = <double>g.outer * g.indices * ((g.size + 7) // 8)
    width = <int>min(<cnp.npy_intp>threads.width_for(work, PIECE), g.outer * g.indices)
    g.parts = 1 if width <= 1 else 4 * width if g.outer * g.indices > 4 * width else width
    if g.indices == 0:
        return result
    d = threads.run(gather_part, &g, g.parts, width, work >= PIECE)
    return NotImplemented if d else result


cdef object taken(object a, object indices, object axis, object out, object mode):
    cdef int along = -1, how = RAISE
    if out is not None or type(mode) is not str or not is_plain(a) or (<cnp.ndarray>a).ndim == 0:
        return NotImplemented
    if axis is not None and not read_axis(axis, (<cnp.ndarray>a).ndim, &along):
        return NotImplemented
    if mode != "raise":
        how = WRAP if mode == "wrap" else CLIP
        if how == CLIP and mode != "clip":
            return NotImplemented
    if type(indices) is list and 0 < len(<list>indices) <= 64 and type((<list>indices)[0]) is int:
        try:
            indices = np.array(indices)
        except Exception:
            return NotImplemented       # NumPy says why
    if not is_index(indices) or (<cnp.ndarray>indices).ndim == 0:
        return NotImplemented
    return gathered(<cnp.ndarray>a, <cnp.ndarray>indices, along, how)


def take(a, indices, axis=None, out=None, mode="raise"):
    """The elements that indices name; see :func:`numpy.take`."""
    result = taken(a, indices, axis, out, mode)
    return call_plain(np.take, (a, indices, axis, out, mode), None) if result is NotImplemented else result


# ---------------------------------------------------------------------------------------- indices in each line

cdef struct Along:              # for each outer and inner index, the elements that a line of indices names
    char *array
    const int64_t *index
    char *other                 # where they go to, or come from
    cnp.npy_intp outer, n, indices, inner, parts
    int size
    int job
    bint one                    # other is a single element

cdef enum:
    GET, CHECK, PUT


cdef inline int along_run(const Along *g, cnp.npy_intp o, cnp.npy_intp size) noexcept nogil:
    cdef cnp.npy_intp k, _k, q, n = g.n, inner = g.inner, step = 0 if g.one else size
    cdef cnp.npy_intp line = o * g.indices * inner
    cdef const int64_t *index = g.index
    cdef char *array = g.array + o * n * inner * size
    cdef char *other = g.other
    cdef int job = g.job, bad = 0
    cdef int64_t at
    if inner == 1:
        index += line
        other += line * step
        if job == CHECK:
            for k in range(g.indices):
                bad |= index[k] < -n or index[k] >= n
            return bad
        for k in range(g.indices):
            at = index[k]
            if not locate(&at, n, RAISE):
                return 1
            if job == GET:
                memcpy(other + k * size, array + at * size, size)
            else:
                memcpy(array + at * size, other + k * step, size)
        return 0
    for _k in range(g.indices):
        for q in range(inner):
            at = index[line]
            if not locate(&at, n, RAISE):
                return 1
            if job == GET:
                memcpy(other + line * size, array + (at * inner + q) * size, size)
            elif job == PUT:
                memcpy(array + (at * inner + q) * size, other + line * step, size)
            line += 1
    return 0


cdef int along_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Along *g = <Along *>work
    cdef cnp.npy_intp o
    for o in range(g.outer * part // g.parts, g.outer * (part + 1) // g.parts):
        if g.size == 8:
            if along_run(g, o, 8):
                return 1
        elif g.size == 4:
            if along_run(g, o, 4):
                return 1
        elif along_run(g, o, g.size):
            return 1
    return 0


cdef int run_along(Along *g, int job):
    cdef double work = <double>g.outer * g.indices * g.inner
    cdef int width = <int>min(<cnp.npy_intp>threads.width_for(work, PIECE), g.outer)
    g.job = job
    g.parts = 1 if width <= 1 else 4 * width if g.outer > 4 * width else width
    return threads.run(along_part, g, g.parts, width, work >= PIECE)


cdef bint start_along(Along *g, object arr, object indices, object axis, int *along):
    """Whether an array and the indices into its lines are such as we know."""
    cdef cnp.ndarray a, i
    cdef int d
    if not is_plain(arr) or not is_index(indices) or not read_axis(axis, (<cnp.ndarray>arr).ndim, along):
        return False
    a, i = <cnp.ndarray>arr, <cnp.ndarray>indices
    if a.ndim != i.ndim:
        return False
    g.outer = g.inner = 1
    for d in range(a.ndim):
        if d == along[0]:
            g.n, g.indices = a.shape[d], i.shape[d]
            continue
        if a.shape[d] != i.shape[d]:
            return False
        if d < along[0]:
            g.outer *= a.shape[d]
        else:
            g.inner *= a.shape[d]
    g.array, g.index, g.size = <char *>cnp.PyArray_DATA(a), <int64_t *>cnp.PyArray_DATA(i), <int>a.descr.itemsize
    return cnp.PyArray_SIZE(a) > 0 and cnp.PyArray_SIZE(i) > 0


def take_along_axis(arr, indices, axis=-1):
    """In each line the elements that a line of indices names; see :func:`numpy.take_along_axis`."""
    cdef Along g
    cdef int along
    if start_along(&g, arr, indices, axis, &along):
        result = new_tensor((<cnp.ndarray>indices).ndim, (<cnp.ndarray>indices).shape, NULL, (<cnp.ndarray>arr).descr)
        g.other, g.one = <char *>cnp.PyArray_DATA(<cnp.ndarray>result), False
        if run_along(&g, GET) == 0:
            return result
    return call_plain(np.take_along_axis, (arr, indices, axis), None)


def put_along_axis(arr, indices, values, axis):
    """Write in each line to the elements that a line of indices names; see :func:`numpy.put_along_axis`."""
    cdef Along g
    cdef int along
    cdef char item[16]
    cdef bint fits = False
    if (start_along(&g, arr, indices, axis, &along) and cnp.PyArray_FLAGS(<cnp.ndarray>arr) & cnp.NPY_ARRAY_WRITEABLE
            and not overlap(<cnp.ndarray>arr, <cnp.ndarray>indices)):
        g.one = not is_array(<PyObject *>values)
        if g.one:
            fits = element(values, (<cnp.ndarray>arr).descr, item)
            g.other = item
        elif (is_plain(values) and (<cnp.ndarray>values).descr is (<cnp.ndarray>arr).descr
                and (<cnp.ndarray>values).ndim == (<cnp.ndarray>indices).ndim
                and memcmp((<cnp.ndarray>values).shape, (<cnp.ndarray>indices).shape,
                           (<cnp.ndarray>indices).ndim * sizeof(cnp.npy_intp)) == 0
                and not overlap(<cnp.ndarray>arr, <cnp.ndarray>values)):
            fits = True
            g.other = <char *>cnp.PyArray_DATA(<cnp.ndarray>values)
        if fits and not g.one and (<cnp.ndarray>arr).ndim == 1 and is_tensor(<PyObject *>arr):
            arr[indices] = values               # which several threads write
            return None
        # All are looked at before anything is written.
        if fits and run_along(&g, CHECK) == 0:
            run_along(&g, PUT)
            return None
    return call_plain(np.put_along_axis, (arr, indices, values, axis), None)


# ---------------------------------------------------------------------------------------- masks

cdef enum:
    PARTS = 64

cdef struct Choice:             # the chunks where a mask is set
    const char *source
    const uint8_t *mask
    char *into
    cnp.npy_intp n, size, parts
    cnp.npy_intp first[PARTS + 1]       # the place of each part's first one


cdef int count_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Choice *c = <Choice *>work
    cdef cnp.npy_intp start = c.n * part // c.parts
    c.first[part + 1] = kernels.count(c.mask + start, c.n * (part + 1) // c.parts - start)
    return 0


cdef int choose_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Choice *c = <Choice *>work
    cdef cnp.npy_intp i, start = c.n * part // c.parts, stop = c.n * (part + 1) // c.parts
    cdef cnp.npy_intp most = c.first[part + 1] - c.first[part]
    cdef const char *source = c.source + start * c.size
    cdef char *into = c.into + c.first[part] * c.size
    cdef int kernel = 0 if c.size == 1 else 1 if c.size == 2 else 2 if c.size == 4 else 3 if c.size == 8 else -1
    if kernel >= 0:         # fewer than were counted: somebody has changed the mask
        return kernels.compress[kernel](source, c.mask + start, stop - start, into, most) != most
    for i in range(start, stop):
        if c.mask[i] and most:
            memcpy(into, source, c.size)
            into += c.size
            most -= 1
        source += c.size
    return most != 0


cdef object chosen(cnp.ndarray a, cnp.ndarray mask, int axes):
    """The elements where a mask over the first axes is set, or over all for 0; NotImplemented where it cannot be."""
    cdef Choice c
    cdef cnp.npy_intp shape[64]
    cdef double work
    cdef int d, k, width, nd = 1
    c.n, c.size = cnp.PyArray_SIZE(mask), a.descr.itemsize
    if axes:
        for d in range(axes, a.ndim):
            shape[nd] = a.shape[d]
            c.size *= a.shape[d]
            nd += 1
    if c.size == 0:
        return NotImplemented
    c.mask, c.source = <uint8_t *>cnp.PyArray_DATA(mask), <char *>cnp.PyArray_DATA(a)
    work = <double>c.n * (1 if c.size <= 8 else c.size // 8)
    width = threads.width_for(work, 2 * PIECE)
    c.parts = 1 if width <= 1 else min(PARTS, 4 * width)
    c.first[0] = 0
    threads.run(count_part, &c, c.parts, width, work >= PIECE)
    for k in range(c.parts):
        c.first[k + 1] += c.first[k]
    shape[0] = c.first[c.parts]
    result = new_tensor(nd, shape, NULL, a.descr)
    c.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    d = threads.run(choose_part, &c, c.parts, width, work >= PIECE)
    return NotImplemented if d else result


cdef object compressed(object condition, object a, object axis, object out):
    cdef int along
    cdef cnp.npy_intp n
    if (out is None and is_mask(condition) and (<cnp.ndarray>condition).ndim == 1
            and is_plain(a) and (<cnp.ndarray>a).ndim):
        n = cnp.PyArray_SIZE(<cnp.ndarray>a)
        if axis is None or read_axis(axis, (<cnp.ndarray>a).ndim, &along) and along == 0:
            n = n if axis is None else cnp.PyArray_DIM(<cnp.ndarray>a, 0)
            if cnp.PyArray_DIM(<cnp.ndarray>condition, 0) == n:
                return chosen(<cnp.ndarray>a, <cnp.ndarray>condition, 0 if axis is None else 1)
    return NotImplemented


def compress(condition, a, axis=None, out=None):
    """The slices along an axis for which a condition holds; see :func:`numpy.compress`."""
    result = compressed(condition, a, axis, out)
    return call_plain(np.compress, (condition, a, axis, out), None) if result is NotImplemented else result


def extract(condition, arr):
    """The elements for which a condition holds; see :func:`numpy.extract`."""
    if is_mask(condition) and is_plain(arr) and (<cnp.ndarray>arr).ndim and (
            cnp.PyArray_SIZE(<cnp.ndarray>condition) == cnp.PyArray_SIZE(<cnp.ndarray>arr)):
        result = chosen(<cnp.ndarray>arr, <cnp.ndarray>condition, 0)
        if result is not NotImplemented:
            return result
    return call_plain(np.extract, (condition, arr), None)


# ---------------------------------------------------------------------------------------- methods

cdef object indexed(object a, object key):
    """``a[key]`` for an array of indices or a mask; NotImplemented where NumPy has to read the key."""
    if not is_plain(a) or (<cnp.ndarray>key).ndim == 0:
        return NotImplemented
    if is_index(key):
        if (<cnp.ndarray>a).ndim:
            return gathered(<cnp.ndarray>a, <cnp.ndarray>key, 0, RAISE)
    elif is_mask(key) and starts_alike(a, key):
        return chosen(<cnp.ndarray>a, <cnp.ndarray>key, (<cnp.ndarray>key).ndim)
    return NotImplemented


cdef object _ndarray_take = np.ndarray.take, _ndarray_compress = np.ndarray.compress


def take_method(self, indices, axis=None, out=None, mode="raise"):
    """The elements that indices name; see :meth:`numpy.ndarray.take`."""
    result = taken(self, indices, axis, out, mode)
    return _ndarray_take(self, indices, axis, out, mode) if result is NotImplemented else result


def compress_method(self, condition, axis=None, out=None):
    """The slices along an axis for which a condition holds; see :meth:`numpy.ndarray.compress`."""
    result = compressed(condition, self, axis, out)
    return _ndarray_compress(self, condition, axis, out) if result is NotImplemented else result
