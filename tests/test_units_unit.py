"""Units: algebra, equality, conversion, points and levels, texts, copies."""
import copy
import gc
import itertools
import pickle
import sys
import threading
import weakref
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor.units as u
from torsor.units import (
    DIMENSIONLESS,
    DimArray,
    Dimension,
    DimensionError,
    Unit,
    UnitConversionError,
    UnitsError,
    parse,
)
from torsor.units.unit import conversion

LENGTH, TIME = Dimension(length=1), Dimension(time=1)
SOME = [u.m, u.km, u.s, u.kg, u.N, u.percent, u.rad, u.deg, u.inch, u.eV, u.dimensionless, u.m / u.s, u.N * u.m**2,
        u.kg**0.5, 5 * u.m, u.K, u.ohm]
NOT_LINEAR = [u.degC, u.degF, u.dB, u.dBm, u.Np, u.dBV]


# ---------------------------------------------------------------------------------------- what one is

def test_parts():
    unit = Unit("ell", LENGTH, 1.143)
    assert (unit.symbol, str(unit), unit.dimension, unit.scale, unit.offset, unit.decades) == (
        "ell", "ell", LENGTH, 1.143, 0.0, 0.0)
    assert unit.is_linear and not unit.is_point and not unit.is_dimensionless and unit.difference is unit
    assert Unit("x").dimension is DIMENSIONLESS and Unit("x").scale == 1.0
    assert u.degC.offset == 273.15 and not u.degC.is_linear and u.degC.is_point
    assert u.dB.decades == 0.1 and not u.dB.is_linear and not u.dB.is_point and u.dBm.is_point
    for name in ("symbol", "scale", "dimension", "offset", "decades"):
        with pytest.raises(AttributeError):
            setattr(unit, name, None)


@pytest.mark.parametrize("args, error", [
    ((1, LENGTH), TypeError), (("x", 1), TypeError), (("x", "m"), TypeError), ((None, LENGTH), TypeError),
    (("x", LENGTH, 0), ValueError), (("x", LENGTH, -1.0), ValueError), (("x", LENGTH, np.nan), ValueError),
    (("x", LENGTH, np.inf), ValueError), (("x", LENGTH, "1"), TypeError), (("x", LENGTH, None), TypeError),
    (("x", LENGTH, 1j), TypeError), (("x", LENGTH, 10**400), ValueError),
    (("x", LENGTH, Fraction(1, 10**400)), ValueError),
    (("x", LENGTH, 1, np.nan), ValueError), (("x", LENGTH, 1, np.inf), ValueError), (("x", LENGTH, 1, "1"), TypeError),
    (("x", LENGTH, 1, 0, np.nan), ValueError), (("x", LENGTH, 1, 0, np.inf), ValueError),
    (("x", LENGTH, 1, 1, 0.1), ValueError), ((), TypeError),
], ids=repr)
def test_units_that_cannot_be_made(args, error):
    with pytest.raises(error):
        Unit(*args)


@pytest.mark.parametrize("scale", [2, 0.1, Fraction(1, 3), 1e300, 1e-300, np.float64(2.5), np.int8(3), 5e-324])
def test_scales(scale):
    assert Unit("x", LENGTH, scale).scale == float(scale)


# ---------------------------------------------------------------------------------------- algebra

def test_products_and_quotients():
    assert str(u.kg * u.m / u.s**2) == "kg·m/s²"
    assert str(u.m * u.s * u.m) == "m²·s" and str(u.m / u.s / u.s) == "m/s²" and str(u.m / (u.s * u.kg)) == "m/(s·kg)"
    assert (u.m * u.s / u.s) is u.m and (u.m / u.m) is u.dimensionless and (u.m**3 / u.m**2) is u.m
    assert str(u.km * u.m) == "km·m" and (u.km * u.m).scale == 1000.0 and (u.km / u.m).scale == 1000.0
    assert str(u.km / u.m) == "km/m" and (u.km / u.m).is_dimensionless
    for a, b in ((u.Hz, u.Bq), (u.Gy, u.Sv), (u.rad, u.sr)):
        assert str(a * b) == f"{a}·{b}" and str(a / b) == f"{a}/{b}"     # equal, but not the same
    assert str(1 / u.rad) == "1/rad" and str(u.dimensionless / u.rad) == "1/rad" and str(u.m / u.rad) == "m/rad"
    assert (u.m * u.dimensionless) is u.m and (u.dimensionless * u.m) is u.m and (u.m / u.dimensionless) is u.m
    assert str(u.dimensionless / u.s) == "1/s" and str(1 / u.s) == "1/s" and str(1 / (u.m * u.s)) == "1/(m·s)"
    assert (u.km / u.hour).scale == pytest.approx(1 / 3.6, rel=1e-15, abs=0)


