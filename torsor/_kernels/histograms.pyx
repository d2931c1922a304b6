# cython: wraparound=True
"""histogram, its edges and histogram2d, found as NumPy finds them; elements are counted by counting.pyx.

Compiled, so that a warning of NumPy's points to the caller.
"""
import math

import numpy as np

from torsor._kernels import face
from torsor._kernels.bisection import searchsorted
from torsor._kernels.counting import bincount, count_bins, equal_edges
from torsor._kernels.operators import Tensor
from torsor._kernels.reducers import Reduction

_ARRAYS = frozenset((Tensor, np.ndarray))
_NUMBERS = frozenset((int, float))
_EXACT = 2.0**53                # integers below it are float64s
_MOST = 2**16                   # bins that are counted natively
_SIDE = 2**12                   # along each axis of a plane
_min, _max, _sum = [Reduction(function, "torsor") for function in (np.min, np.max, np.sum)]


def _is_usual(a):
    """Whether elements are real numbers that are compared with edges as float64s."""
    return (type(a) in _ARRAYS and a.dtype.kind in "iuf" and a.dtype.isnative and a.dtype.itemsize <= 8
            and a.dtype.char != "e" and a.size > 0)


def _outer_edges(a, range):
    """The first and the last edge, or None where NumPy has to find them."""
    if range is None:
        first, last = _min(a), _max(a)
        if first == 0 or last == 0:             # with the sign that NumPy finds
            view = a.view(np.ndarray)
            first, last = view.min(), view.max()
    else:
        if not (type(range) in (tuple, list) and len(range) == 2 and type(range[0]) in _NUMBERS
                and type(range[1]) in _NUMBERS):
            return None
        first, last = range
        if first > last or a.dtype.char == "f" and max(abs(first), abs(last)) > 1e38:
            return None
    if not (-_EXACT < first and last < _EXACT) and (a.dtype.kind in "iu" or not math.isfinite(last - first)):
        return None
    if first == last:
        first, last = first - 0.5, last + 0.5
    return first, last


def _equal_bins(a, bins, range):
    """Edges of bins of equal width and, for counting, the same as float64; None where NumPy has to find them."""
    if type(bins) is not int or not 0 < bins <= _MOST:
        return None
    outer = _outer_edges(a, range)
    if outer is None:
        return None
    if a.dtype.char == "f":
        edges = np.linspace(*outer, bins + 1, dtype=a.dtype).view(Tensor)
        wide = edges.astype(np.float64)
        return (edges, wide) if (wide[:-1] < wide[1:]).all() else None
    wide = equal_edges(*outer, bins)
    return None if wide is None else (wide, wide)


