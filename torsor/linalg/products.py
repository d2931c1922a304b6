"""``numpy.linalg``'s names of products, traces and diagonals, which the main namespace has as well."""
import numpy as np

from torsor._kernels import face, vectors
from torsor.contractions import tensordot as _tensordot
from torsor.products import FUNCTIONS as _PRODUCTS
from torsor.products import trace as _trace
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_ARRAYS = frozenset((Tensor, np.ndarray))
_matmul, _vecdot, _multiply = _PRODUCTS["matmul"], _PRODUCTS["vecdot"], UFUNCS["multiply"]
_numpys = {name: face.Function(getattr(np.linalg, name), "torsor.linalg")
           for name in ("cross", "diagonal", "matrix_transpose", "outer", "trace")}


def cross(x1, x2, /, *, axis=-1):
    """Products of vectors in space; see :func:`numpy.linalg.cross`.

    Parameters
    ----------
    x1, x2 : array_like
        Vectors of three components.
    axis : int, optional
        Along which axis they lie.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If the vectors have other lengths.
    """
    if axis == -1:
        found = vectors.cross_last(x1, x2)
        if found is not NotImplemented:
            return found
    return _numpys["cross"](x1, x2, axis=axis)


def diagonal(x, /, *, offset=0):
    """Diagonal of a matrix, or of each of a stack; see :func:`numpy.linalg.diagonal`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.
    offset : int, optional
        Which diagonal; 0 is the main one.

    Returns
    -------
    Tensor
        A view that cannot be written to.
    """
    return x.diagonal(offset, -2, -1) if type(x) is Tensor else _numpys["diagonal"](x, offset=offset)


def matmul(x1, x2, /):
    """Product of matrices; see :func:`numpy.linalg.matmul`.

    Parameters
    ----------
    x1, x2 : array_like
        Of shapes ``(..., m, k)`` and ``(..., k, n)``; vectors as in :func:`numpy.matmul`.

    Returns
    -------
    Tensor or scalar
    """
    return _matmul(x1, x2)


def matrix_transpose(x, /):
    """Transpose of a matrix, or of each of a stack; see :func:`numpy.linalg.matrix_transpose`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.

    Returns
    -------
    Tensor
        A view of shape ``(..., n, m)``.
    """
    return x.mT if type(x) is Tensor and x.ndim >= 2 else _numpys["matrix_transpose"](x)


def outer(x1, x2, /):
    """Products of all pairs of elements of two vectors; see :func:`numpy.linalg.outer`.

    Parameters
    ----------
    x1, x2 : array_like
        Vectors.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If they are no vectors.
    """
    if type(x1) in _ARRAYS and type(x2) in _ARRAYS and x1.ndim == 1 == x2.ndim:
        return _multiply(x1[:, np.newaxis], x2)
    return _numpys["outer"](x1, x2)


def tensordot(x1, x2, /, *, axes=2):
    """Sum over axes of two arrays; see :func:`numpy.linalg.tensordot`.

    Parameters
    ----------
    x1, x2 : array_like
        The operands.
    axes : int or pair of sequences of int, optional
        How many axes at the end of one and the start of the other, or which of each.

    Returns
    -------
    Tensor
    """
    return _tensordot(x1, x2, axes)


def trace(x, /, *, offset=0, dtype=None):
    """Sum along the diagonal of a matrix, or of each of a stack; see :func:`numpy.linalg.trace`.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.
    offset : int, optional
        Which diagonal; 0 is the main one.
    dtype : dtype, optional
        To sum in.

    Returns
    -------
    Tensor or scalar
    """
    if type(x) in _ARRAYS:
        return _trace(x, offset, -2, -1, dtype)
    return _numpys["trace"](x, offset=offset, dtype=dtype)


def vecdot(x1, x2, /, *, axis=-1):
    """Products of vectors, the first conjugated; see :func:`numpy.linalg.vecdot`.

    Parameters
    ----------
    x1, x2 : array_like
        Vectors along `axis`.
    axis : int, optional
        The last one by default.

    Returns
    -------
    Tensor or scalar
    """
    return _vecdot(x1, x2) if axis == -1 else _vecdot(x1, x2, axis=axis)


#: name -> function.
FUNCTIONS = {f.__name__: f for f in (cross, diagonal, matmul, matrix_transpose, outer, tensordot, trace, vecdot)}
