"""DimArrays as text: JSON, which keeps everything, and tables of comma-separated values."""
import csv
import re
from math import prod
from pathlib import Path

import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import UnitsError
from torsor.units.io import _definitions as stored
from torsor.units.parsing import parse
from torsor.units.unit import dimensionless

#: Numbers that JSON does not have.
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


# ---------------------------------------------------------------------------------------- JSON

def to_json(array, indent=2) -> str:
    """An array as a JSON text that keeps all of it.

    The elements are one flat list in C order, beside ``shape`` and ``dtype``.  Complex numbers are pairs; NaN and
    the infinities, which JSON does not have, are the texts ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.

    Parameters
    ----------
    array : DimArray or array_like
        Plain numbers are dimensionless.
    indent : int, optional
        Spaces of indentation; None for a single line.

    Raises
    ------
    UnitsError
        If the type of the elements differs between machines (longdouble).

    Examples
    --------
    >>> from torsor.units import DimArray, km
    >>> from_json(to_json(DimArray([1.5, 2.0], km)))
    DimArray([1.5, 2. ], 'km')
    """
    array = stored.quantity(array, "to_json")
    content = stored.description(array.unit) | array_content(array.data)
    if array.has_uncertainty:
        content["uncertainty"] = {"correlated": bool(array._error.correlated),
                                  "parts": [array_content(part) | source for part, source in stored.error_parts(array)]}
    return stored.json_text(content, indent)


def from_json(json_str) -> DimArray:
    """The array of a text that :func:`to_json` made.

    Raises
    ------
    UnitsError
        If the text is malformed; says where.
    """
    content = stored.json_content(json_str, "the text")
    unit = stored.described_unit(content, "the text")
    values = array_from(content, "data")
    given = content.get("uncertainty", {"parts": [], "correlated": False})
    if not isinstance(given, dict) or not isinstance(given.get("parts"), list):
        raise UnitsError("an uncertainty has a list of parts")
    parts = [(array_from(part, "uncertainty"), part) for part in given["parts"]]
    return stored.assembled(values, unit, parts, given.get("correlated"), "data")


def save_json(array, path, indent=2) -> None:
    """Write an array into a JSON file; see :func:`to_json`."""
    Path(path).write_text(to_json(array, indent), encoding="utf-8")


def load_json(path) -> DimArray:
    """The array in a file that :func:`save_json` wrote; see :func:`from_json`."""
    with stored.reading(path, "JSON"):
        return from_json(Path(path).read_text(encoding="utf-8"))


def array_content(values) -> dict:
    """An array of numbers in the types of JSON."""
    values = np.asarray(values)
    dtype = stored.dtype_to_text(values.dtype)
    flat = values.reshape(-1)
    data = list(map(list, zip(_spelt(flat.real), _spelt(flat.imag)))) if flat.dtype.kind == "c" else _spelt(flat)
    return {"dtype": dtype, "shape": list(values.shape), "data": data}


def _spelt(flat) -> list:
    """Numbers, with texts for those that JSON does not have."""
    data = flat.tolist()
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        data = [x if x - x == 0.0 else "NaN" if x != x else "Infinity" if x > 0.0 else "-Infinity" for x in data]
    return data


def array_from(content, name) -> np.ndarray:
    """The array of numbers that JSON describes."""
    if not isinstance(content, dict):
        raise UnitsError(f"{name!r} is described by a mapping, not by a {type(content).__name__}")
    dtype, shape = stored.dtype_from_text(content.get("dtype"), name), stored.shape_from(content.get("shape"), name)
    data = content.get("data")
    if not isinstance(data, list) or len(data) != prod(shape):
        raise UnitsError(f"{name!r} of shape {shape} is a list of {prod(shape)} elements")
    if dtype.kind == "c":
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in data):
            raise UnitsError(f"the complex numbers of {name!r} are pairs")
        component = np.empty(0, dtype).real.dtype
        flat = _numbers([x for pair in data for x in pair], component, name).view(dtype)
    else:
        flat = _numbers(data, dtype, name)
    try:
        return flat.reshape(shape)
    except ValueError as error:
        raise UnitsError(f"{name!r} of shape {shape}: {error}") from None


def _numbers(data: list, dtype, name) -> np.ndarray:
    """A flat list as an array, if every item is a number of that type."""
    kinds = set(map(type, data))
    if dtype.kind == "f" and str in kinds:
        unknown = next((x for x in data if isinstance(x, str) and x not in _NOT_FINITE), None)
        if unknown is not None:
            raise UnitsError(f"an element of {name!r} is {unknown!r:.100}; the texts for numbers are "
                             f"{', '.join(_NOT_FINITE)}")
        data = [_NOT_FINITE[x] if isinstance(x, str) else x for x in data]
    allowed = {bool} if dtype.kind == "b" else {int, float, str} if dtype.kind == "f" else {int}
    if not kinds <= allowed:
        raise UnitsError(f"an element of {name!r} is a {(kinds - allowed).pop().__name__}, not of type {dtype}")
    try:
        with np.errstate(over="raise"):
            return np.array(data, dtype)
    except ArithmeticError as error:
        raise UnitsError(f"an element of {name!r} is out of range: {error}") from None


# ---------------------------------------------------------------------------------------- CSV

