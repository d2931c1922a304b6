"""The extension type by which pandas holds DimArrays; importing this module registers it with pandas.

What values and units do is DimArray's business; here they are only taken out of pandas' hands and put back.
"""
import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, ExtensionScalarOpsMixin, register_extension_dtype
from pandas.api.indexers import check_array_indexer
from pandas.api.types import is_integer, is_list_like, pandas_dtype

from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, UnitsError, named
from torsor.units.io._definitions import uncertain
from torsor.units.io._elements import collected, is_missing
from torsor.units.parsing import parse
from torsor.units.rules import bare
from torsor.units.unit import Unit, dimensionless, power

_NAME = re.compile(r"dim\[(?P<unit>.*)\]")


@register_extension_dtype
class DimDtype(ExtensionDtype):
    """The pandas dtype of quantities in one unit; its name is ``dim[km]``.

    Parameters
    ----------
    unit : Unit or str, optional
        Dimensionless by default.

    Examples
    --------
    >>> import pandas
    >>> pandas.Series([1.0, 2.0], dtype="dim[km]").sum()
    DimArray(3., 'km')
    """

    type = DimArray
    na_value = np.nan
    _metadata = ("unit",)
    _is_numeric = True

    def __init__(self, unit=dimensionless):
        self.unit = unit if isinstance(unit, Unit) else parse(unit)

    @property
    def name(self) -> str:
        """``dim[km]``."""
        return f"dim[{self.unit:plain}]"

    def __repr__(self):
        return f"DimDtype({format(self.unit, 'plain')!r})"

    @classmethod
    def construct_array_type(cls):
        """The class of arrays of this dtype."""
        return DimExtensionArray

    @classmethod
    def construct_from_string(cls, string):
        """The dtype of a name."""
        if not isinstance(string, str):
            raise TypeError(f"'construct_from_string' expects a string, got {type(string)}")
        match = _NAME.fullmatch(string)
        if match is None:
            raise TypeError(f"Cannot construct a 'DimDtype' from '{string}'")
        return cls(match["unit"])

    def _get_common_dtype(self, dtypes):
        first = dtypes[0]
        fits = all(isinstance(dtype, DimDtype) and dtype.unit.is_compatible(first.unit)
                   and bool(dtype.unit.decades) is bool(first.unit.decades) for dtype in dtypes)
        return first if fits else None


