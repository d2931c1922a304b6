"""Decompositions of stacks of matrices: eigenvalues, singular values, QR.

Each function reads its arguments, runs the job (lapack.pyx), and names the results; what the job does not take is
done by NumPy's own function on the same memory.
"""
cimport numpy as cnp
from torsor._kernels.lapack cimport (
    EIGEN, EIGEN_H, EIGENVALUES, EIGENVALUES_H, QR, SINGULAR_VALUES, SVD, Job, finish, make_job,
)
from torsor._kernels.tensor cimport call_plain, plain

import numpy as np
from numpy.linalg import _linalg

cnp.import_array()

cdef object EigResult = _linalg.EigResult, EighResult = _linalg.EighResult
cdef object QRResult = _linalg.QRResult, SVDResult = _linalg.SVDResult


cdef Job symmetric_job(int operation, object a, object triangle):
    cdef Job new
    if type(triangle) is not str or triangle not in ("L", "U", "l", "u"):
        return None
    new = make_job(operation, a)
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
    cdef Job new = make_job(operation, a)
    cdef bint is_complex
    if new is not None:
        is_complex, new.s.is_complex = new.s.is_complex, True
        new.result(1, new.s.n, 0, False)
        if operation == EIGEN:
            new.result(2, new.s.n, new.s.n, False)
        new.s.is_complex = is_complex
    return new


#: Whether the results are complex whatever the eigenvalues are: from NumPy 2.5 on.
cdef bint _always_complex = np.lib.NumpyVersion(np.__version__) >= "2.5.0"


cdef object narrowed(Job new, list results):
    """The results of real matrices are real if all eigenvalues are, in double precision as NumPy's: views."""
    if _always_complex or new.s.is_complex or plain(results[0]).imag.any():
        return results
    return [x.real.copy() if new.s.single else x.real for x in results]


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
        They are real if the matrices and all their eigenvalues are, before NumPy 2.5.

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
        Of shape ``(..., n)``; before NumPy 2.5 real if the matrices and all their eigenvalues are.

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
        new = make_job(SVD if compute_uv else SINGULAR_VALUES, a)
    elif not compute_uv:
        new = make_job(EIGENVALUES_H, a)
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
    if not isinstance(x, np.ndarray):
        return call_plain(np.linalg.svdvals, (x,), None)
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
        new = make_job(QR, a)
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
