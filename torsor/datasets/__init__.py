"""The data sets that come with the package (see README.md) and how they are read and checked.

Reading CSV files in general, and fast, is not done here.
"""
from os import PathLike
from pathlib import Path

_PIXELS = 64


def digits(path: str | PathLike | None = None) -> list[list[int]]:
    """Handwritten digits, one list for each: 64 pixels of 0 to 16, then the digit they show.

    Parameters
    ----------
    path : path-like, optional
        A file of the same form; the one in the package by default.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If a line is anything else; the text names the file and the line.

    Examples
    --------
    >>> rows = digits()
    >>> len(rows), rows[0][-1]
    (1797, 0)
    """
    path = Path(__file__).with_name("digits.csv") if path is None else Path(path)
    with open(path, encoding="ascii", errors="replace") as lines:
        rows = [_digit(line, f"digits: {path}, line {i}") for i, line in enumerate(lines, 1)]
    if not rows:
        raise ValueError(f"digits: {path} is empty; expected lines of {_PIXELS} pixels and a digit")
    return rows


def _digit(line: str, where: str) -> list[int]:
    fields = line.strip().split(",")
    if len(fields) != _PIXELS + 1:
        raise ValueError(f"{where}: {len(fields)} fields; expected {_PIXELS} pixels and a digit")
    for column, (field, top) in enumerate(zip(fields, [16] * _PIXELS + [9]), 1):
        if not (field.isascii() and field.isdigit() and len(field) <= 2 and int(field) <= top):
            raise ValueError(
                f"{where}, column {column}: {field[:20]!r}; expected a whole number of 0 to {top}")
    return [int(field) for field in fields]
