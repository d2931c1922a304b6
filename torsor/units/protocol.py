"""NumPy's functions on DimArrays (NEP 18): what each does with units, in one table.

Every function that NumPy dispatches stands in exactly one of the lists below, or in ``REFUSED`` with a reason.
A rule takes the values out of the arguments, in units that fit each other, runs the function on them, and says
which units the results have.
"""
import inspect
from functools import cache

import numpy as np

from torsor._kernels.face import replacement
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS
from torsor.units import config, rules
from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, UnitsError, named
from torsor.units.unit import Unit, conversion, dimensionless, power, product, quotient

HALF = 0.5


def call(func, *args, **kwargs):
    """A function of NumPy's on arguments of which some have units.

    Raises
    ------
    DimensionError
        If it has no meaning for these units, or none at all for units.
    """
    return dispatched(None, func, args, kwargs)


def dispatched(owner, func, args, kwargs):
    """The same; ``owner`` is an array that NumPy has found, perhaps as ``like=``, which it takes away."""
    rule = RULES.get(func)
    given = Call(func, args, kwargs)
    if rule is None:
        reason = REFUSED.get(given.name, "no rule says what it does with units")
        found = [*given.quantities(), *quantities(owner)]
        units = ", ".join(sorted({named(x.unit) for x in found}))
        raise DimensionError(f"numpy.{given.name} refuses {units}: {reason}", None, None, given.name)
    try:
        return rule(given)
    except DimensionError as error:
        if given.name in str(error):
            raise
        raise DimensionError(f"numpy.{given.name}: {error}", error.left, error.right, given.name) from None


@cache
def _parameters(func) -> tuple:
    """Names of the parameters of a function that may be given by position."""
    try:
        parameters = inspect.signature(func).parameters.values()
    except ValueError:
        return ()
    return tuple([p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)])


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
            names = _parameters(self.func)
            if where in names and names.index(where) < len(self.args):
                return names.index(where)
            return where
        if where < len(self.args):
            return where
        names = _parameters(self.func)
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
        if unit is None or not isinstance(result, (np.ndarray, np.generic, float, int)):
            return result
        return _quantity(result, unit, error)


def _quantity(values, unit, error=None):
    if not isinstance(values, (np.ndarray, np.generic)):
        values = np.asarray(values)[()]
    elif isinstance(values, np.ndarray) and type(values) is not Tensor:
        values = values.view(Tensor)
    new = DimArray._make(values, unit)
    new._error = error
    return new


def _certain(given):
    for x in given.quantities():
        if x.has_uncertainty:
            _certain_only(given)


def _certain_only(given):
    raise UnitsError(f"numpy.{given.name} does not propagate uncertainties; take .data")


# ---------------------------------------------------------------------------------------- kinds of rules

def same(*where):
    """Data arguments are converted to the unit of the first; results have that unit."""
    def rule(given):
        _certain(given)
        unit = given.unit(*where)
        given.convert(unit, *where)
        return given.run(unit)

    return rule


def moved(*where):
    """The same for functions that only move elements: uncertainties move with them."""
    plain_rule = same(*where)

    def rule(given):
        if not any(x.has_uncertainty for x in given.quantities()):
            return plain_rule(given)
        unit = given.unit(*where)
        if given.out is not None:
            _certain(given)
        errors = _moved_errors(given, unit, where)
        given.convert(unit, *where)
        values = given.run(unit)
        for value, error in zip(values if isinstance(values, (tuple, list)) else [values], errors, strict=True):
            value._error = error
        return values

    return rule


def _moved_errors(given, unit, where):
    """The uncertainty of each result of a function that moves elements of the arguments at ``where``."""
    from torsor.units.uncertainty import Source, Uncertainty

    def run(source):
        call = Call(given.func, given.args, given.kwargs)
        for position in where:
            call.set(position, _errors(call.get(position), unit, source))
        results = call.run(None)
        return results if isinstance(results, (tuple, list)) else [results]

    uncertain = [x._error for x in given.quantities() if x.has_uncertainty]
    if not any(error.correlated for error in uncertain):
        return [Uncertainty.fresh(sigma) for sigma in run(None)]
    found: list = []
    for source in dict.fromkeys(source for error in uncertain for source in error.parts):
        for k, part in enumerate(run(source)):
            if k == len(found):
                found.append({})
            found[k][source if source.is_shared else Source(np.shape(part))] = part
    return [Uncertainty(parts, True) for parts in found]


