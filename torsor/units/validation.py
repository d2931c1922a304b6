"""Constraints that values can be checked against."""
import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import ConstraintError
from torsor.units.rules import bare


class Constraint:
    """What values must satisfy; subclasses say it in ``check``."""

    @property
    def name(self) -> str:
        """Name of the constraint."""
        return type(self).__name__

    @property
    def description(self) -> str:
        """What holds where it is satisfied."""
        return (type(self).__doc__ or "").partition("\n")[0]

    def check(self, data):
        """Which elements satisfy it, an array of truth values."""
        raise NotImplementedError

    def is_satisfied(self, data) -> bool:
        """Whether every element does."""
        return bool(np.all(self.check(data)))

    def validate(self, data) -> None:
        """Raise ConstraintError where an element does not."""
        wrong = np.flatnonzero(~np.atleast_1d(np.asarray(self.check(data))))
        if wrong.size:
            indices = [int(k) for k in wrong[:10]]
            values = np.ravel(data.data if isinstance(data, DimArray) else data)[indices[:3]]
            unit = f" {data.unit}" if isinstance(data, DimArray) and not data.is_dimensionless else ""
            raise ConstraintError(f"{self.name}: {wrong.size} of {np.size(values_of(data))} values violate "
                                  f"{self.description[:1].lower()}{self.description[1:].rstrip('.')}, "
                                  f"the first at {indices}: {np.asarray(values)}{unit}", self.name, indices)

    def __repr__(self):
        return f"{type(self).__name__}()"


def values_of(data):
    """The plain values of an array."""
    return np.asarray(data.data if isinstance(data, DimArray) else data)


class Positive(Constraint):
    """Every value is above zero."""

    def check(self, data):
        return values_of(data) > 0


class NonNegative(Constraint):
    """No value is below zero."""

    def check(self, data):
        return values_of(data) >= 0


class NonZero(Constraint):
    """No value is zero."""

    def check(self, data):
        return values_of(data) != 0


class Finite(Constraint):
    """Every value is finite."""

    def check(self, data):
        return np.isfinite(values_of(data))


class NotNaN(Constraint):
    """No value is NaN."""

    def check(self, data):
        return ~np.isnan(values_of(data))


class Bounded(Constraint):
    """Every value lies between two limits, or is one of them.

    Parameters
    ----------
    min_val, max_val : float or DimArray
        The limits; plain numbers are in the unit of the data.
    """

    def __init__(self, min_val, max_val):
        if bool(np.any(min_val > max_val)) or min_val != min_val or max_val != max_val:
            raise ValueError(f"the lower limit {min_val} is above the upper one {max_val}")
        self.min_val, self.max_val = min_val, max_val

    @property
    def description(self) -> str:
        """What holds where it is satisfied."""
        return f"every value lies in [{self.min_val}, {self.max_val}]"

    def check(self, data):
        low, high = (bare(limit, data.unit, "Bounded") if isinstance(limit, DimArray) and isinstance(data, DimArray)
                     else limit for limit in (self.min_val, self.max_val))
        values = values_of(data)
        return (values >= low) & (values <= high)

    def __repr__(self):
        return f"Bounded({self.min_val!r}, {self.max_val!r})"


def validate_all(data, constraints) -> None:
    """Raise ConstraintError for the first constraint that is violated."""
    for constraint in constraints:
        constraint.validate(data)


def is_all_satisfied(data, constraints) -> bool:
    """Whether all constraints are satisfied."""
    return all(constraint.is_satisfied(data) for constraint in constraints)


class ConservationTracker:
    """Watches a quantity that ought to stay the same.

    Parameters
    ----------
    name : str, optional
        Of the quantity.
    """

    def __init__(self, name="Conserved Quantity"):
        self.name = name
        self._values: list = []

    def record(self, value) -> None:
        """Note the present value, a number or a DimArray of one; arrays are summed up."""
        value = value.sum() if getattr(value, "ndim", 0) else value
        if self._values and isinstance(value, DimArray):
            value = value.to(self._values[0].unit)
        self._values.append(value)

    def _numbers(self):
        return np.array([float(x.data) if isinstance(x, DimArray) else float(x) for x in self._values])

    def is_conserved(self, rtol=1e-9, atol=0.0) -> bool:
        """Whether every recorded value is the first one, within tolerances."""
        values = self._numbers()
        return bool(values.size < 2 or np.all(np.abs(values - values[0]) <= atol + rtol * np.abs(values[0])))

    def drift(self) -> float:
        """Relative change from the first value to the last (absolute where the first is zero)."""
        values = self._numbers()
        return 0.0 if values.size < 2 else float(_relative(values[-1] - values[0], values[0]))

    def max_drift(self) -> float:
        """Largest relative change from the first value, without a sign."""
        values = self._numbers()
        return 0.0 if values.size < 2 else float(np.max(np.abs(_relative(values - values[0], values[0]))))

    def reset(self) -> None:
        """Forget all values."""
        self._values.clear()

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return f"ConservationTracker({self.name!r}, {len(self)} values)"


def _relative(change, start):
    return change / abs(start) if start else change
