"""Linear equations, decompositions and eigenvalues of stacks of matrices.

Each function reads its arguments, runs the job (lapack.pyx), and names the results.  What is out of the ordinary is
done by NumPy's own function on the same memory: operands that are no arrays of numbers, empty ones, shapes that do not
fit, a large matrix alone (NumPy's LAPACK has threads), and matrices for which rounding decides whether they are
singular.
"""
cimport numpy as cnp
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer
from torsor._kernels.lapack cimport (
    CHOLESKY, DETERMINANT, EIGEN, EIGEN_H, EIGENVALUES, EIGENVALUES_H, INVERT, LEAST_SQUARES, LOG_DETERMINANT, QR,
    SINGULAR_VALUES, SOLVE, SVD, Job,
)
from torsor._kernels.tensor cimport call_plain, is_array, plain

import numpy as np
from numpy.linalg import _linalg

from torsor._kernels import tensor as _tensor

cdef extern from "tensor.h":
    void *torsor_shared

cnp.import_array()
torsor_shared = PyCapsule_GetPointer(_tensor.SHARED, b"torsor.shared")

cdef object EigResult = _linalg.EigResult, EighResult = _linalg.EighResult, QRResult = _linalg.QRResult
cdef object SlogdetResult = _linalg.SlogdetResult, SVDResult = _linalg.SVDResult

cdef enum:
    FEW = 4             # matrices: fewer large ones are left to NumPy, whose LAPACK has threads

#: Rows from which on they are large, by operation.
cdef int LARGE[LEAST_SQUARES + 1]
for _operation in range(LEAST_SQUARES + 1):
    LARGE[_operation] = 96 if _operation <= CHOLESKY or _operation in (QR, LEAST_SQUARES) else 128


cdef Job job(int operation, object a):
    """The job, or None where NumPy does it."""
    cdef Job new = Job.__new__(Job)
    if type(a) is list:
        a = np.asarray(a)
    if not new.take(operation, a) or (max(new.s.m, new.s.n) > LARGE[operation] and new.s.count < FEW):
        return None
    return new


cdef inline bint finish(Job new, object function, dict kwargs=None) except -1:
    """Run; false where NumPy shall do it all."""
    return not new.run() or new.settle(function, kwargs)


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
    cdef Job new = job(INVERT, a)
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
    cdef Job new = job(SOLVE, a)
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
    cdef Job new = job(DETERMINANT, a)
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
    cdef Job new = job(LOG_DETERMINANT, a)
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
    cdef Job new = job(CHOLESKY, a)
    if new is not None:
        new.s.upper = b"U" if upper else b"L"
        x = new.result(2, new.s.n, new.s.n, False)
        if finish(new, np.linalg.cholesky, {"upper": upper}):
            return x
    return call_plain(np.linalg.cholesky, (a,), {"upper": upper})


cdef Job symmetric_job(int operation, object a, object triangle):
    cdef Job new
    if type(triangle) is not str or triangle not in ("L", "U", "l", "u"):
        return None
    new = job(operation, a)
    if new is not None:
        new.s.upper = b"L" if triangle in ("L", "l") else b"U"
    return new


def eigh(a, UPLO="L"):
    """Eigenvalues and eigenvectors of a Hermitian matrix; see :func:`numpy.linalg.eigh`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.
    UPLO : {"L", "U"}, optional
        The triangle that is read.

    Returns
    -------
    EighResult
        ``eigenvalues`` of shape ``(..., n)``, in ascending order, and ``eigenvectors`` of shape ``(..., n, n)``, each
        of them a column.

    Raises
    ------
    LinAlgError
        If a matrix is not square or the iteration does not converge.
    """
    cdef Job new = symmetric_job(EIGEN_H, a, UPLO)
    if new is not None:
        w = new.result(1, new.s.n, 0, True)
        v = new.result(2, new.s.n, new.s.n, False)
        if finish(new, np.linalg.eigh, {"UPLO": UPLO}):
            return EighResult(w, v)
    return call_plain(np.linalg.eigh, (a, UPLO), None)


def eigvalsh(a, UPLO="L"):
    """Eigenvalues of a Hermitian matrix; see :func:`numpy.linalg.eigvalsh`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.
    UPLO : {"L", "U"}, optional
        The triangle that is read.

    Returns
    -------
    Tensor
        Of shape ``(..., n)``, in ascending order.

    Raises
    ------
    LinAlgError
        If a matrix is not square or the iteration does not converge.
    """
    cdef Job new = symmetric_job(EIGENVALUES_H, a, UPLO)
    if new is not None:
        w = new.result(1, new.s.n, 0, True)
        if finish(new, np.linalg.eigvalsh, {"UPLO": UPLO}):
            return w
    return call_plain(np.linalg.eigvalsh, (a, UPLO), None)


cdef Job general_job(int operation, object a):
    """Of real matrices, too, the results are complex at first."""
    cdef Job new = job(operation, a)
    cdef bint is_complex
    if new is not None:
        is_complex, new.s.is_complex = new.s.is_complex, True
        new.result(1, new.s.n, 0, False)
        if operation == EIGEN:
            new.result(2, new.s.n, new.s.n, False)
        new.s.is_complex = is_complex
    return new