def _errors(x, unit, source=None):
    """Uncertainties in a unit in the place of values, all or those of one source; zero where there are none."""
    if isinstance(x, DimArray):
        if not x.has_uncertainty:
            return np.zeros(x.shape)
        part = x._error.sigma(x.shape) if source is None else np.broadcast_to(x._error.parts.get(source, 0.0), x.shape)
        return part * conversion(x.unit, unit).slope(np.asarray(x._values))
    if isinstance(x, (list, tuple)) and any(isinstance(item, (DimArray, list, tuple, np.ndarray)) for item in x):
        return type(x)([_errors(item, unit, source) for item in x])
    return x if x is None else np.zeros(np.shape(x))


def rounded(given):
    """Values change a little or not at all; their uncertainties stay."""
    error = getattr(given.get(0), "_error", None)
    return given.run(given.strip(0), error)


def looked_at(*where, points=True):
    """The same; results are plain: indices, truth values."""
    def rule(given):
        unit = given.unit(*where)
        if not points:
            given.linear(unit)
        given.convert(unit, *where)
        return given.run(None)

    return rule


def looked_at_as_is(given):
    """Units and values do not matter: shapes, types."""
    given.args = [_stripped(x) for x in given.args]
    given.kwargs = {key: _stripped(x) for key, x in given.kwargs.items()}
    return given.run(None)


def _stripped(x):
    if isinstance(x, DimArray):
        return x._values
    return type(x)(map(_stripped, x)) if isinstance(x, (list, tuple)) and not hasattr(x, "_fields") else x


def _certain_one(x):
    return DimArray._make(x._values, x.unit) if isinstance(x, DimArray) else x


def no_points(rule):
    """The rule, for functions that put in zeros or look for them, which scales like degC have elsewhere."""
    def checked(given):
        rules._refuse_points(given.name, [x.unit for x in given.quantities()])
        return rule(given)

    return checked


def each(given):
    """Every argument keeps its own unit and uncertainty."""
    if any(x.has_uncertainty for x in given.quantities()):
        result = each(Call(given.func, [_certain_one(x) for x in given.args], given.kwargs))
        results = list(result) if isinstance(result, (tuple, list)) else [result]
        errors = Call(given.func, [_errors(x, x.unit) if isinstance(x, DimArray) else np.zeros(np.shape(x))
                                   for x in given.args], given.kwargs).run(None)
        errors = errors if isinstance(errors, (tuple, list)) else [errors]
        for x, result, sigma in zip(given.args, results, errors, strict=True):
            if isinstance(x, DimArray) and x.has_uncertainty:
                result._error = x._error.moved(lambda _, sigma=sigma: sigma, x.shape)
        return tuple(results) if len(results) > 1 else results[0]
    units = tuple([x.unit if isinstance(x, DimArray) else dimensionless for x in given.args])
    given.args = [_stripped(x) for x in given.args]
    return given.run(units)


def numbers(*where, unit=dimensionless):
    """A function of pure numbers."""
    def rule(given):
        _certain(given)
        given.convert(dimensionless, *where)
        return given.run(unit() if callable(unit) else unit)

    return rule


def differences(*where):
    """Results are differences between values."""
    def rule(given):
        _certain(given)
        unit = given.unit(*where)
        given.convert(unit, *where)
        return given.run(unit.difference)

    return rule


def reduction(*more, p=1, points=True, of=lambda unit: unit):
    """A reduction of the first argument; ``more`` are further arguments in its unit."""
    def rule(given):
        array = given.get(0)
        if not isinstance(array, DimArray):
            units = ", ".join(named(x.unit) for x in given.quantities())
            raise DimensionError(f"numpy.{given.name}: its array has no unit, but another argument has {units}",
                                 None, None, given.name)
        unit = array.unit
        if not points:
            given.linear(unit)
        error = None
        if isinstance(given.get("initial"), DimArray) and given.get("initial").has_uncertainty:
            _certain_only(given)
        if array.has_uncertainty:
            from torsor.units import uncertainty

            names = _parameters(given.func)
            options = dict(zip(names, given.args, strict=False)) | given.kwargs
            error = uncertainty.of_function(given.func.__name__, array, options)
        given.set(0, array._values)
        given.convert(unit, *more)
        result = of(unit)
        if p != 1 and not result.is_linear:
            raise DimensionError(f"numpy.{given.name}: levels in {named(unit)} have no square", unit, None, given.name)
        return given.run(result if p == 1 else power(result, p), error)

    return rule


