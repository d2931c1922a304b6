"""The arguments of a call of NumPy's with units: found, converted, stripped, and the results given units again."""
import inspect
from functools import cache

import numpy as np

from torsor._kernels.face import replacement
from torsor.tensor import Symbol, Tensor
from torsor.units import rules
from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, UnitsError, named
from torsor.units.unit import Unit, dimensionless


@cache
def parameters(func) -> tuple:
    """Names of the parameters of a function that may be given by position."""
    try:
        found = inspect.signature(func).parameters.values()
    except ValueError:
        return ()
    return tuple([p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)])


@cache
def name_of(func) -> str:
    """``linalg.norm``: where a function is found in NumPy."""
    module = getattr(func, "__module__", "") or "numpy"
    return f"{module}.{func.__name__}".removeprefix("numpy.")


def quantities(x):
    """All DimArrays in nested lists."""
    if isinstance(x, DimArray):
        yield x
    elif isinstance(x, (list, tuple)):
        for item in x:
            yield from quantities(item)


class Call:
    """The arguments of a call; ``where`` is a position, or the name of a keyword-only parameter."""

    def __init__(self, func, args, kwargs):
        self.func, self.name = func, name_of(func)
        self.args, self.kwargs = list(args), dict(kwargs)
        self.out = self.get("out")
        if isinstance(self.out, tuple) and len(self.out) == 1:
            (self.out,) = self.out
        self.set("out", None)

    def _named(self, where):
        if isinstance(where, str):
            names = parameters(self.func)
            if where in names and names.index(where) < len(self.args):
                return names.index(where)
            return where
        if where < len(self.args):
            return where
        names = parameters(self.func)
        return names[where] if where < len(names) else None

    def get(self, where, default=None):
        key = self._named(where)
        return self.args[key] if isinstance(key, int) else self.kwargs.get(key, default)

    def set(self, where, value):
        key = self._named(where)
        if isinstance(key, int):
            self.args[key] = value
        elif key in self.kwargs:
            self.kwargs[key] = value

    def quantities(self):
        """All DimArrays among the arguments, and in nested lists of them."""
        return quantities([self.args, list(self.kwargs.values())])

    def unit(self, *where) -> Unit:
        """The unit of the first DimArray there; one for plain arguments."""
        for position in where:
            for found in quantities(self.get(position)):
                return found.unit
        return dimensionless

    def convert(self, unit, *where):
        """Put plain values in a unit in the place of arguments."""
        for position in where:
            value = self.get(position)
            if value is not None and value is not np._NoValue:
                self.set(position, self._bare(value, unit))

    def _bare(self, value, unit):
        if isinstance(value, (list, tuple)) and any(True for _ in quantities(value)):
            return type(value)([self._bare(item, unit) for item in value])
        return rules.bare(value, unit, self.name)

    def strip(self, *where) -> Unit:
        """Take the values of one argument as they are; its unit."""
        unit = self.unit(*where)
        self.convert(unit, *where)
        return unit

    def linear(self, *units):
        rules._refuse_points(self.name, units)

    def run(self, units, errors=None):
        """Run the function on plain values; ``units`` is one for all results, or one for each."""
        left = next(self.quantities(), None)
        if left is not None:
            raise DimensionError(f"numpy.{self.name}: an argument that has no unit was given {named(left.unit)}",
                                 left.unit, None, self.name)
        function = replacement(self.func)
        if self.out is None:
            self.kwargs.pop("out", None)
            return self.finish(function(*self.args, **self.kwargs), units, errors)
        unit, where = units[0] if isinstance(units, tuple) else units, self.get("where", True)
        if where is not np._NoValue:
            rules._refuse_partial(self.name, (self.out,), (unit,), {"where": where})
        self.set("out", rules._out(self.name, self.out, unit))
        function(*self.args, **self.kwargs)
        if isinstance(self.out, DimArray):
            self.out._unit, self.out._error = unit, errors
        return self.out

    def finish(self, result, units, error=None):
        if isinstance(result, (tuple, list)):
            each = units if isinstance(units, tuple) else (units,) * len(result)
            given = [self.finish(item, unit) for item, unit in zip(result, each, strict=True)]
            return type(result)(*given) if hasattr(result, "_fields") else type(result)(given)
        unit = units[0] if isinstance(units, tuple) else units
        if unit is None or not isinstance(result, (np.ndarray, np.generic, float, int, Symbol)):
            return result
        return _quantity(result, unit, error)


def _quantity(values, unit, error=None):
    if not isinstance(values, (np.ndarray, np.generic, Symbol)):
        values = np.asarray(values)[()]
    elif isinstance(values, np.ndarray) and type(values) is not Tensor:
        values = values.view(Tensor)
    new = DimArray._make(values, unit)
    new._error = error
    return new


def certain(given):
    for x in given.quantities():
        if x.has_uncertainty:
            certain_only(given)


def certain_only(given):
    raise UnitsError(f"numpy.{given.name} does not propagate uncertainties; take .data")
