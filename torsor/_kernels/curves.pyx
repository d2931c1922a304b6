"""Curves: values between given points, of polynomials, and sums of products of shifted arrays.

What is out of the ordinary (other dtypes and layouts, odd arguments, errors) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport isnan
from libc.stdint cimport uint64_t
from libc.string cimport memcpy
from torsor._kernels cimport threads
from torsor._kernels._lines cimport LineKernels
from torsor._kernels.arrays cimport torsor_shared
from torsor._kernels.engine cimport FLOAT32, FLOAT64, INT64, type_code
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    PIECE = 50000               # products that are worth a thread

cdef LineKernels *kernels


def add_kernels(capsule):
    """Take the kernels of one instruction set."""
    global kernels
    kernels = <LineKernels *>PyCapsule_GetPointer(capsule, b"torsor.lines")


cdef inline int code_of(object a):
    """The engine's code of an aligned array in C order, else -1."""
    if not is_array(<PyObject *>a) or (
            cnp.PyArray_FLAGS(<cnp.ndarray>a) & cnp.NPY_ARRAY_CARRAY_RO != cnp.NPY_ARRAY_CARRAY_RO):
        return -1
    return type_code((<cnp.ndarray>a).descr)


cdef inline bint is_vector(object a, int code):
    return code_of(a) == code and (<cnp.ndarray>a).ndim == 1 and (<cnp.ndarray>a).shape[0] > 0


# ---------------------------------------------------------------------------------------- interpolation

cdef struct Curve:              # points with x rising
    const double *x
    double *out
    const double *xp
    const double *fp
    double left, right
    cnp.npy_intp n, points, parts


cdef inline cnp.npy_intp locate(const double *xp, cnp.npy_intp n, double x, cnp.npy_intp guess) noexcept nogil:
    """The last point that is not beyond x, which lies within the points."""
    cdef cnp.npy_intp low = 0, half
    if xp[guess] <= x:
        if guess + 1 >= n or x < xp[guess + 1]:
            return guess
        if guess + 2 >= n or x < xp[guess + 2]:
            return guess + 1
    while n > 1:
        half = n >> 1
        low += half if xp[low + half] <= x else 0
        n -= half
    return low


