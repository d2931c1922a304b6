"""Symbols that stand for arrays while an expression is recorded: operators, methods and functions of NumPy's.

What a symbol takes part in becomes nodes of its graph (graph.py); nothing is computed.
"""
import operator
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from torsor._kernels import fperrors
from torsor._optable import OPS
from torsor.fusion.graph import ARITHMETIC, CODES, COMPLEX64, FLOAT32, WEAK, Graph, Node, NotFusable
from torsor.tensor import Symbol, Tensor
from torsor.ufuncs import OF_NUMPY, UFUNCS

#: Classes of arrays that are elements in memory and nothing more.
PLAIN = (np.ndarray, Tensor)
#: ufunc -> the reduction that its method of that name is.
_REDUCED = {"add": np.sum, "multiply": np.prod, "minimum": np.min, "maximum": np.max, "logical_or": np.any,
            "logical_and": np.all}
_functions: dict = {}                       # NumPy's function -> what it is of expressions


def connect(functions, methods):
    """Say what NumPy's functions are of expressions, and which methods these have; called once, by functions.py."""
    _functions.update(functions)
    for name, method in methods.items():
        setattr(Expression, name, method)


class Expression(Symbol):
    """A value that is not computed yet.

    It takes part in arithmetic and in NumPy's functions like an array.  Whatever would need the elements themselves
    (``if``, ``float``, ``len``, iteration, conversion to an array) raises a TypeError.
    """

    __slots__ = ("_graph", "_node", "_of_input", "_trace")
    __array_priority__ = 1000.0
    __hash__ = None                         # type: ignore[assignment]

    def __init__(self, trace, node: Node, of_input=False):
        self._trace, self._node, self._of_input = trace, node, of_input

    # ------------------------------------------------------------------------------------ what it is

    @property
    def shape(self) -> tuple:
        """Lengths of the axes."""
        self._trace.looked_at_shape = True
        return self._node.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._node.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def dtype(self):
        """Type of the elements."""
        if self._node.is_weak:
            raise self._refused("a Python number has no dtype")
        return self._node.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.dtype.itemsize

    def __getattr__(self, name):
        if not name.startswith("_") and hasattr(np.ndarray, name):
            raise NotFusable(f"the method {name} has no node")
        raise AttributeError(f"an expression has no attribute {name!r}")

    def __repr__(self):
        what = "a number" if self._node.is_weak else f"{self._node.dtype}, {len(self._node.shape)} axes"
        return f"<{type(self).__name__} of {what}>"

    # ------------------------------------------------------------------------------------ what it cannot be

    @staticmethod
    def _refused(why):
        return TypeError(f"{why}: while an expression is recorded no value is known yet. Use where() for a choice, "
                         "and do what depends on values outside of the fused function")

    def __bool__(self):
        raise self._refused("the truth of an expression decides nothing")

    def __float__(self):
        raise self._refused("float() takes no expression")

    def __int__(self):
        raise self._refused("int() takes no expression")

    def __complex__(self):
        raise self._refused("complex() takes no expression")

    def __index__(self):
        raise self._refused("an expression is no index")

    def __len__(self):
        if not self._node.shape:
            raise TypeError("len() of an expression without axes")
        return self.shape[0]

    def __iter__(self):
        raise self._refused("an expression cannot be iterated over")

    def __contains__(self, item):
        raise self._refused("`in` looks at the elements")

    def __array__(self, dtype=None, copy=None):
        raise self._refused("an expression is no array")

    def __setitem__(self, key, value):
        raise self._refused("elements of an expression cannot be assigned")

    # ------------------------------------------------------------------------------------ recording

    def _new(self, node):
        return self._trace.show(node)

    def _operate(self, ufunc, args):
        nodes = self._trace.operate(ufunc, args)
        return self._new(nodes[0]) if len(nodes) == 1 else tuple([self._new(node) for node in nodes])

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """Record a ufunc (NEP 13)."""
        if any(hasattr(x, "__array_ufunc__") and not isinstance(x, _OPERANDS) for x in inputs):
            return NotImplemented               # what it does is for the other one to say
        known = OF_NUMPY.get(ufunc)
        out = kwargs.pop("out", None)
        if method == "reduce" and known is not None and out is None and known.__name__ in _REDUCED:
            return _functions[_REDUCED[known.__name__]](*inputs, **{"axis": 0} | kwargs)
        if method != "__call__" or kwargs or known is None or known.row is None:
            raise NotFusable(f"{ufunc.__name__}.{method} with {sorted(kwargs)}")
        if out is not None:
            return self._into(out, known, inputs)
        return self._operate(known, inputs)

    def _into(self, out, ufunc, inputs):
        """``ufunc(..., out=expression)``, which in-place operators of arrays on the left come to."""
        if len(out) != 1 or not isinstance(out[0], Expression):
            raise self._refused(f"{ufunc.__name__} cannot write to an array")
        return out[0]._assign(self._trace.operate(ufunc, inputs)[0])

    def _assign(self, node):
        """Take on a value in place: of the same type, and not where that would write to an input."""
        if self._of_input:
            raise self._refused("an input of a fused function cannot be changed in place")
        own = self._node
        if len(node.shape) > len(own.shape) or node.shape != own.shape:
            raise NotFusable("an operation in place changes the shape")
        if node.code != own.code:
            if own.is_weak or not np.can_cast(node.dtype, own.dtype, "same_kind"):
                raise NotFusable("an operation in place changes the type")
            node = self._trace.graph.typed(node, own.code)
        self._node = node
        return self

    def __array_function__(self, func, types, args, kwargs):
        """Record a function of NumPy's (NEP 18)."""
        if not all(issubclass(cls, _OPERANDS) for cls in types):
            return NotImplemented
        handler = _functions.get(func)
        if handler is None:
            name = getattr(func, "__name__", func)
            raise NotFusable(f"{name} has no node")
        return handler(*args, **kwargs)

    # ------------------------------------------------------------------------------------ methods

    def __pow__(self, other, modulo=None):
        if modulo is not None:
            return NotImplemented
        code = self._node.code
        if not self._node.is_weak:
            if type(other) is int:
                if other == 2:
                    return self._operate(UFUNCS["square"], (self,))
                if other == -1 and code >= FLOAT32:
                    return self._operate(UFUNCS["reciprocal"], (self,))
            elif type(other) is float and other == 0.5 and code >= FLOAT32:
                return self._operate(UFUNCS["sqrt"], (self,))
        return _binary(self, other, UFUNCS["power"], "pow", False)

    def __getitem__(self, key):
        if not all(part is None or part is Ellipsis or type(part) in (int, slice)
                   for part in (key if type(key) is tuple else (key,))):
            raise NotFusable("an expression is indexed by ints, slices, None and ... only")
        return self._view(operator.getitem, key)

    def _view(self, function, *arguments):
        return self._new(self._trace.graph.view(function, self._node, arguments))

    @property
    def T(self):
        """With the axes in reverse order."""
        return self._view(np.transpose)

    def transpose(self, *axes):
        """With the axes in another order."""
        if not axes:
            return self.T
        return self._view(np.transpose, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)

    def reshape(self, *shape, order="C"):
        """The same elements in another shape."""
        if order != "C":
            raise NotFusable(f"reshape in order {order}")
        self._trace.looked_at_shape = True
        return self._view(np.reshape, shape[0] if len(shape) == 1 else shape)

    def swapaxes(self, axis1, axis2):
        """With two axes exchanged."""
        return self._view(np.swapaxes, axis1, axis2)

    def squeeze(self, axis=None):
        """Without axes of length one."""
        return self._view(np.squeeze, axis)

    def astype(self, dtype, copy=True):
        """The values in another type."""
        code = CODES.get(np.dtype(dtype))
        if code is None:
            raise NotFusable(f"no conversion to {dtype}")
        return self._new(self._trace.graph.typed(self._node, code))

    def copy(self, order="C"):
        """The same values."""
        return self._operate(UFUNCS["positive"], (self,)) if self._node.code else self._new(self._node)

    def clip(self, min=None, max=None):
        """The values, kept between two others."""
        return _functions[np.clip](self, min, max)

    def conj(self):
        """The complex conjugate."""
        return self._operate(UFUNCS["conjugate"], (self,))

    @property
    def real(self):
        """The real part of real values: themselves."""
        if self._node.code >= COMPLEX64:
            raise NotFusable("the real part of complex numbers")
        return self


