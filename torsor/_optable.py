"""Every element-wise operation that torsor has, one row each; data only.

Read at build time by ``tools/render.py`` (inner loops, operators, stubs), at import by
``torsor.ufuncs`` (objects), and by tests and benchmarks (cases).  Nothing else lists operation names.
Anything with an axis or two passes is a hand-written kernel, not a row.
"""
from typing import NamedTuple

SIGNED = "bhiq"
UNSIGNED = "BHIQ"
INTS = "bBhHiIqQ"
FLOATS = "fd"
COMPLEXES = "FD"
ALL = "?" + INTS + FLOATS + COMPLEXES

#: C type of each type code.  ``q``/``Q`` are the 64-bit integers on every platform.
CTYPES = {
    "?": "npy_bool", "b": "npy_int8", "B": "npy_uint8", "h": "npy_int16", "H": "npy_uint16",
    "i": "npy_int32", "I": "npy_uint32", "q": "npy_int64", "Q": "npy_uint64",
    "f": "npy_float", "d": "npy_double", "F": "npy_cfloat", "D": "npy_cdouble",
}

#: Functions of x that expressions use beside NumPy's, in NumPy's words.
DEFINITIONS = {"sigmoid": "1 / (1 + exp(-x))", "softplus": "logaddexp(x, 0)"}


class Op(NamedTuple):
    """One element-wise operation.

    ``expr`` is the value of the output in terms of the inputs ``x``, ``y``, ``z``: an expression that
    Python, the C renderer and mpmath all read.  Types in ``native`` have loops of our own, rendered from it
    or, where rounding or division by zero need more than it says, from ``kernel`` or written out in a header;
    the others of ``types`` run NumPy's loop for them, on our engine; so do ``borrowed`` ones, native or not, on
    processors for which NumPy has hand-tuned vector loops.
    """

    name: str
    types: str                       # "ff->f dd->d": the types that the engine takes
    expr: str
    doc: str
    grad: tuple[str, ...] = ()       # one expression per input; g is the cotangent
    units: str = "dimensionless"     # name of a rule of unit propagation
    native: str = ""                 # type codes of the inputs with a loop of our own
    family: str = "math"             # the loop module it is rendered into
    operator: str = ""               # x.__<operator>__
    inplace: bool = False            # ... and x.__i<operator>__ and the reflected form
    aliases: tuple[str, ...] = ()    # other public names
    domain: tuple[float, float] = (-4.0, 4.0)    # where tests draw their inputs
    ulp: float = 0.0                 # allowed distance from the exact value, of the native loops
    cost: int = 1                    # time per element, in units of one addition in cache
    ulp_complex: float = 0.0         # the same of the parts of complex results
    silent: bool = False             # never raises a floating-point error
    borrowed: str = ""               # type codes whose loop of NumPy's is faster where it has AVX-512
    identity: str = ""               # of the reduction of that name, where it has kernels of its own
    kernel: str = ""                 # the expression of the loops, where it is not ``expr``
    near: str = ""                   # the same value, sooner, where no x of a block is far (vmath.h)
    header: str = ""                 # files that define the loops, where they are more than an expression
    checked: str = ""                # type codes whose operands a loop <name>_check looks at first
    constant: str = ""               # type codes for which every element has the same value

    @property
    def nin(self) -> int:
        return self.types.index("-")

    @property
    def nout(self) -> int:
        return len(self.types.split()[0]) - self.nin - 2

    @property
    def signatures(self) -> list[tuple[str, ...]]:
        """``[(input codes, output codes), ...]`` in the order of resolution."""
        return [tuple(sig.split("->")) for sig in self.types.split()]


def same(nin: int, codes: str, nout: int = 1) -> str:
    """Types that map ``nin`` inputs of one type to outputs of the same type."""
    return " ".join(f"{c * nin}->{c * nout}" for c in codes)


def test(nin: int, codes: str = ALL) -> str:
    """Types that map ``nin`` inputs of one type to a truth value."""
    return " ".join(f"{c * nin}->?" for c in codes)


