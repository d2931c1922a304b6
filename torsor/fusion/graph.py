"""Graphs of expressions: nodes with a dtype and a shape, each there once however often it is written.

A graph is drawn with the shapes that it first meets; what is kept of them is which axes have length one, and the
programs made of it (compiler.py) hold for all shapes that agree in that.
"""
import operator
import warnings
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from torsor._kernels import engine
from torsor._kernels.programs import cast_loop, fold_of, loop_of, where_of
from torsor.linalg import norm
from torsor.reductions import FUNCTIONS as _REDUCTIONS
from torsor.statistics import FUNCTIONS as _STATISTICS
from torsor.ufuncs import UFUNCS

#: dtype -> code.
CODES = {dtype: code for code, dtype in enumerate(engine.DTYPES)}
BOOL, FLOAT32, FLOAT64 = 0, CODES[np.dtype(np.float32)], CODES[np.dtype(np.float64)]
COMPLEX64 = CODES[np.dtype(np.complex64)]
#: Codes of Python's numbers, which take on the type of what they meet.
WEAK = {bool: BOOL, int: len(CODES), float: len(CODES) + 1, complex: len(CODES) + 2}
_WEAK_INT = WEAK[int]
_LEAVES = ("input", "view", "call", "array", "host", "count")
#: name -> torsor's own function.
REDUCTIONS = _REDUCTIONS | _STATISTICS | {"norm": norm}


class NotFusable(TypeError):
    """Raised while a graph is drawn for what it has no node for: the operations are then done one by one."""


class ShapesDiffer(NotFusable):
    """Raised for operands that do not broadcast; those of the same types in other shapes may."""


class Node:
    """One value.

    ``kind`` says how it comes about, ``what`` tells which one of that kind: "input"; "constant"; "operation" (of a
    ufunc); "cast"; "where"; "fold" (a reduction); "call" (a reduction that no program has, of an array that is there);
    "array" (what is computed, written to memory); "view"; "host" (Python's arithmetic of numbers); "count" (how many
    elements a reduction has).
    """

    __slots__ = ("__weakref__", "args", "code", "key", "kind", "number", "shape", "value", "what")

    def __init__(self, kind, what, args, code, shape, key, number):
        self.kind, self.what, self.args, self.code = kind, what, args, code
        self.shape, self.key, self.number = shape, key, number
        self.value = None               # of an input: what it is in this run, if it is no argument

    @property
    def is_weak(self) -> bool:
        """Whether it is one of Python's numbers."""
        return self.code >= _WEAK_INT

    @property
    def is_leaf(self) -> bool:
        """Whether it is there before a program runs."""
        return self.kind in _LEAVES

    @property
    def dtype(self):
        """Of its elements."""
        return engine.DTYPES[self.code]


class Reduction(NamedTuple):
    """What a node of kind "fold" does."""

    name: str
    axes: tuple
    keepdims: bool
    kernel: Any
    arguments: dict                 # of torsor's own function


