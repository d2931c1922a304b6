"""Differences and sums along an axis, composed of torsor's own operations: diff, gradient, trapezoid, unwrap.

What is out of the ordinary goes to NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.string cimport memcpy
from torsor._kernels.arrays cimport is_viewable, read_axis, read_int, torsor_part, torsor_shared
from torsor._kernels.engine cimport FLOAT32, FLOAT64, type_code
from torsor._kernels.tensor cimport as_tensor, call_plain, new_tensor

import numpy as np

from torsor._kernels import tensor as _tensor

cdef extern from "numpy/arrayobject.h":
    PyObject *PyArray_Ravel(cnp.ndarray, int) except NULL
    PyObject *PyArray_NewCopy(cnp.ndarray, int) except NULL

cdef extern from *:
    """
    static inline PyObject *torsor_cast(PyArrayObject *a, PyObject *dtype)
    { Py_INCREF(dtype); return PyArray_CastToType(a, (PyArray_Descr *)dtype, 0); }
    """
    PyObject *cast "torsor_cast"(cnp.ndarray, PyObject *) except NULL

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef object _no_value = np._NoValue
cdef cnp.dtype _float64 = np.dtype(np.float64)
cdef object _add, _subtract, _divide, _remainder, _copyto


def connect(ufuncs, copyto):
    """Take the functions that these are composed of; called once, by the chapter."""
    global _add, _subtract, _divide, _remainder, _copyto
    _add, _subtract, _divide, _remainder = (ufuncs[name] for name in ("add", "subtract", "divide", "remainder"))
    _copyto = copyto


cdef object part(object a, int axis, cnp.npy_intp start, cnp.npy_intp n):
    """n elements along an axis, as a view."""
    cdef cnp.npy_intp shape[40]
    cdef cnp.ndarray x = <cnp.ndarray>a
    n = max(n, <cnp.npy_intp>0)
    memcpy(shape, x.shape, x.ndim * sizeof(cnp.npy_intp))
    shape[axis] = n
    return torsor_part(a, x.ndim, shape, x.strides, <char *>cnp.PyArray_DATA(x) + (start * x.strides[axis] if n else 0))


cdef bint is_ours(object a):
    return is_viewable(a) and (<cnp.ndarray>a).ndim > 0 and type_code((<cnp.ndarray>a).descr) >= 0


cdef object step(object a, int axis):
    """Each element less the one before."""
    cdef cnp.npy_intp n = cnp.PyArray_DIM(<cnp.ndarray>a, axis)
    later, sooner = part(a, axis, 1, n - 1), part(a, axis, 0, n - 1)
    return later != sooner if (<cnp.ndarray>a).descr.type_num == cnp.NPY_BOOL else later - sooner


def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    """Differences between neighbours along an axis; see :func:`numpy.diff`."""
    cdef Py_ssize_t times
    cdef int along
    if (prepend is _no_value and append is _no_value and is_ours(a) and read_int(n, &times) and times > 0
            and read_axis(axis, (<cnp.ndarray>a).ndim, &along)):
        while times:
            a = step(a, along)
            times -= 1
            if cnp.PyArray_DIM(<cnp.ndarray>a, along) == 0:
                break
        return a
    given = {} if prepend is _no_value else {"prepend": prepend}
    if append is not _no_value:
        given["append"] = append
    return call_plain(np.diff, (a, n, axis), given)


def ediff1d(ary, to_end=None, to_begin=None):
    """Differences between neighbours of all elements; see :func:`numpy.ediff1d`."""
    if to_end is None and to_begin is None and is_ours(ary) and (<cnp.ndarray>ary).descr.type_num != cnp.NPY_BOOL:
        return step(as_tensor(PyArray_Ravel(<cnp.ndarray>ary, cnp.NPY_CORDER), False), 0)
    return call_plain(np.ediff1d, (ary, to_end, to_begin), None)


cdef object slope(object f, int axis, object distance):
    """The gradient along one axis: of three neighbours inside, of two at the ends."""
    cdef cnp.ndarray x = <cnp.ndarray>f
    cdef cnp.npy_intp n = x.shape[axis]
    out = new_tensor(x.ndim, x.shape, NULL, x.descr)
    inside = part(out, axis, 1, n - 2)
    _subtract(part(f, axis, 2, n - 2), part(f, axis, 0, n - 2), inside)
    _divide(inside, 2.0 * distance, inside)
    if x.ndim == 1:             # numbers, as NumPy's own are
        out[0] = (f[1] - f[0]) / distance
        out[n - 1] = (f[n - 1] - f[n - 2]) / distance
        return out
    for at, later in ((0, 1), (n - 1, n - 1)):
        end = part(out, axis, at, 1)
        _subtract(part(f, axis, later, 1), part(f, axis, later - 1, 1), end)
        _divide(end, distance, end)
    return out


def gradient(f, *varargs, axis=None, edge_order=1):
    """The gradient by differences of neighbours; see :func:`numpy.gradient`."""
    cdef int code, along = 0, k
    cdef cnp.ndarray x
    distance = varargs[0] if len(varargs) == 1 else 1.0
    if (len(varargs) < 2 and (type(distance) is float or type(distance) is int and -1 << 53 <= distance <= 1 << 53)
            and is_ours(f) and type(edge_order) is int and edge_order == 1
            and (axis is None or read_axis(axis, (<cnp.ndarray>f).ndim, &along))):
        x = <cnp.ndarray>f
        code = type_code(x.descr)
        if cnp.PyArray_FLAGS(x) & cnp.NPY_ARRAY_C_CONTIGUOUS and 0 < code <= FLOAT64:
            given = f if code >= FLOAT32 else as_tensor(cast(x, <PyObject *>_float64), False)
            axes = range(x.ndim) if axis is None else (along,)
            for k in axes:
                if x.shape[k] < 2:
                    break
            else:
                found = [slope(given, k, distance) for k in axes]
                return found[0] if len(found) == 1 else tuple(found)
    return call_plain(np.gradient, (f, *varargs), {"axis": axis, "edge_order": edge_order})


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by the trapezoidal rule; see :func:`numpy.trapezoid`."""
    cdef cnp.ndarray f
    cdef cnp.npy_intp n
    cdef int along
    if is_ours(y) and read_axis(axis, (<cnp.ndarray>y).ndim, &along):
        f = <cnp.ndarray>y
        n = f.shape[along]
        distance = None
        if x is None:
            distance = dx if type(dx) is float or type(dx) is int else None
        elif is_ours(x) and f.ndim == 1 and (<cnp.ndarray>x).ndim == 1 and (<cnp.ndarray>x).shape[0] == n:
            distance = step(x, 0)
        if distance is not None and f.descr.type_num != cnp.NPY_BOOL:
            height = part(y, along, 1, n - 1) + part(y, along, 0, n - 1)
            if type(distance) is not float or distance != 1.0 or type_code(f.descr) < FLOAT32:
                height = distance * height
            return (height / 2.0).sum(along)
    return call_plain(np.trapezoid, (y, x, dx, axis), None)


def unwrap(p, discont=None, axis=-1, *, period=6.283185307179586):
    """Angles without jumps of a period; see :func:`numpy.unwrap`."""
    cdef int along, code
    cdef cnp.npy_intp n
    if (type(period) is float and (discont is None or type(discont) is float) and is_ours(p)
            and read_axis(axis, (<cnp.ndarray>p).ndim, &along)):
        code = type_code((<cnp.ndarray>p).descr)
        if code == FLOAT32 or code == FLOAT64:
            n = (<cnp.ndarray>p).shape[along]
            change = step(p, along)
            high = period / 2
            low = -high
            turned = _remainder(change - low, period) + low
            _copyto(turned, high, where=(turned == low) & (change > 0))
            turned -= change
            _copyto(turned, 0, where=abs(change) < (high if discont is None else discont))
            result = as_tensor(PyArray_NewCopy(<cnp.ndarray>p, cnp.NPY_KEEPORDER), False)
            later = part(result, along, 1, n - 1)
            _add(part(p, along, 1, n - 1), turned.cumsum(along), later)
            return result
    usual = type(period) is float and period == 6.283185307179586
    return call_plain(np.unwrap, (p, discont, axis), {} if usual else {"period": period})
