"""Constants of nature: the CODATA recommended values of 2022, with units and standard uncertainties."""
from torsor.units.codata import VALUES
from torsor.units.dimarray import DimArray
from torsor.units.parsing import parse


class Constant(DimArray):
    """A constant: a 0-d DimArray with a name, which cannot be changed.

    It goes through arithmetic with its value alone; ``to_dimarray`` gives one with the uncertainty.

    Parameters
    ----------
    symbol, name : str
        As printed.
    value : float
        In ``unit``.
    unit : Unit
        Its unit.
    uncertainty : float, optional
        Standard uncertainty; 0 where the value is exact.
    """

    def __init__(self, symbol, name, value, unit, uncertainty=0.0):
        if not uncertainty >= 0:
            raise ValueError(f"an uncertainty is a number from 0 on, not {uncertainty}")
        super().__init__(float(value), unit)
        self.symbol, self.name, self._sigma = symbol, name, float(uncertainty)
        self._values = self._values[()]

    @property
    def data(self):
        """The value, a copy."""
        return self.to(self.unit).data

    @property
    def value(self):
        """The value, a float."""
        return float(self._values)

    @property
    def is_exact(self):
        """Whether the value is one by definition."""
        return self._sigma == 0.0

    @property
    def uncertainty(self):
        """Standard uncertainty, a float in the constant's unit."""
        return self._sigma

    @property
    def relative_uncertainty(self):
        """Uncertainty over magnitude."""
        return self._sigma / abs(self.value)

    def to_dimarray(self):
        """The value as a DimArray, with its uncertainty where it has one."""
        return DimArray(self.value, self.unit, uncertainty=None if self.is_exact else self._sigma)

    def __repr__(self):
        error = "exact" if self.is_exact else f"uncertainty={self._sigma!r}"
        return f"Constant({self.symbol!r}, {self.name!r}, {self.value!r}, {str(self.unit)!r}, {error})"

    def __str__(self):
        return f"{self.symbol} = {self.value!r} {self.unit}"

    def __setitem__(self, key, value):
        raise TypeError("a constant cannot be changed")

    def _writable(self):
        raise TypeError("a constant cannot be changed")

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return Constant, (self.symbol, self.name, self.value, self.unit, self._sigma)


def _refuse(self, other):
    raise TypeError("a constant cannot be changed")


for _operator in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Constant, f"__i{_operator}__", _refuse)

_rows = {name: row for row in VALUES for name in row.names.split()}
_made: dict = {}


def __getattr__(name):
    row = _rows.get(name)
    if row is None:
        raise AttributeError(f"module 'torsor.units.constants' has no constant {name!r}")
    if row not in _made:
        _made[row] = Constant(row.symbol, row.name, float(row.value), parse(row.unit), float(row.uncertainty or 0))
    globals()[name] = _made[row]
    return _made[row]


def __dir__():
    return sorted(__all__)


__all__ = ["Constant"]
__all__ += list(_rows)
