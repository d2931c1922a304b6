"""The static check of units: what it finds, what it must not report, and random programs that are run to see."""
import random
import sys
import textwrap
import warnings

import numpy as np
import pytest

import torsor
import torsor.units as u
from torsor import cli
from torsor._optable import OPS
from torsor.ufuncs import UFUNCS
from torsor.units import errors, inference, lint

HEAD = """\
import numpy as np
import torsor.units as u
from torsor.units import DimArray, degC, km, m, s
x = DimArray(1.0, m)
t = DimArray(1.0, s)
"""


def found(program):
    return lint.check(HEAD + textwrap.dedent(program))


def messages(program):
    return [finding.message for finding in found(program)]


# ---------------------------------------------------------------------------------------- what it finds

@pytest.mark.parametrize("program", [
    # operators
    "x + t", "x - t", "x % t", "x // t", "x < t", "x >= t", "x == t", "x != t", "x < x < t", "x += t", "x -= t",
    "x + 1", "1 + x", "x - 2.5", "x < 1", "x == 1", "x + [1, 2]", "x - np.ones(3)", "x ** x", "2 ** x", "x * t + x",
    "x / t - t", "x ** 2 + x", "-x + t", "+t - x", "x @ t + x", "abs(x) + t", "round(x) + t", "(x if flag else x) + t",
    "(x and x) + t",
    # where a value comes from
    "y = x; y + t", "a = b = x; a + t", "y: DimArray = x; y + t", "a, (b, c) = 1, (x, t); b + c", "[1.0, 2.0] * m + t",
    "np.arange(3) * m + t", "m * np.ones(3) + t", "x * m + x", "x / s - x", "s / x + x", "np.zeros(3) / s + x",
    "DimArray([1, 2], unit=m) + t", "DimArray(x) + t", "DimArray(x, km) + t", "DimArray([x, x]) + t",
    "DimArray(2.0) + t", "(x, t)[0] + t", "x[1:] + t", "x.T + t", "x.real + t", "u.constants.c + x",
    "DimArray(1, u.constants.c.unit) + x", "DimArray(1, u.parse('km/h')) + x", "x.to(km) + t", "x.to('km') + t",
    "x.to_base_units() + t", "DimArray(1, u.units.m) + t", "DimArray(1, degC.difference) + x",
    # functions
    "x.sum() + t", "x.mean() + t", "x.std() + t", "x.var() + x", "x.sqrt() + x", "x.reshape(1) + t", "x.dot(t) + x",
    "np.sum(x) + t", "np.mean(x, axis=0) + t", "np.var(x) + x", "np.diff(x) + t", "np.sqrt(x) + x", "np.cbrt(x) + x",
    "np.square(x) + x", "np.multiply(x, t) + x", "np.linalg.norm(x) + t", "np.stack([x, x]) + t", "np.sin(t / s) + t",
    "np.linspace(x, x, 5) + t", "np.where(flag, x, x) + t", "max(x, x) + t", "sum([x, x]) + t", "u.dot(x, t) + x",
    "np.arctan2(x, x) + t", "np.add(x, t)", "np.hypot(x, t)", "np.maximum(x, t)", "np.arctan2(x, t)",
    "np.stack([x, t])", "sum([x, t])", "np.concatenate((x, t))", "np.where(flag, x, t)", "np.isclose(x, t)",
    "np.append(x, t)", "max(x, t)", "min([x, t])", "np.clip(x, t, t)", "x.clip(t, t)", "np.linspace(x, t)",
    "np.searchsorted(x, t)", "np.exp(x)", "np.sin(x)", "np.log(t)", "np.arcsin(x)", "np.power(2, x)", "float(x)",
    "import math; math.sqrt(x)",
    # conversions
    "x.to(s)", "x.to('s')", "x.to(unit=s)", "DimArray(x, s)", "DimArray([x, t], m)", "x[0] = t", "x[0] = 1",
    "x[0] += t", "x[0] *= t",
    # points on a scale
    "DimArray(1, degC) + DimArray(2, degC)", "2 * DimArray(1, degC)", "DimArray([1, 2], degC).sum()",
    "-DimArray(1, degC)", "degC * m", "DimArray(1, u.dBm) + DimArray(1, u.dBm)", "DimArray(1, degC) < 3",
    # everywhere in a program
    "print(x + t)", "f'{x + t}'", "{'a': x + t}", "lambda: x + t", "[x + t for _ in x]", "{x + t for _ in x}",
    "sum(a + t for a in x)", "[a + t for a in x]", "def f(q=x + t): pass", "def f():\n    return x + t",
    "class A:\n    def f(self):\n        return x + t", "class A(x + t): pass", "class A:\n    y = x + t",
    "async def f():\n    await g(x + t)", "assert x + t", "for a in x + t: pass", "while x < t: pass",
    "with f(x + t): pass", "try:\n    x + t\nexcept KeyError:\n    pass", "try:\n    pass\nfinally:\n    x + t",
    "match x + t:\n    case _: pass", "raise ValueError(x + t)", "@f(x + t)\ndef g(): pass", "d[x + t] = 1",
    "def f():\n    def g():\n        return x + t",
    # branches and loops that agree
    "if flag:\n    y = x\nelif other:\n    y = 2 * x\nelse:\n    raise ValueError\ny + t",
    "y = x\nfor i in range(3):\n    y = y + i * x\ny + t", "y = x\nwhile flag:\n    y += x\ny + t",
    "for i in range(3):\n    y = i * x\n    y + t", "for i, y in enumerate(x):\n    y + t",
    "for a, b in zip(x, t):\n    a + b", "for y in [x, 2 * x]:\n    y + t",
    "try:\n    y = x\nexcept KeyError:\n    raise\ny + t", "with f():\n    y = x\ny + t",
    "def f():\n    y = x\n    return y + t", "y = x\ndel x\nx = y\nx + t",
])
def test_it_finds(program):
    assert messages(program)