def test_powers():
    assert str(u.m**2) == "m²" and str(u.m**-2) == "1/m²" and str(u.m**0.5) == "m¹ᐟ²" and (u.m**1) is u.m
    assert (u.m**0) is u.dimensionless and (u.m**2) ** 0.5 is u.m and str((u.m / u.s) ** 2) == "m²/s²"
    assert (u.km**2).scale == 1e6 and (u.km**-1).scale == 1e-3 and (u.km**0.5).scale == 1000.0**0.5
    assert (u.cm**2) ** Fraction(1, 2) is u.cm and (u.m ** Fraction(1, 3)) ** 3 is u.m
    assert (u.m ** (1 / 3)).dimension.length == Fraction(1, 3)
    assert u.m ** np.int64(2) is u.m**2 and u.m ** np.float32(2) is u.m**2 and u.m ** np.array(2) is u.m**2
    assert (u.m**True) is u.m and (u.m**2.0) is u.m**2 and u.m ** Fraction(2) is u.m**2


def test_numbers():
    assert str(5 * u.m) == "5·m" and (5 * u.m).scale == 5.0 and (u.m * 5) == (5 * u.m) and (u.m / 5).scale == 0.2
    assert (0.1 * u.m).scale == 0.1 and (2 / u.s).scale == 2.0 and (1 * u.m) is u.m and (u.m * 1.0) is u.m
    assert (Fraction(1, 3) * u.m).scale == 1 / 3 and (np.float64(2) * u.m).scale == 2.0
    assert (12 * u.inch) == u.foot and hash(12 * u.inch) == hash(u.foot)
    assert DimArray([1.0], 5 * u.m).to(u.m).data.tolist() == [5.0]


@pytest.mark.parametrize("exponent, error", [
    (np.nan, ValueError), (np.inf, ValueError), (-np.inf, ValueError), (10**9, ValueError), (-(10**9), ValueError),
    (10**4000, ValueError), (1e300, ValueError), (0.12345678, ValueError), (Fraction(10**9), ValueError),
    (u.m, TypeError), (None, TypeError), ("2", TypeError), (1j, TypeError), ([2], TypeError),
    (np.array([2, 3]), TypeError), (DimArray(2.0, u.m), (TypeError, UnitsError)),
])
def test_exponents_that_are_none(exponent, error):
    for unit in (u.m, u.km, u.percent, u.kg * u.m):
        with pytest.raises(error):
            unit**exponent


@pytest.mark.parametrize("other", [None, "m", {}, object(), [None], ["m"], LENGTH], ids=repr)
def test_operands_that_are_none(other):
    for call in (lambda: u.m * other, lambda: other * u.m, lambda: u.m / other, lambda: other / u.m):
        with pytest.raises(TypeError):
            call()
    for call in (lambda: u.m + u.m, lambda: u.m - 1, lambda: -u.m, lambda: u.m < u.km, lambda: u.m % 2,
                 lambda: float(u.m)):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("number", [0, -1, 0.0, -2.5, np.nan, np.inf])
def test_numbers_that_make_no_unit(number):
    for call in (lambda: number * u.m, lambda: u.m * number, lambda: u.m / number):
        with pytest.raises(ValueError):
            call()


def test_scales_beyond_floats():
    large, small = Unit("large", LENGTH, 1e300), Unit("small", LENGTH, 1e-300)
    for call in (lambda: large * large, lambda: small * small, lambda: large / small, lambda: large**2,
                 lambda: large**100, lambda: small**1000, lambda: u.km**1000, lambda: u.km**-1000, lambda: large**1.5):
        with pytest.raises(ValueError, match="scale"):
            call()
    assert (large * small).scale == 1.0
    with pytest.raises(ValueError, match=r"scale|large"):
        DimArray([1.0], large).to(small)


@pytest.mark.parametrize("unit", NOT_LINEAR, ids=str)
def test_points_and_levels_have_no_products(unit):
    for call, text in ((lambda: unit * u.m, "multiply"), (lambda: u.m * unit, "multiply"),
                       (lambda: 2 * unit, "multiply"), (lambda: unit * unit, "multiply"),
                       (lambda: unit / u.s, "divide"), (lambda: u.m / unit, "divide"),
                       (lambda: 1 / unit, "power|divide"), (lambda: unit**2, "power"), (lambda: unit**-0.5, "power")):
        with pytest.raises(DimensionError, match=f"(?=.*{unit})(?=.*({text}))"):
            call()


