"""Dimensions of physical quantities: products of seven base dimensions to exact rational powers."""
import numbers
import threading
from fractions import Fraction
from weakref import WeakValueDictionary

BASES = ("length", "mass", "time", "current", "temperature", "amount", "luminosity")
SYMBOLS = ("L", "M", "T", "I", "Θ", "N", "J")
_SUPERSCRIPTS = str.maketrans("-0123456789/", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᐟ")
#: The largest denominator that a floating-point exponent may stand for.
_LARGEST = 64


def exponent(value) -> Fraction:
    """An exact exponent.

    Parameters
    ----------
    value : int, Fraction or float
        A float must be a fraction of a small denominator, as 0.5 and 1 / 3 are.

    Raises
    ------
    TypeError
        If it is no real number.
    ValueError
        If it is NaN, infinite, or a float that is no small fraction.
    """
    if type(value) is int or type(value) is Fraction:
        return Fraction(value)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, numbers.Rational):
        return Fraction(value)
    if not isinstance(value, numbers.Real):
        raise TypeError(f"an exponent is a real number, not {type(value).__name__}")
    value = float(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"an exponent cannot be {value}")
    near = Fraction(value).limit_denominator(_LARGEST)
    if abs(value - near) > 4e-16 * max(1.0, abs(value)):
        raise ValueError(f"{value!r} is no fraction with a denominator up to {_LARGEST}; "
                         "give the exponent as fractions.Fraction")
    return near


def superscript(power: Fraction) -> str:
    """A power as it is printed: nothing for one, ``⁻²``, ``¹ᐟ²``."""
    return "" if power == 1 else str(power).translate(_SUPERSCRIPTS)


_known: WeakValueDictionary = WeakValueDictionary()
_making = threading.Lock()


class Dimension:
    """A product of powers of the seven base dimensions; there is one object of each.

    Parameters
    ----------
    length, mass, time, current, temperature, amount, luminosity : int, Fraction or float
        The exponents.

    Examples
    --------
    >>> str(Dimension(length=1, mass=1, time=-2))
    'L·M·T⁻²'
    """

    __slots__ = ("__weakref__", "_exponents", "_hash")

    def __new__(cls, length=0, mass=0, time=0, current=0, temperature=0, amount=0, luminosity=0):
        return _interned(tuple(map(exponent, (length, mass, time, current, temperature, amount, luminosity))))

    @property
    def exponents(self) -> tuple:
        """The seven exponents, as Fractions, in the order of the parameters."""
        return self._exponents

    @property
    def is_dimensionless(self) -> bool:
        """Whether every exponent is zero."""
        return self is DIMENSIONLESS

    def __mul__(self, other):
        if not isinstance(other, Dimension):
            return NotImplemented
        return _interned(tuple([a + b for a, b in zip(self._exponents, other._exponents, strict=True)]))

    def __truediv__(self, other):
        if not isinstance(other, Dimension):
            return NotImplemented
        return _interned(tuple([a - b for a, b in zip(self._exponents, other._exponents, strict=True)]))

    def __rtruediv__(self, other):
        return self**-1 if type(other) is int and other == 1 else NotImplemented

    def __pow__(self, power):
        power = exponent(power)
        return _interned(tuple([a * power for a in self._exponents]))

    def __eq__(self, other):
        return self is other if isinstance(other, Dimension) else NotImplemented

    def __hash__(self):
        return self._hash

    def __setattr__(self, name, value):
        raise AttributeError("a Dimension cannot be changed")


    def __delattr__(self, name):
        raise AttributeError("a Dimension cannot be changed")

    def __reduce__(self):
        return Dimension, self._exponents

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        given = ", ".join(f"{name}={power if power.denominator == 1 else repr(power)}"
                          for name, power in zip(BASES, self._exponents, strict=True) if power)
        return f"Dimension({given})"

    def __str__(self):
        return "·".join([symbol + superscript(power)
                         for symbol, power in zip(SYMBOLS, self._exponents, strict=True) if power]) or "1"


def _interned(exponents: tuple) -> Dimension:
    found = _known.get(exponents)
    if found is None:
        with _making:               # another thread may have been faster
            found = _known.get(exponents)
            if found is None:
                found = object.__new__(Dimension)
                object.__setattr__(found, "_exponents", exponents)
                object.__setattr__(found, "_hash", hash(exponents))
                _known[exponents] = found
    return found


def _exponent_of(k: int) -> property:
    return property(lambda self: self._exponents[k], doc=f"Exponent of {BASES[k]}, a Fraction.")


for _k, _name in enumerate(BASES):
    setattr(Dimension, _name, _exponent_of(_k))

DIMENSIONLESS = Dimension()
