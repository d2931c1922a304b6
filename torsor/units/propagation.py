"""Kinds of rules: what functions of one kind do with units.  The functions stand in protocol.py."""
import numpy as np

from torsor.units import rules
from torsor.units.calls import Call, certain, certain_only, parameters
from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, named
from torsor.units.unit import conversion, dimensionless, power, product


def same(*where):
    """Data arguments are converted to the unit of the first; results have that unit."""
    def rule(given):
        certain(given)
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
            certain(given)
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
    given.args = [stripped(x) for x in given.args]
    given.kwargs = {key: stripped(x) for key, x in given.kwargs.items()}
    return given.run(None)


def stripped(x):
    if isinstance(x, DimArray):
        return x._values
    return type(x)(map(stripped, x)) if isinstance(x, (list, tuple)) and not hasattr(x, "_fields") else x


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
    given.args = [stripped(x) for x in given.args]
    return given.run(units)


def numbers(*where, unit=dimensionless):
    """A function of pure numbers."""
    def rule(given):
        certain(given)
        given.convert(dimensionless, *where)
        return given.run(unit() if callable(unit) else unit)

    return rule


def differences(*where):
    """Results are differences between values."""
    def rule(given):
        certain(given)
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
            certain_only(given)
        if array.has_uncertainty:
            from torsor.units import uncertainty

            names = parameters(given.func)
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
                certain_only(given)
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
        certain(given)
        unit = given.strip(0)
        given.linear(unit)
        units = [None if q is None else power(unit, q) for q in (p, *others)]
        return given.run(tuple(units) if others else units[0])

    return rule


def into(target, *values):
    """Write values into an array, in its unit."""
    def rule(given):
        certain(given)
        array = given.get(target)
        if not isinstance(array, DimArray):
            left = next(given.quantities())
            raise DimensionError(f"numpy.{given.name} would lose {named(left.unit)}: its target has no unit",
                                 left.unit, None, given.name)
        given.set(target, array._writable())
        given.convert(array.unit, *values)
        return given.run(None)

    return rule