def products(*where):
    """A product of arguments, linear in each of them."""
    def rule(given):
        inputs = [given.get(position) for position in where]
        unit, error = dimensionless, None
        for position in where:
            if given.get(position) is not None:
                own = given.strip(position)
                given.linear(own)
                unit = product(unit, own)
        if any(isinstance(x, DimArray) and x.has_uncertainty for x in inputs):
            if given.func.__name__ == "cross":          # a sum of products of which some are subtracted
                _certain_only(given)
            from torsor.units import uncertainty

            def run(*values):
                call = Call(given.func, given.args, given.kwargs)
                for position, value in zip(where, values, strict=True):
                    call.set(position, value)
                return call.run(None)

            error = uncertainty.of_product(given.name, run, inputs, [given.get(position) for position in where])
        return given.run(unit, error)

    return rule


def to_power(p, *others):
    """The unit of the first argument to a power; ``others`` are further results' powers."""
    def rule(given):
        _certain(given)
        unit = given.strip(0)
        given.linear(unit)
        units = [None if q is None else power(unit, q) for q in (p, *others)]
        return given.run(tuple(units) if others else units[0])

    return rule


def into(target, *values):
    """Write values into an array, in its unit."""
    def rule(given):
        _certain(given)
        array = given.get(target)
        if not isinstance(array, DimArray):
            left = next(given.quantities())
            raise DimensionError(f"numpy.{given.name} would lose {named(left.unit)}: its target has no unit",
                                 left.unit, None, given.name)
        given.set(target, array._writable())
        given.convert(array.unit, *values)
        return given.run(None)

    return rule


# ---------------------------------------------------------------------------------------- rules of one function

def _where(given):
    if len(given.args) + len(given.kwargs) == 1:
        return looked_at(0)(given)
    return moved(1, 2)(given)


def _full_like(given):
    _certain(given)
    array = given.get(0)
    if isinstance(array, DimArray):
        given.set(0, array._values)
    unit = given.strip(1)
    return given.run(unit)


def _like(given):
    array = given.get(0)
    given.set(0, array._values)
    return given.run(array.unit)


def _prod(given):
    array = given.get(0)
    if not isinstance(array, DimArray):
        raise DimensionError(f"numpy.{given.name}: its array has no unit, but another argument has one")
    if array.unit.is_dimensionless and array.unit.is_linear:
        array = array.to(dimensionless)
    unit, where = array.unit, given.get("where", True)
    depends = given.name == "nanprod" or (where is not True and where is not np._NoValue)
    if depends and unit != dimensionless:
        raise DimensionError(f"numpy.{given.name}: the number of factors in {named(unit)}, and with it the unit "
                             "of the result, would depend on values", unit, None, given.name)
    count = 1 if depends else rules.reduced_count(array._values, given.get(1))
    given.linear(unit)
    error = None
    if array.has_uncertainty:
        from torsor.units import uncertainty

        error = uncertainty.of_function(given.name, array, dict(zip(_parameters(given.func), given.args, strict=False))
                                        | given.kwargs)
    given.set(0, array._values)
    given.convert(dimensionless, "initial")
    return given.run(power(unit, count), error)


def _average(given):
    _certain(given)
    unit = given.strip(0)
    weights = dimensionless
    if given.get("weights") is not None:
        weights = given.strip("weights")
        given.linear(weights)
    return given.run((unit, weights) if given.get("returned") else unit)


def _close(given):
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    absolute = given.get(3, given.kwargs.get("atol"))
    if absolute is None:
        given.kwargs["atol"] = 0.0          # 1e-8 of which unit?
    else:
        given.set("atol", rules.bare_difference(absolute, unit, "isclose"))
    given.convert(dimensionless, "rtol")
    return given.run(None)


def _equal(given):
    try:
        return looked_at(0, 1)(given)
    except DimensionError:
        return False


def _linspace(given):
    _certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run((unit, unit.difference) if given.get("retstep") else unit)


def _geomspace(given):
    given.linear(given.unit(0, 1))
    return same(0, 1)(given)


