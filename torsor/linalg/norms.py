"""Norms of vectors and matrices, and what is made of singular values: rank, condition, pseudo-inverse.

Short vectors are measured in torsor/_kernels/vectors.pyx; everything else is composed of torsor's functions.
"""
from math import inf, isfinite, sqrt

import numpy as np

from torsor._kernels import face
from torsor._kernels.decompositions import svd
from torsor._kernels.equations import inv
from torsor._kernels.products import dot
from torsor._kernels.summaries import magnitudes
from torsor._kernels.vectors import length
from torsor.products import FUNCTIONS as _PRODUCTS
from torsor.reductions import FUNCTIONS as _REDUCTIONS
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_ARRAYS = frozenset((Tensor, np.ndarray))
_ORDERS = frozenset((type(None), int, float, str))
_REAL, _COMPLEX = frozenset("fd"), frozenset("FD")
_TAKEN = frozenset("?bBhHiIlLqQfdFD")
_absolute, _multiply, _sqrt, _not_equal, _divide, _greater = (
    UFUNCS[name] for name in ("absolute", "multiply", "sqrt", "not_equal", "divide", "greater"))
_sum, _max, _min = (_REDUCTIONS[name] for name in ("sum", "max", "min"))
_matmul = _PRODUCTS["matmul"]
_LONG = 40_000                  # elements that are worth another way than NumPy's
_numpys_norm, _numpys_cond, _numpys_rank, _numpys_pinv = (
    face.Function(getattr(np.linalg, name), "torsor.linalg") for name in ("norm", "cond", "matrix_rank", "pinv"))


def norm(x, ord=None, axis=None, keepdims=False):
    """Norm of a vector or a matrix, or of each of several; see :func:`numpy.linalg.norm`.

    Parameters
    ----------
    x : array_like
        Numbers.
    ord : int, float, inf, -inf, "fro" or "nuc", optional
        Which norm; by default the root of the sum of squares.
    axis : int or pair of int, optional
        The axis that vectors, or the two that matrices lie along; by default `x` is one of them.
    keepdims : bool, optional
        Whether these axes stay, with a length of one.

    Returns
    -------
    Tensor or scalar

    Raises
    ------
    ValueError
        If there is no such norm.
    """
    if ord is None and axis is None and not keepdims:
        found = length(x)
        if found is not NotImplemented:
            return found
    if type(x) not in _ARRAYS or type(ord) not in _ORDERS or x.dtype.kind not in "biufc":
        return _numpys_norm(x, ord, axis, keepdims)
    if x.dtype.char not in "fdFD":
        if x.dtype.kind in "fc":
            return _numpys_norm(x, ord, axis, keepdims)
        x = x.astype(float)
    found = _norm(x, ord, axis, keepdims)
    return _numpys_norm(x, ord, axis, keepdims) if found is NotImplemented else found


def _norm(x, ord, axis, keepdims):
    """The norm, or NotImplemented for arguments that are wrong or unusual."""
    nd = x.ndim
    if axis is None:
        if ord is None or (nd == 2 and ord in ("f", "fro")) or (nd == 1 and ord == 2):
            found = _length(x)
            return found.reshape((1,) * nd).view(Tensor) if keepdims else found
        axis = 0 if nd == 1 else tuple(range(nd))
    if type(axis) is tuple and len(axis) == 1:
        axis = axis[0]
    if not x.size:
        return NotImplemented
    if type(axis) is int:
        return _vector_norm(x, ord, axis, keepdims) if -nd <= axis < nd else NotImplemented
    if type(axis) is not tuple or len(axis) != 2:
        return NotImplemented
    row, column = axis
    if type(row) is not int or type(column) is not int or not -nd <= row < nd or not -nd <= column < nd:
        return NotImplemented
    row, column = row % nd, column % nd
    return NotImplemented if row == column else _matrix_norm(x, ord, row, column, keepdims)


def _length(x):
    """Of all elements together."""
    x = x.ravel(order="K")
    if x.dtype.char in _COMPLEX:
        x = x.view(x.real.dtype)
    return _root(dot(x, x))


def _root(x):
    return _sqrt(x) if isinstance(x, np.ndarray) else type(x)(sqrt(x))


def _squares(x):
    return _multiply(x, x) if x.dtype.char in _REAL else _multiply(x.conj(), x).real


