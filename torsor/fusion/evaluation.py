"""``evaluate``: expressions in strings, compiled as functions are.

A string is read by Python's parser and taken apart here; what this module does not name is refused, and nothing of it
is ever run as Python.  What it computes, and in how few passes, is ``fuse``'s business (functions.py).
"""
import ast
import inspect
import operator
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from torsor._kernels.callers import make_fast
from torsor._kernels.creation import unwritten
from torsor.fusion.compiler import where
from torsor.fusion.expressions import PLAIN, Expression
from torsor.fusion.functions import Fused, keep, put
from torsor.fusion.graph import REDUCTIONS, WEAK, NotFusable
from torsor.tensor import Tensor
from torsor.ufuncs import UFUNCS

#: Characters of an expression.
LONGEST = 1 << 16
#: Bits of a number that is written in an expression, and of what Python's arithmetic makes of such numbers.
LITERAL_BITS, BITS = 64, 1024

_ORDERS = ("K", "A", "C", "F")
_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_REQUIRED = object()


# ---------------------------------------------------------------------------------------- functions

class Function(NamedTuple):
    """What can be called: how many operands it takes, and which options after them."""

    call: Callable
    operands: int
    options: tuple = ()


def _real(x):
    if isinstance(x, Expression):
        return x if x._node.is_weak else x.real
    return np.real(x)


def _imag(x):
    if isinstance(x, Expression):
        raise NotFusable("imaginary parts")
    return np.imag(x)


def _complex(real, imag):
    if isinstance(real, Expression) or isinstance(imag, Expression):
        raise NotFusable("complex numbers made of their parts")
    parts = np.broadcast_arrays(real, imag)
    single = np.float32 if all(np.asarray(x).dtype == np.float32 for x in (real, imag)) else np.float64
    found = unwritten(parts[0].shape, np.result_type(single, np.complex64))
    found.real, found.imag = parts
    return found[()]


def _round(x, decimals=0):
    if not isinstance(x, Expression):
        return np.round(x, decimals)
    if decimals or x._node.is_weak or x.dtype.kind != "f":
        raise NotFusable("decimals")
    return UFUNCS["rint"](x)


def _copy(x):
    return x.copy() if isinstance(x, Expression) else np.copy(x, subok=True)


def _ones_like(x):
    if isinstance(x, Expression):
        raise NotFusable("ones_like")
    return np.ones_like(x)


#: name -> Function.
FUNCTIONS = {name: Function(ufunc, ufunc.nin) for name, ufunc in UFUNCS.items() if ufunc.nout == 1}
FUNCTIONS |= {
    **{name: Function(REDUCTIONS[name], 1, ("axis", "dtype", "keepdims")) for name in ("sum", "prod", "mean")},
    **{name: Function(REDUCTIONS[name], 1, ("axis", "keepdims")) for name in (
        "min", "max", "any", "all", "argmin", "argmax", "logsumexp")},
    **{name: Function(REDUCTIONS[name], 1, ("axis", "dtype", "ddof", "keepdims")) for name in ("var", "std")},
    "norm": Function(REDUCTIONS["norm"], 1, ("ord", "axis", "keepdims")),
    "where": Function(where, 3), "clip": Function(np.clip, 3), "real": Function(_real, 1), "imag": Function(_imag, 1),
    "complex": Function(_complex, 2), "round": Function(_round, 1, ("decimals",)), "copy": Function(_copy, 1),
    "ones_like": Function(_ones_like, 1),
}
#: Names that stand for a type, after ``dtype=``.
DTYPES = {np.dtype(code).name: np.dtype(code) for code in "?bBhHiIlLefdFD"}
DTYPES |= {"bool": np.dtype(bool), "int": np.dtype(int), "float": np.dtype(float), "complex": np.dtype(complex)}


# ---------------------------------------------------------------------------------------- operators

def _is_number(x):
    """Whether it is one of Python's numbers, or will be one."""
    return type(x) in WEAK or (isinstance(x, Expression) and x._node.is_weak)


def _bounded(x):
    if type(x) is int and x.bit_length() > BITS:
        raise OverflowError(f"evaluate: Python's arithmetic with ints of more than {BITS} bits")
    return x


def multiply(x, y):
    """Python's ``x * y``, of numbers of a sane size."""
    return _bounded(_bounded(x) * _bounded(y))


