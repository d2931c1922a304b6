"""Standard uncertainties carried through operations, to first order.

What is known of an array's errors is a sum of independent parts, ``{source: contribution}``, each a signed
array that broadcasts to the shape of the values.  Without correlation there is one part, of a source that
nothing else shares.
"""
import ast

import numpy as np

from torsor._optable import DEFINITIONS
from torsor.ufuncs import UFUNCS
from torsor.units.errors import UnitsError


class Source:
    """Something uncertain: errors of elements are independent along the axes of its shape that are not one.

    Parameters
    ----------
    shape : tuple of int
        Of the array that it is the error of.
    """

    __slots__ = ("shape",)

    def __init__(self, shape):
        self.shape = tuple(shape)

    @property
    def is_shared(self):
        """Whether all elements have the same error."""
        return all(n == 1 for n in self.shape)


class Uncertainty:
    """The parts of an array's uncertainty.

    Parameters
    ----------
    parts : dict
        ``{source: contribution}``.
    correlated : bool
        Whether sources are kept apart in results.
    """

    __slots__ = ("correlated", "parts")

    def __init__(self, parts, correlated):
        self.parts, self.correlated = parts, correlated

    @classmethod
    def given(cls, sigma, shape, correlated=False):
        """An uncertainty that a user states.

        Raises
        ------
        ValueError
            If it is negative, NaN or of a shape that does not broadcast to the values'.
        """
        sigma = np.array(sigma)
        if sigma.dtype.kind not in "biuf":
            raise TypeError(f"an uncertainty is made of real numbers, not {sigma.dtype}")
        try:
            fits = np.broadcast_shapes(sigma.shape, shape) == tuple(shape)
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"an uncertainty of shape {sigma.shape} does not fit data of shape {tuple(shape)}")
        if not (sigma >= 0).all():
            raise ValueError("an uncertainty is not negative and not NaN")
        sigma = np.broadcast_to(sigma.astype(np.result_type(sigma, np.float32), copy=False), shape).copy()
        return cls.fresh(sigma, correlated)

    @classmethod
    def fresh(cls, sigma, correlated=False):
        """An uncertainty that nothing else shares."""
        return cls({Source(np.shape(sigma)): sigma}, correlated)

    def sigma(self, shape):
        """Standard uncertainties of values of that shape."""
        if len(self.parts) == 1:
            (part,) = self.parts.values()
            total = np.abs(part)
        else:
            total = np.sqrt(sum((np.square(part) for part in self.parts.values()), np.float64(0)))
        return np.broadcast_to(total, shape).copy()

    def scaled(self, slope):
        """The uncertainty of values multiplied by a slope, or by one for each."""
        return Uncertainty({source: part * slope for source, part in self.parts.items()}, self.correlated)

    def moved(self, move, shape):
        """That of elements taken out or put in another shape.

        Elements that were independent of each other stay so, but where they have come from is forgotten;
        an error that all elements share is the same one wherever they go.
        """
        if not self.correlated:
            return Uncertainty.fresh(move(self.sigma(shape)))
        parts = {}
        for source, part in self.parts.items():
            new = move(np.broadcast_to(part, shape))
            parts[source if source.is_shared else Source(np.shape(new))] = new
        return Uncertainty(parts, True)

    def independent(self, name, shape):
        """Standard uncertainties of elements that share no errors; UnitsError where they do."""
        for source in self.parts:
            if self.correlated and source.shape != tuple(shape):
                raise UnitsError(f"numpy.{name} does not propagate errors that elements share; take .data")
        return self.sigma(shape)

    def __reduce__(self):
        # What is loaded shares no source with anything else.
        return _restored, ([(source.shape, part) for source, part in self.parts.items()], self.correlated)


def _restored(parts, correlated):
    return Uncertainty({Source(shape): part for shape, part in parts}, correlated)


# ---------------------------------------------------------------------------------------- derivatives

_BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power",
           ast.BitAnd: "logical_and", ast.BitOr: "logical_or"}
_COMPARE = {ast.Eq: "equal", ast.NotEq: "not_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater",
            ast.GtE: "greater_equal"}
