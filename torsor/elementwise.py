"""Element-wise functions that are no ufuncs."""
import inspect

import numpy as np

from torsor._kernels import face
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_clip, _arctan2 = UFUNCS["clip"], UFUNCS["arctan2"]
_ABSENT = inspect.signature(np.clip).parameters["min"].default       # numpy._NoValue, where NumPy has it
_ARRAYS = frozenset((Tensor, np.ndarray))
_LIMITS = _ARRAYS | {float, int}
_COMPLEX = frozenset(map(np.dtype, "FD"))


def clip(a, a_min=_ABSENT, a_max=_ABSENT, out=None, *, min=_ABSENT, max=_ABSENT, **kwargs):
    """Limit the values of an array; see :func:`numpy.clip`.

    Parameters
    ----------
    a : array_like
        Numbers.
    a_min, a_max : array_like or None, optional
        The least and the greatest value of the result; None sets no limit.
    out : ndarray, optional
        Where the result goes.
    min, max : array_like or None, optional
        Other names of ``a_min`` and ``a_max``.
    **kwargs
        As of a ufunc.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        If limits are given under both names.
    """
    if kwargs or out is not None or min is not _ABSENT or max is not _ABSENT or not _is_usual(a, a_min, a_max):
        return _numpys(a, a_min, a_max, out, min=min, max=max, **kwargs)
    return _clip(a, a_min, a_max)


def clip_method(self, min=_ABSENT, max=_ABSENT, out=None, **kwargs):
    """Limit the values of the array; see :meth:`numpy.ndarray.clip`."""
    if kwargs or out is not None or not _is_usual(self, min, max):
        given = {name: value for name, value in (("min", min), ("max", max)) if value is not _ABSENT}
        return _method(self, out=out, **given, **kwargs)
    return _clip(self, min, max)


def _is_usual(a, low, high) -> bool:
    """Whether the ufunc does what the function does: of integers, limits out of their range are none."""
    return type(a) in _ARRAYS and type(low) in _LIMITS and type(high) in _LIMITS and (
        a.dtype.kind not in "iu" or type(low) is not int is not type(high))


def angle(z, deg=False):
    """Return the angle of complex numbers; see :func:`numpy.angle`.

    Parameters
    ----------
    z : array_like
        Numbers.
    deg : bool, optional
        In degrees.

    Returns
    -------
    Tensor
    """
    if type(z) not in _ARRAYS or z.dtype not in _COMPLEX:
        return _numpys_angle(z, deg)
    found = _arctan2(z.imag, z.real)
    if deg:
        found *= 180 / np.pi
    return found


_numpys, _method = face.Function(np.clip, "torsor"), face.hand_over(np.ndarray.clip, "Tensor")
_numpys_angle = face.Function(np.angle, "torsor")
clip_method.__name__ = "clip"
Tensor.clip = clip_method
#: name -> function.
FUNCTIONS = {"angle": angle, "clip": clip}
face.present(FUNCTIONS)
