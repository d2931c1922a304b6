"""Units: a symbol, a dimension, a scale, and for some an offset or a logarithm.

Scales and offsets are exact fractions inside, so that every factor of a conversion is rounded once.
"""
from __future__ import annotations

import itertools
from fractions import Fraction
from math import isfinite, log10

import numpy as np

from torsor.tensor import Symbol
from torsor.units.dimension import DIMENSIONLESS, Dimension, exponent, superscript
from torsor.units.errors import DimensionError, UnitConversionError, named

_serials = itertools.count()
#: Entries of a cache of results; one that is full is emptied.
_LARGE_CACHE = 4096
_LARGEST_POWER = 1000
#: Binary digits of a scale that is kept as an exact fraction.
_MOST_DIGITS = 8000


class Unit:
    """A unit of measurement: ``quantity = scale * (value + offset)`` in SI base units.

    A logarithmic unit measures levels instead: ``quantity = scale * 10**(decades * value)``.

    Parameters
    ----------
    symbol : str
        As it is printed.
    dimension : Dimension
        Of the quantities that it measures.
    scale : float or Fraction
        The unit in SI base units.
    offset : float or Fraction, optional
        What is added to a value before it is scaled: 273.15 for degrees Celsius.
    decades : float, optional
        Powers of ten for each unit of a level: 0.1 for decibels of power, 0.05 for those of a field quantity.

    Raises
    ------
    ValueError
        If the scale is not positive and finite, or a unit has an offset and a logarithm.

    Examples
    --------
    >>> from torsor.units import km, hour
    >>> str(km / hour), (km / hour).scale
    ('km/h', 0.2777777777777778)
    """

    __array_ufunc__ = None          # an array times a unit is the unit's business

    def __init__(self, symbol, dimension=DIMENSIONLESS, scale=1.0, offset=0.0, decades=0.0):
        if not isinstance(symbol, str) or not isinstance(dimension, Dimension):
            raise TypeError("a Unit is made of a symbol and a Dimension, "
                            f"not {type(symbol).__name__} and {type(dimension).__name__}")
        self._set(symbol, dimension, exact(scale), exact(offset), float(decades), None)

    def _set(self, symbol, dimension, ratio, offset, decades, parts):
        scale = as_float(ratio)
        if not scale > 0.0 or not isfinite(decades):
            raise ValueError(f"the scale of a unit is positive and finite, not {scale}")
        if decades and offset:
            raise ValueError("a logarithmic unit has no offset")
        self._symbol = symbol
        self._dimension = dimension
        self._ratio = ratio
        self._offset = offset
        self._decades = decades
        self._parts = parts
        self._is_linear = not offset and not decades
        self._adds = not self.is_point
        self._hash = hash((dimension, scale, offset, decades))
        self._serial = next(_serials)
        self._products = {}
        self._quotients = {}
        self._powers = {}
        self._conversions = {}
        self._last_product = self._last_quotient = self._last_factor = self._root = None

    # ------------------------------------------------------------------------------------ what it is

    @property
    def symbol(self) -> str:
        """As it is printed, ``kg·m/s²``."""
        return self._symbol

    @property
    def dimension(self) -> Dimension:
        """Of the quantities that it measures."""
        return self._dimension

    @property
    def scale(self) -> float:
        """The unit in SI base units."""
        return as_float(self._ratio)

    @property
    def offset(self) -> float:
        """What is added to a value before it is scaled."""
        return as_float(self._offset)

    @property
    def decades(self) -> float:
        """Powers of ten for each unit of a level; 0 for units that are not logarithmic."""
        return self._decades

    @property
    def is_linear(self) -> bool:
        """Whether its zero is the zero of the quantity, and twice the value twice the quantity."""
        return self._is_linear

    @property
    def is_point(self) -> bool:
        """Whether its values are points on a scale, of which only differences add up (degC, dBm)."""
        return bool(self._offset) or (self._decades != 0.0 and (
            self._dimension is not DIMENSIONLESS or self._ratio != 1))

    @property
    def is_dimensionless(self) -> bool:
        """Whether it measures a pure number."""
        return self._dimension is DIMENSIONLESS

    @property
    def difference(self) -> Unit:
        """The unit of differences between its values: Δ°C for °C, dB for dBm, itself for linear units."""
        if not self.is_point:
            return self
        found = self._quotients.get("difference")
        if found is None:
            if not self._decades:
                found = Unit("Δ" + self._symbol, self._dimension, self._ratio)
            elif self._decades in (0.1, 0.05):          # of a power, of a field quantity: both in decibels
                found = Unit("dB", DIMENSIONLESS, 1, decades=0.1)
            elif self._decades == -0.4:
                found = Unit("mag", DIMENSIONLESS, 1, decades=-0.4)
            else:
                raise DimensionError(f"differences of {named(self)} have no unit", self)
            self._quotients["difference"] = found
        return found

    @property
    def parts(self) -> tuple:
        """``((unit, exponent), ...)`` that it is a product of; itself for a unit with a name of its own."""
        if self._parts is not None:
            return self._parts
        return () if self._symbol == "1" and self == dimensionless else ((self, Fraction(1)),)

    # ------------------------------------------------------------------------------------ algebra

    def __mul__(self, other):
        if isinstance(other, Unit):
            return product(self, other)
        if is_number(other):
            return product(_number(other), self)
        return _quantity(other, self)

    def __rmul__(self, other):
        if isinstance(other, Unit):         # which a subclass of it comes before
            return product(other, self)
        return product(_number(other), self) if is_number(other) else _quantity(other, self)

    def __truediv__(self, other):
        if isinstance(other, Unit):
            return quotient(self, other)
        if is_number(other):
            return quotient(self, _number(other))
        if _is_foreign(other):
            return NotImplemented
        return _quantity(1 / np.asarray(other), self)

    def __rtruediv__(self, other):
        if isinstance(other, Unit):
            return quotient(other, self)
        inverse = power(self, -1)
        if is_number(other):
            return inverse if other == 1 else product(_number(other), inverse)
        return _quantity(other, inverse)

    def __pow__(self, exponent):
        return power(self, exponent)

    def __eq__(self, other):
        if self is other:
            return True
        if not isinstance(other, Unit):
            return NotImplemented
        return bool(self._dimension is other._dimension and self._ratio == other._ratio
                    and self._offset == other._offset and self._decades == other._decades)

    def __hash__(self):
        return self._hash

    def is_compatible(self, other) -> bool:
        """Whether values can be converted to the other unit."""
        if not isinstance(other, Unit):
            raise TypeError(f"a unit is a Unit, not {type(other).__name__}")
        return bool(self._dimension is other._dimension)

    def conversion_factor(self, other) -> float:
        """What values in this unit are multiplied by to be values in the other.

        Raises
        ------
        UnitConversionError
            If the dimensions differ, or a factor is not enough (offsets, logarithms).
        """
        if not isinstance(other, Unit):
            raise TypeError(f"a unit is a Unit, not {type(other).__name__}")
        if self._dimension is not other._dimension:
            raise UnitConversionError.incompatible(self, other)
        if not (self._is_linear and other._is_linear):
            raise UnitConversionError(f"no factor converts {named(self)} to {named(other)}; use DimArray.to",
                                      str(self), str(other))
        return as_float(self._ratio / other._ratio)

    def simplified(self) -> Unit:
        """The SI unit with a name of its own that this one equals, or itself."""
        from torsor.units.registry import named_like

        return named_like(self) or self

    # ------------------------------------------------------------------------------------ texts and copies

    def __str__(self):
        return self._symbol

    def __repr__(self):
        more = f", offset={self.offset!r}" if self._offset else ""
        more += f", decades={self._decades!r}" if self._decades else ""
        return f"Unit({self._symbol!r}, {self._dimension!r}, {self.scale!r}{more})"

    def __format__(self, spec):
        """Format: "" and "unicode" give ``kg·m/s²``, "plain" ``kg*m/s**2``, "latex" what TeX sets."""
        style = {"": _unicode, "unicode": _unicode, "plain": _plain, "latex": _latex}.get(spec)
        return style(self.parts) if style else format(self._symbol, spec)

    def __reduce__(self):
        if self._parts is None:
            return _restored, (self._symbol, self._dimension, self._ratio, self._offset, self._decades)
        return _composed, (self._parts,)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def exact(value) -> Fraction:
    """The decimal number that a float is written as, exactly."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, str):
        raise TypeError("a scale is a number, not a str")
    value = float(value)
    if not isfinite(value):
        raise ValueError(f"a unit cannot be made of {value}")
    return Fraction(repr(value))


def as_float(ratio) -> float:
    """The nearest float; ValueError beyond its range."""
    try:
        return float(ratio)
    except OverflowError:
        raise ValueError("the scale of the unit is too large for a floating-point number") from None


def is_number(x) -> bool:
    """Whether a factor of a unit is a number, and not an array."""
    return isinstance(x, (int, float, Fraction, np.integer, np.floating)) and not isinstance(x, bool)


def _number(value) -> Unit:
    """A number as a unit of dimension one."""
    if value == 1:
        return dimensionless
    return _restored(f"{value:g}" if isinstance(value, float) else str(value), DIMENSIONLESS, exact(value), 0, 0.0)


def _is_foreign(x) -> bool:
    """Whether an operand of another class knows itself what it does with units."""
    numpys = np.ndarray.__array_ufunc__
    return getattr(type(x), "__array_ufunc__", numpys) is not numpys and not isinstance(x, Symbol)


def _quantity(data, unit):
    """The array of so many units."""
    from torsor.units.dimarray import DimArray

    if isinstance(data, DimArray) or _is_foreign(data):
        return NotImplemented
    return DimArray(data, unit)


def _restored(symbol, dimension, ratio, offset, decades) -> Unit:
    if symbol == "1" and dimension is DIMENSIONLESS and (ratio, offset, decades) == (1, 0, 0):
        return dimensionless
    new: Unit = Unit.__new__(Unit)
    new._set(symbol, dimension, Fraction(ratio), Fraction(offset), decades, None)
    return new


def product(a, b):
    """The product of two units."""
    last = a._last_product              # (b, product): one object, so that no thread sees half of it
    if last is not None and last[0] is b:
        return last[1]
    if b is dimensionless and a._is_linear:
        return a
    found = a._products.get(b._serial)
    if found is None:
        found = _remember(a._products, b, _composed(_merged(a, b, 1)))
    a._last_product = found
    return found[1]


def quotient(a, b):
    """The quotient of two units."""
    last = a._last_quotient
    if last is not None and last[0] is b:
        return last[1]
    found = a._quotients.get(b._serial)
    if found is None:
        found = _remember(a._quotients, b, _composed(_merged(a, b, -1)))
    a._last_quotient = found
    return found[1]


def root(a):
    """The square root of a unit."""
    if a._root is None:
        a._root = power(a, Fraction(1, 2))
    return a._root


def power(a, exponent_):
    """A unit to an exact rational power."""
    try:
        found = a._powers.get(exponent_)
    except TypeError:
        found = None
    if found is None:
        p = exponent(exponent_)
        if abs(p) > _LARGEST_POWER or any(abs(p * q) > _LARGEST_POWER for _, q in a.parts):
            raise ValueError(f"units have powers up to {_LARGEST_POWER}, not {p}")
        _refuse_nonlinear(a, "raise to a power")
        found = _composed(tuple([(atom, q * p) for atom, q in a.parts]) if p else ())
        if len(a._powers) >= _LARGE_CACHE:
            a._powers.clear()
        found = a._powers.setdefault(p, found)
    return found


def _remember(cache, other, result):
    """Keep a result with the operand, whose serial number is the key: it lives as long as the entry."""
    if len(cache) >= _LARGE_CACHE:
        cache.clear()
    return cache.setdefault(other._serial, (other, result))         # another thread may have been faster


def _refuse_nonlinear(unit, what):
    if not unit._is_linear:
        kind = "a logarithmic unit" if unit._decades else "a unit with an offset"
        hint = "" if unit._decades else f"; convert to {unit.difference} or to a unit without an offset first"
        raise DimensionError(f"cannot {what} {named(unit)}, {kind}{hint}", unit, None, what)


def _merged(a, b, sign) -> tuple:
    for unit in (a, b):
        _refuse_nonlinear(unit, "multiply" if sign > 0 else "divide")
    merged = list(a.parts)
    for atom, p in b.parts:
        for k, (known, q) in enumerate(merged):
            if known is atom or (known._symbol == atom._symbol and known == atom):
                merged[k] = known, q + sign * p
                break
        else:
            merged.append((atom, sign * p))
    return tuple([(atom, p) for atom, p in merged if p])


def _composed(parts) -> Unit:
    """The unit that is the product of powers of units with names."""
    parts = tuple([(atom, Fraction(p)) for atom, p in parts])
    if not parts:
        return dimensionless
    if len(parts) == 1 and parts[0][1] == 1:
        return parts[0][0]
    dimension, ratio = DIMENSIONLESS, Fraction(1)
    for atom, p in parts:
        dimension *= atom._dimension**p
        ratio = _rounded(ratio * _ratio_power(atom._ratio, p))
    new: Unit = Unit.__new__(Unit)
    new._set(_unicode(parts), dimension, ratio, Fraction(0), 0.0, parts)
    return new


def _digits(ratio) -> int:
    """Binary digits of an exact fraction."""
    return ratio.numerator.bit_length() + ratio.denominator.bit_length()


def _rounded(ratio) -> Fraction:
    """The fraction, or where it has grown beyond reason the decimal number next to it."""
    return ratio if _digits(ratio) <= _MOST_DIGITS else exact(as_float(ratio))


def _ratio_power(ratio, p):
    """A scale to a rational power: exact where the power is whole, or the root is."""
    if p.denominator == 1:
        if abs(log10(as_float(ratio)) * p) > 400:
            raise ValueError("the scale of the unit is too large or too small for a floating-point number")
        if _digits(ratio) * abs(p.numerator) > _MOST_DIGITS:
            return exact(as_float(ratio) ** p.numerator)
        return ratio**p.numerator
    roots = [round(n ** (1 / p.denominator)) for n in (ratio.numerator, ratio.denominator)]
    if (roots[0] ** p.denominator, roots[1] ** p.denominator) == (ratio.numerator, ratio.denominator):
        return Fraction(*roots) ** p.numerator
    try:
        return exact(as_float(ratio) ** as_float(p))
    except OverflowError:
        raise ValueError("the scale of the unit is too large for a floating-point number") from None


# ---------------------------------------------------------------------------------------- conversion

class Conversion:
    """How values in one unit become values in another: ``factor * value + shift``, or through a logarithm."""

    __slots__ = ("factor", "is_identity", "shift", "source", "target")

    def __init__(self, source, target):
        self.source, self.target = source, target
        ratio = source._ratio / target._ratio
        if source._decades and target._decades:
            self.factor = source._decades / target._decades
            self.shift = log10(as_float(ratio)) / target._decades
        elif source._decades or target._decades:
            self.factor = self.shift = float("nan")
        else:
            self.factor = as_float(ratio)
            self.shift = as_float(source._offset * ratio - target._offset)
        self.is_identity = self.factor == 1.0 and self.shift == 0.0

    def __call__(self, values):
        if self.is_identity:
            return values
        if self.factor == self.factor:
            scaled = values if self.factor == 1.0 else values * self.factor
            return scaled if self.shift == 0.0 else scaled + self.shift
        source, target = self.source, self.target
        if source._decades:         # the quantity in linear units of the target's scale, without its offset
            linear = 10.0 ** (values * source._decades) * as_float(source._ratio / target._ratio)
            return linear - target.offset if target._offset else linear
        if source._offset:
            values = values + source.offset
        return np.log10(values * as_float(source._ratio / target._ratio)) / target._decades

    def slope(self, values):
        """The derivative at these values, which uncertainties are multiplied by."""
        if self.factor == self.factor:
            return self.factor
        source, target = self.source, self.target
        if source._decades:
            return (self(values) + target.offset) * (np.log(10.0) * source._decades)
        return 1.0 / ((values + source.offset) * (np.log(10.0) * target._decades))


def conversion(a, b) -> Conversion:
    """The conversion of values from one unit to another.

    Raises
    ------
    UnitConversionError
        If the dimensions differ.
    """
    found = a._conversions.get(b._serial)
    if found is not None:
        return found[1]
    if a._dimension is not b._dimension:
        raise UnitConversionError.incompatible(a, b)
    return _remember(a._conversions, b, Conversion(a, b))[1]


def linear_factor(a, b):
    """The factor from one unit to another, or 0.0 where there is none or it is not enough."""
    last = a._last_factor
    if last is not None and last[0] is b:
        return last[1]
    factor = 0.0
    if a._dimension is b._dimension and a._is_linear and b._is_linear:
        factor = conversion(a, b).factor
    a._last_factor = (b, factor)
    return factor


# ---------------------------------------------------------------------------------------- formats

def _fraction(parts, write, times, over) -> str:
    above = [write(atom._symbol, p) for atom, p in parts if p > 0]
    below = [write(atom._symbol, -p) for atom, p in parts if p < 0]
    if not below:
        return times.join(above) or "1"
    under = times.join(below)
    return (times.join(above) or "1") + over + (f"({under})" if len(below) > 1 else under)


def _unicode(parts) -> str:
    return _fraction(parts, lambda symbol, p: symbol + superscript(p), "·", "/")


def _plain(parts) -> str:
    def write(symbol, p):
        return symbol if p == 1 else f"{symbol}**{p}" if p.denominator == 1 else f"{symbol}**({p})"

    return _fraction(parts, write, "*", "/")


_IN_TEX = {"%": r"\%", "Ω": r"\Omega{}", "°": r"{}^{\circ}", "μ": r"\mu{}", "_": r"\_", "Å": r"\AA{}", "Δ": r"\Delta{}"}


def _latex(parts) -> str:
    def write(symbol, p):
        for character, command in _IN_TEX.items():
            symbol = symbol.replace(character, command)
        return rf"\mathrm{{{symbol}}}" + ("" if p == 1 else f"^{{{p}}}")

    return r"\,".join([write(atom._symbol, p) for atom, p in parts]) or "1"


dimensionless = Unit("1", DIMENSIONLESS, 1)