@pytest.mark.parametrize("line", [
    "from torsor.units import DimArray as D, km as a, s as b",
    "from torsor.units import *; from torsor.units import km as a, s as b; D = DimArray",
    "import torsor; D = torsor.units.DimArray; a, b = torsor.units.m, torsor.units.s",
    "import torsor.units; u = torsor.units; D, a, b = u.DimArray, u.m, u.s",
    "from torsor import units as u; D = u.DimArray; a, b = u.GHz, u.kilometer",
    "from torsor.units.dimarray import DimArray as D; from dimtensor.core.units import m as a, s as b",
    "from torsor.units import DimArray as D, domains as d; a, b = d.astronomy.parsec, d.nuclear.barn",
    "from torsor.units.domains.imperial import ft as a, acre as b; from torsor.units import DimArray as D",
    "import torsor.units.domains.cgs as g; from torsor.units import DimArray as D; a, b = g.erg, g.dyn",
    "from torsor.units.domains.chemistry import *; from torsor.units import DimArray as D; a, b = bohr, hartree",
    "from dimtensor import DimArray as D, units as u; a, b = u.m, u.s",
    "import dimtensor as d; D = d.DimArray; a, b = d.units.kg, d.units.s",
])
def test_names_come_from_imports(line):
    assert len(lint.check(f"{line}\nD(1.0, a) + D(1.0, b)")) == 1
    assert lint.check(f"{line}\nD(1.0, a) + D(1.0, a)") == []


@pytest.mark.parametrize("line", [
    "from torsor.units.constants import c as v", "from torsor.units import constants; v = constants.speed_of_light",
    "import torsor.units.constants as k; v = k.c", "from dimtensor.constants import c as v",
    "from dimtensor.constants.universal import c as v", "from torsor.units.constants import *; v = c",
])
def test_constants(line):
    assert len(lint.check(f"{line}\nv + v * v")) == 1 and lint.check(f"{line}\nv + v") == []


