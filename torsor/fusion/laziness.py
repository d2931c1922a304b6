"""``lazy``: arrays whose expressions are computed when they are asked for, all operations in one go.

A Lazy records what it takes part in as the symbols of a fused function do (expressions.py), but it has values behind
it: what cannot be recorded is computed there and then.
"""
import threading
from collections import deque
from weakref import ref

import numpy as np

from torsor.fusion.compiler import compute
from torsor.fusion.expressions import PLAIN, Expression, Trace
from torsor.fusion.functions import outs_of, program_for, put
from torsor.fusion.graph import NotFusable, inputs_of
from torsor.tensor import Tensor


class Lazy(Expression):
    """A value that is computed when somebody asks for it: by ``compute()``, ``numpy.asarray``, ``float``, ``if``.

    Made by ``torsor.lazy.array`` and by operations on what it made.
    """

    __slots__ = ("__weakref__",)

    def compute(self, out=None):
        """The value.

        Parameters
        ----------
        out : ndarray, optional
            Where it goes.

        Returns
        -------
        Tensor or scalar
        """
        return put(_computed([self], () if out is None else outs_of(out))[0], out)

    def explain(self):
        """Print what ``compute()`` does: stages, instructions, registers, bytes moved, block size."""
        print(program_for([self._node]).explanation())

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.compute(), dtype)

    def __bool__(self):
        return bool(self.compute())

    def __float__(self):
        return float(self.compute())

    def __int__(self):
        return int(self.compute())

    def __complex__(self):
        return complex(self.compute())

    def __index__(self):
        return self.compute().__index__()

    def __iter__(self):
        return iter(self.compute())

    def __contains__(self, item):
        return item in self.compute()

    def __setitem__(self, key, value):
        changed = np.array(self.compute()).view(Tensor)
        changed[key] = _value_of(value)
        self._node = self._trace.meet(changed)

    def __repr__(self):
        return f"<Lazy of {self._node.dtype}, shape {self._node.shape}>"

    def __array_function__(self, func, types, args, kwargs):
        """Record a function of NumPy's, or call it on values."""
        try:
            return super().__array_function__(func, types, args, kwargs)
        except NotFusable:
            return func(*_values_of(args), **{name: _value_of(x) for name, x in kwargs.items()})

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """Record a ufunc, or call it on values."""
        try:
            return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)
        except NotFusable:
            return getattr(ufunc, method)(*_values_of(inputs), **{name: _value_of(x) for name, x in kwargs.items()})

    def __getattr__(self, name):
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"a Lazy has no attribute {name!r}")
        return getattr(self.compute(), name)


def _value_of(x):
    if isinstance(x, Lazy):
        return x.compute()
    return _values_of(x) if type(x) in (tuple, list) else x


def _values_of(items):
    return type(items)([_value_of(x) for x in items])


def _forgiving(name):
    """A method of Expression's that computes where nothing can be recorded."""
    method = getattr(Expression, name)
    in_place = name.startswith("__i") and name != "__invert__"

    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except NotFusable:
            value = self.compute()
            if in_place:
                value = np.array(value).view(Tensor)
            return getattr(value, name)(*_values_of(args), **{key: _value_of(x) for key, x in kwargs.items()})

    call.__name__, call.__doc__ = name, method.__doc__
    return call


_OWN = {"__init__", "__init_subclass__", "__class__", "__dir__", "__new__", "__getattr__", "__getattribute__"}
for _name, _method in vars(Expression).items():
    if callable(_method) and _name not in vars(Lazy) and _name not in _OWN and not (
            _name.startswith("_") and not _name.startswith("__")):
        setattr(Lazy, _name, _forgiving(_name))


class _LazyTrace(Trace):
    """The one graph of all Lazies of a thread; nodes that nobody needs vanish from it."""

    symbol = Lazy

    def __init__(self):
        super().__init__()
        self.met = deque(maxlen=0)
        self.blocks = []                    # for each block that is open: what has been made in it

    def show(self, node):
        """A Lazy for a node."""
        shown = Lazy(self, node)
        if self.blocks:
            self.blocks[-1].append(ref(shown))
        return shown

    def node_of(self, value):
        """The node of an operand; what another thread recorded is computed first."""
        if isinstance(value, Lazy) and value._trace is not self:
            value = value.compute()
        return super().node_of(value)

    def _ignored(self):
        """Errors are reported when something is computed, as is said there."""
        return 0


_local = threading.local()


def _trace():
    if not hasattr(_local, "trace"):
        _local.trace = _LazyTrace()
    return _local.trace


def _computed(lazies, outs=()):
    """The values of some Lazies, computed together."""
    nodes = [x._node for x in lazies]
    inputs = [node.value for node in inputs_of(nodes)]
    found = program_for(nodes).run(inputs, outs)
    if found is NotImplemented:
        found = compute(nodes, inputs)
    return [value.copy() if node.kind == "input" and isinstance(value, np.ndarray) else value
            for node, value in zip(nodes, found)]


class _Block:
    """``with torsor.lazy():``"""

    def __enter__(self):
        self._trace = _trace()
        self._trace.blocks.append([])
        return lazy

    def __exit__(self, kind, error, traceback):
        made = self._trace.blocks.pop()
        if kind is not None:
            return
        alive = [x for x in (found() for found in made) if x is not None and x._node.kind != "input"]
        if not alive:
            return
        for x, value in zip(alive, _computed(alive)):
            x._node = self._trace.meet(np.asarray(value).view(Tensor))


class Laziness:
    """Arrays whose expressions are computed as a whole.

    ``torsor.lazy.array(a)`` is a copy of an array that records what is done with it; ``.compute()`` of what comes out
    does it, in as few passes over memory as can be.  At the end of a block ``with torsor.lazy():`` everything that was
    recorded in it and is still referred to is computed together.

    Examples
    --------
    >>> import torsor as np
    >>> x = np.lazy.array([1.0, 2.0, 3.0])
    >>> y = 2 * x + 1
    >>> print(y.compute())
    [3. 5. 7.]
    """

    def __call__(self):
        """A block at whose end everything recorded in it is computed."""
        return _Block()

    @staticmethod
    def array(a, dtype=None):
        """A Lazy over a copy of an array: later changes of the array are not seen.

        Parameters
        ----------
        a : array_like
            Numbers.
        dtype : dtype, optional
            Of the elements.

        Returns
        -------
        Lazy
        """
        return _lazy_of(np.array(_value_of(a), dtype))

    @staticmethod
    def asarray(a, dtype=None):
        """A Lazy over an array itself, which is read when something is computed.

        Parameters
        ----------
        a : array_like
            Numbers.
        dtype : dtype, optional
            Of the elements.

        Returns
        -------
        Lazy
        """
        return _lazy_of(np.asarray(_value_of(a), dtype))


def _lazy_of(array):
    if type(array) not in PLAIN:
        raise TypeError(f"lazy takes plain arrays, not a {type(array).__name__}")
    try:
        return _trace().show(_trace().meet(array.view(Tensor)))
    except NotFusable as error:
        raise TypeError(f"lazy takes booleans, integers, float32, float64 and complex numbers: {error}") from None


lazy = Laziness()
