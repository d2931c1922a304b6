"""What is known of values without running anything: their units, by the rules that arrays go through.

A value is one of the classes below, a Unit, a text (str), or None where nothing is known.  Functions here give
the value of an operation, or raise the UnitsError that the operation would raise; ``lint`` reads the syntax.
"""
import math
import re
from typing import Any, NamedTuple

import numpy as np

from torsor._optable import OPS
from torsor.units import constants, registry, rules
from torsor.units.errors import DimensionError, UnitParseError, UnitsError, named
from torsor.units.parsing import parse
from torsor.units.unit import Unit, conversion, dimensionless, power, product, quotient


class Quantity(NamedTuple):
    """A DimArray."""

    unit: Unit


class Number(NamedTuple):
    """A plain number; None: not known which."""

    value: Any              # an int or float, or None


class Plain(NamedTuple):
    """An array of plain numbers."""


class Items(NamedTuple):
    """A tuple, or a list, which does not stay as it is."""

    items: tuple
    is_list: bool = False


class Each(NamedTuple):
    """Any number of items of one kind."""

    item: Any


class Module(NamedTuple):
    """A module, by the name that torsor has for it."""

    name: str


class Function(NamedTuple):
    """A function by its name, as NumPy has it where it has one; ``owner`` is what a method belongs to."""

    name: str
    owner: Any = None


NUMBER, PLAIN = Number(None), Plain()

_UNITS = "torsor.units"
_DOMAINS = f"{_UNITS}.domains"
_CONSTANTS = f"{_UNITS}.constants"
#: Where dimtensor, and modules below torsor.units, keep what torsor.units has.
_SAME = re.compile(r"torsor\.units\.(core(\.\w+)?|units|unit|dimarray|functions|parsing)")
_RULES = {op.name: (op.name, op.units) for op in OPS}
_NIN = {op.name: op.nin for op in OPS}

#: Functions, and methods of the same name, by what they do to the unit of their first argument.
KEEPING = frozenset("""
    max min amax amin nanmax nanmin mean nanmean median nanmedian percentile nanpercentile quantile nanquantile
    round around copy astype ravel flatten reshape squeeze transpose swapaxes moveaxis flip fliplr flipud roll rot90
    repeat tile take delete diag diagonal expand_dims broadcast_to resize sort real imag item tril triu trim_zeros
    zeros_like ones_like empty_like conj validate""".split())
SUMS = frozenset("sum nansum cumsum nancumsum trace".split())
DIFFERENCES = frozenset("std nanstd ptp diff ediff1d".split())
SQUARES = frozenset("var nanvar".split())
JOINS = frozenset("concatenate stack vstack hstack dstack column_stack weighted_mean".split())
PRODUCTS = frozenset("dot vdot inner outer cross kron tensordot matmul vecdot linalg.cross linalg.outer".split())
#: Functions whose first two arguments (of ``where`` the second and third) are of one dimension; whether the result
#: has it as well.
PAIRS = {"append": True, "linspace": True, "union1d": True, "setdiff1d": True, "where": True, "isclose": False,
         "allclose": False, "searchsorted": False, "digitize": False}
#: Functions that give plain arrays of a shape, and those that give them where they are given plain numbers.
_OF_SHAPES = frozenset("zeros ones empty eye identity".split())
_OF_PLAIN = frozenset("array asarray arange linspace logspace geomspace".split())
#: Keywords that change neither the unit of a result nor what it is made of.
_HARMLESS = frozenset("axis dtype num endpoint copy order keepdims ddof side kind rtol atol decimals".split())
#: Functions of torsor.units by their names there.
_OWN = {name: name for name in ("DimArray", "parse", "dot", "matmul", "concatenate", "stack", "weighted_mean")} | {
    "norm": "linalg.norm"}
_BUILTINS = frozenset("""
    abs sum min max round pow divmod float int complex len range enumerate zip reversed sorted list tuple print repr
    str format isinstance issubclass hasattr getattr callable id type bool iter next any all""".split())