def test_findings_say_where_and_what():
    [finding] = lint.check(HEAD + "\ny = (2 * x\n     + t)\n", "orbit.py")
    assert finding == ("orbit.py", 7, 6, "add: 'm' [L] and 's' [T] have different dimensions")
    assert str(finding) == "orbit.py:7:6: add: 'm' [L] and 's' [T] have different dimensions"


def test_columns_count_characters():
    [finding] = found("'ä€😀'; x + t")
    assert finding.column == 8


def test_findings_are_in_order_and_each_comes_once():
    program = "def f():\n    for i in range(3):\n        for j in range(3):\n            x + t\nx < t\nx == t\n"
    assert [finding.line for finding in found(program)] == [9, 10, 11]


def test_one_mistake_is_one_finding():
    assert len(found("y = x + t\ny + x\ny + t")) == 1


# ---------------------------------------------------------------------------------------- what it must not report

@pytest.mark.parametrize("program", [
    # fits
    "x + x", "x + DimArray(1, km)", "x / t * t + x", "x ** 2 + x * x", "x ** 0 + 1", "x / m + 1",
    "DimArray(1, u.deg) + 1", "np.sin(DimArray(90, u.deg))", "np.exp(x / DimArray(1, km))", "DimArray(1, u.Hz) + 1 / t",
    "x.sqrt() * x.sqrt() + x", "DimArray(1, degC) - DimArray(2, degC)", "DimArray(1, degC) + DimArray(1, u.K)",
    "DimArray([1, 2], degC).mean()", "DimArray(1, u.dBm) + DimArray(3, u.dB)", "DimArray(1, u.percent) + 0.5", "m == s",
    "sum([x, x])", "DimArray(x, km)",
    # numbers that every unit has
    "x + 0; x < 0; 0 == x; np.maximum(x, 0.0)", "x + float('inf'); x < np.inf; x == np.nan; x - np.inf",
    "n = 0\nfor i in range(3):\n    x + n\n    n += 1", "for i in range(3):\n    x + i", "x + len(y)",
    "np.where(flag, x, 0)",
    # what is no quantity, or may be none
    "x.magnitude() + 1", "x.data + 1", "x.shape[0] + 1", "x.ndim < 3", "x.argmax() + 1", "x.prod() + t", "(x > x) + 1",
    "x == None", "x != 'a'", "x is t", "x in [t]", "x + unknown", "f(x) + t", "x.f() + t", "x ** n + t",
    "float(x / m) + 1", "np.linspace(x, x, 3, retstep=True)[0] + t", "np.linalg.norm(x, ord=0) + 1", "max(x, t, key=f)",
    "'%s' % x + 'a'", "u.constants.c.value + 1", "DimArray(1, unknown) + t", "DimArray(unknown) + t",
    "DimArray(*args) + t", "x.to(unknown) + t",
    # other names
    "x = t\nx + t", "m = s\nDimArray(1, m) + t", "def DimArray(a, b): pass\nDimArray(1, m) + t", "import x\nx + t",
    "from f import DimArray\nDimArray(1, m) + t", "from f import *\nx + t",
    "from .torsor.units import m\nDimArray(1, m) + t", "with f() as x:\n    x + t",
    "try:\n    f()\nexcept E as x:\n    x + t", "for x in y:\n    x + t", "[x + t for x in y]", "lambda x: x + t",
    "def f(x):\n    x + t", "def f(*x):\n    x + t", "def f(*, x):\n    x + t", "if (x := t):\n    x + t",
    "match y:\n    case x:\n        x + t", "match y:\n    case [*x]:\n        x + t",
    "match y:\n    case {**x}:\n        x + t", "def x(): pass\nx + t", "class x: pass\nx + t", "del x\nx + t",
    "(x + t for x in y)", "exec('x = t')\nx + t", "globals()['x'] = t\nx + t",
    "def f():\n    global x\n    x = t\nf()\nx + t",
    "def f():\n    y = x\n    def g():\n        nonlocal y\n        y = t\n    g()\n    y + t",
    # scopes
    "def f():\n    x + t\nx = t\nf()", "def f():\n    x + t\n    x = t", "def f():\n    for x in y: pass\n    x + t",
    "class A:\n    x = DimArray(1, s)\n    x + t",
    "x = t\nclass A:\n    x = DimArray(1, m)\n    def f(self):\n        x + t",
    "x = t\nclass A:\n    x = DimArray(1, m)\n    y = [x + t for _ in y]",
    "def f():\n    def g():\n        x + t\n    x = t\n    g()",
    "class A:\n    def __f(self):\n        return __x + t\n__x = x",
    # branches and loops that do not agree
    "if flag:\n    x = t\nx + t", "if flag:\n    y = x\nelse:\n    y = t\ny + t", "(x if flag else t) + t",
    "(x or t) + t", "y = x\nfor i in z:\n    y + y\n    y = y * x\ny + x",
    "y = x\nwhile flag:\n    y = t\n    break\ny + t",
    "y = x\nfor i in z:\n    if flag:\n        y = t\n        continue\n    y = x\ny + t",
    "for i in z:\n    y = t\n    if flag: break\nelse:\n    y = x\ny + t", "for y in [x, t]:\n    y + t",
    "try:\n    y = x\n    y = t\nexcept KeyError:\n    y + t", "try:\n    y = t\nfinally:\n    pass\ny + t",
    "y = x\nfor i in z:\n    try:\n        break\n    finally:\n        y = t\ny + t",
    "import contextlib\ny = x\nwith contextlib.suppress(KeyError):\n    y = t\n    y = f()\n    y = x\ny + t",
    "match z:\n    case 1: y = x\n    case _: y = t\ny + t",
    # arrays that get another unit in place, and containers
    "y = x\ny *= t\nx + x * t", "y = x\ny **= 2\nx + x * m", "def f(y):\n    y *= t\nf(x)\nx + x / m",
    "def f():\n    y = x\n    y /= t\nf()\nx + t", "np.multiply(x, t, out=x)\nx + x", "np.multiply(x, t, x)\nx + t * m",
    "y = f(x)\ny *= t\nx + t * m", "class A:\n    y = x\n    y *= t\nx + t * m", "z = [x]\nz[0] = t\nz[0] + t",
    "z = [x]\nz.append(t)\nsum(z)", "z = [x]\nz[0] *= t\nx + t * m",
    "z = np.array([1.0], dtype=object)\nz[0] = x\nz[0] + x",
    # what programs ask about, or expect to fail
    "if isinstance(x, DimArray):\n    x + t", "if x.unit == s:\n    x + t", "if x.is_dimensionless:\n    x + 1",
    "x.is_dimensionless and x + 1", "y = x + 1 if x.is_dimensionless else x",
    "assert x.dimension == t.dimension\nx + t", "while x.unit == s:\n    x + t",
    "if not x.is_dimensionless:\n    raise ValueError\nx + 1",
    "import pytest\nwith pytest.raises(ValueError):\n    x + t",
    "import pytest\npytest.raises(ValueError, lambda: x + t)", "try:\n    x + t\nexcept u.DimensionError:\n    pass",
    "try:\n    x + t\nexcept (KeyError, Exception):\n    pass", "try:\n    x + t\nexcept:\n    pass",
    "def f():\n    return 1\n    x + t",
])
def test_it_does_not_report(program):
    assert messages(program) == []


