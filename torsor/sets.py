"""Arrays as sets: unique elements, membership, intersection, union, differences.

The work is done in torsor/_kernels/sets.pyx; here is what is composed of it.
"""
import numpy as np
from numpy.lib import _arraysetops_impl as _numpys

from torsor._kernels import engine, face
from torsor._kernels.creation import ones
from torsor._kernels.joining import concatenate
from torsor._kernels.sets import contains, differences, unique
from torsor._kernels.sorters import argsort, sort
from torsor.tensor import Tensor

_ARRAYS = frozenset((Tensor, np.ndarray))
#: NumPy's numbers of the dtypes whose sets are found natively.
_NUMBERS = frozenset(dtype.num for dtype in engine.DTYPES if dtype.kind in "iuf")


def _are_usual(a, b) -> bool:
    """Whether two arguments are arrays of one type whose sets are found natively."""
    return (type(a) in _ARRAYS and type(b) in _ARRAYS and a.dtype == b.dtype and a.dtype.isnative
            and a.dtype.num in _NUMBERS and b.dtype.num == a.dtype.num
            and a.flags.aligned and b.flags.aligned and a.size > 0 and b.size > 0)


def _decides(x) -> bool:
    """Whether an array of another class wants to say itself what functions do."""
    return type(x) not in _ARRAYS and hasattr(type(x), "__array_function__")


def unique_all(x, /):
    """Unique elements, their first places, the inverse, and counts; see :func:`numpy.unique_all`."""
    if _decides(x):
        return np.unique_all(x)
    return _numpys.UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x, /):
    """Unique elements and their counts; see :func:`numpy.unique_counts`."""
    if _decides(x):
        return np.unique_counts(x)
    return _numpys.UniqueCountsResult(*unique(x, False, False, True, equal_nan=False))


def unique_inverse(x, /):
    """Unique elements and the inverse; see :func:`numpy.unique_inverse`."""
    if _decides(x):
        return np.unique_inverse(x)
    return _numpys.UniqueInverseResult(*unique(x, False, True, equal_nan=False))


def isin(element, test_elements, assume_unique=False, invert=False, *, kind=None):
    """Which elements are among others; see :func:`numpy.isin`.

    Parameters
    ----------
    element : array_like
    test_elements : array_like
        The values that are looked for.
    assume_unique : bool, optional
        Whether both have no element twice.
    invert : bool, optional
        Whether to ask which ones are not.
    kind : {None, "sort", "table"}, optional
        How NumPy looks for them, where it does.

    Returns
    -------
    Tensor of bools
        Of the shape of ``element``.
    """
    if kind in (None, "sort"):
        if type(test_elements) is list and type(element) in _ARRAYS:
            test_elements = np.asarray(test_elements)
        found = contains(element, test_elements, bool(invert))
        if found is not None:
            return found
    return _isin(element, test_elements, assume_unique=assume_unique, invert=invert, kind=kind)


def union1d(ar1, ar2):
    """The elements of either array, in order; see :func:`numpy.union1d`."""
    if not _are_usual(ar1, ar2):
        return _union1d(ar1, ar2)
    return unique(concatenate((ar1.ravel(), ar2.ravel())))


def setdiff1d(ar1, ar2, assume_unique=False):
    """The elements of one array that are not in another; see :func:`numpy.setdiff1d`.

    Parameters
    ----------
    ar1, ar2 : array_like
    assume_unique : bool, optional
        Whether both have no element twice; their order is then kept.

    Returns
    -------
    Tensor
    """
    if not _are_usual(ar1, ar2):
        return _setdiff1d(ar1, ar2, assume_unique)
    values = ar1.ravel() if assume_unique else unique(ar1)
    return values[contains(values, ar2.ravel(), True)]


def setxor1d(ar1, ar2, assume_unique=False):
    """The elements that only one of two arrays has, in order; see :func:`numpy.setxor1d`.

    Parameters
    ----------
    ar1, ar2 : array_like
    assume_unique : bool, optional
        Whether both have no element twice.

    Returns
    -------
    Tensor
    """
    if not _are_usual(ar1, ar2):
        return _setxor1d(ar1, ar2, assume_unique)
    if not assume_unique:
        return differences(unique(ar1), unique(ar2))
    values = sort(concatenate((ar1.ravel(), ar2.ravel())))
    single = ones(values.shape, bool)           # which is unlike its neighbours
    unlike = values[1:] != values[:-1]
    single[1:] &= unlike
    single[:-1] &= unlike
    return values[single]


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """The elements that two arrays share, in order; see :func:`numpy.intersect1d`.

    Parameters
    ----------
    ar1, ar2 : array_like
    assume_unique : bool, optional
        Whether both have no element twice.
    return_indices : bool, optional
        Whether to return as well where they are in each array.

    Returns
    -------
    Tensor or tuple of Tensors
    """
    if not _are_usual(ar1, ar2):
        return _intersect1d(ar1, ar2, assume_unique, return_indices)
    if not return_indices:
        one = ar1.ravel() if assume_unique else unique(ar1)
        shared = one[contains(one, ar2.ravel(), False)]
        return sort(shared) if assume_unique else shared
    places = []
    values = []
    for a, b in ((ar1, ar2), (ar2, ar1)):
        flat, index = (a.ravel(), None) if assume_unique else unique(a, return_index=True)
        found = contains(flat, b.ravel(), False).nonzero()[0]
        shared = flat[found]
        if assume_unique:
            order = argsort(shared, kind="stable")
            shared, found = shared[order], found[order]
        places.append(found if index is None else index[found])
        values.append(shared)
    return values[0], *places


_isin, _union1d, _setdiff1d, _setxor1d, _intersect1d = (
    face.Function(function, "torsor") for function in (np.isin, np.union1d, np.setdiff1d, np.setxor1d, np.intersect1d))
#: name -> function.
FUNCTIONS = {function.__name__: function for function in (
    intersect1d, isin, setdiff1d, setxor1d, union1d, unique, unique_all, unique_counts, unique_inverse)}
face.present(FUNCTIONS)
