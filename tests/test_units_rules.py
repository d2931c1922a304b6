"""Units through element-wise operations: every row of the table by its rule, on base-unit magnitudes computed here.

Operators, indices and methods are test_units_arrays.py's; NumPy's other functions test_units_protocol.py's.
"""
import copy
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
import torsor.units as u
from operands import draws
from torsor._optable import OPS
from torsor.units import DIMENSIONLESS, DimArray, Dimension, DimensionError, Unit

ROWS = {op.name: op for op in OPS}
each_row = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)

#: Operations whose value depends on the unit that a number is written in: they round, or look at bits.
IN_THE_PRESENT_UNIT = {"floor", "ceil", "trunc", "rint", "modf", "spacing", "nextafter", "gcd", "lcm"}
#: The same for angles: what is given is in one unit, what comes back in another.
ANGLE_FUNCTIONS = {"to_degrees": (u.rad, u.deg), "to_radians": (u.deg, u.rad)}
#: What the functions of points on a scale (degC, dBm) may be.
OF_POINTS = {"maximum", "minimum", "fmax", "fmin", "clip", "positive", "conjugate", "floor", "ceil", "trunc", "rint",
             "nextafter", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isinf",
             "isfinite"}
#: Binary operations that make one quantity of the same unit out of many.
REDUCTIONS = {"add", "subtract", "maximum", "minimum", "fmax", "fmin", "hypot", "gcd", "lcm", "fmod", "remainder"}

LENGTHS = [(u.m, u.m, u.m), (u.m, u.km, u.inch), (u.mile, u.m, u.mm), (u.N / u.Pa / u.m, u.km, u.m)]
MIXED = [(u.m, u.s), (u.km, u.minute), (u.kg, u.m / u.s**2), (u.dimensionless, u.m), (u.percent, u.inch), (None, u.m),
         (u.m, None), (u.eV, u.eV)]
NUMBERS = [(u.dimensionless, u.dimensionless), (u.percent, u.ppm), (u.rad, None), (None, u.percent)]
ONE = [(u.m,), (u.km,), (u.m**2 / u.s,), (u.percent,), (u.deg,)]
#: Units of the inputs (None: a plain array), and of the results, by rule.
UNITS = {
    "same": LENGTHS, "compare": LENGTHS, "ratio": LENGTHS, "divmod": LENGTHS, "ratio_to_angle": LENGTHS,
    "product": MIXED, "quotient": MIXED,
    "product_sum": [(u.m, u.s, u.m * u.s), (u.km, u.m, u.m**2), (None, u.km, u.m), (u.percent, None, None)],
    "truth": [(u.m, u.s), (u.km, u.m), (u.percent, None)], "first": MIXED,
    "second": [(u.m, None), (u.m, u.percent), (None, u.percent), (u.s, u.dimensionless)],
    "square": ONE, "reciprocal": ONE, "sqrt": ONE, "rsqrt": ONE, "cbrt": ONE, "to_dimensionless": ONE,
    "dimensionless": NUMBERS, "mantissa": [(u.dimensionless,), (u.percent,), (u.deg,)],
    "angle": [(u.rad,), (u.deg,), (u.dimensionless,), (u.arcmin,), (u.percent,)],
    "to_angle": [(u.dimensionless,), (u.percent,)], "to_degrees": [(u.rad,), (u.deg,), (u.dimensionless,)],
    "to_radians": [(u.deg,), (u.rad,), (u.turn,)], "power": [(u.m, None)],
}
RESULTS = {
    "same": lambda a, *_: [a, a], "product": lambda a, b: [a * b], "quotient": lambda a, b: [a / b],
    "product_sum": lambda a, b, c: [a * b],
    "ratio": lambda *_: [u.dimensionless], "divmod": lambda a, b: [u.dimensionless, a],
    "square": lambda a: [a * a], "reciprocal": lambda a: [1 / a], "sqrt": lambda a: [a**0.5],
    "rsqrt": lambda a: [a**-0.5],
    "cbrt": lambda a: [a ** Fraction(1, 3)], "to_dimensionless": lambda a: [u.dimensionless],
    "dimensionless": lambda *_: [u.dimensionless], "mantissa": lambda a: [u.dimensionless, None],
    "first": lambda a, b: [a], "second": lambda a, b: [u.dimensionless], "compare": lambda *_: [None],
    "truth": lambda *_: [None], "angle": lambda a: [u.dimensionless], "to_angle": lambda a: [u.rad],
    "ratio_to_angle": lambda *_: [u.rad], "to_degrees": lambda a: [u.deg], "to_radians": lambda a: [u.rad],
    "power": lambda a, b: [a**2],
}
OF_NUMBERS = {"dimensionless", "mantissa", "angle", "to_angle", "to_degrees", "to_radians"}
TYPES = {"d": {"d", "dd", "ddd", "dq"}, "f": {"f", "ff", "fff", "fq"}, "q": {"q", "qq", "qqq"}, "D": {"D", "DD", "DDD"}}


def several(op, results):
    """The results of one call, a tuple in any case."""
    return results if op.nout > 1 else (results,)


def result_units(op, units):
    return RESULTS[op.units](*[u.dimensionless if unit is None else unit for unit in units])[: op.nout]


def function_of(op):
    """NumPy's function, or torsor's where NumPy has none."""
    return getattr(np, op.name, None) or getattr(torsor, op.name)


def has_type(op, kind):
    return any(ins in TYPES[kind] for ins, _ in op.signatures)


def inputs_of(op, kind="d", shape=(2, 3), seed=0):
    """Random plain inputs of a row, of doubles where it has them."""
    ins = next(ins for ins, _ in op.signatures if ins in TYPES[kind if has_type(op, kind) else "q"])
    rng = np.random.default_rng(seed)
    return [draws(op, code, shape, rng) + (0 if code not in "qi" or op.name == "ldexp" else 1) for code in ins]


def with_units(values, units):
    return [x if unit is None else DimArray(x, unit) for x, unit in zip(values, units)]


def scale(unit):
    return 1.0 if unit is None else unit.scale


def is_integral(op):
    return not has_type(op, "d")


