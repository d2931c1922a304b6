"""Render a template from the operation table: ``render.py TEMPLATE OUTPUT [family]``.

The template is Cython (or a stub) with ``{{...}}`` placeholders; what they may name is the namespace
built in ``main``.  An output that would not change is left untouched, so that nothing is rebuilt for it.
"""
import ast
import importlib.util
import re
import sys
from pathlib import Path

from Cython import Tempita

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("_optable", ROOT / "torsor" / "_optable.py")
table = importlib.util.module_from_spec(spec)      # the data alone: the package is not built yet
spec.loader.exec_module(table)

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitAnd: "&", ast.BitOr: "|",
          ast.BitXor: "^"}
UNARY = {ast.USub: "-", ast.Invert: "~", ast.UAdd: "+"}
COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
#: Functions of C's library that compilers turn into instructions; every other one comes from vmath.h.
INSTRUCTIONS = {"sqrt", "floor", "ceil", "trunc", "rint", "copysign", "fabs"}
INTEGER_IDENTITY = {"floor", "ceil", "trunc", "rint"}
CONSTANTS = {"inf": "INFINITY", "nan": "NAN", "pi": "3.141592653589793238462643", "e": "2.718281828459045235360287"}


class ToC(ast.NodeVisitor):
    """An expression of the table as C, for inputs of one type code."""

    def __init__(self, code: str):
        self.code, self.real = code, code in table.FLOATS
        self.ctype = table.CTYPES[code]

    def generic_visit(self, node):
        raise SyntaxError(f"the table's expressions cannot hold {type(node).__name__}")

    def visit_Expression(self, node):
        return self.visit(node.body)

    def visit_Name(self, node):
        if node.id in CONSTANTS:
            return f"(({self.ctype}){CONSTANTS[node.id]})"
        return f"({node.id} != 0)" if self.code == "?" else node.id       # any byte but 0 is True

    def visit_Tuple(self, node):
        return ", ".join(map(self.visit, node.elts))

    def visit_Constant(self, node):
        return f"(({self.ctype}){node.value})"

    def visit_UnaryOp(self, node):
        return f"({UNARY[type(node.op)]}{self.visit(node.operand)})"

    def visit_BinOp(self, node):
        return f"({self.visit(node.left)} {BINARY[type(node.op)]} {self.visit(node.right)})"

    def visit_BoolOp(self, node):
        joined = (" | " if isinstance(node.op, ast.Or) else " & ").join(map(self.visit, node.values))
        return f"({joined})"       # no branch: the operands are comparisons

    def visit_Compare(self, node):
        left, (right,), (op,) = node.left, node.comparators, node.ops
        if not self.real and ast.dump(left) == ast.dump(right):
            return str(int(isinstance(op, ast.Eq)))             # no integer is NaN
        if not self.real and isinstance(right, ast.Name) and right.id == "inf":
            return str(int(isinstance(op, ast.Lt)))             # every integer is below infinity
        return f"({self.visit(left)} {COMPARE[type(op)]} {self.visit(right)})"

    def visit_IfExp(self, node):
        test, body, other = map(self.visit, (node.test, node.body, node.orelse))
        return f"({test} ? {body} : {other})"

    def visit_Call(self, node):
        name, args = node.func.id, list(map(self.visit, node.args))
        if name == "abs" and not self.real:
            (x,) = args
            return f"({x} < 0 ? -{x} : {x})" if self.code in table.SIGNED else x
        if name in INTEGER_IDENTITY and not self.real:
            return args[0]
        name = "fabs" if name == "abs" else name
        prefix = "" if name in INSTRUCTIONS else "v_"
        return f"{prefix}{name}{'f' if self.code == 'f' else ''}({', '.join(args)})"


def expression(text: str, code: str, out: str) -> str:
    """C for an expression of the table whose inputs have one type code."""
    value = ToC(code).visit(ast.parse(text, mode="eval"))
    return f"{value} != 0" if out == "?" else value