_HEADER = re.compile(r"(?P<name>.*?)\s*\[(?P<unit>[^\[\]]*)\]\s*", re.DOTALL)
_UNCERTAINTY = "± "
_WHOLE = re.compile("[+-]?[0-9]+")


def save_csv(data, path, delimiter=",") -> None:
    """Write columns into a table of comma-separated values, with units in its first line: ``time [s],length [km]``.

    Every number is written so that it is read as the same one.  Of its type only the kind remains: bool, int64,
    float64 or complex128.  Uncertainties make a column ``± length [km]`` of their own; that elements share them
    is not written.

    Parameters
    ----------
    data : dict
        DimArrays and plain arrays of one axis and one length, by name.
    path : str or Path
    delimiter : str, optional
        A single character.

    Raises
    ------
    ValueError
        If lengths differ, an array has not one axis, or a name is empty, begins with "± " or with a space, or ends
        with one.
    UnitsError
        If a unit cannot be told by its text, as those that are not in the catalogue: JSON keeps these.
    """
    columns = {}
    for name, given in data.items():
        if (not isinstance(name, str) or not name or name != name.strip() or "\0" in name
                or name.startswith(_UNCERTAINTY.strip())):
            raise ValueError(f"a column cannot be named {name!r}")
        array = stored.quantity(given, "save_csv")
        if array.ndim != 1:
            raise ValueError(f"a column has one axis; {name!r} is of shape {array.shape}")
        columns[_header(name, array.unit)] = array.data.tolist()
        if array.has_uncertainty:
            sigma = array.uncertainty
            columns[_header(_UNCERTAINTY + name, sigma.unit)] = sigma.data.tolist()
    if len(set(map(len, columns.values()))) > 1:
        raise ValueError("columns of different lengths make no table: "
                         + ", ".join(f"{len(column)} of {name!r}" for name, column in columns.items()))
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values()))


def load_csv(path, delimiter=",") -> dict:
    """The columns of a table whose first line names them, with units in brackets.

    A column of whole numbers is int64, one of ``True`` and ``False`` bool, any other float64 or, if need be,
    complex128.  An empty cell is NaN.

    Parameters
    ----------
    path : str or Path
    delimiter : str, optional
        A single character.

    Returns
    -------
    dict of DimArray
        Those without brackets are dimensionless.

    Raises
    ------
    UnitsError
        If the table is malformed, or a unit is unknown; says where.
    """
    with stored.reading(path, "CSV"), open(path, newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file, delimiter=delimiter, strict=True) if row]
        if not rows:
            raise UnitsError(f"{path} has no line with names")
        header = rows.pop(0)
        for k, row in enumerate(rows):
            if len(row) != len(header):
                raise UnitsError(f"row {k + 1} of {path} has {len(row)} cells, its header {len(header)}")
        columns = {}
        for k, text in enumerate(header):
            match = _HEADER.fullmatch(text)
            name, unit = (match["name"], parse(match["unit"])) if match else (text, dimensionless)
            name = name.strip()
            if "\0" in name:
                raise UnitsError(f"{path} is no text")
            if not name or name in columns:
                raise UnitsError(f"{path} has {'two columns' if name else 'a column'} named {name!r}")
            columns[name] = _column([row[k] for row in rows], name), unit
    return _with_uncertainties(columns)


def _header(name, unit) -> str:
    if unit is dimensionless:
        return f"{name} [1]" if _HEADER.fullmatch(name) else name
    text = format(unit, "plain")
    try:
        known = parse(text)
    except UnitsError:
        known = None
    if known != unit:
        raise UnitsError(f"{name!r} is in {text!r}, which a text alone does not define; use save_json")
    return f"{name} [{text}]"


def _column(cells: list, name) -> np.ndarray:
    """Texts as the simplest numbers that they all are."""
    cells = [cell.strip() for cell in cells]
    if cells and set(cells) <= {"True", "False"}:
        return np.array([cell == "True" for cell in cells])
    if cells and all(map(_WHOLE.fullmatch, cells)):
        whole = list(map(int, cells))
        return np.array(whole, np.uint64 if min(whole) >= 0 and max(whole) >= 2**63 else np.int64)
    for kind in (float, complex):
        try:
            return np.array([_number(cell, kind) for cell in cells], kind)
        except ValueError:
            continue
    for k, cell in enumerate(cells):
        try:
            _number(cell, complex)
        except ValueError:
            raise UnitsError(f"row {k + 1} of column {name!r} is no number: {cell!r:.100}") from None
    raise AssertionError


def _number(cell, kind):
    if "_" in cell:                 # 1_000 is Python's way
        raise ValueError
    return kind(cell or "nan")


def _with_uncertainties(columns) -> dict:
    found = {}
    for name, (values, unit) in columns.items():
        value = name.removeprefix(_UNCERTAINTY)
        if value == name or value not in columns:
            found[name] = DimArray(values, unit)
            if _UNCERTAINTY + name in columns:
                sigma = DimArray(*columns[_UNCERTAINTY + name]).to(unit.difference).data
                if sigma.dtype.kind == "c" or (sigma < 0).any():
                    raise UnitsError(f"the uncertainties of column {name!r} are real numbers from 0 on")
                found[name] = stored.uncertain(values, unit, sigma)
    return found