def _interp(given):
    _certain(given)
    x = given.unit(0, 1)
    given.convert(x, 0, 1)
    if given.get(5) is not None:
        given.set(5, rules.bare_difference(given.get(5), x, "interp"))
    y = given.unit(2, 3, 4)
    given.convert(y, 2, 3, 4)
    return given.run(y)


def _trapezoid(given):
    _certain(given)
    y = given.strip(0)
    given.linear(y)
    step = given.strip(1) if given.get(1) is not None else given.strip(2)
    return given.run(product(y, step.difference))


def _gradient(given):
    _certain(given)
    f = given.strip(0)
    steps = [given.strip(k).difference for k in range(1, len(given.args))]
    axes = given.get("axis")
    count = given.get(0).ndim if axes is None else 1 if isinstance(axes, int) else len(axes)
    if len(steps) <= 1:
        steps = (steps or [dimensionless]) * count
    units = tuple([quotient(f.difference, step) for step in steps])
    return given.run(units if count > 1 else units[0])


def _einsum(given):
    _certain(given)
    unit, operands = dimensionless, []
    for x in given.args:
        if isinstance(x, DimArray):
            given.linear(x.unit)
            unit = product(unit, x.unit)
        operands.append(_stripped(x) if isinstance(x, DimArray) else x)
    given.args = operands
    return given.run(unit)


def _multi_dot(given):
    _certain(given)
    unit, factors = dimensionless, []
    for x in given.get(0):
        if isinstance(x, DimArray):
            given.linear(x.unit)
            unit = product(unit, x.unit)
        factors.append(_stripped(x))
    given.set(0, factors)
    return given.run(unit)


def _covariance(given):
    _certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run(power(unit.difference, 2))


def _correlation(given):
    _certain(given)
    given.convert(given.unit(0), 0)
    if given.get(1) is not None:
        given.convert(given.unit(1), 1)
    return given.run(dimensionless)


def _norm(given):
    if given.get("ord") == 0:
        return looked_at(0)(given)
    return reduction(points=False)(given) if not given.get(0).has_uncertainty else _certain(given)


def _determinant(given):
    _certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run(power(unit, given.get(0).shape[-1]))


def _matrix_power(given):
    _certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run(power(unit, int(given.get(1))))


def _solve(given):
    _certain(given)
    a, b = given.strip(0), given.strip(1)
    given.linear(a, b)
    return given.run(quotient(b, a))


def _lstsq(given):
    _certain(given)
    a, b = given.strip(0), given.strip(1)
    given.linear(a, b)
    return given.run((quotient(b, a), power(b, 2), None, a))


def _svd(given):
    _certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run((None, unit, None) if given.get("compute_uv", True) is not False else unit)


def _qr(given):
    _certain(given)
    unit = given.strip(0)
    given.linear(unit)
    mode = given.get("mode") or "reduced"
    if mode == "raw":
        raise DimensionError(f"numpy.{given.name} with mode='raw' mixes values in {named(unit)} with numbers", unit)
    return given.run(unit if mode == "r" else (None, unit))


def _unique(given):
    _certain(given)
    unit = given.strip(0)
    more = sum(bool(given.get(name)) for name in ("return_index", "return_inverse", "return_counts"))
    return given.run((unit, *[None] * more) if more else unit)


def _named_unique(count):
    def rule(given):
        _certain(given)
        return given.run((given.strip(0), *[None] * (count - 1)))

    return rule


def _intersect(given):
    _certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run((unit, None, None) if given.get("return_indices") else unit)


def _histogram(given):
    _certain(given)
    unit = given.unit(0)
    given.convert(unit, 0, 2)
    if not isinstance(given.get(1), (int, str, type(None))):
        given.convert(unit, 1)
    count = given.strip("weights") if given.get("weights") is not None else None
    if given.get("density"):
        count = quotient(dimensionless, unit.difference)
    return given.run((count, unit) if given.func.__name__ == "histogram" else unit)


def _histogram2d(given):
    _certain(given)
    units = [given.unit(0), given.unit(1)]
    given.convert(units[0], 0)
    given.convert(units[1], 1)
    limits, bins = given.get("range"), given.get("bins")
    if limits is not None:
        given.set("range", [given._bare(pair, unit) for pair, unit in zip(limits, units, strict=True)])
    if isinstance(bins, (list, tuple)) and len(bins) == 2 and not all(isinstance(n, int) for n in bins):
        given.set("bins", [n if isinstance(n, int) else given._bare(n, unit)
                           for n, unit in zip(bins, units, strict=True)])
    count = given.strip("weights") if given.get("weights") is not None else None
    if given.get("density"):
        count = quotient(quotient(dimensionless, units[0].difference), units[1].difference)
    return given.run((count, *units))


