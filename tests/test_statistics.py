"""Statistics against NumPy: values, dtypes, shapes, errors, warnings; bits for any number of threads."""
import itertools
import math
import warnings

import numpy as np
import pytest

import torsor as tr
from axes import LAYOUTS, SHAPES, assert_same, axes_of, draw, outcome
from differential import same
from operands import dtype_of
from torsor._kernels.summaries import magnitudes
from torsor.statistics import FUNCTIONS

SPREADS = ("var", "std", "nanvar", "nanstd")
REDUCING = (*SPREADS, "nanmean", "nansum", "nanprod", "nanmin", "nanmax", "nanargmin", "nanargmax", "count_nonzero",
            "ptp", "average")
DTYPES = "?bHiqQefdgFDO"
NAN, INF = math.nan, math.inf


def with_nans(shape, dtype, seed=0):
    """Draws of which some are NaN, but no line of more than two elements is nothing else."""
    a = draw(shape, dtype, seed)
    if dtype in "efdgFD" and a.size > 2:
        a.reshape(-1)[1::3] = NAN
    return a


def check(name, a, /, *args, terms=0, **given):
    """One call as a function of torsor's, on a Tensor and on an ndarray, against NumPy's."""
    expected = outcome(getattr(np, name), a, *args, **given)
    terms = terms or a.size
    ours = outcome(getattr(tr, name), a.view(tr.Tensor), *args, **given)
    if type(expected[0]) is tuple:
        assert len(ours[0]) == len(expected[0])
        for x, y in zip(ours[0], expected[0]):
            assert_same((x, ours[1]), (y, expected[1]), terms)
    else:
        assert_same(ours, expected, terms)


@pytest.mark.parametrize("layout, dtype", [("C", dtype) for dtype in DTYPES] + [
    (layout, dtype) for layout in LAYOUTS if layout != "C" for dtype in "ifd"])
@pytest.mark.parametrize("name", REDUCING)
def test_same_as_numpy(name, dtype, layout):
    for shape in SHAPES:
        for make in (draw, with_nans) if name.startswith("nan") else (draw,):
            a = LAYOUTS[layout](make(shape, dtype))
            axes = axes_of(shape, name.removeprefix("nan"))
            for axis in axes if a.size < 1000 else axes[:4]:
                check(name, a, axis=axis)
                if name != "average" or dtype != "O":
                    check(name, a, axis=axis, keepdims=True)


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("name", ["nanmean", "nanvar"])
def test_nans_that_come_late(name, dtype):
    a = draw((700, 1000), dtype)
    a[333, 3] = a[698, 998:] = a[699, 999] = NAN
    for axis in (None, 0, 1):
        check(name, a, axis=axis)
        check(name, a[:333], axis=axis)
        check(name, a[:, 7:20], axis=axis)


@pytest.mark.parametrize("dtype", "?iqfdF")
@pytest.mark.parametrize("name", ["var", "std"])
def test_methods(name, dtype):
    for shape in SHAPES:
        a = draw(shape, dtype)
        t = a.view(tr.Tensor)
        for args in ((), (0,), (-1, None, None, 1), (None, "d", None, 0, True)):
            assert_same(outcome(getattr(t, name), *args), outcome(getattr(a, name), *args), a.size)
        for given in ({"correction": 1}, {"ddof": 1}, {"axis": 0, "keepdims": True}, {"where": True}, {"bad": 1}):
            assert_same(outcome(getattr(t, name), **given), outcome(getattr(a, name), **given), a.size)


