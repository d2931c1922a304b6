"""What every format stores beside numbers: units, element types, uncertainties; and how a stranger's file is read.

A unit is stored by its name and by its definition in exact fractions.  The definition decides; the name only finds
the catalogue's own object of it.
"""
import importlib
import json
import re
from contextlib import contextmanager
from fractions import Fraction
from math import isfinite, log10

import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.dimension import BASES, Dimension
from torsor.units.errors import UnitsError
from torsor.units.parsing import parse
from torsor.units.uncertainty import Uncertainty
from torsor.units.uncertainty import _restored as restored_uncertainty
from torsor.units.unit import Unit, _unicode, as_float  # type: ignore[attr-defined]

FORMAT, VERSION = "torsor.units", 1
_RATIONAL = re.compile("-?[0-9]+(?:/[0-9]+)?")
#: Digits of a scale: Python reads no longer numbers from text.  Digits of an exponent.
_DIGITS, _FEW_DIGITS = 4300, 30
_LONGEST_SYMBOL = 1000
_MOST_PARTS = 100
_LARGEST_POWER = 1000
_DTYPES = {name: np.dtype(name) for name in (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128")}
#: An array may be so much larger than the compressed file that it comes from: deflate reaches 1032.
_LARGEST_RATIO = 2000


def optional(module: str, extra: str = "units"):
    """A module of a library that torsor does without.

    Raises
    ------
    ImportError
        If it is missing; says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise ImportError(f"{library} is needed for this: pip install 'torsor[{extra}]'", name=library) from error


def quantity(x, name: str) -> DimArray:
    """What is to be stored, as a DimArray; plain numbers are dimensionless."""
    try:
        return x if isinstance(x, DimArray) else DimArray(x)
    except TypeError as error:
        raise TypeError(f"{name} stores arrays of numbers: {error}") from None


@contextmanager
def reading(path, kind: str):
    """Whatever a library says of a broken file, as a UnitsError."""
    try:
        yield
    except (UnitsError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:
        raise UnitsError(f"{path} is no {kind} file of torsor.units: {error}") from error


def refuse_bomb(nbytes: int, size: int, what: str) -> None:
    """Refuse an array that a file of that size cannot hold."""
    if nbytes > _LARGEST_RATIO * (size + 1024):
        raise UnitsError(f"{what} claims {nbytes} bytes in a file of {size}")


# ---------------------------------------------------------------------------------------- units

def unit_to_dict(unit: Unit) -> dict:
    """All that defines a unit, in types that every format has.

    Raises
    ------
    UnitsError
        If its symbol is longer than a text of a unit may be or cannot be printed, or its scale has thousands of digits.
    """
    given = _definition(unit)
    parts = [{"unit": _definition(atom), "power": _rational_text(power, _FEW_DIGITS)}
             for atom, power in unit.parts if atom is not unit]
    if parts:
        given["parts"] = parts
    return given


def unit_from_dict(given) -> Unit:
    """The unit that a definition describes; the catalogue's own object where it is the same.

    Raises
    ------
    UnitsError
        If something is missing or wrong; says what.
    """
    text, dimension, scale, offset, decades = _fields(given)
    parts = None
    if "parts" in given:
        parts = _parts(given["parts"], text, dimension, scale)
    try:
        as_float(offset)
        made = Unit.__new__(Unit)
        symbol = text if parts is None else _unicode(parts)
        made._set(symbol, dimension, scale, offset, decades, parts)  # type: ignore[attr-defined]
    except ValueError as error:
        raise UnitsError(f"the unit {text!r} is malformed: {error}") from None
    return _known(text, made)


def _definition(unit) -> dict:
    exponents = {base: _rational_text(power, _FEW_DIGITS)
                 for base, power in zip(BASES, unit.dimension.exponents, strict=True) if power}
    given = {"text": _symbol(format(unit, "plain")), "dimension": exponents,
             "scale": _rational_text(unit._ratio, _DIGITS)}
    if unit._offset:
        given["offset"] = _rational_text(unit._offset, _DIGITS)
    if unit.decades:
        given["decades"] = unit.decades
    return given


def _fields(given) -> tuple:
    """The checked contents of a definition without its parts."""
    if not isinstance(given, dict):
        raise UnitsError(f"a unit is stored as a mapping, not {type(given).__name__}")
    text = _symbol(_entry(given, "text", str, "a unit"))
    what = f"the unit {text!r}"
    dimension = _entry(given, "dimension", dict, what)
    unknown = set(dimension) - set(BASES)
    if unknown:
        raise UnitsError(f"{what} has a dimension of {min(unknown)!r:.100}; there are {', '.join(BASES)}")
    powers = {base: _rational(power, f"the exponent of {base} in {what}", _FEW_DIGITS)
              for base, power in dimension.items()}
    decades = given.get("decades", 0.0)
    if type(decades) is not float or not isfinite(decades):
        raise UnitsError(f"the decades of {what} are a finite decimal number, not {decades!r:.100}")
    return (text, Dimension(**powers), _rational(given.get("scale"), f"the scale of {what}", _DIGITS),
            _rational(given.get("offset", "0"), f"the offset of {what}", _DIGITS), decades)


def _parts(given, text, dimension, scale) -> tuple:
    """The named units whose product a unit is, checked against its definition."""
    what = f"the parts of the unit {text!r}"
    if not isinstance(given, list) or not 0 < len(given) <= _MOST_PARTS:
        raise UnitsError(f"{what} are a list of up to {_MOST_PARTS} units and powers")
    parts, product, logarithm, size = [], Dimension(), 0.0, 0.0
    for part in given:
        if not isinstance(part, dict):
            raise UnitsError(f"{what} are mappings, not {type(part).__name__}")
        power = _rational(part.get("power"), f"a power among {what}", _FEW_DIGITS)
        definition = part.get("unit")
        atom = unit_from_dict({key: value for key, value in definition.items() if key != "parts"}
                              if isinstance(definition, dict) else definition)
        if not power or abs(power) > _LARGEST_POWER or not atom.is_linear:
            raise UnitsError(f"{what} are powers of linear units up to {_LARGEST_POWER}, not of {str(atom)!r}")
        parts.append((atom, power))
        product *= atom.dimension**power
        logarithm += float(power) * log10(atom.scale)
        size += abs(float(power) * log10(atom.scale))
    if product is not dimension or not scale > 0 or abs(logarithm - _log10(scale)) > 1e-9 * (1.0 + size):
        raise UnitsError(f"{what} have another product than its definition says")
    return tuple(parts)


def _log10(ratio) -> float:
    """Logarithm of a fraction that may be beyond the range of floats."""
    return log10(ratio.numerator) - log10(ratio.denominator)


def _known(text, made) -> Unit:
    """The catalogue's own object of a unit."""
    try:
        known = parse(text)
    except UnitsError:
        return made
    spelt, meant = ([(str(atom), atom, power) for atom, power in unit.parts] for unit in (known, made))
    return known if known == made and spelt == meant else made


def _entry(given, key, kind, what):
    """A value that a mapping must have."""
    if key not in given:
        raise UnitsError(f"{what} has no {key!r}")
    if not isinstance(given[key], kind):
        raise UnitsError(f"{key!r} of {what} is a {kind.__name__}, not {type(given[key]).__name__}")
    return given[key]


def _symbol(text) -> str:
    if not text.isprintable() or len(text) > _LONGEST_SYMBOL:
        raise UnitsError(f"the symbol of a unit has up to {_LONGEST_SYMBOL} characters that can be printed, "
                         f"unlike {text!r:.100}")
    return text


def _rational(text, what, digits) -> Fraction:
    if not isinstance(text, str) or not _RATIONAL.fullmatch(text) or max(map(len, text.split("/"))) > digits:
        raise UnitsError(f"{what} is the text of a fraction, not {text!r:.100}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise UnitsError(f"{what} divides by zero") from None


def _rational_text(value, digits) -> str:
    if max(abs(value.numerator), value.denominator) >= 10 ** (digits - 1):
        raise UnitsError("a number in the definition of a unit has too many digits to be stored")
    return str(value)


# ---------------------------------------------------------------------------------------- arrays

def description(unit: Unit) -> dict:
    """What every description begins with."""
    return {"format": FORMAT, "version": VERSION, "unit": unit_to_dict(unit)}


def dismantled(array: DimArray, name: str, taken=()):
    """What to store of an array: a description, and arrays of numbers by name.

    Parameters
    ----------
    array : DimArray
        The whole.
    name : str
        Of the values; those of its uncertainty are derived from it.
    taken : container of str, optional
        Names that others have.

    Returns
    -------
    tuple of dict
        The description, and ``{name: ndarray}``.
    """
    about = description(array.unit)
    members = {name: np.asarray(array.data)}
    if array.has_uncertainty:
        about["correlated"] = bool(array._error.correlated)
        about["uncertainty"] = []
        for part, source in error_parts(array):
            member, k = f"{name}_uncertainty", 0
            while member in members or member in taken:
                k += 1
                member = f"{name}_uncertainty_{k}"
            members[member] = part
            about["uncertainty"].append({"array": member} | source)
    return about, members


def error_parts(array) -> list:
    """The parts of an array's uncertainty, each with ``{"source": shape}`` where its source has another shape."""
    parts = [(np.asarray(part), list(source.shape)) for source, part in array._error.parts.items()]
    return [(part, {} if source == list(part.shape) else {"source": source}) for part, source in parts]


def rebuilt(about, name: str, read) -> DimArray:
    """The array of a description; ``read`` gives the numbers of each name."""
    unit = described_unit(about, name)
    values = numbers(read(name), name)
    given = about.get("uncertainty", [])
    if not isinstance(given, list) or not all(isinstance(part, dict) and isinstance(part.get("array"), str)
                                              for part in given):
        raise UnitsError(f"the uncertainty of {name!r} is a list of arrays and sources")
    parts = [(read(part["array"]), part) for part in given]
    return assembled(values, unit, parts, about.get("correlated", False), name)


def described_unit(about, name: str) -> Unit:
    """The unit of a description whose version is known."""
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise UnitsError(f"{name!r} is not described as an array of {FORMAT}")
    if about.get("version") != VERSION:
        raise UnitsError(f"{name!r} is of version {about.get('version')!r:.100} of the format; this torsor reads "
                         f"{VERSION}")
    return unit_from_dict(about.get("unit"))


def assembled(values, unit, parts, correlated, name) -> DimArray:
    """An array of its values and the parts of its uncertainty, as :func:`error_parts` gives them."""
    new = DimArray(values, unit)
    if not isinstance(correlated, bool):
        raise UnitsError(f"'correlated' of {name!r} is true or false")
    checked = []
    for part, more in parts:
        part = numbers(part, name)
        source = shape_from(more.get("source", list(part.shape)), f"a source of {name}")
        try:
            fits = np.broadcast_shapes(part.shape, values.shape) == values.shape
        except ValueError:
            fits = False
        if not fits:
            raise UnitsError(f"an uncertainty of shape {part.shape} does not fit {name!r} of shape {values.shape}")
        if not {1, *values.shape}.issuperset(source):
            raise UnitsError(f"a source of shape {source} is none of {name!r} of shape {values.shape}")
        checked.append((source, part))
    if checked:
        new._error = restored_uncertainty(checked, correlated)
    return new


def uncertain(values, unit, sigma) -> DimArray:
    """An array whose elements have uncertainties of their own, NaN among them allowed."""
    new = DimArray(values, unit)
    new._error = Uncertainty.fresh(sigma)
    return new


def numbers(values, name) -> np.ndarray:
    """An array that holds numbers only."""
    values = np.asarray(values)
    if values.dtype.kind not in "biufc":
        raise UnitsError(f"{name!r} holds {values.dtype}, not numbers")
    return values


def dtype_to_text(dtype) -> str:
    """A type of elements by the name that all machines know.

    Raises
    ------
    UnitsError
        If it is one that differs between machines (longdouble).
    """
    if dtype.name not in _DTYPES:
        raise UnitsError(f"{dtype} differs between machines; store .astype of another type")
    return dtype.name if dtype.isnative else dtype.str


def dtype_from_text(text, name: str) -> np.dtype:
    """The type of a name that :func:`dtype_to_text` gives."""
    for dtype in _DTYPES.values():
        if text == dtype.name:
            return dtype
        if text == dtype.newbyteorder().str:
            return dtype.newbyteorder()
    raise UnitsError(f"the elements of {name!r} are of no known type: {text!r:.100}")


def shape_from(given, name: str) -> tuple:
    """A checked shape."""
    if not isinstance(given, list) or not all(type(n) is int and 0 <= n < 2**62 for n in given) or len(given) > 64:
        raise UnitsError(f"the shape of {name!r} is a list of lengths, not {given!r:.100}")
    return tuple(given)


# ---------------------------------------------------------------------------------------- JSON

def json_text(content, indent=None) -> str:
    """Strict JSON."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)


def json_content(text, what: str):
    """What a strict JSON text says.

    Raises
    ------
    UnitsError
        If it is malformed or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise UnitsError(f"{what} is nested too deeply") from None
    except (TypeError, ValueError) as error:
        raise UnitsError(f"{what} is no JSON: {error}") from None


def _refuse_constant(text):
    raise ValueError(f"{text} is no number of JSON")
