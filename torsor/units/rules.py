"""How units go through element-wise operations: one function for each rule of the table's ``units`` column.

A rule is given the units of the inputs and says which unit each is converted to and which units the results
have.  It sees no values; exponents, which decide about units, are read by ``apply``.
"""
from fractions import Fraction
from math import isinf, isnan
from typing import NamedTuple

import numpy as np

from torsor._optable import OPS
from torsor.tensor import Symbol
from torsor.ufuncs import OF_NUMPY, UFUNCS
from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, UnitsError, named
from torsor.units.unit import Unit, conversion, dimensionless, power, product, quotient


class Plan(NamedTuple):
    """What an operation does with units."""

    inputs: tuple           # the Conversion of each input, or None
    outputs: tuple          # the Unit of each output; None: a plain array
    after: tuple = ()       # the Conversion of each output to that unit, or None


class _Any:
    """The unit of a number that is the same in every linear unit: zero, an infinity, NaN."""

    dimension = None

    def __str__(self):
        return "a number"


ANY = _Any()
#: Functions of the rule "same" that points on a scale (degC, dBm) have as well.
_OF_POINTS = {"maximum", "minimum", "fmax", "fmin", "positive", "conjugate", "clip", "floor", "ceil", "trunc", "rint",
              "nextafter"}


def _unit(unit) -> Unit:
    return unit if isinstance(unit, Unit) else dimensionless


def _refuse_points(name, units):
    for unit in units:
        if isinstance(unit, Unit) and unit.is_point:
            hint = "" if unit.decades else f"; convert it to a unit without an offset, or use {unit.difference}"
            raise DimensionError(f"{name} has no meaning for points on the scale {named(unit)}{hint}",
                                 unit, None, name)


def _to(name, unit, target):
    """The conversion of an input to a unit."""
    if unit is ANY and not target.is_point:
        return None
    given = _unit(unit)
    if not _fits(given, target):
        raise DimensionError.incompatible(target, given, name)
    found = conversion(given, target)
    return None if found.is_identity else found


def _fits(given, target) -> bool:
    """Whether values of one unit are values of another: levels are not taken for numbers without being told."""
    return given.dimension is target.dimension and bool(given.decades) is bool(target.decades)


def _to_difference(name, unit, target, own):
    """The conversion of an input that must be a difference between values in the unit ``own``."""
    if isinstance(unit, Unit) and unit.is_point:
        raise DimensionError(f"{name}: a difference between values in {named(own)} is wanted, not a point on the "
                             f"scale {named(unit)}", own, unit, name)
    if not (unit is ANY or _fits(_unit(unit), target)):
        raise DimensionError.incompatible(own, _unit(unit), name)
    return _to(name, unit, target)


def _shared(name, units):
    """Conversions of all inputs to one unit, and that unit."""
    target = _unit(next((unit for unit in units if unit is not ANY), None))
    return tuple([_to(name, unit, target) for unit in units]), target


def _finest(name, units):
    """Conversions to the finest of the units, of which the others are multiples, and one of a result to the first.

    So whole quotients are exact: a metre holds ten decimetres, not nine and a remainder.
    """
    conversions, target = _shared(name, units)
    finest = min([_unit(unit) for unit in units if unit is not ANY] or [target], key=lambda unit: unit._ratio)
    if finest == target:
        return conversions, target, None
    return tuple([_to(name, unit, finest) for unit in units]), target, conversion(finest, target)


def _same(name, units):
    if any(isinstance(unit, Unit) and unit.is_point for unit in units):
        if name in ("add", "subtract"):
            return _affine(name, *units)
        if name not in _OF_POINTS:
            _refuse_points(name, units)
    if name in ("remainder", "fmod"):
        conversions, unit, after = _finest(name, units)
        return conversions, (unit,), (after,)
    conversions, unit = _shared(name, units)
    return conversions, (unit,)


def _affine(name, a, b):
    """Points and differences: their sum is a point; the difference of two points is a difference."""
    a_is, b_is = (isinstance(unit, Unit) and unit.is_point for unit in (a, b))
    if name == "subtract" and a_is and b_is:
        return (None, _to(name, b, a)), (a.difference,)
    if a_is and not b_is and isinstance(b, Unit):
        return (None, _to_difference(name, b, a.difference, a)), (a,)
    if b_is and not a_is and isinstance(a, Unit) and name == "add":
        if not _fits(a, b.difference):
            raise DimensionError.incompatible(a, b, name)
        return (_to(name, a, b.difference), None), (b,)
    if a_is and b_is:
        raise DimensionError(f"cannot {name} two points on a scale, {named(a)} and {named(b)}; only differences "
                             f"add up: give one in {b.difference}", a, b, name)
    raise DimensionError.incompatible(_unit(a), _unit(b), name)