EDGES = [[NAN], [1, NAN, 2], [NAN, NAN], [INF, -INF, 1], [-0.0], [0.0, -0.0], [INF, NAN], [-INF] * 3, [NAN, -INF],
         [INF, NAN, 5], [1.0] * 70 + [NAN] + [2.0] * 70, [NAN] * 100, [1.75 * 2.0**127] * 9, [1e308] * 90,
         [5e-324, 5e-324], [1e-170, 3e-170], [1e200, -1e200, NAN], [7.0], [NAN, 7.0]]


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("name", REDUCING)
def test_special_values_and_warnings(name, dtype):
    for values in EDGES:
        with np.errstate(over="ignore", under="ignore"):
            flat = np.array(values, dtype)
        for a, axis in ((flat, None), (flat, 0), (np.tile(flat, (5, 1)), 1), (np.tile(flat[:, None], (1, 67)), 0),
                        (np.tile(flat, (300, 20)), 0)):
            check(name, a, axis=axis, terms=len(a))
            if len(a) < 300:            # of many equal elements our mean is exact and NumPy's is not
                with np.errstate(all="raise"):
                    check(name, a, axis=axis, terms=len(a))


@pytest.mark.parametrize("name", REDUCING)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_empty(name, shape):
    for dtype in "?ifd":
        a = np.zeros(shape, dtype)
        for given in ({}, {"axis": 0}, {"axis": -1}, {"axis": None, "keepdims": True}):
            check(name, a, **given)


ARGUMENTS = [
    {"axis": 5}, {"axis": (0, 0)}, {"axis": "x"}, {"axis": 1.0}, {"axis": np.int64(1)}, {"axis": True}, {"bad": 1},
    {"axis": (0, 9)}, {"axis": 2**70}, {"a": 1}, {"keepdims": 1}, {"keepdims": None}, {"initial": 2},
    {"initial": None}, {"initial": 2, "axis": 0}, {"where": True}, {"where": False},
    {"where": [[True], [False], [True]]}, {"where": True, "initial": 1}, {"dtype": "f8"}, {"dtype": float, "axis": 1},
    {"dtype": np.float32}, {"dtype": "i4"}, {"dtype": "i8", "axis": 0}, {"dtype": complex}, {"dtype": object},
    {"dtype": "nonsense"}, {"dtype": bool}, {"out": 3}, {"out": None}, {"ddof": 1}, {"ddof": 1.5, "axis": 0},
    {"ddof": 4, "axis": 1}, {"ddof": 12}, {"ddof": -3}, {"ddof": "x"}, {"ddof": None}, {"ddof": np.int8(1)},
    {"ddof": 2**80}, {"ddof": NAN}, {"ddof": True}, {"correction": 1}, {"correction": 1, "ddof": 0},
    {"correction": 1, "ddof": 1}, {"correction": None}, {"correction": 3.0, "axis": 0}, {"mean": 1.0},
    {"mean": np.ones((3, 1)), "axis": 1}, {"mean": None}, {"weights": np.ones((3, 4))}, {"weights": None},
    {"weights": np.zeros((3, 4), "f")}, {"weights": [1, 2, 3]}, {"weights": [1, 2, 3], "axis": 0}, {"returned": True},
    {"weights": np.arange(12.0).reshape(3, 4), "axis": 1}, {"weights": np.ones((4, 3))},
    {"weights": np.arange(12.0).reshape(3, 4), "axis": 1, "returned": True, "keepdims": True},
]


@pytest.mark.parametrize("name", REDUCING)
@pytest.mark.parametrize("dtype", "?bIqfd")
def test_arguments(name, dtype):
    a = draw((3, 4), dtype)
    for given in ARGUMENTS:
        check(name, a, **given)
    for k in range(1, 8):
        check(name, a, *(1, None, None, 0, True, 1, None)[:k])
    assert_same(outcome(getattr(tr, name)), outcome(getattr(np, name)))
    assert_same(outcome(getattr(tr, name), a.tolist()), outcome(getattr(np, name), a.tolist()), 12)
    assert_same(outcome(getattr(tr, name), 5), outcome(getattr(np, name), 5))