def cases():
    for op in OPS:
        for units in UNITS[op.units]:
            units = units[: op.nin] if op.units != "power" else units
            if op.name == "ldexp":
                units = (units[0], None)
            if is_integral(op):
                units = tuple(u.dimensionless if op.units == "dimensionless" else units[0] for _ in units)
            if any(unit is not None for unit in units):
                yield op, units


def expected(op, values, units):
    """Plain values of the results, and the unit that each is in, computed without any rule of torsor's."""
    function = function_of(op)
    results = result_units(op, units)
    if op.units in ANGLE_FUNCTIONS:
        start, end = ANGLE_FUNCTIONS[op.units]
        return [(function(values[0] * (scale(units[0]) / start.scale)), end)]
    if op.name in IN_THE_PRESENT_UNIT:
        found = function(*[x if unit is units[0] else x * (scale(unit) / scale(units[0]))
                           for x, unit in zip(values, units)])
        return list(zip(several(op, found), results))
    linear = op.name in ("ldexp", "heaviside", "copysign")
    found = function(*[x if is_integral(op) or (linear and k and unit is None) else x * scale(unit)
                       for k, (x, unit) in enumerate(zip(values, units))])
    return [(value if unit is None or is_integral(op) else value / unit.scale, unit)
            for value, unit in zip(several(op, found), results)]


def agree(result, value, unit, rtol=1e-12, atol=1e-300):
    """Assert that a result has the values, and is in the unit or plain."""
    if unit is None:
        assert not isinstance(result, DimArray)
        np.testing.assert_array_equal(np.asarray(result), value)
        return
    assert type(result) is DimArray
    assert result.unit == unit and str(result.unit) == str(unit), f"{result.unit} for {unit}"
    assert result.shape == np.shape(value)
    np.testing.assert_allclose(result.magnitude(), value, rtol=rtol, atol=atol)
    if unit.is_linear:
        np.testing.assert_allclose(result.to_base_units().magnitude(), np.asarray(value) * unit.scale, rtol=rtol,
                                   atol=atol * unit.scale)


def raises(operation, *units, error=DimensionError):
    """A context in which an error names the operation and the units."""
    return pytest.raises(error, match="".join(f"(?=[^\0]*{_literal(x)})" for x in (
        operation, *[f"'{unit}'" for unit in units])))


def _literal(text):
    return "".join(f"\\{c}" if c in ".*+?()[]{}|^$\\/" else c for c in text)


# ---------------------------------------------------------------------------------------- rule by rule

def test_every_rule_of_the_table_is_told_here():
    assert {op.units for op in OPS} == set(UNITS) == set(RESULTS)


@pytest.mark.parametrize("op, units", [pytest.param(*case, id=f"{case[0].name}-{'-'.join(map(str, case[1]))}")
                                       for case in cases() if case[0].units != "power"])
def test_values_and_units(op, units):
    values = inputs_of(op)
    if op.units in OF_NUMBERS and not is_integral(op):
        values = [x / scale(unit) for x, unit in zip(values, units)]
    atol = 1e-12 if op.name in ("remainder", "fmod", "divmod") else 1e-300
    results = several(op, function_of(op)(*with_units(values, units)))
    for result, (value, unit) in zip(results, expected(op, values, units), strict=True):
        agree(result, value, unit, atol=atol)


@each_row
def test_torsors_own_functions_do_the_same(op):
    units = next(units for row, units in cases() if row is op)
    operands = with_units(inputs_of(op), units)
    if op.units == "power":
        operands[1] = 2
    for mine, its in zip(several(op, getattr(torsor, op.name)(*operands)), several(op, function_of(op)(*operands))):
        assert type(mine) is type(its) and repr(mine) == repr(its)


@pytest.mark.parametrize("op, kind", [pytest.param(op, kind, id=f"{op.name}-{kind}")
                                      for op in OPS for kind in "fDq" if has_type(op, kind)])
def test_types_are_numpys(op, kind):
    """The same unit twice: no conversion, so that the type is the one that NumPy gives."""
    values = inputs_of(op, kind)
    unit = u.dimensionless if op.units in OF_NUMBERS else u.km
    other = None if op.name in ("heaviside", "ldexp", "power", "float_power", "multiply_add") else unit
    units = (unit, other, unit)[: op.nin]
    if op.units == "power":
        values[1] = 2
    if op.units == "to_radians":
        units = (u.deg,)
    with np.errstate(all="ignore"):
        results, plain = function_of(op)(*with_units(values, units)), function_of(op)(*values)
    for result, value in zip(several(op, results), several(op, plain)):
        assert result.dtype == value.dtype and result.shape == value.shape


@each_row
def test_scalars_and_empty_arrays(op):
    units = next(units for row, units in cases() if row is op)
    function = function_of(op)
    for shape in ((), (0,), (3, 0)):
        values = inputs_of(op, shape=shape)
        if op.units == "power":
            values[1] = 2
        operands = with_units(values, units)
        for part, unit in zip(several(op, function(*operands)), result_units(op, units), strict=True):
            assert getattr(part, "unit", None) == unit and np.shape(part) == shape


POWERS = [2, 3, -1, 0, 1, 0.5, -1.5, Fraction(1, 3), np.float64(2), np.int8(3), np.array(2), True, 1 / 3]


@pytest.mark.parametrize("exponent", POWERS, ids=repr)
@pytest.mark.parametrize("function", [np.power, np.float_power], ids=lambda f: f.__name__)
@pytest.mark.parametrize("unit", [u.m, u.km, u.percent, u.m / u.s, u.dimensionless], ids=str)
def test_power(function, unit, exponent):
    x = np.array([[0.5, 2.0], [3.0, 0.25]])
    result = function(DimArray(x, unit), exponent)
    number = float(exponent)
    assert result.unit == unit ** Fraction(number).limit_denominator(64)
    np.testing.assert_allclose(result.to_base_units().magnitude(), (x * unit.scale) ** number, rtol=1e-12)