_KINDS = {None: "squares", 2: "squares", "f": "squares", "fro": "squares", 1: "sum", inf: "largest", -inf: "smallest"}


def _measured(x, ord, axis, keepdims):
    """What such a norm is made of, in one pass without temporaries; None where it is small or not finite.

    What overflows is left to the steps that NumPy takes, which say where it did.
    """
    if x.size < _LONG or x.dtype.char not in _REAL or ord not in _KINDS:
        return None
    with np.errstate(all="ignore"):
        found = magnitudes(x, _KINDS[ord], axis, keepdims)
    return None if found is NotImplemented or not np.isfinite(found).all() else found


def _vector_norm(x, ord, axis, keepdims):
    if isinstance(ord, str):
        return NotImplemented
    found = _measured(x, ord, axis, keepdims)
    if found is not None:
        return _root(found) if _KINDS[ord] == "squares" else found
    if ord is None or ord == 2:
        return _root(_sum(_squares(x), axis, keepdims=keepdims))
    if ord == 0:
        return _sum(_not_equal(x, 0).astype(x.real.dtype), axis, keepdims=keepdims)
    size = _absolute(x)
    if ord == inf:
        return _max(size, axis, keepdims=keepdims)
    if ord == -inf:
        return _min(size, axis, keepdims=keepdims)
    if ord == 1:
        return _sum(size, axis, keepdims=keepdims)
    size **= ord
    found, one = _sum(size, axis, keepdims=keepdims), size.dtype.type(1)
    found **= one / size.dtype.type(ord)
    return found


