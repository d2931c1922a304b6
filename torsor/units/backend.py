"""Low-level functions on plain arrays and dimensions, for code that keeps units itself.

Arrays are float32, float64, int32 or int64, as NumPy's promotion has it; they run on torsor's kernels.
"""
from torsor._kernels import engine
from torsor.ufuncs import UFUNCS
from torsor.units.dimension import Dimension
from torsor.units.errors import DimensionError

#: Whether compiled kernels do the arithmetic.
HAS_NATIVE_BACKEND = bool(engine.native_loops())


def add_arrays(a, b):
    """Sum of two arrays."""
    return UFUNCS["add"](a, b)


def sub_arrays(a, b):
    """Difference of two arrays."""
    return UFUNCS["subtract"](a, b)


def mul_arrays(a, b):
    """Product of two arrays."""
    return UFUNCS["multiply"](a, b)


def div_arrays(a, b):
    """Quotient of two arrays."""
    return UFUNCS["divide"](a, b)


def pow_array(a, power):
    """An array to a power."""
    return UFUNCS["power"](a, power)


def dimensions_compatible(a, b) -> bool:
    """Whether quantities of two dimensions can be added."""
    return _dimension(a) is _dimension(b)


def multiply_dimensions(a, b) -> Dimension:
    """Dimension of a product."""
    return _dimension(a) * _dimension(b)


def divide_dimensions(a, b) -> Dimension:
    """Dimension of a quotient."""
    return _dimension(a) / _dimension(b)


def power_dimension(a, power) -> Dimension:
    """Dimension of a power."""
    return _dimension(a) ** power


def _dimension(x) -> Dimension:
    if not isinstance(x, Dimension):
        raise DimensionError(f"a Dimension is wanted, not {type(x).__name__}")
    return x
