"""What goes wrong with units; every text names both operands' units."""


class UnitsError(ValueError):
    """Base class of all errors of units."""


#: The name that programs written for dimtensor catch.
DimTensorError = UnitsError


class DimensionError(UnitsError):
    """Operands whose dimensions do not fit the operation.

    Parameters
    ----------
    message : str
        What went wrong.
    left, right : Dimension, Unit or None
        What the operands had.
    operation : str or None
        Name of the function.
    """

    def __init__(self, message, left=None, right=None, operation=None):
        super().__init__(message)
        self.left, self.right, self.operation = left, right, operation

    @classmethod
    def incompatible(cls, left, right, operation):
        """The error of an operation on two dimensions or units that differ."""
        same = getattr(left, "dimension", left) is getattr(right, "dimension", right)
        reason = "are points and differences, or levels and quantities" if same else "have different dimensions"
        return cls(f"{operation}: {named(left)} and {named(right)} {reason}", left, right, operation)

    def __reduce__(self):
        return type(self), (str(self), self.left, self.right, self.operation)


class UnitConversionError(UnitsError):
    """Units between which no conversion exists.

    Parameters
    ----------
    message : str
        What went wrong.
    from_unit, to_unit : str or None
        The units.
    """

    def __init__(self, message, from_unit=None, to_unit=None):
        super().__init__(message)
        self.from_unit, self.to_unit = from_unit, to_unit

    @classmethod
    def incompatible(cls, from_unit, to_unit):
        """The error of a conversion between units of different dimensions."""
        return cls(f"cannot convert {named(from_unit)} to {named(to_unit)}", str(from_unit), str(to_unit))

    def __reduce__(self):
        return type(self), (str(self), self.from_unit, self.to_unit)


class UnitParseError(UnitsError):
    """A text that is no unit.

    Parameters
    ----------
    message : str
        What is wrong with it.
    text : str
        The whole text.
    position : int
        Where in it the trouble starts.
    """

    def __init__(self, message, text="", position=0):
        super().__init__(f"{message} at position {position} of {text!r}" if text else message)
        self.message, self.text, self.position = message, text, position

    def __reduce__(self):
        return type(self), (self.message, self.text, self.position)


class ConstraintError(UnitsError):
    """Values that violate a constraint.

    Parameters
    ----------
    message : str
        What went wrong.
    constraint : str or None
        Name of the constraint.
    indices : list of int or None
        Flat indices of the first values that violate it.
    """

    def __init__(self, message, constraint=None, indices=None):
        super().__init__(message)
        self.constraint, self.indices = constraint, indices

    def __reduce__(self):
        return type(self), (str(self), self.constraint, self.indices)


def named(thing) -> str:
    """A unit or dimension in an error's text: ``'km' [L]``."""
    dimension = getattr(thing, "dimension", None)
    if dimension is None:
        return f"{str(thing)!r}"
    return "a plain number" if str(thing) == "1" else f"{str(thing)!r} [{dimension}]"
