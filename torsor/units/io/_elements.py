"""What pandas hands over as elements (lists, columns, texts, missing values) as one DimArray."""
import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from torsor.units.dimarray import DimArray
from torsor.units.io._definitions import uncertain
from torsor.units.parsing import parse
from torsor.units.rules import bare
from torsor.units.unit import dimensionless


def is_missing(x) -> bool:
    """Whether pandas would say so of a single object."""
    return x is None or x is pd.NA or (isinstance(x, (float, np.floating)) and x != x)


def _element(x, unit, is_given, is_known):
    """One element in a unit; texts are read if it is given, and plain numbers are in it if it is known."""
    if isinstance(x, str) and is_given:
        number, _, name = x.strip().partition(" ")
        try:
            x = complex(number) if number.endswith(("j", "j)")) else float(number)
        except ValueError:
            raise ValueError(f"{x!r:.100} is no number with a unit") from None
        x = DimArray(x, parse(name)) if name else x
    if isinstance(x, DimArray):
        return x.to(unit)
    return x if is_known else bare(x, unit, "hold")


def collected(items, unit) -> DimArray:
    """Elements from wherever as one array; plain numbers are in ``unit``, by default that of the first quantity.

    Raises
    ------
    TypeError
        If there are other things than numbers, quantities and missing values.
    """
    if isinstance(items, (pd.Series, pd.Index)):
        items = items.array
    if isinstance(items, DimArray):
        return items
    if isinstance(items, ExtensionArray) and items.dtype.type is DimArray:
        return items.quantity
    if isinstance(items, ExtensionArray) and pd.api.types.is_numeric_dtype(items.dtype):
        items = (items.to_numpy(dtype=float, na_value=np.nan) if items.isna().any()
                 else items.to_numpy(dtype=getattr(items.dtype, "numpy_dtype", None)))
    if isinstance(items, np.ndarray) and items.dtype != object:
        return DimArray(items, unit)
    items = list(items)
    first = next((x.unit for x in items if isinstance(x, DimArray)), None)
    target = unit or first or dimensionless
    given, known = unit is not None, unit is not None or first is None
    elements = [np.nan if is_missing(x) else _element(x, target, given, known) for x in items]
    values = np.array([x.data[()] if isinstance(x, DimArray) else x for x in elements])
    if not len(values):
        values = values.astype(float)
    if not any(isinstance(x, DimArray) and x.has_uncertainty for x in elements):
        return DimArray(values, target)
    return uncertain(values, target, np.array([x.uncertainty.data[()] if isinstance(x, DimArray) and x.has_uncertainty
                                               else 0.0 for x in elements]))