def product(parts):
    result = u.dimensionless
    for unit, power in parts:
        result = result * unit**power
    return result


units = st.lists(st.tuples(st.sampled_from([u.m, u.km, u.s, u.hour, u.kg, u.g, u.A, u.percent, u.rad, u.inch]),
                           st.fractions(-2, 2, max_denominator=2)), max_size=4).map(product)


@settings(max_examples=300, deadline=None)
@given(units, units, units, st.integers(-3, 3), st.integers(-3, 3))
def test_units_are_an_abelian_group(a, b, c, m, n):
    assert a * b == b * a and hash(a * b) == hash(b * a)
    assert (a * b) * c == a * (b * c)
    assert a * u.dimensionless == a and (a / a) is u.dimensionless
    assert a / b == a * b**-1 and (a / b) * b == a
    assert (a * b) ** m == a**m * b**m and a ** (m + n) == a**m * a**n and (a**m) ** n == a ** (m * n)
    assert (a * b).dimension is a.dimension * b.dimension and (a**m).dimension is a.dimension**m


@settings(max_examples=200, deadline=None)
@given(units)
def test_texts_of_units_name_them(unit):
    for text in (str(unit), format(unit, "plain")):
        again = parse(text)
        assert again.dimension is unit.dimension and again.scale == pytest.approx(unit.scale, rel=1e-14, abs=0)
        assert str(again) == str(unit) or unit.scale != again.scale


@settings(max_examples=200, deadline=None)
@given(units, units)
def test_scales_are_those_of_the_parts(a, b):
    assert (a * b).scale == pytest.approx(a.scale * b.scale, rel=1e-15 * 4, abs=0)
    assert (a / b).scale == pytest.approx(a.scale / b.scale, rel=1e-15 * 4, abs=0)


def test_results_are_remembered_and_forgotten():
    assert (u.m * u.s) is (u.m * u.s) and (u.m / u.s) is (u.m / u.s) and u.m**3 is u.m**3
    for k in range(5000):               # more than any cache holds
        u.m * Unit("x", TIME, k + 1)
        u.m / Unit("x", TIME, k + 1)
    assert (u.m * u.s) == (u.m * u.s) and str(u.m * u.s) == "m·s"


def test_units_that_nothing_uses_are_freed():
    class Watched(Unit):
        """A unit that can be watched."""

    unit = Watched("watched", LENGTH, 7.0)
    watch = weakref.ref(unit)
    unit * u.s, unit**2, DimArray([1.0], unit).to(u.m), u.kg * unit, parse("m")
    del unit
    for k in range(5000):
        u.kg * Unit("x", TIME, k + 1)
    gc.collect()
    assert watch() is None


def test_threads_agree_on_units():
    made, start = [], threading.Barrier(8)

    def work():
        start.wait()
        made.append([(u.km * u.V) / (u.s**2 * u.A), parse("MW*h/kg"), (u.mm / u.Mg) ** Fraction(1, 2)])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert len(made) == 8 and all(row == made[0] for row in made)


# ---------------------------------------------------------------------------------------- equality

def test_equality():
    assert u.m == u.m and u.m == u.meter and u.m != u.km and u.m != u.s
    assert u.kg * u.m / u.s**2 == u.N and hash(u.N) == hash(u.kg * u.m / u.s**2)
    assert u.km in {1000 * u.m} and u.km not in {999 * u.m}
    assert u.degC != u.K and u.degC != u.delta_degC and u.delta_degC == u.K
    assert u.dB != u.dimensionless and u.dBm != u.dBW
    assert u.rad == u.dimensionless and u.Hz == 1 / u.s
    for other in (1, 1.0, "m", None, LENGTH, DimArray(1.0, u.m), object()):
        assert (u.m == other) is False and (u.m != other) is True
    assert len({u.m, u.meter, u.km, 1000 * u.m, u.parse("km")}) == 2


def test_tables_of_units():
    scales = {u.m: "metre", u.s: "second"}
    assert scales[u.parse("m")] == "metre" and u.km not in scales


# ---------------------------------------------------------------------------------------- conversion

