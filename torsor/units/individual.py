"""Rules of single functions of NumPy's, whose units follow no common pattern."""
import numpy as np

from torsor.ufuncs import UFUNCS
from torsor.units import config, rules
from torsor.units.calls import certain, parameters
from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, named
from torsor.units.propagation import looked_at, moved, no_points, reduction, same, stripped
from torsor.units.unit import dimensionless, power, product, quotient


def where(given):
    if len(given.args) + len(given.kwargs) == 1:
        return looked_at(0)(given)
    return moved(1, 2)(given)


def full_like(given):
    certain(given)
    array = given.get(0)
    if isinstance(array, DimArray):
        given.set(0, array._values)
    unit = given.strip(1)
    return given.run(unit)


def like(given):
    array = given.get(0)
    given.set(0, array._values)
    return given.run(array.unit)


def prod(given):
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

        error = uncertainty.of_function(given.name, array, dict(zip(parameters(given.func), given.args, strict=False))
                                        | given.kwargs)
    given.set(0, array._values)
    given.convert(dimensionless, "initial")
    return given.run(power(unit, count), error)


def average(given):
    certain(given)
    unit = given.strip(0)
    weights = dimensionless
    if given.get("weights") is not None:
        weights = given.strip("weights")
        given.linear(weights)
    return given.run((unit, weights) if given.get("returned") else unit)


def close(given):
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    absolute = given.get(3, given.kwargs.get("atol"))
    if absolute is None:
        given.kwargs["atol"] = 0.0          # 1e-8 of which unit?
    else:
        given.set("atol", rules.bare_difference(absolute, unit, "isclose"))
    given.convert(dimensionless, "rtol")
    return given.run(None)


def equal(given):
    try:
        return looked_at(0, 1)(given)
    except DimensionError:
        return False


def linspace(given):
    certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run((unit, unit.difference) if given.get("retstep") else unit)


def geomspace(given):
    given.linear(given.unit(0, 1))
    return same(0, 1)(given)


def interp(given):
    certain(given)
    x = given.unit(0, 1)
    given.convert(x, 0, 1)
    if given.get(5) is not None:
        given.set(5, rules.bare_difference(given.get(5), x, "interp"))
    y = given.unit(2, 3, 4)
    given.convert(y, 2, 3, 4)
    return given.run(y)


def trapezoid(given):
    certain(given)
    y = given.strip(0)
    given.linear(y)
    step = given.strip(1) if given.get(1) is not None else given.strip(2)
    return given.run(product(y, step.difference))


def gradient(given):
    certain(given)
    f = given.strip(0)
    steps = [given.strip(k).difference for k in range(1, len(given.args))]
    axes = given.get("axis")
    count = given.get(0).ndim if axes is None else 1 if isinstance(axes, int) else len(axes)
    if len(steps) <= 1:
        steps = (steps or [dimensionless]) * count
    units = tuple([quotient(f.difference, step) for step in steps])
    return given.run(units if count > 1 else units[0])


def einsum(given):
    certain(given)
    unit, operands = dimensionless, []
    for x in given.args:
        if isinstance(x, DimArray):
            given.linear(x.unit)
            unit = product(unit, x.unit)
        operands.append(stripped(x) if isinstance(x, DimArray) else x)
    given.args = operands
    return given.run(unit)


def multi_dot(given):
    certain(given)
    unit, factors = dimensionless, []
    for x in given.get(0):
        if isinstance(x, DimArray):
            given.linear(x.unit)
            unit = product(unit, x.unit)
        factors.append(stripped(x))
    given.set(0, factors)
    return given.run(unit)


def covariance(given):
    certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run(power(unit.difference, 2))


def correlation(given):
    certain(given)
    given.convert(given.unit(0), 0)
    if given.get(1) is not None:
        given.convert(given.unit(1), 1)
    return given.run(dimensionless)


def norm(given):
    if given.get("ord") == 0:
        return looked_at(0)(given)
    return reduction(points=False)(given) if not given.get(0).has_uncertainty else certain(given)


