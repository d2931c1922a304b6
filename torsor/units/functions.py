"""Functions of DimArrays that stand in for NumPy's of the same name, and a weighted mean."""
import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import UnitsError


def concatenate(arrays, axis=0):
    """Join arrays along an axis, in the unit of the first; see :func:`numpy.concatenate`."""
    return np.concatenate(_quantities(arrays), axis=axis)


def stack(arrays, axis=0):
    """Join arrays along a new axis, in the unit of the first; see :func:`numpy.stack`."""
    return np.stack(_quantities(arrays), axis=axis)


def split(array, indices_or_sections, axis=0):
    """Cut an array into several; see :func:`numpy.split`."""
    return np.split(_quantity(array), indices_or_sections, axis=axis)


def dot(a, b):
    """Dot product, in the product of the units; see :func:`numpy.dot`."""
    return np.dot(_quantity(a), b)


def matmul(a, b):
    """Matrix product, in the product of the units; see :func:`numpy.matmul`."""
    return np.matmul(_quantity(a), b)


def norm(array, ord=None, axis=None, keepdims=False):
    """Norm of a vector or matrix; see :func:`numpy.linalg.norm`."""
    return np.linalg.norm(_quantity(array), ord=ord, axis=axis, keepdims=keepdims)


def weighted_mean(arrays):
    """Mean of measurements of one quantity, weighted with the inverse of their variances.

    Parameters
    ----------
    arrays : sequence of DimArray
        Of one shape and dimension, each with an uncertainty.

    Returns
    -------
    DimArray
        In the unit of the first, with the uncertainty ``1 / sqrt(sum(1 / sigma**2))``.

    Raises
    ------
    UnitsError
        If there is none, one has no uncertainty, or an uncertainty is zero.
    """
    arrays = _quantities(arrays)
    if not arrays or any(not array.has_uncertainty for array in arrays):
        raise UnitsError("a weighted mean is taken of measurements with uncertainties")
    unit = arrays[0].unit
    arrays = [array.to(unit) for array in arrays]
    sigmas = np.stack([np.asarray(array.uncertainty.data) for array in arrays])
    if not (sigmas > 0).all():
        raise UnitsError("a measurement without any uncertainty would have all the weight")
    weights = sigmas**-2.0
    values = np.stack([np.asarray(array.data) for array in arrays])
    return DimArray((values * weights).sum(axis=0) / weights.sum(axis=0), unit,
                    uncertainty=weights.sum(axis=0) ** -0.5)


def _quantity(x):
    return x if isinstance(x, DimArray) else DimArray(x)


def _quantities(arrays):
    return [_quantity(array) for array in arrays]
