"""Reductions against NumPy: values, dtypes, shapes, errors, warnings; bits for any number of threads and level."""
import itertools
import math
import os
import subprocess
import sys

import numpy as np
import pytest

import torsor as tr
from axes import LAYOUTS, SHAPES, assert_same, axes_of, draw, outcome
from torsor._kernels import ISA, LEVELS

NAMES = ("sum", "prod", "mean", "min", "max", "any", "all", "argmin", "argmax")
UFUNCS = ("add", "multiply", "minimum", "maximum", "fmin", "fmax", "logical_and", "logical_or", "bitwise_or",
          "subtract")
DTYPES = "?bBhHiIqQefdgFDO"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_same_as_numpy(name, dtype, layout):
    for shape in SHAPES:
        a = LAYOUTS[layout](draw(shape, dtype))
        t = a.view(tr.Tensor)
        for axis, keepdims in itertools.product(axes_of(shape, name), (False, True)):
            given = {"axis": axis, "keepdims": keepdims}
            expected = outcome(getattr(np, name), a, **given)
            assert_same(outcome(getattr(tr, name), t, **given), expected, a.size)
            if not keepdims:
                assert_same(outcome(getattr(t, name), axis), outcome(getattr(a, name), axis), a.size)
        assert_same(outcome(getattr(t, name)), outcome(getattr(a, name)), a.size)
        assert_same(outcome(getattr(np, name), t), outcome(getattr(np, name), a), a.size)


@pytest.mark.parametrize("dtype", "?bQqfdF")
@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc_reduce(name, dtype):
    for shape in SHAPES:
        a = draw(shape, dtype)
        t = a.view(tr.Tensor)
        ours, numpys = getattr(tr, name).reduce, getattr(np, name).reduce
        assert_same(outcome(ours, t), outcome(numpys, a), a.size)
        for axis, keepdims in itertools.product(axes_of(shape, name), (False, True)):
            given = {"axis": axis, "keepdims": keepdims}
            assert_same(outcome(ours, t, **given), outcome(numpys, a, **given), a.size)
    assert_same(outcome(ours, array=t), outcome(numpys, array=a))
    assert_same(outcome(ours, t, 0, None, None, False), outcome(numpys, a, 0, None, None, False), a.size)


NAN, INF = math.nan, math.inf
EDGES = [[NAN], [1, NAN, 2], [NAN, NAN], [INF, -INF, 1], [-0.0], [-0.0] * 200, [0.0, -0.0], [INF, NAN], [-INF] * 3,
         [1.0] * 70 + [NAN] + [2.0] * 70, [NAN] * 100, [3e38] * 9, [1e308] * 90, [5e-324, 5e-324]]


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("name", NAMES)
def test_special_values_and_warnings(name, dtype):
    for values in EDGES:
        with np.errstate(over="ignore"):
            flat = np.array(values, dtype)
        for a, axis in ((flat, None), (np.tile(flat, (5, 1)), 1), (np.tile(flat[:, None], (1, 67)), 0)):
            t = a.view(tr.Tensor)
            ours, numpys = outcome(getattr(t, name), axis), outcome(getattr(a, name), axis)
            assert_same(ours, numpys, 1)
            if name == "sum":
                np.testing.assert_array_equal(np.signbit(ours[0]), np.signbit(numpys[0]))
    for name in ("fmin", "fmax"):
        for values in EDGES:
            with np.errstate(over="ignore"):
                a = np.array(values, dtype)
            assert_same(outcome(getattr(tr, name).reduce, a), outcome(getattr(np, name).reduce, a))


@pytest.mark.parametrize("dtype", "fd")
def test_negative_zero_as_initial_value(dtype):
    a = np.full((20, 3), -0.0, dtype)
    for axis in (None, 0, 1):
        assert np.signbit(a.view(tr.Tensor).sum(axis, initial=-0.0)).all()


@pytest.mark.parametrize("state", ["raise", "ignore"])
def test_error_state(state):
    a = np.full(40, 1e308)
    with np.errstate(all=state):
        assert_same(outcome(a.view(tr.Tensor).sum), outcome(a.sum))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_empty(name, shape):
    for dtype in "?ifd":
        a = np.zeros(shape, dtype)
        t = a.view(tr.Tensor)
        for given in ({}, {"axis": 0}, {"axis": -1}, {"axis": None, "keepdims": True}, {"initial": 3}):
            assert_same(outcome(getattr(tr, name), t, **given), outcome(getattr(np, name), a, **given))


