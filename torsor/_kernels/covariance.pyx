"""Covariance and correlation coefficients, by torsor's mean and matrix product.

What is out of the ordinary (weights, other dtypes, too few values) goes to NumPy's own function.
"""
cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.arrays cimport is_viewable, read_int, torsor_part, torsor_shared
from torsor._kernels.engine cimport FLOAT64, type_code
from torsor._kernels.tensor cimport call_plain

import numpy as np

from torsor._kernels import tensor as _tensor

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef object _dot, _concatenate, _sqrt, _clip


def connect(dot, concatenate, sqrt, clip):
    """Take the functions that these are composed of; called once, by the chapter."""
    global _dot, _concatenate, _sqrt, _clip
    _dot, _concatenate, _sqrt, _clip = dot, concatenate, sqrt, clip


cdef object variables(object m, bint rowvar, bint alone):
    """The variables as rows of a matrix, or None."""
    cdef cnp.ndarray x
    cdef cnp.npy_intp shape[2]
    cdef cnp.npy_intp strides[2]
    if not is_viewable(m) or type_code((<cnp.ndarray>m).descr) != FLOAT64:
        return None
    x = <cnp.ndarray>m
    if x.ndim == 1:
        shape[0], shape[1] = 1, x.shape[0]
        strides[0], strides[1] = 0, x.strides[0]
    elif x.ndim != 2:
        return None
    elif rowvar or not alone and x.shape[0] == 1:
        shape[0], shape[1] = x.shape[0], x.shape[1]
        strides[0], strides[1] = x.strides[0], x.strides[1]
    else:
        shape[0], shape[1] = x.shape[1], x.shape[0]
        strides[0], strides[1] = x.strides[1], x.strides[0]
    return torsor_part(m, 2, shape, strides, <char *>cnp.PyArray_DATA(x))


cdef object covariance(object m, object y, object rowvar, object bias, object ddof):
    cdef Py_ssize_t lost, n
    if type(rowvar) is not bool or type(bias) is not bool:
        return None
    if ddof is None:
        lost = 0 if bias else 1
    elif not read_int(ddof, &lost):
        return None
    x = variables(m, rowvar, True)
    if x is not None and y is not None:
        other = variables(y, rowvar, False)
        if other is None or cnp.PyArray_DIM(<cnp.ndarray>x, 1) != cnp.PyArray_DIM(<cnp.ndarray>other, 1):
            return None
        x = _concatenate((x, other))
    if x is None or cnp.PyArray_DIM(<cnp.ndarray>x, 0) == 0:
        return None
    n = cnp.PyArray_DIM(<cnp.ndarray>x, 1)
    if n - lost <= 0 or n == 0:
        return None
    x = x - x.mean(axis=1, keepdims=True)
    c = _dot(x, x.T)
    c *= 1.0 / (n - lost)
    return c


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """The covariances of variables; see :func:`numpy.cov`."""
    if fweights is None and aweights is None and dtype is None:
        c = covariance(m, y, rowvar, bias, ddof)
        if c is not None:
            return c.squeeze()
    return call_plain(np.cov, (m, y, rowvar, bias, ddof, fweights, aweights), {"dtype": dtype})


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """The correlation coefficients of variables; see :func:`numpy.corrcoef`."""
    c = covariance(x, y, rowvar, False, None) if dtype is None else None
    if c is None or cnp.PyArray_DIM(<cnp.ndarray>c, 0) < 2:
        return call_plain(np.corrcoef, (x, y, rowvar), {"dtype": dtype})
    deviation = _sqrt(c.diagonal())
    c /= deviation[:, None]
    c /= deviation[None, :]
    _clip(c, -1.0, 1.0, c)
    return c
