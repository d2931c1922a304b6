"""Vectors: Euclidean length, and the product of vectors in space."""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport sqrt, sqrtf
from libc.stdint cimport int32_t, int64_t
from torsor._kernels cimport threads
from torsor._kernels.blas cimport blas_dot, routines
from torsor._kernels.engine cimport FLOAT32, FLOAT64, INT64, Nest, code_dtype, type_code
from torsor._kernels.reduce cimport KEEP, SQUARES, Kernel, find_kernel, reduce_nest
from torsor._kernels.tensor cimport call_plain, is_array, new_tensor

import numpy as np
from torsor._kernels import tensor as _tensor

ctypedef cnp.npy_intp intp

cdef extern from "tensor.h":
    void *torsor_shared
    object torsor_number(const char *p, cnp.dtype descr, PyObject *array)

cdef extern from "fpstatus.h" nogil:
    void fp_clear()
    int fp_status()

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef enum:
    SHORT = 4096                # elements whose squares BLAS sums up here
    INT32 = 5
    PART = 4000                 # products that are worth a thread
    HOLD_GIL = 2000


def length(x):
    """Square root of the sum of the squared magnitudes of all elements.

    Returns
    -------
    scalar
        NotImplemented for what is not an array in one piece of floating-point or complex numbers, and after
        floating-point errors.
    """
    cdef cnp.ndarray a
    cdef int code, type_
    cdef intp n
    cdef double value[2]
    cdef Kernel *kernel
    cdef Nest nest
    cdef int status
    if not is_array(<PyObject *>x):
        return NotImplemented
    a = <cnp.ndarray>x
    code, n = type_code(a.descr), cnp.PyArray_SIZE(a)
    if code < FLOAT32 or n == 0 or not cnp.PyArray_ISALIGNED(a) or not (
            cnp.PyArray_FLAGS(a) & (cnp.NPY_ARRAY_C_CONTIGUOUS | cnp.NPY_ARRAY_F_CONTIGUOUS)):
        return NotImplemented
    if code > FLOAT64:          # complex numbers are pairs of real ones
        code, n = code - 2, 2 * n
    if n <= SHORT:
        type_ = code - FLOAT32
        fp_clear()
        blas_dot(&routines()[type_], type_, False, <int>n, cnp.PyArray_DATA(a), 1, cnp.PyArray_DATA(a), 1, value)
        status = fp_status()
    else:
        kernel = find_kernel(SQUARES, code, code)
        nest.nd, nest.nargs = 1, 2
        nest.shape[0], nest.strides[0][0], nest.strides[1][0] = n, kernel.in_size, 0
        nest.data[0], nest.data[1] = <char *>cnp.PyArray_DATA(a), <char *>value
        status = reduce_nest(kernel, &nest, KEEP, 1, NULL)
    if status:
        return NotImplemented   # dot reports errors
    if code == FLOAT32:
        (<float *>value)[0] = sqrtf((<float *>value)[0])
    else:
        value[0] = sqrt(value[0])
    return torsor_number(<char *>value, code_dtype(code), NULL)


ctypedef fused number:
    int32_t
    int64_t
    float
    double

cdef struct Cross:              # rows of three numbers
    int code
    const char *a
    const char *b
    char *c
    intp rows, step
    intp ar, ac, br, bc         # strides of rows and numbers


cdef inline void cross_rows(const Cross *w, number *c, intp start, intp stop) noexcept nogil:
    cdef intp r
    cdef const char *a
    cdef const char *b
    cdef number a0, a1, a2, b0, b1, b2
    c += 3 * start
    for r in range(start, stop):
        a, b = w.a + r * w.ar, w.b + r * w.br
        a0, a1, a2 = (<const number *>a)[0], (<const number *>(a + w.ac))[0], (<const number *>(a + 2 * w.ac))[0]
        b0, b1, b2 = (<const number *>b)[0], (<const number *>(b + w.bc))[0], (<const number *>(b + 2 * w.bc))[0]
        c[0], c[1], c[2] = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
        c += 3