_OPERANDS = (Expression, np.ndarray, np.generic)


# ---------------------------------------------------------------------------------------- operators

def _binary(a, b, ufunc, name, swapped):
    trace = a._trace
    own = trace.node_of(a)
    if not isinstance(b, (Expression, np.ndarray, np.generic, list, tuple, *WEAK)):
        return NotImplemented
    node = trace.node_of(b)
    args = (node, own) if swapped else (own, node)
    if all(x.is_weak for x in args):
        return a._new(trace.graph.python(ARITHMETIC[name], args))
    return a._operate(ufunc, args)


def _add_operators():
    names = {"and": "and_", "or": "or_"}
    for op in OPS:
        if not op.operator or op.name in ("power", "divmod"):
            continue
        ufunc, name = UFUNCS[op.name], names.get(op.operator, op.operator)
        if op.nin == 1:
            def unary(self, ufunc=ufunc, name=name):
                if self._node.is_weak:
                    return self._new(self._trace.graph.python(ARITHMETIC[name], (self._node,)))
                return self._operate(ufunc, (self._node,))

            setattr(Expression, f"__{op.operator}__", unary)
            continue

        def forward(self, other, ufunc=ufunc, name=name):
            return _binary(self, other, ufunc, name, False)

        def reflected(self, other, ufunc=ufunc, name=name):
            return _binary(self, other, ufunc, name, True)

        def inplace(self, other, ufunc=ufunc, name=name):
            found = _binary(self, other, ufunc, name, False)
            return found if found is NotImplemented else self._assign(found._node)

        setattr(Expression, f"__{op.operator}__", forward)
        if op.inplace:
            setattr(Expression, f"__r{op.operator}__", reflected)
            setattr(Expression, f"__i{op.operator}__", inplace)

    def rpow(self, other):
        return _binary(self, other, UFUNCS["power"], "pow", True)

    def divmod_(self, other):
        return self._operate(UFUNCS["divmod"], (self, other))

    def rdivmod(self, other):
        return self._operate(UFUNCS["divmod"], (other, self))

    def ipow(self, other):
        return self._assign((self**other)._node)

    for dunder, method in (("__rpow__", rpow), ("__ipow__", ipow), ("__divmod__", divmod_), ("__rdivmod__", rdivmod)):
        setattr(Expression, dunder, method)
    for dunder in ("__matmul__", "__rmatmul__", "__imatmul__"):
        def matmul(self, other):
            raise NotFusable("a product of matrices has no node")
        setattr(Expression, dunder, matmul)


