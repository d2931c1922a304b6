"""Statistics over all, one or several axes: variances, ranges, averages, quantiles, running sums; NaNs left out.

What is done in one go is compiled (torsor/_kernels: summaries, quantiles, scan); the rest is composed of it here.
"""
import inspect

import numpy as np

from torsor._kernels import face
from torsor._kernels.quantiles import FUNCTIONS as _quantiles
from torsor._kernels.reducers import Reduction
from torsor.reductions import FUNCTIONS as _reductions
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

_max, _min, _mean = (_reductions[name] for name in ("max", "min", "mean"))
_subtract, _multiply, _divide = UFUNCS["subtract"], UFUNCS["multiply"], UFUNCS["true_divide"]
_ABSENT = inspect.signature(np.ptp).parameters["keepdims"].default
_ARRAYS = frozenset((Tensor, np.ndarray))
_FLOATS = frozenset((np.dtype(np.float32), np.dtype(np.float64)))
_numpys = {name: face.Function(getattr(np, name), "torsor")
           for name in ("ptp", "average", "cumulative_sum", "cumulative_prod")}


def ptp(a, axis=None, out=None, keepdims=_ABSENT):
    """Range of values, the greatest minus the least; see :func:`numpy.ptp`.

    Parameters
    ----------
    a : array_like
        Numbers.
    axis : int, tuple of ints or None, optional
        Along which the range is taken; None takes all elements.
    out : ndarray, optional
        Where the result goes.
    keepdims : bool, optional
        Whether the axes stay, with size one.

    Returns
    -------
    Tensor or scalar
    """
    if type(a) not in _ARRAYS or out is not None or a.dtype.kind not in "fiu":
        return _numpys["ptp"](a, axis, out=out, **({} if keepdims is _ABSENT else {"keepdims": keepdims}))
    return _subtract(_max(a, axis, None, keepdims), _min(a, axis, None, keepdims))


def average(a, axis=None, weights=None, returned=False, *, keepdims=_ABSENT):
    """Weighted average along an axis; see :func:`numpy.average`.

    Parameters
    ----------
    a : array_like
        Numbers.
    axis : int, tuple of ints or None, optional
        Along which to average; None takes all elements.
    weights : array_like, optional
        Of the shape of ``a``, or of its part along ``axis``; none weighs all elements alike.
    returned : bool, optional
        Whether the sum of the weights is returned as well.
    keepdims : bool, optional
        Whether the axes stay, with size one.

    Returns
    -------
    Tensor or scalar, or a tuple of two

    Raises
    ------
    ZeroDivisionError
        If weights sum to zero.
    """
    if type(a) in _ARRAYS and not returned and a.size and a.dtype.kind in "biufc" and (
            axis is None or (type(axis) is int and -a.ndim <= axis < a.ndim)):
        if weights is None:
            return _mean(a, axis, None, None, keepdims)
        if type(weights) in _ARRAYS and a.dtype == weights.dtype and a.dtype in _FLOATS and a.shape == weights.shape:
            scale = _sum(weights, axis, None, None, keepdims)
            if (scale != 0).all():
                return _divide(_sum(_multiply(a, weights), axis, None, None, keepdims), scale)
    given = {} if keepdims is _ABSENT else {"keepdims": keepdims}
    return _numpys["average"](a, axis, weights, returned, **given)


def _runs(x, axis, out, include_initial) -> bool:
    """Whether cumsum does what cumulative_sum is asked for."""
    return type(x) in _ARRAYS and include_initial is False and (out is None or type(out) in _ARRAYS) and (
        x.ndim == 1 or (x.ndim > 1 and type(axis) is int))


def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """Running sums along an axis; see :func:`numpy.cumulative_sum`.

    Parameters
    ----------
    x : array_like
        Numbers.
    axis : int, optional
        Along which to go; may be left out where there is only one.
    dtype : dtype, optional
        Of the result.
    out : ndarray, optional
        Where the result goes.
    include_initial : bool, optional
        Whether the result begins with that of no elements.

    Returns
    -------
    Tensor
    """
    if _runs(x, axis, out, include_initial):
        return _running["cumsum"](x, axis, dtype, out)
    return _numpys["cumulative_sum"](x, axis=axis, dtype=dtype, out=out, include_initial=include_initial)


def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    """Running products along an axis; see :func:`numpy.cumulative_prod`.

    Parameters
    ----------
    x : array_like
        Numbers.
    axis : int, optional
        Along which to go; may be left out where there is only one.
    dtype : dtype, optional
        Of the result.
    out : ndarray, optional
        Where the result goes.
    include_initial : bool, optional
        Whether the result begins with that of no elements.

    Returns
    -------
    Tensor
    """
    if _runs(x, axis, out, include_initial):
        return _running["cumprod"](x, axis, dtype, out)
    return _numpys["cumulative_prod"](x, axis=axis, dtype=dtype, out=out, include_initial=include_initial)


def logsumexp(a, axis=None, keepdims=False):
    """Logarithm of the sum of exponentials, which may themselves be too large for their type.

    Parameters
    ----------
    a : array_like of real numbers
        The exponents; integers become float64.
    axis : int, tuple of ints or None, optional
        Along which to sum; None takes all elements.
    keepdims : bool, optional
        Whether the axes stay, with size one.

    Returns
    -------
    Tensor or scalar
        ``log(sum(exp(a)))``; -inf where there is nothing to sum.

    Examples
    --------
    >>> import torsor as np
    >>> float(np.logsumexp(np.array([1000.0, 1000.0])))
    1000.6931471805599
    """
    if type(a) not in _ARRAYS and not isinstance(a, np.ndarray) and hasattr(type(a), "__array_function__"):
        return a.__array_function__(logsumexp, (type(a),), (a, axis, keepdims), {})
    a = np.asarray(a).view(Tensor)
    if a.dtype.kind in "biu":
        a = a.astype(np.float64)
    if a.dtype.kind != "f":
        raise TypeError(f"logsumexp takes real numbers, not {a.dtype}")
    top = _max(a, axis, None, True, -np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0)).view(Tensor)     # infinite exponents stay what they are
    shifted = _subtract(a, top)
    with np.errstate(divide="ignore", over="ignore"):
        result = _log(_sum(_exp(shifted, shifted if shifted.ndim else None), axis, None, None, True))
    result = result + top
    if not keepdims:
        axes = tuple(range(a.ndim)) if axis is None else axis
        result = np.squeeze(np.asarray(result), axes).view(Tensor)
    return result if result.ndim else result[()]


_sum, _exp, _log = _reductions["sum"], UFUNCS["exp"], UFUNCS["log"]
_running = {name: Reduction(getattr(np, name), "torsor") for name in ("cumsum", "cumprod", "nancumsum", "nancumprod")}
#: name -> function.
FUNCTIONS = {"average": average, "logsumexp": logsumexp, "ptp": ptp, **_quantiles, **_running,
             "cumulative_prod": cumulative_prod, "cumulative_sum": cumulative_sum,
             **{name: Reduction(getattr(np, name), "torsor") for name in (
                 "var", "std", "nanvar", "nanstd", "nanmean", "nansum", "nanprod", "nanmin", "nanmax", "nanargmin",
                 "nanargmax", "count_nonzero")}}
face.present(FUNCTIONS)
