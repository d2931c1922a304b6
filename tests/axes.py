"""Arrays that reductions are tried on, and how two outcomes are compared: to rounding.

Partial sums of torsor's are others than NumPy's, so that floating results differ in their last bits.
"""
import itertools
import warnings

import numpy as np

import torsor as tr
from operands import dtype_of

SHAPES = ((), (1,), (7,), (3000,), (5, 6), (300, 41), (3, 900), (4000, 3), (2, 3, 4), (17, 1, 40), (7, 9, 130),
          (2, 3, 2, 5, 2))
LAYOUTS = {
    "C": lambda a: a,
    "F": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "negative": lambda a: a[(slice(None, None, -1),) * a.ndim] if a.ndim else a,
    "rolled": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, -1)), -1, 0) if a.ndim else a,
    "zero stride": lambda a: np.broadcast_to(a[..., :1], a.shape) if a.ndim else a,
}


def draw(shape, dtype, seed=0):
    """Values that neither overflow in products nor hide wrong elements."""
    rng = np.random.default_rng(seed)
    if dtype in "qQ":
        dtype = dtype_of(dtype)             # of the two types of 64 bits the usual one
        return np.asarray(rng.integers(0, 100, shape)).astype(dtype)
    if dtype in "efdgFD":
        x = rng.uniform(0.97, 1.03, shape) * rng.choice([-1, 1], shape)
        return np.asarray(x + 1j * x[::-1] if dtype in "FD" and shape else x).astype(dtype)
    return np.asarray(rng.integers(0, 2 if dtype == "?" else 100, shape)).astype(dtype)


def outcome(call, *args, **kwargs):
    """What a call gives: its value and warnings, or the class and text of its error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = call(*args, **kwargs)
        except Exception as error:
            return None, (type(error), str(error))
    return value, sorted((w.category.__name__, str(w.message)) for w in caught)


def assert_same(ours, numpys, terms=1):
    """Same value to rounding, dtype, shape, scalar or array, warnings and errors."""
    (x, how), (y, numpys_how) = ours, numpys
    assert how == numpys_how
    assert np.shape(x) == np.shape(y)
    assert isinstance(x, np.ndarray) == isinstance(y, np.ndarray)
    if y is None or not hasattr(y, "dtype"):
        assert x == y and type(x) is type(y)
        return
    assert x.dtype == y.dtype and (type(x) is tr.Tensor or type(x) is type(y))
    if y.dtype.kind in "fc":
        tolerance = np.finfo(y.dtype).eps * max(16.0, 4 * terms)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(np.asarray(x), y, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(np.asarray(x), y)


def axes_of(shape, name):
    nd = len(shape)
    axes = [None, *range(-nd, nd)]
    if not name.startswith("arg"):
        axes += [(), *itertools.combinations(range(nd), 2), tuple(range(nd)), (-1, 0)]
    return axes