def _matrix_norm(x, ord, row, column, keepdims):
    if ord is None or ord in ("f", "fro"):
        found = _measured(x, ord, (row, column), keepdims)
        return _root(_sum(_squares(x), (row, column), keepdims=keepdims) if found is None else found)
    if ord in (1, -1, inf, -inf):
        summed, searched = (row, column) if ord in (1, -1) else (column, row)
        if not keepdims and searched > summed:
            searched -= 1
        found = _measured(x, 1, summed, keepdims)
        if found is None:
            found = _sum(_absolute(x), summed, keepdims=keepdims)
        return (_max if ord > 0 else _min)(found, searched, keepdims=keepdims)
    if ord in (2, -2, "nuc"):
        values = svd(np.moveaxis(x, (row, column), (-2, -1)), compute_uv=False)
        found = {2: _max, -2: _min, "nuc": _sum}[ord](values, -1)
        return np.expand_dims(found, (row, column)).view(Tensor) if keepdims else found
    return NotImplemented


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Norm of a vector, or of each of several; see :func:`numpy.linalg.vector_norm`.

    Parameters
    ----------
    x : array_like
        Numbers.
    axis : int or tuple of int, optional
        The axes that a vector lies along; by default all.
    keepdims : bool, optional
        Whether these axes stay, with a length of one.
    ord : int, float, inf or -inf, optional
        Which norm.

    Returns
    -------
    Tensor or scalar
    """
    if type(x) in _ARRAYS and (axis is None or type(axis) is int) and x.size and x.dtype.char in _TAKEN:
        if axis is None:
            found = _of_all(x.ravel(), ord)
            return found.reshape((1,) * x.ndim).view(Tensor) if keepdims else found
        found = norm(x, ord, axis)
        return np.expand_dims(np.asarray(found), axis).view(Tensor) if keepdims else found
    return _numpys_vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


def _of_all(x, ord):
    """The norm of one vector; where it is not finite, in the steps that NumPy takes along an axis."""
    if ord is None or ord == 2:
        found = length(x)
        if found is NotImplemented:
            with np.errstate(all="ignore"):
                found = norm(x)
        if isfinite(found):
            return found
    return norm(x, ord, 0)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """Norm of a matrix, or of each of a stack; see :func:`numpy.linalg.matrix_norm`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.
    keepdims : bool, optional
        Whether the last two axes stay, with a length of one.
    ord : {1, -1, 2, -2, inf, -inf, "fro", "nuc"}, optional
        Which norm.

    Returns
    -------
    Tensor or scalar
    """
    if type(x) not in _ARRAYS:
        return _numpys_matrix_norm(x, keepdims=keepdims, ord=ord)
    return norm(x, ord, (-2, -1), keepdims)


_numpys_matrix_norm = face.Function(np.linalg.matrix_norm, "torsor.linalg")
_numpys_vector_norm = face.Function(np.linalg.vector_norm, "torsor.linalg")


def _is_usual(x) -> bool:
    """Whether it is a stack of matrices with elements, of numbers that LAPACK takes."""
    return type(x) in _ARRAYS and x.ndim >= 2 and x.size > 0 and x.dtype.char in "fdFD"


def cond(x, p=None):
    """Condition number of a matrix, or of each of a stack; see :func:`numpy.linalg.cond`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``; square for norms other than 2.
    p : {None, 1, -1, 2, -2, inf, -inf, "fro"}, optional
        Which norm; None is 2.

    Returns
    -------
    Tensor or scalar
        ``norm(x, p) * norm(inv(x), p)``, infinite for singular matrices.
    """
    if not _is_usual(x) or type(p) not in _ORDERS:
        return _numpys_cond(x, p)
    try:
        if p is None or p in (2, -2):
            s = svd(x, compute_uv=False)
            first, last = (-1, 0) if p == -2 else (0, -1)
            with np.errstate(all="ignore"):
                found = _divide(s[..., first], s[..., last])
        else:
            with np.errstate(all="ignore"):
                inverse = inv(x)
                found = _multiply(norm(x, p, (-2, -1)), norm(inverse, p, (-2, -1)))
    except np.linalg.LinAlgError:
        return _numpys_cond(x, p)
    if np.isfinite(found).all():
        return found
    return _numpys_cond(x, p)               # which tells infinite from undefined


def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    """Rank of a matrix, or of each of a stack; see :func:`numpy.linalg.matrix_rank`.

    Parameters
    ----------
    A : array_like
        Of shape ``(..., m, n)``, or a vector.
    tol : float or array_like, optional
        Singular values up to this count as zero.
    hermitian : bool, optional
        Whether the matrices are Hermitian, for which there is a faster way.
    rtol : float or array_like, optional
        The same as a part of the largest; by default the rounding of as many numbers as there are rows or columns.

    Returns
    -------
    Tensor or int
    """
    if type(A) in _ARRAYS and A.ndim < 2 and A.dtype.kind in "biufc" and (tol is None or rtol is None):
        return int(A.any())
    if not _is_usual(A) or (tol is not None and rtol is not None):
        return _numpys_rank(A, tol, hermitian, rtol=rtol)
    s = svd(A, compute_uv=False, hermitian=hermitian)
    if tol is None:
        relative = max(A.shape[-2:]) * np.finfo(s.dtype).eps if rtol is None else np.asarray(rtol)[..., np.newaxis]
        tol = _multiply(_max(s, -1, keepdims=True), relative)
    else:
        tol = np.asarray(tol)[..., np.newaxis]
    return _sum(_greater(s, tol), -1)


_ABSENT = object()


def pinv(a, rcond=None, hermitian=False, *, rtol=_ABSENT):
    """Pseudo-inverse of a matrix, or of each of a stack; see :func:`numpy.linalg.pinv`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    rcond : float or array_like, optional
        Singular values up to this part of the largest count as zero.
    hermitian : bool, optional
        Whether the matrices are Hermitian, for which there is a faster way.
    rtol : float or array_like, optional
        Another name of `rcond`; None is the rounding of as many numbers as there are rows or columns.

    Returns
    -------
    Tensor
        Of shape ``(..., n, m)``.
    """
    if not _is_usual(a) or (rcond is not None and rtol is not _ABSENT):
        return _numpys_pinv(a, rcond, hermitian, **({} if rtol is _ABSENT else {"rtol": rtol}))
    if rcond is None:
        rcond = 1e-15 if rtol is _ABSENT else rtol
        if rcond is None:
            rcond = max(a.shape[-2:]) * np.finfo(a.dtype).eps
    u, s, vh = svd(a if a.dtype.char in _REAL else a.conj(), full_matrices=False, hermitian=hermitian)
    large = _greater(s, _multiply(np.asarray(rcond)[..., np.newaxis], _max(s, -1, keepdims=True)))
    inverse = np.divide(1, s, where=large, out=np.zeros_like(s))
    return _matmul(vh.mT, _multiply(inverse[..., np.newaxis], u.mT))
