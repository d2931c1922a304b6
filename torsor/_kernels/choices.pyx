"""choose: of each element that of one of several arrays which are alike.

What is out of the ordinary (other dtypes, arrays that are broadcast, bad indices) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp
from torsor._kernels cimport threads
from torsor._kernels.arrays cimport torsor_shared
from torsor._kernels.gather cimport is_index, is_mask, is_plain
from torsor._kernels.tensor cimport call_plain, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 1 << 13             # elements that are worth a thread
    CHOICES = 32                # arrays to choose from

cdef struct Choose:             # of each element that of one array
    const char *sources[CHOICES]
    const char *index
    char *into
    cnp.npy_intp n, parts
    int choices, size
    bint narrow                 # the indices are bytes, 0 or not

ctypedef fused item_t:
    uint8_t
    uint16_t
    uint32_t
    uint64_t


cdef inline int choose_run(const Choose *c, item_t *into, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    cdef cnp.npy_intp i
    cdef uint64_t at, n = <uint64_t>c.choices
    if c.narrow:
        for i in range(start, stop):            # without a branch on the index
            at = c.index[i] != 0
            into[i] = (<const item_t *>c.sources[at])[i]
        return 0
    for i in range(start, stop):
        at = (<const uint64_t *>c.index)[i]
        if at >= n:
            return 1
        into[i] = (<const item_t *>c.sources[at])[i]
    return 0


cdef int choose_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Choose *c = <const Choose *>work
    cdef cnp.npy_intp start = c.n * part // c.parts, stop = c.n * (part + 1) // c.parts
    if c.size == 8:
        return choose_run(c, <uint64_t *>c.into, start, stop)
    if c.size == 4:
        return choose_run(c, <uint32_t *>c.into, start, stop)
    if c.size == 2:
        return choose_run(c, <uint16_t *>c.into, start, stop)
    return choose_run(c, <uint8_t *>c.into, start, stop)


cdef object one_of_each(object a, tuple choices):
    """The elements of arrays that are alike, by indices of that shape; NotImplemented for others and bad indices."""
    cdef Choose c
    cdef cnp.ndarray x, first
    cdef int k, width
    c.choices, c.narrow = <int>len(choices), is_mask(a)
    if not 2 <= c.choices <= CHOICES or not (c.narrow or is_index(a)) or not is_plain(choices[0]):
        return NotImplemented
    first = <cnp.ndarray>choices[0]
    c.n, c.size = cnp.PyArray_SIZE(first), <int>first.descr.itemsize
    if c.n == 0 or c.size > 8:
        return NotImplemented
    for k in range(c.choices + 1):
        x = <cnp.ndarray>(choices[k] if k < c.choices else a)
        if k < c.choices and (not is_plain(x) or x.descr is not first.descr) or x.ndim != first.ndim or memcmp(
                x.shape, first.shape, x.ndim * sizeof(cnp.npy_intp)):
            return NotImplemented
        if k < c.choices:
            c.sources[k] = <char *>cnp.PyArray_DATA(x)
    c.index = <char *>cnp.PyArray_DATA(<cnp.ndarray>a)
    result = new_tensor(first.ndim, first.shape, NULL, first.descr)
    c.into = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    width = threads.width_for(<double>c.n, PIECE)
    c.parts = max(width, 1)
    return NotImplemented if threads.run(choose_part, &c, c.parts, width, c.n >= PIECE) else result


def choose(a, choices, out=None, mode="raise"):
    """Of each element that of the array which an index names; see :func:`numpy.choose`."""
    if out is None and type(mode) is str and mode == "raise" and (type(choices) is tuple or type(choices) is list):
        result = one_of_each(a, tuple(choices))
        if result is not NotImplemented and (<cnp.ndarray>result).ndim:
            return result
    return call_plain(np.choose, (a, choices, out, mode), None)
