"""Gradients of fused functions: what takes cotangents back is recorded in the graph of the function itself.

Derivatives of operations are the table's (``grad``); those of reductions, choices and views are here.  Forward and
backward make one graph, so what both need is the same node; a gradient is a fused function like any other, and may
be differentiated again.
"""
import functools
import math
import operator

import numpy as np

from torsor._kernels.callers import signature
from torsor.creation import FUNCTIONS as _CREATION
from torsor.fusion.compiler import compute
from torsor.fusion.expressions import Expression
from torsor.fusion.functions import _EAGER, Fused, fill, fuse, record
from torsor.fusion.graph import (
    ARITHMETIC,
    BOOL,
    FLOAT32,
    FLOAT64,
    WEAK,
    NotFusable,
    inputs_of,
    number_of,
    reachable,
)
from torsor.ufuncs import UFUNCS
from torsor.units.dimarray import DimArray
from torsor.units.uncertainty import derivative
from torsor.units.unit import dimensionless, quotient

_full_like, _zeros_like = _CREATION["full_like"], _CREATION["zeros_like"]
_REAL = (FLOAT32, FLOAT64, WEAK[float])
#: Derivatives of results of operations with two of them; "0 * g" is none at all.
_OF_PARTS = {("modf", 0): ("g",), ("modf", 1): ("0 * g",), ("divmod", 0): ("0 * g", "0 * g"),
             ("divmod", 1): UFUNCS["remainder"].row.grad}
