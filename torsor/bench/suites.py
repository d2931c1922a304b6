"""What the benchmarks compare: suites of rows, each a statement for some types and shapes.

A row is written once and runs under every contestant.  Each operation of the table has one without
being named here.  Measuring is left to ``contest``.
"""
import ast
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy

from torsor._optable import DEFINITIONS, OPS, Op

Shape = tuple[int, ...]

#: The contestant that is NumPy where NumPy has no such function: what its user would compose.
EXPRESSION = "expression"
#: The contestant that is torsor on one thread.
SINGLE = "one thread"
#: Libraries of units, which are measured where they are installed.
UNIT_LIBRARIES = ("pint", "astropy", "unyt", "dimtensor")
#: Measured where it is installed, for whole expressions.
NUMEXPR = "numexpr"
#: torsor's own functions, one operation after the other, where an expression is fused.
EAGER = "not fused"
#: Contestants of rows that have a spelling for them, and of no others.
NAMED = (EXPRESSION, EAGER, NUMEXPR, *UNIT_LIBRARIES)


class Row(NamedTuple):
    """One statement, timed once for each entry of ``types`` and each shape of its suite.

    In ``code`` and ``setup`` (untimed) ``np`` is the contestant's module and ``a``, ``b``, ``c``
    are arrays.  Work in place runs a million times: it may drift, but never to infinity.
    """

    code: str
    #: Spellings of a peer that differ; the first that runs is taken.  Empty: the peer has none.
    peers: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    types: tuple[str, ...] = ("f", "d", "q")    # type codes of a, b, c; one stands for all
    domain: tuple[float, float] = (0.5, 2.0)    # where the numbers are drawn
    ndim: int = 0                               # the only number of dimensions it is for; 0: any
    setup: str = "pass"
    #: What contestants prepare instead.
    setups: Mapping[str, str] = MappingProxyType({})

    def spellings(self, contestant: str) -> tuple[str, ...]:
        return self.peers.get(contestant, () if contestant in NAMED else (self.code,))

    @property
    def operands(self) -> list[str]:
        """Those of the arrays that some spelling uses."""
        spellings = [self.code, *(code for codes in self.peers.values() for code in codes)]
        tree = ast.parse("\n".join([self.setup, *self.setups.values(), *spellings]))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        return [name for name in "abc" if name in names]


class Suite(NamedTuple):
    """Rows and the shapes that they are timed for."""

    rows: list[Row]
    shapes: tuple[Shape, ...]


class Case(NamedTuple):
    """A row for one choice of types and one shape."""

    suite: str
    row: Row
    types: str
    shape: Shape

    @property
    def dtypes(self) -> dict[str, numpy.dtype]:
        """The type of each operand."""
        codes = zip("abc", self.types if len(self.types) > 1 else self.types * 3)
        named = {name: numpy.dtype(numpy.dtype(code).name) for name, code in codes}
        return {name: named[name] for name in self.row.operands}

    @property
    def label(self) -> str:
        dtype = numpy.dtype(self.types[0]).name
        return f"{self.suite}: {self.row.code} [{dtype} {'x'.join(map(str, self.shape))}]"


class _Substitute(ast.NodeTransformer):
    """Puts an expression in the place of ``x``."""

    def __init__(self, value: ast.expr):
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == "x" else node


class _InNumPy(ast.NodeTransformer):
    """Rewrites an expression of the operation table as a NumPy user would compose it."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        definition = DEFINITIONS.get(getattr(node.func, "id", ""))
        if definition is None:
            self.generic_visit(node)
            return node
        body = ast.parse(definition, mode="eval").body
        substituted: ast.expr = _Substitute(node.args[0]).visit(body)
        return self.visit(substituted)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        name = {"x": "a", "y": "b", "z": "c"}.get(node.id, f"np.{node.id}")
        return ast.parse(name, mode="eval").body

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return self._call("where", node.test, node.body, node.orelse)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        function = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
        first, second, *others = node.values
        rest = ast.BoolOp(node.op, [second, *others]) if others else second
        return self._call(function, first, rest)

    def _call(self, function: str, *args: ast.expr) -> ast.expr:
        callee = ast.parse(f"np.{function}", mode="eval").body
        return ast.Call(callee, [self.visit(arg) for arg in args], [])


def composed(expr: str) -> str:
    """An expression of the operation table in NumPy's words: conditions become ``np.where``."""
    return ast.unparse(_InNumPy().visit(ast.parse(expr, mode="eval")))


