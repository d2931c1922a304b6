"""Searching: where, select, nonzero and their relatives, searchsorted, digitize.

The work is done in torsor/_kernels/selection.pyx and bisection.pyx.
"""
import numpy as np

from torsor._kernels import engine, face
from torsor._kernels.bisection import digitize, searchsorted, searchsorted_method
from torsor._kernels.selection import argwhere, flatnonzero, nonzero, nonzero_method, where
from torsor.tensor import Tensor

_ARRAYS = frozenset((Tensor, np.ndarray))
_DTYPES = frozenset(engine.DTYPES)
_LISTS = (list, tuple)


def _common_dtype(conditions, choices):
    """The dtype of what select gives, where it is made of plain arrays of one shape and of numbers; else None."""
    if not all(type(c) in _ARRAYS and c.dtype == np.bool and c.flags.c_contiguous for c in conditions):
        return None
    shape = conditions[0].shape
    arrays = [c for c in choices if type(c) in _ARRAYS]
    numbers = [c for c in choices if type(c) in (int, float)]
    if (not shape or len(arrays) + len(numbers) < len(choices) or any(c.shape != shape for c in (*conditions, *arrays))
            or any(c.dtype not in _DTYPES or not c.flags.c_contiguous for c in arrays)):
        return None
    dtype = np.result_type(*choices)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        fit = all(info.min <= number <= info.max for number in numbers)
        signed = dtype.kind == "i" or all(type(choice) in _ARRAYS for choice in choices[:-1])
        return dtype if fit and signed else None        # NumPy has words for the others
    exact = dtype == np.float32 and all(type(number) is int and abs(number) < 1 << 24 for number in numbers)
    return dtype if exact or dtype == np.float64 else None


def select(condlist, choicelist, default=0):
    """Elements of the first choice whose condition is true; see :func:`numpy.select`.

    Parameters
    ----------
    condlist : list of arrays of bool
    choicelist : list of array_like
        As many as conditions.
    default : scalar or array_like, optional
        Where no condition is true.

    Returns
    -------
    Tensor
    """
    if type(condlist) in _LISTS and type(choicelist) in _LISTS and 0 < len(condlist) == len(choicelist):
        dtype = _common_dtype(condlist, (*choicelist, default))
        if dtype is not None:
            result = np.asarray(default, dtype)
            for condition, choice in zip(reversed(condlist), reversed(choicelist)):
                result = where(condition, choice if type(choice) in _ARRAYS else np.asarray(choice, dtype), result)
            return result
    return _select(condlist, choicelist, default)


_select = face.Function(np.select, "torsor")
nonzero_method.__name__, searchsorted_method.__name__ = "nonzero", "searchsorted"
Tensor.nonzero, Tensor.searchsorted = nonzero_method, searchsorted_method
#: name -> function.
FUNCTIONS = {"argwhere": argwhere, "digitize": digitize, "flatnonzero": flatnonzero, "nonzero": nonzero,
             "searchsorted": searchsorted, "select": select, "where": where}
face.present(FUNCTIONS)
