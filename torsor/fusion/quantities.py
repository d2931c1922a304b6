"""Fused functions of arrays with units: units are followed once, and what is computed are plain numbers.

A function is recorded with DimArrays over symbols in the place of its arguments, on which the rules of torsor/units
work as on any others: conversions become part of the program, and the units of the results are kept beside it.
"""
import functools

import numpy as np

from torsor.fusion.expressions import Expression
from torsor.fusion.graph import NotFusable
from torsor.units import rules
from torsor.units.calls import _quantity
from torsor.units.dimarray import DimArray
from torsor.units.unit import Unit


class _AsItStands(Exception):
    """Raised where no program computes the results, to call the function on the arguments themselves."""


def values_of(x):
    """The numbers of an array with a unit, which has no uncertainty."""
    if x.has_uncertainty:
        raise NotFusable("uncertainties")
    return x._values


quantity = _quantity


def guards(namespace, place, value):
    """What of a value outside of a function its results depend on; see functions.py."""
    if isinstance(value, Unit):
        return ((namespace, place, value),)
    if type(value) is DimArray:
        return tuple([(lambda place, name=name: getattr(namespace(place), name, None), place, getattr(value, name))
                      for name in ("_values", "_unit", "_error")])
    return ()


def call(fused, args, kwargs):
    """A fused function of arguments; NotImplemented where none has a unit."""
    given = (*args, *kwargs.values()) if kwargs else args
    if DimArray not in map(type, given):
        return NotImplemented
    values: list = []
    units: list = []
    for x in given:
        if type(x) is DimArray:
            if x._error is not None or isinstance(x._values, Expression):
                return fused._function(*args, **kwargs)
            values.append(x._values)
            units.append(x._unit._serial)
        else:
            values.append(x)
            # Zero, inf and nan go with every unit: they are the same number in all calls of one program.
            units.append((type(x), repr(x)) if isinstance(x, (float, np.generic)) and rules.is_any(x) else None)
    key = (len(args), *kwargs, *units) if kwargs else tuple(units)
    bare = fused._bare.get(key)
    if bare is None:
        bare = fused._bare_for(key, _of_magnitudes(fused._function, given, units, tuple(kwargs)))
    try:
        return bare(*values)
    except _AsItStands:
        return fused._function(*args, **kwargs)


def _of_magnitudes(function, examples, marks, names):
    """The function of magnitudes of arguments in the units of these; its last arguments have names."""
    units = [x._unit if type(x) is DimArray else None for x in examples]
    fixed = {k: x for k, (x, mark) in enumerate(zip(examples, marks)) if type(mark) is tuple}

    @functools.wraps(function, updated=())
    def of_magnitudes(*values):
        if not any(isinstance(x, Expression) for x in values):
            raise _AsItStands
        given = [fixed.get(k, x) if unit is None else DimArray._make(x, unit)
                 for k, (x, unit) in enumerate(zip(values, units))]
        count = len(given) - len(names)
        try:
            result = function(*given[:count], **dict(zip(names, given[count:])))
        except Exception as error:              # which the function on its arguments may raise again, or not
            raise NotFusable(str(error)) from error
        for x, value, unit in zip(given, values, units):
            if unit is not None and (x._values is not value or x._unit is not unit):
                raise NotFusable("an argument is changed in place")
        return result

    return of_magnitudes
