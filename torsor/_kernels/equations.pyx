"""Linear equations: solutions, inverses, determinants, Cholesky's factor, least squares, of stacks of matrices.

Each function reads its arguments, runs the job (lapack.pyx), and names the results; what the job does not take is
done by NumPy's own function on the same memory.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.lapack cimport (
    CHOLESKY, DETERMINANT, INVERT, LEAST_SQUARES, LOG_DETERMINANT, SOLVE, Job, finish, make_job,
)
from torsor._kernels.tensor cimport call_plain, is_array

import numpy as np
from numpy.linalg import _linalg

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef object SlogdetResult = _linalg.SlogdetResult
cdef double EPSILON = np.finfo(np.float64).eps


cdef object scalar(object x):
    """An array of no dimensions as the scalar it holds."""
    return x[()] if cnp.PyArray_NDIM(<cnp.ndarray>x) == 0 else x


def inv(a):
    """Inverse of a matrix, or of each of a stack; see :func:`numpy.linalg.inv`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    Tensor
        Of the same shape.

    Raises
    ------
    LinAlgError
        If a matrix is not square or singular.
    """
    cdef Job new = make_job(INVERT, a)
    if new is not None:
        x = new.result(2, new.s.n, new.s.n, False)
        if finish(new, np.linalg.inv):
            return x
    return call_plain(np.linalg.inv, (a,), None)


def solve(a, b):
    """Solution of ``a @ x = b``; see :func:`numpy.linalg.solve`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.
    b : array_like
        Of shape ``(n,)`` or ``(..., n, k)``.

    Returns
    -------
    Tensor
        Of shape ``(..., n)`` where `b` is one vector, else ``(..., n, k)``.

    Raises
    ------
    LinAlgError
        If a matrix is not square or singular.
    """
    cdef Job new = make_job(SOLVE, a)
    cdef bint vector
    if new is not None:
        if type(b) is list:
            b = np.asarray(b)
        vector = is_array(<PyObject *>b) and cnp.PyArray_NDIM(<cnp.ndarray>b) == 1
        if new.take_right(b, vector):
            x = new.result(1 if vector else 2, new.s.n, new.s.k, False)
            if finish(new, np.linalg.solve):
                return x
    return call_plain(np.linalg.solve, (a, b), None)


def det(a):
    """Determinant of a matrix, or of each of a stack; see :func:`numpy.linalg.det`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    Tensor or scalar
        Of shape ``(...)``.

    Raises
    ------
    LinAlgError
        If a matrix is not square.
    """
    cdef Job new = make_job(DETERMINANT, a)
    if new is not None:
        x = new.result(0, 0, 0, False)
        if finish(new, np.linalg.det):
            return scalar(x)
    return call_plain(np.linalg.det, (a,), None)


def slogdet(a):
    """Sign and logarithm of the determinant; see :func:`numpy.linalg.slogdet`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    SlogdetResult
        ``sign`` and ``logabsdet``, of shape ``(...)``.

    Raises
    ------
    LinAlgError
        If a matrix is not square.
    """
    cdef Job new = make_job(LOG_DETERMINANT, a)
    if new is not None:
        sign, size = new.result(0, 0, 0, False), new.result(0, 0, 0, True)
        if finish(new, np.linalg.slogdet):
            return SlogdetResult(scalar(sign), scalar(size))
    return call_plain(np.linalg.slogdet, (a,), None)


def cholesky(a, /, *, upper=False):
    """Cholesky's factor of a positive definite matrix, or of each of a stack; see :func:`numpy.linalg.cholesky`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``; only the triangle that is asked for is read.
    upper : bool, optional
        Whether the factor is upper triangular.

    Returns
    -------
    Tensor
        Of the same shape.

    Raises
    ------
    LinAlgError
        If a matrix is not square or not positive definite.
    """
    cdef Job new = make_job(CHOLESKY, a)
    if new is not None:
        new.s.upper = b"U" if upper else b"L"
        x = new.result(2, new.s.n, new.s.n, False)
        if finish(new, np.linalg.cholesky, {"upper": upper}):
            return x
    return call_plain(np.linalg.cholesky, (a,), {"upper": upper})


def lstsq(a, b, rcond=None):
    """The vector that makes ``a @ x - b`` shortest; see :func:`numpy.linalg.lstsq`.

    Parameters
    ----------
    a : array_like
        Of shape ``(m, n)``.
    b : array_like
        Of shape ``(m,)`` or ``(m, k)``.
    rcond : float, optional
        Singular values up to this part of the largest count as zero.

    Returns
    -------
    x : Tensor
        Of shape ``(n,)`` or ``(n, k)``; of several such vectors the shortest.
    residuals : Tensor
        The squared length of ``a @ x - b``, of each column; empty unless ``m > n`` and `a` has full rank.
    rank : int
        Of `a`.
    s : Tensor
        Singular values of `a`.

    Raises
    ------
    LinAlgError
        If the iteration does not converge.
    """
    cdef Job new = make_job(LEAST_SQUARES, a)
    cdef bint vector
    if new is not None and new.n_loops == 0 and (rcond is None or type(rcond) in (float, int)):
        if type(b) is list:
            b = np.asarray(b)
        vector = is_array(<PyObject *>b) and cnp.PyArray_NDIM(<cnp.ndarray>b) == 1
        if new.take_right(b, vector) and cnp.PyArray_NDIM(new.b) <= 2:
            new.s.tolerance = max(new.s.m, new.s.n) * EPSILON if rcond is None else rcond
            x = new.result(1 if vector else 2, new.s.n, new.s.k, False)
            left = new.result(1, new.s.k, 0, True)
            s = new.result(1, min(new.s.m, new.s.n), 0, True)
            if not new.run():
                if new.s.rank != new.s.n or new.s.m <= new.s.n:
                    left = left[:0].copy()
                return x, left, np.int32(new.s.rank), s
    return call_plain(np.linalg.lstsq, (a, b, rcond), None)