cdef int cross_part(void *work, Py_ssize_t part, int worker) noexcept nogil:
    cdef const Cross *w = <Cross *>work
    cdef intp start = part * w.step, stop = min((part + 1) * w.step, w.rows)
    fp_clear()
    if w.code == INT32:
        cross_rows(w, <int32_t *>w.c, start, stop)
        return 0
    if w.code == INT64:
        cross_rows(w, <int64_t *>w.c, start, stop)
        return 0
    if w.code == FLOAT32:
        cross_rows(w, <float *>w.c, start, stop)
    else:
        cross_rows(w, <double *>w.c, start, stop)
    return fp_status()


cdef inline bint take_rows(cnp.ndarray x, intp *rows, intp *row, intp *column) noexcept:
    """Whether the vectors, along the last axis, lie at one distance from each other."""
    cdef int nd = cnp.PyArray_NDIM(x), d
    cdef intp *shape = cnp.PyArray_DIMS(x)
    cdef intp *strides = cnp.PyArray_STRIDES(x)
    if nd == 0 or shape[nd - 1] != 3 or not cnp.PyArray_ISALIGNED(x):
        return False
    rows[0], row[0], column[0] = 1, strides[nd - 2] if nd > 1 else 0, strides[nd - 1]
    for d in range(nd - 1):
        rows[0] *= shape[d]
        if d < nd - 2 and strides[d] != strides[d + 1] * shape[d + 1]:
            return False
    return True


def cross_last(x, y):
    """The products of the vectors along the last axes of two arrays.

    Returns
    -------
    Tensor
        NotImplemented for what is not as usual, and where floating-point errors are to be reported.
    """
    cdef cnp.ndarray a, b, longer
    cdef Cross w
    cdef intp rows
    cdef int d, width, status
    cdef cnp.npy_intp parts
    if not is_array(<PyObject *>x) or not is_array(<PyObject *>y):
        return NotImplemented
    a, b = <cnp.ndarray>x, <cnp.ndarray>y
    w.code = type_code(a.descr)
    if type_code(b.descr) != w.code or w.code not in (INT32, INT64, FLOAT32, FLOAT64):
        return NotImplemented
    if not take_rows(a, &w.rows, &w.ar, &w.ac) or not take_rows(b, &rows, &w.br, &w.bc):
        return NotImplemented
    longer = a if cnp.PyArray_NDIM(a) > 1 else b
    if cnp.PyArray_NDIM(a) == 1:
        w.ar, w.rows = 0, rows
    elif cnp.PyArray_NDIM(b) == 1:
        w.br = 0
    else:
        if cnp.PyArray_NDIM(a) != cnp.PyArray_NDIM(b):
            return NotImplemented
        for d in range(cnp.PyArray_NDIM(a)):
            if cnp.PyArray_DIMS(a)[d] != cnp.PyArray_DIMS(b)[d]:
                return NotImplemented
    w.a, w.b = <char *>cnp.PyArray_DATA(a), <char *>cnp.PyArray_DATA(b)
    result = new_tensor(cnp.PyArray_NDIM(longer), cnp.PyArray_DIMS(longer), NULL, code_dtype(w.code))
    w.c = <char *>cnp.PyArray_DATA(<cnp.ndarray>result)
    width = threads.width_for(w.rows, PART)
    w.step = PART if width > 1 else w.rows
    parts = (w.rows + w.step - 1) // w.step if w.rows else 0
    status = threads.run(cross_part, &w, parts, width, w.rows >= HOLD_GIL)
    return NotImplemented if status else result


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Products of vectors in space; see :func:`numpy.cross`.

    Parameters
    ----------
    a, b : array_like
        Vectors of three components, or of two where the third is zero.
    axisa, axisb, axisc : int, optional
        Along which axis they lie, in the operands and in the result.
    axis : int, optional
        All three of these.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If the vectors have other lengths.
    """
    if (axis is None and axisa == axisb == axisc == -1) or (type(axis) is int and axis == -1):
        result = cross_last(a, b)
        if result is not NotImplemented:
            return result
    return call_plain(np.cross, (a, b, axisa, axisb, axisc, axis), None)