def _level_times_number(units):
    """The unit of a level (dB) multiplied or divided by a number."""
    first, *others = units
    if isinstance(first, Unit) and first.decades and not first.is_point and all(
            not isinstance(unit, Unit) or unit == dimensionless for unit in others):
        return first
    return None


def _product(name, units):
    _refuse_points(name, units)
    level = _level_times_number(units) or _level_times_number(units[::-1])
    return (None,) * len(units), (level or product(_unit(units[0]), _unit(units[1])),)


def _product_sum(name, units):
    _refuse_points(name, units)
    (_, _), (unit,) = _product(name, units[:2])
    return (None, None, _to(name, units[2], unit)), (unit,)


def _quotient(name, units):
    _refuse_points(name, units)
    return (None, None), (_level_times_number(units) or quotient(_unit(units[0]), _unit(units[1])),)


def _to_power(p):
    def rule(name, units):
        _refuse_points(name, units)
        return (None,), (power(_unit(units[0]), p),)

    return rule


def _of_numbers(*results):
    """Inputs of dimension one, as pure numbers; ``results`` are the units of the outputs."""
    def rule(name, units):
        for unit in units:
            if _unit(unit).dimension is not dimensionless.dimension or _unit(unit).decades:
                raise DimensionError(f"{name} is a function of numbers, not of {named(unit)}", unit, None, name)
        return tuple([_to_number(unit) for unit in units]), results

    return rule


def _to_number(unit):
    found = conversion(_unit(unit), dimensionless)
    return None if found.is_identity else found


def _first(name, units):
    _refuse_points(name, units)
    if name == "ldexp" and isinstance(units[1], Unit):
        raise DimensionError(f"{name} takes a plain integer, not {named(units[1])}", units[1], None, name)
    return (None, None), (_unit(units[0]),)


def _second(name, units):
    _refuse_points(name, units)
    (conversion_,), outputs = _of_numbers(dimensionless)(name, units[1:])
    return (None, conversion_), outputs


def _sign(name, units):
    _refuse_points(name, units)
    return (None,), (dimensionless,)


def _ratio(name, units):
    _refuse_points(name, units)
    conversions, _, _ = _finest(name, units)
    return conversions, (dimensionless,)


def _divmod(name, units):
    _refuse_points(name, units)
    conversions, unit, after = _finest(name, units)
    return conversions, (dimensionless, unit), (None, after)


def _compare(name, units):
    return _shared(name, units)[0], (None,)


def _truth(name, units):
    if name not in ("isnan", "isinf", "isfinite"):
        _refuse_points(name, units)
    return (None,) * len(units), (None,)


def _angle_ratio(name, units):
    _refuse_points(name, units)
    return _shared(name, units)[0], (_angle("rad"),)


def _angle(symbol) -> Unit:
    from torsor.units.registry import find

    return find(symbol)


def _to_radians(name, units):
    _of_numbers()(name, units)
    return (_to(name, units[0], _angle("deg")),), (_angle("rad"),)


def _exponent(name, units):
    raise AssertionError("apply reads exponents itself")


RULES = {
    "same": _same, "product": _product, "product_sum": _product_sum, "quotient": _quotient, "power": _exponent,
    "ratio": _ratio,
    "square": _to_power(2), "reciprocal": _to_power(-1), "sqrt": _to_power(Fraction(1, 2)),
    "rsqrt": _to_power(Fraction(-1, 2)),
    "cbrt": _to_power(Fraction(1, 3)), "dimensionless": _of_numbers(dimensionless), "to_dimensionless": _sign,
    "first": _first, "second": _second, "divmod": _divmod, "mantissa": _of_numbers(dimensionless, None),
    "compare": _compare, "truth": _truth, "angle": _of_numbers(dimensionless),
    "to_angle": lambda name, units: _of_numbers(_angle("rad"))(name, units), "ratio_to_angle": _angle_ratio,
    "to_degrees": lambda name, units: _of_numbers(_angle("deg"))(name, units), "to_radians": _to_radians,
}
#: NumPy's or torsor's ufunc -> (name, rule).
RULE_OF = {UFUNCS[op.name].numpy: (op.name, op.units) for op in OPS}
for _name in ("matmul", "vecdot", "matvec", "vecmat"):
    if hasattr(np, _name):
        RULE_OF[getattr(np, _name)] = (_name, "product")