@pytest.mark.parametrize(("line", "silenced"), [
    ("x + t  # torsor: ignore", True), ("x + t  #torsor:ignore", True), ("x + t  # torsor: ignore, a test", True),
    ("y = (x +\n     t)  # torsor: ignore", True), ("x + t  # noqa", False), ("x + t; '# torsor: ignore'", False),
    ("x + t  # torsor: ignored", False), ("# torsor: ignore\nx + t", False),
])
def test_comments_silence(line, silenced):
    assert (found(line) == []) is silenced


def test_the_program_is_not_run(tmp_path):
    witness = tmp_path / "witness"
    assert lint.check(f"open({str(witness)!r}, 'w')\nimport antigravity, no_such_module\nraise SystemExit\n") == []
    assert not witness.exists() and "antigravity" not in sys.modules


# ---------------------------------------------------------------------------------------- odd files

@pytest.mark.parametrize("program", ["x +", "def f(:", "\0", "'unclosed", "if x:\n\ty\n        z", "\ufeff x"])
def test_what_is_no_python(program):
    with pytest.raises(SyntaxError):
        lint.check(program)


@pytest.mark.parametrize("program", [
    "x" + " ** -x" * 5000, "-" * 100_000 + "1", "f(" * 150 + ")" * 150, "x" + ".a" * 20_000, "x = " * 5000 + "1",
    "lambda: " * 3000 + "1", "x" + "[0]" * 20_000, "".join(" " * k + "if x:\n" for k in range(99)) + " " * 99 + "x",
])
def test_deep_nesting_does_not_crash(program):
    try:
        assert lint.check(program) == []
    except SyntaxError as error:
        assert str(error)