def determinant(given):
    certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run(power(unit, given.get(0).shape[-1]))


def matrix_power(given):
    certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run(power(unit, int(given.get(1))))


def solve(given):
    certain(given)
    a, b = given.strip(0), given.strip(1)
    given.linear(a, b)
    return given.run(quotient(b, a))


def lstsq(given):
    certain(given)
    a, b = given.strip(0), given.strip(1)
    given.linear(a, b)
    return given.run((quotient(b, a), power(b, 2), None, a))


def svd(given):
    certain(given)
    unit = given.strip(0)
    given.linear(unit)
    return given.run((None, unit, None) if given.get("compute_uv", True) is not False else unit)


def qr(given):
    certain(given)
    unit = given.strip(0)
    given.linear(unit)
    mode = given.get("mode") or "reduced"
    if mode == "raw":
        raise DimensionError(f"numpy.{given.name} with mode='raw' mixes values in {named(unit)} with numbers", unit)
    return given.run(unit if mode == "r" else (None, unit))


def unique(given):
    certain(given)
    unit = given.strip(0)
    more = sum(bool(given.get(name)) for name in ("return_index", "return_inverse", "return_counts"))
    return given.run((unit, *[None] * more) if more else unit)


def named_unique(count):
    def rule(given):
        certain(given)
        return given.run((given.strip(0), *[None] * (count - 1)))

    return rule


def intersect(given):
    certain(given)
    unit = given.unit(0, 1)
    given.convert(unit, 0, 1)
    return given.run((unit, None, None) if given.get("return_indices") else unit)


def histogram(given):
    certain(given)
    unit = given.unit(0)
    given.convert(unit, 0, 2)
    if not isinstance(given.get(1), (int, str, type(None))):
        given.convert(unit, 1)
    count = given.strip("weights") if given.get("weights") is not None else None
    if given.get("density"):
        count = quotient(dimensionless, unit.difference)
    return given.run((count, unit) if given.func.__name__ == "histogram" else unit)


def histogram2d(given):
    certain(given)
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


def bincount(given):
    certain(given)
    return given.run(given.strip("weights"))


def unwrap(given):
    certain(given)
    unit, period = given.unit(0), given.get("period")
    if period is None:
        given.convert(dimensionless, 0, 1)
        return given.run(rules._angle("rad"))
    if not isinstance(period, DimArray) and unit != dimensionless:
        raise DimensionError(f"numpy.unwrap: a period of values in {named(unit)} needs a unit", unit)
    given.convert(unit, 0, 1, "period")
    return given.run(unit)


def angle(given):
    certain(given)
    given.linear(given.strip(0))
    return given.run(rules._angle("deg" if given.get(1) else "rad"))


def text(given):
    array = given.get(0)
    return config.representation(array) if given.name == "array_repr" else config.text(array)


def lexsort(given):
    given.set(0, [stripped(key) for key in given.get(0)])
    return given.run(None)


def pad(given):
    certain(given)
    unit = given.strip(0)
    for name in ("constant_values", "end_values"):
        if name in given.kwargs:
            given.kwargs[name] = given._bare(given.kwargs[name], unit)
        elif name == "constant_values" and (given.get(2) or "constant") == "constant" and unit.is_point:
            raise DimensionError(f"numpy.pad: zero has no meaning in {named(unit)}; give constant_values", unit)
    return given.run(unit)


def clip(given):
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


def diag(given):
    rule = moved(0)
    return rule(given) if np.ndim(given.get(0)._values) == 2 else no_points(rule)(given)


def select(given):
    rule = same(1, 2)
    return rule(given) if isinstance(given.get(2), DimArray) else no_points(rule)(given)


def nan_to_num(given):
    certain(given)
    unit = given.strip(0)
    if given.get("nan") is None:
        given.linear(unit)
    given.convert(unit, "nan", "posinf", "neginf")
    return given.run(unit)
