"""where, nonzero, argwhere, flatnonzero, searchsorted, digitize against NumPy, exactly."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor as tr
from differential import same
from operands import FULL, dtype_of, lay_out, specials

DTYPES = "?bBhHiIqQfdFD"
OTHERS = ["e", "g", "O", "M8[s]", "U3", ">f8"]
SHAPE = (3, 4, 5)


def values(code, shape=SHAPE, seed=0, zeros=0.4):
    rng = np.random.default_rng(seed)
    pool = specials(code) if code in DTYPES else np.arange(-3, 9)
    picked = rng.choice(pool, shape)
    return np.where(rng.random(shape) < zeros, np.zeros((), picked.dtype), picked).astype(dtype_of(code))


# ---------------------------------------------------------------------------------------- where


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_where(code, layout):
    mask = values("?", seed=1)
    x, y = values(code, seed=2), values(code, seed=3)
    same(lambda xp, m, a, b: xp.where(m, a, b), mask, lay_out(x, layout), y)
    same(lambda xp, m, a, b: xp.where(m, a, b), mask, x, lay_out(y, layout))
    same(lambda xp, m, a, b: xp.where(m, a, b), lay_out(mask, layout), lay_out(x, layout), lay_out(y, layout))


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
def test_where_promotes(a, b):
    same(lambda xp, m, x, y: xp.where(m, x, y), values("?"), values(a, seed=1), values(b, seed=2))
    same(lambda xp, m, x, y: xp.where(m, x, y[0, 0, 0]), values("?"), values(a, seed=1), values(b, seed=2))


SCALARS = [0, 1, -1, 300, 2**40, 2**63, 2**70, 0.5, float("nan"), 1e300, 1j, True, "x", np.float32(2), np.int8(3)]


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("scalar", SCALARS, ids=repr)
def test_where_scalars(code, scalar):
    for body in (
        lambda xp, m, x: xp.where(m, x, scalar),
        lambda xp, m, x: xp.where(m, scalar, x),
        lambda xp, m, x: xp.where(m, scalar, scalar),
        lambda xp, m, x: xp.where(m, 1, scalar),
        lambda xp, m, x: xp.where(True, x, scalar),
        lambda xp, m, x: xp.where(x, m, scalar),
    ):
        same(body, values("?"), values(code, seed=2))


@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_where_condition(code):
    same(lambda xp, m, x: xp.where(m, x, -x), values(code), values("d", seed=2))


def test_where_arguments():
    m, x = values("?"), values("d")
    for body in (
        lambda xp, m, x: xp.where(m, x),
        lambda xp, m, x: xp.where(),
        lambda xp, m, x: xp.where(m, x, x, x),
        lambda xp, m, x: xp.where(m, x, x[:2]),
        lambda xp, m, x: xp.where(m, x=x, y=x),
        lambda xp, m, x: xp.where(m),
        lambda xp, m, x: xp.where(m.tolist(), x, 0),
        lambda xp, m, x: xp.where(m, x, x[:1, :, :1]),
        lambda xp, m, x: xp.where(m[0, 0], x, x[0]),
        lambda xp, m, x: xp.where(m.ravel()[0], 1, 2.5),
        lambda xp, m, x: xp.where(m[:0], x[:0], 0),
    ):
        same(body, m, x, match=False)


@pytest.mark.parametrize("code", DTYPES)
def test_where_of_long_columns(code):
    mask, x = values("?", (700, 2), seed=1), values(code, (700, 3), seed=2)
    for columns in ((mask[:, 0], x[:, 1], x[:, 2]), (mask[:, 1], x[::-1, 0], x[0, 0]),
                    (mask[::-1, 0], x[1, 1], x[:, 2])):
        same(lambda xp, m, a, b: xp.where(m, a, b), *columns)


@pytest.mark.parametrize("code", "?hidD")
def test_where_large(code, threads):
    m, x, y = (values(c, (301, 407), seed) for seed, c in enumerate(("?", code, code)))
    same(
        lambda xp, m, x, y: (
            xp.where(m, x, y),
            xp.where(m.T, x.T, y.T),
            xp.where(m, x[0], 1),
            xp.where(m[::2], x[::2], y[:1]),
        ),
        m,
        x,
        y,
    )


# ---------------------------------------------------------------------------------------- nonzero

FINDERS = [
    lambda xp, a: xp.nonzero(a),
    lambda xp, a: xp.argwhere(a),
    lambda xp, a: xp.flatnonzero(a),
    lambda xp, a: a.nonzero(),
    lambda xp, a: xp.where(a),
]


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_nonzero(code, layout):
    a = lay_out(values(code), layout)
    for find in FINDERS:
        same(find, a, match=False)


@pytest.mark.parametrize(
    "shape",
    [
        (0,),
        (1,),
        (7,),
        (8,),
        (1025,),
        (70_000,),
        (0, 3),
        (3, 0),
        (1, 9),
        (9, 1),
        (300, 301),
        (2, 3, 4, 5, 6),
        (60_001, 2),
        (2, 40_000),
    ],
    ids=str,
)
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 1])
def test_nonzero_shapes(shape, share, threads):
    for code in "?d":
        a = values(code, shape, zeros=1 - share) if code == "d" else np.random.default_rng(0).random(shape) < share
        for find in FINDERS:
            same(find, a)
    if len(shape) == 1:
        same(lambda xp, a: (xp.nonzero(a[::3]), xp.flatnonzero(a[::-1])), a)


def test_nonzero_of_lists_and_odd_truth():
    same(lambda xp: (xp.nonzero([0, 3, 0, 4]), xp.argwhere([[0, 1]]), xp.flatnonzero([1, 0]), xp.argwhere(3)))
    a = np.array([0, 2, 0, 255, 1], "u1").view("?")
    assert tr.nonzero(a)[0].tolist() == [1, 3, 4] == tr.argwhere(a).ravel().tolist()


def test_nonzero_while_elements_change():
    """Never more places than there is room for."""
    a = np.zeros(300_000, "?")
    stop = threading.Event()

    def change():
        while not stop.is_set():
            a[:] = True
            a[:] = False

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(100):
            try:
                places = tr.nonzero(a)[0]
            except RuntimeError:
                continue
            assert places.size == 0 or 0 <= places.min() <= places.max() < a.size
    finally:
        stop.set()
        writer.join()


# ---------------------------------------------------------------------------------------- searchsorted


def rising(code, n, seed=0):
    rng = np.random.default_rng(seed)
    if code in "fd":
        a = np.concatenate([rng.choice(specials(code), n // 2), rng.standard_normal(n - n // 2)]).astype(dtype_of(code))
    else:
        a = rng.integers(0, 100, n).astype(dtype_of(code))
    return np.sort(a)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("code", [*DTYPES, "e", "M8[s]", ">f8", "U3"])
def test_searchsorted(code, side):
    for n in (0, 1, 2, 3, 15, 16, 17, 100):
        a, keys = rising({"F": "f", "D": "d"}.get(code, code), n).astype(dtype_of(code)), values(code, (3, 17))
        for body in (
            lambda xp, a, v: xp.searchsorted(a, v, side),
            lambda xp, a, v: a.searchsorted(v, side=side),
            lambda xp, a, v: xp.searchsorted(a, v.T, side),
            lambda xp, a, v: xp.searchsorted(a, v[0, ::-2], side),
            lambda xp, a, v: xp.searchsorted(a, v[1, 2], side),
            lambda xp, a, v: xp.searchsorted(a[::2], v, side),
            lambda xp, a, v: xp.searchsorted(a, v[:0], side),
        ):
            same(body, a, keys)


@pytest.mark.parametrize("a", DTYPES[:11])
@pytest.mark.parametrize("b", DTYPES[:11])
def test_searchsorted_promotes(a, b):
    same(lambda xp, x, v: (xp.searchsorted(x, v), xp.searchsorted(x, v, "right")), rising(a, 30), values(b, (40,)))


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("scalar", SCALARS, ids=repr)
def test_searchsorted_scalars(code, scalar):
    same(
        lambda xp, a: xp.searchsorted(a, scalar),
        rising({"F": "f", "D": "d"}.get(code, code), 20).astype(dtype_of(code)),
        match=False,
    )


def test_searchsorted_arguments():
    a = np.array([3.0, 1.0, 2.0])
    for body in (
        lambda xp, a: xp.searchsorted(a, [1.5, 2.5], sorter=[1, 2, 0]),
        lambda xp, a: xp.searchsorted(a, 1.5, "middle"),
        lambda xp, a: xp.searchsorted(a[None], 1.5),
        lambda xp, a: xp.searchsorted(a, [1.5], sorter=[7, 8, 9]),
        lambda xp, a: xp.searchsorted([1, 2, 3], 2.5),
        lambda xp, a: xp.searchsorted(a=a, v=a, side="right"),
        lambda xp, a: xp.searchsorted(a, a, "l"),
        lambda xp, a: xp.searchsorted(a, a, None),
        lambda xp, a: xp.searchsorted(a),
        lambda xp, a: xp.searchsorted(a[0], 1.0),
        lambda xp, a: a.searchsorted(),
    ):
        same(body, a, match=False)


@pytest.mark.parametrize("code", "bhiqQfd")
def test_searchsorted_large(code, threads):
    a = rising(code, 20_011)
    keys = np.random.default_rng(5).permutation(np.concatenate([a, a, values(code, (9000,))]))
    same(lambda xp, a, v: (xp.searchsorted(a, v), xp.searchsorted(a, v, "right")), a, keys)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(), max_size=40), st.lists(st.floats(), max_size=40), st.sampled_from(["left", "right"]))
def test_searchsorted_any_floats(a, v, side):
    same(lambda xp, a, v: xp.searchsorted(a, v, side), np.sort(np.array(a, "d")), np.array(v, "d"))


# ---------------------------------------------------------------------------------------- digitize


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("code", [*DTYPES, "e", "O"])
def test_digitize(code, right):
    x = values(code, (4, 30))
    for bins in (
        np.array([-2.0, 0, 1, 1, 5]),
        np.array([5.0, 1, 1, 0]),
        np.array([3, 4, 7]),
        np.array([1, 0, 2]),
        np.array([np.nan, 1.0]),
        np.array([]),
        np.array([1.0]),
        np.array([1.0, np.nan]),
        np.array([[1.0, 2]]),
    ):
        same(lambda xp, x, b: xp.digitize(x, b, right), x, bins, match=False)
    same(lambda xp, x: (xp.digitize(x, [1, 2], right=right), xp.digitize(x[0, 0], [1, 2]), xp.digitize(x, (3, 1.5))), x)


# ---------------------------------------------------------------------------------------- select


@pytest.mark.parametrize("a", [*DTYPES, "e"])
@pytest.mark.parametrize("b", DTYPES)
def test_select(a, b):
    m, n, x, y = values("?", seed=1), values("?", seed=2), values(a, seed=3), values(b, seed=4)
    for default in (0, -1, 7.5, 300, 2**40, 1j, np.float32(2), True):
        same(lambda xp, m, n, x, y: xp.select([m, n], [x, y], default), m, n, x, y, match=False)  # noqa: B023
        same(lambda xp, m, n, x, y: xp.select((m, n), (x, 3), default), m, n, x, y, match=False)  # noqa: B023
        same(lambda xp, m, n, x, y: xp.select([m, n], [1, 2.5], default), m, n, x, y, match=False)  # noqa: B023
    same(lambda xp, m, n, x, y: xp.select([m, n], [x, y], y), m, n, x, y)
    same(lambda xp, m, n, x, y: xp.select([m.T, n.T], [x.T, y.T], 1), m, n, x, y)
    same(lambda xp, m, n, x, y: xp.select([m[0], n], [x, y[0]], 1), m, n, x, y)
    same(lambda xp, m, n, x, y: xp.select([m[0, 0, 0], n[0, 0, 0]], [x, y], 1), m, n, x, y)


def test_select_arguments():
    m, x = values("?"), values("d")
    for body in (
        lambda xp, m, x: xp.select([], []),
        lambda xp, m, x: xp.select([m], [x, x]),
        lambda xp, m, x: xp.select([x], [x]),
        lambda xp, m, x: xp.select([m], [x], default=2),
        lambda xp, m, x: xp.select(m, x),
        lambda xp, m, x: xp.select([m], ["s"]),
        lambda xp, m, x: xp.select([m.tolist()], [x.tolist()]),
        lambda xp, m, x: xp.select([m[:0]], [x[:0]]),
    ):
        same(body, m, x, match=False)
