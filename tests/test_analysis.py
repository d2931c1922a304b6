"""Closeness, differences, curves, convolution, covariance, against NumPy's: values, dtypes, errors, warnings."""
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same, words
from operands import FULL, lay_out, specials, wholes

DTYPES = "?bBhHiIqQefdgFDO"
LAYOUTS = (*FULL, "empty", "one", "row", "0-d")
TINY = 1e-12


def run(code, *arrays, near=0.0, **names):
    """The same code under both; warnings may come from elsewhere, sums differ by ``near`` of the largest."""
    body = compile(code, "<case>", "eval")

    def do(xp, *given):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = eval(body, {"xp": xp, "np": np, **dict(zip("xyz", given)), **names})
        said = [(w.category, str(w.message)) for w in caught]
        if not near:
            return value, said
        kept.append(np.asarray(value))
        kind = type(value) is np.ndarray or isinstance(value, torsor.Tensor)
        return kind, np.shape(value), np.asarray(value).dtype.char, said

    kept = []
    same(do, *arrays)
    if near and len(kept) == 2:
        mine, its = kept
        np.testing.assert_array_equal(np.isfinite(mine), np.isfinite(its))
        finite = np.isfinite(its)
        scale = np.abs(its[finite]).max(initial=1.0)
        assert (np.abs(mine[finite] - its[finite]) <= near * scale).all()
        np.testing.assert_array_equal(np.isnan(mine), np.isnan(its))


CLOSE = (
    "isclose(x, y)", "isclose(x, y, equal_nan=True)", "isclose(x, x)", "isclose(x, y, 0.5)",
    "isclose(x, y, rtol=0.0, atol=3.0)", "isclose(x, 3.0)", "isclose(x, 3)",
    "isclose(3.0, x)", "isclose(x, np.nan, equal_nan=True)", "isclose(x, np.inf)", "isclose(x, y, np.inf)",
    "isclose(x, y, np.nan)", "isclose(x, y, -1.0)", "isclose(x, y, 1)",
    "isclose(x, y[:1])", "isclose(x, [1])", "isclose(x, y, xp.array([0.1]))", "isclose(x, y, 1e300, 1e300)",
    "isclose(x, y, np.float32(0.1))", "isclose(x, 10**30)",
    "isclose(1.0, 2.0)", "isclose(x, 'a')", "isclose(x, 1j)", "isclose(x, None)", "isclose(x, True)",
    "allclose(x, y)", "allclose(x, x)", "allclose(x, x, equal_nan=True)",
    "allclose(x, y, 0.5, 1.0)", "allclose(x, y, rtol=1e3)", "allclose(x, 3.0)", "allclose(x, y[:0])",
    "allclose(x, y, np.inf)", "allclose(x, 5, atol=1000.0)", "allclose(1, 1)",
    "array_equal(x, y)", "array_equal(x, x)", "array_equal(x, x.copy())", "array_equal(x, x, True)",
    "array_equal(x, x.copy(), equal_nan=True)", "array_equal(x, y[:1])",
    "array_equal(x, [1])", "array_equal(x, x.astype('f'))", "array_equal(x, None)", "array_equal(x, x.T)",
    "array_equal(x, 3)", "array_equiv(x, y)", "array_equiv(x, x.copy())",
    "array_equiv(x, x[:1])", "array_equiv(x, 3)", "array_equiv(x, xp.array([1, 2]))", "array_equiv([1], [1])",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", CLOSE)
def test_closeness(code, layout):
    x = wholes("d")
    y = x + np.array([0, 1e-9, 1e-3, 2.0])
    run(f"xp.{code}", lay_out(x, layout), lay_out(y, layout))


@pytest.mark.parametrize("dtype", "?bBiqQefdgFD")
def test_closeness_of_values_that_go_wrong_first(dtype):
    few = [0, 1, -1, np.nan, np.inf, -np.inf, 0.1]
    values = np.array(few, dtype) if dtype in "eg" else specials(dtype)
    x, y = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(values, values))
    for code in ("isclose(x, y)", "isclose(x, y, equal_nan=True)", "isclose(x, y, 1e-3, 0.0)", "allclose(x, y)",
                 "allclose(x, x, equal_nan=True)", "array_equal(x, y)", "array_equal(x, x.copy())",
                 "isclose(x, x.astype('d').real)", "isclose(x.astype('d').real, y)", "array_equiv(x, x.copy())"):
        with np.errstate(all="ignore"):
            run(f"xp.{code}", x, y)
        for state in ({"under": "warn"}, {"over": "raise"}, {"invalid": "raise"}):
            with np.errstate(**state):
                run(f"xp.{code}", x, y)


