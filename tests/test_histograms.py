"""bincount, histogram and histogram_bin_edges against NumPy, exactly, sums of weights to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor
from differential import same, same_code
from operands import FULL, dtype_of, lay_out, specials

DTYPES = "?bBhHiIqQfd"
OTHERS = ["D", "e", "g", "O", ">f8"]


def draw(code, shape, seed=0):
    rng = np.random.default_rng(seed)
    dtype = np.dtype(code) if code in OTHERS else dtype_of(code)
    if dtype.kind in "iu":
        return rng.integers(0, 100, shape).astype(dtype)
    return rng.normal(3, 20, shape).astype(dtype)


# ---------------------------------------------------------------------------------------- bincount


@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_bincount(code):
    for n in (0, 1, 3, 100, 5000):
        a = draw(code, n)
        w = draw("d", n, 1)
        same(
            lambda xp, a, w: (xp.bincount(a), xp.bincount(a, minlength=300), xp.bincount(a, minlength=3)),
            a,
            w,
            match=False,
        )
        same(
            lambda xp, a, w: (xp.bincount(a, w), xp.bincount(a[::2], w[::2]), xp.bincount(a, w, 200)), a, w, match=False
        )


@pytest.mark.parametrize("weights", [*DTYPES, *OTHERS])
def test_bincount_weights(weights):
    same(lambda xp, a, w: xp.bincount(a, weights=w), draw("q", 200), draw(weights, 200, 1), match=False)


def test_bincount_arguments():
    a = draw("q", 30)
    for body in (
        lambda xp, a: xp.bincount(-a),
        lambda xp, a: xp.bincount(a, minlength=-1),
        lambda xp, a: xp.bincount(a, a[:3]),
        lambda xp, a: xp.bincount(a[None]),
        lambda xp, a: xp.bincount([1, 2, 2]),
        lambda xp, a: xp.bincount(x=a),
        lambda xp, a: xp.bincount(a, minlength=None),
        lambda xp, a: xp.bincount(a, None, 2.0),
        lambda xp, a: xp.bincount(),
        lambda xp, a: xp.bincount(a, [1.0] * 30),
        lambda xp, a: xp.bincount(a * 0 - 2**62),
        lambda xp, a: xp.bincount(3),
        lambda xp, a: xp.bincount(a, minlength=np.int64(200)),
        lambda xp, a: xp.bincount(a, minlength=True),
    ):
        same(body, a, match=False)


@pytest.mark.parametrize("code", "bhIq")
def test_bincount_large(code, threads):
    a, w = draw(code, 300_001), draw("d", 300_001, 1)
    same(lambda xp, a, w: (xp.bincount(a), xp.bincount(a, w), xp.bincount(a[::-3], w[::3])), a, w)
    if code in "Iq":
        same(lambda xp, a: (xp.bincount(a * 20), xp.bincount(a * 3000)), a)


# ---------------------------------------------------------------------------------------- histogram

RANGES = [
    None,
    (0, 50),
    (-10.5, 10.5),
    (2, 2),
    (0.0, 1e-3),
    (5, 1),
    (0, np.inf),
    (-5, 300),
    [1, 9],
    (0, np.float64(8)),
    (np.nan, 1),
]


@pytest.mark.parametrize("range", RANGES, ids=repr)
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_equal_bins(code, range):
    for n in (0, 1, 7, 1000):
        a, w = draw(code, n), draw("d", n, 1)
        for bins in (1, 2, 10, 33):
            same(lambda xp, a, w: xp.histogram(a, bins, range), a, w, match=False)  # noqa: B023
            same(lambda xp, a, w: xp.histogram(a, bins, range, weights=w), a, w, match=False)  # noqa: B023
            same(lambda xp, a, w: xp.histogram_bin_edges(a, bins, range), a, w, match=False)  # noqa: B023
        same(lambda xp, a, w: xp.histogram(a, 5, range, density=True) if n else 0, a, w, match=False)  # noqa: B023


EDGES = [
    [0, 1, 5, 20],
    [-5.0, 0.0, 0.5, 3.25, 100.0],
    [1, 1, 2, 2],
    [3],
    [],
    [2, 1],
    [0.0, np.nan, 5.0],
    [0, np.inf],
    [-np.inf, 0, np.inf],
    [[0, 1]],
    [0, 2**60],
    np.array([0, 5, 50], "f"),
    np.array([1, 50], "B"),
]


@pytest.mark.parametrize("edges", EDGES, ids=repr)
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_given_edges(code, edges):
    for n in (0, 1, 1000):
        a, w = draw(code, n), draw("d", n, 1)
        same(lambda xp, a, w: xp.histogram(a, edges), a, w, match=False)
        same(lambda xp, a, w: xp.histogram(a, np.array(edges)), a, w, match=False)
        same(lambda xp, a, w: xp.histogram_bin_edges(a, edges), a, w, match=False)


@pytest.mark.parametrize("weights", [*DTYPES, *OTHERS])
def test_histogram_weights(weights):
    same(lambda xp, a, w: xp.histogram(a, 9, weights=w), draw("d", 500), draw(weights, 500, 1), match=False)


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
def test_histogram_layouts(layout):
    for code in "hfd":
        same(lambda xp, a: (xp.histogram(a, 4), xp.histogram(a, [0, 3, 9])), lay_out(draw(code, (4, 5, 6)), layout))


def test_histogram_special_values():
    for code in "fd":
        a = specials(code)
        for range in ((-3, 3), (0.0, 1.0), None):
            same(lambda xp, a: xp.histogram(a, 7, range), a)  # noqa: B023
        same(lambda xp, a: (xp.histogram(a, [-1, 0, 0.5, 2]), xp.histogram(a, [-np.inf, 0, np.inf])), a)
    for code in "bBhHiIqQ":
        same(
            lambda xp, a: (xp.histogram(a, 7), xp.histogram(a, 10, (-3, 3)), xp.histogram(a, [0, 1, 7, 90])),
            specials(code),
        )


def test_histogram_arguments():
    a = draw("d", 100)
    for body in (
        lambda xp, a: xp.histogram(a, 0),
        lambda xp, a: xp.histogram(a, "auto"),
        lambda xp, a: xp.histogram(a, "bad"),
        lambda xp, a: xp.histogram(a, 2.5),
        lambda xp, a: xp.histogram(a, -1),
        lambda xp, a: xp.histogram([1, 2, 3]),
        lambda xp, a: xp.histogram(a, 5, (1,)),
        lambda xp, a: xp.histogram(a, True),
        lambda xp, a: xp.histogram(),
        lambda xp, a: xp.histogram(a, np.int64(4)),
        lambda xp, a: xp.histogram(a, 4, weights=a[:3]),
        lambda xp, a: xp.histogram(a + 1e16, 100),
        lambda xp, a: xp.histogram(a, 100_000),
        lambda xp, a: xp.histogram(a, bins=4, density=False),
        lambda xp, a: xp.histogram(a, 4, density=True, weights=a),
    ):
        same(body, a, match=False)


@pytest.mark.parametrize("code", "bhIqfd")
def test_histogram_large(code, threads):
    a, w = draw(code, 300_001), draw("d", 300_001, 1)
    same(
        lambda xp, a, w: (
            xp.histogram(a, 100),
            xp.histogram(a, 100, (5, 20)),
            xp.histogram(a, 30, weights=w),
            xp.histogram(a, [-3, 0, 0.25, 17, 90]),
            xp.histogram(a[::-3], 7),
        ),
        a,
        w,
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50), st.integers(1, 40), st.sampled_from("fd"))
def test_any_floats(values, bins, code):
    """Elements on the edges themselves as well."""
    a = np.array(values, code)
    if np.ptp(a) > 1:
        a = np.concatenate([a, np.histogram_bin_edges(a, bins)])
    same(lambda xp, a: xp.histogram(a, bins), a)


PLANES = (
    "x, y", "x, y, 5", "x, y, (3, 7)", "x, y, [4, 2], [[-1, 1], [0, 2]]", "x, y, 5, ((-1, 1), None)",
    "x, y, 5, [(1, -1), (0, 1)]",
    "x, y, 5, ((0, 0), (0, 1))", "x, y, 0", "x, y, -3", "x, y, 2.5", "x, y, (3,)", "x, y, (3, 4, 5)",
    "x, y, 5, ((0, 1),)", "x, y[:5]",
    "x, y, 5, None, True", "x, y, 5, weights=x", "x, y, 5, weights=[1] * len(x)", "x, y, 5, weights=x[:3]",
    "x, y, np.linspace(-1, 1, 5)",
    "x, y, (np.linspace(-1, 1, 5), 4)", "x, y, True", "x.reshape(1, -1), y.reshape(1, -1)", "list(x), list(y)",
    "x[:0], y[:0]", "x[:1], y[:1]",
    "x[::2], y[::-2]", "x, x * 0", "x * 1e300, y", "x.astype('f'), y.astype('f')", "x.astype('q'), y.astype('q')",
    "x, y.astype('q')",
    "x, y, bins=6, density=False", "xp.where(x > 0, np.nan, x), y",
    "xp.where(x > 0, np.nan, x), y, 5, ((-1, 1), (-1, 1))",
    "xp.where(x > 0, np.inf, x), y", "xp.where(x > 0, np.inf, x), y, 5, ((-1, 1), (-1, 1))",
    "xp.round(x, 1), xp.round(y, 1), 4, ((-1, 1), (-1, 1))",
)


@pytest.mark.parametrize("code", PLANES)
def test_planes(code):
    same_code(f"xp.histogram2d({code})", *np.random.default_rng(0).normal(size=(2, 300)))


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_large_planes(threads):
    with torsor.threads(threads):
        same_code("xp.histogram2d(x, y, (50, 70))", *np.random.default_rng(0).normal(size=(2, 200_000)))
        same_code("xp.histogram2d(x, y, 20, weights=x)", *np.random.default_rng(0).normal(size=(2, 200_000)))