def _given_bins(a, bins):
    """The same of given edges."""
    if type(bins) is list:
        bins = np.asarray(bins)
    if type(bins) not in _ARRAYS or bins.ndim != 1 or not 1 < bins.size <= _MOST or bins.dtype.kind not in "iuf":
        return None
    if bins.dtype.itemsize > 8 or bins.dtype.char == "e":
        return None
    wide = bins.astype(np.float64)
    if not (wide[:-1] <= wide[1:]).all():       # nor is any NaN
        return None
    if bins.dtype.kind != "f" and not (-_EXACT < wide[0] and wide[-1] < _EXACT):
        return None
    if a.dtype.itemsize == 8 and a.dtype.kind in "iu" and not (-_EXACT < wide[0] and wide[-1] < _EXACT):
        return None
    return bins.view(Tensor), wide


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements lie in each bin; see :func:`numpy.histogram`.

    Parameters
    ----------
    a : array_like
    bins : int, sequence or str, optional
        Number of bins of equal width, or their edges, or how to choose the number.
    range : (float, float), optional
        The first and the last edge; those of the elements if not given.
    density : bool, optional
        Whether to return the density of probability instead.
    weights : array_like, optional
        What each element counts, instead of 1.

    Returns
    -------
    counts, edges : Tensor
    """
    if _is_usual(a) and (weights is None or type(weights) in _ARRAYS and weights.dtype == np.float64
                         and weights.shape == a.shape):
        equal = type(bins) is int
        found = _equal_bins(a, bins, range) if equal else _given_bins(a, bins) if weights is None else None
        if found is not None:
            edges, wide = found
            counts = count_bins(a if a.ndim == 1 else a.ravel(), wide, equal,
                                None if weights is None else weights.ravel())
            if counts is not None and not density:
                return counts, edges
            if counts is not None and _sum(counts) != 0:        # NumPy warns of those that are
                return counts / (edges[1:] - edges[:-1]).astype(float) / _sum(counts), edges
    return _histogram(a, bins, range, density, weights)


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of the bins of a histogram; see :func:`numpy.histogram_bin_edges`.

    Parameters
    ----------
    a : array_like
    bins : int, sequence or str, optional
        Number of bins of equal width, or their edges, or how to choose the number.
    range : (float, float), optional
        The first and the last edge; those of the elements if not given.
    weights : array_like, optional
        Not used but to be refused where ``bins`` is a str.

    Returns
    -------
    Tensor
    """
    if weights is None and _is_usual(a):
        found = _equal_bins(a, bins, range)
        if found is not None:
            return found[0]
    return _edges(a, bins, range, weights)


def _plane(x, y, bins, range, weights):
    """histogram2d of vectors with bins of equal width; None where NumPy has to count."""
    if not (_is_usual(x) and _is_usual(y) and x.dtype.char == y.dtype.char == "d" and x.ndim == y.ndim == 1
            and x.size == y.size):
        return None
    if type(bins) is int:
        bins = bins, bins
    range = (None, None) if range is None else range
    if type(bins) not in (tuple, list) or type(range) not in (tuple, list) or len(bins) != 2 or len(range) != 2:
        return None
    places, found = [], []
    for a, n, wanted in zip((x, y), bins, range):
        if type(n) is not int or not 0 < n <= _SIDE:
            return None
        outer = _outer_edges(a, wanted)
        if outer is None:
            return None
        edges = np.linspace(*outer, n + 1).view(Tensor)
        place = searchsorted(edges, a, "right")
        place -= a.view(Tensor) == edges[-1]        # the last bin holds its upper edge as well
        places.append(place)
        found.append(edges)
    shape = bins[0] + 2, bins[1] + 2                # one more on either side for what lies outside
    place, other = places
    place *= shape[1]
    place += other
    counts = bincount(place, weights, shape[0] * shape[1]).reshape(shape).astype(float)
    return counts[1:-1, 1:-1], *found


def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    """How many points of a plane lie in each cell of a grid; see :func:`numpy.histogram2d`.

    Parameters
    ----------
    x, y : array_like
        The coordinates of the points.
    bins : int, (int, int), array_like or pair of array_like, optional
        Number of bins of equal width, or their edges, for both axes or for each.
    range : pair of (float, float), optional
        The first and the last edge of each axis; those of the points if not given.
    density : bool, optional
        Whether to return the density of probability instead.
    weights : array_like, optional
        What each point counts, instead of 1.

    Returns
    -------
    counts, edges of x, edges of y : Tensor
    """
    if not density and (weights is None or type(weights) in _ARRAYS and weights.dtype == np.float64
                        and type(x) in _ARRAYS and weights.shape == x.shape):
        found = _plane(x, y, bins, range, weights)
        if found is not None:
            return found
    given = {} if type(bins) is int and bins == 10 else {"bins": bins}      # as they are seen by what decides itself
    for name, value in (("range", range), ("density", density), ("weights", weights)):
        if value is not None:
            given[name] = value
    return _histogram2d(x, y, **given)


_histogram2d = face.Function(np.histogram2d, "torsor")
_histogram, _edges = face.Function(np.histogram, "torsor"), face.Function(np.histogram_bin_edges, "torsor")