def loops(family: str):
    """``(macro, symbol, C types, expression, name, signature)`` of every loop of a family."""
    for op in table.OPS:
        if op.family != family:
            continue
        for ins, out in op.signatures:
            if not set(ins) <= set(op.native):
                continue
            macro = ("UNARY", "BINARY", "TERNARY")[op.nin - 1] + ("_PAIR" if op.nout == 2 else "")
            symbol = f"{op.name}_{ins}".replace("?", "b1")
            ctypes = ", ".join(table.CTYPES[c] for c in ins + out)
            if ins[0] in table.COMPLEXES:
                part = "npy_float" if ins[0] == "F" else "npy_double"
                yield "COMPLEX_" + macro, symbol, part, f"c_{op.name}", op.name, f"{ins}->{out}"
                continue
            if op.header:
                yield "", symbol, ctypes, "", op.name, f"{ins}->{out}"
                if ins[0] in op.checked:
                    yield "", f"{op.name}_check_{ins}", ctypes, "", f"{op.name}_check", f"{ins}->{out}"
                continue
            value = expression(op.kernel or op.expr, ins[0], out)
            if op.near:
                macro, value = macro + "_NEAR", f"{value}, {expression(op.near, ins[0], out)}"
            yield macro, symbol, ctypes, value, op.name, f"{ins}->{out}"


def indexed():
    """``(symbol, C type, expression, name, signature)`` of operations in place on what indices name."""
    for op in table.OPS:
        for ins, out in op.signatures:
            if ins != 2 * out or out not in op.native or out in table.COMPLEXES or op.header:
                continue
            if op.silent and out in table.FLOATS and op.identity not in ("lowest", "highest"):
                continue                    # the sign that NumPy gives a zero depends on how it gets there
            value = expression(op.kernel or op.expr, out, out)
            if out in table.FLOATS and op.identity in ("lowest", "highest"):        # an instruction, and a rare branch
                tree = ast.parse(op.expr, mode="eval").body
                test, nan, x, y = map(ToC(out).visit, (*tree.test.values, tree.body, tree.orelse))
                value = f"__builtin_expect({nan}, 0) ? {x} : {test} ? {x} : {y}"
            if "v_" not in value:
                yield f"{op.name}_{out}".replace("?", "b1"), table.CTYPES[out], value, op.name, f"{ins}->{out}"


class ToVector(ToC):
    """The same for vectors, of which C has no conditional expression."""

    def visit_IfExp(self, node):
        test, body, other = map(self.visit, (node.test, node.body, node.orelse))
        return f"SELECT({test}, {body}, {other})"


def identity(text: str, code: str) -> str:
    """C for the neutral element of a reduction that accumulates in one type code."""
    if text not in ("lowest", "highest"):
        return CONSTANTS.get(text, text)
    if code in table.FLOATS:
        return "-INFINITY" if text == "lowest" else "INFINITY"
    bits = int(table.CTYPES[code].split("int")[1])
    if code in table.UNSIGNED:
        return "0" if text == "lowest" else f"{2**bits - 1}ULL"
    return f"(-{2**(bits - 1) - 1}LL - 1)" if text == "lowest" else f"{2**(bits - 1) - 1}LL"


def accumulators(op, code: str) -> str:
    """The type codes that a reduction of elements of one code accumulates in."""
    if op.name in ("add", "multiply"):
        own = "q" if code in "?" + table.SIGNED else "Q" if code in table.UNSIGNED else code
        return own + "d" if op.name == "add" and code in "fqQ" else own
    floats_only = op.identity == "nan"             # of integers: maximum and minimum
    return code if code in (table.FLOATS if floats_only else table.NUMBERS) else ""


def mask(code: str) -> str:
    """The C type of integers as wide as elements of one code."""
    return {"f": "npy_int32", "d": "npy_int64", "?": "npy_uint8"}.get(code, table.CTYPES[code])


#: Sums, products and extremes that are no rows of the table: name -> row whose operation it is, what an element
#: counts as there, and the same of a vector.
OF_ELEMENTS = {
    "nansum": ("add", "(x) == (x) ? (x) : 0", "SELECT((x) == (x), x, ZERO(x))"),
    "nanprod": ("multiply", "(x) == (x) ? (x) : 1", "SELECT((x) == (x), x, ZERO(x) + 1)"),
    "absolutes": ("add", "fabs(x)", "ABSOLUTE(x)"),
    "squares": ("add", "(x) * (x)", "(x) * (x)"),
    "nansquares": ("add", "(x) == (x) ? (x) * (x) : 0", "SELECT((x) == (x), (x) * (x), ZERO(x))"),
    "largest": ("maximum", "fabs(x)", "ABSOLUTE(x)"),
    "smallest": ("minimum", "fabs(x)", "ABSOLUTE(x)"),
    "nanmin": ("minimum", "(x) == (x) ? (x) : INFINITY", "EXTREME_{code}(min, x, ZERO(x) + ({type})INFINITY)"),
    "nanmax": ("maximum", "(x) == (x) ? (x) : -INFINITY", "EXTREME_{code}(max, x, ZERO(x) - ({type})INFINITY)"),
}