@pytest.mark.parametrize("function", [np.power, np.float_power], ids=lambda f: f.__name__)
def test_power_of_numbers(function):
    x = np.array([2.0, 3.0])
    agree(function(2.0, DimArray([50.0, 200.0], u.percent)), 2.0 ** np.array([0.5, 2.0]), u.dimensionless)
    agree(function(DimArray(x, u.percent), [1.0, 2.0]), (x / 100) ** np.array([1.0, 2.0]), u.dimensionless)
    agree(function(DimArray(x, u.percent), 0.123), (x / 100) ** 0.123, u.dimensionless)
    agree(function(DimArray(x, u.m), DimArray(200.0, u.percent)), x**2, u.m**2)
    agree(function(DimArray(x, u.m), DimArray(2, u.dimensionless)), x**2, u.m**2)


def test_power_of_a_plain_number_is_numpys():
    x = DimArray([2, 3], u.dimensionless)
    assert (x**2).dtype == np.int64 and (x**1001).dtype == np.int64
    agree(DimArray([2.0], u.dimensionless) ** 1j, np.array([2.0]) ** 1j, u.dimensionless)
    with pytest.raises(ValueError, match="negative integer powers"):
        DimArray([1, 2], u.m) ** -1


@pytest.mark.parametrize("exponent, error", [
    (np.nan, ValueError), (np.inf, ValueError), (0.1234567, ValueError), (10**9, ValueError), (-10**9, ValueError),
    (1e300, ValueError), (10**400, ValueError), (None, TypeError), ("2", TypeError), (1j, TypeError),
    ([1, 2], DimensionError), (np.array([2.0, 2.0]), DimensionError), (DimArray(1.0, u.m), DimensionError),
    (DimArray([2.0, 2.0], u.dimensionless), DimensionError),
], ids=repr)
def test_exponents_that_make_no_unit(exponent, error):
    x = DimArray([1.0, 2.0], u.m)
    with pytest.raises(error):
        x**exponent
    with pytest.raises(error):
        np.power(x, exponent)
    with pytest.raises(error):
        x **= exponent
    assert x.unit is u.m and x.magnitude().tolist() == [1.0, 2.0]


def test_huge_exponents_are_refused_at_once():
    for exponent in (10**9, 10**9 + 0.5, Fraction(10**9), -(10**9), 10**4000):
        for base in (u.km, u.percent, DimArray([2.0], u.km)):
            with pytest.raises((ValueError, OverflowError)):
                base**exponent


# ---------------------------------------------------------------------------------------- zeros, infinities, NaN