_CALLED = {"abs": "absolute", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
           "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}
_CONSTANTS = {"pi": np.pi, "e": np.e, "inf": np.inf, "nan": np.nan}


def _apply(name, *args):
    return np.where(*args) if name == "where" else UFUNCS[name](*args)


def derivative(text: str, names: dict, apply=_apply):
    """The value of an expression of the table; ``apply(name, *args)`` does one operation."""
    return _value(ast.parse(text, mode="eval").body, names | _CONSTANTS, apply)


def _value(node, names, apply):
    def value(child):
        return _value(child, names, apply)

    match node:
        case ast.Name(name):
            return names[name]
        case ast.Constant(number):
            return number
        case ast.UnaryOp(ast.USub(), x):
            return apply("negative", value(x))
        case ast.BinOp(x, op, y):
            return apply(_BINARY[type(op)], value(x), value(y))
        case ast.Compare(x, [op], [y]):
            return apply(_COMPARE[type(op)], value(x), value(y))
        case ast.IfExp(test, x, y):
            return apply("where", value(test), value(x), value(y))
        case ast.BoolOp(op, (x, y)):
            return apply("logical_or" if isinstance(op, ast.Or) else "logical_and", value(x), value(y))
        case ast.Call(ast.Name(name), args):
            if name in DEFINITIONS and name not in UFUNCS:
                return _value(ast.parse(DEFINITIONS[name], mode="eval").body, names | {"x": value(args[0])},
                              apply)
            return apply(_CALLED.get(name, name), *map(value, args))
    raise SyntaxError(f"the table's derivatives cannot hold {type(node).__name__}")


def combine(terms, shape=None):
    """The uncertainty of a sum of slopes times inputs' errors: ``terms`` are pairs of those."""
    terms = [(slope, error) for slope, error in terms if error is not None]
    if any(error.correlated for _, error in terms):
        parts: dict = {}
        for slope, error in terms:
            for source, part in error.parts.items():
                contribution = slope * part
                parts[source] = parts[source] + contribution if source in parts else contribution
        return Uncertainty(parts, True)
    squares = 0.0
    for slope, error in terms:
        for part in error.parts.values():
            squares = squares + np.square(slope * part)
    return Uncertainty.fresh(np.sqrt(squares))


def propagate(row, name, inputs, conversions, values):
    """The uncertainty of an element-wise result, from the derivatives in the row of its operation."""
    if name in ("matmul", "vecdot", "matvec", "vecmat"):
        return of_product(name, getattr(np, name), inputs, values)
    if row is None or not row.grad:
        raise UnitsError(f"{name} has no derivative by which an uncertainty could go through it; take .data")
    terms = []
    names = {"g": 1.0} | {letter: np.asarray(x) * 1.0 if np.asarray(x).dtype.kind in "iu" else x
                          for letter, x in zip("xyz", values, strict=False)}
    with np.errstate(all="ignore"):
        for k, (x, change) in enumerate(zip(inputs, conversions, strict=True)):
            error = getattr(x, "_error", None)
            if error is None:
                continue
            slope = 1.0 if change is None else change.slope(x._values)
            value = derivative(row.grad[k], names)
            # A scalar of NumPy's would make float64 of float32.
            terms.append(((value.item() if isinstance(value, np.generic) else value) * slope, error))
    return combine(terms)


def of_product(name, function, inputs, values):
    """The uncertainty of sums of products of two arrays' elements, as a matrix product is."""
    squares, correlated = 0.0, False
    parts = [error.parts for x in inputs if (error := getattr(x, "_error", None)) is not None and error.correlated]
    if len(parts) > 1 and not parts[0].keys().isdisjoint(parts[1]):
        raise UnitsError(f"numpy.{name} does not propagate uncertainties of operands that are correlated with each "
                         "other; take .data")
    for k, x in enumerate(inputs):
        error = getattr(x, "_error", None)
        if error is not None:
            pair = [np.square(np.abs(np.asarray(value))) for value in values]
            pair[k] = np.square(error.independent(name, x.shape))
            squares = squares + function(*pair)
            correlated = correlated or error.correlated
    return Uncertainty.fresh(np.sqrt(squares), correlated)


# ---------------------------------------------------------------------------------------- reductions

def _sum_of(error, shape, axis, keepdims, where=True):
    """The parts of a sum over axes: those that elements share add up, the others in quadrature."""
    axes = range(len(shape)) if axis is None else [k % len(shape) for k in np.atleast_1d(axis)]
    parts = {}
    for source, part in error.parts.items():
        part = np.asarray(part)
        own = (1,) * (len(shape) - len(source.shape)) + source.shape
        full = np.where(where, np.broadcast_to(part, shape), 0.0)
        shared = tuple(k for k in axes if own[k] == 1 and shape[k] != 1)
        alone = tuple(k for k in axes if k not in shared)
        full = full.sum(axis=shared, keepdims=True) if shared else full
        full = np.sqrt(np.square(full).sum(axis=alone, keepdims=True)) if alone else full
        full = full if keepdims else full.reshape([n for k, n in enumerate(full.shape) if k not in axes])
        parts[source if not alone else Source(full.shape)] = full
    return Uncertainty(parts, error.correlated)


def reduced(name, method, array, args, kwargs):
    """The uncertainty of a ufunc's reduction."""
    error, axis = array._error, kwargs.get("axis", args[0] if args else 0)
    if name == "add" and method == "reduce":
        return _sum_of(error, array.shape, axis, kwargs.get("keepdims", False), kwargs.get("where", True))
    if name == "add" and method == "accumulate":
        sigma = error.independent(f"{name}.{method}", array.shape)
        return Uncertainty.fresh(np.sqrt(np.square(sigma).cumsum(axis)), error.correlated)
    raise UnitsError(f"numpy.{name}.{method} does not propagate uncertainties; take .data")


def _product_of_others(values, axis):
    """For each element the product of the others along some axes."""
    axes = tuple(range(values.ndim)) if axis is None else tuple([k % values.ndim for k in np.atleast_1d(axis)])
    order = (*axes, *(k for k in range(values.ndim) if k not in axes))
    lines = values.transpose(order).reshape(-1, *[values.shape[k] for k in order[len(axes):]])
    before, after = np.ones_like(lines, dtype=float), np.ones_like(lines, dtype=float)
    before[1:] = lines[:-1].cumprod(axis=0)
    after[:-1] = lines[:0:-1].cumprod(axis=0)[::-1]
    return (before * after).reshape([values.shape[k] for k in order]).transpose(np.argsort(order))


def of_function(name, array, kwargs):
    """The uncertainty of one of NumPy's reductions of an array, or UnitsError."""
    values, error, shape = np.asarray(array._values), array._error, array.shape
    axis, keepdims = kwargs.get("axis"), bool(kwargs.get("keepdims") or False)
    where = kwargs.get("where", True)
    where = True if where is np._NoValue else where
    if getattr(kwargs.get("initial"), "_error", None) is not None:
        raise UnitsError(f"numpy.{name} does not propagate the uncertainty of initial=; add it afterwards")
    if name in ("sum", "mean"):
        total = _sum_of(error, shape, axis, keepdims, where)
        if name == "sum":
            return total
        count = np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=keepdims)
        return total.scaled(1.0 / count)
    if name in ("std", "var") and where is True and kwargs.get("mean", np._NoValue) is np._NoValue:
        correction = kwargs.get("correction", np._NoValue)
        ddof = (kwargs.get("ddof") or 0) if correction is np._NoValue else correction
        mean = values.mean(axis=axis, keepdims=True)
        n = values.size // max(mean.size, 1) - ddof
        slope = 2.0 * (values - mean) / n
        if name == "std":
            with np.errstate(all="ignore"):
                slope = slope / (2.0 * values.std(axis=axis, ddof=ddof, keepdims=True))
        return _sum_of(error.scaled(slope), shape, axis, keepdims)
    if name == "prod" and where is True:
        return _sum_of(error.scaled(_product_of_others(values, axis)), shape, axis, keepdims)
    if name in ("min", "max", "amin", "amax") and where is True and (axis is None or isinstance(axis, int)):
        sigma = error.independent(name, shape)
        at = (np.argmin if name.endswith("min") else np.argmax)(values, axis=axis, keepdims=keepdims)
        if axis is None:
            return Uncertainty.fresh(sigma.reshape(-1)[at].reshape(np.shape(at)), error.correlated)
        taken = np.take_along_axis(sigma, at if keepdims else np.expand_dims(at, axis), axis)
        return Uncertainty.fresh(taken if keepdims else taken.squeeze(axis), error.correlated)
    if name == "cumsum":
        return Uncertainty.fresh(np.sqrt(np.square(error.independent(name, shape)).cumsum(axis)), error.correlated)
    raise UnitsError(f"numpy.{name} does not propagate uncertainties; take .data")
