"""Quantities read from text, and the catalogue written as text: what ``torsor units`` prints."""
import re
from math import inf, isfinite

import numpy as np

from torsor.units import registry
from torsor.units.catalogue import ROWS, SOURCES, Row
from torsor.units.dimarray import DimArray
from torsor.units.errors import UnitParseError, UnitsError
from torsor.units.parsing import parse
from torsor.units.unit import Unit, conversion, exact

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

#: Every module of the catalogue: the general ones, then the domains.
FIELDS = (*registry.GENERAL, *registry.DOMAINS)


def quantity(text: str) -> DimArray:
    """The quantity that a text names; nothing is evaluated.

    Parameters
    ----------
    text : str
        A number as Python writes floats, followed by a unit: ``"3 ft"``, ``"-40 degC"``, ``"1e3 kg*m/s**2"``,
        ``"60/min"``.  A unit alone means one of it, a number alone is a pure number.

    Raises
    ------
    UnitParseError
        If it is no such text; says where.

    Examples
    --------
    >>> print(quantity("3 ft"))
    3. ft
    """
    start = len(text) - len(text.lstrip())
    match = _NUMBER.match(text, start)
    if match is None:
        return DimArray(1.0, parse(text))
    value, end = float(match.group()), match.end()
    if not isfinite(value):
        raise UnitParseError(f"{match.group()} is too large for a floating-point number", text, start)
    rest = text[end:].lstrip()
    # Blanks, and the factor of one in 60/min, keep positions in errors those of the whole text.
    if rest[:1] in ("/", "*", "·", "×"):
        unit_text = " " * (end - 1) + "1" + text[end:]
    elif rest[:1].isdecimal() or rest[:1] == ".":
        raise UnitParseError("a second number", text, text.index(rest, end))
    else:
        unit_text = " " * end + text[end:]
    try:
        return DimArray(value, parse(unit_text))
    except UnitParseError as error:
        raise UnitParseError(error.message, text if error.text else "", error.position) from None


def converted(text: str, target: Unit) -> float:
    """The number of a quantity, given as text, in another unit: but for levels the nearest float to the exact one.

    Raises
    ------
    UnitsError
        If the text is no quantity, the dimensions differ, or there is no such number: the level in dBm of -1 W.
    """
    given = quantity(text)
    source, value = given.unit, float(given.data)
    conversion(source, target)
    try:
        if source.decades or target.decades:
            with np.errstate(all="ignore"):
                result = float(given.to(target).data)
        else:
            result = float((exact(value) + source._offset) * source._ratio / target._ratio - target._offset)
    except OverflowError:
        result = inf
    if not isfinite(result):
        raise UnitsError(f"{text.strip()!r} has no finite value in {str(target)!r}")
    return result


def shown(value: float, unit: Unit, digits: int | None = None) -> str:
    """A number and its unit; with all digits that tell it from other floats, or so many significant ones."""
    number = repr(value) if digits is None else f"{value:.{min(digits, 17)}g}"
    return number if str(unit) == "1" else f"{number} {unit}"


def rows(field: str | None = None, text: str = "") -> list:
    """Rows of the catalogue, of one field or of all, with a text in a name or symbol; its case does not matter."""
    wanted = text.casefold()
    return [row for row in ROWS if field in (None, row.module) and any(
        wanted in name.casefold() for name in (*row.names.split(), row.symbol))]


def definition(row: Row) -> str:
    """What a unit is in others: ``1/3 yard``, ``(t + 273.15) * 1 K``, ``0.001 W * 10**(0.1 L)``."""
    if row.offset:
        return f"(t + {row.offset}) * {row.value}"
    if row.decades:
        return f"{row.value} * 10**({row.decades} L)"
    return row.value.replace("=", "= ").removeprefix("1 ") or "base unit"


def table(chosen: list) -> list:
    """Lines: rows in columns under the name of their field, and the sources that they cite."""
    cells = [(", ".join(row.names.split()), row.symbol, definition(row), row.source) for row in chosen]
    widths = [max(map(len, column)) for column in zip(*cells)][:3]
    lines, field = [], None
    for row, cell in zip(chosen, cells):
        if row.module != field:
            field = row.module
            lines += ["", f"{field}:"]
        lines.append("  ".join(["", *[f"{part:{width}}" for part, width in zip(cell, widths)], cell[3]]))
    sources = sorted({row.source for row in chosen})
    return [*lines[1:], "", "Sources:", *[f"  {key}: {SOURCES[key]}" for key in sources]]