_OF_FLOATS = frozenset(name for name in dir(math) if not name.startswith("_")) - {
    "e", "pi", "tau", "inf", "nan", "prod", "fsum", "dist", "sumprod"}


def join(a, b):
    """What is known of a value that is one of two."""
    if a is b or (type(a) is type(b) and a == b):
        return a
    if isinstance(a, Number) and isinstance(b, Number):
        return NUMBER
    if isinstance(a, Items) and isinstance(b, Items) and len(a.items) == len(b.items):
        return Items(tuple(map(join, a.items, b.items)), a.is_list or b.is_list)
    return None


def lasting(value):
    """What is still known of a value that has got a name, by which its items may be exchanged."""
    if isinstance(value, Items):
        return None if value.is_list else Items(tuple(map(lasting, value.items)))
    return None if isinstance(value, Each) else value


def element(value):
    """An item of a value that is iterated over."""
    match value:
        case Quantity():
            return value
        case Plain():
            return NUMBER
        case Each(item):
            return item
        case Items((first, *others)):
            for other in others:
                first = join(first, other)
            return first
    return None


# ---------------------------------------------------------------------------------------- names

def module(name: str):
    """The module of a name in an import statement, where it is one whose contents are known."""
    name = _SAME.sub(_UNITS, re.sub(r"^dimtensor\b", _UNITS, name))
    if name.startswith(f"{_CONSTANTS}."):
        name = _CONSTANTS
    known = ("torsor", "numpy", "numpy.linalg", "math", _UNITS, _CONSTANTS, _DOMAINS)
    return Module(name) if name in known or name.rpartition(".")[0] == _DOMAINS else None


def attribute(value, name: str):
    """An attribute of a value."""
    match value:
        case Module(where):
            return _member(where, name)
        case Quantity(unit):
            if name == "unit":
                return unit
            return value if name in ("T", "mT", "real", "imag") else Function(name, value)
        case Unit() if name == "difference":
            return value.difference
    return None


def _member(where, name):
    if where == "torsor" and name == "units":
        return Module(_UNITS)
    if where == "torsor" and name == "DimArray":
        return Function(name)
    if where in ("torsor", "numpy", "math") and name in ("pi", "e", "inf", "nan", "tau"):
        return Number(getattr(math, name))
    if where in ("torsor", "numpy"):
        return Module("numpy.linalg") if name == "linalg" else Function(name)
    if where == "numpy.linalg":
        return Function(f"linalg.{name}")
    if where == "math":
        return Function(f"math.{name}")
    if where == _UNITS:
        if name == "units":
            return Module(_UNITS)
        if name in ("constants", "domains"):
            return Module(f"{_UNITS}.{name}")
        if name in _OWN:
            return Function(_OWN[name])
        return None if name.startswith("_") else registry.find(name, registry.GENERAL)
    if where == _CONSTANTS:
        found = getattr(constants, name, None)
        return Quantity(found.unit) if isinstance(found, constants.Constant) else None
    if where == _DOMAINS:
        return Module(f"{_DOMAINS}.{name}") if name in registry.DOMAINS else None
    return registry.find(name, (where.rpartition(".")[2],))


def exported(where: str):
    """Names that ``from ... import *`` gets from a module, or None where that is not known."""
    if where == _CONSTANTS:
        return constants.__all__
    if where.rpartition(".")[0] == _DOMAINS:
        return registry.names(where.rpartition(".")[2])
    return (*_OWN, "units", "constants", "domains", "dimensionless") if where == _UNITS else None


def builtin(name: str):
    """A built-in function."""
    return Function(f"builtins.{name}") if name in _BUILTINS else None


# ---------------------------------------------------------------------------------------- operators

