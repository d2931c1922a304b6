"""Products of vectors and matrices: matmul and its relatives, dot, inner, outer, cross, kron; the trace.

The work is done in torsor/_kernels/products.pyx and vectors.pyx.
"""
import numpy as np

from torsor._kernels import face
from torsor._kernels.products import Product, dot, inner, vdot
from torsor._kernels.vectors import cross
from torsor.reductions import FUNCTIONS as _REDUCTIONS
from torsor.tensor import Tensor
from torsor.ufuncs import OF_NUMPY, UFUNCS

_multiply, _sum = UFUNCS["multiply"], _REDUCTIONS["sum"]
_ARRAYS = frozenset((Tensor, np.ndarray))
_numpys_kron, _numpys_trace = face.Function(np.kron, "torsor"), face.Function(np.trace, "torsor")


def outer(a, b, out=None):
    """Products of all pairs of elements of two arrays; see :func:`numpy.outer`.

    Parameters
    ----------
    a, b : array_like
        They are taken as vectors, in C order.
    out : ndarray, optional
        Where the result goes, of shape ``(a.size, b.size)``.

    Returns
    -------
    Tensor
        Of shape ``(a.size, b.size)``.
    """
    if not all(isinstance(x, np.ndarray) or not hasattr(type(x), "__array_function__") for x in (a, b)):
        return np.outer(a, b, out)          # which asks them
    a, b = np.asanyarray(a), np.asanyarray(b)
    return _multiply(a.ravel()[:, np.newaxis], b.ravel()[np.newaxis, :], out)


def kron(a, b):
    """Kronecker's product: a block of `b` for each element of `a`; see :func:`numpy.kron`.

    Parameters
    ----------
    a, b : array_like
        The one with fewer dimensions gets more of them in front.

    Returns
    -------
    Tensor
        As long along each axis as the product of both lengths.
    """
    if type(a) not in _ARRAYS or type(b) not in _ARRAYS or not 0 < a.ndim + b.ndim <= 32 or not a.ndim or not b.ndim:
        return _numpys_kron(a, b)
    m, n = a.shape, b.shape
    if a.ndim == b.ndim == 2:
        product = _multiply(a[:, None, :, None], b[None, :, None, :])
        return product.reshape(m[0] * n[0], m[1] * n[1])
    nd = max(a.ndim, b.ndim)
    m, n = (1,) * (nd - a.ndim) + m, (1,) * (nd - b.ndim) + n
    product = _multiply(a.reshape([x for length in m for x in (length, 1)]),
                        b.reshape([x for length in n for x in (1, length)]))
    return product.reshape([x * y for x, y in zip(m, n)])


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """Sum along a diagonal; see :func:`numpy.trace`.

    Parameters
    ----------
    a : array_like
        Of two dimensions or more.
    offset : int, optional
        Which diagonal; 0 is the main one.
    axis1, axis2 : int, optional
        The axes that it runs along.
    dtype : dtype, optional
        To sum in.
    out : ndarray, optional
        Where the result goes.

    Returns
    -------
    Tensor or scalar
    """
    if type(a) not in _ARRAYS or dtype is not None or out is not None or a.dtype.kind not in "iufc":
        return _numpys_trace(a, offset, axis1, axis2, dtype, out)
    return _sum(a.diagonal(offset, axis1, axis2), -1)


_ufuncs = {getattr(np, name): Product(None, getattr(np, name))
           for name in ("matmul", "vecdot", "matvec", "vecmat") if hasattr(np, name)}    # the last two: NumPy 2.2
OF_NUMPY.update(_ufuncs)
#: name -> function.
FUNCTIONS = {"cross": cross, "dot": dot, "inner": inner, "kron": kron, "outer": outer, "trace": trace, "vdot": vdot,
             **{ufunc.__name__: ufunc for ufunc in _ufuncs.values()}}
face.present(FUNCTIONS)