_add_operators()


class Trace:
    """A graph that is being drawn, and the arrays that it has met."""

    symbol = Expression

    def __init__(self, known=()):
        self.graph = Graph()
        self.known = known                  # ids of arrays outside of the function whose place is known
        self.looked_at_shape = False        # the graph holds for these shapes only
        self.met: Any = []                  # inputs that were no arguments
        self.numbers: list = []             # arrays without axes that are constants of the graph
        self.arguments = []
        self.ended = False
        self._nodes: WeakValueDictionary = WeakValueDictionary()         # id of an array -> node, which keeps it

    def _ignored(self):
        """The errors that the recorded function ignores here."""
        state: dict = {**np.geterr()}
        changed = {key for key, mode in state.items() if mode != "warn"}
        if any(state[key] != "ignore" for key in changed):
            raise NotFusable("another way to report floating-point errors")
        return sum(bit for bit, key, _ in fperrors.KINDS if key in changed)

    def add_input(self, value):
        """A symbol for an argument."""
        node = self.graph.input(value)
        if isinstance(value, np.ndarray):
            self._nodes[id(value)] = node
            self.arguments.append(node)
        return self.symbol(self, node, True)

    def meet(self, value):
        """The node of an array that is no argument."""
        node = self._nodes.get(id(value))
        if node is None:
            if type(value) not in PLAIN:
                raise NotFusable(f"an array that is a {type(value).__name__}")
            node = self._nodes[id(value)] = self.graph.input(value)
            node.value = value
            self.met.append(node)
        return node

    def show(self, node):
        """A symbol for a node."""
        return self.symbol(self, node)

    def node_of(self, value):
        """The node of an operand: a symbol, a number, or an array."""
        if self.ended:
            raise TypeError("an expression was kept after the function that it was recorded in had returned")
        if isinstance(value, Node):
            return value
        if isinstance(value, Expression):
            if value._trace is not self:
                raise TypeError("an expression of another function, which was kept after that had returned")
            return value._node
        if type(value) in WEAK or isinstance(value, np.generic):
            return self.graph.constant(value)
        if isinstance(value, np.ndarray):
            if type(value) in PLAIN and value.ndim == 0 and id(value) not in self._nodes and (
                    id(value) not in self.known):
                self.numbers.append(value)
                return self.graph.constant(value[()])
            return self.meet(value)
        if isinstance(value, (list, tuple)):
            raise NotFusable("a list in the place of an array")
        raise TypeError(f"{type(value).__name__} in an expression")

    def operate(self, ufunc, args):
        """The nodes of a ufunc's results."""
        self.graph.ignored = self._ignored()
        return self.graph.operation(ufunc, [self.node_of(x) for x in args])