ANY = [0, 0.0, -0.0, np.float32(0), np.int8(0), np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("op", [op for op in OPS if op.units in ("same", "compare", "ratio", "divmod", "ratio_to_angle")
                                and op.nin == 2 and not is_integral(op)], ids=lambda op: op.name)
@pytest.mark.parametrize("number", ANY, ids=repr)
def test_numbers_that_are_the_same_in_every_unit(op, number):
    x = np.array([1.5, -2.0, 0.0])
    unit = RESULTS[op.units](u.km, u.km)[: op.nout]
    with np.errstate(all="ignore"):
        for result, plain in ((function_of(op)(DimArray(x, u.km), number), function_of(op)(x, number)),
                              (function_of(op)(number, DimArray(x, u.km)), function_of(op)(number, x))):
            for part, value, unit_ in zip(several(op, result), several(op, plain), unit):
                assert np.array_equal(np.asarray(getattr(part, "data", part)), value, equal_nan=True)
                assert getattr(part, "unit", None) is unit_ or part.unit == unit_


@pytest.mark.parametrize("number", [1, 2.5, np.zeros(3), np.array(0.0), [0, 0, 0], True, 1j], ids=repr)
def test_other_plain_numbers_have_no_unit(number):
    x = DimArray([1.0, 2.0, 3.0], u.km)
    for function in (np.add, np.subtract, np.maximum, np.less, np.hypot):
        for operands in ((x, number), (number, x)):
            with raises(function.__name__, u.km):
                function(*operands)


# ---------------------------------------------------------------------------------------- what is refused

def refusals():
    for op in OPS:
        if op.units in ("same", "compare", "ratio", "divmod", "ratio_to_angle") and op.nin > 1:
            if op.name in ("equal", "not_equal"):
                continue
            for units in ((u.m, u.s, u.m), (u.kg, u.km, u.km), (u.m, None, u.m), (u.percent, u.m, u.m)):
                yield op, units[: op.nin], [unit for unit in units[: op.nin] if unit is not None]
        elif op.units in OF_NUMBERS:
            yield op, (u.m,) * op.nin, [u.m]
            yield op, (u.kg * u.m / u.s,) * op.nin, [u.kg * u.m / u.s]
            if op.nin > 1:
                yield op, (None, u.m), [u.m]
        elif op.units == "second":
            yield op, (u.m, u.m), [u.m]
        elif op.units == "power":
            yield op, (None, u.m), [u.m]
            yield op, (u.m, u.m), [u.m]


@pytest.mark.parametrize("op, units, named", [pytest.param(*case, id=f"{case[0].name}-{'-'.join(map(str, case[1]))}")
                                              for case in refusals()])
def test_refusals_name_the_function_and_the_units(op, units, named):
    operands = with_units(inputs_of(op), units)
    outs = tuple(DimArray(np.full((2, 3), 7.0), u.kg) for _ in range(op.nout))
    before = copy.deepcopy((operands, outs))
    with raises(op.name, *named):
        function_of(op)(*operands)
    with raises(op.name, *named):
        function_of(op)(*operands, out=outs)
    if op.nin == 2 and op.nout == 1:
        with raises(op.name, *named):
            function_of(op).outer(*operands)
    assert repr(before) == repr((operands, outs))


def test_errors_hold_the_operands_in_their_order():
    x, y = DimArray([1.0], u.m), DimArray([2.0], u.s)
    for function in (np.add, np.subtract, np.less, np.maximum, np.remainder, np.arctan2):
        with raises(function.__name__, u.m, u.s) as caught:
            function(x, y)
        assert (caught.value.left, caught.value.right) == (u.m, u.s)
        assert str(caught.value).index("'m'") < str(caught.value).index("'s'")


@pytest.mark.parametrize("name, left, right", [("add", u.degC, u.m), ("add", u.m, u.degC), ("subtract", u.degC, u.m),
                                               ("add", u.dBm, u.W), ("subtract", u.dBm, u.V)], ids=str)
def test_errors_name_the_units_that_were_given(name, left, right):
    with raises(name, left, right):
        getattr(np, name)(DimArray([1.0], left), DimArray([1.0], right))


def test_ufuncs_without_a_rule_are_refused():
    with raises("isnat", u.m):
        np.isnat(DimArray([1.0], u.m))
    custom = np.frompyfunc(lambda x: x, 1, 1)
    with pytest.raises(DimensionError, match="'m'"):
        custom(DimArray([1.0], u.m))


@pytest.mark.parametrize("other", [None, "a", object(), {}, [object()], "m"], ids=repr)
def test_operands_that_are_no_numbers(other):
    x = DimArray([1.0, 2.0], u.m)
    for function in (np.add, np.multiply, np.less, np.power):
        with pytest.raises(TypeError):
            function(x, other)
        with pytest.raises(TypeError):
            function(other, x)
    assert repr(x) == "DimArray([1., 2.], 'm')"


def test_equality_of_different_dimensions():
    x, y = DimArray([1.0, 2.0], u.m), DimArray([1.0, 2.0], u.s)
    for plain in (y, np.array([1.0, 2.0]), 1.0, DimArray(1.0, u.s)):
        assert np.equal(x, plain).tolist() == [False, False] and np.not_equal(plain, x).tolist() == [True, True]
    assert np.equal(DimArray(1.0, u.m), DimArray(1.0, u.s)) is np.False_
    assert np.equal.outer(x, DimArray([1.0, 2.0, 3.0], u.s)).tolist() == [[False] * 3] * 2
    assert np.not_equal.outer(x, DimArray([1.0, 2.0, 3.0], u.s)).tolist() == [[True] * 3] * 2
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        np.equal(x, DimArray([1.0, 2.0, 3.0], u.s))


# ---------------------------------------------------------------------------------------- points, levels, angles

@each_row
@pytest.mark.parametrize("unit", [u.degC, u.dBm], ids=str)
def test_points_on_a_scale(op, unit):
    """20 °C has no double, no sign and no sine; it has a place among the others."""
    operands = with_units(inputs_of(op), (unit,) * op.nin)
    if op.name in ("ldexp", "heaviside", "power", "float_power"):
        operands[1] = 2 if op.name != "heaviside" else 0.5
    if op.name in OF_POINTS:
        result = function_of(op)(*operands)
        assert result.unit is unit if op.units == "same" else not isinstance(result, DimArray)
        np.testing.assert_array_equal(getattr(result, "data", result), function_of(op)(*[x.data for x in operands]))
    elif op.name == "subtract":
        assert np.subtract(*operands).unit == unit.difference
    elif is_integral(op) and op.units == "same":
        with pytest.raises(DimensionError):
            function_of(op)(*operands)
    else:
        with raises(op.name if op.name != "add" else "add", unit):
            function_of(op)(*operands)


def test_temperatures():
    celsius, kelvin = DimArray([20.0, -40.0], u.degC), DimArray([293.15, 233.15], u.K)
    fahrenheit = DimArray([68.0, -40.0], u.degF)
    for x in (celsius, fahrenheit, kelvin):
        for y in (celsius, fahrenheit, kelvin):
            assert np.abs(x.to(u.K).data - y.to(u.K).data).max() < 1e-12
            np.testing.assert_allclose(np.maximum(x, y).to(u.K).data, kelvin.data, rtol=1e-14)
    agree(np.subtract(celsius, fahrenheit), np.zeros(2), u.degC.difference)
    warmer = np.add(celsius, DimArray([9.0, 18.0], u.delta_degF))
    assert warmer.unit is u.degC
    np.testing.assert_allclose(warmer.data, [25.0, -30.0], rtol=1e-14)
    agree(np.add(DimArray([1.0], u.K), DimArray([20.0], u.degC)), [21.0], u.degC)
    agree(np.subtract(celsius, DimArray(1.0, u.delta_degC)), [19.0, -41.0], u.degC)
    agree(celsius - celsius[0], [0.0, -60.0], u.degC.difference)
    for refused in (lambda: np.add(celsius, celsius), lambda: celsius + 1, lambda: celsius - 0, lambda: 1 - celsius,
                    lambda: DimArray(1.0, u.delta_degC) - celsius, lambda: celsius < 0, lambda: np.sum(celsius),
                    lambda: celsius * DimArray(1.0, u.m), lambda: celsius / celsius):
        with pytest.raises(DimensionError, match=r"'Δ?°C'"):
            refused()


def test_levels():
    power, gain = DimArray([10.0, 20.0], u.dBm), DimArray([3.0, -3.0], u.dB)
    agree(power + gain, [13.0, 17.0], u.dBm)
    agree(power - DimArray(-10.0, u.dBW), [-10.0, 0.0], u.dB)
    agree(np.subtract(gain, gain), [0.0, 0.0], u.dB)
    agree(gain * 2, [6.0, -6.0], u.dB)
    agree(2.0 * gain, [6.0, -6.0], u.dB)
    agree(gain / 2, [1.5, -1.5], u.dB)
    agree(gain * DimArray(2.0, u.dimensionless), [6.0, -6.0], u.dB)
    agree(-gain, [-3.0, 3.0], u.dB)
    np.testing.assert_allclose(power.to(u.W).data, [0.01, 0.1], rtol=1e-14)
    np.testing.assert_allclose(DimArray([1.0], u.mW).to(u.dBm).data, [0.0], atol=1e-14)
    np.testing.assert_allclose(gain.to(u.dimensionless).data, 10 ** np.array([0.3, -0.3]), rtol=1e-14)
    np.testing.assert_allclose(DimArray([1.0], u.Np).to(u.dB).data, [20 / np.log(10)], rtol=1e-14)
    np.testing.assert_allclose(DimArray([120.0], u.dBuV).to(u.V).data, [1.0], rtol=1e-14)
    one, metre, watt = DimArray(1.0, u.dimensionless), DimArray(1.0, u.m), DimArray(1.0, u.W)
    for refused in (lambda: gain + 1, lambda: power + watt, lambda: power + power, lambda: gain * gain, lambda: gain**2,
                    lambda: np.square(gain), lambda: gain**0.5, lambda: np.sqrt(gain), lambda: 2 / gain,
                    lambda: gain * metre, lambda: power * 2, lambda: gain < one):
        with pytest.raises(DimensionError, match=r"'dBm?'"):
            refused()


@pytest.mark.parametrize("x, y, quotient, rest", [
    (DimArray([1.0, 7.0], u.km), DimArray(1.0, u.m), [1000.0, 7000.0], [0.0, 0.0]),
    (DimArray([1.0, 2.0], u.hour), DimArray(7.0, u.minute), [8.0, 17.0], [4.0, 1.0]),
    (DimArray([1.0], u.m), DimArray(10.0, u.cm), [10.0], [0.0]),
    (DimArray([7], u.km), DimArray([2], u.m), [3500], [0]),
])
def test_whole_quotients_of_whole_multiples_are_exact(x, y, quotient, rest):
    """1 km // 1 m is 1000, although 1 m is no binary fraction of a kilometre."""
    agree(x // y, quotient, u.dimensionless)
    np.testing.assert_allclose((x % y).to(y.unit).data, rest, atol=1e-12)
    whole, left = divmod(x, y)
    agree(whole, quotient, u.dimensionless)
    np.testing.assert_allclose(left.to(y.unit).data, rest, atol=1e-12)


def test_angles():
    agree(np.sin(DimArray([0.0, 30.0, 90.0], u.deg)), np.sin(np.radians([0.0, 30.0, 90.0])), u.dimensionless)
    agree(np.cos(DimArray([0.5], u.turn)), [-1.0], u.dimensionless)
    agree(np.degrees(DimArray([np.pi], u.rad)), [180.0], u.deg)
    agree(np.rad2deg(DimArray([0.5], u.turn)), [180.0], u.deg)
    agree(np.radians(DimArray([180.0], u.deg)), [np.pi], u.rad)
    agree(np.deg2rad(DimArray([0.5], u.turn)), [np.pi], u.rad)
    agree(np.arctan2(DimArray([1.0], u.m), DimArray([100.0], u.cm)), [np.pi / 4], u.rad)
    agree(np.arcsin(DimArray([100.0], u.percent)), [np.pi / 2], u.rad)
    agree(np.arcsin(np.sin(DimArray([30.0], u.deg))).to(u.deg), [30.0], u.deg)


# ---------------------------------------------------------------------------------------- change of units

#: Scales that are powers of two: conversions are exact, and nothing that depends on a last bit can differ.
def scaled_units(dimension):
    return st.integers(-20, 20).map(lambda k: Unit(f"x{k}", dimension, 2.0**k))


def same_quantities(mine, its):
    if not isinstance(its, DimArray):
        assert not isinstance(mine, DimArray)
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(its))
        return
    assert mine.dimension is its.dimension
    np.testing.assert_allclose(mine.to_base_units().data, its.to_base_units().data, rtol=1e-13, atol=1e-300)


INVARIANT = [op for op in OPS if op.name not in IN_THE_PRESENT_UNIT and not is_integral(op) and op.units != "power"]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), op=st.sampled_from(INVARIANT), seed=st.integers(0, 1000))
def test_no_result_depends_on_the_unit_that_operands_are_written_in(data, op, seed):
    free = op.units in ("same", "compare", "ratio", "divmod", "ratio_to_angle", "product", "quotient", "square", "sqrt",
                        "rsqrt", "reciprocal", "cbrt", "to_dimensionless", "truth", "first", "second")
    dimension = Dimension(length=1, time=-2) if free else DIMENSIONLESS
    dimensions = [DIMENSIONLESS if op.units == "second" and k else dimension for k in range(op.nin)]
    values = inputs_of(op, seed=seed)
    start = [DimArray(x, data.draw(scaled_units(d))) for x, d in zip(values, dimensions)]
    end = [x.to(data.draw(scaled_units(d))) for x, d in zip(start, dimensions)]
    if op.name == "ldexp":
        start[1] = end[1] = values[1]
    with np.errstate(all="ignore"):
        mine, its = function_of(op)(*end), function_of(op)(*start)
    for a, b in zip(several(op, mine), several(op, its)):
        same_quantities(a, b)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), power=st.sampled_from([2, 3, -1, 0.5, Fraction(2, 3), 0]), seed=st.integers(0, 1000))