def _bincount(given):
    _certain(given)
    return given.run(given.strip("weights"))


def _unwrap(given):
    _certain(given)
    unit, period = given.unit(0), given.get("period")
    if period is None:
        given.convert(dimensionless, 0, 1)
        return given.run(rules._angle("rad"))
    if not isinstance(period, DimArray) and unit != dimensionless:
        raise DimensionError(f"numpy.unwrap: a period of values in {named(unit)} needs a unit", unit)
    given.convert(unit, 0, 1, "period")
    return given.run(unit)


def _angle(given):
    _certain(given)
    given.linear(given.strip(0))
    return given.run(rules._angle("deg" if given.get(1) else "rad"))


def _text(given):
    array = given.get(0)
    return config.representation(array) if given.name == "array_repr" else config.text(array)


def _lexsort(given):
    given.set(0, [_stripped(key) for key in given.get(0)])
    return given.run(None)


def _pad(given):
    _certain(given)
    unit = given.strip(0)
    for name in ("constant_values", "end_values"):
        if name in given.kwargs:
            given.kwargs[name] = given._bare(given.kwargs[name], unit)
        elif name == "constant_values" and (given.get(2) or "constant") == "constant" and unit.is_point:
            raise DimensionError(f"numpy.pad: zero has no meaning in {named(unit)}; give constant_values", unit)
    return given.run(unit)


def _clip(given):
    if not any(x.has_uncertainty for x in given.quantities()):
        return same(0, 1, 2, "min", "max")(given)
    limits = [first if first is not None and first is not np._NoValue else second
              for first, second in ((given.get(1), given.get("min")), (given.get(2), given.get("max")))]
    low, high = [None if limit is np._NoValue else limit for limit in limits]
    out = {} if given.out is None else {"out": (given.out,)}
    ufunc: np.ufunc = np.positive
    operands = [given.get(0)]
    if low is not None and high is not None:
        ufunc, operands = UFUNCS["clip"].numpy, [given.get(0), low, high]
    elif low is not None or high is not None:
        ufunc, operands = np.minimum if low is None else np.maximum, [given.get(0), high if low is None else low]
    return rules.apply(ufunc, "__call__", tuple(operands), out)


def _diag(given):
    rule = moved(0)
    return rule(given) if np.ndim(given.get(0)._values) == 2 else no_points(rule)(given)


def _select(given):
    rule = same(1, 2)
    return rule(given) if isinstance(given.get(2), DimArray) else no_points(rule)(given)


def _nan_to_num(given):
    _certain(given)
    unit = given.strip(0)
    if given.get("nan") is None:
        given.linear(unit)
    given.convert(unit, "nan", "posinf", "neginf")
    return given.run(unit)


# ---------------------------------------------------------------------------------------- the table

