"""unique and its relatives, isin, intersections, unions and differences against NumPy, exactly."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor as tr
from differential import same
from operands import FULL, dtype_of, lay_out

DTYPES = "?bBhHiIqQfd"
OTHERS = ["F", "D", "e", "g", "O", "M8[s]", "U3", ">f8"]
LENGTHS = [0, 1, 2, 20, 399, 401, 3000, 20_000]


def draw(code, shape, seed=0, high=50):
    """Elements with many equals, and no zeros of both signs."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(code) if code in OTHERS else dtype_of(code)
    x = rng.integers(0 if dtype.kind in "bu" else -high, high, shape)
    if dtype.kind == "f" and dtype.isnative:
        x = np.where(rng.random(shape) < 0.1, rng.choice([np.nan, np.inf, -np.inf, 1e-30], shape), x / 4.0) + 0.0
    if dtype.kind in "iu" and dtype.itemsize > 2:
        x = np.where(rng.random(shape) < 0.2, np.iinfo(dtype).max - (x & 3).astype(dtype), x.astype(dtype))
    return x.astype(dtype)


@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_unique(code):
    for n in LENGTHS:
        a = draw(code, n, n)
        for index, inverse, counts in itertools.product((False, True), repeat=3):
            for equal_nan in (True, False):
                if n >= 400 and inverse and not (index or equal_nan) and code in "fd":
                    continue  # which NaN is which is left open
                same(lambda xp, a: xp.unique(a, index, inverse, counts, equal_nan=equal_nan), a)  # noqa: B023
        same(lambda xp, a: xp.unique(a[::-2]), a)
        same(lambda xp, a: (xp.unique_all(a), xp.unique_counts(a)), a)
        if n < 400 or code not in "fd":
            same(lambda xp, a: xp.unique_inverse(a), a)
        same(lambda xp, a: xp.unique(a, return_inverse=True, axis=0), a)
        same(lambda xp, a: xp.sort(xp.unique_values(a)), a)


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
@pytest.mark.parametrize("code", [*DTYPES, "D", "O"])
def test_unique_layouts(code, layout):
    a = lay_out(draw(code, (4, 5, 6)), layout)
    same(lambda xp, a: xp.unique(a), a)
    same(lambda xp, a: xp.unique(a, return_index=True, return_inverse=True, return_counts=True), a)
    same(lambda xp, a: xp.unique(a, axis=1) if a.ndim > 1 else 0, a)


def test_unique_arguments():
    a = draw("d", (3, 4))
    for body in (
        lambda xp, a: xp.unique(a, axis=9),
        lambda xp, a: xp.unique(a, 1, 0, 1),
        lambda xp, a: xp.unique([3, 1, 3]),
        lambda xp, a: xp.unique(),
        lambda xp, a: xp.unique(a, bad=1),
        lambda xp, a: xp.unique(5),
        lambda xp, a: xp.unique(a[0], axis=-1, return_counts=True),
        lambda xp, a: xp.unique(a, equal_nan=0),
        lambda xp, a: xp.unique(a, sorted=False),
        lambda xp, a: xp.unique(ar=a, return_counts=True),
        lambda xp, a: xp.unique_all([1, 2, 1]),
        lambda xp, a: xp.unique_counts(x=a),
    ):
        same(body, a, match=False)


@pytest.mark.parametrize("code", "hIqfd")
def test_unique_large(code, threads):
    for high in (3, 30_000):
        a = draw(code, 200_003, high=high)
        same(lambda xp, a: (xp.unique(a), xp.unique(a, True, True, True)), a)


# ---------------------------------------------------------------------------------------- two arrays


@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_two_arrays(code):
    for n, m in ((0, 3), (3, 0), (1, 1), (20, 5), (5, 20), (500, 700), (3000, 40), (40, 3000)):
        a, b = draw(code, n, 1), draw(code, m, 2)
        for name in ("union1d", "setdiff1d", "setxor1d", "intersect1d", "isin"):
            same(lambda xp, a, b: getattr(xp, name)(a, b), a, b)  # noqa: B023
        same(lambda xp, a, b: xp.intersect1d(a, b, return_indices=True), a, b)
        same(lambda xp, a, b: (xp.isin(a, b, invert=True), xp.isin(a[::-2], b[::3]), xp.isin(a, b, kind="sort")), a, b)
        if code not in "feFDgd":  # where a NaN is twice, NumPy's answer is about elements that are once
            a, b = np.unique(a)[::-1], np.unique(b)
            for name in ("setdiff1d", "setxor1d", "intersect1d", "isin"):
                same(lambda xp, a, b: getattr(xp, name)(a, b, assume_unique=True), a, b)  # noqa: B023
            same(lambda xp, a, b: xp.intersect1d(a, b, True, True), a, b)