def test_no_power_depends_on_the_unit_of_its_base(data, power, seed):
    x = DimArray(inputs_of(ROWS["power"], seed=seed)[0], data.draw(scaled_units(Dimension(mass=1))))
    same_quantities(x.to(data.draw(scaled_units(Dimension(mass=1)))) ** power, x**power)


CATALOGUE = [(u.m, u.km, u.inch, u.mile, u.nmi, u.angstrom, u.au), (u.s, u.minute, u.hour, u.day, u.ns, u.year),
             (u.J, u.eV, u.kWh, u.cal, u.erg if hasattr(u, "erg") else u.J), (u.percent, u.ppm, u.dimensionless)]


@settings(max_examples=100, deadline=None)
@given(units=st.sampled_from(CATALOGUE).flatmap(lambda group: st.tuples(*[st.sampled_from(group)] * 4)),
       name=st.sampled_from(["add", "subtract", "multiply", "divide", "hypot", "maximum", "arctan2", "copysign"]),
       x=st.floats(0.5, 1e3), y=st.floats(0.5, 1e3))
def test_no_result_depends_on_the_catalogues_units_either(units, name, x, y):
    a, b = DimArray([x], units[0]), DimArray([y], units[1])
    mine = getattr(np, name)(a.to(units[2]), b.to(units[3])).to_base_units()
    its = getattr(np, name)(a, b).to_base_units()
    assert mine.dimension is its.dimension
    size = abs(a.to_base_units().data) + abs(b.to_base_units().data) if name == "subtract" else abs(its.data)
    assert abs(mine.data - its.data) <= 1e-12 * size


@settings(max_examples=200, deadline=None)
@given(st.integers(-10**6, 10**6), st.sampled_from([(u.km, u.m), (u.hour, u.minute), (u.m, u.cm), (u.mile, u.inch),
                                                    (u.day, u.s), (u.kg, u.g), (u.foot, u.inch)]))
