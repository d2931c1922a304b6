"""Powers and chains of matrix products, and equations between arrays of more dimensions."""
from math import inf, prod
from operator import index

import numpy as np

from torsor._kernels import face
from torsor._kernels.equations import inv, solve
from torsor._kernels.products import dot
from torsor.products import FUNCTIONS as _PRODUCTS
from torsor.tensor import Tensor

_matmul = _PRODUCTS["matmul"]
_ARRAYS = frozenset((Tensor, np.ndarray))
_numpys_power, _numpys_chain, _numpys_solve, _numpys_inverse = (
    face.Function(getattr(np.linalg, name), "torsor.linalg")
    for name in ("matrix_power", "multi_dot", "tensorsolve", "tensorinv"))


def matrix_power(a, n):
    """A square matrix, or each of a stack, multiplied by itself; see :func:`numpy.linalg.matrix_power`.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, m)``.
    n : int
        How often; below zero the inverse is.

    Returns
    -------
    Tensor
        Of the same shape.

    Raises
    ------
    LinAlgError
        If a matrix is not square, or singular where its inverse is needed.
    """
    if type(a) not in _ARRAYS or a.ndim < 2 or a.shape[-1] != a.shape[-2] or a.dtype.kind not in "iufc":
        return _numpys_power(a, n)
    try:
        n = index(n)
    except TypeError:
        return _numpys_power(a, n)
    if n == 0:
        return _numpys_power(a, n)
    if n < 0:
        a, n = inv(a), -n
    if n == 1:
        return a.view(Tensor) if type(a) is not Tensor else a
    if n == 3:                      # in NumPy's order
        return _matmul(_matmul(a, a), a)
    result = None
    while True:
        if n & 1:
            result = a if result is None else _matmul(result, a)
        n >>= 1
        if not n:
            return result
        a = _matmul(a, a)


def multi_dot(arrays, *, out=None):
    """Product of several matrices in the cheapest order; see :func:`numpy.linalg.multi_dot`.

    Parameters
    ----------
    arrays : sequence of array_like
        Two or more matrices; the first and the last may be vectors.
    out : ndarray, optional
        Where the result goes.

    Returns
    -------
    Tensor or scalar

    Raises
    ------
    ValueError
        If there are fewer than two, or their shapes do not fit.
    """
    if type(arrays) not in (list, tuple) or len(arrays) < 3 or out is not None or not _are_a_chain(arrays):
        return _numpys_chain(arrays, out=out)
    first, last = arrays[0].shape, arrays[-1].shape
    rows = [first[0] if len(first) == 2 else 1, *(x.shape[0] for x in arrays[1:]), last[1] if len(last) == 2 else 1]
    if len(arrays) == 3:            # (a b) c takes p q r + p r s products, a (b c) takes q r s + p q s
        p, q, r, s = rows
        if p * r * (q + s) < q * s * (p + r):
            return dot(dot(arrays[0], arrays[1]), arrays[2])
        return dot(arrays[0], dot(arrays[1], arrays[2]))
    return _multiply(arrays, _cheapest_order(rows), 0, len(arrays) - 1)


def _are_a_chain(arrays) -> bool:
    last = len(arrays) - 1
    for k, x in enumerate(arrays):
        if type(x) not in _ARRAYS or (x.ndim != 2 and (x.ndim != 1 or 0 < k < last)):
            return False
        if k and x.shape[0] != arrays[k - 1].shape[-1]:
            return False
    return True


def _cheapest_order(rows):
    """Where to split each part of a chain of matrices, which have so many rows; the last number is of columns."""
    n = len(rows) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for start in range(n - length):
            stop = start + length
            ends, least = rows[start] * rows[stop + 1], inf
            for k in range(start, stop):
                products = cost[start][k] + cost[k + 1][stop] + ends * rows[k + 1]
                if products < least:
                    cost[start][stop], split[start][stop] = products, k
                    least = products
    return split


def _multiply(arrays, split, start, stop):
    if start == stop:
        return arrays[start]
    k = split[start][stop]
    return dot(_multiply(arrays, split, start, k), _multiply(arrays, split, k + 1, stop))


def tensorsolve(a, b, axes=None):
    """Solution of ``tensordot(a, x, x.ndim) = b``; see :func:`numpy.linalg.tensorsolve`.

    Parameters
    ----------
    a : array_like
        Of shape ``b.shape + x.shape``, with as many elements in one as in the other.
    b : array_like
        The right-hand side.
    axes : tuple of int, optional
        Axes of `a` that are moved to its end first.

    Returns
    -------
    Tensor

    Raises
    ------
    LinAlgError
        If the shapes do not fit or `a` is singular.
    """
    if type(a) not in _ARRAYS or type(b) not in _ARRAYS or axes is not None or not a.size:
        return _numpys_solve(a, b, axes)
    n = b.size
    if not 0 < b.ndim < a.ndim or a.size != n * n or prod(a.shape[b.ndim:]) != n:
        return _numpys_solve(a, b, axes)
    return solve(a.reshape(n, n), b.ravel()).reshape(a.shape[b.ndim:])


def tensorinv(a, ind=2):
    """Inverse with respect to ``tensordot``; see :func:`numpy.linalg.tensorinv`.

    Parameters
    ----------
    a : array_like
        Its first `ind` axes and its others have as many elements.
    ind : int, optional
        How many axes come first.

    Returns
    -------
    Tensor
        Of shape ``a.shape[ind:] + a.shape[:ind]``.

    Raises
    ------
    LinAlgError
        If `a` is not square in this sense, or singular.
    """
    if type(a) not in _ARRAYS or type(ind) is not int or not 0 < ind <= a.ndim or not a.size:
        return _numpys_inverse(a, ind)
    others = a.shape[ind:]
    return inv(a.reshape(prod(others), -1)).reshape(others + a.shape[:ind])