# PyTorch's names that differ from NumPy's.  None: its result is a view, or the argument itself.
_TORCH_NAMES = {
    "trigamma": None, "conjugate": None, "equal": "eq", "fabs": "abs", "degrees": "rad2deg", "positive": None,
    "bessel_i0": "i0", "power": "pow", "radians": "deg2rad", "rint": "round",
}


def row_of(op: Op) -> Row:
    """The benchmark of a row of the operation table, for the types that start with a common one."""
    args = f"({', '.join('abc'[:op.nin])})"
    names = [_TORCH_NAMES.get(op.name, op.name), *op.aliases]
    peers = {"torch": () if names[0] is None else tuple(
        f"{home}.{name}{args}" for name in names
        for home in ("np", "np.nn.functional", "np.special"))}
    if not hasattr(numpy, op.name):
        text = composed(op.expr)
        if all(hasattr(numpy, name) for name in re.findall(r"np\.(\w+)", text)):
            peers[EXPRESSION] = (text,)
    inputs = [sig.split("->")[0] for sig in op.types.split()]
    types = [next((codes for codes in inputs if codes[0] == common), None) for common in "fdq"]
    return Row(f"np.{op.name}{args}", peers, tuple(filter(None, types)), op.domain)


def reduction(name: str, axis: str = "", **changes) -> Row:
    """A reduction over everything, or over ``axis`` of a matrix."""
    torch = {"torch": (f"a.a{name}({axis})",)} if axis and name in ("min", "max") else {}
    return Row(f"a.{name}({axis})", torch, ndim=2 if axis else 0)._replace(**changes)


def statistic(name: str, axis: str = "", **changes) -> Row:
    """The same for what NumPy has as a function only."""
    code = f"np.{name}(a{axis and ', '}{axis})"
    return Row(code, {"torch": ()}, ndim=2 if axis else 0)._replace(**changes)


_QUANTITIES = {
    "torsor": "from torsor.units import DimArray, {one}, {other}; x, y = DimArray(a, {one}), DimArray(b, {other})",
    "numpy": "x, y = a, b",
    "pint": "x, y = np.Quantity(a, '{one}'), np.Quantity(b, '{other}')",
    "astropy": "x, y = np.units.Quantity(a, '{one}'), np.units.Quantity(b, '{other}')",
    "unyt": "x, y = np.unyt_array(a, '{one}'), np.unyt_array(b, '{other}')",
    "dimtensor": "x, y = np.DimArray(a, np.units.{one}), np.DimArray(b, np.units.{other})",
}


def quantities(code: str, other: str = "m", torsor: str = "", types: tuple[str, ...] = ("f", "d", "i", "q")) -> Row:
    """Arithmetic on arrays with units, against the same without units, and against libraries of units."""
    setups = {name: text.format(one="m", other=other) for name, text in _QUANTITIES.items()}
    if other == "km":           # the same sum without units; integers become floating-point numbers
        setups = {name: text.replace("x, y =", "x, z =") for name, text in setups.items()}
        setups["numpy"] = f"x, z = a, b * np.{'float64(1e3)' if 'q' in types else 'float32(1e3)'}"
    peers: dict[str, tuple[str, ...]] = dict.fromkeys(("numpy", *UNIT_LIBRARIES), (code,)) | {"torch": ()}
    return Row(torsor or code, peers, types, setups=setups)


def ordering(code: str, setup: str = "pass", types: tuple[str, ...] = ("i", "q", "f", "d"), torch: str = "") -> Row:
    """Elements put in order, looked for or counted; PyTorch takes part where its spelling is given."""
    lines = {"x": "x = a.ravel()", "s": "s = np.sort(x)", "y": "y = x[::7] + 0", "e": "e = np.linspace(-900, 900, 20)"}
    setups = "; ".join([*(lines[name] for name in setup), "pass"]) if setup != "pass" else setup
    return Row(code, {"torch": (torch,) if torch else ()}, types, (-1000.0, 1000.0), setup=setups)


_LINES = ((1,), (100,), (10**4,), (10**6,), (10**7,))
_GRIDS = ((100, 100), (500, 500), (1000, 1000))
_AXES = ("", "axis=0", "axis=-1")
_SQUARES = (*((n, n) for n in (3, 4, 10, 100, 500)),
            (1000, 3, 3), (100_000, 3, 3), (10_000, 4, 4), (500, 20, 20))