def test_multiples_divide_without_a_rest(count, units):
    a, b = units
    x, y = DimArray(float(count), a), DimArray(1.0, b)
    ratio = round(a.scale / b.scale)
    assert (x // y).data == count * ratio and (x % y).data == 0.0 and np.fmod(x, y).data == 0.0
    assert (DimArray(float(count * ratio), b) // DimArray(1.0, a)).data == count


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e3), st.sampled_from([u.m, u.km, u.inch, u.mile]),
       st.sampled_from([u.m, u.km, u.inch, u.mile]))
def test_quotient_and_rest_make_the_dividend(a, b, first, second):
    x, y = DimArray(a, first), DimArray(b, second)
    whole, rest = divmod(x, y)
    tolerance = 1e-12 * (abs(x.to(u.m).data) + abs(y.to(u.m).data))
    assert abs((whole * y + rest - x).to(u.m).data) <= tolerance and rest.unit is first
    assert -tolerance <= rest.to(u.m).data <= y.to(u.m).data + tolerance and float(whole) == round(float(whole))


LEAVES = {"L": (u.m, u.km, u.inch), "M": (u.kg, u.g, u.lb), "T": (u.s, u.hour, u.ms)}


def expressions(depth):
    """Pairs of a quantity and its magnitude in SI units, made by the same operations."""
    leaf = st.builds(lambda x, unit: (DimArray(x, unit), x * unit.scale), st.floats(0.5, 2.0),
                     st.sampled_from([unit for group in LEAVES.values() for unit in group]))
    if depth == 0:
        return leaf
    inner = expressions(depth - 1)
    return st.one_of(
        leaf, st.builds(lambda a, b: (a[0] * b[0], a[1] * b[1]), inner, inner),
        st.builds(lambda a, b: (a[0] / b[0], a[1] / b[1]), inner, inner),
        st.builds(lambda a, b: (a[0] + b[0] / b[0].unit * a[0].unit, a[1] + b[1] / b[0].unit.scale * a[0].unit.scale),
                  inner, inner),
        st.builds(lambda a, k: (k * a[0], k * a[1]), inner, st.floats(0.5, 2.0)),
        st.builds(lambda a, p: (a[0] ** p, a[1] ** p), inner, st.sampled_from([2, 0.5, -1, Fraction(1, 3)])),
        st.builds(lambda a: (np.hypot(a[0], a[0].to_base_units()), np.hypot(a[1], a[1])), inner),
        st.builds(lambda a: (np.sqrt(a[0]), np.sqrt(a[1])), inner),
    )


@settings(max_examples=300, deadline=None)
@given(expressions(4))
def test_expressions(pair):
    quantity, magnitude = pair
    assert quantity.to_base_units().data == pytest.approx(float(magnitude), rel=1e-11, abs=0)


# ---------------------------------------------------------------------------------------- methods of ufuncs

BINARY = [op for op in OPS if op.nin == 2 and op.nout == 1]
each_binary = pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)


def values_for(op):
    return np.array([[6, 4, 2], [9, 3, 5]]) if is_integral(op) else np.array([[0.5, 2.0, 0.25], [1.5, 0.75, 3.0]])


def plain_or_error(call):
    try:
        with np.errstate(all="ignore"):
            return call()
    except Exception as error:
        return error


@each_binary
def test_reduce(op):
    function, values = function_of(op), values_for(op)
    for options in ({}, {"axis": 1}, {"axis": None}, {"axis": -1, "keepdims": True}):
        plain = plain_or_error(lambda options=options: function.reduce(values, **options))
        array = DimArray(values, u.km)
        if isinstance(plain, Exception):
            with pytest.raises((type(plain), DimensionError)):
                function.reduce(array, **options)
        elif op.name in REDUCTIONS:
            agree(function.reduce(array, **options), plain, u.km)
        elif op.name == "multiply":
            count = values.size // np.size(plain)
            agree(function.reduce(array, **options), plain, u.km**count)
        elif op.units == "truth":
            agree(function.reduce(array, **options), plain, None)
        else:
            with raises(op.name, u.km):
                function.reduce(array, **options)


@each_binary
@pytest.mark.parametrize("method", ["accumulate", "reduceat"])
def test_accumulate_and_reduceat(op, method):
    function, values = function_of(op), values_for(op)
    more = ([0, 1],) if method == "reduceat" else ()
    for options in ({}, {"axis": 1}):
        call = getattr(function, method)
        plain = plain_or_error(lambda call=call, options=options: call(values, *more, **options))
        if isinstance(plain, Exception):
            with pytest.raises((type(plain), DimensionError)):
                call(DimArray(values, u.km), *more, **options)
        elif op.name in REDUCTIONS:
            agree(call(DimArray(values, u.km), *more, **options), plain, u.km)
        elif op.units == "truth":
            agree(call(DimArray(values, u.km), *more, **options), plain, None)
        else:
            with raises(op.name, u.km):
                call(DimArray(values, u.km), *more, **options)


@each_binary
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_reductions_of_numbers(op, method):
    """Of percentages: as of the numbers that they are."""
    unit = u.dimensionless if is_integral(op) else u.percent
    values = values_for(op)
    call = getattr(function_of(op), method)
    plain = plain_or_error(lambda: call(values * unit.scale if unit is u.percent else values))
    if isinstance(plain, Exception):
        with pytest.raises(type(plain)):
            call(DimArray(values, unit))
        return
    result = call(DimArray(values, unit))
    result = result.to(u.dimensionless).data if isinstance(result, DimArray) else result
    np.testing.assert_allclose(result, plain, rtol=1e-13)