ARGUMENTS = [
    {"axis": 5}, {"axis": (0, 0)}, {"axis": "x"}, {"axis": 1.0}, {"axis": np.int64(1)}, {"axis": True},
    {"axis": (0, 9)},
    {"axis": 2**70}, {"bad": 1}, {"a": 1}, {"keepdims": 1}, {"keepdims": None}, {"initial": 2}, {"initial": 2.5},
    {"initial": None}, {"initial": "x"}, {"initial": np.float64(7)}, {"initial": 10**30}, {"initial": 2, "axis": 0},
    {"initial": 3, "axis": (0, 1)}, {"where": True}, {"where": False}, {"where": [[True], [False], [True]]},
    {"where": True, "initial": 1}, {"dtype": "f8"}, {"dtype": float, "axis": 1}, {"dtype": np.float32}, {"dtype": "i4"},
    {"dtype": "i8", "axis": 0}, {"dtype": complex}, {"dtype": object}, {"dtype": "nonsense"}, {"dtype": bool},
    {"out": 3}, {"out": None}, {"axis": None, "keepdims": np._NoValue, "initial": np._NoValue},
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", "?bIqfd")
def test_arguments(name, dtype):
    a = draw((3, 4), dtype)
    t = a.view(tr.Tensor)
    for given in ARGUMENTS:
        assert_same(outcome(getattr(tr, name), t, **given), outcome(getattr(np, name), a, **given), 12)
        if "out" not in given and np._NoValue not in given.values():
            assert_same(outcome(getattr(t, name), **given), outcome(getattr(a, name), **given), 12)
    for k in range(1, 8):
        args = (1, None, None, False, 1, True, None)[:k]
        assert_same(outcome(getattr(tr, name), t, *args), outcome(getattr(np, name), a, *args), 12)
        assert_same(outcome(getattr(t, name), *args), outcome(getattr(a, name), *args), 12)
    assert_same(outcome(getattr(tr, name)), outcome(getattr(np, name)))
    assert_same(outcome(getattr(tr, name), a.tolist()), outcome(getattr(np, name), a.tolist()), 12)
    assert_same(outcome(getattr(tr, name), 5), outcome(getattr(np, name), 5))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", "?bqfd")
def test_out(name, dtype):
    a = draw((40, 60), dtype)
    t = a.view(tr.Tensor)
    result = getattr(np, name)(a, axis=0)
    makers = (
        lambda: np.zeros(60, result.dtype), lambda: np.zeros(120, result.dtype)[::2], lambda: np.zeros(60, "f4"),
        lambda: np.zeros(60, "q"), lambda: np.zeros(59, result.dtype), lambda: np.zeros((1, 60), result.dtype),
        lambda: np.broadcast_to(np.zeros(1, result.dtype), 60), lambda: np.zeros(60, result.dtype)[::-1])
    for make in makers:
        for kind in (np.ndarray, tr.Tensor):
            out, expected = make().view(kind), make()
            ours = outcome(getattr(tr, name), t, axis=0, out=out)
            assert_same(ours, outcome(getattr(np, name), a, axis=0, out=expected), 40)
            if ours[0] is not None:
                assert ours[0] is out
                np.testing.assert_allclose(np.asarray(out), expected, rtol=1e-5, atol=1e-5)
    b, c = a.copy(), a.copy()
    if b.dtype == result.dtype:                        # the result overlaps the elements
        getattr(np, name)(b, axis=0, out=b[3])
        getattr(tr, name)(c.view(tr.Tensor), axis=0, out=c[3].view(tr.Tensor))
        np.testing.assert_allclose(c, b, rtol=1e-5)


def test_unaligned_swapped_and_subclass():
    class Own(tr.Tensor):
        pass

    raw = np.zeros(801, "u1")[1:].view("f8")
    raw[:] = np.arange(100)
    for a in (raw, np.arange(100).astype(">f8"), np.arange(100).astype(">i4")):
        t = a.view(tr.Tensor)
        for name in NAMES:
            assert_same(outcome(getattr(t, name)), outcome(getattr(a, name)), a.size)
    own, reference = np.arange(6.0).reshape(2, 3).view(Own), np.arange(6.0).reshape(2, 3)
    for name in NAMES:
        got = getattr(own, name)(axis=0)
        np.testing.assert_array_equal(np.asarray(got), getattr(reference, name)(axis=0))
        assert np.asarray(got).dtype == getattr(reference, name)(axis=0).dtype


def test_booleans_that_are_not_one():
    a = np.array([0, 2, 3, 0, 255] * 30, "u1").view("?")
    t = a.view(tr.Tensor)
    assert t.sum() == np.count_nonzero(a) and t.mean() == pytest.approx(0.6)
    assert t.any() == a.any() and t.all() == a.all() and t.max() and not t.min()


@pytest.mark.parametrize("dtype", "?bHqfd")
@pytest.mark.parametrize("name", NAMES)
def test_large(name, dtype):
    """Sizes that several tasks share, with the decisive element first, last or nowhere."""
    for shape in ((300_000,), (1000, 700), (20, 30000), (90000, 3), (60, 70, 80)):
        a = draw(shape, dtype)
        if name in ("any", "all", "argmin", "argmax") and dtype == "?":
            a[...] = name in ("all", "argmin")
        variants = [a]
        for place in (0, -1, a.size // 2):
            b = a.copy()
            b.flat[place] = {"?": not a.flat[0], "f": NAN, "d": NAN}.get(dtype, 120)
            variants.append(b)
        for b in variants:
            t = b.view(tr.Tensor)
            for axis in (None, 0, -1):
                tol = 1e-5 if dtype == "f" else 1e-11
                x, y = getattr(t, name)(axis), getattr(b, name)(axis)
                assert x.dtype == y.dtype
                if name == "sum":
                    np.testing.assert_allclose(x, y, rtol=tol, atol=tol * b.size**0.5)
                else:
                    np.testing.assert_allclose(x, y, rtol=2e-3 if dtype == "f" else tol, atol=tol)


@pytest.mark.parametrize("n", [100, 5000, 300_000])
@pytest.mark.parametrize("pair", [(0.0, -0.0), (-0.0, 0.0), (NAN, -NAN), (INF, NAN), (NAN, INF), (7.0, 7.0)])
def test_first_of_equals(pair, n):
    for sign, name in ((1, "argmax"), (-1, "argmin")):
        for dtype in "fd":
            a = np.full(n, -3.0 * sign, dtype)
            a[n // 3], a[n - 2] = sign * pair[0], sign * pair[1]
            assert getattr(a.view(tr.Tensor), name)() == getattr(a, name)()
            columns = np.stack([a, a[::-1]] * 20, axis=1)
            np.testing.assert_array_equal(getattr(columns.view(tr.Tensor), name)(0), getattr(columns, name)(0))


CASES = """
import numpy as np, torsor as tr
def results():
    rng = np.random.default_rng(3)
    for shape in ((100,), (70_001,), (1_000_003,), (1000, 333), (40, 9001), (50_001, 3), (31, 33, 35)):
        for dtype in "fdqb":
            a = (rng.standard_normal(shape) * 100).astype(dtype).view(tr.Tensor)
            for b in (a, np.asfortranarray(a).view(tr.Tensor), a[..., ::-2]):
                for axis in (None, 0, -1, tuple(range(a.ndim))[-2:]):
                    yield np.asarray(b.sum(axis)).tobytes()
                    yield np.asarray(b.mean(axis)).tobytes()
                    yield np.asarray((b / 128 + 1).prod(axis)).tobytes()
                    yield np.asarray(b.max(axis)).tobytes()
                yield np.asarray(b.argmax(0)).tobytes()
"""


def digest():
    scope = {}
    exec(CASES, scope)
    with np.errstate(all="ignore"):
        return list(scope["results"]())


def test_threads_give_the_same_bits():
    with tr.threads(1):
        reference = digest()
    for n in (2, 3, 8):
        with tr.threads(n):
            assert digest() == reference


@pytest.mark.skipif(len(LEVELS) == 1, reason="one instruction-set level")
def test_levels_give_the_same_bits():
    code = CASES + "import hashlib; print(hashlib.sha256(b''.join(results())).hexdigest())"
    usable = LEVELS[: LEVELS.index(ISA) + 1]
    answers = {subprocess.run([sys.executable, "-P", "-Wignore", "-c", code], env={**os.environ, "TORSOR_ISA": isa},
                              capture_output=True, text=True, check=True).stdout for isa in usable}
    assert len(answers) == 1


@pytest.mark.parametrize("dtype", "fd")
def test_accuracy(dtype):
    """The error of a sum of positive terms stays below its bound, which grows as the logarithm of their number."""
    rng = np.random.default_rng(7)
    for n in (10, 1000, 100_000, 1_234_567):
        a = rng.uniform(0, 1, n).astype(dtype)
        exact = math.fsum(a.tolist())
        bound = (12 + math.log2(n)) * np.finfo(dtype).eps / 2
        for x in (a, a[::-1], np.repeat(a, 2)[::2]):
            assert abs(float(x.view(tr.Tensor).sum()) - exact) <= bound * exact
        m = min(n, 20_000)
        columns = np.repeat(a[:, None], 67, axis=1)[:m]
        exact = math.fsum(a[:m].tolist())
        for c in (columns, columns[:, :3], np.asfortranarray(columns)):
            assert abs(c.view(tr.Tensor).sum(axis=0).astype(float) - exact).max() <= bound * exact


def test_mean_of_many_float32():
    mean = tr.full(100_000_000, 0.1, np.float32).mean()
    assert float(mean) == pytest.approx(float(np.float32(0.1)), rel=2 * float(np.finfo("f").eps))