_FLOATS = ("f", "d")
_DEFINITE = "s = a @ np.swapaxes(a, -1, -2) + np.eye(a.shape[-1])"


def equation(code: str, types: tuple[str, ...] = ("f", "d"), setup: str = "pass") -> Row:
    """A function of stacks of square matrices."""
    return Row(code, {"torch": ()}, types, domain=(-1, 1), setup=setup)


def expression(name: str, arguments: str, body: str, numexpr: str = "", setup: str = "pass", ndim: int = 1) -> Row:
    """A function of arrays: fused, against NumPy, numexpr where it has words for it, and torsor without fusion.

    ``body`` is a function's, its last line what it returns.
    """
    *lines, last = body.splitlines()
    function = "\n    ".join([f"def {name}({arguments}):", *lines, f"return {last}"])
    code = f"{name}({arguments})"
    setups = dict.fromkeys(("numpy", EAGER), f"{setup}\n{function}")
    # What is timed are later calls than the first, which records the function.
    setups |= {"torsor": f"{setup}\n{function}\n{name} = np.fuse({name})\n{code}", NUMEXPR: setup}
    peers = {"torch": (), EAGER: (code,)} | ({NUMEXPR: (f"np.evaluate({numexpr!r})",)} if numexpr else {})
    return Row(code, peers, ("f", "d"), ndim=ndim, setups=setups)


_INTS = ("q",)
_ALL_INTS = ("b", "h", "i", "q")

_IN_PLACE = ("np.put_along_axis", "np.put", "np.putmask", "np.place", "np.copyto", "np.add.at",
             "np.maximum.at")
_VECTOR = "a, b = a.ravel(), b.ravel(); i = np.argsort(a); k = i[::-1].copy(); m = a > 1.2"
_SMALL = ("a, b = a.ravel(), b.ravel(); s, t, x = np.resize(a, (4, 4)), a.reshape(-1, 1), np.cumsum(b); "
          "i = np.argsort(a); m = a > 1.2")
_MATRIX = "i = np.argsort(a, axis=1); k = i[0].copy(); m = a > 1.2; r = m[:, 0].copy()"


def native(*codes: str, ndim: int = 0, setup: str = "pass", types: tuple[str, ...] = ("f", "d", "q")) -> list[Row]:
    """Statements that are compared with NumPy's alone."""
    return [Row(f"_ = {code}" if code.partition("(")[0] in _IN_PLACE else code, {"torch": ()}, types, ndim=ndim,
                setup=setup) for code in codes]