def test_conversion_factors():
    assert u.km.conversion_factor(u.m) == 1000.0 and u.m.conversion_factor(u.km) == 0.001
    assert u.inch.conversion_factor(u.foot) == 1 / 12 and u.minute.conversion_factor(u.hour) == 1 / 60
    assert u.m.is_compatible(u.km) and u.degC.is_compatible(u.K) and not u.m.is_compatible(u.s)
    with pytest.raises(UnitConversionError, match=r"'m'.*'s'") as caught:
        u.m.conversion_factor(u.s)
    assert (caught.value.from_unit, caught.value.to_unit) == ("m", "s")
    for a, b in ((u.degC, u.K), (u.K, u.degC), (u.degC, u.degF), (u.dB, u.percent), (u.dBm, u.W)):
        with pytest.raises(UnitConversionError, match=f"(?=.*'{a}')(?=.*'{b}')"):
            a.conversion_factor(b)
    for other in (5, None, "m", LENGTH):
        with pytest.raises(TypeError):
            u.m.conversion_factor(other)
        with pytest.raises(TypeError):
            u.m.is_compatible(other)


@pytest.mark.parametrize("a, b, x, y", [
    (u.degC, u.K, 0.0, 273.15), (u.degF, u.degC, 212.0, 100.0), (u.degF, u.K, -459.67, 0.0),
    (u.K, u.degF, 273.15, 32.0), (u.delta_degF, u.delta_degC, 9.0, 5.0), (u.degC, u.degC, 20.0, 20.0),
    (u.dBm, u.dBW, 30.0, 0.0), (u.dB, u.Np, 20.0, np.log(10)),
    (u.dBm, u.mW, 3.0, 10**0.3), (u.W, u.dBm, 1.0, 30.0), (u.dBV, u.V, 20.0, 10.0), (u.dBV, u.dBuV, 0.0, 120.0),
    (u.V, u.dBuV, 1.0, 120.0), (u.dB, u.percent, 10.0, 1000.0), (u.deg, u.rad, 180.0, np.pi),
    (u.percent, u.ppm, 1.0, 1e4), (u.inch, u.cm, 1.0, 2.54), (u.mile, u.km, 1.0, 1.609344),
    (u.atm, u.Torr, 1.0, 760.0), (u.bel, u.dB, 1.0, 10.0),
], ids=str)
def test_conversions(a, b, x, y):
    assert DimArray(x, a).to(b).data == pytest.approx(y, rel=1e-14, abs=1e-12)
    assert DimArray(y, b).to(a).data == pytest.approx(x, rel=1e-14, abs=1e-10)
    change = conversion(a, b)
    h = 1e-6 * max(abs(x), 1.0)
    slope = (change(np.float64(x + h)) - change(np.float64(x - h))) / (2 * h)
    assert float(np.asarray(change.slope(np.float64(x)))) == pytest.approx(slope, rel=1e-6, abs=0)


def test_conversions_round_once():
    """The scales are exact: what is a whole number of units is one."""
    assert DimArray(np.arange(1, 1000), u.inch).to(u.foot).data[11::12].tolist() == list(range(1, 84))
    for a, b, factor in ((u.hour, u.s, 3600), (u.mile, u.inch, 63360), (u.km, u.mm, 10**6), (u.day, u.minute, 1440)):
        assert DimArray([1.0, 3.0, 7.0], a).to(b).data.tolist() == [factor, 3 * factor, 7 * factor]
    for exponent in range(-24, 25, 3):
        unit = Unit("x", LENGTH, Fraction(10) ** exponent)
        assert unit.conversion_factor(u.m) == float(f"1e{exponent}")


def test_levels_of_nothing():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert DimArray(0.0, u.W).to(u.dBm).data == -np.inf
        assert np.isnan(DimArray(-1.0, u.W).to(u.dBm).data)
    assert DimArray(-np.inf, u.dBm).to(u.W).data == 0.0


# ---------------------------------------------------------------------------------------- points and levels

def test_differences():
    assert str(u.degC.difference) == "Δ°C" and u.degC.difference == u.K and u.degC.difference is u.degC.difference
    assert u.degF.difference.scale == pytest.approx(5 / 9) and u.degF.difference.is_linear
    assert u.dBm.difference == u.dB and u.dBW.difference == u.dB and u.dB.difference is u.dB and u.m.difference is u.m
    assert u.dBV.difference == u.dB
    assert parse(str(u.degC.difference)) == u.degC.difference


