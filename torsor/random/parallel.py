"""Random numbers of every distribution on every core, the same ones for any number of threads."""
import concurrent.futures
import functools
import inspect
import math
import operator
from collections.abc import Callable

import numpy as np

from torsor._kernels.face import Function
from torsor._kernels.streams import workers
from torsor.tensor import Tensor

_BLOCK = 1 << 15                # numbers that have one stream
_FILLED = ("random", "standard_normal", "standard_exponential", "standard_gamma")     # they take ``out``
#: Distributions of vectors -> how many numbers a vector has, from the arguments.
_VECTORS: dict[str, Callable[..., int]] = {
    "dirichlet": lambda alpha: len(alpha),
    "multinomial": lambda n, pvals: np.shape(pvals)[-1],
    "multivariate_hypergeometric": lambda colors, nsample, method="marginals": len(colors),
    "multivariate_normal": lambda mean, cov, check_valid="warn", tol=1e-8, method="svd": len(mean),
}
_WHOLE = ("bytes", "choice", "permutation", "permuted", "shuffle")      # one stream each
_OPTIONS = ("dtype", "method", "endpoint")         # parameters that are no numbers
_empty, _asarray = Function(np.empty, "torsor"), Function(np.asarray, "torsor")


class ParallelGenerator:
    """Random numbers from a generator whose position is a counter.

    Every block of an array has a stream of its own, which follows from the seed, the number of the call and the
    number of the block.  The numbers are therefore the same for any number of threads.  They are not those of
    :class:`Generator`, which draws one number after the other.

    Parameters
    ----------
    seed : None, int, sequence of ints or numpy.random.SeedSequence, optional
        As of :func:`default_rng`; None takes one from the system.

    Notes
    -----
    The methods are those of :class:`numpy.random.Generator`, with its arguments.  What orders or chooses from a given
    array (``shuffle``, ``choice``, ...) runs on one thread.  The bit generator is Philox 4x64-10 (Salmon et al., 2011,
    "Parallel random numbers: as easy as 1, 2, 3").

    Examples
    --------
    >>> from torsor.random import ParallelGenerator
    >>> rng = ParallelGenerator(7)
    >>> x = rng.normal(size=1_000_000)
    >>> bool((x == ParallelGenerator(7).normal(size=1_000_000)).all())
    True
    """

    def __init__(self, seed=None):
        self._start(seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed), 0)

    def _start(self, seed_seq, calls):
        self.seed_seq, self._calls = seed_seq, calls
        self._key = seed_seq.generate_state(2, np.uint64)

    def __repr__(self):
        return f"ParallelGenerator(Philox) after {self._calls} calls"

    def __getstate__(self):
        return {"seed_seq": self.seed_seq, "calls": self._calls}

    def __setstate__(self, state):
        self._start(state["seed_seq"], state["calls"])

    def spawn(self, n_children):
        """New independent generators.

        Parameters
        ----------
        n_children : int

        Returns
        -------
        list of ParallelGenerator
        """
        return [ParallelGenerator(seed) for seed in self.seed_seq.spawn(n_children)]

    def _stream(self, call: int, block: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self._key, counter=[0, 0, block, call]))

    def _draw(self, name: str, arguments: inspect.BoundArguments):
        call = self._calls
        self._calls += 1
        given = dict(arguments.arguments)
        size, out = given.pop("size", None), given.pop("out", None)
        first = self._stream(call, 0)
        shape = _shape(name, given, size, out)
        if name in _WHOLE or shape is None or math.prod(shape) <= _BLOCK:
            whole = getattr(first, name)(*arguments.args, **arguments.kwargs)
            return _asarray(whole) if type(whole) is np.ndarray and whole is not out else whole
        trail = (_VECTORS[name](**given),) if name in _VECTORS else ()
        count, step = math.prod(shape), max(1, _BLOCK // max(1, math.prod(trail)))
        pieces = _pieces(name, given, shape)
        start = getattr(first, name)(**pieces(0, step), size=step)       # its errors are the call's, and its dtype
        result = _empty(shape + trail, start.dtype) if out is None else out
        rows = np.asarray(result).reshape((count, *trail))
        rows[:step] = start

        def fill(block):
            where = slice(block * step, min(count, (block + 1) * step))
            method = getattr(self._stream(call, block), name)
            if name in _FILLED:
                method(**pieces(where.start, where.stop), out=rows[where])
            else:
                rows[where] = method(**pieces(where.start, where.stop), size=where.stop - where.start)

        blocks = range(1, -(-count // step))
        width = min(workers(), len(blocks))
        if width <= 1:
            for block in blocks:
                fill(block)
        else:
            with concurrent.futures.ThreadPoolExecutor(width) as pool:
                for _ in pool.map(fill, blocks):
                    pass
        return result


def _shape(name: str, given: dict, size, out):
    """Of what is drawn, a vector counting as one; None where that, or what is wrong with it, is NumPy's."""
    try:
        if size is not None:
            shape = tuple(map(operator.index, size if isinstance(size, (tuple, list)) else (size,)))
        elif out is not None:
            shape = np.shape(out)
        elif name in _VECTORS:
            return None
        else:
            shape = np.broadcast_shapes(*(np.shape(x) for key, x in given.items() if key not in _OPTIONS))
    except (TypeError, ValueError):
        return None
    fits = out is None or (type(out) in (np.ndarray, Tensor) and out.shape == shape and out.flags.carray and (
        out.dtype == given.get("dtype", np.float64)))
    return shape if fits else None


def _pieces(name: str, given: dict, shape: tuple):
    """A function that gives the parameters for some of the numbers: arrays have one for each."""
    arrays = {} if name in _VECTORS else {
        key: np.broadcast_to(x, shape).reshape(-1) for key, x in given.items()
        if key not in _OPTIONS and np.ndim(x)}
    return lambda start, stop: given | {key: x[start:stop] for key, x in arrays.items()}


def _method(name: str):
    numpys = getattr(np.random.Generator, name)
    signature = inspect.signature(numpys)

    @functools.wraps(numpys, assigned=("__name__",))
    def method(self, *args, **kwargs):
        arguments = signature.bind(self, *args, **kwargs)
        del arguments.arguments["self"]
        return self._draw(name, arguments)

    method.__signature__ = signature                    # type: ignore[attr-defined]
    method.__qualname__ = f"ParallelGenerator.{name}"
    method.__doc__ = f"As {name} of :class:`numpy.random.Generator`, of a stream for each block."
    return method


for _name in dir(np.random.Generator):
    if not _name.startswith("_") and _name not in ("bit_generator", "spawn"):
        setattr(ParallelGenerator, _name, _method(_name))
