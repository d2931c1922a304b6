"""Products of vectors and matrices: matmul and its relatives, dot, inner, outer.

The work is done in torsor/_kernels/products.pyx.
"""
import numpy as np

from torsor._kernels import face
from torsor._kernels.products import Product, dot, inner, vdot
from torsor.ufuncs import OF_NUMPY, UFUNCS

_multiply = UFUNCS["multiply"]


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


_ufuncs = {getattr(np, name): Product(None, getattr(np, name))
           for name in ("matmul", "vecdot", "matvec", "vecmat") if hasattr(np, name)}    # the last two: NumPy 2.2
OF_NUMPY.update(_ufuncs)
#: name -> function.
FUNCTIONS = {"dot": dot, "inner": inner, "outer": outer, "vdot": vdot,
             **{ufunc.__name__: ufunc for ufunc in _ufuncs.values()}}
face.present(FUNCTIONS)
