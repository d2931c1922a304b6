"""Long arrays of uniform numbers, drawn from one stream by several threads.

Every number takes one step of a PCG64, and a PCG64 can be put any number of steps ahead: the threads draw what one
would have drawn, and the generator is left where it would have been left.
"""
import math
import operator

import numpy as np

from torsor._kernels.face import Function
from torsor._kernels.streams import fill_doubles, fill_integers, starts, workers

_ABLE = frozenset((np.random.PCG64, np.random.PCG64DXSM))
_empty = Function(np.empty, "torsor")
_NUMBERS = frozenset((int, float))
_ENOUGH = 50_000                # numbers that are worth a copy of the bit generator


def _random(generator, size=None, dtype=np.float64, out=None):
    if out is not None or dtype not in (np.float64, float):
        return None
    return _draw(generator, size, np.float64, fill_doubles, 0.0, 1.0)


def _uniform(generator, low=0.0, high=1.0, size=None):
    if type(low) not in _NUMBERS or type(high) not in _NUMBERS:
        return None
    try:
        width = float(high) - float(low)
    except OverflowError:
        return None
    if not math.isfinite(width) or width < 0:
        return None
    return _draw(generator, size, np.float64, fill_doubles, float(low), width)


def _integers(generator, low, high=None, size=None, dtype=np.int64, endpoint=False):
    if type(low) is not int or type(high) is not int or dtype not in (np.int64, np.uint64):
        return None
    limits = np.iinfo(dtype)
    if low != limits.min or high != (limits.max if endpoint else limits.max + 1):
        return None
    return _draw(generator, size, dtype, fill_integers, low % 2**64)


#: Methods of a Generator -> functions of its arguments, which return None for what is NumPy's.
FOR_MANY = {"random": _random, "uniform": _uniform, "integers": _integers}


def _draw(generator, size, dtype, fill, *arguments):
    source = generator.bit_generator
    shape = size if type(size) is tuple else (size,)
    try:
        shape = tuple(map(operator.index, shape))
    except TypeError:
        return None
    count = math.prod(shape)
    width = workers()
    parts = min(4 * width, count // _ENOUGH)
    if type(source) not in _ABLE or width == 1 or parts < 2 or min(shape) < 0:
        return None
    out = _empty(shape, dtype)
    flat = out.view(np.ndarray).reshape(-1)
    with source.lock:
        state = source.state
        fill(flat.view(np.uint64) if dtype is not np.float64 else flat,
             [_ahead(source, state, steps) for steps in starts(count, parts)], width, *arguments)
        source.advance(count)
        source.state = source.state | {key: state[key] for key in ("has_uint32", "uinteger")}
    return out


def _ahead(source, state, steps):
    """A copy of a bit generator, so many steps ahead."""
    copy = type(source)(0)
    copy.state = state
    return copy.advance(steps)