class Graph:
    """Nodes, as long as somebody needs them."""

    def __init__(self):
        self.ignored = 0                # floating-point errors that operations recorded now do not report
        self._known: WeakValueDictionary = WeakValueDictionary()
        self._count = 0

    def add(self, kind, what, args, code, shape, key=None):
        """The node of this description, which is made where there is none yet.

        ``key`` stands for ``what`` where that is not hashable or not the same from graph to graph.
        """
        key = what if key is None else key
        place = (kind, key, tuple([x.number for x in args]), code)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = Node(kind, what, args, code, shape, key, self._count)
            self._count += 1
        return found

    # ------------------------------------------------------------------------------------ leaves

    def input(self, value):
        """A node for an array, a NumPy scalar or a number that differs from run to run."""
        if type(value) in WEAK:
            code, shape = WEAK[type(value)], ()
        else:
            if value.dtype not in CODES:
                raise NotFusable(f"no loops for {value.dtype}")
            code, shape = CODES[value.dtype], value.shape
        return self.add("input", self._count, (), code, shape)

    def constant(self, value):
        """A node for a number that is the same in every run."""
        if type(value) is bool:
            value = np.bool_(value)
        if type(value) in WEAK:
            return self.add("constant", value, (), WEAK[type(value)], (), (type(value), repr(value)))
        code = CODES.get(value.dtype)
        if code is None:
            raise NotFusable(f"no loops for {value.dtype}")
        return self.add("constant", np.asarray(value).tobytes(), (), code, ())

    def view(self, function, base, arguments):
        """What a function that copies nothing shows of an array."""
        sample = np.broadcast_to(np.zeros((), base.dtype), base.shape)
        try:
            shape = function(sample, *arguments).shape
        except Exception as error:
            raise NotFusable(str(error)) from None
        base = self.array(base)
        return self.add("view", (function, arguments), (base,), base.code, shape, (function, repr(arguments)))

    # ------------------------------------------------------------------------------------ operations

    def typed(self, node, code):
        """The same value as elements of a code."""
        if node.code == code:
            return node
        if node.kind == "constant":
            return self._typed_constant(node, code)
        if node.is_weak:
            return self.add("cast", None, (node,), code, ())        # when it is read
        loop = cast_loop(node.code, code)
        if loop is None:
            raise NotFusable(f"no conversion of {node.dtype} to {engine.DTYPES[code]}")
        return self.add("cast", loop, (node,), code, node.shape, code)

    def _typed_constant(self, node, code):
        dtype = engine.DTYPES[code]
        value = node.what if node.is_weak else np.frombuffer(node.what, node.dtype)[0]
        try:
            with np.errstate(all="raise"):
                stored = np.asarray(value).astype(dtype) if not node.is_weak else np.array(value, dtype)
        except (OverflowError, FloatingPointError, TypeError, ValueError) as error:
            raise NotFusable(str(error)) from None
        if node.is_weak and np.isinf(stored) and not np.isinf(value):
            raise NotFusable(f"{value!r} is too large for {dtype}")
        return self.add("constant", stored.tobytes(), (), code, ())

    @staticmethod
    def _broadcast(args):
        try:
            return np.broadcast_shapes(*[x.shape for x in args])
        except ValueError as error:
            raise ShapesDiffer(str(error)) from None

    def operation(self, ufunc, args):
        """The nodes of a ufunc's results, as a tuple."""
        loop = loop_of(ufunc, [x.code for x in args])
        if loop is None:
            raise NotFusable(f"no loop of {ufunc.__name__} for these types")
        args = tuple([self.typed(x, code) for x, code in zip(args, loop.codes)])
        if all(x.kind == "constant" for x in args):
            folded = self._folded(ufunc, args)
            if folded is not None:
                return folded
        same = _unchanged(ufunc.__name__, args)
        if same is not None:
            return (same,)
        shape = self._broadcast(args)
        return tuple([
            self.add("operation", (ufunc, loop, k, self.ignored), args, loop.codes[len(args) + k], shape,
                     (ufunc.__name__, k, self.ignored))
            for k in range(ufunc.nout)])

    def _folded(self, ufunc, args):
        """What an operation gives for numbers that are always the same; None where it raises an error."""
        try:
            with np.errstate(all="raise"):
                found = ufunc.numpy(*[number_of(x) for x in args])
        except (ArithmeticError, ValueError):
            return None
        return tuple([self.constant(x) for x in (found if ufunc.nout > 1 else (found,))])

    def python(self, function, args):
        """Arithmetic of Python's own numbers; what it gives decides on the type."""
        values = [x.what if x.kind == "constant" else WEAK_SAMPLES[x.code] for x in args]
        if all(x.kind == "constant" for x in args):
            try:
                return self.constant(function(*values))
            except Exception as error:
                raise NotFusable(str(error)) from None
        try:
            code = WEAK[type(function(*values))]
        except Exception as error:
            raise NotFusable(str(error)) from None
        return self.add("host", function, args, code, ())

    def where(self, condition, x, y):
        """``where(condition, x, y)``."""
        loop = where_of(x.code, y.code)
        if loop is None:
            raise NotFusable("no common type of the choices of where")
        if condition.code != BOOL:
            condition = self.operation(UFUNCS["not_equal"], (condition, self.constant(0)))[0]
        args = (condition, self.typed(x, loop.codes[1]), self.typed(y, loop.codes[1]))
        return self.add("where", loop, args, loop.codes[1], self._broadcast(args), "where")

    def call(self, name, node, arguments):
        """A reduction of an array that is there, by torsor's own function."""
        sample = np.ones((1,) * len(node.shape), node.dtype)
        function = REDUCTIONS[name]
        try:
            with warnings.catch_warnings():     # of what is one element here only
                warnings.simplefilter("ignore")
                found = function(sample, **arguments)
        except Exception as error:
            raise NotFusable(str(error)) from None
        axes, keepdims = self.axes(node, arguments.get("axis")), arguments.get("keepdims", False)
        key = (name, axes, *sorted((k, repr(v)) for k, v in arguments.items()))
        if found.dtype not in CODES or found.ndim != len(_without(node.shape, axes, keepdims)):
            raise NotFusable(f"{name} gives {found.dtype}")
        return self.add("call", (function, arguments), (node,), CODES[found.dtype],
                        _without(node.shape, axes, keepdims), key)

    @staticmethod
    def axes(node, axis):
        try:
            return tuple(sorted(normalize_axis_tuple(range(len(node.shape)) if axis is None else axis,
                                                     len(node.shape))))
        except Exception as error:
            raise NotFusable(str(error)) from None

    def fold(self, name, node, axis=None, keepdims=False):
        """A reduction of a value, over all axes where none is named."""
        axes = self.axes(node, axis)
        arguments = ({} if axis is None else {"axis": axis}) | ({"keepdims": True} if keepdims else {})
        if name == "mean" and node.code < FLOAT32 and not node.is_leaf:
            node = self.typed(node, FLOAT64)
        kernel = fold_of(name, node.code, -1)
        if kernel is None and node.is_leaf:
            return self.call(name, node, arguments)
        if kernel is None:
            raise NotFusable(f"no kernel of {name} for {node.dtype}")
        what = Reduction(name, axes, bool(keepdims), kernel, arguments)
        return self.add("fold", what, (node,), kernel.code, _without(node.shape, axes, keepdims),
                        (name, axes, bool(keepdims)))

    def array(self, node):
        """The same value, written to memory."""
        return node if node.is_leaf else self.add("array", None, (node,), node.code, node.shape)

    def count(self, node, axes, less):
        """How many elements a reduction of a value has, less so many, as a Python number."""
        return self.add("count", (axes, less), (node,), WEAK[float], (), (axes, less))


