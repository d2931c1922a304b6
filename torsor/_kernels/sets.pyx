"""Arrays as sets: unique elements with their places and counts, and membership.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels cimport storage, threads
from torsor._kernels._searches cimport SearchKernels
from torsor._kernels.engine cimport (FLOAT32, FLOAT64, HOLD_GIL, INT64, Operand, code_dtype, item_size, take_array)
from torsor._kernels.sorting cimport QUICK, STABLE, sort_lines
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cdef extern from "sets.h" nogil:
    cnp.npy_intp find_runs(int code, const char *x, cnp.npy_intp n, cnp.npy_intp single, cnp.npy_intp *starts)
    cnp.npy_intp find_differences(int code, const char *x, cnp.npy_intp n, const char *y, cnp.npy_intp m, char *out)
    void take_elements(const char *x, int size, const cnp.npy_intp *places, cnp.npy_intp n, char *out)
    ctypedef struct Set:
        int code
        cnp.npy_int64 low
        cnp.npy_uint64 span
        unsigned char *flags
        cnp.npy_uint64 *slots
        int bits, has_zero
    void fill_set(Set *, const char *, cnp.npy_intp stride, cnp.npy_intp n)
    void test_set(const Set *, const char *, cnp.npy_intp stride, cnp.npy_intp n, unsigned char, unsigned char *)
    void ends_of_set(const Set *, const char *, cnp.npy_intp, cnp.npy_intp, cnp.npy_int64 *, cnp.npy_int64 *)

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef const SearchKernels *kernels = NULL


def add_kernels(capsule):
    """Take the kernels from the module of one instruction set."""
    global kernels
    kernels = <const SearchKernels *>PyCapsule_GetPointer(capsule, b"torsor.searches")


cdef enum:
    UINT64 = 8
    PART = 8192                 # elements that are looked up as one part of the work
    SPARSE = 64                 # flags for each element of a set, at most
    MOST_FLAGS = 1 << 24
    SMALL_SET = 1 << 14         # elements whose table may be nearly empty, so that most look-ups end at once
    FEW_BYTES = 320             # of a set whose elements are compared one by one

# ---------------------------------------------------------------------------------------- unique

cdef inline cnp.npy_intp *indices(object array):
    return <cnp.npy_intp *>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef object new_indices(cnp.npy_intp n):
    return new_tensor(1, &n, NULL, code_dtype(INT64))


cdef void number(const cnp.npy_intp *places, const cnp.npy_intp *starts, cnp.npy_intp runs, cnp.npy_intp n,
                 cnp.npy_intp *out) noexcept nogil:
    """Give every element the number of its run."""
    cdef cnp.npy_intp r, i, end
    for r in range(runs):
        end = n if r + 1 == runs else starts[r + 1]
        for i in range(starts[r], end):
            out[places[i]] = r


cdef tuple find_unique(object a, bint with_index, bint with_inverse, bint with_counts, bint equal_nan, bint flat):
    """Unique values, and what else is wanted of them; None where NumPy has to find them."""
    cdef Operand x
    cdef cnp.npy_intp n, runs, k, single
    cdef cnp.npy_intp *starts
    cdef char *elements
    cdef int code, size
    cdef unsigned long long nan = 0x7ff8000000000000
    cdef float short_nan
    cdef list results
    if not take_array(<PyObject *>a, &x) or not 0 < x.code <= FLOAT64 or x.nd == 0:
        return None
    n, code, size = cnp.PyArray_SIZE(a), x.code, item_size(x.code)
    if n == 0 or n >= <cnp.npy_intp>1 << 32:
        return None
    line = cnp.PyArray_Ravel(a, cnp.NPY_CORDER)
    ordered = new_tensor(1, &n, NULL, code_dtype(code))
    elements = <char *>cnp.PyArray_DATA(<cnp.ndarray>ordered)
    places = None
    if with_index or with_inverse:
        if not cnp.PyArray_FLAGS(line) & cnp.NPY_ARRAY_C_CONTIGUOUS:
            line = cnp.PyArray_NewCopy(line, cnp.NPY_CORDER)
        places = new_indices(n)
        if not sort_lines(line, places, 0, STABLE if with_index else QUICK, True):
            return None
        take_elements(<const char *>cnp.PyArray_DATA(<cnp.ndarray>line), size, indices(places), n, elements)
    elif not sort_lines(line, ordered, 0, QUICK, False):
        return None
    single = n
    if equal_nan and code >= FLOAT32:
        if code == FLOAT64:
            kernels.left[code](elements, n, <char *>&nan, 0, 1, &single)
        else:
            short_nan = float("nan")
            kernels.left[code](elements, n, <char *>&short_nan, 0, 1, &single)
    starts = <cnp.npy_intp *>storage.allocate((n + 1) * sizeof(cnp.npy_intp))
    if starts == NULL:
        raise MemoryError
    try:
        if n <= HOLD_GIL:
            runs = find_runs(code, elements, n, single, starts)
        else:
            with nogil:
                runs = find_runs(code, elements, n, single, starts)
        values = new_tensor(1, &runs, NULL, code_dtype(code))
        take_elements(elements, size, starts, runs, <char *>cnp.PyArray_DATA(<cnp.ndarray>values))
        results = [values]
        if with_index:
            first = new_indices(runs)
            take_elements(<char *>indices(places), sizeof(cnp.npy_intp), starts, runs, <char *>indices(first))
            results.append(first)
        if with_inverse:
            inverse = new_tensor(1 if flat else x.nd, &n if flat else <cnp.npy_intp *>x.shape, NULL, code_dtype(INT64))
            number(indices(places), starts, runs, n, indices(inverse))
            results.append(inverse)
        if with_counts:
            counts = new_indices(runs)
            for k in range(runs):
                indices(counts)[k] = (n if k + 1 == runs else starts[k + 1]) - starts[k]
            results.append(counts)
    finally:
        storage.release(starts, (n + 1) * sizeof(cnp.npy_intp))
    return tuple(results)


cdef bint is_flag(object x):
    return x is True or x is False


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True,
           sorted=True):
    """The different elements of an array, in order; see :func:`numpy.unique`.

    Parameters
    ----------
    ar : array_like
    return_index, return_inverse, return_counts : bool, optional
        Whether to return as well the place where each value is found first, the values' indices that make up
        ``ar`` again, and how often each occurs.
    axis : int or None, optional
        Along which slices are compared; None compares elements.
    equal_nan : bool, optional
        Whether NaNs count as one.
    sorted : bool, optional
        Whether the values have to be in order.

    Returns
    -------
    Tensor or tuple of Tensors
    """
    cdef tuple results
    if is_array(<PyObject *>ar) and is_flag(return_index) and is_flag(return_inverse) and is_flag(return_counts) and (
            axis is None or type(axis) is int and cnp.PyArray_NDIM(ar) == 1 and (axis == 0 or axis == -1)):
        # In which order NumPy finds integers that need not be sorted only it knows.
        if sorted is True or return_index or return_inverse or return_counts:
            results = find_unique(ar, return_index, return_inverse, return_counts, equal_nan, axis is not None)
            if results is not None:
                return results if len(results) > 1 else results[0]
    return call_plain(np.unique, (ar, return_index, return_inverse, return_counts, axis),
                      {"equal_nan": equal_nan, "sorted": sorted})


def differences(a, b):
    """What only one of two sorted sets has, in order: arrays of one engine type that are contiguous."""
    cdef Operand x, y
    cdef cnp.npy_intp n, m, count
    cdef char *found
    if not take_array(<PyObject *>a, &x) or not take_array(<PyObject *>b, &y) or x.code != y.code or (
            not 0 < x.code <= FLOAT64 or not x.flags & y.flags & cnp.NPY_ARRAY_C_CONTIGUOUS):
        raise TypeError("differences are those of contiguous arrays of one type")
    n, m = cnp.PyArray_SIZE(a), cnp.PyArray_SIZE(b)
    found = <char *>storage.allocate((n + m) * item_size(x.code))
    if found == NULL:
        raise MemoryError
    if n + m <= HOLD_GIL:
        count = find_differences(x.code, x.data, n, y.data, m, found)
    else:
        with nogil:
            count = find_differences(x.code, x.data, n, y.data, m, found)
    try:
        result = new_tensor(1, &count, NULL, code_dtype(x.code))
        memcpy(cnp.PyArray_DATA(<cnp.ndarray>result), found, count * item_size(x.code))
    finally:
        storage.release(found, (n + m) * item_size(x.code))
    return result


# ---------------------------------------------------------------------------------------- membership

cdef struct Lookup:
    Set set
    const char *x
    cnp.npy_intp stride, n
    unsigned char invert
    unsigned char *out
    cnp.npy_intp few            # elements that are compared, or 0
    char values[FEW_BYTES]


cdef int look_up_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Lookup *look = <Lookup *>work
    cdef cnp.npy_intp start = part * PART
    if look.few:
        kernels.among[look.set.code](look.x + start * look.stride, look.stride,
                                     min(<cnp.npy_intp>PART, look.n - start), look.values, look.few,
                                     look.invert, look.out + start)
        return 0
    test_set(&look.set, look.x + start * look.stride, look.stride, min(<cnp.npy_intp>PART, look.n - start),
             look.invert, look.out + start)
    return 0


cdef bint prepare(Lookup *look, const Operand *y, cnp.npy_intp m) noexcept nogil:
    """Choose the kind of table for m elements of a set; 0 where memory is short."""
    cdef cnp.npy_int64 least, greatest
    cdef cnp.npy_uint64 span
    cdef cnp.npy_intp k, stride = y.strides[0] if y.nd == 1 else item_size(y.code)
    look.set.code, look.set.span, look.set.has_zero = y.code, 0, 0
    look.set.flags, look.set.slots, look.set.low = NULL, NULL, 0
    look.few = m if m * item_size(y.code) <= FEW_BYTES else 0
    if look.few:
        for k in range(m):
            memcpy(look.values + k * item_size(y.code), y.data + k * stride, item_size(y.code))
        return True
    if y.code < FLOAT32 and y.code != UINT64:
        ends_of_set(&look.set, y.data, stride, m, &least, &greatest)
        span = <cnp.npy_uint64>greatest - <cnp.npy_uint64>least
        if span < <cnp.npy_uint64>MOST_FLAGS and span < <cnp.npy_uint64>(SPARSE * m + 1024):
            look.set.low, look.set.span = least, span + 1
    if look.set.span:
        look.set.flags = <unsigned char *>storage.allocate_zeroed(look.set.span)
        if look.set.flags == NULL:
            return False
    else:
        look.set.bits = 4
        while (<cnp.npy_intp>1 << look.set.bits) < (8 * m if m < SMALL_SET else 2 * m):
            look.set.bits += 1
        look.set.slots = <cnp.npy_uint64 *>storage.allocate_zeroed(<size_t>8 << look.set.bits)
        if look.set.slots == NULL:
            return False
    fill_set(&look.set, y.data, stride, m)
    return True


cdef void look_up(Lookup *look, int width) noexcept nogil:
    threads.do_all(look_up_part, look, (look.n + PART - 1) // PART, width)
    if look.set.flags != NULL:
        storage.release(look.set.flags, look.set.span)
    if look.set.slots != NULL:
        storage.release(look.set.slots, <size_t>8 << look.set.bits)


def contains(elements, test_elements, bint invert):
    """Which elements of one array are in another (or are not); None where NumPy has to find out."""
    cdef Operand x, y
    cdef Lookup look
    cdef cnp.npy_intp m
    cdef int width
    cdef bint done
    if not is_array(<PyObject *>elements) or not is_array(<PyObject *>test_elements):
        return None
    if not take_array(<PyObject *>elements, &x) or not take_array(<PyObject *>test_elements, &y) or x.code != y.code:
        return None
    m, look.n = cnp.PyArray_SIZE(test_elements), cnp.PyArray_SIZE(elements)
    if not 0 < x.code <= FLOAT64 or m == 0 or x.nd == 0 or y.nd == 0:
        return None
    if x.nd > 1 and not x.flags & cnp.NPY_ARRAY_C_CONTIGUOUS or y.nd > 1 and not y.flags & cnp.NPY_ARRAY_C_CONTIGUOUS:
        return None
    out = new_tensor(x.nd, x.shape, NULL, code_dtype(0))
    look.x, look.stride = x.data, x.strides[0] if x.nd == 1 else item_size(x.code)
    look.invert, look.out = invert, <unsigned char *>cnp.PyArray_DATA(<cnp.ndarray>out)
    width = threads.width_for(8.0 * look.n, PART)       # of additions
    if look.n + m <= HOLD_GIL:
        done = prepare(&look, &y, m)
        if done:
            look_up(&look, 1)
    else:
        with nogil:
            done = prepare(&look, &y, m)
            if done:
                look_up(&look, width)
    if not done:
        raise MemoryError
    return out
