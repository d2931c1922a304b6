"""Special functions that NumPy has as functions, not as ufuncs; the kernels are rows of the operation table."""
import numpy as np

from torsor._kernels import face
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_multiply, _divide, _sin, _isfinite = (UFUNCS[name] for name in ("multiply", "divide", "sin", "isfinite"))
_bessel_i0 = UFUNCS["bessel_i0"]
_ARRAYS = frozenset((Tensor, np.ndarray))
_EPSILON = {dtype: np.finfo(dtype).eps for dtype in map(np.dtype, "fd")}


def sinc(x):
    """Return ``sin(pi x) / (pi x)``, one at zero; see :func:`numpy.sinc`.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor
    """
    epsilon = _EPSILON.get(x.dtype) if type(x) in _ARRAYS and x.ndim else None
    if epsilon is None:
        return _numpys_sinc(x)
    angle = _multiply(x, np.pi)
    if not angle.all():
        angle[angle == 0] = epsilon                 # the sine of so small a number is itself
    sine = _sin(angle)
    return _divide(sine, angle, out=sine)


def i0(x):
    """Evaluate the modified Bessel function of the first kind, order zero; see :func:`numpy.i0`.

    Parameters
    ----------
    x : array_like
        Real numbers.

    Returns
    -------
    Tensor
    """
    if type(x) in _ARRAYS and x.ndim and x.dtype in _EPSILON:
        found = _bessel_i0(x)
        if _isfinite(found).all():
            return found
    return _numpys_i0(x)                            # which also knows what to warn of


_numpys_sinc, _numpys_i0 = face.Function(np.sinc, "torsor"), face.Function(np.i0, "torsor")
#: name -> function.
FUNCTIONS = {"i0": i0, "sinc": sinc}
face.present(FUNCTIONS)