def power(x, y):
    """Python's ``x ** y``, likewise."""
    if type(x) is int and type(y) is int and abs(x) > 1 and y * x.bit_length() > BITS + 1:
        raise OverflowError(f"evaluate: {x if x.bit_length() <= LITERAL_BITS else 'a large int'} ** {y} has more than "
                            f"{BITS} bits")
    return x ** y


def left_shift(x, y):
    """Python's ``x << y``, likewise."""
    if type(x) in (int, bool) and type(y) is int and y > BITS:
        raise OverflowError(f"evaluate: an int shifted by {y} has more than {BITS} bits")
    return _bounded(x << y)


def _guarded(function, guard):
    """An operator whose work on Python's own numbers is bounded."""
    def operate(x, y):
        if _is_number(x) and _is_number(y):
            shown = next((v for v in (x, y) if isinstance(v, Expression)), None)
            if shown is None:
                return guard(x, y)
            trace = shown._trace
            return trace.show(trace.graph.python(guard, (trace.node_of(x), trace.node_of(y))))
        return function(x, y)
    return operate


_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: _guarded(operator.mul, multiply),
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: _guarded(operator.pow, power), ast.LShift: _guarded(operator.lshift, left_shift),
    ast.RShift: operator.rshift, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}
_UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Invert: operator.invert}
_COMPARISONS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
                ast.Eq: operator.eq, ast.NotEq: operator.ne}
#: What a reader may have meant by a part of Python that is refused.
_HINTS = {
    ast.BoolOp: "`and` and `or`: write & and |, with parentheses around comparisons",
    ast.Not: "`not`: write ~",
    ast.IfExp: "`x if condition else y`: write where(condition, x, y)",
    ast.Attribute: "attributes: write functions, real(a) for a.real, and names for constants",
    ast.Is: "`is`", ast.IsNot: "`is not`", ast.In: "`in`", ast.NotIn: "`not in`",
    ast.MatMult: "`@`: a product of matrices has no element-wise form",
    ast.NamedExpr: "`:=`", ast.Lambda: "lambda", ast.JoinedStr: "strings", ast.Starred: "`*` before an argument",
    ast.Tuple: "tuples", ast.List: "lists", ast.Set: "sets", ast.Dict: "dicts", ast.Await: "await",
    ast.Yield: "yield", ast.YieldFrom: "yield", ast.ListComp: "comprehensions", ast.SetComp: "comprehensions",
    ast.DictComp: "comprehensions", ast.GeneratorExp: "comprehensions", ast.Slice: "a slice out of brackets",
}
_ALLOWED = ("allowed are names, numbers, + - * / // % ** & | ^ ~ << >>, comparisons, parentheses, slices and calls of "
            "functions")


def _refused(what):
    return ValueError(f"evaluate: an expression has no {what}; {_ALLOWED}")


# ---------------------------------------------------------------------------------------- reading