def test_simplified():
    assert str((u.kg * u.m / u.s**2).simplified()) == "N" and str((u.N * u.m).simplified()) == "J"
    assert str((u.J / u.s).simplified()) == "W" and str((u.V / u.A).simplified()) == "Ω"
    assert str((1 / u.s).simplified()) == "Hz"
    assert (u.km / u.m * u.m / u.km).simplified() is u.dimensionless and (u.m / u.s).simplified() is u.m / u.s
    for unit in (u.km, u.degC, u.dBm, u.percent, u.inch, u.m, u.kg, u.K, u.N, u.dimensionless):
        assert unit.simplified() == unit
    assert str(parse("m·s/s").simplified()) == "m"


# ---------------------------------------------------------------------------------------- texts

@pytest.mark.parametrize("unit, plain, latex", [
    (u.m, "m", r"\mathrm{m}"), (u.kg * u.m / u.s**2, "kg*m/s**2", r"\mathrm{kg}\,\mathrm{m}\,\mathrm{s}^{-2}"),
    (u.m**0.5, "m**(1/2)", r"\mathrm{m}^{1/2}"), (1 / (u.m * u.s), "1/(m*s)", r"\mathrm{m}^{-1}\,\mathrm{s}^{-1}"),
    (u.dimensionless, "1", "1"), (u.percent, "%", r"\mathrm{\%}"),
])
def test_formats(unit, plain, latex):
    assert format(unit, "plain") == plain and format(unit, "latex") == latex
    assert f"{unit}" == f"{unit:unicode}" == str(unit) and f"{unit:>12}" == str(unit).rjust(12)
    with pytest.raises(ValueError, match=r"[Ff]ormat|[Uu]nknown|[Ii]nvalid"):
        format(unit, "nonsense")


def test_repr_can_be_read():
    names = {"Unit": Unit, "Dimension": Dimension, "Fraction": Fraction}
    for unit in (*SOME, *NOT_LINEAR):
        again = eval(repr(unit), names)
        assert again.dimension is unit.dimension and again.scale == unit.scale
        assert again.offset == unit.offset and again.decades == unit.decades and str(again) == str(unit)


# ---------------------------------------------------------------------------------------- copies

@pytest.mark.parametrize("unit", [*SOME, *NOT_LINEAR, u.degC.difference], ids=str)
def test_copies(unit):
    assert copy.copy(unit) is unit and copy.deepcopy(unit) is unit
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(unit, protocol))
        assert again == unit and hash(again) == hash(unit) and repr(again) == repr(unit) and str(again) == str(unit)
        assert again.parts == unit.parts or len(again.parts) == len(unit.parts)
        if unit.is_linear:
            assert str(again * u.m) == str(unit * u.m) and str(u.m / again) == str(u.m / unit)
            assert (again / unit).is_dimensionless and str(again / unit) == "1"
            assert str(again**2) == str(unit**2)
            assert conversion(again, unit).is_identity


def test_units_of_one_symbol():
    """Two units of one name and different sizes stay two units."""
    a, b = Unit("x", LENGTH, 2.0), Unit("x", LENGTH, 3.0)
    assert a != b and (a * b).scale == 6.0 and (a / b).scale == pytest.approx(2 / 3)
    assert (a / b) is not u.dimensionless
    same = Unit("x", LENGTH, 2.0)
    assert a == same and (a / same) is u.dimensionless and str(a * same) == "x²"
    assert (DimArray([1.0], a) + DimArray([1.0], b)).data.tolist() == [2.5]
    assert DimArray([1.0], a) == DimArray([1.0], same)


def test_unit_objects_are_not_arrays():
    assert not hasattr(u.m, "__len__") and not hasattr(u.m, "__iter__")
    with pytest.raises(TypeError):
        np.add(u.m, 1)
    with pytest.raises(TypeError):
        np.multiply(np.ones(2), u.m)
    assert (np.ones(2) * u.m).unit is u.m and (np.float64(2.0) * u.m) == 2 * u.m


@pytest.mark.parametrize("a, b", [*itertools.combinations([u.m, u.km / u.s, u.degC, u.dB, u.percent], 2)], ids=str)
def test_errors_can_be_pickled(a, b):
    for call in (lambda: DimArray(1.0, a).to(b), lambda: DimArray(1.0, a) + DimArray(1.0, b)):
        try:
            call()
        except UnitsError as error:
            again = pickle.loads(pickle.dumps(error))
            assert type(again) is type(error) and str(again) == str(error)
            assert {k: str(v) for k, v in vars(again).items()} == {k: str(v) for k, v in vars(error).items()}