SUITES = {
    "calls": Suite([
        *(Row(f"a {sign} {b}") for sign in ("+", "-", "*", "/", "<", "==") for b in ("b", "2.0")),
        *(Row(code) for code in ("a ** 2", "-a", "abs(a)", "a += b")),
        *(Row(f"np.{name}(a, b)") for name in ("add", "multiply", "maximum", "less")),
        *(Row(f"np.{name}(a)") for name in ("exp", "sqrt", "sin", "tanh", "sum")),
        *map(reduction, ("sum", "max", "mean", "argmax", "any")),
        *(Row(code) for code in ("np.add(a, b, out=c)", "np.where(a < b, a, b)", "a @ b",
                                 "np.concatenate((a, b))", "a[1:]", "a[0]", "a.reshape(-1, 1)")),
        Row("a & b", types=_INTS),
        Row("a.copy()", {"torch": ("a.clone()",)}),
        Row("np.zeros(100)", types=("d",)),
    ], ((1,), (100,))),
    "elementwise": Suite([
        *map(row_of, OPS),
        *(Row(f"a {sign} b") for sign in ("+", "-", "*", "/", "//", "%", "<", "==")),
        *(Row(code) for code in ("a * 2.0", "2.0 - a", "a ** 2", "-a", "abs(a)", "a += b",
                                 "np.add(a, b, out=c)", "np.where(a < b, a, b)")),
        *(Row(code, types=_INTS) for code in ("a & b", "a | b", "~a")),
        Row("np.clip(a, 0.6, 1.5)", types=_FLOATS),
        Row("a + row", ndim=2, setup="row = b[0]"),
        Row("a * column", ndim=2, setup="column = b[:, :1]"),
        Row("a.T + b", ndim=2),
    ], _LINES + _GRIDS),
    "math": Suite([
        *(row_of(op) for op in OPS if op.family in ("division", "power", "math", "activation")),
        *(Row(f"np.{name}(a, b)", types=_ALL_INTS, domain=(1, 100))
          for name in ("floor_divide", "remainder", "fmod", "divmod", "gcd", "lcm", "power")),
        *(Row(code, types=(*_ALL_INTS, *_FLOATS), domain=(1, 100)) for code in ("a // 7", "a % 7")),
        *(Row(code, types=_ALL_INTS) for code in ("a ** 3", "np.bitwise_count(a)")),
        *(Row(f"np.{name}(a)", types=_FLOATS) for name in ("sinc", "i0", "frexp")),
        *(Row(f"np.{name}(a)", types=("F", "D"), setup="a = a + 0.5j * b")
          for name in ("exp", "log", "log2", "sqrt", "sin", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan",
                       "arcsinh", "arccosh", "arctanh", "abs", "angle")),
        *(Row(f"np.{name}(a)", types=_ALL_INTS) for name in ("isnan", "isinf", "isfinite")),
        *(Row(f"np.{name}(a, b)", types=("F", "D"), setup="a, b = a + 0.5j * b, b - 0.5j * a")
          for name in ("multiply", "divide", "power")),
    ], ((100,), (10**4,), (10**6,))),
    "reductions": Suite([
        *(reduction(name, axis) for axis in _AXES
          for name in ("sum", "mean", "min", "max", "argmin", "argmax")),
        *(reduction("prod", axis, domain=(0.999, 1.001)) for axis in _AXES),
        *(reduction("any", axis, types=("?", "f", "d"), domain=(0, 0)) for axis in _AXES),
        *(reduction("all", axis, types=("?", "f", "d")) for axis in _AXES),
        *(statistic(name, axis) for axis in _AXES
          for name in ("var", "std", "ptp", "average", "median", "nansum", "nanmean", "nanvar", "nanmin", "nanargmax",
                       "cumsum", "nancumsum")),
        *(statistic("count_nonzero", axis, types=("?", "d", "q")) for axis in _AXES),
        *(statistic("cumprod", axis, domain=(0.999, 1.001)) for axis in _AXES),
        Row("np.percentile(a, 30)", {"torch": ("np.quantile(a, 0.3)",)}, ("f", "d", "q")),
        Row("np.quantile(a, (0.1, 0.5, 0.9), axis=-1)", {"torch": ()}, ("f", "d"), ndim=2),
        Row("np.average(a, weights=b)", {"torch": ()}, _FLOATS),
        *(Row(f"np.{name}(a{q})", {"torch": ()}, _FLOATS, setup="a[..., ::7] = np.nan") for name, q in (
            ("nansum", ""), ("nanmean", ""), ("nanstd", ""), ("nanmax", ""), ("nanmedian", ""),
            ("nanquantile", ", 0.3"))),
        *(Row(f"np.logsumexp(a{axis and ', '}{axis or ', None'})", {"numpy": (), "torch": (), EXPRESSION: (
            f"np.log(np.sum(np.exp(a - np.max(a, {axis or 'None'}, keepdims=True)), {axis or 'None'})) "
            f"+ np.max(a, {axis or 'None'})",)}, _FLOATS, ndim=2 if axis else 0) for axis in _AXES),
    ], _LINES + _GRIDS),
    "order": Suite([
        *(ordering(f"np.{name}(a{kind})", types=("h", "i", "q", "f", "d"))
          for name in ("sort", "argsort") for kind in ("", ", kind='stable'", ", axis=0")),
        *(ordering(f"np.{name}(x, len(x) // 2)", "x") for name in ("partition", "argpartition")),
        ordering("np.lexsort((x, x))", "x"),
        ordering("np.top_k(x, 3)", "x")._replace(peers={
            "torch": ("np.topk(x, 3)",), "numpy": (), EXPRESSION: (
                "(lambda i: (x[i], i))(np.argsort(-x.astype('d'), kind='stable')[:3])",)}),
        ordering("np.where(a > 0, a, 0)", torch="np.where(a > 0, a, 0)"),
        *(ordering(f"np.{name}(a > 0)") for name in ("nonzero", "argwhere", "flatnonzero")),
        ordering("np.nonzero(a)"),
        ordering("np.searchsorted(s, x)", "xs", torch="np.searchsorted(s, x)"),
        ordering("np.searchsorted(s, s)", "xs"),
        ordering("np.searchsorted(s, 10)", "xs"),
        ordering("np.digitize(x, e)", "xe"),
        *(ordering(f"np.unique(x{more})", "x") for more in ("", ", return_inverse=True", ", return_counts=True")),
        ordering("np.isin(x, y)", "xy", torch="np.isin(x, y)"),
        *(ordering(f"np.{name}(x, y)", "xy") for name in ("intersect1d", "union1d", "setdiff1d", "setxor1d")),
        *(ordering(f"np.histogram(x{more})", "xe") for more in ("", ", 100, (-500, 500)", ", e", ", weights=x / 2.0")),
        ordering("np.histogram_bin_edges(x)", "x"),
        ordering("np.histogram2d(x, x)", "x"),
        *(ordering(f"np.bincount(x{more})", "x", types=("i", "q"))._replace(domain=(0.0, 1000.0))
          for more in ("", ", x / 2.0")),
        ordering("np.select([a > 0, a < -500], [a, -a])"),
        ordering("np.choose(x % 2 > 0, (x, -x))", "x", types=("i", "q")),
    ], ((100,), (10**4,), (10**6,), (1000, 1000))),
    "moving": Suite([
        *native(*(f"np.{code}" for code in (
            "take(a, k)", "take(a, k, mode='clip')", "compress(m, a)", "extract(m, a)", "take_along_axis(a, i, 0)",
            "put_along_axis(a, i, b, 0)", "put(a, k, b)", "putmask(a, m, b)", "place(a, m, b)", "copyto(a, b)",
            "tile(a, 3)", "repeat(a, 3)", "roll(a, 7)", "stack((a, b))", "stack((a, b), -1)", "hstack((a, b))",
            "vstack((a, b))",
            "column_stack((a, b))", "append(a, b)", "insert(a, 3, b[0])", "delete(a, 3)", "pad(a, 5)",
            "pad(a, 5, 'reflect')", "pad(a, 5, 'wrap')",
            "full_like(a, 2)", "ones_like(a)", "zeros_like(a)", "copy(a)", "diff(a)", "gradient(a)", "round(a, 2)",
            "isclose(a, b)",
            "allclose(a, a)", "array_equal(a, a.copy())", "nan_to_num(a)", "trapezoid(a)", "flip(a).copy()",
            "add.at(a, k, 0)")),
            "a[k]", "a[m]", "a[k] = b", "a[m] = 1", "a[::2].copy()", "a[::-1].copy()", "a.astype('f')",
            "a.astype('q')",
            ndim=1, setup=_VECTOR),
        *native("np.interp(a, np.linspace(0, 2, 50), np.linspace(0, 2, 50))",
        "np.polyval(np.array([1.0, 2.0, 3.0]), a)",
                "np.unwrap(a)", "np.cov(a, b)", "np.corrcoef(a, b)", "np.convolve(a, b[:30])",
                "np.correlate(a, b[:30])",
                setup="a, b = a.ravel(), b.ravel()", ndim=1, types=("d",)),
        *native(*(f"np.{code}" for code in (
            "take(a, k, 0)", "take(a, k, 1)", "compress(r, a, 0)", "take_along_axis(a, i, 1)",
            "put_along_axis(a, i, b, 1)", "tile(a, (2, 3))",
            "repeat(a, 2, 0)", "repeat(a, 2, 1)", "roll(a, 3, 1)", "stack((a, b), 1)", "vstack((a, b))",
            "hstack((a, b))", "pad(a, 3)", "pad(a, 3, 'edge')",
            "tril(a)", "triu(a)", "diff(a)", "diff(a, axis=0)", "gradient(a)", "ascontiguousarray(a.T)",
            "asfortranarray(a)", "rot90(a).copy()",
            "meshgrid(a[0], b[0])", "concatenate((a.T, b.T))")),
            "a[k]", "a[m]", "a[r]", "a.T.copy()", "a.T.ravel()", "a.T + b", "a[:, ::2].copy()", "a.T.reshape(-1)",
            "a.astype('f').T.copy()",
            ndim=2, setup=_MATRIX),
        *native("np.cov(a)", "np.corrcoef(a)", ndim=2, types=("d",)),
    ], ((100,), (10**4,), (10**6,), (10, 10), (100, 100), (1000, 1000))),
    "writing": Suite([
        *native("a[k] = b", "a[k] = 1", "a[m] = c", "a[m] = 1", "np.put(a, k, b)", "np.put(a, k, 1)",
                "np.place(a, m, c)",
                "np.putmask(a, m, b)", "np.putmask(a, m, 1)", "np.copyto(a, b)", "np.add.at(a, k, b)",
                "np.maximum.at(a, k, b)", ndim=1,
                setup="a, b = a.ravel(), b.ravel(); k = np.argsort(b); m = a > 1.2; c = b[m].copy()"),
        *native("a[r] = b", "a[s] = c", "a[m] = 1", ndim=2,
                setup="r = np.argsort(b[:, 0]); s = a[:, 0] > 1.2; c = b[s].copy(); m = a > 1.2"),
        *(Row(f"a.astype({target})", {"torch": ()}, ("f", "d", "q", "i", "b", "?"))
          for target in ("np.float32", "np.float64", "np.int64", "np.int32", "np.uint8", "bool")),
        *native("np.copy(a)", "np.copy(a.T)", "a.T.copy()", "a[::2, ::2].copy()", "a.T.astype(np.float32)",
                "a[:, ::2].astype(np.float64)", ndim=2),
    ], ((100,), (10**4,), (10**6,), (10, 10), (100, 100), (1000, 1000))),
    "pieces": Suite([
        *native("np.split(a, 2)", "np.array_split(a, 2)", "np.split(a, [len(a) // 2])", "np.delete(a, 1)",
                "np.insert(a, 1, 1)",
                "np.insert(a, 1, b)", "np.block([a, b])", "np.resize(a, 150)", "np.partition(a, 1)",
                "np.argpartition(a, 1)", "a[1]", "a[None]", "a[..., None]", ndim=1),
        *native("np.hsplit(a, 2)", "np.vsplit(a, 2)", "np.delete(a, 1, 0)", "np.delete(a, 1, 1)",
                "np.insert(a, 1, 1, 1)", "np.block([[a, b], [b, a]])", "np.concatenate((a.T, b.T))",
                "np.concatenate((a.T, b.T), 1)",
                "np.resize(a, (50, 50))", "a[1]", "a[:, 1]", "a[1:, :-1]", "a[1, 1]", "a.T", "a[:, None]",
                "np.partition(a, 1, 0)", ndim=2),
    ], ((100,), (10**4,), (10**6,), (10, 10), (100, 100), (1000, 1000))),
    "fusion": Suite([
        expression("polynomial", "a", "2 * a + 3 * a * a - 1", "2 * a + 3 * a * a - 1"),
        expression("products", "a, b, c, d", "a * b + c * d", "a * b + c * d", "d = b + a"),
        expression("black_scholes", "a, b, c", """\
spread = 0.2 * np.sqrt(c)
up = (np.log(a / b) + 0.07 * c) / spread
down = up - spread
near = np.tanh(0.7978845608 * (up + 0.044715 * up * up * up))
far = np.tanh(0.7978845608 * (down + 0.044715 * down * down * down))
0.5 * (a * (1 + near) - b * np.exp(-0.05 * c) * (1 + far))"""),
        expression("lennard_jones", "a", """\
s = 1 / (a * a)
s = s * s * s
np.sum(4 * (s * s - s))""", "sum(4 * ((1 / (a * a)) * (1 / (a * a)) * (1 / (a * a)) * (1 / (a * a)) * (1 / (a * a))"
                            " * (1 / (a * a)) - (1 / (a * a)) * (1 / (a * a)) * (1 / (a * a))))"),
        expression("rms_error", "a, b", "np.sqrt(np.mean((a - b) * (a - b)))"),
        expression("sum_of_squares", "a, b", "np.sum((a - b) * (a - b))", "sum((a - b) * (a - b))"),
        expression("haversine", "a, b, c, d", """\
across = np.sin((c - a) * 0.5)
along = np.sin((d - b) * 0.5)
12742 * np.arcsin(np.sqrt(across * across + np.cos(a) * np.cos(c) * along * along))""",
                   "12742 * arcsin(sqrt(sin((c - a) / 2) * sin((c - a) / 2) + cos(a) * cos(c)"
                   " * sin((d - b) / 2) * sin((d - b) / 2)))", "d = b + 0.25 * a"),
        expression("softmax", "a", """\
e = np.exp(a - a.max(-1, keepdims=True))
e / e.sum(-1, keepdims=True)""", ndim=2),
        expression("standardise", "a", "(a - a.mean(0)) / a.std(0)", ndim=2),
    ], ((10,), (1000,), (10**6,), (10**7,), (10, 10), (1000, 1000), (10**4, 1000))),
    "making": Suite([
        *native(*(f"np.{code}" for code in (
            "ones(len(a))", "zeros(len(a))", "full(len(a), 2.5)", "arange(len(a))", "arange(0.0, len(a))",
            "linspace(0, 1, len(a))")), ndim=1, types=("d",)),
        *native(*(f"np.{code}" for code in ("eye(len(a))", "identity(len(a))", "tri(len(a))", "ones(a.shape)",
        "full(a.shape, 7)", "diag(a[0])")),
                ndim=2, types=("d",)),
    ], ((100,), (10**4,), (10**6,), (10, 10), (100, 100), (1000, 1000))),
    "small": Suite([
        *native(*(f"np.{code}" for code in (
            "isclose(a, b)", "allclose(a, b)", "array_equal(a, b)", "array_equiv(a, b)", "diff(a)", "ediff1d(a)",
            "gradient(a)", "interp(a, x, b)",
            "convolve(a, b)", "correlate(a, b)", "cov(a)", "corrcoef(a, b)", "round(a)", "round(a, 2)",
            "trapezoid(a)", "unwrap(a)", "roll(a, 2)", "pad(a, 2)",
            "pad(a, 2, 'edge')", "moveaxis(s, 0, 1)", "swapaxes(s, 0, 1)", "rollaxis(s, 1)", "expand_dims(a, 0)",
            "squeeze(t)", "broadcast_to(a, (4, len(a)))",
            "broadcast_arrays(a, t)", "atleast_1d(a)", "atleast_2d(a)", "atleast_3d(a)", "polyval(x[:3], a)",
            "nan_to_num(a)", "flip(a)", "fliplr(s)", "flipud(s)",
            "rot90(s)", "tile(a, 3)", "repeat(a, 3)", "stack((a, b))", "vstack((a, b))", "hstack((a, b))",
            "dstack((a, b))", "column_stack((a, b))",
            "append(a, b)", "insert(a, 2, 1.0)", "delete(a, 2)", "meshgrid(a, b)", "ones(16)", "zeros((4, 4))",
            "full(16, 1.0)", "full_like(a, 1.0)", "ones_like(a)",
            "zeros_like(a)", "arange(16)", "linspace(0, 1, 16)", "eye(4)", "identity(4)", "tri(4)", "tril(s)",
            "triu(s)", "diag(a)", "diag(s)", "diagonal(s)",
            "ravel(s)", "transpose(s)", "reshape(a, (2, -1))", "vander(a, 4)", "take(a, i)",
            "take_along_axis(a, i, 0)", "put_along_axis(a, i, 1.0, 0)",
            "compress(m, a)", "extract(m, a)", "place(a, m, b)", "put(a, i, 1.0)", "copyto(a, b)",
            "putmask(a, m, b)", "ndim(a)", "shape(a)", "size(a)",
            "asarray(a)", "ascontiguousarray(a)", "copy(a)", "split(a, 2)", "block([[s, s]])", "resize(a, 20)",
            "ix_(i, i)", "unravel_index(5, (4, 4))")),
            "a[i]", "a[m]", "s[1]", "s[:, 1]", "s.T", "a.astype('f')", "a.take(i)",
            types=("d",), setup=_SMALL),
    ], ((16,),)),
    "units": Suite([
        *(quantities(f"x {sign} y") for sign in ("+", "-", "*", "/", "<")),
        quantities("x + z", other="km", types=("f", "d")),
        quantities("x + z", other="km", types=("i", "q")),
        quantities("x.sum()"),
        quantities("np.sqrt(x)", torsor="x.sqrt()"),
    ], ((1,), (100,), (10**4,), (10**6,), (10**7,))),
    "fft": Suite([
        *(Row(f"np.fft.{name}(a)", types=types)
          for name, types in (("fft", ("f", "d", "D")), ("ifft", ("D",)), ("rfft", _FLOATS), ("irfft", ("D",)))),
        *(Row(f"np.fft.{name}(a, axis=0)", types=("d", "D"), ndim=2) for name in ("fft", "ifft")),
        *(Row(f"np.fft.{name}(a)", types=("d",), ndim=2) for name in ("fft2", "rfft2", "irfft2", "fftn", "rfftn")),
    ], ((16,), (100,), (10**4,), (10**6,), *_GRIDS)),
    "random": Suite([
        *(Row(f"rng.{call}", {"torch": ()}, ("d",), setup="rng = np.random.default_rng(1)")
          for call in ("random(a.shape)", "uniform(-1, 1, a.shape)", "normal(size=a.shape)",
                       "integers(0, 2**64, a.shape, np.uint64)", "integers(0, 1000, a.shape)")),
    ], ((100,), (10**4,), (10**6,), (10**7,))),
    "matmul": Suite([
        *(Row(code, types=_FLOATS, ndim=2, setup="v = b[0]")
          for code in ("a @ b", "a @ b.T", "a.T @ b", "a @ v", "v @ a")),
    ], tuple((n, n) for n in (4, 8, 16, 32, 100, 500, 1000, 2000))),
    "linalg": Suite([
        *(equation(f"np.linalg.{name}(a)") for name in (
            "inv", "det", "slogdet", "svd", "svdvals", "qr", "pinv", "cond", "matrix_rank", "matrix_norm", "trace",
            "diagonal", "matrix_transpose")),
        *(equation(f"np.linalg.{name}(a)", types=("d",)) for name in ("eig", "eigvals")),
        equation("np.linalg.solve(a, v)", setup="v = b[..., :1]"),
        *(equation(f"np.linalg.{name}(s)", setup=_DEFINITE) for name in ("cholesky", "eigh", "eigvalsh")),
        equation("np.linalg.matrix_power(a, 5)"),
        *(equation(code)._replace(ndim=2) for code in (
            "np.linalg.multi_dot((a, b, c))", "np.linalg.multi_dot((a, b, c, a))", "np.linalg.norm(a)",
            "np.linalg.norm(a, 1)", "np.linalg.norm(a, 2)", "np.linalg.norm(a, axis=0)", "np.linalg.norm(a, axis=1)",
            "np.tensordot(a, b)", "np.tensordot(a, b, 1)", "np.trace(a)", "np.einsum('ij,jk->ik', a, b)",
            "np.einsum('ij,kj->ki', a, b)", "np.einsum('ij,ij->i', a, b)", "np.einsum('ij->i', a)",
            "np.einsum('ii', a)", "np.einsum('ij,jk,kl->il', a, b, c, optimize=True)")),
        equation("np.linalg.lstsq(a, v)", setup="v = b[..., 0]")._replace(ndim=2),
        equation("np.einsum('nij,njk->nik', a, b)")._replace(ndim=3),
        equation("np.linalg.norm(a, axis=(-2, -1))")._replace(ndim=3),
    ], _SQUARES),
    "vectors": Suite([row._replace(ndim=1) for row in (
        equation("np.linalg.norm(a)"),
        equation("np.linalg.vector_norm(a)"),
        *(equation(f"np.linalg.norm(a, {p})") for p in ("1", "3", "np.inf")),
        equation("np.cross(u, v)", setup="u, v = (x[:len(x) // 3 * 3].reshape(-1, 3) for x in (a, b))"),
        equation("np.linalg.outer(u, v)", setup="u, v = a[:1000], b[:1000]"),
        equation("np.kron(u, v)", setup="u, v = a[:1000], b[:1000]"),
        equation("np.einsum('i,i->', a, b)"),
    )], ((16,), (100,), (10**4,), (10**6,))),
}


def cases(names: list[str], shapes: tuple[Shape, ...] = (), text: str = "") -> Iterator[Case]:
    """The cases of the named suites (none: all) whose label contains ``text``.

    ``shapes`` replace the suites' own.
    """
    for name in names or SUITES:
        if name not in SUITES:
            raise ValueError(f"there is no suite {name!r}; there are {', '.join(SUITES)}")
        rows, own_shapes = SUITES[name]
        for row in rows:
            for types in row.types:
                for shape in shapes or own_shapes:
                    case = Case(name, row, types, shape)
                    if row.ndim in (0, len(shape)) and text in case.label:
                        yield case
