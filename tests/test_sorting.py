"""sort, argsort and their relatives against NumPy: exactly, and in the order of equal elements where it is stable."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torsor as tr
from differential import same
from operands import FULL, dtype_of, lay_out, specials
from torsor._kernels import BORROWS_SORTS, sorting

DTYPES = "?bBhHiIqQfd"
OTHERS = ["F", "D", "e", "g", "O", "M8[s]", "U3", ">f8"]
KINDS = [None, "quicksort", "heapsort", "mergesort", "stable"]
#: Around the lengths at which another way of sorting begins.
LENGTHS = [0, 1, 2, 17, 63, 64, 65, 399, 400, 401, 5000, 16_383, 16_384, 70_000]


def draw(code, shape, seed=0):
    """Elements with equals among them, and no zeros of both signs, whose order NumPy leaves open."""
    rng = np.random.default_rng(seed)
    dtype = dtype_of(code)
    if dtype.kind == "f" and code != ">f8":
        x = rng.standard_normal(shape) * 10.0 ** rng.integers(-30, 30, shape)
        x = np.where(rng.random(shape) < 0.1, rng.choice([0.0, np.inf, -np.inf, np.nan, -np.nan, 1.5, -1.5], shape), x)
        with np.errstate(over="ignore"):
            return x.astype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        wide = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        return np.where(rng.random(shape) < 0.2, rng.integers(0, 9, shape).astype(dtype), wide)
    return rng.integers(0, 2 if dtype.kind == "b" else 100, shape).astype(dtype)


def in_place(xp, a, *args, **kwargs):
    return a.sort(*args, **kwargs)


def orders(a, axis=-1, kind=None):
    """argsort of torsor's sorts; equal elements come in NumPy's order where it is stable."""
    found = tr.argsort(a.view(tr.Tensor), axis, kind)
    assert type(found) is tr.Tensor and found.dtype == np.intp
    expected = np.argsort(a, axis, "stable")
    np.testing.assert_array_equal(np.take_along_axis(a, found, axis), np.take_along_axis(a, expected, axis))
    assert (
        np.sort(found, axis)
        == np.arange(a.shape[axis]).reshape([-1 if d == axis % a.ndim else 1 for d in range(a.ndim)])
    ).all()
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_lines(code, kind):
    for n in LENGTHS[:-1]:
        a = draw(code, n, n)
        same(lambda xp, a: xp.sort(a, kind=kind), a)
        same(in_place, a, -1, kind)
        same(lambda xp, a: xp.sort(a[::-2], kind=kind), a)
        same(lambda xp, a: xp.argsort(a, kind="stable"), a)
        same(lambda xp, a: xp.argsort(a[::-2], kind="stable"), a)
        same(lambda xp, a: a.argsort(stable=True), a)
        if code in DTYPES:
            orders(a, kind=kind)


@pytest.fixture
def set_borrowing():
    yield sorting.set_borrowing
    sorting.set_borrowing(BORROWS_SORTS)


@pytest.mark.parametrize("borrowing", [False, True])
@pytest.mark.parametrize("code", "iIqQfd")
def test_both_ways_of_sorting_long_lines(code, borrowing, set_borrowing):
    set_borrowing(borrowing)
    for n in (799, 800, 2001, 70_000):
        a = draw(code, n, n)
        same(lambda xp, a: xp.sort(a), a)
        same(in_place, a)
        same(lambda xp, a: xp.unique(a), a)
        same(lambda xp, a: xp.sort(a, 0), draw(code, (n, 3)))


@pytest.mark.parametrize("layout", [*FULL, "one", "row", "0-d", "empty"])
@pytest.mark.parametrize("code", [*DTYPES, *OTHERS])
def test_layouts(code, layout):
    a = lay_out(draw(code, (4, 5, 6)), layout)
    for axis in (-1, 0, 1, 2, -3, None, 5):
        same(lambda xp, a: xp.sort(a, axis), a)  # noqa: B023
        same(lambda xp, a: xp.argsort(a, axis, "stable"), a)  # noqa: B023
        if axis is not None:
            same(in_place, a, axis)


@pytest.mark.parametrize("code", "?bhHiqfd")
@pytest.mark.parametrize(
    "shape", [(30, 700), (700, 30), (3, 20_000), (20_000, 3), (7, 450, 9), (1, 900), (900, 1)], ids=str
)
def test_stacks(code, shape, threads):
    a = draw(code, shape)
    for axis in range(-1, len(shape) - 1):
        same(lambda xp, a: (xp.sort(a, axis), xp.argsort(a, axis, "stable")), a)  # noqa: B023
        same(lambda xp, a: (xp.sort(a.T, axis), xp.argsort(a.T, axis, "stable")), a)  # noqa: B023
        same(in_place, a, axis)
        same(in_place, np.asfortranarray(a), axis, "stable")
        orders(a, axis)


@pytest.mark.parametrize("code", DTYPES)
def test_large(code, threads):
    a = draw(code, 300_007)
    same(lambda xp, a: (xp.sort(a), xp.sort(a, kind="stable"), xp.argsort(a, kind="stable")), a)
    same(in_place, a)
    np.testing.assert_array_equal(orders(a), np.argsort(a, kind="stable"))  # stable whatever is asked for
    same(lambda xp, a: (xp.sort(a[::3]), xp.sort(a[::-1])), a)
    if code in "fd":
        a[:200_000] = np.nan
        same(lambda xp, a: (xp.sort(a), xp.sort(a[::-1]), xp.sort(a[:150_000])), a)


PATTERNS = {
    "equal": lambda n: np.full(n, 7),
    "rising": np.arange,
    "falling": lambda n: np.arange(n)[::-1],
    "falling with equals": lambda n: np.arange(n)[::-1] // 3,
    "two runs": lambda n: np.concatenate([np.arange(n // 2), np.arange(n - n // 2)]),
    "nearly": lambda n: np.where(np.arange(n) == n // 2, -1, np.arange(n)),
    "few": lambda n: np.random.default_rng(0).integers(0, 3, n),
    "alike": lambda n: 10**15 + np.random.default_rng(0).integers(0, 3, n) * 2 + (np.arange(n) % 50 == 0) * 2**61,
    "low bits": lambda n: np.random.default_rng(0).integers(0, 2**20, n) + (np.arange(n) % 2) * 2**62,
    "middle bits": lambda n: (
        np.random.default_rng(0).integers(0, 2**20, n) * 2**20 + (np.arange(n) == 5) * (2**63 - 2**45)
    ),
    "ends": lambda n: np.random.default_rng(0).choice([-(2**63), 2**63 - 1, 0], n),
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("code", "hIqQfd")
def test_patterns(code, pattern, threads):
    for n in (500, 20_000, 66_000):
        a = PATTERNS[pattern](n).astype(np.int64).astype(dtype_of(code))
        same(lambda xp, a: (xp.sort(a), xp.sort(a, kind="stable"), xp.argsort(a, kind="stable")), a)
        same(in_place, a)
        if code == "d":
            b = PATTERNS[pattern](n).astype(np.int64) / 3
            same(lambda xp, a: (xp.sort(a), xp.argsort(a, kind="stable")), b)


def test_zeros_of_both_signs(set_borrowing):
    """A stable sort keeps their order; any other puts the negative ones first in a line that is sorted by digits."""
    set_borrowing(False)
    a = np.random.default_rng(0).choice([0.0, -0.0, 1.0, -1.0], 5000)
    for code in "fd":
        b = a.astype(code)
        same(lambda xp, a: (xp.sort(a, kind="stable"), xp.argsort(a, kind="stable")), b)
        mine = np.asarray(tr.sort(b))
        np.testing.assert_array_equal(mine, np.sort(b))
        zeros = np.signbit(mine[mine == 0])
        assert zeros.sum() == np.signbit(b[b == 0]).sum() and (np.diff(zeros.astype(int)) <= 0).all()


@pytest.mark.parametrize("borrowing", [False, True])
def test_any_number_of_threads_gives_the_same_bits(set_borrowing, borrowing):
    set_borrowing(borrowing and BORROWS_SORTS)
    a = np.random.default_rng(0).choice([0.0, -0.0, 1.0, -1.0, np.nan, -np.nan, 2.0], 100_000)
    for code in "fd":
        found = []
        for count in (1, 2, 3, 8):
            with tr.threads(count):
                x = tr.array(a.astype(code))
                values = tr.sort(x)
                x.sort()
                found.append(values.tobytes() + x.tobytes() + tr.unique(a.astype(code)).tobytes())
        assert len(set(found)) == 1


def test_arguments():
    a = draw("d", (3, 4))
    for body in (
        lambda xp, a: xp.sort(a, 5),
        lambda xp, a: xp.sort(a, kind="nonsense"),
        lambda xp, a: xp.sort(a, kind=3),
        lambda xp, a: xp.sort(a, kind="q"),
        lambda xp, a: xp.sort(a, order="x"),
        lambda xp, a: xp.sort(a, axis=1.5),
        lambda xp, a: xp.sort(a, stable=True),
        lambda xp, a: xp.sort(a, descending=True),          # from NumPy 2.5 on
        lambda xp, a: xp.argsort(a, 0, descending=True, stable=True),
        lambda xp, a: xp.array(a).sort(descending=True),
        lambda xp, a: xp.array(a).argsort(descending=False),
        lambda xp, a: xp.sort(a, stable=False),
        lambda xp, a: xp.sort(a, kind="stable", stable=True),
        lambda xp, a: xp.sort(a, axis=np.int64(0)),
        lambda xp, a: xp.sort(a, True),
        lambda xp, a: xp.sort(),
        lambda xp, a: xp.sort([3, 1, 2]),
        lambda xp, a: xp.sort(3),
        lambda xp, a: xp.sort(a, bad=1),
        lambda xp, a: xp.argsort(a, 7),
        lambda xp, a: xp.argsort(a, kind="s"),
        lambda xp, a: xp.argsort(a, order="x"),
        lambda xp, a: xp.argsort([3, 1, 2]),
        lambda xp, a: xp.argsort(a, None),
        lambda xp, a: a.argsort(0, "stable"),
        lambda xp, a: a.sort(None),
        lambda xp, a: a.sort(9),
        lambda xp, a: a.sort(axis=0),
        lambda xp, a: a[0].sort(),
        lambda xp, a: a.sort(kind="bad"),
        lambda xp, a: xp.argsort(a, stable=1),
        lambda xp, a: xp.sort(a, stable=0),
    ):
        same(body, a, match=False)
    records = np.array([(2, 1.0), (1, 3.0)], [("a", int), ("b", float)])
    same(lambda xp, r: (xp.sort(r, order="b"), xp.argsort(r, order="a")), records)


def test_subclasses_and_masked_arrays():
    class Own(tr.Tensor):
        pass

    a = draw("d", 1000)
    assert type(tr.sort(a.view(Own))) is Own
    masked = np.ma.masked_greater(a[:50], 0)
    np.testing.assert_array_equal(tr.sort(masked), np.sort(masked))


def test_in_place_while_elements_change():
    """Never out of bounds: the sorted array is a mixture, and nothing else."""
    a = np.random.default_rng(0).standard_normal(100_000).view(tr.Tensor)
    stop = threading.Event()

    def change():
        k = 0
        while not stop.is_set():
            a.view(np.ndarray)[:] = -k
            k += 1

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(20):
            a.sort()
            tr.argsort(a)
            tr.sort(a)
    finally:
        stop.set()
        writer.join()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([*specials("d")[2:], 3.25, -7.5, 1e-300]), max_size=60), st.integers(1, 12))
def test_any_floats(values, times):
    a = np.array(values * times, "d")
    same(lambda xp, a: (xp.sort(a), xp.argsort(a, kind="stable")), a)
    with np.errstate(over="ignore"):
        b = a.astype("f")
    same(lambda xp, a: (xp.sort(a), xp.argsort(a, kind="stable")), b)


# ---------------------------------------------------------------------------------------- lexsort, top_k


@pytest.mark.parametrize("code", [*DTYPES, "D", "O", "U3"])
def test_lexsort(code):
    for n in (0, 1, 50, 200, 3000):
        keys = [draw(c, n, seed) for seed, c in enumerate((code, "b", code))]
        same(lambda xp, *keys: (xp.lexsort(keys), xp.lexsort(list(keys[:2])), xp.lexsort(keys[:1])), *keys)
    two = draw(code, (3, 200))
    same(lambda xp, a: (xp.lexsort(a), xp.lexsort((a, a)), xp.lexsort((a, a), axis=0)), two)


def test_lexsort_arguments():
    a = draw("d", 200)
    for body in (
        lambda xp, a: xp.lexsort(()),
        lambda xp, a: xp.lexsort((a, a[:5])),
        lambda xp, a: xp.lexsort(a),
        lambda xp, a: xp.lexsort((a, a), 1),
        lambda xp, a: xp.lexsort(keys=(a, a)),
        lambda xp, a: xp.lexsort((a, a), axis=None),
        lambda xp, a: xp.lexsort((a.tolist(), a)),
    ):
        same(body, a, match=False)


def expected_top(a, k, axis, largest):
    """The definition: a stable sort, from its end for the greatest."""
    order = np.argsort(np.flip(a, axis) if largest else a, axis, kind="stable")
    if largest:
        order = np.flip(a.shape[axis] - 1 - order, axis)
    order = np.take(order, range(k), axis)
    return np.take_along_axis(a, order, axis), order


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("code", [*DTYPES, "D", "e", "M8[s]", ">f8", "U3"])
def test_top_k(code, largest, threads):
    for shape in ((1,), (50,), (5000,), (30, 40), (7, 300, 3), (0, 4)):
        a = draw(code, shape)
        for axis in range(-1, len(shape) - 1):
            n = shape[axis]
            for k in {0, min(1, n), n // 3, n}:
                for x in (a, np.asfortranarray(a), np.repeat(a, 2, 0)[::2]):
                    values, places = tr.top_k(x.view(tr.Tensor), k, axis, largest)
                    assert type(values) is type(places) is tr.Tensor and values.dtype == a.dtype
                    wanted = expected_top(a, k, axis, largest)
                    np.testing.assert_array_equal(values, wanted[0])
                    np.testing.assert_array_equal(places, wanted[1])


def test_top_k_arguments():
    values, places = tr.top_k([3, 1, 2], k=2, axis=0, largest=False)
    assert (values.tolist(), places.tolist()) == ([1, 2], [1, 2])
    for args, error in (
        (([1, 2], 3), ValueError),
        (([1, 2], -1), ValueError),
        (([1, 2], 1.0), TypeError),
        ((5, 1), np.exceptions.AxisError),
        (([1, 2], 1, 1), np.exceptions.AxisError),
    ):
        with pytest.raises(error):
            tr.top_k(*args)
    for n in (1030, 5000):  # falling and rising: no candidate or every one
        for a in (np.arange(n), np.arange(n)[::-1]):
            np.testing.assert_array_equal(tr.top_k(a, 5)[0], [n - 1, n - 2, n - 3, n - 4, n - 5])
            np.testing.assert_array_equal(tr.top_k(a, n - 1, largest=False)[0], np.arange(n - 1))