#: What the vectors of types that are selected from are named by.
VECTORS = {"f": "f32", "d": "f64", "i": "s32", "I": "u32", "q": "s64", "Q": "u64"}


def reductions_of_elements():
    """The kernels of OF_ELEMENTS and the counts, for the types that have them."""
    rows = {op.name: op for op in table.OPS}
    for name, (row, value, vector) in OF_ELEMENTS.items():
        op, identity_text = rows[row], rows[row].identity
        tree = ast.parse(op.expr, mode="eval")
        for code in table.FLOATS:
            for out in (code, "d") if name == "nansum" and code == "f" else (code,):
                operation = ToC(out).visit(tree), ToVector(out).visit(tree)
                if name in ("nanmin", "nanmax"):            # there are no NaNs any more
                    operation = f"x {'<' if name == 'nanmin' else '>'} y ? x : y", f"EXTREME_{code}({name[3:]}, x, y)"
                yield "reduce", name, f"{code}->{out}", {
                    "TX": table.CTYPES[code], "TA": table.CTYPES[out], "IDENTITY": identity(identity_text, out),
                    "DIRECT": int(code == out), "VALUE(x)": f"({value})",
                    "VVALUE(x)": f"({vector.format(code=code, type=table.CTYPES[code])})",
                    "OP(x, y)": operation[0], "VOP(x, y)": operation[1]}
    for name, wanted, codes in (("nonzero", "((x) != 0)", table.REAL), ("valid", "((x) == (x))", table.FLOATS)):
        for code in codes:
            yield "count", name, f"{code}->q", {"TX": table.CTYPES[code], "MASK": mask(code), "WANTED(x)": wanted}


def reductions():
    """What a reduction's kernels are rendered from: ``(header, row, types, macros)``."""
    yield from reductions_of_elements()
    for code in table.INTS + table.FLOATS:
        yield "select", "quantile", f"{code}->{code}", {
            "TX": table.CTYPES[code], "LOWEST": identity("lowest", code), "HIGHEST": identity("highest", code),
            "INEXACT": int(code in table.FLOATS), "NOTHING": "NAN" if code in table.FLOATS else "0",
            "SUBTRACT(b, a, p)": (
                "(*(p) = (b) - (a), 0)" if code in table.FLOATS else "__builtin_sub_overflow(b, a, p)"),
            "ODD(e)": "((e) != (e))" if code in table.FLOATS else "((void)(e), 0)",
            **({"VECTOR(name)": f"name##_{VECTORS[code]}"} if code in VECTORS else {})}
    for op in table.OPS:
        for code in op.native if op.identity else "":
            tx = table.CTYPES[code]
            if op.name.startswith("logical_"):
                wanted = "((x) != 0)" if op.identity == "0" else "((x) == 0)"
                yield "truth", op.name, f"{code}->?", {
                    "TX": tx, "MASK": mask(code), "WANTED(x)": wanted, "SETTLED": 1 - int(op.identity)}
                continue
            for out in accumulators(op, code):
                tree = ast.parse(op.expr, mode="eval")
                extreme = {"maximum": "max", "minimum": "min"}.get(op.name) if code in table.FLOATS else None
                yield "reduce", op.name, f"{code}->{out}", {
                    **({"EXTREME(x, y)": f"EXTREME_{code}({extreme}, x, y)"} if extreme else {}),
                    "TX": tx, "TA": table.CTYPES[out], "IDENTITY": identity(op.identity, out),
                    "DIRECT": int(code == out), "VALUE(x)": "((x) != 0)" if code == "?" else "(x)",
                    "VVALUE(x)": "(((x) != 0) & 1)" if code == "?" else "(x)",
                    "OP(x, y)": ToC(out).visit(tree), "VOP(x, y)": ToVector(out).visit(tree)}
    for code in table.REAL:
        yield "search", "search", f"{code}->q", {"TX": table.CTYPES[code], "MASK": mask(code)}