def test_reductions_with_initial_values():
    x = DimArray([1.0, 2.0], u.m)
    agree(np.add.reduce(x, initial=DimArray(1.0, u.km)), 1003.0, u.m)
    agree(np.add.reduce(x, initial=0), 3.0, u.m)
    agree(np.add.reduce(x[:0]), 0.0, u.m)
    agree(np.maximum.reduce(x, initial=DimArray(1.0, u.km)), 1000.0, u.m)
    agree(np.maximum.reduce(x, initial=-np.inf), 2.0, u.m)
    agree(np.multiply.reduce(x, initial=3.0), 6.0, u.m**2)
    agree(np.multiply.reduce(x[:0]), 1.0, u.dimensionless)
    agree(np.add.reduce(x, where=[True, False], initial=0), 1.0, u.m)
    metre, second = DimArray(1.0, u.m), DimArray(1.0, u.s)
    for refused in (lambda: np.add.reduce(x, initial=1), lambda: np.add.reduce(x, initial=second),
                    lambda: np.maximum.reduce(x, initial=5.0), lambda: np.multiply.reduce(x, initial=metre),
                    lambda: np.multiply.reduce(x, where=[True, False]), lambda: np.multiply.accumulate(x)):
        with pytest.raises(DimensionError, match=r"'m'|'s'"):
            refused()


def test_reductions_of_points():
    x = DimArray([20.0, 30.0], u.degC)
    agree(np.maximum.reduce(x), 30.0, u.degC)
    agree(np.minimum.reduce(x, initial=DimArray(0.0, u.K)), -273.15, u.degC)
    for function in (np.add, np.multiply, np.subtract, np.hypot, np.logical_and, np.logical_or):
        with raises(function.__name__, u.degC):
            function.reduce(x)


@each_binary
def test_outer(op):
    units = next(units for row, units in cases() if row is op)
    values = inputs_of(op, shape=(3,))
    if op.units == "power":
        result = function_of(op).outer(DimArray(values[0], u.m), 2)
        agree(result, values[0] ** 2, u.m**2)
        return
    grid = [np.broadcast_to(x, (3, 3)) for x in (values[0][:, None], values[1])]
    (value, unit), = expected(op, grid, units)
    agree(function_of(op).outer(*with_units(values, units)), value, unit)


@pytest.mark.parametrize("name, other, then", [
    ("add", DimArray(1.0, u.km), [1001.0, 2.0, 1003.0]), ("add", 0, [1.0, 2.0, 3.0]),
    ("subtract", DimArray([1.0, 3.0], u.m), [0.0, 2.0, 0.0]), ("multiply", 2.0, [2.0, 2.0, 6.0]),
    ("maximum", DimArray(1.0, u.km), [1000.0, 2.0, 1000.0]), ("power", 1, [1.0, 2.0, 3.0]),
    ("copysign", -1.0, [-1.0, 2.0, -3.0]),
])
def test_at(name, other, then):
    x = DimArray([1.0, 2.0, 3.0], u.m)
    getattr(np, name).at(x, [0, 2], other)
    agree(x, then, u.m)


def test_at_works_on_an_element_as_often_as_its_index_comes():
    x = DimArray([1.0, 2.0], u.m)
    np.add.at(x, [0, 0, 0], DimArray(1.0, u.km))
    agree(x, [3001.0, 2.0], u.m)


def test_at_without_another_operand():
    x = DimArray([1.0, -2.0], u.m)
    np.negative.at(x, [0])
    np.absolute.at(x, [1])
    agree(x, [-1.0, 2.0], u.m)
    y = DimArray([1.0, 4.0], u.dimensionless)
    np.sqrt.at(y, [1])
    np.power.at(y, [1], 3)
    agree(y, [1.0, 8.0], u.dimensionless)


def test_at_never_changes_the_unit_of_some_elements():
    x = DimArray([1.0, 2.0], u.m)
    for call in (lambda: np.multiply.at(x, [0], DimArray(2.0, u.s)), lambda: np.sqrt.at(x, [0]),
                 lambda: np.divide.at(x, [0], DimArray(200.0, u.percent)),
                 lambda: np.square.at(x, [0]), lambda: np.power.at(x, [0], 2), lambda: np.sign.at(x, [0]),
                 lambda: np.add.at(x, [0], DimArray(1.0, u.s)), lambda: np.add.at(x, [0], 1.0),
                 lambda: np.sin.at(x, [0]), lambda: np.add.at(np.zeros(2), [0], DimArray(1.0, u.m)),
                 lambda: np.equal.at(x, [0], DimArray(1.0, u.m))):
        with pytest.raises(DimensionError, match="'m'"):
            call()
    assert x.data.tolist() == [1.0, 2.0]
    temperature = DimArray([20.0], u.degC)
    with raises("subtract", u.degC):
        np.subtract.at(temperature, [0], DimArray(1.0, u.degC))


# ---------------------------------------------------------------------------------------- out= and where=

def test_out_takes_the_unit_of_the_result():
    x, y, out = DimArray([1.0, 2.0], u.m), DimArray([1.0, 2.0], u.km), DimArray([7.0, 8.0], u.kg)
    result = np.add(x, y, out=out)
    assert result is out
    agree(out, [1001.0, 2002.0], u.m)
    np.multiply(x, y, out=(out,))
    agree(out, [1.0, 4.0], u.m * u.km)
    memory = out.data
    np.square(x, out=out)
    assert np.shares_memory(out.data, memory)
    agree(out, [1.0, 4.0], u.m**2)
    parts = DimArray([0.0, 0.0], u.s), DimArray([0.0, 0.0], u.s)
    first, second = np.divmod(DimArray([7.0, 9.0], u.m), DimArray([2.0, 4.0], u.m), out=parts)
    assert first is parts[0] and second is parts[1]
    agree(first, [3.0, 2.0], u.dimensionless)
    agree(second, [1.0, 1.0], u.m)
    fraction = DimArray([0.0, 0.0], u.s)
    np.modf(x / 4, out=(fraction, None))
    agree(fraction, [0.25, 0.5], u.m)


def test_out_that_cannot_hold_a_unit():
    x, plain = DimArray([1.0, 2.0], u.m), np.array([7.0, 8.0])
    for call in (lambda: np.add(x, x, out=plain), lambda: np.multiply(x, x, out=plain),
                 lambda: np.add.reduce(x, keepdims=True, out=plain[:1]), lambda: np.add.accumulate(x, out=plain),
                 lambda: np.negative(x, out=plain)):
        with pytest.raises(DimensionError, match=r"'m²?'"):
            call()
    bools = DimArray([True, False], u.m)
    with raises("less", u.m):
        np.less(x, x, out=bools)
    np.less(x, 0, out=np.array([True, True]))
    numbers = np.zeros(2)
    np.divide(x, x, out=numbers)
    np.arctan2(x, x, out=numbers)
    np.testing.assert_allclose(numbers, [np.pi / 4] * 2)
    with pytest.raises(DimensionError, match="'%'"):
        np.add(DimArray([1.0, 1.0], u.percent), DimArray([1.0, 1.0], u.percent), out=numbers)


