"""Dimensions: the algebra of seven exact exponents, texts, copies, and what is no exponent."""
import copy
import gc
import operator
import pickle
import sys
import threading
import weakref
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torsor.units import DIMENSIONLESS, Dimension, DimensionError, backend
from torsor.units.dimension import BASES, SYMBOLS, exponent, superscript

fractions = st.fractions(-12, 12, max_denominator=12)
dimensions = st.tuples(*[st.one_of(st.just(0), fractions)] * 7).map(lambda powers: Dimension(*powers))

# ---------------------------------------------------------------------------------------- what one is

def test_exponents():
    force = Dimension(mass=1, length=1, time=-2)
    assert force.exponents == (1, 1, -2, 0, 0, 0, 0) and all(type(p) is Fraction for p in force.exponents)
    assert (force.mass, force.length, force.time, force.current, force.temperature, force.amount, force.luminosity) == (
        1, 1, -2, 0, 0, 0, 0)
    assert Dimension(1, 2, 3, 4, 5, 6, 7).exponents == (1, 2, 3, 4, 5, 6, 7)
    for k, name in enumerate(BASES):
        only = Dimension(**{name: 3})
        assert getattr(only, name) == 3 == only.exponents[k] == sum(only.exponents)
        assert str(only) == SYMBOLS[k] + "³"


def test_there_is_one_object_of_each():
    assert Dimension(length=1) is Dimension(1) is Dimension(length=1.0) is Dimension(length=Fraction(1))
    assert Dimension() is DIMENSIONLESS and DIMENSIONLESS.is_dimensionless and not Dimension(length=1).is_dimensionless
    assert Dimension(length=1) * Dimension(time=-1) is Dimension(length=1, time=-1)
    assert Dimension(length=1) / Dimension(length=1) is DIMENSIONLESS
    assert Dimension(length=2) ** 0.5 is Dimension(length=1)


def test_they_cannot_be_changed():
    unusual = Dimension(length=77777)           # which no other test shares
    for name in ("length", "exponents", "_exponents", "_hash", "anything"):
        with pytest.raises(AttributeError):
            setattr(unusual, name, 2)
        with pytest.raises(AttributeError):
            delattr(unusual, name)
    assert unusual is Dimension(length=77777) and unusual.length == 77777 and not hasattr(unusual, "__dict__")


# ---------------------------------------------------------------------------------------- algebra

@settings(max_examples=150, deadline=None)
@given(dimensions, dimensions, dimensions, fractions, fractions)
def test_they_are_a_vector_space(a, b, c, p, q):
    assert a * b is b * a and (a * b) * c is a * (b * c) and a * DIMENSIONLESS is a
    assert a / a is DIMENSIONLESS and a / b is a * b**-1 and (a / b) * b is a
    assert (a * b) ** p is a**p * b**p and a**p * a**q is a ** (p + q) and (a**p) ** q is a ** (p * q)
    assert a**1 is a and a**0 is DIMENSIONLESS and 1 / a is a**-1
    assert (a == b) == (a.exponents == b.exponents) and (a != b) == (a is not b)
    assert hash(a) == hash(Dimension(*a.exponents)) and len({a, Dimension(*a.exponents)}) == 1


@settings(max_examples=100, deadline=None)
@given(dimensions, dimensions)
def test_exponents_add_up(a, b):
    assert (a * b).exponents == tuple(map(operator.add, a.exponents, b.exponents))
    assert (a / b).exponents == tuple(map(operator.sub, a.exponents, b.exponents))
    assert (a ** Fraction(2, 3)).exponents == tuple(p * Fraction(2, 3) for p in a.exponents)


@pytest.mark.parametrize("value, exact", [
    (2, 2), (-3, -3), (0, 0), (0.5, Fraction(1, 2)), (1 / 3, Fraction(1, 3)), (-2 / 3, Fraction(-2, 3)),
    (1 / 7, Fraction(1, 7)),
    (0.1, Fraction(1, 10)), (1.5, Fraction(3, 2)), (1 / 64, Fraction(1, 64)), (True, 1),
    (Fraction(355, 113), Fraction(355, 113)),
    (np.int8(3), 3), (np.float32(0.5), Fraction(1, 2)), (np.float64(1 / 3), Fraction(1, 3)), (np.array(2), 2),
    (np.array(0.25), Fraction(1, 4)),
    (np.uint64(2**40), 2**40), (10**30, 10**30), (1e15, 10**15), (1 / 3 + 1 / 3, Fraction(2, 3)),
    (np.float64(7) / 3, Fraction(7, 3)),
], ids=repr)
def test_exact_exponents(value, exact):
    assert exponent(value) == exact and type(exponent(value)) is Fraction
    assert Dimension(length=value).length == exact and (Dimension(time=1) ** value).time == exact