_TABLE = {
    moved(0): """
        broadcast_to copy delete diagonal expand_dims flip fliplr flipud
        matrix_transpose moveaxis permute_dims ravel real_if_close repeat reshape resize roll rollaxis rot90
        squeeze swapaxes take take_along_axis tile transpose
        block concat concatenate stack vstack hstack dstack column_stack
        linalg.diagonal linalg.matrix_transpose array_split split hsplit vsplit dsplit unstack""",
    same(0): "sort sort_complex partition unique_values fft.fftshift fft.ifftshift",
    same(0, 1): "union1d setdiff1d setxor1d",
    moved(0, 1): "append",
    moved(0, 2): "insert",
    moved(1): "choose compress extract",
    lambda given: given.get(0).real: "real",
    lambda given: given.get(0).imag: "imag",
    rounded: "around round fix astype",
    no_points(moved(0)): "diagflat tril triu",
    no_points(same(0)): "trim_zeros",
    _diag: "diag",
    _select: "select",
    _clip: "clip",
    each: "atleast_1d atleast_2d atleast_3d broadcast_arrays meshgrid",
    _where: "where",
    _full_like: "full_like",
    _like: "zeros_like empty_like ones_like",
    _pad: "pad",
    _nan_to_num: "nan_to_num",
    reduction("initial"): "max min amax amin nanmax nanmin",
    reduction(): "mean nanmean median nanmedian percentile nanpercentile quantile nanquantile",
    reduction("initial", points=False): "sum nansum",
    reduction(points=False): "cumsum nancumsum cumulative_sum trace linalg.trace",
    reduction(of=lambda unit: unit.difference): "std nanstd ptp",
    reduction(p=2, of=lambda unit: unit.difference): "var nanvar",
    differences(0, "prepend", "append"): "diff",
    differences(0, 1, 2): "ediff1d",
    _average: "average",
    _prod: "prod nanprod",
    numbers(0): "cumprod nancumprod cumulative_prod i0 sinc roots poly polyder polyint vander linalg.slogdet",
    numbers(0, 1): "polyadd polysub polymul polydiv polyval logspace",
    _unwrap: "unwrap",
    _angle: "angle",
    _close: "isclose allclose",
    _equal: "array_equal array_equiv",
    looked_at(0): """
        argmax argmin nanargmax nanargmin argpartition argsort iscomplex isreal isposinf isneginf""",
    looked_at(0, points=False): "argwhere nonzero flatnonzero count_nonzero any all linalg.matrix_rank linalg.cond",
    looked_at(0, 1): "digitize searchsorted isin",
    looked_at_as_is: """
        iscomplexobj isrealobj shape size ndim may_share_memory shares_memory result_type can_cast common_type
        min_scalar_type diag_indices_from tril_indices_from triu_indices_from einsum_path""",
    _lexsort: "lexsort",
    _text: "array2string array_repr array_str",
    _linspace: "linspace",
    _geomspace: "geomspace",
    _interp: "interp",
    _trapezoid: "trapezoid",
    _gradient: "gradient",
    products(0, 1): """
        convolve correlate cross dot inner outer vdot kron tensordot linalg.cross linalg.matmul linalg.outer
        linalg.tensordot linalg.vecdot""",
    _einsum: "einsum",
    _multi_dot: "linalg.multi_dot",
    _covariance: "cov",
    _correlation: "corrcoef",
    _norm: "linalg.norm linalg.vector_norm",
    reduction(points=False): "linalg.matrix_norm",
    _determinant: "linalg.det",
    _matrix_power: "linalg.matrix_power",
    to_power(-1): "linalg.inv linalg.pinv linalg.tensorinv",
    to_power(HALF): "linalg.cholesky",
    to_power(1, None): "linalg.eig linalg.eigh",
    to_power(1): """
        linalg.eigvals linalg.eigvalsh linalg.svdvals fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn
        fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn""",
    _solve: "linalg.solve linalg.tensorsolve",
    _lstsq: "linalg.lstsq",
    _svd: "linalg.svd",
    _qr: "linalg.qr",
    _unique: "unique",
    _named_unique(4): "unique_all",
    _named_unique(2): "unique_counts unique_inverse",
    _intersect: "intersect1d",
    _histogram: "histogram histogram_bin_edges",
    _histogram2d: "histogram2d",
    no_points(_bincount): "bincount",
    into(0, 1): "copyto fill_diagonal",
    into(0, 2): "put put_along_axis place putmask",
}

#: Functions that units are refused by, each with the reason.
REFUSED = dict.fromkeys(
    "busday_count busday_offset is_busday datetime_as_string packbits unpackbits ravel_multi_index unravel_index "
    "ix_".split(),
    "its arguments are dates, bits or indices",
) | dict.fromkeys(
    "save savetxt savez savez_compressed".split(), "its files hold no units; see torsor.units.io",
) | dict.fromkeys(
    "apply_along_axis apply_over_axes piecewise".split(),
    "the unit of what the function given to it returns is unknown; loop over the array",
) | {
    "polyfit": "each coefficient would have a unit of its own; fit magnitudes",
    "histogramdd": "the axes share one array, and with it one unit; see numpy.histogram2d",
}

RULES = {}
for _rule, _names in _TABLE.items():
    for _name in _names.split():
        _name = _name.partition(":")[0]
        _module, _, _last = _name.rpartition(".")
        _function = getattr(getattr(np, _module) if _module else np, _last, None)
        if _function is not None:           # older NumPy lacks some
            RULES[_function] = _rule