_ROWS = {op.name: op for op in OPS}

_plans: dict = {}
_LARGE_CACHE = 8192


def plan(name, rule, units) -> Plan:
    """What the operation of that name does with these units (None: a plain operand; ANY: 0, inf, nan)."""
    key = (name, *[unit._serial if isinstance(unit, Unit) else unit for unit in units])
    found = _plans.get(key)
    if found is None:
        inputs, outputs, *after = RULES[rule](name, units)
        if len(_plans) >= _LARGE_CACHE:
            _plans.clear()
        nout = _ROWS[name].nout if name in _ROWS else 1
        found = _plans[key] = (units, Plan(inputs, outputs * nout if len(outputs) < nout else outputs, *after))
    return found[1]


def is_any(x) -> bool:
    """Whether a plain operand is a number that is the same in every linear unit."""
    if type(x) is int:
        return x == 0
    if type(x) is float or isinstance(x, (np.floating, np.integer)):
        return bool(x == 0 or isnan(x) or isinf(x))
    return False


def unit_of(x):
    """The unit of an operand."""
    if isinstance(x, DimArray):
        return x._unit
    return ANY if is_any(x) else None


def apply(ufunc, method, inputs, kwargs):
    """A ufunc, or a method of it, on operands of which some have units (NEP 13).

    Raises
    ------
    DimensionError
        If the operation has no meaning for these units.
    """
    name, rule = RULE_OF.get(ufunc, (ufunc.__name__, None))
    if rule is None:
        raise DimensionError(f"numpy.{name} is not defined for units: " + _listed(inputs), None, None, name)
    if isinstance(kwargs.get("where"), DimArray):
        raise DimensionError(f"{name}: where= is a plain mask, not {named(kwargs['where'].unit)}", None, None, name)
    function = OF_NUMPY.get(ufunc, ufunc)
    outs = kwargs.pop("out", ())
    if method == "__call__":
        return _call(function, function, name, rule, inputs, outs, kwargs)
    if method == "outer":
        return _call(function, function.outer, name, rule, inputs, outs, kwargs)
    if method == "at":
        return _at(function, name, rule, inputs)
    return _reduce(function, method, name, rule, inputs, outs, kwargs)


def _listed(inputs) -> str:
    return ", ".join(named(x.unit) for x in inputs if isinstance(x, DimArray))


def _operand(name, x):
    """An operand as numbers: lists are arrays, objects that are no numbers a TypeError."""
    if isinstance(x, (DimArray, int, float, complex, np.generic, Symbol)):
        return x
    if isinstance(x, Fraction):
        return x if name in ("power", "float_power") else float(x)
    if isinstance(x, np.ndarray) and hasattr(x, "mask"):
        raise TypeError(f"{name}: a DimArray has no mask, and would lose that of {type(x).__name__}")
    if isinstance(x, (list, tuple)):
        try:
            return DimArray(x)
        except TypeError:
            pass
    elif getattr(x, "dtype", None) is not None and x.dtype.kind in "biufc":
        return x
    raise TypeError(f"{name} is not defined for a DimArray and {type(x).__name__} "
                    f"{'of ' + str(x.dtype) if hasattr(x, 'dtype') else ''}".rstrip())


def _values(inputs) -> list:
    return [x._values if isinstance(x, DimArray) else x for x in inputs]


def _call(function, call, name, rule, inputs, outs, kwargs):
    inputs = [_operand(name, x) for x in inputs]
    after = ()
    if rule == "power":
        conversions, converted, outputs = _powers(name, inputs)
    else:
        try:
            conversions, outputs, after = plan(name, rule, tuple([unit_of(x) for x in inputs]))
        except DimensionError:
            if name not in ("equal", "not_equal"):
                raise
            # No element equals one of another dimension; the shape of the answer is that of any others.
            zeros, ones = (fill(np.shape(x)) for fill, x in zip((np.zeros, np.ones), _values(inputs), strict=True))
            conversions, converted, outputs = (None, None), [zeros, ones], (None,)
        else:
            converted = [x if c is None else c(x) for c, x in zip(conversions, _values(inputs), strict=True)]
    if outs:
        _refuse_partial(name, outs, outputs, kwargs)
        kwargs["out"] = tuple([_out(name, out, unit) for out, unit in zip(outs, outputs, strict=True)])
    error = None
    if any(isinstance(x, DimArray) and x._error is not None for x in inputs) and any(
            unit is not None for unit in outputs):
        from torsor.units import uncertainty

        if call is not function:
            raise UnitsError(f"numpy.{name}.outer does not propagate uncertainties; take .data")
        if outs and (kwargs.get("where", True) is not True or any(
                out is not None and not isinstance(out, DimArray) for out in outs)):
            raise UnitsError(f"{name}: out= cannot hold the uncertainties of the result; take .data")
        error = uncertainty.propagate(_ROWS.get(name), name, inputs, conversions, converted)
    if any(after):
        return _finish(_converted_after(call, converted, kwargs, after), outputs, outs, error)
    return _finish(call(*converted, **kwargs), outputs, outs, error)


