"""Arrays with a unit.

Operators on two arrays of one unit, and with numbers, are decided here, in a few pointer comparisons; whatever
else happens to units is said by rules.py (element-wise operations) and protocol.py (NumPy's functions).
"""
from fractions import Fraction

import numpy as np

from torsor.tensor import Symbol, Tensor
from torsor.ufuncs import UFUNCS
from torsor.units import config
from torsor.units.errors import DimensionError, UnitsError, named
from torsor.units.unit import Unit, conversion, dimensionless, linear_factor, product, quotient, root

_ndarray = np.ndarray
_generic = np.generic


def _wrap(data, unit):
    """A DimArray over results of torsor's own: a Tensor, or a NumPy scalar for no dimensions."""
    new: DimArray = DimArray.__new__(DimArray)
    new._values = data
    new._unit = unit
    new._error = None
    return new


_rules = None           # the modules of rules, which know this one
_protocol = None


def connect(rules, protocol):
    """Say which modules know what happens to units; called once, by torsor/units/__init__.py."""
    global _rules, _protocol
    _rules, _protocol = rules, protocol


def _tensor(data, dtype=None, copy=None):
    """Numbers as a Tensor; objects, strings and dates have no unit."""
    if isinstance(data, Symbol):
        return data if dtype is None else data.astype(dtype)
    if isinstance(data, _ndarray) and hasattr(data, "mask"):
        raise TypeError(f"a DimArray has no mask, and would lose that of {type(data).__name__}")
    array = np.array(data, dtype=dtype, copy=copy)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"a DimArray holds numbers, not {array.dtype}")
    return array if type(array) is Tensor else array.view(Tensor)


def _holds_quantities(data) -> bool:
    """Whether some item of nested lists is a DimArray."""
    if isinstance(data, (list, tuple)):
        return any(map(_holds_quantities, data))
    return isinstance(data, DimArray)


def _from_list(data, unit):
    """Nested lists with DimArrays among the items, as values in one unit."""
    if isinstance(data, (list, tuple)):
        items = [_from_list(item, unit) for item in data]
        return np.stack(items) if items else np.empty(0)
    return np.asarray(_rules.bare(data, unit, "DimArray"))


def _error_of_list(data, unit):
    """The uncertainty of nested lists with DimArrays, or None."""
    if not any(x.has_uncertainty for x in _protocol.quantities(data)):
        return None
    from torsor.units.uncertainty import Uncertainty

    return Uncertainty.fresh(_sigma_of_list(data, unit))


def _sigma_of_list(data, unit):
    if isinstance(data, (list, tuple)):
        return np.stack([_sigma_of_list(item, unit) for item in data])
    if isinstance(data, DimArray) and data.has_uncertainty:
        return np.asarray(data.to(unit).uncertainty._values)
    return np.zeros(np.shape(data._values if isinstance(data, DimArray) else data))


def _first_unit(data):
    if isinstance(data, DimArray):
        return data._unit
    for item in data:
        if _holds_quantities(item):
            return _first_unit(item)
    raise AssertionError