def test_out_with_units_of_plain_operands():
    out = DimArray([7.0, 8.0], u.m)
    np.add([1.0, 2.0], [1.0, 2.0], out=out)
    agree(out, [2.0, 4.0], u.dimensionless)


def test_where():
    x, y = DimArray([1.0, 2.0], u.m), DimArray([1.0, 2.0], u.km)
    out = DimArray([7.0, 8.0], u.m)
    np.add(x, y, out=out, where=[True, False])
    agree(out, [1001.0, 8.0], u.m)
    with pytest.raises(DimensionError, match="where"):
        np.add(x, y, out=out, where=DimArray([True, False], u.dimensionless))


def test_where_leaves_quantities_that_it_does_not_write():
    x = DimArray([1.0, 2.0], u.m)
    for call, unit in ((lambda out: np.add(x, x, out=out, where=[True, False]), u.km),
                       (lambda out: np.multiply(x, x, out=out, where=[True, False]), u.s),
                       (lambda out: np.negative(x, out=out, where=[True, False]), u.inch)):
        out = DimArray([7.0, 8.0], unit)
        try:
            call(out)
        except DimensionError:
            assert out.unit is unit and out.data.tolist() == [7.0, 8.0]
        else:
            assert out[1] == DimArray(8.0, unit)


def test_errors_leave_outputs_unchanged():
    x, out = DimArray([1.0, 2.0], u.m), DimArray([7, 8], u.kg)
    with pytest.raises(TypeError):
        np.add(x, x, out=out)           # doubles do not fit into integers
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        np.add(x, DimArray([1.0, 2.0, 3.0], u.m), out=DimArray([7.0, 8.0], u.kg))
    frozen = DimArray([7.0, 8.0], u.kg)
    frozen.data.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        np.add(x, x, out=frozen)
    assert repr(out) == "DimArray([7, 8], 'kg')" and repr(frozen) == "DimArray([7., 8.], 'kg')"
    first, second = DimArray([7.0, 8.0], u.kg), DimArray([9.0, 9.0], u.kg)
    with pytest.raises(ValueError):
        np.modf(DimArray([1.5, 2.5], u.m, uncertainty=[0.1, 0.1]), out=(first, second))
    assert repr((first, second)) == "(DimArray([7., 8.], 'kg'), DimArray([9., 9.], 'kg'))"


# ---------------------------------------------------------------------------------------- other operands

def test_lists_are_arrays():
    numbers, lengths = [1, 2], [DimArray(1.0, u.m), DimArray(2.0, u.km)]
    percentages = DimArray([1.0, 2.0], u.percent)
    agree(DimArray([1.0, 2.0], u.m) * numbers, [1.0, 4.0], u.m)
    agree(percentages + numbers, [101.0, 202.0], u.percent)
    agree(numbers + percentages, [1.01, 2.02], u.dimensionless)
    agree(np.exp(percentages) * tuple(numbers), np.exp([0.01, 0.02]) * [1.0, 2.0], u.dimensionless)
    agree(DimArray([1.0, 2.0], u.m) + lengths, [2.0, 2002.0], u.m)


def test_fractions_are_numbers():
    x = DimArray([1.0, 2.0], u.m)
    agree(x * Fraction(1, 2), [0.5, 1.0], u.m)
    agree(Fraction(1, 2) / x, [0.5, 0.25], 1 / u.m)
    agree(DimArray([1.0, 2.0]) + Fraction(1, 2), [1.5, 2.5], u.dimensionless)
    assert (x * Fraction(1, 2)).dtype == (x / x + Fraction(1)).dtype == np.float64


class Partner:
    """An operand that knows how to be added to arrays."""

    __array_ufunc__ = None

    def __radd__(self, other):
        return "added"

    def __rmul__(self, other):
        return "multiplied"


class Guest:
    """An operand that is no array at all."""

    def __radd__(self, other):
        return "added"

    def __eq__(self, other):
        return "compared"

    __hash__ = None


def test_other_classes_have_their_turn():
    x = DimArray([1.0, 2.0], u.m)
    assert x + Partner() == "added" and x * Partner() == "multiplied"
    assert x + Guest() == "added" and (x == Guest()) == "compared"
    with pytest.raises(TypeError):
        x - Partner()
    with pytest.raises(TypeError):
        x += object()
    with pytest.raises(TypeError):
        np.add(x, Partner())
    scalar = DimArray([1.0], u.m)[0]
    scalar += Partner()
    assert scalar == "added"


def test_numpys_products():
    a, b = DimArray([[1.0, 2.0], [3.0, 4.0]], u.m), DimArray([[1.0, 0.0], [2.0, 1.0]], u.km)
    agree(np.matmul(a, b), np.matmul(a.data, b.data), u.m * u.km)
    agree(np.matmul([[1.0, 2.0]], a), np.matmul([[1.0, 2.0]], a.data), u.m)
    for name in ("vecdot", "matvec", "vecmat"):
        if hasattr(np, name):
            pair = (a, b[0]) if name == "matvec" else (a[0], b)
            agree(getattr(np, name)(*pair), getattr(np, name)(*[x.data for x in pair]), u.m * u.km)
    with raises("matmul", u.degC):
        np.matmul(DimArray([[1.0]], u.degC), DimArray([[1.0]], u.m))


def test_arguments_of_calls():
    x = DimArray([1.0, 2.0], u.m)
    assert np.add(x, x, dtype="f4").dtype == np.float32
    with pytest.raises(TypeError):
        np.add(x, x, dtype="i4", casting="same_kind")
    assert np.add(x, x, order="F").data.flags.f_contiguous
    with pytest.raises(TypeError):
        np.add(x, x, nonsense=1)
