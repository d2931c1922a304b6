"""DimArrays in Matplotlib's plots: axes that convert to one unit, and name it.

Matplotlib asks for a converter by the type of what it draws; the one here is given to it by :func:`register`.
"""
import importlib
import sys
from typing import Any

import numpy as np

from torsor.units.dimarray import DimArray
from torsor.units.errors import DimensionError, named
from torsor.units.parsing import parse
from torsor.units.unit import Unit, dimensionless

_is_wanted = True


def register() -> None:
    """Let Matplotlib draw DimArrays.

    An axis takes the unit of the first DimArray that is drawn along it, names it in its label, ``[km]``, and converts
    all others to it; plain numbers are taken to be in it.  ``axis.set_units(m)`` changes the unit of an axis.

    Raises
    ------
    ImportError
        If Matplotlib is missing.
    """
    global _is_wanted
    _is_wanted = True
    units = _matplotlib("units")
    if DimArray not in units.registry:
        units.registry[DimArray] = _converter(units)


def deregister() -> None:
    """Take back what :func:`register` did."""
    global _is_wanted
    _is_wanted = False
    if "matplotlib.units" in sys.modules:
        sys.modules["matplotlib.units"].registry.pop(DimArray, None)


def register_if_used() -> None:
    """The same as :func:`register` where Matplotlib is imported already, and nobody has called :func:`deregister`."""
    if _is_wanted and "matplotlib.units" in sys.modules:
        register()


def hist(x, bins=None, range=None, ax=None, **options):
    """A histogram of a DimArray: ``Axes.hist`` itself makes a plain array of its data before it converts them.

    Parameters
    ----------
    x : DimArray
        With one axis.
    bins : int, str, DimArray or sequence of DimArray, optional
        Number, rule or edges of the bins; plain edges are in the unit of the axis.
    range : pair of DimArray, optional
        The outermost edges.
    ax : matplotlib.axes.Axes, optional
        By default the current one.
    **options
        Of :meth:`matplotlib.axes.Axes.hist`.

    Returns
    -------
    tuple
        Counts, edges in the unit of the axis, and patches, as ``Axes.hist`` returns them.

    Raises
    ------
    DimensionError
        If ``x`` does not fit the unit of the axis.
    """
    register()
    ax = _matplotlib("pyplot").gca() if ax is None else ax
    axis = ax.yaxis if options.get("orientation") == "horizontal" else ax.xaxis
    axis.update_units(x)
    return ax.hist(axis.convert_units(x), bins=bins, range=range, **options)


def _matplotlib(module):
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("matplotlib is needed for this: pip install 'torsor[plot]'", name="matplotlib") from error


def _converter(units):
    """Matplotlib's converter of DimArrays."""
    base: Any = units.ConversionInterface

    class DimConverter(base):
        @staticmethod
        def default_units(x, axis):
            found = _first_unit(x)
            if found is not None and axis.units is not None and not found.is_compatible(_unit(axis.units)):
                raise DimensionError(f"cannot draw {named(found)} on an axis in {named(_unit(axis.units))}",
                                     found, axis.units, "draw")
            return found

        @staticmethod
        def convert(obj, unit, axis):
            return _plain(obj, _unit(unit))

        @staticmethod
        def axisinfo(unit, axis):
            return None if _unit(unit) is dimensionless else units.AxisInfo(label=f"[{_unit(unit)}]")

    return DimConverter()


def _unit(given) -> Unit:
    """The unit of an axis: that, its text, or none."""
    if given is None or isinstance(given, Unit):
        return given or dimensionless
    if isinstance(given, str):
        return parse(given)
    raise DimensionError(f"quantities do not go on an axis whose unit is a {type(given).__name__}")


def _first_unit(x):
    """The unit of the first DimArray in what is drawn."""
    if isinstance(x, DimArray):
        return x.unit
    if isinstance(x, (list, tuple, np.ndarray)):
        return next((found for found in map(_first_unit, np.ravel(x) if isinstance(x, np.ndarray) else x)
                     if found is not None), None)
    return None


def _plain(x, unit):
    """Plain numbers in a unit; those that are plain stay as they are."""
    if isinstance(x, DimArray):
        return np.asarray(x.to(unit).data)
    if hasattr(x, "to_numpy"):              # a Series of quantities is an array of objects
        x = x.to_numpy()
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.array([_plain(item, unit) for item in x.ravel()], float).reshape(x.shape)
    if isinstance(x, (list, tuple)):
        return [_plain(item, unit) for item in x]
    return x