cdef object narrowed(Job new, list results):
    """The results of real matrices are real if all eigenvalues are."""
    if new.s.is_complex or plain(results[0]).imag.any():
        return results
    return [x.real.copy() for x in results]


def eig(a):
    """Eigenvalues and right eigenvectors of a matrix, or of each of a stack; see :func:`numpy.linalg.eig`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    EigResult
        ``eigenvalues`` of shape ``(..., n)`` and ``eigenvectors`` of shape ``(..., n, n)``, each of them a column.
        They are real if the matrices and all their eigenvalues are.

    Raises
    ------
    LinAlgError
        If a matrix is not square or not finite, or the iteration does not converge.
    """
    cdef Job new = general_job(EIGEN, a)
    if new is not None and finish(new, np.linalg.eig):
        return EigResult(*narrowed(new, new.results))
    return call_plain(np.linalg.eig, (a,), None)


def eigvals(a):
    """Eigenvalues of a matrix, or of each of a stack; see :func:`numpy.linalg.eigvals`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.

    Returns
    -------
    Tensor
        Of shape ``(..., n)``; real if the matrices and all their eigenvalues are.

    Raises
    ------
    LinAlgError
        If a matrix is not square or not finite, or the iteration does not converge.
    """
    cdef Job new = general_job(EIGENVALUES, a)
    if new is not None and finish(new, np.linalg.eigvals):
        return narrowed(new, new.results)[0]
    return call_plain(np.linalg.eigvals, (a,), None)


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """Singular values, and the vectors that belong to them; see :func:`numpy.linalg.svd`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    full_matrices : bool, optional
        Whether `U` and `Vh` are square, and not only as large as there are singular values.
    compute_uv : bool, optional
        Whether the vectors are wanted.
    hermitian : bool, optional
        Whether the matrices are Hermitian, for which there is a faster way.

    Returns
    -------
    SVDResult or Tensor
        ``U``, ``S`` and ``Vh``, or the singular values alone, in descending order.

    Raises
    ------
    LinAlgError
        If the iteration does not converge.
    """
    cdef Job new = None
    cdef int least
    if not hermitian:
        new = job(SVD if compute_uv else SINGULAR_VALUES, a)
    elif not compute_uv:
        new = job(EIGENVALUES_H, a)
        if new is not None:
            w = new.result(1, new.s.n, 0, True)
            if finish(new, np.linalg.eigvalsh):
                return np.sort(abs(w))[..., ::-1]
            new = None
    if new is not None:
        least = min(new.s.m, new.s.n)
        s = new.result(1, least, 0, True)
        if not compute_uv:
            if finish(new, _singular_values):
                return s
        else:
            new.s.whole = b"A" if full_matrices else b"S"
            u = new.result(2, new.s.m, new.s.m if full_matrices else least, False)
            vh = new.result(2, new.s.n if full_matrices else least, new.s.n, False)
            if finish(new, _values_first, {"full_matrices": full_matrices}):
                return SVDResult(u, s, vh)
    return call_plain(np.linalg.svd, (a, full_matrices, compute_uv, hermitian), None)


def _singular_values(a):
    return np.linalg.svd(a, compute_uv=False)


def _values_first(a, full_matrices):
    u, s, vh = np.linalg.svd(a, full_matrices)
    return s, u, vh


def svdvals(x, /):
    """Singular values of a matrix, or of each of a stack; see :func:`numpy.linalg.svdvals`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.

    Returns
    -------
    Tensor
        In descending order.
    """
    return svd(x, compute_uv=False)


def qr(a, mode="reduced"):
    """Factors of ``a = Q @ R``; see :func:`numpy.linalg.qr`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    mode : {"reduced", "complete", "r", "raw"}, optional
        What is wanted: factors as small as can be, a square `Q`, `R` alone, or LAPACK's own form of the two.

    Returns
    -------
    QRResult or Tensor
        ``Q`` and ``R``, or ``R``.
    """
    cdef Job new = None
    cdef int rows
    if type(mode) is str and mode in ("reduced", "complete", "r"):
        new = job(QR, a)
    if new is not None:
        new.s.whole = b"N" if mode == "r" else b"A" if mode == "complete" else b"S"
        rows = new.s.m if mode == "complete" else min(new.s.m, new.s.n)
        r = new.result(2, rows, new.s.n, False)
        if mode == "r":
            if finish(new, _r, None):
                return r
        else:
            q = new.result(2, new.s.m, rows, False)
            if finish(new, _r_first, {"mode": mode}):
                return QRResult(q, r)
    return call_plain(np.linalg.qr, (a, mode), None)


def _r(a):
    return np.linalg.qr(a, "r")


def _r_first(a, mode):
    q, r = np.linalg.qr(a, mode)
    return r, q


cdef double EPSILON = np.finfo(np.float64).eps


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
    cdef Job new = job(LEAST_SQUARES, a)
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