def _converted_after(call, values, kwargs, after):
    """Results that are converted before they are stored."""
    outs = kwargs.pop("out", (None,) * len(after))
    results = call(*values, **kwargs)
    given = [x if change is None else change(x)
             for x, change in zip(results if type(results) is tuple else (results,), after, strict=True)]
    for out, x in zip(outs, given, strict=True):
        if out is not None:
            np.copyto(out, x, casting="same_kind", where=kwargs.get("where", True))
    return tuple(given) if type(results) is tuple else given[0]


def result_unit(ufunc, *inputs):
    """The unit of the first result of a ufunc on these operands."""
    name, rule = RULE_OF[ufunc]
    operands = [_operand(name, x) for x in inputs]
    if rule == "power":
        return _powers(name, operands)[2][0]
    return plan(name, rule, tuple([unit_of(x) for x in operands])).outputs[0]


def _refuse_partial(name, outs, outputs, kwargs):
    """Where only some elements are written, the others must have the result's unit already, and no uncertainty."""
    if kwargs.get("where", True) is not True:
        for out, unit in zip(outs, outputs, strict=True):
            if isinstance(out, DimArray) and out._error is not None:
                raise UnitsError(f"{name}: with where=, out= would mix elements of other uncertainties; take .data")
            if isinstance(out, DimArray) and unit is not None and out._unit != unit:
                raise DimensionError(f"{name}: with where=, out= keeps some elements in {named(out._unit)}, while "
                                     f"the others would be in {named(unit)}", out._unit, unit, name)


def _finish(results, outputs, outs, error=None):
    several = type(results) is tuple
    given = []
    for k, (result, unit) in enumerate(zip(results if several else (results,), outputs, strict=True)):
        out = outs[k] if k < len(outs) else None
        if out is not None:
            if isinstance(out, DimArray):
                out._unit = unit
                out._error = error
            given.append(out)
        else:
            given.append(result if unit is None else _wrap(result, unit, error))
    return tuple(given) if several else given[0]


def _wrap(data, unit, error=None):
    new = DimArray._make(data, unit)
    if error is not None:
        new._error = error
    return new


def _out(name, out, unit):
    """The memory of an output, which must be able to hold the unit."""
    if out is None:
        return None
    if isinstance(out, DimArray):
        if unit is None:
            raise DimensionError(f"{name} gives plain values: out= is an ordinary array, not one of {named(out.unit)}",
                                 out.unit, None, name)
        return out._writable()
    if unit is not None and unit != dimensionless:
        raise DimensionError(f"{name} gives values in {named(unit)}, which out= cannot hold; give a DimArray",
                             unit, None, name)
    return out


def _powers(name, inputs):
    """Conversions, operands and unit of a power, of which the exponent decides the unit."""
    base, exponent_ = inputs
    conversions: list = [None, None]
    if isinstance(exponent_, DimArray):
        if not exponent_.unit.is_dimensionless:
            raise DimensionError(f"{name}: an exponent is a number, not {named(exponent_.unit)}",
                                 exponent_.unit, None, name)
        conversions[1] = _to_number(exponent_.unit)
        exponent_ = exponent_._values
    if conversions[1] is not None:
        exponent_ = conversions[1](exponent_)
    number = exponent_
    if isinstance(exponent_, Fraction):
        number = exponent_.numerator if exponent_.denominator == 1 else float(exponent_)
    if not isinstance(base, DimArray):
        return conversions, [base, number], (dimensionless,)
    unit = base.unit
    if unit == dimensionless:
        return conversions, [base._values, number], (dimensionless,)
    _refuse_points(name, (unit,))
    if np.ndim(exponent_) == 0:
        try:
            return conversions, [base._values, number], (power(unit, exponent_),)
        except DimensionError:
            raise
        except ValueError:
            if not unit.is_dimensionless:
                raise
    if not unit.is_dimensionless:
        raise DimensionError(f"{name}: the exponent of {named(unit)} is one number, as the unit of the result "
                             "depends on it", unit, None, name)
    conversions[0] = _to_number(unit)
    base = base._values if conversions[0] is None else conversions[0](base._values)
    return conversions, [base, number], (dimensionless,)


