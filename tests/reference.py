"""The table's expressions in any arithmetic: an ``ast`` walk over a namespace of functions.

Owns the high-precision reference (mpmath) of tests; shares nothing with the renderer of the C loops, so
that neither can hide a mistake of the other.
"""
import ast
import operator

import mpmath
from mpmath import mp

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.USub: operator.neg, ast.UAdd: operator.pos,
    ast.Invert: operator.invert, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}


def _trunc(x):
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def _trigamma(x):
    if x <= 0 and x == mp.floor(x):
        raise ValueError("trigamma has a pole there")       # mpmath would look for it for ever
    return mp.psi(1, x)


#: What the expressions may call.  In exact arithmetic the next number is the number itself.
FUNCTIONS = {name: getattr(mp, name) for name in (
    "exp", "expm1", "log", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "hypot", "sign", "erf", "gamma", "loggamma")
} | {
    "abs": abs, "fabs": abs, "trunc": _trunc, "rint": mp.nint,
    "erfc": lambda x: mp.erfc(x) if x < 200 else mp.mpf(0),      # below 1e-17000
    "erfinv": lambda x: mp.erfinv(x) if abs(x) <= 1 else mp.nan, "bessel_i0": lambda x: mp.besseli(0, x),
    "lgamma": lambda x: mp.re(mp.loggamma(x)), "digamma": mp.digamma, "trigamma": _trigamma,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "softplus": lambda x: mp.log1p(mp.exp(x)),
    "exp2": lambda x: mp.mpf(2) ** x, "log2": lambda x: mp.log(x, 2), "log10": lambda x: mp.log(x, 10),
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x), "signbit": lambda x: x < 0,
    "minimum": min, "maximum": max,
    "nextafter": lambda x, y: x, "spacing": lambda x: mp.mpf(0),
}
CONSTANTS = {"pi": mp.pi, "e": mp.e, "inf": mp.inf, "nan": mp.nan}


def evaluate(text: str, **names):
    """The value of an expression of the table for the given numbers."""
    return _walk(ast.parse(text, mode="eval").body, CONSTANTS | names)


def _walk(node, names):
    def value(child):
        return _walk(child, names)

    match node:
        case ast.Name(id):
            return +names[id] if isinstance(names[id], mpmath.ctx_mp_python._constant) else names[id]
        case ast.Constant(number):
            return mp.mpf(number)
        case ast.Tuple(items):
            return tuple(map(value, items))
        case ast.UnaryOp(op, x):
            return OPERATORS[type(op)](value(x))
        case ast.BinOp(x, op, y):
            return OPERATORS[type(op)](value(x), value(y))
        case ast.Compare(x, [op], [y]):
            return OPERATORS[type(op)](value(x), value(y))
        case ast.BoolOp(op, items):
            return (any if isinstance(op, ast.Or) else all)(map(value, items))
        case ast.IfExp(test, x, y):
            return value(x) if value(test) else value(y)
        case ast.Call(ast.Name(name), args):
            return FUNCTIONS[name](*map(value, args))
    raise SyntaxError(f"the table's expressions cannot hold {type(node).__name__}")