def test_long_programs():
    program = "y = x\n" + "y = y + x\n" * 5000 + "y = x" + " + x" * 1500 + "\nif a: y = x\n"
    program += "elif b: y = 2 * x\n" * 500 + "else: y = x\ny + t\n"
    assert len(found(program)) == 1


def test_long_programs_take_as_long_as_they_are():
    program = "".join(f"y{k} = DimArray({k}.0, m)\nif y{k} > y0:\n    z = y{k} * t\n" for k in range(3000))
    assert len(found(program + "y0 + z")) == 0 and len(found(program + "y0 + t")) == 1


def test_many_nested_loops_end():
    depth = 60
    program = "".join("    " * k + f"for i{k} in r:\n{'    ' * (k + 1)}a{k} = a{k + 1}\n" for k in range(depth))
    assert found("".join(f"a{k} = x\n" for k in range(depth + 1)) + program + "    " * depth + "a60 = t\n") == []


def test_empty_program():
    assert lint.check("") == []


# ---------------------------------------------------------------------------------------- it knows what arrays do

UNITS = (u.m, u.km, u.s, u.dimensionless, u.percent, u.rad, u.K, u.degC, u.delta_degC, u.dB, u.dBm, u.kg / u.m**3)
QUANTITIES = [(inference.Quantity(unit), u.DimArray(np.full((2, 2), 0.5), unit)) for unit in UNITS]
#: What is known of an operand, and an operand of that kind.
OPERANDS = [*QUANTITIES, (inference.Number(0), 0), (inference.Number(2), 2), (inference.Number(-0.5), -0.5),
            (inference.PLAIN, np.ones((2, 2)))]
#: More arguments, of functions that need them.
MORE = {
    "percentile": (50,), "nanpercentile": (50,), "quantile": (0.5,), "nanquantile": (0.5,), "astype": (float,),
    "reshape": ((4,),), "swapaxes": (0, 1), "moveaxis": (0, 1), "roll": (1,), "repeat": (2,), "tile": (2,),
    "take": ([0],), "delete": (0,), "expand_dims": (0,), "broadcast_to": ((2, 2, 2),), "resize": ((3, 3),),
    "item": (0,),
}