@pytest.mark.parametrize("name", sorted({*REDUCING} - {"count_nonzero", "average"}))
@pytest.mark.parametrize("dtype", "?bqfd")
def test_out(name, dtype):
    a = with_nans((40, 60), dtype) if name.startswith("nan") else draw((40, 60), dtype)
    result = outcome(getattr(np, name), a, axis=0)[0]
    if result is None:
        return
    for make in (lambda: np.zeros(60, result.dtype), lambda: np.zeros(120, result.dtype)[::2],
                 lambda: np.zeros(60, "f4"), lambda: np.zeros(60, "q"), lambda: np.zeros(59, result.dtype),
                 lambda: np.zeros((1, 60), result.dtype), lambda: np.zeros(60, result.dtype)[::-1]):
        for kind in (np.ndarray, tr.Tensor):
            out, expected = make().view(kind), make()
            ours = outcome(getattr(tr, name), a.view(tr.Tensor), axis=0, out=out)
            assert_same(ours, outcome(getattr(np, name), a, axis=0, out=expected), 40)
            if ours[0] is not None:
                assert ours[0] is out
                np.testing.assert_allclose(np.asarray(out), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", "?hqfd")
@pytest.mark.parametrize("name", REDUCING)
def test_large(name, dtype):
    """Sizes that several tasks share; one line in the middle is all NaN or infinite."""
    for shape in ((300_000,), (1000, 700), (20, 30000), (90000, 3), (60, 70, 80)):
        a = (with_nans if name.startswith("nan") else draw)(shape, dtype)
        variants = [a]
        if dtype in "fd":
            variants += [a.copy(), a.copy()]
            variants[1].reshape(-1)[a.size // 2] = INF
            variants[2].reshape(-1)[-1] = 1e30
        for b in variants:
            for axis in (None, 0, -1):
                ours, numpys = (outcome(getattr(xp, name), b, axis) for xp in (tr, np))
                assert ours[1] == numpys[1]
                if numpys[0] is not None:
                    scale = 1e30 if b is variants[-1] and len(variants) > 1 else 1
                    tolerance = (2e-4 if dtype == "f" else 1e-12) * scale
                    if name in ("nanprod",):
                        continue
                    np.testing.assert_allclose(ours[0], numpys[0], rtol=2e-3 if dtype == "f" else 1e-10,
                                               atol=tolerance * b.size**0.5)


@pytest.mark.parametrize("dtype", "fd")
def test_variance_is_as_accurate_as_numpys(dtype):
    """Against exact sums, for values far from zero, in order or not, along lines and columns."""
    rng = np.random.default_rng(3)
    for offset in (0, 1, 1000):
        for n in (10, 3000, 200_000):
            a = (offset + rng.normal(size=n)).astype(dtype)
            for b in (a, np.sort(a)):
                wide = b.astype("g")
                exact = ((wide - wide.mean()) ** 2).mean()
                error = [abs(float(xp.var(b) - exact)) for xp in (tr, np)]
                assert error[0] <= max(error[1], 8 * np.finfo(dtype).eps * float(exact))
                columns = np.repeat(b[:4000, None], 3, axis=1)
                wide = columns.astype("g")
                exact = ((wide - wide.mean(0)) ** 2).mean(0)
                error = [abs((xp.var(columns, axis=0) - exact).astype(float)).max() for xp in (tr, np)]
                assert error[0] <= max(error[1], 8 * np.finfo(dtype).eps * float(exact.max()))


def test_variance_of_long_integers():
    for dtype in ("int64", "uint64", "longlong"):
        a = np.array([2**62, 2**62 + 2**40, 5], dtype)
        check("var", a)
        check("std", np.tile(a, (3, 1)), axis=1)


def test_weighted_average():
    for dtype, other in itertools.product("ifd", repeat=2):
        a, weights = draw((50, 40), dtype), np.abs(draw((50, 40), other, 1))
        for axis in (None, 0, -1, (0, 1)):
            check("average", a, axis, weights)
            check("average", a, axis=axis, weights=weights, keepdims=True)
    check("average", np.ones((3, 2)), 1, np.array([[1.0, 1], [0, 0], [1, 1]]))


@pytest.mark.parametrize("dtype", ["m8[s]", "M8[s]", "O", "?", "U3"])
def test_the_average_of_what_are_no_numbers(dtype):
    same(lambda xp, a: xp.average(a), np.arange(4).astype(dtype))
    same(lambda xp, a: xp.average(a, keepdims=True), np.arange(4).astype(dtype))


def test_subclasses_keep_theirs():
    class Own(tr.Tensor):
        pass

    own, reference = np.arange(1.0, 7).reshape(2, 3).view(Own), np.arange(1.0, 7).reshape(2, 3)
    masked = np.ma.masked_array(reference, reference > 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix(reference)
    for name in REDUCING:
        function, numpys = getattr(tr, name), getattr(np, name)
        np.testing.assert_allclose(np.asarray(function(own, axis=0)), numpys(reference, axis=0))
        for x in (masked, matrix)[:1 + (name != "count_nonzero")]:
            ours, expected = function(x, axis=0), numpys(x, axis=0)
            assert type(ours) is (tr.Tensor if type(expected) is np.ndarray else type(expected))
            np.testing.assert_array_equal(ours, expected)


METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf",
           "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
           "normal_unbiased")
QUANTILES = ("median", "nanmedian", "quantile", "nanquantile", "percentile", "nanpercentile")


def scattered(shape, dtype, name="", seed=0):
    """Values over the whole range of a type's small numbers, some of them equal, NaN where ``name`` leaves it out."""
    rng = np.random.default_rng(seed)
    dtype = dtype_of(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.4
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(max(info.min, -2**40), min(info.max, 2**40), shape, dtype, endpoint=True)
    a = np.asarray(np.round(rng.normal(size=shape), 3)).astype(dtype)
    if name.startswith("nan") and a.size > 2:
        a.reshape(-1)[1::5] = NAN
    return a


def exactly(name, a, *args, **given):
    """The same bits as NumPy's, but for the sign of zero, and the same warnings."""
    ours = outcome(getattr(tr, name), a.view(tr.Tensor), *args, **given)
    expected = outcome(getattr(np, name), a, *args, **given)
    assert ours[1] == expected[1]
    x, y = ours[0], expected[0]
    assert "out" in given or type(x) is (tr.Tensor if type(y) is np.ndarray else type(y))
    if y is not None:
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("dtype", "?bBhHiIqQefdgD")
@pytest.mark.parametrize("name", QUANTILES)
def test_quantiles_are_numpys(name, dtype):
    large = ((500,), (30, 41), (700, 6), (3, 1, 450), (2, 3, 2, 2)) if dtype in "bHqfd" else ()
    for shape in ((), (1,), (2,), (7,), (5, 6), (2, 3, 4), *large[:2 if name.startswith("nan") else 5]):
        for a in (scattered(shape, dtype, name), scattered(shape, dtype, name, 1).T, scattered(shape, dtype)[..., ::-1]
                  if shape else scattered(shape, dtype)):
            axes = axes_of(shape, "") if a.size < 200 else [None, *range(len(shape)), (0, -1)[:len(shape)]]
            for axis in axes:
                q = () if name.endswith("median") else (0.3,) if name.endswith("quantile") else (30,)
                exactly(name, a, *q, axis=axis)
                if a.size > 200 and name.startswith("nan"):         # NumPy takes long for these
                    continue
                exactly(name, a, *q, axis=axis, keepdims=True)
                if q:
                    exactly(name, a, [0.0, q[0], 0.9], axis=axis)
                    exactly(name, a, np.array([q[0], 0.5]), axis=axis, keepdims=True)


@pytest.mark.parametrize("method", METHODS)
def test_methods_of_quantiles(method):
    q = [0, 0.01, 0.1, 1 / 3, 0.5, 0.5000001, 0.75, 0.9, 1.0]
    for dtype in "bQfd":
        for n in (1, 2, 3, 4, 10, 11, 100, 401, 2000, 10_000):
            a = scattered((n,), dtype)
            for part in q:
                exactly("quantile", a, float(part), method=method)
                exactly("quantile", a, np.float64(part), method=method)
                exactly("percentile", a, part * 100, method=method)
            exactly("quantile", a, q, method=method)
            exactly("nanquantile", scattered((n,), dtype, "nan"), q, method=method)
            exactly("quantile", np.tile(a, (3, 1)), q[1:], axis=1, method=method)


ROWS = {
    "sorted": np.arange(5000.0), "falling": -np.arange(5000.0), "constant": np.full(5000, 2.5),
    "two values": np.arange(5000.0) % 2, "periodic": np.arange(9000.0) % 17, "organ": np.abs(np.arange(-3000.0, 3000)),
    "huge": np.r_[np.full(3000, -1e308), np.full(3000, 1e308)], "infinite": np.r_[np.full(600, INF), np.zeros(601)],
    "one nan": np.r_[np.arange(3000.0), NAN, np.arange(3000)], "mostly nan": np.r_[np.full(5000, NAN), 1, 2, INF],
    "all nan": np.full(1000, NAN), "few": np.array([1.0, NAN, INF]), "infinities": np.array([INF, INF, NAN]),
    "huge pair": np.array([1.7e308, 1.6e308]), "tiny": np.full(700, 5e-324), "saw": np.arange(300_000.0) * 7919 % 4096,
    "blocks": np.repeat(np.arange(64.0), 128)[::-1], "nearly": np.r_[np.zeros(100_000), 1.0],
}


@pytest.mark.parametrize("row", ROWS)
def test_difficult_rows(row):
    for dtype in ("d", "f", "h"):
        if dtype == "h" and not (np.abs(ROWS[row]) < 30000).all():
            continue
        with np.errstate(over="ignore", under="ignore"):
            a = ROWS[row].astype(dtype)
        for name in QUANTILES:
            for q in ((),) if name.endswith("median") else ((0.25,), ([0.0, 0.1, 0.5, 1.0],), (np.linspace(0, 1, 30),)):
                for axis in (None, 0):
                    exactly(name, a, *q, axis=axis)
                exactly(name, np.tile(a[:, None], (1, 3)), *q, axis=0)


def test_arguments_of_quantiles():
    a = scattered((6, 7), "d")
    for name in QUANTILES[2:]:
        for q in (0, 1, 2, -1, 100, 101, True, None, "x", NAN, 0.5j, [], [[0.1, 0.2]], [[[0.1]]], (0.5,),
                  np.float32(0.3), np.array(0.5), np.array([0.1], "f"), np.array([0, 1]), [0, 1], [0.1, "a"],
                  np.linspace(0, 1, 100), np.array([0.5], ">f8"), np.float16(0.5), {0.5}, 10**30, [0.5, 2.0]):
            exactly(name, a, q)
            exactly(name, a, q, axis=1)
        for given in ({"method": "nonsense"}, {"method": None}, {"axis": 5}, {"axis": (0, 0)}, {"axis": [0, 1]},
                      {"keepdims": 1}, {"weights": np.ones((6, 7))}, {"bad": 1}, {"overwrite_input": True},
                      {"weights": np.ones((6, 7)), "method": "inverted_cdf"}, {"out": np.zeros(())}, {"axis": ()},
                      {"interpolation": "lower"}):
            exactly(name, a.copy(), 0.5, **given)
    for name in QUANTILES[:2]:
        for given in ({"axis": 5}, {"axis": (0, 0)}, {"axis": [0, 1]}, {"keepdims": 1}, {"bad": 1}, {"axis": ()},
                      {"overwrite_input": True}, {"out": np.zeros(7), "axis": 0}):
            exactly(name, a.copy(), **given)
    for name in QUANTILES:
        q = () if name.endswith("median") else (0.5,)
        for x in (np.zeros(0), np.zeros((0, 3)), np.zeros((3, 0)), np.ma.masked_array(a, a > 0), a.astype(">f8"),
                  a.astype("O"), a.astype("m8[s]")):
            for axis in (None, 0):
                ours, expected = (outcome(getattr(xp, name), x, *q, axis=axis) for xp in (tr, np))
                assert ours[1] == expected[1]
                np.testing.assert_array_equal(ours[0], expected[0])
    out = np.zeros(7).view(tr.Tensor)
    assert tr.median(a.view(tr.Tensor), 0, out=out) is out and (out == np.median(a, 0)).all()


RUNNING = ("cumsum", "cumprod", "nancumsum", "nancumprod", "cumulative_sum", "cumulative_prod")


def runs_alike(name, a, *args, **given):
    """The same bits, layout and warnings as NumPy's; what NumPy raises."""
    def body(xp, x):
        return getattr(xp, name)(x, *args, **given)

    same(body, a)


@pytest.mark.parametrize("dtype", "?bBhHiIqQefdgFD")
@pytest.mark.parametrize("name", RUNNING)
def test_running_sums_are_numpys(name, dtype):
    for shape in ((), (0,), (1,), (7,), (3000,), (0, 3), (5, 6), (30, 8), (3, 300), (70, 70), (9, 5, 40), (2, 3, 2, 5)):
        for layout in LAYOUTS.values():
            a = layout((with_nans if name.startswith("nan") else draw)(shape, dtype)) if 0 not in shape else (
                np.zeros(shape, dtype_of(dtype)))
            for axis in (None, *range(-len(shape), len(shape))):
                runs_alike(name, a, axis=axis)


@pytest.mark.parametrize("name", RUNNING)
def test_arguments_of_running_sums(name):
    for dtype in ("int8", "int64", "f", "d"):
        a = draw((6, 70), np.dtype(dtype).char)
        for given in ({"axis": 5}, {"axis": "x"}, {"axis": True}, {"axis": 2**70}, {"axis": (0, 1)}, {"bad": 1},
                      {"axis": 0, "dtype": "d"}, {"axis": 0, "dtype": "q"}, {"axis": 1, "dtype": "f"},
                      {"axis": 0, "dtype": None}, {"axis": 0, "dtype": "nonsense"}, {"axis": 1, "out": 3},
                      {"axis": 0, "include_initial": True}):
            runs_alike(name, a, **given)
        if name.startswith("cumulative"):
            continue
        for k in range(5):
            runs_alike(name, a, *(1, None, None, 4)[:k])

        def into(xp, x, out):
            return getattr(xp, name)(x, 0, out=out)

        for out in (np.zeros((6, 70), dtype), np.zeros((6, 70), "q"), np.zeros((6, 70), "int64"),
                    np.zeros((70, 6), dtype).T, np.zeros((6, 71), dtype), np.zeros((6, 70), ">f8"),
                    np.zeros((12, 70), dtype)[::2], a, a[::-1]):
            same(into, a, out)
            same(into, np.ascontiguousarray(a[:3]), out[:3])


@pytest.mark.parametrize("dtype", "fd")
@pytest.mark.parametrize("name", RUNNING)
def test_special_values_of_running_sums(name, dtype):
    for values in EDGES:
        with np.errstate(over="ignore", under="ignore"):
            flat = np.array(values, dtype)
        exactly(name, flat)
        exactly(name, np.tile(flat, (5, 40)), axis=0)
        with np.errstate(all="raise"):
            exactly(name, flat)
    for width in (1, 7, 8, 9, 63, 64, 700, 3000):
        a = draw((90, width), dtype)
        for n in (1, 2, 3, 8):
            with tr.threads(n):
                runs_alike(name, a, axis=0)
                runs_alike(name, a, axis=1)
    t = draw((300, 7), dtype).view(tr.Tensor)
    if not name.startswith(("nan", "cumulative")):
        assert_same(outcome(getattr(t, name), 0), outcome(getattr(np.asarray(t), name), 0))


def test_logsumexp():
    rng = np.random.default_rng(2)
    for dtype in "fdiq":
        a = (rng.normal(size=(30, 40)) * 50).astype(dtype_of(dtype))
        for axis in (None, 0, -1, (0, 1)):
            for keepdims in (False, True):
                exact = np.log(np.exp(a.astype("g")).sum(axis, keepdims=keepdims))
                got = tr.logsumexp(a, axis, keepdims)
                assert got.dtype == (a.dtype if dtype in "fd" else np.float64) and got.shape == exact.shape
                np.testing.assert_allclose(got, exact.astype(got.dtype), rtol=8 * np.finfo(got.dtype).eps)
    assert type(tr.logsumexp(a)) is np.float64 and type(tr.logsumexp(a, 0)) is tr.Tensor
    assert tr.logsumexp([1000.0, 1000.0]) == 1000 + np.log(2)
    assert tr.logsumexp(np.array([-INF, -INF])) == -INF and tr.logsumexp(np.zeros(0)) == -INF
    assert tr.logsumexp([INF, 1.0]) == INF and np.isnan(tr.logsumexp([NAN, 1.0])) and np.isnan(tr.logsumexp([NAN, INF]))
    assert tr.logsumexp(3.0) == 3 and (tr.logsumexp(np.array([[-INF, 1], [-INF, -INF]]), 1) == [1, -INF]).all()
    with pytest.raises(TypeError, match="logsumexp takes real numbers"):
        tr.logsumexp(np.ones(3, complex))
    with pytest.raises(np.exceptions.AxisError):
        tr.logsumexp(a, 5)


def test_magnitudes():
    """What norms are made of, also where it is NaN or would overflow."""
    parts = {"sum": lambda x, axis=None: np.abs(x).sum(axis), "squares": lambda x, axis=None: (x * x).sum(axis),
             "largest": lambda x, axis=None: np.abs(x).max(axis), "smallest": lambda x, axis=None: np.abs(x).min(axis)}
    for kind, reference in parts.items():
        for dtype in "fd":
            for shape in SHAPES[1:]:
                for layout in LAYOUTS.values():
                    a = layout(scattered(shape, dtype))
                    for axis in axes_of(shape, "")[:4]:
                        if axis != ():
                            x, y = magnitudes(a, kind, axis), reference(a, axis=axis)
                            assert x.dtype == y.dtype
                            np.testing.assert_allclose(x, y, rtol=4 * a.size * np.finfo(dtype).eps)
            for values in ([NAN, 1], [-INF, 2], [-0.0], [-3.0] * 100, [1] * 90 + [NAN] + [0] * 90):
                np.testing.assert_array_equal(magnitudes(np.array(values, dtype), kind), reference(np.array(values)))
        assert magnitudes(np.arange(3), kind) is NotImplemented and magnitudes([1.0], kind) is NotImplemented
        assert magnitudes(np.ones(3), kind, 1) is NotImplemented and magnitudes(np.ones(0), kind) is NotImplemented


def digest():
    """The bytes of results of large arrays of all layouts."""
    parts = []
    for dtype in "hfd":
        a = with_nans((500, 600), dtype)
        b = draw((40_000, 7), dtype, 5)
        for x in (a, a.T, a[:, ::2], b, b.T):
            for name in (*REDUCING, "median", "nanmedian"):
                for axis in (None, 0, -1):
                    value = outcome(getattr(tr, name), x.view(tr.Tensor), axis)[0]
                    parts.append(b"" if value is None else np.asarray(value).tobytes())
    return b"".join(parts)


def test_threads_give_the_same_bits():
    with tr.threads(1):
        reference = digest()
    for n in (2, 3, 8):
        with tr.threads(n):
            assert digest() == reference


def test_every_function_is_numpys_name():
    for name, function in FUNCTIONS.items():
        assert getattr(tr, name) is function
        if hasattr(np, name):
            x = draw((4, 5), "d")
            assert getattr(np, name).__name__ == function.__name__ == name
            if name in REDUCING:
                assert_same(outcome(getattr(np, name), x.view(tr.Tensor)), outcome(getattr(np, name), x), 20)
