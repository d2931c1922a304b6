"""Physical units: arrays that know what they measure.

``DimArray`` is an array with a unit; every unit of the catalogue is an attribute of this module (``m``, ``km``,
``kilometer``, ``degC``, ``GHz``, ...), and those of special fields are in ``torsor.units.domains``.
"""
import importlib
import sys

from torsor.units import dimarray, protocol, rules
from torsor.units.dimarray import DimArray
from torsor.units.dimension import DIMENSIONLESS, Dimension
from torsor.units.errors import ConstraintError, DimensionError, UnitConversionError, UnitParseError, UnitsError
from torsor.units.parsing import parse
from torsor.units.unit import Unit, dimensionless

dimarray.connect(rules, protocol)

#: This module under the name that programs written for dimtensor import.
units = sys.modules[__name__]
_MODULES = ("backend", "config", "constants", "domains", "errors", "functions", "io", "plotting", "validation")
_FUNCTIONS = ("concatenate", "dot", "matmul", "norm", "split", "stack", "weighted_mean")


def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(f"torsor.units.{name}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module("torsor.units.functions"), name)
    if not name.startswith("_"):
        registry = _registry()
        found = registry.find(name, registry.GENERAL)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module 'torsor.units' has no unit and no name {name!r}")


def _registry():
    return importlib.import_module("torsor.units.registry")     # `from torsor.units import` would ask __getattr__


def __dir__():
    registry = _registry()
    return sorted({*globals(), *_MODULES, *_FUNCTIONS, *registry.names("si"), *registry.names("common")})


__all__ = ["DIMENSIONLESS", "ConstraintError", "DimArray", "Dimension", "DimensionError", "Unit", "UnitConversionError",
           "UnitParseError", "UnitsError", "dimensionless", "parse", "units", *_MODULES, *_FUNCTIONS]