def elementwise(name, rule, operands):
    """The value of an element-wise operation.

    Raises
    ------
    UnitsError
        If it has no meaning for these units.
    """
    if any(isinstance(x, (Quantity, Plain)) for x in operands):
        operands = [PLAIN if _is_plain(x) else x for x in operands]
    quantities = [x for x in operands if isinstance(x, Quantity)]
    if any(not isinstance(x, (Quantity, Number, Plain)) for x in operands):
        return None
    if not quantities:
        return PLAIN if PLAIN in operands else NUMBER
    if rule == "power":
        return _power(*operands)
    if NUMBER in operands and rule not in ("product", "quotient"):
        # The number may be zero, which every unit has.
        unit = quantities[0].unit
        return Quantity(unit) if rule == "same" and not (unit.is_dimensionless or unit.is_point) else None
    plan = rules.plan(name, rule, tuple([
        x.unit if isinstance(x, Quantity) else rules.ANY if x is not PLAIN and rules.is_any(x.value) else None
        for x in operands]))
    results = [None if unit is None else Quantity(unit) for unit in plan.outputs]
    return results[0] if len(results) == 1 else Items(tuple(results))


def _is_plain(value) -> bool:
    """Whether a list is one of plain numbers."""
    return isinstance(value, Items) and bool(value.items) and all(
        isinstance(x, (Number, Plain)) or _is_plain(x) for x in value.items)


def _power(base, exponent):
    if isinstance(exponent, Quantity):
        if not exponent.unit.is_dimensionless:
            raise DimensionError(f"power: an exponent is a number, not {named(exponent.unit)}", exponent.unit)
        return None if isinstance(base, Quantity) else Quantity(dimensionless)
    if not isinstance(exponent, Number) or exponent.value is None:
        return Quantity(dimensionless) if base.unit == dimensionless else None
    try:
        return Quantity(power(base.unit, exponent.value))
    except UnitsError:
        raise
    except (TypeError, ValueError):         # no exact exponent
        return None


def operator(name: str, a, b):
    """The value of an operator, by the name of its function in NumPy.

    Raises
    ------
    UnitsError
        If it has no meaning for these units.
    """
    if isinstance(a, Number) and isinstance(b, Number):
        return _number(name, a.value, b.value)
    if isinstance(a, Unit) or isinstance(b, Unit):
        return _with_unit(name, a, b)
    if name == "matmul":
        name, rule = "multiply", "product"
        if not (isinstance(a, Quantity) and isinstance(b, Quantity)):
            return None
    else:
        rule = _RULES[name][1]
    return elementwise(name, rule, (a, b))


def _number(name, a, b):
    """The number that two give, worked out for small ones: exponents."""
    if a is None or b is None or max(abs(a), abs(b)) > (10 if name == "power" else 1e6):
        return NUMBER
    try:
        result = {"add": lambda: a + b, "subtract": lambda: a - b, "multiply": lambda: a * b,
                  "divide": lambda: a / b, "power": lambda: a**b}[name]()
    except (ArithmeticError, KeyError):
        return NUMBER
    return Number(result) if isinstance(result, (int, float)) else NUMBER


def _with_unit(name, a, b):
    if name == "power" and isinstance(a, Unit):
        known = isinstance(b, Number) and b.value is not None
        return _or_none(lambda: power(a, b.value)) if known else None
    if name not in ("multiply", "divide"):
        return None
    combine = product if name == "multiply" else quotient
    if isinstance(a, Unit) and isinstance(b, Unit):
        return combine(a, b)
    if isinstance(a, Quantity) or isinstance(b, Quantity):
        return Quantity(combine(*[x.unit if isinstance(x, Quantity) else x for x in (a, b)]))
    other = b if isinstance(a, Unit) else a
    if isinstance(other, Plain) or _is_plain(other):
        unit = power(b, -1) if name == "divide" and isinstance(b, Unit) else a if isinstance(a, Unit) else b
        return Quantity(unit)
    if isinstance(other, Number) and other.value is not None:
        x, y = [x.value if isinstance(x, Number) else x for x in (a, b)]
        return _or_none(lambda: x * y if name == "multiply" else x / y)
    return None


