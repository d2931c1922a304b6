"""Tensor's operators: values as NumPy's, and who answers where several classes could.

What the functions behind them do is test_ufuncs.py's business.
"""
import operator
import warnings

import numpy as np
import pytest

from differential import TORSOR, Tensor, same
from operands import FULL, SMALLER, dtype_of, lay_out

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, divmod,
          operator.pow, operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
UNARY = [operator.neg, operator.pos, abs, operator.invert, np.logical_not, bool, float, int, complex, operator.index]
INPLACE = [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.imod,
           operator.ipow, operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift]
CODES = "?bHiqQfdD"
PLAIN = [True, 3, -1, 2**70, 2.5, 1e39, float("nan"), 1j, np.int8(-2), np.uint64(5), np.float32(0.3), np.float64(2),
         "a", None, b"x", object, [1, 2, 3], [1.5, 2, 3], (True, False, True), [[1], [2]], [], [1, 2], ["a", "b", "c"],
         [None] * 3, {}, {1}, range(3), slice(3), Ellipsis, np.datetime64("2020-01-01"), np.array([1, 2, 3], object),
         np.array(4), np.array([]), np.array([[1.5], [2.5]]), np.array(["x", "y", "z"]), np.array([1, 2, 3], ">i4"),
         np.array([1, 2, 3], "e")]

named = lambda f: getattr(f, "__name__", str(f))  # noqa: E731


def values(code, start=1):
    return np.arange(start, start + 3).astype(dtype_of(code)) if code != "?" else np.array([True, False, True])


@pytest.mark.parametrize("op", BINARY + COMPARISONS, ids=named)
def test_arrays(op):
    with np.errstate(all="warn"):
        for a in CODES:
            for b in CODES:
                same(lambda xp, x, y: op(x, y), values(a, 0), values(b, -1 if b in "biqfdD" else 2))


@pytest.mark.parametrize("op", BINARY + COMPARISONS, ids=named)
def test_other_objects_on_both_sides(op):
    for code in "?iQd":
        for other in PLAIN:
            same(lambda xp, x, other: op(x, other), values(code), other)
            # Python asks a subclass first, in other words: 1 < x as x > 1
            same(lambda xp, x, other: op(other, x), values(code), other, match=op not in COMPARISONS)


@pytest.mark.parametrize("op", UNARY, ids=named)
def test_unary(op):
    for code in CODES:
        same(lambda xp, x: op(x), values(code))
        same(lambda xp, x: op(x), values(code)[1:2])
        same(lambda xp, x: op(x), values(code)[1:2].reshape(()))


@pytest.mark.parametrize("op", INPLACE, ids=named)
def test_in_place(op):
    def run(xp, x, other):
        before = x
        after = op(x, other)
        return after, after is before, x

    for a in CODES:
        for b in CODES:
            same(run, values(a), values(b))
        for other in PLAIN:
            same(run, values(a), other)
        for k, layout in enumerate((*FULL, *SMALLER) if op is not operator.ipow else ()):
            x = np.arange(1, 61).reshape(3, 4, 5).astype(dtype_of(a))
            same(run, lay_out(x, layout), lay_out(x, FULL[(k + 3) % len(FULL)]))


@pytest.mark.parametrize("op", INPLACE[:4], ids=named)
def test_in_place_over_itself(op):
    x = np.arange(1.0, 26).reshape(5, 5)
    for y in (x, x.T, x[::-1], x[:1], x[:, 1:2], x[2, 2]):
        same(lambda xp, x, y: op(x, y), x, y)
    flat = x.ravel()
    for to, by in ((slice(1, None), slice(-1)), (slice(-1), slice(1, None)), (slice(None, None, 2), slice(13))):
        same(lambda xp, x, to, by: op(x[to], x[by]), flat, to, by)
    stuck = np.ones(3)
    stuck.flags.writeable = False
    same(lambda xp, x: op(x, 1), stuck)
    same(lambda xp: op([1.0, 2], xp.array([1.0, 2])))
    same(lambda xp: op((1.0, 2), xp.array([1.0, 2])))
    same(lambda xp: op(2.0, xp.array([1.0, 2])))


@pytest.mark.parametrize("exponent", [2, 2.0, 0.5, -1, -1.0, 1, 1.0, 0, 0.0, 3, True, np.float64(2), np.int64(2),
                                      np.array(2), np.array([2]), 2 + 0j, 2**70, None])
def test_powers_by_scalars(exponent):
    """NumPy takes other functions for some, and says so in warnings."""
    with np.errstate(all="warn"):
        for code in CODES:
            for x in (values(code, 0), values(code, -1), np.array([1e200, -2.0, 0.0, np.inf]), np.array(3.0)):
                same(lambda xp, x: x**exponent, x)
                same(lambda xp, x: operator.ipow(x, exponent), x)
                same(lambda xp, x: pow(x, exponent), x)
    same(lambda xp, x: pow(x, exponent, 5), values("i"))


# ---------------------------------------------------------------------------------------- other classes

class Quiet(np.ndarray):
    """A subclass of ndarray that defines nothing."""


class Loud(np.ndarray):
    """A subclass of ndarray with operators of its own."""

    def __add__(self, other):
        return "Loud.__add__"

    def __radd__(self, other):
        return "Loud.__radd__"

    def __eq__(self, other):
        return "Loud.__eq__"

    def __lt__(self, other):
        return "Loud.__lt__"

    def __rpow__(self, other):
        return "Loud.__rpow__"

    def __rmul__(self, other):
        return NotImplemented

    __hash__ = None