def test_setxor1d_of_what_is_no_set():
    """With ``assume_unique`` elements that are twice in one array are left out, as NumPy does."""
    a, b = np.array([3, 1, 1, 2]), np.array([2, 5, 5, 7])
    same(lambda xp, a, b: xp.setxor1d(a, b, True), a, b)
    a, b = np.array([np.nan, 1, np.nan, -0.0, 3]), np.array([0.0, np.nan, 3, 2, 2])
    for assume in (False, True):
        same(lambda xp, a, b: (xp.setxor1d(a, b, assume), xp.setxor1d(b, a, assume)), a, b)  # noqa: B023


@pytest.mark.parametrize("b", "?hqQfd")
@pytest.mark.parametrize("a", "?bIqd")
def test_two_types(a, b):
    one, other = draw(a, (20, 30), 1), draw(b, 40, 2)
    for name in ("union1d", "setdiff1d", "setxor1d", "intersect1d", "isin"):
        same(lambda xp, a, b: getattr(xp, name)(a, b), one, other)  # noqa: B023


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
def test_isin_layouts(layout):
    for code in "hqd":
        a = draw(code, (4, 5, 6))
        same(lambda xp, a, b: (xp.isin(a, b), xp.isin(b, a, invert=True)), lay_out(a, layout), a[:2, :2, :2])
        same(lambda xp, a, b: (xp.setdiff1d(a, b), xp.union1d(b, a)), lay_out(a, layout), a[:2, :2, :2])


def test_isin_arguments():
    a = draw("q", 50)
    for body in (
        lambda xp, a: xp.isin(a, [1, 2, 3]),
        lambda xp, a: xp.isin(a, 3),
        lambda xp, a: xp.isin(3, a),
        lambda xp, a: xp.isin(a, {1, 2}),
        lambda xp, a: xp.isin(a, a, kind="bad"),
        lambda xp, a: xp.isin(a),
        lambda xp, a: xp.isin(a, a, kind="table"),
        lambda xp, a: xp.isin(a, a[:2], True, True),
        lambda xp, a: xp.isin([1, 2], [2.0]),
        lambda xp, a: xp.isin(a, []),
        lambda xp, a: xp.isin(a, [1.5]),
        lambda xp, a: xp.intersect1d([1, 2], [2, 3]),
        lambda xp, a: xp.union1d([1], a),
        lambda xp, a: xp.setxor1d(a, 1),
    ):
        same(body, a, match=False)


def test_zeros_and_nan():
    for code in "fd":
        a, b = np.array([0.0, np.nan, 1.0, -0.0], code), np.array([-0.0, np.nan, 5.0], code)
        same(lambda xp, a, b: (xp.isin(a, b), xp.isin(b, a, invert=True)), a, b)
        np.testing.assert_array_equal(tr.unique(np.tile(a, 500)), [0.0, 1.0, np.nan])


@pytest.mark.parametrize("code", "iqQfd")
@pytest.mark.parametrize("spread", [100, 2**31 - 1, 2**62])
def test_isin_large(code, spread, threads):
    if spread > 2**32 and code == "i":
        return
    rng = np.random.default_rng(3)
    pool = rng.integers(0, spread, 5000).astype(dtype_of(code))
    a, b = rng.choice(pool, 100_000), rng.choice(pool, 2000)
    same(lambda xp, a, b: (xp.isin(a, b), xp.isin(a, b, invert=True), xp.intersect1d(a, b), xp.setdiff1d(a, b)), a, b)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5), max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5), max_size=40),
)
def test_any_integers(a, b):
    a, b = np.array(a, np.int64), np.array(b, np.int64)
    same(
        lambda xp, a, b: (
            xp.isin(a, b),
            xp.intersect1d(a, b, return_indices=True),
            xp.setxor1d(a, b),
            xp.union1d(a, b),
            xp.unique(a, True, True, True),
        ),
        a,
        b,
    )
