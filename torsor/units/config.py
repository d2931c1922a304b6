"""How DimArrays are printed, and what may be set about it."""
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class DisplayOptions:
    """How DimArrays are printed.

    Parameters
    ----------
    precision : int
        Digits after the point.
    threshold : int
        Elements from which on an array is abbreviated.
    edgeitems : int
        Elements shown at each end of an abbreviated array.
    linewidth : int
        Characters in a line.
    suppress_small : bool
        Print small numbers without an exponent.
    """

    precision: int = 4
    threshold: int = 1000
    edgeitems: int = 3
    linewidth: int = 75
    suppress_small: bool = False

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "suppress_small":
                if not isinstance(value, bool):
                    raise TypeError(f"suppress_small is a bool, not {value!r}")
            elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{field.name} is a whole number from 0 on, not {value!r}")


_DEFAULTS = DisplayOptions()            # cannot be changed
_options: ContextVar = ContextVar("display options of torsor.units", default=_DEFAULTS)


class _Display:
    """The options in force as attributes, which may be set."""

    def __getattr__(self, name):
        return getattr(get_display(), name)

    def __setattr__(self, name, value):
        set_display(**{name: value})

    def __repr__(self):
        return repr(get_display())


display = _Display()


def get_display() -> DisplayOptions:
    """The options in force."""
    return _options.get()


def set_display(**changes) -> None:
    """Change display options; see :class:`DisplayOptions`."""
    _options.set(_changed(changes))


def reset_display() -> None:
    """Set every display option back to its default."""
    _options.set(_DEFAULTS)


@contextmanager
def options(**changes):
    """Display options for the length of a ``with`` block."""
    token = _options.set(_changed(changes))
    try:
        yield
    finally:
        _options.reset(token)


def precision(n: int):
    """So many digits after the point, for the length of a ``with`` block."""
    return options(precision=n)


def _changed(changes) -> DisplayOptions:
    unknown = set(changes) - {field.name for field in fields(DisplayOptions)}
    if unknown:
        raise TypeError(f"there is no display option {', '.join(sorted(unknown))}")
    return replace(get_display(), **{name: value for name, value in changes.items() if value is not None})


def _numbers(values, separator, prefix=""):
    display = get_display()
    with np.printoptions(precision=display.precision, threshold=display.threshold, edgeitems=display.edgeitems,
                         linewidth=display.linewidth, suppress=display.suppress_small):
        return np.array2string(np.asarray(values), separator=separator, prefix=prefix)


def text(array) -> str:
    """``[1. 2.] m``, with ``± [...]`` where uncertainties are carried along."""
    numbers = _numbers(array._values, " ")
    if array.has_uncertainty:
        numbers = f"{numbers} ± {_numbers(array.uncertainty._values, ' ')}"
    unit = str(array.unit)
    return numbers if unit == "1" else f"{numbers} {unit}"


def representation(array) -> str:
    """``DimArray([1., 2.], 'm')``."""
    more = f", uncertainty={_numbers(array.uncertainty._values, ', ')}" if array.has_uncertainty else ""
    if array.dtype not in (np.dtype(float), np.dtype(int), np.dtype(complex)):
        more += f", dtype={array.dtype}"
    return f"DimArray({_numbers(array._values, ', ', 'DimArray(')}, {str(array.unit)!r}{more})"


def formatted(array, spec: str) -> str:
    """The numbers by a format specification, followed by the unit."""
    if not spec:
        return str(array)
    values = np.asarray(array._values)
    unit = "" if str(array.unit) == "1" else f" {array.unit}"
    if values.ndim == 0:
        number = format(values.item(), spec)
        return number + (f" ± {format(float(array.uncertainty._values), spec)}" if array.has_uncertainty else "") + unit
    def numbers(values):
        with np.printoptions(threshold=get_display().threshold, edgeitems=get_display().edgeitems):
            return np.array2string(np.asarray(values), formatter={"all": lambda x: format(x, spec)})

    error = f" ± {numbers(array.uncertainty._values)}" if array.has_uncertainty else ""
    return numbers(values) + error + unit