class Ufuncs(np.ndarray):
    """A subclass of ndarray with __array_ufunc__."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return f"{ufunc.__name__} of {len(inputs)}"


class Refusing:
    """Not an array, and not to be seen by ufuncs."""
    __array_ufunc__ = None

    def __radd__(self, other):
        return "Refusing.__radd__"

    def __gt__(self, other):
        return "Refusing.__gt__"


class Reflected:
    """An object that knows nothing of arrays but has a reflected operator."""

    def __radd__(self, other):
        return "Reflected.__radd__ of " + type(other).__name__.replace("Tensor", "ndarray")


class Prior(Reflected):
    """... with the priority of old, which makes arrays step back."""
    __array_priority__ = 100

    def __eq__(self, other):
        return "Prior.__eq__"

    __hash__ = None


class Duck:
    """Takes part in ufuncs."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc.__name__, method, [np.ndarray if isinstance(x, np.ndarray) else type(x) for x in inputs]


class Convertible:
    def __array__(self, dtype=None, copy=None):
        return np.array([10.0, 20.0, 30.0])


def objects():
    base = np.array([4.0, 5.0, 6.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)         # of chararray, from NumPy 2.5 on
        char = np.char.array(["a", "b", "c"])
    return {
        "masked": np.ma.array(base, mask=[True, False, False]), "matrix": base.view(np.matrix),
        "quiet": base.view(Quiet), "loud": base.view(Loud), "ufuncs": base.view(Ufuncs), "refusing": Refusing(),
        "reflected": Reflected(), "prior": Prior(), "duck": Duck(), "convertible": Convertible(),
        "record": np.rec.array(base),
        "memoryview": memoryview(base), "char": char, "poly": np.poly1d([1, 2]),
    }


@pytest.mark.filterwarnings("ignore:.*matrix subclass.*:PendingDeprecationWarning")
@pytest.mark.parametrize("op", [*BINARY, *COMPARISONS, *INPLACE], ids=named)
@pytest.mark.parametrize("name", [*objects()])
def test_who_answers(op, name):
    """The same class as for an ndarray, by the same method."""
    def forward(xp, x):
        return show(op(x, objects()[name]))

    def backward(xp, x):
        return show(op(objects()[name], x))

    for x in (np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3]), np.array(2.0), np.array([[1.0], [2.0]])):
        same(forward, x, match=False)
        same(backward, x, match=False)


def show(result):
    """A result by class and contents, Tensors as ndarrays."""
    if isinstance(result, tuple):
        return [word for x in result for word in show(x)]
    if isinstance(result, np.ndarray):
        kind = np.ndarray if type(result) is Tensor else type(result)
        return [kind.__name__, str(result.dtype), str(result.shape), str(result)]
    return [type(result).__name__, str(result)]


class Child(Tensor):
    """A subclass of Tensor, as Quiet is one of ndarray."""


class LoudChild(Tensor):
    __add__, __radd__, __eq__, __lt__, __rpow__, __rmul__ = (
        getattr(Loud, name) for name in ("__add__", "__radd__", "__eq__", "__lt__", "__rpow__", "__rmul__"))
    __hash__ = None


@pytest.mark.filterwarnings("ignore:.*matrix subclass.*:PendingDeprecationWarning")
@pytest.mark.parametrize("op", [*BINARY, *COMPARISONS, *INPLACE], ids=named)
@pytest.mark.parametrize("child, of", [(Child, Quiet), (LoudChild, Loud)])
def test_subclasses_of_tensor(op, child, of):
    """Behave to Tensors as a subclass of ndarray to ndarrays."""
    def kinds(xp):
        return child if xp is TORSOR else of

    def outcome(a, b):
        result = op(a, b)
        return [word.replace("LoudChild", "Loud").replace("Child", "Quiet") for word in show(result)], result is a

    x = np.array([5, 6, 7])
    for make in (lambda xp: xp.array([1, 2, 3]), lambda xp: 2, lambda xp: 1.5, lambda xp: [1, 2, 3],
                 lambda xp: np.ma.array([1, 2, 3], mask=[1, 0, 0]), lambda xp: np.array([1, 2, 3]).view(np.matrix),
                 lambda xp: xp.array([[1], [2]]).view(kinds(xp))):
        same(lambda xp, x, make: outcome(x.view(kinds(xp)), make(xp)), x, make, match=False)
        same(lambda xp, x, make: outcome(make(xp), x.view(kinds(xp))), x, make, match=False)


def test_ndarrays_and_tensors_mix():
    """Tensor, on whichever side it stands."""
    nd, tensor = np.array([1.0, 2.0]), TORSOR.array([3.0, 4.0])
    for op in (operator.add, operator.eq, operator.lt, operator.truediv):
        for a, b in ((nd, tensor), (tensor, nd), (nd[0], tensor), (tensor, nd[0])):
            result = op(a, b)
            assert type(result) is Tensor
            np.testing.assert_array_equal(result.view(np.ndarray), op(np.asarray(a), np.asarray(b)))
    nd += tensor
    assert type(nd) is np.ndarray and nd.tolist() == [4, 6]
    assert np.add(nd, nd, out=tensor) is tensor and tensor.tolist() == [8, 12]
    assert type(np.add(tensor, 1, out=nd)) is np.ndarray


def test_not_hashable():
    same(lambda xp: hash(xp.array([1])))


def test_chained_and_nested():
    x = np.linspace(-1, 1, 30).reshape(5, 6)
    same(lambda xp, x: ((x + 1) * 2 - x / 3) ** 2 > abs(x), x)
    same(lambda xp, x: -x.T + x.reshape(6, 5) * x[:1, :1], x)
    same(lambda xp, x: (x > 0) & ~(x > 0.5) | (x == x.min()), x)
    same(lambda xp, x: sum(x) + max(x[0]) - min(x[1]), x)