NUMBERS = (
    "nan_to_num(x)", "nan_to_num(x, nan=5.0)", "nan_to_num(x, posinf=1, neginf=-1)",
    "nan_to_num(x, True, 1.5, 2.5, 3.5)", "nan_to_num(x, copy=False)", "nan_to_num(x, nan=np.nan)",
    "nan_to_num(x, nan=np.inf, posinf=np.nan)", "nan_to_num(x, nan=1e300)", "nan_to_num(x, nan=[1])",
    "nan_to_num(x, nan=None)", "nan_to_num(x, nan='a')", "nan_to_num(x, nan=1j)",
    "nan_to_num(x, nan=10**400)", "nan_to_num(3.0)", "nan_to_num(x, posinf=2**60)", "round(x)", "round(x, 2)",
    "round(x, -1)", "round(x, 20)", "round(x, 1, None)", "round(x, 0.5)",
    "round(x, decimals=3)", "around(x)", "around(x, 1)", "round(x, out=xp.array(np.zeros(x.shape)))",
    "round(2.567, 1)", "round(x, -30)", "round(x, np.int64(1))", "round(x, None)",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", NUMBERS)
def test_numbers(code, layout):
    x = np.random.default_rng(0).normal(scale=50, size=(2, 3, 4))
    x[0, 1, :3] = np.nan, np.inf, -np.inf
    run(f"xp.{code}", lay_out(x, layout))


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_of_every_dtype(dtype):
    x = specials(dtype) if dtype in "?bBhHiIfdFD" else wholes(dtype, (9,))
    for code in ("nan_to_num(x)", "nan_to_num(x, nan=3.0, posinf=1.0)", "round(x)", "round(x, 1)", "round(x, -2)",
                 "around(x, 3)"):
        run(f"xp.{code}", x)


DIFFERENCES = (
    "diff(x)", "diff(x, 2)", "diff(x, 3, 0)", "diff(x, 9)", "diff(x, 0)", "diff(x, -1)", "diff(x, axis=0)",
    "diff(x, 1, 1)", "diff(x, axis=5)", "diff(x, prepend=0)", "diff(x, append=[1])",
    "diff(x, n=1, axis=-1)", "diff(x, 1.0)", "diff([1, 4, 9])", "diff(x, prepend=x[..., :1], append=3)",
    "ediff1d(x)", "ediff1d(x, 1)", "ediff1d(x, to_begin=[0.0])",
    "ediff1d([1, 2])", "ediff1d(x, None, None)", "gradient(x)", "gradient(x, 2.0)", "gradient(x, 3)",
    "gradient(x, axis=0)", "gradient(x, axis=(0, 1))", "gradient(x, 1, 2, 3)", "gradient(x, 2.0, axis=-1)",
    "gradient(x, edge_order=2)", "gradient(x, edge_order=3)", "gradient(x, axis=7)", "gradient(x, np.float32(2))",
    "gradient(x, 0.0)", "gradient(x, 1, 2)", "gradient(x, xp.array([1., 2., 4., 8.]), axis=-1)",
    "gradient(x[:, :1])", "gradient(x, True)", "gradient([1, 2, 4])", "gradient(x, 2.0, axis=None)",
    "gradient(x, 10**400)", "unwrap(x)", "unwrap(x, axis=0)", "unwrap(x, 1.0)", "unwrap(x, period=10.0)",
    "unwrap(x, period=7)", "unwrap(x, axis=4)", "unwrap([0, 7, 1])", "unwrap(x, discont=5.0, axis=-2, period=4.5)",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", DIFFERENCES)
def test_differences(code, layout):
    run(f"xp.{code}", lay_out(wholes("d"), layout), near=TINY if "unwrap" in code else 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_differences_of_every_dtype(dtype):
    for code in ("diff(x)", "diff(x, 2, 0)", "ediff1d(x)", "gradient(x)", "gradient(x, 2, axis=0)",
                 "gradient(x, 0.1)"):
        run(f"xp.{code}", wholes(dtype, (5, 6)))
    if dtype != "O":
        for code in ("unwrap(x)", "trapezoid(x)", "trapezoid(x, axis=0)", "trapezoid(x, dx=0.5)",
                     "trapezoid(x, dx=3)"):
            run(f"xp.{code}", wholes(dtype, (5, 6)), near=1e-2 if dtype == "e" else 1e-5 if dtype in "fF" else TINY)


def test_differences_that_overflow_warn():
    run("xp.diff(x)", np.array([1e308, -1e308, 1.0]))
    run("xp.gradient(x)", np.array([1e308, -1e308, 1e308, np.inf]))
    run("xp.round(x, 5)", np.array([1e308, 1.0]))
    run("xp.trapezoid(x)", np.array([1e308, 1e308]))


AREAS = ("trapezoid(x)", "trapezoid(x, dx=2.0)", "trapezoid(x, axis=0)", "trapezoid(x, axis=-2, dx=3)",
    "trapezoid(x[0, 0], y)", "trapezoid(x, y)", "trapezoid(x, axis=9)", "trapezoid([1, 2, 3])",
         "trapezoid(x, [1, 2, 3, 4])", "trapezoid(x, dx='a')", "trapezoid(x, dx=xp.array(2.0))",
         "trapezoid(x[0, 0], y[:2])", "trapezoid(x, x)", "trapezoid(x[..., :1])", "trapezoid(x[0, 0], y, axis=0)")


@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative", "zero", "swapped"])
@pytest.mark.parametrize("code", AREAS)
def test_areas(code, layout):
    run(f"xp.{code}", lay_out(wholes("d"), layout), np.array([0.0, 1.0, 3.0, 4.5]), near=TINY)


CURVES = (
    "interp(x, y, z)", "interp(x, y, z, -1.0, 99.0)", "interp(x, y, z, left=np.nan)", "interp(x, y, z, right=5)",
    "interp(x, y, z, period=10.0)", "interp(2.5, y, z)", "interp(x, y[::-1], z)",
    "interp(x, y[::-1].copy(), z)", "interp(x, y, z[:2])", "interp(x, y[:1], z[:1])", "interp(x, y[:0], z[:0])",
    "interp(x, y, z * 1j)", "interp([1, 2], y, z)", "interp(x, y, [1] * 6)", "interp(x * 1.7, y, z)",
    "interp(x.astype('f'), y, z)", "interp(x, y * np.nan, z)", "interp(x, y, z, 1j)", "interp(x, y // 2, z)",
    "interp(x - 7, y, z)", "interp(x / 0.3, y, z, None, None, None)", "interp(x, y * np.inf, z)",
    "polyval(y, x)", "polyval(y[:1], x)", "polyval(y[:0], x)", "polyval([1, 2], x)", "polyval(y, 2.0)",
    "polyval(y, [1, 2])", "polyval(y, x.astype('f'))", "polyval(y.astype(int), x)", "polyval(y.reshape(2, 3), x)",
    "polyval(y * 1e300, x * 1e10)", "polyval(y, np.poly1d([1, 2]))", "polyval(y * np.nan, x)",
    "polyval(y, x * np.inf)", "polyval(y * 1e-300, x * 1e-20)",
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("code", CURVES)
def test_curves(code, layout):
    points = np.array([0.0, 1.0, 10.0, 30.0, 55.5, 80.0])
    run(f"xp.{code}", lay_out(wholes("d"), layout), points, np.array([5.0, -1.0, 3.0, np.inf, np.inf, 2.0]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(-10, 10) | st.sampled_from([np.inf, -np.inf]), min_size=2, max_size=30),
       st.lists(st.floats(), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_interpolation_anywhere(points, at, seed):
    points = np.sort(np.array(points))
    values = np.random.default_rng(seed).choice([0.0, 1.5, -3.0, np.inf, np.nan, 1e300], len(points))
    run("xp.interp(x, y, z)", np.concatenate((np.array(at), points)), points, values)


CONVOLVED = (
    *(f"{name}({pair}{mode})" for name in ("convolve", "correlate") for pair in ("x, y", "y, x", "x, x")
      for mode in ("", ", 'full'", ", 'same'", ", mode='valid'")),
    "convolve(x, y[:0])", "convolve(x[:0], y)", "convolve(x, 2)", "convolve(3, x)", "convolve(x, y.reshape(1, -1))",
    "convolve(x, y, 'nonsense')", "convolve(x, y, 1)", "correlate(x, y, 2)", "correlate(x, [1, 2])",
    "correlate(x, y[::-1])", "convolve(x, y[::2])", "correlate(x, y * 1j)", "convolve(x, y.astype('i2'))",
    "correlate(x, y, 'F')", "convolve(a=x, v=y)", "correlate(x[:0], y)")


@pytest.mark.parametrize("dtype", "?hiqQefdFDO")
@pytest.mark.parametrize("code", CONVOLVED)
def test_convolution_is_exact_for_whole_numbers(code, dtype):
    run(f"xp.{code}", wholes(dtype, (9,)) % 8 if dtype not in "?FD" else wholes(dtype, (9,)), wholes(dtype, (4,), 1))


@pytest.mark.parametrize("n, m", [
    (1, 1), (2, 1), (2, 2), (63, 64), (64, 1), (65, 64), (200, 7), (700, 300), (1000, 999), (130, 600), (5000, 3)])
@pytest.mark.parametrize("dtype", "fdq")
def test_convolution_of_any_length(n, m, dtype):
    x, y = wholes(dtype, (n,)), wholes(dtype, (m,), 1)
    for mode in ("full", "same", "valid"):
        run("xp.convolve(x, y, mode)", x, y, mode=mode)
        run("xp.correlate(x, y, mode)", x, y, mode=mode)
    y[m // 2] = np.inf if dtype != "q" else 2**62
    run("xp.convolve(x, y)", x, y)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        run("xp.convolve(x, y)", rng.normal(size=n).astype("d"), rng.normal(size=m).astype("d"), near=TINY)


COVARIANCES = (
    "cov(x)", "cov(x, y)", "cov(x, rowvar=False)", "cov(x.T, y.T, rowvar=False)", "cov(x[0])", "cov(x[0], y[0])",
    "cov(x, bias=True)", "cov(x, ddof=0)", "cov(x, ddof=2)", "cov(x, ddof=100)", "cov(x, ddof=1.5)",
    "cov(x, fweights=[1, 2, 1, 1, 3, 1])", "cov(x, aweights=[1, 2, 1, 1, 3, 1])", "cov(x, dtype='f')",
    "cov(x, y[:, :2])", "cov(x[:, :1])", "cov(x[:0])", "cov(x.astype('f'))", "cov(x.astype(int))", "cov(x * 1j)",
    "cov(x[None])", "cov([1, 2, 4])", "cov(x, rowvar=1)", "cov(x[:1], y[0])", "cov(x[:, :0])",
    "cov(x, None, False, True)", "corrcoef(x)", "corrcoef(x, y)", "corrcoef(x, rowvar=False)", "corrcoef(x[0])",
    "corrcoef(x[0], y[0])", "corrcoef(x * 0)", "corrcoef(x, dtype='f')", "corrcoef(x.astype('f'))",
    "corrcoef(x * 1j, y)", "corrcoef(x * np.nan)", "corrcoef(x[:, :1])", "cov(x, x[0], False)", "cov(7.0)",
)


@pytest.mark.parametrize("layout", ["C", "F", "strided", "negative", "unaligned", "swapped"])
@pytest.mark.parametrize("code", COVARIANCES)
def test_covariance(code, layout):
    rng = np.random.default_rng(0)
    x, y = (lay_out(rng.normal(size=(2, 4, 6)), layout)[0] for _ in range(2))
    run(f"xp.{code}", x, y, near=1e-5 if "'f'" in code else TINY)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_ones_on_threads(threads):
    rng = np.random.default_rng(0)
    x, points = rng.normal(size=300_001), np.sort(rng.normal(size=999))
    x[5] = np.nan
    with torsor.threads(threads):
        for code in ("isclose(x, x + 1e-7)", "allclose(x, x, equal_nan=True)", "array_equal(x[9:], x[9:].copy())",
                     "nan_to_num(x)", "interp(x, y, np.cos(np.asarray(y)))", "polyval(y[:9], x)",
                     "diff(x)", "gradient(x, 0.5)",
                     "array_equal(x, x.copy())", "round(x, 3)", "array_equal(x.astype('i'), x.astype('i'))"):
            with np.errstate(all="ignore"):
                run(f"xp.{code}", x, points)
        mine = torsor.convolve(x, points).view(np.uint64)
    with torsor.threads(1):
        assert np.array_equal(mine, torsor.convolve(x, points).view(np.uint64))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", [np.asmatrix, lambda x: np.ma.array(x, mask=x > 50)])
def test_other_classes_stay_what_they_are(kind):
    x = kind(wholes("d", (4, 4)))
    for code in ("diff(x)", "gradient(x)", "isclose(x, x)", "allclose(x, x)", "nan_to_num(x)", "round(x, 1)",
                 "trapezoid(x)", "array_equal(x, x)", "ediff1d(x)", "cov(x)", "polyval(np.ones(2), x)"):
        ours, theirs = (eval(f"xp.{code}", {"xp": xp, "x": x, "np": np}) for xp in (torsor, np))
        for mine, its in zip(*(v if type(v) is tuple else (v,) for v in (ours, theirs))):
            assert type(mine) is type(its) or (type(its) is np.ndarray and type(mine) is torsor.Tensor), code
            assert np.allclose(np.ma.filled(mine, 0), np.ma.filled(its, 0)), code


def test_texts_of_errors_are_numpys():
    with pytest.raises(ValueError) as theirs:
        np.convolve([], [1])
    with pytest.raises(ValueError) as ours:
        torsor.convolve(torsor.zeros(0), torsor.ones(1))
    assert words(ours.value) == words(theirs.value)