def _or_none(compute):
    """A unit, or None where numbers allow none."""
    try:
        return compute()
    except UnitsError:
        raise
    except (TypeError, ValueError):
        return None


def unary(name: str, x):
    """The value of a sign before a value."""
    if isinstance(x, Number):
        return Number(-x.value) if name == "negative" and x.value is not None else x
    return elementwise(name, "same", (x,)) if isinstance(x, (Quantity, Plain)) else None


def item(value, index):
    """The value of a subscript; an index that is no known number may be a slice."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, Items) and isinstance(index, Number) and isinstance(index.value, int):
        return value.items[index.value] if -len(value.items) <= index.value < len(value.items) else None
    return value.item if isinstance(value, Each) and isinstance(index, Number) else None


def assigned(target, value):
    """Check a value that is written into elements of an array.

    Raises
    ------
    UnitsError
        If it has another dimension.
    """
    if not isinstance(target, Quantity):
        return
    if isinstance(value, Quantity):
        _convertible(value.unit, target.unit, "assign")
    elif isinstance(value, Plain) or _is_plain(value) or (
            isinstance(value, Number) and value.value is not None and not rules.is_any(value.value)):
        _convertible(dimensionless, target.unit, "assign")


def _convertible(unit, target, name):
    if unit.dimension is not target.dimension:
        raise DimensionError.incompatible(target, unit, name)


# ---------------------------------------------------------------------------------------- calls

def call(function: Function, args: list, kwargs: dict):
    """The value of a call.

    Raises
    ------
    UnitsError
        If it has no meaning for these units.
    """
    name, owner = function
    if name.startswith("builtins."):
        return _call_builtin(name.removeprefix("builtins."), args) if not kwargs else None
    if name.startswith("math."):
        return _call_float(name, args) if name.removeprefix("math.") in _OF_FLOATS else None
    if name == "DimArray":
        return _array(args, kwargs)
    if name == "parse":
        return _text_unit(args[0]) if args and isinstance(args[0], str) else None
    if owner is not None:
        if name == "to":
            return _to(owner.unit, args[0] if args else kwargs.get("unit"))
        if name == "to_base_units":
            return Quantity(_base(owner.unit))
        args = [owner, *args]
    return _call_numpy(name, args, kwargs)


def _call_numpy(name, args, kwargs):
    found = rules.RULE_OF.get(_ufunc(name)) or _RULES.get(name)
    if found is not None:
        nin = _NIN.get(found[0], 2)
        if len(args) < nin:
            return None
        if found[0] in ("matmul", "vecdot", "matvec", "vecmat"):
            return operator("matmul", *args[:2])
        if nin == 2 and all(isinstance(x, Number) for x in args[:2]):
            return _number(found[0], args[0].value, args[1].value)
        return elementwise(*found, args[:nin])
    first = args[0] if args else None
    if set(kwargs) - _HARMLESS:
        return None
    plain = len(args) == 1 if name in _OF_SHAPES else name in _OF_PLAIN and all(
        isinstance(x, (Number, Plain)) or _is_plain(x) for x in args)
    dtype = kwargs.get("dtype", Function("float"))
    if plain and isinstance(dtype, Function) and dtype.name != "object_":
        return PLAIN
    if name in JOINS:
        return _joined(name, first)
    if name in PAIRS and len(args) in ((3,) if name == "where" else (2, 3)):
        return _pair(name, *args[1:3] if name == "where" else args[:2])
    if not isinstance(first, Quantity):
        return None
    unit = first.unit
    if name in KEEPING or (name == "linalg.norm" and len(args) == 1):
        return first
    if name in SUMS:
        return Quantity(rules.reduced_unit("add", "same", unit)[1])
    if name in DIFFERENCES:
        return Quantity(unit.difference)
    if name in SQUARES:
        return Quantity(power(unit.difference, 2))
    if name in PRODUCTS and len(args) > 1:
        return elementwise("multiply", "product", args[:2])
    return None


def _ufunc(name):
    found = vars(np).get(name)
    return found if isinstance(found, np.ufunc) else None


def _pair(name, a, b):
    """Two arguments of one dimension; the result is like the first, or plain."""
    result = elementwise("maximum", "same", (a, b))
    return result if PAIRS[name] and isinstance(a, Quantity) and isinstance(b, Quantity) else None


def _joined(name, values):
    if isinstance(values, Each):
        return values.item if isinstance(values.item, Quantity) else None
    if not isinstance(values, Items) or not all(isinstance(x, Quantity) for x in values.items) or not values.items:
        return None
    for other in values.items[1:]:
        _convertible(other.unit, values.items[0].unit, name)
    return values.items[0]


def _array(args, kwargs):
    data, *others = args or [kwargs.get("data")]
    unit = others[0] if others else kwargs.get("unit", "none")
    inner = _inner(data)
    if isinstance(unit, Unit):
        for x in data.items if isinstance(data, Items) else (inner,):
            if isinstance(x, Quantity):
                conversion(x.unit, unit)
        return Quantity(unit)
    if unit == "none":
        return inner if isinstance(inner, Quantity) else Quantity(dimensionless) if inner is PLAIN else None
    return None


def _inner(data):
    """What an array is made of: a Quantity, plain numbers (PLAIN), or None."""
    if isinstance(data, Items) and data.items and all(isinstance(x, Quantity) for x in data.items):
        return data.items[0]
    if isinstance(data, Each):
        data = data.item
    return PLAIN if isinstance(data, Number) or _is_plain(data) else data


def _to(unit, target):
    if isinstance(target, str):
        target = _text_unit(target)
    if not isinstance(target, Unit):
        return None
    conversion(unit, target)
    return Quantity(target)


def _text_unit(text):
    try:
        return parse(text)
    except UnitParseError:          # it may be known by then
        return None


def _base(unit):
    result = dimensionless
    for base, p in zip(registry.bases(), unit.dimension.exponents, strict=True):
        result = product(result, power(base, p)) if p else result
    return result


def _call_float(name, args):
    for x in args:
        if isinstance(x, Quantity) and not x.unit.is_dimensionless:
            raise DimensionError(f"{name} is a function of numbers, not of {named(x.unit)}", x.unit)
    return NUMBER if args and all(isinstance(x, (Quantity, Number)) for x in args) else None


def _call_builtin(name, args):
    match name, args:
        case "abs", [x]:
            return NUMBER if isinstance(x, Number) else elementwise("absolute", "same", (x,))
        case "round", [Quantity() as x, *_]:
            return x
        case "pow", [x, y]:
            return operator("power", x, y)
        case "divmod", [x, y]:
            return operator("divmod", x, y)
        case ("min" | "max"), [Items(items)]:
            return _extreme(items)
        case ("min" | "max"), [_, _, *_]:
            return _extreme(args)
        case "sum", [Items(items)]:
            total = Number(0)
            for other in items:
                total = operator("add", total, other)
            return total
        case "sum", [x]:
            return operator("add", Number(0), element(x))
        case ("float" | "int" | "complex"), [x]:
            return _call_float(name, args)
        case "len", [_]:
            return NUMBER
        case "range", _:
            return Each(NUMBER)
        case "enumerate", [x, *_]:
            return Each(Items((NUMBER, element(x))))
        case "zip", [*several]:
            return Each(Items(tuple(map(element, several))))
        case ("reversed" | "list" | "tuple" | "iter"), [x]:
            return Each(element(x))
        case "sorted", [x]:
            return Each(element(x))
    return None


def _extreme(values):
    """The value of min and max."""
    for other in values[1:]:
        elementwise("greater", "compare", (values[0], other))
    return element(Items(tuple(values)))


def writes(function: Function, args: list) -> bool:
    """Whether a call has more arguments than its function has inputs: arrays to write into, which take its unit."""
    found = rules.RULE_OF.get(_ufunc(function.name)) if function.owner is None else None
    return found is not None and len(args) > _NIN.get(found[0], 2)