_KEEPS = {"add", "subtract", "maximum", "minimum", "fmax", "fmin", "hypot", "gcd", "lcm", "fmod", "remainder"}


def reduced_unit(name, rule, unit, count=None):
    """The unit of a ufunc's reduction over ``count`` elements (None: a different number for each result)."""
    if name in _KEEPS:
        if name not in _OF_POINTS:
            _refuse_points(f"{name}.reduce", (unit,))
        return None, unit
    if rule == "truth":
        _refuse_points(f"{name}.reduce", (unit,))
        return None, None
    if name == "multiply" and count is not None:
        _refuse_points("multiply.reduce", (unit,))
        return None, power(unit, count)
    if unit.is_dimensionless:
        return (_to_number(unit), None if rule == "compare" else dimensionless)
    raise DimensionError(f"numpy.{name} cannot reduce {named(unit)}: its result has no single unit", unit, None, name)


def _reduce(function, method, name, rule, inputs, outs, kwargs):
    array, *rest = inputs
    if not isinstance(array, DimArray):
        raise DimensionError(f"{name}.{method}: an array without a unit cannot be reduced with " + _listed(inputs),
                             None, None, name)
    count = None
    if method == "reduce" and kwargs.get("where", True) is True:
        count = reduced_count(array._values, kwargs.get("axis", rest[0] if rest else 0))
    if getattr(kwargs.get("initial"), "_error", None) is not None:
        raise UnitsError(f"numpy.{name}.{method} does not propagate the uncertainty of initial=; add it afterwards")
    conversion_, unit = reduced_unit(name, rule, array.unit, count)
    values = array._values if conversion_ is None else conversion_(array._values)
    if isinstance(kwargs.get("initial"), DimArray) or (
            "initial" in kwargs and kwargs["initial"] is not None and unit is not None):
        kwargs["initial"] = bare(kwargs["initial"], array.unit if name != "multiply" else dimensionless, name)
    if outs:
        kwargs["out"] = _out(name, outs[0], unit)
    result = getattr(function, method)(values, *rest, **kwargs)
    error = None
    if array._error is not None and unit is not None:
        from torsor.units import uncertainty

        error = uncertainty.reduced(name, method, array, rest, kwargs)
    return _finish(result, (unit,), outs, error)


def reduced_count(data, axis) -> int:
    """How many elements each result of a reduction over some axes is made of."""
    if axis is None:
        return data.size
    count = 1
    for k in axis if isinstance(axis, tuple) else (axis,):
        count *= data.shape[k]
    return count


def bare(x, unit, name):
    """The values of an operand in a unit.

    Raises
    ------
    DimensionError
        If it has another dimension.
    """
    found = _to(name, unit_of(x), unit)
    values = x._values if isinstance(x, DimArray) else x
    return values if found is None else found(values)


def bare_difference(x, own, name):
    """The values of an operand that is a difference between values in the unit ``own``."""
    found = _to_difference(name, unit_of(x), own.difference, own)
    values = x._values if isinstance(x, DimArray) else x
    return values if found is None else found(values)


def _at(function, name, rule, inputs):
    array, indices, *rest = inputs
    if not isinstance(array, DimArray):
        raise DimensionError(f"{name}.at: an array without a unit cannot take " + _listed(inputs), None, None, name)
    if any(isinstance(x, DimArray) and x._error is not None for x in inputs):
        raise UnitsError(f"numpy.{name}.at does not propagate uncertainties")
    rest = [_operand(name, x) for x in rest]
    if rule == "power":
        conversions, (_, *given), (unit,) = _powers(name, [array, *rest])
    else:
        conversions, (unit,), _ = plan(name, rule, (array.unit, *[unit_of(x) for x in rest]))
        given = [x if c is None else c(x) for c, x in zip(conversions[1:], _values(rest), strict=True)]
    if unit != array.unit or conversions[0] is not None:
        raise DimensionError(f"{name}.at would change some elements from {named(array.unit)} to {named(_unit(unit))}",
                             array.unit, unit, name)
    function.at(array._writable(), indices, *given)