def casts():
    """The same for conversions: as "cast" those that lose nothing (and 64-bit integers to double), as "convert" others.

    Of complex numbers none loses its imaginary part.  A number that an integer cannot hold raises invalid.
    """
    order = table.ALL
    bits = dict(zip(order, (1, 8, 8, 16, 16, 32, 32, 64, 64, 24, 53, 24, 53), strict=True))
    for a in order:
        for b in order:
            ints = a in table.INTS and b in table.INTS
            lossless = (
                a == "?"
                or (ints and bits[b] > bits[a] and not (a in table.SIGNED and b in table.UNSIGNED))
                or (a in table.INTS and b not in table.INTS + "?" and (bits[b] >= bits[a] or bits[b] == 53))
                or (a in table.FLOATS and b in table.FLOATS + table.COMPLEXES and bits[b] >= bits[a])
                or (a + b == "FD"))
            if a == b or (a in table.COMPLEXES and b not in table.COMPLEXES + "?"):
                continue
            symbol = f"cast_{a}_{b}".replace("?", "b1")
            ctypes = f"{table.CTYPES[a]}, {table.CTYPES[b]}"
            if a in table.FLOATS and b in table.UNSIGNED and bits[b] >= 32:
                same = "npy_int32" if a == "f" else "npy_int64"
                yield "WHOLE", symbol, f"{ctypes}, {same}", f"0x1p{bits[b]}", "convert", f"{a}->{b}"
            else:
                # Processors raise invalid for what 32 bits cannot hold; NumPy cuts the others to fewer as well.
                cut = a in table.FLOATS and b in table.INTS and bits[b] < 32
                wide = a in "qQ" and b == "d"
                value = "x != 0" if "?" in a + b else "(npy_int32)x" if cut else f"DOUBLE_OF_{a}(x)" if wide else "x"
                yield "CONVERT", symbol, ctypes, value, "cast" if lossless else "convert", f"{a}->{b}"


#: C slot of each operator, where its name is not the operator's own.
SLOTS = {"sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
         "mod": "remainder", "pow": "power", "neg": "negative", "pos": "positive", "abs": "absolute"}
COMPARISONS = ["lt", "le", "eq", "ne", "gt", "ge"]          # in the order of Py_LT ... Py_GE


def operators():
    """The table's operators by the shape of their C slots."""
    found = {op.operator: op for op in table.OPS if op.operator}
    slots = [(SLOTS.get(o, o), op) for o, op in found.items() if o not in [*COMPARISONS, "pow"]]
    return {
        "operators": list(found.values()),
        "compares": [found[o] for o in COMPARISONS],
        "binary": [(slot, op) for slot, op in slots if op.nin == 2],
        "inplace": [(slot, op) for slot, op in slots if op.inplace],
        "unary": [(slot, op) for slot, op in slots if op.nin == 1],
    }


def quoted(types: str) -> str:
    """Types as they stand between quotes in C, which would read ``??-`` as a trigraph."""
    return re.sub(r"\?(?=\?)", '?""', types)


def added():
    """The rows that NumPy has no function for."""
    import numpy

    return [op for op in table.OPS if not hasattr(numpy, op.name)]


def main(template: str, output: str, family: str = "") -> None:
    text = Tempita.Template(Path(template).read_text(), name=template)
    rows = list(casts() if family == "cast" else loops(family))
    complexes = ["complexes.h"] if any(row[0].startswith("COMPLEX") for row in rows) else []
    near = ["near.h"] if any(row[0].endswith("_NEAR") for row in rows) else []
    headers = complexes + near + ["convert.h"] * (family == "cast") + sorted(
        {header for op in table.OPS if op.family == family for header in op.header.split()})
    text = text.substitute(
        table=table, ops=table.OPS, family=family, loops=rows, vector_math=any("v_" in row[3] for row in rows),
        headers=headers, added=added(), reductions=reductions(), indexed=indexed(), quoted=quoted, **operators())
    target = Path(output)
    if not target.exists() or target.read_text() != text:
        target.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