class DimExtensionArray(ExtensionScalarOpsMixin, ExtensionArray):
    """A DimArray with one axis, as pandas holds it.

    Missing values are NaN, and an element that is missing is a plain NaN; every other is a DimArray without axes.

    Parameters
    ----------
    values : DimArray or array_like
        With one axis.
    unit : Unit, optional
        Of plain numbers.
    copy : bool, optional
        Copy the values.

    Raises
    ------
    ValueError
        If there is not one axis.
    """

    _readonly = False               # pandas before 3 has no such thing

    def __init__(self, values, unit=None, copy=False):
        self._quantity = DimArray(values, unit, copy=copy)
        if self._quantity.ndim != 1:
            raise ValueError(f"pandas holds arrays with one axis, not of shape {self._quantity.shape}")

    @property
    def quantity(self) -> DimArray:
        """The DimArray, over the same memory."""
        return self._quantity

    @property
    def _numbers(self) -> np.ndarray:
        return np.asarray(self._quantity.data)

    # ------------------------------------------------------------------------------------ made of what

    @classmethod
    def _from_sequence(cls, scalars, *, dtype=None, copy=False):
        unit = None if dtype is None else pandas_dtype(dtype).unit
        found = collected(scalars, unit)
        if unit is not None and found.unit != unit:
            return cls(found.to(unit))
        return cls(found, copy=copy)

    @classmethod
    def _from_sequence_of_strings(cls, strings, *, dtype, copy=False):
        return cls._from_sequence(np.asarray(strings, object), dtype=dtype)

    @classmethod
    def _from_factorized(cls, values, original):
        return cls(values.astype(original._numbers.dtype), original.dtype.unit)

    @classmethod
    def _from_scalars(cls, scalars, *, dtype):
        found = collected(scalars, None)
        if not any(isinstance(x, DimArray) for x in scalars):
            raise TypeError("plain numbers are no quantities")
        return cls(found.to(dtype.unit))

    def _cast_pointwise_result(self, values):
        try:
            if any(isinstance(x, DimArray) for x in values):
                return type(self)(collected(values, None))
        except (TypeError, ValueError):             # of several dimensions, or not only quantities
            pass
        return super()._cast_pointwise_result(values)

    @classmethod
    def _concat_same_type(cls, to_concat):
        return cls(np.concatenate([array._quantity for array in to_concat]))

    # ------------------------------------------------------------------------------------ what it is

    @property
    def dtype(self):
        """The DimDtype."""
        return DimDtype(self._quantity.unit)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return self._quantity.nbytes

    def __len__(self):
        return len(self._quantity)

    def isna(self):
        """Which elements are missing."""
        return np.isnan(self._numbers) if self._numbers.dtype.kind in "fc" else np.zeros(len(self), bool)

    def copy(self):
        """A copy."""
        return type(self)(self._quantity, copy=True)

    def astype(self, dtype, copy=True):
        """In another unit, as objects, or, without a dimension, as numbers."""
        dtype = pandas_dtype(dtype)
        if isinstance(dtype, DimDtype):
            if dtype.unit == self._quantity.unit:
                return self.copy() if copy else self
            return type(self)(self._quantity.to(dtype.unit))
        if isinstance(dtype, pd.StringDtype):
            return pd.array(self._values_for_json(), dtype=dtype)
        return super().astype(dtype, copy=copy)

    def __array__(self, dtype=None, copy=None):
        as_objects = not self._quantity.is_dimensionless if dtype is None else np.dtype(dtype).kind == "O"
        if not as_objects:
            return np.array(self._quantity, dtype=dtype, copy=copy)
        if copy is False:
            raise ValueError("quantities become objects only by a copy")
        return np.fromiter(self, object, len(self))

    # ------------------------------------------------------------------------------------ elements

    def __iter__(self):
        for element, missing in zip(self._quantity, self.isna()):
            yield np.nan if missing else element

    def __getitem__(self, item):
        found = self._quantity[check_array_indexer(self, item)]
        if found.ndim == 0:
            return np.nan if np.isnan(found.data) else found
        new = type(self)(found)
        if isinstance(item, slice):
            new._readonly = self._readonly
        return new

    def __setitem__(self, key, value):
        if self._readonly:
            raise ValueError("Cannot modify read-only array")
        key = check_array_indexer(self, key)
        if is_integer(key) and is_list_like(value):
            raise ValueError("setting an array element with a sequence.")
        self._quantity[key] = self._operand(value)

    def __contains__(self, item):
        return item in self._quantity if isinstance(item, DimArray) else super().__contains__(item)

    def take(self, indices, *, allow_fill=False, fill_value=None):
        """Elements by index; with ``allow_fill`` -1 stands for ``fill_value``, by default a missing value."""
        indices = np.asarray(indices, np.intp)
        if not allow_fill:
            if len(indices) and not len(self):
                raise IndexError("cannot do a non-empty take from an empty axes.")
            return type(self)(self._quantity[indices])
        if len(indices) and indices.min() < -1:
            raise ValueError(f"an index is -1 or more, not {indices.min()}")
        filled = indices == -1
        if not len(self) and not filled.all():
            raise IndexError("cannot do a non-empty take from an empty axes.")
        if not filled.any():
            return type(self)(self._quantity[indices])
        values, sigma = self._numbers, self._quantity.uncertainty
        fill = np.nan if is_missing(fill_value) else np.asarray(bare(fill_value, self._quantity.unit, "take")).item()
        moved = _filled(values.astype(np.result_type(values.dtype, fill)), indices, filled, fill)
        if sigma is None:
            return type(self)(moved, self._quantity.unit)
        sigma = _filled(np.asarray(sigma.data), indices, filled, np.nan)
        return type(self)(uncertain(moved, self._quantity.unit, sigma))

    def insert(self, loc, item):
        """With one more element."""
        at = loc + len(self) if loc < 0 else loc
        if not 0 <= at <= len(self):
            raise IndexError(f"loc must be an integer between -{len(self)} and {len(self)}")
        new = self.take([-1], allow_fill=True, fill_value=item)
        return self._concat_same_type([self[:at], new, self[at:]])

    def shift(self, periods=1, fill_value=None):
        """Moved by so many places; what comes in is ``fill_value``, by default missing."""
        source = np.arange(len(self)) - periods
        return self.take(np.where((source >= 0) & (source < len(self)), source, -1), allow_fill=True,
                         fill_value=fill_value)

    def _where(self, mask, value):
        if self._numbers.dtype.kind in "biu" and is_missing(value):
            return type(self)(self._quantity.astype(float))._where(mask, value)
        return super()._where(mask, value)

    def unique(self):
        """The first of each of the elements that are equal."""
        codes, _ = pd.factorize(self._values_for_factorize()[0], use_na_sentinel=False)
        return self[np.sort(np.unique(codes, return_index=True)[1])]

    def searchsorted(self, value, side="left", sorter=None):
        """Where to insert elements to keep the order."""
        return np.asarray(self._quantity.searchsorted(self._operand(value), side=side, sorter=sorter))[()]

    def round(self, decimals=0):
        """Rounded to so many decimals."""
        return type(self)(self._quantity.round(decimals))

    def _quantile(self, qs, interpolation):
        present = self._quantity[~self.isna()]
        if not len(present):
            return self.take(np.full(len(qs), -1), allow_fill=True)
        return type(self)(np.quantile(present, qs, method=interpolation))

    def _values_for_argsort(self):
        return self._numbers

    def _values_for_factorize(self):
        values = self._numbers
        return values.astype(np.float32) if values.dtype == np.float16 else values, np.nan

    def _values_for_json(self):
        text, unit = self._formatter(), format(self._quantity.unit, "plain")
        return np.array([f"{text(x)} {unit}" if isinstance(x, DimArray) else None for x in self], object)

    def _formatter(self, boxed=False):
        def text(element):
            if not isinstance(element, DimArray):
                return str(element)
            number = str(element.data[()])
            return f"{number} ± {element.uncertainty.data[()]}" if element.has_uncertainty else number

        return text

    # ------------------------------------------------------------------------------------ arithmetic

    def _operand(self, other):
        """What pandas gives for the other side of an operation, as DimArray takes it."""
        if isinstance(other, DimExtensionArray):
            return other._quantity
        if isinstance(other, (DimArray, Unit)):
            return other
        if is_list_like(other):
            return collected(other, None if len(other) else self._quantity.unit)
        return np.nan if is_missing(other) else other

    @classmethod
    def _create_arithmetic_method(cls, op):
        def method(self, other):
            if isinstance(other, (pd.Series, pd.Index, pd.DataFrame)):
                return NotImplemented           # they take their arrays out and come back
            other = self._operand(other)
            if isinstance(other, DimArray) and other.ndim and len(other) != len(self):
                raise ValueError(f"Lengths must match: {len(self)} and {len(other)}")
            return _boxed(op(self._quantity, other))

        method.__name__ = method.__qualname__ = f"__{op.__name__.strip('_')}__"
        return method

    _create_comparison_method = _create_logical_method = _create_arithmetic_method

    def __neg__(self):
        return _boxed(-self._quantity)

    def __pos__(self):
        return _boxed(+self._quantity)

    def __abs__(self):
        return _boxed(abs(self._quantity))

    def __invert__(self):
        return _boxed(~self._quantity)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if any(isinstance(x, (pd.Series, pd.Index, pd.DataFrame)) for x in inputs):
            return NotImplemented
        given = [x._quantity if isinstance(x, DimExtensionArray) else x for x in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple([x._quantity if isinstance(x, DimExtensionArray) else x for x in kwargs["out"]])
        return _boxed(getattr(ufunc, method)(*given, **kwargs))

    # ------------------------------------------------------------------------------------ reductions

    def _reduce(self, name, *, skipna=True, keepdims=False, min_count=0, ddof=1, **kwargs):
        self._refuse(name)
        present = ~self.isna()
        values = self._quantity[present] if skipna else self._quantity
        if name == "count":
            return np.array([present.sum()]) if keepdims else int(present.sum())
        if name in ("any", "all"):
            return np.array([getattr(values, name)()]) if keepdims else bool(getattr(values, name)())
        too_few = present.sum() < min_count or (not len(values) and name not in ("sum", "prod"))
        if too_few or not (skipna or present.all()) or (name in _SPREADS and len(values) <= ddof):
            result = DimArray(np.nan, _unit_of(name, values.unit))
        elif name in _PURE:
            result = DimArray(getattr(pd.Series(np.asarray(values.data)), name)())
        else:
            result = _REDUCTIONS[name](values, ddof=ddof) if name in _SPREADS else _REDUCTIONS[name](values)
        if keepdims:
            return type(self)(result.reshape(1))
        return np.nan if np.isnan(result.data) else result

    def _accumulate(self, name, *, skipna=True, **kwargs):
        self._refuse(name)
        self._refuse_uncertain(name)
        return type(self)(getattr(pd.Series(self._numbers), name)(skipna=skipna).to_numpy(), self._quantity.unit)

    def _groupby_op(self, *, how, has_dropped_na, min_count, ngroups, ids, **kwargs):
        self._refuse(how)
        self._refuse_uncertain(how)
        present = ids >= 0
        groups = pd.Series(self._values_for_factorize()[0][present]).groupby(ids[present])
        if how in _KEEPING_SHAPE:
            kwargs["method"] = kwargs.pop("ties_method", None)
            result = getattr(groups, how)(**{key: value for key, value in kwargs.items() if value is not None})
            values = np.full(len(self), np.nan) if not present.all() else np.empty(len(self), result.dtype)
            values[present] = result
        else:
            if how in ("sum", "prod", "min", "max", "first", "last"):
                kwargs["min_count"] = min_count
            result = getattr(groups, how)(**kwargs)
            empty = {"sum": 0, "prod": 1, "any": False, "all": True}.get(how, np.nan)
            values = result.reindex(range(ngroups), fill_value=empty).to_numpy()
        return values if how in ("any", "all", "rank") else type(self)(values, _unit_of(how, self._quantity.unit))

    def _groupby_quantile(self, *, qs, interpolation, starts, ends, **kwargs):
        found = [self[start:end]._quantile(qs, interpolation) for start, end in zip(starts, ends)]
        return self._concat_same_type(found) if found else self[:0]

    def _refuse(self, name):
        """Refuse what has no meaning for quantities, or none for points on a scale."""
        unit = self._quantity.unit
        if name not in _KNOWN or (name in ("prod", "cumprod") and not unit.is_dimensionless):
            raise TypeError(f"dtype {self.dtype} does not support operation '{name}'")
        if unit.is_point and name in ("sum", "cumsum", "any", "all"):
            raise DimensionError(f"{name} has no meaning for points on the scale {named(unit)}", unit, None, name)

    def _refuse_uncertain(self, name):
        if self._quantity.has_uncertainty:
            raise UnitsError(f"{name} does not propagate uncertainties")


def _unit_of(name, unit):
    """The unit of a reduction's result."""
    if name in _PURE:
        return dimensionless
    return power(unit.difference, 2) if name == "var" else unit.difference if name in _SPREADS else unit


_PURE = ("skew", "kurt")
_SPREADS = ("std", "var", "sem")
_KEEPING_SHAPE = ("cumsum", "cumprod", "cummin", "cummax", "rank")
_KNOWN = {"count", "any", "all", "first", "last", "sum", "prod", "mean", "median", "min", "max", *_PURE, *_SPREADS,
          *_KEEPING_SHAPE}
_REDUCTIONS: dict[str, Any] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "median": np.median, "min": np.min, "max": np.max,
    "std": np.std, "var": np.var, "sem": lambda x, ddof: np.std(x, ddof=ddof) / len(x) ** 0.5,
}


def _boxed(result):
    """Results of DimArray's operations as pandas takes them."""
    if isinstance(result, tuple):
        return tuple(map(_boxed, result))
    if isinstance(result, DimArray):
        return DimExtensionArray(result) if result.ndim == 1 else result
    return np.asarray(result) if isinstance(result, np.ndarray) else result


def _filled(values, indices, filled, fill):
    """Elements by index, and ``fill`` where that is so."""
    taken = np.full(len(indices), fill, values.dtype)
    taken[~filled] = values[indices[~filled]]
    return taken


DimExtensionArray._add_arithmetic_ops()
DimExtensionArray._add_comparison_ops()
DimExtensionArray._add_logical_ops()