def outcome(compute, *args):
    """The unit of the first result, "refused" where units do not fit, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = compute(*args)
    except errors.UnitsError:
        return "refused"
    except (TypeError, ValueError, np.linalg.LinAlgError):
        return None
    while type(result) in (inference.Items, tuple, list):
        result = result[0]          # of Items this is their tuple
    return getattr(result, "unit", None)


def check_against(inferred, actual, *what):
    """What is inferred holds, or the operation fails for another reason than units."""
    if inferred == "refused" or actual not in ("refused", None):
        assert inferred in (None, actual), what


def of_numpy(name):
    module, _, last = name.rpartition(".")
    return getattr(getattr(np, module) if module else np, last)


@pytest.mark.parametrize("name", [
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "matmul", "less", "greater_equal"])
def test_operators_are_those_of_arrays(name):
    inferred = [[outcome(inference.operator, name, a, b) for b, _ in OPERANDS] for a, _ in OPERANDS]
    for row, (a, x) in zip(inferred, OPERANDS, strict=True):
        for unit, (b, y) in zip(row, OPERANDS, strict=True):
            check_against(unit, outcome(of_numpy(name), x, y), name, a, b)
    assert sum(unit is not None for row in inferred for unit in row) > 40


def test_comparison_for_equality_is_refused_where_nothing_is_equal():
    for a, x in QUANTITIES:
        for b, y in OPERANDS:
            if outcome(inference.operator, "equal", a, b) == "refused":
                assert not np.any(x == y) and np.all(x != y)


@pytest.mark.parametrize("name", sorted(op.name for op in OPS if op.nin < 3))
def test_functions_of_the_table_are_those_of_arrays(name):
    function = of_numpy(name) if hasattr(np, name) else getattr(torsor, name)
    for a, x in QUANTITIES:
        others = OPERANDS if UFUNCS[name].nin == 2 else [None]
        for other in others:
            args = [a] if other is None else [a, other[0]]
            arrays = [x] if other is None else [x, other[1]]
            inferred = outcome(inference.call, inference.Function(name), args, {})
            if inferred != "refused" or name not in ("equal", "not_equal"):
                check_against(inferred, outcome(function, *arrays), name, *args)


@pytest.mark.parametrize("name", sorted(
    inference.KEEPING | inference.SUMS | inference.DIFFERENCES | inference.SQUARES | {"linalg.norm"}))
def test_reductions_and_moves_are_those_of_arrays(name):
    ways = [function for function in (getattr(u.DimArray, name, None), getattr(np, name, None)) if callable(function)]
    inferred = [outcome(inference.call, inference.Function(name), [a, *[None] * len(MORE.get(name, ()))], {})
                for a, _ in QUANTITIES]
    for unit, (a, x) in zip(inferred, OPERANDS, strict=False):
        for function in ways:
            check_against(unit, outcome(function, x, *MORE.get(name, ())), name, a)
    assert (ways or "." in name) and None not in inferred[:3]


@pytest.mark.parametrize("name", sorted(
    {*inference.PAIRS, *inference.JOINS, *inference.PRODUCTS} - {"weighted_mean"}))
def test_functions_of_two_arrays_are_those_of_arrays(name):
    for a, x in QUANTITIES:
        for b, y in QUANTITIES:
            arrays = [x[0], y[0]] if name in ("searchsorted", "digitize", "linalg.outer", "linalg.cross") else [x, y]
            given = [a, b]
            if name in inference.JOINS:
                given, arrays = [inference.Items((a, b))], [arrays]
            if name == "where":
                given, arrays = [None, *given], [True, *arrays]
            inferred = outcome(inference.call, inference.Function(name), given, {})
            check_against(inferred, outcome(of_numpy(name), *arrays), name, a, b)


# ---------------------------------------------------------------------------------------- random programs

class Writer:
    """Writes a random program that calls ``done`` with the number of each line that it has got through."""

    NAMES = "abcxyz"
    ATOMS = (
        "DimArray(2.0, m)", "DimArray(3.0, s)", "DimArray([1.0, 2.0], km)", "DimArray(4.0, m / s)", "DimArray(2.0)",
        "DimArray(20.0, degC)", "DimArray(5.0, u.K)", "u.constants.c", "0", "1", "2.5", "m", "s", "[1.0, 2.0]",
        "np.ones(2)", "float('inf')", "DimArray(x, m)", "len('ab')", "x.to(km)", "y.to('s')", "z.unit")
    CALLS = (
        "-{}", "({})**2", "({})**0.5", "np.sqrt({})", "np.maximum({}, {})", "np.exp({})", "abs({})", "np.sum({})",
        "np.stack([{}, {}])", "sum([{}, {}])", "max({}, {})", "np.where(flip(), {}, {})", "np.std({})",
        "np.dot({}, {})", "f({}, {})", "g({})", "[{}, {}][0]", "({}, {})[1]", "np.multiply({}, {})",
        "(lambda a: a + {})({})", "sum(q for q in [{}, {}])", "[q + {} for q in [{}]][0]", "np.linspace({}, {}, 3)",
        "DimArray({}, m)")

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.indent = HEAD.splitlines(), ""
        for name in self.NAMES:
            self.line(f"{name} = {self.random.choice(self.ATOMS[:6])}")
        self.line("def f(a, b): return a")
        self.line("def g(x): return x")
        for _ in range(self.random.randint(4, 14)):
            self.statement(0, False)

    def line(self, text, *, simple=False):
        self.lines.append(self.indent + text + (f"; done({len(self.lines) + 1})" if simple else ""))

    def expression(self, depth=0):
        chance = self.random.random()
        if depth > 2 or chance < 0.4:
            return self.random.choice(self.NAMES)
        if chance < 0.55:
            return self.random.choice(self.ATOMS)
        if chance < 0.85:
            return f"({self.expression(depth + 1)} {self.random.choice('+-*/+-')} {self.expression(depth + 1)})"
        call = self.random.choice(self.CALLS)
        return call.format(*[self.expression(depth + 1) for _ in range(call.count("{}"))])

    def statement(self, depth, in_loop):
        name, other = self.random.choice(self.NAMES), self.random.choice(self.NAMES)
        chance = self.random.random()
        if depth < 3 and chance < 0.36:
            self.compound(depth, in_loop, name, other)
        elif in_loop and chance < 0.4:
            self.line("if flip(): " + self.random.choice(("break", "continue")))
        elif chance < 0.5:
            self.line(f"{name}, {other} = {self.expression()}, {self.expression()}", simple=True)
        elif chance < 0.6:
            operator = self.random.choice(("+=", "-=", "*=", "/=", "**="))
            self.line(f"{name} {operator} {self.random.choice((self.expression(), '2'))}", simple=True)
        elif chance < 0.68:
            self.line(f"{name} = {other}", simple=True)
        elif chance < 0.72:
            self.line(f"{self.expression()} < {self.expression()}", simple=True)
        elif chance < 0.74:
            self.line(f"np.multiply({other}, {self.expression()}, out={name})", simple=True)
        else:
            self.line(f"{name} = {self.expression()}", simple=True)

    def compound(self, depth, in_loop, name, other):
        kind = self.random.choice(("if", "if", "for", "while", "try", "def", "with", "class"))
        if kind == "if":
            self.line("if flip():")
            self.block(depth, in_loop)
            for _ in range(self.random.choice((0, 0, 1, 2))):
                self.line("elif flip():")
                self.block(depth, in_loop)
            if self.random.random() < 0.5:
                self.line("else:")
                self.block(depth, in_loop)
        elif kind in ("for", "while"):
            self.line("while flip():" if kind == "while" else self.random.choice((
                f"for {name} in range(3):", f"for {name} in {other}:", f"for {name}, k in zip({other}, [1, 2]):")))
            self.block(depth, True)
            if self.random.random() < 0.3:
                self.line("else:")
                self.block(depth, in_loop)
        elif kind == "try":
            self.line("try:")
            self.block(depth, in_loop, "if flip(): raise KeyError")
            self.line("except KeyError:")
            self.block(depth, in_loop)
            if self.random.random() < 0.4:
                self.line("finally:")
                self.block(depth, False)
        elif kind == "def":
            f = self.random.choice("fg")
            self.line(f"def {f}({'a, b' if f == 'f' else 'x'}):")
            declare = f"global {self.random.choice('cyz')}" if self.random.random() < 0.2 else "pass"
            self.block(depth, False, before=declare, after=f"return {self.random.choice(self.NAMES)}")
        elif kind == "with":
            self.line("with suppress(KeyError):")
            self.block(depth, in_loop, "if flip(): raise KeyError")
        else:
            self.line("class A:")
            self.block(depth, False)

    def block(self, depth, in_loop, between="", before="", after=""):
        outer, self.indent = self.indent, self.indent + "    "
        if before:
            self.line(before)
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth + 1, in_loop)
            if between:
                self.line(between)
        if after:
            self.line(after)
        self.indent = outer


def run(program, seed):
    """Lines that a program gets through, and the line and exception that it ends with."""
    from contextlib import suppress

    class TooLong(Exception):
        pass

    choices, lines, calls = random.Random(seed), set(), 0

    def flip():
        nonlocal calls
        calls += 1
        if calls > 200:
            raise TooLong
        return choices.random() < 0.5

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(program, "<program>", "exec"), {"flip": flip, "done": lines.add, "suppress": suppress})
    except Exception as error:
        trace, line = error.__traceback__, None
        while trace:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "<program>" else line
            trace = trace.tb_next
        return lines, line, error
    return lines, None, None


def test_random_programs_get_through_no_line_with_a_finding():
    failures = hits = 0
    for seed in range(500):
        program = "\n".join(Writer(seed).lines) + "\n"
        reported = {finding.line: finding for finding in lint.check(program)}
        for k in range(3):
            lines, line, error = run(program, k)
            wrong = [str(reported[number]) for number in sorted(lines & reported.keys())]
            assert not wrong, f"seed {seed}:\n{program}"
            if isinstance(error, errors.UnitsError):
                failures += 1
                hits += line in reported
    assert failures > 500 and hits > 0.4 * failures


# ---------------------------------------------------------------------------------------- the command

def lint_files(capsys, *paths):
    code = cli.main(["units", "lint", *map(str, paths)])
    return code, *capsys.readouterr()


def test_command_reports(tmp_path, capsys):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(HEAD + "x / t")
    bad.write_text(HEAD + "x / t\nx + t\n")
    assert lint_files(capsys, good) == (0, "", "")
    code, out, err = lint_files(capsys, good, bad)
    assert (code, out, err) == (1, f"{bad}:7:1: add: 'm' [L] and 's' [T] have different dimensions\n", "")


@pytest.mark.parametrize("content", [b"x +", b"\xff\xfe", b"# coding: nonsense\n", b"\0", b"-" * 100_000 + b"1"])
def test_command_and_files_that_cannot_be_read(content, tmp_path, capsys):
    bad, broken = tmp_path / "bad.py", tmp_path / "broken.py"
    bad.write_text(HEAD + "x + t")
    broken.write_bytes(content)
    code, out, err = lint_files(capsys, broken, bad)
    assert code == 2 and out.startswith(str(bad)) and str(broken) in err and "Traceback" not in err


def test_command_and_paths_that_are_no_files(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "none.py"):
        code, out, err = lint_files(capsys, path)
        assert code == 2 and out == "" and str(path) in err


def test_command_reads_the_encoding_of_a_file(tmp_path, capsys):
    path = tmp_path / "latin.py"
    path.write_bytes(("# coding: latin-1\n" + HEAD + "ä = x\nä + t\n").encode("latin-1"))
    assert lint_files(capsys, path)[1].startswith(f"{path}:8:1:")


def test_command_wants_a_file(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["units", "lint"])