REAL = "?" + INTS + FLOATS           # native nearly everywhere; complex loops are NumPy's
NUMBERS = INTS + FLOATS

# fmt: off
OPS = [
    # arithmetic
    Op("add", same(2, ALL), "x + y", "Sum of x and y.", ("g", "g"), "same", REAL, "arithmetic",
       "add", True, identity="0"),
    Op("subtract", same(2, ALL[1:]), "x - y", "Difference of x and y.", ("g", "-g"), "same", NUMBERS,
       "arithmetic", "sub", True),
    Op("multiply", same(2, ALL), "x * y", "Product of x and y.", ("g * y", "g * x"), "product", REAL,
       "arithmetic", "mul", True, identity="1"),
    Op("divide", same(2, FLOATS + COMPLEXES), "x / y", "Quotient of x and y.",
       ("g / y", "-g * (x / y) / y"), "quotient", FLOATS + COMPLEXES, "arithmetic", "truediv", True,
       ("true_divide",), (0.1, 4.0), cost=3),
    Op("floor_divide", same(2, NUMBERS), "floor(x / y)", "Largest integer not above x / y.",
       ("0 * g", "0 * g"), "ratio", NUMBERS, "division", "floordiv", True, (), (0.1, 4.0), cost=4,
       header="division.h modulo.h"),
    Op("remainder", same(2, NUMBERS), "x - y * floor(x / y)",
       "What floor_divide leaves; has the sign of y.",
       ("g", "-g * floor(x / y)"), "same", NUMBERS, "division", "mod", True, ("mod",), (0.1, 4.0), cost=4,
       header="division.h modulo.h"),
    Op("divmod", same(2, NUMBERS, 2), "floor(x / y), x - y * floor(x / y)",
       "Floor quotient and remainder at once.", (), "divmod", NUMBERS, "division", "divmod", False, (),
       (0.1, 4.0), cost=4,
       header="division.h modulo.h"),
    Op("fmod", same(2, NUMBERS), "x - y * trunc(x / y)",
       "Remainder of the division that truncates; has the sign of x.",
       ("g", "-g * trunc(x / y)"), "same", NUMBERS, "division", domain=(0.1, 4.0), cost=4,
       header="division.h modulo.h"),
    Op("power", same(2, NUMBERS + COMPLEXES), "x ** y", "x to the power y.",
       ("g * y * x ** (y - 1)", "g * x ** y * log(x)"), "power", INTS + "F", "power", "pow", True, ("pow",),
       (0.1, 4.0), cost=20, ulp_complex=4, borrowed=FLOATS, header="power.h", checked=SIGNED),
    Op("float_power", same(2, "dD"), "x ** y", "x to the power y, in double precision at least.",
       ("g * y * x ** (y - 1)", "g * x ** y * log(x)"), "power", domain=(0.1, 4.0), cost=20),
    Op("negative", same(1, ALL[1:]), "-x", "x with its sign changed.", ("-g",), "same", NUMBERS,
       "arithmetic", "neg", silent=True),
    Op("positive", same(1, ALL[1:]), "x", "x itself, copied.", ("g",), "same", NUMBERS,
       "arithmetic", "pos", silent=True),
    Op("absolute", same(1, REAL) + " F->f D->d", "abs(x)", "Magnitude of x.", ("g * sign(x)",), "same",
       REAL, "arithmetic", "abs", False, ("abs",), silent=True),
    Op("fabs", same(1, FLOATS), "abs(x)", "Magnitude of x, as a floating-point number.",
       ("g * sign(x)",), "same", FLOATS, "arithmetic", silent=True),
    Op("square", same(1, ALL[1:]), "x * x", "x times itself.", ("2 * g * x",), "square", NUMBERS,
       "arithmetic"),
    Op("reciprocal", same(1, ALL[1:]), "1 / x", "One divided by x.", ("-g / (x * x)",), "reciprocal",
       FLOATS, "arithmetic", domain=(0.1, 4.0), cost=3),
    Op("sqrt", same(1, FLOATS + COMPLEXES), "sqrt(x)", "Non-negative square root of x.",
       ("g / (2 * sqrt(x))",), "sqrt", FLOATS + COMPLEXES, "arithmetic", domain=(0.01, 9.0), cost=4,
       ulp_complex=3),
    Op("rsqrt", same(1, FLOATS), "1 / sqrt(x)", "Reciprocal of the square root of x.",
       ("-g / (2 * x * sqrt(x))",), "rsqrt", FLOATS, "arithmetic", domain=(0.01, 9.0), ulp=2, cost=5),
    Op("cbrt", same(1, FLOATS), "cbrt(x)", "Cube root of x.", ("g / (3 * cbrt(x) * cbrt(x))",), "cbrt",
       domain=(0.01, 9.0), cost=12, native=FLOATS, borrowed=FLOATS, ulp=1),
    Op("hypot", same(2, FLOATS), "sqrt(x * x + y * y)", "Length of the vector (x, y).",
       ("g * x / hypot(x, y)", "g * y / hypot(x, y)"), "same", FLOATS, cost=7, ulp=1, kernel="hypot(x, y)"),
    Op("conjugate", same(1, ALL[1:]), "x", "Complex conjugate of x.", ("g",), "same", NUMBERS,
       "arithmetic", aliases=("conj",), silent=True),
    Op("sign", same(1, ALL[1:]), "x if x != x else (1 if x > 0 else (-1 if x < 0 else 0))",
       "-1, 0 or 1 as x is below, at or above zero.", ("0 * g",), "to_dimensionless", NUMBERS, "arithmetic",
       silent=True),
    Op("copysign", same(2, FLOATS), "copysign(x, y)", "Magnitude of x with the sign of y.",
       ("g * sign(x) * copysign(1, y)", "0 * g"), "first", FLOATS, "arithmetic", silent=True),
    Op("heaviside", same(2, FLOATS), "x if x != x else (y if x == 0 else (x > 0) * 1)",
       "Step function of x; y is its value at zero.", ("0 * g", "g * (x == 0)"), "second", FLOATS,
       "arithmetic", silent=True),
    Op("maximum", same(2, ALL), "x if x > y or x != x else y", "Larger of x and y; NaN wins.",
       ("g * (x >= y)", "g * (x < y)"), "same", REAL, "arithmetic", silent=True, identity="lowest"),
    Op("minimum", same(2, ALL), "x if x < y or x != x else y", "Smaller of x and y; NaN wins.",
       ("g * (x <= y)", "g * (x > y)"), "same", REAL, "arithmetic", silent=True, identity="highest"),
    Op("fmax", same(2, ALL), "x if x >= y or y != y else y", "Larger of x and y; NaN loses.",
       ("g * (x >= y)", "g * (x < y)"), "same", REAL, "arithmetic", silent=True, identity="nan"),
    Op("fmin", same(2, ALL), "x if x <= y or y != y else y", "Smaller of x and y; NaN loses.",
       ("g * (x <= y)", "g * (x > y)"), "same", REAL, "arithmetic", silent=True, identity="nan"),
    Op("clip", same(3, ALL),
       "z if ((x >= z) | (y >= z) | (z != z)) & (x == x) & (y == y) else (x if x > y or x != x else y)",
       "x kept between y and z; NaN wins.",
       ("g * (x >= y) * (x <= z)", "g * (x < y) * (y <= z)", "g * ((x > z) | (y > z))"), "same", REAL,
       "arithmetic", silent=True),
    Op("gcd", same(2, INTS), "gcd(x, y)", "Greatest common divisor.", (), "same", INTS, "division",
       cost=40, header="division.h"),
    Op("lcm", same(2, INTS), "lcm(x, y)", "Least common multiple.", (), "same", INTS, "division",
       cost=40, header="division.h"),

    Op("multiply_add", same(3, FLOATS), "x * y + z", "x times y, plus z, in one pass and rounded twice.",
       ("g * y", "g * x", "g"), "product_sum", FLOATS, "arithmetic", domain=(0.1, 4.0), ulp=1),

    # rounding and the parts of a floating-point number
    Op("floor", same(1, REAL), "floor(x)", "Largest integer not above x.", ("0 * g",), "same", REAL,
       "arithmetic", silent=True),
    Op("ceil", same(1, REAL), "ceil(x)", "Smallest integer not below x.", ("0 * g",), "same", REAL,
       "arithmetic", silent=True),
    Op("trunc", same(1, REAL), "trunc(x)", "x without its fraction.", ("0 * g",), "same", REAL,
       "arithmetic", silent=True),
    Op("rint", same(1, FLOATS + COMPLEXES), "rint(x)", "Nearest integer; halves go to the even one.",
       ("0 * g",), "same", FLOATS, "arithmetic", silent=True),
    Op("modf", same(1, FLOATS, 2), "x - trunc(x), trunc(x)", "Fraction and whole part of x.",
       (), "same", FLOATS, "arithmetic", cost=3, silent=True,
       kernel="copysign(0 if abs(x) == inf else x - trunc(x), x), trunc(x)"),
    Op("frexp", "f->fi d->di", "frexp(x)", "Mantissa in [0.5, 1) and power of two of x.", (),
       "mantissa", cost=3),
    Op("ldexp", "fi->f fq->f di->d dq->d", "x * 2 ** y", "x times two to the power y.",
       ("g * 2.0 ** y", "0 * g"), "first", cost=4),
    Op("nextafter", same(2, FLOATS), "nextafter(x, y)", "The number next to x towards y.", ("g", "0 * g"),
       "same", FLOATS, "division", cost=2, header="modulo.h"),
    Op("spacing", same(1, FLOATS), "spacing(x)", "Distance from x to the next number.", ("0 * g",),
       "same", FLOATS, "division", cost=2, header="modulo.h"),

    # comparison and truth
    Op("equal", test(2), "x == y", "Whether x and y are equal.", (), "compare", REAL, "comparison", "eq",
       silent=True),
    Op("not_equal", test(2), "x != y", "Whether x and y differ.", (), "compare", REAL, "comparison", "ne",
       silent=True),
    Op("less", test(2), "x < y", "Whether x is smaller than y.", (), "compare", REAL, "comparison", "lt",
       silent=True),
    Op("less_equal", test(2), "x <= y", "Whether x is at most y.", (), "compare", REAL, "comparison",
       "le", silent=True),
    Op("greater", test(2), "x > y", "Whether x is larger than y.", (), "compare", REAL, "comparison",
       "gt", silent=True),
    Op("greater_equal", test(2), "x >= y", "Whether x is at least y.", (), "compare", REAL, "comparison",
       "ge", silent=True),
    Op("logical_and", test(2), "(x != 0) & (y != 0)", "Whether both x and y are non-zero.", (),
       "truth", REAL, "comparison", silent=True, identity="1"),
    Op("logical_or", test(2), "(x != 0) | (y != 0)", "Whether x or y is non-zero.", (),
       "truth", REAL, "comparison", silent=True, identity="0"),
    Op("logical_xor", test(2), "(x != 0) != (y != 0)", "Whether exactly one of x and y is non-zero.",
       (), "truth", REAL, "comparison", silent=True),
    Op("logical_not", test(1), "x == 0", "Whether x is zero.", (), "truth", REAL, "comparison",
       silent=True),
    Op("isnan", test(1), "x != x", "Whether x is not a number.", (), "truth", REAL, "comparison",
       silent=True, constant="?" + INTS),
    Op("isinf", test(1), "abs(x) == inf", "Whether x is infinite.", (), "truth", REAL, "comparison",
       silent=True, constant="?" + INTS),
    Op("isfinite", test(1), "abs(x) < inf", "Whether x is neither infinite nor NaN.", (), "truth",
       REAL, "comparison", silent=True, constant="?" + INTS),
    Op("signbit", test(1, FLOATS), "copysign(1, x) < 0", "Whether the sign bit of x is set.", (),
       "truth", FLOATS, "comparison", silent=True),

    # bits
    Op("bitwise_and", same(2, "?" + INTS), "x & y", "Bits set in both x and y.", (), "dimensionless",
       "?" + INTS, "bits", "and", True, silent=True),
    Op("bitwise_or", same(2, "?" + INTS), "x | y", "Bits set in x or y.", (), "dimensionless",
       "?" + INTS, "bits", "or", True, silent=True),
    Op("bitwise_xor", same(2, "?" + INTS), "x ^ y", "Bits set in exactly one of x and y.", (),
       "dimensionless", "?" + INTS, "bits", "xor", True, silent=True),
    Op("invert", same(1, "?" + INTS), "~x", "x with every bit flipped.", (), "dimensionless", INTS,
       "bits", "invert", False, ("bitwise_invert", "bitwise_not"), silent=True),
    Op("left_shift", same(2, INTS), "x << y", "x with its bits moved y places up.", (),
       "dimensionless", "", "bits", "lshift", True, ("bitwise_left_shift",), (0, 7), silent=True),
    Op("right_shift", same(2, INTS), "x >> y", "x with its bits moved y places down.", (),
       "dimensionless", "", "bits", "rshift", True, ("bitwise_right_shift",), (0, 7), silent=True),
    Op("bitwise_count", " ".join(f"{c}->B" for c in INTS), "bitwise_count(x)",
       "How many bits of the magnitude of x are set.", (), "dimensionless", INTS, silent=True, header="bitcount.h"),

    # exponentials and logarithms
    Op("exp", same(1, FLOATS + COMPLEXES), "exp(x)", "e to the power x.", ("g * exp(x)",), cost=10, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=1, ulp_complex=3),
    Op("exp2", same(1, FLOATS + COMPLEXES), "exp2(x)", "Two to the power x.", ("g * log(2) * exp2(x)",),
       cost=12, native=FLOATS, borrowed=FLOATS, ulp=1),
    Op("expm1", same(1, FLOATS + COMPLEXES), "expm1(x)", "exp(x) - 1, exact near zero.",
       ("g * exp(x)",), cost=12, native=FLOATS, borrowed=FLOATS, ulp=1),
    Op("log", same(1, FLOATS + COMPLEXES), "log(x)", "Natural logarithm of x.", ("g / x",),
       domain=(0.01, 9.0), cost=12, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=1, ulp_complex=3),
    Op("log2", same(1, FLOATS + COMPLEXES), "log2(x)", "Logarithm of x to base two.",
       ("g / (x * log(2))",), domain=(0.01, 9.0), cost=12, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=1,
       ulp_complex=4),
    Op("log10", same(1, FLOATS + COMPLEXES), "log10(x)", "Logarithm of x to base ten.",
       ("g / (x * log(10))",), domain=(0.01, 9.0), cost=12, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=1,
       ulp_complex=4),
    Op("log1p", same(1, FLOATS + COMPLEXES), "log1p(x)", "log(1 + x), exact near zero.",
       ("g / (1 + x)",), domain=(-0.9, 9.0), cost=12, native=FLOATS, borrowed=FLOATS, ulp=1),
    Op("logaddexp", same(2, FLOATS), "log(exp(x) + exp(y))", "Logarithm of the sum of exp(x) and exp(y).",
       ("g * sigmoid(x - y)", "g * sigmoid(y - x)"), native=FLOATS, domain=(0, 8), ulp=2, cost=20,
       header="logaddexp.h"),
    Op("logaddexp2", same(2, FLOATS), "log2(2 ** x + 2 ** y)",
       "Logarithm to base two of the sum of 2**x and 2**y.",
       ("g / (1 + exp2(y - x))", "g / (1 + exp2(x - y))"), native=FLOATS, domain=(0, 8), ulp=2, cost=24,
       header="logaddexp.h"),

    # angles
    Op("sin", same(1, FLOATS + COMPLEXES), "sin(x)", "Sine of x.", ("g * cos(x)",), "angle", cost=9,
       native=FLOATS + COMPLEXES, near="sin_near(x)", borrowed="f", ulp=1, ulp_complex=4),
    Op("cos", same(1, FLOATS + COMPLEXES), "cos(x)", "Cosine of x.", ("-g * sin(x)",), "angle", cost=9,
       native=FLOATS + COMPLEXES, near="cos_near(x)", borrowed="f", ulp=1, ulp_complex=4),
    Op("tan", same(1, FLOATS + COMPLEXES), "tan(x)", "Tangent of x.", ("g * (1 + tan(x) * tan(x))",), "angle",
       domain=(-1.5, 1.5), cost=14, native=FLOATS + COMPLEXES, near="tan_near(x)", borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arcsin", same(1, FLOATS + COMPLEXES), "asin(x)", "Angle whose sine is x.",
       ("g / sqrt(1 - x * x)",), "to_angle", aliases=("asin",), domain=(-0.99, 0.99), cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arccos", same(1, FLOATS + COMPLEXES), "acos(x)", "Angle whose cosine is x.",
       ("-g / sqrt(1 - x * x)",), "to_angle", aliases=("acos",), domain=(-0.99, 0.99), cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arctan", same(1, FLOATS + COMPLEXES), "atan(x)", "Angle whose tangent is x.",
       ("g / (1 + x * x)",), "to_angle", aliases=("atan",), cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arctan2", same(2, FLOATS), "atan2(x, y)", "Angle of the point (y, x).",
       ("g * y / (x * x + y * y)", "-g * x / (x * x + y * y)"), "ratio_to_angle", aliases=("atan2",),
       cost=12, native=FLOATS, borrowed=FLOATS, ulp=2, silent=True),
    Op("sinh", same(1, FLOATS + COMPLEXES), "sinh(x)", "Hyperbolic sine of x.", ("g * cosh(x)",), cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=4),
    Op("cosh", same(1, FLOATS + COMPLEXES), "cosh(x)", "Hyperbolic cosine of x.", ("g * sinh(x)",),
       cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=4),
    Op("tanh", same(1, FLOATS + COMPLEXES), "tanh(x)", "Hyperbolic tangent of x.",
       ("g * (1 - tanh(x) * tanh(x))",), cost=14, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arcsinh", same(1, FLOATS + COMPLEXES), "asinh(x)", "Inverse of the hyperbolic sine.",
       ("g / sqrt(x * x + 1)",), aliases=("asinh",), cost=16, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arccosh", same(1, FLOATS + COMPLEXES), "acosh(x)", "Inverse of the hyperbolic cosine.",
       ("g / sqrt(x * x - 1)",), aliases=("acosh",), domain=(1.01, 9.0), cost=16, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("arctanh", same(1, FLOATS + COMPLEXES), "atanh(x)", "Inverse of the hyperbolic tangent.",
       ("g / (1 - x * x)",), aliases=("atanh",), domain=(-0.99, 0.99), cost=16, native=FLOATS + COMPLEXES, borrowed=FLOATS, ulp=2,
       ulp_complex=6),
    Op("degrees", same(1, FLOATS), "x * (180 / pi)", "x radians in degrees.", ("g * (180 / pi)",),
       "to_degrees", FLOATS, "arithmetic", ulp=2),
    Op("rad2deg", same(1, FLOATS), "x * (180 / pi)", "x radians in degrees.", ("g * (180 / pi)",),
       "to_degrees", FLOATS, "arithmetic", ulp=2),
    Op("radians", same(1, FLOATS), "x * (pi / 180)", "x degrees in radians.", ("g * (pi / 180)",),
       "to_radians", FLOATS, "arithmetic", ulp=2),
    Op("deg2rad", same(1, FLOATS), "x * (pi / 180)", "x degrees in radians.", ("g * (pi / 180)",),
       "to_radians", FLOATS, "arithmetic", ulp=2),

    # what NumPy lacks
    Op("relu", same(1, NUMBERS), "x if x > 0 or x != x else 0", "x where it is positive, else zero.",
       ("g * (x > 0)",), "same", NUMBERS, "activation", silent=True),
    Op("relu6", same(1, FLOATS), "0 if x < 0 else (6 if x > 6 else x)", "x kept between 0 and 6.",
       ("g * (x > 0) * (x < 6)",), "dimensionless", FLOATS, "activation", domain=(-4.0, 9.0), silent=True),
    Op("erf", same(1, FLOATS), "erf(x)", "Error function of x.", ("g * 2 / sqrt(pi) * exp(-x * x)",), native=FLOATS,
       family="activation", ulp=4, cost=20, silent=True),
    Op("erfc", same(1, FLOATS), "erfc(x)", "1 - erf(x), exact where that is small.",
       ("-g * 2 / sqrt(pi) * exp(-x * x)",), native=FLOATS, family="activation", ulp=4, cost=20, silent=True),
    Op("erfinv", same(1, FLOATS), "erfinv(x)", "The number whose error function is x.",
       ("g * sqrt(pi) / 2 * exp(erfinv(x) * erfinv(x))",), native=FLOATS, family="activation", domain=(-0.99, 0.99),
       ulp=4, cost=40, silent=True),
    Op("gelu", same(1, FLOATS), "x * erfc(-x / sqrt(2)) / 2", "x times the standard normal distribution up to x.",
       ("g * (erfc(-x / sqrt(2)) / 2 + x * exp(-x * x / 2) / sqrt(2 * pi))",), native=FLOATS, family="activation",
       kernel="gelu(x)", ulp=4, cost=20, silent=True),
    Op("bessel_i0", same(1, FLOATS), "bessel_i0(x)", "Modified Bessel function of the first kind and order zero.",
       native=FLOATS, family="activation", ulp=4, cost=20, silent=True),
    Op("lgamma", same(1, FLOATS), "lgamma(x)", "Logarithm of the magnitude of the gamma function of x.",
       ("g * digamma(x)",), native=FLOATS, family="activation", domain=(0.05, 12.0), ulp=4, cost=26, silent=True),
    Op("digamma", same(1, FLOATS), "digamma(x)", "Derivative of lgamma.", ("g * trigamma(x)",), native=FLOATS,
       family="activation", domain=(0.05, 12.0), ulp=4, cost=18, silent=True),
    Op("trigamma", same(1, FLOATS), "trigamma(x)", "Derivative of digamma.", native=FLOATS, family="activation",
       domain=(-4.0, 12.0), ulp=4, cost=12, silent=True),
    Op("sigmoid", same(1, FLOATS), "sigmoid(x)", "Logistic function 1 / (1 + exp(-x)).",
       ("g * sigmoid(x) * sigmoid(-x)",), native=FLOATS, family="activation", ulp=2, cost=14, silent=True),
    Op("logsigmoid", same(1, FLOATS), "-softplus(-x)", "Logarithm of the logistic function of x.",
       ("g * sigmoid(-x)",), native=FLOATS, family="activation", ulp=2, cost=18, silent=True),
    Op("softplus", same(1, FLOATS), "softplus(x)", "log(1 + exp(x)), a smooth relu.", ("g * sigmoid(x)",),
       native=FLOATS, family="activation", ulp=2, cost=18, silent=True),
    Op("softsign", same(1, FLOATS), "x / (1 + abs(x))", "x scaled into (-1, 1).",
       ("g / ((1 + abs(x)) * (1 + abs(x)))",), native=FLOATS, family="activation", ulp=2, cost=3, silent=True),
    Op("silu", same(1, FLOATS), "x * sigmoid(x)", "x times its logistic function.",
       ("g * sigmoid(x) * (1 + x * sigmoid(-x))",), native=FLOATS, family="activation", ulp=3, cost=15, silent=True),
    Op("mish", same(1, FLOATS), "x * tanh(softplus(x))", "x times the hyperbolic tangent of its softplus.",
       ("g * (tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x)) * tanh(softplus(x))))",),
       native=FLOATS, family="activation", ulp=6, cost=32, silent=True),
]
# fmt: on