def number_of(node):
    """The number that a node is."""
    return node.what if node.is_weak else np.frombuffer(node.what, node.dtype)[0]


#: Operations that change nothing where their last operand is this number; x + 0 is not among them: -0 + 0 is 0.
_NEUTRAL = {"multiply": 1, "divide": 1, "subtract": 0}


def _unchanged(name, args):
    """The operand that an operation gives as it is, bit for bit; None where it does more, or has to copy."""
    x = args[0]
    if x.is_leaf or x.kind == "constant":
        return None                     # results are arrays of their own
    if name == "positive" or (name == "conjugate" and x.code < COMPLEX64):
        return x
    if name == "negative" and x.kind == "operation" and x.key[0] == "negative" and not x.args[0].is_leaf:
        return x.args[0]
    neutral = _NEUTRAL.get(name)
    if neutral is not None and args[1].kind == "constant" and x.code < COMPLEX64 and number_of(args[1]) == neutral and (
            not np.signbit(number_of(args[1]))):
        return x
    return None


def _without(shape, axes, keepdims):
    """The shape of a reduction's results."""
    if keepdims:
        return tuple([1 if d in axes else n for d, n in enumerate(shape)])
    return tuple([n for d, n in enumerate(shape) if d not in axes])


#: Python numbers in whose place those of a run come.
WEAK_SAMPLES = {BOOL: True, _WEAK_INT: 1, _WEAK_INT + 1: 1.0, _WEAK_INT + 2: 1j}
ARITHMETIC = {name: getattr(operator, name) for name in (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "pos", "abs", "lt", "le", "gt", "ge", "eq", "ne",
    "and_", "or_", "xor", "invert", "lshift", "rshift")}


def pattern(node):
    """Which axes of a value have length one."""
    return tuple([n == 1 for n in node.shape])


def reachable(roots, enters=None):
    """The nodes that some are made of, and they themselves, each after what it is made of.

    ``enters`` says of a node whether what it is made of is wanted as well.
    """
    found, waiting = {}, list(roots)
    while waiting:
        node = waiting.pop()
        if node.number not in found:
            found[node.number] = node
            if enters is None or enters(node):
                waiting.extend(node.args)
    return [found[number] for number in sorted(found)]


def inputs_of(nodes):
    """The inputs among what nodes are made of, in their order."""
    return [node for node in reachable(nodes) if node.kind == "input"]


def structure(nodes):
    """A key that graphs have in common for which one program does."""
    place, described = {}, []
    for k, node in enumerate(reachable(nodes)):
        place[node.number] = k
        key = None if node.kind == "input" else node.key
        described.append((node.kind, key, tuple([place[x.number] for x in node.args]), node.code, pattern(node)))
    return tuple([place[node.number] for node in nodes]), tuple(described)