def _parse(text):
    """Python's tree of an expression."""
    if not isinstance(text, str):
        raise TypeError(f"evaluate takes a string, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise ValueError(f"evaluate: an expression of {len(text)} characters; at most {LONGEST} are read")
    if "\0" in text:
        raise ValueError("evaluate: a null byte in an expression")
    try:
        return ast.parse(text.strip(), "<expression>", "eval").body
    except SyntaxError as error:
        raise SyntaxError(f"evaluate: {error.msg[:200]}: {_excerpt(text)}") from None
    except (MemoryError, RecursionError):
        raise ValueError("evaluate: an expression that is nested too deeply, or a sum of too many terms: put "
                         "parentheses around parts of it, or evaluate them one after the other") from None


def _excerpt(text):
    return repr(text if len(text) <= 80 else text[:77] + "...")[:160]


class Formula:
    """An expression as a function of the names in it.

    It takes arrays and numbers, or symbols that stand for them.
    """

    def __init__(self, text):
        self.text = text
        self._steps: list = []          # (function, operands, options), or (None, place of a value, None)
        self._places: dict = {}         # name -> place
        self._constants: list = []
        tree = _parse(text)
        self.several = type(tree) is ast.Tuple and bool(tree.elts)      # results
        for part in tree.elts if self.several else (tree,):
            self._read(part)
        count = len(self._places)
        self._steps = [step if step[0] is not None or step[1] >= 0 else (None, count - 1 - step[1], None)
                       for step in self._steps]
        self.names = tuple(self._places)

    def __repr__(self):
        return f"<formula {_excerpt(self.text)}>"

    def __call__(self, *args):
        """The value."""
        values = [x.view(Tensor) if type(x) is np.ndarray else x for x in args]
        values += self._constants
        stack: list = []
        for function, n, options in self._steps:
            if function is None:
                stack.append(values[n])
                continue
            operands = stack[-n:]
            del stack[-n:]
            stack.append(function(*operands, **options) if options else function(*operands))
        return tuple(stack) if self.several else stack[0]

    # ------------------------------------------------------------------------------------ from tree to steps

    def _read(self, tree):
        """Put down the steps, operands before what is made of them; without recursion, however deep a tree is."""
        waiting = [(tree, None)]
        while waiting:
            node, step = waiting.pop()
            if step is not None:
                self._add(*step)
                continue
            step, operands = self._take(node)
            if step is not None:
                waiting.append((node, step))
            waiting.extend((x, None) for x in reversed(operands))

    def _add(self, function, n, options=None):
        """A step; of written numbers alone it is done at once."""
        last = self._steps[-n:] if n else []
        if n and function in _FOLDED and all(f is None and place < 0 for f, place, _ in last):
            numbers = [self._constants[-1 - place] for _, place, _ in last]
            if all(type(x) in (int, float, complex) for x in numbers):
                found = function(*numbers)
                if type(found) is int and found.bit_length() > LITERAL_BITS:
                    raise ValueError(f"evaluate: an int of more than {LITERAL_BITS} bits; write a float")
                del self._steps[-n:]
                self._constant(found)
                return
        self._steps.append((function, n, options))

    def _constant(self, value):
        self._constants.append(value)
        self._steps.append((None, -len(self._constants), None))

    def _take(self, node):
        """The step that a node is, None for one that is put down at once, and the nodes of its operands."""
        kind = type(node)
        if kind is ast.Constant:
            self._constant(_number(node.value))
            return None, ()
        if kind is ast.Name:
            self._name(node.id)
            return None, ()
        if kind is ast.BinOp and type(node.op) in _BINARY:
            function = _BINARY[type(node.op)]
            if type(node.op) is ast.Pow:
                _check_exponent(node.right)
            return (function, 2), (node.left, node.right)
        if kind is ast.UnaryOp and type(node.op) in _UNARY:
            return (_UNARY[type(node.op)], 1), (node.operand,)
        if kind is ast.Compare:
            return self._comparison(node)
        if kind is ast.Call:
            return self._call(node)
        if kind is ast.Subscript:
            key = _index(node.slice)
            return (operator.itemgetter(key), 1), (node.value,)
        part = type(getattr(node, "op", node))
        raise _refused(_HINTS.get(part) or _HINTS.get(kind) or part.__name__)

    def _name(self, name):
        if name.startswith("__"):
            raise ValueError(f"evaluate: the name {name!r}: names that begin with two underscores are not looked up")
        place = self._places.setdefault(name, len(self._places))
        self._steps.append((None, place, None))

    @staticmethod
    def _comparison(node):
        for op in node.ops:
            if type(op) not in _COMPARISONS:
                raise _refused(_HINTS[type(op)])
        functions = [_COMPARISONS[type(op)] for op in node.ops]
        if len(functions) == 1:
            return (functions[0], 2), (node.left, *node.comparators)
        return (_Chain(functions), len(functions) + 1), (node.left, *node.comparators)

    @staticmethod
    def _call(node):
        if type(node.func) is not ast.Name:
            raise _refused("calls of anything but the functions that have a name")
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            raise _unknown(name)
        for x in node.args:
            if type(x) is ast.Starred:
                raise _refused(_HINTS[ast.Starred])
        operands, rest = node.args[:function.operands], node.args[function.operands:]
        if len(operands) < function.operands or len(rest) > min(1, len(function.options)):
            most = f" and {function.options[0]}" if function.options else ""
            raise ValueError(f"evaluate: {name}() takes {function.operands} operand"
                             f"{'s' if function.operands > 1 else ''}{most}, not {len(node.args)} arguments")
        options = {}
        for option, value in [*zip(function.options, rest), *((x.arg, x.value) for x in node.keywords)]:
            if option not in function.options:
                takes = f"takes {', '.join(function.options)}" if function.options else "takes no keywords"
                raise ValueError(f"evaluate: {name}() has no argument {option or '**'!r}; it {takes}")
            if option in options:
                raise ValueError(f"evaluate: {name}() got {option} twice")
            options[option] = _option(name, option, value)
        return (function.call, function.operands, options), operands


class _Chain:
    """``a < b < c``, which is ``(a < b) & (b < c)``."""

    def __init__(self, functions):
        self.functions = functions

    def __call__(self, *operands):
        found = None
        for function, x, y in zip(self.functions, operands, operands[1:]):
            holds = function(x, y)
            found = holds if found is None else found & holds
        return found


_FOLDED = frozenset((operator.add, operator.sub, operator.truediv, operator.floordiv, operator.mod, operator.pos,
                     operator.neg, *[_BINARY[kind] for kind in (ast.Mult, ast.Pow, ast.LShift)]))


def _number(value):
    """A number that is written in an expression."""
    if type(value) not in WEAK:
        what = {str: "strings", bytes: "strings", type(None): "None", type(...): "..."}[type(value)]
        raise _refused(what + (" (numexpr's contains() and comparisons of strings are numpy.strings' business)"
                               if what == "strings" else ""))
    if type(value) is int and value.bit_length() > LITERAL_BITS:
        raise ValueError(f"evaluate: an int of {value.bit_length()} bits; at most {LITERAL_BITS} are read")
    return value


def _check_exponent(node):
    """Refuse exponents with which nothing sensible is meant."""
    if type(node) is ast.UnaryOp:
        node = node.operand
    if type(node) is ast.Constant and type(node.value) is int and node.value > BITS:
        raise ValueError(f"evaluate: an exponent beyond {BITS}; write a float")


def _unknown(name):
    from difflib import get_close_matches  # which most programs never need

    if name == "contains":
        return ValueError("evaluate: contains() is a function of strings, which expressions do not take; "
                          "numpy.strings.find(a, b) >= 0 is the same")
    near = get_close_matches(name, FUNCTIONS, 3)
    hint = f": did you mean {' or '.join(near)}?" if near else "; torsor's element-wise ones and reductions are known"
    return ValueError(f"evaluate: there is no function {_excerpt(name)}{hint}")


def _literal(node):
    """The number, None, bool or tuple of ints that a node writes out; raises a KeyError for others."""
    sign = 1
    if type(node) is ast.UnaryOp and type(node.op) is ast.USub:
        sign, node = -1, node.operand
        if type(node) is ast.Constant and type(node.value) is bool:
            raise KeyError
    if type(node) is ast.Name and node.id == "inf":
        return sign * np.inf
    if type(node) is ast.Constant and isinstance(node.value, (int, float)) and type(node.value) is not bool:
        return sign * node.value
    if sign == 1 and type(node) is ast.Constant and (node.value is None or type(node.value) is bool):
        return node.value
    if sign == 1 and type(node) is ast.Tuple:
        found = tuple([_literal(x) for x in node.elts if type(x) is not ast.Tuple])
        if len(found) == len(node.elts) and all(type(x) is int for x in found):
            return found
    raise KeyError


def _option(name, option, node):
    """The value of an option."""
    try:
        if option == "dtype":
            return DTYPES[node.id if type(node) is ast.Name else ""]
        value = _literal(node)
    except KeyError:
        takes = "the name of a type, like float32" if option == "dtype" else "a number, bool, None or tuple of ints"
        hint = f"; of two values it is {name}imum(x, y)" if name in ("min", "max") else ""
        raise ValueError(f"evaluate: {option} of {name}() is {takes}, written out{hint}") from None
    if type(value) is int and value.bit_length() > LITERAL_BITS:
        raise ValueError(f"evaluate: {option} of {name}() is an int of more than {LITERAL_BITS} bits")
    return value


def _index(node):
    """The index that is written in brackets."""
    return tuple([_part(x) for x in node.elts]) if type(node) is ast.Tuple else _part(node)


def _part(node):
    """One part of an index: an int, a slice, None or ``...``"""
    if type(node) is ast.Slice:
        return slice(*[None if x is None else _bound(x) for x in (node.lower, node.upper, node.step)])
    if type(node) is ast.Constant and (node.value is None or node.value is Ellipsis):
        return node.value
    return _bound(node)


def _bound(node):
    try:
        value = _literal(node)
    except KeyError:
        value = _REQUIRED
    if (value is not None and type(value) is not int) or (type(value) is int and value.bit_length() >= LITERAL_BITS):
        raise ValueError("evaluate: arrays are indexed by ints, slices, None and ... that are written out")
    return value


# ---------------------------------------------------------------------------------------- evaluating

def _operand(x):
    """What a name stands for: arrays, numbers and array-likes with rules of their own as they are, others as arrays."""
    if type(x) in PLAIN or type(x) in WEAK or hasattr(type(x), "__array_ufunc__"):
        return x
    found = np.asarray(x)
    if found.dtype.kind not in "biufcmM":
        raise TypeError(f"evaluate: operands are arrays and numbers, not {type(x).__name__}")
    return found


class Compiled(Fused):
    """A formula that is compiled for the types of its names."""

    def __init__(self, formula):
        super().__init__(formula)
        self.names, self.known = formula.names, frozenset(formula.names)
        self.weak_ints = True

    def __repr__(self):
        return f"<compiled {_excerpt(self._function.text)}>"

    def call(self, args, kwargs):
        """The value, or values, for these operands."""
        return super().call(tuple([_operand(x) for x in args]), kwargs)

    def apply(self, args, out, order, casting, progress):
        """The value, in an array that is given or laid out in an order."""
        if order not in _ORDERS:
            raise ValueError(f"evaluate: order is one of {', '.join(_ORDERS)}, not {order!r}")
        if casting not in _CASTINGS:
            raise ValueError(f"evaluate: casting is one of {', '.join(_CASTINGS)}, not {casting!r}")
        args = tuple([_operand(x) for x in args])
        found = self.compute(args, {}, out, progress)
        if order == "A":
            arrays = [x for x in args if isinstance(x, np.ndarray)]
            order = "F" if all(x.flags.f_contiguous for x in arrays) else "C"
        found = put(tuple(found) if self._function.several else found, out, casting)
        if order == "K":
            return found
        if not self._function.several:
            return found if out is not None else _laid_out(found, order)
        return tuple([x if out is not None and out[k] is not None else _laid_out(x, order)
                      for k, x in enumerate(found)])


make_fast(Compiled)

#: text -> Compiled.
_COMPILED: dict = {}
#: What ``re_evaluate`` does, for each thread.
_LAST = threading.local()


def _compiled(text):
    """The compiled expression, made where there is none for the string."""
    found = Compiled(Formula(text))
    keep(_COMPILED, text, found)
    return found


def _look_up(compiled, frame, local_dict, global_dict, names):
    """The values of an expression's names, as a list."""
    if names:
        unused = names.keys() - compiled.known
        if unused:
            gone = {"optimization", "truediv", "sanitize", "disable_cache"} & unused
            raise TypeError(f"evaluate: {min(gone)}= of numexpr's is not needed, and not taken" if gone else
                            f"evaluate: {min(unused)!r} is no name in the expression")
        if len(names) == len(compiled.names):
            return [names[name] for name in compiled.names]
    own = None
    if local_dict is None:
        local_dict = own = frame.f_locals
    if global_dict is None:
        global_dict = frame.f_globals
    try:
        found = []
        for name in compiled.names:
            for space in (names, local_dict, global_dict):
                try:
                    found.append(space[name])
                    break
                except KeyError:
                    continue
            else:
                raise NameError(f"evaluate: no value for {name!r}: give it as {name}=, in local_dict or as a variable",
                                name=name)
        return found
    finally:
        # Before Python 3.13 the dict of a function's variables is a copy that stays, and keeps what is in it alive.
        # It is emptied where nobody has it but the frame, the two variables here, and the call that counts.
        space = None
        if type(own) is dict and frame.f_code.co_flags & inspect.CO_OPTIMIZED and sys.getrefcount(own) <= 4:
            own.clear()


def _laid_out(found, order):
    """A new result in the order that is wanted."""
    return np.asanyarray(found, order=order) if isinstance(found, np.ndarray) else found


def evaluate(ex, /, local_dict=None, global_dict=None, out=None, order="K", casting="safe", progress=False,
             **names: Any):
    """Evaluate an expression over arrays, written in a string, in as few passes over memory as can be.

    Parameters
    ----------
    ex : str
        Names, numbers, arithmetic, comparisons (``a < b < c`` is ``(a < b) & (b < c)``), ``& | ^ ~ << >>``, slices,
        and calls of torsor's element-wise functions and reductions; several expressions with commas between them.
        Everything else is refused: a string from anywhere does no harm.
    local_dict, global_dict : mapping, optional
        Where the names are looked up that are not among the keyword arguments; by default the variables of the
        caller, local ones first.
    out : ndarray or tuple of ndarrays and None, optional
        Where the result is written; a tuple for several results.
    order : {'K', 'A', 'C', 'F'}, optional
        How a new result lies in memory: as the operands do, in Fortran's order if all arrays do so and else in C's,
        in C's, in Fortran's.
    casting : {'no', 'equiv', 'safe', 'same_kind', 'unsafe'}, optional
        Which conversions to the type of ``out`` are allowed.
    progress : bool, optional
        Compute what is large chunk by chunk, and show a bar.  Arrays that are mapped from files
        (``numpy.memmap``) are computed chunk by chunk in any case.
    **names
        Operands, by their names in the expression: arrays, numbers, or what becomes an array.

    Returns
    -------
    Tensor or scalar, or a tuple of them for several results
        The types are those of NumPy's operators and functions, element by element also their values.  ``out`` where
        it is given.

    Raises
    ------
    ValueError, SyntaxError
        For what an expression cannot contain.
    NameError
        For a name without a value.
    TypeError
        For a result that ``out`` cannot hold by the rule of ``casting``.

    See Also
    --------
    torsor.fuse : The same for functions.

    Examples
    --------
    >>> import torsor as np
    >>> a, b = np.arange(3.0), np.ones(3)
    >>> np.evaluate("2*a + 3*b**2 - 1")
    array([2., 4., 6.])
    >>> np.evaluate("sum(where(x > 1, x, 0))", x=a)
    np.float64(2.0)
    """
    compiled = _COMPILED.get(ex)
    if compiled is None:
        compiled = _compiled(ex)
    if names and names.keys() == compiled.known:
        args = [names[name] for name in compiled.names]
    else:
        args = _look_up(compiled, sys._getframe(1), local_dict, global_dict, names)
    if out is None and order == "K" and casting == "safe" and not progress:
        _LAST.call = compiled, None, "K", "safe"
        return compiled(*args)
    several = compiled._function.several
    outs = (out if type(out) is tuple else ()) if several else (out,)
    if out is not None and not (outs and all(x is None or isinstance(x, np.ndarray) for x in outs)):
        raise TypeError(f"evaluate: out is {'a tuple of arrays' if several else 'an array'}, not {type(out).__name__}")
    _LAST.call = compiled, _held(out), order, casting
    return compiled.apply(args, out, order, casting, progress)


def explain(ex, /, local_dict=None, global_dict=None, **names: Any):
    """Print what :func:`evaluate` does: stages, instructions, registers, bytes moved, block size.

    Parameters
    ----------
    ex, local_dict, global_dict, **names
        As for :func:`evaluate`.
    """
    compiled = _COMPILED.get(ex) or _compiled(ex)
    compiled.explain(*_look_up(compiled, sys._getframe(1), local_dict, global_dict, names))


def re_evaluate(local_dict=None, global_dict=None, **names: Any):
    """Evaluate the last expression of this thread again, with what its names stand for now.

    Parameters
    ----------
    local_dict, global_dict, **names
        As for :func:`evaluate`.  ``out``, ``order`` and ``casting`` are those of the last call.

    Returns
    -------
    Tensor or scalar

    Raises
    ------
    RuntimeError
        Where nothing has been evaluated before.
    """
    compiled, out, order, casting = _last()
    args = _look_up(compiled, sys._getframe(1), local_dict, global_dict, names)
    if out is None and order == "K":
        return compiled(*args)
    return compiled.apply(args, out(), order, casting, False)


def _held(out):
    """A function for ``out`` of a later call, as long as that is there."""
    if out is None:
        return None
    if type(out) is not tuple:
        return weakref.ref(out)
    held = [None if x is None else weakref.ref(x) for x in out]
    return lambda: tuple([None if x is None else x() for x in held])


def _last():
    found = getattr(_LAST, "call", None)
    if found is None:
        raise RuntimeError("re_evaluate: call evaluate or validate first")
    return found


def validate(ex, /, local_dict=None, global_dict=None, out=None, order="K", casting="safe", **names: Any):
    """Say what is wrong with an expression and its names, before it is evaluated.

    Parameters
    ----------
    ex, local_dict, global_dict, out, order, casting, **names
        As for :func:`evaluate`.

    Returns
    -------
    Exception or None
        What :func:`evaluate` would raise before it computes; None where :func:`re_evaluate` can follow.
    """
    try:
        compiled = _COMPILED.get(ex) or _compiled(ex)
        _look_up(compiled, sys._getframe(1), local_dict, global_dict, names)
        if order not in _ORDERS or casting not in _CASTINGS:
            raise ValueError(f"evaluate: order={order!r}, casting={casting!r}")
    except Exception as error:
        return error
    _LAST.call = compiled, _held(out), order, casting
    return None