cdef int curve_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Curve *c = <Curve *>work
    cdef cnp.npy_intp i, j = 0, last = c.points - 1
    cdef double x, slope, y
    for i in range(c.n * part // c.parts, c.n * (part + 1) // c.parts):
        x = c.x[i]
        if isnan(x):
            c.out[i] = x
        elif x < c.xp[0]:
            c.out[i] = c.left
        elif x > c.xp[last]:
            c.out[i] = c.right
        else:
            j = locate(c.xp, c.points, x, j)
            if j == last or c.xp[j] == x:
                c.out[i] = c.fp[j]
                continue
            slope = (c.fp[j + 1] - c.fp[j]) / (c.xp[j + 1] - c.xp[j])
            y = slope * (x - c.xp[j]) + c.fp[j]
            if isnan(y):
                y = slope * (x - c.xp[j + 1]) + c.fp[j + 1]
                if isnan(y) and c.fp[j] == c.fp[j + 1]:
                    y = c.fp[j]
            c.out[i] = y
    return 0


cdef bint rises(const double *x, cnp.npy_intp n) noexcept nogil:
    """Whether no element is less than the one before, nor NaN."""
    cdef cnp.npy_intp i
    cdef int falls = x[0] != x[0]
    for i in range(n - 1):
        falls |= not x[i] <= x[i + 1]
    return not falls


def interp(x, xp, fp, left=None, right=None, period=None):
    """Values between points of a curve; see :func:`numpy.interp`."""
    cdef Curve c
    cdef cnp.ndarray a
    cdef int width
    if (period is None and (left is None or type(left) is float) and (right is None or type(right) is float)
            and code_of(x) == FLOAT64 and (<cnp.ndarray>x).ndim and is_vector(xp, FLOAT64) and is_vector(fp, FLOAT64)
            and (<cnp.ndarray>xp).shape[0] == (<cnp.ndarray>fp).shape[0] > 1):
        a = <cnp.ndarray>x
        c.xp, c.fp = <double *>cnp.PyArray_DATA(<cnp.ndarray>xp), <double *>cnp.PyArray_DATA(<cnp.ndarray>fp)
        c.points, c.n, c.x = (<cnp.ndarray>xp).shape[0], cnp.PyArray_SIZE(a), <double *>cnp.PyArray_DATA(a)
        if rises(c.xp, c.points):           # else what NumPy finds depends on where it looks first
            c.left = c.fp[0] if left is None else left
            c.right = c.fp[c.points - 1] if right is None else right
            result = new_tensor(a.ndim, a.shape, NULL, a.descr)
            c.out = <double *>cnp.PyArray_DATA(<cnp.ndarray>result)
            width = threads.width_for(<double>c.n, PIECE / 10)
            c.parts = 4 * width if width > 1 else 1
            threads.run(curve_part, &c, c.parts, width, c.n >= PIECE // 10)
            return result
    return call_plain(np.interp, (x, xp, fp, left, right, period), None)


# ---------------------------------------------------------------------------------------- polynomials

cdef struct Polynomial:
    const double *p
    const double *x
    double *out
    cnp.npy_intp m, n, parts


cdef int polynomial_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Polynomial *p = <Polynomial *>work
    cdef cnp.npy_intp start = p.n * part // p.parts, stop = p.n * (part + 1) // p.parts
    fp_clear()
    kernels.horner(p.p, p.m, p.x + start, p.out + start, stop - start)
    return fp_status()


def polyval(p, x):
    """The values of a polynomial, the highest coefficient first; see :func:`numpy.polyval`."""
    cdef Polynomial q
    cdef cnp.ndarray a
    cdef int width, status
    if is_vector(p, FLOAT64) and code_of(x) == FLOAT64 and (<cnp.ndarray>x).ndim:
        a = <cnp.ndarray>x
        q.p, q.m = <double *>cnp.PyArray_DATA(<cnp.ndarray>p), (<cnp.ndarray>p).shape[0]
        q.x, q.n = <double *>cnp.PyArray_DATA(a), cnp.PyArray_SIZE(a)
        result = new_tensor(a.ndim, a.shape, NULL, a.descr)
        q.out = <double *>cnp.PyArray_DATA(<cnp.ndarray>result)
        width = threads.width_for(<double>q.n * q.m, PIECE)
        q.parts = 4 * width if width > 1 else 1
        status = threads.run(polynomial_part, &q, q.parts, width, <double>q.n * q.m >= PIECE)
        if status == 0:                     # else NumPy may warn
            return result
    return call_plain(np.polyval, (p, x), None)


# ---------------------------------------------------------------------------------------- correlation

ctypedef fused number:
    float
    double
    uint64_t

cdef struct Correlation:        # out[i] = sum of a[i + k - left] * v[k] over the k where a has elements
    const char *a
    const char *v
    char *out
    int kind, size
    cnp.npy_intp n, m, left, length, parts


cdef void edge(const number *a, const number *v, const Correlation *c,
               cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    """Sums that lack products, one by one."""
    cdef cnp.npy_intp i, k
    cdef number total
    for i in range(start, stop):
        total = 0
        for k in range(max(<cnp.npy_intp>0, c.left - i), min(c.m, c.n + c.left - i)):
            total += a[i + k - c.left] * v[k]
        (<number *>c.out)[i] = total


cdef void edges(const Correlation *c, cnp.npy_intp start, cnp.npy_intp stop) noexcept nogil:
    if c.kind == 0:
        edge(<const float *>c.a, <const float *>c.v, c, start, stop)
    elif c.kind == 1:
        edge(<const double *>c.a, <const double *>c.v, c, start, stop)
    else:
        edge(<const uint64_t *>c.a, <const uint64_t *>c.v, c, start, stop)


cdef int correlation_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef Correlation *c = <Correlation *>work
    # Parts start at whole blocks of the kernel, so that each sum is the same however many there are.
    cdef cnp.npy_intp full = c.n - c.m + 1, block = 256 // c.size, blocks = (full + block - 1) // block
    cdef cnp.npy_intp start = blocks * part // c.parts * block, stop = min(full, blocks * (part + 1) // c.parts * block)
    if start < stop:
        kernels.correlate[c.kind](c.a + start * c.size, c.v, c.m, c.out + (start + c.left) * c.size, stop - start)
    if part == 0:
        edges(c, 0, c.left)
    if part == c.parts - 1:
        edges(c, full + c.left, c.length)
    return 0


cdef object padded(object a, object v, Correlation *c):
    """The array between zeros, where they change no sum; None where they might: infinity times zero is no number."""
    cdef cnp.npy_intp n = c.length + c.m - 1
    cdef int size = <int>(<cnp.ndarray>a).descr.itemsize
    if type_code((<cnp.ndarray>v).descr) != INT64 and not np.isfinite(v).all():
        return None
    found = new_tensor(1, &n, NULL, (<cnp.ndarray>a).descr, True)
    memcpy(<char *>cnp.PyArray_DATA(<cnp.ndarray>found) + c.left * size, cnp.PyArray_DATA(<cnp.ndarray>a), c.n * size)
    c.left, c.n = 0, n
    return found


cdef object reversed_copy(cnp.ndarray v):
    cdef cnp.npy_intp k, n = v.shape[0], size = v.descr.itemsize
    cdef char *source = <char *>cnp.PyArray_DATA(v)
    turned = new_tensor(1, v.shape, NULL, v.descr)
    cdef char *into = <char *>cnp.PyArray_DATA(<cnp.ndarray>turned)
    for k in range(n):
        memcpy(into + k * size, source + (n - 1 - k) * size, size)
    return turned


cdef object correlated(object a, object v, str mode, bint turned):
    """The sums; NotImplemented where NumPy has to find them."""
    cdef Correlation c
    cdef int code = code_of(a), width
    if code != FLOAT32 and code != FLOAT64 and code != INT64 or not is_vector(a, code) or not is_vector(v, code):
        return NotImplemented
    if (<cnp.ndarray>v).shape[0] > (<cnp.ndarray>a).shape[0]:
        if not turned:
            return NotImplemented
        a, v = v, a
    c.n, c.m = (<cnp.ndarray>a).shape[0], (<cnp.ndarray>v).shape[0]
    if mode == "full":
        c.left, c.length = c.m - 1, c.n + c.m - 1
    elif mode == "same":
        c.left, c.length = c.m // 2, c.n
    elif mode == "valid":
        c.left, c.length = 0, c.n - c.m + 1
    else:
        return NotImplemented
    if turned:
        v = reversed_copy(<cnp.ndarray>v)
    kept = padded(a, v, &c) if c.length > c.n - c.m + 1 and c.m >= 64 else None
    c.kind, c.size = 0 if code == FLOAT32 else 1 if code == FLOAT64 else 2, 4 if code == FLOAT32 else 8
    c.a = <char *>cnp.PyArray_DATA(<cnp.ndarray>(a if kept is None else kept))
    c.v = <char *>cnp.PyArray_DATA(<cnp.ndarray>v)
    result = new_tensor(1, &c.length, NULL, (<cnp.ndarray>a).descr)
    c.out = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    width = threads.width_for(<double>c.length * c.m / 4, PIECE)
    c.parts = 4 * width if width > 1 else 1
    threads.run(correlation_part, &c, c.parts, width, <double>c.length * c.m / 4 >= PIECE)
    return result


def convolve(a, v, mode="full"):
    """The convolution of two vectors; see :func:`numpy.convolve`."""
    result = correlated(a, v, mode, True) if type(mode) is str else NotImplemented
    return call_plain(np.convolve, (a, v, mode), None) if result is NotImplemented else result


def correlate(a, v, mode="valid"):
    """The correlation of two vectors; see :func:`numpy.correlate`."""
    result = correlated(a, v, mode, False) if type(mode) is str else NotImplemented
    return call_plain(np.correlate, (a, v, mode), None) if result is NotImplemented else result