@pytest.mark.parametrize("value, error", [
    (np.nan, ValueError), (np.inf, ValueError), (-np.inf, ValueError), (np.float32("nan"), ValueError),
    (0.12345, ValueError),
    (np.pi, ValueError), (1 / 65, ValueError), (0.3333, ValueError), (None, TypeError), ("1", TypeError),
    (b"1", TypeError), (1j, TypeError),
    (np.complex128(1), TypeError), ([1], TypeError), ((1,), TypeError), (np.array([1]), TypeError),
    (np.array([1, 2]), TypeError),
    (object(), TypeError), (Dimension(length=1), TypeError), ({}, TypeError), (np.datetime64("2020"), TypeError),
    (np.array("1"), TypeError),
], ids=repr)
def test_exponents_that_are_none(value, error):
    for call in (lambda: exponent(value), lambda: Dimension(length=value), lambda: Dimension(length=1) ** value):
        with pytest.raises(error):
            call()


def test_decimals_are_exact_or_refused():
    try:
        assert Dimension(length=Decimal("0.5")).length == Fraction(1, 2)
    except TypeError as error:
        assert "Decimal" in str(error)


def test_huge_exponents_are_exact():
    assert (Dimension(length=1) ** 10**9).length == 10**9 and (Dimension(length=1) ** -(10**30)).length == -(10**30)
    assert str(Dimension(length=10**9)) == "L¹⁰⁰⁰⁰⁰⁰⁰⁰⁰"


@pytest.mark.parametrize("other", [1, 2.0, "L", None, np.ones(2), [1], object()], ids=repr)
def test_operands_that_are_none(other):
    length = Dimension(length=1)
    for call in (lambda: length * other, lambda: other * length, lambda: length / other):
        with pytest.raises(TypeError):
            call()
    for call in (lambda: length + length, lambda: length - length, lambda: length < length, lambda: -length,
                 lambda: 2 / length, lambda: length**length, lambda: 2**length, lambda: length @ length,
                 lambda: iter(length), lambda: len(length)):
        with pytest.raises(TypeError):
            call()
    assert (length == other) is False if not isinstance(other, np.ndarray) else not np.any(length == other)
    assert length != 1 and length != "L"


def test_wrong_names_of_bases():
    with pytest.raises(TypeError):
        Dimension(width=1)
    with pytest.raises(TypeError):
        Dimension(1, 2, 3, 4, 5, 6, 7, 8)


# ---------------------------------------------------------------------------------------- texts and copies

@pytest.mark.parametrize("dimension, text, representation", [
    (Dimension(), "1", "Dimension()"), (Dimension(length=1), "L", "Dimension(length=1)"),
    (Dimension(length=1, mass=1, time=-2), "L·M·T⁻²", "Dimension(length=1, mass=1, time=-2)"),
    (Dimension(length=0.5), "L¹ᐟ²", "Dimension(length=Fraction(1, 2))"),
    (Dimension(temperature=-1, amount=2, luminosity=Fraction(-3, 2), current=10), "I¹⁰·Θ⁻¹·N²·J⁻³ᐟ²",
     "Dimension(current=10, temperature=-1, amount=2, luminosity=Fraction(-3, 2))"),
], ids=str)
def test_texts(dimension, text, representation):
    assert (str(dimension), repr(dimension), f"{dimension}") == (text, representation, text)
    assert eval(representation, {"Dimension": Dimension, "Fraction": Fraction}) is dimension


def test_superscripts():
    assert [superscript(Fraction(p)) for p in (1, 2, -1, 12, "1/2", "-3/10")] == ["", "²", "⁻¹", "¹²", "¹ᐟ²", "⁻³ᐟ¹⁰"]


@settings(max_examples=100, deadline=None)
@given(dimensions)
def test_copies_are_the_same_object(dimension):
    assert copy.copy(dimension) is dimension and copy.deepcopy([dimension])[0] is dimension
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(dimension, protocol)) is dimension


def test_what_nothing_uses_is_freed():
    watch = weakref.ref(Dimension(length=12345))
    gc.collect()
    assert watch() is None and Dimension(length=12345).length == 12345


def test_threads_get_the_same_object():
    found, start = [], threading.Barrier(8)

    def work():
        start.wait()
        found.append([Dimension(length=k, mass=Fraction(k, 7)) for k in range(200, 400)])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert all(a is b for row in found for a, b in zip(row, found[0], strict=True))


# ---------------------------------------------------------------------------------------- functions of plain arrays

def test_backend():
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    for function, expected in ((backend.add_arrays, a + b), (backend.sub_arrays, a - b), (backend.mul_arrays, a * b),
                               (backend.div_arrays, a / b)):
        for dtype in ("f4", "f8", "i4", "i8"):
            result = function(a.astype(dtype), b.astype(dtype))
            np.testing.assert_allclose(result, expected, rtol=1e-6)
    np.testing.assert_array_equal(backend.pow_array(a, 2.0), a**2)
    length, time = Dimension(length=1), Dimension(time=1)
    assert backend.multiply_dimensions(length, time) is length * time
    assert backend.divide_dimensions(length, time) is length / time
    assert backend.power_dimension(length, 0.5) is length**0.5 and isinstance(backend.HAS_NATIVE_BACKEND, bool)
    assert backend.dimensions_compatible(length, Dimension(length=1))
    assert not backend.dimensions_compatible(length, time)
    for call in (lambda: backend.dimensions_compatible(length, 1), lambda: backend.multiply_dimensions("L", length),
                 lambda: backend.power_dimension(None, 2)):
        with pytest.raises(DimensionError, match="Dimension"):
            call()