class DimArray:
    """An array of numbers in one unit.

    Parameters
    ----------
    data : array_like
        Real or complex numbers.  A DimArray, and a list with DimArrays in it, is converted to ``unit``.
    unit : Unit, optional
        Dimensionless by default, or the unit that ``data`` has already.
    dtype : dtype, optional
        Type of the elements.
    copy : bool, optional
        Copy the data in any case; by default an array is used as it is.
    uncertainty : array_like, optional
        Standard uncertainties, in the same unit, of the shape of ``data`` or broadcast to it.
    correlated : bool, optional
        Keep track of which results share inputs, so that ``x - x`` is certain.  By default all operands are
        taken to be independent.

    Raises
    ------
    TypeError
        If the data are no numbers, or ``unit`` is no Unit.
    UnitConversionError, DimensionError
        If the data have a unit already that does not fit.
    ValueError
        If an uncertainty is negative or of another shape.

    Examples
    --------
    >>> from torsor.units import DimArray, m, s
    >>> print(DimArray([100.0, 200.0], m) / DimArray(9.58, s))
    [10.4384 20.8768] m/s
    """

    __hash__ = None
    __array_priority__ = 1000.0

    def __init__(self, data, unit=None, dtype=None, copy=False, uncertainty=None, correlated=False):
        if unit is not None and not isinstance(unit, Unit):
            raise TypeError(f"a unit is a Unit, not {type(unit).__name__}; torsor.units.parse reads text")
        error = None
        if type(data) is not Tensor and _holds_quantities(data):
            unit = _first_unit(data) if unit is None else unit
            if isinstance(data, DimArray):
                error = data._error
                if data._unit is not unit:
                    change = conversion(data._unit, unit)
                    error = None if error is None else error.scaled(change.slope(data._values))
                    data = change(data._values)
                else:
                    data = data._values
            else:
                error = _error_of_list(data, unit)
                data = _from_list(data, unit)
        self._values = _tensor(data, dtype, True if copy else None)
        self._unit = dimensionless if unit is None else unit
        self._error = error
        if uncertainty is not None:
            from torsor.units.uncertainty import Uncertainty

            if isinstance(uncertainty, DimArray):
                uncertainty = _rules.bare_difference(uncertainty, self._unit, "uncertainty")
            self._error = Uncertainty.given(uncertainty, self._values.shape, correlated)

    @staticmethod
    def _make(data, unit):
        return _wrap(data, unit)

    # ------------------------------------------------------------------------------------ what it is

    @property
    def data(self):
        """The numbers, a Tensor over the same memory."""
        if type(self._values) is not Tensor:
            self._values = np.asarray(self._values).view(Tensor)
        return self._values

    @property
    def unit(self):
        """The unit."""
        return self._unit

    @property
    def dimension(self):
        """The dimension of the unit."""
        return self._unit._dimension

    @property
    def shape(self):
        """Lengths of the axes."""
        return self._values.shape

    @property
    def ndim(self):
        """Number of axes."""
        return self._values.ndim

    @property
    def size(self):
        """Number of elements."""
        return self._values.size

    @property
    def dtype(self):
        """Type of the elements."""
        return self._values.dtype

    @property
    def nbytes(self):
        """Bytes of the elements."""
        return self._values.nbytes

    @property
    def itemsize(self):
        """Bytes of one element."""
        return self._values.itemsize

    @property
    def is_dimensionless(self):
        """Whether these are pure numbers."""
        return self._unit.is_dimensionless

    @property
    def T(self):
        """The array with its axes reversed."""
        return self.transpose()

    @property
    def mT(self):
        """The array with its last two axes exchanged."""
        return _protocol.call(np.matrix_transpose, self)

    @property
    def real(self):
        """The real parts."""
        new: DimArray = _wrap(self._values.real, self._unit)
        new._error = self._error
        return new

    @property
    def imag(self):
        """The imaginary parts."""
        new: DimArray = _wrap(self._values.imag, self._unit)
        if self._error is not None and self._values.dtype.kind == "c":
            new._error = self._error
        return new

    @property
    def flat(self):
        """The elements one by one, in C order."""
        return iter(self.ravel())

    @property
    def uncertainty(self):
        """Standard uncertainties as a DimArray in the same unit (of differences), or None."""
        return None if self._error is None else _wrap(self._error.sigma(self._values.shape), self._unit.difference)

    @property
    def has_uncertainty(self):
        """Whether uncertainties are carried along."""
        return self._error is not None

    @property
    def relative_uncertainty(self):
        """Uncertainties over magnitudes, plain numbers, or None; infinite where the value is zero."""
        if self._error is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._error.sigma(self._values.shape) / np.abs(self._values)

    def validate(self, constraints=None):
        """Check the values against constraints; returns the array itself.

        Parameters
        ----------
        constraints : list of Constraint, optional
            Of ``torsor.units.validation``.

        Raises
        ------
        ConstraintError
            If some value violates one.
        """
        if constraints:
            from torsor.units.validation import validate_all

            validate_all(self, constraints)
        return self

    # ------------------------------------------------------------------------------------ conversion

    def to(self, unit):
        """The same quantities in another unit; a copy.

        Parameters
        ----------
        unit : Unit or str

        Raises
        ------
        UnitConversionError
            If the dimensions differ.
        """
        if isinstance(unit, str):
            from torsor.units.parsing import parse

            unit = parse(unit)
        elif not isinstance(unit, Unit):
            raise TypeError(f"a unit is a Unit or its text, not {type(unit).__name__}")
        change = conversion(self._unit, unit)
        values = self._values.copy() if change.is_identity else change(self._values)
        new: DimArray = _wrap(values, unit)
        if self._error is not None:
            new._error = self._error.scaled(change.slope(self._values))
        return new

    def to_base_units(self):
        """The same quantities in SI base units."""
        parts = [(base, p) for base, p in zip(_bases(), self._unit._dimension.exponents, strict=True) if p]
        unit = dimensionless
        for base, p in parts:
            unit = unit * base**p
        return self.to(unit)

    def magnitude(self):
        """The plain numbers, a Tensor over the same memory."""
        return self.data

    # ------------------------------------------------------------------------------------ operators

    def __add__(self, other):
        if type(other) is DimArray and type(self) is DimArray:
            o: DimArray = other
            if self._error is None and o._error is None:
                if self._unit is o._unit:
                    if self._unit._adds:
                        return _wrap(self._values + o._values, self._unit)
                else:
                    factor = linear_factor(o._unit, self._unit)
                    if factor == 1.0:
                        return _wrap(self._values + o._values, self._unit)
                    if factor != 0.0 and o._values.itemsize >= 4 and self._values.itemsize >= 4:
                        try:
                            return _wrap(_multiply_add(o._values, factor, self._values), self._unit)
                        except TypeError:
                            pass            # complex numbers and others go the long way
        return _operator("add", self, other)

    def __radd__(self, other):
        return _operator("add", other, self)

    def __sub__(self, other):
        if type(other) is DimArray and type(self) is DimArray:
            o: DimArray = other
            if self._error is None and o._error is None:
                if self._unit is o._unit:
                    if self._unit._adds:
                        return _wrap(self._values - o._values, self._unit)
                else:
                    factor = linear_factor(o._unit, self._unit)
                    if factor == 1.0:
                        return _wrap(self._values - o._values, self._unit)
                    if factor != 0.0 and o._values.itemsize >= 4 and self._values.itemsize >= 4:
                        try:
                            return _wrap(_multiply_add(o._values, -factor, self._values), self._unit)
                        except TypeError:
                            pass            # complex numbers and others go the long way
        return _operator("subtract", self, other)

    def __rsub__(self, other):
        return _operator("subtract", other, self)

    def __mul__(self, other):
        if self._error is None:
            if type(other) is DimArray:
                o: DimArray = other
                if o._error is None and o._unit._is_linear and self._unit._is_linear:
                    return _wrap(self._values * o._values, product(self._unit, o._unit))
            elif self._unit._adds and (type(other) is float or type(other) is int):
                return _wrap(self._values * other, self._unit)
        return _operator("multiply", self, other)

    def __rmul__(self, other):
        if self._error is None and self._unit._adds and (type(other) is float or type(other) is int):
            return _wrap(other * self._values, self._unit)
        return _operator("multiply", other, self)

    def __truediv__(self, other):
        if self._error is None:
            if type(other) is DimArray:
                o: DimArray = other
                if o._error is None and o._unit._is_linear and self._unit._is_linear:
                    return _wrap(self._values / o._values, quotient(self._unit, o._unit))
            elif self._unit._adds and (type(other) is float or type(other) is int):
                return _wrap(self._values / other, self._unit)
        return _operator("divide", self, other)

    def __rtruediv__(self, other):
        return _operator("divide", other, self)

    def __floordiv__(self, other):
        return _operator("floor_divide", self, other)

    def __rfloordiv__(self, other):
        return _operator("floor_divide", other, self)

    def __mod__(self, other):
        return _operator("remainder", self, other)

    def __rmod__(self, other):
        return _operator("remainder", other, self)

    def __divmod__(self, other):
        return _operator("divmod", self, other)

    def __rdivmod__(self, other):
        return _operator("divmod", other, self)

    def __pow__(self, power):
        return _operator("power", self, power)

    def __rpow__(self, base):
        return _operator("power", base, self)

    def __matmul__(self, other):
        return _operator("matmul", self, other)

    def __rmatmul__(self, other):
        return _operator("matmul", other, self)

    def __iadd__(self, other):
        return _inplace("add", self, other)

    def __isub__(self, other):
        return _inplace("subtract", self, other)

    def __imul__(self, other):
        return _inplace("multiply", self, other)

    def __itruediv__(self, other):
        return _inplace("divide", self, other)

    def __ifloordiv__(self, other):
        return _inplace("floor_divide", self, other)

    def __imod__(self, other):
        return _inplace("remainder", self, other)

    def __ipow__(self, power):
        return _inplace("power", self, power)

    def __neg__(self):
        return _operator("negative", self)

    def __pos__(self):
        return _operator("positive", self)

    def __abs__(self):
        return _operator("absolute", self)

    def __invert__(self):
        return _operator("invert", self)

    def __and__(self, other):
        return _operator("bitwise_and", self, other)

    def __rand__(self, other):
        return _operator("bitwise_and", other, self)

    def __or__(self, other):
        return _operator("bitwise_or", self, other)

    def __ror__(self, other):
        return _operator("bitwise_or", other, self)

    def __xor__(self, other):
        return _operator("bitwise_xor", self, other)

    def __rxor__(self, other):
        return _operator("bitwise_xor", other, self)

    def __lshift__(self, other):
        return _operator("left_shift", self, other)

    def __rshift__(self, other):
        return _operator("right_shift", self, other)

    def __rlshift__(self, other):
        return _operator("left_shift", other, self)

    def __rrshift__(self, other):
        return _operator("right_shift", other, self)

    def __eq__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values == o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values == o._values * factor
        return _operator("equal", self, other)

    def __ne__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values != o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values != o._values * factor
        return _operator("not_equal", self, other)

    def __lt__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values < o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values < o._values * factor
        return _operator("less", self, other)

    def __le__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values <= o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values <= o._values * factor
        return _operator("less_equal", self, other)

    def __gt__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values > o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values > o._values * factor
        return _operator("greater", self, other)

    def __ge__(self, other):
        if type(other) is DimArray:
            o: DimArray = other
            if self._unit is o._unit:
                return self._values >= o._values
            factor = linear_factor(o._unit, self._unit)
            if factor != 0.0:
                return self._values >= o._values * factor
        return _operator("greater_equal", self, other)

    # ------------------------------------------------------------------------------------ one number

    def __bool__(self):
        if not self._unit._adds:
            raise DimensionError(f"the truth of {named(self._unit)} depends on where its zero is", self._unit)
        return bool(self._values)

    def __float__(self):
        return float(self._number("float"))

    def __int__(self):
        return int(self._number("int"))

    def __complex__(self):
        return complex(self._number("complex"))

    def __index__(self):
        return self._number("an index").__index__()

    def _number(self, what):
        """The pure number."""
        if not self._unit.is_dimensionless or not self._unit._is_linear:
            raise DimensionError(f"{named(self._unit)} is no pure number: {what} needs a conversion, such as "
                                 "(x / unit), or .magnitude()", self._unit)
        return conversion(self._unit, dimensionless)(self._values)

    def __round__(self, ndigits=0):
        return self.round(ndigits or 0)

    # ------------------------------------------------------------------------------------ elements

    def __len__(self):
        return len(self._values)

    def __getitem__(self, key):
        if self._error is None:
            return _wrap(self._values[key], self._unit)
        return _with_error(self._values[key], self, lambda x: x[key])

    def __setitem__(self, key, value):
        if type(self._values) is not Tensor:
            self._values = np.asarray(self._values).view(Tensor)
        if self._error is not None or (isinstance(value, DimArray) and value._error is not None):
            raise UnitsError("elements of arrays with uncertainties cannot be assigned to")
        if isinstance(value, DimArray) and value._unit is self._unit:
            self._values[key] = value._values
        elif not isinstance(value, DimArray) and _holds_quantities(value):
            if any(x.has_uncertainty for x in _protocol.quantities(value)):
                raise UnitsError("elements of arrays with uncertainties cannot be assigned")
            self._values[key] = _from_list(value, self._unit)
        else:
            self._values[key] = _rules.bare(value, self._unit, "assign")

    def __delitem__(self, key):
        raise ValueError("cannot delete array elements")

    def __iter__(self):
        if self._values.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return iter([self[k] for k in range(len(self._values))])

    def __contains__(self, value):
        return bool(np.any(self == value))

    def item(self, *args):
        """One element, without an axis."""
        return self._moved(lambda x: x.dtype.type(x.item(*args)))

    # ------------------------------------------------------------------------------------ reductions

    def sum(self, axis=None, dtype=None, out=None, keepdims=False, **options):
        """Sum over axes; see :func:`numpy.sum`."""
        if axis is None and dtype is None and out is None and keepdims is False and not options and (
                self._unit._adds and self._error is None):
            return _wrap(self._values.sum(), self._unit)
        return _protocol.call(np.sum, self, axis=axis, dtype=dtype, out=out, keepdims=keepdims, **options)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False, **options):
        """Mean over axes; see :func:`numpy.mean`."""
        return _protocol.call(np.mean, self, axis=axis, dtype=dtype, out=out, keepdims=keepdims, **options)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **options):
        """Standard deviation over axes; see :func:`numpy.std`."""
        return _protocol.call(np.std, self, axis=axis, dtype=dtype, out=out, ddof=ddof, keepdims=keepdims, **options)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **options):
        """Variance over axes, in the unit squared; see :func:`numpy.var`."""
        return _protocol.call(np.var, self, axis=axis, dtype=dtype, out=out, ddof=ddof, keepdims=keepdims, **options)

    def min(self, axis=None, out=None, keepdims=False, **options):
        """Smallest element along axes; see :func:`numpy.min`."""
        if axis is None and out is None and keepdims is False and not options and self._error is None:
            return _wrap(self._values.min(), self._unit)
        return _protocol.call(np.min, self, axis=axis, out=out, keepdims=keepdims, **options)

    def max(self, axis=None, out=None, keepdims=False, **options):
        """Largest element along axes; see :func:`numpy.max`."""
        if axis is None and out is None and keepdims is False and not options and self._error is None:
            return _wrap(self._values.max(), self._unit)
        return _protocol.call(np.max, self, axis=axis, out=out, keepdims=keepdims, **options)

    def ptp(self, axis=None, out=None, keepdims=False):
        """Largest minus smallest element; see :func:`numpy.ptp`."""
        return _protocol.call(np.ptp, self, axis=axis, out=out, keepdims=keepdims)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False, **options):
        """Product over axes, in a power of the unit; see :func:`numpy.prod`."""
        return _protocol.call(np.prod, self, axis=axis, dtype=dtype, out=out, keepdims=keepdims, **options)

    def cumsum(self, axis=None, dtype=None, out=None):
        """Sums of the elements so far; see :func:`numpy.cumsum`."""
        return _protocol.call(np.cumsum, self, axis=axis, dtype=dtype, out=out)

    def cumprod(self, axis=None, dtype=None, out=None):
        """Products of the elements so far, of pure numbers only; see :func:`numpy.cumprod`."""
        return _protocol.call(np.cumprod, self, axis=axis, dtype=dtype, out=out)

    def argmin(self, axis=None, out=None, *, keepdims=False):
        """Index of the smallest element; see :func:`numpy.argmin`."""
        return self._values.argmin(axis=axis, out=out, keepdims=keepdims)

    def argmax(self, axis=None, out=None, *, keepdims=False):
        """Index of the largest element; see :func:`numpy.argmax`."""
        return self._values.argmax(axis=axis, out=out, keepdims=keepdims)

    def any(self, axis=None, out=None, keepdims=False, **options):
        """Whether any element is not zero; see :func:`numpy.any`."""
        return _protocol.call(np.any, self, axis=axis, out=out, keepdims=keepdims, **options)

    def all(self, axis=None, out=None, keepdims=False, **options):
        """Whether no element is zero; see :func:`numpy.all`."""
        return _protocol.call(np.all, self, axis=axis, out=out, keepdims=keepdims, **options)

    # ------------------------------------------------------------------------------------ values

    def sqrt(self):
        """Square root, in the root of the unit."""
        if self._error is None and self._unit._is_linear:
            return _wrap(_sqrt(self._values), root(self._unit))
        return _operator("sqrt", self)

    def round(self, decimals=0, out=None):
        """Rounded to so many decimals in the present unit; see :func:`numpy.round`."""
        return _protocol.call(np.round, self, decimals=decimals, out=out)

    def clip(self, min=None, max=None, out=None, **options):
        """Kept between two limits; see :func:`numpy.clip`."""
        return _protocol.call(np.clip, self, min, max, out=out, **options)

    def conj(self):
        """Complex conjugate."""
        return _operator("conjugate", self)

    conjugate = conj

    def dot(self, other, out=None):
        """Matrix or inner product; see :func:`numpy.dot`."""
        return _protocol.call(np.dot, self, other, out=out)

    def astype(self, dtype, order="K", casting="unsafe", copy=True):
        """With elements of another type."""
        if np.dtype(dtype).kind not in "biufc":
            raise TypeError(f"a DimArray holds numbers, not {np.dtype(dtype)}")
        new: DimArray = _wrap(self._values.astype(dtype, order=order, casting=casting, copy=copy), self._unit)
        new._error = self._error
        return new

    def copy(self, order="C"):
        """A copy."""
        new: DimArray = _wrap(self._values.copy(order) if type(self._values) is Tensor else self._values, self._unit)
        new._error = self._error
        return new

    def fill(self, value):
        """Set every element."""
        self[...] = value

    # ------------------------------------------------------------------------------------ shapes

    def reshape(self, *shape, order="C"):
        """The same elements in another shape, given as a tuple or one by one; see :meth:`numpy.ndarray.reshape`."""
        return self._moved(lambda x: x.reshape(*shape, order=order))

    def transpose(self, *axes):
        """With axes in another order; see :meth:`numpy.ndarray.transpose`."""
        return self._moved(lambda x: x.transpose(*axes))

    def flatten(self, order="C"):
        """A copy with one axis."""
        return self._moved(lambda x: x.flatten(order))

    def ravel(self, order="C"):
        """With one axis, without a copy where that is possible."""
        return self._moved(lambda x: x.ravel(order))

    def squeeze(self, axis=None):
        """Without axes of length one."""
        return self._moved(lambda x: x.squeeze(axis))

    def swapaxes(self, axis1, axis2):
        """With two axes exchanged."""
        return self._moved(lambda x: x.swapaxes(axis1, axis2))

    def repeat(self, repeats, axis=None):
        """With elements repeated; see :func:`numpy.repeat`."""
        return self._moved(lambda x: x.repeat(repeats, axis))

    def take(self, indices, axis=None, out=None, mode="raise"):
        """Elements by index; see :func:`numpy.take`."""
        return _protocol.call(np.take, self, indices, axis=axis, out=out, mode=mode)

    def diagonal(self, offset=0, axis1=0, axis2=1):
        """A diagonal; see :func:`numpy.diagonal`."""
        return self._moved(lambda x: x.diagonal(offset, axis1, axis2))

    def trace(self, offset=0, axis1=0, axis2=1, dtype=None, out=None):
        """Sum of a diagonal; see :func:`numpy.trace`."""
        return _protocol.call(np.trace, self, offset=offset, axis1=axis1, axis2=axis2, dtype=dtype, out=out)

    def sort(self, axis=-1, kind=None, order=None, *, stable=None, descending=None):
        """Sort in place; see :meth:`numpy.ndarray.sort`."""
        if self._error is not None:
            raise UnitsError("an array with uncertainties is not sorted in place; use numpy.sort")
        self._values.sort(axis=axis, kind=kind, order=order, stable=stable, **_falling(descending))

    def argsort(self, axis=-1, kind=None, order=None, *, stable=None, descending=None):
        """Indices that would sort; see :func:`numpy.argsort`."""
        return self._values.argsort(axis=axis, kind=kind, order=order, stable=stable, **_falling(descending))

    def searchsorted(self, v, side="left", sorter=None):
        """Where to insert values to keep the order; see :func:`numpy.searchsorted`."""
        return _protocol.call(np.searchsorted, self, v, side=side, sorter=sorter)

    def nonzero(self):
        """Indices of elements that are not zero."""
        return _protocol.call(np.nonzero, self)

    def _writable(self):
        """The memory that results are written into."""
        return self.data

    def _moved(self, move):
        if self._error is None:
            return _wrap(move(self._values), self._unit)
        return _with_error(move(self._values), self, move)

    # ------------------------------------------------------------------------------------ protocols and text

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        for x in (*inputs, *kwargs.get("out", ())):
            cls = type(x)
            if cls is not DimArray and not isinstance(x, (DimArray, _ndarray, Symbol)) and (
                    getattr(cls, "__array_ufunc__", _ndarray.__array_ufunc__) is not _ndarray.__array_ufunc__):
                return NotImplemented
        return _rules.apply(ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if not all(issubclass(cls, (DimArray, _ndarray, Symbol)) for cls in types):
            return NotImplemented
        return _protocol.dispatched(self, func, args, kwargs)

    def __array__(self, dtype=None, copy=None):
        if dtype is not None and np.dtype(dtype).kind == "O":       # of DimArrays
            if copy is False:
                raise ValueError("quantities become objects only by a copy")
            found = np.empty(self._values.shape, object)
            for k in np.ndindex(found.shape):
                found[k] = self[k]
            return found
        if not self._unit.is_dimensionless or not self._unit._is_linear:
            raise DimensionError(f"an ordinary array cannot hold {named(self._unit)}: use .to(unit).magnitude(), "
                                 "or divide by a unit", self._unit, None, "numpy.asarray")
        change = conversion(self._unit, dimensionless)
        if copy is False and not change.is_identity:
            raise ValueError(f"numbers in {named(self._unit)} cannot be had as pure numbers without a copy")
        return np.array(change(self._values), dtype=dtype, copy=copy)

    def __reduce__(self):
        return _restored, (np.asarray(self._values), self._unit, self._error)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __getattr__(self, name):
        if name == "to_numpy":              # the first that Matplotlib asks of what it draws
            from torsor.units import plotting

            plotting.register_if_used()
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __repr__(self):
        return config.representation(self)

    def __str__(self):
        return config.text(self)

    def __format__(self, spec):
        return config.formatted(self, spec)


_sqrt, _multiply_add = UFUNCS["sqrt"], UFUNCS["multiply_add"]


def _bases():
    from torsor.units.registry import bases

    return bases()


def _restored(data, unit, error):
    new: DimArray = _wrap(data.view(Tensor), unit)
    new._error = error
    return new


def _falling(descending) -> dict:
    """What NumPy, from 2.5 on, is told of a falling order."""
    return {} if descending is None else {"descending": descending}


def _with_error(data, source, move):
    new: DimArray = _wrap(data, source._unit)
    new._error = source._error.moved(move, source._values.shape)
    return new


_OPERANDS = (_ndarray, _generic, int, float, complex, list, tuple, Fraction, Symbol)


def _operator(name, *operands):
    """An operator on operands that its method has not decided about."""
    for other in operands:
        if not isinstance(other, DimArray) and not isinstance(other, _OPERANDS):
            return _by_unit(name, *operands) if isinstance(other, Unit) else NotImplemented
    return _rules.apply(getattr(np, name), "__call__", operands, {})


def _by_unit(name, a, b):
    """A DimArray times or over a unit, or a unit times or over a DimArray."""
    if name not in ("multiply", "divide"):
        return NotImplemented
    if isinstance(a, Unit):
        new: DimArray = b.copy() if name == "multiply" else _operator(name, 1, b)
        new._unit = product(a, new._unit)
        return new
    new = a.copy()
    new._unit = product(a._unit, b) if name == "multiply" else quotient(a._unit, b)
    return new


def _inplace(name, a, b):
    """An operator in place; where the unit changes into new memory, as others may share the old one in its unit."""
    if isinstance(b, Unit):
        result = _by_unit(name, a, b)
        if result is not NotImplemented:
            a._unit = result._unit
            result = a
        return result
    if not isinstance(b, (DimArray, *_OPERANDS)):
        return NotImplemented
    ufunc = getattr(np, name)
    if type(a._values) is Tensor and _rules.result_unit(ufunc, a, b) == a._unit:
        _rules.apply(ufunc, "__call__", (a, b), {"out": (a,)})
        return a
    result = _operator(name, a, b)
    if type(a._values) is Tensor and not np.can_cast(result._values.dtype, a._values.dtype, "same_kind"):
        raise TypeError(f"cannot cast the result of {name} from {result._values.dtype} to {a._values.dtype} in place")
    if result._values.shape != a._values.shape:
        raise ValueError(f"{name} in place: an array of shape {a._values.shape} cannot become {result._values.shape}")
    a._values = result._values.astype(a._values.dtype, copy=False)
    a._unit, a._error = result._unit, result._error
    return a
