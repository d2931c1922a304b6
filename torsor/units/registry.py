"""The units of the catalogue by name and symbol, made when they are first asked for."""
from fractions import Fraction
from functools import cache

from torsor.units.catalogue import BINARY_PREFIXES, PREFIXES, ROWS
from torsor.units.dimension import DIMENSIONLESS, Dimension
from torsor.units.parsing import parse
from torsor.units.unit import Unit, dimensionless

#: Modules whose names are those of torsor.units itself; the others are domains.
GENERAL = ("si", "common")
DOMAINS = tuple(dict.fromkeys(row.module for row in ROWS if row.module not in GENERAL))

_BASES = {name: Dimension(**{base: 1}) for base, name in (
    ("length", "m"), ("mass", "kg"), ("time", "s"), ("current", "A"), ("temperature", "K"), ("amount", "mol"),
    ("luminosity", "cd"))}
_made: dict = {}


@cache
def _names(module: str) -> dict:
    """``{name or symbol: row}`` of one module."""
    found: dict = {}
    for row in ROWS:
        if row.module == module:
            for name in row.names.split():
                found.setdefault(name, row)
    for row in ROWS:
        if row.module == module:
            found.setdefault(row.symbol, row)
    return found


def names(module: str) -> list:
    """The public names of the units of one module."""
    return [name for row in ROWS if row.module == module for name in row.names.split()]


def make(row) -> Unit:
    """The unit of a row; there is one object of each."""
    found = _made.get(row)
    if found is None:
        if row.value.startswith("="):
            found = find(row.value[1:])
        elif row.names == "dimensionless":
            found = dimensionless
        elif not row.value:
            found = Unit(row.symbol, _BASES.get(row.symbol, DIMENSIONLESS), 1)
        else:
            value = parse(row.value.replace(" ", "*", 1), find)     # the space after a leading number
            found = Unit(row.symbol, value.dimension, value._ratio, Fraction(row.offset or 0), float(row.decades or 0))
        found = _made.setdefault(row, found)
    return found


def find(name: str, modules=None):
    """The unit of a name or symbol, with or without a prefix; None where there is none.

    Parameters
    ----------
    name : str
        Such as ``"km"``, ``"kilometer"``, ``"°C"``.
    modules : sequence of str, optional
        Where to look, in this order; by default the general ones, then the domains.
    """
    for module in (*GENERAL, *DOMAINS) if modules is None else modules:
        row = _names(module).get(name)
        if row is not None:
            return make(row)
        if module == GENERAL[-1]:
            found = _prefixed(name)
            if found is not None:
                return found
    for module in DOMAINS if modules is None else modules:
        found = _prefixed(name, module)
        if found is not None:
            return found
    return None


_prefixed_units: dict = {}


def _prefixed(name: str, *modules):
    """A prefix and the unit of a row that takes it."""
    key = name, modules
    if key not in _prefixed_units:
        for prefix, is_long, factor, symbol, kinds in _prefixes():
            rest = name.removeprefix(prefix)
            if rest and rest != name:
                for module in modules or GENERAL:
                    row = _names(module).get(rest)
                    if row is not None and row.prefixes in kinds and _takes(row, rest, is_long) and (
                            row.prefixes != "binary" or factor >= 1000):
                        base = make(row)
                        made = Unit(symbol + base.symbol, base.dimension, base._ratio * factor)
                        return _prefixed_units.setdefault(key, _canonical.setdefault((symbol, row), made))
    return _prefixed_units.get(key)


_canonical: dict = {}           # (prefix, row) -> unit: one object for km, kilometer and kilometre


def _takes(row, name: str, is_long: bool) -> bool:
    """Whether a long prefix goes with the long names of a row, a short one with its symbol."""
    if is_long:
        return name == row.names.split()[0] or (len(name) > 3 and name != row.symbol)
    return len(name) <= 3 or name == row.symbol


@cache
def _prefixes() -> tuple:
    """``(prefix, whether it is a word, factor, its symbol, kinds of rows that take it)``; longer ones first."""
    found = []
    for prefixes, kinds in ((PREFIXES, ("si", "binary")), (BINARY_PREFIXES, ("binary",))):
        symbols: dict = {}
        for symbol, (word, factor) in prefixes.items():
            first = symbols.setdefault(word, symbol)
            found.append((symbol, False, Fraction(factor), first, kinds))
            if first == symbol:
                found.append((word, True, Fraction(factor), symbol, kinds))
    return tuple(sorted(found, key=lambda row: -len(row[0])))


@cache
def bases() -> tuple:
    """The seven SI base units, in the order of a Dimension's exponents."""
    return tuple([find(symbol) for symbol in _BASES])


@cache
def _coherent() -> dict:
    """``{dimension: unit}`` of the SI units with names; of several the first."""
    found: dict = {}
    for row in ROWS:
        if row.module == "si" and row.value:
            unit = make(row)
            if unit.is_linear and unit._ratio == 1 and not unit.is_dimensionless:
                found.setdefault(unit.dimension, unit)
    return found


def named_like(unit: Unit):
    """The SI unit with a name of its own that equals a unit, or None."""
    if unit.is_dimensionless and unit.is_linear and unit._ratio == 1:
        return dimensionless
    found = _coherent().get(unit.dimension)
    for base, dimension in _BASES.items():
        if dimension is unit.dimension:
            found = find(base)
    return found if found is not None and found == unit else None