_LARGER = ("g * (x > y) + g * (x == y) / 2", "g * (x < y) + g * (x == y) / 2")
#: Operands that are equal share the gradient; in the table, which errors are propagated by, the first has all of it.
_OF_TIES = {"maximum": _LARGER, "fmax": _LARGER, "minimum": _LARGER[::-1], "fmin": _LARGER[::-1]}
#: Python's arithmetic -> the operation of the same meaning.
_OPERATION_OF = {ARITHMETIC[name]: ufunc for name, ufunc in (
    ("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("truediv", "divide"), ("floordiv", "floor_divide"),
    ("mod", "remainder"), ("pow", "power"), ("neg", "negative"), ("pos", "positive"), ("abs", "absolute"))}


def _unread(base, *cotangents, views):
    """What a value has to do with views of it: the sum of their cotangents, each in its place."""
    total = np.zeros(np.shape(base), base.dtype)
    for (function, arguments), cotangent in zip(views, cotangents):
        if function is operator.getitem:
            total[arguments[0]] += cotangent
        else:
            view = function(total, *arguments)
            view += cotangent
    return total


class _Backward:
    """Cotangents of the nodes of a graph, from those of its outputs to those of its inputs.

    The cotangent of a value may have a smaller shape, which is then meant to be broadcast.
    """

    def __init__(self, trace, inputs):
        self.graph, self.inputs = trace.graph, inputs
        self.parts = {}                     # node -> cotangents that add up
        self.views = {}                     # node -> [((function, arguments), cotangent of the view)]

    def run(self, outputs, cotangents):
        """The gradients of the inputs; None where nothing depends on one."""
        active = set(self.inputs)
        nodes = reachable([*outputs, *self.inputs])
        for node in nodes:
            real = node.code >= FLOAT32 and node.code != WEAK[int] and node.kind != "count"
            if real and any(x in active for x in node.args):
                active.add(node)
        self.active = active
        for node, cotangent in zip(outputs, cotangents):
            if cotangent is not None:
                self.give(node, cotangent)
        for node in reversed(nodes):
            if node in active and node not in self.inputs:
                g = self.total(node)
                if g is not None:
                    if node.code not in _REAL:
                        raise NotFusable("complex numbers have no gradients here")
                    getattr(self, f"_{node.kind}")(node, g)
        return [self.total(node) for node in self.inputs]

    # ------------------------------------------------------------------------------------ cotangents

    def give(self, node, cotangent):
        """Add to the cotangent of a value."""
        if node in self.active:
            code = FLOAT64 if node.is_weak else node.code
            self.parts.setdefault(node, []).append(self.graph.typed(cotangent, code))

    def total(self, node):
        """The cotangent of a value, or None."""
        parts = self.parts.get(node, [])
        views = self.views.get(node)
        if views:
            places, cotangents = zip(*views)
            base = self.graph.array(node)
            parts = [*parts, self.graph.add(
                "call", (_unread, {"views": places}), (base, *cotangents), node.code, node.shape,
                ("unread", *[(function, repr(arguments)) for function, arguments in places]))]
        return functools.reduce(functools.partial(self.apply, "add"), parts) if parts else None

    def summed(self, cotangent, whole, node):
        """The cotangent of an operand that was broadcast to the shape of the result ``whole``."""
        shape, own = cotangent.shape, node.shape
        wide = len(whole.shape)
        axes = [d for d in range(wide) if whole.shape[d] != 1
                and (d < wide - len(own) or own[d - wide + len(own)] == 1)]
        lacking = wide - len(shape)
        there = [d - lacking for d in axes if d >= lacking and shape[d - lacking] != 1]
        absent = tuple([d for d in axes if d < lacking or shape[d - lacking] == 1])
        outer = max(len(shape) - len(own), 0)
        if absent:
            cotangent = self.apply("multiply", cotangent, self.graph.count(whole, absent, 0))
        if there and there == list(range(outer)):
            return self.graph.fold("sum", cotangent, tuple(there), False)
        if there:
            cotangent = self.graph.fold("sum", cotangent, tuple(there), True)
        if outer:
            cotangent = self.graph.view(np.squeeze, cotangent, (tuple(range(outer)),))
        return cotangent

    def spread(self, reduced, node, axes, keepdims):
        """Results of a reduction of a value, or cotangents of them, in a shape that broadcasts to that of the value."""
        if keepdims or not reduced.shape:
            return reduced
        kept = [d for d in range(len(node.shape)) if d not in axes]
        first = kept[-len(reduced.shape)]
        if all(d < first for d in axes):
            return reduced
        key = tuple([slice(None) if d in kept else None for d in range(first, len(node.shape))])
        return self.graph.view(operator.getitem, reduced, (key,))

    # ------------------------------------------------------------------------------------ arithmetic

    def node(self, x):
        return self.graph.constant(x) if isinstance(x, (int, float, np.generic)) else x

    def apply(self, name, *args):
        """One operation; what follows from constants alone, or from a factor of one, is no node."""
        if all(isinstance(x, (int, float)) for x in args):
            return _of_numbers(name, args)
        args = tuple([self.node(x) for x in args])
        if all(x.kind == "constant" for x in args):
            with np.errstate(all="ignore"):
                found = UFUNCS[name](*[number_of(x) for x in args])
            return self.graph.constant(found.item() if all(x.is_weak for x in args) else found)
        if name == "where":
            return self.graph.where(*args)
        if (shorter := getattr(self, f"_short_{name}", None)) is not None:
            found = shorter(*args)
            if found is not None:
                return found
        if all(x.is_weak for x in args):
            args = tuple([self.graph.typed(x, FLOAT64) for x in args])
        return self.graph.operation(UFUNCS[name], args)[0]

    # Signs are exact wherever they stand, and so gathered where they may vanish; so are constant factors.

    def _short_negative(self, x):
        if _does(x, "negative"):
            return x.args[0]
        if _does(x, "multiply") and x.args[0].kind == "constant":
            return self.apply("multiply", self.apply("negative", x.args[0]), x.args[1])
        return None

    def _short_add(self, x, y):
        for a, b in ((x, y), (y, x)):
            if _does(b, "negative"):
                return self.apply("subtract", a, b.args[0])
        return None

    def _short_multiply(self, x, y):
        for a, b in ((x, y), (y, x)):
            if a.code == BOOL and b.code != BOOL:           # no NaN from zero times infinity
                return self.graph.where(a, b, self.node(0.0))
            if _is(a, 1):
                return b
            if _is(a, -1):
                return self.apply("negative", b)
            if a.kind == "constant" and _does(b, "multiply") and b.args[0].kind == "constant":
                return self.apply("multiply", self.apply("multiply", a, b.args[0]), b.args[1])
            if _does(a, "negative"):
                return self.apply("negative", self.apply("multiply", a.args[0], b))
            if _does(a, "multiply") and a.args[0].kind == "constant":
                return self.apply("multiply", a.args[0], self.apply("multiply", a.args[1], b))
        return self.apply("multiply", y, x) if y.kind == "constant" else None

    def _short_divide(self, x, y):
        if y.kind == "constant":
            inverse = self.apply("divide", 1.0, y)
            return self.apply("multiply", inverse, x) if np.isfinite(number_of(inverse)) else None
        if _does(x, "negative"):
            return self.apply("negative", self.apply("divide", x.args[0], y))
        return None

    def by_table(self, node, g, operands, gradients):
        """Cotangents of the operands of an operation, by expressions."""
        names = dict(zip("xyz", operands)) | {"g": g}
        for x, text in zip(operands, gradients, strict=True):
            if x in self.active and not text.startswith("0 * g"):
                found = self.node(derivative(text, names, self.apply))
                self.give(x, self.summed(found, node, x))

    # ------------------------------------------------------------------------------------ kinds of nodes

    def _operation(self, node, g):
        ufunc, _, which, _ = node.what
        name = ufunc.__name__
        gradients = _OF_PARTS.get((name, which)) if ufunc.nout > 1 else _OF_TIES.get(name, ufunc.row.grad)
        if not gradients:
            raise NotFusable(f"{name} has no derivative in the table")
        self.by_table(node, g, node.args, gradients)

    def _host(self, node, g):
        self.by_table(node, g, node.args, UFUNCS[_OPERATION_OF[node.what]].row.grad)

    def _cast(self, node, g):
        self.give(node.args[0], g)

    def _array(self, node, g):
        self.give(node.args[0], g)

    def _where(self, node, g):
        condition, x, y = node.args
        for operand, choices in ((x, (g, 0.0)), (y, (0.0, g))):
            if operand in self.active:
                found = self.apply("where", condition, *choices)
                self.give(operand, self.summed(found, node, operand))

    def _view(self, node, g):
        (base,) = node.args
        if node.what[0] is np.broadcast_to:
            self.give(base, self.summed(g, node, base))
        else:
            self.views.setdefault(base, []).append((node.what, g))

    def _fold(self, node, g):
        what = node.what
        self.reduction(what.name, node, g, what.axes, what.keepdims, {})

    def _call(self, node, g):
        name, axes, *_ = node.key
        if not isinstance(axes, tuple):
            raise NotFusable("a second derivative of a view")
        arguments = node.what[1]
        self.reduction(name, node, g, axes, arguments.get("keepdims", False), arguments)

    # ------------------------------------------------------------------------------------ reductions

    def reduction(self, name, node, g, axes, keepdims, arguments):
        (x,) = node.args
        rule = getattr(self, f"_of_{name}", None)
        if rule is None:
            raise NotFusable(f"{name} has no derivative")
        found = rule(x, self.spread(node, x, axes, keepdims), self.spread(g, x, axes, keepdims), axes, arguments)
        self.give(x, found)

    def _of_sum(self, x, total, g, axes, arguments):
        return g

    def _of_mean(self, x, mean, g, axes, arguments):
        return self.apply("divide", g, self.graph.count(x, axes, 0))

    def _of_prod(self, x, product, g, axes, arguments):
        """Each element's is the product of the others, also where one of them is zero."""
        zero = self.apply("equal", x, 0.0)
        zeros = self.graph.fold("sum", zero, axes, True)
        others = self.graph.fold("prod", self.apply("where", zero, 1.0, x), axes, True)
        slope = self.apply("where", zero, self.apply("where", self.apply("equal", zeros, 1), others, 0.0),
                           self.apply("where", self.apply("equal", zeros, 0),
                                      self.apply("divide", others, self.apply("where", zero, 1.0, x)), 0.0))
        return self.apply("multiply", g, slope)

    def _of_max(self, x, top, g, axes, arguments):
        """Elements that are equally large have equal parts of it; NaN are the largest."""
        at = self.apply("logical_or", self.apply("equal", x, top), self.apply("not_equal", x, x))
        ties = self.graph.typed(self.graph.fold("sum", at, axes, True), x.code)
        return self.apply("multiply", at, self.apply("divide", g, ties))

    _of_min = _of_max

    def _of_var(self, x, variance, g, axes, arguments):
        center = self.graph.fold("mean", x, axes, True)
        off = self.apply("subtract", x, center)
        count = self.graph.count(x, axes, arguments.get("ddof", 0))
        return self.apply("multiply", self.apply("divide", self.apply("multiply", g, 2.0), count), off)

    def _of_std(self, x, deviation, g, axes, arguments):
        return self._of_var(x, None, self.apply("divide", g, self.apply("multiply", deviation, 2.0)), axes, arguments)

    def _of_norm(self, x, size, g, axes, arguments):
        order = arguments.get("ord")
        if order in (None, 2):
            return self.apply("multiply", self.apply("divide", g, size), x)
        sign = self.apply("multiply", g, self.apply("sign", x))
        if order == 1:
            return sign
        if order in (math.inf, -math.inf):
            return self._of_max(self.apply("absolute", x), size, sign, axes, arguments)
        if order == 0:
            return self.apply("multiply", sign, 0.0)
        relative = self.apply("divide", self.apply("absolute", x), size)
        return self.apply("multiply", sign, self.apply("power", relative, order - 1))

    # ------------------------------------------------------------------------------------ results

    def finished(self, node, cotangent):
        """The gradient of an input, as a new array of its type and shape."""
        code = FLOAT64 if node.is_weak else node.code
        if cotangent is None:
            if not node.shape:
                return self.node(np.float32(0) if code == FLOAT32 else np.float64(0))
            return self.graph.add("call", (_zeros_like, {}), (node,), code, node.shape, "zeros_like")
        cotangent = self.graph.typed(cotangent, code)
        if cotangent.shape != node.shape:
            return self.graph.add("call", (_full_like, {}), (node, cotangent), code, node.shape, "full_like")
        if cotangent.kind in ("input", "view"):     # which somebody else has as well
            return self.graph.operation(UFUNCS["positive"], (cotangent,))[0]
        return cotangent


def _is(node, number):
    return node.kind == "constant" and node.code >= FLOAT32 and number_of(node) == number


def _does(node, name):
    """Whether it is the result of an operation of that name on floating-point numbers."""
    return node.kind == "operation" and node.what[0].__name__ == name and node.code >= FLOAT32


def _of_numbers(name, args):
    """An operation on Python's numbers, whose result is one."""
    if name == "where":
        return args[1] if args[0] else args[2]
    return UFUNCS[name](*args).item()


# ---------------------------------------------------------------------------------------- functions

def _node_of(x):
    """The node of a symbol, with a unit or without; None for what has no gradient."""
    x = x._values if type(x) is DimArray else x
    return x._node if isinstance(x, Expression) and x._node.code in _REAL else None


def _pull(trace, outputs, cotangents, inputs):
    """Symbols of the gradients of inputs; None for what has none."""
    nodes = [_node_of(x) for x in inputs]
    real = [node for node in dict.fromkeys(nodes) if node is not None]
    back = _Backward(trace, real)
    found = dict(zip(real, back.run(outputs, cotangents)))
    return [None if node is None else trace.show(back.finished(node, found[node])) for node in nodes]


def _fused(function, differentiated):
    """A fused function with the name of one that is differentiated in it."""
    @functools.wraps(function, updated=())
    def recorded(*args, **kwargs):
        given = (*args, *kwargs.values())
        values = [x._values if type(x) is DimArray else x for x in given]
        if any(isinstance(x, Expression) for x in values):
            return differentiated(*args, **kwargs)

        def of_magnitudes(*values):
            again = [DimArray._make(x, old.unit) if type(old) is DimArray else x for x, old in zip(values, given)]
            return differentiated(*again[:len(args)], **dict(zip(kwargs, again[len(args):])))

        try:
            _, nodes, result, places = record(of_magnitudes, values, {})
        except NotFusable as error:
            raise TypeError(f"{getattr(function, '__name__', function)} has no gradient for these arguments: "
                            f"{error}") from None
        inputs = [values[places[node]] if node in places else node.value for node in inputs_of(nodes)]
        return fill(result, compute(nodes, inputs))

    return Fused(recorded)


def value_and_grad(function, argnums=0):
    """A function for the value and the gradient of another one, whose result is one number.

    Parameters
    ----------
    function : callable
        Of arrays and numbers, as :func:`torsor.fuse` takes it; fused or not.
    argnums : int or tuple of int, optional
        Which arguments the gradient is taken by.

    Returns
    -------
    Fused
        A function with the same arguments and the result ``(value, gradient)``; the gradient is an array of the
        type and shape of the argument, or a tuple of them where ``argnums`` is one.

    Raises
    ------
    TypeError
        When it is called: if the result is not one real number, an argument that the gradient is taken by is not
        of a real floating-point type, or the function does something that has no derivative here.

    Examples
    --------
    >>> import torsor as np
    >>> from torsor.fusion.gradients import value_and_grad
    >>> value, slope = value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    >>> print(value, slope)
    5.0 [2. 4.]
    """
    if not callable(function):
        raise TypeError(f"a gradient is taken of a function, not of {type(function).__name__}")
    several = isinstance(argnums, tuple)
    numbers = argnums if several else (argnums,)
    if not all(isinstance(k, int) and k >= 0 for k in numbers):
        raise TypeError(f"argnums is the number of an argument or a tuple of them, not {argnums!r}")

    def differentiated(*args, **kwargs):
        for k in numbers:
            if k >= len(args):
                raise TypeError(f"the gradient is taken by argument {k}, but there are {len(args)}")
            if _node_of(args[k]) is None:
                kind = getattr(getattr(args[k], "_values", args[k]), "dtype", type(args[k]).__name__)
                raise TypeError(f"argument {k} is {kind}: a gradient is taken by real floating-point numbers")
        result = function(*args, **kwargs)
        inputs = [args[k] for k in numbers]
        symbol = next(x._values if type(x) is DimArray else x for x in inputs)
        trace, node = symbol._trace, _node_of(result)
        if node is None or node.shape:
            what = f"{len(node.shape)} axes" if node is not None else type(result).__name__
            raise TypeError(f"a gradient is taken of a function whose result is one real number, not {what}; "
                            "use sum, or vjp")
        one = trace.graph.constant(np.float32(1) if node.code == FLOAT32 else np.float64(1))
        found = _pull(trace, [node], [one], inputs)
        unit = result.unit if type(result) is DimArray else None
        slopes = tuple([_with_unit(slope, unit, x) for slope, x in zip(found, inputs)])
        return result, slopes if several else slopes[0]

    return _fused(function, differentiated)


def _with_unit(slope, unit, x):
    """A gradient in the unit of the value over that of differences of the argument."""
    if unit is None and type(x) is not DimArray:
        return slope
    above = dimensionless if unit is None else unit.difference
    below = x.unit.difference if type(x) is DimArray else dimensionless
    return DimArray._make(slope, quotient(above, below))


def grad(function, argnums=0):
    """A function for the gradient of another one; see :func:`value_and_grad`.

    Parameters
    ----------
    function : callable
        With one number as its result.
    argnums : int or tuple of int, optional
        Which arguments the gradient is taken by.

    Returns
    -------
    Fused

    Examples
    --------
    >>> import torsor as np
    >>> from torsor.fusion.gradients import grad
    >>> print(grad(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0])))
    [ 3. 12.]
    >>> print(grad(grad(lambda x: x ** 3))(2.0))
    12.0
    """
    both = value_and_grad(function, argnums)._function
    return _fused(function, lambda *args, **kwargs: both(*args, **kwargs)[1])


def _leaves(result, found):
    """What a result is made of, in an order that is the same for symbols and for arrays."""
    if isinstance(result, (tuple, list)):
        for x in result:
            _leaves(x, found)
    elif type(result) is dict:
        for x in result.values():
            _leaves(x, found)
    else:
        found.append(result)
    return found


def _matched(output, cotangent, found):
    """The cotangents of the leaves of a result, each of the type of its leaf."""
    if isinstance(output, (tuple, list, dict)) and cotangent is not None:
        kind = dict if isinstance(output, dict) else (tuple, list)
        keys = output if kind is dict else range(len(output))
        if not isinstance(cotangent, kind) or len(output) != len(cotangent) or (
                kind is dict and set(output) != set(cotangent)):
            raise TypeError("the cotangents are not arranged like the results")
        for k in keys:
            _matched(output[k], cotangent[k], found)
    elif isinstance(output, (tuple, list, dict)):
        found.extend([None] * len(_leaves(output, [])))
    elif cotangent is None or getattr(output, "dtype", np.dtype(type(output))).kind != "f":
        found.append(None)
    else:
        given = np.asarray(cotangent, getattr(output, "dtype", float))
        if given.shape != np.shape(output):
            raise ValueError(f"a cotangent has shape {given.shape}, the result {np.shape(output)}")
        found.append(given)
    return found


def _backward_of(fused):
    """The fused function ``(count, names, *arguments, *cotangents)`` for the gradients of the arguments."""
    def differentiated(count, names, *given):
        args, rest = given[:count], given[count:]
        result = fused._function(*args, **dict(zip(names, rest)))
        outputs, cotangents = [], []
        for output, cotangent in zip(_leaves(result, []), rest[len(names):], strict=True):
            node = _node_of(output)
            if node is not None and cotangent is not None:
                outputs.append(node)
                cotangents.append(_node_of(cotangent))
        symbol = next(x for x in given if isinstance(x, Expression))
        return tuple(_pull(symbol._trace, outputs, cotangents, args))

    return _fused(fused, differentiated)


def vjp(function, *args, **kwargs):
    """The results of a function, and a function that takes their cotangents back to gradients of its arguments.

    Parameters
    ----------
    function : callable
        Fused or not.
    *args, **kwargs
        Its arguments.  Those by name are taken as constants.

    Returns
    -------
    results
        What the function returns.
    pullback : callable
        Takes cotangents, arranged like the results (None for zero), and returns a tuple with the gradient of each
        of ``args``: an array of its type and shape, or None for what is not of a real floating-point type.

    Raises
    ------
    TypeError
        If the function does something that has no derivative here.

    Examples
    --------
    >>> import torsor as np
    >>> from torsor.fusion.gradients import vjp
    >>> product, pullback = vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    >>> print(*pullback(np.array([1.0, 10.0])))
    [ 3. 50.] [ 1. 20.]
    """
    fused = function if isinstance(function, Fused) else fuse(function)
    if any(type(x) is DimArray for x in (*args, *kwargs.values())):
        raise TypeError("vjp takes plain arrays: cotangents would have units of their own; use grad")
    results = fused(*args, **kwargs)
    if fused._backward is None:
        fused._backward = _backward_of(fused)
    backward, given = fused._backward, (len(args), tuple(kwargs), *args, *kwargs.values())
    example = (*given, *_matched(results, results, []))
    key = signature(example, {})
    if key is None or (backward._entries.get(key) is None and backward._entry(key, example, {}) is _EAGER):
        backward._function(*example)            # which says why

    def pullback(cotangents):
        return backward(*given, *_matched(results, cotangents, []))

    return results, pullback
